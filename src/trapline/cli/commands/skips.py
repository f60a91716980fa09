"""What `step` runs through: skip and what is done with its entries."""

from __future__ import annotations

import re
from collections.abc import Callable

from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import number_lists
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline import Skip
    from trapline.cli.session import Session

TOPIC = "Running"
_OPTIONS = {
    "-fi": "file",
    "-file": "file",
    "-gfi": "gfile",
    "-gfile": "gfile",
    "-fu": "function",
    "-function": "function",
    "-rfu": "rfunction",
    "-rfunction": "rfunction",
}


@command(
    "skip [FUNCTION...]",
    topic=TOPIC,
    needs="inferior",
    options=("-file", "-function", "-gfile", "-rfunction"),
)
def skip(session: Session, function: str) -> None:
    """Have `step` run through a function, the selected frame's when none is given.

    `-fu NAME` and `-rfu REGEX` name functions, `-fi FILE` and `-gfi GLOB` files; one of each may be
    given, and then both must hold.
    """
    if not function.startswith("-"):
        _add(session, function or _function_here(session), None)
        return
    words = function.split()
    given: dict[str, str] = {}
    while words:
        option = words.pop(0)
        if option not in _OPTIONS or not words:
            raise CommandError(f"skip: {option!r} is no option with a word behind it: -fu, -rfu, -fi, -gfi")
        kind = _OPTIONS[option]
        if kind.removeprefix("r").removeprefix("g") in [one.lstrip("rg") for one in given]:
            raise CommandError(f"skip: {option} is given twice")
        given[kind] = words.pop(0)
    pattern: str | re.Pattern[str] | None = given.get("function")
    if "rfunction" in given:
        pattern = compiled(given["rfunction"])
    _add(session, pattern, given.get("file") or given.get("gfile"))


@command("skip function [NAME...]", topic=TOPIC, needs="inferior")
def skip_function(session: Session, name: str) -> None:
    """Have `step` run through a function, the selected frame's when none is given."""
    _add(session, name or _function_here(session), None)


@command("skip file [FILE...]", topic=TOPIC, needs="inferior")
def skip_file(session: Session, file: str) -> None:
    """Have `step` run through the functions of a file, that of the selected frame when none is given."""
    if not file:
        location = session.process.frame.location
        if location is None:
            raise CommandError("the selected frame has no file; name one")
        file = location.path
    _add(session, None, file)


def _function_here(session: Session) -> str:
    name = session.process.frame.function
    if name is None:
        raise CommandError("the selected frame has no function; name one")
    return name


def _add(session: Session, function: str | re.Pattern[str] | None, file: str | None) -> None:
    made = str(session.program.skip(function, file=file))
    session.render.line(f"{made[0].upper()}{made[1:]} will be skipped when stepping.")


@command("skip delete [NUMBERS...]", topic=TOPIC, needs="inferior")
def skip_delete(session: Session, numbers: str) -> None:
    """Forget what is to be skipped: the entries of some NUMBERS (`1 3-5`), or all."""
    _each(session, numbers, lambda one: one.delete())


@command("skip enable [NUMBERS...]", topic=TOPIC, needs="inferior")
def skip_enable(session: Session, numbers: str) -> None:
    """Skip again what was disabled: some NUMBERS, or all."""
    _each(session, numbers, lambda one: setattr(one, "enabled", True))


@command("skip disable [NUMBERS...]", topic=TOPIC, needs="inferior")
def skip_disable(session: Session, numbers: str) -> None:
    """Do not skip for now: some NUMBERS, or all."""
    _each(session, numbers, lambda one: setattr(one, "enabled", False))


def _each(session: Session, text: str, act: Callable[[Skip], None]) -> None:
    known = {one.id: one for one in session.program.skips}
    wanted = number_lists.numbers(session, text) if text else list(known)
    for number in wanted:
        if number not in known:
            raise CommandError(f"No skiplist entries found with number {number}.")
    for number in wanted:
        act(known[number])


@command("info skip [NUMBERS...]", topic=TOPIC, needs="inferior")
def info_skip(session: Session, numbers: str) -> None:
    """List what `step` runs through, all or those of some NUMBERS."""
    wanted = number_lists.numbers(session, numbers) if numbers else None
    skips = [one for one in session.program.skips if wanted is None or one.id in wanted]
    if not skips and wanted is not None:
        session.render.line(f"No skiplist entries found with number {numbers}.")
        return
    if not skips:
        session.render.line("Not skipping any files or functions.")
        return
    session.render.line(f"{'Num':<5} {'Enb':<3} {'Glob':>4} {'File':<20} {'RE':>2} Function")
    for one in skips:
        enabled = "y" if one.enabled else "n"
        glob, regex = "y" if one.is_glob else "n", "n" if isinstance(one.function, (str, type(None))) else "y"
        function = one.function if isinstance(one.function, (str, type(None))) else one.function.pattern
        session.render.line(
            f"{one.id:<5} {enabled:<3} {glob:>4} {one.file or '<none>':<20} {regex:>2} {function or '<none>'}"
        )
