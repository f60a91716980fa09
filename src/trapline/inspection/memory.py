"""The inferior's memory as a user reads and writes it."""

from __future__ import annotations

from _operator import index
from collections.abc import Iterator

from trapline.base import arguments
from trapline.base.address import ADDRESS_MASK, Mapping
from trapline.base.errors import ArgumentError, UsageError
from trapline.base.handles import Handle
from trapline.base.memory import read_c_string, read_integer, write_integer
from trapline.base.typing import Protocol, SupportsIndex, overload

_WINDOW = 1 << 20
_UNSEARCHABLE = ("[vvar]", "[vvar_vclock]", "[vsyscall]")


class Source(Protocol):
    """Who holds the bytes."""

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes."""
        ...

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write all of `data`."""
        ...

    def read_up_to(self, start: int, buffer: bytearray | memoryview) -> int:
        """Fill a buffer; return the bytes read before an unmapped one."""
        ...

    def mappings(self) -> list[Mapping]:
        """Return the memory map."""
        ...


class InferiorMemory(Handle):
    """Memory at load addresses, as the program sees it: no trap of ours ever shows.

    An address is anything with `__index__`.  Reads that fail raise MemoryFault with the first bad
    address.  Reading works while the program runs, but may then tear.
    """

    __slots__ = ("source",)

    def __init__(self, source: Source) -> None:
        self.source = source

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes.

        Raises:
            MemoryFault: some byte is unmapped; `.address` is the first such.
            ArgumentError: the size is below 0.
            LocationError: the address is no number of 64 bits.
        """
        try:
            start, size = index(address), index(size)
        except TypeError:
            start, size = arguments.address(address), arguments.integer(size, "size")
        if start >> 64 or size < 0:
            start = arguments.address(address)
            raise ArgumentError(f"a size is 0 bytes or more, not {size}")
        return self.source.read(start, size)

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write all of `data`, through read-only pages too; a breakpoint under it stays in force.

        Raises:
            MemoryFault: some byte is unmapped.
            LocationError: the address is no number of 64 bits.
        """
        self.source.write(arguments.address(address), arguments.data(data, "data"))

    @overload
    def __getitem__(self, key: slice) -> bytes: ...
    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    def __getitem__(self, key: slice | SupportsIndex) -> bytes | int:
        """Return `memory[a:b]` as bytes, `memory[a]` as one byte's value."""
        if isinstance(key, slice):
            start, stop = _bounds(key)
            return self.read(start, stop - start)
        return self.read(key, 1)[0]

    @overload
    def __setitem__(self, key: slice, value: bytes) -> None: ...
    @overload
    def __setitem__(self, key: SupportsIndex, value: int) -> None: ...
    def __setitem__(self, key: slice | SupportsIndex, value: bytes | int) -> None:
        """Write bytes to a slice of the same length, or one byte's value."""
        if isinstance(key, slice):
            start, stop = _bounds(key)
            data = arguments.data(value, "what fills a slice")
            if len(data) != stop - start:
                raise UsageError(f"{len(data)} bytes do not fill a slice of {stop - start}")
            self.write(start, data)
        else:
            byte = arguments.integer(value, "a byte")
            if not 0 <= byte <= 0xFF:
                raise ArgumentError(f"a byte is 0 to 255, not {byte}")
            self.write(key, bytes([byte]))

    def read_integer(self, address: SupportsIndex, size: int = 8, signed: bool = False) -> int:
        """Return a little-endian integer of `size` bytes, which are 1 or more."""
        return int.from_bytes(self.read(address, _width(size)), "little", signed=signed)

    def write_integer(self, address: SupportsIndex, value: int, size: int = 8) -> None:
        """Write an integer of `size` bytes, which are 1 or more; a negative one as two's complement."""
        write_integer(
            self.source, arguments.address(address), arguments.integer(value, "value"), _width(size)
        )

    def read_pointer(self, address: SupportsIndex) -> int:
        """Return the 64-bit pointer at an address."""
        return read_integer(self.source, arguments.address(address), 8)

    def read_c_string(self, address: SupportsIndex, limit: int = 4096) -> bytes:
        """Return the bytes before the first NUL, at most `limit`."""
        return read_c_string(self.source, arguments.address(address), arguments.count(limit, "limit"))

    def read_into(self, address: SupportsIndex, buffer: bytearray | memoryview) -> int:
        """Fill a writable buffer; return the bytes read, fewer where an unmapped byte comes first."""
        return self.source.read_up_to(arguments.address(address), buffer)

    def search(
        self, pattern: bytes, start: SupportsIndex | None = None, end: SupportsIndex | None = None
    ) -> Iterator[int]:
        """Return the load address of every occurrence of `pattern` in [start, end), overlapping ones too.

        Everything readable is searched by default; the kernel's own pages and devices are skipped
        (KERNEL 39).
        """
        pattern = arguments.data(pattern, "pattern")
        if not pattern:
            raise UsageError("the pattern must not be empty")
        low = 0 if start is None else arguments.integer(start, "start")
        high = ADDRESS_MASK if end is None else arguments.integer(end, "end")
        for begin, stop in self._readable():
            if begin < high and low < stop:
                yield from self._within(pattern, max(low, begin), min(high, stop))

    def _readable(self) -> list[tuple[int, int]]:
        """Return the runs of readable memory; a pattern may span two mappings that touch."""
        runs: list[tuple[int, int]] = []
        for mapping in self.source.mappings():
            if mapping.path in _UNSEARCHABLE or mapping.path.startswith("/dev/"):
                continue
            if mapping.permissions[0] != "r":
                continue
            if runs and runs[-1][1] == mapping.start:
                runs[-1] = runs[-1][0], mapping.end
            else:
                runs.append((mapping.start, mapping.end))
        return runs

    def _within(self, pattern: bytes, start: int, end: int) -> Iterator[int]:
        overlap = len(pattern) - 1
        while start < end:
            window = bytearray(min(_WINDOW + overlap, end - start))
            got = self.read_into(start, window)
            at = window.find(pattern, 0, got)
            while at >= 0:
                yield start + at
                at = window.find(pattern, at + 1, got)
            if got < len(window):
                return
            start += _WINDOW


def _width(size: int) -> int:
    """Return the size of an integer in bytes."""
    size = arguments.integer(size, "size")
    if size < 1:
        raise ArgumentError(f"an integer has 1 byte or more, not {size}")
    return size


def _bounds(key: slice) -> tuple[int, int]:
    if key.step not in (None, 1) or key.start is None or key.stop is None:
        raise UsageError("memory is sliced as memory[start:end]")
    start, stop = arguments.integer(key.start, "start"), arguments.integer(key.stop, "end")
    if stop < start:
        raise UsageError(f"memory[{start:#x}:{stop:#x}] ends before it starts")
    return start, stop
