"""Running: run, continue, step, and where to stop once."""

from __future__ import annotations

import trapline
from trapline.base.errors import SymbolNotFound
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import stops
from trapline.cli.commands.breakpoints import absence, bare_name, tell_set
from trapline.cli.commands.points import will_ignore
from trapline.cli.locations import meant
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Running"


_AGAIN = "The program being debugged has been started already.\nStart it from the beginning?"


@command("run [ARGUMENTS...]", topic=TOPIC, needs="inferior")
def run(session: Session, arguments: str) -> None:
    """Run the program from its start.

    The first `run` goes on from the first instruction, where trapline stopped it; later ones start it
    again, breakpoints kept. With ARGUMENTS they are its arguments from now on; `< FILE` and `> FILE`
    are its standard input and output. Quotes and backslashes are the shell's.
    """
    _start(session, arguments)
    session.go(session.process.resume)


@command("start [ARGUMENTS...]", topic=TOPIC, needs="inferior")
def start(session: Session, arguments: str) -> None:
    """Run the program to the first instruction of `main`; ARGUMENTS as in `run`."""
    _start(session, arguments)
    name = session.main_name
    try:
        found = session.process.set_breakpoint(name, temporary=True, pending=False)
    except SymbolNotFound:
        raise CommandError(
            "the program has no symbol 'main'; it is at its first instruction, as after `starti`"
        ) from None
    tell_set(session, found, name, with_others=False)
    session.go(session.process.resume)


@command("starti [ARGUMENTS...]", topic=TOPIC, needs="inferior")
def starti(session: Session, arguments: str) -> None:
    """Start the program and stop at its first instruction; ARGUMENTS as in `run`."""
    _start(session, arguments)
    session.fresh = True
    stops.tell_place(session)


def _start(session: Session, arguments: str) -> None:
    inferior = session.program
    if not inferior.launched:
        _start_attached(session, inferior, arguments)
        return
    if session.is_alive and not session.fresh and not session.agrees(_AGAIN):
        raise CommandError("Program not restarted.")
    if arguments:
        session.launching.set_arguments(arguments)
    changed = session.launching.prepare(inferior)
    if changed or not (session.fresh and session.is_alive):
        inferior.restart()
        session.fresh = True


def _start_attached(session: Session, inferior: trapline.Inferior, arguments: str) -> None:
    """Start the program that was attached to, which must be gone: nobody's process is ended for another.

    Raises:
        CommandError: it is still there.
    """
    from trapline.cli.commands import carrying

    if session.is_alive:
        raise CommandError(
            f"process {inferior.pid} was attached to: `detach` or `kill` it first, "
            f"then `run` starts {inferior.exe}"
        )
    if arguments:
        session.launching.set_arguments(arguments)
    carrying.take(session, session.launching.launch(inferior.exe))
    session.fresh = True


@command("continue [COUNT]", "c", "fg", topic=TOPIC, repeats=True)
def continue_(session: Session, count: str | None) -> None:
    """Let the program go on.

    With COUNT the breakpoint that it stopped at is passed COUNT - 1 times.
    """
    number = session.count(count, "COUNT")
    inferior = session.process
    if number > 1:
        stop = inferior.stop
        if not isinstance(stop, trapline.BreakpointHit) or stop.breakpoints[0].deleted:
            raise CommandError("COUNT is for a breakpoint, and the program is not stopped at one")
        stop.breakpoints[0].ignore_count = number - 1
        session.render.line(f"{will_ignore(number - 1, stop.breakpoints[0])}  Continuing.")
    else:
        session.render.line("Continuing.")
    session.go(inferior.resume)


@command("stepi [COUNT]", "si", topic=TOPIC, repeats=True)
def stepi(session: Session, count: str | None) -> None:
    """Run one instruction, or COUNT."""
    number = session.count(count, "COUNT")
    session.step(lambda: session.process.step_instruction(number))


@command("nexti [COUNT]", "ni", topic=TOPIC, repeats=True)
def nexti(session: Session, count: str | None) -> None:
    """Run one instruction, or COUNT; a call runs to its return."""
    number = session.count(count, "COUNT")
    session.step(lambda: session.process.next_instruction(number))


@command("step [COUNT]", "s", topic=TOPIC, repeats=True)
def step(session: Session, count: str | None) -> None:
    """Run to another source line, into the functions that have lines; COUNT times.

    After a stop by a signal it goes into the program's handler, which `next` runs through.
    The name of a function that the line calls, instead of COUNT, goes into that call alone.
    """
    chosen = _call_named(session, count) if count is not None else None
    if chosen is not None:
        session.step(lambda: session.process.step(into=chosen))
        return
    number = session.count(count, "COUNT")
    session.step(lambda: session.process.step(number))


def _call_named(session: Session, name: str) -> trapline.StepTarget | None:
    """Return the first call of the line that goes to a function of a name, with or without `ns::`."""
    try:
        targets = session.process.step_targets()
    except trapline.DebuggerError:
        return None
    for target in targets:
        if target.name and (target.name == name or target.name.endswith(f"::{name}")):
            return target
    return None


@command("next [COUNT]", "n", topic=TOPIC, repeats=True)
def next_(session: Session, count: str | None) -> None:
    """Run to another source line of this function, through what it calls; COUNT times."""
    number = session.count(count, "COUNT")
    session.step(lambda: session.process.next(number))


@command("finish", "fin", topic=TOPIC)
def finish(session: Session) -> None:
    """Run until the selected frame has returned, and print what it returned (rax)."""
    frame = session.process.frame
    if stops.is_main(frame) and not session.settings["backtrace past-main"]:
        raise CommandError('"finish" not meaningful in the outermost frame.')
    session.render.line(f"Run till exit from #{frame.level}  ", *stops.place(session, frame))
    session.go(session.process.finish)


@command("until [LOCATION...]", topic=TOPIC, repeats=True)
def until(session: Session, location: str) -> None:
    """Run to a location, or to the end of the selected frame, whichever comes first.

    Without LOCATION as `next`, but never backwards: at the end of a loop it leaves the loop.
    """
    if location:
        where = meant(session, location, in_frame=True)
        session.go(lambda: session.process.until(where))
    else:
        session.step(session.process.until)


@command("advance LOCATION...", topic=TOPIC)
def advance(session: Session, location: str) -> None:
    """Run to a location, or to the end of the selected frame.

    What nothing has is refused, unless a library that is still to be loaded at the start has it, or
    `set breakpoint pending on` was said: then it is waited for.
    """
    where = meant(session, location, in_frame=True)
    if isinstance(where, str) and session.settings["breakpoint pending"] != "on":
        try:
            session.process.places(where)
        except SymbolNotFound:
            if not session.process.is_plausible(bare_name(where)):
                raise CommandError(absence(session, where)) from None
    session.go(lambda: session.process.advance(where, within_frame=True, pending=True))


@command("return [EXPRESSION...]", topic=TOPIC)
def return_(session: Session, expression: str) -> None:
    """Leave the selected frame at once, with the value of EXPRESSION as its result; nothing runs.

    Its caller is where the program goes on, and is printed.
    """
    inferior = session.process
    frame = inferior.frame
    value = session.evaluate(expression) if expression else None
    if not session.agrees(f"Make {frame.function or 'selected stack frame'} return now?"):
        raise CommandError("Not confirmed")
    inferior.force_return(value)
    session.render.line("#0  ", *stops.place(session, inferior.frame))
    stops.tell_line(session, inferior.frame)


@command("jump LOCATION...", "j", topic=TOPIC)
def jump(session: Session, location: str) -> None:
    """Go on at another place: the pc is moved there, nothing else is changed."""
    session.process.jump(meant(session, location, in_frame=True))
    session.render.line("Continuing at ", f"{session.process.frame.pc:#x}.")
    session.go(session.process.resume)


@command("interrupt", topic=TOPIC)
def interrupt(session: Session) -> None:
    """Stop a program that a script left running (`python inferior.resume_nowait()`)."""
    inferior = session.process
    if inferior.state != trapline.State.RUNNING:
        raise CommandError("The program is stopped already.")
    inferior.interrupt()
    session.go(inferior.wait)
