"""The one door: launch or attach, and everything that can be done to a process under one handle.

No logic lives here: an `Inferior` checks that the calling thread owns it and delegates to `control` (runs
the program) and `inspection` (reads it).  Its verbs that read are in `reading.py`, those that run in
`running.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from trapline.backend.native.launch import DEVNULL, PIPE, STDOUT
from trapline.base import arguments
from trapline.base.errors import (
    ArgumentError,
    InferiorExited,
    ThreadGone,
    UsageError,
)
from trapline.base.typing import TYPE_CHECKING, Any, SupportsIndex
from trapline.control import (
    binding,
    breakpoints,
    ends,
    loop,
    signals,
)
from trapline.control.breakpoints import Breakpoint, Callback
from trapline.control.loop import Family
from trapline.control.owner import Owner
from trapline.control.target import Target
from trapline.control.threads import Thread
from trapline.launching import LaunchOptions, StandardFiles, arguments_of, environment_of, path_of
from trapline.reading import Reading
from trapline.running import Running
from trapline.symbols import locspec

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess
    from trapline.base.address import Mapping as MemoryMapping
    from trapline.control.catchpoints import Catchpoint
    from trapline.control.events import ExitStatus, Stop
    from trapline.control.streams import Reader, Writer
    from trapline.control.watchpoints import Watchpoint
    from trapline.inspection.frame import Frame
    from trapline.inspection.memory import InferiorMemory
    from trapline.inspection.value import Value
    from trapline.symbols.module import Module

__all__ = ["DEVNULL", "PIPE", "STDOUT", "Inferior", "attach", "launch", "wait"]

_FOLLOW = ("parent", "child", "both")


def launch(
    argv: str | bytes | os.PathLike[str] | Sequence[str | bytes | os.PathLike[str]],
    *,
    executable: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stdin: Any = None,
    stdout: Any = None,
    stderr: Any = None,
    input: bytes | None = None,  # noqa: A002 - subprocess's name for it
    aslr: bool = False,
    tty: bool | str = False,
    follow_fork: str = "parent",
) -> Inferior:
    """Start a program and return it stopped before its first instruction.

    Args:
        argv: a sequence, or one path; a name without a slash is looked up in PATH.
        executable: the file to exec, where it is not `argv[0]`.
        env: the whole environment; ours by default.
        cwd: its working directory.
        stdin: None (inherit), `PIPE`, `DEVNULL`, a descriptor or a file object, as in `subprocess`.
        stdout: likewise.
        stderr: likewise, or `STDOUT`.
        input: the standard input itself.
        aslr: randomize addresses; off by default, as in gdb.
        tty: True for a new terminal (`inferior.tty`), or the path of one.
        follow_fork: "parent", "child" or "both".

    Raises:
        LaunchError: why it did not start; no process is left.
        ArgumentError: no program could be started with these: there are none, or one has a NUL in it.
    """
    _check_follow(follow_fork)
    options = LaunchOptions(
        arguments_of(argv),
        path_of("executable", executable),
        environment_of(env),
        path_of("cwd", cwd),
        (stdin, stdout, stderr, input, tty),
        aslr,
    )
    family = Family()
    inferior = Inferior._of(*options.start(), family, follow_fork, options)
    family.reports_forks = follow_fork == "both"
    return inferior


def attach(pid: int, *, exe: str | os.PathLike[str] | None = None) -> Inferior:
    """Seize a running process with all its threads and return it, stopped.

    Args:
        pid: its process id.
        exe: where to read the program file, if not where the kernel says.

    Raises:
        AttachError: why it was refused and what to do about it.
    """
    from trapline.backend.native.attach import attach as seize

    inferior = Inferior._of(seize(int(pid)), None, Family(), "parent", None)
    ends.end_on_signals()
    return inferior


def wait(*inferiors: Inferior, timeout: float | None = None) -> Stop:
    """Return the first stop of several running inferiors; `stop.inferior` says whose.

    Raises:
        NotRunning: none of them runs.
        StopTimeout: all of them still run.
    """
    targets = []
    for inferior in inferiors:
        inferior._check_owner()
        targets.append(inferior._target)
    return loop.wait_any(targets, timeout)


def _check_follow(follow: str) -> None:
    if follow not in _FOLLOW:
        raise UsageError(f"follow_fork must be one of {', '.join(_FOLLOW)}, not {follow!r}")


def _make_child(parent: Target, process: Any) -> Inferior:
    """Return the handle of a fork child that is followed too."""
    process.follow(process.judge, parent.process.family)
    handle: Inferior = parent.inferior
    child = Inferior._child_of(handle, process)
    handle._children.append(child)
    return child


class Inferior(Reading, Running):
    """A process under debug.

    Made by `launch` and `attach`; usable from the thread that made it.  As a context manager it kills a
    launched process and detaches from an attached one on leaving, whatever happened inside.
    """

    def __init__(self) -> None:
        raise TypeError("use trapline.launch() or trapline.attach()")

    _options: LaunchOptions | None
    _launched: bool
    _children: list[Inferior]
    _memory: InferiorMemory | None
    _files: StandardFiles
    _argv: tuple[str | bytes, ...]

    @classmethod
    def _of(
        cls,
        process: NativeProcess,
        files: Any,
        family: Family,
        follow_fork: str,
        options: LaunchOptions | None,
    ) -> Inferior:
        self = object.__new__(cls)
        self._options = options
        self._launched = process.launched
        self._children = []
        self._memory = None
        self._source_files = None
        target = self._target = Target(process, family, follow_fork, Owner())
        target.inferior = self
        target.make_child = _make_child
        self._files = StandardFiles(files, target)
        self._argv = tuple(options.argv) if options is not None else tuple(process.command_line())
        self._path = process.executable()
        ends.keep(target, self._launched)
        try:
            target.begin()
        except BaseException:
            self._end()
            raise
        return self

    @classmethod
    def _child_of(cls, parent: Inferior, process: NativeProcess) -> Inferior:
        self = object.__new__(cls)
        self._options = None
        self._launched = parent._launched
        self._children = []
        self._memory = None
        self._source_files = parent._sources
        self._argv = parent._argv
        self._path = parent._path
        target = self._target = Target(process, parent._target.family, "both", parent._target.owner)
        target.inferior = self
        target.make_child = _make_child
        self._files = StandardFiles(None, target)
        ends.keep(target, self._launched)
        target.copy_from(parent._target)
        return self

    # -- whose it is -----------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<Inferior {self.pid} {self._path!r} {self._target.state}>"

    def __del__(self) -> None:
        # The collector may run in any thread, so ptrace is out of reach: what was launched is killed by
        # its pidfd, and reaped by its thread later; what was attached to waits for that thread's end.
        target = getattr(self, "_target", None)
        if target is None or target.owner.pid != os.getpid() or sys.is_finalizing():
            return  # atexit has ended everything; a thread that held a lock is gone with the lock
        if target.process.alive:
            if not self._launched:
                return
            target.process.abandon()
        target.modules.close()
        ends.forget(target)
        files = getattr(self, "_files", None)  # what was interrupted while it was made has none
        if files is not None:
            files.abandon()

    def __enter__(self) -> Inferior:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def _end(self) -> None:
        """Kill what was launched, detach what was attached to; never raises for a dead one."""
        target = self._target
        if target.owner.pid != os.getpid():
            return
        self._check_owner()
        try:
            for child in self._children:
                child._end()
            ends.end(target, self._launched)
        finally:
            target.process.take_terminal()
            target.modules.close()
            self._files.close()
            ends.forget(target)

    # -- what it is now --------------------------------------------------------------------------

    @property
    def argv(self) -> tuple[str | bytes, ...]:
        """The arguments that it was started with, the program's name first."""
        return self._argv

    @property
    def launched(self) -> bool:
        """Whether it was launched by us (and dies with us), and not attached to."""
        return self._launched

    @property
    def stdin(self) -> Writer | None:
        """Our end of its standard input: with `PIPE` or a terminal of its own, else None."""
        return self._files.stdin

    @property
    def stdout(self) -> Reader | None:
        """Our end of its standard output: with `PIPE` or a terminal of its own, else None."""
        return self._files.stdout

    @property
    def stderr(self) -> Reader | None:
        """Our end of its standard error: with `PIPE`, else None."""
        return self._files.stderr

    @property
    def tty(self) -> str | None:
        """The path of the terminal that `tty=True` made; `stdin` and `stdout` are our end of it."""
        return self._files.tty

    @property
    def stop(self) -> Stop | None:
        """The last stop; None before the first."""
        return self._target.stop

    @property
    def modules(self) -> tuple[Module, ...]:
        """The mapped files, the program first."""
        return tuple(self._target.modules)

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints by id."""
        return tuple(self._target.breakpoints.values())

    @property
    def next_point_number(self) -> int:
        """The number that the next break-, watch- or catchpoint gets; `number_points_from` changes it."""
        return self._target.last_id + 1

    def number_points_from(self, number: int) -> None:
        """Give the next break-, watch- or catchpoint a number of your choice; those behind it count on.

        For who sets the points of another run again: a number is never given twice.

        Raises:
            UsageError: it is not larger than all that were given.
        """
        self._check_owner()
        self._target.number_from(number)

    @property
    def watchpoints(self) -> tuple[Watchpoint, ...]:
        """All watchpoints by id."""
        return tuple(self._target.watchpoints.values())

    @property
    def catchpoints(self) -> tuple[Catchpoint, ...]:
        """All catchpoints by id."""
        return tuple(self._target.catchpoints.values())

    @property
    def log(self) -> Callable[[str], object]:
        """The function that is called with each text of a logpoint; prints by default.  Assignable."""
        return self._target.family.log

    @log.setter
    def log(self, function: Callable[[str], object]) -> None:
        self._target.family.log = function

    @property
    def index_progress(self) -> Callable[[Module, int, int], object]:
        """What is called while the index of a file's names is made, which can take seconds.  Assignable.

        It gets the module, the units of the file that are read, and how many there are.  What it raises
        ends the work and travels to whoever asked for a name.
        """
        return self._target.index_progress

    @index_progress.setter
    def index_progress(self, function: Callable[[Module, int, int], object]) -> None:
        self._target.index_progress = function

    @property
    def memory(self) -> InferiorMemory:
        """The memory: `memory.read(address, size)`, `memory[a:b]` and so on."""
        from trapline.inspection.memory import InferiorMemory

        self._check_owner()
        process = self._target.process
        memory = self._memory
        if memory is None or memory.source is not process:
            memory = self._memory = InferiorMemory(process)
        return memory

    @property
    def file_memory(self) -> InferiorMemory:
        """The memory as the files say that it begins, at the same addresses: also after the end.

        Pointers in it are as the linker left them, and nothing of it can be written.
        """
        from trapline.control.remains import Remains
        from trapline.inspection.memory import InferiorMemory

        self._check_owner()
        return InferiorMemory(Remains(self._target))

    @property
    def mappings(self) -> tuple[MemoryMapping, ...]:
        """The memory map in order of address."""
        self._check_owner()
        return tuple(self._target.process.mappings())

    @property
    def number(self) -> int:
        """Its number among the processes that were debugged together: 1, or more for children.

        A child that is followed has the next one; a number is never given twice, a restart keeps it.
        """
        return self._target.number

    @property
    def family(self) -> tuple[Inferior, ...]:
        """This one and those that run and stop together with it, dead ones included, by number."""
        members = sorted(self._target.family.targets, key=lambda one: one.number)
        return tuple(member.inferior for member in members if member.inferior is not None)

    @property
    def children(self) -> tuple[Inferior, ...]:
        """The fork children that are followed, dead ones included."""
        return tuple(self._children)

    @property
    def exit_status(self) -> ExitStatus | None:
        """How it ended; None while it lives."""
        return self._target.ending

    @property
    def inline_steps(self) -> int:
        """How many hits had to be stepped in place, everything stopped, because no slot could be had."""
        return self._target.process.inline_steps

    # -- breakpoints and the like ----------------------------------------------------------------

    def set_breakpoint(
        self,
        location: Any,
        *,
        module: str | None = None,
        condition: str | None = None,
        ignore_count: int = 0,
        temporary: bool = False,
        hardware: bool = False,
        thread: Thread | int | None = None,
        callback: Callback | None = None,
        enabled: bool = True,
        pending: bool = True,
        hit_condition: str | None = None,
        log: str | None = None,
    ) -> Breakpoint:
        """Stop at a location, or call `callback(inferior, breakpoint)` there.

        After the program's end it is where the last run had it, and in force from the next run's start on.

        Args:
            location: load address, `"main"` (behind its prologue where its lines are known),
                `"ns::Class::method"`, `"file.c:12"` (or the next line that has code), `"*main"` and
                `"main+4"` (that very address), `"*0x401136"`, `"libc.so.6!malloc"`, `"twelve!0x1139"` (a
                file address, as objdump prints it), `re.Pattern`.
            module: where to look; an address then is a file address.
            condition: an expression of the program's language that must be true for a pass to count:
                `"n == 3"`; it is evaluated in the frame of the thread that is there.  One that fails then
                is a stop, which says why.
            ignore_count: passes to count only.
            temporary: delete it at its first hit.
            hardware: use one of the four debug registers.
            thread: only in this thread (or tid).
            callback: a true result stops, a false one goes on.
            enabled: in force at once.
            pending: wait for a library that has it; otherwise SymbolNotFound.
            hit_condition: which hits count, by their number: `">= 3"`, `"% 10"`, `"== 5"`.
            log: never stop, and hand this text to `inferior.log`: `"x = {x}, {p->name}, {/x flags}"`, the
                expressions computed in the frame of the thread that is there; one that fails is written
                as `<error: why>`.  `{{` and `}}` are braces.

        Raises:
            LocationError: it means nothing, is not mapped, or cannot be patched.
            SymbolNotFound: nothing has it, and `pending` is false.
            EvaluationError: the condition is no expression, or means nothing there.
            UsageError: `hit_condition` is no rule, the braces of `log` do not match, or there is no such
                thread.
        """
        self._check_owner()
        target = self._target
        target.require_settable()
        breakpoints.require_callable(callback)
        parsed = locspec.parse(location, module)
        breakpoint = Breakpoint(
            target,
            0,
            location,
            parsed,
            ignore_count=breakpoints.check_ignore_count(ignore_count),
            temporary=temporary,
            hardware=hardware,
            thread_id=None if thread is None else target.own_tid(thread),
            callback=callback,
            enabled=enabled,
            condition=condition,
            hit_condition=hit_condition,
            log=log,
        )
        target.place(breakpoint, pending)
        return breakpoint

    def set_watchpoint(
        self,
        where: str | Value | SupportsIndex,
        *,
        length: int | None = None,
        access: str = "write",
        condition: str | None = None,
        callback: Callable[[Any, Any], object] | None = None,
        hardware: bool | None = None,
    ) -> Watchpoint:
        """Stop when memory is written (or accessed, for "read_write" and "read") by any thread.

        After the program's end an expression is watched from the beginning of its next run on.

        Args:
            where: an expression, a `Value`, or a load address; the first two, and a `Symbol`, bring their
                own length.  An expression is watched with all that it goes through: `a->b` is another value
                when `a` points elsewhere, `a + b > 3` when one of both makes it so; what is in a register is
                looked at after each instruction.  With local variables it ends with their frame, which is a
                stop too, `WatchpointEnded`.
            length: bytes.
            access: "write", "read_write" or "read".
            condition: an expression that must be true for an access to count; its names mean what they
                mean in the selected frame now.
            callback: `callback(inferior, stop)`; a true result stops.
            hardware: None: by debug registers where there are enough, else by stepping, with a warning;
                True: by debug registers or not at all; False: by stepping.

        Raises:
            LocationError: not mapped, too large, or the debug registers that are needed are in use.
            EvaluationError: it is no expression, or constant; the condition is none or means nothing there.
            UsageError: it is not in memory.
        """
        from trapline.control import watchpoints

        self._check_owner()
        self._target.require_settable()
        return watchpoints.set_watchpoint(self._target, where, length, access, condition, callback, hardware)

    def set_catchpoint(
        self,
        kind: str,
        *names: str | int,
        condition: str | None = None,
        callback: Callable[[Any, Any], object] | None = None,
        temporary: bool = False,
    ) -> Catchpoint:
        """Stop on an event: "syscall", "signal", "fork", "vfork", "exec", "clone", "exit", "load", "unload".

        "throw", "rethrow" and "catch" are C++ exceptions, "panic" is a Rust panic: `ExceptionThrown`.
        "assert" is an assertion that fails, "abort" a call of abort(): `Aborting`.  They wait for the
        runtime, or the C library, where that is not loaded yet.

        Args:
            kind: which events.
            names: system calls or signals by name or number, groups of calls ("group:network"); regular
                expressions of libraries' names, of exceptions' types, of panics' messages, of what was
                asserted, of why the program aborts; none: all.
            condition: an expression that must be true for an event to count; its names mean what they mean
                in the selected frame now.
            callback: `callback(inferior, stop)`; a true result stops.
            temporary: delete it when it has stopped the program.

        Raises:
            UsageError: there is no such kind, name or pattern.
            EvaluationError: the condition is no expression, or means nothing here.
        """
        from trapline.control import catchpoints

        self._check_owner()
        target = self._target
        target.require_settable()
        catchpoint = catchpoints.made(target, kind, names, callback, condition=condition, temporary=temporary)
        target.add_catchpoint(catchpoint)
        return catchpoint

    def is_plausible(self, name: str) -> bool:
        """Whether a pending name may still be found: the program, or a library that it needs, has it."""
        self._check_owner()
        return binding.is_plausible(self._target, name)

    # -- life ------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Run the program again from its start: same argv, files opened again, breakpoints kept.

        Raises:
            UsageError: it was attached to, not launched.
            LaunchError: it cannot be started any more; the old process is gone.
        """
        self._check_owner()
        if self._options is None:
            raise UsageError("only a launched inferior can be restarted")
        if self._target.depth:
            raise UsageError("restart() cannot be used in a callback")
        target = self._target
        for child in self._children:
            child._end()
        self._children.clear()
        target.last_ending = target.ending or target.last_ending
        if target.process.alive:
            target.process.kill()
        target.process.take_terminal()
        self._files.close()
        process, files = self._options.start()
        self._files = StandardFiles(files, target)
        target.family.targets = [target]
        points: list[Breakpoint | Watchpoint | Catchpoint] = [*self.breakpoints]
        for point in [*points, *self.watchpoints, *self.catchpoints]:
            point.hit_count = 0  # as gdb's run does
        target.move(process)
        self._path = process.executable()
        ends.keep(target, self._launched)
        target.begin()
        target.restore_watchpoints(again=False)

    def set_arguments(
        self, argv: Sequence[str | bytes], *, files: tuple[str | None, str | None] | None = None
    ) -> None:
        """Change what the next `restart()` runs.

        Args:
            argv: all of it.
            files: paths of its standard input and output, None in it for ours; None keeps what they were.
        """
        self._check_owner()
        if self._options is None:
            raise UsageError("only a launched inferior can be restarted")
        self._options.argv = arguments_of(argv)
        self._argv = tuple(self._options.argv)
        if files is not None:
            self._options.files = (*files, *self._options.files[2:])

    def set_surroundings(
        self,
        *,
        env: Mapping[str, str] | None,
        cwd: str | None = None,
        aslr: bool = False,
        tty: bool | str | None = None,
    ) -> None:
        """Change the environment, the directory, the addresses and the terminal of the next `restart()`.

        Args:
            env: the whole environment; None for ours.
            cwd: the working directory; None for ours.
            aslr: randomize addresses.
            tty: as in `launch`; None keeps what it was.
        """
        self._check_owner()
        if self._options is None:
            raise UsageError("only a launched inferior can be restarted")
        self._options.env, self._options.cwd = environment_of(env), path_of("cwd", cwd)
        self._options.aslr = aslr
        if tty is not None:
            self._options.files = (*self._options.files[:4], tty)

    def detach(self) -> None:
        """Let the process go on alone, with every byte, debug register and pc as the program left them."""
        self._check_owner()
        target = self._target
        if not target.process.alive:
            raise target.gone()
        target.remove_all()
        target.process.detach()
        target.process.take_terminal()
        target.detached = True
        target.nobody_left()

    def kill(self) -> None:
        """End the process and wait until it is gone."""
        self._check_owner()
        target = self._target
        if not target.process.alive:
            raise target.gone()
        target.process.kill()
        target.note_end()
        target.process.take_terminal()

    # -- signals and calls -----------------------------------------------------------------------

    def handle_signal(
        self,
        signal: int | str,
        *,
        stop: bool | None = None,
        deliver: bool | None = None,
        announce: bool | None = None,
    ) -> signals.Policy:
        """Change what happens to a signal, and return its policy; None leaves a part as it is.

        The default is gdb's table: SIGSEGV, SIGABRT, SIGUSR1, ... stop and are delivered on resume;
        SIGCHLD, SIGALRM, ... pass unseen; SIGINT and SIGTRAP stop and are not delivered.  `run()` delivers
        all, and obeys only what was asked for here.

        Args:
            signal: its name or number.
            stop: stop before its delivery, which announces it as well.
            deliver: let the program have it on resume.
            announce: publish `SignalReceived` where it does not stop, which is not done unless it is asked
                for; what is not to be announced does not stop either.
        """
        self._check_owner()
        number = signals.number_of(signal)
        policy = self._target.policies[number]
        if announce is None or stop:
            announce = stop
        elif not announce:
            stop = False
        if (stop, deliver, announce) != (None, None, None):
            policy = signals.Policy(
                policy.stop if stop is None else bool(stop),
                policy.deliver if deliver is None else bool(deliver),
                number,
                policy.announce if announce is None else bool(announce),
            )
            self._target.policies[number] = policy
            family = self._target.family
            if stop is not None:
                family.asked_signals.add(number) if stop else family.asked_signals.discard(number)
            if deliver is not None:
                family.dropped_signals.discard(number) if deliver else family.dropped_signals.add(number)
        return policy

    def send_signal(self, signal: int | str) -> None:
        """Send the process a signal, as kill(2) does; from any thread."""
        target = self._target
        if not target.process.alive:
            raise target.gone()
        target.process.signal(signals.number_of(signal))

    def syscall(self, name: str | int, *arguments: SupportsIndex) -> int:
        """Make a system call in the selected thread; return its raw result, `-errno` on failure.

        Raises:
            InferiorExited: the thread, or the process, ended in it.
        """
        self._check_owner()
        from trapline.arch import syscalls

        target = self._target
        target.require_stopped()
        target.pause()
        number = syscalls.number_of(name)
        values = tuple(syscalls.argument(value) for value in arguments)
        try:
            return target.process.call_system(target.current().tid, number, values)
        except (InferiorExited, ThreadGone) as error:
            target.process.reap_if_dead()
            target.note_end()
            raise InferiorExited(f"{error}, in {syscalls.name_of(number)}()") from None

    def call(self, function: Any, *arguments: Any, timeout: float | None = None) -> Value:
        """Call a function in the selected thread, and return its result.

        Args:
            function: a name, a load address, or a `Value` that is a function or points to one.
            arguments: `Value`s, int, float, str or bytes (copied to the stack).
            timeout: seconds; the call is undone when they are up.

        Without debug information the result is an unsigned 64-bit integer.

        Raises:
            SymbolNotFound: no such function, or its library is not loaded yet.
            EvaluationError: another stop came first, or an argument does not fit; everything is put back.
        """
        from trapline.control import evaluation

        self._check_owner()
        self._target.require_stopped()
        return evaluation.call(self._target, function, arguments, timeout)

    def evaluate(
        self, expression: str, frame: Frame | None = None, *, without_effects: bool = False
    ) -> Value:
        """Return the value of an expression of the program's language, in a frame.

        C, C++ and Rust as they are written at gdb: variables, members, casts, calls, `$rax`, `p[0]@5`.

        Args:
            expression: one line.
            frame: where names are looked up; the selected frame by default.
            without_effects: refuse calls and assignments, as an editor's hover wants it.

        Raises:
            EvaluationError: it is no expression, or cannot be computed; the message is one line.
            VariableNotFound: a name means nothing there.
        """
        from trapline.control import evaluation

        self._check_owner()
        return evaluation.evaluate(self._target, expression, frame, without_effects=without_effects)

    @property
    def results(self) -> list[Value]:
        """What `$1`, `$2` and `$` mean in expressions; whoever shows a numbered value appends it."""
        return self._target.results

    @results.setter
    def results(self, results: list[Value]) -> None:
        self._target.results = results

    @property
    def convenience(self) -> dict[str, Value]:
        """What `$name` means in expressions, where it is no register: the session's own variables."""
        return self._target.convenience

    @convenience.setter
    def convenience(self, variables: dict[str, Value]) -> None:
        self._target.convenience = variables

    def pointer(self, address: SupportsIndex) -> Value:
        """Return a load address as a `void *`, as gdb's `$_` is."""
        from trapline.inspection.value import Value
        from trapline.symbols.types import PointerType, VoidType

        data = arguments.address(address).to_bytes(8, "little")
        return Value.constant(self._target.readable, PointerType(VoidType()), data)

    def examined(self, address: int, size: int, letter: str = "x") -> tuple[Value, Value]:
        """Return memory as `x` shows it: a pointer to a unit of `size` bytes, and what is there.

        Raises:
            MemoryFault: it is not mapped.
        """
        from trapline.inspection import letters

        self._check_owner()
        address, size = arguments.address(address), arguments.count(size, "size", 1)
        return letters.examined(self._target.readable, address, size, letter)

    def examined_text(
        self, address: int, size: int = 1, *, elements: int = 200, repeats: int = 10
    ) -> tuple[str, int, Value]:
        """Return a string in memory as `x/s` shows it, its bytes with the NUL, and a pointer to it.

        What cannot be read is told in the text.

        Args:
            address: load address of the first character.
            size: bytes of a character: 1, 2 (UTF-16) or 4 (UTF-32).
            elements: characters after which the rest is left out; the bytes end there then.
            repeats: a longer run of one character is counted.
        """
        from trapline.inspection import letters

        self._check_owner()
        address = arguments.address(address)
        if size not in (1, 2, 4):
            raise ArgumentError(f"a character has 1, 2 or 4 bytes, not {size!r}")
        return letters.examined_text(self._target.readable, address, size, elements, repeats)
