"""The instructions that compilers write most, told by their bytes: their length, what is relative in them.

A disassembler costs 19 ms to import.  What is not recognised here is left to it.

Source: Intel SDM 2, chapter 2 and appendix A.
"""

from __future__ import annotations

from trapline.base.address import ADDRESS_MASK
from trapline.base.fact import NamedTuple

NEXT, BRANCH, JUMP, CALL, LOST = range(5)
"""Where an instruction leads: on; on or to a target; to a target; to a target and back, which no system call
is; and to where only running it says, as a return or a jump through memory."""


class Step(NamedTuple):
    """One instruction on the way through some code: load address, length in bytes, and where it leads.

    `target` is a load address, 0 where a register or memory says it; `slot` the load address from which an
    indirect call takes it, 0 where that is not known.
    """

    address: int
    length: int
    kind: int
    target: int = 0
    slot: int = 0


class Plain(NamedTuple):
    """An instruction that goes on to the next one and does the same wherever it stands.

    `length` in bytes.  `relative` is the offset of four bytes that count from the end of the instruction,
    which is the one thing to change where it is to stand elsewhere; 0 when there are none.
    """

    length: int
    relative: int


_ARITHMETIC = tuple(8 * row + form for row in range(8) for form in range(4))  # add ... cmp: r/m with r
_MOVES = (0x63, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8D)  # movsxd test xchg mov lea
_OPERAND = {
    **dict.fromkeys((*_ARITHMETIC, *_MOVES, 0xD0, 0xD1, 0xD2, 0xD3), 0),
    **dict.fromkeys((0x6B, 0x80, 0x83, 0xC0, 0xC1), 1),
    **dict.fromkeys((0x69, 0x81), 4),
}
"""Opcode -> bytes of the immediate operand behind the ModR/M byte and what belongs to it."""

_ACCUMULATOR = {
    **dict.fromkeys((*range(0x04, 0x40, 8), 0xA8, 0x6A), 1),
    **dict.fromkeys((*range(0x05, 0x40, 8), 0xA9, 0x68), 4),
}
"""Opcode -> bytes of the immediate operand, all that follows: arithmetic and test with eax, push."""

_FIRST_FORM = {0xC6: 1, 0xC7: 4, 0xF6: 1, 0xF7: 4, 0xFE: 0, 0xFF: 0}
"""The same, for opcodes of which only the form /0 is meant: mov, test, inc."""

_INTEGER = (0xAF, 0xB6, 0xB7, 0xBE, 0xBF, *range(0x40, 0x50), *range(0x90, 0xA0))  # imul movzx movsx cmov set
_SCALAR = (0x10, 0x11, 0x2A, 0x2C, 0x2D, 0x51, 0x58, 0x59, 0x5A, 0x5C, 0x5D, 0x5E, 0x5F)
_PACKED = (*_SCALAR, 0x14, 0x28, 0x29, 0x2E, 0x2F, 0x54, 0x57, 0x5B, 0x6E, 0x6F, 0x7E, 0x7F, 0xEF)
_AFTER_0F = {
    0: frozenset((*_INTEGER, *_PACKED)),
    0x66: frozenset((*_INTEGER, *_PACKED, 0xD6)),
    0xF2: frozenset(_SCALAR),
    0xF3: frozenset((*_SCALAR, 0x5B, 0x6F, 0x7E, 0x7F)),
}
"""Prefix -> second bytes of opcodes that have a ModR/M byte and no immediate."""

_FS = 0x64


def plain(code: bytes) -> Plain | None:
    """Return what the first instruction of `code` is; None for all but the common ones."""
    try:
        found = _plain(code)
    except IndexError:
        return None
    return found if found is not None and found.length <= len(code) else None


def _plain(code: bytes) -> Plain | None:
    at = 0
    prefix = 0
    if code[0] in (0x66, 0xF2, 0xF3, _FS):
        prefix, at = code[0], 1
    wide = 0
    if 0x40 <= code[at] <= 0x4F:
        wide, at = code[at] & 8, at + 1
    opcode, at = code[at], at + 1
    if opcode == 0x0F:
        if code[at] not in _AFTER_0F.get(prefix, ()):
            return None
        return _with_operand(code, at + 1, 0)
    if prefix in (0xF2, 0xF3):
        return None  # rep, xacquire, bnd
    short = prefix == 0x66 and not wide
    if 0x50 <= opcode <= 0x5F or opcode in (0x98, 0x99, 0xC3, 0xC9):  # push, pop, cdqe, cqo, ret, leave
        return Plain(at, 0)
    if 0xB8 <= opcode <= 0xBF:  # mov r, imm
        return Plain(at + (8 if wide else 2 if short else 4), 0)
    if opcode in _ACCUMULATOR:
        size = _ACCUMULATOR[opcode]
        return Plain(at + (2 if size == 4 and short else size), 0)
    if opcode == 0x8D and code[at] >= 0xC0:  # there is no lea of a register
        return None
    immediate = _OPERAND.get(opcode)
    if immediate is None and code[at] & 0x38 == 0:
        immediate = _FIRST_FORM.get(opcode)
    if immediate is None:
        return None
    return _with_operand(code, at, 2 if immediate == 4 and short else immediate)


def _with_operand(code: bytes, at: int, immediate: int) -> Plain:
    """Return the instruction whose ModR/M byte is at `at`, before `immediate` more bytes."""
    mode, operand = code[at] >> 6, code[at] & 7
    at += 1
    if mode == 3:
        return Plain(at + immediate, 0)
    if mode == 0 and operand == 5:
        return Plain(at + 4 + immediate, at)
    displacement = (0, 1, 4)[mode]
    if operand == 4:  # a SIB byte follows
        if mode == 0 and code[at] & 7 == 5:
            displacement = 4
        at += 1
    return Plain(at + displacement + immediate, 0)


def steps(code: bytes, address: int) -> list[Step] | None:
    """Return the instructions of `code`, which is at a load address; None where one is not recognised."""
    found: list[Step] = []
    at = 0
    while at < len(code):
        try:
            one = _step(code[at : at + 15], address + at)
        except IndexError:
            return None  # it is cut off
        if one is None or at + one.length > len(code):
            return None
        found.append(one)
        at += one.length
    return found


def _step(code: bytes, here: int) -> Step | None:
    first = code[0]
    if first == 0xC3:
        return Step(here, 1, LOST)
    if (padding := _no_operation(code)) is not None:
        return Step(here, padding, NEXT)
    if first in (0xE8, 0xE9):
        return Step(here, 5, CALL if first == 0xE8 else JUMP, _target(here, code, 1, 5))
    if first == 0xEB or 0x70 <= first <= 0x7F:
        return Step(here, 2, JUMP if first == 0xEB else BRANCH, _target(here, code, 1, 2))
    if first == 0x0F and 0x80 <= code[1] <= 0x8F:
        return Step(here, 6, BRANCH, _target(here, code, 2, 6))
    if code[:2] == b"\xff\x15":  # call *rip(...)
        return Step(here, 6, CALL, 0, _target(here, code, 2, 6))
    if first == 0xFF and 0xD0 <= code[1] <= 0xD7:  # call *register
        return Step(here, 2, CALL)
    known = plain(code)
    return Step(here, known.length, NEXT) if known is not None else None


def _no_operation(code: bytes) -> int | None:
    """Return the length of endbr64 or of a nop of any length; None for what is neither."""
    if code[:4] == b"\xf3\x0f\x1e\xfa":
        return 4
    rest = code.lstrip(b"\x66\x2e")
    prefixes = len(code) - len(rest)
    if rest[:1] == b"\x90":
        return prefixes + 1
    return prefixes + _with_operand(rest, 2, 0).length if rest[:2] == b"\x0f\x1f" else None


def _target(here: int, code: bytes, at: int, end: int) -> int:
    """Return the load address that the bytes from `at` to `end` of the instruction at `here` count to."""
    return here + end + int.from_bytes(code[at:end], "little", signed=True) & ADDRESS_MASK
