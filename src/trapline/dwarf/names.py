"""Names to entries, over a file and the files that hold parts of its debug information.

A name that is known is searched in the bytes; only for patterns and for names that do not exist is an
index of all names made, once, and kept on disk.
"""

from __future__ import annotations

import functools
import re
import struct
import zlib

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.cache import Cache, default_directory
from trapline.dwarf.search import NAMED, NameSearch

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from trapline.dwarf.die import Die
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.index import NameIndex, Progress

_KIND = "names-2"  # of what is kept on disk; another number for another layout
_CHUNK = 1 << 20  # bytes of a section that are read at once for its checksum
_INSTANCES = frozenset((dw.DW_TAG_subprogram, dw.DW_TAG_inlined_subroutine))
_OUT_OF_LINE = frozenset((dw.DW_TAG_subprogram,))
# Tags of declarations that another entry, often without a name, completes.
_COMPLETED = frozenset((dw.DW_TAG_subprogram, dw.DW_TAG_variable, dw.DW_TAG_member))


class Names:
    """The names of one program or library: `dwarf`, its split files and its supplementary file.

    `progress` is called with (units read, all units) while an index is made, which takes a second for
    some million entries.
    """

    __slots__ = ("_cache", "_dwarf", "_indices", "_searches", "progress")

    def __init__(self, dwarf: Dwarf, *, cache: Cache | None = None) -> None:
        """Read nothing yet; `cache` is where indices are kept, the user's cache directory if not given."""
        self._dwarf = dwarf
        self._cache = cache if cache is not None else Cache(default_directory())
        self._searches: dict[Dwarf, NameSearch] | None = None
        self._indices: dict[Dwarf, NameIndex] | None = None
        self.progress: Progress | None = None

    def searches(self) -> dict[Dwarf, NameSearch]:
        """Return a search for each file that has units of the program."""
        if self._searches is None:
            files = dict.fromkeys((self._dwarf, *self._dwarf.split_files()))
            if self._dwarf.supplementary is not None:
                files[self._dwarf.supplementary] = None
            self._searches = {file: NameSearch(file) for file in files}
            for file, search in self._searches.items():
                search.known_offsets = functools.partial(self._string_offsets, file)
        return self._searches

    # Names that are known

    def find(self, name: str, tags: Container[int] | None = None) -> list[Die]:
        """Return the entries that define something called `name`: its last part, without `ns::`.

        They are those outside functions; of what a class or a header declares, the entries that complete
        the declaration (which often have no name themselves).  A function that is inlined everywhere is
        its abstract entry: `instances` gives the code of any.  Entries for code that the linker dropped
        are left out.  Units that share an inline function each have an entry for its one copy.

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
        for search in self.searches().values():
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

    def declarations(self, name: str, tags: Container[int]) -> list[Die]:
        """Return the entries outside functions that only declare something called `name`, in their order."""
        wanted = frozenset(tag for tag in NAMED if tag in tags)
        return [
            die
            for search in self.searches().values()
            for die in search.entries(name, wanted)
            if die.flag(dw.DW_AT_declaration)
        ]

    def instances(self, dies: Iterable[Die], *, with_inlined: bool = True) -> list[Die]:
        """Return the entries that are copies of abstract ones: functions with code, and inlined calls."""
        tags = _INSTANCES if with_inlined else _OUT_OF_LINE
        return self._referring(dies, dw.DW_AT_abstract_origin, tags)

    def copies(self, die: Die) -> list[Die]:
        """Return the entries that are copies of a variable's abstract one."""
        return self._referring((die,), dw.DW_AT_abstract_origin, (dw.DW_TAG_variable,))

    def templates(self, name: str) -> list[str]:
        """Return the names of the instances of a template: `twice<int>` for `twice`.

        They are for `find`, which tells what each of them is.
        """
        found = (spelling for search in self.searches().values() for spelling in search.templates(name))
        return list(dict.fromkeys(found))

    def _referring(self, targets: Iterable[Die], attribute: int, tags: Container[int]) -> list[Die]:
        targets = list(targets)
        if not targets:
            return []
        found = (search.referring(targets, attribute, tags) for search in self.searches().values())
        return [die for dies in found for die in dies]

    # All names

    def matching(
        self, pattern: str | re.Pattern[str], tags: Container[int] | None = None
    ) -> Iterator[tuple[str, Die]]:
        """Yield the qualified names that a regular expression is found in, each with an entry.

        The entry is the first that defines the name; names that are only declared, and those of
        namespaces, are left out.  The first call may make the index.

        Raises:
            re.error: the pattern is none.
        """
        from trapline.dwarf.index import entry_die

        search = re.compile(pattern).search
        for file, index in self.indices().items():
            for entry in index.entries():
                if entry.is_defined and (tags is None or entry.tag in tags) and search(entry.qualified):
                    try:
                        yield entry.qualified, entry_die(file, entry)
                    except BadData as error:
                        file.note(error)

    def near(self, name: str, limit: int = 5) -> list[str]:
        """Return the names most like one that does not exist, the likest first.

        They are last parts, as `find` takes them.  The first call may make the index.
        """
        from trapline.dwarf.spelling import nearest

        known: dict[bytes, None] = {}
        for index in self.indices().values():
            known.update(dict.fromkeys(index.names))
        return nearest(name, known, limit)

    def indices(self) -> dict[Dwarf, NameIndex]:
        """Return the index of every file, from the disk or made now."""
        if self._indices is None:
            self._indices = {file: self._index(file) for file in self.searches()}
        return self._indices

    def _string_offsets(self, dwarf: Dwarf, name: bytes) -> set[int]:
        """Return the offsets in `.debug_str` that entries of a file give as their name, if it is `name`."""
        from trapline.dwarf.index import place_die

        found: set[int] = set()
        for place in self.indices()[dwarf].places(name):
            try:
                die = place_die(dwarf, place & 1, place >> 1).origins()
                named = next((one for one in die if one.has(dw.DW_AT_name)), None)
                offset = named.string_offset(dw.DW_AT_name) if named is not None else None
            except BadData as error:
                dwarf.note(error)
                continue
            if offset is not None:
                found.add(offset)
        return found

    def _index(self, dwarf: Dwarf) -> NameIndex:
        from trapline.dwarf.index import NameIndex, build_index

        key = dwarf.build_id or b""
        mark = _fingerprint(dwarf)
        kept = self._cache.load(_KIND, key)
        if kept is not None and kept[: len(mark)] == mark:
            try:
                return NameIndex.from_bytes(kept[len(mark) :])
            except (ValueError, struct.error):
                pass
        index = build_index(dwarf, self.progress)
        self._cache.store(_KIND, key, mark + index.to_bytes())
        return index


def _fingerprint(dwarf: Dwarf) -> bytes:
    """Return what differs between files of one build-id: what was split off or packed, or is damaged."""
    names = (".debug_info", ".debug_abbrev", ".debug_str", ".debug_types")
    sizes_and_checksums: list[int] = []
    for section in map(dwarf.sections.get, names):
        checksum = 0
        for start in range(0, section.size, _CHUNK):
            checksum = zlib.crc32(section.read(start, min(_CHUNK, section.size - start)), checksum)
        sizes_and_checksums += section.size, checksum
    return struct.pack("<8Q", *sizes_and_checksums)
