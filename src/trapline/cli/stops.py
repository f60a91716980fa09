"""How a stop is told, in gdb's words: what happened, where, and the source there."""

from __future__ import annotations

import trapline
from trapline.base.errors import NoSource
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import thread_ids, wrapping
from trapline.cli.announcements import INFERIORS
from trapline.cli.render import address, file, function
from trapline.cli.wrapping import FRAME, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trapline.cli.session import Session
    from trapline.inferior import Inferior


class Activation(NamedTuple):
    """Which call of which function a thread was in: a step that stays in it is told by its line alone.

    `function` is what the debug information has of it, for an inlined one of this very call; else a name.
    """

    tid: int
    cfa: int | None
    function: object

    @classmethod
    def of(cls, inferior: Inferior) -> Activation:
        """Return that of the selected thread."""
        frame = inferior.thread.frame(0)
        return cls(inferior.thread.tid, frame.cfa, frame.scene.function or frame.function)


def tell(session: Session, stop: trapline.Stop, before: Activation | None = None) -> None:
    """Print a stop; `before` is where a step began."""
    render = session.render
    if isinstance(stop, trapline.Exited):
        tell_exit(session, stop.inferior)
        return
    if isinstance(stop, trapline.StepFinished) and before is not None:
        inferior = session.process
        if inferior.frame.location is not None and Activation.of(inferior) == before:
            tell_step(session)
            return
    first: list[Part] = []
    for number, why in getattr(stop, "condition_errors", ()):
        render.error(f"Error in testing condition for breakpoint {number}:")
        render.error(why)
    for place, watchpoint in enumerate(stop.ended_watchpoints):
        if place:
            render.line("")
        render.line(f"Watchpoint {watchpoint.id} deleted because the program has left the block in")
        render.line("which its expression is valid.")
    match stop:
        case trapline.BreakpointHit():
            first = _hit_breakpoints(session, stop)
        case trapline.WatchpointHit(changes=changes):
            for place, change in enumerate(changes):
                if place:
                    render.line("")
                _tell_change(session, change)
            if stop.breakpoints:
                render.line("")
                first = _hit_breakpoints(session, stop)
        case trapline.WatchpointEnded():
            pass  # told above
        case trapline.SignalReceived(catchpoints=()):
            tell_signal(session, stop)
        case trapline.LibraryLoaded(modules=loaded, unloaded=unloaded):
            _tell_libraries(session, _caught(stop.catchpoints), loaded, unloaded)
        case trapline.Execed(path=path):
            if not session.settings[INFERIORS]:
                render.line(f"process {stop.inferior.pid} is executing new program: {path}")
            if stop.catchpoints:
                first = [*_hit(session), f"{_caught(stop.catchpoints)} (exec'd {path}), "]
        case trapline.ThreadExited(catchpoints=()):
            render.line(f"[{stop}]")
        case trapline.Interrupted():
            tell_interrupt(session)
            return
        case _:
            first = _event(session, stop)
    tell_place(session, *first)
    _tell_why(session, stop)
    if (
        isinstance(stop, trapline.FunctionFinished)
        and stop.value is not None
        and str(stop.value.type) != "void"
    ):
        render.value(f"Value returned is ${session.remember(stop.value)}", str(stop.value))


def _hit_breakpoints(session: Session, stop: trapline.BreakpointHit | trapline.WatchpointHit) -> list[Part]:
    """Return `Breakpoint 2, `."""
    kind = "Temporary breakpoint" if all(one.temporary for one in stop.breakpoints) else "Breakpoint"
    return [*_hit(session), f"{kind} {', '.join(stop.numbers)}, "]


def _tell_change(session: Session, change: trapline.WatchpointChange) -> None:
    """Print what one watchpoint saw."""
    render, watchpoint = session.render, change.watchpoint
    render.line(*_hit(session), f"{watch_kind(watchpoint)} {watchpoint.id}: {watch_text(watchpoint)}")
    render.line("")
    former, latter = str(change.old), str(change.new)
    if former != latter or watchpoint.access == "write":
        render.value("Old value", former)
        render.value("New value", latter)
    else:
        render.value("Value", latter)


_WORDS = {
    "throw": "exception thrown",
    "rethrow": "exception rethrown",
    "catch": "exception caught",
    "assert": "assertion failed",
}
"""gdb's words for them."""


def _hit(session: Session) -> list[Part]:
    """Return `Thread 2 "first" hit ` where there are or were other threads or processes, else nothing."""
    return [*subject(session), "hit "] if _names_threads(session) else []


def _names_threads(session: Session) -> bool:
    return session.announcer.has_threads or thread_ids.is_qualified(session.process)


def _event(session: Session, stop: trapline.Stop) -> list[Part]:
    """Return `Catchpoint 2 (call to syscall write), ` for what a catchpoint has caught, else nothing."""
    match stop:
        case trapline.ExceptionThrown(kind=kind) | trapline.Aborting(kind=kind):
            what = _WORDS.get(kind, kind)
        case trapline.SignalReceived(signal=number):
            what = f"signal {stop.inferior.handle_signal(number).name}"
        case trapline.SyscallEntry(name=name):
            what = f"call to syscall {name}"
        case trapline.SyscallReturn(name=name):
            what = f"returned from syscall {name}"
        case trapline.Forked(child=child, shares_memory=shares):
            what = f"{'vforked' if shares else 'forked'} process {getattr(child, 'pid', child)}"
        case trapline.ThreadStarted():
            what = "new thread"
        case trapline.ThreadExited(tid=tid):
            what = f"end of thread {tid}"
        case _:
            return []
    return [*_hit(session), f"{_caught(stop.catchpoints)} ({what}), "]


def _caught(catchpoints: Sequence[trapline.Catchpoint]) -> str:
    """Return `Catchpoint 2`; no number where nobody had to ask."""
    if not catchpoints:
        return "Catchpoint"
    return f"{catch_kind(catchpoints[0])} {catchpoints[0].id}"


def _tell_libraries(
    session: Session,
    name: str,
    loaded: Sequence[trapline.Module],
    unloaded: Sequence[trapline.Module],
) -> None:
    session.render.line(*_hit(session), name)
    for what, modules in (("unloaded", unloaded), ("loaded", loaded)):
        if modules:
            paths = "\n    ".join(module.path for module in modules)
            session.render.text(f"  Inferior {what} {paths}")


def _tell_why(session: Session, stop: trapline.Stop) -> None:
    """Print what a caught event says: an exception's type and text, why the program ends itself."""
    match stop:
        case trapline.ExceptionThrown(type=text, message=message, source=source):
            text = text if message is None else f"{text}: {message}"
            session.render.text(text if source is None else f"{text}, {source}")
        case trapline.Aborting(reason=reason) if reason:
            session.render.text(reason)
        case trapline.SignalReceived(reason=reason, catchpoints=(_, *_)) if reason:
            session.render.text(reason)


def tell_interrupt(session: Session) -> None:
    """Print that Ctrl-C stopped the program, and where."""
    session.render.line(*subject(session), "received signal SIGINT, Interrupt.")
    tell_place(session)


def subject(session: Session, thread: trapline.Thread | None = None) -> list[Part]:
    """Return who a signal came to: the program, or one of its threads, by default the selected one."""
    if _names_threads(session):
        inferior = session.process
        thread = thread or inferior.thread
        return [f'Thread {thread_ids.identity(inferior, thread.number)} "{thread.name}" ']
    return ["Program "]


def tell_signal(session: Session, event: trapline.SignalReceived) -> None:
    """Tell of a signal, and for what the program has sent it to itself."""
    words = signal_words(event.inferior, event.signal)
    session.render.line(*subject(session, event.thread), f"received signal {words}.")
    if event.reason:
        session.render.line(event.reason)


def points(stop: trapline.Stop) -> list[int]:
    """Return the numbers of the break-, watch- and catchpoints that a stop is due to."""
    match stop:
        case trapline.BreakpointHit(breakpoints=breakpoints):
            return [one.id for one in breakpoints]
        case trapline.WatchpointHit(changes=changes, breakpoints=breakpoints):
            return [*(one.watchpoint.id for one in changes), *(one.id for one in breakpoints)]
        case _:
            return [one.id for one in getattr(stop, "catchpoints", ())]


def tell_exit(session: Session, inferior: Inferior) -> None:
    """Print how the program ended."""
    status = inferior.exit_status
    if status is not None and status.signal is not None:
        number = status.signal
        session.render.line(f"Program terminated with signal {signal_words(inferior, number)}.")
        session.render.line("The program no longer exists.")
    elif status is not None and status.code:
        # Octal, as in gdb.
        session.render.line(
            f"[Inferior {inferior.number} (process {inferior.pid}) exited with code 0{status.code:o}]"
        )
    else:
        session.render.line(f"[Inferior {inferior.number} (process {inferior.pid}) exited normally]")


def tell_place(session: Session, *first: Part) -> None:
    """Print where the selected frame is: `0x0000000000401136 in main ()`, and its source."""
    frame = session.process.frame
    session.render.line(*first, *place(session, frame))
    _warn_of(session, frame.module)
    tell_line(session, frame)
    _tell_next(session, frame)
    session.displays.tell(session)


def tell_step(session: Session) -> None:
    """Print where a step ended that stayed in its function: the line, with the pc in the midst of one."""
    frame = session.process.frame
    is_inside = not frame.is_at_line_start
    if is_inside and _has_context(session):
        session.render.line(*place(session, frame))
    tell_line(session, frame, with_pc=is_inside)
    _tell_next(session, frame)
    session.displays.tell(session)


def _tell_next(session: Session, frame: trapline.Frame) -> None:
    """Print the next instruction where `set disassemble-next-line` asks for it."""
    mode = session.settings["disassemble-next-line"]
    if mode == "on" or (mode == "auto" and frame.location is None):
        from trapline.cli.commands.memory import tell_code

        tell_code(session, frame.pc, 1)


def _warn_of(session: Session, module: trapline.Module | None) -> None:
    """Say once of each file what is wrong with it, where the program stops in it."""
    for problem in module.warnings if module is not None else ():
        if problem not in session.warned:
            session.warned.add(problem)
            session.render.error(f"warning: {problem}")


def tell_line(session: Session, frame: trapline.Frame, *, with_pc: bool = False) -> None:
    """Print a frame's source: on a terminal some lines around it, else the line alone; or why not.

    Args:
        session: whose settings say how many lines.
        frame: whose line it is.
        with_pc: put the pc before a line that stands alone.
    """
    location = frame.location
    if location is None:
        return
    session.told = location
    if _has_context(session) and _tell_context(session, location):
        return
    head: list[Part] = [address(frame.pc), "\t"] if with_pc else []
    session.render.line(*head, f"{location.line}\t{line_shown(session, location)}")


def _has_context(session: Session) -> bool:
    return session.render.is_terminal and not session.batch and bool(session.settings["context"])


def _tell_context(session: Session, location: trapline.SourceLocation) -> bool:
    """Print the lines around one; False where the source is not here."""
    try:
        lines = session.program.source(location.path).lines
    except NoSource:
        return False
    if not 0 < location.line <= len(lines):
        return False
    count = session.settings.number("context")
    first = max(location.line - count // 2, 1)
    last = min(first + count - 1, len(lines))
    session.render.source(location.path, lines, max(last - count + 1, 1), last, mark=location.line)
    return True


def line_shown(session: Session, location: trapline.SourceLocation) -> str:
    """Return the text of a source line; where there is none, why; a second time in a row, `in FILE`."""
    try:
        lines = session.program.source(location.path).lines
    except NoSource as error:
        if location.path == session.sourceless:
            return f"in {location.name}"
        session.sourceless = location.path
        return f"{location.name}: {error.reason}."
    session.sourceless = ""
    if 0 < location.line <= len(lines):
        return lines[location.line - 1]
    return f"in {location.name}, which has {len(lines)} line{'' if len(lines) == 1 else 's'}"


def place(session: Session, frame: trapline.Frame) -> list[Part]:
    """Return `0x... in twice (x=6) at twelve.c:5`, or the library's name where there is no line.

    The address is left out where nothing of the line has run yet.  Source: gdb 13, print_frame_info.
    """
    if frame.is_signal_handler_call:
        return ["<signal handler called>"]
    before, behind = _around_arguments(session, frame)
    return [*before, *_arguments(session, frame), *behind]


class Places:
    """What `place` returns for the frames of one stack: of those at one place only the arguments differ."""

    def __init__(self, session: Session) -> None:
        """Give the parts as the session's renderer has use for them."""
        self._session = session
        self._are_brief = _are_brief(session)
        self._known: dict[tuple[object, int], tuple[Sequence[Part], Sequence[Part]]] = {}

    def of(self, frame: trapline.Frame) -> list[Part]:
        """Return where a frame is."""
        scene = frame.scene
        found = self._known.get((scene, frame.pc))
        if found is None:
            if frame.is_signal_handler_call:
                return place(self._session, frame)
            joined = self._session.render.joined
            first, last = _around_arguments(self._session, frame)
            found = self._known[scene, frame.pc] = joined(first), joined(last)
        before, behind = found
        if self._are_brief:
            return [*before, *_divided(self._session, scene.arguments.brief(frame)), *behind]
        return [*before, *_arguments(self._session, frame), *behind]


def _around_arguments(session: Session, frame: trapline.Frame) -> tuple[list[Part], list[Part]]:
    scene = frame.scene
    location, name = scene.location, scene.name
    before: list[Part] = []
    if session.settings["print address"] and (location is None or not frame.is_at_line_start):
        before += (address(frame.pc), " in ")
    before += (function(name if name is not None else "??"), " (")
    behind: list[Part] = [")"]
    if location is not None:
        behind = [") ", FRAME, "at ", file(location.name), f":{location.line}"]
    elif (module := scene.module) is not None and (module.path.endswith(".so") or ".so." in module.path):
        behind = [") ", FRAME, "from ", file(module.path)]
    return before, behind


def _are_brief(session: Session) -> bool:
    """Whether arguments are shown as they are unless a user sets it otherwise."""
    settings = session.settings
    return (
        settings["print frame-arguments"] == "scalars"
        and bool(settings["print address"])
        and settings["print entry-values"] != "no"
    )


def _divided(session: Session, arguments: str) -> Sequence[Part]:
    """Return arguments with the breaks between them, where somebody has use for those."""
    return wrapping.arguments(arguments) if session.render.is_terminal else (arguments,)


def _arguments(session: Session, frame: trapline.Frame) -> Sequence[Part]:
    """Return the arguments of a frame as `set print frame-arguments` wants them."""
    return _divided(session, _arguments_text(session, frame))


def _arguments_text(session: Session, frame: trapline.Frame) -> str:
    names, settings = frame.scene.arguments, session.settings
    if _are_brief(session):
        return names.brief(frame)
    match settings["print frame-arguments"]:
        case "presence":
            return "..." if names.seen else ""
        case "none":
            return ", ".join(f"{name}=..." for name in names.seen)
        case "all":
            from trapline.cli.commands.data import options

            style = options(session) | {"pretty": False}
            shown = frame.arguments
            return ", ".join(f"{name}={shown[name].format(top=False, **style)}" for name in shown)
        case _:
            from trapline.inspection.variables import summary

            shown = frame.arguments
            addresses = settings["print address"]
            return ", ".join(f"{name}={summary(shown[name], addresses=addresses)}" for name in shown)


def is_main(frame: trapline.Frame) -> bool:
    """Whether a frame is the one where the user's program begins: `main`, or the `main` of a Rust crate."""
    name, location = frame.function, frame.location
    if name is None or name == "main":
        return name is not None
    is_rust = location is not None and location.path.endswith(".rs")
    return is_rust and name.endswith("::main") and name.count("::") == 1


def watch_kind(watchpoint: trapline.Watchpoint) -> str:
    """Return gdb's words for a kind of watchpoint."""
    if not watchpoint.is_hardware:
        return "Watchpoint"
    kinds = {"write": "", "read": "read ", "read_write": "access (read/write) "}
    return f"Hardware {kinds[watchpoint.access]}watchpoint"


def catch_kind(catchpoint: trapline.Catchpoint) -> str:
    """Return gdb's words for a kind of catchpoint."""
    return "Temporary catchpoint" if catchpoint.temporary else "Catchpoint"


LIBRARY_EVENTS = ("load", "unload")
BY_PATTERN = (*LIBRARY_EVENTS, "throw", "rethrow", "catch", "panic", "abort", "assert")
"""Kinds of catchpoints that a user narrows by one regular expression, spaces included."""


def catch_names(catchpoint: trapline.Catchpoint) -> list[str]:
    """Return what narrows a catchpoint, a pattern as it was written."""
    return [str(getattr(name, "pattern", name)) for name in catchpoint.names]


def catch_told(catchpoint: trapline.Catchpoint) -> str:
    """Return what a catchpoint waits for as gdb tells it when it is set: `syscall 'write' [1]`, `fork`."""
    kind, names = catchpoint.kind, catch_names(catchpoint)
    if kind == "syscall":
        names = [f"'{name}' [{number}]" for name, number in catchpoint.calls]
    if kind in ("syscall", "signal"):
        return f"{kind}{'s' if len(names) > 1 else ''} {' '.join(names)}" if names else f"any {kind}"
    return " ".join([kind, *names])


def catch_words(catchpoint: trapline.Catchpoint) -> str:
    """Return what narrows a catchpoint as `catch` takes it: several patterns as one for all of them."""
    return ("|" if catchpoint.kind in BY_PATTERN else " ").join(catch_names(catchpoint))


def watch_text(watchpoint: trapline.Watchpoint) -> str:
    """Return what a watchpoint watches: the symbol, or `*0x404028`."""
    spec = watchpoint.label or watchpoint.spec
    if isinstance(spec, str):
        return spec
    return spec.name if isinstance(spec, trapline.Symbol) else f"*{watchpoint.address:#x}"


def signal_words(inferior: Inferior, number: int) -> str:
    """Return "SIGSEGV, Segmentation fault"."""
    policy = inferior.handle_signal(number)
    return f"{policy.name}, {policy.text}"
