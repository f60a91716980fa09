"""The text of source files: found where the compiler said, or near by, and kept.

A path in debug information was true where the program was built.  It is tried as it is, then its tail
under the directories to look in, longest tail first, so that a source tree that was moved is found whole.
"""

from __future__ import annotations

import os
import stat

from trapline.base.errors import NoSource
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SIZE_LIMIT = 64 << 20  # bytes; amalgamated sources reach 10 MB
_KEPT = 64  # files whose text is held
_TAILS = 3  # components of a path that are looked for elsewhere


class SourceFile:
    """One file's text: `path` is where it was found, `lines` are without their ends, the first is line 1."""

    __slots__ = ("identity", "lines", "modified", "path")

    def __init__(self, path: str, lines: list[str], identity: tuple[int, ...], modified: float) -> None:
        self.path = path
        self.lines = lines
        self.identity = identity
        self.modified = modified

    def __repr__(self) -> str:
        return f"<SourceFile {self.path!r}, {len(self.lines)} lines>"

    def line(self, number: int) -> str | None:
        """Return a line by its number, counted from 1, None when the file has not so many."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None


class SourceFiles:
    """Reads source files and keeps their text for as long as they stay as they are on disk."""

    __slots__ = ("_found", "_kept", "_told", "_where")

    def __init__(self, directories: Iterable[str] = (".",)) -> None:
        """Read nothing yet; `directories` are where a file is looked for that is not at its path."""
        self._where: tuple[list[str], list[tuple[str, str]]] = (list(directories), [])
        self._kept: dict[str, SourceFile] = {}
        self._found: dict[str, str] = {}
        self._told: set[str] = set()

    @property
    def directories(self) -> list[str]:
        """Where files are looked for that are not at their paths; made absolute when it is used."""
        return self._where[0]

    def look_in(self, directories: Iterable[str], substitutions: Iterable[tuple[str, str]] = ()) -> None:
        """Change where files are looked for.

        Args:
            directories: tried in order for a file that is not at its path.
            substitutions: (FROM, TO) pairs: a path below directory FROM is below TO instead.
        """
        self._where = list(directories), list(substitutions)
        self._found.clear()

    def read(self, path: str) -> SourceFile:
        """Return the file that a path of debug information names.

        Raises:
            NoSource: it is nowhere to be found, or is no text file; `.tried` says where was looked.
        """
        tried: list[str] = []
        problem = ""
        known = self._found.get(path)
        for candidate in ([known] if known else []) + list(self._candidates(path)):
            if candidate in tried:
                continue
            tried.append(candidate)
            try:
                found = self._open(candidate)
            except OSError as error:
                problem = problem or (error.strerror or str(error))
                continue
            except ValueError as error:
                raise NoSource(
                    f"{candidate}: {error}", path=path, tried=tuple(tried), reason=str(error)
                ) from None
            self._found[path] = candidate
            return found
        also = f" (also looked at {', '.join(tried[1:])})" if tried[1:] else ""
        reason = problem or "no such file"
        raise NoSource(f"{path}: {reason}{also}", path=path, tried=tuple(tried), reason=reason)

    def newer_than(self, path: str, program: str) -> bool:
        """Whether a source was changed after the program was built: true once for each pair, then false."""
        pair = f"{path}\0{program}"
        if pair in self._told:
            return False
        try:
            newer = self.read(path).modified > os.stat(program).st_mtime
        except (OSError, NoSource):
            return False
        if newer:
            self._told.add(pair)
        return newer

    def _candidates(self, path: str) -> Iterator[str]:
        """Yield where a file may be, its own path first."""
        for old, new in self._where[1]:
            if path == old or path.startswith(old.rstrip("/") + "/"):
                path = new.rstrip("/") + path[len(old.rstrip("/")) :]
                break
        if path.startswith("/"):
            yield os.path.normpath(path)
        parts = [part for part in os.path.normpath(path).split("/") if part not in ("", "..", ".")]
        tails = [parts] if not path.startswith("/") else []
        tails += [parts[-count:] for count in range(min(_TAILS, len(parts)), 0, -1)]
        for directory in self.directories:
            for tail in tails:
                yield os.path.abspath(os.path.join(directory, *tail))

    def _open(self, path: str) -> SourceFile:
        """Return the text of the file at a path, from memory when it has not changed.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no regular file, or too large for a source.
        """
        # O_NONBLOCK: a FIFO in the place of a source must not hang us in open().
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            status = os.fstat(descriptor)
            identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            known = self._kept.get(path)
            if known is not None and known.identity == identity:
                return known
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("no regular file")
            if status.st_size > _SIZE_LIMIT:
                raise ValueError(f"{status.st_size} bytes are too large for a source")
            with open(descriptor, "rb", closefd=False) as file:
                text = file.read(_SIZE_LIMIT).decode("utf-8", "replace")
        finally:
            os.close(descriptor)
        lines = text.replace("\r\n", "\n").split("\n")
        if not lines[-1]:
            lines.pop()
        found = SourceFile(path, lines, identity, status.st_mtime)
        self._kept[path] = found
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return found
