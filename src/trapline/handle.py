"""What every part of an `Inferior` stands on: whose it is, its state, the selected thread and frame."""

from __future__ import annotations

from trapline.base.errors import UsageError
from trapline.base.handles import Handle as ProcessHandle
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.control.events import Stop
    from trapline.control.target import Target
    from trapline.control.threads import Thread
    from trapline.inspection.frame import Frame


class State:
    """What `Inferior.state` can be; plain strings."""

    STOPPED = "stopped"
    RUNNING = "running"
    EXITED = "exited"
    DETACHED = "detached"


class Handle(ProcessHandle):
    """A program's `Target`, for the thread that made it alone."""

    _target: Target
    last_stop: Stop | None = None
    """What `Inferior.stop` tells; the target, which outlives a dropped handle, must not keep it."""

    def _check_owner(self) -> None:
        self._target.owner.check()

    def _addresses(self, location: Any) -> list[int]:
        return [place.address for place in self._target.places_of(location)]

    @property
    def pid(self) -> int:
        """The process id."""
        return self._target.process.pid

    @property
    def state(self) -> str:
        """One of `State`; in a callback the inferior counts as stopped."""
        return self._target.state

    @property
    def threads(self) -> tuple[Thread, ...]:
        """All threads in order of birth; empty after the end.

        In a callback they are stopped for it: a list of running threads would be out of date at once.
        """
        self._check_owner()
        if self._target.depth:
            self._target.pause()
        return self._target.threads()

    @property
    def thread(self) -> Thread:
        """The selected thread; in a callback the one that hit.  Assignable."""
        self._check_owner()
        target = self._target
        known = target._threads.get(target.selected)
        if known is not None and target.selected in target.process.threads:
            return known
        return target.current()

    @thread.setter
    def thread(self, thread: Thread) -> None:
        self._check_owner()
        self._target.select(self._target.own_tid(thread))

    @property
    def frame(self) -> Frame:
        """The selected frame, the innermost one after each stop.  Assignable."""
        self._check_owner()
        return self._target.current().frames()[self._target.level]

    @frame.setter
    def frame(self, frame: Frame) -> None:
        self._check_owner()
        from trapline.inspection.frame import Frame

        if not isinstance(frame, Frame):
            raise TypeError(f"frame must be a Frame of this inferior, not {type(frame).__name__}")
        if frame.stack.space is not self._target:
            raise UsageError("this frame is of another inferior; its own `frame` can be set to it")
        self._target.level = frame.level
