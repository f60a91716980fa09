"""Where a file's debug information lies when it was split off.

Nothing is opened before it is asked for, and a candidate is taken only when it proves that it belongs to
the file: by build-id, or by the checksum that the file states.

Source: GDB manual, Debugging Information in Separate Files; dwz(1) and `.gnu_debugaltlink`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.elf.image import Image

if TYPE_CHECKING:
    from trapline.symbols.debuginfod import Debuginfod

DIRECTORIES = ("/usr/lib/debug",)
"""Where distributions put debug information."""

_CHUNK = 1 << 20


class DebugFiles:
    """Finds the files that hold debug information for other files.

    `directories` are searched in order; `debuginfod` is asked for what is not there, or None.  `problems`
    collects a line for each candidate that was found and could not be used.
    """

    __slots__ = ("debuginfod", "directories", "problems")

    def __init__(
        self, directories: Sequence[str] = DIRECTORIES, debuginfod: Debuginfod | None = None
    ) -> None:
        self.directories = tuple(directories)
        self.debuginfod = debuginfod
        self.problems: list[str] = []

    def separate(self, image: Image) -> Image | None:
        """Return the open file with the debug information that was stripped from `image`, or None.

        By build-id in `<directory>/.build-id/ab/cdef.debug`, by `.gnu_debuglink` and its CRC-32 beside
        the file, in `.debug` below that and in `<directory>/<path>`, then from debuginfod's cache.
        """
        try:
            build_id, link = image.build_id, image.debuglink
        except BadData as error:
            self._note(str(error))
            return None
        if build_id:
            for directory in self.directories:
                found = self._open(_build_id_path(directory, build_id), build_id=build_id)
                if found is not None:
                    return found
        if link is not None:
            for path in self._linked(image.name, link.name):
                found = self._open(path, build_id=build_id, checksum=link.crc, avoid=image)
                if found is not None:
                    return found
        if build_id and self.debuginfod is not None:
            cached = self.debuginfod.cached(build_id)
            if cached is not None:
                return self._open(cached, build_id=build_id)
        return None

    def request(self, image: Image) -> Callable[[], bool] | None:
        """Ask debuginfod for what was not found, without waiting; what is returned tells when it has come.

        None where no server is asked.
        """
        debuginfod = self.debuginfod
        try:
            build_id = image.build_id
        except BadData:
            return None
        if debuginfod is None or not build_id:
            return None
        debuginfod.request(build_id)
        return lambda: debuginfod.cached(build_id) is not None

    def supplementary(self, image: Image) -> Image | None:
        """Return the open file that dwz moved shared debug information of `image` to, or None.

        Source: dwz(1); DWARF 5 §7.3.6, Supplementary Object Files.
        """
        try:
            link = alternative_link(image)
        except BadData as error:
            self._note(str(error))
            return None
        if link is None:
            return None
        name, build_id = link
        candidates = [os.path.join(os.path.dirname(os.path.realpath(image.name)), name)]
        if os.path.isabs(name):
            candidates += [directory + name for directory in self.directories]
        candidates += [_build_id_path(directory, build_id) for directory in self.directories]
        for path in candidates:
            found = self._open(path, build_id=build_id)
            if found is not None:
                return found
        self._note(f"{image.name}: its supplementary file {name} was not found")
        return None

    def _linked(self, path: str, name: str) -> Iterator[str]:
        folder = os.path.dirname(os.path.realpath(path))
        yield os.path.join(folder, name)
        yield os.path.join(folder, ".debug", name)
        for directory in self.directories:
            yield os.path.join(directory, folder.lstrip("/"), name)

    def _open(
        self,
        path: str,
        *,
        build_id: bytes | None = None,
        checksum: int | None = None,
        avoid: Image | None = None,
    ) -> Image | None:
        """Return the file at `path` when it is there and belongs to what was asked for."""
        try:
            image = Image.open(path)
        except OSError:
            return None
        except BadData as error:
            self._note(str(error))
            return None
        try:
            if avoid is not None and image.identity == avoid.identity:
                reason: str | None = ""  # the stripped file itself, which carries the name of its own link
            else:
                reason = _mismatch(image, build_id, checksum)
        except (BadData, OSError) as error:
            reason = str(error)
        if reason is None:
            return image
        if reason:
            self._note(f"{path}: {reason}")
        image.close()
        return None

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def alternative_link(image: Image) -> tuple[str, bytes] | None:
    """Return the file name and the build-id of `image`'s supplementary file; None when it has none.

    Raises:
        BadData: the section is broken.
    """
    section = image.section(".gnu_debugaltlink")
    if section is not None:
        data = image.section_bytes(section)
        name, mark, build_id = data.partition(b"\0")
        if not mark or not name or not build_id:
            raise BadData("no name and build-id", file=image.name, section=section.name)
        return os.fsdecode(name), build_id
    return None


def _build_id_path(directory: str, build_id: bytes) -> str:
    text = build_id.hex()
    return os.path.join(directory, ".build-id", text[:2], text[2:] + ".debug")


def _mismatch(image: Image, build_id: bytes | None, checksum: int | None) -> str | None:
    """Return why a candidate is not the file that was asked for; None when it is."""
    own = image.build_id
    if build_id and own:
        return None if own == build_id else f"its build-id is {own.hex()}, {build_id.hex()} is wanted"
    if checksum is not None and _checksum(image) != checksum:
        return f"its CRC is not {checksum:#010x}: it is of another build"
    return None


def _checksum(image: Image) -> int:
    """Return the CRC-32 of a whole file.  Source: GDB manual, the debug link's CRC."""
    import zlib

    value = 0
    for offset in range(0, image.size, _CHUNK):
        value = zlib.crc32(image.bytes_at(offset, min(_CHUNK, image.size - offset)), value)
    return value
