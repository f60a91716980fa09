"""What unwinding and reading values need of the inferior, as a protocol."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trapline.base.location import Run
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Module, Symbol
    from trapline.symbols.types import Type


class Space(Protocol):
    """What unwinding needs of the inferior.  Addresses are load addresses."""

    @property
    def epoch(self) -> int:
        """Changes whenever registers or memory may have."""
        ...

    def is_now(self, epoch: int) -> bool:
        """Whether no thread has run since an epoch, but for calls of functions that are undone."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Return memory."""
        ...

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes of memory, fewer where the mapping ends."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Write memory."""
        ...

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that holds an address."""
        ...

    def name_of(self, address: int) -> str | None:
        """Return `main+4` for an address that a symbol covers."""
        ...

    def address_of(self, linkage_name: str) -> int | None:
        """Return the address of the symbol of a name as the linker knows it."""
        ...

    def variable_address(self, name: str) -> int | None:
        """Return the address of the variable outside functions that has a qualified name."""
        ...

    def type_named(self, name: str) -> Type | None:
        """Return the complete type of a qualified name."""
        ...

    def implementer(self, table: int) -> Type | None:
        """Return the type that a table of a Rust trait's functions at a load address is for, or None."""
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
