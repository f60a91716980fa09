"""What the bytes of one scalar mean: kinds of types, numbers out of bytes and back.

Source: DWARF 5 §7.8 (base type encodings); Itanium C++ ABI §2.3 (member pointers).
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError, UsageError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import floats
from trapline.symbols.types import (
    ArrayType,
    BaseType,
    EnumType,
    FunctionType,
    MemberPointerType,
    PointerType,
    StructType,
    Type,
    UnspecifiedType,
)

if TYPE_CHECKING:
    from trapline.inspection.value import Value

ATE_ADDRESS, ATE_BOOLEAN, ATE_COMPLEX_FLOAT, ATE_FLOAT, ATE_SIGNED, ATE_SIGNED_CHAR = range(1, 7)
ATE_UNSIGNED, ATE_UNSIGNED_CHAR, ATE_IMAGINARY_FLOAT = range(7, 10)
ATE_DECIMAL_FLOAT, ATE_UTF = 0xF, 0x10
ATE_COMPLEX_INTEGER = 0x80
"""gcc's `DW_ATE_lo_user` for `_Complex int`."""

INTEGER, CHARACTER, BOOLEAN = "integer", "character", "boolean"
FLOAT, COMPLEX, DECIMAL = "float", "complex", "decimal"
ENUM, POINTER, REFERENCE, MEMBER_POINTER, METHOD_POINTER = "enum", "pointer", "reference", "member", "method"
ARRAY, STRUCT, FUNCTION, NOTHING = "array", "struct", "function", "nothing"

_ENCODINGS = {
    ATE_BOOLEAN: BOOLEAN,
    ATE_COMPLEX_FLOAT: COMPLEX,
    ATE_COMPLEX_INTEGER: COMPLEX,
    ATE_FLOAT: FLOAT,
    ATE_IMAGINARY_FLOAT: FLOAT,
    ATE_DECIMAL_FLOAT: DECIMAL,
    ATE_SIGNED_CHAR: CHARACTER,
    ATE_UNSIGNED_CHAR: CHARACTER,
    ATE_UTF: CHARACTER,
}

_NUMBERS = frozenset((INTEGER, CHARACTER, BOOLEAN, ENUM, POINTER))


def kind(type: Type) -> str:
    """Return what sort of value a type has: one of the words above."""
    sort = type.sort
    if sort is None:
        sort = type.sort = _kind(type)
    return sort


def _kind(type: Type) -> str:
    stripped = type.strip()
    if isinstance(stripped, BaseType):
        return _ENCODINGS.get(stripped.encoding, INTEGER)
    if isinstance(stripped, PointerType):
        return REFERENCE if stripped.is_reference else POINTER
    if isinstance(stripped, StructType):
        return STRUCT
    if isinstance(stripped, ArrayType):
        return ARRAY
    if isinstance(stripped, EnumType):
        return ENUM
    if isinstance(stripped, FunctionType):
        return FUNCTION
    if isinstance(stripped, MemberPointerType):
        return METHOD_POINTER if stripped.is_function else MEMBER_POINTER
    if isinstance(stripped, UnspecifiedType) and stripped.size is not None:
        return POINTER  # decltype(nullptr)
    return NOTHING


def is_scalar(type: Type) -> bool:
    """Whether a value of the type is one thing, read at once."""
    return kind(type) not in (STRUCT, ARRAY, FUNCTION, NOTHING) and type.size is not None


def is_reference(type: Type) -> bool:
    """Whether it is a C++ reference."""
    stripped = type.strip()
    return isinstance(stripped, PointerType) and stripped.is_reference


def is_signed(type: Type) -> bool:
    """Whether the highest bit of an integer of the type means a negative number."""
    stripped = type.strip()
    if isinstance(stripped, BaseType):
        return stripped.encoding in (ATE_SIGNED, ATE_SIGNED_CHAR, ATE_COMPLEX_INTEGER)
    if isinstance(stripped, EnumType):
        return any(value < 0 for _, value in stripped.enumerators)
    return isinstance(stripped, MemberPointerType)


def bit_size(type: Type) -> int:
    """Return how many bits of a scalar's bytes count."""
    stripped = type.strip()
    if isinstance(stripped, BaseType) and stripped.bit_size is not None:
        return stripped.bit_size
    return (type.size or 0) * 8


def is_swapped(type: Type) -> bool:
    """Whether the most significant byte is first."""
    stripped = type.strip()
    return isinstance(stripped, BaseType) and stripped.is_big_endian


def is_whole(type: Type) -> bool:
    """Whether all bits of a scalar's bytes count, the least significant byte first."""
    return bit_size(type) == (type.size or 0) * 8 and not is_swapped(type)


def number_in(data: bytes, type: Type) -> int:
    """Return the integer that a scalar's bytes hold."""
    value = int.from_bytes(data, "big" if is_swapped(type) else "little")
    bits = min(bit_size(type), len(data) * 8)
    value &= (1 << bits) - 1
    if bits and value >> (bits - 1) and is_signed(type):
        value -= 1 << bits
    return value


def integer(value: Value) -> int:
    """Return the integer of an integer, character, boolean, enum, pointer or reference (its address).

    Raises:
        EvaluationError: it is something else.
        ValueUnavailable: it has no bytes.
    """
    sort = kind(value.type)
    if sort in _NUMBERS or sort in (REFERENCE, MEMBER_POINTER):
        if value.type.size:
            return number_in(value.contents(), value.type)
    elif sort in (ARRAY, FUNCTION) and value.storage.address is not None:
        return value.storage.address
    raise EvaluationError(f"a value of type {value.type} is not an integer")


def number(value: Value) -> int | float | floats.Number | complex:
    """Return the number of any arithmetic value, exactly; of what a reference refers to.

    Raises:
        EvaluationError: it is not arithmetic.
        ValueUnavailable: it has no bytes.
    """
    value = value.referent()
    sort = kind(value.type)
    if sort == FLOAT:
        form = float_format(value.type)
        data = value.contents()
        found = floats.decode(data[::-1] if is_swapped(value.type) else data, form)
        return float("nan") if found is None else found
    if sort == COMPLEX:
        return to_complex(value)
    if sort == DECIMAL:
        from decimal import Decimal
        from fractions import Fraction

        exact = Decimal(floats.decimal_text(value.contents()))
        return Fraction(exact) if exact.is_finite() else float(exact)
    return integer(value)


def float_format(type: Type) -> floats.FloatFormat:
    """Return how a floating-point type stores numbers."""
    form = floats.format_of(type.size or 0, type.strip().name)
    if form is None:
        raise EvaluationError(f"{type} has {type.size} bytes, which is no known floating-point format")
    return form


def to_int(value: Value) -> int:
    """Return the number without its fraction."""
    found = number(value)
    if isinstance(found, complex):
        raise EvaluationError("a complex number is not an integer; complex() gives it")
    try:
        return int(found)
    except (ValueError, OverflowError):
        raise EvaluationError(f"{float(found)} is not an integer") from None


def to_float(value: Value) -> float:
    """Return the number as a Python float, rounded where it has more digits."""
    found = number(value)
    if isinstance(found, complex):
        raise EvaluationError("a complex number is not real; complex() gives it")
    try:
        return float(found)
    except OverflowError:
        return float("-inf") if found < 0 else float("inf")


def to_complex(value: Value) -> complex:
    """Return a complex number, or a real one as complex."""
    value = value.referent()
    if kind(value.type) != COMPLEX:
        return complex(to_float(value))
    parts = []
    for data, part in complex_parts(value):
        if kind(part) == FLOAT:
            found = floats.decode(data, float_format(part))
            parts.append(float("nan") if found is None else float(found))
        else:
            parts.append(float(number_in(data, part)))
    return complex(*parts)


def complex_parts(value: Value) -> tuple[tuple[bytes, Type], tuple[bytes, Type]]:
    """Return bytes and type of the real and of the imaginary part."""
    return parts_of(value.contents(), value.type)


def parts_of(data: bytes, type: Type) -> tuple[tuple[bytes, Type], tuple[bytes, Type]]:
    """Return bytes and type of the real and of the imaginary part of a complex number's bytes."""
    stripped = type.strip()
    assert isinstance(stripped, BaseType)
    half = (stripped.size or 0) // 2
    is_float = stripped.encoding == ATE_COMPLEX_FLOAT
    name = (stripped.name or "").replace("complex ", "").replace("_Complex", "").strip() or None
    part = BaseType(name, half, ATE_FLOAT if is_float else ATE_SIGNED, stripped.language)
    return (data[:half], part), (data[half:], part)


def truth(value: Value) -> bool:
    """Return whether a scalar is not zero; what is no number counts as true, as in gdb's Python."""
    value = value.referent()
    sort = kind(value.type)
    if sort in (STRUCT, FUNCTION):
        return True
    if sort == METHOD_POINTER:
        return any(value.contents()[:8])
    if sort == MEMBER_POINTER:
        return integer(value) != -1
    if value.type.size == 0:
        return False
    return number(value) != 0


def enumerator_name(value: Value) -> str | None:
    """Return the unqualified name of an enum's value; None where no enumerator has it, or it is no enum."""
    stripped = value.type.strip()
    if not isinstance(stripped, EnumType) or value.unavailable is not None:
        return None
    wanted = integer(value)
    return next((name for name, number in stripped.enumerators if number == wanted), None)


def encode(number: int | float | floats.Number, type: Type) -> bytes:
    """Return the bytes of a number in a scalar type, converted as C does: wrapped, cut or rounded.

    Raises:
        EvaluationError: the type is not arithmetic.
    """
    size, sort = type.size or 0, kind(type)
    if sort == FLOAT:
        data = floats.encode(number, float_format(type), size)
        return data[::-1] if is_swapped(type) else data
    if sort == BOOLEAN:
        return (1 if number else 0).to_bytes(size, "little")
    if sort not in _NUMBERS and sort not in (REFERENCE, MEMBER_POINTER):
        raise EvaluationError(f"a number cannot become a {type}")
    try:
        whole = int(number)
    except (ValueError, OverflowError):
        raise EvaluationError(f"{float(number)} has no value as {type}") from None
    bits = bit_size(type)
    whole &= (1 << bits) - 1
    if bits and is_signed(type) and whole >> (bits - 1):
        whole |= ((1 << size * 8) - 1) & ~((1 << bits) - 1)
    return whole.to_bytes(size, "big" if is_swapped(type) else "little")


def check_fits(number: int, type: Type, bits: int) -> None:
    """Raise UsageError unless an integer fits, signed or unsigned, in so many bits."""
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        raise UsageError(f"{number} does not fit in {type} ({bits} bits)")


def constant_bytes(type: Type, constant: int | bytes) -> bytes:
    """Return the bytes of a constant that a file states, in the size of its type."""
    size = type.size or 0
    if isinstance(constant, bytes):
        return constant[:size].ljust(size, b"\0")
    return (constant & ((1 << size * 8) - 1)).to_bytes(size, "little")
