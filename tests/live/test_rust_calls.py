"""Calls of Rust's functions: structures by value as rustc passes them, methods, strings, slices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline
from trapline import EvaluationError, FunctionFinished, Inferior

SOURCE = "calls_rust.rs"
CALLS = (
    ("calls_rust::Pair::new(5, 6)", "calls_rust::Pair {x: 5, y: 6}"),
    ("pair.sum()", "3"),
    ("pair.plus(other)", "calls_rust::Pair {x: 3, y: 6}"),
    ("calls_rust::scaled(mixed, 0.5)", "calls_rust::Mixed {count: 5, ratio: 1.5}"),
    ("turned(three)", "calls_rust::Three {a: 1, b: 2, c: 5}"),
    ("grown(large, 1)", "calls_rust::Large {words: [7, 2, 3, 16]}"),
    ("unwrapped(wrapped) + 1", "8"),
    ("strlen(text)", "30"),
    ("last(slice)", "5"),
    ('names["one"]', "1"),
)

LITERALS = (
    ('"abc"', '"abc"'),
    ('"abc".length', "3"),
    ('"abc"[1]', "98"),
    ('sizeof("abc")', "16"),
    ('["a", "bc"]', '["a", "bc"]'),
    ('["a", "bc"][1]', '"bc"'),
    ('b"abc"', "[97, 98, 99]"),
    ('"abc" == "abc"', "true"),
    ('$_streq("abc", "abd")', "false"),
    ('$kept = "abc"', '"abc"'),
    ("$kept", '"abc"'),
    ('""', '""'),
)


def test_calls(launch: Callable[..., Inferior]) -> None:
    inferior = at_mark(launch, SOURCE, "main")
    for text, shown in CALLS:
        assert (text, str(inferior.evaluate(text))) == (text, shown)


def test_string_literals_are_strings(launch: Callable[..., Inferior]) -> None:
    inferior = at_mark(launch, SOURCE, "main")
    for text, shown in LITERALS:
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    assert str(inferior.type_of('"abc"')) == "&str"
    assert inferior.evaluate('"abc"').to_python() == "abc"


def test_the_result_of_a_function_that_is_finished(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build(SOURCE)], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("calls_rust::Pair::plus")
    inferior.resume()
    stop = inferior.finish()
    assert isinstance(stop, FunctionFinished)
    assert str(stop.value) == "calls_rust::Pair {x: 2, y: 4}"


def test_literals_as_arguments(launch: Callable[..., Inferior]) -> None:
    """Numbers in the parameter's type, texts and arrays as slices; what is none of the kind is refused."""
    inferior = at_mark(launch, "rust_literals.rs", "stop")
    for text, shown in (
        ("add(3)", "4"),
        ("add(-3)", "-2"),
        ("octet(3)", "4"),
        ("huge(1180591620717411303424)", "1180591620717411303425"),
        ("double(1.5)", "3"),
        ("single(1.5)", "3"),
        ("not(true)", "false"),
        ("code('c')", "99"),
        ("code('é')", "233"),
        ('length("hello")', "5"),
        ('length("")', "0"),
        ('nth("abc", 1)', "98"),
        ("length(&name)", "5"),
        ("length(text())", "6"),
        ('sum(b"ab")', "2195"),
        ("sum(&bytes)", "3006"),
        ("sum(&three)", "3015"),
        ("sum([7u8, 8u8])", "2015"),
        ("all(1, \"str\", 2.5, 'x', true)", '"1 str 2.5 x true"'),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    assert int(inferior.call("length", "from Python")) == 11
    assert int(inferior.call("sum", b"\1\2")) == 2003
    for text, why in (
        ('add("x")', "&str cannot become i32"),
        ("length(3)", "i32 cannot become &str"),
        ("sum([1, 2])", "cannot become &\\[u8\\]"),
        ("add(name)", "cannot become i32"),
    ):
        with pytest.raises(EvaluationError, match=why):
            inferior.evaluate(text)
    inferior.run()


TRAITS = {
    "*boxed": 'rust_traits::Circle {radius: 2, name: "big"}', "boxed.name": '"big"', "boxed.radius": "2",
    "*borrowed": "rust_traits::Square {side: 2.5}", "borrowed.side": "2.5", "*shown": "41",
    "shared": "Rc(strong=1, weak=0) = {value = rust_traits::Square {side: 5}}", "shared.side": "5",
    "*sent": "rust_traits::Aligned {value: 7}", "sent.value": "7", "plain.side": "2.5",
    "*many[0]": "rust_traits::Square {side: 2.5}", "many[1].name": '"v"',
    "text": 'Rc(strong=1, weak=0) = {value = "shared"}', "label": 'Arc(strong=1, weak=0) = {value = "sent"}',
    "numbers": "Rc(strong=1, weak=0) = {value = [4, 5]}", "*text": '"shared"',
    "*closure": "rust_traits::main::{closure_env#0} {number: 3}",
    "by_reference(&3)": "4", "by_reference(&number)": "4", "by_wide_reference(&5)": "6",
    "sum(&[4, 5])": "9", "second(&[7, 8, 9])": "8", "area_of(borrowed)": "6.25",
}  # fmt: skip


def test_objects_of_traits_and_references_to_literals(launch: Callable[..., Inferior]) -> None:
    """The table of a trait's functions tells what an object really is; a literal is put on the stack."""
    inferior = launch([programs.build("rust_traits.rs")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"rust_traits.rs:{programs.mark('rust_traits.rs', 'stop')}")
    inferior.resume()
    assert {text: str(inferior.evaluate(text)) for text in TRAITS} == TRAITS
    assert str(inferior.type_of("*boxed")) == "rust_traits::Circle"
    for text in ("by_reference(number)", "area_of(&square)"):
        with pytest.raises(trapline.EvaluationError, match="cannot become &"):
            inferior.evaluate(text)


def test_enums_that_are_given_back(launch: Callable[..., Inferior]) -> None:
    """As a tag and a number, in a niche, as one integer, in memory: each is what its variable is then."""
    source = "returned_enums.rs"
    text = (programs.SOURCES / source).read_text()
    names = re.findall(r"^    (\w+): .* = .*;$", text, re.MULTILINE)
    assert len(names) > 20
    inferior = launch([programs.build(source, "--edition=2021")], stdout=trapline.DEVNULL)
    for name in names:
        inferior.set_breakpoint(f"returned_enums::{name}")
    inferior.set_breakpoint(f"{source}:{programs.mark(source, 'stop')}")
    for _ in range(2):
        found: dict[str, str] = {}
        for name in names:
            inferior.resume()
            assert inferior.frame.function == f"returned_enums::{name}"
            stop = inferior.finish()
            assert isinstance(stop, FunctionFinished)
            found[name] = str(stop.value)
        inferior.resume()
        assert "depends on its version" in found.pop("failed")
        assert {name: str(inferior.frame[name]) for name in found} == found


def test_enums_as_arguments(launch: Callable[..., Inferior]) -> None:
    source = "returned_enums.rs"
    inferior = launch([programs.build(source, "--edition=2021")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"{source}:{programs.mark(source, 'stop')}")
    for shown in (["1", "4", "3"], ["70000", "2", "5"]):
        inferior.resume()
        texts = ("seen(number)", "told(byte)", "held(1u64, holder)")
        assert [str(inferior.evaluate(text)) for text in texts] == shown
