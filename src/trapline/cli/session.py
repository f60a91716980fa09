"""One prompt on one inferior: what it remembers between commands, and how a stop is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import trapline
from trapline.base.errors import DebuggerError, NoSource
from trapline.cli import registry
from trapline.cli.displays import Displays
from trapline.cli.prompt import Prompt, prompt_for
from trapline.cli.registry import CommandError
from trapline.cli.render import Part, Renderer, address, function
from trapline.cli.settings import Settings
from trapline.inferior import Calculator

if TYPE_CHECKING:
    from trapline.cli.commands.source import Listing
    from trapline.inferior import Inferior
    from trapline.inspection.value import Value

T = TypeVar("T")

_MASK = (1 << 64) - 1
NOT_RUN = "The program is not being run."


class Examining:
    """Where the next `x` goes on, a load address, and in which format: its letter, its size in bytes."""

    __slots__ = ("address", "letter", "size")

    def __init__(self) -> None:
        self.address = 0
        self.letter = "x"
        self.size = 4


class Session:
    """The state of one prompt.

    `inferior` is None until there is one.  `fresh` says that the program is at its first instruction and
    nothing has run yet, so that `run` goes on from there.  `failures` counts commands that failed.
    """

    def __init__(self, inferior: Inferior | None = None, render: Renderer | None = None) -> None:
        self.inferior = inferior
        self.render = render if render is not None else Renderer()
        self.fresh = False
        self.batch = False
        self.failures = 0
        self.leaving = False
        self.exit_status: int | None = None
        self.alone = Calculator()
        self.again: str | None = None
        """What Enter does once more."""
        self.examining = Examining()
        self.listing: Listing | None = None
        """What `list` printed last."""
        self.displays = Displays()
        self._warned: set[str] = set()
        self.python_names: dict[str, Any] = {}
        self.sourcing: list[str] = []
        self.settings = Settings()
        self.prompt: Prompt = prompt_for(self)

    # -- what a command needs --------------------------------------------------------------------

    @property
    def process(self) -> Inferior:
        """The inferior, alive.

        Raises:
            CommandError: there is none.
        """
        inferior = self.inferior
        if inferior is None or inferior.state in (trapline.State.EXITED, trapline.State.DETACHED):
            raise CommandError(NOT_RUN)
        return inferior

    @property
    def program(self) -> Inferior:
        """The inferior, alive or not.

        Raises:
            CommandError: nothing was launched or attached to.
        """
        if self.inferior is None:
            raise CommandError("no program: `attach PID`, or start trapline with one")
        return self.inferior

    @property
    def is_alive(self) -> bool:
        """Whether there is a process."""
        return self.inferior is not None and self.inferior.state in (
            trapline.State.STOPPED,
            trapline.State.RUNNING,
        )

    def require(self, needs: str) -> None:
        """Raise unless the session has what a command needs: "process", "inferior" or ""."""
        if needs:
            _ = self.program if needs == "inferior" else self.process

    def may_leave(self) -> bool:
        """Whether the prompt may be left: asks when that ends a program, and somebody is there to answer."""
        if not (self.is_alive and self.prompt.is_terminal and self.settings["confirm"]):
            return True
        inferior = self.process
        fate = "killed" if inferior.launched else "detached"
        self.render.line("A debugging session is active.")
        self.render.line("")
        self.render.line(f"\tInferior 1 [process {inferior.pid}] will be {fate}.")
        self.render.line("")
        return self.prompt.confirm("Quit anyway?")

    def dollar_names(self) -> list[str]:
        """Return what can stand behind `$`: registers and the session's own variables."""
        return dir(self.process.thread.registers) if self.is_alive else []

    # -- running commands ------------------------------------------------------------------------

    def execute(self, line: str) -> bool:
        """Run one line; False, with one line on standard error, when it failed."""
        line = line.strip()
        if not line or line.startswith("#"):
            return True
        self.again = None
        try:
            done = self._hearing(lambda: registry.run(self, line))
            if done.repeats:
                self.again = line
            return True
        except (DebuggerError, OSError) as error:
            self.fail(said(error))
        except KeyboardInterrupt:
            self.fail("Quit")
        except Exception:
            # A bug of ours must not end the user's session, and must not be hidden either.
            import traceback

            self.fail("internal error in trapline; please report it with what follows")
            for text in traceback.format_exc().splitlines():
                self.render.error(text)
        return False

    def fail(self, message: str) -> None:
        """Say what went wrong, and remember that something did."""
        self.failures += 1
        self.render.error(message)

    # -- telling where the program is ------------------------------------------------------------

    def go(self, resume: Callable[[], T]) -> T | None:
        """Let the program run, and tell why it stopped; what `resume` returns, None after Ctrl-C."""
        inferior = self.process
        self.render.flush()
        self.fresh = False
        try:
            stop = self._hearing(resume)
        except KeyboardInterrupt:
            self.render.below_control_c()
            if inferior.state == trapline.State.EXITED:
                self.tell_exit(inferior)
            else:
                self.render.line(*self._subject(), "received signal SIGINT, Interrupt.")
                self.tell_place()
            return None
        if isinstance(stop, trapline.Stop):
            # Under follow_fork="both" the stop may be of another member of the family.
            self.inferior = stop.inferior
            self.tell(stop)
        return stop

    def _hearing(self, resume: Callable[[], T]) -> T:
        """Return what `resume` returns, and tell the library's warnings as lines of ours."""
        import warnings

        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                return resume()
            finally:
                for one in heard:
                    self.render.error(f"warning: {one.message}")

    def _subject(self) -> list[Part]:
        """Return who a signal came to: the program, or one of its threads."""
        inferior = self.process
        if len(inferior.threads) > 1:
            return [f'Thread {inferior.thread.number} "{inferior.thread.name}" ']
        return ["Program "]

    def tell(self, stop: trapline.Stop) -> None:
        """Print a stop in gdb's words."""
        render = self.render
        if isinstance(stop, trapline.Exited):
            self.tell_exit(stop.inferior)
            return
        first: list[Part] = []
        if isinstance(stop, (trapline.BreakpointHit, trapline.WatchpointHit)):
            for number, why in stop.condition_errors:
                render.error(f"Error in testing condition for breakpoint {number}:")
                render.error(why)
        match stop:
            case trapline.BreakpointHit(breakpoints=hit):
                names = ", ".join(str(one.id) for one in hit)
                kind = "Temporary breakpoint" if all(one.temporary for one in hit) else "Breakpoint"
                if len(self.process.threads) > 1:
                    first = [*self._subject(), f"hit {kind} {names}, "]
                else:
                    first = [f"{kind} {names}, "]
            case trapline.WatchpointHit(watchpoint=watchpoint, old=old, new=new):
                name = "Hardware watchpoint" if watchpoint.access == "write" else "Hardware access watchpoint"
                render.line(f"{name} {watchpoint.id}: {watch_text(watchpoint)}")
                if old != new or watchpoint.access == "write":
                    render.line(f"Old value = {old}")
                    render.line(f"New value = {new}")
                else:
                    render.line(f"Value = {new}")
            case trapline.SignalReceived(signal=number):
                render.line(*self._subject(), f"received signal {signal_words(stop.inferior, number)}.")
            case trapline.SyscallEntry(name=name):
                first = [f"{self._catchpoint('syscall', name)}(call to syscall {name}), "]
            case trapline.SyscallReturn(name=name):
                first = [f"{self._catchpoint('syscall', name)}(returned from syscall {name}), "]
            case trapline.Forked(child=child):
                pid = getattr(child, "pid", child)
                first = [f"{self._catchpoint('fork', '')}(forked process {pid}), "]
            case trapline.Execed(path=path):
                render.line(f"process {stop.inferior.pid} is executing new program: {path}")
            case trapline.LibraryLoaded() | trapline.ThreadStarted() | trapline.ThreadExited():
                render.line(f"[{stop}]")
            case trapline.Interrupted():
                render.line(*self._subject(), "received signal SIGINT, Interrupt.")
        self.tell_place(*first)
        if isinstance(stop, trapline.FunctionFinished) and stop.value is not None:
            render.line(f"Value returned is ${self.remember(stop.value)} = {stop.value}")

    def _catchpoint(self, kind: str, name: str) -> str:
        for one in self.process.catchpoints:
            if one.kind == kind and (not one.names or name in [str(known) for known in one.names]):
                return f"Catchpoint {one.id} "
        return "Catchpoint "

    def tell_exit(self, inferior: Inferior) -> None:
        """Print how the program ended."""
        status = inferior.exit_status
        if status is not None and status.signal is not None:
            number = status.signal
            self.render.line(f"Program terminated with signal {signal_words(inferior, number)}.")
            self.render.line("The program no longer exists.")
        elif status is not None and status.code:
            # Octal, as in gdb.
            self.render.line(f"[Inferior 1 (process {inferior.pid}) exited with code {status.code:02o}]")
        else:
            self.render.line(f"[Inferior 1 (process {inferior.pid}) exited normally]")

    def tell_place(self, *first: Part) -> None:
        """Print where the selected frame is: `0x0000000000401136 in main ()`."""
        frame = self.process.frame
        self.render.line(*first, *place(frame))
        self._warn_of(frame.module)
        self.tell_line(frame)
        self.displays.tell(self)

    def _warn_of(self, module: trapline.Module | None) -> None:
        """Say once of each file what is wrong with it, where the program stops in it."""
        problem = module.problem if module is not None else None
        if problem is not None and problem not in self._warned:
            self._warned.add(problem)
            self.render.error(f"warning: {problem}")

    def tell_line(self, frame: trapline.Frame) -> None:
        """Print the number and the text of a frame's source line, where the file is on this machine."""
        location = frame.location
        if location is not None:
            text = self.source_line(location)
            if text is not None:
                self.render.line(f"{location.line}\t{text}")

    def source_line(self, location: trapline.SourceLocation) -> str | None:
        """Return the text of a source line, None where the file is not here or too short."""
        try:
            lines = self.program.source(location.path).lines
        except NoSource:
            return None
        return lines[location.line - 1] if 0 < location.line <= len(lines) else None

    def remember(self, value: Value) -> int:
        """Add a value to the history, and return its number."""
        self.alone.results.append(value)
        return len(self.alone.results)

    # -- values ----------------------------------------------------------------------------------

    def evaluate(self, text: str) -> Value:
        """Return the value of an expression in the selected frame, or of one that needs no program."""
        inferior = self.inferior
        if inferior is None:
            return self.alone.evaluate(text)
        # One history and one set of `$name` a prompt, whatever it attaches to.
        inferior.results, inferior.convenience = self.alone.results, self.alone.convenience
        return inferior.evaluate(text)

    def address(self, text: str) -> int:
        """Return the load address that an expression means: what a pointer holds, where an array is.

        Raises:
            CommandError: it is neither.
        """
        value = self.evaluate(text)
        try:
            return int(value) & _MASK if value.is_number else value.place()
        except DebuggerError as error:
            raise CommandError(f"{text}: {error}") from None

    def unit_text(self, data: bytes, letter: str) -> str:
        """Return a unit of memory as `x` shows it."""
        from trapline.inspection.letters import memory_unit

        return memory_unit(data, letter, self.process.describe)

    def count(self, text: str | None, what: str, *, least: int = 1) -> int:
        """Return a count given as an expression; 1 when left out.

        Raises:
            CommandError: it is less than `least`.
        """
        if text is None or not text:
            return 1
        number = int(self.evaluate(text))
        if number < least:
            raise CommandError(f"{what} must be at least {least}, not {number}")
        return number


_AS_COMMANDS = {
    'inferior.advance("main")': "`advance main`",
    "restart()": "`run`",
    "resume()": "`continue`",
}
"""What the library advises, in the words of this prompt."""


def said(error: Exception) -> str:
    """Return an error as one line in commands' words, the file that it is about included."""
    if not isinstance(error, OSError) or error.filename is None:
        text = str(error)
        for call, name in _AS_COMMANDS.items():
            text = text.replace(call, name)
        return text
    text = str(error) if isinstance(error, DebuggerError) else str(error.strerror)
    return text if str(error.filename) in text else f"{error.filename}: {text}"


def place(frame: trapline.Frame) -> list[Part]:
    """Return `0x... in twice (x=6) at twelve.c:5`, or the library's name where there is no line.

    The address is left out where nothing of the line has run yet.  Source: gdb 13, print_frame_info.
    """
    if frame.is_signal_handler_call:
        return ["<signal handler called>"]
    location = frame.location
    parts: list[Part] = []
    if location is None or not frame.is_at_line_start:
        parts += [address(frame.pc), " in "]
    name = frame.function
    parts += [function(name if name is not None else "??"), f" ({frame.arguments.brief()})"]
    module = frame.module
    if location is not None:
        parts.append(f" at {location.name}:{location.line}")
    elif module is not None and (module.path.endswith(".so") or ".so." in module.path):
        parts.append(f" from {module.path}")
    return parts


def watch_text(watchpoint: trapline.Watchpoint) -> str:
    """Return what a watchpoint watches: the symbol, or `*0x404028`."""
    spec = watchpoint.spec
    if isinstance(spec, str):
        return spec
    return spec.name if isinstance(spec, trapline.Symbol) else f"*{watchpoint.address:#x}"


def signal_words(inferior: Inferior, number: int) -> str:
    """Return "SIGSEGV, Segmentation fault"."""
    policy = inferior.handle_signal(number)
    return f"{policy.name}, {policy.text}"
