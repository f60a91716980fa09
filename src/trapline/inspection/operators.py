"""Python's operators on values: each is the language's, computed by `arithmetic`."""

from __future__ import annotations

import math

from trapline.base.typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from trapline.inspection.value import Value


class Operators:
    """What makes `value + 1` and `value < other` work; `Value` is the only class with it."""

    __slots__ = ()

    __hash__ = None  # type: ignore[assignment]  # equality compares contents, which may change

    def _binary(self, operator: str, other: object, *, swapped: bool = False) -> Any:
        from trapline.inspection import arithmetic

        own = cast("Value", self)
        operand = arithmetic.operand(own, other)
        if operand is None:
            return NotImplemented
        if swapped:
            return arithmetic.binary(operator, operand, own)
        return arithmetic.binary(operator, own, operand)

    def _unary(self, operator: str) -> Value:
        from trapline.inspection import arithmetic

        return arithmetic.unary(operator, cast("Value", self))

    def __add__(self, other: object) -> Any:
        return self._binary("+", other)

    def __radd__(self, other: object) -> Any:
        return self._binary("+", other, swapped=True)

    def __sub__(self, other: object) -> Any:
        return self._binary("-", other)

    def __rsub__(self, other: object) -> Any:
        return self._binary("-", other, swapped=True)

    def __mul__(self, other: object) -> Any:
        return self._binary("*", other)

    def __rmul__(self, other: object) -> Any:
        return self._binary("*", other, swapped=True)

    def __truediv__(self, other: object) -> Any:
        """Divide as the language does: integers give the integer nearer to zero."""
        return self._binary("/", other)

    def __rtruediv__(self, other: object) -> Any:
        return self._binary("/", other, swapped=True)

    __floordiv__ = __truediv__
    __rfloordiv__ = __rtruediv__

    def __mod__(self, other: object) -> Any:
        """Return the remainder with the sign of the left side, as the language does."""
        return self._binary("%", other)

    def __rmod__(self, other: object) -> Any:
        return self._binary("%", other, swapped=True)

    def __and__(self, other: object) -> Any:
        return self._binary("&", other)

    def __rand__(self, other: object) -> Any:
        return self._binary("&", other, swapped=True)

    def __or__(self, other: object) -> Any:
        return self._binary("|", other)

    def __ror__(self, other: object) -> Any:
        return self._binary("|", other, swapped=True)

    def __xor__(self, other: object) -> Any:
        return self._binary("^", other)

    def __rxor__(self, other: object) -> Any:
        return self._binary("^", other, swapped=True)

    def __lshift__(self, other: object) -> Any:
        return self._binary("<<", other)

    def __rlshift__(self, other: object) -> Any:
        return self._binary("<<", other, swapped=True)

    def __rshift__(self, other: object) -> Any:
        return self._binary(">>", other)

    def __rrshift__(self, other: object) -> Any:
        return self._binary(">>", other, swapped=True)

    def __neg__(self) -> Value:
        return self._unary("-")

    def __pos__(self) -> Value:
        return self._unary("+")

    def __invert__(self) -> Value:
        return self._unary("~")

    def __abs__(self) -> Value:
        return -self if self < 0 else cast("Value", self)

    def _compare(self, operator: str, other: object) -> Any:
        from trapline.inspection import arithmetic

        return arithmetic.compare(operator, cast("Value", self), other)

    def __eq__(self, other: object) -> Any:
        """Whether the contents are equal: beside a value as the language has it, else as Python does."""
        return self._compare("==", other)

    def __ne__(self, other: object) -> Any:
        return self._compare("!=", other)

    def __lt__(self, other: object) -> Any:
        return self._compare("<", other)

    def __le__(self, other: object) -> Any:
        return self._compare("<=", other)

    def __gt__(self, other: object) -> Any:
        return self._compare(">", other)

    def __ge__(self, other: object) -> Any:
        return self._compare(">=", other)

    def __round__(self, digits: int | None = None) -> Any:
        number = self._number()
        return round(number) if digits is None else round(number, digits)

    def __trunc__(self) -> int:
        return int(cast("Value", self))

    def __floor__(self) -> int:
        return math.floor(self._number())

    def __ceil__(self) -> int:
        return math.ceil(self._number())

    def __divmod__(self, other: object) -> Any:
        """Return quotient and remainder as the language has them."""
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def _number(self) -> int | float:
        """Return an integer as it is, any other number as a float."""
        from trapline.inspection import scalars

        own = cast("Value", self).held()
        found = scalars.number(own)
        return found if isinstance(found, int) else float(own)
