"""Catchpoints on abort() and on assertions: where, of what, and why."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from tests.support import programs

import trapline

_ASSERTED = 'argc == 77 && "that many"'


def _aborts(*flags: str) -> str:
    return programs.build("aborts.c", "-fstack-protector-all", *flags)


@pytest.mark.parametrize("flags", [(), ("-static",), ("-static-pie", "-fPIE")])
def test_an_assertion_that_fails(launch: Any, flags: tuple[str, ...]) -> None:
    """The stop has the expression, file, line and function, in the frame of who reports it."""
    inferior = launch([_aborts(*flags), "assert"], stderr=trapline.PIPE)
    catch = inferior.set_catchpoint("assert")
    stop = inferior.resume()
    assert isinstance(stop, trapline.Aborting)
    assert (stop.kind, stop.expression, stop.function) == ("assert", _ASSERTED, "main")
    line = stop.frame.caller.location.line
    assert (stop.source.path, stop.source.line) == (str(programs.SOURCES / "aborts.c"), line)
    assert stop.catchpoints == (catch,)
    assert stop.reason.endswith(f"aborts.c:{line}: main: Assertion `{_ASSERTED}' failed.")
    assert stop.reason in str(stop)
    assert stop.frame.caller.function == "main"
    assert isinstance(inferior.resume(), trapline.SignalReceived)
    assert inferior.run().signal == 6
    assert stop.reason in inferior.stderr.read().decode()  # word for word as the C library says it


def test_an_assertion_of_the_c_plus_plus_library(launch: Any) -> None:
    """libstdc++'s own checks have their arguments in another order."""
    inferior = launch(
        [programs.build("asserts.cpp", "-D_GLIBCXX_ASSERTIONS"), "vector"], stderr=trapline.DEVNULL
    )
    inferior.set_catchpoint("assert", "size")
    stop = inferior.resume()
    assert stop.kind == "assert"
    assert "this->size()" in stop.expression
    assert "operator[]" in stop.function
    assert stop.source.name.endswith("stl_vector.h")


def test_an_error_number_that_is_asserted(launch: Any) -> None:
    """assert_perror: what is unexpected is the error's text."""
    inferior = launch([programs.build("asserts.cpp"), "errno"], stderr=trapline.PIPE)
    inferior.set_catchpoint("assert")
    stop = inferior.resume()
    assert stop.expression == os.strerror(13)
    inferior.run()
    assert stop.reason in inferior.stderr.read().decode()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("assert", f".*main: Assertion `{re.escape(_ASSERTED)}' failed."),
        ("free", r"free\(\): double free detected.*"),
        ("smash", r"\*\*\* stack smashing detected \*\*\*: terminated"),
        ("abort", ""),
    ],
)
def test_abort(launch: Any, how: str, reason: str) -> None:
    """The stop is at abort() itself, before the signal, and says what the C library said."""
    inferior = launch([_aborts(), how], stderr=trapline.DEVNULL)
    catch = inferior.set_catchpoint("abort")
    stop = inferior.resume()
    assert isinstance(stop, trapline.Aborting)
    assert (stop.kind, stop.expression, catch.hit_count) == ("abort", None, 1)
    assert re.fullmatch(reason, stop.reason)
    assert stop.frame.pc == inferior.symbol("abort").address
    assert inferior.run().signal == 6


def test_terminate(launch: Any) -> None:
    """What std::terminate() is called for."""
    inferior = launch([programs.build("thrown.cpp"), "!parse"], stderr=trapline.DEVNULL)
    inferior.set_catchpoint("abort")
    wanted = "terminate called after throwing an instance of 'app::Parse': line 12"
    assert inferior.resume().reason == wanted


@pytest.mark.parametrize(
    ("how", "flags", "reason"),
    [
        ("abort", (), "std::process::abort() was called"),
        ("double", (), "panic in a destructor during cleanup"),
        ("through", (), "panic in a function that cannot unwind"),
        ("room", (), "memory allocation failed"),
        ("plain", ("-Cpanic=abort",), "a panic ends the program, which was built with panic=abort"),
    ],
)
def test_rust(launch: Any, how: str, flags: tuple[str, ...], reason: str) -> None:
    """Why a Rust program aborts: at abort(), and at the signal."""
    inferior = launch([programs.build("rust_aborts.rs", *flags), how], stderr=trapline.DEVNULL)
    inferior.set_catchpoint("abort")
    assert inferior.resume().reason == reason
    stop = inferior.resume()
    assert (stop.signal, stop.reason) == (6, reason)


def test_narrowed_by_what_is_said(launch: Any) -> None:
    """One pattern that is found in the reason; others go by, uncounted."""
    inferior = launch([_aborts(), "free"], stderr=trapline.DEVNULL)
    other = inferior.set_catchpoint("abort", "smashing")
    catch = inferior.set_catchpoint("abort", "nothing", "double free")
    assert inferior.resume().catchpoints == (catch,)
    assert other.hit_count == 0


def test_a_method_of_that_name_is_none(launch: Any) -> None:
    """`Transaction::abort()` is no abort."""
    inferior = launch([programs.build("asserts.cpp"), "method"])
    catch = inferior.set_catchpoint("abort")
    assert inferior.run().code == 7
    assert catch.hit_count == 0


def test_a_callback_and_a_restart(launch: Any) -> None:
    """A callback hears of it and lets it go on; the catchpoint holds in the next run."""
    inferior = launch([_aborts(), "assert"], stderr=trapline.DEVNULL)
    heard: list[str] = []
    inferior.set_catchpoint("assert", callback=lambda _, stop: heard.append(stop.expression))
    for _ in range(2):
        assert inferior.run().signal == 6
        inferior.restart()
    assert heard == [_ASSERTED] * 2
