"""Aliases of namespaces, using declarations and directives: at file, namespace, function and block level."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import gdb, programs

import trapline
from trapline import Inferior

SOURCE = "borrowed_names.cpp"
NAMES = {
    "main": (
        "al::h", "g", "whole", "lent::whole", "call()", "al::twice(4)", "sizeof(al::Type)", "al::kind_one",
        "(al::Type *)0", "user::inner::h", "user::h", "user::local",
    ),
    "user": (
        "inner::h", "inner::twice(2)", "h", "local", "hidden::local", "another::local", "al::h",
        "user::inner::h", "whole", "sizeof(inner::Type)",
    ),
    "directive": ("own", "short_name::other", "other", "whole", "short_name::own", "another::own"),
    "declaration": ("own", "other", "bl::other", "sizeof(Made)", "((Made *)&made)->made", "whole"),
}  # fmt: skip
"""By the mark at which they are looked up; two of them have namesakes in namespaces that nobody uses."""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_name_means_what_its_scope_borrows(launch: Callable[..., Inferior], compiler: str) -> None:
    program = programs.build(SOURCE, compiler=compiler)
    inferior = launch([program])
    for mark, names in NAMES.items():
        inferior.set_breakpoint(f"{SOURCE}:{programs.mark(SOURCE, mark)}")
        assert isinstance(inferior.resume(), trapline.BreakpointHit)
        answers = {text: str(inferior.evaluate(text)) for text in names}
        assert (mark, answers) == (mark, gdb.at_mark(SOURCE, mark, names, compiler="g++"))
    with pytest.raises(trapline.VariableNotFound):
        inferior.evaluate("inner::nothing")


def test_a_condition_uses_borrowed_names(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build(SOURCE, compiler="g++")])
    condition = "bl::own == 31 && sizeof(Made) == 4 && al::twice(own) == 62"
    inferior.set_breakpoint(f"{SOURCE}:{programs.mark(SOURCE, 'declaration')}", condition=condition)
    with pytest.raises(trapline.EvaluationError, match="bl::own"):
        inferior.set_breakpoint("directive", condition="bl::own == 31")
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert int(inferior.frame["made"]["made"]) == 33


def test_the_type_of_an_alias(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build(SOURCE, compiler="clang++")])
    inferior.set_breakpoint("main")
    inferior.resume()
    assert str(inferior.type_of("al::Type")) == "ns::deep::Type"
    assert int(inferior.evaluate("al::twice(al::h)")) == 10
