"""Where code goes: its branches, its calls and its ends.

Source: Intel SDM 2.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from trapline.arch import encodings
from trapline.arch.encodings import Step
from trapline.base.fact import NamedTuple


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
