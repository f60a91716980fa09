"""Traps: int3 bytes in memory, and the four debug registers.

A `TrapTable` belongs to one address space.  A vfork child shares its parent's table as it shares the
memory, a fork child gets a copy.  Who wanted a trap is not known here.
"""

from __future__ import annotations

from trapline.arch import instructions
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.arch.instructions import Displaced

TRAP = b"\xcc"


class Trap:
    """One patched byte.

    `address` is a load address; `code` the original bytes from it (16, fewer at the end of a mapping);
    `resume_at` is where a thread goes on after a hit that nobody stops for (a displaced copy, or the
    next instruction where nothing is lost by not running this one), 0 until it is known and -1 when
    the instruction needs more than a new pc.  `armed` says whether the byte is in memory now.
    """

    __slots__ = ("_displaced", "address", "armed", "code", "resume_at", "sure")

    def __init__(self, address: int, code: bytes) -> None:
        self.address = address
        self.code = code
        self.armed = False
        self.resume_at = 0
        # The first instruction decides whether a thread can stand at address + 1 (KERNEL 4); until it
        # is decoded a hit is proved by its si_code.
        self.sure = False
        self._displaced: Displaced | None = None

    @property
    def original(self) -> bytes:
        """The byte that the trap covers."""
        return self.code[:1]

    @property
    def displaced(self) -> Displaced:
        """How the covered instruction is run elsewhere; decoded on first use."""
        found = self._displaced
        if found is None:
            found = self._displaced = instructions.plan(self.code, self.address)
        return found

    def forget_code(self, code: bytes) -> None:
        """Take other original bytes: the program (or the user) wrote over the trap."""
        self.code = code
        self._displaced = None
        self.resume_at = 0
        self.sure = False


class TrapTable:
    """The traps of one address space.

    `hits` maps the pc that the kernel reports (address + 1) to the armed trap: the one look-up of the
    hot path, whose cost does not depend on how many there are.  `moribund` maps the address of a trap
    that was taken out to the tids that were running then and may still report it (KERNEL 24).
    """

    __slots__ = ("at", "hits", "moribund", "pages")

    def __init__(self) -> None:
        self.at: dict[int, Trap] = {}
        self.hits: dict[int, Trap] = {}
        self.moribund: dict[int, set[int]] = {}
        self.pages: dict[int, set[int]] = {}

    def add(self, trap: Trap) -> None:
        """Enter an armed trap."""
        trap.armed = True
        self.at[trap.address] = trap
        self.hits[trap.address + 1] = trap
        self.moribund.pop(trap.address, None)
        self.pages.setdefault(trap.address >> 12, set()).add(trap.address)

    def remove(self, trap: Trap, running: set[int]) -> None:
        """Drop a trap whose byte is gone; threads in `running` may still report it."""
        trap.armed = False
        self.at.pop(trap.address, None)
        self.hits.pop(trap.address + 1, None)
        page = trap.address >> 12
        if page in self.pages:
            self.pages[page].discard(trap.address)
            if not self.pages[page]:
                del self.pages[page]
        if running:
            self.moribund[trap.address] = running

    def within(self, start: int, end: int) -> list[Trap]:
        """Return the armed traps at load addresses in [start, end)."""
        first, last = start >> 12, (end - 1) >> 12
        if not self.pages or (first == last and first not in self.pages):
            return []
        if last - first > len(self.pages):
            touched = [page for page in self.pages if first <= page <= last]
        else:
            touched = [page for page in range(first, last + 1) if page in self.pages]
        return [
            self.at[address] for page in touched for address in self.pages[page] if start <= address < end
        ]

    def clear(self) -> None:
        """Forget everything: the address space is gone."""
        self.at.clear()
        self.hits.clear()
        self.moribund.clear()
        self.pages.clear()

    def copy(self) -> TrapTable:
        """Return the table of a fork child, whose memory has the same bytes."""
        other = TrapTable()
        for trap in self.at.values():
            twin = Trap(trap.address, trap.code)
            twin.resume_at, twin.sure, twin._displaced = trap.resume_at, trap.sure, trap._displaced
            other.add(twin)
        return other


EXECUTE, WRITE, READ_WRITE = 0, 1, 3
"""R/W field of DR7.  Source: Intel SDM 3 §17.2.4."""
_LENGTHS = {1: 0, 2: 1, 8: 2, 4: 3}


class DebugRegisters:
    """The four debug registers of a process; every thread gets the same.

    `slots[n]` is (address, kind, length) or None.
    """

    __slots__ = ("slots",)

    def __init__(self) -> None:
        self.slots: list[tuple[int, int, int] | None] = [None, None, None, None]

    def __bool__(self) -> bool:
        """Whether any register is in use."""
        return any(slot is not None for slot in self.slots)

    def stops_at(self, address: int) -> bool:
        """Whether one stops before the instruction at a load address."""
        return any(slot is not None and slot[:2] == (address, EXECUTE) for slot in self.slots)

    @property
    def control(self) -> int:
        """DR7 for the slots in use: local enables, kinds and lengths."""
        value = 0
        for number, slot in enumerate(self.slots):
            if slot is not None:
                _, kind, length = slot
                value |= 1 << (2 * number) | (kind | _LENGTHS[length] << 2) << (16 + 4 * number)
        return value
