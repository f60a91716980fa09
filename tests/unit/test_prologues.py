"""The instructions that make a frame, byte by byte."""

from __future__ import annotations

import pytest

from trapline.symbols.prologue import frame_end, may_be_inside, saves_vectors

START = 0x1000
ENDBR = b"\xf3\x0f\x1e\xfa"
FRAME = b"\x55\x48\x89\xe5"
REST = b"\x48\x83\xec\x10" * 20
LEA_8 = b"\x4c\x8d\x54\x24\x08"  # lea 8(%rsp),%r10
AND = b"\x48\x83\xe4\xe0"  # and $-32,%rsp
AND_WIDE = b"\x48\x81\xe4\x00\xff\xff\xff"
PUSH_R10 = b"\x41\xff\x72\xf8"  # push -8(%r10)
PUSHED = b"\x41\x55\x4c\x8d\x6c\x24\x10"  # push %r13; lea 16(%rsp),%r13
PUSH_R13 = b"\x41\xff\x75\xf8"


def end(code: bytes) -> int:
    whole = code + REST

    def read(address: int, size: int) -> bytes:
        return whole[address - START : address - START + size]

    return frame_end(read, START) - START


@pytest.mark.parametrize(
    "code",
    [
        FRAME,
        b"\x55\x48\x8b\xec",
        ENDBR + FRAME,
        LEA_8 + AND + PUSH_R10 + FRAME,
        LEA_8 + AND_WIDE + PUSH_R10 + FRAME,
        PUSHED + AND + PUSH_R13 + FRAME,
    ],
)
def test_a_frame(code: bytes) -> None:
    assert end(code) == len(code)


@pytest.mark.parametrize(
    "code", [b"", ENDBR, b"\x55", b"\x55\x53\x48\x89\xe5", LEA_8 + AND + FRAME, b"\x90" + FRAME]
)
def test_no_frame(code: bytes) -> None:
    assert end(code) == 0


def test_code_that_ends() -> None:
    assert frame_end(lambda address, size: b"", START) == START
    assert not may_be_inside(lambda address, size: b"", START)


def saves(*, wide: bool = False, registers: int = 8) -> bytes:
    body = b"".join(
        b"\x0f\x29" + (bytes([0x85 | n << 3]) + b"\x80\xff\xff\xff" if wide else bytes([0x45 | n << 3, 0x80]))
        for n in range(registers)
    )
    return b"\x84\xc0\x74" + bytes([len(body)]) + body


@pytest.mark.parametrize("wide", [False, True])
def test_vector_registers_saved(wide: bool) -> None:
    code = saves(wide=wide)
    assert saves_vectors(lambda address, size: code[:size], START)
    assert may_be_inside(
        lambda address, size: code[4 - 4 : 4] if address < START + 4 else code[4:], START + 4
    )


@pytest.mark.parametrize(
    "code", [saves(registers=7), b"\x84\xc0\x74\x08" + saves()[4:], b"\x84\xc0\x75" + saves()[3:]]
)
def test_vector_registers_not_saved(code: bytes) -> None:
    assert not saves_vectors(lambda address, size: code[:size], START)
