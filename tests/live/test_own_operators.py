"""Operators that a program's classes have of their own are called: members and free functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import gdb
from tests.support.stops import at_mark

from trapline import EvaluationError, Inferior, UsageError

Launch = Callable[..., Inferior]

AS_GDB = (
    "(++count).v", "count++", "count", "(--count).v", "count--", "(count += 2).v", "(count += count).v",
    "-count", "!count", "~count", "+count", "count && count", "(++free).v", "free++", "free",
    "(free -= other).v", "-free", "!free", "*free", "(*handle = 9) + 0", "number",
    "handle ? 1 : 2", "none ? 1 : 2", "three == thirteen", "plain = another", "++(count += 1), count",
    "sizeof(++count)", "number += *handle",
)  # fmt: skip
OURS = (
    ("(count <<= 1).v", "8"), ("&handle == &number", "true"), ("(one = two).v", "3"), ("(one = 5).v", "50"),
    ("three != thirteen", "false"), ("one.v != 3 && handle", "true"), ("!none", "true"),
    ("text = word", '"word"'), ('text += "x"', '"wordx"'),
    ('text = "lit"', '"lit"'), ("(derived = second).d", "0"), ("plain = another, plain.b", "4"),
)  # fmt: skip
"""What gdb has no words for, or writes bytes instead of calling the class's own operator."""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_program_s_own_operators(launch: Launch, compiler: str) -> None:
    flags = ("-std=c++20",)
    inferior = at_mark(launch, "operators.cpp", "stop", *flags, compiler=compiler)
    answers = {text: str(inferior.evaluate(text)) for text in AS_GDB}
    assert answers == gdb.at_mark("operators.cpp", "stop", AS_GDB, *flags, compiler=compiler)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_an_object_is_assigned_as_its_class_does(launch: Launch, compiler: str) -> None:
    inferior = at_mark(launch, "operators.cpp", "stop", "-std=c++20", compiler=compiler)
    for text, shown in OURS:
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    assert [str(inferior.type_of(text)) for text in ("++count", "count++", "count += 1")] == [
        "Count &",
        "Count",
        "Count &",
    ]
    assert str(inferior.frame["count"]["v"]) == "8"  # nothing was called for a type


def test_an_operator_that_is_not_there_is_refused(launch: Launch) -> None:
    inferior = at_mark(launch, "operators.cpp", "stop", "-std=c++20", compiler="g++")
    before = [str(inferior.frame[name]) for name in ("plain", "words", "derived", "count")]
    for text, reason in (
        ("count *= 2", r"no function operator\*= takes arguments like \(Count, int\)"),
        ("plain++", r"no function operator\+\+ takes"),
        ("plain += 1", r"no function operator\+= takes"),
        ("derived = two", "Assigned::operator= has no code in the program that takes this"),
        ("words = others", "operator= has no code"),
    ):
        with pytest.raises(EvaluationError, match=reason):
            inferior.evaluate(text)
    with pytest.raises(UsageError, match="int cannot be assigned to Plain"):
        inferior.evaluate("plain = 3")
    assert before == [str(inferior.frame[name]) for name in ("plain", "words", "derived", "count")]
