"""Macros by name, as they are at a place of the source: definitions in the order of preprocessing.

A place is a tuple of lines: those of the `#include`s that lead to it from the unit's main file, and its own
line last.  Python compares such tuples as the preprocessor comes by: what a file on line 3 includes is behind
line 3 and before line 4.

Source: DWARF 5 §6.3; C23 §6.10.5 for what a definition looks like.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.dwarf import macros as records

if TYPE_CHECKING:
    from trapline.base.address import FileAddress
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.units import Unit
    from trapline.symbols.lines import Lines

Place: TypeAlias = tuple[int, ...]

_END = 1 << 62
"""A line behind all others of a file."""
_KEPT = 2
"""Units whose macros are held: those of a large C++ file are tens of megabytes."""
_NESTED = 500
"""Files included in files; compilers refuse more than 200."""
_MOST_LINES = 20_000_000
"""Lines in all places of a unit together: all of libstdc++ in one file has 36 thousand."""
_NAME = re.compile(rb"[^ (]*")


class Macro(NamedTuple):
    """What a name is replaced by: `parameters` is None for one that is no function, "..." may be the last."""

    name: str
    parameters: tuple[str, ...] | None
    body: str

    @property
    def signature(self) -> str:
        """The name, with its parameters where it has any, as gdb writes them."""
        return self.name if self.parameters is None else f"{self.name}({', '.join(self.parameters)})"


class Definition(NamedTuple):
    """A macro and where it is defined: the paths and lines of the file and of the `#include`s around it.

    Line 0 is the compiler's command line; the innermost file is first.
    """

    macro: Macro
    sources: tuple[tuple[str, int], ...]


def defined(text: str) -> Macro:
    """Return the macro of a definition as compilers record it: `NAME BODY` or `NAME(A,B) BODY`."""
    name = re.match(r"[^ (]*", text)
    assert name is not None
    rest = text[name.end() :]
    if not rest.startswith("("):
        return Macro(name[0], None, rest[1:])
    listed, _, body = rest[1:].partition(")")
    parameters = tuple(one.strip() for one in listed.split(",")) if listed.strip() else ()
    return Macro(name[0], parameters, body.removeprefix(" "))


class _Inclusion:
    """A file where it is included: its number in the line table, and the place of the `#include`."""

    __slots__ = ("file", "last", "outer", "place")

    def __init__(self, file: int, outer: _Inclusion | None, place: Place) -> None:
        self.file = file
        self.outer = outer
        self.place = place
        self.last = -1
        """The line of the last inclusion in it: two of one line count as being on two."""

    def within(self, file: int, line: int) -> _Inclusion:
        """Return what a file is that is included at a line of this one."""
        self.last = max(line, self.last + 1)
        return _Inclusion(file, self, (*self.place, self.last))


class _Event(NamedTuple):
    """A definition, or the end of one (`text` is None)."""

    place: Place
    file: _Inclusion
    text: bytes | None


class UnitMacros:
    """The macros of one unit."""

    __slots__ = ("_events", "_inclusions", "_lines", "_unit")

    def __init__(self, unit: Unit, lines: Lines) -> None:
        """Read the records: milliseconds for C, some hundred for a large C++ file.

        What is broken ends them; the file's `problems` say why.
        """
        self._unit = unit
        self._lines = lines
        self._events: dict[bytes, list[_Event]] = {}
        self._inclusions: list[_Inclusion] = []
        try:
            self._read()
        except BadData as error:
            unit.dwarf.note(error)
        for events in self._events.values():
            # clang writes what the command line defines behind all else.
            events.sort(key=_place)

    def _read(self) -> None:
        main = here = _Inclusion(1, None, ())
        self._inclusions.append(main)
        has_begun = False
        left = _MOST_LINES
        for kind, line, text, file in records.records(self._unit):
            left -= len(here.place) + 1
            if left < 0:
                raise self._unit.section.error("its macros are nested too deep, too often", self._unit.offset)
            if kind in (records.DEFINE, records.UNDEFINE):
                match = _NAME.match(text)
                name = match[0] if match is not None else b""
                event = _Event((*here.place, line), here, text if kind == records.DEFINE else None)
                self._events.setdefault(name, []).append(event)
            elif kind == records.END_FILE:
                here = here.outer or main
            elif not has_begun:
                has_begun = True
                main.file = file
            elif len(here.place) > _NESTED:
                raise self._unit.section.error(f"files included more than {_NESTED} deep", self._unit.offset)
            else:
                here = here.within(file, line)
                self._inclusions.append(here)

    @property
    def main(self) -> str:
        """The path of the file that was compiled."""
        return self._path(self._inclusions[0])

    def place(self, path: str, line: int) -> Place:
        """Return the place of a line; the end of the main file where the records do not mention its file."""
        found = [one for one in self._inclusions if self._path(one) == path]
        if not found:
            return (_END,)
        return (*min(found, key=lambda one: len(one.place)).place, line)

    def _path(self, inclusion: _Inclusion) -> str:
        source = self._lines.source(self._unit, inclusion.file, 0)
        return source.path if source is not None else ""

    def find(self, name: str, place: Place) -> Definition | None:
        """Return the definition of a name that holds at a place, None where there is none."""
        last = None
        for event in self._events.get(name.encode(), ()):
            if event.place > place:
                break
            last = event
        return self._definition(last) if last is not None and last.text is not None else None

    def all_of(self, name: str) -> list[Definition]:
        """Return every definition of a name in the unit, in order."""
        return [
            self._definition(event) for event in self._events.get(name.encode(), ()) if event.text is not None
        ]

    def at(self, place: Place) -> Iterator[Definition]:
        """Yield the definitions that hold at a place, sorted by name."""
        for name in sorted(self._events):
            found = self.find(name.decode("utf-8", "replace"), place)
            if found is not None:
                yield found

    def _definition(self, event: _Event) -> Definition:
        assert event.text is not None
        return Definition(defined(event.text.decode("utf-8", "replace")), tuple(self._sources(event)))

    def _sources(self, event: _Event) -> Iterator[tuple[str, int]]:
        line = event.place[-1]
        file: _Inclusion | None = event.file
        while file is not None:
            yield self._path(file) or posixpath.basename(self._unit.name or "") or "?", line
            line = file.place[-1] if file.place else 0
            file = file.outer


def _place(event: _Event) -> Place:
    return event.place


class MacroTables:
    """The macros of a file's units, each read when it is first asked for."""

    __slots__ = ("_dwarf", "_held", "_lines")

    def __init__(self, dwarf: Dwarf, lines: Lines) -> None:
        self._dwarf = dwarf
        self._lines = lines
        self._held: dict[Unit, UnitMacros] = {}

    def of(self, address: FileAddress) -> Unread | None:
        """Return the macros of the unit whose code is at a file address, not read yet; None: it has none."""
        try:
            unit = self._dwarf.unit_for(address)
            return Unread(self, unit) if unit is not None and records.has_macros(unit.body) else None
        except BadData as error:
            self._dwarf.note(error)
            return None

    def get(self, unit: Unit) -> UnitMacros:
        """Return the macros of a unit."""
        known = self._held.pop(unit, None)
        if known is None:
            known = UnitMacros(unit.body, self._lines)
        self._held[unit] = known
        if len(self._held) > _KEPT:
            del self._held[next(iter(self._held))]
        return known


class Unread:
    """Macros of a unit that has some."""

    __slots__ = ("_tables", "_unit")

    def __init__(self, tables: MacroTables, unit: Unit) -> None:
        self._tables = tables
        self._unit = unit

    def get(self) -> UnitMacros:
        """Return them, read now if they were not."""
        return self._tables.get(self._unit)
