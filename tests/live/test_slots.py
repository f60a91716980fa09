"""Where displaced instructions live, and what shows of them: KERNEL 11, 19, 28, 35, 36."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.support import programs

import trapline

_ALL = re.compile("^f[0-9]+$")
_OUTPUT = b"runs %d\n"


def _maps(pid: int) -> list[tuple[str, str]]:
    """Return (range, permissions) of every mapping as the kernel has it, the stack and heap left out."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return [(line.split()[0], line.split()[1]) for line in lines if not line.endswith(("[stack]", "[heap]"))]


def _raw(pid: int, address: int, size: int) -> bytes:
    """Return memory as it really is, by the kernel's own file."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size)


def _text(inferior: Any) -> tuple[int, int]:
    """Return start and end of the program's executable mapping."""
    found = next(m for m in inferior.mappings if m.is_executable and m.path == inferior.exe)
    return found.start, found.end


def _many(launch: Any, *arguments: str) -> tuple[Any, Any]:
    inferior = launch([programs.build("many.c"), *arguments], stdout=trapline.PIPE)
    inferior.set_breakpoint("begin", temporary=True)
    inferior.set_breakpoint("end", temporary=True)
    inferior.resume()
    return inferior, inferior.set_breakpoint(_ALL, module="many", callback=lambda *_: None)


def test_slack_comes_first(launch: Any) -> None:
    """Rule 19: a few slots need no page: the map is the same, and the slots are behind the text."""
    inferior = launch([programs.build("hits.c"), "3", "2"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("main", temporary=True)
    inferior.resume()
    before = _maps(inferior.pid)
    start, end = _text(inferior)
    natural = inferior.memory.read(start, end - start)
    inferior.set_breakpoint(re.compile("^(one|two)$"), module="hits", callback=lambda *_: None)
    inferior.set_breakpoint("printf", temporary=True)
    inferior.resume()
    assert before == _maps(inferior.pid)
    raw = _raw(inferior.pid, start, end - start)
    changed = [start + at for at in range(end - start) if raw[at] != natural[at]]
    symbols = [programs.body_address(inferior.pid, inferior.exe, name) for name in ("one", "two")]
    assert symbols == changed[:2]
    slots = changed[2:]
    assert slots and all(inferior.symbol(at) is None for at in slots)
    assert inferior.inline_steps == 0


def test_nothing_of_ours_shows(launch: Any) -> None:
    """Memory reads of every size, the disassembly and search() show the file's own bytes."""
    inferior, point = _many(launch, "2")
    start, end = _text(inferior)
    natural = Path(inferior.exe).read_bytes()
    program = inferior.modules[0]
    segment = next(s for s in program.image.segments if s.type == 1 and s.is_executable)
    natural = natural[segment.offset : segment.offset + segment.filesz]
    inferior.resume()
    assert len(point.locations) == 200
    assert _raw(inferior.pid, start, len(natural)) != natural
    assert inferior.memory.read(start, len(natural)) == natural
    assert natural == b"".join(inferior.memory.read(start + at, 1) for at in range(len(natural)))
    buffer = bytearray(len(natural))
    inferior.memory.read_into(start, buffer)
    assert natural == buffer
    assert natural == inferior.memory[start : start + len(natural)]
    # What is behind the text reads as the file has it: nothing.
    assert not any(inferior.memory.read(start + len(natural), end - start - len(natural)))
    place = point.locations[0].address
    assert inferior.disassemble(place, 1)[0].bytes[:1] == inferior.memory.read(place, 1)
    assert inferior.run().code == 0
    assert inferior.stdout.read() == _OUTPUT % 400


def test_a_page_when_the_slack_is_used_up(launch: Any) -> None:
    """Rule 19: 200 slots do not fit: one page more, hidden, and unmapped again at detach."""
    inferior, point = _many(launch, "2")
    before, shown = _maps(inferior.pid), [(m.start, m.end) for m in inferior.mappings if m.is_executable]
    inferior.resume()
    assert point.hit_count == 400
    now = _maps(inferior.pid)
    added = set(now) - set(before)
    assert [permissions for _, permissions in added] == ["r-xp"]
    assert shown == [(m.start, m.end) for m in inferior.mappings if m.is_executable]
    assert inferior.inline_steps == 0
    output, pid = inferior.stdout, inferior.pid
    inferior.send_signal("SIGSTOP")
    inferior.detach()
    assert before == _maps(pid)
    os.kill(pid, signal.SIGCONT)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert output.read() == _OUTPUT % 400


def test_without_a_page_everything_is_stepped_in_line(launch: Any) -> None:
    """Rules 19 and 35: under a seccomp filter no mmap is made (it would kill); every hit is still exact, and
    `inline_steps` says how many were stepped in place."""
    inferior, point = _many(launch, "2", "1", "seccomp")
    assert inferior.run(timeout=60).code == 0
    assert point.hit_count == 400
    assert inferior.stdout.read() == _OUTPUT % 400
    assert 0 < inferior.inline_steps < 400


def test_in_line_with_other_threads(launch: Any) -> None:
    """Rule 35: with all threads stopped for each such step, four threads lose no hit."""
    inferior, point = _many(launch, "3", "4", "seccomp")
    assert inferior.run(timeout=100).code == 0
    assert point.hit_count == 4 * 3 * 200
    assert inferior.stdout.read() == _OUTPUT % 2400
    assert inferior.inline_steps > 0


def test_stops_while_stepped_in_line(launch: Any) -> None:
    """Rules 25 and 35: the same with every hit a stop, and single steps from each."""
    inferior, point = _many(launch, "1", "1", "seccomp")
    point.callback = None
    hits = 0
    stop = inferior.resume()
    while isinstance(stop, trapline.BreakpointHit) and stop.breakpoints == (point,):
        hits += 1
        place = stop.frame.pc
        stop = inferior.step_instruction()
        assert isinstance(stop, trapline.StepFinished)
        assert place < stop.frame.pc <= place + 8
        stop = inferior.resume()
    assert hits == point.hit_count == 200
    assert inferior.run().code == 0


@pytest.mark.parametrize(("how", "label"), [("int3", "own_trap"), ("ill", "illegal")])
def test_what_traps_by_itself_is_never_put_in_a_slot(launch: Any, how: str, label: str) -> None:
    """Rules 11 e and 35: such an instruction is stepped in its own place and counted."""
    inferior = launch([programs.build("faults.c"), how], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(label, callback=lambda *_: None)
    stop = inferior.resume()
    assert isinstance(stop, trapline.SignalReceived)
    assert (point.hit_count, inferior.inline_steps) == (1, 1)


def test_a_write_over_a_trap_keeps_both(launch: Any) -> None:
    """The new bytes are what reads show and what runs; the breakpoint stays."""
    inferior = launch([programs.build("hits.c"), "4"], stdout=trapline.PIPE)
    point = inferior.set_breakpoint("*one", callback=lambda _, point: point.hit_count == 2)
    inferior.resume()
    place = inferior.symbol("one").address
    code = b"\x48\x8d\x47\x64\xc3"  # lea rax, [rdi + 100]; ret
    inferior.memory.write(place, code)
    assert inferior.memory.read(place, 5) == code
    assert _raw(inferior.pid, place, 5) == b"\xcc" + code[1:]
    assert inferior.run().code == 0
    assert point.hit_count == 4
    # The first call added one, the other three a hundred.
    assert inferior.stdout.read() == b"ones 1 twos 0 sum %d\n" % (1 + 101 + 102 + 103)


def test_a_write_that_begins_inside_the_trapped_instruction(launch: Any) -> None:
    """The displaced copy follows what is written behind the trap byte."""
    inferior = launch([programs.build("many.c"), "1"], stdout=trapline.PIPE)
    lines = inferior.disassemble("f7", 6)
    first = next(one for one in lines if one.size >= 5)
    point = inferior.set_breakpoint(first.address, callback=lambda *_: None)
    inferior.memory.write(first.address, b"\x90" * first.size)
    inferior.memory.write(first.address + 1, b"\x90" * (first.size - 1))
    assert inferior.memory.read(first.address, first.size) == b"\x90" * first.size
    assert inferior.run().code == 0
    assert point.hit_count == 1


@pytest.mark.parametrize("name", ["fork", "vfork", "clone"])
def test_a_fork_in_a_slot(launch: Any, name: str) -> None:
    """Rules 11 d and 28: with a breakpoint on the very `syscall` of fork, parent and child go on at their
    own pc; three children, three hits."""
    inferior = launch([programs.build("forks.c"), name, "3"])
    inferior.advance("main")
    function = {"fork": "_Fork", "vfork": "vfork", "clone": "clone"}[name]
    lines = inferior.disassemble(function, 60)
    at = next(one for one in lines if one.text == "syscall")
    point = inferior.set_breakpoint(at.address, callback=lambda *_: None)
    behind = inferior.set_breakpoint(at.address + at.size, callback=lambda *_: None)
    assert inferior.run(timeout=60).code == 3
    assert (point.hit_count, behind.hit_count) == (3, 3)


def test_a_restartable_sequence(launch: Any) -> None:
    """Rule 36: a breakpoint within an rseq critical section warns, naming it; one behind it does not."""
    inferior = launch(programs.build("rseq.c"))
    inferior.set_breakpoint("behind", callback=lambda *_: None)
    with pytest.warns(RuntimeWarning, match=r"0x[0-9a-f]+ <.*> .*restartable sequence"):
        point = inferior.set_breakpoint("inside", callback=lambda *_: None)
    assert inferior.run().code == 3
    assert point.hit_count == 3


def test_detach_takes_everything_out(launch: Any) -> None:
    """Rule 19: after detach the text is the file's, slots included, and the program ends well."""
    inferior, _ = _many(launch, "200")
    inferior.breakpoints[-1].callback = lambda _, point: point.hit_count == 20_000
    inferior.resume()
    start, _end = _text(inferior)
    segment = next(s for s in inferior.modules[0].image.segments if s.type == 1 and s.is_executable)
    natural = Path(inferior.exe).read_bytes()[segment.offset : segment.offset + segment.filesz]
    pid, output = inferior.pid, inferior.stdout
    inferior.send_signal("SIGSTOP")
    inferior.detach()
    assert natural == _raw(pid, start, len(natural))
    os.kill(pid, signal.SIGCONT)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert output.read() == _OUTPUT % 40_000
