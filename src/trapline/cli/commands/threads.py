"""Threads: list, select, name, and do something in each of them or in each frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import number_lists, registry, thread_ids
from trapline.cli.announcements import name_of
from trapline.cli.registry import CommandError, command
from trapline.cli.stops import place, tell_line

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Threads"
_FLAGS = ("-ascending", "-c", "-q", "-s")
_FRAME_FLAGS = ("-c", "-past-main", "-q", "-s")


def _label(thread: trapline.Thread) -> str:
    return f'{name_of(thread)} "{thread.name}"'


def _called(session: Session, thread: trapline.Thread) -> str:
    return f"{thread_ids.identity(session.process, thread.number)} ({name_of(thread)})"


@command("info threads [NUMBERS...]", topic=TOPIC, needs="")
def info_threads(session: Session, numbers: str) -> None:
    """List the threads, all or those of some NUMBERS, and where each is; `*` marks the selected one.

    Where there are or were several processes, `2.1` is thread 1 of process 2, and `2.*` are all of its.
    """
    if not session.is_alive:
        session.render.line("No threads.")
        return
    inferior = session.process
    selected = inferior.thread.tid
    wanted = [one for _, one in thread_ids.parse(session, numbers)] if numbers else None
    threads = [one for one in inferior.threads if wanted is None or one in wanted]
    if not threads:
        session.render.line(f"No threads match '{numbers}'.")
        return
    session.note(threads=[{"thread": one, "frame": _innermost(one)} for one in threads])
    rows = [(_label(thread), thread) for thread in threads]
    wide = max(17, *(len(label) for label, _ in rows))
    session.render.line(f"  {'Id':<4} {'Target Id':<{wide}} Frame ")
    for label, thread in rows:
        mark = "*" if thread.tid == selected else " "
        head = f"{mark} {thread_ids.identity(inferior, thread.number):<4} {label:<{wide}} "
        try:
            session.render.line(
                head, *place(session, thread.frame(0)), " (frozen)" if thread.is_frozen else ""
            )
        except DebuggerError as error:
            session.render.line(head, f"({error})")


def _innermost(thread: trapline.Thread) -> trapline.Frame | None:
    try:
        return thread.frame(0)
    except DebuggerError:
        return None


@command("thread [NUMBER]", "t", topic=TOPIC)
def thread(session: Session, number: str | None) -> None:
    """Print the selected thread, or select another by its NUMBER in `info threads`."""
    inferior = session.process
    if number is None:
        session.note(thread=inferior.thread)
        session.render.line(f"[Current thread is {_called(session, inferior.thread)}]")
        return
    inferior.thread = thread_ids.named(session, number)
    session.note(thread=inferior.thread, frame=inferior.frame)
    session.render.line(f"[Switching to thread {_called(session, inferior.thread)}]")
    session.render.line("#0  ", *place(session, inferior.frame))
    tell_line(session, inferior.frame)


@command("thread name [NAME...]", topic=TOPIC)
def thread_name(session: Session, name: str) -> None:
    """Call the selected thread by a NAME of yours; without one by the kernel's again."""
    session.process.thread.name = name or None


@command("thread find REGEX...", topic=TOPIC)
def thread_find(session: Session, regex: str) -> None:
    """List the threads in whose name or number REGEX is found."""
    wanted = compiled(regex)
    found = False
    for one in session.process.threads:
        names = [("target name", one.target_name), ("target id", name_of(one))]
        if one.name != one.target_name:
            names.insert(0, ("name", one.name))
        for what, name in names:
            if wanted.search(name):
                number = thread_ids.identity(session.process, one.number)
                session.render.line(f"Thread {number} has {what} '{name}'")
                found = True
    if not found:
        session.render.line(f"No threads match '{regex}'")


@command("thread freeze [NUMBERS...]", topic=TOPIC)
def thread_freeze(session: Session, numbers: str) -> None:
    """Leave threads where they are when the program goes on: the selected one, some NUMBERS or all."""
    for one in _threads(session, numbers):
        one.freeze()


@command("thread thaw [NUMBERS...]", topic=TOPIC)
def thread_thaw(session: Session, numbers: str) -> None:
    """Let frozen threads go on with the program again: the selected one, some NUMBERS or all."""
    for one in _threads(session, numbers):
        one.thaw()


def _threads(session: Session, text: str) -> list[trapline.Thread]:
    """Return the threads that `all`, or numbers such as `1 3-5`, mean; the selected one for nothing."""
    if not text:
        return [session.process.thread]
    if text == "all":
        return list(reversed(session.process.threads))
    found = []
    for word in text.replace(",", " ").split():
        meant = list(thread_ids.parse(session, word))
        wanted = [thread for _, thread in meant if thread is not None]
        if not wanted:
            raise CommandError(f"no thread {word}; `info threads` lists them")
        for name, thread in meant:
            if thread is None:
                session.render.error(f"warning: Unknown thread {name}")
        found += wanted
    return found


# -- in each ---------------------------------------------------------------------------------------


class Flags:
    """What gdb's -q, -c, -s, -ascending and -past-main before a command ask for."""

    def __init__(self, text: str, known: Sequence[str]) -> None:
        """Take those that are known off a line; `line` is what is left."""
        self.quiet = self.goes_on = self.silent = self.ascending = self.past_main = False
        words = text.strip()
        while words.startswith("-"):
            flag, _, words = words.partition(" ")
            words = words.lstrip()
            if flag == "--":
                break
            meant = [one for one in known if len(flag) > 1 and one.startswith(flag)]
            if not meant:
                raise CommandError(f"{flag!r} is no flag: {', '.join(known)}")
            self._set(meant[0])
        self.line = words

    def _set(self, flag: str) -> None:
        match flag:
            case "-q":
                self.quiet = True
            case "-c":
                self.goes_on = True
            case "-s":
                self.silent = self.goes_on = True
            case "-ascending":
                self.ascending = True
            case _:
                self.past_main = True

    def run(self, session: Session, head: list[str], line: str, **subject: object) -> None:
        """Run a command on its subject, under its heading, and say or pass over what goes wrong."""
        with session.render.captured() as said, session.noting(**subject):
            problem: DebuggerError | None = None
            try:
                registry.run(session, line)
            except DebuggerError as error:
                problem = error
        if problem is not None and self.silent:
            return
        if not self.quiet:
            for text in head:
                session.render.line(text)
        session.render.text(said.getvalue())
        if problem is not None:
            if not self.goes_on:
                raise problem
            session.render.line(str(problem))


@command("thread apply NUMBERS LINE...", topic=TOPIC, options=_FLAGS)
def thread_apply(session: Session, numbers: str, line: str) -> None:
    """Run a command in every thread (`thread apply all backtrace`), or in some (`1 3-5`).

    The thread that was selected is selected again behind it. Before the command `-q` leaves the headings
    out, `-c` goes on behind what fails, `-s` passes over it, `-ascending` begins with the first thread.
    """
    wanted = [numbers]
    while wanted != ["all"] and re.fullmatch(r"[\d.,-]*[\d*]", line.split(" ")[0]):
        word, _, line = line.partition(" ")
        wanted.append(word)
    threads = _threads(session, " ".join(wanted))
    flags = Flags(line, _FLAGS)
    if not flags.line:
        raise CommandError("thread apply needs a command behind the threads")
    if flags.ascending:
        threads.reverse()
    _in_threads(session, threads, flags)


def _in_threads(session: Session, threads: Iterable[trapline.Thread], flags: Flags) -> None:
    registry.resolve(flags.line)  # a command that there is none of fails once, not once a thread
    inferior = session.process
    before, frame = inferior.thread, inferior.frame
    try:
        for one in threads:
            if session.is_alive and one in inferior.threads:
                inferior.thread = one
                head = f"Thread {thread_ids.identity(inferior, one.number)} ({_label(one)}):"
                flags.run(session, ["", head], flags.line, thread=one)
    finally:
        if session.is_alive and before in inferior.threads:
            inferior.thread = before
            if frame.epoch == inferior.frame.epoch:
                inferior.frame = frame


@command("taas LINE...", topic=TOPIC, options=_FLAGS)
def taas(session: Session, line: str) -> None:
    """Run a command in every thread, and say nothing of those where it fails."""
    _in_threads(session, reversed(session.process.threads), Flags(f"-s {line}", _FLAGS))


@command("frame apply FRAMES LINE...", topic="Stack", options=_FRAME_FLAGS)
def frame_apply(session: Session, frames: str, line: str) -> None:
    """Run a command in frames of the selected thread: `all`, COUNT innermost or -COUNT outermost ones.

    `level NUMBERS` names them by number. Before the command `-q`, `-c` and `-s` are as in `thread apply`;
    with `-past-main` the frames of all are also those that called main.
    """
    from trapline.cli.commands.stack import seen

    stack = session.process.thread.frames()
    word = ""
    if frames == "level":
        word, _, line = line.partition(" ")
    flags = Flags(line, _FRAME_FLAGS)
    if frames == "level":
        levels = number_lists.numbers(session, word)
        wanted = [stack[level] for level in levels if stack.at(level) is not None]
        if not wanted:
            raise CommandError(f"no frame {word}; the stack has {len(stack)}")
    elif frames == "all":
        wanted = list(stack if flags.past_main else seen(session))
    else:
        count = int(session.evaluate(frames))
        wanted = list(stack[:count] if count >= 0 else stack[count:])
    if not flags.line:
        raise CommandError("frame apply needs a command behind the frames")
    _in_frames(session, wanted, flags)


def _in_frames(session: Session, frames: Iterable[trapline.Frame], flags: Flags) -> None:
    registry.resolve(flags.line)
    inferior = session.process
    before = inferior.frame
    try:
        for one in frames:
            if not session.is_alive or one.epoch != before.epoch:
                return
            inferior.frame = one
            flags.run(session, [_place_text(session, one)], flags.line, frame=one)
    finally:
        if session.is_alive and inferior.frame.epoch == before.epoch:
            inferior.frame = before


def _place_text(session: Session, frame: trapline.Frame) -> str:
    from trapline.cli.commands import stack

    with session.render.captured() as said:
        stack.tell(session, frame)
    return said.getvalue().rstrip("\n")


@command("faas LINE...", topic="Stack", options=_FRAME_FLAGS)
def faas(session: Session, line: str) -> None:
    """Run a command in every frame of the selected thread, and say nothing of those where it fails."""
    frame_apply(session, "all", f"-s {line}")


@command("tfaas LINE...", topic=TOPIC, options=_FRAME_FLAGS)
def tfaas(session: Session, line: str) -> None:
    """Run a command in every frame of every thread, and say nothing of those where it fails."""
    registry.resolve(Flags(line, _FRAME_FLAGS).line)
    _in_threads(session, reversed(session.process.threads), Flags(f"-s faas {line}", _FLAGS))
