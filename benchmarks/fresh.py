"""Questions that are asked once, of a debugger that was just started: nothing is warm, nothing is kept.

A side is a whole command, and its figures are the processor time and the memory of that command.  It asks
one thing and looks for a word in the answer, so that a peer that does not know it has no figure.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.question import LARGE, Figure, Goal, Question

SMALL = "small.c"

_OURS = """\
import sys, trapline
with trapline.launch(sys.argv[2:], stdout=trapline.DEVNULL) as inferior:
    {ours}
assert {expected!r} in answer, answer
open(sys.argv[1], "a").write("answered 1 1\\n")
"""

_GDB = (
    "python "
    "answer = [gdb.execute(command, to_string=True) for command in {gdb!r}][-1]; "
    "assert {expected!r} in answer, answer; "
    'open("{{out}}", "a").write("answered 1 1\\n")'
)

STOPPED_AT_FRAME = "answer = str({name: str(value) for name, value in inferior.frame.locals.items()})"
"""What the statements of a question about locals end with."""


def fresh(
    title: str,
    program: str,
    ours: Sequence[str],
    gdb: Sequence[str],
    expected: str,
    *,
    arguments: Sequence[str] = (),
    goals: tuple[Goal, ...] = (),
    rounds: int = 0,
) -> Question:
    """Return the question.

    Args:
        title: what is asked, for the table.
        program: a file of benchmarks/programs, or `LARGE`.
        ours: statements on `inferior`, launched and not yet run, that leave a text in `answer`.
        gdb: its commands; the output of the last is the answer.
        expected: a part of both answers.
        arguments: the program's.
        goals: of the figures "cpu" and "memory".
        rounds: how often it is asked at most; 0 is no limit.
    """
    where = "large program" if program == LARGE else "small program"
    script = _OURS.format(ours="\n    ".join(ours), expected=expected)
    command = _GDB.format(gdb=list(gdb), expected=expected)
    argv = ("{program}", *arguments)
    return Question(
        program=program,
        flags=("-O0", "-g"),
        arguments=tuple(arguments),
        counts={"trapline": 1, "gdb": 1},
        commands={
            "trapline": ("{python}", "-c", script, "{out}", *argv),
            "gdb": ("gdb", "-nx", "-q", "-batch", "-ex", command, "--args", *argv),
        },
        figures=(Figure("cpu", f"{title}, {where}", "ms"), Figure("memory", "... memory", "MB")),
        goals=goals,
        rounds=rounds,
    )
