"""Resume, wait, stop: the one way in and the one way out of a running inferior.

`run()`, `events()`, stepping, the command line and every face are built on `Family.wait`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from trapline.arch import instructions
from trapline.arch.x86_64 import RIP
from trapline.base.errors import NotRunning, StoppedEarly, StopTimeout, UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import events, forks, signals
from trapline.control.breakpoints import require_callable
from trapline.control.deadline import Deadline, seconds
from trapline.control.events import Exited, ExitStatus, Stop
from trapline.control.guard import Guard
from trapline.control.judge import PLANNED, Found

if TYPE_CHECKING:
    import threading
    from concurrent.futures import Future

    from trapline.backend.process import LiveProcess
    from trapline.control.breakpoints import Breakpoint
    from trapline.control.target import Target
    from trapline.symbols.functions import Function


class Family:
    """Inferiors that run and stop together: one, or a tree of forks that is followed both ways.

    `found` is what the judge decided, `failure` what a callback (or a signal handler) raised;
    `interrupts` counts unanswered calls of `interrupt()`; `delivering` says that `run()` is under way,
    which passes signals on unless somebody asked to hear of them (`asked_signals`) or to keep them from the
    program (`dropped_signals`); `stepped_from` is the pc before the last step; `log` takes what logpoints
    write; `numbered` is the last number that a process of it got.
    """

    __slots__ = (
        "_kept",
        "_submitted",
        "_timed_out",
        "asked_signals",
        "delivering",
        "dropped_signals",
        "failure",
        "found",
        "guard",
        "interrupts",
        "log",
        "numbered",
        "reports_forks",
        "serving",
        "stepped_from",
        "targets",
        "until",
        "verbs",
    )

    def __init__(self) -> None:
        self.targets: list[Target] = []
        self.numbered = 0
        self.guard = Guard(self.wake)
        self.found: Found | None = None
        self.failure: BaseException | None = None
        self.verbs = 0
        self.interrupts = 0
        self.log: Callable[[str], object] = _print
        self.delivering = False
        self.asked_signals: set[int] = set()
        self.dropped_signals: set[int] = set()
        self.reports_forks = False
        self.serving = 0
        self.stepped_from = 0
        self.until: Callable[[], bool] | None = None
        self._kept: Stop | None = None
        self._timed_out = False
        self._submitted: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def add(self, target: Target) -> None:
        """Take in a member."""
        self.targets.append(target)

    def next_number(self) -> int:
        """Return the number of another process; none is given twice."""
        self.numbered += 1
        return self.numbered

    @property
    def alive(self) -> list[Target]:
        """Members whose process still runs."""
        return [target for target in self.targets if target.process.alive]

    @property
    def unheard(self) -> list[Target]:
        """Members that ended while everything was being stopped for another reason, as nobody heard yet."""
        return [
            target
            for target in self.targets
            if target.exit_status is None and not target.process.alive and not target.detached
        ]

    @property
    def is_wanted(self) -> bool:
        """Whether its own `wait` would return at once."""
        return self.found is not None or self.failure is not None or self.interrupts > 0 or self.has_kept

    # -- asking from outside ---------------------------------------------------------------------

    def wake(self) -> None:
        """Make a running loop look at the flags; from any thread."""
        for target in self.targets:
            if target.process.alive:
                target.process.wake()
                return

    def interrupt(self, target: Target) -> bool:
        """Ask for a stop, from any thread or signal handler; False when it is stopped already."""
        if not target.process.alive or not (target.process.is_running or self.serving or self.verbs):
            return False
        self.interrupts += 1
        self.wake()
        return True

    def submit(self, future: Future[Any], function: Callable[[], Any]) -> None:
        """Queue a function for the owner's thread, from any thread."""
        self._submitted.append((future, function))
        if self.alive:
            self.wake()
        else:
            self.refuse_submitted()

    @property
    def has_submitted(self) -> bool:
        """Whether a function waits for the owner's thread."""
        return bool(self._submitted)

    def _take_submitted(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        while True:
            try:
                future, function = self._submitted.popleft()
            except IndexError:
                return None  # another thread may have taken the last
            if future.set_running_or_notify_cancel():
                return future, function

    def refuse_submitted(self) -> None:
        """The last member has ended: nobody will come by to run what was submitted."""
        while (asked := self._take_submitted()) is not None:
            asked[0].set_exception(self.targets[0].gone())

    def answer_submitted(self, targets: list[Target]) -> None:
        """Stop running members, run what was submitted, and let them go on."""
        self._pause(targets)
        self._serve_submitted()
        for target in targets:
            if target.process.alive and target.process.all_stopped:
                target.process.resume_all()

    def _serve_submitted(self) -> None:
        """Run what was submitted, everything being stopped."""
        while (asked := self._take_submitted()) is not None:
            future, function = asked
            inside, self.guard.inside = self.guard.inside, False
            try:
                result = function()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            finally:
                self.guard.inside = inside

    # -- running ---------------------------------------------------------------------------------

    def start(self, target: Target, signal: int | str | None) -> None:
        """Let the family go on; `signal` replaces what the selected thread has pending."""
        target.require_stopped()
        self._begin_run()
        self._end_stop()
        if self._submitted:
            # An interrupt() that one of them makes is for the run that begins here.
            self.serving += 1
            try:
                self._serve_submitted()
            finally:
                self.serving -= 1
        forks.decide_at_resume(self.alive)
        thread = target.current()
        if signal is not None:
            number = 0 if signal == 0 else signals.number_of(signal)
            thread.live.replace_signal(number)
        if self.unheard or self.found is not None:
            return  # the next wait() tells of it, and nothing runs before
        with self.guard, Shield(self):
            for member in self.alive:
                member.pause()
                member.follow_steps()
            target.lock()
            target.process.lend_terminal()
            target.process.resume_all()

    def step(self, target: Target) -> None:
        """Begin to single-step the selected thread.

        The others stay stopped, unless the instruction is a system call, which may wait for them.
        """
        target.require_stopped()
        forks.decide_at_resume(self.alive)
        live = target.current().live
        process = target.process
        self._begin_run()
        self._end_stop()
        with self.guard, Shield(self):
            target.pause()
            self.stepped_from = live.words[RIP]
            target.lock()
            threaded = len(process.threads) > 1
            if threaded and (
                live.at_syscall_entry or instructions.is_syscall(process.memory_at(self.stepped_from, 2))
            ):
                live.stepping = True
                process.resume_all()
            else:
                process.step(live.tid)

    def _begin_run(self) -> None:
        """Forget interrupts that a stop has answered; those of a verb of several runs are for the whole."""
        if not self.verbs:
            self.interrupts = 0

    def verb(self) -> Verb:
        """Return what holds for the time of a verb that runs and stops many times, such as a step by lines.

        `interrupt()` counts then between two runs as well.
        """
        return Verb(self)

    def stride(
        self, target: Target, limit: int, within: Callable[[int], bool] | None = None
    ) -> tuple[int, bool]:
        """Take up to `limit` steps that nobody hears of; how many, and whether another is under way.

        What `interrupt()` asked for meanwhile is kept for the `wait` that follows.
        """
        target.require_stopped()
        target.pause()
        forks.decide_at_resume(self.alive)
        if self.is_wanted or target.stepped_watchpoints:
            return 0, False
        live = target.current().live
        done, under_way = target.process.stride(live.tid, limit, within)
        if under_way:
            self._end_stop()
        return done, under_way

    def keep(self, stop: Stop) -> None:
        """Keep a stop that came while somebody waited for something else; the next `wait()` returns it."""
        self._kept = stop

    @property
    def has_kept(self) -> bool:
        """Whether a stop is waiting to be returned."""
        return self._kept is not None or bool(self.unheard)

    def _end_stop(self) -> None:
        self._kept = None
        self.found = None
        self.failure = None

    def wait(self, targets: list[Target], timeout: float | None = None) -> Stop:
        """Serve events until a stop, and return it.

        Raises:
            StopTimeout: the time is up; the inferior is still running.
            Whatever a callback or a signal handler raised, with the inferior stopped.
        """
        if self._kept is not None:
            stop, self._kept = self._kept, None
            return stop
        timer = self._set_timer(seconds(timeout))
        shield = Shield(self)
        self.serving += 1
        try:
            with self.guard, shield:
                return self._wait(targets)
        finally:
            self.serving -= 1
            if timer is not None:
                timer.cancel()
            self._timed_out = False

    def _set_timer(self, timeout: float | None) -> threading.Timer | None:
        if timeout is None:
            return None
        import threading

        def expire() -> None:
            self._timed_out = True
            self.wake()

        timer = threading.Timer(max(timeout, 0), expire)
        timer.daemon = True
        timer.start()
        return timer

    def _wait(self, targets: list[Target]) -> Stop:
        own = [target for target in targets if target.family is self]
        while True:
            if self.found is not None or self.failure is not None:
                return self._stop()
            if self.unheard:
                return self._end(self.unheard)
            raised = self.guard.take()
            if raised is not None or self.interrupts:
                self._pause(own)
                for target in own:
                    target.process.give_up_step()
                self.interrupts = 0
                self.failure = self.failure or raised
                if self.found is None and own[0].process.alive:
                    self.found = Found(own[0], own[0].current().tid, events.Interrupted, {})
                elif self.failure is None and self.found is None:
                    return self._end(own)
                continue
            if self._submitted:
                self._pause(own)
                self._serve_submitted()
                for target in own:
                    if target.process.alive and not target.process.is_running:
                        target.process.go_on()
                continue
            processes = self._processes(targets)
            if self._timed_out or (self.until is not None and self.until()):
                if processes:
                    processes[0].swallow_wakes(processes)
                if self._timed_out:
                    raise StopTimeout(
                        "the time is up; the inferior is still running: wait() or interrupt() it"
                    )
                raise _Enough
            if not processes:
                return self._end(own)
            processes[0].serve_with(processes)

    def _pause(self, targets: list[Target]) -> None:
        for target in targets:
            target.pause()  # what the threads report meanwhile is heard when they go on

    def _processes(self, targets: list[Target]) -> list[LiveProcess]:
        found: list[LiveProcess] = []
        for target in targets:
            for member in target.family.targets:
                if member.process.alive and member.process not in found:
                    found.append(member.process)
        return found

    def _end(self, targets: list[Target]) -> Stop:
        """No process is left and nobody has said so: the last exit came while everything was stopped."""
        target = targets[0]
        if target.detached:
            raise target.gone()
        target.process.judge_late()
        if target.exit_status is None:
            target.exit_status = ExitStatus.from_wait(target.process.wait_status)
        self.found = Found(target, 0, Exited, {"status": target.exit_status})
        return self._stop()

    def _stop(self) -> Stop:
        """Leave the loop by its one exit."""
        for target in self.unheard:
            if self.found is None or self.found.target is target:
                # It died while everything was being stopped for another reason.
                target.process.judge_late()
        found, self.found = self.found, None
        failure, self.failure = self.failure, None
        self._begin_run()
        if not self.alive:
            self.refuse_submitted()
        if found is not None:
            self._take_back()
            stop = self.build(found)
            target = found.target
            target.stop = stop
            if stop.thread is not None:
                target.select(found.tid)
                if target.process.alive:
                    target.process.pass_here(found.tid, counted=False)
                    if found.kind not in PLANNED:
                        target.thread(found.tid).arrive(_shown_by(found))
            if failure is None:
                return stop
        else:
            self._take_back()
        assert failure is not None
        raise failure

    def _take_back(self) -> None:
        """Have everything stopped, and the terminal to ourselves."""
        for member in self.targets:
            member.pause()
            member.leave_steps()
            member.process.take_terminal()

    def build(self, found: Found) -> Stop:
        """Make the public object of a stop."""
        target = found.target
        live = target.process.threads.get(found.tid)
        common: dict[str, Any] = {"inferior": target.inferior, "_target": target}
        if live is not None:
            common["thread"] = target.thread(found.tid)
            common["_epoch"] = target.process.epoch
            if live.stopped:
                common["_pc"] = live.words[RIP]
        return found.kind(**common, **found.fields)

    # -- the verbs -------------------------------------------------------------------------------

    def resume(self, target: Target, signal: int | str | None, timeout: float | None) -> Stop:
        """Go on until a stop; in a callback of `run()`, that run's callback is not asked meanwhile."""
        if not self.serving:
            return self._resume(target, signal, timeout)
        delivering, self.delivering = self.delivering, False
        callbacks = [(member, member.default_callback) for member in self.targets]
        for member, _ in callbacks:
            member.default_callback = None
        try:
            return self._resume(target, signal, timeout)
        finally:
            self.delivering = delivering
            for member, callback in callbacks:
                member.default_callback = callback

    def going(self, target: Target) -> Target:
        """Return the member by which the family can be resumed: this one, or another that lives."""
        return next((member for member in (target, *self.targets) if member.process.alive), target)

    def _resume(self, target: Target, signal: int | str | None, timeout: float | None) -> Stop:
        timeout = seconds(timeout)
        with self.guard:
            self.start(target, signal)
            return self.wait([target], timeout)

    def run(self, target: Target, callback: Any, timeout: float | None) -> ExitStatus:
        """Go on to the exit, whatever stops come; see `Inferior.run`."""
        deadline = Deadline(timeout)
        require_callable(callback)
        delivering, former = self.delivering, target.default_callback
        self.delivering = True
        if callback is not None:
            for member in self.alive:
                member.default_callback = callback
        try:
            if target.state == "running":
                stop = self.wait([target], timeout)
            else:
                stop = self._resume(target, None, timeout)
            while True:
                match stop:
                    case Exited() if not self.alive and not self.unheard:
                        assert target.exit_status is not None
                        return target.exit_status
                    case events.BreakpointHit(breakpoints=breakpoints):
                        if any(b.callback is not None or callback is not None for b in breakpoints):
                            raise StoppedEarly(stop)
                    case events.WatchpointHit(breakpoints=(_, *_)) if callback is not None:
                        raise StoppedEarly(stop)
                    case events.Interrupted():
                        raise StoppedEarly(stop)
                    case (
                        events.SignalReceived()
                        | events.WatchpointHit()
                        | events.SyscallEntry()
                        | events.ExceptionThrown()
                        | events.Aborting()
                    ):
                        if self._answered(stop):
                            raise StoppedEarly(stop)
                    case _:
                        pass
                if self.unheard:
                    stop = self.wait([target], deadline.left())
                else:
                    stop = self._resume(self.going(target), None, deadline.left())
        finally:
            self.delivering = delivering
            for member in self.targets:
                member.default_callback = former

    def _answered(self, stop: Stop) -> bool:
        """Whether a stop in `run()` is somebody's true answer, or a signal that was asked for."""
        if isinstance(stop, events.SignalReceived):
            return stop.signal in self.asked_signals
        if isinstance(stop, events.WatchpointHit):
            watching = any(one.watchpoint.callback is not None for one in stop.changes)
            return watching or any(one.callback is not None for one in stop.breakpoints)
        if isinstance(stop, (events.ExceptionThrown, events.Aborting)):
            return any(one.callback is not None for one in stop.catchpoints)
        return False


def _print(text: str) -> None:
    """Write what a logpoint says where nobody else wants it."""
    print(text, flush=True)


class Verb:
    """The time of a verb of several runs; see `Family.verb`."""

    __slots__ = ("_family",)

    def __init__(self, family: Family) -> None:
        self._family = family

    def __enter__(self) -> None:
        self._family._begin_run()
        self._family.verbs += 1

    def __exit__(self, *_: object) -> None:
        self._family.verbs -= 1
        self._family._begin_run()


def _shown_by(found: Found) -> Callable[[Function], bool]:
    """Return what tells whether an inlined call that begins at a stop is entered: a breakpoint is on it."""
    hits: tuple[Breakpoint, ...] = found.fields.get("breakpoints", ())
    return lambda function: any(one.is_on(function) for one in hits)


class Shield:
    """Keeps back what other threads would ask callbacks, while one runs a nested resume (KERNEL 6).

    Does nothing outside of callbacks.
    """

    __slots__ = ("_family", "_former", "_nested")

    def __init__(self, family: Family) -> None:
        self._family = family
        self._nested = family.serving > 0
        self._former: list[tuple[LiveProcess, Any]] = []

    def __enter__(self) -> None:
        if not self._nested:
            return
        for target in self._family.alive:
            process = target.process
            self._former.append((process, process.shielded))
            if target.depth and process.shielded is None:
                process.shield(target.hit_tid)

    def __exit__(self, *_: object) -> None:
        for process, former in self._former:
            process.shielded = former


class _Enough(Exception):
    """A reader that waits in the loop has what it wants."""


def serve_until(family: Family, target: Target, ready: Callable[[], bool], timeout: float | None) -> None:
    """Serve a running inferior until `ready()`, which whoever makes it true announces by `wake()`.

    Raises:
        StopTimeout: the time is up.
        NotRunning: it stopped first; the stop is kept for the next `wait()`.
    """
    if ready():
        return
    if target.state != "running":
        raise NotRunning(f"process {target.process.pid} is {target.state}, so nothing more will come")
    family.until = ready
    try:
        stop = family.wait([target], timeout)
    except _Enough:
        return
    finally:
        family.until = None
    family.keep(stop)
    if not ready():
        raise NotRunning(f"{stop}: nothing more will come while it is stopped")


def wait_any(targets: list[Target], timeout: float | None) -> Stop:
    """Return the first stop of several running inferiors of this thread."""
    if not targets:
        raise UsageError("wait() needs at least one inferior")
    running = [target for target in targets if target.state == "running" or target.family.has_kept]
    if not running:
        raise NotRunning("none of these inferiors is running")
    families = {id(target.family): target.family for target in running}
    if len(families) == 1:
        return running[0].family.wait(running, timeout)
    return _wait_families(list(families.values()), running, timeout)


def _wait_families(families: list[Family], targets: list[Target], timeout: float | None) -> Stop:
    deadline = Deadline(timeout)
    first = families[0]

    def anybody() -> bool:
        return any(family.is_wanted or family.has_submitted for family in families[1:])

    try:
        while True:
            for family in families:
                own = [member for member in targets if member.family is family]
                if family.is_wanted:
                    return family.wait(own, None)
                if family.has_submitted:
                    with family.guard:
                        family.answer_submitted(own)
            first.until = anybody
            try:
                return first.wait(targets, deadline.left())
            except _Enough:
                continue
            finally:
                first.until = None
    except KeyboardInterrupt:
        for target in targets:
            target.pause()
            target.process.take_terminal()
        raise
