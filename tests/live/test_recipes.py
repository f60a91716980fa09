"""What a recipe says of a variable is what working it out anew says, in every frame."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support.stops import at_mark

import trapline
from trapline.inspection import printers
from trapline.inspection.frame import Frame
from trapline.inspection.variables import context_of

BUILDS = ([], ["-O2"])


def stopped(launch: Any, *flags: str, compiler: str | None = None) -> Any:
    return at_mark(launch, "arguments.c", "bottom", *flags, compiler=compiler)


def worked_out(frame: Frame) -> list[tuple[str, str, bytes | str, int | None]]:
    """Name, short text, content and address of each argument, without recipes."""
    context = context_of(frame)
    assert context is not None
    found = []
    for variable in (variable for block in frame.arguments.blocks for variable in block):
        value = context.value(variable)
        text = value.format(top=False) if value.is_scalar else "..."
        found.append((variable.name, text, value.unavailable or bytes(value), value.address))
    return found


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
def test_every_frame_says_the_same(launch: Any, flags: list[str], compiler: str) -> None:
    frames = [
        one for one in stopped(launch, *flags, compiler=compiler).thread.frames() if one.function == "deep"
    ]
    assert len(frames) > 5 or compiler == "clang"  # which makes a loop of it
    for frame in frames:
        expected = worked_out(frame)
        values = frame.arguments.items()
        # Optimized, it also says what was passed: that is another test's.
        now = re.sub(r"(?<==)\w+@entry=|, \w+@entry=[^,]*", "", frame.arguments.brief())
        assert now == ", ".join(f"{name}={text}" for name, text, _, _ in expected)
        assert [(n, v.unavailable or bytes(v), v.address) for n, v in values] == [
            (name, data, address) for name, _, data, address in expected
        ]


def test_sorts_that_a_line_shows(launch: Any) -> None:
    frames = stopped(launch).thread.frames()
    for level in (0, 7, 40):
        line = frames[level].arguments.brief()
        assert line.startswith(f"n={level}, minus={-1 - 3 * (40 - level)}, u8={250 + 40 - level & 255} "), (
            line
        )
        assert (
            "pair=..., to=0x" in line and ", bad=0x10 <error: Cannot access memory at address 0x10>" in line
        )
    assert " <called>, octet=" in frames[40].arguments.brief()
    assert ", text=0x0, wchar=" in frames[0].arguments.brief()


def test_an_assignment_is_seen_at_once(launch: Any) -> None:
    frame = stopped(launch).thread.frames()[3]
    assert frame.arguments.brief().startswith("n=3, ")
    frame["n"] = 77
    assert frame.arguments.brief().startswith("n=77, ")
    assert int(frame.arguments["n"]) == 77


def test_a_printer_that_comes_later_counts(launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printers, "_registered", [*printers._registered])
    monkeypatch.setattr(printers, "_known", {})
    frame = stopped(launch).frame
    before = frame.arguments.brief()
    assert "weight=" in before and " kg" not in before
    printers.printer("kilograms")(lambda value: f"{int(value)} kg")
    assert f"{int(frame.arguments['weight'])} kg" in frame.arguments.brief()


def test_a_frame_of_an_earlier_stop_refuses(launch: Any) -> None:
    inferior = stopped(launch)
    frame = inferior.thread.frames()[1]
    arguments = frame.arguments
    assert arguments.brief().startswith("n=1, ")
    inferior.step_instruction()
    with pytest.raises(trapline.StaleError):
        arguments.brief()
    with pytest.raises(trapline.StaleError):
        frame.arguments.brief()
