"""What reading memory means, whoever holds it: a live process, a core file, a test.

A holder gives `read_into` and `write`; everything else (integers, pointers, strings, slices) is built
on those two here, once.
"""

from __future__ import annotations

from trapline.base.errors import MemoryFault, UsageError
from trapline.base.typing import Protocol, SupportsIndex


class Memory(Protocol):
    """Bytes at load addresses, as the program sees them: no trap of ours ever shows."""

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes at a load address, or raise MemoryFault at the first that fails."""
        ...

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write all of `data` at a load address, or raise MemoryFault."""
        ...


def read_integer(memory: Memory, address: SupportsIndex, size: int = 8, signed: bool = False) -> int:
    """Return a little-endian integer of `size` bytes at a load address.

    Raises:
        MemoryFault: some byte is unmapped.
    """
    return int.from_bytes(memory.read(address, size), "little", signed=signed)


def write_integer(memory: Memory, address: SupportsIndex, value: int, size: int = 8) -> None:
    """Write `value` as a little-endian integer of `size` bytes; a negative one as two's complement.

    Raises:
        UsageError: the value does not fit.
        MemoryFault: some byte is unmapped.
    """
    bits = 8 * size
    if not -(1 << (bits - 1)) <= value < (1 << bits):
        raise UsageError(f"{value:#x} does not fit in {size} bytes")
    memory.write(address, (value & ((1 << bits) - 1)).to_bytes(size, "little"))


def read_c_string(memory: Memory, address: SupportsIndex, limit: int = 4096) -> bytes:
    """Return the bytes before the first NUL at a load address, at most `limit` of them.

    Reads page by page, so a string that ends right before an unmapped page is read whole.

    Raises:
        MemoryFault: an unmapped byte comes before the NUL.
    """
    start = address.__index__()
    found = bytearray()
    while len(found) < limit:
        here = start + len(found)
        room = min(limit - len(found), 4096 - (here & 4095))
        try:
            chunk = memory.read(here, room)
        except MemoryFault as fault:
            if fault.address <= here:
                raise
            chunk = memory.read(here, fault.address - here)
            room = -1
        end = chunk.find(0)
        if end >= 0:
            return bytes(found + chunk[:end])
        found += chunk
        if room < 0:
            raise MemoryFault(start + len(found), 1)
    return bytes(found)
