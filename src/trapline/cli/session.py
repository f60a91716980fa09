"""One prompt on one inferior: what it remembers between commands."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator

import trapline
from trapline.base.errors import DebuggerError, EvaluationError
from trapline.base.typing import TYPE_CHECKING, Any, TypeVar
from trapline.cli import registry, stops
from trapline.cli.announcements import INFERIORS, THREADS, Announcer
from trapline.cli.displays import Displays
from trapline.cli.launching import Launching
from trapline.cli.prompt import Prompt, prompt_for
from trapline.cli.registry import CommandError
from trapline.cli.render import Renderer, written_to
from trapline.cli.scripts import Scripts
from trapline.cli.settings import LOGGING, STYLE, WIDTH, Declaration, Settings
from trapline.cli.source_paths import SourcePaths
from trapline.control.evaluation import NoProgram

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.cli.lines import Lines
    from trapline.cli.locations import Listing
    from trapline.cli.registry import Command
    from trapline.inferior import Inferior
    from trapline.inspection.value import Value

T = TypeVar("T")

_MASK = (1 << 64) - 1
NOT_RUN = "The program is not being run."


class Examining:
    """Where the next `x` goes on, a load address, and in which format: its letter, its size in bytes.

    `count` is how many units the last one showed: Enter shows as many.
    """

    __slots__ = ("address", "count", "letter", "size")

    def __init__(self) -> None:
        self.address = 0
        self.count = 1
        self.letter = "x"
        self.size = 4


class Session:
    """The state of one prompt.

    `fresh` says that the program is at its first instruction and
    nothing has run yet, so that `run` goes on from there.  `failures` counts commands that failed.
    """

    def __init__(self, inferior: Inferior | None = None, render: Renderer | None = None) -> None:
        self._inferior = inferior
        self.render = render if render is not None else Renderer()
        self.fresh = False
        self.batch = False
        self.failures = 0
        self.leaving = False
        self.exit_status: int | None = None
        self.alone = NoProgram()
        self.again: str | None = None
        """What Enter does once more."""
        self.previous: str | None = None
        """The command before, which `with SETTING VALUE` runs once more; None when it started the program."""
        self.examining = Examining()
        self.listing: Listing | None = None
        """What `list` printed last."""
        self.told: SourceLocation | None = None
        """The line told since `list` printed any: where lines are listed when the program is gone."""
        self.displays = Displays()
        self.scripts = Scripts()
        self.warned: set[str] = set()
        self.sourceless = ""
        """The path of the source file looked for last, where it is not on this machine."""
        self.python_names: dict[str, Any] = {}
        self.sourcing: list[Lines] = []
        """The files whose lines are being run, the innermost last."""
        self.is_guest = False
        """Whether a script opened the prompt: leaving it ends nothing."""
        self.settings = Settings()
        self.alone.own_functions |= {
            "_gdb_setting": self._setting,
            "_gdb_setting_str": self._setting_text,
        }
        self.aliases: dict[str, str] = {}
        """What the user's own names stand for."""
        self.launching = Launching()
        self.source_paths = SourcePaths()
        self.announcer = Announcer(self)
        self.prompt: Prompt = prompt_for(self)

    @property
    def inferior(self) -> Inferior | None:
        """The inferior, alive or not; None until there is one."""
        return self._inferior

    @inferior.setter
    def inferior(self, inferior: Inferior | None) -> None:
        self._inferior = inferior
        self.source_paths.tell(self)
        if inferior is not None:
            inferior.own_functions = self.alone.own_functions  # conditions may use them before `print` does

    def take(self, inferior: Inferior) -> None:
        """Go on with another program: what was left of the last one is ended, its points are forgotten."""
        if self._inferior is not None:
            self._inferior.__exit__(None, None, None)
        self.scripts.forget()
        self.told = None
        self.begin(inferior)
        self.fresh = False

    def begin(self, inferior: Inferior) -> None:
        """Debug a program as the settings want it."""
        self.inferior = inferior
        self.announcer.follow(inferior)
        self._follow_forks()

    def _follow_forks(self) -> None:
        if self.inferior is not None and self.inferior.follow_fork != "both":
            self.inferior.follow_fork = str(self.settings["follow-fork-mode"])

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
            raise CommandError("no program: `file PROGRAM` starts one, `attach PID` takes a running one")
        return self.inferior

    @property
    def main_name(self) -> str:
        """The function where the program's own code begins: "main", or that of a Rust program's crate."""
        crate = re.sub(r"-[0-9a-f]{16}$", "", os.path.basename(self.program.exe)).replace("-", "_")
        with contextlib.suppress(DebuggerError):
            if not any(place.source for place in self.program.places("main")):
                self.program.places(f"{crate}::main")
                return f"{crate}::main"
        return "main"

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
        if self.is_guest or not (self.is_alive and self.prompt.is_terminal and self.settings["confirm"]):
            return True
        inferior = self.process
        fate = "killed" if inferior.launched else "detached"
        self.render.line("A debugging session is active.")
        self.render.line("")
        self.render.line(f"\tInferior {inferior.number} [process {inferior.pid}] will be {fate}.")
        self.render.line("")
        return self.prompt.confirm("Quit anyway?")

    def agrees(self, question: str) -> bool:
        """Whether somebody who can answer agrees; yes where nobody can, or `set confirm off` was said."""
        if not (self.prompt.is_terminal and self.settings["confirm"]):
            return True
        return self.prompt.confirm(question)

    def obey(self, name: str, *, tell: bool = True) -> None:
        """Do what a setting that was just changed means at once, and tell what gdb tells of it."""
        value = self.settings[name]
        match name:
            case "disable-randomization":
                self.launching.set_aslr(not value)
            case _ if name == STYLE:
                self.render.set_coloured(bool(value))
            case _ if name == WIDTH:
                columns = self.settings[name]
                self.render.width = None if columns == "terminal" else self.settings.limit(name) or 0
            case "follow-fork-mode":
                self._follow_forks()
            case "logging" | "logging enabled":
                self.keep_log(tell=tell)
            case "logging file" | "logging overwrite" | "logging redirect":
                if self.render.log is not None:
                    self.render.error(
                        f"warning: Currently logging to {self.render.log.name}."
                        "  Turn the logging off and on to make the new setting effective."
                    )
            case "radix" | "input-radix" | "output-radix":
                self.alone.input_radix = self.settings.number("input-radix")
                if tell and not self.batch:
                    self._tell_radix(name, self.settings.number(name))
            case _ if name in (INFERIORS, THREADS):
                if self.inferior is not None and not self.is_guest:
                    self.announcer.follow(self.inferior)

    def keep_log(self, *, tell: bool) -> None:
        """Begin or end to write what is printed to the file that the settings name.

        Raises:
            CommandError: it cannot be written; nothing is logged then.
        """
        wanted, log = bool(self.settings[LOGGING]), self.render.log
        if wanted == (log is not None):
            return
        tells = tell and not self.batch
        if log is not None:
            self.render.log_to(None)
            if tells:
                self.render.line(f"Done logging to {log.name}.")
            return
        name = os.path.expanduser(str(self.settings["logging file"]))
        alone = bool(self.settings["logging redirect"])
        try:
            file = written_to(name, afresh=bool(self.settings["logging overwrite"]))
        except OSError as error:
            self.settings[LOGGING] = self.settings["logging"] = False
            raise CommandError(f"set logging: {name}: {error.strerror}.") from None
        if tells:
            self.render.line(f"{'Redirecting' if alone else 'Copying'} output to {name}.")
        self.render.log_to(file, alone=alone)

    def _tell_radix(self, name: str, radix: int) -> None:
        """Tell a radix in three ways: 10 is 10 to every radix."""
        kinds = {"radix": "Input and output radices", "input-radix": "Input radix"}
        what = kinds.get(name, "Output radix")
        self.render.line(f"{what} now set to decimal {radix}, hex {radix:x}, octal {radix:o}.")

    def dollar_names(self) -> list[str]:
        """Return what can stand behind `$`: registers and the session's own variables."""
        return dir(self.process.thread.registers) if self.is_alive else []

    # -- running commands ------------------------------------------------------------------------

    def execute(self, line: str) -> bool:
        """Run one line; False, with one line on standard error, when it failed."""
        line = line.lstrip()
        if not line or line.startswith("#"):
            return True
        self.again = None
        try:
            done = self._hearing(lambda: self.run(line))
            line = line.strip()
            if done.repeats:
                # `list -` goes on backwards.
                self.again = done.name if done.goes_on and not line.endswith(" -") else line
            if done.name != "with" or f"{line} ".partition(" -- ")[2]:
                self.previous = None if done.name in registry.STARTING else self.again or line
            return True
        except (DebuggerError, OSError) as error:
            self.fail(said(error))
        except KeyboardInterrupt:
            self.fail("Quit")
        except RecursionError:
            self.fail("commands within commands are nested too deep")
        except Exception:
            # A bug of ours must not end the user's session, and must not be hidden either.
            import traceback

            self.fail("internal error in trapline; please report it with what follows")
            for text in traceback.format_exc().splitlines():
                self.render.error(text)
        return False

    def run(self, line: str) -> Command:
        """Run one line, and the commands of what stops the program in it; return the line's command.

        Raises:
            DebuggerError: what went wrong.
        """
        if self.inferior is not None:
            self.inferior.log = self.render.line
        done = self.run_alone(line)
        self.scripts.serve(self)
        return done

    def run_alone(self, line: str) -> Command:
        """Run one line without what its stop asks for; return its command.

        Raises:
            DebuggerError: what went wrong.
        """
        return registry.run(self, line)

    def note(self, **facts: object) -> None:
        """Tell what a command found, as objects of the library, to a session that answers with data."""

    @contextlib.contextmanager
    def noting(self, **subject: object) -> Iterator[None]:
        """Keep what is noted within a `with` block together, with the subject that it is about."""
        yield

    def refuse(self, line: str, error: Exception) -> None:
        """Answer a command that the command line asked for and that cannot be done, where that is data."""

    def fail(self, message: str) -> None:
        """Say what went wrong, and remember that something did."""
        self.failures += 1
        self.render.error(message)

    # -- telling where the program is ------------------------------------------------------------

    def go(self, resume: Callable[[], T], *, before: stops.Activation | None = None) -> T | None:
        """Let the program run, and tell why it stopped; what `resume` returns, None after Ctrl-C."""
        inferior = self.process
        mode = str(self.settings["scheduler-locking"])
        inferior.scheduler_locking = mode if mode in ("on", "step") else "off"
        self.render.flush()
        self.fresh = False
        before_tid = inferior.thread.tid
        self.announcer.starts(inferior)
        try:
            stop = self._hearing(resume)
        except KeyboardInterrupt:
            self.render.below_control_c()
            self.note(stop=inferior.stop)
            if inferior.state == trapline.State.EXITED:
                stops.tell_exit(self, inferior)
            else:
                stops.tell_interrupt(self)
            return None
        if isinstance(stop, trapline.Stop):
            # Under follow_fork="both" the stop may be of another member of the family.
            self.inferior = stop.inferior
            if not self.batch:
                self.render.begin_line()
            self.note(stop=stop)
            self.announcer.switched(before_tid, stop)
            if not self.scripts.heard(self, stop):
                stops.tell(self, stop, before)
        return stop

    def step(self, resume: Callable[[], T]) -> T | None:
        """Do as `go` does for a step, which is told by its line alone where it stays in one call."""
        return self.go(resume, before=stops.Activation.of(self.process))

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

    def remember(self, value: Value) -> int:
        """Add a value to the history, and return its number."""
        self.alone.results.append(value)
        return len(self.alone.results)

    # -- values ----------------------------------------------------------------------------------

    def evaluate(self, text: str) -> Value:
        """Return the value of an expression in the selected frame, or of one that needs no program."""
        if self.inferior is None:
            return self.alone.evaluate(text)
        self.share()
        return self.inferior.evaluate(text)

    def _setting(self, name: Value) -> str | int:
        """Return what `$_gdb_setting(name)` is: a number, 0 for what has no limit, or a text."""
        value = self.settings[self._setting_named(name).name]
        return value if isinstance(value, (int, str)) else 0

    def _setting_text(self, name: Value) -> str:
        """Return what `$_gdb_setting_str(name)` is."""
        return self.settings.shown(self._setting_named(name))

    def _setting_named(self, name: Value) -> Declaration:
        text = name.to_python()
        found, rest = self.settings.match(text) if isinstance(text, str) else (None, "")
        if found is None or rest:
            raise EvaluationError(f"$_gdb_setting takes the name of a setting as `show` lists it, not {name}")
        return found

    def share(self) -> None:
        """Let expressions use what was set here: one history a prompt, whatever it attaches to."""
        inferior = self.program
        inferior.results, inferior.convenience = self.alone.results, self.alone.convenience
        inferior.own_macros, inferior.input_radix = self.alone.macros, self.alone.input_radix
        inferior.own_functions = self.alone.own_functions

    def point_at(self, address: int) -> None:
        """Let `x` go on at a load address, which `$_` holds from now on."""
        self.examining.address = address
        self.alone.convenience["_"] = self.program.pointer(address)

    def set_convenience(self, name: str, number: int) -> None:
        """Set `$name` to an integer."""
        self.alone.convenience[name] = self.alone.number(number)

    def address(self, text: str) -> int:
        """Return the load address that an expression means: what a pointer holds, where an array is.

        Raises:
            CommandError: it is neither.
        """
        value = self.evaluate(text)
        try:
            return int(value) & _MASK if value.is_number else value.place()
        except DebuggerError as error:
            if not self.is_alive and text.lstrip().startswith("$"):
                raise CommandError(NOT_RUN) from None  # a register, of which nothing is left
            raise CommandError(f"{text}: {error}") from None

    def name_at(self, address: int) -> str:
        """Return `main+4` for a load address that a symbol covers, as people write names; else ""."""
        return self.program.describe(address).partition(" <")[2].removesuffix(">")

    def unit_text(self, data: bytes, letter: str) -> str:
        """Return a unit of memory as `x` shows it."""
        from trapline.inspection.letters import memory_unit

        return memory_unit(data, letter, self.program.describe)

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
    "wait() for it or interrupt() it first": "`interrupt` stops it",
    "interrupt() stops it": "`interrupt` stops it",
    "restart()": "`run`",
    "resume()": "`continue`",
    "step_instruction() steps": "`stepi` steps",
    "thaw() it": "`thread thaw` lets it go on",
    "thaw() one to go on": "`thread thaw` lets one go on",
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
