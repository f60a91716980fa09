"""Calls of what C++ can call beside functions: lambdas, std::function, objects that convert themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.stops import at_mark

from trapline import EvaluationError, Inferior

ANSWERS = {
    "captures(5)": "7", "doubles(1.5)": "3", "doubles(captures(1))": "6", "captures.operator()(3)": "5",
    "kept(5)": "7", "plain.f()": "1", "constant.f()": "2", "changing.f()": "3", "taken(number)": "43",
    "chosen(number)": "2", "chosen(number + 1)": "1", "member.plus(1)": "2", "member.stated(2)": "102",
}  # fmt: skip


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_what_can_be_called(launch: Callable[..., Inferior], compiler: str) -> None:
    inferior = at_mark(launch, "calls_cxx.cpp", "stop", "-std=c++17", compiler=compiler)
    assert {text: str(inferior.evaluate(text)) for text in ANSWERS} == ANSWERS
    for text in ("captures(1, 2)", "member.plus(&member, 2)", "member.plus(1, 2)"):
        # An argument is not taken for the object.
        with pytest.raises(EvaluationError, match=r"arguments like|cannot be called"):
            inferior.evaluate(text)
