"""Watchpoints: stop when memory is written, or accessed, by any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.base.errors import LocationError, MemoryFault, UsageError

if TYPE_CHECKING:
    from trapline.control.breakpoints import Callback
    from trapline.control.conditions import WatchCondition
    from trapline.control.target import Target

LENGTHS = (1, 2, 4, 8)


class Watchpoint:
    """A wish to hear of accesses to `length` bytes at load address `address`.

    `access` is "write" or "read_write" (the processor has no read alone).  As in gdb, a write that leaves
    the value as it was is no hit of a "write" one.  Writes by the kernel, as in read(2), are not seen
    (KERNEL 16).
    """

    temporary = False

    __slots__ = (
        "_enabled",
        "_target",
        "access",
        "address",
        "callback",
        "deleted",
        "hit_count",
        "id",
        "length",
        "spec",
        "value",
        "wish",
    )

    def __init__(
        self,
        target: Target,
        number: int,
        spec: Any,
        address: int,
        length: int,
        access: str,
        callback: Callback | None,
        condition: str | None = None,
    ) -> None:
        if access not in ("write", "read_write"):
            raise UsageError(f'access must be "write" or "read_write", not {access!r}')
        if length not in LENGTHS:
            raise LocationError(f"a debug register watches 1, 2, 4 or 8 bytes, not {length}")
        if address % length:
            raise LocationError(
                f"{address:#x} is not aligned to {length} bytes, as a debug register needs; "
                f"watch {address & -length:#x}, or fewer bytes"
            )
        self._target = target
        self.id = number
        self.spec = spec
        self.address = address
        self.length = length
        self.access = access
        self.callback = callback
        self.hit_count = 0
        self.deleted = False
        self._enabled = True
        self.value = self.read()
        self.wish: WatchCondition | None = self._parsed(condition)

    def __repr__(self) -> str:
        return f"<Watchpoint {self.id} {self.address:#x}, {self.length} bytes, {self.hit_count} hits>"

    def read(self) -> int:
        """Return the watched bytes as an unsigned integer.

        Raises:
            LocationError: they are not mapped.
        """
        try:
            return int.from_bytes(self._target.process.read(self.address, self.length), "little")
        except MemoryFault:
            raise LocationError(f"cannot watch {self.address:#x}: not mapped") from None

    @property
    def condition(self) -> str | None:
        """The expression that must be true for an access to count; None for none.  Assignable.

        Its names mean what they mean in the selected frame when it is set.

        Raises:
            EvaluationError: on assignment, it is no expression, or a name means nothing there.
        """
        return self.wish.text if self.wish is not None else None

    @condition.setter
    def condition(self, text: str | None) -> None:
        self._target.owner.check()
        if self.deleted:
            raise UsageError(f"watchpoint {self.id} has been deleted")
        self.wish = self._parsed(text)

    def _parsed(self, text: str | None) -> WatchCondition | None:
        if text is None:
            return None
        from trapline.control.conditions import WatchCondition

        return WatchCondition(self._target, text)

    @property
    def enabled(self) -> bool:
        """Whether it is in force."""
        return self._enabled

    def enable(self) -> None:
        """Put it in force."""
        self._target.owner.check()
        if self.deleted:
            raise UsageError(f"watchpoint {self.id} has been deleted")
        if not self._enabled:
            self.value = self.read()
            self._target.hardware.add_watchpoint(self)
            self._enabled = True

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        self._target.owner.check()
        if self._enabled and not self.deleted:
            self._enabled = False
            self._target.hardware.drop_watchpoint(self)

    def delete(self) -> None:
        """Forget it."""
        self._target.owner.check()
        if not self.deleted:
            self.disable()
            self.deleted = True
            self._target.watchpoints.pop(self.id, None)
