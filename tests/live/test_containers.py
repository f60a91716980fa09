"""Containers of three standard libraries: as text, and as Python has them."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline import Inferior
from trapline.inspection.variables import summary

CPP = {
    "text": '"hello"', "longer": "'x' <repeats 40 times>", "empty": '""', "wide": 'L"wide"',
    "view": '"hello"', "numbers": "{1, 2, 3}", "words": '{"one", "two"}', "bits": "{true, false, true}",
    "points": "{{x = 1, y = 2}, {x = 3, y = 4}}", "fixed": "{4, 5, 6}", "chain": "{7, 8}",
    "forward": "{9, 10}",
    "ages": '{["ann"] = 30, ["bob"] = 40}', "many": "{[1] = 2, [1] = 3}", "ordered": "{1, 2, 3}",
    "table": '{[1] = "uno"}', "keys": '{"k"}', "some": "{[contained value] = 5}",
    "none": "std::optional<int> [no contained value]", "either": '{"second"}',
    "triple": '{[1] = 1, [2] = 2.5, [3] = "three"}', "pair": "{first = 1, second = 99 'c'}",
    "no_one": "{get() = 0x0}", "uncallable": "empty std::function", "pause": "{ 250ms }",
    "path": '"/usr/bin"',
    "counter": "11", "mask": "10100101", "pile": "{1, 2}", "line": "{3, 4}",
    "nested": '{"a", "b"}}',
}  # fmt: skip
"""What the text of each variable of containers.cpp ends in, whatever the library."""

CONTENT: dict[str, Any] = {
    "text": "hello", "empty": "", "numbers": [1, 2, 3], "words": ["one", "two"], "nothing": [],
    "bits": [True, False, True], "ages": {"ann": 30, "bob": 40}, "ordered": [1, 2, 3], "table": {1: "uno"},
    "keys": ["k"], "some": 5, "none": None, "either": "second", "triple": (1, 2.5, "three"),
    "unique": {"x": 5, "y": 6}, "shared": 42, "no_one": None, "path": "/usr/bin", "pile": [1, 2],
    "nested": {1: ["a", "b"]},
}  # fmt: skip

RUST = {
    "text": '"hello"', "empty": '""', "numbers": "Vec(size=3) = {1, 2, 3}",
    "words": 'Vec(size=2) = {"one", "two"}', "nothing": "Vec(size=0)", "deck": "VecDeque(size=3) = {0, 1, 2}",
    "ages": 'HashMap(size=1) = {["ann"] = 30}', "keys": "HashSet(size=1) = {7}",
    "leaves": "BTreeSet(size=3) = {1, 2, 3}", "counted": "Rc(strong=2, weak=0) = {value = 5}",
    "shared": "Arc(strong=1, weak=0) = {value = collections::Point {x: 3, y: 4}}", "cell": "{value = 9}",
    "guarded": 'RefCell(borrow=0) = {value = "in"}',
}  # fmt: skip


CPP_LIBRARIES = [("g++", ()), ("clang++", ()), ("clang++", ("-stdlib=libc++",))]
"""Compilers, and the flags that choose a library."""


def built_for(source: str, compiler: str, flags: tuple[str, ...]) -> str:
    """Return a program of C++ 17 with a library; the test is skipped where that is not here."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} here")
    if flags and not glob.glob("/usr/lib/llvm-*/include/c++/v1/string"):
        pytest.skip("no libc++ here (libc++-dev)")
    return programs.build(source, "-std=c++17", *flags, compiler=compiler)


def at_stop(launch: Callable[..., Inferior], source: str, program: str) -> Inferior:
    """Return a program at the line of its source that is marked "stop"."""
    inferior = launch([program], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"{source}:{programs.mark(source, 'stop')}")
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    return inferior


@pytest.mark.parametrize(("compiler", "flags"), CPP_LIBRARIES)
def test_cpp(launch: Callable[..., Inferior], compiler: str, flags: tuple[str, ...]) -> None:
    program = built_for("containers.cpp", compiler, flags)
    found = at_stop(launch, "containers.cpp", program).frame.locals
    texts = {name: found[name].format(top=False) for name in CPP}
    assert {name: text for name, text in texts.items() if not text.endswith(CPP[name])} == {}
    long = {name: found[name].format(top=False) for name in ("nothing", "numbers")}
    long["numbers"] = long["numbers"].replace("{1, 2, 3}", "{...}")
    assert {name: summary(found[name]) for name in long} == long  # what is empty has no `= {...}`
    contents = {name: found[name].to_python() for name in CONTENT}
    assert {name: content for name, content in contents.items() if content != CONTENT[name]} == {}
    assert len(found["deck"]) == 301
    assert [int(found["deck"][index]) for index in (0, 1, 200, 300)] == [-1, 0, 199, 299]
    assert int(found["numbers"][1]) == 2 and [int(one) for one in found["numbers"]] == [1, 2, 3]
    assert found["some"].variant == "Some" and found["none"].variant == "None"
    assert int(found["shared"].dereference()) == 42


@pytest.mark.parametrize(("compiler", "flags"), CPP_LIBRARIES)
def test_arrays_that_are_owned_and_what_is_empty(
    launch: Callable[..., Inferior], compiler: str, flags: tuple[str, ...]
) -> None:
    program = built_for("owned_arrays.cpp", compiler, flags)
    inferior = at_stop(launch, "owned_arrays.cpp", program)
    frame = inferior.frame
    assert [int(frame["alone"][index]) for index in range(3)] == [4, 5, 6]
    assert [int(inferior.evaluate(f"alone[{index}]")) for index in range(3)] == [4, 5, 6]
    assert int(inferior.evaluate("shared[2] + alone[1]")) == 14
    assert str(inferior.evaluate("*alone")) == "4" and int(inferior.evaluate("*alone.get()")) == 4
    assert frame["alone"].to_python() == frame["alone"][0].address
    assert str(frame["no_bits"]) == "empty std::bitset"
    assert str(frame["nowhere"]) == "0x0"


def test_rust(launch: Callable[..., Inferior]) -> None:
    found = at_stop(launch, "collections.rs", programs.build("collections.rs")).frame.locals
    texts = {name: found[name].format(top=False) for name in RUST}
    assert texts == RUST
    assert (summary(found["nothing"]), summary(found["numbers"])) == ("Vec(size=0)", "Vec(size=3) = {...}")
    assert found["tree"].to_python() == {number: f"n{number}" for number in range(40)}
    assert found["deck"].to_python() == [0, 1, 2]
    assert found["ages"].to_python() == {"ann": 30}


@pytest.mark.parametrize(("compiler", "flags"), CPP_LIBRARIES)
def test_containers_before_their_construction(
    launch: Callable[..., Inferior], compiler: str, flags: tuple[str, ...]
) -> None:
    """Nonsense in a container is shown as far as it goes, in bounded time."""
    program = built_for("containers.cpp", compiler, flags)
    inferior = launch([program], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("main")
    inferior.resume()
    frame = inferior.frame
    rsp = inferior.thread.registers.rsp
    base = int(frame.cfa or 0)
    for filler in (b"\xff", b"\x41", b"\x00", b"\x08\x00\x00\x00\x00\x00\x00\x00"):
        size = base - rsp - 64
        inferior.memory.write(rsp, (filler * size)[:size])
        for name in CPP:
            text = inferior.frame.locals[name].format(top=False)
            assert text and "\n" not in text


@pytest.mark.parametrize(("flags", "root", "left"), [((), 16, 16), (("-stdlib=libc++",), 8, 0)])
def test_a_tree_with_a_loop(
    launch: Callable[..., Inferior], flags: tuple[str, ...], root: int, left: int
) -> None:
    """A node that is left of itself is no way down without end.

    Args:
        launch: starts the program.
        flags: which library.
        root: where in a set the root's address is.
        left: where in a node the address of the one left of it is.
    """
    if shutil.which("clang++") is None:
        pytest.skip("no clang++ here")
    if flags and not glob.glob("/usr/lib/llvm-*/include/c++/v1/string"):
        pytest.skip("no libc++ here (libc++-dev)")
    program = programs.build("containers.cpp", "-std=c++17", *flags, compiler="clang++")
    inferior = at_stop(launch, "containers.cpp", program)
    found, memory = inferior.frame.locals["ordered"], inferior.memory
    assert found.address is not None
    above = memory.read_pointer(found.address + root)
    right = memory.read_pointer(above + left + 8)
    memory.write(right + left, right.to_bytes(8, "little"))
    assert found.format(top=False) == "std::set with 3 elements = {1, 2, 3}"


ITERATORS = {
    "in_numbers": "2", "in_bits": "true", "in_chain": "5", "const_in_chain": "4", "in_forward": "7",
    "behind_forward": "0x0", "in_deck": "3", "in_ages": '{first = "ann", second = 30}',
    "const_in_ages": '{first = "ann", second = 30}', "in_names": '"bob"',
    "in_places": '{first = "here", second = {x = 1, y = 2.5}}', "behind_places": "0x0", "in_keys": "9",
    "const_in_places": '{first = "here", second = {x = 1, y = 2.5}}',
}  # fmt: skip
HOLDERS = {
    "twice": "std::optional<std::optional<int>> containing std::optional<int> = {[contained value] = 3}",
    "hollow": "std::optional<std::optional<int>> containing std::optional<int> [no contained value]",
    "none": "std::optional<std::optional<int>> [no contained value]",
    "inside": "std::variant<std::vector<int>, std::optional<int>> [index 1] containing std::optional<int>"
    " = {[contained value] = 3}",
    "either": "std::variant<int, std::string, point> [index 2] = {{x = 4, y = 5}}",
    "second": "std::variant<int, int> [index 1] = {7}", "nothing": "std::any [no contained value]",
    "small": "std::any containing int = {[contained value] = 5}",
    "big": 'std::any containing std::string = {[contained value] = "text"}',
    "structure": "std::any containing point = {[contained value] = {x = 7, y = 8}}",
}  # fmt: skip
STARTS = {
    "several": "std::optional<std::vector<int>> containing std::vector of length 2",
    "list": "std::any containing std::vector of length 2",
    "pointer": "std::any containing std::vector<int> * = {[contained value] = 0x",
    "closure": "std::function {",
    "member": "std::function {",
}  # fmt: skip


@pytest.mark.parametrize(
    ("compiler", "flags"),
    [("g++", ()), ("g++", ("-gdwarf-4",)), ("clang++", ()), ("clang++", ("-stdlib=libc++",))],
)
def test_iterators_and_holders(
    launch: Callable[..., Inferior], compiler: str, flags: tuple[str, ...]
) -> None:
    """Iterators are the elements that they point to, pointers where that is the end; holders as gdb says."""
    if "-stdlib=libc++" in flags and not glob.glob("/usr/lib/llvm-*/include/c++/v1/string"):
        pytest.skip("no libc++ here (libc++-dev)")
    program = programs.build("iterators.cpp", "-std=c++17", *flags, compiler=compiler)
    found = at_stop(launch, "iterators.cpp", program).frame.locals
    expected = ITERATORS | HOLDERS
    texts = {name: found[name].format(top=False) for name in expected}
    assert {name: text for name, text in texts.items() if text != expected[name]} == {}
    starts = {name: found[name].format(top=False) for name in STARTS}
    assert {name: text for name, text in starts.items() if not text.startswith(STARTS[name])} == {}
    for name in ("behind_chain", "behind_ages", "behind_no_ages"):
        assert found[name].format(top=False).startswith("0x7f")
    # A value that could be the count of the list's elements is one of the two, never anything else.
    assert found["in_alike"].format(top=False) == "1"
    assert found["twice"].variant == "Some" and found["none"].variant == "None"
    assert found["twice"].to_python() == 3 and found["big"].to_python() == "text"
    assert found["inside"].variant is not None and found["nothing"].to_python() is None
    assert int(found["in_chain"].dereference()) == 5


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_containers_that_are_not_in_memory(launch: Callable[..., Inferior], compiler: str) -> None:
    """Pieces and constants of optimized code are shown as far as they are known, without an address."""
    inferior = launch([programs.build("scattered.cpp", "-O2", "-std=c++17", compiler=compiler)])
    inferior.set_breakpoint("sink")
    inferior.resume()
    inferior.frame = inferior.thread.frames()[1]
    found = inferior.frame.locals
    texts = {name: value.format(top=False) for name, value in found.items()}
    assert not [text for text in texts.values() if "error" in text]
    known = {name: text for name, text in texts.items() if "optimized out" not in text}
    expected = {
        "three": "{1, 20, 30}", "grid": "{{1, 2}, {3, 1}}", "pair": "{first = 9, second = 10}",
        "either": "std::variant<int, double> [index 0] = {7}",
        "some": "std::optional<int> = {[contained value] = 8}",
        "both": "std::tuple containing = {[1] = 11, [2] = 99 'c'}",
    }  # fmt: skip
    assert {name: text for name, text in known.items() if text != expected[name]} == {}
    assert "20, 30}" in texts["three"] and int(found["three"][1]) == 20 and len(found["three"]) == 3
