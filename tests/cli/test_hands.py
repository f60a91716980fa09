"""What hands type most, typed at gdb and at us: the same words come back, or a reason why not.

`hands/PROGRAM.txt` are the lines typed, one session each; behind ` #` is why our answer differs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.terminal import environment
from tests.support import programs

_FOLDER = Path(__file__).parent / "hands"
_GDB = ("gdb", "-q", "-nx", "-iex", "set debuginfod enabled off", "-iex", "set disassembly-flavor intel",
        "-iex", "set width 0")  # fmt: skip
_US = (sys.executable, "-m", "trapline", "-q", "--nx")

_ANYWHERE = (
    (r"(?m)^(\[Thread debugging|Using host libthread|Starting program:|Reading symbols|warning: |of file |Use `info auto).*\n?", ""),  # noqa: E501
    (r"\bprocess \d+", "process N"),
    (r"Thread (0x[0-9a-f]+ \(LWP \d+\)|\d+)", "Thread N"),
    (r"0x0*7ff[0-9a-f]{9}\b", "0x7fff"),  # the stack begins elsewhere: the environment differs
    (r"\b1407\d{11}\b", "0x7fff"),
    (r"(?m)^\$\d+ = ", "$N = "),  # one refused expression shifts them all
    (r"(?m)^Value returned is \$\d+", "Value returned is $N"),
    (r"\b(breakpoint|Breakpoint|Catchpoint) (\d+) at 0x[0-9a-f]+", r"\1 \2 at PLACE"),  # ours is loaded
    (r"(?m)^(fs_base|gs_base|k[0-7]) .*\n?", ""),  # as the processor and the kernel have them
    (r"(?m)^eflags .*|\[( [A-Z]F)+ \]", "FLAGS"),  # what the loader left there
    (r"\t(breakpoint already hit)", r"        \1"),
    (r"[ \t]+$", ""),
)  # fmt: skip
"""What is different for reasons that are not the command's."""


def _typed(name: str) -> list[tuple[str, str]]:
    """Return the lines to be typed, each with the reason why it may differ, "" for none."""
    lines = (_FOLDER / f"{Path(name).name}.txt").read_text().splitlines()
    pairs = (line.partition("  # ")[::2] for line in lines if line and not line.startswith("#"))
    return [(line.rstrip(), reason) for line, reason in pairs]


def _answers(head: tuple[str, ...], program: str, lines: list[str]) -> list[list[str]]:
    """Return what is printed for each line, without what differs anyway."""
    words = [word for at, line in enumerate(lines) for word in ("-ex", line, "-ex", f"echo \\n== {at}\\n")]
    done = subprocess.run(
        [*head, *words, "--args", program, "one", "two"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
        env=environment(LC_ALL="C.UTF-8"),
        cwd=programs.SOURCES.parent.parent,
    )
    parts = re.split(r"\n== (\d+)\n", done.stdout)
    found = {int(number): text for text, number in zip(parts[::2], parts[1::2], strict=False)}
    assert len(found) == len(lines), f"it ended behind {lines[len(found) - 1]!r}: {done.stdout[-500:]}"
    return [_plain(found[at]) for at in range(len(lines))]


def _plain(text: str) -> list[str]:
    for pattern, by in _ANYWHERE:
        text = re.sub(pattern, by, text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


_MACROS = ("-g3", "-DGIVEN=9")


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("hands.c", ()),
        ("hands.cpp", ()),
        ("hands.rs", ()),
        ("history.cpp", ()),
        ("written.cpp", ()),
        ("tables.cpp", ("-no-pie",)),
        ("steps_signals.c", ()),
        ("series_calls.cpp", ()),
        ("series_variables.cpp", ()),
        ("series_loop.rs", ()),
        ("../../examples/ledger.c", ()),
        ("macros.c", _MACROS),
        ("macros.c", (*_MACROS, "-gdwarf-4")),
        ("macros.c", (*_MACROS, "-gdwarf-3", "-gstrict-dwarf")),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_as_gdb_says_it(name: str, flags: tuple[str, ...]) -> None:
    """Every line has gdb's answer, or a reason for another one, which still holds."""
    if shutil.which("gdb") is None:
        pytest.skip("no gdb here")
    typed = _typed(name)
    lines = [line for line, _ in typed]
    program = os.path.realpath(programs.build(name, *flags))
    theirs, ours = _answers(_GDB, program, lines), _answers(_US, program, lines)
    wrong = []
    for (line, reason), gdb, us in zip(typed, theirs, ours, strict=True):
        if gdb != us and not reason:
            wrong.append("\n".join([f"{line!r} differs", "gdb:", *gdb[:8], "trapline:", *us[:8]]))
        elif gdb == us and reason:
            wrong.append(f"{line!r} is answered as gdb does: take its reason away: {reason}")
    assert not wrong, f"{len(wrong)} of {len(typed)}:\n" + "\n\n".join(wrong)
