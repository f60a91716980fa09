"""The macros of a unit as its file records them: what was defined, undefined and included, in order.

Source: DWARF 5 §6.3, §7.23; DWARF 4 §6.3 for `.debug_macinfo`; binutils include/dwarf2.h for the
`.debug_macro` of GNU's DWARF 4, which DWARF 5 took over.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.context import BROKEN
from trapline.dwarf.encoding import uleb
from trapline.dwarf.forms import form_table

if TYPE_CHECKING:
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.sections import Section
    from trapline.dwarf.units import Unit

DEFINE, UNDEFINE, START_FILE, END_FILE = range(1, 5)
"""Kinds of records, numbered as the formats number them."""

_MOST = 500_000
"""Records of one unit; imports within imports could give more than there is memory."""
_MOST_TEXT = 64 << 20
"""Bytes of the texts of one unit, each of which may be a megabyte and be named by every record."""
_NESTED = 50
"""Imports within imports; compilers write one."""
_WINDOW = 1 << 16
_LONGEST = 64
"""Bytes of a record without its string, and more than any has."""
_VENDOR = 0xFF  # DW_MACINFO_vendor_ext
_OFFSETS_OF_8, _HAS_LINES, _HAS_OPERANDS = 1, 2, 4  # flags of the header

_ATTRIBUTES = {
    dw.DW_AT_macros: ".debug_macro",
    dw.DW_AT_GNU_macros: ".debug_macro",
    dw.DW_AT_macro_info: ".debug_macinfo",
}
"""The attributes of a unit that say where its records are, and in which section."""

_DEFINES = frozenset(
    (dw.DW_MACRO_define, dw.DW_MACRO_define_strp, dw.DW_MACRO_define_sup, dw.DW_MACRO_define_strx)
)
_IN_PLACE = frozenset((dw.DW_MACRO_define, dw.DW_MACRO_undef))
_BY_OFFSET = frozenset((dw.DW_MACRO_define_strp, dw.DW_MACRO_undef_strp))
_SUPPLEMENTARY = frozenset((dw.DW_MACRO_define_sup, dw.DW_MACRO_undef_sup))
_BY_INDEX = frozenset((dw.DW_MACRO_define_strx, dw.DW_MACRO_undef_strx))
_TEXTS = _IN_PLACE | _BY_OFFSET | _SUPPLEMENTARY | _BY_INDEX


class _Layout(NamedTuple):
    """How a list of records is written: the size of offsets, kinds known and, by kind, forms of others."""

    size: int
    kinds: range
    operands: dict[int, bytes]


_OLD = _Layout(4, range(DEFINE, END_FILE + 1), {_VENDOR: bytes((dw.DW_FORM_udata, dw.DW_FORM_string))})
"""Of `.debug_macinfo`."""


class Record(NamedTuple):
    """One record: its kind and the line that it stands at, 0 on the compiler's command line.

    `text` is what is defined (`NAME BODY`, `NAME(A,B) BODY`) or undefined (`NAME`), `file` the number in the
    line table of the file that is included.
    """

    kind: int
    line: int
    text: bytes
    file: int


def has_macros(unit: Unit) -> bool:
    """Whether a unit says where its macros are."""
    return any(unit.has(attribute) for attribute in _ATTRIBUTES)


def records(unit: Unit) -> Iterator[Record]:
    """Yield the records of a unit, those of what it imports in their places.

    Raises:
        BadData: the records are cut off, name what is not there, or have no end.
    """
    for attribute, name in _ATTRIBUTES.items():
        value = unit.get(attribute)
        if isinstance(value, int):
            reader = _Reader(unit)
            section = unit.dwarf.sections.get(name)
            at = value + unit.contributions.get(name, (0, 0))[0]
            yield from reader.old(section, at) if name == ".debug_macinfo" else reader.read(section, at)
            return


class _Cursor:
    """Reads numbers from a section, a window of it at a time."""

    def __init__(self, section: Section, at: int) -> None:
        self.section = section
        self._begin = at
        self._window = section.upto(at, _WINDOW)
        self._at = 0

    @property
    def place(self) -> int:
        """The next byte's offset in the section."""
        return self._begin + self._at

    def make_room(self) -> None:
        """See that the next record is in the window, but for its string."""
        if self._at + _LONGEST > len(self._window):
            self._move(self.place)

    def _move(self, place: int) -> None:
        self._begin, self._at = place, 0
        self._window = self.section.upto(place, _WINDOW)

    def byte(self) -> int:
        self._at += 1
        return self._window[self._at - 1]

    def uleb(self) -> int:
        value, self._at = uleb(self._window, self._at)
        return value

    def fixed(self, size: int) -> int:
        data = self._window[self._at : self._at + size]
        if len(data) < size:
            raise IndexError("cut off")
        self._at += size
        return int.from_bytes(data, "little")

    def string(self) -> bytes:
        end = self._window.find(b"\0", self._at)
        if end >= 0:
            text = self._window[self._at : end]
            self._at = end + 1
            return text
        place = self.place
        text = self.section.c_string(place)
        self._move(place + len(text) + 1)
        return text

    def skip(self, size: int) -> None:
        self._move(self.place + size)


class _Reader:
    """Reads the records of one unit; `_open` are the places of the imports that are being read."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._left = _MOST
        self._text_left = _MOST_TEXT
        self._open: list[tuple[Dwarf, int]] = []

    def old(self, section: Section, at: int) -> Iterator[Record]:
        """Yield the records of `.debug_macinfo` from an offset on."""
        return self._list(_Cursor(section, at), _OLD, None)

    def read(self, section: Section, at: int, dwarf: Dwarf | None = None) -> Iterator[Record]:
        """Yield the records of `.debug_macro` from an offset on; `dwarf` is a file that is not the unit's."""
        file = dwarf if dwarf is not None else self._unit.dwarf
        if (file, at) in self._open:
            return  # gcc's .dwo files: their imports are not relocated, and all name the beginning
        if len(self._open) > _NESTED:
            raise section.error(f"macro records imported more than {_NESTED} deep", at)
        self._open.append((file, at))
        yield from self._list(_Cursor(section, at), None, dwarf)
        self._open.pop()

    def _list(self, cursor: _Cursor, layout: _Layout | None, dwarf: Dwarf | None) -> Iterator[Record]:
        """Yield the records up to the one that ends their list; without a layout its header is read first."""
        section = cursor.section
        begin = cursor.place
        try:
            if layout is None:
                layout = self._header(cursor)
            while True:
                self._count(section, begin)
                cursor.make_room()
                begin = cursor.place
                kind = cursor.byte()
                if kind == 0:
                    return
                yield from self._record(cursor, kind, layout, dwarf)
        except BROKEN:
            raise section.error("the macro records are cut off", begin) from None

    def _count(self, section: Section, at: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise section.error(f"more than {_MOST} macro records in one unit", at)

    def _counted(self, text: bytes, section: Section, at: int) -> bytes:
        self._text_left -= len(text)
        if self._text_left < 0:
            raise section.error(f"more than {_MOST_TEXT >> 20} MB of macros in one unit", at)
        return text

    @staticmethod
    def _header(cursor: _Cursor) -> _Layout:
        at = cursor.place
        version, flags = cursor.fixed(2), cursor.byte()
        if version not in (4, 5):
            raise cursor.section.error(f"macro records of unknown version {version}", at)
        size = 8 if flags & _OFFSETS_OF_8 else 4
        if flags & _HAS_LINES:
            cursor.fixed(size)
        operands = {}
        for _ in range(cursor.byte() if flags & _HAS_OPERANDS else 0):
            cursor.make_room()
            kind = cursor.byte()
            count = cursor.uleb()
            operands[kind] = cursor.section.read(cursor.place, count)
            cursor.skip(count)
        return _Layout(size, range(dw.DW_MACRO_define, dw.DW_MACRO_undef_strx + 1), operands)

    def _record(self, cursor: _Cursor, kind: int, layout: _Layout, dwarf: Dwarf | None) -> Iterator[Record]:
        size = layout.size
        if kind not in layout.kinds:
            self._skip(cursor, kind, layout)
        elif kind in _TEXTS:
            line = cursor.uleb()
            text = self._counted(self._text(cursor, kind, size, dwarf), cursor.section, cursor.place)
            yield Record(DEFINE if kind in _DEFINES else UNDEFINE, line, text, 0)
        elif kind == dw.DW_MACRO_start_file:
            line = cursor.uleb()
            yield Record(START_FILE, line, b"", cursor.uleb())
        elif kind == dw.DW_MACRO_end_file:
            yield Record(END_FILE, 0, b"", 0)
        elif kind == dw.DW_MACRO_import:
            yield from self.read(cursor.section, cursor.fixed(size) + self._piece(dwarf), dwarf)
        else:
            offset = cursor.fixed(size)
            other = self._unit.dwarf.supplementary
            if other is not None:
                yield from self.read(other.sections.get(".debug_macro"), offset, other)

    @staticmethod
    def _skip(cursor: _Cursor, kind: int, layout: _Layout) -> None:
        """Go past a record of a kind that only a header describes."""
        if kind not in layout.operands:
            raise cursor.section.error(f"a macro record of unknown kind {kind:#x}", cursor.place - 1)
        forms = form_table(5, 8, layout.size)
        for form in layout.operands[kind]:
            cursor.make_room()
            known = forms.sizes.get(form)
            data = cursor.section.upto(cursor.place, _WINDOW)
            cursor.skip(known if known is not None else forms.skippers[form](data, 0))

    def _piece(self, dwarf: Dwarf | None) -> int:
        """Return where the unit's share of a package's `.debug_macro` begins."""
        return 0 if dwarf is not None else self._unit.contributions.get(".debug_macro", (0, 0))[0]

    def _text(self, cursor: _Cursor, kind: int, size: int, dwarf: Dwarf | None) -> bytes:
        if kind in _IN_PLACE:
            return cursor.string()
        unit = self._unit
        if kind in _BY_INDEX:
            offset = unit.string_offset(cursor.uleb())
        else:
            offset = cursor.fixed(size)
        file = dwarf if dwarf is not None else unit.dwarf
        if kind in _SUPPLEMENTARY:
            other = unit.dwarf.supplementary
            if other is None:
                return b""  # the file that has the text is not here
            file = other
        return file.sections.get(".debug_str").c_string(offset)
