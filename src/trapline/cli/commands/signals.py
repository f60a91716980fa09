"""Signals: which stop, which are delivered, and sending one."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.cli import number_lists
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Signals"
_COUNT = 64
"""Source: signal(7)."""
ACTIONS: dict[str, dict[str, bool]] = {
    "stop": {"stop": True, "announce": True}, "nostop": {"stop": False},
    "print": {"announce": True}, "noprint": {"stop": False, "announce": False},
    "pass": {"deliver": True}, "nopass": {"deliver": False},
    "ignore": {"deliver": False}, "noignore": {"deliver": True},
}  # fmt: skip
"""gdb's word -> what it changes: what stops is always printed, so that noprint is nostop as well."""


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


@command("handle SIGNAL [ACTIONS...]", topic=TOPIC, needs="inferior")
def handle(session: Session, signal: str, actions: str) -> None:
    """Change what happens to a signal, to several (`handle SIGUSR1 SIGUSR2 nostop`, `10-12`), or to `all`.

    ACTIONS are `stop` or `nostop`, `print` or `noprint` (whether one that does not stop is told), and `pass`
    (deliver it) or `nopass`; gdb's `ignore` and `noignore` are understood. `all` leaves SIGINT and SIGTRAP
    as they are.
    """
    words = f"{signal} {actions}".split()
    inferior = session.program
    numbers: dict[int, None] = {}
    changes: dict[str, bool] = {}
    for word in words:
        action = _action(word)
        if action is not None:
            changes |= action
        else:
            numbers.update(dict.fromkeys(_signals(session, word)))
    if not numbers:
        raise CommandError("handle needs a signal: `handle SIGUSR1 nostop`")
    for one in numbers:
        as_before = {"announce": inferior.handle_signal(one).announce}  # nostop alone goes on to print
        inferior.handle_signal(one, **as_before | changes if "stop" in changes else changes)
    if "all" not in map(str.lower, words):
        _head(session)
        for one in numbers:
            _tell(session, one)


def _action(word: str) -> dict[str, bool] | None:
    """Return what a word that may be shortened changes; None where it is no action."""
    found = [name for name in ACTIONS if name == word] or [name for name in ACTIONS if name.startswith(word)]
    return ACTIONS[found[0]] if len(found) == 1 else None


def _signals(session: Session, word: str) -> list[int]:
    """Return the numbers of the signals that a word means: one, `10-12`, or `all`.

    Raises:
        CommandError: it is neither a signal nor an action.
        UsageError: there is no such signal.
    """
    if word.lower() == "all":
        return [one for one in range(1, _COUNT + 1) if one not in (2, 5, 9, 19, 32, 33)]
    if word[0].isdigit():
        first, last = number_lists.span(session, word)
        if last > _COUNT:
            raise CommandError(f"{word}: signals are numbered 1 to {_COUNT}")
        return [session.program.handle_signal(one).number for one in range(first, last + 1)]
    if word.islower():
        raise CommandError(f"{word!r} is no action: {', '.join(ACTIONS)}")
    return [session.program.handle_signal(word).number]


@command("info signals [SIGNAL]", "info handle", topic=TOPIC, needs="inferior")
def info_signals(session: Session, signal: str | None) -> None:
    """List what happens to each signal, or to one."""
    if signal is not None:
        session.program.handle_signal(_number(signal))
    _head(session)
    for one in range(1, _COUNT + 1) if signal is None else [_number(signal)]:
        _tell(session, one)


def _head(session: Session) -> None:
    session.render.line("Signal        Stop\tPrint\tPass to program\tDescription")


def _tell(session: Session, signal: int | str) -> None:
    policy = session.program.handle_signal(signal)
    told = (policy.stop, policy.announce, policy.deliver)
    stop, announce, deliver = ("Yes" if one else "No" for one in told)
    session.render.line(f"{policy.name:<13} {stop}\t{announce}\t{deliver}\t\t{policy.text}")


@command("queue-signal SIGNAL", topic=TOPIC)
def queue_signal(session: Session, signal: str) -> None:
    """Have the selected thread get a signal when it goes on; 0 takes away what is pending."""
    wanted = _number(signal)
    inferior = session.process
    if wanted != 0 and not inferior.handle_signal(wanted).deliver:
        raise CommandError("Signal handling set to not pass this signal to the program.")
    inferior.thread.queue_signal(wanted)


@command("signal SIGNAL", topic=TOPIC)
def signal(session: Session, signal: str) -> None:
    """Go on with a signal: delivered in place of the one that stopped the program; 0 delivers none."""
    wanted = _number(signal)
    if wanted != 0:
        session.process.handle_signal(wanted)
    session.render.line(
        "Continuing with no signal." if wanted == 0 else f"Continuing with signal {signal.upper()}."
    )
    session.go(lambda: session.process.resume(wanted))
