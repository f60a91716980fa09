"""What was worked out once about a file, kept on disk by its build-id: `$XDG_CACHE_HOME/trapline`.

The cache is a convenience: whatever goes wrong with it is as if nothing were there.  Writers make a file
of their own and rename it, so any number of processes may share the directory; a file that is not whole is
ignored.

Source: XDG Base Directory Specification.
"""

from __future__ import annotations

import os
import struct
import zlib

from trapline.base.fact import NamedTuple

_MAGIC = b"trapline cache 1\n"
_HEADER = struct.Struct("<QI")  # size of what follows in bytes, its CRC-32
_LIMIT = 512 << 20  # bytes of all files together
_FILE_LIMIT = 256 << 20  # bytes of one file


def default_directory() -> str | None:
    """Return where the user's caches of this program are, None when the environment names no place."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification has relative paths ignored.
    if not os.path.isabs(base):
        home = os.environ.get("HOME", "")
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, ".cache")
    return os.path.join(base, "trapline")


class Cache:
    """A directory of results; `directory` None keeps nothing."""

    __slots__ = ("directory",)

    def __init__(self, directory: str | None) -> None:
        """Make nothing yet."""
        self.directory = directory

    def load(self, kind: str, key: bytes) -> bytes | None:
        """Return what was stored of a kind (a word) under a key, None when nothing whole is there."""
        if self.directory is None or not key:
            return None
        try:
            path = self._path(kind, key)
            with open(path, "rb") as file:
                data = file.read(_FILE_LIMIT)
            os.utime(path)  # the files used last are kept longest
        except OSError:
            return None
        start = len(_MAGIC) + _HEADER.size
        if not data.startswith(_MAGIC) or len(data) < start:
            return None
        size, checksum = _HEADER.unpack_from(data, len(_MAGIC))
        body = data[start:]
        return body if len(body) == size and zlib.crc32(body) == checksum else None

    def store(self, kind: str, key: bytes, data: bytes) -> None:
        """Keep bytes of a kind under a key, and drop the files used longest ago when there is too much."""
        if self.directory is None or not key or len(data) > _FILE_LIMIT // 2:
            return
        import tempfile

        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            # The file is for its owner alone: what somebody debugs is nobody else's business.
            descriptor, name = tempfile.mkstemp(dir=self.directory, prefix=".new-")
        except OSError:
            return
        try:
            with open(descriptor, "wb") as file:
                file.write(_MAGIC + _HEADER.pack(len(data), zlib.crc32(data)) + data)
            os.rename(name, self._path(kind, key))
        except OSError:
            _remove(name)
            return
        self._prune()

    def _path(self, kind: str, key: bytes) -> str:
        return os.path.join(self.directory or "", f"{kind}-{key.hex()}")

    def _prune(self) -> None:
        files = []
        try:
            with os.scandir(self.directory) as found:
                for entry in found:
                    status = entry.stat(follow_symlinks=False)
                    files.append(_Kept(status.st_mtime_ns, status.st_size, entry.path))
        except OSError:
            return
        size = sum(file.size for file in files)
        for file in sorted(files):
            if size <= _LIMIT:
                return
            _remove(file.path)
            size -= file.size


class _Kept(NamedTuple):
    """A file of the cache."""

    used: int
    size: int
    path: str


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
