"""Signals: which stop, which are delivered, and sending one."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Signals"
_COUNT = 64
"""Source: signal(7)."""
_ACTIONS: dict[str, tuple[bool | None, bool | None]] = {
    "stop": (True, None), "nostop": (False, None), "print": (None, None), "noprint": (False, None),
    "pass": (None, True), "nopass": (None, False), "ignore": (None, False), "noignore": (None, True),
}  # fmt: skip
"""gdb's word -> (stop, deliver); what stops is always printed, so noprint is nostop."""


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


@command("handle SIGNAL ACTIONS...", topic=TOPIC, needs="inferior")
def handle(session: Session, signal: str, actions: str) -> None:
    """Change what happens to a signal, or to `all`.

    ACTIONS are `stop` or `nostop`, and `pass` (deliver it) or `nopass`; gdb's `print`, `noprint`,
    `ignore` and `noignore` are understood. `all` leaves SIGINT and SIGTRAP as they are.
    """
    words = actions.split()
    stop: bool | None = None
    deliver: bool | None = None
    for word in words:
        found = [_ACTIONS[name] for name in _ACTIONS if name == word] or [
            _ACTIONS[name] for name in _ACTIONS if name.startswith(word)
        ]
        if len(found) != 1:
            raise CommandError(f"{word!r} is no action: {', '.join(_ACTIONS)}")
        stop = stop if found[0][0] is None else found[0][0]
        deliver = deliver if found[0][1] is None else found[0][1]
    inferior = session.program
    if signal.lower() == "all":
        numbers: list[int | str] = [one for one in range(1, _COUNT + 1) if one not in (2, 5, 9, 19, 32, 33)]
    else:
        numbers = [_number(signal)]
    for one in numbers:
        inferior.handle_signal(one, stop=stop, deliver=deliver)
    if len(numbers) == 1:
        _head(session)
        _tell(session, numbers[0])


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
    stop, deliver = ("Yes" if policy.stop else "No"), ("Yes" if policy.deliver else "No")
    session.render.line(f"{policy.name:<13} {stop}\t{stop}\t{deliver}\t\t{policy.text}")


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
