"""Expressions and calls in a real program: `Inferior.evaluate`, `Inferior.call`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.support import programs

import trapline
from trapline import Inferior


@pytest.fixture
def inferior(launch: Callable[..., Inferior]) -> Iterator[Inferior]:
    one = launch([programs.build("expressions.c")], stdout=trapline.DEVNULL)
    one.set_breakpoint("libc.so.6!puts")
    one.resume()
    one.frame = next(frame for frame in one.thread.frames() if frame.function == "main")
    yield one


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("i", "3"), ("*pp", "{x = 1, y = 2}"), ("pp->y", "2"), ("arr[1]@2", "{2, 3}"), ("global", "42"),
        ("hidden + 1", "8"), ("'expressions.c'::hidden", "7"), ("shade", "GREEN"), ("RED", "RED"),
        ("shade == GREEN", "1"), ("sizeof(point_t)", "8"), ("(enum color)5", "GREEN"),
        ("((struct point *)pp)->x", "1"), ("argv[0] == 0", "0"), ("add(i, 4)", "7"), ("add(1, 2) + i", "6"),
        ("half(3)", "1.5"), ("half_float(3)", "1.5"), ("twice(x)", "2.5"), ("swap(p)", "{x = 2, y = 1}"),
        ("swap(p).x", "2"), ("grow(b)", "{a = {2, 2, 3, 4, 5}}"), ("scale(v, 2)", "{f = 3.5, d = 5}"),
        ("flip(pr)", "{first = 4, second = 3}"), ("length(s)", "5"), ('length("four")', "4"),
        ("sum(1,2,3,4,5,6,7,8)", "36"), ("strlen(s)", "5"), ("half(i)", "1.5"), ("add('A', 1)", "66"),
        ("*main == 0", "0"), ("add(1)", None), ("add(1, 2, 3)", None), ("nope", None), ("i.x", None),
        ("i()", None), ("swap(i)", None),
    ],
)  # fmt: skip
def test_values(inferior: Inferior, text: str, shown: str | None) -> None:
    if shown is not None:
        assert str(inferior.evaluate(text)) == shown
        return
    with pytest.raises(trapline.DebuggerError) as caught:
        inferior.evaluate(text)
    assert "\n" not in str(caught.value)


def test_assignments_reach_the_program(inferior: Inferior) -> None:
    assert int(inferior.evaluate("i = 9")) == 9
    assert int(inferior.evaluate("p.x += 5")) == 6
    assert int(inferior.evaluate("$saved = i * 2")) == 18
    inferior.evaluate("change(&i)")
    assert int(inferior.frame["i"] if inferior.frame.function == "main" else 0) == 99
    assert int(inferior.evaluate("$saved")) == 18


def test_text_for_a_pointer_is_put_into_the_program(inferior: Inferior) -> None:
    """By its malloc(), as gdb has it; where nothing may be changed it is refused."""
    evaluate = inferior.evaluate
    assert str(evaluate('s = "abc"')).endswith(' "abc"') and int(evaluate("strlen(s)")) == 3
    kept = int(evaluate("s"))
    assert str(evaluate('(char *)"longer" + 1')).endswith(' "onger"')
    assert str(evaluate('"xyz" + 1')).endswith(' "yz"')
    assert str(evaluate(f"(char *){kept}")).endswith(' "abc"')
    assert str(inferior.type_of('(char *)"abc"')) == "char *"
    with pytest.raises(trapline.EvaluationError, match="nothing is put into the program's memory here"):
        evaluate('(char *)"abc"', without_effects=True)


def test_a_call_by_python_values(inferior: Inferior) -> None:
    assert inferior.call("add", 20, 22) == 42
    assert float(inferior.call("half", 3.0)) == 1.5
    assert inferior.call("length", "seven77") == 7
    swapped = inferior.call("swap", inferior.evaluate("p"))
    assert (int(swapped["x"]), int(swapped["y"])) == (2, 1)
    with pytest.raises(trapline.EvaluationError, match="too few"):
        inferior.call("add", 1)


def test_a_call_that_crashes_gives_the_stack_back(inferior: Inferior) -> None:
    before = inferior.thread.registers.rsp
    with pytest.raises(trapline.EvaluationError, match="SIGSEGV"):
        inferior.evaluate("crash()")
    assert inferior.thread.registers.rsp == before
    assert int(inferior.evaluate("add(1, 1)")) == 2


def test_a_call_that_never_ends_can_be_ended(inferior: Inferior) -> None:
    before = inferior.thread.registers.rip
    with pytest.raises(trapline.DebuggerError):
        inferior.call("forever", timeout=0.2)
    assert inferior.state == "stopped" and inferior.thread.registers.rip == before
    status = inferior.run()
    assert status.signal is None


def test_types(inferior: Inferior) -> None:
    assert str(inferior.type_of("struct point")) == "struct point"
    assert str(inferior.type_of("pp->x + 1L")) == "long"
    assert str(inferior.type_of("unsigned long")) == "unsigned long"
    assert str(inferior.type_of("add")) == "int (int, int)"
