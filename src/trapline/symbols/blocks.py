"""Which function, inlined call and nested block of a unit an address is in.

Nothing is read but the way down to the address: the lists of functions of a unit once, then the children
of one function.

Source: DWARF 5 §3.3, §3.5.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.addresses import AddressMap
from trapline.dwarf.die import NAME_SPACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.die import Die
    from trapline.dwarf.ranges import Range
    from trapline.dwarf.units import Unit

_PLACES = 64  # of the bytes of an address in a unit that are looked at; there are a few in any that is true
_SEARCHES = 128
"""Functions that are searched for one by one; behind that many all are found in one look through the unit."""
_NESTED = frozenset((dw.DW_TAG_lexical_block, dw.DW_TAG_inlined_subroutine))
_SYMBOLS = frozenset(
    (
        dw.DW_TAG_variable,
        dw.DW_TAG_formal_parameter,
        dw.DW_TAG_constant,
        dw.DW_TAG_label,
        dw.DW_TAG_typedef,
        dw.DW_TAG_structure_type,
        dw.DW_TAG_class_type,
        dw.DW_TAG_union_type,
        dw.DW_TAG_enumeration_type,
        dw.DW_TAG_imported_declaration,
        dw.DW_TAG_imported_module,
    )
)
_DEPTH = 256  # of nested blocks


class Block:
    """A function, an inlined call or a nested block with names of its own; `outer` is the one around it.

    Two blocks are equal when they are the same entry of the debug information.
    """

    __slots__ = ("die", "outer", "ranges")

    def __init__(self, die: Die, ranges: list[Range], outer: Block | None) -> None:
        self.die = die
        self.ranges = ranges
        self.outer = outer

    def __eq__(self, other: object) -> bool:
        """Equal when the same entry."""
        return self.die == other.die if isinstance(other, Block) else NotImplemented

    def __hash__(self) -> int:
        """Hash of the entry."""
        return hash(self.die)

    def __repr__(self) -> str:
        return f"<Block {self.die!r}>"

    @property
    def is_inlined(self) -> bool:
        """Whether it is the body of an inlined call."""
        return self.die.tag == dw.DW_TAG_inlined_subroutine

    @property
    def is_function(self) -> bool:
        """Whether it is a function of its own, which can be called."""
        return self.die.tag == dw.DW_TAG_subprogram

    @property
    def function(self) -> Block:
        """The function around it, through inlined calls; itself when it is one."""
        block = self
        while block.outer is not None and not block.is_function:
            block = block.outer
        return block

    @property
    def entry(self) -> int:
        """The file address at which it is entered."""
        return self.ranges[0].start

    def range_at(self, address: int) -> Range | None:
        """Return the run of its code that holds a file address."""
        for one in self.ranges:
            if one.start <= address < one.end:
                return one
        return None


class Blocks:
    """The blocks of one unit."""

    __slots__ = ("_all", "_functions", "_last", "_searches", "unit")

    def __init__(self, unit: Unit) -> None:
        """Read nothing yet; `unit` is the one that describes the code (`Unit.body`)."""
        self.unit = unit
        self._functions: AddressMap[int] | None = None
        self._all = False
        self._last: Block | None = None
        self._searches = 0

    def function_at(self, address: int, start: int | None = None) -> Block | None:
        """Return the function whose code is at a file address, None when there is none.

        Args:
            address: in the function.
            start: where the symbol table says that it begins, which saves looking through the unit.

        Raises:
            BadData: the unit is broken.
        """
        if self._last is not None and self._last.range_at(address) is not None:
            return self._last
        self._last = self._find(address, start)
        return self._last

    def _find(self, address: int, start: int | None) -> Block | None:
        if start is not None and self._functions is None and self._searches < _SEARCHES:
            self._searches += 1
            die = self._beginning_at(start)
            if die is not None:
                block = Block(die, die.ranges(), None)
                if block.range_at(address) is not None:
                    return block
        if self._functions is None:
            self._functions = AddressMap(self._shallow())
        found = self._functions.get(address)
        if found is None and not self._all:
            # A function inside another (GNU C) lies outside the code of the outer one.
            self._all = True
            self._functions = AddressMap(self._deep())
            found = self._functions.get(address)
        if found is None:
            return None
        die = self.unit.die(found)
        return Block(die, die.ranges(), None)

    def innermost_at(self, address: int, start: int | None = None) -> Block | None:
        """Return the innermost block at a file address, None outside every function.

        A nested block without names of its own is none.  `start` is as for `function_at`.

        Raises:
            BadData: the unit is broken.
        """
        block = self.function_at(address, start)
        if block is None:
            return None
        die = block.die
        for _ in range(_DEPTH):
            inner = self._inside(die, address)
            if inner is None:
                break
            die, ranges = inner
            if die.tag == dw.DW_TAG_inlined_subroutine or (ranges and _has_names(die)):
                block = Block(die, ranges, block)
        return block

    def _inside(self, outer: Die, address: int) -> tuple[Die, list[Range]] | None:
        for die in outer.children():
            if die.tag not in _NESTED:
                continue
            ranges = die.ranges()
            if any(start <= address < end for start, end in ranges):
                return die, ranges
            if not ranges and die.tag == dw.DW_TAG_lexical_block and not _has_code(die):
                # A block that says nothing of its place: what is in it belongs to the one around it.
                inner = self._inside(die, address)
                if inner is not None:
                    return inner
        return None

    # The functions

    def _beginning_at(self, start: int) -> Die | None:
        """Return the function whose DW_AT_low_pc is `start`, found by the bytes of that address.

        None also where it stands behind attributes of variable size, or in another form.
        """
        from trapline.dwarf.candidates import Candidates

        unit = self.unit
        raw = unit.data
        wanted = start.to_bytes(8, "little")
        at = raw.find(wanted)
        if at < 0:
            return None
        functions = Candidates(unit.table, dw.DW_AT_low_pc, (dw.DW_FORM_addr,), (dw.DW_TAG_subprogram,))
        for _ in range(_PLACES):
            die = functions.die(unit, raw, at)
            if die is not None:
                return die
            at = raw.find(wanted, at + 1)
            if at < 0:
                break
        return None

    def _shallow(self) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and DIE offset of the functions outside functions."""
        unit = self.unit
        waiting = [unit.root.children_at()] if unit.root.has_children else []
        while waiting:
            for start, abbreviation, _, _ in unit.siblings(waiting.pop()):
                tag = abbreviation.tag
                if tag == dw.DW_TAG_subprogram:
                    if dw.DW_AT_low_pc in abbreviation.places or dw.DW_AT_ranges in abbreviation.places:
                        yield from self._code(unit.die(unit.offset + start))
                elif tag in NAME_SPACES and abbreviation.has_children:
                    waiting.append(unit.die(unit.offset + start).children_at())

    def _deep(self) -> Iterator[tuple[int, int, int]]:
        for die in self.unit.dies():
            if die.tag == dw.DW_TAG_subprogram and _has_code(die):
                yield from self._code(die)

    @staticmethod
    def _code(die: Die) -> Iterator[tuple[int, int, int]]:
        for start, end in die.ranges():
            if start < end:
                yield start, end, die.offset


def _has_code(die: Die) -> bool:
    return die.has(dw.DW_AT_low_pc) or die.has(dw.DW_AT_ranges)


def _has_names(die: Die) -> bool:
    """Whether a nested block, or what it is an instance of, declares something."""
    return any(child.tag in _SYMBOLS for one in die.origins() for child in one.children())
