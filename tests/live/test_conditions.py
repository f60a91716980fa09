"""Conditions of breakpoints and watchpoints: meaning, counts, errors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline import BreakpointHit, EvaluationError, Exited, Inferior, WatchpointHit
from trapline.control.judge import TargetJudge

Launch = Callable[..., Inferior]


@pytest.fixture
def c_program(launch: Launch) -> Inferior:
    return launch([programs.build("conditions.c")])


def _at(source: str, name: str) -> str:
    return f"{source}:{programs.mark(source, name)}"


def _hit(inferior: Inferior) -> BreakpointHit:
    stop = inferior.resume(timeout=60)
    assert isinstance(stop, BreakpointHit), stop
    return stop


# -- what they mean ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "stops"),
    [
        ('$_caller_is("main")', [6]),
        ('$_caller_is("main", 2)', [5]),
        ('!$_caller_is("main") && n > 3', [5, 4]),
        ('$_caller_matches("ma")', [6]),
        ('$_any_caller_is("main", 3)', [6, 5, 4]),
        ('$_any_caller_matches("^m.*n$", 2) && !$_caller_is("main", 0)', [6, 5]),
    ],
)
def test_who_called(c_program: Inferior, condition: str, stops: list[int]) -> None:
    """gdb's functions about the frames above: "any" asks the frame itself and those up to a number."""
    point = c_program.set_breakpoint("fact", condition=condition)
    for n in stops:
        assert int(_hit(c_program).frame["n"]) == n
    assert isinstance(c_program.resume(timeout=60), Exited)
    assert (point.hit_count, point.condition_error) == (len(stops), "")


def test_a_recursive_function_stops_at_the_call_that_is_meant(c_program: Inferior) -> None:
    breakpoint = c_program.set_breakpoint("fact", condition="n == 3")
    stop = _hit(c_program)
    assert stop.condition_errors == ()
    assert stop.frame is not None
    assert int(stop.frame["n"]) == 3
    assert len([one for one in c_program.thread.frames() if one.function == "fact"]) == 4
    assert breakpoint.hit_count == 1
    assert isinstance(c_program.resume(), Exited)
    assert breakpoint.hit_count == 1


@pytest.mark.parametrize(
    ("location", "condition", "expression", "value"),
    [
        ("visit", "node->value == 2", "name[0]", "116 't'"),
        ("visit", "node && node->next && node->next->next == 0", "node->value", "2"),
        ("visit", "color == BLUE", "node->value", "3"),
        ("visit", "total == 3", "node == 0", "1"),
        ("visit", "sizeof(*node) == 16 && ((struct node *)node)->value > 1", "node->value", "2"),
        ("fact", "is_even(n) && n < 5", "n", "4"),
        ("fact", "$rdi == 2", "n", "2"),
    ],
)
def test_c(c_program: Inferior, location: str, condition: str, expression: str, value: str) -> None:
    c_program.set_breakpoint(location, condition=condition)
    stop = _hit(c_program)
    assert stop.frame is not None
    assert str(stop.frame.evaluate(expression)) == value


def test_cpp_members_namespaces_and_overloads(launch: Launch) -> None:
    inferior = launch([programs.build("conditions.cpp")])
    breakpoint = inferior.set_breakpoint("shop::Counter::add", condition="sum == 30 && this->last > by / 2")
    stop = _hit(inferior)
    assert stop.frame is not None
    assert int(stop.frame.evaluate("by")) == 30
    breakpoint.delete()
    with pytest.warns(trapline.UnboundBreakpointWarning, match="visitor"):
        breakpoint = inferior.set_breakpoint("shop::enter", condition="visitor == 4 && shop::opened == 4")
    assert [one.enabled for one in breakpoint.locations].count(False) == 1
    stop = _hit(inferior)
    assert stop.frame is not None
    assert int(stop.frame["visitor"]) == 4
    assert isinstance(inferior.resume(), Exited)
    assert breakpoint.hit_count == 1


def test_rust_variants(launch: Launch) -> None:
    inferior = launch([programs.build("conditions.rs")])
    quits = inferior.set_breakpoint(
        _at("conditions.rs", "handle"), condition='$variant(message) == "Quit" && turn > 0'
    )
    taken = inferior.set_breakpoint(
        _at("conditions.rs", "take"), condition='$variant(limit) == "None" || turn == 5'
    )
    turns = []
    for _ in range(3):
        stop = _hit(inferior)
        assert stop.frame is not None
        turns.append((stop.breakpoints[0].id, int(stop.frame["turn"])))
    assert turns == [(taken.id, 7), (quits.id, 4), (taken.id, 5)]
    assert isinstance(inferior.resume(), Exited)


# -- threads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hardware", [False, True])
def test_every_thread_is_judged_by_its_own_frame(launch: Launch, hardware: bool) -> None:
    inferior = launch([programs.build("conditions.c"), "4", "50"])
    breakpoint = inferior.set_breakpoint("leaf", condition="round % 25 == id", hardware=hardware)
    seen = []
    while isinstance(stop := inferior.resume(timeout=60), BreakpointHit):
        assert stop.frame is not None
        seen.append((int(stop.frame["id"]), int(stop.frame["round"])))
    assert isinstance(stop, Exited)
    assert sorted(seen) == [(number, number + base) for number in range(4) for base in (0, 25)]
    assert breakpoint.hit_count == 8


def test_a_false_condition_leaves_the_others_running(launch: Launch) -> None:
    """Conditions call a function of the program while three threads go on."""
    inferior = launch([programs.build("conditions.c"), "3", "30"])
    breakpoint = inferior.set_breakpoint("leaf", condition="is_even(round) && round < 0")
    assert isinstance(inferior.resume(timeout=60), Exited)
    assert breakpoint.hit_count == 0
    assert inferior.exit_status == trapline.ExitStatus(code=0)


def test_the_thread_filter_comes_first(launch: Launch) -> None:
    inferior = launch([programs.build("conditions.c"), "2", "5"])
    breakpoint = inferior.set_breakpoint("leaf", thread=inferior.thread, condition="round == 1")
    assert isinstance(inferior.resume(timeout=60), Exited)
    assert breakpoint.hit_count == 0


def test_a_fork_child_has_it_too(launch: Launch) -> None:
    inferior = launch([programs.build("forks.c"), "fork", "1"], follow_fork="both")
    inferior.set_breakpoint("shared", condition="passed == 1")
    inferior.set_breakpoint("in_child", condition="passed == 0")
    stop = inferior.resume(timeout=60)
    while not isinstance(stop, BreakpointHit | Exited):
        stop = inferior.resume(timeout=60)
    assert isinstance(stop, BreakpointHit)
    assert stop.inferior is not inferior
    assert stop.frame is not None
    assert stop.frame.function == "in_child"


# -- counts and order ----------------------------------------------------------------------------


def test_the_ignore_count_counts_only_what_held(c_program: Inferior) -> None:
    breakpoint = c_program.set_breakpoint("fact", condition="n % 2 == 0", ignore_count=2)
    stop = _hit(c_program)
    assert stop.frame is not None
    assert int(stop.frame["n"]) == 2
    assert (breakpoint.hit_count, breakpoint.ignore_count) == (3, 0)


def test_the_callback_is_asked_last(c_program: Inferior) -> None:
    asked = []

    def callback(inferior: Inferior, breakpoint: trapline.Breakpoint) -> bool:
        asked.append(int(inferior.frame["n"]))
        return False

    breakpoint = c_program.set_breakpoint("fact", condition="n < 5", ignore_count=1, callback=callback)
    assert isinstance(c_program.resume(), Exited)
    assert asked == [3, 2, 1]
    assert breakpoint.hit_count == 4


def test_a_temporary_one_lives_until_it_holds(c_program: Inferior) -> None:
    breakpoint = c_program.set_breakpoint("fact", condition="n == 2", temporary=True)
    _hit(c_program)
    assert breakpoint.deleted
    assert isinstance(c_program.resume(), Exited)


def test_two_at_one_place_have_their_own(c_program: Inferior) -> None:
    first = c_program.set_breakpoint("fact", condition="n > 3")
    second = c_program.set_breakpoint("fact", condition="n < 5")
    found = []
    while isinstance(stop := c_program.resume(), BreakpointHit):
        found.append(stop.breakpoints)
    assert found == [(first,), (first,), (first, second), (second,), (second,), (second,)]


def test_assignment_and_clearing(c_program: Inferior) -> None:
    breakpoint = c_program.set_breakpoint("fact", condition="n == 5")
    assert breakpoint.condition == "n == 5"
    _hit(c_program)
    with pytest.raises(EvaluationError, match='No symbol "m" in current context'):
        breakpoint.condition = "m == 5"
    assert breakpoint.condition == "n == 5"
    breakpoint.condition = "n == 3"
    stop = _hit(c_program)
    assert stop.frame is not None
    assert int(stop.frame["n"]) == 3
    breakpoint.condition = None
    stop = _hit(c_program)
    assert stop.frame is not None
    assert int(stop.frame["n"]) == 2
    assert breakpoint.condition is None
    assert breakpoint.hit_count == 3


def test_a_restart_keeps_it(c_program: Inferior) -> None:
    breakpoint = c_program.set_breakpoint("fact", condition="n == 3")
    for _ in range(2):
        stop = _hit(c_program)
        assert stop.frame is not None
        assert int(stop.frame["n"]) == 3
        assert breakpoint.hit_count == 1
        c_program.restart()


# -- when one fails ------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", ["nope == 1", "n ==", "n == )", "fact(nope)", "sizeof(nope)", ""])
def test_a_wrong_one_is_refused_when_it_is_set(c_program: Inferior, condition: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        c_program.set_breakpoint("fact", condition=condition)
    assert "\n" not in str(caught.value)
    assert c_program.breakpoints == ()
    assert isinstance(c_program.resume(), Exited)


def test_an_error_stops_and_says_why(c_program: Inferior) -> None:
    asked = []
    breakpoint = c_program.set_breakpoint(
        "visit", condition="node->value == 4", ignore_count=5, callback=lambda *given: asked.append(given)
    )
    stop = _hit(c_program)
    assert stop.condition_errors == ((breakpoint.id, "Cannot access memory at address 0x0"),)
    assert (
        f"error in testing condition for breakpoint {breakpoint.id}: Cannot access memory at address 0x0"
        in str(stop)
    )
    assert stop.frame is not None
    assert int(stop.frame["node"]) == 0
    assert breakpoint.hit_count == 1
    assert asked == []
    assert isinstance(c_program.resume(), Exited)


def test_one_that_calls_the_function_of_its_own_breakpoint(c_program: Inferior) -> None:
    """The program's passes count, those of the call do not."""
    breakpoint = c_program.set_breakpoint("fact", condition="fact(n) == 6")
    stop = _hit(c_program)
    assert stop.condition_errors == ()
    assert stop.frame is not None
    assert int(stop.frame["n"]) == 3
    assert breakpoint.hit_count == 1
    assert isinstance(c_program.resume(), Exited)
    assert breakpoint.hit_count == 1


def test_two_that_call_each_others_functions(c_program: Inferior) -> None:
    """Another breakpoint's stop in the call is an error of the condition, and it ends there."""
    c_program.set_breakpoint("is_even", condition="fact(3) == 6")
    breakpoint = c_program.set_breakpoint("fact", condition="is_even(n)")
    stop = _hit(c_program)
    ((number, why),) = stop.condition_errors
    assert number == breakpoint.id
    assert "breakpoint 1 hit" in why
    assert stop.frame is not None
    assert int(stop.frame["n"]) == 6


def test_one_that_waits_for_its_function_is_checked_then(launch: Launch) -> None:
    library = programs.build("plugin.c", "-shared", "-fPIC")
    inferior = launch([programs.build("loader.c"), library])
    breakpoint = inferior.set_breakpoint("plugin_only", condition="nothing_has_this == 1")
    assert breakpoint.pending
    with pytest.warns(trapline.UnboundBreakpointWarning, match='No symbol "nothing_has_this"'):
        inferior.run(timeout=60)
    assert breakpoint.hit_count == 0


# -- watchpoints ---------------------------------------------------------------------------------


def test_a_watchpoint_of_a_global(c_program: Inferior) -> None:
    condition = "watched > 25 && watched != 40"
    watchpoint = c_program.set_watchpoint("watched", condition=condition)
    news = []
    while isinstance(stop := c_program.resume(), WatchpointHit):
        news.append((stop.old, stop.new))
    assert news == [(20, 30), (40, 50)]
    assert watchpoint.hit_count == 2


def test_a_watchpoint_by_variables_of_the_function_around(c_program: Inferior) -> None:
    c_program.set_breakpoint(_at("conditions.c", "change"), temporary=True)
    _hit(c_program)
    watchpoint = c_program.set_watchpoint(c_program.symbol("watched"), condition="turn == 4")
    stop = c_program.resume()
    assert isinstance(stop, WatchpointHit)
    assert stop.new == 40
    assert c_program.frame.function == "set_watched"
    with pytest.raises(EvaluationError, match='No symbol "turn"'):
        watchpoint.condition = "turn == 5"
    watchpoint.condition = "to == 50"
    stop = c_program.resume()
    assert isinstance(stop, WatchpointHit)
    assert stop.new == 50


def test_an_error_of_a_watchpoint_stops(c_program: Inferior) -> None:
    c_program.set_watchpoint(c_program.symbol("watched"), condition="*(int *)0 == 1")
    stop = c_program.resume()
    assert isinstance(stop, WatchpointHit)
    assert stop.condition_errors[0][1] == "Cannot access memory at address 0x0"


# -- costs ---------------------------------------------------------------------------------------


def test_a_breakpoint_without_one_imports_no_language() -> None:
    script = (
        "import sys, trapline\n"
        f"inferior = trapline.launch([{programs.build('conditions.c')!r}])\n"
        "inferior.set_breakpoint('fact')\n"
        "inferior.resume()\n"
        "inferior.kill()\n"
        "names = ('trapline.control.conditions', 'trapline.inspection.language.parser')\n"
        "print([name for name in names if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- passes that nobody is asked about -----------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the load addresses of the hits that the judge is asked about."""
    addresses = []
    in_full = TargetJudge.trap

    def trap(self: TargetJudge, thread: Any, address: int) -> bool:
        addresses.append(address)
        return in_full(self, thread, address)

    monkeypatch.setattr(TargetJudge, "trap", trap)
    return addresses


def test_a_false_pass_is_not_asked_about(launch: Launch, asked: list[int]) -> None:
    """The first one in each place is; then the one that holds, with all that comes after a condition."""
    inferior = launch([programs.build("conditions.c"), "1", "500"])
    breakpoint = inferior.set_breakpoint("leaf", condition="round % 100 == 99", ignore_count=2)
    stop = _hit(inferior)
    assert stop.frame is not None
    assert int(stop.frame["round"]) == 299
    address = breakpoint.locations[0].address
    assert asked.count(address) == 4  # rounds 0, 99, 199, 299
    assert (breakpoint.hit_count, breakpoint.ignore_count) == (3, 0)


def test_what_is_changed_is_asked_about_again(launch: Launch, asked: list[int]) -> None:
    """A second breakpoint in the same place, another condition, a thread, none: each is heard at once."""
    inferior = launch([programs.build("conditions.c"), "1", "500"])
    breakpoint = inferior.set_breakpoint("leaf", condition="round == 10")

    def round_of(stop: BreakpointHit) -> int:
        assert stop.frame is not None
        return int(stop.frame["round"])

    assert round_of(_hit(inferior)) == 10
    second = inferior.set_breakpoint("leaf", temporary=True)
    assert round_of(_hit(inferior)) == 11
    assert second.deleted
    breakpoint.condition = "round == 20"
    assert round_of(_hit(inferior)) == 20
    breakpoint.condition = None
    assert round_of(_hit(inferior)) == 21
    breakpoint.condition = "round == 1000 / (round - 30)"
    stop = _hit(inferior)
    assert round_of(stop) == 30
    assert "Division by zero" in breakpoint.condition_error
    breakpoint.condition = "round == 40"
    assert round_of(_hit(inferior)) == 40
    breakpoint.disable()
    breakpoint.enable()
    breakpoint.condition = "round >= 50"
    assert round_of(_hit(inferior)) == 50
    assert len(asked) < 60
