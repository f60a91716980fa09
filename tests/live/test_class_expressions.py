"""Expressions of C++ that reach into classes: pointers to members, smart pointers, what has no code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.stops import at_mark

from trapline import EvaluationError, Inferior

Launch = Callable[..., Inferior]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_pointers_to_member_functions_are_called(launch: Launch, compiler: str) -> None:
    """Directly, through the virtual table, and for an object of a derived class behind another base."""
    inferior = at_mark(launch, "values_cpp.cpp", "main", compiler=compiler)
    for text, shown in (
        ("(members.*method)(4)", "5"),
        ("(members.*constant_method)()", "2"),
        ("((&members)->*method)(number)", "6"),
        ("(square.*virtual_method)(7)", "7"),
        ("(shape->*virtual_method)(3) + 1", "4"),
        ("(diamond.*virtual_method)(2)", "80"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    for text, why in (
        ("(members.*null_method)(1)", "null"),
        ("(members.*virtual_method)(1)", "not derived from"),
        ("(members.*method)(1, 2)", "too many|arguments"),
    ):
        with pytest.raises(EvaluationError, match=why):
            inferior.evaluate(text)
    assert str(inferior.evaluate("members.*method")).startswith("{int (Members * const, int)} 0x")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_smart_pointers_and_strings_without_code_for_it(launch: Launch, compiler: str) -> None:
    inferior = at_mark(launch, "containers.cpp", "stop", "-std=c++17", compiler=compiler)
    for text, shown in (
        ("unique->x", "5"),
        ("(*unique).y", "6"),
        ("*shared", "42"),
        ("unique.get()->y", "6"),
        ("*shared.get() + 1", "43"),
        ("text[1]", "101 'e'"),
        ("view[0]", "104 'h'"),
        ("words[1][0]", "116 't'"),
        ("view.size()", "5"),
        ("longer.length()", "40"),
        ("empty.empty()", "true"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    frame = inferior.frame
    assert chr(int(frame["text"][-1])) == "o"
    with pytest.raises(IndexError):
        frame["text"][99]


def test_a_member_function_without_code_is_named(launch: Launch) -> None:
    inferior = at_mark(launch, "containers.cpp", "stop", "-std=c++17", compiler="g++")
    with pytest.raises(EvaluationError, match="use_count has no code in the program"):
        inferior.evaluate("shared.use_count()")
