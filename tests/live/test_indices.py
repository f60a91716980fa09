"""Elements by index in expressions: C's arrays have no bounds, containers and Rust's have."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline
from trapline import Inferior

INDICES = [
    "o->data[3]",
    "(*inner)[-1]",
    "(*inner)[k]",
    "(*inner)[3]",
    "&around[6] - around",
    "*&(*inner)[2]@2",
]


def test_arrays_of_c_are_counted_on_from(launch: Callable[..., Inferior]) -> None:
    inferior = at_mark(launch, "trailing.c", "filled")
    ours = [str(inferior.evaluate(text)) for text in INDICES]
    assert ours == ["30", "11", "11", "15", "6", "{14, 15}"]
    with pytest.raises(IndexError):
        inferior.evaluate("around")[6]  # in Python an index is Python's


def test_a_condition_with_such_an_index(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build("trailing.c")])
    line = programs.mark("trailing.c", "filled")
    inferior.set_breakpoint(f"trailing.c:{line}", condition="o->data[3] == 30 && (*inner)[k] == 11")
    assert isinstance(inferior.resume(), trapline.BreakpointHit)


@pytest.mark.parametrize("index", (-1, 5000))
def test_what_is_counted_has_an_end(launch: Callable[..., Inferior], index: int) -> None:
    inferior = at_mark(launch, "containers.cpp", "stop")
    for text in (
        f"numbers[{index}]",
        f"sizeof(numbers[{index}])",
        f"$xmm0.v4_float[{index}]",
        f'"abc"[{index}]',
    ):
        with pytest.raises(trapline.EvaluationError, match=str(index)):
            inferior.evaluate(text)
