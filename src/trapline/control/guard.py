"""No exception may arise inside the loop: Python's signal handlers are held at its door.

A handler that raises between a wait's return and the loop's book-keeping would lose a stop for ever
(KERNEL 3).  While the loop runs on the main thread, every Python-level handler is wrapped: it still runs
when its signal comes, but what it raises is kept, the loop is asked to return, and the exception goes on
once the inferior is stopped.  Inside a user's callback handlers are as the user set them.
"""

from __future__ import annotations

# signal.signal() turns handlers into enums, which costs ten times what the call does, and a resume
# makes a dozen; the C module below it is what `signal` itself is built on.
import _signal  # type: ignore[import-not-found, unused-ignore]  # typeshed has no stub for it
from collections.abc import Callable
from types import FrameType

from trapline.base import threads
from trapline.base.typing import Any

_CATCHABLE = tuple(number for number in range(1, 32) if number not in (9, 11, 17, 19, 23, 28))
"""Signals whose handlers are looked at: the standard ones that can be handled and may well raise."""


class Guard:
    """Wraps the signal handlers of the main thread while a loop runs.

    `inside` says that the loop's own code runs, and not a callback; `failure` is what a handler raised
    meanwhile.  As a context manager it may be entered again, by a callback that resumes.
    """

    __slots__ = ("_before", "_saved", "_wake", "failure", "inside")

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._saved: list[tuple[int, Any, Any]] = []
        self._before: list[bool] = []
        self.inside = False
        self.failure: BaseException | None = None

    def __enter__(self) -> None:
        if not self._before and threads.is_main():
            # From here a wrapped handler keeps what it raises, and one that is not wrapped yet raises
            # into this block: half of them wrapped is not how a loop may begin.
            self.inside = True
            try:
                self._wrap_all()
            except BaseException:
                self._unwrap_all()
                self.inside = False
                raise
            self._before.append(False)
        else:
            self._before.append(self.inside)
            self.inside = True

    def __exit__(self, *exception: object) -> None:
        before = self._before.pop()
        if self._before:
            self.inside = before
            return
        raised = self._unwrap_all()
        self.inside = False
        if exception[0] is None:
            # What came too late for the loop is the caller's now; beside another exception it waits.
            raised = raised or self.take()
            if raised is not None:
                raise raised

    def _wrap_all(self) -> None:
        for number in _CATCHABLE:
            handler = _signal.getsignal(number)
            if callable(handler):
                wrapped = self._wrap(handler)
                self._saved.append((number, handler, wrapped))
                _signal.signal(number, wrapped)

    def _unwrap_all(self) -> BaseException | None:
        """Put all handlers back, whatever they raise meanwhile, and return that."""
        raised = None
        while self._saved:
            try:
                number, handler, wrapped = self._saved[-1]
                # A handler that somebody set meanwhile stays.
                if _signal.getsignal(number) is wrapped:
                    _signal.signal(number, handler)
                self._saved.pop()
            except BaseException as error:
                raised = raised or error
        return raised

    def _wrap(self, handler: Callable[[int, FrameType | None], Any]) -> Callable[..., None]:
        def deferred(number: int, frame: FrameType | None) -> None:
            if not self.inside:
                handler(number, frame)
                return
            try:
                handler(number, frame)
            except BaseException as error:
                if self.failure is None:
                    self.failure = error
                self._wake()

        return deferred

    def take(self) -> BaseException | None:
        """Return what a handler raised, once."""
        failure, self.failure = self.failure, None
        return failure
