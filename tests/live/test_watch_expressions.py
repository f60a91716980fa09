"""Watchpoints on expressions: lengths, values, scopes, pointers on the way, stepping without registers."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import warnings
from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline

_SOURCE = "watching.c"


def _at(launch: Any, mark: str, *arguments: str) -> Any:
    """Return the program, stopped at a line."""
    return at_mark(launch, _SOURCE, mark, arguments=arguments)


def _hits(inferior: Any) -> list[tuple[str, str]]:
    """Return old and new values of all hits until the end."""
    return [
        (str(stop.old), str(stop.new))
        for stop in inferior.events()
        if isinstance(stop, trapline.WatchpointHit)
    ]


_CHANGES = {
    "shape.corner.y": [("2", "7")],
    "shape.area": [("4", "8")],
    "shape.corner": [("{x = 1, y = 2}", "{x = 1, y = 7}")],
    "flags.second": [("0", "9")],
    "flags.first": [("0", "2")],
    "packed.wide": [("0", "1234605616436508552")],
    "table[at]": [
        ("0", "5"),
        ("5", "6"),
    ],
    "ratio": [("0", "1.5")],
    "hidden": [("0", "3")],
    "head->value": [("10", "11"), ("11", "20"), ("20", "21"), ("21", "<unreadable>"), ("<unreadable>", "30")],
}


@pytest.mark.parametrize("expression", _CHANGES)
def test_values_as_they_change(launch: Any, expression: str) -> None:
    """Each change is one stop with the old and the new value in the expression's type."""
    inferior = _at(launch, "change")
    watch = inferior.set_watchpoint(expression)
    assert watch.is_hardware
    hits = _hits(inferior)
    assert hits == _CHANGES[expression]
    assert watch.hit_count == len(hits)


@pytest.mark.parametrize(
    "expression", ["shape.corner.y", "shape.corner", "flags.second", "packed.wide", "ratio", "head->value"]
)
def test_values_are_gdbs(launch: Any, expression: str) -> None:
    """What gdb prints as old and new values at the same program."""
    inferior = _at(launch, "change")
    inferior.set_watchpoint(expression)
    line = f"{_SOURCE}:{programs.mark(_SOURCE, 'change')}"
    commands = ["set style enabled off", f"break {line}", "run > /dev/null", f"watch {expression}"]
    commands += ["continue"] * 8
    words = [word for command in commands for word in ("-ex", command)]
    debugger = shutil.which("gdb")
    if debugger is None:
        pytest.skip("no gdb here")
    said = subprocess.run(
        [debugger, "-q", "-nx", "-batch", *words, programs.build(_SOURCE)],
        capture_output=True,
        text=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
    ).stdout
    values = [text.partition(" = ")[2] for text in said.splitlines() if text.startswith(("Old v", "New v"))]
    assert values
    assert [value for hit in _hits(inferior) for value in hit] == values


def test_a_large_object_is_stepped_with_a_warning(launch: Any) -> None:
    """What four registers cannot hold is watched by stepping; the warning says what that costs."""
    inferior = _at(launch, "change")
    with pytest.warns(RuntimeWarning, match=r"stepping.*slower.*400 bytes"):
        watch = inferior.set_watchpoint("large")
    assert not watch.is_hardware
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert (bytes(stop.old)[399:], bytes(stop.new)[399:]) == (b"\0", b"x")
    assert stop.frame.function == "change"
    with pytest.raises(trapline.LocationError, match="400 bytes"):
        inferior.set_watchpoint("large", hardware=True)


def test_an_object_in_several_registers(launch: Any) -> None:
    """24 bytes take three; a fourth is left, a fifth chunk is not."""
    inferior = _at(launch, "change")
    watch = inferior.set_watchpoint("shape")
    assert (watch.is_hardware, watch.length) == (True, 32)
    assert len(_hits(inferior)) >= 3


def test_the_fifth_is_stepped(launch: Any) -> None:
    """When the registers are taken a further one falls back, with who has them; all of them are right."""
    inferior = _at(launch, "change")
    names = ["shape.corner.y", "shape.area", "ratio", "hidden"]
    watches = [inferior.set_watchpoint(name) for name in names]
    with pytest.warns(RuntimeWarning, match="debug registers are in use, by watchpoint 2"):
        fifth = inferior.set_watchpoint("flags.second")
    assert [watch.is_hardware for watch in (*watches, fifth)] == [True] * 4 + [False]
    order = [stop.watchpoint.spec for stop in inferior.events() if isinstance(stop, trapline.WatchpointHit)]
    assert order == ["shape.corner.y", "shape.area", "flags.second", "ratio", "hidden"]


# -- stepping instead of registers ---------------------------------------------------------------


@pytest.mark.parametrize("expression", ["shape.corner.y", "head->value", "packed.wide"])
def test_stepping_sees_what_registers_see(launch: Any, expression: str) -> None:
    """hardware=False: the same stops."""
    inferior = _at(launch, "change")
    inferior.set_watchpoint(expression, hardware=False)
    assert _hits(inferior) == _CHANGES[expression]


def test_stepping_with_breakpoints_and_callbacks(launch: Any) -> None:
    """Breakpoints on the way are hit once each, with their conditions and callbacks; nothing is missed."""
    inferior = _at(launch, "sum")
    watch = inferior.set_watchpoint("table[0]", hardware=False)
    line = programs.mark(_SOURCE, "total")
    point = inferior.set_breakpoint(f"{_SOURCE}:{line}", callback=lambda *_: False)
    deep = inferior.set_breakpoint(f"{_SOURCE}:{programs.mark(_SOURCE, 'mine')}", condition="n == 1")
    stops = list(inferior.events())
    assert [type(stop).__name__ for stop in stops] == [
        "BreakpointHit",
        "WatchpointHit",
        "WatchpointHit",
        "Exited",
    ]
    assert (point.hit_count, deep.hit_count, watch.hit_count) == (4, 1, 2)


def test_stepping_in_all_threads(launch: Any) -> None:
    """Threads that are born meanwhile are stepped too: each value is seen, whichever thread then looks."""
    inferior = _at(launch, "change", "threads")
    values = []

    def heard(inferior: Any, stop: Any) -> None:
        values.append((int(stop.old), int(stop.new)))

    inferior.set_watchpoint("table[3]", hardware=False, callback=heard)
    assert inferior.run(timeout=100).code == 0
    assert values[-1][1] > 0
    assert all(before[1] == after[0] for before, after in itertools.pairwise(values))
    # Of 40 writes those of both threads between two looks are one change, or none.
    assert len(values) >= 10


def test_stepping_and_signals(launch: Any) -> None:
    """Signals are delivered to handlers as ever, and the program's own work is not changed."""
    words = [programs.build("signals.c"), "10", "12", "14", "35"]
    plain, inferior = (launch(words, stdout=trapline.PIPE) for _ in range(2))
    status = plain.run()
    inferior.set_breakpoint("before", temporary=True)
    inferior.resume()
    inferior.set_watchpoint(inferior.thread.registers.rsp - 8192, length=1, hardware=False)
    assert inferior.run(timeout=100) == status
    assert inferior.stdout.read() == plain.stdout.read() != b""


def test_stepping_that_a_callback_begins_and_ends(launch: Any) -> None:
    """Set in a callback it sees what follows; deleted in one, the program runs on at its own speed."""
    inferior = _at(launch, "sum")
    seen: list[int] = []

    def begin(inferior: Any, breakpoint: Any) -> None:
        inferior.set_watchpoint("table[0]", hardware=False, callback=end)

    def end(inferior: Any, stop: Any) -> None:
        seen.append(int(stop.new))
        stop.watchpoint.delete()

    inferior.set_breakpoint("change", callback=begin)
    assert inferior.run(timeout=100).code == 0
    assert seen == [5]


def test_stepping_ends_at_an_exec(launch: Any) -> None:
    """Another program has nothing to be watched: it runs to its end, or to the stop that is asked for."""
    inferior = launch([programs.build("execs.c"), "leader", programs.build("watched.c")])
    inferior.set_breakpoint("main", temporary=True)
    inferior.resume()
    inferior.set_watchpoint(inferior.thread.registers.rsp - 4096, length=1, hardware=False)
    point = inferior.set_breakpoint("executed")
    stops = [stop for stop in inferior.events() if isinstance(stop, trapline.BreakpointHit)]
    assert [stop.breakpoints for stop in stops] == [(point,)] * 2
    assert inferior.watchpoints == ()


def test_the_users_own_step_looks_too(launch: Any) -> None:
    """step_instruction over the write is a hit; next over the line too."""
    inferior = _at(launch, "change")
    watch = inferior.set_watchpoint("shape.corner.y", hardware=False)
    stop = inferior.next()
    assert isinstance(stop, trapline.WatchpointHit)
    assert watch.hit_count == 1
    assert isinstance(inferior.next(), trapline.StepFinished)


def test_interrupted_and_timed_out_while_stepping(launch: Any) -> None:
    """interrupt() and timeout= work as ever."""
    inferior = launch([programs.build("spin.c")])
    inferior.set_breakpoint("main", temporary=True)
    inferior.resume()
    inferior.set_watchpoint(inferior.thread.registers.rsp - 4096, length=1, hardware=False)
    with pytest.raises(trapline.StopTimeout):
        inferior.resume(timeout=0.2)
    inferior.interrupt()
    assert isinstance(inferior.wait(timeout=60), trapline.Interrupted)
    assert isinstance(inferior.step_instruction(), trapline.StepFinished)


def test_reads_are_not_seen_by_stepping(launch: Any) -> None:
    """A read needs a register."""
    inferior = _at(launch, "change")
    with pytest.raises(trapline.LocationError, match="writes only"):
        inferior.set_watchpoint("ratio", access="read_write", hardware=False)
    assert inferior.watchpoints == ()


# -- scopes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hardware", [True, False])
def test_a_local_ends_with_its_frame(launch: Any, hardware: bool) -> None:
    """When the function has returned it is a stop of its own, in the caller, and the watchpoint is gone."""
    inferior = _at(launch, "total")
    watch = inferior.set_watchpoint("total", hardware=hardware)
    stops = []
    for stop in inferior.events():
        stops.append(stop)
        if isinstance(stop, trapline.WatchpointEnded):
            break
    assert [(int(stop.old), int(stop.new)) for stop in stops[:-1]] == [(0, 1), (1, 3), (3, 6)]
    assert stops[-1].watchpoint is watch
    assert stops[-1].frame.function == "main"
    assert (watch.deleted, inferior.watchpoints) == (True, ())
    assert isinstance(inferior.resume(), trapline.Exited)


def test_recursion_leaves_the_outer_frame_alone(launch: Any) -> None:
    """Deeper calls of the same function neither hit nor end it."""
    inferior = _at(launch, "mine")
    inferior.set_watchpoint("mine")
    stops = [stop for stop in inferior.events() if not isinstance(stop, trapline.Exited)]
    assert [type(stop).__name__ for stop in stops] == ["WatchpointHit", "WatchpointHit", "WatchpointEnded"]
    assert [int(stop.new) for stop in stops[:2]] == [2, 3]


@pytest.mark.parametrize("flags", [(), ("-O2",)])
@pytest.mark.parametrize("mark", ["inlined", "reached"])
def test_a_frame_that_returns_beyond_the_one_above(launch: Any, mark: str, flags: tuple[str, ...]) -> None:
    """An inlined call ends with the function around it, one after a tail call where that returns to."""
    inferior = at_mark(launch, "left_frames.c", mark, *flags)
    inferior.set_watchpoint("mine")
    hit, end = inferior.resume(), inferior.resume()
    assert isinstance(hit, trapline.WatchpointHit) and int(hit.new) == 2
    assert isinstance(end, trapline.WatchpointEnded)
    assert inferior.frame.function == ("jumps" if mark == "reached" and not flags else "main")
    assert isinstance(inferior.resume(), trapline.Exited)


def test_a_frame_that_is_jumped_out_of(launch: Any) -> None:
    """After longjmp the memory belongs to others: no hit in their frames, at most the end."""
    inferior = _at(launch, "leap")
    inferior.set_watchpoint("mine")
    stops = list(inferior.events())
    hits = [int(stop.new) for stop in stops if isinstance(stop, trapline.WatchpointHit)]
    assert hits == [1, 2] or hits == [2]
    assert isinstance(stops[-1], trapline.Exited)


def test_a_callback_hears_of_hits_only(launch: Any) -> None:
    """With a callback the end of the frame is no stop."""
    inferior = _at(launch, "total")
    seen: list[int] = []
    inferior.set_watchpoint("total", callback=lambda _, stop: seen.append(int(stop.new)))
    assert isinstance(inferior.resume(), trapline.Exited)
    assert seen == [1, 3, 6]


def test_a_global_does_not_end(launch: Any) -> None:
    """Names of the program, and statics of a function, outlive every frame; a Value is a place."""
    inferior = _at(launch, "total")
    assert not inferior.set_watchpoint("table[0]").is_local
    assert not inferior.set_watchpoint(inferior.evaluate("total")).is_local
    assert inferior.set_watchpoint("total").is_local


def test_a_local_whose_end_cannot_be_seen(launch: Any) -> None:
    """Where the caller's code is in shared memory it is refused; no register is taken, and no number."""
    inferior = at_mark(launch, "shared_caller.c", "first")
    with pytest.raises(trapline.LocationError, match="shared memory"):
        inferior.set_watchpoint("mine")
    assert inferior.watchpoints == ()
    assert inferior._target.hardware.slots == [None] * 4
    assert inferior.set_watchpoint("sink").id == 2
    assert inferior.run().code == 3


# -- restart -------------------------------------------------------------------------------------


@pytest.mark.parametrize("aslr", [False, True])
def test_globals_are_watched_in_the_next_run(launch: Any, aslr: bool) -> None:
    """restart(): a watch on a global goes on, wherever it is then; one on a local is gone."""
    inferior = launch([programs.build(_SOURCE)], stdout=trapline.DEVNULL, aslr=aslr)
    inferior.set_breakpoint(f"{_SOURCE}:{programs.mark(_SOURCE, 'total')}", temporary=True)
    inferior.resume()
    inferior.set_watchpoint("total")
    watch = inferior.set_watchpoint("shape.area")
    symbol = inferior.set_watchpoint(inferior.symbol("at"))
    inferior.restart()
    assert inferior.watchpoints == (watch, symbol)
    stops = [stop for stop in inferior.events() if isinstance(stop, trapline.WatchpointHit)]
    assert [(stop.watchpoint, int(stop.new)) for stop in stops] == [(watch, 8), (symbol, 2)]
    assert watch.hit_count == 1


# -- what cannot be watched ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("nope", "No symbol"),
        ("1 + 2", r"^Cannot watch constant value `1 \+ 2'\.$"),
        ("&table", "constant value"),
        ("sizeof(table)", "constant value"),
        ("sum", "constant value"),
        ("*(int *) 8", r"cannot watch \*\(int \*\) 8: Cannot access memory at address 0x8"),
        ("head->nope", "nope"),
        ("table[", "ends too soon|expected"),
        ("", "expression"),
        ("+".join(["at"] * 5000), "too long"),
        ("sum(3)", "call|memory|function"),
        ("at = 3", "assign|effect|chang|memory"),
        ("at++", "assign|effect|chang|memory"),
    ],
)
def test_what_cannot_be_watched(launch: Any, expression: str, said: str) -> None:
    """One line that says why; nothing is set, nothing in the program is changed, the session goes on."""
    inferior = _at(launch, "change")
    with pytest.raises(trapline.DebuggerError, match=said) as error:
        inferior.set_watchpoint(expression)
    assert "\n" not in str(error.value)
    assert inferior.watchpoints == ()
    assert int(inferior.evaluate("at")) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert inferior.set_watchpoint("at").id == 2


def test_after_the_end_for_the_next_run(launch: Any) -> None:
    """A watch on a global is set where nothing runs, with its condition, and in force from restart() on."""
    inferior = launch(programs.build("watched.c"))
    inferior.run()
    plain = inferior.set_watchpoint("two_bytes")
    chosen = inferior.set_watchpoint("four_bytes", condition="four_bytes == 0x22")
    assert (plain.pieces, plain.value, plain.enabled) == ((), None, True)
    assert (chosen.condition, [one.id for one in inferior.watchpoints]) == (
        "four_bytes == 0x22",
        [plain.id, chosen.id],
    )
    inferior.restart()
    assert plain.address == inferior.symbol("two_bytes").address
    stops = [inferior.resume() for _ in range(3)]
    seen = [(stop.watchpoint, int(stop.old), int(stop.new)) for stop in stops]
    assert seen == [(plain, 0, 0x11), (plain, 0x11, 0x22), (chosen, 0x11, 0x22)]
    assert isinstance(inferior.resume(), trapline.Exited)


def test_what_the_next_run_will_not_have(launch: Any) -> None:
    """Names that mean nothing, and addresses of the run that is over, are refused after the end."""
    inferior = launch(programs.build("watched.c"))
    address = inferior.symbol("two_bytes").address
    inferior.run()
    with pytest.raises(trapline.VariableNotFound):
        inferior.set_watchpoint("nosuch")
    for constant in ("1 + 2", "$rip", "main", "&two_bytes", '"text"'):
        with pytest.raises(trapline.EvaluationError):
            inferior.set_watchpoint(constant)
    with pytest.raises(trapline.VariableNotFound):
        inferior.set_watchpoint("two_bytes", condition="nosuch == 1")
    with pytest.raises(trapline.InferiorExited):
        inferior.set_watchpoint(address, length=2)
    assert not inferior.watchpoints
    kept = inferior.set_watchpoint("two_bytes")
    kept.delete()
    inferior.restart()
    assert isinstance(inferior.resume(), trapline.Exited)
