"""Catching C++ exceptions and Rust panics, and why a program ended itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support import programs

import trapline

_BUILDS = {
    "gcc": ((), None),
    "gcc -O2": (("-O2",), None),
    "static": (("-static",), None),
    "no pie": (("-no-pie",), None),
    "clang": ((), "clang++"),
    "libc++": (("-stdlib=libc++",), "clang++"),
    "libc++ -O2": (("-stdlib=libc++", "-O2"), "clang++"),
}
_THROWN = {
    "runtime": ("std::runtime_error", "out of cheese"),
    "logic": ("std::invalid_argument", ""),
    "bytes": ("std::runtime_error", "\\xff\x1b[31m\n"),
    "alloc": ("std::bad_alloc", "std::bad_alloc"),
    "parse": ("app::Parse", "line 12"),
    "second": ("app::Second", "the second base"),
    "virtual": ("app::Virtual", "a virtual base"),
    "literal": ("app::Literal", "a literal of the program"),
    "stored": ("app::Stored", "a text that the object holds"),
    "worked": ("app::Worked", None),
    "plain": ("app::Plain", None),
    "template": ("app::Of<int const*>", None),
    "local": ("(anonymous namespace)::Local", None),
    "int": ("int", "-42"),
    "text": ("char const*", "some text"),
    "null": ("char const*", None),
    "pointer": ("app::Plain*", None),
    "other": ("double", None),
}


def _build(name: str) -> str:
    if "libc++" in name:
        _require_libcxx()
    flags, compiler = _BUILDS[name]
    return programs.build("thrown.cpp", *flags, compiler=compiler)


def _require_libcxx() -> None:
    import ctypes.util

    if ctypes.util.find_library("c++") is None:
        pytest.skip("no libc++ here")


def _exceptions(inferior: Any) -> list[Any]:
    return [stop for stop in inferior.events() if isinstance(stop, trapline.ExceptionThrown)]


@pytest.mark.parametrize("name", _BUILDS)
def test_types_and_texts(launch: Any, name: str) -> None:
    """Every kind of exception, set before any library is loaded: its type, and its text where one is told."""
    inferior = launch([_build(name), *_THROWN], stdout=trapline.DEVNULL)
    catch = inferior.set_catchpoint("throw")
    stops = _exceptions(inferior)
    assert [(stop.type, stop.message) for stop in stops] == list(_THROWN.values())
    assert {(stop.kind, stop.catchpoint) for stop in stops} == {("throw", catch)}
    assert catch.hit_count == len(_THROWN)
    assert inferior.exit_status.code == len(_THROWN)


@pytest.mark.parametrize("name", _BUILDS)
def test_long_and_library_texts(launch: Any, name: str) -> None:
    """A text of any length is read up to a bound; a std::string that is thrown is its own text."""
    inferior = launch([_build(name), "long", "system", "string"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("throw")
    long, system, string = _exceptions(inferior)
    assert long.message == "x" * 4096
    assert len(str(long)) < 500
    assert system.type.endswith("system_error")
    assert system.message.startswith("link: ")
    assert string.message == "a string"


@pytest.mark.parametrize("name", _BUILDS)
def test_thrown_again_and_caught(launch: Any, name: str) -> None:
    """`throw;` is a rethrow, with what is in flight; what is caught is known, also from an exception_ptr."""
    inferior = launch([_build(name), "^parse", "&second"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("rethrow")
    inferior.set_catchpoint("catch")
    parse, second = ("app::Parse", "line 12"), ("app::Second", "the second base")
    stops = [(stop.kind, stop.type, stop.message) for stop in _exceptions(inferior)]
    assert stops == [
        ("catch", *parse),
        ("rethrow", *parse),
        ("catch", *parse),
        ("catch", *second),
        ("catch", *second),
    ]


def test_where_it_stops(launch: Any) -> None:
    """In the runtime's function; its caller is the line that throws."""
    inferior = launch([_build("gcc"), "runtime"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("throw")
    stop = inferior.resume()
    assert stop.frame.function == "__cxa_throw"
    assert stop.frame.caller.location.line == programs.mark("thrown.cpp", "runtime")
    assert "exception thrown: std::runtime_error: out of cheese" in str(stop)
    inferior.resume()
    assert "out of cheese" in str(stop)


def test_narrowed_by_type(launch: Any) -> None:
    """Names are regular expressions of which one must be found in the type."""
    inferior = launch([_build("gcc"), *_THROWN], stdout=trapline.DEVNULL)
    catch = inferior.set_catchpoint("throw", "^app::(Parse|Second)$", re.compile("bad_"))
    assert [stop.type for stop in _exceptions(inferior)] == ["std::bad_alloc", "app::Parse", "app::Second"]
    assert catch.hit_count == 3


def test_switched_off_and_deleted(launch: Any) -> None:
    """A disabled one neither stops nor counts; a temporary one stops once; a restart keeps the rest."""
    inferior = launch([_build("gcc"), "int", "plain", "parse"], stdout=trapline.DEVNULL)
    off = inferior.set_catchpoint("throw")
    off.disable()
    once = inferior.set_catchpoint("throw", temporary=True)
    assert [stop.type for stop in _exceptions(inferior)] == ["int"]
    assert (off.hit_count, once.hit_count, inferior.catchpoints) == (0, 1, (off,))
    inferior.restart()
    off.enable()
    assert [stop.type for stop in _exceptions(inferior)] == ["int", "app::Plain", "app::Parse"]
    inferior.restart()
    off.delete()
    assert _exceptions(inferior) == []


def test_a_callback_decides(launch: Any) -> None:
    """`callback(inferior, stop)`: a true result stops."""
    inferior = launch([_build("gcc"), "int", "parse", "plain"], stdout=trapline.DEVNULL)
    seen = []

    def heard(inferior: Any, stop: Any) -> bool:
        seen.append((stop.type, inferior.frame.function))
        return stop.message == "line 12"

    inferior.set_catchpoint("throw", callback=heard)
    assert [stop.type for stop in _exceptions(inferior)] == ["app::Parse"]
    assert seen == [(name, "__cxa_throw") for name in ("int", "app::Parse", "app::Plain")]


def test_a_true_answer_ends_run(launch: Any) -> None:
    """In run() a callback's true result raises StoppedEarly, as a breakpoint's does."""
    inferior = launch([_build("gcc"), "int", "parse"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("throw", callback=lambda _, stop: stop.type == "app::Parse")
    with pytest.raises(trapline.StoppedEarly) as early:
        inferior.run()
    assert early.value.stop.message == "line 12"


def test_two_of_one_kind_are_one_stop(launch: Any) -> None:
    """Both count; the stop is the first's; a breakpoint at the same place is asked too."""
    inferior = launch([_build("gcc"), "int"], stdout=trapline.DEVNULL)
    first, second = inferior.set_catchpoint("throw"), inferior.set_catchpoint("throw")
    point = inferior.set_breakpoint("*__cxa_throw")
    (stop,) = _exceptions(inferior)
    assert stop.catchpoint is first
    assert (first.hit_count, second.hit_count, point.hit_count) == (1, 1, 1)


def test_set_when_the_program_runs(launch: Any) -> None:
    """Set when the libraries are loaded already."""
    inferior = launch([_build("gcc"), "int"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("main", temporary=True)
    inferior.resume()
    inferior.set_catchpoint("throw")
    assert [stop.type for stop in _exceptions(inferior)] == ["int"]


def test_a_program_without_exceptions(launch: Any) -> None:
    """In a C program it waits for ever, and nobody is warned of that."""
    import warnings

    inferior = launch([programs.build("twelve.c")])
    catch = inferior.set_catchpoint("throw")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert inferior.run().code == 12
    assert catch.hit_count == 0


def test_thrown_out_of_a_call_of_ours(launch: Any) -> None:
    """A function that is called from a callback and throws: the call says so, everything is put back."""
    inferior = launch([_build("gcc"), "int"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("throw")
    told = []

    def call(inferior: Any, breakpoint: Any) -> None:
        pc = inferior.thread.registers.rip
        with pytest.raises(trapline.EvaluationError) as error:
            inferior.call("again", "parse")
        told.append(str(error.value))
        assert inferior.thread.registers.rip == pc

    inferior.set_breakpoint("main", callback=call)
    stop = inferior.resume()
    assert (stop.type, stop.message) == ("int", "-42")
    assert len(told) == 1
    assert "app::Parse: line 12" in told[0]


@pytest.mark.parametrize(
    ("how", "type_"),
    [
        ("type", "<unknown type>"),
        ("null", "<unknown type>"),
        ("name", "<unknown type>"),
        ("endless", "x" * 4096),
        ("escape", "<unknown type>"),
        ("mangled", "app::Plain"),
        ("object", "std::runtime_error"),
    ],
)
def test_what_no_compiler_throws(launch: Any, how: str, type_: str) -> None:
    """A type_info or an object that is nonsense is a stop like any other, without a text."""
    inferior = launch([programs.build("forged.cpp"), how], stderr=trapline.DEVNULL)
    inferior.set_catchpoint("throw")
    stop = inferior.resume()
    assert isinstance(stop, trapline.ExceptionThrown)
    assert (stop.type, stop.message) == (type_, None)
    assert "\n" not in str(stop)


def test_a_header_that_is_none(launch: Any) -> None:
    """`catch` of what is no exception: a foreign one."""
    inferior = launch([programs.build("forged.cpp"), "header"], stderr=trapline.DEVNULL)
    inferior.set_catchpoint("catch")
    assert inferior.resume().type == "<foreign exception>"


@pytest.mark.parametrize("name", ["(", "[a", "*", b"bytes", 5])
def test_nonsense_for_a_name(launch: Any, name: Any) -> None:
    """What is no regular expression is refused: one line, no catchpoint."""
    inferior = launch([programs.build("twelve.c")])
    with pytest.raises(trapline.UsageError, match="regular expression"):
        inferior.set_catchpoint("throw", name)
    assert inferior.catchpoints == ()


# -- panics --------------------------------------------------------------------------------------

_PANICS = {
    "plain": "plain words",
    "format": 'count is 1 of "format"',
    "index": "index out of bounds: the len is 3 but the index is 11",
    "unwrap": "called `Result::unwrap()` on an `Err` value: Trouble",
    "none": "called `Option::unwrap()` on a `None` value",
    "assert": "assertion `left == right` failed: numbers differ\n  left: 1\n right: 77",
    "number": "Box<dyn Any>",
    "string": "an owned text",
    "empty": "",
    "divide": "attempt to divide by zero",
    "long": "x" * 5000,
}


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("flags", [(), ("-O",), ("-C", "strip=debuginfo"), ("-C", "prefer-dynamic")])
def test_panics(launch: Any, flags: tuple[str, ...], quiet: bool) -> None:
    """The message and the place of each panic, whatever the hook prints, without debug information too."""
    environment = {"QUIET": "1"} if quiet else {}
    if "prefer-dynamic" in flags:
        environment["LD_LIBRARY_PATH"] = _rust_libraries()
    program = programs.build("panics.rs", *flags)
    inferior = launch([program, *_PANICS], stderr=trapline.DEVNULL, env=environment)
    inferior.set_catchpoint("panic")
    stops = _exceptions(inferior)
    assert [stop.message for stop in stops] == list(_PANICS.values())
    assert {stop.type for stop in stops} == {"panic"}
    assert stops[0].source.path.endswith("panics.rs")
    assert stops[0].source.line == programs.mark("panics.rs", "plain")
    assert all("\n" not in str(stop) for stop in stops)
    assert inferior.exit_status.code == 0


def _rust_libraries() -> str:
    import subprocess

    compiler, _ = programs._compiler("rustc")
    folder = subprocess.run(
        [compiler, "--print", "target-libdir"], capture_output=True, text=True, check=True
    )
    return folder.stdout.strip()


def test_panics_by_message(launch: Any) -> None:
    """A name is a regular expression of the message."""
    inferior = launch([programs.build("panics.rs"), *_PANICS], stderr=trapline.DEVNULL)
    inferior.set_catchpoint("panic", r"unwrap\(\)")
    assert len(_exceptions(inferior)) == 2


# -- SIGABRT -------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("-static",)])
@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("assert", r"aborts: .*aborts.c:\d+: main: Assertion `argc == 77 && \"that many\"' failed\."),
        ("free", r"free\(\): double free detected.*"),
        ("smash", r"\*\*\* stack smashing detected \*\*\*: terminated"),
        ("abort", ""),
        ("kill", ""),
    ],
)
def test_why_it_aborted(launch: Any, how: str, reason: str, flags: tuple[str, ...]) -> None:
    """What the C library says before abort() is the stop's `reason`."""
    program = programs.build("aborts.c", "-fstack-protector-all", *flags)
    inferior = launch([program, how], stderr=trapline.DEVNULL)
    stop = inferior.resume()
    assert stop.signal == 6
    assert re.fullmatch(reason, stop.reason)
    assert stop.reason in str(stop)


@pytest.mark.parametrize("name", ["gcc", "static", "libc++"])
@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("!parse", "terminate called after throwing an instance of 'app::Parse': line 12"),
        ("!int", "terminate called after throwing an instance of 'int': -42"),
        ("!worked", "terminate called after throwing an instance of 'app::Worked'"),
        ("%", "terminate called without an active exception"),
    ],
)
def test_an_exception_that_nobody_catches(launch: Any, name: str, how: str, reason: str) -> None:
    """std::terminate says with which exception."""
    inferior = launch([_build(name), how], stderr=trapline.DEVNULL)
    stop = inferior.resume()
    assert (stop.signal, stop.reason) == (6, reason)
