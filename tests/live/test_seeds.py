"""The rows of the two founding blog series, each as a test."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs

import trapline


@pytest.mark.parametrize("source", ["twelve.c", "series_twelve.rs"])
def test_it_can_exec(launch: Any, source: str) -> None:
    """A launched program runs to its exit code, 12."""
    inferior = launch(programs.build(source))
    status = inferior.run()
    assert (status.code, status.signal) == (12, None)


@pytest.mark.parametrize(
    ("source", "name"), [("twelve.c", "main"), ("series_twelve.rs", "series_twelve::main")]
)
def test_it_can_set_breakpoints(launch: Any, source: str, name: str) -> None:
    """A breakpoint at main is hit once; the program still exits with 12."""
    hits = []
    inferior = launch(programs.build(source))
    main = inferior.set_breakpoint(name)
    status = inferior.run(lambda inferior, point: hits.append((inferior, point)))
    assert [(inferior, main)] == hits
    assert main.hit_count == 1
    assert status.code == 12


def test_it_can_handle_a_breakpoint_more_than_once(launch: Any) -> None:
    """A Rust function is found by its name, and its breakpoint hit at each of five calls."""
    hits = []
    inferior = launch(programs.build("series_loop.rs"))
    five = inferior.set_breakpoint("series_loop::five")
    assert inferior.run(lambda inferior, point: hits.append(point)).code == 0
    assert hits == [five] * 5


def test_it_can_handle_more_than_one_breakpoint(launch: Any) -> None:
    """The callback is told which of two was hit."""
    hits = []
    inferior = launch(programs.build("series_loop.rs"))
    main, five = (inferior.set_breakpoint(f"series_loop::{name}") for name in ("main", "five"))
    assert inferior.run(lambda inferior, point: hits.append(point)).code == 0
    assert hits == [main] + [five] * 5


def test_launch_returns_a_stopped_program(launch: Any) -> None:
    """The program is stopped before its first instruction, which is the dynamic linker's."""
    inferior = launch(programs.build("twelve.c"))
    assert inferior.state == trapline.State.STOPPED
    pc = inferior.thread.registers.rip
    mapping = next(mapping for mapping in inferior.mappings if mapping.start <= pc < mapping.end)
    assert "ld-linux" in mapping.path


def test_randomization_is_off_by_default(launch: Any) -> None:
    """A PIE is at the same address in every run, and elsewhere with aslr=True."""
    program = programs.build("twelve.c", "-pie", "-fPIE")
    fixed = {_main(launch(program)) for _ in range(2)}
    assert len(fixed) == 1
    free = {_main(launch(program, aslr=True)) for _ in range(4)}
    assert len(free) > 1


def _main(inferior: Any) -> int:
    return int(inferior.set_breakpoint("main").locations[0].address)


def test_set_breakpoint_at_an_address(launch: Any) -> None:
    """A load address is a location; nm and the process's map are the oracle."""
    program = programs.build("twelve.c")
    inferior = launch(program)
    address = programs.load_address(inferior.pid, program, "twice")
    point = inferior.set_breakpoint(address)
    stop = inferior.resume()
    assert (point,) == stop.breakpoints
    assert address == inferior.thread.registers.rip


def test_set_breakpoint_at_a_file_address(launch: Any) -> None:
    """An address as objdump prints it is usable, relative to its file."""
    program = programs.build("twelve.c", "-pie", "-fPIE")
    inferior = launch(program)
    in_file = programs.file_address(program, "twice")
    expected = programs.load_address(inferior.pid, program, "twice")
    assert expected != in_file
    assert expected == inferior.set_breakpoint(in_file, module="twelve").locations[0].address
    assert expected == inferior.set_breakpoint(f"twelve!{in_file:#x}").locations[0].address


_PASSES = {"at_loop": 6, "at_self": 6, "at_ret": 8}
"""How often instructions.S passes a label; every other one twice."""


@pytest.mark.parametrize("offset", range(8))
def test_a_trap_at_any_alignment(launch: Any, offset: int) -> None:
    """Breakpoints work on addresses of every alignment to a word."""
    program = programs.build("instructions.S")
    found = programs.symbols(program)
    # Some classes of instructions stand at every remainder of a word, others are added at the labels.
    names = [name for name, address in found.items() if name.startswith("at_") and address % 8 == offset]
    inferior = launch(program)
    points = [inferior.set_breakpoint(name) for name in names]
    status = inferior.run(lambda *_: None)
    assert [_PASSES.get(one.spec, 2) for one in points] == [one.hit_count for one in points]
    assert status.code == 0


def test_the_callback_may_change_captured_state(launch: Any) -> None:
    """A closure counts; it lives as long as the run."""
    counts = {"one": 0}

    def count(inferior: Any, point: Any) -> None:
        counts["one"] += 1

    inferior = launch([programs.build("hits.c"), "25"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one")
    assert inferior.run(count).code == 0
    assert counts == {"one": 25}


def test_the_callback_sees_the_program_in_its_natural_state(launch: Any) -> None:
    """In the callback memory shows the original bytes, and the pc is the breakpoint's address."""
    program = programs.build("hits.c")
    seen = []

    def look(inferior: Any, point: Any) -> None:
        address = point.locations[0].address
        seen.append((inferior.memory.read(address, 8), inferior.thread.registers.rip - address))

    inferior = launch([program, "3"], stdout=trapline.DEVNULL)
    original = inferior.memory.read(programs.load_address(inferior.pid, program, "one"), 8)
    inferior.set_breakpoint("*one")
    inferior.run(look)
    assert original[0] != 0xCC
    assert [(original, 0)] * 3 == seen


def test_get_and_set_the_instruction_pointer(launch: Any) -> None:
    """Moving the pc from one() to two() makes two() run in its place."""
    program = programs.build("hits.c")
    inferior = launch([program, "1"], stdout=trapline.PIPE)
    inferior.set_breakpoint("*one", temporary=True)
    inferior.resume()
    inferior.thread.registers.rip = programs.load_address(inferior.pid, program, "two")
    inferior.run()
    # two(0) calls one(0) twice and returns 2.
    assert inferior.stdout.read() == b"ones 2 twos 1 sum 2\n"


def test_several_distinct_breakpoints(launch: Any) -> None:
    """Each of several breakpoints counts its own hits."""
    inferior = launch([programs.build("hits.c"), "5", "3"], stdout=trapline.DEVNULL)
    one, two, never = (inferior.set_breakpoint(name) for name in ("one", "two", "never"))
    inferior.run(lambda *_: None)
    assert (one.hit_count, two.hit_count, never.hit_count) == (11, 3, 0)


def test_the_same_breakpoint_hit_many_times(launch: Any) -> None:
    """Going on from a breakpoint does not hit it again at once, and misses no pass: 20,000 are 20,000."""
    inferior = launch([programs.build("hits.c"), "20000"], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("one")
    inferior.run(lambda *_: None)
    assert one.hit_count == 20_000
    assert inferior.stdout.read().startswith(b"ones 20000 ")


def test_no_global_state(launch: Any) -> None:
    """Two inferiors side by side have breakpoints, hits and exits of their own."""
    first = launch([programs.build("hits.c"), "3"], stdout=trapline.DEVNULL)
    second = launch([programs.build("hits.c"), "4"], stdout=trapline.DEVNULL)
    one, two = first.set_breakpoint("one"), second.set_breakpoint("one")
    first.resume()
    second.resume()
    second.resume()
    assert (one.hit_count, two.hit_count) == (1, 2)
    assert second.run().code == 0
    assert first.run().code == 0
    assert (one.hit_count, two.hit_count) == (3, 4)


def test_a_breakpoint_object(launch: Any) -> None:
    """A breakpoint has an address and can be enabled, disabled and asked which of both it is."""
    program = programs.build("hits.c")
    inferior = launch([program, "5"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one")
    assert point.enabled
    assert programs.body_address(inferior.pid, program, "one") == point.locations[0].address
    inferior.resume()
    point.disable()
    assert not point.enabled
    assert inferior.run().code == 0
    assert point.hit_count == 1


def test_hardware_breakpoints_beside_software_ones(launch: Any) -> None:
    """A debug register stops execution as a trap byte does."""
    inferior = launch([programs.build("hits.c"), "4", "2"], stdout=trapline.DEVNULL)
    hard = inferior.set_breakpoint("one", hardware=True)
    soft = inferior.set_breakpoint("two")
    assert inferior.run(lambda *_: None).code == 0
    assert (hard.hit_count, soft.hit_count) == (8, 2)


def test_output_before_and_after_the_breakpoint(launch: Any) -> None:
    """Stopped at the call nothing is printed yet; after it the text is there."""
    inferior = launch(programs.build("surroundings.c"), stdout=trapline.DEVNULL, stderr=trapline.PIPE)
    inferior.set_breakpoint("fwrite")  # what gcc makes of fprintf without a conversion
    inferior.resume()
    with pytest.raises(trapline.NotRunning):
        inferior.stderr.readline()
    inferior.finish()
    assert inferior.stderr.readline() == b"to stderr\n"
