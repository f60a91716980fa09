"""Instructions: how one is run elsewhere, and where a call goes.

Only `arch` imports iced_x86, which costs 19 ms: what `encodings` recognises does not need it, and the
library is imported when anything else comes.

Source: Intel SDM 2; KERNEL 11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trapline.arch.encodings import plain
from trapline.arch.x86_64 import FS_BASE, GS_BASE, WORDS
from trapline.base.address import ADDRESS_MASK
from trapline.base.fact import NamedTuple
from trapline.base.typing import Any

SKIP, SLOT, CALL, SYSCALL, NATIVE, INLINE = range(6)
"""How a trapped instruction is passed: by moving the pc alone; by a relocated copy; a call, which is
emulated; a system call, copied under rules of its own; one that traps by itself (int3, ud2, hlt) and one
that cannot be relocated: both are stepped in their own place."""

SLOT_SIZE = 32
_LONGEST = 15


class Displaced(NamedTuple):
    """How the instruction at `address` is run while an int3 is there.

    `length` in bytes; `target` is where SKIP goes on, or where a direct CALL goes (0 for an indirect one).
    """

    kind: int
    address: int
    length: int
    target: int
    code: bytes


class Slot(NamedTuple):
    """Machine code for a slot, and what a pc inside it stands for.

    `offsets` maps each offset where a thread can stop to the pc that the program would see: at 0 the
    instruction has not run; None is the middle of an instruction that was relocated into several.
    """

    code: bytes
    offsets: dict[int, int | None]


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def plan(code: bytes, address: int) -> Displaced:
    """Decide how the one instruction at `address` is run elsewhere.

    Args:
        code: its original bytes, up to 16, fewer at the end of a mapping.
        address: load address of the first.
    """
    first = code[0]
    if code[:4] == b"\xf3\x0f\x1e\xfa":  # endbr64
        return Displaced(SKIP, address, 4, address + 4, code)
    if first == 0x90:
        return Displaced(SKIP, address, 1, address + 1, code)
    if first in (0xCC, 0xF1, 0xF4) or code[:2] == b"\x0f\x0b":
        return Displaced(NATIVE, address, 2 if first == 0x0F else 1, 0, code)
    if code[:2] in (b"\x0f\x05", b"\x0f\x34"):
        return Displaced(SYSCALL, address, 2, 0, code)
    if first == 0xE8 and len(code) >= 5:
        target = address + 5 + _signed(code[1:5]) & ADDRESS_MASK
        return Displaced(CALL, address, 5, target, code)
    if first == 0xEB and len(code) >= 2:
        return Displaced(SKIP, address, 2, address + 2 + _signed(code[1:2]) & ADDRESS_MASK, code)
    if first == 0xE9 and len(code) >= 5:
        return Displaced(SKIP, address, 5, address + 5 + _signed(code[1:5]) & ADDRESS_MASK, code)
    if _is_conditional(code):
        return Displaced(SLOT, address, 2 if first != 0x0F else 6, 0, code)
    if (simple := plain(code)) is not None:
        return Displaced(SLOT, address, simple.length, 0, code)
    return _plan_decoded(code, address)


def _is_conditional(code: bytes) -> bool:
    return (0x70 <= code[0] <= 0x7F and len(code) >= 2) or (
        code[0] == 0x0F and len(code) >= 6 and 0x80 <= code[1] <= 0x8F
    )


def _decode(code: bytes, address: int) -> Any:
    from iced_x86 import Decoder

    return Decoder(64, code, ip=address).decode()


def _plan_decoded(code: bytes, address: int) -> Displaced:
    from iced_x86 import FlowControl, Mnemonic

    instruction = _decode(code, address)
    length, flow = instruction.len, instruction.flow_control
    if instruction.is_invalid:
        return Displaced(NATIVE, address, max(length, 1), 0, code)
    if instruction.mnemonic == Mnemonic.NOP or instruction.mnemonic in (Mnemonic.ENDBR64, Mnemonic.ENDBR32):
        return Displaced(SKIP, address, length, address + length, code)
    if instruction.is_call_far or instruction.is_call_far_indirect:
        return Displaced(INLINE, address, length, 0, code)
    if instruction.is_call_near or instruction.is_call_near_indirect:
        # By these, for iced's flow takes a system call for a call too.
        target = instruction.near_branch_target if instruction.is_call_near else 0
        return Displaced(CALL, address, length, target, code)
    if flow == FlowControl.UNCONDITIONAL_BRANCH and not instruction.is_jmp_far:
        return Displaced(SKIP, address, length, instruction.near_branch_target, code)
    if flow in (FlowControl.INTERRUPT, FlowControl.EXCEPTION):
        return Displaced(NATIVE, address, length, 0, code)
    if flow == FlowControl.XBEGIN_XABORT_XEND:
        return Displaced(INLINE, address, length, 0, code)
    if instruction.mnemonic in (Mnemonic.SYSCALL, Mnemonic.SYSENTER):
        return Displaced(SYSCALL, address, length, 0, code)
    return Displaced(SLOT, address, length, 0, code)


def relocate(displaced: Displaced, slot: int) -> Slot | None:
    """Return the code for a slot at load address `slot`; None when it cannot reach.

    The instruction comes first, then a jump to the one behind the original.  A branch to the trap's own
    address goes to the original, where it traps.
    """
    code, address, length = displaced.code, displaced.address, displaced.length
    after = address + length
    if _is_conditional(code):
        condition = code[0] - 0x70 if code[0] != 0x0F else code[1] - 0x80
        target = after + _signed(code[1:2] if code[0] != 0x0F else code[2:6])
        taken = _rel32(target, slot + 6)
        back = _rel32(after, slot + 11)
        if taken is None or back is None:
            return None
        return Slot(bytes([0x0F, 0x80 + condition]) + taken + b"\xe9" + back, {0: address, 6: after})
    offsets: dict[int, int | None] = {0: address, length: after}
    body = code[:length]
    if displaced.kind == SYSCALL:
        pass
    elif (simple := plain(code)) is None:
        found = _relocate_decoded(displaced, slot)
        if found is None:
            return None
        body, offsets = found
    elif at := simple.relative:
        distance = _rel32(after + _signed(code[at : at + 4]), slot + length)
        if distance is None:
            return None
        body = code[:at] + distance + code[at + 4 : length]
    back = _rel32(after, slot + len(body) + 5)
    if back is None or len(body) + 5 > SLOT_SIZE:
        return None
    return Slot(body + b"\xe9" + back, offsets)


def _rel32(target: int, end: int) -> bytes | None:
    distance = target - end
    if not -(1 << 31) <= distance < 1 << 31:
        return None
    return distance.to_bytes(4, "little", signed=True)


def _relocate_decoded(displaced: Displaced, slot: int) -> tuple[bytes, dict[int, int | None]] | None:
    from iced_x86 import BlockEncoder, Decoder, FlowControl

    address, length = displaced.address, displaced.length
    instruction = _decode(displaced.code, address)
    near_branch = instruction.flow_control == FlowControl.CONDITIONAL_BRANCH  # loop, jrcxz
    if not near_branch and not instruction.is_ip_rel_memory_operand:
        return displaced.code[:length], {0: address, length: address + length}
    # BlockEncoder takes a branch to an instruction's own ip for a label inside the block; nothing that
    # is not ours lies at ip 0.
    instruction.ip = 0
    encoder = BlockEncoder(64)
    encoder.add(instruction)
    try:
        body: bytes = encoder.encode(slot)
    except ValueError:
        return None
    offsets: dict[int, int | None] = {}
    for part in Decoder(64, body, ip=slot):
        offsets[part.ip - slot] = None
    offsets[0] = address
    offsets[len(body)] = address + length
    return body, offsets


def call_target(displaced: Displaced, words: Sequence[int], read_word: Callable[[int], int]) -> int:
    """Return where a call goes, its operand read with the stack pointer of before.

    Args:
        displaced: a plan of kind CALL.
        words: the 27 words of struct user_regs_struct.
        read_word: reads 8 bytes at a load address as an unsigned integer.
    """
    if displaced.target:
        return displaced.target
    from iced_x86 import OpKind, Register

    instruction = _decode(displaced.code, displaced.address)
    if instruction.op0_kind == OpKind.REGISTER:
        return words[_word_of(instruction.op0_register)]
    where = instruction.memory_displacement
    if not instruction.is_ip_rel_memory_operand:
        if instruction.memory_base != Register.NONE:
            where += words[_word_of(instruction.memory_base)]
        if instruction.memory_index != Register.NONE:
            where += words[_word_of(instruction.memory_index)] * instruction.memory_index_scale
    if instruction.segment_prefix == Register.FS:
        where += words[FS_BASE]
    elif instruction.segment_prefix == Register.GS:
        where += words[GS_BASE]
    return read_word(where & ADDRESS_MASK)


def _word_of(register: int) -> int:
    """Return the index into the 27 words of an iced register number."""
    from iced_x86 import Register

    names = ("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi")
    number = register - Register.RAX
    return WORDS.index(names[number] if number < 8 else f"r{number}")


def touches_flags_push(code: bytes) -> bool:
    """Whether the instruction is a pushf, whose stack slot shows the trap flag of a step (KERNEL 11 g)."""
    return code[:1] == b"\x9c" or (code[1:2] == b"\x9c" and (code[0] == 0x66 or 0x40 <= code[0] <= 0x4F))


def is_repeated(code: bytes) -> bool:
    """Whether the instruction is a string instruction with a rep prefix, which is stepped round by round."""
    if code[:1] not in (b"\xf2", b"\xf3"):
        return False
    at = 1
    while at < len(code) and (code[at] == 0x66 or 0x40 <= code[at] <= 0x4F):
        at += 1
    return at < len(code) and (
        0xA4 <= code[at] <= 0xA7 or 0xAA <= code[at] <= 0xAF or 0x6C <= code[at] <= 0x6F
    )


def is_syscall(code: bytes) -> bool:
    """Whether the instruction enters the kernel."""
    return code[:2] in (b"\x0f\x05", b"\x0f\x34")


def is_call(code: bytes) -> int:
    """Return the length of a near call of any form, 0 for anything else."""
    if code[:1] == b"\xe8":
        return 5
    prefixes = 0
    while prefixes < len(code) and (
        code[prefixes] in (0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF2, 0xF3)
        or 0x40 <= code[prefixes] <= 0x4F
    ):
        prefixes += 1
    rest = code[prefixes : prefixes + 2]
    if rest[:1] == b"\xe8" or (rest[:1] == b"\xff" and len(rest) == 2 and rest[1] >> 3 & 7 == 2):
        return int(_decode(code, 0).len)
    return 0
