"""Breakpoints at several places: numbers, switches of their own, one hit for a line that is run through."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import gdb, programs

import trapline

_SOURCE = "locations.cpp"


def _line(name: str) -> str:
    return f"{_SOURCE}:{programs.mark(_SOURCE, name)}"


def test_numbers_are_gdbs(launch: Any) -> None:
    """Locations count from 1 in order of address, at gdb's addresses; the stop says which one it was."""
    program = programs.build(_SOURCE)
    inferior = launch([program])
    point = inferior.set_breakpoint(_line("twice"))
    assert [place.number for place in point.locations] == [1, 2, 3]
    script = f"""
point = gdb.Breakpoint("{_line("twice")}")
gdb.execute("run")
emit([one.address for one in point.locations])
emit([line.split()[0] for line in run("info breakpoints").splitlines() if line[1:2] == "."])
"""
    addresses, numbers = gdb.ask(program, script)
    assert [place.address for place in point.locations] == addresses
    stops = list(inferior.events())[:-1]
    assert [stop.numbers for stop in stops] == [("1.1",), ("1.2",), ("1.3",)] * 3
    assert numbers == ["1.1", "1.2", "1.3"]
    assert "breakpoint 1.2 hit" in str(stops[1])


def test_one_place_has_no_number_of_its_own(launch: Any) -> None:
    """With one place only the stop says `1`."""
    inferior = launch([programs.build(_SOURCE)])
    inferior.set_breakpoint(_line("end"))
    assert inferior.resume().numbers == ("1",)


def test_a_place_is_switched_alone(launch: Any) -> None:
    """A disabled location does not stop; the breakpoint and the other locations stay in force."""
    inferior = launch([programs.build(_SOURCE)])
    point = inferior.set_breakpoint(_line("twice"))
    point.disable_location(2)
    assert [(place.wanted, place.enabled) for place in point.locations] == [
        (True, True),
        (False, False),
        (True, True),
    ]
    assert [inferior.resume().numbers for _ in range(2)] == [("1.1",), ("1.3",)]
    point.enable_location(2)
    point.disable_location(3)
    assert [inferior.resume().numbers for _ in range(3)] == [("1.1",), ("1.2",), ("1.1",)]


def test_the_switch_of_the_whole_is_another(launch: Any) -> None:
    """disable() and enable() leave the switches of the locations as they are."""
    inferior = launch([programs.build(_SOURCE)])
    point = inferior.set_breakpoint(_line("twice"))
    point.disable_location(1)
    point.disable()
    assert [place.enabled for place in point.locations] == [False, False, False]
    assert [place.wanted for place in point.locations] == [False, True, True]
    point.enable()
    assert inferior.resume().numbers == ("1.2",)


@pytest.mark.parametrize("aslr", [False, True])
def test_switches_outlive_a_restart(launch: Any, aslr: bool) -> None:
    """A disabled location is so in the next run, wherever the program is loaded then."""
    inferior = launch([programs.build(_SOURCE)], aslr=aslr)
    point = inferior.set_breakpoint(_line("twice"))
    point.disable_location(2)
    inferior.resume()
    inferior.restart()
    assert [place.wanted for place in point.locations] == [True, False, True]
    assert [inferior.resume().numbers for _ in range(2)] == [("1.1",), ("1.3",)]


@pytest.mark.parametrize("number", [0, -1, 4, 10**9])
def test_no_such_place(launch: Any, number: int) -> None:
    """A number that is not there: one clear line."""
    inferior = launch([programs.build(_SOURCE)])
    point = inferior.set_breakpoint(_line("twice"))
    with pytest.raises(trapline.LocationError, match=rf"3 locations, no location {number}"):
        point.disable_location(number)


@pytest.mark.parametrize("mark", ["blocks", "deeper"])
def test_a_line_that_is_run_through_is_one_hit(launch: Any, mark: str) -> None:
    """A line of several blocks: one hit a time through.

    In `blocks` an inlined call is between them; in `deeper` a call comes to the line again, in a frame of its
    own: a hit each, and none when it is back.
    """
    inferior = launch([programs.build(_SOURCE)])
    point = inferior.set_breakpoint(_line(mark))
    assert len(point.locations) > 1
    stops = list(inferior.events())[:-1]
    assert [stop.numbers for stop in stops] == [("1.1",), ("1.1",)]
    assert point.hit_count == 2


def test_a_line_that_is_left_is_hit_again(launch: Any) -> None:
    """The head of a loop: what comes back to it from the body is another hit, as in gdb."""
    program = programs.build(_SOURCE)
    inferior = launch([program])
    point = inferior.set_breakpoint(_line("loop"))
    assert inferior.run().code == 0
    script = f"""
point = gdb.Breakpoint("{_line("loop")}")
gdb.execute("run")
while gdb.selected_inferior().pid: gdb.execute("continue")
emit(point.hit_count)
"""
    assert [point.hit_count] == gdb.ask(program, script)


def test_functions_of_one_file(launch: Any) -> None:
    """`FILE:/PATTERN/` takes the functions of that file only."""
    inferior = launch([programs.build(_SOURCE)])
    point = inferior.set_breakpoint(f"{_SOURCE}:/^_ZL.*(blocks|loop)/")
    assert sorted(place.function for place in point.locations) == ["blocks", "loop"]
    assert inferior.set_breakpoint("other.cpp:/blocks/").pending


@pytest.fixture(scope="module")
def two_files() -> str:
    """The path of a program of two files that have a static function of the same name each."""
    other = programs.build("same_names_other.c", "-c")
    return programs.build("same_names.c", libraries=(other,))


@pytest.mark.parametrize("location", ["{}:shared_name", "'{}':shared_name"])
def test_a_function_of_one_file(launch: Any, two_files: str, location: str) -> None:
    """FILE:FUNCTION is the function of that file alone, at gdb's address; without FILE it is both."""
    inferior = launch([two_files])
    both = inferior.set_breakpoint("shared_name")
    assert len(both.locations) == 2
    both.delete()
    lines = {"same_names.c": "here", "same_names_other.c": "there"}
    for file, name in lines.items():
        point = inferior.set_breakpoint(location.format(file))
        (place,) = point.locations
        assert place.source.path.endswith(f"/{file}")
        assert place.source.line == programs.mark(file, name)
    addresses = gdb.ask(
        two_files,
        """
gdb.execute("starti")
for one in ("same_names.c", "same_names_other.c"):
    emit(gdb.Breakpoint(one + ":shared_name").locations[0].address)
""",
    )
    assert [place.address for point in inferior.breakpoints for place in point.locations] == addresses


def test_a_function_that_the_file_lacks_says_so(launch: Any, two_files: str) -> None:
    """The file or the name is what there is none of; pending until a library brings both."""
    inferior = launch([two_files])
    for location, why in (
        ("same_names.c:other", 'Function "other" not defined in "same_names.c"'),
        ("nowhere.c:main", "No source file named nowhere.c"),
    ):
        assert inferior.set_breakpoint(location).pending
        with pytest.raises(trapline.SymbolNotFound, match=why):
            inferior.set_breakpoint(location, pending=False)
