"""Call-frame instructions, run into the rules that find the caller's registers at one address.

Source: DWARF 5 §6.4.2 and §6.4.3; LSB Core, "DWARF Extensions" for the GNU operations.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from trapline.arch.x86_64 import CALLEE_SAVED, DWARF_RIP, DWARF_RSP
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.dwarf.encoding import U16, U32, U64, sleb, uleb

UNDEFINED, SAME, OFFSET, VALUE_OFFSET, REGISTER, EXPRESSION, VALUE_EXPRESSION = range(7)
"""Kinds of rules.  Source: DWARF 5 §6.4.1."""

_KEPT = frozenset((*CALLEE_SAVED, DWARF_RSP, DWARF_RIP))

_STEPS = 200_000
_DEPTH = 512
"""Nested remembered states; compilers nest one or two."""
_REGISTERS = 1024
"""Register numbers; x86-64 has 130.  A file that names more would only fill memory."""


class Rule(NamedTuple):
    """How one register of the caller is found.

    `value` is an offset from the CFA in bytes (OFFSET: stored there; VALUE_OFFSET: the sum itself), a
    DWARF register number (REGISTER), or an expression over a stack that begins with the CFA
    (EXPRESSION: gives the address where it is stored; VALUE_EXPRESSION: gives the value itself).
    """

    kind: int
    offset: int = 0
    expression: bytes = b""


class Row:
    """What unwinding needs at file addresses `start` to `end` (exclusive).

    The CFA is `cfa_register` + `cfa_offset`, or what `cfa_expression` gives where that is not None.
    `rules` is keyed by DWARF register number; a register without a rule is as the ABI says.
    `saved` are the OFFSET rules once more, as pairs of register and offset from the CFA, `special` the
    other rules; `saves_scratch` says that some rule is for a register that a call may change.  `is_plain`
    says that the CFA is at a distance from a register, what is saved (the return address is) at distances
    from the CFA, and that there is nothing else to know.
    """

    __slots__ = (
        "cfa_expression",
        "cfa_offset",
        "cfa_register",
        "end",
        "is_plain",
        "is_signal_frame",
        "return_register",
        "rules",
        "saved",
        "saves_scratch",
        "special",
        "start",
    )

    def __init__(
        self,
        start: int,
        end: int,
        cfa: tuple[int, int] | bytes,
        rules: dict[int, Rule],
        return_register: int,
        is_signal_frame: bool,
    ) -> None:
        self.start = start
        self.end = end
        self.cfa_expression: bytes | None = None
        self.cfa_register = self.cfa_offset = 0
        if isinstance(cfa, bytes):
            self.cfa_expression = cfa
        else:
            self.cfa_register, self.cfa_offset = cfa
        self.rules = rules
        self.return_register = return_register
        self.is_signal_frame = is_signal_frame
        self.saved = tuple((number, rule.offset) for number, rule in rules.items() if rule.kind == OFFSET)
        self.special = tuple((number, rule) for number, rule in rules.items() if rule.kind != OFFSET)
        self.saves_scratch = not _KEPT.issuperset(rules)
        self.is_plain = (
            self.cfa_expression is None
            and not (self.special or self.saves_scratch or is_signal_frame)
            and return_register in rules
        )

    def __repr__(self) -> str:
        return f"<Row {self.start:#x}-{self.end:#x}>"


class Program(NamedTuple):
    """One function's instructions (`initial` from its CIE, `body` from its FDE) and what they are in.

    `pointer` reads the operand of DW_CFA_set_loc: (bytes, at) -> (file address, next).
    """

    start: int
    end: int
    initial: bytes
    body: bytes
    code_align: int
    data_align: int
    return_register: int
    is_signal_frame: bool
    pointer: Callable[[bytes, int], tuple[int, int]]


class _State:
    """The rules while instructions run."""

    __slots__ = ("begin", "cfa", "data_align", "location", "program", "remembered", "rules", "steps")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.data_align = program.data_align
        self.location = program.start
        self.cfa: tuple[int, int] | bytes | None = None
        self.rules: dict[int, Rule] = {}
        self.begin: dict[int, Rule] = {}
        self.remembered: list[tuple[tuple[int, int] | bytes | None, dict[int, Rule]]] = []
        self.steps = 0

    def row(self, end: int) -> Row:
        if self.cfa is None:
            raise BadData("no rule for the CFA")
        program = self.program
        return Row(
            self.location,
            end,
            self.cfa,
            dict(self.rules),
            program.return_register,
            program.is_signal_frame,
        )


def rows(program: Program) -> Iterator[Row]:
    """Yield the rows of a function in order of address; together they cover [start, end).

    Raises:
        BadData: an instruction is unknown, cut off, or makes no sense.
    """
    state = _State(program)
    for _ in _run(state, program.initial):
        raise BadData("a CIE moves the location")
    state.begin = dict(state.rules)
    for location in _run(state, program.body):
        location = min(location, program.end)
        if location > state.location:
            yield state.row(location)
            state.location = location
        if location >= program.end:
            return
    if state.location < program.end:
        yield state.row(program.end)


def row_at(program: Program, address: int) -> Row:
    """Return the row of a file address inside the function.

    Raises:
        BadData: an instruction is unknown, cut off, or makes no sense.
    """
    state = _State(program)
    for _ in _run(state, program.initial):
        raise BadData("a CIE moves the location")
    state.begin = dict(state.rules)
    for location in _run(state, program.body):
        if location > address:
            return state.row(min(location, program.end))
        state.location = location
    return state.row(program.end)


def _run(state: _State, code: bytes) -> Iterator[int]:
    """Run instructions; yield each new location before it is taken (the rules are still the old ones)."""
    try:
        yield from _steps(state, code)
    except (IndexError, struct.error):
        raise BadData("call-frame instructions are cut off") from None


def _steps(state: _State, code: bytes) -> Iterator[int]:
    at, size = 0, len(code)
    align, data_align = state.program.code_align, state.data_align
    location = state.location
    while at < size:
        state.steps += 1
        if state.steps > _STEPS:
            raise BadData(f"more than {_STEPS} call-frame instructions in one function")
        op = code[at]
        at += 1
        high = op & 0xC0
        if high == 0x40:  # DW_CFA_advance_loc
            location += (op & 0x3F) * align
            yield location
        elif high == 0x80:  # DW_CFA_offset
            value, at = uleb(code, at)
            state.rules[op & 0x3F] = Rule(OFFSET, value * data_align)
        elif high == 0xC0:  # DW_CFA_restore
            _restore(state, op & 0x3F)
        elif op == 0x01:  # DW_CFA_set_loc
            location, at = state.program.pointer(code, at)
            yield location
        elif op in _ADVANCES:
            width, read = _ADVANCES[op]
            location += read(code, at)[0] * align
            at += width
            yield location
        else:
            action = _ACTIONS.get(op)
            if action is None:
                raise BadData(f"unknown call-frame instruction {op:#04x}")
            at = action(state, code, at)


_ADVANCES = {
    0x02: (1, struct.Struct("<B").unpack_from),
    0x03: (2, U16),
    0x04: (4, U32),
    0x1D: (8, U64),  # DW_CFA_MIPS_advance_loc8
}


def _number(code: bytes, at: int) -> tuple[int, int]:
    number, at = uleb(code, at)
    if number >= _REGISTERS:
        raise BadData(f"register number {number}")
    return number, at


def _block(code: bytes, at: int) -> tuple[bytes, int]:
    size, at = uleb(code, at)
    if at + size > len(code):
        raise BadData("an expression is cut off")
    return code[at : at + size], at + size


def _restore(state: _State, number: int) -> None:
    rule = state.begin.get(number)
    if rule is None:
        state.rules.pop(number, None)
    else:
        state.rules[number] = rule


def _plain_cfa(state: _State) -> tuple[int, int]:
    if not isinstance(state.cfa, tuple):
        raise BadData("the CFA has no register and offset that could be changed")
    return state.cfa


# Each action runs one instruction whose operands are at `at`, and returns where the next one is.


def _nop(state: _State, code: bytes, at: int) -> int:
    return at


def _offset_extended(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    value, at = uleb(code, at)
    state.rules[number] = Rule(OFFSET, value * state.data_align)
    return at


def _offset_extended_sf(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    value, at = sleb(code, at)
    state.rules[number] = Rule(OFFSET, value * state.data_align)
    return at


def _negative_offset_extended(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    value, at = uleb(code, at)
    state.rules[number] = Rule(OFFSET, -value * state.data_align)
    return at


def _value_offset(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    value, at = uleb(code, at)
    state.rules[number] = Rule(VALUE_OFFSET, value * state.data_align)
    return at


def _value_offset_sf(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    value, at = sleb(code, at)
    state.rules[number] = Rule(VALUE_OFFSET, value * state.data_align)
    return at


def _restore_extended(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    _restore(state, number)
    return at


def _undefined(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    state.rules[number] = Rule(UNDEFINED)
    return at


def _same_value(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    state.rules[number] = Rule(SAME)
    return at


def _register(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    source, at = _number(code, at)
    state.rules[number] = Rule(REGISTER, source)
    return at


def _expression(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    block, at = _block(code, at)
    state.rules[number] = Rule(EXPRESSION, 0, block)
    return at


def _value_expression(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    block, at = _block(code, at)
    state.rules[number] = Rule(VALUE_EXPRESSION, 0, block)
    return at


def _remember_state(state: _State, code: bytes, at: int) -> int:
    if len(state.remembered) >= _DEPTH:
        raise BadData(f"more than {_DEPTH} remembered states")
    state.remembered.append((state.cfa, dict(state.rules)))
    return at


def _restore_state(state: _State, code: bytes, at: int) -> int:
    if not state.remembered:
        raise BadData("a state is restored that was not remembered")
    # The CFA comes back too, as every producer and unwinder has it, though the standard does not say so.
    state.cfa, state.rules = state.remembered.pop()
    return at


def _def_cfa(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    offset, at = uleb(code, at)
    state.cfa = number, offset
    return at


def _def_cfa_sf(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    offset, at = sleb(code, at)
    state.cfa = number, offset * state.data_align
    return at


def _def_cfa_register(state: _State, code: bytes, at: int) -> int:
    number, at = _number(code, at)
    state.cfa = number, _plain_cfa(state)[1]
    return at


def _def_cfa_offset(state: _State, code: bytes, at: int) -> int:
    offset, at = uleb(code, at)
    state.cfa = _plain_cfa(state)[0], offset
    return at


def _def_cfa_offset_sf(state: _State, code: bytes, at: int) -> int:
    offset, at = sleb(code, at)
    state.cfa = _plain_cfa(state)[0], offset * state.data_align
    return at


def _def_cfa_expression(state: _State, code: bytes, at: int) -> int:
    state.cfa, at = _block(code, at)
    return at


def _args_size(state: _State, code: bytes, at: int) -> int:
    # What the caller pushed matters to those who unwind for exceptions, not to those who look.
    return uleb(code, at)[1]


_ACTIONS: dict[int, Callable[[_State, bytes, int], int]] = {
    0x00: _nop,
    0x05: _offset_extended,
    0x06: _restore_extended,
    0x07: _undefined,
    0x08: _same_value,
    0x09: _register,
    0x0A: _remember_state,
    0x0B: _restore_state,
    0x0C: _def_cfa,
    0x0D: _def_cfa_register,
    0x0E: _def_cfa_offset,
    0x0F: _def_cfa_expression,
    0x10: _expression,
    0x11: _offset_extended_sf,
    0x12: _def_cfa_sf,
    0x13: _def_cfa_offset_sf,
    0x14: _value_offset,
    0x15: _value_offset_sf,
    0x16: _value_expression,
    0x2E: _args_size,
    0x2F: _negative_offset_extended,
}
