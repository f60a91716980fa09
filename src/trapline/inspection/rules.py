"""Which rules hold where: rows of call-frame information at load addresses, kept while a stack lives."""

from __future__ import annotations

from trapline.arch import x86_64
from trapline.base.address import LoadAddress
from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.rows import OFFSET, Row, Rule

if TYPE_CHECKING:
    from trapline.inspection.space import Space

_FIRST_PAGE = 4096

SIGNAL = Row(
    0,
    0,
    (x86_64.DWARF_RSP, 0),
    {number: Rule(OFFSET, at) for number, at in x86_64.SIGNAL_CONTEXT.items()},
    x86_64.DWARF_RIP,
    True,
)
"""How the kernel's signal frame is left: every register is in it."""


class RuleTable:
    """The rows of all modules, by load address.

    `problem` is what was wrong with call-frame information that could not be used, else None.
    """

    __slots__ = ("_space", "at_pc", "behind_calls", "problem")

    def __init__(self, space: Space) -> None:
        self._space = space
        self.problem: str | None = None
        self.at_pc: dict[int, Row | None] = {}
        self.behind_calls: dict[int, Row | None] = {}

    def at(self, pc: int) -> Row | None:
        """Return the rules at the next instruction to run; None where there are none."""
        if pc not in self.at_pc:
            row = self._row(pc)
            self.at_pc[pc] = SIGNAL if row is None and self.is_trampoline(pc) else row
        return self.at_pc[pc]

    def behind_call(self, pc: int) -> Row | None:
        """Return the rules at the call that a return address is of; None where there are none.

        A signal handler returns to the trampoline's first instruction, and before that is another function.
        """
        if pc not in self.behind_calls:
            row = self._row(pc - 1)
            if (row is None or self._ends(row, pc)) and self.is_trampoline(pc):
                row = SIGNAL
            self.behind_calls[pc] = row
        return self.behind_calls[pc]

    def is_trampoline(self, pc: int) -> bool:
        """Whether a signal handler returns to the code at a load address, by that code."""
        if pc < _FIRST_PAGE:
            return False
        after = self._space.memory_at(pc, 9)
        return x86_64.in_sigreturn(self._space.memory_at(pc - 7, 7), after)

    def _row(self, place: int) -> Row | None:
        module = self._space.module_at(place)
        if module is None or (frames := module.call_frames) is None:
            return None
        try:
            return frames.row(module.to_file(LoadAddress(place)))
        except BadData as error:
            self.problem = str(error)
            return None

    def _ends(self, row: Row, pc: int) -> bool:
        module = self._space.module_at(pc - 1)
        return module is not None and module.to_file(LoadAddress(pc)) == row.end
