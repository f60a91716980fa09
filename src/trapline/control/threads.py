"""A thread as the user sees it."""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import InferiorExited, ThreadGone, UsageError
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING
from trapline.control import signals
from trapline.inspection.registers import Registers

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame
    from trapline.inspection.unwind import Stack
    from trapline.symbols.functions import Function


class Thread(Handle):
    """One thread of the inferior: `tid` is the kernel's id, `number` counts from 1 in order of birth."""

    __slots__ = ("_arrival", "_name", "_stack", "_target", "live", "number", "registers", "tid")

    def __init__(self, target: Target, live: LiveThread) -> None:
        self._target = target
        self.live = live
        self.tid = live.tid
        self.number = live.number
        self.registers: Registers = Registers(live, target.before_access)
        """The registers now: `registers.rip`, `registers["xmm0"]`, assignable; unsigned integers."""
        self._stack: Stack | None = None
        self._name: str | None = None
        self._arrival: tuple[int, Callable[[Function], bool]] | None = None

    def go_on_as(self, live: LiveThread) -> None:
        """Be the first thread of a fork child that is followed, where its handle is known already."""
        self.live = live
        self.tid, self.number = live.tid, live.number
        self.registers = Registers(live, self._target.before_access)
        self._stack = self._arrival = None

    def __repr__(self) -> str:
        return f"<Thread {self.number} tid {self.tid} {self.state}>"

    @property
    def name(self) -> str:
        """The name that it was given here, or else the kernel's (comm).  Assignable; None takes it away."""
        return self._name or self._target.process.thread_name(self.tid)

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name

    def belongs_to(self, target: Target) -> bool:
        """Whether it is a thread of this inferior."""
        return self._target is target

    @property
    def target_name(self) -> str:
        """The name that the kernel has for it (comm)."""
        return self._target.process.thread_name(self.tid)

    @property
    def is_frozen(self) -> bool:
        """Whether it stays where it is when the others go on."""
        return self._target.process.is_frozen(self.tid)

    def freeze(self) -> None:
        """Leave it stopped when the others go on, until `thaw()`.

        What the others wait for it to do is not done meanwhile.

        Raises:
            NotStopped: the inferior is running.
            ThreadGone: it has ended.
        """
        self._require_stopped()
        self._target.process.freeze(self.tid, True)

    def thaw(self) -> None:
        """Let it go on again with the others."""
        self._require_stopped()
        self._target.process.freeze(self.tid, False)

    def queue_signal(self, signal: int | str) -> None:
        """Have a signal delivered when it goes on, instead of what is pending; 0 delivers none.

        Raises:
            NotStopped: the inferior is running.
            UsageError: there is no such signal.
        """
        self._require_stopped()
        self.live.replace_signal(0 if signal == 0 else signals.number_of(signal))

    def terminate(self) -> None:
        """Make it end where it stands, by the exit system call; the other threads stay as they are.

        Who waits in pthread_join() for it goes on, with no result to be had.  Nothing of the thread's own
        is run: locks that it holds stay locked, its cleanup handlers and destructors of its thread-local
        objects are not called, its stack is not given back.  `ThreadExited` is published.

        Raises:
            NotStopped: the inferior is running.
            UsageError: it is the main thread, whose end the kernel keeps back until all have ended, or the
                only one left, or it waits in the kernel for its vfork child, or a callback is about its hit.
            ThreadGone: it has ended already.
            InferiorExited: the process was killed meanwhile.
        """
        self._require_stopped()
        target = self._target
        target.pause()
        process = target.process
        self._require_dispensable()
        found = target.family.found
        try:
            process.end_thread(self.tid)
        except InferiorExited:
            process.reap_if_dead()
        process.judge_late()
        if not process.alive:
            target.note_end()
            raise target.gone()
        family = target.family
        if not family.serving:
            family.found = found  # who asked for this knows of it
        elif family.found is not None:
            family.wake()  # a step has ended with it, whatever the callback says that this is asked in

    def _require_dispensable(self) -> None:
        """Raise unless the process goes on without this thread."""
        target = self._target
        process = target.process
        if self.tid == process.pid:
            raise UsageError(
                f"thread {self.tid} is the main thread, whose end the kernel keeps back until all others "
                "have ended; kill the process instead"
            )
        if len(process.threads) == 1:
            raise UsageError(f"thread {self.tid} is the only one left; kill the process instead")
        if not self.live.stopped:
            raise UsageError(f"thread {self.tid} waits in the kernel for its vfork child, and cannot end now")
        if target.depth and self.tid == target.hit_tid:
            raise UsageError(f"a callback is about a hit of thread {self.tid}; terminate it at a stop")

    def _require_stopped(self) -> None:
        self._target.owner.check()
        self._target.require_stopped()
        if self.tid not in self._target.process.threads:
            raise ThreadGone(self.tid)

    @property
    def state(self) -> str:
        """`"stopped"`, `"running"`, `"in vfork"` (waits in the kernel for its child) or `"gone"`."""
        if self.tid not in self._target.process.threads:
            return "gone"
        if self.live.stopped:
            return "stopped"
        return "in vfork" if self.live.in_vfork else "running"

    def frames(self) -> Stack:
        """Return the frames, innermost first, unwound as far as they are asked for.

        Raises:
            NotStopped: the thread is running.
            ThreadGone: it has ended.
        """
        if self.tid not in self._target.process.threads:
            raise ThreadGone(self.tid)
        self._target.before_access(self.live)
        stack = self._stack
        if stack is None or not stack.matches(self.live.words):
            from trapline.inspection.unwind import Stack  # a callback that asks for no frame does without

            arrival = self._arrival
            is_here = arrival is not None and self._target.is_now(arrival[0])
            is_shown = arrival[1] if arrival is not None and is_here else None
            epoch = self._target.epoch
            stack = self._stack = Stack(self._target, self.live, self.registers, epoch, is_shown)
        return stack

    def arrive(self, is_shown: Callable[[Function], bool]) -> None:
        """Stop here as a person sees it: inlined calls that begin at the pc are not entered yet.

        Args:
            is_shown: whether such a call is shown as entered nevertheless: a breakpoint is on it.
        """
        self._arrival = self._target.process.epoch, is_shown
        self._stack = None

    def frame(self, level: int = 0) -> Frame:
        """Return one frame; 0 is the innermost."""
        return self.frames()[level]
