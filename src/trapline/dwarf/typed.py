"""Values of a base type on the expression stack, and arithmetic on them.

Integers are exact at any size; 4- and 8-byte floats are computed as Python computes; other floats are
carried, and computing with them is refused rather than rounded.

Source: DWARF 5 §2.5.1, §2.5.1.6 (type conversions).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import BadData, ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.base.typing import TypeAlias

_BOOLEAN, _FLOAT, _SIGNED, _SIGNED_CHAR = 0x02, 0x04, 0x05, 0x06
_ADDRESS, _UNSIGNED, _UNSIGNED_CHAR, _UTF, _UCS, _ASCII = 0x01, 0x07, 0x08, 0x10, 0x11, 0x12
_INTEGERS = frozenset(
    (_ADDRESS, _BOOLEAN, _SIGNED, _SIGNED_CHAR, _UNSIGNED, _UNSIGNED_CHAR, _UTF, _UCS, _ASCII)
)
_FLOATS = {4: struct.Struct("<f"), 8: struct.Struct("<d")}


class Typed(NamedTuple):
    """A value of a base type: its DW_ATE_* encoding and its bytes, little-endian."""

    encoding: int
    data: bytes

    @property
    def is_signed(self) -> bool:
        """Whether it is a signed integer."""
        return self.encoding in (_SIGNED, _SIGNED_CHAR)


Number: TypeAlias = int | float
_Entry: TypeAlias = int | Typed


def number(value: _Entry) -> Number:
    """Return the number that a value is.

    Raises:
        ValueUnavailable: a type that is not computed with.
    """
    if isinstance(value, int):
        return value
    if value.encoding in _INTEGERS:
        return int.from_bytes(value.data, "little", signed=value.is_signed)
    form = _FLOATS.get(len(value.data))
    if value.encoding != _FLOAT or form is None:
        raise ValueUnavailable(
            f"it is computed in a type of encoding {value.encoding} and {len(value.data)} bytes"
        )
    found: float = form.unpack(value.data)[0]
    return found


def integer(value: _Entry) -> int:
    """Return an integer value, wrapped to 64 bits.

    Raises:
        BadData: it is none.
    """
    found = number(value)
    if isinstance(found, float):
        raise BadData("a DWARF expression uses a float as an address")
    return found & ADDRESS_MASK


def make(encoding: int, size: int, value: Number) -> Typed:
    """Return a number as a value of a type, wrapped or rounded as the type asks.

    Raises:
        ValueUnavailable: the type is not computed with, or cannot hold the number.
    """
    if encoding in _INTEGERS:
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueUnavailable("it is computed from a float that is no number")
            value = int(value)
        return Typed(encoding, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))
    form = _FLOATS.get(size)
    if encoding != _FLOAT or form is None:
        raise ValueUnavailable(f"it is computed in a type of encoding {encoding} and {size} bytes")
    try:
        return Typed(encoding, form.pack(float(value)))
    except OverflowError:
        return Typed(encoding, form.pack(math.copysign(math.inf, value)))


def raw(value: _Entry, size: int) -> bytes:
    """Return the bytes of a value, which must be `size` of them.

    Raises:
        BadData: it has another size.
    """
    data = value.to_bytes(8, "little") if isinstance(value, int) else value.data
    if len(data) != size:
        raise BadData(f"{len(data)} bytes are reinterpreted as {size}")
    return data


def convert(value: _Entry, encoding: int, size: int) -> Typed:
    """Return a value as another type has it; the same type is kept bit by bit."""
    if isinstance(value, Typed) and value.encoding == encoding and len(value.data) == size:
        return value
    return make(encoding, size, number(value))


def to_generic(value: _Entry) -> int:
    """Return a value as the generic type has it."""
    found = number(value)
    if isinstance(found, float):
        if not math.isfinite(found):
            raise ValueUnavailable("it is computed from a float that is no number")
        found = int(found)
    return found & ADDRESS_MASK


def is_true(value: Typed) -> bool:
    """Whether a value is not zero."""
    return number(value) != 0


def plus_constant(value: Typed, constant: int) -> Typed:
    """Return a value plus a constant, in its type."""
    return make(value.encoding, len(value.data), number(value) + (constant & ADDRESS_MASK))


def unary(name: str, value: Typed) -> Typed:
    """Return `abs`, `neg` or `not` of a value."""
    found = number(value)
    if name == "abs":
        found = abs(found)
    elif name == "neg":
        found = -found
    else:
        found = ~_whole(found)
    return make(value.encoding, len(value.data), found)


def binary(name: str, left: _Entry, right: _Entry) -> _Entry:
    """Return an operation of two values of one type; a comparison gives a generic 0 or 1.

    Raises:
        BadData: their types differ, or do not have the operation.
        ValueUnavailable: a division by zero, or a type that is not computed with.
    """
    if name in ("shl", "shr", "shra"):
        return _shift(name, left, right)
    if not isinstance(left, Typed) or not isinstance(right, Typed) or _kind(left) != _kind(right):
        raise BadData("a DWARF expression mixes types")
    first, second = number(left), number(right)
    if name in _COMPARISONS:
        return int(_COMPARISONS[name](first, second))
    return make(left.encoding, len(left.data), _ARITHMETIC[name](first, second))


def _kind(value: Typed) -> tuple[int, int]:
    return value.encoding, len(value.data)


def _shift(name: str, left: _Entry, right: _Entry) -> _Entry:
    first, count = _whole(number(left)), _whole(number(right))
    if isinstance(left, int):
        encoding, size = _UNSIGNED, 8
    else:
        encoding, size = left.encoding, len(left.data)
    bits = 8 * size
    unsigned = first & (1 << bits) - 1
    if count < 0:
        raise BadData("a DWARF expression shifts by a negative number")
    if name == "shl":
        shifted = unsigned << count if count < bits else 0
    elif name == "shr":
        shifted = unsigned >> count if count < bits else 0
    else:
        signed = unsigned - (1 << bits) if unsigned >> bits - 1 else unsigned
        shifted = signed >> min(count, bits)
    if isinstance(left, int):
        return shifted & ADDRESS_MASK
    return make(encoding, size, shifted)


def _whole(value: Number) -> int:
    if isinstance(value, float):
        raise BadData("a DWARF expression uses a float as bits")
    return value


def _divide(left: Number, right: Number) -> Number:
    if right == 0:
        raise ValueUnavailable("it is computed by a division by zero")
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = abs(left) // abs(right)
    return -quotient if (left < 0) != (right < 0) else quotient


def _modulo(left: Number, right: Number) -> Number:
    if right == 0:
        raise ValueUnavailable("it is computed by a division by zero")
    first, second = _whole(left), _whole(right)
    rest = abs(first) % abs(second)
    return -rest if first < 0 else rest


_COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    "eq": lambda left, right: left == right,
    "ge": lambda left, right: left >= right,
    "gt": lambda left, right: left > right,
    "le": lambda left, right: left <= right,
    "lt": lambda left, right: left < right,
    "ne": lambda left, right: left != right,
}
_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "and": lambda left, right: _whole(left) & _whole(right),
    "or": lambda left, right: _whole(left) | _whole(right),
    "xor": lambda left, right: _whole(left) ^ _whole(right),
    "plus": lambda left, right: left + right,
    "minus": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "div": _divide,
    "mod": _modulo,
}
