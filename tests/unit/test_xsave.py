"""The XSAVE area by every known layout, without a process (KERNEL 32)."""

from __future__ import annotations

import pytest

from trapline.arch.registers import REGISTERS
from trapline.arch.xsave import (
    AVX,
    MASK,
    SSE,
    X87,
    ZMM_16,
    ZMM_HIGH,
    Area,
    layout_from_cpuid,
    layout_from_size,
)
from trapline.base.errors import VariableNotFound

ALL = 1 << X87 | 1 << SSE | 1 << AVX | 1 << MASK | 1 << ZMM_HIGH | 1 << ZMM_16
WIDE = int.from_bytes(bytes(range(1, 65)), "little")
AMD, INTEL, TILES = 2432, 2688, 11008
"""Sizes of an area: without MPX between AVX and the masks, with it, and with AMX behind."""


def area(size: int, *, xcr0: int = ALL, state: int = 0) -> Area:
    """Return an area of that size, its components full of 0xEE: what is not in use must not be read."""
    blob = bytearray(b"\xee" * size)
    blob[464:472] = xcr0.to_bytes(8, "little")
    blob[512:520] = state.to_bytes(8, "little")
    return Area(blob)


@pytest.mark.parametrize(
    ("size", "masks", "high", "upper"),
    [(AMD, 832, 896, 1408), (INTEL, 1088, 1152, 1664), (TILES, 1088, 1152, 1664)],
)
def test_known_layouts(size: int, masks: int, high: int, upper: int) -> None:
    """By size alone: AMD has no room for MPX, Intel has.  Source: CPUID leaf 0xD of both."""
    expected = {AVX: 576, MASK: masks, ZMM_HIGH: high, ZMM_16: upper}
    assert layout_from_size(ALL, size).offsets == expected
    assert layout_from_size(1 << SSE | 1 << AVX, 832).offsets == {AVX: 576}


def test_the_processor_is_believed() -> None:
    """What CPUID says wins; a component of size 0 is not there."""
    assert layout_from_cpuid({AVX: (256, 576), MASK: (0, 0)}).offsets == {AVX: 576}


@pytest.mark.parametrize("size", [AMD, INTEL, TILES])
def test_what_is_not_in_use_reads_as_its_initial_value(size: int) -> None:
    """A clear bit in XSTATE_BV: zero, whatever bytes are there; control words as after reset."""
    fresh = area(size)
    for name in ("xmm0", "ymm7", "zmm31", "k7", "st0", "mm3", "fstat"):
        assert fresh.read(REGISTERS[name]) == 0, name
    assert fresh.read(REGISTERS["fctrl"]) == 0x37F
    assert fresh.read(REGISTERS["ftag"]) == 0xFFFF
    assert fresh.read(REGISTERS["mxcsr"]) == 0x1F80


@pytest.mark.parametrize("size", [AMD, INTEL, TILES])
def test_a_write_claims_its_components_alone(size: int) -> None:
    """The first write sets the bit and clears the rest of the component; others stay out of use."""
    fresh = area(size)
    fresh.write(REGISTERS["zmm20"], WIDE)
    assert int.from_bytes(fresh.blob[512:520], "little") == 1 << ZMM_16
    assert fresh.read(REGISTERS["zmm20"]) == WIDE
    assert fresh.read(REGISTERS["ymm20"]) == WIDE & ((1 << 256) - 1)
    assert fresh.read(REGISTERS["zmm21"]) == 0
    fresh.write(REGISTERS["zmm2"], WIDE)
    assert int.from_bytes(fresh.blob[512:520], "little") == 1 << SSE | 1 << AVX | 1 << ZMM_HIGH | 1 << ZMM_16
    assert [fresh.read(REGISTERS[f"zmm{n}"]) for n in (1, 2, 3)] == [0, WIDE, 0]
    fresh.write(REGISTERS["k1"], 77)
    assert [fresh.read(REGISTERS[f"k{n}"]) for n in (0, 1, 2)] == [0, 77, 0]
    assert fresh.read(REGISTERS["mxcsr"]) == 0x1F80


def test_all_of_them_at_once() -> None:
    """Every vector and mask register with its own value, in a random order: none lies over another."""
    for size in (AMD, INTEL, TILES):
        full = area(size)
        values = {f"zmm{n}": WIDE ^ n << 500 ^ n for n in range(32)} | {f"k{n}": n + 1 for n in range(8)}
        for name in sorted(values, key=lambda name: hash((name, size))):
            full.write(REGISTERS[name], values[name])
        assert {name: full.read(REGISTERS[name]) for name in values} == values


def test_mmx_registers_are_physical() -> None:
    """With TOP at 3, st0 is physical register 3, which is mm3."""
    some = area(INTEL, state=1 << X87)
    some.blob[0:160] = bytes(160)
    some.write(REGISTERS["fstat"], 3 << 11)
    some.write(REGISTERS["mm3"], 0x1122334455667788)
    assert some.read(REGISTERS["st0"]) == 0xFFFF << 64 | 0x1122334455667788
    some.write(REGISTERS["st1"], 5)
    assert some.read(REGISTERS["mm4"]) == 5


@pytest.mark.parametrize("name", ["zmm0", "ymm0", "xmm16", "k0"])
def test_what_the_processor_does_not_have(name: str) -> None:
    """Refused by name, to read and to write, and nothing is changed."""
    old = area(576, xcr0=1 << X87 | 1 << SSE)
    before = bytes(old.blob)
    with pytest.raises(VariableNotFound, match=name):
        old.read(REGISTERS[name])
    with pytest.raises(VariableNotFound, match=name):
        old.write(REGISTERS[name], 1)
    assert bytes(old.blob) == before
