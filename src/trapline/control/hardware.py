"""The four debug registers as their users share them: hardware breakpoints and watchpoints."""

from __future__ import annotations

from trapline.base.errors import LocationError
from trapline.base.typing import TYPE_CHECKING
from trapline.control.locations import BoundLocation

if TYPE_CHECKING:
    from trapline.control.target import Target
    from trapline.control.watchpoints import Watchpoint

EXECUTE, WRITE, READ_WRITE = 0, 1, 3
"""R/W field of DR7.  Source: Intel SDM 3 §17.2.4."""


class HardwareTable:
    """Who uses which debug register of an inferior.

    `users[n]` are those of register n: the locations of hardware breakpoints at one address, or
    watchpoints of the same bytes.
    """

    __slots__ = ("_target", "slots", "users")

    def __init__(self, target: Target) -> None:
        self._target = target
        self.slots: list[tuple[int, int, int] | None] = [None] * 4
        self.users: list[list[BoundLocation | Watchpoint]] = [[], [], [], []]

    def fired(self, registers: int) -> list[BoundLocation | Watchpoint]:
        """Return the users of some registers, bit N for register N: one access may fire several of one."""
        if registers in (1, 2, 4, 8):
            return self.users[registers.bit_length() - 1].copy()
        chosen = [self.users[number] for number in range(4) if registers >> number & 1]
        return list(dict.fromkeys(user for users in chosen for user in users))

    def _take(self, address: int, kind: int, length: int, user: BoundLocation | Watchpoint) -> None:
        for number, slot in enumerate(self.slots):
            if slot == (address, kind, length):
                self.users[number].append(user)
                return
        if None not in self.slots:
            names = ", ".join(
                sorted({self._name(one) for users in self.users for one in users if one is not user})
            )
            raise LocationError(
                f"all four debug registers are in use, by {names}; delete or disable one first"
            )
        number = self.slots.index(None)
        self._target.pause()
        self._target.process.set_debug_register(number, (address, kind, length))
        self.slots[number] = (address, kind, length)
        self.users[number].append(user)

    def _give_back(self, user: BoundLocation | Watchpoint) -> None:
        for number, users in enumerate(self.users):
            if user in users:
                users.remove(user)
                if not users:
                    self.slots[number] = None
                    if self._target.process.alive:
                        self._target.pause()
                        self._target.process.set_debug_register(number, None)

    @staticmethod
    def _name(user: BoundLocation | Watchpoint) -> str:
        if isinstance(user, BoundLocation):
            return f"breakpoint {user.breakpoint.id}"
        return f"watchpoint {user.id}"

    def locations_at(self, address: int) -> list[BoundLocation]:
        """Return the locations of hardware breakpoints at a load address."""
        return [
            user
            for slot, users in zip(self.slots, self.users, strict=True)
            if slot is not None and slot[0] == address and slot[1] == EXECUTE
            for user in users
            if isinstance(user, BoundLocation)
        ]

    def add_breakpoint(self, address: int, location: BoundLocation) -> None:
        """Stop before the instruction at a load address.

        Raises:
            LocationError: no register is free, or the kernel refuses the address.
        """
        self._take(address, EXECUTE, 1, location)

    def drop_breakpoint(self, address: int, location: BoundLocation) -> None:
        """Give the register back."""
        self._give_back(location)

    def add_watchpoint(self, watchpoint: Watchpoint) -> None:
        """Watch all pieces of a watchpoint, or none.

        Raises:
            LocationError: not enough registers are free, or the kernel refuses an address.
        """
        from trapline.control.watched import chunks

        kind = WRITE if watchpoint.access == "write" else READ_WRITE
        wanted = chunks(watchpoint.pieces)
        if len(wanted) > len(self.slots):
            raise LocationError(
                f"{watchpoint.length} bytes at {watchpoint.address:#x} take {len(wanted)} debug registers, "
                "and there are four"
            )
        try:
            for address, length in wanted:
                self._take(address, kind, length, watchpoint)
        except LocationError:
            self._give_back(watchpoint)
            raise

    def drop_watchpoint(self, watchpoint: Watchpoint) -> None:
        """Give the registers back."""
        self._give_back(watchpoint)

    def reinsert(self) -> None:
        """Write all registers again: the process is new (a restart, a fork child)."""
        for number, slot in enumerate(self.slots):
            if slot is not None:
                self._target.process.set_debug_register(number, slot)

    def clear(self) -> None:
        """Forget everything: an exec has cleared the registers."""
        self.slots = [None] * 4
        self.users = [[], [], [], []]
