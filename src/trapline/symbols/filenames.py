"""Which line tables name a source file, what the file is called there, and how its unit was compiled."""

from __future__ import annotations

import os
import posixpath

from trapline.base.errors import BadData
from trapline.base.location import Compilation, SourceLocation
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.lines import SECTION, LineProgram, string_offsets, table_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.units import Unit

_LANGUAGES = {
    dw.DW_LANG_C: "c",
    dw.DW_LANG_C89: "c",
    dw.DW_LANG_C99: "c",
    dw.DW_LANG_C11: "c",
    dw.DW_LANG_C17: "c",
    dw.DW_LANG_C_plus_plus: "c++",
    dw.DW_LANG_C_plus_plus_03: "c++",
    dw.DW_LANG_C_plus_plus_11: "c++",
    dw.DW_LANG_C_plus_plus_14: "c++",
    dw.DW_LANG_C_plus_plus_17: "c++",
    dw.DW_LANG_C_plus_plus_20: "c++",
    dw.DW_LANG_Rust: "rust",
    dw.DW_LANG_Mips_Assembler: "asm",
}
"""gdb's names."""


class FileNames:
    """The source files that debug information names; a broken table names none, and the `Dwarf` notes why."""

    __slots__ = ("_dwarf", "_owners", "_tables")

    def __init__(self, dwarf: Dwarf) -> None:
        """Read nothing yet."""
        self._dwarf = dwarf
        self._owners: dict[int, Unit] | None = None
        self._tables: dict[str, list[tuple[int, list[int]]]] = {}

    def program(self, offset: int, unit: Unit | None) -> LineProgram:
        """Return the line program at an offset, with the directory of its unit.

        Raises:
            BadData: its header cannot be read.
        """
        directory = unit.directory if unit is not None else None
        return LineProgram(self._dwarf.sections, offset, directory or "")

    def owner(self, offset: int) -> Unit | None:
        """Return the unit whose line table is at an offset."""
        if self._owners is None:
            self._owners = {}
            for unit in self._dwarf.units:
                try:
                    at = unit.line_offset
                    has_code = unit.low_pc is not None or unit.get(dw.DW_AT_ranges) is not None
                except BadData as error:
                    self._dwarf.note(error)
                    continue
                # Units of types, and those that dwz made, name the table of the unit with the code.
                if at is not None and (has_code or at not in self._owners):
                    self._owners[at] = unit
        return self._owners.get(offset)

    def tables(self, file: str) -> Iterator[tuple[LineProgram, list[int]]]:
        """Yield the line programs that name a file, with its indices there."""
        wanted = posixpath.normpath(file)
        for offset, candidates in self._tables_naming(posixpath.basename(wanted)):
            try:
                program = self.program(offset, None)
                if program.version < 5:
                    unit = self.owner(offset)
                    program.directory = (unit.directory or "") if unit is not None else ""
                indices = [index for index in candidates if is_named(program.path(index), wanted)]
            except BadData as error:
                self._dwarf.note(error)
                continue
            if indices:
                yield program, indices

    def _tables_naming(self, base: str) -> list[tuple[int, list[int]]]:
        """Return where the tables are that name a file with this base name, and its indices; kept."""
        known = self._tables.get(base)
        if known is None:
            known = self._tables[base] = []
            sections = self._dwarf.sections
            ending = os.fsencode(base)
            try:
                strings = string_offsets(sections, ending)
                tables = table_offsets(sections) if strings or self._has_text(ending) else ()
                for offset in tables:
                    try:
                        indices = LineProgram(sections, offset).indices(strings, ending)
                    except BadData as error:
                        self._dwarf.note(error)
                        continue
                    if indices:
                        known.append((offset, indices))
            except BadData as error:
                self._dwarf.note(error)
        return known

    def _has_text(self, name: bytes) -> bool:
        """Whether a table can name a file in another way than by `.debug_line_str`."""
        if self._dwarf.supplementary is not None:
            return True
        sections = self._dwarf.sections
        return any(
            next(sections.get(section).find(name + b"\0"), None) is not None
            for section in (SECTION, ".debug_str")
        )

    def named(self, file: str) -> list[SourceLocation]:
        """Return line 1 of every file that a user may mean by a path, its last components or a base name."""
        found: dict[str, SourceLocation] = {}
        for program, indices in self.tables(file):
            unit = self.owner(program.offset)
            for index in indices:
                try:
                    source = location_of(program, unit, index, 1)
                except BadData as error:
                    self._dwarf.note(error)
                    continue
                found.setdefault(source.path, source)
        return list(found.values())

    def compilation_of(self, path: str) -> Compilation | None:
        """Return how a file was compiled, by its path or that of a unit that includes it; None: unknown."""
        from trapline.dwarf.macros import has_macros

        best: Unit | None = None
        for program, _ in self.tables(path):
            unit = self.owner(program.offset)
            if unit is None:
                continue
            main = posixpath.normpath(posixpath.join(unit.directory or "", unit.name or ""))
            if main == path or best is None:
                best = unit
            if main == path:
                break
        if best is None:
            return None
        return Compilation(
            best.name or "",
            best.directory or "",
            best.producer or "",
            _LANGUAGES.get(best.language or 0, "unknown"),
            best.version,
            has_macros(best.body),
        )

    def paths(self) -> list[str]:
        """Return the paths of all files that the tables name, sorted; broken tables are left out."""
        found: set[str] = set()
        for offset in table_offsets(self._dwarf.sections):
            try:
                program = self.program(offset, self.owner(offset))
                found.update(posixpath.normpath(program.path(index)) for index in range(len(program)))
            except BadData as error:
                self._dwarf.note(error)
        found.discard(".")
        return sorted(found)


def location_of(
    program: LineProgram, unit: Unit | None, file: int, line: int, column: int = 0
) -> SourceLocation:
    """Return a place in the file that a line program has at an index.

    Raises:
        BadData: it has none there.
    """
    return location(program.path(file), program.spelled(file), unit, line, column)


def location(path: str, spelled: str, unit: Unit | None, line: int, column: int = 0) -> SourceLocation:
    """Return a place in a file, called as the compiler was given it where it is the unit's own.

    A relative directory (of a distribution's build) tells more than a bare name: `./malloc/malloc.c`, as gdb.
    """
    if unit is not None and unit.name and path == posixpath.join(unit.directory or "", unit.name):
        is_bare = "/" not in unit.name and not path.startswith("/")
        spelled = path if is_bare else unit.name
    return SourceLocation(posixpath.normpath(path) if path else "", line, column, spelled)


def is_named(path: str, wanted: str) -> bool:
    """Whether what a user wrote means the file of a path: all of it, or its last components."""
    if path == wanted:
        return True
    path = posixpath.normpath(path)
    if wanted.startswith("/"):
        return path == wanted or (
            posixpath.basename(path) == posixpath.basename(wanted)
            and os.path.realpath(path) == os.path.realpath(wanted)
        )
    return path.endswith("/" + wanted) or path == wanted
