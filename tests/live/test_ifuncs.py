"""Steps over calls of IFUNCs: into the function that the resolver chose, if it has lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support import programs, steps
from tests.support.stops import line

import trapline

SOURCE = "steps_ifunc.c"
BINDING = [("-Wl,-z,lazy",), ("-Wl,-z,now",), ("-Wl,-z,lazy", "-fcf-protection", "-no-pie"), ("-O2",)]


def _build(*flags: str) -> str:
    library = programs.build(SOURCE, "-DLIBRARY", "-shared", "-fPIC", "-Wl,-z,lazy")
    return programs.build(SOURCE, *flags, libraries=(library,))


def _at(launch: Any, mark: str, *flags: str) -> Any:
    """Return an inferior at a marked line, with nothing bound that the program has not called yet."""
    inferior = launch(_build(*flags), stdout=trapline.DEVNULL, env={"PATH": "/bin"})
    inferior.set_breakpoint(f"{SOURCE}:{programs.mark(SOURCE, mark)}", temporary=True)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    return inferior


@pytest.mark.parametrize("flags", BINDING, ids=" ".join)
@pytest.mark.parametrize(
    ("mark", "function"), [("own", "increased"), ("first", "doubled"), ("second", "doubled")]
)
def test_into_what_was_chosen(launch: Any, mark: str, function: str, flags: tuple[str, ...]) -> None:
    """Bound before, bound by this very call, whose resolver binds lazily too, and by an earlier one."""
    inferior = _at(launch, mark, *flags)
    assert isinstance(inferior.step(), trapline.StepFinished)
    assert inferior.frame.function == function
    assert inferior.thread.frames()[1].function == "main"
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert (inferior.frame.function, int(stop.value)) == ("main", {"own": 2, "first": 4, "second": 6}[mark])


@pytest.mark.parametrize("flags", [("-Wl,-z,lazy",), ("-Wl,-z,now",)], ids=" ".join)
def test_next_goes_over_it(launch: Any, flags: tuple[str, ...]) -> None:
    inferior = _at(launch, "first", *flags)
    inferior.next()
    assert line(inferior) == programs.mark(SOURCE, "second")


def test_by_a_call_that_is_the_last_thing(launch: Any) -> None:
    """A tail call is a jump to the stub."""
    inferior = _at(launch, "last", "-O2")
    inferior.step()
    assert inferior.frame.function == "increased"


def test_by_its_name(launch: Any) -> None:
    """`into=` takes the name that the line calls, as well as that of what is behind it."""
    for name in ("picked", "doubled"):
        inferior = _at(launch, "first", "-Wl,-z,lazy")
        assert [one.name for one in inferior.step_targets()] == ["picked"]
        inferior.step(into=name)
        assert inferior.frame.function == "doubled"
    inferior = _at(launch, "first", "-Wl,-z,lazy")
    inferior.step(into="increased")
    assert line(inferior) == programs.mark(SOURCE, "second")


def test_one_that_is_skipped(launch: Any) -> None:
    inferior = _at(launch, "first", "-Wl,-z,lazy")
    inferior.skip(function="doubled")
    inferior.step()
    assert line(inferior) == programs.mark(SOURCE, "second")


def test_a_breakpoint_in_the_resolver_is_a_stop(launch: Any) -> None:
    """What stops amid the binding ends the step."""
    inferior = _at(launch, "first", "-Wl,-z,lazy")
    inferior.set_breakpoint("pick")
    assert isinstance(inferior.step(), trapline.BreakpointHit)
    assert inferior.frame.function == "pick"


def test_as_gdb(launch: Any, tmp_path: Path) -> None:
    """All the way, where nothing is bound lazily: gdb 13 loses itself in the library's resolver there."""
    program = _build("-Wl,-z,now")
    ((theirs, ours),) = steps.compare(launch, program, SOURCE, [["step"] * 30], tmp_path)
    assert len(theirs) > 20
    assert ours[: len(theirs) - 1] == theirs[:-1]
