"""What `len`, iteration, `[]`, `bool` and `items` of a printed value give is what `to_python` has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.live.test_containers import CPP_LIBRARIES, at_stop, built_for
from tests.support import programs

import trapline
from trapline import Inferior, Value


def contents(values: Any) -> list[Any]:
    """Return what each of several values is in Python."""
    return [one.to_python() if isinstance(one, Value) else one for one in values]


def letters(values: Any) -> str:
    """Return the text that characters spell."""
    return "".join(chr(int(one)) for one in values)


def check(name: str, value: Value) -> str:
    """Compare all ways to the elements of a value, and return what sort of thing it is."""
    content = value.to_python()
    assert value == content and content == value and (value != content) is False, name
    assert value != "something else" and value != 12345 and value != [None], name
    if content is None:
        assert not value, name
        for walk in (lambda: len(value), lambda: list(value), lambda: list(value.items())):
            with pytest.raises(trapline.EvaluationError, match="holds nothing"):
                walk()
        return "nothing"
    if isinstance(content, str):
        assert (len(value), letters(value), bool(value)) == (len(content), content, content != ""), name
        assert letters(value[index] for index in range(len(content))) == content, name
        assert [key for key, _ in value.items()] == list(range(len(content))), name
        assert not content or (content[1:] in value and int(value[-1]) == ord(content[-1])), name
        return "string"
    if isinstance(content, (list, tuple)):
        assert (len(value), contents(value), bool(value)) == (len(content), list(content), content != []), (
            name
        )
        assert contents(value[index] for index in range(len(content))) == list(content), name
        assert contents(value[:2]) == list(content[:2]) and (not content or content[0] in value), name
        assert contents(child for _, child in value.items()) == list(content), name
        with pytest.raises(IndexError):
            value[len(content)]
        return "sequence"
    if isinstance(content, dict):
        assert (len(value), contents(value), bool(value)) == (len(content), list(content), True), name
        assert {key: value[key].to_python() for key in content} == content, name
        assert contents(child for _, child in value.items()) == list(content.values()), name
        return "fields"
    assert int(value) == content and bool(value), name
    return "number"


TEXTS = {"callable", "uncallable", "pause", "mask"}
"""What has a text and no elements."""

CPP = {
    "string": {"text", "longer", "empty", "wide", "view", "either", "path"},
    "sequence": {
        "numbers", "words", "bits", "points", "nothing", "fixed", "deck", "chain", "forward", "ordered",
        "keys", "triple", "pile", "line",
    },
    "fields": {"ages", "table", "nested", "pair", "unique", "number"},
    "number": {"some", "shared", "second", "weak", "counter", "where"},
    "nothing": {"none", "no_one"},
}  # fmt: skip

RUST = {
    "string": {"text", "empty", "guarded"},
    "sequence": {"numbers", "words", "points", "nothing", "deck", "keys", "leaves"},
    "fields": {"ages", "tree", "shared"},
    "number": {"counted", "again", "cell"},
}


def sorts(found: Any, without: set[str]) -> dict[str, set[str]]:
    """Return the names of variables by what sort of thing each is; each is checked."""
    by_sort: dict[str, set[str]] = {}
    for name, value in found.items():
        if name not in without:
            by_sort.setdefault(check(name, value), set()).add(name)
    return by_sort


@pytest.mark.parametrize(("compiler", "flags"), CPP_LIBRARIES)
def test_cpp(launch: Callable[..., Inferior], compiler: str, flags: tuple[str, ...]) -> None:
    found = at_stop(launch, "containers.cpp", built_for("containers.cpp", compiler, flags)).frame.locals
    # A multimap has a key more than once, which a dict has not.
    assert sorts(found, TEXTS | {"many"}) == CPP
    assert contents(found["many"]) == [1, 1] and len(found["many"]) == 2
    assert found["text"][0] == "h" and found["unique"]["x"] == 5 and found["pile"]["c"][1] == 2
    assert all(isinstance(name, str) for name in found["text"].raw)


def test_rust(launch: Callable[..., Inferior]) -> None:
    found = at_stop(launch, "collections.rs", programs.build("collections.rs")).frame.locals
    # A box is a pointer.
    assert sorts(found, {"boxed"}) == RUST
    assert found["text"][1] == "e" and list(found["text"].raw) == ["vec"]


@pytest.mark.parametrize(("source", "where"), [("values_rust.rs", "main"), ("values_cpp.cpp", "main")])
def test_a_value_equals_what_it_is_in_python(
    launch: Callable[..., Inferior], source: str, where: str
) -> None:
    inferior = launch([programs.build(source)], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"{source}:{programs.mark(source, where)}")
    inferior.resume()
    found, compared = inferior.frame.locals, 0
    for name, value in found.items():
        try:
            content = value.to_python()
        except (trapline.ValueUnavailable, trapline.EvaluationError, trapline.MemoryFault):
            continue
        assert value == content and (value != content) is False, (name, str(value.type), content)
        compared += 1
    assert compared > 20
    if source == "values_cpp.cpp":
        assert found["pointer"] == found["number"].address and found["reference"] == 5
        assert found["array_reference"] == (1, 2, 3) and found["color"] == "Green"
