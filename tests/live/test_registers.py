"""Registers of every kind, read and written."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import programs

import trapline


@pytest.fixture
def looking(launch: Any) -> tuple[Any, Any, Callable[[str], int]]:
    """registers.S stopped at `look`: the inferior, its registers, and load addresses by nm."""
    program = programs.build("registers.S")
    inferior = launch(program)
    inferior.set_breakpoint("look")
    inferior.resume()
    bias = programs.load_bias(inferior.pid, program)
    return inferior, inferior.thread.registers, lambda name: programs.file_address(program, name) + bias


_GENERAL = {
    "rax": 0x8877665544332211,
    "rbx": 0x1111111111111111,
    "rcx": 0x2222222222222222,
    "rdx": 0x3333333333333333,
    "rsi": 0x4444444444444444,
    "rdi": 0x5555555555555555,
    "r8": 0x8888888888888888,
    "r9": 0x9999999999999999,
    "r10": 0xAAAAAAAAAAAAAAAA,
    "r11": 0xBBBBBBBBBBBBBBBB,
    "r12": 0xCCCCCCCCCCCCCCCC,
}


def test_general_registers(looking: Any) -> None:
    """Attributes and items, unsigned, of 64 bits."""
    inferior, registers, at = looking
    assert {name: registers[name] for name in _GENERAL} == _GENERAL
    assert {name: getattr(registers, name) for name in _GENERAL} == _GENERAL
    assert at("look") == registers.rip == registers.pc
    stack = next(one for one in inferior.mappings if one.path == "[stack]")
    assert stack.start <= registers.rsp < registers.rbp < stack.end


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eax", 0x44332211),
        ("ax", 0x2211),
        ("ah", 0x22),
        ("al", 0x11),
        ("r8d", 0x88888888),
        ("r8w", 0x8888),
        ("r8b", 0x88),
        ("esi", 0x44444444),
        ("si", 0x4444),
        ("sil", 0x44),
        ("bh", 0x11),
    ],
)
def test_parts_of_general_registers(looking: Any, name: str, value: int) -> None:
    """eax, ax, ah, al, r8d ... are the parts that the processor has."""
    _, registers, _ = looking
    assert registers[name] == value


def test_writing_a_part_leaves_the_rest(looking: Any) -> None:
    """Writing ah changes 8 bits; writing eax changes 32, as a debugger's user means it."""
    _, registers, _ = looking
    registers.ah = 0xEE
    assert registers.rax == 0x887766554433EE11
    registers.ax = 0x1234
    assert registers.rax == 0x8877665544331234
    registers.r8b = 1
    assert registers.r8 == 0x8888888888888801


def test_what_is_written_is_what_the_program_has(looking: Any) -> None:
    """Written registers arrive in the program: it stores them to memory."""
    inferior, registers, at = looking
    registers.rax = 0x0123456789ABCDEF
    registers["r12"] = 77
    registers.xmm1 = 0xFFEEDDCCBBAA99887766554433221100
    registers.eflags = registers.eflags & ~1  # the carry flag
    inferior.set_breakpoint("done")
    inferior.resume()
    memory = inferior.memory
    assert memory.read_integer(at("after_rax")) == 0x0123456789ABCDEF
    assert memory.read_integer(at("after_r12")) == 77
    assert memory.read_integer(at("after_xmm1"), 16) == 0xFFEEDDCCBBAA99887766554433221100
    assert memory[at("after_carry")] == 0


def test_what_is_not_written_stays(looking: Any) -> None:
    """Without a write every value arrives as it was."""
    inferior, _, at = looking
    inferior.set_breakpoint("done")
    inferior.resume()
    memory = inferior.memory
    assert memory.read_integer(at("after_rax")) == _GENERAL["rax"]
    assert memory.read(at("after_xmm1"), 16) == bytes(range(16))
    assert memory[at("after_carry")] == 1
    assert struct.unpack("<d", memory.read(at("after_st0"), 8))[0] == pytest.approx(3.141592653589793)


def test_flags(looking: Any) -> None:
    """The carry flag is set, and interrupts are on."""
    _, registers, _ = looking
    assert registers.eflags & 1 == 1
    assert registers.eflags & 0x200 == 0x200
    assert registers.eflags & 0x100 == 0


def test_segments_and_orig_rax(looking: Any) -> None:
    """cs and ss are those of a 64-bit program; outside of a system call orig_rax is -1."""
    inferior, registers, _ = looking
    assert (registers.cs, registers.ss) == (0x33, 0x2B)
    assert registers.orig_rax == (1 << 64) - 1
    assert any(one.start <= registers.fs_base < one.end for one in inferior.mappings)
    assert registers.gs_base == 0


def test_sse_registers(looking: Any) -> None:
    """xmm registers are 128-bit integers."""
    _, registers, _ = looking
    assert registers.xmm0 == 0x3FF0000000000000
    assert registers["xmm1"] == int.from_bytes(bytes(range(16)), "little")
    assert registers.xmm15 == (1 << 128) - 1
    assert registers.mxcsr == 0x1F80


def test_bits_that_mxcsr_has_not(looking: Any) -> None:
    """Those outside the processor's mask are told; the register stays as it is."""
    _, registers, _ = looking
    # Processors differ in bit 17 and above; the upper byte is reserved in all.
    for value, told in ((0xFFFFFFFF, "0xff"), (1 << 31 | 0x1F80, "0x80000000; ")):
        with pytest.raises(trapline.UsageError, match=f"mxcsr has not on this processor: {told}"):
            registers.mxcsr = value
    assert registers.mxcsr == 0x1F80
    registers.mxcsr = 0xFF80
    assert registers.mxcsr == 0xFF80


def test_x87_registers(looking: Any) -> None:
    """st0 is pi and st1 is 1, as 80-bit extended numbers."""
    _, registers, _ = looking
    assert registers.st0 == 0x4000C90FDAA22168C235
    assert registers.st1 == 0x3FFF8000000000000000


def _needs(flag: str) -> None:
    if flag not in Path("/proc/cpuinfo").read_text().split():
        pytest.skip(f"this processor has no {flag}")


def test_avx_registers(launch: Any) -> None:
    """Rule 32: ymm registers are 256-bit integers, read and written by the processor's own layout."""
    _needs("avx2")
    program = programs.build("avx.S")
    inferior = launch(program)
    inferior.set_breakpoint("look")
    inferior.resume()
    registers = inferior.thread.registers
    assert registers.ymm1 == int.from_bytes(bytes(range(32)), "little")
    assert registers.xmm1 == int.from_bytes(bytes(range(16)), "little")
    value = int.from_bytes(bytes(range(100, 132)), "little")
    registers.ymm1 = value
    assert registers.ymm1 == value
    inferior.set_breakpoint("done")
    inferior.resume()
    stored = programs.load_address(inferior.pid, program, "after_ymm1")
    assert value == inferior.memory.read_integer(stored, 32)


def test_registers_never_used_read_as_their_initial_value(launch: Any) -> None:
    """Rule 32: at the first instruction no component is in use; all read as zero."""
    inferior = launch(programs.build("twelve.c"))
    registers = inferior.thread.registers
    assert (registers.xmm0, registers.xmm15, registers.st0) == (0, 0, 0)
    assert (registers.fcw, registers.mxcsr) == (0x37F, 0x1F80)


def test_avx512_registers(launch: Any) -> None:
    """Rule 32: zmm and mask registers, written into components that were not in use."""
    _needs("avx512f")
    inferior = launch(programs.build("registers.S"))
    inferior.set_breakpoint("look")
    inferior.resume()
    registers = inferior.thread.registers
    wide = int.from_bytes(bytes(range(64)), "little")
    registers.zmm2, registers.zmm20, registers.k1 = wide, wide, 0xF0F0
    assert (wide, wide, 0xF0F0) == (registers.zmm2, registers.zmm20, registers.k1)
    assert registers.ymm2 == wide & ((1 << 256) - 1)
    assert registers.xmm1 == int.from_bytes(bytes(range(16)), "little")
    inferior.step_instruction()
    again = inferior.thread.registers
    assert (wide, wide, 0xF0F0) == (again.zmm2, again.zmm20, again.k1)


def test_an_unknown_name_lists_the_near_ones(looking: Any) -> None:
    """VariableNotFound, as an item and as an attribute, with what was probably meant."""
    _, registers, _ = looking
    with pytest.raises(trapline.VariableNotFound) as caught:
        registers["raxx"]
    assert isinstance(caught.value, KeyError)
    assert caught.value.name == "raxx"
    assert "rax" in caught.value.near
    assert "rax" in str(caught.value)
    with pytest.raises(AttributeError):
        registers.raxx  # noqa: B018 - the look-up is what is tested
    with pytest.raises((trapline.VariableNotFound, AttributeError)):
        registers.raxx = 1


@pytest.mark.parametrize(("name", "value"), [("rax", 1 << 64), ("al", 256), ("xmm0", 1 << 128)])
def test_a_value_that_does_not_fit(looking: Any, name: str, value: int) -> None:
    """Refused with the register's width; nothing is written."""
    _, registers, _ = looking
    before = registers[name]
    with pytest.raises((trapline.UsageError, ValueError, OverflowError)):
        registers[name] = value
    assert registers[name] == before


def test_registers_of_another_thread(launch: Any) -> None:
    """Each thread has its own: threads in work() have different stacks, all the same pc."""
    inferior = launch([programs.build("threads.c"), "3", "5"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("work")
    inferior.resume()
    assert len(inferior.threads) >= 2
    stacks = {thread.registers.rsp for thread in inferior.threads}
    assert len(stacks) == len(inferior.threads)
    other = next(thread for thread in inferior.threads if thread != inferior.thread)
    other.registers.r15 = 0x1234
    assert other.registers.r15 == 0x1234
    assert inferior.thread.registers.r15 != 0x1234


def test_registers_follow_each_stop(launch: Any) -> None:
    """`registers` is what they are now: after each resume the new values."""
    inferior = launch([programs.build("hits.c"), "3"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one")
    registers = None
    seen = []
    for stop in inferior.events():
        if isinstance(stop, trapline.BreakpointHit):
            registers = registers or inferior.thread.registers
            seen.append(registers.rdi)
    assert seen == [0, 1, 2]


# -- those of callers ----------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [("-O0",), ("-O2",)])
def test_where_a_call_keeps_its_caller_s_registers(launch: Any, flags: tuple[str, ...]) -> None:
    """By expressions too: what stands there is what the caller has."""
    inferior = launch([programs.build("realigned.c", *flags, compiler="gcc")])
    inferior.set_breakpoint(f"realigned.c:{programs.mark('realigned.c', 'stop')}")
    inferior.resume()
    frame, caller = inferior.thread.frames()[:2]
    saved = frame.saved_registers
    assert {"rbp", "rip"} <= saved.keys()
    for name, address in saved.items():
        assert (name, inferior.memory.read_integer(address)) == (name, caller.registers[name])
