"""A run of bytes of an ELF file that is held when small and read in pieces when big."""

from __future__ import annotations

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.elf import image as elf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trapline.elf.image import Image, Section

_NAME_LIMIT = 1 << 20  # bytes of one name; the longest C++ names known have some 100,000
_CHUNK = 24 * 5000  # bytes read at once when a whole table is gone through: below malloc's mmap threshold
_HELD = 1 << 18  # bytes of a table that is kept in memory whole
_BEGINNING = 1 << 17  # bytes of a compressed section that are unfolded before the rest is needed


class ByteRun:
    """A run of bytes of an image: held when small, read where needed when big."""

    __slots__ = ("_held", "_image", "_offset", "size")

    def __init__(self, image: Image, offset: int, size: int) -> None:
        """Check the bounds; `offset` is in bytes into the file.

        Raises:
            BadData: the run reaches past the end of the file.
        """
        self._image = image
        self._offset = offset
        self.size = size
        image.check(offset, size)
        self._held = image.bytes_at(offset, size) if size <= _HELD else None

    @classmethod
    def of_section(cls, image: Image, section: Section) -> ByteRun:
        """Return a section's content.

        Raises:
            BadData: it reaches past the end of the file.
        """
        if section.type == elf.SHT_NOBITS:
            return cls(image, 0, 0)
        return cls(image, section.offset, section.size)

    @classmethod
    def at_address(cls, image: Image, address: int, size: int) -> ByteRun:
        """Return `size` bytes from a file address on, or as many as the file has there."""
        offset, available = image.place(FileAddress(address))
        return cls(image, offset, min(size, available))

    def get(self, offset: int, size: int) -> bytes:
        """Return the bytes from `offset` on, fewer than `size` at the end of the run."""
        if self._held is not None:
            return self._held[offset : offset + size]
        size = min(size, self.size - offset)
        return self._image.bytes_at(self._offset + offset, size) if size > 0 else b""

    @classmethod
    def of_bytes(cls, image: Image, data: bytes) -> ByteRun:
        """Return a run of bytes that are in memory already (an unfolded section of `image`)."""
        run = cls(image, 0, 0)
        run.size = len(data)
        run._held = data
        return run

    def held(self) -> ByteRun:
        """Return the same run with its bytes in memory."""
        return ByteRun.of_bytes(self._image, self.get(0, self.size))

    def chunks(self) -> Iterator[bytes]:
        """Yield the run in pieces that whole entries fit into."""
        if self._held is not None:
            yield self._held
            return
        for offset in range(0, self.size, _CHUNK):
            yield self.get(offset, _CHUNK)

    def find(self, needles: tuple[bytes, ...], limit: int) -> list[int]:
        """Return the offsets where one of `needles`, all of one length, is; no more than `limit`."""
        found: list[int] = []
        overlap = len(needles[0]) - 1
        base, rest = 0, b""
        for chunk in self.chunks():
            text = rest + chunk
            for needle in needles:
                at = text.find(needle)
                while at >= 0 and len(found) < limit:
                    found.append(base + at)
                    at = text.find(needle, at + 1)
            if len(found) >= limit:
                break
            # A place may straddle two pieces.
            rest = text[max(0, len(text) - overlap) :]
            base += len(text) - len(rest)
        return found

    def texts_with(self, needle: bytes) -> Iterator[bytes]:
        """Yield the NUL-terminated texts of the run that `needle` is in."""
        data = self.get(0, self.size)
        at = data.find(needle)
        while at >= 0:
            end = data.find(b"\0", at)
            end = end if end >= 0 else len(data)
            yield data[data.rfind(b"\0", 0, at) + 1 : end]
            at = data.find(needle, end)

    def startswith(self, prefixes: tuple[bytes, ...], offset: int) -> bool:
        """Return whether one of `prefixes` is at `offset`."""
        if self._held is not None:
            return self._held.startswith(prefixes, offset)
        return self.get(offset, max(map(len, prefixes))).startswith(prefixes)

    def text(self, offset: int) -> bytes | None:
        """Return the bytes from `offset` up to the next NUL, None when there is none soon enough."""
        if self._held is not None:
            end = self._held.find(b"\0", offset, offset + _NAME_LIMIT)
            return self._held[offset:end] if end >= 0 else None
        size = 256
        while True:
            data = self.get(offset, size)
            end = data.find(b"\0")
            if end >= 0:
                return data[:end]
            if len(data) < size or size >= _NAME_LIMIT:
                return None
            size *= 16


class FoldedRun(ByteRun):
    """A compressed section's content, of which only the beginning is unfolded until more is asked for.

    A C library's first units hold what calls `main`, and so are in every backtrace: they are had in a
    fraction of the time that all its debug information takes.
    """

    __slots__ = ("_beginning", "_note", "_section")

    def __init__(self, image: Image, section: Section, note: Callable[[BadData], None] | None = None) -> None:
        """Unfold the beginning.

        Args:
            image: the file.
            section: a compressed section of it.
            note: called with why the rest cannot be unfolded, which then reads as zeros.

        Raises:
            BadData: the section lies outside the file, or its beginning cannot be unfolded.
        """
        super().__init__(image, 0, 0)
        self._section = section
        self._note = note
        self._beginning, self.size = image.section_beginning(section, _BEGINNING)
        self._held = self._beginning if len(self._beginning) == self.size else None

    def get(self, offset: int, size: int) -> bytes:
        """Return the bytes from `offset` on, fewer than `size` at the end of the run.

        Raises:
            BadData: the rest cannot be unfolded, and there is no `note` to say so to.
        """
        if self._held is None:
            if offset + size <= len(self._beginning):
                return self._beginning[offset : offset + size]
            self._held = self._whole()
        return self._held[offset : offset + size]

    def _whole(self) -> bytes:
        try:
            return self._image.section_bytes(self._section)
        except BadData as error:
            if self._note is None:
                raise
            self._note(error)
            return self._beginning.ljust(self.size, b"\0")
