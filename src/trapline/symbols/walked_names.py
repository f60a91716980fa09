"""Temporary: names by walking all units, until `dwarf.names` is here."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from trapline.dwarf import constants as dw
from trapline.dwarf.units import Die, Dwarf, qualified_name
from trapline.symbols.naming import bare

_INSIDE = frozenset((dw.DW_TAG_inlined_subroutine, dw.DW_TAG_lexical_block, dw.DW_TAG_formal_parameter))


class WalkedNames:
    """All names, by their last component."""

    def __init__(self, dwarf: Dwarf) -> None:
        self._dwarf = dwarf
        self._index: dict[str, list[Die]] | None = None

    def _walk(self) -> dict[str, list[Die]]:
        if self._index is None:
            self._index = {}
            for unit in self._dwarf.units:
                for die in unit.body.dies():
                    if die.tag not in _INSIDE:
                        name = die.find_string(dw.DW_AT_name)
                        if name is not None:
                            self._index.setdefault(bare(name), []).append(die)
        return self._index

    def find(self, name: str, tags: Container[int] | None = None) -> list[Die]:
        """Return the DIEs of a name."""
        return [die for die in self._walk().get(name, ()) if tags is None or die.tag in tags]

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, Die]]:
        """Yield names that match."""
        for dies in self._walk().values():
            for die in dies:
                name = qualified_name(die)
                if pattern.search(name):
                    yield name, die
