"""Many values at once: the same text, type and parts as each looked at for itself, for a fixed price."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from types import FrameType

import pytest
from tests.live.test_containers import at_stop
from tests.support import programs

import trapline
from trapline import Inferior
from trapline.inspection import parts, printers
from trapline.inspection.briefs import Briefs
from trapline.inspection.format import Options, text
from trapline.inspection.value import Value

_BRIEF = Options(elements=200, depth=1, top=False)
_LONG = 2 << 20
_DEEP = Options(elements=30, depth=4, top=False, unions=False, static_members=False, null_stop=True)


def _all(values: Iterator[Value], depth: int) -> Iterator[Value]:
    """Give values and what is in them, as far as that can be read."""
    for value in values:
        yield value
        if depth and parts.count(value.dynamic) != (0, 0):
            yield from _all((part.value for part in islice(parts.parts(value.dynamic), 40)), depth - 1)


@pytest.mark.parametrize(
    "options",
    [_BRIEF, _BRIEF._replace(letter="x"), _BRIEF._replace(depth=0), _DEEP],
    ids=["brief", "hex", "closed", "deep"],
)
@pytest.mark.parametrize(
    ("source", "mark", "flags", "told"),
    [
        ("values_c.c", "main", (), 300),
        ("values_cpp.cpp", "main", (), 60),
        ("containers.cpp", "stop", ("-std=c++17",), 80),
        ("virtual_bases.cpp", "stop", (), 5),
        ("values_rust.rs", "main", (), 100),
        ("collections.rs", "stop", (), 60),
        ("thousand.cpp", "stop", (), 500),
        ("thousand.rs", "stop", (), 300),
    ],
)
def test_a_brief_is_what_the_value_says(
    launch: Callable[..., Inferior],
    source: str,
    mark: str,
    flags: tuple[str, ...],
    told: int,
    options: Options,
) -> None:
    inferior = launch([programs.build(source, *flags)], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"{source}:{programs.mark(source, mark)}")
    inferior.resume()
    briefs = Briefs(options)
    found = 0
    for value in _all(iter(inferior.frame.locals.values()), 2):
        brief = briefs.brief(value)
        if brief is None:
            continue
        real = value.dynamic
        assert brief.text == text(real, options), repr(value)
        assert brief.type == str(real.type)
        assert brief.parts == parts.count(real), repr(value)
        assert brief.memory == parts.memory(value)
        found += 1
    assert found >= told


@pytest.mark.parametrize("name", ["byte_slice", "text"])
@pytest.mark.parametrize("length", [1 << 41, 1 << 63, (1 << 64) - 1])
def test_a_length_that_is_none_is_told(launch: Callable[..., Inferior], name: str, length: int) -> None:
    """A slice that is not initialized yet may have any, also what no number of elements can be."""
    inferior = launch([programs.build("values_rust.rs")], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"values_rust.rs:{programs.mark('values_rust.rs', 'main')}")
    inferior.resume()
    address = inferior.frame[name].address
    assert address is not None
    inferior.memory.write(address + 8, length.to_bytes(8, "little"))
    value = inferior.frame[name]
    brief = Briefs(_BRIEF).brief(value)
    assert brief is not None and brief.text == text(value, _BRIEF) and brief.parts == parts.count(value)
    if length >> 63:
        assert brief.parts == (0, 0) and f"a slice of {length} elements is not believable" in str(value)
        with pytest.raises(trapline.ValueUnavailable, match="believable"):
            len(value)


def test_a_string_is_shown_as_far_as_it_is_asked_for(launch: Callable[..., Inferior]) -> None:
    """One that says it goes on into what is no memory shows its beginning; a long one is read whole."""
    inferior = at_stop(launch, "thousand.rs", programs.build("thousand.rs"))
    place = inferior.syscall("mmap", 0, _LONG, 3, 0x22, -1, 0)
    assert inferior.syscall("munmap", place + _LONG - 4096, 4096) == 0
    inferior.memory.write(place, b"x" * (_LONG - 4096))
    value = inferior.frame["texts"][0]
    layout = printers.string_layout(value.type)
    assert layout is not None and value.address is not None
    pointer, length, _ = layout
    inferior.memory.write(value.address + pointer, place.to_bytes(8, "little"))
    for size in (_LONG, 1 << 39):
        inferior.memory.write(value.address + length, size.to_bytes(8, "little"))
        value = inferior.frame["texts"][0]
        brief = Briefs(_BRIEF._replace(repeats=1000)).brief(value)
        assert brief is not None and brief.text == value.format(repeats=1000) == f'"{"x" * 200}"...'
        with pytest.raises(trapline.ValueUnavailable):
            value.to_python()
    inferior.memory.write(value.address + length, (_LONG - 4096).to_bytes(8, "little"))
    assert inferior.frame["texts"][0].to_python() == "x" * (_LONG - 4096)


@pytest.mark.parametrize("name", ["numbers", "deque"])
def test_a_container_that_is_changed_at_a_stop_has_what_is_there_now(
    launch: Callable[..., Inferior], name: str
) -> None:
    inferior = at_stop(launch, "thousand.cpp", programs.build("thousand.cpp"))
    value = inferior.frame[name]
    assert len(value) == 1000
    end = value.raw["_M_impl"]["_M_finish"]
    last = end["_M_cur"] if name == "deque" else end
    last.set(int(last) - 4)
    assert len(value) == 999 and parts.count(value) == (1, 999)


def test_a_map_that_says_it_has_more_than_can_be_counted(launch: Callable[..., Inferior]) -> None:
    inferior = at_stop(launch, "containers.cpp", programs.build("containers.cpp", "-std=c++17"))
    inferior.frame["table"].raw["_M_h"]["_M_element_count"].set(1 << 63)
    table = inferior.frame["table"]
    assert parts.count(table) == (0, 0)
    with pytest.raises(trapline.EvaluationError, match=f"not initialized.* of {1 << 63} elements"):
        len(table)


@pytest.mark.parametrize(
    ("source", "name", "calls", "reads"),
    [
        ("thousand.cpp", "numbers", 50, 10), ("thousand.cpp", "strings", 55, 200),
        ("thousand.cpp", "structures", 120, 50), ("thousand.cpp", "objects", 75, 200),
        ("thousand.cpp", "map", 90, 200), ("thousand.cpp", "words", 120, 200),
        ("thousand.cpp", "set", 55, 200), ("thousand.cpp", "deque", 55, 20),
        ("thousand.cpp", "pairs", 60, 200), ("thousand.cpp", "vectors", 90, 200),
        ("thousand.rs", "texts", 55, 40), ("thousand.rs", "slices", 55, 40),
        ("thousand.rs", "options", 60, 15),
        ("thousand.rs", "boxed", 70, 15), ("thousand.rs", "shapes", 60, 15),
        ("thousand.rs", "tuples", 55, 25),
        ("thousand.rs", "tree", 105, 15),
    ],
)  # fmt: skip
def test_a_thousand_elements_have_a_price(
    launch: Callable[..., Inferior],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    name: str,
    calls: int,
    reads: int,
) -> None:
    """So many calls of functions an element, and reads of memory in all: by pages, not by elements."""
    inferior = at_stop(launch, source, programs.build(source))
    memory = type(inferior._target.process.memory)
    fetch, fetched = memory._fetch, []
    monkeypatch.setattr(memory, "_fetch", lambda self, at, size: fetched.append(at) or fetch(self, at, size))
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    value = inferior.frame.locals[name]
    for _ in range(2):  # what the first finds out of types is not of the elements
        counted, before = 0, len(fetched)
        briefs = Briefs(_BRIEF)
        sys.setprofile(count)
        try:
            found = [briefs.brief(part.value) for part in parts.parts(value, 0, 1000)]
        finally:
            sys.setprofile(None)
    assert len(found) == 1000 and None not in found
    assert (counted / 1000 <= calls, counted) and before <= reads, (name, counted, before)


def test_the_command_line_writes_long_arrays_by_their_type(launch: Callable[..., Inferior]) -> None:
    inferior = at_stop(launch, "thousand.cpp", programs.build("thousand.cpp"))
    structures = inferior.frame["structures"]
    whole = structures.format(elements=1000, top=False).partition(" = ")[2]
    assert (
        whole
        == "{" + ", ".join(part.value.format(top=False) for part in parts.parts(structures, 0, 1000)) + "}"
    )
