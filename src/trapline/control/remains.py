"""What can still be read when the process has ended: what its files say.

Variables have the values that the program began with, as its files hold them; what only ran is gone.
Values of the time before are not of this program, so that none of them changes behind its holder's back.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.address import FileAddress, LoadAddress, to_file
from trapline.base.errors import MemoryFault
from trapline.base.typing import TYPE_CHECKING, SupportsIndex
from trapline.control.evaluation import NoProgram
from trapline.elf.image import PT_LOAD, Image

if TYPE_CHECKING:
    from trapline.base.address import Mapping
    from trapline.control.target import Target
    from trapline.inspection.value import Value
    from trapline.symbols.module import Module, Symbol
    from trapline.symbols.types import Type


class Remains(NoProgram):
    """A program of which only the files are left; where they were mapped is as it was last known."""

    def __init__(self, target: Target) -> None:
        """Note whose files; nothing is opened."""
        self._target = target
        self.convenience = target.convenience
        self.macros = target.macros
        self.own_functions = target.own_functions
        self.input_radix = target.input_radix
        self.results = target.results

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return what the files hold for a load address, zeros where they leave them out (`.bss`).

        Raises:
            MemoryFault: no file was mapped there.
        """
        address = address.__index__()
        module = self._target.module_at(address)
        image = module.image if module is not None else None
        if module is None or image is None:
            raise MemoryFault(address, size)
        start = to_file(LoadAddress(address), module.bias)
        for segment in image.segments:
            if segment.type == PT_LOAD and segment.vaddr <= start <= segment.vaddr + segment.memsz - size:
                return _beginning(image, start, size)
        raise MemoryFault(address, size)

    def read_up_to(self, start: int, buffer: bytearray | memoryview) -> int:
        """Fill a buffer with what the files hold from a load address on; return how many bytes there were."""
        data = self.memory_at(start, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes from a load address on, fewer where the segment ends."""
        module = self._target.module_at(address)
        image = module.image if module is not None else None
        if module is None or image is None:
            return b""
        start = to_file(LoadAddress(address), module.bias)
        ends = [one.vaddr + one.memsz for one in image.segments if one.type == PT_LOAD and one.vaddr <= start]
        there = max(ends, default=start) - start
        return self.read(address, min(size, there)) if there > 0 else b""

    def mappings(self) -> list[Mapping]:
        """Return nothing: there is no process."""
        return []

    def name_of(self, address: int) -> str | None:
        """Return `main+4`, names as people write them, or None."""
        return self._target.name_of(address)

    def address_of(self, linkage_name: str) -> int | None:
        """Return the load address of the symbol of a name as the linker knows it."""
        return self._target.address_of(linkage_name)

    def variable_address(self, name: str) -> int | None:
        """Return the load address of the variable outside functions that has a qualified name."""
        return self._target.variable_address(name)

    def type_named(self, name: str) -> Type | None:
        """Return the complete type of a qualified name."""
        return self._target.type_named(name)

    def implementer(self, table: int) -> Type | None:
        """Return the type that a table of a Rust trait's functions at a load address is for, or None."""
        return self._target.implementer(table)

    def fact(self, name: str) -> Value | None:
        """Return what `$name` means of itself: `$_exitcode`."""
        return self._target.fact(name)

    def all_modules(self) -> Sequence[Module]:
        """Return the modules, the program first."""
        return self._target.all_modules()

    def symbol_named(self, text: str) -> Symbol:
        """Return the ELF symbol of a name, or raise SymbolNotFound."""
        return self._target.symbol_named(text)


def _beginning(image: Image, start: FileAddress, size: int) -> bytes:
    """Return the bytes of a segment as they are before anything ran."""
    held = min(size, image.readable(start))
    return (image.read(start, held) if held else b"").ljust(size, b"\0")
