"""What the expressions of call-frame information may ask: registers of the inner frame, and memory."""

from __future__ import annotations

from trapline.arch import x86_64
from trapline.base.errors import ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.expression import BareContext, evaluate_address

if TYPE_CHECKING:
    from trapline.inspection.activation import Activation
    from trapline.inspection.space import Space


class RuleContext(BareContext):
    """A frame whose caller is being looked for.  Source: DWARF 5 §6.4.2, excluded operations."""

    def __init__(self, frame: Activation, space: Space) -> None:
        self._known = frame.known
        self._space = space

    def register(self, number: int) -> int:
        """Return a register of the frame."""
        try:
            return self._known[number]
        except KeyError:
            name = x86_64.DWARF.get(number, f"register {number}")
            raise ValueUnavailable(f"{name} is not known in this frame") from None

    def read(self, address: int, size: int) -> bytes:
        """Return memory of the inferior."""
        return self._space.read(address, size)


def evaluate_rule(expression: bytes, frame: Activation, space: Space, initial: tuple[int, ...]) -> int:
    """Return what an expression of call-frame information gives.

    Raises:
        ValueUnavailable: it needs a register that is not known.
        BadData: it is broken.
        MemoryFault: it reads memory that is not there.
    """
    return evaluate_address(expression, RuleContext(frame, space), initial)
