"""Letting the program run: continue, pause and the steps."""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import NoDebugInfo, UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import exceptions, running, sources
from trapline.dap.requests import PROCESS, STOPPED, request

if TYPE_CHECKING:
    from trapline.control.threads import Thread
    from trapline.dap.arguments import Arguments
    from trapline.dap.session import Session


def thread_named(session: Session, arguments: Arguments) -> Thread:
    """Return the thread that a request is about.

    Raises:
        UsageError: there is none of that number.
    """
    wanted = arguments.integer("threadId")
    for thread in session.program.threads:
        if thread.tid == wanted:
            return thread
    raise UsageError(f"there is no thread {wanted}")


@request("continue", needs=STOPPED)
def continue_(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Let all threads run, or one alone."""
    inferior = session.program
    alone = arguments.flag("singleThread")
    if alone:
        inferior.thread = thread_named(session, arguments)
    session.run_later(lambda: running.go(session, inferior.resume, alone=alone))
    return {"allThreadsContinued": not alone}


@request("next", needs=STOPPED)
def next_(session: Session, arguments: Arguments) -> None:
    """Run to the next statement or line, or over one instruction, calls included."""
    inferior = session.program
    _step(session, arguments, lambda: inferior.next(), lambda: inferior.next_instruction())


@request("stepIn", needs=STOPPED)
def step_in(session: Session, arguments: Arguments) -> None:
    """Run to the next line, into a call that has lines; or one instruction."""
    inferior = session.program
    into = session.places[arguments.integer("targetId")] if "targetId" in arguments else None
    _step(session, arguments, lambda: inferior.step(into=into), lambda: inferior.step_instruction())


@request("stepInTargets", needs=STOPPED)
def step_in_targets(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the calls of the line that a frame is on; only the innermost frame is about to make any."""
    place = session.frames[arguments.integer("frameId")]
    if place.frame.level != 0:
        return {"targets": []}
    inferior = session.program
    inferior.thread = place.thread
    try:
        targets = inferior.step_targets()
    except NoDebugInfo:
        return {"targets": []}
    return {
        "targets": [
            {"id": session.places.add(one.address), "label": one.name or f"the call at {one.address:#x}"}
            for one in targets
        ]
    }


def _step(
    session: Session, arguments: Arguments, by_line: Callable[[], Any], by_instruction: Callable[[], Any]
) -> None:
    session.program.thread = thread_named(session, arguments)
    granularity = arguments.text("granularity", "statement")

    def step() -> Any:
        # Where there are no lines an instruction is the step that an editor shows, in its disassembly.
        if granularity == "instruction" or session.program.line(session.program.thread.registers.rip) is None:
            return by_instruction()
        return by_line()

    alone = arguments.flag("singleThread")
    session.run_later(lambda: running.go(session, step, alone=alone))


@request("stepOut", needs=STOPPED)
def step_out(session: Session, arguments: Arguments) -> None:
    """Run until the innermost function of a thread has returned."""
    inferior = session.program
    inferior.thread = thread_named(session, arguments)
    alone = arguments.flag("singleThread")
    session.run_later(lambda: running.go(session, inferior.finish, alone=alone))


@request("pause", needs=PROCESS)
def pause(session: Session, arguments: Arguments) -> None:
    """Stop all threads; `stopped` follows."""
    if session.running:
        # Between the request to run and the run itself there is nothing yet to interrupt, and an interrupt
        # may fall together with a stop that is none for the client.
        session.pause_asked = True
        session.ending.forget()
        session.program.interrupt()


@request("terminateThreads", needs=PROCESS)
def terminate_threads(session: Session, arguments: Arguments) -> None:
    """Make threads end where they stand; locks that they hold stay locked."""
    known = {thread.tid: thread for thread in session.program.threads}
    wanted = dict.fromkeys(arguments.integers("threadIds"))
    if not wanted:
        raise UsageError("the argument 'threadIds' names no thread")
    for tid in wanted:
        if tid not in known:
            raise UsageError(f"there is no thread {tid}")
    for tid in sorted(wanted, key=lambda tid: tid != session.program.pid):
        known[tid].terminate()  # the main thread is refused, before any other has ended


@request("gotoTargets", needs=STOPPED)
def goto_targets(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give the places of a line from which a thread could go on: those of the function that it is in.

    The protocol does not say which thread is meant, so every thread's function counts here.
    """
    inferior = session.program
    here = {thread.registers.rip for thread in inferior.threads}
    targets = []
    for address, line in _places(session, arguments):
        if not any(inferior.are_in_one_function(pc, address) for pc in here):
            continue
        targets.append(
            {
                "id": session.places.add(address),
                "label": inferior.describe(address),
                "line": session.client.line(line),
                "instructionPointerReference": f"{address:#x}",
            }
        )
    return {"targets": targets}


def _places(session: Session, arguments: Arguments) -> list[tuple[int, int]]:
    """Return load addresses and lines of the code of the line of a source that a request names."""
    line = session.client.our_line(arguments.integer("line"))
    number = sources.reference(arguments)
    if number:
        addresses = session.disassembly.lines_of(number)
        return [(addresses[line - 1], line)] if 0 < line <= len(addresses) else []
    path = session.paths.compiled(arguments.object("source").text("path"))
    return [
        (place.address, place.source.line if place.source is not None else line)
        for place in session.program.places(f"{path}:{line}")
    ]


@request("goto", needs=STOPPED)
def goto(session: Session, arguments: Arguments) -> None:
    """Move a thread to a place, running nothing."""
    inferior = session.program
    inferior.thread = thread_named(session, arguments)
    place = session.places[arguments.integer("targetId")]
    if not inferior.are_in_one_function(inferior.thread.registers.rip, place):
        raise UsageError(f"{inferior.describe(place)} is in another function than the thread is in")
    inferior.jump(place)

    def tell() -> None:
        session.forget_stop()
        running.tell_stop(session, {"reason": "goto", "description": "Paused after goto"})

    session.later(tell)


@request("exceptionInfo", needs=STOPPED)
def exception_info(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Describe the exception, panic or signal with which a thread has stopped."""
    thread = thread_named(session, arguments)
    stop = session.program.stop
    if stop is None or stop.thread is None or stop.thread.tid != thread.tid:
        raise UsageError(f"thread {thread.tid} has not stopped with an exception")
    return exceptions.info(session, stop)
