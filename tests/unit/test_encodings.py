"""Instructions told by their bytes, beside a disassembler."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import pytest
from iced_x86 import BlockEncoder, Decoder, FlowControl, Instruction, Mnemonic

from trapline.arch import encodings, instructions
from trapline.arch.encodings import plain
from trapline.arch.flow import flow
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable

START = 0x7000_0000
REST = bytes.fromhex("25112233445566770819")
OPCODES = [bytes([number]) for number in range(256)] + [bytes([0x0F, number]) for number in range(256)]


def libc() -> Image:
    """Return the C library that runs this."""
    maps = Path("/proc/self/maps").read_text().split()
    return Image.open(next(word for word in maps if "/libc.so.6" in word))


def decoded(code: bytes) -> Instruction:
    return Decoder(64, code, ip=START).decode()


@pytest.mark.parametrize("prefix", ["", "66", "f2", "f3", "64", "48", "6645"])
def test_what_is_recognised_is_what_it_is(prefix: str) -> None:
    """Of each opcode with each operand: length, where its displacement is, and that it just goes on."""
    known = 0
    for opcode, operand in itertools.product(OPCODES, range(256)):
        code = (bytes.fromhex(prefix) + opcode + bytes([operand]) + REST)[:15]
        found = plain(code)
        if found is None:
            continue
        known += 1
        one = decoded(code)
        goes_on = one.flow_control == FlowControl.NEXT or one.mnemonic == Mnemonic.RET
        assert not one.is_invalid and goes_on and one.mnemonic != Mnemonic.NOP, code.hex()
        assert (found.length, found.relative > 0) == (one.len, one.is_ip_rel_memory_operand), code.hex()
    assert known


def test_most_of_real_code_is_recognised() -> None:
    """Nine of ten instructions that go on are, in the C library that runs this."""
    with contextlib.closing(libc()) as image:
        text = image.section(".text")
        assert text is not None
        code = image.section_bytes(text)[1 << 16 : 1 << 17]
    all_, known = 0, 0
    for one in Decoder(64, code, ip=0):
        if one.flow_control == FlowControl.NEXT and not one.is_invalid and one.mnemonic != Mnemonic.NOP:
            all_ += 1
            known += plain(code[one.ip : one.ip + 16]) is not None
    assert all_ > 10_000
    assert known > 0.9 * all_


def test_no_more_than_there_is() -> None:
    """An instruction that is cut off is not recognised, wherever the cut is."""
    for code in ("c745fc01000000", "48b81122334455667788", "8b0425112233440000", "f20f100511223344"):
        whole = bytes.fromhex(code)
        found = plain(whole)
        assert found is not None
        assert all(plain(whole[:size]) is None for size in range(found.length))


@pytest.mark.parametrize(
    "code", ["8b0511223344", "488d3d10000000", "c705112233445566778899", "f20f100580ffffff"]
)
@pytest.mark.parametrize("distance", [-0x1000_0000, -0x100, 0x200, 0x1000_0000])
def test_what_counts_from_its_end_is_moved(code: str, distance: int) -> None:
    """A slot's code names the same address as the original, as a disassembler would write it."""
    slot = START + distance
    displaced = instructions.plan(bytes.fromhex(code), START)
    made = instructions.relocate(displaced, slot)
    assert made is not None
    one = decoded(bytes.fromhex(code))
    there = Decoder(64, made.code, ip=slot).decode()
    assert there.ip_rel_memory_address == one.ip_rel_memory_address
    one.ip = 0
    encoder = BlockEncoder(64)
    encoder.add(one)
    body = encoder.encode(slot)
    assert made.code[: len(body)] == body
    assert made.offsets == {0: START, len(body): START + displaced.length}


def test_too_far_to_be_moved() -> None:
    """Beyond four bytes' reach there is no slot."""
    displaced = instructions.plan(bytes.fromhex("8b0511223344"), START)
    assert instructions.relocate(displaced, START + (1 << 40)) is None


def test_the_way_through_a_function_is_the_disassembler_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of functions of the C library: what they call, where they lead, what cannot be told."""
    with contextlib.closing(libc()) as image:
        functions = [one for one in SymbolTable(image) if one.kind == "function" and 16 < one.size < 400]
        codes = {one.address: image.read(one.address, one.size) for one in functions[:1500]}
    known = {at: flow(code, at) for at, code in codes.items() if encodings.steps(code, at)}
    monkeypatch.setattr(encodings, "steps", lambda code, address: None)
    flow.cache_clear()
    try:
        decoded_ = {at: flow(codes[at], at) for at in known}
    finally:
        flow.cache_clear()
    assert len(known) > len(codes) / 4
    assert known == decoded_


@pytest.mark.parametrize("code", ["0f", "e8000000", "ff", "70", "0f1f", "6690c745"])
def test_no_way_through_code_that_is_cut_off(code: str) -> None:
    """What ends in the middle of an instruction is left to the disassembler."""
    assert encodings.steps(bytes.fromhex(code), START) is None
