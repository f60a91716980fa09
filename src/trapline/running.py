"""What makes a program run, and stops it: resume, wait, the steps, interrupts.

A part of `Inferior`: it checks that the calling thread owns the program, and delegates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trapline.base import threads
from trapline.base.errors import LocationError, NotRunning, UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.handle import Handle, State

if TYPE_CHECKING:
    import re
    from concurrent.futures import Future

    from trapline.control.breakpoints import Callback
    from trapline.control.entering import StepTarget
    from trapline.control.events import ExitStatus, Stop
    from trapline.control.skips import Skip


class Running(Handle):
    """The running part of an `Inferior`."""

    def resume(self, signal: int | str | None = None, *, timeout: float | None = None) -> Stop:
        """Go on until something that a user should hear, and return it.

        Args:
            signal: None delivers the pending one, 0 drops it, a name or number replaces it.
            timeout: seconds for the whole call.

        Raises:
            StopTimeout: the time is up; the inferior is still running.
            KeyboardInterrupt: Ctrl-C, the inferior stopped.
        """
        self._check_owner()
        return self._target.family.resume(self._target, signal, timeout)

    def run(self, callback: Callback | None = None, *, timeout: float | None = None) -> ExitStatus:
        """Go on to the exit whatever stops come, and return how it ended.

        Args:
            callback: `callback(inferior, breakpoint)` at each hit of a breakpoint without its own.
            timeout: seconds for the whole call.

        Raises:
            StoppedEarly: a callback's result was true; the inferior is stopped there.
        """
        self._check_owner()
        return self._target.family.run(self._target, callback, timeout)

    def resume_nowait(self, signal: int | str | None = None) -> None:
        """Go on and return at once; hits are served only inside a waiting call."""
        self._check_owner()
        if self._target.depth:
            raise UsageError("resume_nowait() cannot be used in a callback; return from it instead")
        self._target.family.start(self._target, signal)

    def wait(self, timeout: float | None = None) -> Stop:
        """Wait for the next stop of the running inferior.

        Raises:
            NotRunning: it is stopped.
            StopTimeout: it still runs.
        """
        self._check_owner()
        target = self._target
        if target.state != State.RUNNING and not target.family.has_kept:
            if target.state == State.STOPPED:
                raise NotRunning(f"process {self.pid} is stopped; resume() lets it go on")
            raise target.gone()
        return target.family.wait([target], timeout)

    def events(self) -> Iterator[Stop]:
        """Iterate over stops: resume, yield, resume; the last is `Exited`.  `break` leaves it stopped."""
        family = self._target.family
        stop = self.resume()
        while True:
            yield stop
            self._check_owner()
            if not family.alive and not family.unheard:
                return
            if family.unheard:
                stop = family.wait([self._target])
            else:
                stop = family.resume(family.going(self._target), None, None)

    def step_instruction(self, count: int = 1, *, timeout: float | None = None) -> Stop:
        """Run `count` instructions of the selected thread; another stop on the way is returned instead."""
        from trapline.control import plans

        self._check_owner()
        return plans.step_instruction(self._target, count, timeout)

    def next_instruction(self, count: int = 1, *, timeout: float | None = None) -> Stop:
        """As `step_instruction`, but a call runs to its return."""
        from trapline.control import plans

        self._check_owner()
        with self._target.family.verb():
            return plans.next_instruction(self._target, count, timeout)

    def step(
        self, count: int = 1, *, into: StepTarget | int | str | None = None, timeout: float | None = None
    ) -> Stop:
        """Run to the beginning of another source line, into functions that have lines.

        Functions without line information are run through, and those that `skip` names; out of one that the
        thread is in, it runs to lines of a caller.  After a stop by a signal that the program handles it goes
        into the handler.  Another stop on the way is returned instead.

        Args:
            count: lines.
            into: the only call to go into: one of `step_targets()`, its address, or a function's name.
            timeout: seconds for all of it.

        Raises:
            NoDebugInfo: neither the thread's function has lines nor one that called it; step_instruction()
                goes on there.
        """
        self._check_owner()
        from trapline.control import stepping

        with self._target.family.verb():
            return stepping.step(self._target, count, timeout, into=True, chosen=into)

    def step_targets(self) -> tuple[StepTarget, ...]:
        """Return the calls of the line that the selected thread is on: each has `address` and `name`.

        Raises:
            NoDebugInfo: there are no lines where the thread is.
        """
        self._check_owner()
        from trapline.control import stepping

        return stepping.targets(self._target)

    def skip(self, function: str | re.Pattern[str] | None = None, *, file: str | None = None) -> Skip:
        """Have `step` run through a function, through what a pattern is found in, or through a file's.

        Args:
            function: a name, or a `re.Pattern`.
            file: a path, its last components, or a pattern with `*`, `?` or `[`; with a function, both
                must hold.
        """
        self._check_owner()
        from trapline.control.skips import Skip

        target = self._target
        made = Skip(target, target.skips_made + 1, function, file)
        target.skips_made += 1
        target.skips.append(made)
        return made

    @property
    def skips(self) -> tuple[Skip, ...]:
        """What `skip` was asked for, by id; `enabled` is assignable, `delete()` forgets one."""
        return tuple(self._target.skips)

    def next(self, count: int = 1, *, timeout: float | None = None) -> Stop:
        """As `step`, but calls run to their return.

        An `.await` of Rust whose future is not ready is a call, too: the step goes on where it is polled
        again, which may be in another thread.
        """
        self._check_owner()
        from trapline.control import stepping

        with self._target.family.verb():
            return stepping.step(self._target, count, timeout, into=False)

    def finish(self, *, timeout: float | None = None) -> Stop:
        """Run until the selected frame has returned: `FunctionFinished`, its value rax."""
        self._check_owner()
        from trapline.control import stepping

        with self._target.family.verb():
            return stepping.finish(self._target, timeout)

    def until(self, location: Any = None, *, timeout: float | None = None) -> Stop:
        """Run to a location, or to the end of the selected frame, whichever comes first.

        A location in the frame's own function is reached in this call of it only, not in deeper ones.
        Without a location as `next`, but never backwards: at the end of a loop it leaves the loop.
        """
        from trapline.control import plans

        self._check_owner()
        self._target.require_stopped()
        if location is None:
            from trapline.control import stepping

            with self._target.family.verb():
                return stepping.until_next(self._target, timeout)
        return plans.until(self._target, self._addresses(location), timeout)

    def advance(
        self,
        location: Any,
        *,
        within_frame: bool = False,
        pending: bool = False,
        timeout: float | None = None,
    ) -> Stop:
        """Run to a location; one that a library which is still to be loaded may have is waited for.

        Args:
            location: as for `set_breakpoint`.
            within_frame: the end of the selected frame is a stop too, as gdb has it.
            pending: wait also for what nothing is known to bring, such as a function of a plugin that the
                program loads later; it may run to its end so.
            timeout: seconds for the whole call.

        Raises:
            SymbolNotFound: nothing has the name, nor does the program or a library that it needs.
            LocationError: it means nothing, no file is named so, or one that is loaded has no such line.
        """
        from trapline.control import plans

        self._check_owner()
        self._target.require_stopped()
        return plans.advance(self._target, location, timeout, within_frame=within_frame, pending=pending)

    def jump(self, location: Any) -> None:
        """Move the selected thread's pc; nothing runs."""
        self._check_owner()
        self._target.require_stopped()
        addresses = self._addresses(location)
        if len(addresses) != 1:
            raise LocationError(f"jump needs one address, {location!r} has {len(addresses)}")
        self._target.process.make_safe(self.thread.tid)
        self.thread.registers.rip = addresses[0]

    def force_return(self, value: Any = None) -> None:
        """Leave the selected frame at once: its caller goes on as if it had returned; nothing runs.

        Args:
            value: what it returns, converted to the function's type: a `Value` or Python's own; without
                debug information a 64-bit integer.  None leaves the result undefined.

        Raises:
            EvaluationError: it is inlined, has no caller that is known, or its result cannot be set.
        """
        self._check_owner()
        from trapline.control.returning import force_return

        force_return(self._target, value)

    @property
    def scheduler_locking(self) -> str:
        """Who goes on with the selected thread: "off" all, "on" none, "step" none while it is stepped.

        Assignable.
        """
        return self._target.scheduler_locking

    @scheduler_locking.setter
    def scheduler_locking(self, mode: str) -> None:
        self._check_owner()
        if mode not in ("off", "on", "step"):
            raise UsageError(f"scheduler_locking is off, on or step, not {mode!r}")
        self._target.scheduler_locking = mode

    @property
    def follow_fork(self) -> str:
        """Who is debugged after a fork: "parent", "child" or "both".  Assignable, but for "both".

        At a stop that tells of a fork, and in the callback of its catchpoint, both processes are held: what
        it is when the program goes on counts.
        """
        return self._target.follow_fork

    @follow_fork.setter
    def follow_fork(self, mode: str) -> None:
        self._check_owner()
        if mode not in ("parent", "child") or self._target.follow_fork == "both":
            raise UsageError("follow_fork is parent or child, and both for a whole session: launch() with it")
        self._target.follow_fork = mode

    def interrupt(self) -> bool:
        """Ask for a stop, from any thread or signal handler; the waiting call returns `Interrupted`.

        Returns at once; False when the inferior is stopped already, and then nothing happens.
        """
        self._target.owner.check_process()
        return self._target.family.interrupt(self._target)

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        """Run `function()` on the owner's thread at the next safe point; from any thread.

        A running inferior is paused for it and goes on unreported.
        """
        with threads.fork_hooks:
            from concurrent.futures import Future

        future: Future[Any] = Future()
        self._target.family.submit(future, function)
        return future

    def subscribe(self, function: Callable[[Any], None]) -> None:
        """Call `function(event)` for what does not stop: threads, modules, breakpoints, children, exit."""
        self._check_owner()
        self._target.subscribe(function)

    def pause_threads(self) -> None:
        """Stop the other threads for the rest of a callback; does nothing when all are stopped."""
        self._check_owner()
        self._target.require_stopped()
        self._target.pause()
