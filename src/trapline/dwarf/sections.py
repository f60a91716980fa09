"""The sections of one file that hold DWARF, by name: unfolded, and `.dwo` names where they are split off.

Sources: DWARF 5 §7.3.5 (split names); gABI, Section Compression.
"""

from __future__ import annotations

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.elf import image as elf
from trapline.elf.byterun import ByteRun, FoldedRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trapline.elf.image import Image

# Bytes searched at once: they stay in the processor's cache, and below malloc's mmap threshold.
_PIECE = 1 << 17
_COMMON = b"\0\1\2\3"  # bytes that debug information is full of


class Section:
    """One section's bytes; `size` is in bytes, 0 for a section that the file does not have.

    `file` and `name` name it in errors.
    """

    __slots__ = ("_run", "file", "name", "size")

    def __init__(self, run: ByteRun, file: str, name: str) -> None:
        """Keep the run of bytes."""
        self._run = run
        self.file = file
        self.name = name
        self.size = run.size

    def __repr__(self) -> str:
        return f"Section({self.name!r}, {self.size} bytes)"

    def error(self, what: str, offset: int | None = None) -> BadData:
        """Return the BadData that says what is wrong at an offset of this section."""
        return BadData(what, file=self.file, section=self.name, offset=offset)

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset` on.

        Raises:
            BadData: they reach past the section's end.
        """
        if offset < 0 or size < 0 or offset + size > self.size:
            raise self.error(f"{size} bytes reach past its end at {self.size:#x}", offset)
        return self._run.get(offset, size)

    def upto(self, offset: int, size: int) -> bytes:
        """Return the bytes from `offset` on: `size` of them, or fewer at the section's end."""
        return self._run.get(offset, size) if 0 <= offset < self.size else b""

    def unsigned(self, offset: int, size: int) -> int:
        """Return the little-endian unsigned number of `size` bytes at `offset`.

        Raises:
            BadData: it reaches past the section's end.
        """
        return int.from_bytes(self.read(offset, size), "little")

    def u32(self, offset: int) -> int:
        """Return the unsigned number of four bytes at `offset`; BadData past the end."""
        return self.unsigned(offset, 4)

    def c_string(self, offset: int) -> bytes:
        """Return the bytes from `offset` up to the next NUL.

        Raises:
            BadData: `offset` is outside the section, or no NUL comes within a megabyte.
        """
        text = self._run.text(offset) if 0 <= offset < self.size else None
        if text is None:
            raise self.error("no string there", offset)
        return text

    def find(self, needle: bytes, start: int = 0, end: int | None = None) -> Iterator[int]:
        """Yield every offset in [`start`, `end`) where `needle` is, whole, overlapping ones as well."""
        end = self.size if end is None else min(end, self.size)
        overlap = len(needle) - 1
        search = _searcher(needle)
        size = max(_PIECE, 4 * len(needle))  # a needle as long as a piece would go on byte by byte
        while start < end - overlap:
            piece = self._run.get(start, min(size, end - start))
            at = search(piece, 0)
            while at >= 0:
                yield start + at
                at = search(piece, at + 1)
            # A place may straddle two pieces.
            start += len(piece) - overlap


def _searcher(needle: bytes) -> Callable[[bytes, int], int]:
    """Return `find(data, start)` for a needle, by what is fastest in debug information.

    A regular expression looks for the first byte at the speed of memchr, which pays where that byte is
    rare; `bytes.find` is faster for long needles and those that begin with a common byte.
    """
    if len(needle) > 8 or needle[0] in _COMMON:
        return lambda data, start: data.find(needle, start)
    import re

    search = re.compile(re.escape(needle), re.DOTALL).search

    def find(data: bytes, start: int) -> int:
        match = search(data, start)
        return match.start() if match is not None else -1

    return find


class Sections:
    """The debug sections of one file, by the names they have in files that are not split (`.debug_info`)."""

    __slots__ = ("_image", "_known", "_note", "_suffix", "file")

    def __init__(
        self, image: Image, *, split: bool = False, note: Callable[[BadData], None] | None = None
    ) -> None:
        """Read nothing yet.

        Args:
            image: the file.
            split: ask for the `.dwo` sections.
            note: called with what is wrong with a section that cannot be read, which then counts as absent.
        """
        self._note = note
        self._image = image
        self._suffix = ".dwo" if split else ""
        self._known: dict[str, Section] = {}
        self.file = image.name

    def get(self, name: str) -> Section:
        """Return the section called `name`, an empty one when there is none; an unfolded one is held.

        Raises:
            BadData: it lies outside the file, or cannot be unfolded, and there is no `note` to say so to.
        """
        return self.get_plain(name + self._suffix)

    def get_plain(self, name: str) -> Section:
        """Return the section of exactly this name: the indices of packages have no `.dwo` at theirs."""
        section = self._known.get(name)
        if section is None:
            try:
                section = self._open(name)
            except BadData as error:
                if self._note is None:
                    raise
                self._note(error)
                section = Section(ByteRun(self._image, 0, 0), self.file, name)
            self._known[name] = section
        return section

    def _namesakes(self, header: elf.Section) -> Iterator[elf.Section]:
        """Yield a section and those behind it in the file that have its name, if it is one of units.

        Each type that `-fdebug-types-section` puts in a unit of its own is in such a section (COMDAT).  What
        overlaps is left out: a file of many headers could make more of its bytes than there is memory.
        """
        yield header
        end = header.offset + header.size
        if header.name.removesuffix(self._suffix) not in (".debug_info", ".debug_types"):
            return
        for one in self._image.sections:
            if one.name == header.name and one.offset >= end:
                yield one
                end = one.offset + one.size

    def _open(self, name: str) -> Section:
        from trapline.elf.relocation import relocated

        header = self._image.section(name)
        if header is None:
            return Section(ByteRun(self._image, 0, 0), self.file, name)
        if self._image.type == elf.ET_REL:
            parts = (relocated(self._image, one) for one in self._namesakes(header))
            run = ByteRun.of_bytes(self._image, b"".join(parts))
        elif header.flags & elf.SHF_COMPRESSED or header.name.startswith(".z"):
            run = FoldedRun(self._image, header, self._note)
        else:
            run = ByteRun.of_section(self._image, header)
        return Section(run, self.file, name)
