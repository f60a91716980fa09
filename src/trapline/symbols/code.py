"""The functions and inlined calls of one file's debug information, by file address.

What a broken file says is left out, and `TypeReader.problem` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.symbols.call_sites import CallSite
from trapline.symbols.functions import Function, Surroundings, Variable
from trapline.symbols.type_reader import TypeReader
from trapline.symbols.types import CPP

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.dwarf.die import Die
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.units import Unit
    from trapline.symbols.blocks import Block
    from trapline.symbols.lines import Lines
    from trapline.symbols.types import Type

_KEPT_STACKS = 4096  # addresses whose functions are remembered


class Code:
    """What is at the addresses of one file; `types` reads its types, `around` is what its DIEs need."""

    __slots__ = ("_implementers", "_lines", "_stacks", "around", "dwarf", "types")

    def __init__(
        self,
        dwarf: Dwarf,
        lines: Lines,
        find_definition: Callable[[Die], Die | None],
        find_placed: Callable[[Die], Die | None],
    ) -> None:
        """Read nothing yet.

        Args:
            dwarf: the debug information.
            lines: its lines.
            find_definition: gives the DIE that defines what a DIE only declares.
            find_placed: gives the DIE that says where the static variable of a DIE is.
        """
        self.dwarf = dwarf
        self.types = TypeReader(find_definition, dwarf)
        self.around = Surroundings(self.types, self._source, self.innermost, find_placed)
        self._lines = lines
        self._stacks: dict[int, list[Function]] = {}
        self._implementers: dict[int, Type | None] = {}

    def innermost(self, unit: Unit, address: int) -> Block | None:
        """Return the innermost block of a unit at a file address.

        Raises:
            BadData: the unit is broken.
        """
        start = self._lines.code_start(address)
        return self._lines.blocks(unit.skeleton or unit).innermost_at(address, start)

    def _source(self, unit: Unit, file: int, line: int, column: int) -> SourceLocation | None:
        return self._lines.source(unit.skeleton or unit, file, line, column)

    def functions_at(self, address: int) -> list[Function]:
        """Return the function at a file address behind the inlined calls that are there, innermost first."""
        found = self._stacks.get(address)
        if found is None:
            if len(self._stacks) >= _KEPT_STACKS:
                self._stacks.clear()
            found = self._stacks[address] = self.types.guard(lambda: list(self._stack(address)), [])
        return found

    def cpp_signature(self, start: int) -> str | None:
        """Return the name and the parameters of the C++ function at a file address, None for all others."""
        return self.types.guard(lambda: self._cpp_signature(start), None)

    def _cpp_signature(self, start: int) -> str | None:
        unit = self.dwarf.unit_for(start)
        if unit is None or self.types.language(unit.body) != CPP:
            return None
        functions = self.functions_at(start)
        return functions[-1].signature if functions and functions[-1].entry == start else None

    def _stack(self, address: int) -> Iterator[Function]:
        unit = self.dwarf.unit_for(address)
        block = self.innermost(unit.body, address) if unit is not None else None
        while block is not None:
            if block.is_inlined or block.is_function:
                yield Function(block.die, block.ranges, self.around)
            block = block.outer

    def implementer(self, address: int) -> Type | None:
        """Return the type that a table of a Rust trait's functions at a file address is for; None: no table.

        Source: rustc's debug information, `<T as Trait>::{vtable}` and its DW_AT_containing_type.
        """
        if address not in self._implementers:
            self._implementers[address] = self.types.guard(lambda: self._implementer(address), None)
        return self._implementers[address]

    def _implementer(self, address: int) -> Type | None:
        from trapline.dwarf.located import variables_at

        for die in variables_at(self.dwarf, address):
            table = die.ref(dw.DW_AT_type)
            found = table.ref(dw.DW_AT_containing_type) if table is not None else None
            if found is not None:
                return self.types.type(found)
        return None

    def call_site(self, return_address: int) -> CallSite | None:
        """Return the call that comes back to a file address, None where the file describes none."""
        stack = self.functions_at(return_address - 1)
        if not stack:
            return None
        return next((call for call in stack[-1].call_sites if call.return_address == return_address), None)

    def variable(self, die: Die) -> Variable:
        """Return the variable that a DIE describes."""
        return Variable(die, self.around)
