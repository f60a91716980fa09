"""Frame lines of optimized code: what an argument was at the function's entry, beside gdb."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support import gdb, programs

from trapline.cli.session import Session
from trapline.cli.stops import place

SOURCE = "entry_values.c"


def comparable(line: str) -> str:
    """A line of a backtrace without its level, and without addresses: the stack begins elsewhere."""
    return re.sub(r"0x[0-9a-f]+", "0x", re.sub(r"^#\d+ +", "", line))


def lines(inferior: Any) -> list[str]:
    """The frame lines up to main, as the command line prints them."""
    found, session = [], Session(inferior)
    for frame in inferior.thread.frames():
        found.append("".join(part if isinstance(part, str) else part.text for part in place(session, frame)))
        if frame.function == "main":
            break
    return found


@pytest.mark.parametrize("flags", [("-Og",), ("-O2",), ("-O3", "-gdwarf-4")])
def test_as_gdb(launch: Any, flags: tuple[str, ...]) -> None:
    """Main's frame, behind which gdb does not look, and what it passed are left out."""
    program = programs.build(SOURCE, *flags)
    where = f"{SOURCE}:{programs.mark(SOURCE, 'leaf')}"
    theirs = gdb.ask(
        program,
        f"run('break {where}'); run('run')\nfor _ in range(4): emit(run('bt').splitlines()); run('continue')",
    )
    inferior = launch([program])
    inferior.set_breakpoint(where)
    seen = ""
    for expected in theirs:
        inferior.resume()
        ours = lines(inferior)
        assert len(ours) == len(expected)
        shown = [comparable(line) for line in expected[:-2]]
        assert [comparable(line) for line in ours[:-2]] == shown
        seen += "\n".join(ours)
    assert "kept=kept@entry=4, changed=12, changed@entry=7, " in seen
    assert "real=real@entry=1.5" in seen
    assert "forgotten=forgotten@entry=11" in seen


def test_of_an_indirect_call(launch: Any) -> None:
    """The caller says where the function's address is, and it is this function's."""
    inferior = launch([programs.build(SOURCE, "-O2")])
    inferior.set_breakpoint("indirectly")
    inferior.resume()
    inferior.set_breakpoint("outer")
    inferior.resume()
    assert "outer (depth=depth@entry=1)" in lines(inferior)[0]


def test_only_where_it_is_sure(launch: Any) -> None:
    """A function that may have replaced its own frame, and main, have no values at entry."""
    inferior = launch([programs.build(SOURCE, "-O2")])
    inferior.set_breakpoint("again")
    for values in ("times=7, rest=2", "times=5, rest=0"):
        inferior.resume()
        shown = lines(inferior)
        assert shown[0].startswith(f"again ({values}) ")
        assert not any("@entry" in line for line in shown)
