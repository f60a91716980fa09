"""Calls of Rust's functions: structures by value as rustc passes them, methods, strings, slices."""

from __future__ import annotations

from collections.abc import Callable

from tests.support import programs
from tests.support.stops import at_mark

import trapline
from trapline import FunctionFinished, Inferior

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
    ('$_streq("abc", "abd")', "0"),
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
