"""Values as numpy arrays: the right dtype and shape, or an error that says what has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.live.test_containers import CPP_LIBRARIES, at_stop, built_for
from tests.support import programs

import trapline
from trapline import Inferior

numpy = pytest.importorskip("numpy")

CPP: dict[str, tuple[str, Any]] = {
    "matrix": ("float64", [[1, 2], [3, 4]]),
    "hollow": ("float64", [[], []]),
    "cube": ("int16", [[[1, 2, 3]], [[4, 5, 6]]]),
    "rows": ("int32", [[1, 2], [3, 4]]),
    "square": ("int32", [[1, 2], [3, 4]]),
    "colors": ("uint8", [5, 0]),
    "bits": ("bool", [True, False, True]),
    "complexes": ("complex128", [1 + 2j]),
    "deck": ("int32", [1, 2, 3]),
    "chain": ("int32", [[1, 2], [3, 4]]),
    "ordered": ("int32", [1, 2]),
    "nothing": ("int32", []),
    "counter": ("int32", 7),
}
"""dtype and content of variables of arrays.cpp."""

CPP_WITHOUT = {
    "words": "string", "options": "optional<int>", "variants": "variant<int, double>",
    "nothings": "Nothing, which holds nothing", "labelled": "string", "owners": "unique_ptr<int",
    "option": "optional<int>", "text": "string", "map": "std::(__1::)?map<int, int", "mixed": "string",
    "ragged": "lengths 2 and 1",
}  # fmt: skip
"""What the error says of the others."""

RUST: dict[str, tuple[str, Any]] = {
    "matrix": ("int32", [[1, 2], [3, 4]]),
    "part": ("int32", [2]),
    "parts": ("int32", [[1, 2], [3, 4]]),
    "rows": ("uint8", [[1, 2], [3, 4]]),
    "plain": ("uint8", [2, 1]),
    "deck": ("int32", [0, 1]),
}

RUST_WITHOUT = {
    "ragged": "lengths 2 and 1", "words": "alloc::string::String", "slices": "&str, a string",
    "options": "core::option::Option<i32>, an enum with data", "option": "core::option::Option<i32>",
    "result": "core::result::Result<", "shape": "arrays::Shape, an enum with data", "text": "String",
    "unit": "",
}  # fmt: skip


def check(found: Any, expected: dict[str, tuple[str, Any]], without: dict[str, str]) -> None:
    """Compare arrays, and what is said of what has none."""
    arrays = {name: found[name].to_numpy() for name in expected}
    assert {name: (str(array.dtype), array.tolist()) for name, array in arrays.items()} == expected
    for name, said in without.items():
        with pytest.raises(trapline.UsageError, match=f"{said}.*to_python\\(\\) gives"):
            print(name, repr(found[name].to_numpy()))


@pytest.mark.parametrize(("compiler", "flags"), CPP_LIBRARIES)
def test_cpp(launch: Callable[..., Inferior], compiler: str, flags: tuple[str, ...]) -> None:
    inferior = at_stop(launch, "arrays.cpp", built_for("arrays.cpp", compiler, flags))
    found = inferior.frame.locals
    check(found, CPP, CPP_WITHOUT)
    assert found["empty_matrix"].to_numpy().shape == (0, 0)
    pairs, points = found["pairs"].to_numpy(), found["points"].to_numpy()
    assert pairs.dtype.names == ("first", "second") and pairs.tolist() == [(1, 2.5), (2, 3.5)]
    assert points["x"].tolist() == [1, 3] and points["y"].tolist() == [2.0, 4.0]
    assert found["triples"].to_numpy().tolist() == [(ord("a"), 1, 2.5)]
    assert found["addresses"].to_numpy().tolist() == [found["number"].address] * 2
    assert found["pairs"][0].to_numpy()["second"] == 2.5
    assert "numpy has no dtype for" in error_of(lambda: found["labelled"][0].to_numpy())


def error_of(action: Callable[[], object]) -> str:
    """Return what an action's error says."""
    with pytest.raises(trapline.UsageError) as caught:
        action()
    return str(caught.value)


def test_rust(launch: Callable[..., Inferior]) -> None:
    found = at_stop(launch, "arrays.rs", programs.build("arrays.rs")).frame.locals
    check(found, RUST, RUST_WITHOUT)
    assert found["hollow"].to_numpy().shape == (0, 0) and found["hollow"].to_numpy().dtype == numpy.int16
    assert found["pairs"].to_numpy().tolist() == [(1, 2.5), (2, 3.5)]
    assert found["points"].to_numpy()["y"].tolist() == [2.0]
