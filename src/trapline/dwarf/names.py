"""Names to entries, over a file and the files that hold parts of its debug information."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trapline.dwarf import constants as dw
from trapline.dwarf.search import NAMED, NameSearch

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from trapline.dwarf.units import Die, Dwarf

_INSTANCES = frozenset((dw.DW_TAG_subprogram, dw.DW_TAG_inlined_subroutine))
# Tags of declarations that another entry, often without a name, completes.
_COMPLETED = frozenset((dw.DW_TAG_subprogram, dw.DW_TAG_variable, dw.DW_TAG_member))


class Names:
    """The names of one program or library: `dwarf`, its split files and its supplementary file."""

    __slots__ = ("_dwarf", "_searches")

    def __init__(self, dwarf: Dwarf) -> None:
        """Read nothing yet."""
        self._dwarf = dwarf
        self._searches: list[NameSearch] | None = None

    def searches(self) -> list[NameSearch]:
        """Return a search for each file that has units of the program."""
        if self._searches is None:
            files = dict.fromkeys((self._dwarf, *self._dwarf.split_files()))
            if self._dwarf.supplementary is not None:
                files[self._dwarf.supplementary] = None
            self._searches = [NameSearch(file) for file in files]
        return self._searches

    def find(self, name: str, tags: Container[int] | None = None) -> list[Die]:
        """Return the entries that define something called `name`: its last part, without `ns::`.

        They are those outside functions; of what a class or a header declares, the entries that complete
        the declaration (which often have no name themselves).  A function that is inlined everywhere is
        its abstract entry: `instances` gives the code of any.  Entries for code that the linker dropped
        are left out.

        Args:
            name: the last part of a qualified name, with template arguments if it has any.
            tags: the DW_TAGs to look for, None for everything that has a name outside functions.
        """
        wanted = NAMED if tags is None else frozenset(tag for tag in NAMED if tag in tags)
        searched = wanted
        if dw.DW_TAG_variable in wanted:
            searched |= {dw.DW_TAG_member}  # static members, until DWARF 5
        found: dict[Die, None] = {}
        declarations: list[Die] = []
        for search in self.searches():
            for die in search.entries(name, searched):
                if die.flag(dw.DW_AT_declaration):
                    declarations.append(die)
                elif die.tag in wanted and (die.tag != dw.DW_TAG_member or tags is not None):
                    found[die] = None
        completed = self._referring(
            [die for die in declarations if die.tag in _COMPLETED], dw.DW_AT_specification, wanted
        )
        found.update(dict.fromkeys(completed))
        if not found:
            # A constant of a class needs no definition elsewhere.
            found.update(dict.fromkeys(die for die in declarations if die.has(dw.DW_AT_const_value)))
        return list(found)

    def templates(self, name: str) -> list[str]:
        """Return the names of the instances of a template: `twice<int>` for `twice`."""
        return list(dict.fromkeys(found for search in self.searches() for found in search.templates(name)))

    def instances(self, die: Die) -> list[Die]:
        """Return the entries that are copies of an abstract one: functions with code, and inlined calls."""
        return self._referring([die], dw.DW_AT_abstract_origin, _INSTANCES)

    def _referring(self, targets: Iterable[Die], attribute: int, tags: Container[int]) -> list[Die]:
        targets = list(targets)
        if not targets:
            return []
        return [die for search in self.searches() for die in search.referring(targets, attribute, tags)]
