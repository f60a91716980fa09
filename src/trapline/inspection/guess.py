"""How a caller is found where there is no call-frame information.

Each way gives a `Row` like those of call-frame information, so that unwinding has one machine.  From the
surest to the least sure: what the instructions since the function's entry did
to the stack; the frame pointer; the first word of the stack that looks like a return address.  A row is
believed only where it leads to one: code, right behind a call.
"""

from __future__ import annotations

from trapline.arch import x86_64
from trapline.base.errors import MemoryFault
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.rows import OFFSET, SAME, Row, Rule
from trapline.inspection.activation import (
    BY_FRAME_POINTER,
    BY_GUESS,
    BY_INSTRUCTIONS,
    OUTERMOST,
    Activation,
    Words,
)

if TYPE_CHECKING:
    from trapline.inspection.rules import RuleTable
    from trapline.inspection.space import Space
    from trapline.symbols.module import Symbol

_RBP, _RSP, _RIP = x86_64.DWARF_RBP, x86_64.DWARF_RSP, x86_64.DWARF_RIP
_RETURN = Rule(OFFSET, -8)
_LONGEST_FUNCTION = 1 << 16
_SCANNED = 256
"""Words of the stack that the last resort looks at."""
_FIRST_FUNCTIONS = ("_start", "_start_c", "__clone", "_dlstart")


def _row(cfa: tuple[int, int], rules: dict[int, Rule]) -> Row:
    return Row(0, 0, cfa, rules, _RIP, False)


_ON_TOP = _row((_RSP, 8), {number: Rule(SAME) for number in range(_RIP) if number != _RSP} | {_RIP: _RETURN})
"""Nothing has been done since the call: every register is still the caller's."""
_FRAME_POINTER = _row((_RBP, 16), {_RBP: Rule(OFFSET, -16), _RIP: _RETURN})


class Guess:
    """The ways to find a caller without rules; `reason` says why there is none, after a failure."""

    __slots__ = ("_made", "_rules", "_space", "_words", "reason")

    def __init__(self, space: Space, words: Words, rules: RuleTable) -> None:
        self._space = space
        self._rules = rules
        self._words = words
        self._made: dict[int, Row | None] = {}
        self.reason = OUTERMOST

    def find(self, frame: Activation) -> tuple[Row, str] | None:
        """Return the row for a frame that has no rules, and how sure it is; None: `reason` says why."""
        pc = frame.pc
        if frame.is_exact and not self._space.is_code(pc):
            if self._leads_to_code(frame, _ON_TOP):
                return _ON_TOP, BY_INSTRUCTIONS
            self.reason = f"{pc:#x} is not code, and no return address is on top of the stack"
            return None
        return self._by_instructions(frame) or self._by_frame_pointer(frame) or self._by_scan(frame)

    # -- the ways ----------------------------------------------------------------------------------

    def _by_instructions(self, frame: Activation) -> tuple[Row, str] | None:
        symbol = self._symbol(frame)
        if symbol is None:
            at_return = frame.is_exact and self._space.memory_at(frame.pc, 1) == b"\xc3"
            return (_ON_TOP, BY_INSTRUCTIONS) if at_return and self._leads_to_code(frame, _ON_TOP) else None
        start = symbol.address
        if start == frame.pc and frame.is_exact:
            return (_ON_TOP, BY_INSTRUCTIONS) if self._leads_to_code(frame, _ON_TOP) else None
        row = self._made_row(symbol, frame.pc)
        return (row, BY_INSTRUCTIONS) if row is not None and self._leads_to_code(frame, row) else None

    def _made_row(self, symbol: Symbol, pc: int) -> Row | None:
        """Return the row that a function's instructions give at a pc; kept, as recursion asks again."""
        if pc not in self._made:
            self._made[pc] = self._row_from_code(symbol.address, symbol.size, pc)
        return self._made[pc]

    def _row_from_code(self, start: int, size: int, pc: int) -> Row | None:
        from trapline.arch.stack_state import stack_at

        size = max(min(size, _LONGEST_FUNCTION), pc - start)
        state = stack_at(self._space.memory_at(start, size), start, pc)
        if state is None or (state.depth is None and state.frame is None):
            return None
        cfa = (_RSP, state.depth + 8) if state.depth is not None else (_RBP, (state.frame or 0) + 8)
        rules = {number: Rule(OFFSET, -8 - below) for number, below in state.saved.items()}
        return _row(cfa, rules | {_RIP: _RETURN})

    def _symbol(self, frame: Activation) -> Symbol | None:
        """Return the symbol that says where the function begins."""
        symbol = self._space.symbol_at(frame.place)
        if symbol is None or frame.pc - symbol.address > _LONGEST_FUNCTION:
            return None
        return symbol

    def _by_frame_pointer(self, frame: Activation) -> tuple[Row, str] | None:
        base, top = frame.known.get(_RBP), frame.known.get(_RSP, 0)
        if base is None or base < top or base & 7:
            return None
        return (_FRAME_POINTER, BY_FRAME_POINTER) if self._leads_to_code(frame, _FRAME_POINTER) else None

    def _by_scan(self, frame: Activation) -> tuple[Row, str] | None:
        if self._is_first(frame):
            self.reason = OUTERMOST
            return None
        top = frame.known[_RSP]
        for number in range(_SCANNED):
            address = top + 8 * number
            try:
                word = self._words.word(address)
            except MemoryFault:
                break
            if self._is_return_address(word):
                return _row((_RSP, 8 * number + 8), {_RIP: _RETURN}), BY_GUESS
        self.reason = "no call-frame information, no frame pointer, and no return address in sight"
        return None

    def _is_first(self, frame: Activation) -> bool:
        """Whether the frame is that of code which nobody called."""
        if frame.known.get(_RBP) == 0:  # so the ABI has it for the outermost frame
            return True
        symbol = self._space.symbol_at(frame.place)
        return symbol is not None and symbol.name in _FIRST_FUNCTIONS

    # -- checks ------------------------------------------------------------------------------------

    def _leads_to_code(self, frame: Activation, row: Row) -> bool:
        base = frame.known.get(row.cfa_register)
        if base is None:
            return False
        try:
            return self._is_return_address(self._words.word(base + row.cfa_offset - 8))
        except MemoryFault:
            return False

    def _is_return_address(self, address: int) -> bool:
        if address < 4096 or not self._space.is_code(address - 1):
            return False
        return x86_64.ends_in_call(self._space.memory_at(address - 7, 7)) or self._rules.is_trampoline(
            address
        )
