"""Slots: displaced copies of trapped instructions, so that a hit costs one stop.

A thread that goes on from a trap does so in a slot: the covered instruction, relocated, and a jump back
behind it.  The trap byte stays in memory, so no other thread can slip past it.

Room is first taken from the zero bytes after the end of a module's executable segment, in its last
page: near, executable and free of system calls (KERNEL 19).  Only when that is used up is a page mapped.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.arch import instructions

_NEAR = (1 << 31) - (1 << 16)
"""Bytes that a rel32 can bridge, with room for the slot itself."""


class Place(NamedTuple):
    """What a pc inside a slot stands for.

    `address` is the trap's; `original` the pc as the program would see it, None in the middle of an
    instruction that was relocated into several; `ran` says whether the displaced instruction has run.
    """

    address: int
    original: int | None
    ran: bool


class Region:
    """A run of bytes that holds slots: [start, end) load addresses; `mapped` if we mapped it."""

    __slots__ = ("end", "free", "mapped", "start")

    def __init__(self, start: int, end: int, mapped: bool) -> None:
        self.start = start
        self.end = end
        self.free = start
        self.mapped = mapped

    def reaches(self, address: int) -> bool:
        """Whether code here can refer to `address` by rel32."""
        return abs(self.free - address) < _NEAR

    def take(self, size: int) -> int | None:
        """Return the start of `size` bytes, aligned to 8, or None."""
        start = (self.free + 7) & ~7
        if start + size > self.end:
            return None
        self.free = start + size
        return start


class SlotArea:
    """All slots of one address space.

    A slot is kept for the life of the address space, keyed by the trap's address and code, so no thread
    can ever be in a slot that was given to somebody else.
    """

    __slots__ = ("_built", "places", "regions", "tried")

    def __init__(self) -> None:
        self.regions: list[Region] = []
        self.places: dict[int, Place] = {}
        self.tried: set[int] = set()
        self._built: dict[tuple[int, bytes], int] = {}

    def __contains__(self, pc: int) -> bool:
        """Whether a pc lies in a region of ours."""
        return any(region.start <= pc < region.end for region in self.regions)

    def known(self, address: int, code: bytes) -> int | None:
        """Return the slot built earlier for this code at this address."""
        return self._built.get((address, code))

    def room(self, address: int, size: int) -> int | None:
        """Return the start of `size` free bytes near `address`, or None."""
        for region in self.regions:
            if region.reaches(address):
                start = region.take(size)
                if start is not None:
                    return start
        return None

    def enter(self, address: int, code: bytes, slot_address: int, slot: instructions.Slot) -> None:
        """Remember a slot whose bytes have been written."""
        self._built[address, code] = slot_address
        for offset, original in slot.offsets.items():
            self.places[slot_address + offset] = Place(address, original, offset != 0)

    def hide(self, start: int, data: bytearray) -> None:
        """Overwrite what `data`, read at `start`, shows of our slots with what was there before."""
        for region in self.regions:
            low, high = max(start, region.start), min(start + len(data), region.end)
            if low < high:
                data[low - start : high - start] = bytes(high - low)

    def clear(self) -> None:
        """Forget everything: the address space is gone."""
        self.regions.clear()
        self.places.clear()
        self.tried.clear()
        self._built.clear()

    def copy(self) -> SlotArea:
        """Return the area of a fork child, whose memory has the same bytes."""
        other = SlotArea()
        for region in self.regions:
            twin = Region(region.start, region.end, region.mapped)
            twin.free = region.free
            other.regions.append(twin)
        other.places.update(self.places)
        other.tried.update(self.tried)
        other._built.update(self._built)
        return other
