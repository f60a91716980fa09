"""The stack: backtrace, frames, and the stacks of all threads at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import registry, thread_ids
from trapline.cli.commands import variables
from trapline.cli.registry import CommandError, command
from trapline.cli.stops import Places, is_main, place, tell_line

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.cli.settings import Declaration

TOPIC = "Stack"
OPTIONS = {
    "-past-main": "backtrace past-main",
    "-frame-arguments": "print frame-arguments",
    "-entry-values": "print entry-values",
}
"""Options of gdb's `backtrace`, and the settings that they are."""


_OPTION = re.compile(r"-[a-z]+-[a-z]")
"""What begins as one, and as no difference of two variables that anybody would count frames by."""
_WORDS = ("full", "no-filters", "hide")
"""What may be written with or without a dash, the last two for gdb's scripts."""


@command(
    "backtrace [COUNT...]",
    "bt",
    "where",
    "info stack",
    "info s",
    topic=TOPIC,
    options=("-full", "-hide", "-no-filters", *OPTIONS),
)
def backtrace(session: Session, count: str) -> None:
    """Print the frames of the selected thread, innermost first, as far as main.

    COUNT prints that many; a negative one the outermost. `full` before it prints the local variables of
    each as well, -past-main also what called main; `-frame-arguments all` and `-entry-values no` are the
    settings of `set print` for one time; `-no-filters` and `-hide` are understood: nothing filters frames
    here. Where a frame was found without call-frame information, or the stack ends early, a note says so.
    """
    words = count.split()
    full = "full" in words or "-full" in words
    changed = _options(session, words)
    count = " ".join(word for word in words if word.removeprefix("-") not in _WORDS)
    if _OPTION.match(count):
        raise CommandError(f"backtrace has no option {count.split()[0]}: -full, {', '.join(OPTIONS)}")
    number = int(session.evaluate(count)) if count else session.settings.limit("backtrace limit")
    with session.settings.changed(changed):
        _tell_stack(session, number, full)


def _options(session: Session, words: list[str]) -> list[tuple[Declaration, str]]:
    """Take options out of words, and return the settings that they change."""
    changed = []
    for option, name in OPTIONS.items():
        if option in words:
            at = words.index(option)
            declared, _ = session.settings.match(name)
            assert declared is not None
            has_value = words[at + 1 : at + 2] and words[at + 1] in declared.kind.choices
            changed.append((declared, words[at + 1] if has_value else ""))
            del words[at : at + 2 if has_value else at + 1]
    return changed


def _tell_stack(session: Session, number: int | None, full: bool) -> None:
    """Print `number` frames, all (None) or the outermost ones (negative)."""
    stack = session.process.thread.frames()
    shown: list[trapline.Frame] = []
    more = False
    for frame in seen(session):
        if number is not None and 0 <= number == len(shown):
            more = True
            break
        shown.append(frame)
    if number is not None and number < 0:
        shown = shown[number:]
    session.note(frames=shown)
    if full:
        session.note(locals=[frame.locals for frame in shown])
        for frame in shown:
            tell(session, frame)
            tell_locals(session, frame)
    else:
        places = Places(session)
        session.render.lines([f"#{frame.level:<2} ", *places.of(frame)] for frame in shown)
    if more and number:
        session.render.line("(More stack frames follow...)")
    elif not more:
        note = doubts(stack, shown)
        if note:
            session.render.line(note)


def seen(session: Session) -> Iterable[trapline.Frame]:
    """Return the frames of the selected thread as far as a user wants to see them."""
    stack = session.process.thread.frames()
    return stack if session.settings["backtrace past-main"] else until_main(stack)


def until_main(frames: Iterable[trapline.Frame]) -> Iterator[trapline.Frame]:
    """Yield frames up to main, beyond which only the start of the program is."""
    seen = None
    for frame in frames:
        yield frame
        # The frames of a recursion are all at one scene.
        scene = frame.scene
        if scene is not seen and is_main(frame):
            return
        seen = scene


def doubts(stack: trapline.Stack, shown: Sequence[trapline.Frame]) -> str:
    """Return what a reader should know of frames that are not sure, or of an end that is none; else ""."""
    guessed = [frame for frame in shown if frame.found_by in ("guess", "frame pointer")]
    if guessed:
        way = guessed[0].found_by
        return f"(#{guessed[0].level} was found by a {way}, without rules: some may be missing)"
    if stack.reason is not None and stack.reason != "the outermost frame" and shown[-1].caller is None:
        return f"Backtrace stopped: {stack.reason}"
    return ""


def tell(session: Session, frame: trapline.Frame) -> None:
    """Print `#0  0x... in main ()`."""
    session.render.line(f"#{frame.level:<2} ", *place(session, frame))


def _tell_selected(session: Session) -> None:
    one = session.process.frame
    session.note(frame=one)
    tell(session, one)
    tell_line(session, one)


def tell_locals(session: Session, frame: trapline.Frame) -> None:
    """Print the local variables of a frame below it, those of inner blocks first."""
    line = session.render.line
    if frame.location is None:
        line("No symbol table info available.")
        return
    if not variables.tell(session, frame.locals, "        "):
        line("No locals.")


@command("frame [LEVEL]", "f", topic=TOPIC)
def frame(session: Session, level: str | None) -> None:
    """Print the selected frame, or select the one of that LEVEL; 0 is the innermost."""
    if level is not None:
        _select(session, session.count(level, "LEVEL", least=0))
    _tell_selected(session)


@command("status", topic=TOPIC)
def status(session: Session) -> None:
    """Print the selected frame and its line, as `frame` does alone."""
    _tell_selected(session)


def _select_first(session: Session, is_meant: Callable[[trapline.Frame], bool], refusal: str) -> None:
    """Select the innermost frame that is meant, and show it."""
    inferior = session.process
    found = next((one for one in inferior.thread.frames() if is_meant(one)), None)
    if found is None:
        raise CommandError(refusal)
    inferior.frame = found
    frame(session, None)


@command("frame function NAME...", topic=TOPIC)
def frame_function(session: Session, name: str) -> None:
    """Select the innermost frame of a function; NAME as in `break`: `area` means `geo::Circle::area`, too."""
    _select_first(
        session,
        lambda one: one.is_named(name),
        f"No frame for function {name!r}; `backtrace` lists those there are.",
    )


@command("frame level LEVEL", topic=TOPIC)
def frame_level(session: Session, level: str) -> None:
    """Select the frame of that LEVEL; 0 is the innermost."""
    frame(session, level)


@command("frame address ADDRESS...", topic=TOPIC)
def frame_address(session: Session, address: str) -> None:
    """Select the frame at an address on the stack, as `info frame` says it."""
    wanted = session.address(address)
    _select_first(session, lambda one: one.cfa == wanted, f"No frame at address {address}.")


@command("select-frame [WHICH...]", topic=TOPIC)
def select_frame(session: Session, which: str) -> None:
    """Select a frame as `frame WHICH` does, and print nothing."""
    if which:
        _silently(session, f"frame {which}")


@command("info frame [WHICH...]", "info f", topic=TOPIC)
def info_frame(session: Session, which: str) -> None:
    """Print facts about a frame: its address, its callers, where it keeps registers.

    It is the selected one, or the one that `frame WHICH` selects: `info frame 2`, `info frame function main`.
    """
    inferior = session.process
    selected = inferior.frame
    try:
        select_frame(session, which)
        one = inferior.frame
        head = "Stack frame" if which else f"Stack level {one.level}, frame"
        _tell_facts(session, one, head)
    finally:
        inferior.frame = selected


def _tell_facts(session: Session, one: trapline.Frame, head: str) -> None:
    inferior = session.process
    line, describe = session.render.line, inferior.describe
    cfa = one.cfa
    line(f"{head} at {cfa:#x}:" if cfa is not None else f"{head} at an unknown address:")
    where = f" ({one.location.name}:{one.location.line})" if one.location is not None else ""
    saved = one.saved_registers
    back = f"; saved rip = {inferior.memory.read_integer(saved['rip']):#x}" if "rip" in saved else ""
    line(f" rip = {one.pc:#x} in {one.function or describe(one.pc)}{where}{back}")
    _tell_relatives(session, one)
    if one.location is not None:
        compiled = inferior.compilation(one.location.path)
        if compiled is not None:
            line(f" source language {compiled.language}.")
    _tell_bases(session, one)
    if saved:
        line(" Saved registers:")
        line("  " + ", ".join(f"{name} at {address:#x}" for name, address in saved.items()))
    if one.found_by not in ("registers", "call-frame information"):
        line(f" It was found by: {one.found_by}.")


def _tell_bases(session: Session, one: trapline.Frame) -> None:
    line = session.render.line
    base = f" at {_base(one):#x}" if one.cfa is not None else " at an unknown address"
    if one.location is not None:
        line(f" Arglist{base}, args: {one.arguments.brief()}")
    if one.cfa is not None:
        line(f" Locals{base}, Previous frame's sp is {one.cfa:#x}")


def _base(one: trapline.Frame) -> int:
    """Return the frame pointer where it is one: it holds the place of the caller's.

    Most code has none: then where it would be kept, below the return address.
    """
    assert one.cfa is not None
    kept = one.saved_registers.get("rbp")
    try:
        return kept if kept is not None and kept == one.registers["rbp"] else one.cfa - 16
    except trapline.ValueUnavailable:
        return one.cfa - 16


def _tell_relatives(session: Session, one: trapline.Frame) -> None:
    parts = []
    caller = one.caller if not is_main(one) else None
    if caller is not None and one.is_inline:
        parts.append(f" inlined into frame {caller.level}")
    elif caller is not None:
        parts.append(
            f" called by frame at {caller.cfa:#x}" if caller.cfa is not None else " called by a frame"
        )
    if one.level:
        callee = session.process.thread.frames()[one.level - 1]
        parts.append(
            f" caller of frame at {callee.cfa:#x}" if callee.cfa is not None else " caller of a frame"
        )
    if parts:
        session.render.line(",".join(parts))


@command("up [COUNT]", topic=TOPIC, repeats=True)
def up(session: Session, count: str | None) -> None:
    """Select the frame that called this one, or the one COUNT frames out; main's is the last."""
    inferior = session.process
    number = session.count(count, "COUNT")
    frames = list(seen(session))
    level = inferior.frame.level
    if level >= len(frames) - 1:
        raise CommandError("Initial frame selected; you cannot go up.")
    _select(session, min(level + number, len(frames) - 1))
    _tell_selected(session)


@command("down [COUNT]", "do", "dow", topic=TOPIC, repeats=True)
def down(session: Session, count: str | None) -> None:
    """Select the frame that this one called, or the one COUNT frames in."""
    inferior = session.process
    number = session.count(count, "COUNT")
    if not inferior.frame.level:
        raise CommandError("Bottom (innermost) frame selected; you cannot go down.")
    _select(session, max(inferior.frame.level - number, 0))
    _tell_selected(session)


@command("up-silently [COUNT]", topic=TOPIC)
def up_silently(session: Session, count: str | None) -> None:
    """Do what `up` does, and print nothing."""
    _silently(session, f"up {count or ''}")


@command("down-silently [COUNT]", topic=TOPIC)
def down_silently(session: Session, count: str | None) -> None:
    """Do what `down` does, and print nothing."""
    _silently(session, f"down {count or ''}")


def _silently(session: Session, line: str) -> None:
    with session.render.captured():
        registry.run(session, line)


def _select(session: Session, level: int) -> None:
    inferior = session.process
    frames = inferior.thread.frames()
    try:
        inferior.frame = frames[level]
    except IndexError:
        raise CommandError(f"No frame at level {level}; the stack has {len(frames)}.") from None


@command("stacks", topic=TOPIC)
def stacks(session: Session) -> None:
    """Print the threads grouped by equal stack, the largest group first."""
    line = session.render.line
    groups = session.process.stacks()
    session.note(stacks=[{"threads": threads, "frames": list(frames)} for frames, threads in groups])
    for frames, threads in groups:
        names = []
        for thread in threads:
            number = thread_ids.identity(session.process, thread.number)
            try:
                names.append(f"{number} ({thread.name}, id {thread.tid})")
            except DebuggerError:
                names.append(f"{number} (id {thread.tid})")
        line(f"{len(threads)} thread{'s' if len(threads) > 1 else ''}: {', '.join(names)}")
        for one in until_main(frames):
            line("  ", f"#{one.level:<2} ", *place(session, one))
