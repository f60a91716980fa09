"""Where members are whose place only an expression over the object tells: as a rule virtual bases."""

from __future__ import annotations

from trapline.base.errors import BadData, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.expression import BareContext, evaluate_address
from trapline.inspection.storage import MemoryStorage

if TYPE_CHECKING:
    from trapline.inspection.storage import Program


class _ObjectContext(BareContext):
    """What an expression about a member may ask: memory, and the object that it is a member of."""

    def __init__(self, program: Program, address: int) -> None:
        self.object_address = address
        self._memory = MemoryStorage(program, 0)

    def read(self, address: int, size: int) -> bytes:
        """Return memory."""
        return self._memory.read(address, size)


def computed_offset(program: Program, address: int, expression: bytes) -> int:
    """Return the offset of a member whose place an expression computes from the object's load address.

    Raises:
        ValueUnavailable: memory on the way is unreadable, or the expression is broken.
    """
    try:
        return evaluate_address(expression, _ObjectContext(program, address), [address]) - address
    except BadData as error:
        raise ValueUnavailable(str(error)) from None
