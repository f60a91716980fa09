"""Which calls a step goes into: chosen ones, skipped ones; and `until`, which never goes back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark, line

import trapline
from trapline.control import plans

CALLS = "steps_calls.c"


def test_the_calls_of_a_line(launch: Any) -> None:
    """They are listed in order, with the names of what they call as far as that is known."""
    inferior = at_mark(launch, CALLS, "arguments")
    assert [one.name for one in inferior.step_targets()] == ["subtract", "add", "add"]
    assert inferior.frame.location.line == programs.mark(CALLS, "arguments")


@pytest.mark.parametrize("by_name", [True, False])
def test_into_one_of_them(launch: Any, by_name: bool) -> None:
    """Only the chosen call is gone into, by its function's name or by itself."""
    inferior = at_mark(launch, CALLS, "arguments")
    last = inferior.step_targets()[-1]
    stop = inferior.step(into="add" if by_name else last)
    assert isinstance(stop, trapline.StepFinished)
    assert inferior.frame.function == "add"
    assert int(inferior.frame["a"]) == (1 if by_name else 3)


def test_into_what_is_not_called(launch: Any) -> None:
    """The line is gone over, as by next()."""
    inferior = at_mark(launch, CALLS, "arguments")
    before = line(inferior)
    inferior.step(into="total")
    assert (inferior.frame.function, line(inferior)) == ("main", before + 1)


def test_into_an_inlined_call(launch: Any) -> None:
    """An inlined call is chosen by its name too."""
    inferior = launch(programs.build("steps_inline.c", "-O2"))
    inferior.advance("main")
    while line(inferior) != programs.mark("steps_inline.c", "nested"):
        inferior.next()
    inferior.step(into="four_times")
    assert inferior.frame.function == "four_times"


@pytest.mark.parametrize(
    "skip",
    [
        {"function": "add"},
        {"function": re.compile("^a.d$")},
        {"file": CALLS, "function": "add"},
        {"file": "*steps_c*.c", "function": "add"},
    ],
)
def test_a_skipped_function(launch: Any, skip: dict[str, Any]) -> None:
    """step() runs through it, and stops in others; disabled and deleted skips do nothing."""
    inferior = at_mark(launch, CALLS, "arguments")
    made = inferior.skip(**skip)
    assert (inferior.skips, made.id) == ((made,), 1)
    names = []
    while inferior.frame.location.line <= programs.mark(CALLS, "arguments"):
        inferior.step()
        names.append(inferior.frame.function)
    assert "subtract" in names
    assert "add" not in names
    made.delete()
    assert inferior.skips == ()


def test_a_skip_that_is_disabled(launch: Any) -> None:
    """It is kept, and not in force."""
    inferior = at_mark(launch, CALLS, "arguments")
    made = inferior.skip(file=CALLS)
    made.enabled = False
    inferior.step()
    assert inferior.frame.function == "subtract"
    made.enabled = True
    inferior.finish()
    inferior.step()
    assert inferior.frame.function == "main"


def test_a_skipped_inlined_call(launch: Any) -> None:
    """An inlined function is skipped as any other."""
    inferior = launch(programs.build("steps_inline.c", "-O2"))
    inferior.advance("main")
    inferior.skip("twice")
    names = set()
    while isinstance(inferior.step(), trapline.StepFinished) and inferior.frame.function != "loop":
        names.add(inferior.frame.function)
    assert names == {"main", "four_times"}


def test_a_skip_of_nothing(launch: Any) -> None:
    """UsageError."""
    inferior = launch(programs.build(CALLS))
    with pytest.raises(trapline.DebuggerError, match="function or a file"):
        inferior.skip()
    with pytest.raises(trapline.DebuggerError, match="name"):
        inferior.advance("main")
        inferior.step(into="")


def test_until_a_line_of_this_call(launch: Any) -> None:
    """A location in the frame's own function is not reached in a deeper call of it; its end is a stop."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    inferior.step()
    depth = len(inferior.thread.frames())
    here = line(inferior)
    inferior.until(f"steps_recursion.c:{here + 3}")
    assert (len(inferior.thread.frames()), line(inferior)) == (depth, here + 3)
    inferior.until(f"steps_recursion.c:{here + 2}")  # deeper calls come there
    assert inferior.frame.function == "main"


def test_advance_within_the_frame(launch: Any) -> None:
    """It stops at the location in any frame, or at the end of this one if that is asked for."""
    inferior = at_mark(launch, "steps_recursion.c", "fib")
    inferior.step()
    depth = len(inferior.thread.frames())
    inferior.advance("fib", within_frame=True)
    assert len(inferior.thread.frames()) == depth + 1
    stop = inferior.advance("one_line", within_frame=True)
    assert (inferior.frame.function, len(inferior.thread.frames())) == ("fib", depth)
    assert isinstance(stop, trapline.StepFinished)


@pytest.mark.parametrize(
    ("location", "error"),
    [
        (f"{CALLS}:9999", 'No line 9999 in file "steps_calls.c"'),
        (f"{CALLS}:nosuch", 'Function "nosuch" not defined'),
        ("nosuch", "no symbol 'nosuch'"),
        ("*nosuch", "no symbol 'nosuch'"),
        ("libc.so.6!nosuch", "no symbol 'nosuch' in libc.so.6"),
    ],
)
def test_advance_to_what_nothing_has(launch: Any, location: str, error: str) -> None:
    """It is refused at once, whether or not the libraries are loaded; nothing runs and nothing is left."""
    inferior = launch(programs.build(CALLS))
    for goal in (None, "main"):
        if goal is not None:
            inferior.advance(goal)
        pc, stop = inferior.frame.pc, inferior.stop
        with pytest.raises(trapline.LocationError, match=re.escape(error)):
            inferior.advance(location)
        assert (inferior.state, inferior.frame.pc, inferior.stop) == ("stopped", pc, stop)
        assert inferior.breakpoints == ()
    assert isinstance(inferior.resume(), trapline.Exited)


@pytest.mark.parametrize("location", ["nosuch.c:3", "nosuch.c:main", re.compile("^nosuch$")])
def test_advance_to_a_file_that_nothing_has(launch: Any, location: Any) -> None:
    """Once the libraries are loaded."""
    inferior = at_mark(launch, CALLS, "arguments")
    with pytest.raises(trapline.LocationError):
        inferior.advance(location)
    assert line(inferior) == programs.mark(CALLS, "arguments")


def test_advance_waits_for_what_may_come(launch: Any) -> None:
    """A function of the C library, before that is loaded; of a plugin only where it was asked for."""
    plugin = programs.build("plugin.c", "-shared", "-fPIC")
    inferior = launch([programs.build("loader.c"), plugin])
    inferior.advance("dlopen")
    assert inferior.frame.function in ("dlopen", "dlopen@@GLIBC_2.34", "___dlopen")
    with pytest.raises(trapline.SymbolNotFound, match="plugin_only"):
        inferior.advance("plugin_only")
    assert isinstance(inferior.advance("plugin_only", pending=True), trapline.StepFinished)
    assert inferior.frame.function == "plugin_only"
    assert inferior.breakpoints == ()


@pytest.mark.parametrize("flags", [(), ("-static",)])
def test_advance_waits_for_an_ifunc(launch: Any, flags: tuple[str, ...]) -> None:
    """It is in the program, and has an address when its resolver has run."""
    inferior = launch(programs.build("ifunc.c", *flags))
    assert isinstance(inferior.advance("chosen"), trapline.StepFinished)
    assert (inferior.frame.function, inferior.breakpoints) == ("second", ())


SHARED = "shared_caller.c"


@pytest.mark.parametrize("verb", ["until", "advance"])
def test_an_end_that_cannot_be_watched(launch: Any, verb: str) -> None:
    """Where the caller's code is in shared memory it is refused, and nothing is left at the goal."""
    inferior = at_mark(launch, SHARED, "first")
    before = dict(inferior._target.sites.owners)
    options = {"within_frame": True} if verb == "advance" else {}
    with pytest.raises(trapline.LocationError, match="shared memory"):
        getattr(inferior, verb)(f"{SHARED}:{programs.mark(SHARED, 'last')}", **options)
    assert inferior._target.sites.owners == before
    assert isinstance(inferior.resume(), trapline.Exited)


def test_one_of_many_ways_out_that_cannot_be_watched(launch: Any) -> None:
    """The others are not left behind."""
    inferior = at_mark(launch, SHARED, "first")
    target, frame = inferior._target, inferior.frame
    before = dict(target.sites.owners)
    with pytest.raises(trapline.LocationError, match="shared memory"):
        plans.LeaveFrame(target, inferior.thread.tid, [frame.pc, frame.caller.pc], 0, 0)
    assert target.sites.owners == before


@pytest.mark.parametrize("flags", [(), ("-O1",)])
def test_until_leaves_a_loop(launch: Any, flags: tuple[str, ...]) -> None:
    """At the end of a loop until() goes on behind it, where next() goes back."""
    source = "steps_loops.c"
    inferior = launch(programs.build(source, *flags))
    inferior.advance("main")
    seen = [line(inferior)]
    while seen[-1] < programs.mark(source, "machine"):
        assert isinstance(inferior.until(), trapline.StepFinished)
        assert inferior.frame.function == "main"
        seen.append(line(inferior))
        assert len(seen) < 60
    assert len(seen) < 30
