"""The life of the program: launch, attach, configurationDone, restart, terminate, disconnect."""

from __future__ import annotations

import os
from collections.abc import Callable

import trapline
from trapline.base.errors import DebuggerError, SymbolNotFound, UsageError
from trapline.base.typing import TYPE_CHECKING
from trapline.dap import events, running, terminals
from trapline.dap.children import Children
from trapline.dap.launching import Launch, environment, process_id
from trapline.dap.paths import Paths
from trapline.dap.problems import one_line
from trapline.dap.program_files import ProgramFiles
from trapline.dap.requests import NOTHING, PROGRAM, request
from trapline.dap.undebugged import Undebugged
from trapline.dap.wishes import Wishes

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session
    from trapline.inferior import Inferior


@request("launch", needs=NOTHING)
def launch(session: Session, arguments: Arguments) -> None:
    """Start the program, stopped before its first instruction."""
    _begin(session, arguments, lambda: _launch(session, Launch(arguments)))


@request("attach", needs=NOTHING)
def attach(session: Session, arguments: Arguments) -> None:
    """Seize a running process."""
    _begin(session, arguments, lambda: _attach(session, arguments))


def _begin(session: Session, arguments: Arguments, start: Callable[[], None]) -> None:
    """Get a program; why there is none goes to the response and to the console."""
    if session.inferior is not None or session.undebugged is not None:
        raise UsageError("there is a program already; a session has one")
    try:
        session.paths = Paths(arguments.values.get("sourceMap"))
        session.wishes = Wishes(session)
        commands = arguments.texts("initCommands")
        start()
    except (DebuggerError, OSError) as error:
        session.output("stderr", f"{one_line(error)}\n")
        raise
    if session.inferior is not None:
        session.init_commands = commands
        _run_init_commands(session)
    session.later(lambda: session.event("initialized"))


def _run_init_commands(session: Session) -> None:
    for command in session.init_commands:
        _, text = session.console.run_line(command)
        session.output("console", f"{command}\n", group="start")
        session.output("console", text)
        session.output("console", "", group="end")  # text of this one would stand behind the group
    session.wishes.learn_from(session.program)


def _launch(session: Session, wish: Launch) -> None:
    if wish.without_debugging:
        session.undebugged = Undebugged(session, wish)
        session.start = session.undebugged.watch
        _say_no_restart(session)
        return
    if wish.console != "internalConsole":
        inferior = terminals.launch(session, wish)
        session.in_terminal = wish
    else:
        inferior = _launch_here(session, wish)
    session.owns_program = True
    _adopt(session, inferior, "launch")
    if wish.follow_fork == "both":
        session.children = Children(session)
    session.start = lambda: _run_to_entry(session) if wish.stop_on_entry else _go(session)


def _launch_here(session: Session, wish: Launch) -> Inferior:
    follow_fork = wish.follow_fork
    if follow_fork == "both" and not session.client.has("supportsStartDebuggingRequest"):
        session.warn("this editor has one program a session, so children are not followed")
        follow_fork = "parent"
    files = ProgramFiles(session.output, wish.stdio)
    session.files = files
    try:
        return trapline.launch(
            wish.argv,
            env=environment(wish.environment),
            cwd=wish.cwd,
            aslr=wish.randomize,
            follow_fork=follow_fork,
            **files.options,
        )
    except BaseException:
        session.files = None
        files.close()
        raise


def _attach(session: Session, arguments: Arguments) -> None:
    program = os.path.expanduser(arguments.text("program", "")) or None
    inferior = trapline.attach(process_id(arguments), exe=program)
    _adopt(session, inferior, "attach")
    stays = arguments.flag("stopOnEntry")
    if arguments.flag("handedOver"):
        # A session of its parent has left it to us stopped (children.py).
        inferior.handle_signal("SIGCONT", stop=False, deliver=True)
        inferior.send_signal("SIGCONT")
    _say_no_restart(session)
    session.start = lambda: running.tell_entry(session) if stays else _go(session)


def _say_no_restart(session: Session) -> None:
    """Take the capability back: the client then begins a session anew where its user wants a restart."""
    session.event("capabilities", {"capabilities": {"supportsRestartRequest": False}})


def _adopt(session: Session, inferior: Inferior, how: str) -> None:
    session.inferior = inferior
    events.tell_process(session, how)
    events.subscribe(session, inferior)


@request("configurationDone", needs=NOTHING)
def configuration_done(session: Session, arguments: Arguments) -> None:
    """Let the program go, every breakpoint being set."""
    start, session.start = session.start, None
    if start is not None:
        session.run_later(start)


def _go(session: Session) -> None:
    running.go(session, session.program.resume)


def _run_to_entry(session: Session) -> None:
    """Run to where the user's own code begins, which has source; else stay at the first instruction."""
    inferior = session.program
    for name in _entries(inferior):
        try:
            entry = inferior.set_breakpoint(name, temporary=True, pending=False)
        except SymbolNotFound:
            continue
        session.wishes.hidden.add(entry.id)
        running.go(session, inferior.resume)
        return
    running.tell_entry(session)


def _entries(inferior: Inferior) -> list[str]:
    """Return what the first function of a program may be called: Rust's `main` is in its crate."""
    crate = os.path.basename(inferior.exe).replace("-", "_")
    return [f"{crate}::main", "main"]


@request("restart", needs=PROGRAM)
def restart(session: Session, arguments: Arguments) -> None:
    """Run the program again from its start, breakpoints kept."""
    inferior = session.program
    if not inferior.launched and session.in_terminal is None:
        raise UsageError("an attached process cannot be restarted")
    given = arguments.object("arguments")

    def again() -> None:
        try:
            _restart(session, given)
        except (DebuggerError, OSError):
            session.later(lambda: _tell_if_ended(session))  # the old one has by then, as a rule
            raise

    session.when_stopped(again)


def _tell_if_ended(session: Session) -> None:
    if session.program.state == trapline.State.EXITED and not session.is_over:
        running.tell_end(session)


def _restart(session: Session, given: Arguments) -> None:
    session.forget_stop()
    if session.in_terminal is not None:
        _launch_again(session, session.in_terminal, given)
    else:
        if given.values:
            session.program.set_arguments(Launch(given).argv)
        session.program.restart()
        events.tell_process(session, "launch")
    inferior = session.program
    if session.start is not None:
        return  # it was not configured yet, and is let go when it is
    # An editor that believes the old program's thread stopped would hold the next stop for a second one:
    # nvim-dap lets the program go on from it.
    session.event("continued", {"threadId": inferior.thread.tid, "allThreadsContinued": True})
    stop_on_entry = given.flag("stopOnEntry")
    session.run_later(lambda: _run_to_entry(session) if stop_on_entry else _go(session))


def _launch_again(session: Session, wish: Launch, given: Arguments) -> None:
    """Run the program in a terminal of the editor's again, with what the client wants to stop at."""
    if given.values:
        console, wish = wish.console, Launch(given)
        wish.console = console
    before = session.program
    if before.state == trapline.State.STOPPED:
        before.kill()
    inferior = terminals.launch(session, wish)
    before.__exit__(None, None, None)
    session.in_terminal = wish
    session.forget_console()
    _adopt(session, inferior, "launch")
    for number in session.changed_signals:
        inferior.handle_signal(number, stop=False)
    session.wishes.renew()
    _run_init_commands(session)


@request("terminate", needs=NOTHING)
def terminate(session: Session, arguments: Arguments) -> None:
    """Ask the program to end, as `kill PID` does; what it does about that is its own affair.

    One that has been asked already is killed.
    """
    if session.undebugged is not None:
        session.undebugged.end()
        return
    inferior = session.inferior
    if inferior is None or inferior.state in (trapline.State.EXITED, trapline.State.DETACHED):
        return
    session.start = None
    if session.ending.is_asked:
        session.when_stopped(lambda: _kill(session))
        return
    session.ending.ask()
    if not session.running:
        session.run_later(lambda: _go_on(session))


def _go_on(session: Session) -> None:
    """Let the program go where no client expects it of the request."""
    session.event("continued", {"threadId": session.program.thread.tid, "allThreadsContinued": True})
    _go(session)


def _kill(session: Session) -> None:
    if session.program.state == trapline.State.STOPPED:
        session.program.kill()
    _tell_if_ended(session)


@request("disconnect", needs=NOTHING)
def disconnect(session: Session, arguments: Arguments) -> None:
    """End the session, and the program if we launched it or the client asks for that."""
    kills = arguments.flag("terminateDebuggee", session.owns_program or session.undebugged is not None)
    suspends = arguments.flag("suspendDebuggee")

    def end() -> None:
        session.ended = True
        inferior = session.inferior
        if session.undebugged is not None:
            session.undebugged.close(kills=kills)
            session.undebugged = None
        if inferior is None or inferior.state not in (trapline.State.STOPPED, trapline.State.RUNNING):
            return
        if kills:
            inferior.kill()
            return
        if suspends and session.owns_program:
            # Its parent ends with the session, and the kernel sends SIGHUP to orphans that are stopped.
            session.warn("a program that was launched here cannot be left stopped: it goes on")
        elif suspends:
            inferior.send_signal("SIGSTOP")
        inferior.detach()

    session.when_stopped(end)
