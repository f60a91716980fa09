"""Objects where a function, an operator or an assignment takes one of their base classes: second, virtual."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import gdb
from tests.support.stops import at_mark

from trapline import EvaluationError, Inferior, UsageError

Launch = Callable[..., Inferior]

AS_GDB = (
    "referred(both)", "constant(both)", "constant(plain)", "pointed(&both)", "copied(both)",
    "both.other(both)", "plain.other(both)", "(both + plain)", "both + both", "both.*member",
    "of_virtual(left)", "of_virtual(*left_pointer)", "of_virtual(left_reference)", "of_constant(left)",
    "asked(left)", "taken(named)", "named.count", "counted(number)", "plain = both", "same(both).second",
    "both", "left.shared",
)  # fmt: skip
"""In this order: `same` changes the object that the last ones look at."""

OURS = {"both()": "77", "half(number)": "5", "half(small)": "1.5", "through(both_pointer)": "77"}
"""What gdb does not do: operators of base classes, constant references to what has to be converted."""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_an_object_is_converted_to_the_class_that_is_taken(launch: Launch, compiler: str) -> None:
    inferior = at_mark(launch, "bases.cpp", "stop", compiler=compiler)
    answers = {text: str(inferior.evaluate(text)) for text in AS_GDB}
    assert answers == gdb.at_mark("bases.cpp", "stop", AS_GDB, compiler=compiler)
    assert {text: str(inferior.evaluate(text)) for text in OURS} == OURS


def test_an_object_of_the_session_has_base_classes_too(launch: Launch) -> None:
    inferior = at_mark(launch, "bases.cpp", "stop", compiler="g++")
    inferior.evaluate("$copy = both")
    assert int(inferior.evaluate("constant($copy)")) == 20
    inferior.evaluate("plain.second = 5")
    inferior.evaluate("plain = $copy")
    assert int(inferior.frame["plain"]["second"]) == 20


def test_what_would_mean_other_bytes_is_refused(launch: Launch) -> None:
    inferior = at_mark(launch, "bases.cpp", "stop", compiler="g++")
    before = str(inferior.frame["small"])
    with pytest.raises(EvaluationError, match="short cannot become int &"):
        inferior.evaluate("counted(small)")
    assert str(inferior.frame["small"]) == before
    for text in ("plain = left", "*left_pointer = both", "*(Shared *)left_pointer = left"):
        with pytest.raises(UsageError, match="cannot be assigned"):
            inferior.evaluate(text)


CUT_OUT = (
    "(Shared)left", "(const Shared)*left_pointer", "static_cast<Shared>(left_reference)",
    "(Left)*left_pointer", "(Second)both", "((Shared)left).shared",
)  # fmt: skip


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_cast_to_a_base_class_cuts_it_out(launch: Launch, compiler: str) -> None:
    """Also where objects are shown as of the class that they really have, as they are without a cast."""
    inferior = at_mark(launch, "bases.cpp", "stop", compiler=compiler)
    answers = {text: inferior.evaluate(text).format(dynamic=True) for text in CUT_OUT}
    assert answers == gdb.at_mark("bases.cpp", "stop", CUT_OUT, compiler=compiler)
    around = inferior.evaluate("*(Shared *)&left").format(dynamic=True)
    assert around == str(inferior.frame["left"]) != answers["(Shared)left"]
    inferior.evaluate("$cut = (Shared)left")
    assert inferior.evaluate("$cut").format(dynamic=True) == answers["(Shared)left"]
