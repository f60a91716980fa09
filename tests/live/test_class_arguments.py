"""Arguments of other types than a C++ parameter's class: constructors, strings, conversion functions."""

from __future__ import annotations

import glob
from collections.abc import Callable

import pytest
from tests.support import programs

import trapline
from trapline import Inferior

RESULTS = {
    'length("hello")': "5", 'first("hello")': "104", "twice(7)": "14", "twice(number)": "8",
    'size("hello")': "5", 'size("a text of more than twenty characters")': "37", 'own_size("hello")': "6",
    'view("ab")': str(2 + ord("b")), "change(name)": "34", "of(number)": "4", 'chosen("x")': "2",
    "chosen(1.5)": "1", "chosen(number)": "3", "(int)number": "4", "(bool)number": "true", "number + 1": "5",
    "(double)ratio": "4", "ratio * 2": "8", "twice(2.5)": "4",
}  # fmt: skip
REFUSED = {
    "plain(4)": "int cannot become Plain: no constructor takes it",
    "of(5)": "int cannot become Ratio: no constructor takes it",
    'twice("x")': "char [2] cannot become Number: no constructor takes it",
    "three(1)": "too few arguments: 3 are needed, 1 given; the program does not record default arguments",
}
"""One conversion of a user's may be on the way; `of(5)` would need two."""


@pytest.fixture(
    params=[("g++", ()), ("g++", ("-gdwarf-4",)), ("clang++", ()), ("clang++", ("-stdlib=libc++",))]
)
def inferior(request: pytest.FixtureRequest, launch: Callable[..., Inferior]) -> Inferior:
    compiler, flags = request.param
    if "-stdlib=libc++" in flags and not glob.glob("/usr/lib/llvm-*/include/c++/v1/string"):
        pytest.skip("no libc++ here (libc++-dev)")
    program = programs.build("conversions.cpp", "-std=c++17", *flags, compiler=compiler)
    started = launch([program], stdout=trapline.DEVNULL)
    started.set_breakpoint(f"conversions.cpp:{programs.mark('conversions.cpp', 'stop')}")
    assert isinstance(started.resume(), trapline.BreakpointHit)
    return started


def test_arguments_become_objects(inferior: Inferior) -> None:
    sp = inferior.thread.registers["rsp"]
    results = {text: str(inferior.evaluate(text)) for text in RESULTS}
    assert {text: result.split(" ")[0] for text, result in results.items()} == RESULTS
    assert inferior.thread.registers["rsp"] == sp
    # As many were made as were ended, two by the program itself.
    assert int(inferior.evaluate("ended")) == 4
    assert int(inferior.call("size", "given by Python")) == 15
    assert int(inferior.call("length", b"bytes")) == 5 and int(inferior.call("twice", 8)) == 16


def test_what_has_no_way_is_refused(inferior: Inferior) -> None:
    for text, reason in REFUSED.items():
        with pytest.raises(trapline.EvaluationError) as caught:
            inferior.evaluate(text)
        assert str(caught.value) == reason
    for text, part in {
        'own_size("a text of more than twenty characters")': "heap",
        'change("x")': "changed",
    }.items():
        with pytest.raises(trapline.EvaluationError, match=part):
            inferior.evaluate(text)
    assert int(inferior.evaluate("three(1, 2, 3)")) == 123


def test_a_member_without_an_object_has_a_type(inferior: Inferior) -> None:
    assert str(inferior.type_of("Ratio::shown")) == "double"
    assert int(inferior.evaluate("sizeof(Ratio::shown)")) == 8
    with pytest.raises(trapline.EvaluationError, match="name an object"):
        inferior.evaluate("Ratio::shown")


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_what_is_copied_as_its_bytes(launch: Callable[..., Inferior], level: str) -> None:
    """Where no constructor can be called, an object is copied if that is all that C++ would do."""
    inferior = launch([programs.build("copied.cpp", level, "-std=c++17", compiler="g++")])
    inferior.set_breakpoint("stop")
    inferior.resume()
    before = int(inferior.evaluate("ended"))
    assert int(inferior.evaluate("take_plain(p)")) == 3 and int(inferior.evaluate("take_around(a)")) == 4
    assert int(inferior.evaluate("ended")) >= before + 1
    refused = ["take_moved(m)", "take_owner(o)", *(["take_written(w)"] if level == "-O2" else [])]
    for text in refused:
        with pytest.raises(trapline.EvaluationError, match="no copy constructor that can be called"):
            inferior.evaluate(text)
    if level == "-O0":
        assert int(inferior.evaluate("take_written(w)")) == 101
    assert inferior.run().signal is None
