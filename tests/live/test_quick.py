"""A quick form, where there is one, says of an expression what evaluating it in full says."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline
from trapline.inspection import evaluate, quick
from trapline.inspection.language.parser import parse
from trapline.inspection.names import FrameScope

OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "&&", "||"]


class Place:
    """Where a program has stopped, and what expressions give there in both ways."""

    def __init__(self, inferior: Any) -> None:
        self.inferior = inferior
        self.target = inferior._target
        self.frame = inferior.frame
        self.scope = FrameScope(self.target, self.frame)

    def quick(self, text: str) -> quick.Number | None:
        """Return the quick form of an expression."""
        return quick.quick(parse(text, self.scope, self.scope.language), self.frame, self.scope)

    def quickly(self, text: str) -> bool | str:
        """Return its truth by the quick form; why there is none."""
        form = self.quick(text)
        if form is None:
            return "no quick form"
        try:
            return form(self.target.current().live.words, self.target.process.read) != 0
        except (quick.NotQuick, trapline.MemoryFault):
            return "not here"

    def check(self, expressions: list[str]) -> None:
        """Assert that every expression has a quick form that says what evaluating it says."""
        for text in expressions:
            assert (text, self.quickly(text)) == (text, bool(self.frame.evaluate(text)))

    def check_pairs(self, names: list[str], operators: list[str]) -> None:
        """Assert that for all pairs; where evaluating in full fails, the quick form leaves it to that."""
        for (left, right), operator in itertools.product(itertools.product(names, names), operators):
            # `== 2` and the like tell more of the result than its truth.
            text = f"({left} {operator} {right}) == 2"
            if operator in ("+", "-", "<<", ">>", "/"):
                text = f"({left} {operator} {right}) / 3 < {left}"
            found = self.quickly(text)
            try:
                expected: Any = bool(self.frame.evaluate(text))
            except trapline.EvaluationError:
                expected = "not here"
            if operator in ("<<", ">>") and found == "not here":
                continue  # more than all bits, which the evaluator answers
            assert (text, found) == (text, expected)


def stopped(launch: Any, source: str, mark: str, *flags: str, compiler: str | None = None) -> Place:
    return Place(at_mark(launch, source, mark, *flags, compiler=compiler))


C_NAMES = [
    "c",
    "high",
    "sc",
    "uc",
    "s",
    "us",
    "i",
    "u",
    "l",
    "ul",
    "ll",
    "yes",
    "argc",
    "blue",
    "minus",
    "-3",
]
C_NAMES += ["global", "'a'", "7u", "1ul"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_numbers_of_c_are_converted_as_they_are_in_full(launch: Any, compiler: str) -> None:
    place = stopped(launch, "values_c.c", "main", compiler=compiler)
    place.check_pairs(C_NAMES[::2], OPERATORS)
    place.check_pairs(C_NAMES[1::2], ["<", ">=", "-", "/", "%", "&"])


def test_places_of_c(launch: Any) -> None:
    stopped(launch, "values_c.c", "main").check(
        [
            "point.x == 3", "pointer->y == -4", "(*pointer).x",
            "pointer_to_pointer && (*pointer_to_pointer)->x",
            "array[2] == 3", "array[argc] == 2", "points[0].y == 2", "to_numbers[1] == 4",
            "*to_global == 42",
            "to_global[0] == global", "nested.first", "nested.named.inside == 7", "nested.next != 0",
            "nested.next->points[1].x == 3", "text[1] == 'e'", "string[0] == 'a'", "!null", "!argc",
            "~i == 123455", "-s == 300", "(char)ul == -1", "(unsigned char)us == 96", "(_Bool)i == 1",
            "((struct point *)untyped)->x == 3", "(long)pointer == (long)untyped", "untyped == pointer",
            "number.bytes[3] == 63", "flexible->count == 3", "blue == BLUE", "rw == 3", "origin.y == 2",
            "numbers[4] == 5", "$rsp != 0", "$eax == $rax", "$pc != 0", "$rbp != $rsp", "changing == 9",
            "constant.x + constant.y == 11", "big / 2 > ll", "minus_big < 0", "packed.l > 0", "no || yes",
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["f > 0", "bits.a == 5", "per_thread == 44", "text", "$nothing", "$_strlen(text)", "i = 4", "i++",
     "twice(2)", "nested.text == \"x\"", "sizeof(int) == 4", "point", "&i", "matrix[1][2]", "pointer + 1",
     "$xmm0", "$eflags"],
)  # fmt: skip
def test_what_has_no_quick_form(launch: Any, text: str) -> None:
    assert stopped(launch, "values_c.c", "main").quickly(text) == "no quick form"


def test_what_cannot_be_answered_here_is_left_to_the_evaluator(launch: Any) -> None:
    place = stopped(launch, "values_c.c", "main")
    for text in ("i / no", "i % no", "array[9]", "array[-1]", "bad_pointer->x"):
        assert (text, place.quickly(text)) == (text, "not here")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_cpp(launch: Any, compiler: str) -> None:
    place = stopped(launch, "values_cpp.cpp", "main", compiler=compiler)
    place.check(
        [
            "reference == 5", "constant_reference + rvalue == 11", "*pointer == 5",
            "*pointer_reference == number",
            "array_reference[2] == 3", "square.side == 3", "square.id == 1", "shape->id == 1",
            "shape_reference.id == 1", "references.number == 1", "references.members.b == 2",
            "mixed.low == 1",
            "mixed.high == 2", "buffer.items[1] == 2", "first.next->value == 2", "yes", "utf16 > 'z'",
            "small < 0",
            "members.a != members.b", "self.value == 6", "worker.field == 11",
            "text_buffer.items[0] == 't'",
            "plain == shapes::TWO",
        ]
    )  # fmt: skip
    for text in ("diamond.id", "left->id", "square.count", "captured == number + 7.0"):
        assert (text, place.quickly(text)) == (text, "no quick form")


def test_members_of_this(launch: Any) -> None:
    place = stopped(launch, "values_cpp.cpp", "method")
    place.check(["field == 11", "this->field == local - amount", "amount == 2 && field"])


def test_rust(launch: Any) -> None:
    place = stopped(launch, "values_rust.rs", "main")
    names = ["i8_", "i32_", "u8_", "u64_", "isize_", "5"]
    place.check_pairs(names, ["==", "<", "+", "-", "/", "&&", "<<"])
    place.check(
        [
            "point.x == 1",
            "pair.0 == 3",
            "generic.item == 4",
            "reference.y == -2",
            "vector.len == 3",
            "letter == 'a'",
            "!yes",
            "yes && !no",
        ]
    )
    for text in ("some.0", "text", "f32_ > 0.0"):
        assert place.quickly(text) == "no quick form"


@pytest.mark.parametrize("flags", [("-O2",), ("-O2", "-fno-omit-frame-pointer"), ("-fomit-frame-pointer",)])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_arguments_wherever_the_compiler_has_them(launch: Any, compiler: str, flags: tuple[str, ...]) -> None:
    inferior = launch([programs.build("conditions.c", *flags, compiler=compiler)])
    breakpoint = inferior.set_breakpoint("fact", condition="n == 3")
    values = []
    inferior.set_breakpoint("fact", callback=lambda inferior, _: values.append(int(inferior.frame["n"])))
    stop = inferior.resume()
    if isinstance(stop, trapline.BreakpointHit):  # clang makes a loop of it at -O2
        assert int(inferior.frame["n"]) == 3
        assert values[:3] == [6, 5, 4]
    else:
        assert 3 not in values
    assert breakpoint.hit_count == (3 in values)


def test_a_false_condition_costs_no_frame_and_no_evaluation(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hits beyond the first evaluate nothing in full."""
    evaluations = []
    in_full = evaluate.Evaluator.value

    def counted(self: evaluate.Evaluator, node: Any) -> Any:
        evaluations.append(node)
        return in_full(self, node)

    monkeypatch.setattr(evaluate.Evaluator, "value", counted)
    inferior = launch([programs.build("conditions.c"), "1", "500"])
    never = inferior.set_breakpoint("leaf", condition="round == -1")
    hits = inferior.set_breakpoint("leaf", callback=lambda inferior, breakpoint: None)
    assert isinstance(inferior.resume(), trapline.Exited)
    assert (never.hit_count, hits.hit_count) == (0, 500)
    assert len(evaluations) < 10
