"""DWARF expressions: every operation, composites with holes, and expressions that lie."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from trapline.base.errors import BadData, ValueUnavailable
from trapline.dwarf import expression as e
from trapline.dwarf.expression import BareContext, evaluate, evaluate_address, evaluate_value
from trapline.dwarf.location import (
    EmptyPiece,
    ImplicitPiece,
    ImplicitPointerPiece,
    MemoryPiece,
    RegisterPiece,
)
from trapline.dwarf.operations import OPERANDS
from trapline.dwarf.typed import Typed

MASK = (1 << 64) - 1
INT, UNSIGNED, FLOAT, DOUBLE, INT128, LONG_DOUBLE = 1, 2, 3, 4, 5, 6
TYPES = {
    INT: (5, 4),
    UNSIGNED: (7, 4),
    FLOAT: (4, 4),
    DOUBLE: (4, 8),
    INT128: (5, 16),
    LONG_DOUBLE: (4, 16),
}


class Context(BareContext):
    """A frame whose registers are 1000 times their number, over memory that counts."""

    bias = 0x10000
    object_address: int | None = 0x7000

    def register(self, number: int) -> int:
        if number > 20:
            raise ValueUnavailable(f"register {number} is not known")
        return number * 1000

    def register_bytes(self, number: int, size: int) -> bytes:
        return bytes((number + i) & 0xFF for i in range(size))

    def read(self, address: int, size: int) -> bytes:
        return bytes((address + i) & 0xFF for i in range(size))

    def frame_base(self) -> int:
        return 0x5000

    def cfa(self) -> int:
        return 0x6000

    def tls(self, offset: int) -> int:
        return 0x9000 + offset

    def entry_value(self, expression: bytes) -> int:
        if expression == b"\x54":
            raise ValueUnavailable("no call site")
        return 77

    def called(self, die_offset: int, relative: bool) -> bytes:
        return {1: b"\x35", 2: b"\x98\x02\x00", 3: b"\x15\x09"}[die_offset]

    def base_type(self, die_offset: int) -> tuple[int, int]:
        return TYPES.get(die_offset, (5, 200))

    def address_at(self, index: int) -> int:
        return 0x400 + index


def lit(value: int) -> bytes:
    return b"\x0e" + (value & MASK).to_bytes(8, "little")


def value(code: bytes, *initial: Any) -> Any:
    return evaluate_value(code, Context(), initial)


@pytest.mark.parametrize(
    ("op", "left", "right", "result"),
    [
        (0x1A, 0b1100, 0b1010, 0b1000),
        (0x1B, -7, 2, -3),
        (0x1B, 7, -2, -3),
        (0x1C, 1, 2, -1),
        (0x1D, -7, 4, (2**64 - 7) % 4),
        (0x1E, -3, 5, -15),
        (0x21, 0b1100, 0b1010, 0b1110),
        (0x22, 2**64 - 1, 2, 1),
        (0x24, 1, 63, 1 << 63),
        (0x24, 1, 64, 0),
        (0x25, -1, 60, 15),
        (0x26, -16, 2, -4),
        (0x26, -1, 2**63, -1),
        (0x27, 0b1100, 0b1010, 0b0110),
        (0x29, 5, 5, 1),
        (0x2A, -1, 1, 0),
        (0x2B, 1, -1, 1),
        (0x2C, -1, 1, 1),
        (0x2D, 1, -1, 0),
        (0x2E, 5, 5, 0),
    ],
)
def test_binary_operations(op: int, left: int, right: int, result: int) -> None:
    assert value(lit(left) + lit(right) + bytes([op])) == result & MASK


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (b"\x03" + (0x1234).to_bytes(8, "little"), 0x11234),
        (b"\x08\xff", 255),
        (b"\x09\xff", MASK),
        (b"\x0a\xfe\xff", 0xFFFE),
        (b"\x0b\xfe\xff", MASK - 1),
        (b"\x0c\xfe\xff\xff\xff", 0xFFFFFFFE),
        (b"\x0d\xfe\xff\xff\xff", MASK - 1),
        (b"\x10\x80\x01", 128),
        (b"\x11\x7f", MASK),
        (b"\x31\x12\x22", 2),  # lit1 dup plus
        (b"\x31\x32\x13", 1),  # drop
        (b"\x31\x32\x14", 1),  # over
        (b"\x31\x32\x33\x15\x02", 1),  # pick 2
        (b"\x31\x32\x16\x1c", 1),  # swap, minus: 2 - 1
        (b"\x31\x32\x33\x17\x13", 1),  # rot gives 3 1 2, drop
        (b"\x09\xfb\x19", 5),
        (b"\x35\x1f", MASK - 4),
        (b"\x30\x20", MASK),
        (b"\x35\x23\x80\x01", 133),
        (b"\x31\x28\x01\x00\x35\x36", 6),  # lit1 bra +1 (lit5) lit6
        (b"\x30\x28\x01\x00\x35", 5),
        (b"\x2f\x01\x00\x35\x36", 6),
        (b"\x70\x08", 8),
        (b"\x77\x78", 7000 - 8),
        (b"\x92\x03\x05", 3005),
        (b"\x91\x70", 0x5000 - 16),
        (b"\x40\x06", int.from_bytes(bytes(range(16, 24)), "little")),
        (b"\x40\x94\x02", 0x1110),
        (b"\x96\x35", 5),
        (b"\x97", 0x7000),
        (b"\x98\x01\x00", 5),
        (b"\x99\x01\x00\x00\x00", 5),
        (b"\x9a\x01\x00\x00\x00", 5),
        (b"\x38\x9b", 0x9008),
        (b"\x38\xe0", 0x9008),
        (b"\x03" + bytes(7) + b"\x00\xe0", 0x9000),  # an address before the TLS operation is an offset
        (b"\x9c", 0x6000),
        (b"\xa1\x05", 0x10405),
        (b"\xa2\x05", 0x405),
        (b"\xfb\x05", 0x10405),
        (b"\xfc\x05", 0x405),
        (b"\xa3\x01\x55", 77),
        (b"\xf3\x01\x55", 77),
        (b"\x53", 3000),  # a register, where a value is wanted, is its content
        (b"\x35\x9f", 5),
        (b"\x9e\x02\x34\x12", 0x1234),
    ],
)
def test_operations(code: bytes, result: int) -> None:
    assert value(code) == result


def test_typed_operations() -> None:
    """Constants, registers, memory and conversions in a type; arithmetic wraps and rounds as it does."""
    one_and_a_half = b"\xa4" + bytes([DOUBLE, 8]) + struct.pack("<d", 1.5)
    assert value(one_and_a_half) == Typed(4, struct.pack("<d", 1.5))
    assert value(one_and_a_half + b"\x12\x22") == Typed(4, struct.pack("<d", 3.0))
    assert value(one_and_a_half + b"\xa8" + bytes([FLOAT])) == Typed(4, struct.pack("<f", 1.5))
    assert value(one_and_a_half + b"\xa8" + bytes([INT])) == Typed(5, b"\1\0\0\0")
    assert value(one_and_a_half + b"\xa8\0") == 1
    assert value(one_and_a_half + b"\xa9\0") == struct.unpack("<Q", struct.pack("<d", 1.5))[0]
    assert value(lit(0x3FF8000000000000) + b"\xa9" + bytes([DOUBLE])) == Typed(4, struct.pack("<d", 1.5))
    minus_one = b"\xa4" + bytes([INT, 4]) + b"\xff\xff\xff\xff"
    assert value(minus_one + b"\xa8\0") == MASK
    assert value(minus_one + b"\xa8" + bytes([UNSIGNED]) + b"\xa8\0") == 0xFFFFFFFF
    assert value(minus_one + b"\x12\x1e") == Typed(5, b"\1\0\0\0")  # dup mul
    assert value(minus_one + minus_one + b"\x2a") == 1
    assert value(minus_one + b"\x31\x25") == Typed(5, b"\xff\xff\xff\x7f")  # shr by a generic 1
    assert value(minus_one + b"\x31\x26") == Typed(5, b"\xff\xff\xff\xff")
    assert value(minus_one + b"\x1f") == Typed(5, b"\1\0\0\0")
    assert value(minus_one + b"\x23\x03") == Typed(5, b"\2\0\0\0")
    assert value(b"\xa5\x02" + bytes([INT])) == Typed(5, bytes([2, 3, 4, 5]))
    assert value(b"\x40\xa6\x04" + bytes([INT])) == Typed(5, bytes([16, 17, 18, 19]))
    wide = b"\xa4" + bytes([INT128, 16]) + bytes(8) + b"\1" + bytes(7)
    assert value(wide + b"\x12\x22") == Typed(5, bytes(8) + b"\2" + bytes(7))
    carried = b"\xa4" + bytes([LONG_DOUBLE, 16]) + bytes(range(16))
    assert value(carried) == Typed(4, bytes(range(16)))
    with pytest.raises(ValueUnavailable):
        value(carried + b"\x12\x22")
    with pytest.raises(BadData):
        value(minus_one + one_and_a_half + b"\x22")


def test_locations() -> None:
    """Memory, registers, values, implicit pointers, pieces of all of them."""
    context = Context()
    assert evaluate(b"", context) == (EmptyPiece("optimized out"),)
    assert evaluate(b"\x91\x70", context) == (MemoryPiece(0x4FF0),)
    assert evaluate(b"\x53", context) == (RegisterPiece(3),)
    assert evaluate(b"\x90\x11", context) == (RegisterPiece(17),)
    assert evaluate(b"\x53\xf0", context) == (RegisterPiece(3),)  # GNU_uninit
    assert evaluate(b"\x35\x9f", context) == (ImplicitPiece(b"\5" + bytes(7)),)
    assert evaluate(b"\x9e\x03abc", context) == (ImplicitPiece(b"abc"),)
    assert evaluate(b"\xa0\x10\0\0\0\x7c", context) == (ImplicitPointerPiece(16, -4),)
    assert evaluate(b"\x53\x93\x04\x91\x00\x93\x08\x93\x02\x35\x9f\x9d\x03\x02", context) == (
        RegisterPiece(3, 32),
        MemoryPiece(0x5000, 64),
        EmptyPiece("optimized out", 16),
        ImplicitPiece(b"\5" + bytes(7), 3, 2),
    )


def test_a_piece_that_cannot_be_had_is_a_hole() -> None:
    """The other pieces stay; without pieces there is nothing to keep."""
    code = b"\x53\x93\x04" + b"\xa3\x01\x54\x9f\x93\x04" + b"\x54\x93\x04"
    first, hole, last = evaluate(code, Context())
    assert (first, last) == (RegisterPiece(3, 32), RegisterPiece(4, 32))
    assert hole == EmptyPiece("no call site", 32)
    with pytest.raises(ValueUnavailable, match="no call site"):
        evaluate(b"\xa3\x01\x54\x9f", Context())


def test_the_initial_stack() -> None:
    """Rules of call-frame information and member locations begin with an address."""
    assert evaluate_address(b"\x23\x08", Context(), (0x100,)) == 0x108
    # The expression of every PLT: CFA = rsp + 8 + ((rip & 15) >= 11) * 8.
    plt = bytes.fromhex("7708 8000 3f 1a 3b 2a 33 24 22".replace(" ", ""))
    assert evaluate_address(plt, Context()) == 7000 + 8 + (8 if 16000 & 15 >= 11 else 0)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (b"\x22", "too little"),
        (b"\x31\x22", "too little"),
        (b"\x15\x09", "too little"),
        (b"\x03\x00", "cut off"),
        (b"\x10\x80", "cut off"),
        (b"\x9e\x05ab", "cut off"),
        (b"\xff", "unknown"),
        (b"\x01", "unknown"),
        (b"\x2f\xfd\xff", "10000"),  # a jump to itself
        (b"\x2f\xff\x7f", "out of itself"),
        (b"\x98\x02\x00", "deep"),  # a call of itself
        (b"\x53\x31", "ends a location"),
        (b"\x93\x04\x35\x9f", "no piece"),
        (b"\x96", "nothing"),
        (b"\x31\x94\x09", "9 bytes"),
        (b"\xa8\x63", "too little"),
        (b"\x31\xa8\x63", "200 bytes"),
        (b"\x31\x12\x2f\xfc\xff", "1000 values"),
        (b"\x35\x93\x01\x2f\xfa\xff", "1000 pieces"),
    ],
)
def test_broken_ones(code: bytes, says: str) -> None:
    with pytest.raises(BadData, match=says):
        evaluate(code, Context())


def test_a_division_by_zero_is_no_value() -> None:
    for op in (b"\x1b", b"\x1d"):
        with pytest.raises(ValueUnavailable, match="division by zero"):
            evaluate(b"\x35\x30" + op, Context())


def test_what_needs_a_frame_says_so_without_one() -> None:
    for code in (b"\x70\x00", b"\x91\x00", b"\x9c", b"\x38\x9b", b"\xa3\x01\x55", b"\x40\x06", b"\x98\1\0",
                 b"\xa1\1", b"\xfa\1\0\0\0", b"\xfd\1\0\0\0", b"\x97", b"\x31\xa8\1"):  # fmt: skip
        with pytest.raises(ValueUnavailable):
            evaluate(code, BareContext())


@settings(max_examples=250)
@given(st.lists(st.sampled_from(sorted(OPERANDS)) | st.integers(0, 255), max_size=40).map(bytes))
def test_any_bytes(code: bytes) -> None:
    """A result, BadData, or a reason; soon."""
    for evaluated in (evaluate, evaluate_value, evaluate_address):
        try:
            evaluated(code, Context(), (1, 2, 3))  # type: ignore[operator]
        except (BadData, ValueUnavailable) as error:
            assert str(error)
        except KeyError:
            assert b"\x98" in code or b"\x99" in code or b"\x9a" in code  # this test's own DIEs
    assert e.STEPS == 10_000
