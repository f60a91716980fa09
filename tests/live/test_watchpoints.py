"""Watchpoints and hardware breakpoints: the four debug registers (KERNEL 16)."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests.support import programs

import trapline

_WIDTHS = {"one_byte": 1, "two_bytes": 2, "four_bytes": 4, "eight_bytes": 8}


def _watched(launch: Any, *arguments: str) -> Any:
    return launch([programs.build("watched.c"), *arguments])


@pytest.mark.parametrize(("name", "length"), _WIDTHS.items())
def test_a_write_of_each_width(launch: Any, name: str, length: int) -> None:
    """1, 2, 4 and 8 bytes: each write is a stop behind it with the old and the new value."""
    inferior = _watched(launch)
    address = programs.load_address(inferior.pid, programs.build("watched.c"), name)
    point = inferior.set_watchpoint(address, length=length)
    stops = list(inferior.events())
    assert [(stop.old, stop.new) for stop in stops[:-1]] == [(0, 0x11), (0x11, 0x22)]
    assert all(stop.watchpoint is point for stop in stops[:-1])
    assert point.hit_count == 2
    assert inferior.exit_status.code == 0


def test_a_symbol_brings_its_own_length(launch: Any) -> None:
    """A Symbol as `where` needs no length; an address does."""
    inferior = _watched(launch)
    symbol = inferior.symbol("two_bytes")
    assert inferior.set_watchpoint(symbol).length == 2
    with pytest.raises(trapline.UsageError, match="length"):
        inferior.set_watchpoint(symbol.address)


def test_what_the_stop_says(launch: Any) -> None:
    """The thread, the frame, the values; a line that stays readable after a resume."""
    inferior = _watched(launch)
    inferior.set_watchpoint(inferior.symbol("four_bytes"))
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert stop.frame.function == "write_all"
    assert inferior.thread is stop.thread
    text = str(stop)
    inferior.resume()
    assert text == str(stop)
    assert "0x0 -> 0x11" in text


def test_hits_that_are_to_be_ignored_are_counted_only(launch: Any) -> None:
    inferior = _watched(launch)
    point = inferior.set_watchpoint(inferior.symbol("four_bytes"))
    point.ignore_count = 1
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert (stop.old, stop.new) == (0x11, 0x22)
    assert point.hit_count == 2 and point.ignore_count == 0


def test_reads_and_writes(launch: Any) -> None:
    """access="read_write": the read between the two writes is a stop with the value unchanged."""
    inferior = _watched(launch)
    inferior.set_watchpoint(inferior.symbol("four_bytes"), access="read_write")
    stops = list(inferior.events())[:-1]
    assert [(stop.old, stop.new) for stop in stops] == [(0, 0x11), (0x11, 0x11), (0x11, 0x22)]


@pytest.mark.parametrize("length", [0, -1, (1 << 20) + 1])
def test_a_length_that_is_none(launch: Any, length: int) -> None:
    """Nothing, and too much: a clear error, no register used up, no id taken."""
    inferior = _watched(launch)
    address = inferior.symbol("eight_bytes").address
    with pytest.raises(trapline.LocationError, match="bytes can be watched"):
        inferior.set_watchpoint(address, length=length)
    assert inferior.watchpoints == ()
    assert [inferior.set_watchpoint(address + part, length=1).id for part in range(4)] == [1, 2, 3, 4]


def test_memory_that_is_not_there(launch: Any) -> None:
    """Unmapped memory, memory of the kernel and a wrong access are refused, and nothing stays set."""
    inferior = _watched(launch)
    for address in (8, (1 << 63) + 8, (1 << 64) - 8):
        with pytest.raises(trapline.LocationError):
            inferior.set_watchpoint(address, length=8)
    with pytest.raises(trapline.UsageError, match="read_write"):
        inferior.set_watchpoint(inferior.symbol("four_bytes"), access="everything")
    assert inferior.watchpoints == ()
    assert inferior.run().code == 0


def test_the_fifth_is_refused_with_the_four_named(launch: Any) -> None:
    """Breakpoints and watchpoints share four registers; the error names who has them; one that goes
    makes room."""
    inferior = _watched(launch)
    watches = [inferior.set_watchpoint(inferior.symbol(name)) for name in _WIDTHS if name != "two_bytes"]
    hard = inferior.set_breakpoint("executed", hardware=True)
    for options in ({"hardware": True}, {"access": "read_write"}):
        with pytest.raises(trapline.LocationError) as caught:
            inferior.set_watchpoint(inferior.symbol("two_bytes"), **options)
        said = str(caught.value)
        assert f"breakpoint {hard.id}" in said
        assert all(f"watchpoint {one.id}" in said for one in watches)
    with pytest.raises(trapline.LocationError):
        inferior.set_breakpoint("main", hardware=True)
    assert len(inferior.breakpoints) == 1
    watches[0].delete()
    fifth = inferior.set_watchpoint(inferior.symbol("two_bytes"), hardware=True)
    assert inferior.run().code == 0
    assert (fifth.hit_count, hard.hit_count, watches[0].hit_count) == (2, 2, 0)


def test_two_hardware_breakpoints_at_one_address_share_a_register(launch: Any) -> None:
    """They are told apart by their owners, not by registers."""
    inferior = _watched(launch)
    points = [inferior.set_breakpoint("executed", hardware=True) for _ in range(6)]
    assert tuple(points) == inferior.resume().breakpoints
    assert inferior.run().code == 0
    assert [point.hit_count for point in points] == [2] * 6


@pytest.mark.parametrize("stops", [True, False])
def test_a_hardware_breakpoint_where_a_trap_is_too(launch: Any, stops: bool) -> None:
    """Rule 25: both are hit at once, and going on hits neither again."""
    inferior = _watched(launch)
    hard = inferior.set_breakpoint("executed", hardware=True, callback=lambda *_: stops)
    soft = inferior.set_breakpoint("executed", callback=lambda *_: stops)
    if stops:
        for _ in range(2):
            assert (hard, soft) == inferior.resume().breakpoints
    assert isinstance(inferior.resume(), trapline.Exited)
    assert (hard.hit_count, soft.hit_count) == (2, 2)


def test_new_threads_are_watched(launch: Any) -> None:
    """Rule 16: a thread that is born later has the registers too, and its write names it."""
    inferior = _watched(launch, "thread")
    inferior.set_watchpoint(inferior.symbol("four_bytes"))
    stops = list(inferior.events())[:-1]
    assert [(stop.old, stop.new) for stop in stops] == [(0, 0x11), (0x11, 0x22), (0x22, 0x77)]
    assert [stop.thread.tid == inferior.pid for stop in stops] == [True, True, False]


def test_every_thread_is_watched(launch: Any) -> None:
    """Rule 16: set while there are four threads, seen in each; deleted, seen in none.

    One writes at a time: of writes by several at once the first that is looked at may show them all.
    """
    inferior = launch([programs.build("threads.c"), "4", "50"], stdout=trapline.PIPE)
    work = inferior.set_breakpoint("work")
    inferior.resume()
    work.delete()  # not before all stand still, or one may be through with its calls
    watch = inferior.set_watchpoint(inferior.symbol("works"))
    workers = [thread for thread in inferior.threads if thread.tid != inferior.pid]
    assert len(workers) == 4
    for thread in workers:
        thread.freeze()
    for number, thread in enumerate(workers):
        thread.thaw()
        stop = inferior.resume(timeout=60)
        assert isinstance(stop, trapline.WatchpointHit)
        assert (stop.thread.tid, int(stop.old), int(stop.new)) == (thread.tid, number, number + 1)
        thread.freeze()
    assert watch.hit_count == 4
    watch.delete()
    for thread in workers:
        thread.thaw()
    assert inferior.run(timeout=60).code == 0
    assert watch.hit_count == 4
    assert inferior.stdout.read() == b"works 200\n"


def test_a_hardware_breakpoint_in_every_thread(launch: Any) -> None:
    """Rule 16: 4 threads x 50 executions, none missed, no byte changed."""
    program = programs.build("threads.c")
    inferior = launch([program, "4", "50"], stdout=trapline.PIPE)
    point = inferior.set_breakpoint("work", hardware=True, callback=lambda *_: None)
    assert inferior.run(timeout=60).code == 0
    assert point.hit_count == 200
    assert inferior.stdout.read() == b"works 200\n"


def test_disable_enable_delete(launch: Any) -> None:
    """A disabled one sees nothing and gives its register back; enabled it compares with the value of now."""
    inferior = _watched(launch)
    point = inferior.set_watchpoint(inferior.symbol("four_bytes"))
    inferior.resume()
    point.disable()
    assert not point.enabled
    inferior.set_breakpoint("executed", temporary=True)
    assert inferior.resume().frame.function == "executed"
    point.enable()
    assert point.value == 0x22
    point.delete()
    point.delete()
    assert inferior.watchpoints == ()
    with pytest.raises(trapline.UsageError, match="deleted"):
        point.enable()
    assert inferior.run().code == 0
    assert point.hit_count == 1


def test_a_write_of_the_same_value_is_no_hit(launch: Any) -> None:
    """As in gdb: what leaves the value as it was does not stop a "write" one."""
    inferior = launch([programs.build("hits.c"), "0", "2"], stdout=trapline.DEVNULL)
    address = inferior.symbol("twos").address
    point = inferior.set_watchpoint(address + 4, length=4)
    assert inferior.run().code == 0
    assert point.hit_count == 0


def test_a_watch_hit_in_a_slot_says_the_programs_own_pc(launch: Any) -> None:
    """Rule 16: a write by an instruction with a breakpoint on it, run in a slot, has its own pc behind it."""
    inferior = _watched(launch)
    inferior.set_watchpoint(inferior.symbol("four_bytes"))
    writes = [
        one
        for one in inferior.disassemble("write_all", 40)
        if one.text.startswith("mov") and "four_bytes" in one.text
    ]
    place = inferior.set_breakpoint(writes[0].address)
    assert (place,) == inferior.resume().breakpoints
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert stop.frame.pc == writes[0].address + writes[0].size
    place.callback = lambda *_: None
    stop = inferior.resume()
    assert isinstance(stop, trapline.WatchpointHit)
    assert stop.frame.pc == writes[0].address + writes[0].size
    assert place.hit_count == 2


def test_registers_are_cleared_at_detach(launch: Any) -> None:
    """Rule 16: after detach no debug register is left that would kill the program."""
    inferior = _watched(launch, "thread")
    inferior.set_watchpoint(inferior.symbol("four_bytes"))
    inferior.set_breakpoint("executed", hardware=True)
    inferior.resume()
    pid = inferior.pid
    inferior.detach()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_hardware_breakpoint_is_not_hit_again_on_going_on(launch: Any) -> None:
    """Rule 25: two calls of executed() are two hits, also by single steps through it."""
    inferior = _watched(launch)
    point = inferior.set_breakpoint("executed", hardware=True)
    inferior.resume()
    assert isinstance(inferior.step_instruction(), trapline.StepFinished)
    assert (point,) == inferior.resume().breakpoints
    assert isinstance(inferior.resume(), trapline.Exited)
    assert point.hit_count == 2


def test_hardware_in_shared_text(launch: Any) -> None:
    """Rule 29: a trap byte is refused in shared memory, and the message says hardware=True, which works."""
    program = programs.build("shared_text.c")
    inferior = launch(program)
    inferior.set_breakpoint("mapped")
    inferior.resume()
    code = inferior.memory.read_pointer(programs.load_address(inferior.pid, program, "code"))
    with pytest.raises(trapline.LocationError, match=r"shared memory.*hardware=True"):
        inferior.set_breakpoint(code)
    point = inferior.set_breakpoint(code, hardware=True)
    assert (point,) == inferior.resume().breakpoints
    assert inferior.run().code == 21


def test_after_exec_they_are_gone(launch: Any) -> None:
    """Rule 15: a new program has none of the old one's watchpoints; a hardware breakpoint is bound again."""
    inferior = launch([programs.build("execs.c"), "leader", programs.build("watched.c")])
    assert inferior.set_breakpoint("executed", hardware=True).pending
    inferior.set_watchpoint(inferior.thread.registers.rsp & ~7, length=8)
    inferior.set_catchpoint("exec")
    while not isinstance(inferior.resume(), trapline.Execed):
        pass
    assert inferior.watchpoints == ()
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert inferior.frame.function == "executed"


def test_restart_keeps_a_hardware_breakpoint(launch: Any) -> None:
    """restart(): breakpoints are kept, in their debug registers too."""
    inferior = _watched(launch)
    point = inferior.set_breakpoint("executed", hardware=True)
    for _ in range(2):
        assert (point,) == inferior.resume().breakpoints
        inferior.restart()
    assert inferior.run().code == 0
    assert point.hit_count == 2
