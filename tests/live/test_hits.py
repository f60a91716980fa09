"""What happens at a hit: rules about its number, stops that disable, texts that are written."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs

import trapline

_SOURCE = "conditions.c"


def _launched(launch: Any) -> Any:
    return launch([programs.build(_SOURCE)])


def _counts(launch: Any, rule: str) -> list[int]:
    """Return the numbers of the hits of `one` that stop under a rule; it is called ten times."""
    inferior = launch([programs.build("hits.c"), "10"])
    point = inferior.set_breakpoint("one", hit_condition=rule)
    counts = [point.hit_count for stop in inferior.events() if isinstance(stop, trapline.BreakpointHit)]
    assert point.hit_count == 10
    return counts


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("== 5", [5]),
        ("5", [5]),
        ("=7", [7]),
        ("!= 3", [1, 2, 4, 5, 6, 7, 8, 9, 10]),
        (">= 8", [8, 9, 10]),
        ("> 8", [9, 10]),
        ("<= 2", [1, 2]),
        ("<3", [1, 2]),
        ("% 4", [4, 8]),
    ],
)
def test_rules(launch: Any, rule: str, expected: list[int]) -> None:
    """Each rule stops at the hits that it names and counts all."""
    assert _counts(launch, rule) == expected


@pytest.mark.parametrize("rule", ["", "often", ">=", "% 0", "-3", "1.5", "== x", "== 5 6", "9" * 40, "٣"])
def test_nonsense_is_no_rule(launch: Any, rule: str) -> None:
    """One line that says what a rule is; no breakpoint is left, and the program goes on."""
    inferior = _launched(launch)
    with pytest.raises(trapline.UsageError, match="hit"):
        inferior.set_breakpoint("fact", hit_condition=rule)
    assert inferior.breakpoints == ()
    point = inferior.set_breakpoint("fact", hit_condition="== 1")
    with pytest.raises(trapline.UsageError):
        point.hit_condition = rule
    assert point.hit_condition == "== 1"


def test_a_rule_beside_condition_and_ignore_count(launch: Any) -> None:
    """The rule counts the passes whose condition held; those that are ignored count too."""
    inferior = launch([programs.build("hits.c"), "20"])
    point = inferior.set_breakpoint("one", condition="n % 2 == 0", hit_condition="% 3", ignore_count=4)
    counts = [point.hit_count for stop in inferior.events() if isinstance(stop, trapline.BreakpointHit)]
    assert point.hit_count == 10
    assert counts == [6, 9]


def test_enabled_for_some_stops(launch: Any) -> None:
    """enable_for(2): two stops, then disabled; enable() makes it stay."""
    inferior = launch([programs.build("hits.c"), "6"])
    point = inferior.set_breakpoint("one")
    point.enable_for(2)
    assert [type(stop).__name__ for stop in inferior.events()] == ["BreakpointHit", "BreakpointHit", "Exited"]
    assert (point.enabled, point.hit_count) == (False, 2)
    inferior.restart()
    point.enable()
    assert len(list(inferior.events())) == 7
    with pytest.raises(trapline.UsageError):
        point.enable_for(0)


# -- logpoints -----------------------------------------------------------------------------------


def _logged(launch: Any, location: str, text: str, **options: Any) -> list[str]:
    inferior = _launched(launch)
    lines: list[str] = []
    inferior.log = lines.append
    point = inferior.set_breakpoint(location, log=text, **options)
    assert isinstance(inferior.resume(), trapline.Exited)
    assert point.hit_count >= len(lines)
    return lines


def test_a_log_text_is_written_at_each_hit(launch: Any) -> None:
    """Expressions are computed in the frame that is there; nothing stops."""
    lines = _logged(launch, "fact", "n = {n}, {/x n + 15}, {{n}}")
    assert lines[:3] == ["n = 6, 0x15, {n}", "n = 5, 0x14, {n}", "n = 4, 0x13, {n}"]


def test_a_log_text_with_condition_and_rule(launch: Any) -> None:
    """Only the hits that count are written."""
    assert _logged(launch, "fact", "{n}", condition="n > 2", hit_condition="!= 2") == ["6", "4", "3"]


def test_an_error_inside_is_text(launch: Any) -> None:
    """What cannot be computed says why in its place; the rest is written."""
    lines = _logged(launch, "visit", "at {node->value}, {*(int *) 8}!")
    assert lines[0] == "at 1, <error: Cannot access memory at address 0x8>!"
    assert lines[-1].startswith("at <error: Cannot access memory at address 0x")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('{"}"[0]}', "125 '}'"),
        ("{'}'}", "125 '}'"),
        ("{ n }}}", "6}"),
        ("{{{n}}}", "{6}"),
        ("no expression", "no expression"),
        ("", ""),
        ("\x1b[31m{n}", "\x1b[31m6"),
    ],
)
def test_braces(launch: Any, text: str, written: str) -> None:
    """Braces in quotes belong to the expression; doubled ones are themselves."""
    assert _logged(launch, "fact", text)[0] == written


@pytest.mark.parametrize("text", ["{n", "n}", "{}", "{ }", "{{n}", "{/q n}", "{/x}", "{'", 5, None])
def test_nonsense_is_no_log_text(launch: Any, text: Any) -> None:
    """Braces that do not match, or hold nothing, are refused when it is set: one line, no breakpoint."""
    inferior = _launched(launch)
    point = inferior.set_breakpoint("fact", log="x")
    if text is None:
        point.log = None
        assert isinstance(inferior.resume(), trapline.BreakpointHit)
        return
    with pytest.raises(trapline.UsageError, match="log text"):
        inferior.set_breakpoint("fact", log=text)
    with pytest.raises(trapline.UsageError):
        point.log = text
    assert (point.log, len(inferior.breakpoints)) == ("x", 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("at {n}, {nope}", 'No symbol "nope" in current context.'),
        ("{1 +}", "the expression ends too soon: an operand is needed after '1 +'"),
        ("{n}{(}", "ends too soon"),
    ],
)
def test_expressions_that_mean_nothing_are_refused_when_they_are_set(
    launch: Any, text: str, why: str
) -> None:
    inferior = _launched(launch)
    with pytest.raises(trapline.EvaluationError, match=r"^log text ") as refused:
        inferior.set_breakpoint("fact", log=text)
    assert why in str(refused.value) and "\n" not in str(refused.value)
    point = inferior.set_breakpoint("fact", log="{n}")
    with pytest.raises(trapline.EvaluationError):
        point.log = text
    assert (point.log, [one.id for one in inferior.breakpoints]) == ("{n}", [point.id])


def test_a_pending_log_text_says_at_the_hit_what_it_lacks(launch: Any) -> None:
    """Where it will be nobody knows yet, so nothing is said of its names when it is set."""
    library = programs.build("plugin.c", "-shared", "-fPIC")
    inferior = launch([programs.build("loader.c"), library])
    lines: list[str] = []
    inferior.log = lines.append
    assert inferior.set_breakpoint("plugin_add", log="n = {n}, {nope}").pending
    inferior.run()
    assert lines == ['n = 1, <error: No symbol "nope" in current context.>']


def test_printed_where_nobody_takes_it(launch: Any, capfd: Any) -> None:
    """Without a function of one's own the text goes to standard output."""
    inferior = _launched(launch)
    inferior.set_breakpoint("fact", log="n = {n}", hit_condition="== 1")
    inferior.run()
    assert "n = 6\n" in capfd.readouterr().out


def test_a_function_that_fails_stops(launch: Any) -> None:
    """What the user's function raises travels to the caller, the inferior stopped there."""
    inferior = _launched(launch)

    def refuse(text: str) -> None:
        raise RuntimeError(text)

    inferior.log = refuse
    inferior.set_breakpoint("fact", log="n = {n}")
    with pytest.raises(RuntimeError, match="n = 6"):
        inferior.resume()
    assert inferior.frame.function == "fact"


def test_a_called_function_that_comes_here_again(launch: Any) -> None:
    """A call in the text that hits the logpoint itself is written once, not for ever."""
    lines = _logged(launch, "fact", "{fact(3)}", hit_condition="<= 4")
    assert lines[0] == "6"
