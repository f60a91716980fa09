"""Watchpoints on what is not one place: pointers that lead nowhere yet, computed values, registers."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline

_SOURCE = "watched_parts.c"


def _changes(inferior: Any, most: int = 20) -> list[tuple[str, str]]:
    """Return old and new values of the hits until the watchpoint or the program ends."""
    found = []
    for stop in inferior.events():
        if not isinstance(stop, trapline.WatchpointHit):
            break
        found.append((str(stop.old), str(stop.new)))
        if len(found) == most:
            break
    return found


@pytest.mark.parametrize("hardware", [None, False])
@pytest.mark.parametrize(
    ("expression", "changes"),
    [
        ("head->value", [("<unreadable>", "0"), ("0", "3")]),
        ("head->next->value", [("<unreadable>", "0"), ("0", "9")]),
        ("head && head->value == 3", [("0", "1")]),
    ],
)
def test_a_pointer_that_is_null_yet(
    launch: Any, expression: str, changes: list[tuple[str, str]], hardware: bool | None
) -> None:
    """What it leads to is watched from the moment on that it leads somewhere."""
    inferior = at_mark(launch, _SOURCE, "begin")
    watch = inferior.set_watchpoint(expression, hardware=hardware)
    assert watch.is_hardware is (hardware is None)
    assert _changes(inferior) == changes


def test_more_of_a_pointer_that_is_null_yet(launch: Any) -> None:
    """An element and a slice of it, reads too; a place alone is refused, by its address."""
    inferior = at_mark(launch, _SOURCE, "begin")
    assert inferior.set_watchpoint("head[0].value").is_hardware
    assert inferior.set_watchpoint("*head@2").is_hardware
    assert inferior.set_watchpoint("head->value", access="read").is_hardware
    with pytest.raises(trapline.LocationError, match="cannot watch 0x0: not mapped"):
        inferior.set_watchpoint(inferior.evaluate("*head"))


@pytest.mark.parametrize("hardware", [None, False])
@pytest.mark.parametrize(
    ("expression", "changes"),
    [
        ("a + b", [("0", "4"), ("4", "6"), ("6", "8"), ("8", "6"), ("6", "2")]),
        ("a > 3", [("0", "1"), ("1", "0")]),
        ("table[2] * 2 + sizeof(a)", [("4", "14")]),
        ("a == 4 ? b : table[2]", [("0", "2"), ("2", "0"), ("0", "5")]),
        ("both->left + a", [("7", "11"), ("11", "13"), ("13", "9")]),
    ],
)
def test_a_computed_value(
    launch: Any, expression: str, changes: list[tuple[str, str]], hardware: bool | None
) -> None:
    """All that it is computed from is watched; a hit is where the value of the whole has changed."""
    inferior = at_mark(launch, _SOURCE, "parts")
    watch = inferior.set_watchpoint(expression, hardware=hardware)
    assert watch.is_hardware is (hardware is None)
    assert _changes(inferior, len(changes)) == changes


def test_the_parts_of_a_computed_value(launch: Any) -> None:
    """Each part that is read is one piece; what is not evaluated is none."""
    inferior = at_mark(launch, _SOURCE, "parts")
    a, b, table = (inferior.symbol(name).address for name in ("a", "b", "table"))
    assert set(inferior.set_watchpoint("a + b * 2", hardware=False).pieces) == {(a, 4), (b, 4)}
    assert inferior.set_watchpoint("a && b", hardware=False).pieces == ((a, 4),)
    assert set(inferior.set_watchpoint("table[a + 1]", hardware=False).pieces) == {(table + 4, 4), (a, 4)}
    assert inferior.set_watchpoint("table + a", hardware=False).pieces == ((a, 4),)
    assert inferior.set_watchpoint("*table@3", hardware=False).pieces == ((table, 12),)


def test_more_parts_than_registers(launch: Any) -> None:
    """What takes more than four is stepped, with a warning."""
    inferior = at_mark(launch, _SOURCE, "parts")
    with pytest.warns(RuntimeWarning, match="stepping"):
        watch = inferior.set_watchpoint("a + b + table[0] + table[1] + table[2]")
    assert not watch.is_hardware
    assert _changes(inferior, 3) == [("0", "4"), ("4", "6"), ("6", "8")]


def test_reads_of_a_computed_value(launch: Any) -> None:
    """Each read of a part is a hit of a "read" watchpoint."""
    inferior = at_mark(launch, _SOURCE, "both")
    inferior.set_watchpoint("before.left + a", access="read_write")
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert (str(stop.old), str(stop.new)) == ("1", "5")


# -- registers -----------------------------------------------------------------------------------


def test_a_variable_in_a_register(launch: Any) -> None:
    """It is looked at after each instruction of its own frame, and ends with that."""
    inferior = at_mark(launch, _SOURCE, "counted")
    with pytest.warns(RuntimeWarning, match=r"stepping.*`count` is in a register"):
        watch = inferior.set_watchpoint("count")
    assert (watch.is_hardware, watch.is_local, watch.pieces) == (False, True, ())
    # As gdb: when `rbx` is given back, before the frame is left, the last value is another.
    assert _changes(inferior)[:3] == [("0", "2"), ("2", "4"), ("4", "25")]
    assert (watch.deleted, inferior.frame.function) == (True, "main")


def test_memory_behind_a_register(launch: Any) -> None:
    """A pointer in a register, and what it points to."""
    inferior = at_mark(launch, _SOURCE, "counted")
    with pytest.warns(RuntimeWarning, match="`one` is in a register"):
        inferior.set_watchpoint("one->left")
    assert _changes(inferior)[0] == ("1", "7")
    assert inferior.frame.function == "main"


def test_a_machine_register(launch: Any) -> None:
    """`$rbx` is that of the thread which was selected, whatever function runs."""
    inferior = at_mark(launch, _SOURCE, "counted")
    with pytest.warns(RuntimeWarning, match="`\\$rbx` is in a register"):
        watch = inferior.set_watchpoint("$rbx & 0xff")
    assert not watch.is_local
    assert _changes(inferior, 3) == [("0", "2"), ("2", "4"), ("4", "25")]


def test_registers_are_not_for_registers(launch: Any) -> None:
    """Where stepping is refused, or would not do, so is the watch; nothing is left behind."""
    inferior = at_mark(launch, _SOURCE, "counted")
    for words in ({"hardware": True}, {"access": "read"}, {"access": "read_write"}):
        with pytest.raises(trapline.LocationError, match="`count` is in a register"):
            inferior.set_watchpoint("count", **words)
    assert inferior.watchpoints == ()


def test_a_read_that_moves_where_no_register_is_free(launch: Any) -> None:
    """It is disabled, with a warning; the program goes on, and the others watch."""
    inferior = at_mark(launch, _SOURCE, "begin")
    last = inferior.set_watchpoint("head->value", access="read_write")
    for name in ("a", "b", "table[2]"):
        inferior.set_watchpoint(name)
    with pytest.warns(RuntimeWarning, match=f"watchpoint {last.id} is disabled: all four"):
        stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert (stop.watchpoint, last.enabled) == (last, False)
    assert _changes(inferior, 1) == [("0", "4")]


# -- over the end --------------------------------------------------------------------------------


def test_a_computed_value_in_the_next_run(launch: Any) -> None:
    """Set where nothing runs any more, it is in force from the next run on."""
    inferior = launch(programs.build(_SOURCE))
    inferior.run()
    with pytest.raises(trapline.EvaluationError, match="constant value `sizeof a'"):
        inferior.set_watchpoint("sizeof a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inferior.set_watchpoint("a + b")
        inferior.restart()
        assert _changes(inferior, 2) == [("0", "4"), ("4", "6")]


def test_a_place_in_the_next_run(launch: Any) -> None:
    """A value is a place, which is watched in the next run, too, wherever the pointer leads then."""
    inferior = at_mark(launch, _SOURCE, "parts")
    watch = inferior.set_watchpoint(inferior.evaluate("table[2]"))
    inferior.restart()
    assert (watch.problem, watch.address) == ("", inferior.symbol("table").address + 8)
    assert _changes(inferior) == [("0", "5")]


def test_a_bit_field_as_a_place(launch: Any) -> None:
    """Its own bits alone are compared."""
    inferior = at_mark(launch, "watching.c", "change")
    watch = inferior.set_watchpoint(inferior.evaluate("flags.first"))
    assert watch.length == 1
    assert _changes(inferior) == [("0", "2")]
