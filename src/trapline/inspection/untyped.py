"""The types of variables and functions that only ELF symbols know, in gdb's words."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.symbols.types import BaseType, FunctionType

if TYPE_CHECKING:
    from trapline.inspection.value import Value


class UntypedData(BaseType):
    """The type of a variable that only ELF symbols know; its value wants a cast."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        super().__init__("<data variable, no debug info>", min(size, 8) or 4, scalars.ATE_SIGNED)


class UntypedFunction(FunctionType):
    """The type of a function that only ELF symbols know: whatever it gives is taken for 64 bits.

    `is_indirect` says that it is an IFUNC's resolver, which gives the function's address.
    """

    __slots__ = ("is_indirect",)

    def __init__(self, is_indirect: bool = False) -> None:
        super().__init__(arithmetic.integer_type(8, True), [], is_prototyped=False, is_variadic=True)
        self.is_indirect = is_indirect

    def declare(self, inner: str) -> str:
        """Return what gdb says of it."""
        kind = "gnu-indirect-function variable" if self.is_indirect else "variable"
        return f"<text {kind}, no debug info>{' ' + inner if inner else ''}"


def is_untyped(value: Value) -> bool:
    """Whether only ELF symbols know a value: its type says so."""
    return isinstance(value.type, (UntypedData, UntypedFunction))


def is_indirect(value: Value) -> bool:
    """Whether a value is an IFUNC's resolver, which gives the function's address."""
    return isinstance(value.type, UntypedFunction) and value.type.is_indirect
