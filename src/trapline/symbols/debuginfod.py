"""Debug information from debuginfod servers, by build-id: cached on disk, fetched only when asked.

The cache is the one of elfutils' own client, so what `gdb` fetched is found here and the other way round.
Nothing here is on the path of a stop: `cached` looks at one file, `request` fetches in a thread of its
own, `fetch` waits because somebody asked for exactly that.

Source: debuginfod(8), debuginfod_find_debuginfo(3), Cache.
"""

from __future__ import annotations

import os
import tempfile
import threading

from trapline.base.errors import NoDebugInfo
from trapline.base.typing import IO

_TIMEOUT = 90
"""Seconds without an answer, as elfutils' client has it."""
_CHUNK = 1 << 18
_LARGEST = 8 << 30


class Debuginfod:
    """The servers of `DEBUGINFOD_URLS`, and the cache beside them.

    `urls` are tried in order; `directory` is the cache.
    """

    __slots__ = ("_failed", "_lock", "_running", "directory", "urls")

    def __init__(self, urls: tuple[str, ...], directory: str) -> None:
        self.urls = urls
        self.directory = directory
        self._lock = threading.Lock()
        self._running: dict[bytes, threading.Thread] = {}
        self._failed: dict[bytes, str] = {}

    @classmethod
    def from_environment(cls) -> Debuginfod | None:
        """Return the client that the environment asks for; None when `DEBUGINFOD_URLS` is empty."""
        urls = tuple(os.environ.get("DEBUGINFOD_URLS", "").split())
        if not urls:
            return None
        directory = os.environ.get("DEBUGINFOD_CACHE_PATH")
        if not directory:
            cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
            directory = os.path.join(cache, "debuginfod_client")
        return cls(urls, directory)

    def path(self, build_id: bytes) -> str:
        """Return where the cache keeps the debug information of a build-id, there or not."""
        return os.path.join(self.directory, build_id.hex(), "debuginfo")

    def cached(self, build_id: bytes) -> str | None:
        """Return the cached file, or None; an empty one is elfutils' note that no server has it."""
        path = self.path(build_id)
        try:
            return path if os.stat(path).st_size else None
        except OSError:
            return None

    def request(self, build_id: bytes) -> None:
        """Begin to fetch in a thread of its own, once; `cached` finds the file when it has come."""
        with self._lock:
            if build_id in self._running or build_id in self._failed:
                return
            thread = threading.Thread(
                target=self._fetch_quietly, args=(build_id,), name="trapline-debuginfod", daemon=True
            )
            self._running[build_id] = thread
        thread.start()

    def _fetch_quietly(self, build_id: bytes) -> None:
        try:
            self.fetch(build_id)
        except NoDebugInfo as error:
            self._failed[build_id] = str(error)

    def fetch(self, build_id: bytes) -> str:
        """Return the cached file, fetched now if it was not there.

        Raises:
            NoDebugInfo: no server has it, or none answers; asked once a session.
        """
        found = self.cached(build_id)
        if found is not None:
            return found
        if build_id in self._failed:
            raise NoDebugInfo(self._failed[build_id])
        problems = []
        for url in self.urls:
            try:
                return self._download(f"{url.rstrip('/')}/buildid/{build_id.hex()}/debuginfo", build_id)
            except (OSError, ValueError) as error:
                problems.append(f"{url}: {error}")
        self._failed[build_id] = f"no debug information for build-id {build_id.hex()}: " + "; ".join(problems)
        raise NoDebugInfo(self._failed[build_id])

    def _download(self, url: str, build_id: bytes) -> str:
        """Fetch into a file of its own and rename it, so that the cache never holds half of one.

        Raises:
            OSError: the server or the disk refuses (urllib's errors are OSErrors).
            ValueError: a URL that is none.
        """
        import urllib.request

        path = self.path(build_id)
        request = urllib.request.Request(url, headers={"User-Agent": "trapline"})
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".debuginfo-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    self._copy(answer, file)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        return path

    def _copy(self, answer: IO[bytes], file: IO[bytes]) -> None:
        size = 0
        while chunk := answer.read(_CHUNK):
            size += len(chunk)
            if size > _LARGEST:
                raise ValueError(f"more than {_LARGEST >> 30} GiB")
            file.write(chunk)
        if not size:
            raise ValueError("an empty answer")
