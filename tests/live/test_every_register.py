"""Every register that the processor has, written by name and stored by the program itself (KERNEL 32)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import programs

import trapline

GENERAL = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", *(f"r{n}" for n in range(8, 16))]
PARTS = {
    **{f"e{x}x": (f"r{x}x", 0, 32) for x in "abcd"},
    **{f"{x}x": (f"r{x}x", 0, 16) for x in "abcd"},
    **{f"{x}l": (f"r{x}x", 0, 8) for x in "abcd"},
    **{f"{x}h": (f"r{x}x", 8, 8) for x in "abcd"},
    **{f"e{x}": (f"r{x}", 0, 32) for x in ("si", "di", "bp")},
    **{x: (f"r{x}", 0, 16) for x in ("si", "di", "bp")},
    **{f"{x}l": (f"r{x}", 0, 8) for x in ("si", "di", "bp")},
    **{f"r{n}d": (f"r{n}", 0, 32) for n in range(8, 16)},
    **{f"r{n}w": (f"r{n}", 0, 16) for n in range(8, 16)},
    **{f"r{n}b": (f"r{n}", 0, 8) for n in range(8, 16)},
}
"""Part of a general register -> (its register, lowest bit, bits).  Source: Intel SDM 1 fig. 3-5, §3.4.1.1."""
FLAGS = 0x8D5
"""CF PF AF ZF SF OF; DF and TF would change how the program runs."""


def has(flag: str) -> bool:
    """Whether this processor has a feature."""
    return flag in Path("/proc/cpuinfo").read_text().split()


def looking(launch: Any, *flags: str) -> tuple[Any, Callable[[str], int]]:
    """Return every_register.S stopped at `look`, and load addresses by nm."""
    program = programs.build("every_register.S", *flags)
    inferior = launch(program)
    inferior.advance("look")
    registers = inferior.thread.registers
    registers.gs_base = registers.fs_base  # what is stored of both is read through them
    bias = programs.load_bias(inferior.pid, program)
    return inferior, lambda name: programs.file_address(program, name) + bias


def vector_flags() -> list[str]:
    """Return what makes the program store the widest vectors of this processor."""
    flags = ["-DAVX", "-mavx"] if has("avx") else []
    return [*flags, "-DAVX512", "-mavx512bw"] if has("avx512bw") else flags


def test_every_general_register(launch: Any) -> None:
    """Each of the fifteen (rsp is the stack's), the flags and both segment bases arrive as written."""
    inferior, at = looking(launch)
    registers, memory, choose = inferior.thread.registers, inferior.memory, random.Random(1)
    expected = {name: choose.getrandbits(64) for name in GENERAL}
    for name, value in expected.items():
        registers[name] = value
    former = registers.fs_base
    registers.eflags = (registers.eflags & ~FLAGS) | (0x8D5 & 0b1000_1001_0101)
    flags = registers.eflags
    memory.write_integer(at("xmm"), 0x1111222233334444)
    memory.write_integer(at("ymm"), 0x5555666677778888)
    registers.fs_base, registers.gs_base = at("xmm"), at("ymm")
    assert {name: registers[name] for name in GENERAL} == expected
    inferior.advance("done")
    registers = inferior.thread.registers
    assert {name: memory.read_integer(at(f"stored_{name}")) for name in GENERAL} == expected
    assert memory.read_integer(at("stored_eflags")) & FLAGS == flags & FLAGS
    assert memory.read_integer(at("stored_fs_base")) == 0x1111222233334444
    assert memory.read_integer(at("stored_gs_base")) == 0x5555666677778888
    assert memory.read_integer(at("kept_rsp")) == registers.rsp == registers.sp
    registers.fs_base, registers.gs_base = former, 0


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_a_general_register(launch: Any, part: str) -> None:
    """A part reads as its bits, and a write to it changes these and no other, as gdb does it."""
    inferior, at = looking(launch)
    registers = inferior.thread.registers
    whole, low, bits = PARTS[part]
    mask = (1 << bits) - 1
    registers[whole] = 0x8899AABBCCDDEEFF
    assert registers[part] == 0x8899AABBCCDDEEFF >> low & mask
    registers[part] = 0x1234567812345678 & mask
    expected = 0x8899AABBCCDDEEFF & ~(mask << low) | (0x1234567812345678 & mask) << low
    assert registers[whole] == expected
    inferior.advance("done")
    assert inferior.memory.read_integer(at(f"stored_{whole}")) == expected


def test_every_vector_register(launch: Any) -> None:
    """xmm, ymm, zmm and mask registers, each with its own value, as the program's own stores show them."""
    flags = vector_flags()
    inferior, at = looking(launch, *flags)
    registers, memory, choose = inferior.thread.registers, inferior.memory, random.Random(2)
    width, count = (64, 32) if "-DAVX512" in flags else (32, 16) if "-DAVX" in flags else (16, 16)
    kind = {16: "xmm", 32: "ymm", 64: "zmm"}[width]
    values = [choose.getrandbits(8 * width) for _ in range(count)]
    masks = [choose.getrandbits(64) for _ in range(8 if width == 64 else 0)]
    for number in random.Random(3).sample(range(count), count):
        registers[f"{kind}{number}"] = values[number]
    for number, value in enumerate(masks):
        registers[f"k{number}"] = value
    for number, value in enumerate(values):
        assert registers[f"xmm{number}"] == value & ((1 << 128) - 1)
        assert registers[f"{kind}{number}"] == value
        if width > 16:
            assert registers[f"ymm{number}"] == value & ((1 << 256) - 1)
    assert [registers[f"k{number}"] for number in range(len(masks))] == masks
    inferior.advance("done")
    stored = memory.read(at(kind), width * count)
    assert [int.from_bytes(stored[n * width : (n + 1) * width], "little") for n in range(count)] == values
    assert [memory.read_integer(at("masks") + 8 * n) for n in range(len(masks))] == masks
    assert inferior.run().code == 0


def test_the_low_part_alone(launch: Any) -> None:
    """Writing xmmN leaves the upper parts of ymmN and zmmN as they are."""
    flags = vector_flags()
    if not flags:
        pytest.skip("this processor has no AVX")
    inferior, at = looking(launch, *flags)
    registers = inferior.thread.registers
    wide = (1 << 256) - 1
    registers.ymm3 = wide
    registers.xmm3 = 5
    assert registers.ymm3 == wide & ~((1 << 128) - 1) | 5
    inferior.advance("done")
    assert inferior.memory.read_integer(at("ymm") + 3 * 32, 32) == wide & ~((1 << 128) - 1) | 5


def test_every_x87_register(launch: Any) -> None:
    """st0 to st7, the control words and mxcsr, as FXSAVE shows them.  Source: Intel SDM 1 table 10-2."""
    inferior, at = looking(launch)
    registers, choose = inferior.thread.registers, random.Random(4)
    values = [(0x3FFF + n) << 64 | 1 << 63 | choose.getrandbits(62) for n in range(8)]
    for number, value in enumerate(values):
        registers[f"st{number}"] = value
    registers.fctrl, registers.ftag, registers.mxcsr = 0x27F, 0, 0x9FC0
    assert [registers[f"st{number}"] for number in range(8)] == values
    assert (registers.fctrl, registers.mxcsr) == (0x27F, 0x9FC0)
    inferior.advance("done")
    area = inferior.memory.read(at("fx"), 512)
    assert [int.from_bytes(area[32 + 16 * n : 42 + 16 * n], "little") for n in range(8)] == values
    assert area[0:2] == (0x27F).to_bytes(2, "little")
    assert area[4] == 0xFF
    assert area[24:28] == (0x9FC0).to_bytes(4, "little")


def test_every_mmx_register(launch: Any) -> None:
    """mm0 to mm7 are the low halves of the physical x87 registers."""
    inferior, at = looking(launch, "-DMMX")
    registers, choose = inferior.thread.registers, random.Random(5)
    values = [choose.getrandbits(64) for _ in range(8)]
    for number, value in enumerate(values):
        registers[f"mm{number}"] = value
    assert [registers[f"mm{number}"] for number in range(8)] == values
    assert [registers[f"st{number}"] & ((1 << 64) - 1) for number in range(8)] == values
    inferior.advance("done")
    assert [inferior.memory.read_integer(at("mmx") + 8 * n) for n in range(8)] == values


def test_segments_that_cannot_be(launch: Any) -> None:
    """A selector that the kernel refuses is one clear error, and the thread is as it was."""
    inferior, _ = looking(launch)
    registers = inferior.thread.registers
    before = {name: registers[name] for name in registers}
    for name in ("cs", "ss"):
        with pytest.raises(trapline.DebuggerError) as caught:
            registers[name] = 0
        assert "\n" not in str(caught.value)
    assert {name: inferior.thread.registers[name] for name in before} == before
    assert inferior.run().code == 0


def test_orig_rax(launch: Any) -> None:
    """At the entry of a system call it is the call's number; written, another call is made."""
    inferior = launch(programs.build("syscalls.c"), stdout=trapline.PIPE)
    inferior.set_catchpoint("syscall", "getuid")
    stop = inferior.resume()
    assert isinstance(stop, trapline.SyscallEntry)
    assert inferior.thread.registers.orig_rax == stop.number == 102
    inferior.thread.registers.orig_rax = 39  # getpid
    inferior.resume()
    assert inferior.thread.registers.rax == inferior.pid
    assert inferior.run().code == 0
    assert b"getuid %d " % inferior.pid in inferior.stdout.read()
