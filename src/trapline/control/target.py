"""The program under control: its process, modules, sites and what the user asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trapline.base import arguments
from trapline.base.errors import (
    InferiorExited,
    LocationError,
    MemoryFault,
    NotStopped,
    SymbolNotFound,
    ThreadGone,
    UnboundBreakpointWarning,
    UsageError,
)
from trapline.base.typing import TYPE_CHECKING, Any, SupportsIndex
from trapline.control import binding, signals
from trapline.control.breakpoints import Breakpoint, Callback
from trapline.control.events import ExitStatus, Stop
from trapline.control.hardware import HardwareTable
from trapline.control.judge import TargetJudge
from trapline.control.lookup import Lookup
from trapline.control.modules import ModuleTable
from trapline.control.sites import SiteTable
from trapline.control.threads import Thread
from trapline.symbols import locspec

if TYPE_CHECKING:
    from trapline.backend.process import LiveProcess, LiveThread
    from trapline.backend.reasons import ForkReason
    from trapline.base.location import Place
    from trapline.control.calls import ResultsOnStack
    from trapline.control.catchpoints import Catchpoint
    from trapline.control.loop import Family
    from trapline.control.owner import Owner
    from trapline.control.remains import Remains
    from trapline.control.skips import Skip
    from trapline.control.syscalls import SyscallEditor
    from trapline.control.watchpoints import Watchpoint
    from trapline.control.ways_out import Doors, WaysOut
    from trapline.inspection.frame import Frame
    from trapline.inspection.functions import OwnFunction
    from trapline.inspection.value import Value
    from trapline.symbols.macros import Macro
    from trapline.symbols.module import Module

STOPPED, RUNNING, EXITED, DETACHED = "stopped", "running", "exited", "detached"


class Target(Lookup):
    """Everything that control knows of one inferior; as a `Lookup`, what inspection asks of a program.

    `follows_steps` says that every thread is stepped, for a watchpoint that has no debug register.
    `inferior` is the handle that callbacks and stops show; whoever makes the target sets it.  `owner` is
    the thread that may call.  `depth` counts callbacks that are running; `selected` is the tid of the
    thread that the user looks at, `planned` that of one that a plan brings somewhere, else 0; `ways_out`
    is the plan that hears of signals which the thread is to handle meanwhile.
    """

    __slots__ = (
        "__weakref__",
        "_handle",
        "_ids",
        "_judge",
        "_listeners",
        "_results_on_stack",
        "_syscalls",
        "_threads",
        "breakpoints",
        "calling",
        "catchpoints",
        "convenience",
        "default_callback",
        "depth",
        "detached",
        "doors",
        "exit_status",
        "family",
        "follow_fork",
        "follows_steps",
        "hardware",
        "hit_tid",
        "index_progress",
        "input_radix",
        "is_stepping",
        "last_ending",
        "level",
        "macros",
        "make_child",
        "number",
        "own_functions",
        "owner",
        "planned",
        "policies",
        "results",
        "scheduler_locking",
        "selected",
        "sites",
        "skips",
        "skips_made",
        "thread_events",
        "watchpoints",
        "ways_out",
    )

    def __init__(self, process: LiveProcess, family: Family, follow_fork: str, owner: Owner) -> None:
        self.owner = owner
        self._handle: Any = None
        self.process = process
        self.family = family
        self.number = family.next_number()
        self.follow_fork = follow_fork
        self.index_progress: Callable[[Module, int, int], object] = lambda *_: None
        self.make_child: Callable[[Target, Any], Any] = lambda _, process: process
        self.sites = SiteTable(process)
        self._undone = -1, set()
        self._judge = TargetJudge(self)
        self.hardware = HardwareTable(self)
        self.modules = ModuleTable(self)
        self._syscalls: SyscallEditor | None = None
        self.breakpoints: dict[int, Breakpoint] = {}
        self.watchpoints: dict[int, Watchpoint] = {}
        self.catchpoints: dict[int, Catchpoint] = {}
        self.policies = signals.default_policies()
        self.default_callback: Callback | None = None
        self.exit_status: ExitStatus | None = None
        self.last_ending: ExitStatus | None = None
        """How the last run that ended by itself did, before this one."""
        self.detached = False
        self.depth = 0
        self.selected = process.pid
        self.level = 0
        self.hit_tid = process.pid
        self.doors: Doors | None = None
        self.skips: list[Skip] = []
        self.skips_made = 0
        self.planned = self.calling = 0
        """The threads that a plan is for, and that a function of the program is called in; 0: none."""
        self.ways_out: WaysOut | None = None
        self.is_stepping = False
        self.scheduler_locking = "off"
        self.thread_events = False
        self.follows_steps = False
        self.convenience: dict[str, Value] = {}
        self.macros: dict[str, Macro] = {}
        self.own_functions: dict[str, OwnFunction] = {}
        self.input_radix = 10
        self.results: list[Value] = []
        self._results_on_stack: ResultsOnStack | None = None
        self._ids = 0
        self._threads: dict[int, Thread] = {}
        self._listeners: list[Callable[[Any], None]] = []
        process.judge = self._judge
        process.find_slack = self.modules.slack_near
        family.add(self)

    @property
    def syscalls(self) -> SyscallEditor:
        """What changes the system call that a thread is stopped at."""
        if self._syscalls is None:
            from trapline.control.syscalls import SyscallEditor

            self._syscalls = SyscallEditor(self)
        return self._syscalls

    @property
    def inferior(self) -> Any:
        """The handle that users hold; not kept alive by us, so that dropping it ends the inferior."""
        return self._handle() if self._handle is not None else None

    @inferior.setter
    def inferior(self, handle: Any) -> None:
        from _weakref import ref  # what `weakref` gives, whose other classes take 0.5 ms to import

        self._handle = ref(handle)

    @property
    def stop(self) -> Stop | None:
        """The last stop; None before the first.

        It holds the handle and so is kept by it, not here: one that is dropped could not end the program.
        """
        handle = self.inferior
        return handle.last_stop if handle is not None else None

    @stop.setter
    def stop(self, stop: Stop | None) -> None:
        handle = self.inferior
        if handle is not None:
            handle.last_stop = stop

    @property
    def last_id(self) -> int:
        """The number that a break-, watch- or catchpoint got last; 0 before the first."""
        return self._ids

    def number_from(self, number: int) -> None:
        """Give the next break-, watch- or catchpoint this number.

        Raises:
            UsageError: a number that was given already, or none from 1 on.
        """
        if arguments.integer(number, "number") <= self._ids:
            raise UsageError(f"the next number is {self._ids + 1} or a larger one, not {number}")
        self._ids = number - 1

    def next_id(self) -> int:
        """Return the next number of a break-, watch- or catchpoint."""
        self._ids += 1
        return self._ids

    # -- state -----------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """`stopped`, `running`, `exited` or `detached`; in a callback the inferior counts as stopped."""
        if self.detached:
            return DETACHED
        if not self.process.alive:
            return EXITED
        return RUNNING if self.process.is_running and not self.depth else STOPPED

    def require_settable(self) -> None:
        """Raise unless break- and catchpoints can be set: stopped, or ended and to be run again."""
        if self.state != EXITED:
            self.require_stopped()

    def require_stopped(self) -> None:
        """Raise unless the inferior is stopped."""
        state = self.state
        if state == RUNNING:
            raise NotStopped(f"process {self.process.pid} is running; wait() for it or interrupt() it first")
        if state != STOPPED:
            raise self.gone()

    def gone(self) -> InferiorExited:
        """Return the error for a call after the end."""
        if self.detached:
            return InferiorExited(f"process {self.process.pid} was detached")
        return InferiorExited(f"process {self.process.pid} has {self._how()}; restart() runs it again")

    @property
    def ending(self) -> ExitStatus | None:
        """How the process has ended, also before that has been reported; None while it lives or is let go."""
        if self.exit_status is None and not self.process.alive and not self.detached:
            return ExitStatus.from_wait(self.process.wait_status)
        return self.exit_status

    def _how(self) -> str:
        status = self.ending
        if status is None:
            return "ended"
        text = str(status)
        return text if text.startswith("exited") else f"been {text}"

    def note_end(self) -> None:
        """Know how it ended, also when nobody waited for that."""
        if not self.process.alive and not self.detached:
            self.process.judge_late()
            self.family.found = None
            self.exit_status = self.ending
            self.nobody_left()

    def nobody_left(self) -> None:
        """Tell those who asked from outside, if the last member has ended or been let go."""
        if not self.family.alive:
            self.family.refuse_submitted()

    def pause(self) -> None:
        """Stop every thread, for the rest of a callback if one is running (KERNEL 6)."""
        if self.process.alive and self.process.is_running:
            self.process.stop_all()

    def before_access(self, live: LiveThread) -> None:
        """Make a thread's registers readable: in a callback the others are stopped for it.

        Raises:
            NotStopped: the inferior is running.
            ThreadGone, InferiorExited: there is nothing to read.
        """
        if live.stopped:
            return
        if not self.process.alive:
            raise self.gone()
        if self.depth:
            self.pause()
        if live.tid not in self.process.threads:
            raise ThreadGone(live.tid)
        if not live.stopped:
            if live.in_vfork:
                raise NotStopped(f"thread {live.tid} waits in the kernel for its vfork child")
            raise NotStopped(f"thread {live.tid} is running; interrupt() stops it")

    # -- threads ---------------------------------------------------------------------------------

    @property
    def is_threaded(self) -> bool:
        """Whether there is more than one thread."""
        return len(self.process.threads) > 1

    def thread(self, tid: int) -> Thread:
        """Return the thread of a kernel id.

        Raises:
            ThreadGone: there is none.
        """
        live = self.process.threads.get(tid)
        if live is None:
            self._threads.pop(tid, None)
            raise ThreadGone(tid)
        known = self._threads.get(tid)
        if known is None or known.live is not live:
            known = self._threads[tid] = Thread(self, live)
        return known

    def threads(self) -> tuple[Thread, ...]:
        """Return all threads in order of birth."""
        return tuple(self.thread(tid) for tid in list(self.process.threads))

    def current(self) -> Thread:
        """Return the selected thread, or another one when that has ended.

        Raises:
            InferiorExited: there is no thread any more.
        """
        if self.selected in self.process.threads:
            return self.thread(self.selected)
        if not self.process.threads:
            raise self.gone()
        self.select(next(iter(self.process.threads)))
        return self.thread(self.selected)

    def own_tid(self, thread: Thread | SupportsIndex) -> int:
        """Return the kernel id of a thread that a caller means, by its handle or by the id.

        Raises:
            TypeError: it is neither.
            UsageError: there is no such thread, or it is another inferior's.
        """
        if isinstance(thread, Thread):
            if thread.belongs_to(self) and thread.tid in self.process.threads:
                return thread.tid
            whose = "has ended" if thread.belongs_to(self) else "is of another inferior"
            raise UsageError(f"thread {thread.tid} {whose}")
        if not hasattr(thread, "__index__"):
            raise TypeError(f"a thread is a Thread or its tid, not {type(thread).__name__}")
        tid = thread.__index__()
        if tid not in self.process.threads:
            raise UsageError(f"process {self.process.pid} has no thread {tid}")
        return tid

    def select(self, tid: int) -> None:
        """Look at a thread, innermost frame."""
        self.selected = tid
        self.level = 0

    def lock(self) -> None:
        """Choose the threads that the next resume lets go on, by `scheduler_locking`.

        Raises:
            UsageError: it would let none.
        """
        tid = self.current().tid
        locked = self.scheduler_locking == "on" or (self.scheduler_locking == "step" and self.is_stepping)
        process = self.process
        process.alone = tid if locked else 0
        if all(process.is_frozen(one) for one in process.threads):
            process.alone = 0
            raise UsageError(
                f"thread {tid} is frozen; thaw() it"
                if locked
                else "every thread is frozen; thaw() one to go on"
            )

    # -- expressions and locations ---------------------------------------------------------------

    def fact(self, name: str) -> Value | None:
        """Return what `$name` means of itself: `$_exitcode`, `$_thread`; None where it means nothing."""
        from trapline.control import facts

        return facts.fact(self, name)

    def evaluate(self, expression: str, frame: Frame) -> Value:
        """Return the value of an expression in a frame."""
        from trapline.control import evaluation

        return evaluation.evaluate(self, expression, frame)

    @property
    def readable(self) -> Target | Remains:
        """What memory is read from: the process, or what is left of it when it has ended."""
        from trapline.control.remains import Remains

        return self if self.process.alive else Remains(self)

    @property
    def results_on_stack(self) -> ResultsOnStack:
        """Where the results of calls are on the stack."""
        if self._results_on_stack is None:
            from trapline.control.calls import ResultsOnStack

            self._results_on_stack = ResultsOnStack(self)
        return self._results_on_stack

    @property
    def has_results_on_stack(self) -> bool:
        """Whether there are results of calls at this stop that the next one has to begin below."""
        return self._results_on_stack is not None and self._results_on_stack.is_now

    def call_function(self, function: Value, arguments: Sequence[object], below: int | None = None) -> Value:
        """Return what a function of the program gives, called in the selected thread; see `calls.run`."""
        from trapline.control import typed_calls

        return typed_calls.call(self, function, arguments, below=below)

    def current_frame(self, level: int) -> Frame:
        """Return a frame of the selected thread as it is now; 0 is the innermost."""
        return self.current().frames()[level]

    def places_of(self, location: Any, *, exact: bool = False) -> list[Place]:
        """Return the places that a location means now.

        Args:
            location: as for a breakpoint.
            exact: a function's own address, not that behind its prologue; where it exists only inlined, those
                of the calls.

        Raises:
            LocationError, SymbolNotFound: none.
        """
        wish = Breakpoint(self, 0, location, locspec.parse(location))
        parsed = wish.parsed
        found = []
        if exact and isinstance(parsed, locspec.SymbolSpec):
            wish.parsed = parsed._replace(is_exact=True)
            found = binding.resolve(self, wish)
            wish.parsed = parsed
        found = found or binding.resolve(self, wish)
        wish.deleted = True
        if not found:
            spec = wish.parsed
            if isinstance(spec, locspec.SymbolSpec):
                raise binding.no_function(self, spec)
            if isinstance(spec, locspec.LineSpec):
                raise binding.no_line(self, spec)
            raise LocationError(f"{location!r} has no address yet")
        return found

    # -- breakpoints -----------------------------------------------------------------------------

    def place(self, breakpoint: Breakpoint, pending: bool) -> None:
        """Take in a new breakpoint, bound as far as it can be.

        After the program's end its places are those of the last run, and traps are set by the next.

        Raises:
            LocationError: it means nothing, is not mapped, or cannot be patched.
            SymbolNotFound: nothing has it, and it may not be pending.
        """
        addresses = binding.resolve(self, breakpoint)
        if not addresses and not pending:
            breakpoint.deleted = True
            spec = breakpoint.parsed
            why = f"nothing matches {breakpoint.shown}"
            if isinstance(spec, locspec.SymbolSpec):
                if spec.file is None:
                    raise binding.not_found(self, spec.name, spec.module)
                why = str(binding.no_function(self, spec))
            if isinstance(spec, locspec.LineSpec):
                why = str(binding.no_line(self, spec))
            raise SymbolNotFound(why, name=str(breakpoint.spec))
        breakpoint.id = self.next_id()
        try:
            breakpoint.bind(addresses)
            breakpoint.require_sense()
        except BaseException:
            breakpoint.places.remove()
            breakpoint.deleted = True
            self.give_back_id()
            raise
        self.breakpoints[breakpoint.id] = breakpoint

    def remove_all(self) -> None:
        """Forget what watches the process: it is about to be let go."""
        for breakpoint in self.bound():
            breakpoint.unbind_all()
        self.sites.clear()
        self.hardware.clear()

    def warn_unbound(self) -> None:
        """Warn of every breakpoint that never found its place."""
        for breakpoint in self.breakpoints.values():
            if breakpoint.pending and not breakpoint.was_bound:
                import warnings

                spec = breakpoint.parsed
                near = ""
                if isinstance(spec, locspec.SymbolSpec):
                    names = binding.not_found(self, spec.name, spec.module).near
                    near = f"; near: {', '.join(names)}" if names else ""
                why = f" ({breakpoint.problem})" if breakpoint.problem else ""
                warnings.warn(
                    f"breakpoint {breakpoint.id} at {breakpoint.shown} was never bound{why}{near}",
                    UnboundBreakpointWarning,
                    stacklevel=2,
                )

    def warn_restartable(self, breakpoint: Breakpoint, address: int) -> None:
        """Warn when a load address is inside a restartable sequence (KERNEL 36)."""
        module = self.modules.at(address)
        if module is not None and any(address in one for one in module.restartable_sequences()):
            import warnings

            warnings.warn(
                f"breakpoint {breakpoint.id} at {self.describe(address)} is inside a restartable sequence "
                "(rseq), which loses its guarantee when a breakpoint in it is passed; use hardware=True",
                RuntimeWarning,
                stacklevel=2,
            )

    def warn_refused(self, breakpoint: Breakpoint, address: int, why: str) -> None:
        """Warn that a place is not in force, because the breakpoint's condition means nothing there."""
        import warnings

        warnings.warn(
            f"breakpoint {breakpoint.id} is not in force at {self.describe(address)}: "
            f"its condition {breakpoint.condition!r}: {why}",
            UnboundBreakpointWarning,
            stacklevel=2,
        )

    # -- forks -----------------------------------------------------------------------------------

    def copy_from(self, parent: Target) -> None:
        """Begin as a fork child: the parent's breakpoints and callbacks, bound at the same addresses."""
        self._ids = parent._ids
        self.policies = dict(parent.policies)
        self.default_callback = parent.default_callback
        self.modules.reset()
        self.modules.watch()
        for breakpoint in parent.breakpoints.values():
            if not breakpoint.hardware:
                self.breakpoints[breakpoint.id] = breakpoint.copy_to(self)
        for catchpoint in parent.catchpoints.values():
            self.catchpoints[catchpoint.id] = catchpoint.copy_to(self)
        self.catches_changed()
        self.process.keep_traps(self.sites.owners)

    def follow_child(self, reason: ForkReason) -> None:
        """Go on with the child of a fork, in the midst of a step too; the parent is left to itself."""
        parent, child = self.process, reason.child
        self.number = self.family.next_number()
        child.replace_parent(parent, parent.judge)
        self.process = child
        former, live = reason.thread.tid, child.threads[child.pid]
        live.stepping = reason.thread.stepping
        self.sites.inherit(child, former)
        child.find_slack = self.modules.slack_near
        child.catches_syscalls = parent.catches_syscalls
        thread = self._threads.get(former)
        self._threads.clear()
        if thread is not None:
            thread.go_on_as(live)
            self._threads[child.pid] = thread
        if self.planned == former:
            self.planned = child.pid
        self.hardware.reinsert()
        self.select(child.pid)

    def add_catchpoint(self, catchpoint: Catchpoint) -> None:
        """Take in a new catchpoint, bound as far as it can be."""
        catchpoint.id = self.next_id()
        self.catchpoints[catchpoint.id] = catchpoint
        self.catches_changed()
        if self.process.alive:
            for site in catchpoint.sites:
                self.bind(site)

    def give_back_id(self) -> None:
        """Take back the number that was given last: what it was for cannot be set."""
        self._ids -= 1

    def found(self, thread: LiveThread, kind: type[Stop], /, **fields: Any) -> bool:
        """Note a stop of a thread, which is to be reported; True."""
        return self._judge.found(thread.tid, kind, **fields)

    def ended(self, thread: LiveThread, watchpoint: Watchpoint) -> bool:
        """Note that a watchpoint has ended with a frame of a thread, which is to be reported; True."""
        return self._judge.ended(thread.tid, watchpoint)

    def caught(
        self, catch: Catchpoint | Watchpoint, thread: LiveThread, kind: type[Stop], /, **fields: Any
    ) -> bool:
        """Let a catch- or watchpoint's callback decide about an event; without one it stops."""
        return self._judge.caught(catch, thread, kind, **fields)

    # -- callbacks and listeners -----------------------------------------------------------------

    def ask(self, callback: Callback, subject: Any) -> bool:
        """Run a user's callback; True stops.  What it raises stops too, and travels to the caller."""
        guard = self.family.guard
        inside, guard.inside = guard.inside, False
        self.depth += 1
        try:
            return bool(callback(self.inferior, subject))
        except BaseException as error:
            self.family.failure = error
            return True
        finally:
            self.depth -= 1
            guard.inside = inside

    def subscribe(self, listener: Callable[[Any], None]) -> None:
        """Tell a function of what does not stop."""
        self._listeners.append(listener)
        self.catches_changed()

    @property
    def has_listeners(self) -> bool:
        """Whether anybody subscribed."""
        return bool(self._listeners)

    def publish(self, event: Any) -> None:
        """Tell the listeners; what one raises while the inferior runs stops it and travels to the caller."""
        family = self.family
        if not family.serving:
            for listener in self._listeners:
                listener(event)
            return
        inside, family.guard.inside = family.guard.inside, False
        try:
            for listener in self._listeners:
                listener(event)
        except BaseException as error:
            if family.failure is None:
                family.failure = error
            self.process.wake()
        finally:
            family.guard.inside = inside

    # -- life ------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Look around in a process that has just been exec'd or attached to."""
        self.select(next(iter(self.process.threads), self.process.pid))
        self._threads.clear()
        self.modules.reset()
        self.modules.watch()
        self.catches_changed()
        self.rebind()

    def move(self, process: LiveProcess) -> None:
        """Go on with another process: a restart, or a child that is followed."""
        self.process = process
        self.sites.clear()
        self.sites.move(process)
        self.hardware.clear()
        self.detached = False
        self.exit_status = None
        self.stop = None
        process.judge = self._judge
        process.find_slack = self.modules.slack_near
        for breakpoint in self.bound():
            breakpoint.unbind_all()
        for watchpoint in list(self.watchpoints.values()):
            if watchpoint.is_local:
                self._forget(watchpoint)

    def execed(self) -> None:
        """The process is another program: resolve everything again; what was watched is gone."""
        for watchpoint in list(self.watchpoints.values()):
            self._forget(watchpoint)
        self.move(self.process)
        self.begin()

    def bound(self) -> list[Breakpoint]:
        """Return everything that has places in the program: breakpoints, and the sites of catchpoints."""
        sites = [site for catch in self.catchpoints.values() for site in catch.sites]
        return [*self.breakpoints.values(), *sites]

    def _forget(self, watchpoint: Watchpoint) -> None:
        """Drop a watchpoint whose memory is gone."""
        watchpoint.deleted = True
        del self.watchpoints[watchpoint.id]

    @property
    def stepped_watchpoints(self) -> list[Watchpoint]:
        """Those in force that have no debug register."""
        return [one for one in self.watchpoints.values() if not one.is_hardware and one.enabled]

    def follow_steps(self) -> None:
        """Have every thread stepped from here on, where a watchpoint needs that."""
        self.follows_steps = bool(self.stepped_watchpoints)
        if self.follows_steps:
            for live in self.process.threads.values():
                live.stepping = True

    def leave_steps(self) -> None:
        """Let threads run again from the next resume on."""
        if self.follows_steps:
            self.follows_steps = False
            if self.process.alive:
                self.process.give_up_step()

    def restore_watchpoints(self, *, again: bool) -> None:
        """Look for what was watched in the former run; `again`: only for what was not found before."""
        for watchpoint in list(self.watchpoints.values()):
            if watchpoint.problem or not again:
                watchpoint.restore()

    def rebind(self, among: Sequence[Module] | None = None) -> None:
        """Look for the places of every breakpoint again, in all modules or in new ones."""
        for breakpoint in self.bound():
            self.bind(breakpoint, among)

    def bind(self, breakpoint: Breakpoint, among: Sequence[Module] | None = None) -> bool:
        """Look for more places of a breakpoint; True when it got any."""
        try:
            fresh = breakpoint.bind(binding.resolve(self, breakpoint, among))
            breakpoint.problem = ""
        except (LocationError, MemoryFault) as error:
            # Written for a place that this program, or this run, does not have: it stays pending.
            breakpoint.problem = str(error)
            return False
        if fresh:
            breakpoint.warn_refused()
        if fresh and breakpoint.id and self._listeners:
            self.publish(BreakpointChanged(breakpoint))
        return fresh

    def modules_changed(self, loaded: list[Module], unloaded: list[Module], *, first: bool) -> bool:
        """Bind and unbind breakpoints; True when a catchpoint asks for a stop.

        `first` says that the linker has finished its first round: names of the program that waited for
        it (an IFUNC's, the linker's own functions) can be found now.
        """
        for module in unloaded:
            for start, end in module.ranges:
                for breakpoint in self.bound():
                    breakpoint.places.drop(start, end)
                self.sites.forget(start, end)
        if first:
            self.rebind()
        elif loaded:
            self.rebind(loaded)
        if loaded and self.watchpoints:
            self.restore_watchpoints(again=True)
        if self._listeners and (loaded or unloaded):
            self.publish(ModulesChanged(tuple(loaded), tuple(unloaded)))
        return self._judge.modules_changed(loaded, unloaded)

    def catches_changed(self) -> None:
        """Run to system calls only while a catchpoint wants them; every thread must hear of it."""
        if not self.process.alive:
            return
        wanted = any(c.kind == "syscall" and c.enabled for c in self.catchpoints.values())
        if wanted != self.process.catches_syscalls:
            self.pause()
            self.process.catches_syscalls = wanted
        self.thread_events = bool(self._listeners) or any(
            c.kind in ("clone", "exit") and c.enabled for c in self.catchpoints.values()
        )


class BreakpointChanged:
    """Told to subscribers: a breakpoint was bound to more places, or lost some."""

    __slots__ = ("breakpoint",)

    def __init__(self, breakpoint: Breakpoint) -> None:
        self.breakpoint = breakpoint

    def __repr__(self) -> str:
        return f"BreakpointChanged({self.breakpoint!r})"


class ModulesChanged:
    """Told to subscribers: modules were loaded or unloaded."""

    __slots__ = ("loaded", "unloaded")

    def __init__(self, loaded: tuple[Module, ...], unloaded: tuple[Module, ...]) -> None:
        self.loaded = loaded
        self.unloaded = unloaded

    def __repr__(self) -> str:
        return f"ModulesChanged(loaded={self.loaded!r}, unloaded={self.unloaded!r})"
