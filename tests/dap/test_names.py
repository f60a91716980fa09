"""How parts of values are written, and what can be written behind a dot: names that an editor gives back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.dap.client import Body, Client, Failed
from tests.dap.places import path
from tests.support import programs


def stop_at(client: Client, source: str, mark: str) -> int:
    """Run a program to a mark, and return its innermost frame."""
    client.launch(programs.build(source), {path(source): [programs.mark(source, mark)]})
    frame: int = client.frames(client.stopped("breakpoint"), levels=1)[0]["id"]
    return frame


def tree(client: Client, reference: int, depth: int) -> Iterator[Body]:
    """Give variables and what is in them, some of each."""
    for one in client.variables(reference, count=40).values():
        yield one
        if depth and one["variablesReference"] and one["name"] != "[raw]":
            yield from tree(client, one["variablesReference"], depth - 1)


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        ("values_c.c", "main"),
        ("values_cpp.cpp", "main"),
        ("containers.cpp", "stop"),
        ("collections.rs", "stop"),
        ("values_rust.rs", "main"),
    ],
)
def test_every_name_means_its_part(client: Client, source: str, mark: str) -> None:
    """What a tree offers to be watched is the thing itself, without a call of the program's."""
    frame = stop_at(client, source, mark)
    wrong: list[tuple[str, ...]] = []
    written = 0
    scopes = [client.scope(frame, name) for name in ("Locals", "Globals")]
    for one in (one for scope in scopes for one in tree(client, scope, 2)):
        expression = one.get("evaluateName")
        if expression is None:
            continue
        written += 1
        try:
            body = client.request("evaluate", expression=expression, context="hover", frameId=frame)
        except Failed as error:
            wrong.append((expression, str(error)))
            continue
        shown = one["value"], one["type"], one.get("memoryReference")
        given = body["result"], body["type"], body.get("memoryReference")
        if given != shown:
            wrong.append((expression, *shown, *given))
    assert not wrong
    assert written > 30


def test_parts_of_containers_have_names(client: Client) -> None:
    """Elements, entries, what a smart pointer or an optional holds."""
    frame = stop_at(client, "containers.cpp", "stop")
    known = client.variables(client.scope(frame, "Locals"))

    def names(name: str) -> list[str | None]:
        parts = client.request("variables", variablesReference=known[name]["variablesReference"])
        return [one.get("evaluateName") for one in parts["variables"]]

    assert names("numbers") == ["numbers[0]", "numbers[1]", "numbers[2]", None]
    assert names("ages") == ['ages["ann"]', 'ages["bob"]', None]
    assert names("many") == ["many[1]", None, None]  # two entries with one key
    assert names("unique") == ["unique.get()", None]
    assert names("some") == ["*some", None]
    assert names("pair") == ["pair.first", "pair.second", None]


def test_an_object_is_shown_as_what_it_is(client: Client) -> None:
    """A pointer to a base class opens the whole object, in the tree, in a watch and in a hover."""
    frame = stop_at(client, "values_cpp.cpp", "main")
    shown = client.variables(client.scope(frame, "Locals"))["shape"]
    assert shown["type"] == "shapes::Square *"
    assert client.variables(shown["variablesReference"])["side"]["evaluateName"] == "shape->side"
    for context in ("watch", "hover"):
        body = client.request("evaluate", expression="*shape", context=context, frameId=frame)
        assert body["type"] == "shapes::Square"
        assert client.variables(body["variablesReference"])["side"]["value"] == "3"
        body = client.request("evaluate", expression="shape->side", context=context, frameId=frame)
        assert body["result"] == "3"


COMPLETED = [
    ("values_cpp.cpp", "main", "p first.next->", "", {"value": "field", "next": "field"}),
    ("values_cpp.cpp", "main", "p *first.next->va", "va", {"value": "field"}),
    ("values_cpp.cpp", "main", "members.", "", {"a": "field", "b": "field"}),
    ("values_cpp.cpp", "main", "p (*shape).si", "si", {"side": "field"}),
    ("values_cpp.cpp", "main", "shape->pl", "pl", {"plain": "method"}),
    ("values_cpp.cpp", "main", "p mixed.", "", {"low": "field", "high": "field"}),
    ("values_cpp.cpp", "main", "p shapes::Color::G", "shapes::Color::G", {"shapes::Color::Green": "value"}),
    (
        "values_cpp.cpp",
        "main",
        "p Buffer<int, 3>::us",
        "Buffer<int, 3>::us",
        {"Buffer<int, 3>::used": "field"},
    ),
    ("values_cpp.cpp", "main", "p shapes::Square::K", "shapes::Square::K", {"shapes::Square::Kind": "class"}),
    ("containers.cpp", "stop", "print points[0].", "", {"x": "field", "y": "field"}),
    ("containers.cpp", "stop", "unique->", "", {"x": "field", "y": "field"}),
    ("containers.cpp", "stop", "unique.rel", "rel", {"release": "method"}),
    ("collections.rs", "stop", "points[0].", "", {"x": "field", "y": "field"}),
    ("collections.rs", "stop", "shared.", "", {"x": "field", "y": "field"}),
]


@pytest.mark.parametrize("source", sorted({one[0] for one in COMPLETED}))
def test_members_are_completed(client: Client, source: str) -> None:
    """Behind a dot, an arrow and a class's name; what is replaced is what has been written of the name."""
    cases = [one for one in COMPLETED if one[0] == source]
    frame = stop_at(client, source, cases[0][1])
    for _, _, text, word, expected in cases:
        body = client.request("completions", text=f"{text} + 1", column=len(text) + 1, frameId=frame)
        found = {one["label"]: one for one in body["targets"]}
        for label, kind in expected.items():
            one = found[label]
            assert one["type"] == kind, (text, one)
            assert (one["start"], one["length"]) == (len(text) - len(word) + 1, len(word)), (text, one)
        stray = [label for label in found if not label.startswith(word)]
        assert not stray, (text, stray)


def test_what_nobody_writes_is_not_completed(client: Client) -> None:
    """Brackets without end, and more text than a line has; none costs a second."""
    frame = stop_at(client, "values_cpp.cpp", "main")
    for text in ("(" * 1000 + ".", "a" * 1900 + "!.", "x[" * 600 + "->", "a." * 900, "a" * 3_000_000 + "!"):
        body = client.request("completions", text=text, column=len(text) + 1, frameId=frame)
        assert body["targets"] == []


def test_nothing_is_completed_that_has_no_members(client: Client) -> None:
    """Numbers, scalars, calls that would have to be made, and names of nothing."""
    frame = stop_at(client, "values_cpp.cpp", "main")
    for text in ("p 1.", "p number.", "p nobody->", "p shape->area().", "p )->", "p nobody::x::"):
        body = client.request("completions", text=text, column=len(text) + 1, frameId=frame)
        assert body["targets"] == [], text
