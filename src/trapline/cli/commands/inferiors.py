"""Which processes are debugged, and which of them is looked at: info inferiors, inferior; ends of some."""

from __future__ import annotations

import trapline
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import number_lists, stops, thread_ids
from trapline.cli.announcements import name_of
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inferior import Inferior

TOPIC = "Status"


def _is_alive(one: Inferior) -> bool:
    return one.state in (trapline.State.STOPPED, trapline.State.RUNNING)


def _what(one: Inferior) -> str:
    return f"process {one.pid}" if _is_alive(one) else "<null>"


@command("info inferiors [NUMBERS...]", topic=TOPIC, needs="")
def info_inferiors(session: Session, numbers: str) -> None:
    """List the processes of this session, all or those of some NUMBERS; `*` marks the one that is looked at.

    A child that is followed has a number of its own; what was left to itself, or has ended, is `<null>`.
    """
    wanted = number_lists.numbers(session, numbers) if numbers else None
    rows = [f"{mark} {number:<4} {_row(one)}" for mark, number, one in _known(session, wanted)]
    if not rows:
        session.render.line("No inferiors.")
        return
    session.render.line("  Num  Description       Connection           Executable")
    for row in rows:
        session.render.line(row.rstrip())


@command("kill inferiors NUMBERS...", topic=TOPIC, needs="inferior")
def kill_inferiors(session: Session, numbers: str) -> None:
    """End processes by their NUMBERS in `info inferiors`; one that has ended is passed over."""
    for one in _living(session, numbers):
        one.kill()
        session.fresh = False


@command("detach inferiors NUMBERS...", topic=TOPIC, needs="inferior")
def detach_inferiors(session: Session, numbers: str) -> None:
    """Let processes go on alone by their NUMBERS in `info inferiors`; one that has ended is passed over."""
    for one in _living(session, numbers):
        one.detach()
        session.fresh = False
        session.render.line(f"[Inferior {one.number} (process {one.pid}) detached]")


def _living(session: Session, numbers: str) -> list[Inferior]:
    """Return the processes of some numbers that there still are; of the others is warned."""
    family = session.program.family
    members = {one.number: one for one in family if _is_alive(one)}
    wanted = number_lists.numbers(session, numbers)
    last = max(one.number for one in family)
    ended = [number for number in wanted if 0 < number <= last and number not in members]
    unknown = [number for number in wanted if not 0 < number <= last]
    told = []
    if ended:
        told.append(f"{_ids(ended)} {'are' if ended[1:] else 'is'} not running")
    if unknown:
        told.append(f"{_ids(unknown)} not known")
    if told:
        session.render.error(f"warning: Inferior {', '.join(told)}.")
    return [members[number] for number in wanted if number in members]


def _ids(numbers: list[int]) -> str:
    return f"ID{'s' if numbers[1:] else ''} {', '.join(map(str, numbers))}"


def _row(one: Inferior | str) -> str:
    """Return what is said of one that there is, or of the file that one ran which is gone."""
    if isinstance(one, str):
        return f"{'<null>':<38} {one}"
    return f"{_what(one):<17} {'1 (native)' if _is_alive(one) else '':<20} {one.exe}"


def _known(session: Session, wanted: list[int] | None) -> list[tuple[str, int, Inferior | str]]:
    """Return mark, number and handle of each process there was; the program's file of one that is gone."""
    here = session.inferior
    if here is None:
        return [("*", 1, "")] if wanted is None or 1 in wanted else []
    members: dict[int, Inferior | str] = dict(session.announcer.left)
    members |= {one.number: one for one in here.family}
    numbers = range(1, max(members) + 1)
    return [
        ("*" if number == here.number else " ", number, members.get(number, here.exe))
        for number in numbers
        if wanted is None or number in wanted
    ]


@command("inferior [NUMBER]", topic=TOPIC, needs="inferior")
def inferior(session: Session, number: str | None) -> None:
    """Print which process is looked at, or look at another by its NUMBER in `info inferiors`."""
    here = session.program
    if number is None:
        session.render.line(f"[Current inferior is {here.number} [{_what(here)}] ({here.exe})]")
        return
    wanted = number_lists.number(session, number)
    members = {one.number: one for one in here.family}
    if wanted not in members:
        if 0 < wanted < max(members):
            raise CommandError(f"Inferior {wanted} was left to itself; `info inferiors` lists what there is.")
        raise CommandError(f"Inferior ID {wanted} not known.")
    session.inferior = found = members[wanted]
    session.render.line(f"[Switching to inferior {wanted} [{_what(found)}] ({found.exe})]")
    if _is_alive(found):
        number = thread_ids.identity(found, found.thread.number)
        session.render.line(f"[Switching to thread {number} ({name_of(found.thread)})]")
        session.render.line("#0  ", *stops.place(session, found.frame))
        stops.tell_line(session, found.frame)
