"""Instructions: how one is run elsewhere, where a call goes, and how code is shown.

The only importer of iced_x86, which costs 19 ms: what `encodings` recognises does not need it, and the
library is imported when anything else comes.

Source: Intel SDM 2; KERNEL 11.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

from trapline.arch import encodings
from trapline.arch.encodings import Step, plain
from trapline.arch.x86_64 import CALLEE_SAVED, DWARF, DWARF_RBP, FS_BASE, GS_BASE, WORDS
from trapline.base.address import ADDRESS_MASK
from trapline.base.fact import NamedTuple
from trapline.base.typing import Any

SKIP, SLOT, CALL, SYSCALL, NATIVE, INLINE = range(6)
"""How a trapped instruction is passed: by moving the pc alone; by a relocated copy; a call, which is
emulated; a system call, copied under rules of its own; one that traps by itself (int3, ud2, hlt) and one
that cannot be relocated: both are stepped in their own place."""

SLOT_SIZE = 32
_LONGEST = 15
_PASSES = 4


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


class Call(NamedTuple):
    """One call instruction: its load address, its length in bytes; `target` is 0 for an indirect one.

    `slot` is the load address from which an indirect call takes its target, 0 where a register says it.
    """

    address: int
    length: int
    target: int
    slot: int


class Flow(NamedTuple):
    """Where some code goes, at load addresses.

    `leaves` are addresses outside it that its branches, or its end, lead to; `unknown` are instructions
    whose goal is only known when they run: returns, and jumps through a register or memory.
    """

    leaves: tuple[int, ...]
    unknown: tuple[int, ...]
    calls: tuple[Call, ...]


@functools.lru_cache(maxsize=512)
def flow(code: bytes, address: int) -> Flow:
    """Return where code goes that is entered at its first instruction.

    Args:
        code: whole instructions, one behind the other.
        address: load address of the first.
    """
    end = address + len(code)
    leaves: dict[int, None] = {}
    unknown: list[int] = []
    calls: list[Call] = []
    through = True
    for one in encodings.steps(code, address) or _decoded_steps(code, address):
        through = one.kind in (encodings.NEXT, encodings.BRANCH, encodings.CALL)
        if one.kind in (encodings.BRANCH, encodings.JUMP):
            if not address <= one.target < end:
                leaves[one.target] = None
        elif one.kind == encodings.CALL:
            calls.append(Call(one.address, one.length, one.target, one.slot))
        elif one.kind == encodings.LOST:
            unknown.append(one.address)
    if through:
        leaves[end] = None
    return Flow(tuple(leaves), tuple(unknown), tuple(calls))


def _decoded_steps(code: bytes, address: int) -> Iterator[Step]:
    from iced_x86 import Decoder, FlowControl

    kinds = {
        FlowControl.CONDITIONAL_BRANCH: encodings.BRANCH,
        FlowControl.UNCONDITIONAL_BRANCH: encodings.JUMP,
        FlowControl.INDIRECT_CALL: encodings.CALL,
        FlowControl.RETURN: encodings.LOST,
        FlowControl.INDIRECT_BRANCH: encodings.LOST,
    }
    for one in Decoder(64, code, ip=address):
        kind = kinds.get(one.flow_control, encodings.NEXT)
        if one.is_call_near:  # not a system call, which iced takes for a call too
            kind = encodings.CALL
        is_indirect = one.flow_control == FlowControl.INDIRECT_CALL
        slot = one.ip_rel_memory_address if is_indirect and one.is_ip_rel_memory_operand else 0
        yield Step(one.ip, one.len, kind, 0 if is_indirect else one.near_branch_target, slot)


class Line(NamedTuple):
    """One instruction as shown: `address` is a load address, `size` in bytes."""

    address: int
    size: int
    bytes: bytes
    text: str


def disassemble(
    code: bytes,
    address: int,
    count: int,
    name_of: Callable[[int], str | None],
    flavor: str = "intel",
) -> list[Line]:
    """Return up to `count` instructions of `code`, which begins at load address `address`.

    Args:
        code: bytes; an instruction that they cut off is shown as `(bad)`.
        address: load address of the first.
        count: how many instructions.
        name_of: names a target: `main+4`, or None.
        flavor: "intel" or "att".
    """
    from iced_x86 import Decoder, FlowControl, Formatter, FormatterSyntax, MemorySizeOptions

    formatter = Formatter(FormatterSyntax.GAS if flavor == "att" else FormatterSyntax.INTEL)
    formatter.hex_prefix, formatter.hex_suffix = "0x", ""
    formatter.uppercase_hex = False
    formatter.small_hex_numbers_in_decimal = False
    formatter.branch_leading_zeros = False
    formatter.rip_relative_addresses = True
    formatter.first_operand_char_index = 7
    formatter.space_after_operand_separator = False
    formatter.show_branch_size = False
    formatter.uppercase_keywords = flavor != "att"
    formatter.memory_size_options = MemorySizeOptions.ALWAYS  # "DWORD PTR", as objdump has it
    direct = (FlowControl.UNCONDITIONAL_BRANCH, FlowControl.CONDITIONAL_BRANCH, FlowControl.CALL)
    lines: list[Line] = []
    decoder = Decoder(64, code, ip=address)
    while decoder.can_decode and len(lines) < count:
        start = decoder.position
        instruction = decoder.decode()
        if instruction.is_invalid:
            decoder.position = start + 1
            decoder.ip = address + start + 1
            lines.append(Line(address + start, 1, code[start : start + 1], "(bad)"))
            continue
        text = formatter.format(instruction)
        if instruction.flow_control in direct and instruction.near_branch_target:
            name = name_of(instruction.near_branch_target)
            text += f" <{name}>" if name else ""
        elif instruction.is_ip_rel_memory_operand:
            target = instruction.ip_rel_memory_address
            name = name_of(target)
            text += f"        # {target:#x}" + (f" <{name}>" if name else "")
        lines.append(Line(address + start, instruction.len, code[start : start + instruction.len], text))
    return lines


def addresses(code: bytes, address: int, count: int) -> list[int]:
    """Return the load addresses of the instructions that `disassemble` gives, in a tenth of its time."""
    from iced_x86 import Decoder

    decoder = Decoder(64, code, ip=address)
    found: list[int] = []
    while decoder.can_decode and len(found) < count:
        start = decoder.position
        found.append(address + start)
        if decoder.decode().is_invalid:
            decoder.position = start + 1
    return found


class StackState(NamedTuple):
    """What a function has done to the stack since its entry.

    `depth` is how far rsp is below its value at entry, in bytes, None when that is not known; `frame` the
    same for rbp while it is the frame pointer, else None; `saved` maps DWARF register numbers to how far
    below rsp at entry each was pushed.
    """

    depth: int | None
    frame: int | None
    saved: dict[int, int]


def stack_at(code: bytes, start: int, pc: int) -> StackState | None:
    """Return what the instructions from a function's entry at `start` up to `pc` have done to the stack.

    They are followed in order of address, each jump handing its state to what it jumps to; a few times
    over, for code that is reached only by a jump backwards.  None when no way to `pc` is found so.

    Args:
        code: the function's bytes, from `start`.
        start: load address of the function.
        pc: load address, not run yet.
    """
    from iced_x86 import Decoder

    instructions = list(Decoder(64, code, ip=start))
    handed: dict[int, StackState] = {}
    for _ in range(_PASSES):
        known = len(handed)
        state = _followed(instructions, handed, pc)
        if state is not None or len(handed) == known:
            return state
    return None


def _followed(instructions: list[Any], handed: dict[int, StackState], pc: int) -> StackState | None:
    """Return the state at `pc`, None when it is not reached in this pass; collect what jumps hand on."""
    from iced_x86 import FlowControl, Mnemonic, OpKind

    branches = (FlowControl.CONDITIONAL_BRANCH, FlowControl.UNCONDITIONAL_BRANCH)
    ends = (FlowControl.UNCONDITIONAL_BRANCH, FlowControl.INDIRECT_BRANCH, FlowControl.RETURN)
    state: StackState | None = StackState(0, None, {})
    for instruction in instructions:
        if state is None:
            state = handed.get(instruction.ip)
        if instruction.ip == pc and state is not None:
            return state
        if instruction.is_invalid or instruction.mnemonic == Mnemonic.INT3:
            state = None
        if state is None:
            continue
        state = _stack_effect(instruction, state)
        flow = instruction.flow_control
        if flow in branches and instruction.op0_kind == OpKind.NEAR_BRANCH64:
            handed.setdefault(instruction.near_branch_target, state)
        if flow in ends:
            state = None
    # A call that never returns may be the last instruction, with `pc` behind it.
    return state if instructions and instructions[-1].next_ip == pc else None


@functools.cache
def _readers() -> frozenset[int]:
    """Return the mnemonics that only look at their first operand."""
    from iced_x86 import Mnemonic

    return frozenset((Mnemonic.CMP, Mnemonic.TEST, Mnemonic.PUSH, Mnemonic.BT))


@functools.cache
def _callee_saved() -> dict[int, int]:
    """Return iced's registers that a function gives back, with their DWARF numbers."""
    from iced_x86 import Register

    return {getattr(Register, DWARF[number].upper()): number for number in CALLEE_SAVED}


def _stack_effect(instruction: Any, state: StackState) -> StackState:
    """Return the state after an instruction that does not jump."""
    from iced_x86 import FlowControl, Mnemonic, OpKind, Register

    if instruction.flow_control in (FlowControl.CALL, FlowControl.INDIRECT_CALL):
        return state  # it comes back with the stack as it was
    depth, frame, saved = state
    change = instruction.stack_pointer_increment
    mnemonic, first = instruction.mnemonic, instruction.op0_register
    pushed = _callee_saved().get(first)
    if mnemonic == Mnemonic.LEAVE:
        saved = {number: at for number, at in saved.items() if number != DWARF_RBP}
        return StackState(None if frame is None else frame - 8, None, saved)
    if mnemonic == Mnemonic.PUSH and pushed is not None and depth is not None and pushed not in saved:
        saved = {**saved, pushed: depth + 8}
    if mnemonic == Mnemonic.POP and pushed is not None and saved.get(pushed) == depth:
        saved = {number: at for number, at in saved.items() if number != pushed}
    if change:
        frame = None if mnemonic == Mnemonic.POP and first == Register.RBP else frame
        return StackState(None if depth is None else depth - change, frame, saved)
    if first == Register.RSP and instruction.op0_kind == OpKind.REGISTER:
        return StackState(_new_depth(instruction, depth, frame), frame, saved)
    if first in (Register.RBP, Register.EBP) and mnemonic not in _readers():
        copies = mnemonic == Mnemonic.MOV and instruction.op1_register == Register.RSP
        return StackState(depth, depth if copies else None, saved)
    return state


def _new_depth(instruction: Any, depth: int | None, frame: int | None) -> int | None:
    """Return the depth after an instruction whose first operand is rsp."""
    from iced_x86 import Mnemonic, OpKind, Register

    mnemonic = instruction.mnemonic
    if mnemonic in _readers():
        return depth
    immediate = instruction.op1_kind in (OpKind.IMMEDIATE8TO64, OpKind.IMMEDIATE32TO64)
    if mnemonic in (Mnemonic.SUB, Mnemonic.ADD) and immediate and depth is not None:
        value: int = instruction.immediate(1)
        value -= 1 << 64 if value >> 63 else 0
        return depth + (value if mnemonic == Mnemonic.SUB else -value)
    if mnemonic == Mnemonic.MOV and instruction.op1_register == Register.RBP:
        return frame
    if mnemonic == Mnemonic.LEA and instruction.memory_index == Register.NONE:
        distance: int = instruction.memory_displacement
        distance -= 1 << 64 if distance >> 63 else 0
        base = {Register.RSP: depth, Register.RBP: frame}.get(instruction.memory_base)
        return None if base is None else base - distance
    return None
