"""Every command with nonsense behind it, played in each state a program can be in."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from tests.cli.terminal import batch
from tests.support import programs

from trapline.cli import registry

_LEAVING = ("quit", "kill", "detach")
"""What ends the session's process when it is written rightly."""
_BLOCKS = ("python", "commands")
"""What takes the lines behind it when nothing stands beside it."""
_WRITING = ("save breakpoints",)
"""What takes any text for the name of a file."""
_SHELL = ("shell", "make", "pipe")
"""What the shell says of nonsense is its own."""
_GOING = (
    "run", "start", "starti", "continue", "signal", "jump", "until", "advance", "finish", "source",
    "step", "next", "stepi", "nexti", "return",
)  # fmt: skip
"""What lets the program go on: asked in tests of its own; here it would end the state being tested."""
_OURS = re.compile(
    r"Traceback|internal error|NoneType| object at 0x|<class |trapline\.\w|\w+Error\b|invalid literal"
    r"|has no attribute|not subscriptable|unhashable"
)
"""What is ours and means nothing to a user."""


def lines(nonsense: Sequence[str], *, alone: bool = True, without: Sequence[str] = ()) -> list[str]:
    """Return every command with nonsense behind it; `alone` adds it with nothing and with formats."""
    found = []
    for one in registry.commands():
        if one.name in (*_SHELL, *_WRITING, *without):
            continue
        found += [f"{one.name} {text}" for text in nonsense]
        if not alone:
            continue
        if one.name not in (*_LEAVING, *_BLOCKS):
            found.append(one.name)
        if one.formats:
            found += [f"{one.name}/{form} 1" for form in ("q", "99999999999x", "0x", "-1x", "xx", "/")]
        found.append(f"{one.name}/x 1")
    return found


def play(lines: Sequence[str], *words: str) -> str:
    """Run lines with a mark behind each on both streams, and return what went wrong; "" when all is well."""
    mark = "python import sys; print('<<{0}>>'); print('<<{0}>>', file=sys.stderr)"
    done = batch(*words, lines="".join(f"{line}\n{mark.format(at)}\n" for at, line in enumerate(lines)))
    wrong = []
    if "\x1b" in done.stdout + done.stderr:
        wrong.append("an escape sequence reached the output")
    *complaints, rest = re.split(r"<<\d+>>\n", done.stderr)
    if len(re.findall(r"<<\d+>>\n", done.stdout)) < len(lines) or len(complaints) < len(lines):
        wrong.append(f"it ended behind {done.stdout[-300:]!r} {rest[-300:]!r}")
    for line, text in zip(lines, complaints, strict=False):
        said = text.splitlines()
        if len(said) > 1:
            wrong.append(f"{line!r} took {len(said)} lines: {text}")
        if not line.startswith(("python", "source")) and any(_OURS.search(one) for one in said):
            wrong.append(f"{line!r} tells of our insides: {said}")
    return "\n".join(wrong)


def _first(line: str) -> str:
    return line.split()[0].split("/")[0]


def without_a_program(lines: Sequence[str]) -> str:
    """Return what went wrong where nothing is debugged."""
    return play(lines, "-q")


def while_stopped(lines: Sequence[str]) -> str:
    """Return what went wrong at a breakpoint."""
    left = [line for line in lines if _first(line) not in _GOING]
    return play(left, "-q", "-ex", "break one", "-ex", "run", programs.build("hits.c"), "5")


def while_it_runs(lines: Sequence[str]) -> str:
    """Return what went wrong while it runs, left so from Python: what needs a stop says so."""
    ending = ("run", "start", "starti", "kill", "detach", "quit", "attach", "python", "source")
    left = [line for line in lines if _first(line) not in ending]
    before = ["python inferior.resume_nowait()"]
    after = ["python inferior.state", "python inferior.interrupt()", "python inferior.wait(60)"]
    # What the program writes would stand anywhere among our marks.
    return play([*before, *left, *after], "-q", "--stdout", os.devnull, programs.build("spin.c"))


def after_the_exit(lines: Sequence[str]) -> str:
    """Return what went wrong when the program has ended."""
    left = [line for line in lines if _first(line) not in ("run", "start", "starti")]
    return play(left, "-q", "-ex", "run", programs.build("twelve.c"))


STATES = (without_a_program, while_stopped, while_it_runs, after_the_exit)
