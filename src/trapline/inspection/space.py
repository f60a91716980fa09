"""What unwinding and reading values need of the inferior, as a protocol."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.inspection.storage import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trapline.base.location import Run
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Module, Symbol


class Space(Program, Protocol):
    """What unwinding needs of the inferior.  Addresses are load addresses."""

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes of memory, fewer where the mapping ends."""
        ...

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that holds an address."""
        ...

    def link_map_of(self, module: Module) -> int | None:
        """Return the address of the dynamic linker's entry for a module."""
        ...

    def program_module(self) -> Module | None:
        """Return the program itself."""
        ...

    def all_modules(self) -> Sequence[Module]:
        """Return the modules, the program first."""
        ...

    def module_at(self, address: int) -> Module | None:
        """Return the module that holds an address."""
        ...

    def functions_at(self, address: int) -> Sequence[Function]:
        """Return the functions around an address, the innermost inlined one first; () if not known."""
        ...

    def run_at(self, address: int) -> Run | None:
        """Return the source line of an address, with the addresses of its row."""
        ...

    def is_code(self, address: int) -> bool:
        """Whether an address is executable."""
        ...

    def evaluate(self, expression: str, frame: Frame) -> Value:
        """Return the value of an expression in a frame."""
        ...

    def describe(self, address: int) -> str:
        """Return `0x401136 <main+4>`."""
        ...
