"""Frame lines of optimized code: what an argument was at the function's entry, beside gdb."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support import gdb, programs

from trapline import DebuggerError, EvaluationError, ValueUnavailable
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


@pytest.mark.parametrize("flags", [("-O0",), ("-Og",), ("-O2",)])
def test_a_value_at_the_entry_is_an_expression(launch: Any, flags: tuple[str, ...]) -> None:
    """With the numbers that gdb gives, and in conditions; what nobody knows is optimized out."""
    program = programs.build(SOURCE, *flags)
    where = f"{SOURCE}:{programs.mark(SOURCE, 'leaf')}"
    texts = ("kept@entry", "changed@entry", "forgotten@entry + 1", "real@entry * 2", "kept@entry == kept")
    expected = gdb.expressions(program, where, texts)
    inferior = launch([program])
    if flags != ("-O0",):
        inferior.set_breakpoint(where, condition="changed@entry == 7 && kept@entry == 4")
    else:
        inferior.set_breakpoint(where)
    inferior.resume()
    for text, theirs in zip(texts, expected, strict=True):
        if flags == ("-O0",):
            # gdb says that it finds no call site, or nothing: so much is the same, that there is no number.
            assert not theirs.replace(".", "").isdigit()
            with pytest.raises(ValueUnavailable, match="optimized out"):
                inferior.evaluate(f"1 + {text}")
        else:
            assert (text, str(inferior.evaluate(text))) == (text, theirs)
    assert str(inferior.evaluate("both@entry")) == "<optimized out>" or flags != ("-O0",)
    for text in ("sink@entry", "nothing@entry"):
        with pytest.raises(DebuggerError):
            inferior.evaluate(text)
    with pytest.raises(EvaluationError, match="No symbol"):
        inferior.set_breakpoint("leaf", condition="nothing@entry == 1")
    assert len(inferior.evaluate("sink@2")) == 2  # elsewhere `@` makes arrays
