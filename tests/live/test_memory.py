"""The inferior's memory: reading, writing, what never shows, and what cannot be read."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline

PROGRAM = "memory.c"


@pytest.fixture
def looking(launch: Any) -> tuple[Any, Callable[[str], int]]:
    """A memory.c stopped in look(), and a function from a symbol's name to its load address, by nm."""
    program = programs.build(PROGRAM)
    inferior = launch(program, stdout=trapline.PIPE)
    inferior.set_breakpoint("look", temporary=True)
    inferior.resume()
    bias = programs.load_bias(inferior.pid, program)
    return inferior, lambda name: programs.file_address(program, name) + bias


def test_read(looking: Any) -> None:
    """read(address, size) gives exactly these bytes."""
    inferior, at = looking
    assert inferior.memory.read(at("text"), 17) == b"a text in memory\0"
    assert inferior.memory.read(at("text"), 0) == b""


def test_slices_and_single_bytes(looking: Any) -> None:
    """memory[a:b] is bytes, memory[a] an integer; both assignable."""
    inferior, at = looking
    address = at("bytes")
    assert inferior.memory[address : address + 8] == bytes([0, 1, 2, 3, 0xFC, 0xFD, 0xFE, 0xFF])
    assert inferior.memory[address + 4] == 0xFC
    inferior.memory[address] = 9
    inferior.memory[address + 1 : address + 3] = b"\x08\x07"
    assert inferior.memory.read(address, 4) == b"\x09\x08\x07\x03"


def test_a_slice_assigned_another_length_is_refused(looking: Any) -> None:
    """Memory cannot grow: a slice wants as many bytes as it has."""
    inferior, at = looking
    address = at("bytes")
    with pytest.raises((ValueError, trapline.UsageError)):
        inferior.memory[address : address + 2] = b"abc"


def test_integers(looking: Any) -> None:
    """Little-endian integers of 1, 2, 4 and 8 bytes, signed and unsigned."""
    inferior, at = looking
    memory = inferior.memory
    assert memory.read_integer(at("big")) == 0x1122334455667788
    assert memory.read_integer(at("big"), 2) == 0x7788
    assert memory.read_integer(at("negative"), 4, signed=True) == -2
    assert memory.read_integer(at("negative"), 4) == 0xFFFFFFFE
    memory.write_integer(at("negative"), -3, 4)
    assert memory.read_integer(at("negative"), 4, signed=True) == -3
    memory.write_integer(at("big"), 5)
    assert memory.read_integer(at("big")) == 5


@pytest.mark.parametrize(("value", "size"), [(256, 1), (-129, 1), (1 << 64, 8)])
def test_an_integer_that_does_not_fit(looking: Any, value: int, size: int) -> None:
    """Refused, and nothing is written."""
    inferior, at = looking
    with pytest.raises((OverflowError, ValueError, trapline.UsageError)):
        inferior.memory.write_integer(at("big"), value, size)
    assert inferior.memory.read_integer(at("big")) == 0x1122334455667788


def test_pointers_and_strings(looking: Any) -> None:
    """read_pointer follows, read_c_string ends at NUL or at its limit."""
    inferior, at = looking
    memory = inferior.memory
    assert memory.read_pointer(at("pointer")) == at("text")
    assert memory.read_c_string(memory.read_pointer(at("pointer"))) == b"a text in memory"
    assert memory.read_c_string(at("text"), limit=6) == b"a text"


def test_a_string_up_to_the_last_mapped_byte(looking: Any) -> None:
    """A string that ends just before an unmapped page is read; one that runs into it is a fault there."""
    inferior, at = looking
    memory = inferior.memory
    end = memory.read_pointer(at("pages")) + 4096
    memory.write(end - 4, b"end\0")
    assert memory.read_c_string(end - 4) == b"end"
    memory.write(end - 4, b"endx")
    with pytest.raises(trapline.MemoryFault) as caught:
        memory.read_c_string(end - 4)
    assert caught.value.address == end


def test_read_into(looking: Any) -> None:
    """read_into fills a buffer of the caller."""
    inferior, at = looking
    buffer = bytearray(6)
    inferior.memory.read_into(at("text"), buffer)
    assert buffer == b"a text"


def test_an_address_is_anything_with_index(looking: Any) -> None:
    """A Symbol works as an address."""
    inferior, at = looking
    symbol = inferior.symbol("text")
    assert isinstance(symbol, trapline.Symbol)
    assert (symbol.name, symbol.address, symbol.size) == ("text", at("text"), 17)
    assert inferior.memory.read(symbol, 6) == b"a text"
    assert inferior.symbol(at("text") + 3).name == "text"


def test_a_large_read(looking: Any) -> None:
    """300,000 bytes at once, and the same in pieces of random sizes."""
    inferior, at = looking
    whole = inferior.memory.read(at("wide"), 300_000)
    expected = bytearray((i % 251) for i in range(300_000))
    expected[200_000:200_006] = b"needle"
    assert whole == expected
    choose = random.Random(1)
    for _ in range(50):
        start, size = choose.randrange(299_000), choose.randrange(1000)
        assert whole[start : start + size] == inferior.memory.read(at("wide") + start, size)


def test_faults_name_the_first_bad_byte(looking: Any) -> None:
    """MemoryFault.address is the first byte that is not mapped, whatever the range began with."""
    inferior, at = looking
    memory = inferior.memory
    hole = memory.read_pointer(at("pages")) + 4096
    for start, size in [(hole, 1), (hole - 10, 20), (hole - 4096, 3 * 4096), (hole + 5, 8)]:
        with pytest.raises(trapline.MemoryFault) as caught:
            memory.read(start, size)
        assert caught.value.address == max(start, hole)
        with pytest.raises(trapline.MemoryFault) as caught:
            memory.write(start, b"w" * size)
        assert caught.value.address == max(start, hole)


@pytest.mark.parametrize("address", [0, 1, 1 << 47, (1 << 64) - 8])
def test_addresses_that_nobody_has(looking: Any, address: int) -> None:
    """Null, the end of user space and the kernel's half: MemoryFault, and the session goes on."""
    inferior, _ = looking
    with pytest.raises(trapline.MemoryFault) as caught:
        inferior.memory.read(address, 8)
    assert caught.value.address == address
    assert inferior.run().code == 42


@pytest.mark.parametrize("size", [1 << 60, (1 << 63) - 1, 1 << 63, (1 << 64) + (1 << 20)])
def test_sizes_that_no_machine_has(looking: Any, size: int) -> None:
    """A size gone wrong is a fault where the mapped memory ends, never Python's own MemoryError."""
    inferior, at = looking
    hole = inferior.memory.read_pointer(at("pages")) + 4096
    with pytest.raises(trapline.MemoryFault) as caught:
        inferior.memory.read(hole - 100, size)
    assert caught.value.address == hole
    inferior.kill()
    with pytest.raises(trapline.InferiorExited):
        inferior.memory.read(hole - 100, size)


@pytest.mark.parametrize("address", [-1, 1 << 64])
def test_numbers_that_are_no_address(looking: Any, address: int) -> None:
    """Negative or more than 64 bits: an error of ours, never OverflowError from below."""
    inferior, _ = looking
    with pytest.raises((trapline.DebuggerError, ValueError)):
        inferior.memory.read(address, 1)


def test_read_only_pages_are_written(looking: Any) -> None:
    """A constant can be changed: the debugger is not bound by page protection."""
    inferior, at = looking
    inferior.memory.write(at("constant"), b"A CONSTANT")
    assert inferior.memory.read_c_string(at("constant")) == b"A CONSTANT text"


def test_pages_without_any_access_are_read(looking: Any) -> None:
    """Rule 39: PROT_NONE pages read through /proc/PID/mem."""
    inferior, at = looking
    address = inferior.memory.read_pointer(at("unreadable"))
    assert inferior.memory.read_c_string(address) == b"hidden"


def test_every_way_to_read_pages_without_access(looking: Any) -> None:
    """Rule 39: process_vm_readv stops at PROT_NONE and write-only pages; every read goes on through /proc."""
    inferior, at = looking
    memory = inferior.memory
    for name, text in (("unreadable", b"hidden"), ("unread", b"written")):
        address = memory.read_pointer(at(name))
        whole = memory.read(address, 4096)
        assert whole[:8] == text.ljust(8, b"\0")
        buffer = bytearray(4096)
        assert memory.read_into(address, buffer) == 4096
        assert buffer == whole
        assert memory[address : address + 4] == text[:4]
        assert memory.read_c_string(address) == text
        memory.write(address, b"H")
        assert memory.read_c_string(address) == b"H" + text[1:]


def test_search_skips_what_cannot_be_read(looking: Any) -> None:
    """Rule 39: the kernel's own pages and pages without access do not end a search of everything."""
    inferior, at = looking
    found = set(inferior.memory.search(b"a text in memory"))
    assert at("text") in found
    hidden = inferior.memory.read_pointer(at("unreadable"))
    assert hidden not in set(inferior.memory.search(b"hidden"))
    assert any(mapping.path == "[vvar]" for mapping in inferior.mappings)


def test_large_reads_across_such_pages(looking: Any) -> None:
    """Rule 39: a read of more than 64 KiB in one piece, with an unreadable page inside."""
    inferior, at = looking
    hidden = inferior.memory.read_pointer(at("unreadable"))
    run = [one for one in inferior.mappings if one.start <= hidden + 4096 and hidden <= one.end]
    low = min(one.start for one in run if one.end >= hidden)
    high = max(one.end for one in run)
    whole = inferior.memory.read(low, high - low)
    assert whole[hidden - low : hidden - low + 6] == b"hidden"


def test_disassembly_names_what_it_refers_to(looking: Any) -> None:
    """Calls and rip-relative operands carry the symbol; the bytes are the file's, breakpoints or not."""
    inferior, at = looking
    before = inferior.disassemble("main", 200)
    inferior.set_breakpoint("main")
    for line in before[1:40:3]:
        inferior.set_breakpoint(line.address)
    lines = inferior.disassemble("main", 200)
    assert before == lines
    calls = [line.text for line in lines if line.text.startswith("call")]
    assert any("<look>" in text for text in calls)
    assert any("<answer>" in text for text in calls)
    assert any(f"# {at('pages'):#x} <pages>" in line.text for line in lines)
    assert b"".join(line.bytes for line in lines) == inferior.memory.read(
        lines[0].address, sum(line.size for line in lines)
    )


def test_search(looking: Any) -> None:
    """search() finds where a pattern is, within a range or anywhere."""
    inferior, at = looking
    found = list(inferior.memory.search(b"needle", at("wide"), at("wide") + 300_000))
    assert found == [at("wide") + 200_000]
    assert at("text") in list(inferior.memory.search(b"a text in memory"))
    assert list(inferior.memory.search(b"needle", at("wide"), at("wide") + 1000)) == []


def test_search_across_the_edges_of_what_is_read_at_once(looking: Any) -> None:
    """A pattern on every page boundary is found, overlaps included."""
    inferior, at = looking
    start = (at("wide") + 4095) & ~4095
    expected = []
    for page in range(20):
        inferior.memory.write(start + page * 4096 - 3, b"qwerty")
        if start + page * 4096 - 3 >= at("wide"):
            expected.append(start + page * 4096 - 3)
    assert expected == list(inferior.memory.search(b"qwerty", at("wide"), at("wide") + 300_000))


def test_search_never_finds_our_traps(looking: Any) -> None:
    """The code of answer() is found with a breakpoint on it, and no 0xCC is where one is set."""
    inferior, at = looking
    code = inferior.memory.read(at("answer"), 8)
    inferior.set_breakpoint("answer")
    assert at("answer") in list(inferior.memory.search(code))
    assert at("answer") not in list(inferior.memory.search(b"\xcc"))


def test_traps_never_show(looking: Any) -> None:
    """Reads by any means, over, before and across a breakpoint show the original bytes."""
    inferior, at = looking
    memory, address = inferior.memory, at("answer")
    before = memory.read(address - 16, 48)
    inferior.set_breakpoint("*answer")
    inferior.set_breakpoint(address + 4)
    buffer = bytearray(48)
    memory.read_into(address - 16, buffer)
    assert [before] * 3 == [memory.read(address - 16, 48), bytes(buffer), memory[address - 16 : address + 32]]
    assert before[16] == memory[address]
    assert int.from_bytes(before[16:24], "little") == memory.read_integer(address)
    # The trap is really there: the kernel shows it.
    with Path(f"/proc/{inferior.pid}/mem").open("rb") as raw:
        raw.seek(address)
        assert raw.read(1) == b"\xcc"


def test_a_bulk_read_is_what_the_file_has(looking: Any) -> None:
    """The whole text of libc, with a breakpoint in it, in one read; its end is named as any other."""
    inferior, _ = looking
    text = next(one for one in inferior.mappings if "libc.so" in one.path and "x" in one.permissions)
    before = Path(text.path).read_bytes()[text.offset : text.offset + text.end - text.start]
    assert len(before) > 1 << 20
    inferior.set_breakpoint("*puts")
    assert inferior.memory.read(text.start, len(before)) == before
    last = max(one.end for one in inferior.mappings if one.path == text.path)
    unmapped = last
    while any(one.start == unmapped for one in inferior.mappings):
        unmapped = next(one.end for one in inferior.mappings if one.start == unmapped)
    with pytest.raises(trapline.MemoryFault) as fault:
        inferior.memory.read(text.start, unmapped - text.start + 1)
    assert fault.value.address == unmapped


def test_a_write_over_a_trap_keeps_both(looking: Any) -> None:
    """New code is written under the breakpoint; it is still hit, and the new code runs."""
    inferior, at = looking
    point = inferior.set_breakpoint("*answer")
    code = b"\xb8\x2b\x00\x00\x00\xc3"  # mov eax, 43; ret
    inferior.memory.write(at("answer"), code)
    assert code == inferior.memory.read(at("answer"), 6)
    assert inferior.run(lambda *_: None).code == 43
    assert point.hit_count == 2


def test_the_written_bytes_stay_when_the_breakpoint_goes(looking: Any) -> None:
    """Deleting the breakpoint leaves what was written over it, not what was there when it was set."""
    inferior, at = looking
    point = inferior.set_breakpoint("*answer")
    inferior.memory.write(at("answer"), b"\xb8\x2c\x00\x00\x00\xc3")  # mov eax, 44; ret
    point.delete()
    assert inferior.run().code == 44
    assert point.hit_count == 0


def test_slots_never_show(launch: Any) -> None:
    """Rule 19: slots are in the slack of the text; memory shows the zeros that were there before."""
    inferior = launch([programs.build("hits.c"), "5"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    constant = [one for one in inferior.mappings if one.path.endswith("/hits") and "w" not in one.permissions]
    before = {one.start: inferior.memory.read(one.start, one.end - one.start) for one in constant}
    inferior.set_breakpoint("one")
    inferior.resume()
    inferior.resume()
    patched = 0
    with Path(f"/proc/{inferior.pid}/mem").open("rb") as raw:
        for start, data in before.items():
            raw.seek(start)
            now = raw.read(len(data))
            patched += sum(was != is_now for was, is_now in zip(data, now, strict=True))
            buffer = bytearray(len(data))
            inferior.memory.read_into(start, buffer)
            assert inferior.memory.read(start, len(data)) == data == buffer
            assert inferior.memory.read(start + len(data) - 64, 64) == data[-64:]
    assert patched > 1, "one byte is the trap, the others the slot: it has to be here to be hidden"


def test_what_the_program_writes_is_seen_at_the_next_stop(launch: Any) -> None:
    """No stale byte after a resume: the counter at each stop is the program's."""
    program = programs.build("hits.c")
    inferior = launch([program, "5"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one")
    address = programs.load_address(inferior.pid, program, "ones")
    seen = [
        inferior.memory.read_integer(address)
        for stop in inferior.events()
        if isinstance(stop, trapline.BreakpointHit)
    ]
    assert seen == [0, 1, 2, 3, 4]


def test_reading_needs_no_stop(launch: Any) -> None:
    """Reads work while it runs: a counter is seen to move."""
    program = programs.build("spin.c")
    inferior = launch(program, stdout=trapline.PIPE)
    address = programs.load_address(inferior.pid, program, "counter")
    inferior.resume_nowait()
    inferior.stdout.read_until(b"ready\n", timeout=20)
    before = inferior.memory.read_integer(address)
    processes.until(lambda: inferior.memory.read_integer(address) > before, what="the counter to move")
    assert inferior.state == trapline.State.RUNNING


def test_mappings_are_the_kernels(looking: Any) -> None:
    """inferior.mappings says what /proc/PID/maps says."""
    inferior, _ = looking
    expected = []
    for line in Path(f"/proc/{inferior.pid}/maps").read_text().splitlines():
        parts = line.split(None, 5)
        start, end = (int(part, 16) for part in parts[0].split("-"))
        expected.append((start, end, parts[1], parts[5] if len(parts) > 5 else ""))
    found = [(one.start, one.end, one.permissions, one.path) for one in inferior.mappings]
    assert [entry[:2] for entry in expected] == [entry[:2] for entry in found]
    assert [entry[2:] for entry in expected] == [entry[2:] for entry in found]


# -- bulk reads where something else is going on ----------------------------------------------------


def _text_of(inferior: Any, name: str) -> tuple[Any, bytes]:
    """Return the mapping of a file's code, and what the file has there."""
    text = next(one for one in inferior.mappings if name in one.path and "x" in one.permissions)
    expected = Path(text.path).read_bytes()[text.offset : text.offset + text.end - text.start]
    assert len(expected) > 1 << 17  # what is read by other means than a few bytes
    return text, expected


def _read_in_every_way(inferior: Any, start: int, expected: bytes) -> None:
    buffer = bytearray(len(expected))
    inferior.memory.read_into(start, buffer)
    assert buffer == expected
    assert inferior.memory.read(start, len(expected)) == expected
    assert inferior.memory[start : start + len(expected)] == expected


def test_a_bulk_read_over_slots_that_are_in_use(launch: Any) -> None:
    """A breakpoint that was passed has left a slot in the slack of that text: neither is to be seen."""
    inferior = launch([programs.build("wide_text.c"), "5"], stdout=trapline.DEVNULL)
    inferior.advance("main")
    constant = [
        one for one in inferior.mappings if one.path.endswith("/wide_text") and "w" not in one.permissions
    ]
    start, size = constant[0].start, sum(one.end - one.start for one in constant)
    with Path(f"/proc/{inferior.pid}/mem").open("rb") as raw:
        expected = os.pread(raw.fileno(), size, start)
        assert len(expected) == constant[-1].end - start > 1 << 17  # one stretch, and a large one
        point = inferior.set_breakpoint("*one", callback=lambda *_: None)
        inferior.set_breakpoint("one", ignore_count=2)
        assert isinstance(inferior.resume(timeout=20), trapline.BreakpointHit)
        assert point.hit_count == 3
        _read_in_every_way(inferior, start, expected)
        now = os.pread(raw.fileno(), size, start)
    assert sum(was != is_now for was, is_now in zip(expected, now, strict=True)) > 2  # two traps, and a slot
    assert inferior.run(lambda *_: None, timeout=20).signal is None


def test_a_bulk_read_of_a_vfork_child(launch: Any) -> None:
    """The child runs in its parent's memory, with the parent's traps in it: both read the text as it is."""
    inferior = launch([programs.build("forks.c"), "vfork"], follow_fork="both", stdout=trapline.DEVNULL)
    inferior.advance("main")
    text, expected = _text_of(inferior, "libc.so")
    inferior.set_breakpoint("*waitpid", callback=lambda *_: None)
    inferior.set_breakpoint("in_child")
    stop = inferior.resume(timeout=20)
    while not isinstance(stop, trapline.BreakpointHit):
        stop = inferior.resume(timeout=20)
    assert stop.inferior is not inferior
    _read_in_every_way(stop.inferior, text.start, expected)
    _read_in_every_way(inferior, text.start, expected)
    assert inferior.run(lambda *_: None, timeout=20).code == 1


def test_a_process_that_dies_while_it_is_read(launch: Any) -> None:
    """Whatever moment the kill comes at: all bytes as they were, or one of two errors; then it has ended."""
    size, outcomes = 64 << 20, set[Any]()
    for delay in (0.0, 0.001, 0.003, 0.006, 0.012, 0.025):
        inferior = launch([programs.build("large.c")], stdin=trapline.PIPE, stdout=trapline.PIPE)
        inferior.resume_nowait()
        inferior.stdout.read_until(b"ready\n", timeout=20)
        inferior.interrupt()
        inferior.wait(timeout=20)
        start = inferior.memory.read_pointer(inferior.symbol("place").address)
        killer = threading.Timer(delay, os.kill, (inferior.pid, signal.SIGKILL))
        killer.start()

        def failure(inferior: Any = inferior, start: int = start) -> type[Exception] | None:
            try:
                data = inferior.memory.read(start, size)
            except (trapline.MemoryFault, trapline.InferiorExited) as error:
                return type(error)
            assert data.count(0xA5) == size
            return None

        outcomes.add(processes.until(failure, what="its end to be noticed"))
        killer.join()
        assert inferior.resume(timeout=20).status.signal == signal.SIGKILL
        with pytest.raises((trapline.MemoryFault, trapline.InferiorExited)):
            inferior.memory.read(start, size)
    assert outcomes


def test_sizes_that_mean_nothing(looking: Any) -> None:
    """A read has 0 bytes or more, an integer 1 or more; nothing is written."""
    inferior, at = looking
    address = at("bytes")
    before = inferior.memory.read(address, 16)
    for wrong in (
        lambda: inferior.memory.read(address, -1),
        lambda: inferior.memory.read_integer(address, 0),
        lambda: inferior.memory.read_integer(address, -3),
        lambda: inferior.memory.write_integer(address, 5, 0),
        lambda: inferior.memory.write_integer(address, 5, -2),
    ):
        with pytest.raises(ValueError, match=r"bytes? or more, not") as caught:
            wrong()
        assert isinstance(caught.value, trapline.UsageError)
    for wrong in (
        lambda: inferior.memory.read(1.5, 8),
        lambda: inferior.memory.read("main", 8),
        lambda: inferior.memory[None],
        lambda: inferior.memory.write_integer(address, "5"),
    ):
        with pytest.raises(TypeError, match="integer"):
            wrong()
    assert inferior.memory.read(address, 16) == before


def test_addresses_have_64_bits_and_no_sign(looking: Any) -> None:
    """What would wrap around is refused, as set_breakpoint refuses it."""
    inferior, at = looking
    memory = inferior.memory
    for address in ((1 << 64) + at("bytes"), at("bytes") - (1 << 64), 1 << 70):
        for wrong in (
            lambda address: memory.read(address, 4),
            lambda address: memory[address],
            lambda address: memory[address : address + 1],
            lambda address: memory.write(address, b"a"),
            lambda address: memory.read_integer(address),
            lambda address: memory.write_integer(address, 1),
            lambda address: memory.read_pointer(address),
            lambda address: memory.read_c_string(address),
            lambda address: memory.read_into(address, bytearray(4)),
            lambda address: inferior.set_breakpoint(address),
        ):
            with pytest.raises(trapline.LocationError, match="an address has 64 bits and no sign"):
                wrong(address)
    with pytest.raises(trapline.MemoryFault):
        memory.read((1 << 64) - 4, 8)


def test_memory_of_a_process_that_was_let_go(launch: Any) -> None:
    """It runs on, so nothing says that it is gone."""
    inferior = launch(programs.build("spin.c"), stdout=trapline.DEVNULL)
    memory, address = inferior.memory, inferior.thread.registers.rsp
    inferior.detach()
    try:
        for look in (
            lambda: memory.read(address, 8),
            lambda: memory.write(address, b"12345678"),
            lambda: inferior.memory.read(address, 8),
            lambda: inferior.mappings,
        ):
            with pytest.raises(trapline.InferiorExited, match=f"process {inferior.pid} was detached"):
                look()
    finally:
        os.kill(inferior.pid, signal.SIGKILL)
        os.waitpid(inferior.pid, 0)
