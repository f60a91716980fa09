"""What a function has done to the stack, from its instructions: for code that says nothing of it.

Source: Intel SDM 2.
"""

from __future__ import annotations

import functools

from trapline.arch.x86_64 import CALLEE_SAVED, DWARF, DWARF_RBP
from trapline.base.fact import NamedTuple
from trapline.base.typing import Any

_PASSES = 4


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
