"""Operators on values: conversions between types as C, C++ and Rust have them, in one place.

The result of an operator is a value without a place.  Numbers are exact in between, so that a long double
or a 128-bit integer loses nothing.

Source: C23 §6.3.1 (conversions), §6.5 (operators); where languages say "undefined", gdb's choice.
"""

from __future__ import annotations

import operator as _operator
from collections.abc import Callable

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import scalars
from trapline.inspection.value import Value
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    BaseType,
    C,
    EnumType,
    FunctionType,
    PointerType,
    StructType,
    Type,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.inspection.floats import Number
    from trapline.inspection.storage import Program

_C_INTEGERS = {
    (4, True): "int",
    (4, False): "unsigned int",
    (8, True): "long",
    (8, False): "unsigned long",
    (16, True): "__int128",
    (16, False): "unsigned __int128",
}
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _operator.eq,
    "!=": _operator.ne,
    "<": _operator.lt,
    "<=": _operator.le,
    ">": _operator.gt,
    ">=": _operator.ge,
}
"""The operators whose result is true or false."""

WRAPPING: dict[str, Callable[[Any, Any], Any]] = {
    "+": _operator.add,
    "-": _operator.sub,
    "*": _operator.mul,
    "&": _operator.and_,
    "|": _operator.or_,
    "^": _operator.xor,
}
"""The operators of which the low bits of two integers say all the low bits of the result."""

_NUMBERS = frozenset(
    (scalars.INTEGER, scalars.CHARACTER, scalars.ENUM, scalars.FLOAT, scalars.DECIMAL, scalars.COMPLEX)
)
_POINTERS = frozenset((scalars.POINTER, scalars.MEMBER_POINTER, scalars.METHOD_POINTER))
_WHOLE = (scalars.INTEGER, scalars.CHARACTER, scalars.ENUM, scalars.BOOLEAN)
_ADDRESSES = frozenset((scalars.POINTER, scalars.ARRAY, scalars.FUNCTION, *_WHOLE))
"""Kinds of types whose values can become a pointer: people write numbers where C would want a cast."""

_ADDRESS_SIZE = 8

_WHOLE_ONLY = frozenset(("%", "&", "|", "^", "<<", ">>"))


# -- types and constants -------------------------------------------------------------------------------


def integer_type(size: int, is_signed: bool, language: str = C) -> BaseType:
    """Return the language's integer type of a size in bytes: `int`, `unsigned long`, `i32`."""
    encoding = scalars.ATE_SIGNED if is_signed else scalars.ATE_UNSIGNED
    if language == RUST:
        name = f"{'i' if is_signed else 'u'}{size * 8}"
    else:
        name = _C_INTEGERS.get((size, is_signed)) or {1: "char", 2: "short"}[size]
    return BaseType(name, size, encoding, language)


def boolean_type(language: str = C) -> BaseType:
    """Return the type of a comparison: `int` in C, `bool` elsewhere."""
    if language in (CPP, RUST):
        return BaseType("bool", 1, scalars.ATE_BOOLEAN, language)
    return integer_type(4, True, language)


def float_type(language: str = C) -> BaseType:
    """Return the type of a literal like 1.5."""
    return BaseType("f64" if language == RUST else "double", 8, scalars.ATE_FLOAT, language)


def literal(program: Program, number: bool | int | float, language: str = C) -> Value:
    """Return the value that a number written in the language is: of the smallest of int, long, ...

    Raises:
        EvaluationError: no integer type holds it.
    """
    if isinstance(number, bool):
        return _made(program, boolean_type(CPP if language == C else language), int(number))
    if isinstance(number, float):
        return _made(program, float_type(language), number)
    for size in (4, 8, 16):
        for is_signed in (True, False):
            # As in C, an unsigned type is tried only where no larger signed one is left.
            if is_signed or size > 4:
                low, high = (-(1 << size * 8 - 1), 1 << size * 8 - 1) if is_signed else (0, 1 << size * 8)
                if low <= number < high:
                    return _made(program, integer_type(size, is_signed, language), number)
    raise EvaluationError(f"{number} is larger than any integer type")


def pointer_at(program: Program, target: Type, address: int) -> Value:
    """Return a pointer to a type that holds a load address."""
    return _made(program, PointerType(target, language=target.language), address)


def truth_value(program: Program, is_true: bool, language: str = C) -> Value:
    """Return the value of a comparison."""
    return _made(program, boolean_type(language), int(is_true))


def _made(program: Program, type: Type, number: Number | int) -> Value:
    return Value.constant(program, type, scalars.encode(number, type))


def operand(beside: Value, other: object) -> Value | None:
    """Return a Python number as a value to be used beside another; None for what is no number."""
    if isinstance(other, Value):
        return other
    if isinstance(other, (bool, int, float)):
        if beside.language == RUST and not isinstance(other, bool):
            adapted = _rust_literal(beside, other)
            if adapted is not None:
                return adapted
        return literal(beside.program, other, beside.language)
    return None


def _rust_literal(beside: Value, number: int | float) -> Value | None:
    """Return a number in the type beside it, where that holds it: Rust infers a literal's type."""
    type_ = beside.referent().type
    sort = scalars.kind(type_)
    if sort == scalars.FLOAT:
        return _made(beside.program, type_, number)
    if sort == scalars.INTEGER and isinstance(number, int):
        bits, is_signed = scalars.bit_size(type_), scalars.is_signed(type_)
        low, high = (-(1 << bits - 1), 1 << bits - 1) if is_signed else (0, 1 << bits)
        if bits and low <= number < high:
            return _made(beside.program, type_, number)
    return None


# -- conversions ---------------------------------------------------------------------------------------


def promoted(type: Type) -> Type:
    """Return the type in which a scalar is computed with: small integers, enums and booleans become int."""
    stripped = type.strip()
    sort = scalars.kind(stripped)
    if sort in (scalars.FLOAT, scalars.DECIMAL, scalars.COMPLEX, scalars.POINTER):
        return stripped
    size = stripped.size or 0
    if stripped.language == RUST and sort == scalars.INTEGER:
        return stripped
    if sort not in (scalars.INTEGER, scalars.CHARACTER, scalars.BOOLEAN, scalars.ENUM):
        raise EvaluationError(f"{type} is not a number")
    if size < 4:
        return integer_type(4, True, stripped.language)
    if isinstance(stripped, EnumType) or sort == scalars.CHARACTER:
        return integer_type(size, scalars.is_signed(stripped), stripped.language)
    return stripped


def common_type(left: Type, right: Type) -> Type:
    """Return the type in which two numbers are computed with: the usual arithmetic conversions.

    Raises:
        EvaluationError: one of them is not a number.
    """
    one, two = promoted(left), promoted(right)
    floating = [part for part in (one, two) if scalars.kind(part) in (scalars.FLOAT, scalars.DECIMAL)]
    if floating:
        return max(floating, key=lambda part: part.size or 0)
    sizes = (one.size or 0), (two.size or 0)
    if sizes[0] != sizes[1]:
        return one if sizes[0] > sizes[1] else two
    return two if scalars.is_signed(one) and not scalars.is_signed(two) else one


def decayed(value: Value) -> Value:
    """Return an array as a pointer to its first element, a function as a pointer to it, a reference's object.

    Raises:
        EvaluationError: an array that is not in memory.
    """
    value = value.referent()
    stripped = value.type.strip()
    if not isinstance(stripped, (ArrayType, FunctionType)) or (
        isinstance(stripped, ArrayType) and stripped.is_vector
    ):
        return value
    address = value.storage.address
    if address is None:
        raise EvaluationError(f"{value.type} is not in memory, so it has no address")
    target = stripped.element if isinstance(stripped, ArrayType) else value.type
    return _made(value.program, PointerType(target, language=value.language), address)


def cast(value: Value, type: Type) -> Value:
    """Return a value converted to a type, as a cast in C or C++ does.

    Pointers to classes are adjusted to the base or derived class; a structure is taken as another of the
    same size or as its base.

    Raises:
        EvaluationError: there is no such conversion.
        ValueUnavailable: the value is not known.
    """
    goal = type.strip()
    sort = scalars.kind(goal)
    if isinstance(goal, VoidType):
        return Value.constant(value.program, type, b"")
    if sort == scalars.REFERENCE:
        return _cast_reference(value, type)
    if sort in (scalars.STRUCT, scalars.ARRAY):
        return _cast_aggregate(value.referent(), type)
    source = decayed(value)
    if sort in (scalars.METHOD_POINTER, scalars.MEMBER_POINTER):
        return Value.constant(value.program, type, source.contents()[: type.size or 0])
    if sort == scalars.POINTER:
        return _cast_pointer(source, type)
    if sort == scalars.COMPLEX:
        return made_complex(value.program, type, scalars.to_complex(source))
    number = scalars.number(source)
    if isinstance(number, complex):
        number = number.real
    return _made(value.program, type, number)


def converted(value: Value, type: Type) -> Value:
    """Return a value converted to a type where no cast is written: an argument, what is assigned.

    An address becomes an integer only where that holds it.

    Raises:
        EvaluationError: a cast had to be written, or there is no such conversion at all.
        ValueUnavailable: the value is not known.
    """
    source, goal = scalars.kind(value.referent().type), scalars.kind(type)
    if goal in _NUMBERS:
        is_wide = goal in (scalars.INTEGER, scalars.ENUM) and (type.size or 0) >= _ADDRESS_SIZE
        is_possible = source in _NUMBERS or source == scalars.BOOLEAN or (source in _POINTERS and is_wide)
    elif goal == scalars.POINTER:
        is_possible = source in _ADDRESSES
    elif goal == scalars.STRUCT:
        is_possible = source == scalars.STRUCT
    else:
        is_possible = source not in (scalars.STRUCT, scalars.NOTHING) or goal == source
    if not is_possible:
        raise EvaluationError(f"{value.type} cannot become {type}")
    return cast(value, type)


def _cast_pointer(source: Value, type: Type) -> Value:
    from trapline.inspection.classes import converted_address

    number = scalars.number(source)
    if not isinstance(number, int):
        raise EvaluationError(f"{source.type} cannot become {type}")
    address = number & ADDRESS_MASK
    here, goal = source.type.strip(), type.strip().target
    if address and isinstance(here, PointerType) and goal is not None:
        one, two = here.target.strip(), goal.strip()
        if isinstance(one, StructType) and isinstance(two, StructType) and one is not two:
            address = converted_address(source, one, two, address)
    return _made(source.program, type, address)


def _cast_reference(value: Value, type: Type) -> Value:
    from trapline.inspection.classes import converted_address

    target = value.referent()
    address = target.storage.address
    if address is None:
        raise EvaluationError(f"{value.type} is not in memory, so nothing can refer to it")
    goal = type.strip().target
    one, two = target.type.strip(), goal.strip() if goal is not None else None
    if isinstance(one, StructType) and isinstance(two, StructType) and one is not two:
        address = converted_address(target, one, two, address)
    return _made(value.program, type, address)


def _cast_aggregate(value: Value, type: Type) -> Value:
    from trapline.inspection.classes import base_part, converted_address

    here, goal = value.type.strip(), type.strip()
    if here is goal or (here.size == goal.size and here.name == goal.name):
        return value.retyped(type)
    part = base_part(value, goal) if isinstance(goal, StructType) else None
    if part is not None:
        return part.retyped(type)
    if isinstance(here, StructType) and isinstance(goal, StructType) and value.storage.address is not None:
        address = converted_address(value, here, goal, value.storage.address)
        related = address != value.storage.address or here.language == CPP
        if related:
            return Value.at(value.program, type, address)
    if value.type.size == type.size and scalars.kind(type) == scalars.ARRAY:
        return value.retyped(type)
    raise EvaluationError(f"{value.type} cannot become {type}")


def made_complex(program: Program, type: Type, number: complex) -> Value:
    """Return a complex number as a value of a type."""
    (_, part), _ = scalars.parts_of(bytes(type.size or 0), type)
    data = scalars.encode(number.real, part) + scalars.encode(number.imag, part)
    return Value.constant(program, type, data)


# -- operators -----------------------------------------------------------------------------------------


def unary(operator: str, value: Value) -> Value:
    """Return the value of `-`, `+`, `~` or `!` before another.

    Raises:
        EvaluationError: the operator does not take such a value.
        ValueUnavailable: the value is not known.
    """
    value = decayed(value)
    if operator == "!" and not (value.language == RUST and scalars.kind(value.type) == scalars.INTEGER):
        return truth_value(value.program, not scalars.truth(value), value.language)
    if scalars.kind(value.type) == scalars.COMPLEX:
        number = scalars.to_complex(value)
        return made_complex(value.program, value.type, -number if operator == "-" else number)
    if scalars.kind(value.type) == scalars.POINTER:
        raise EvaluationError(f"{operator} does not take a pointer")
    type_ = promoted(value.type)
    real = _real(value)
    if operator == "-":
        return _made(value.program, type_, -real)
    if operator == "+":
        return _made(value.program, type_, real)
    if operator in ("~", "!"):
        if not isinstance(real, int):
            raise EvaluationError(f"{operator} takes an integer, not {value.type}")
        return _made(value.program, type_, ~real)
    raise EvaluationError(f"no operator {operator}")


def binary(operator: str, left: Value, right: Value) -> Value:
    """Return the value of an operator between two others: arithmetic, shifts, bits, comparisons.

    Raises:
        EvaluationError: the operator does not take such values, or divides by zero.
        ValueUnavailable: one of them is not known.
    """
    if operator in ORDERS:
        return truth_value(left.program, compare(operator, left, right), left.language)
    left, right = decayed(left), decayed(right)
    sorts = scalars.kind(left.type), scalars.kind(right.type)
    if scalars.POINTER in sorts and operator in ("+", "-"):
        return _pointer(operator, left, right)
    for value in (left, right):
        if scalars.kind(value.type) == scalars.ARRAY:
            return _vector(operator, left, right)
        if scalars.kind(value.type) in (scalars.STRUCT, scalars.FUNCTION, scalars.NOTHING):
            raise EvaluationError(f"{operator} does not take a {value.type}")
    if scalars.COMPLEX in sorts:
        return _complex(operator, left, right)
    one, two = _real(left), _real(right)
    if operator in ("<<", ">>"):
        return _shift(operator, left, one, two)
    if scalars.POINTER in sorts:
        type_: Type = integer_type(8, True, left.language)
    else:
        type_ = common_type(left.type, right.type)
        if scalars.kind(left.type) == scalars.kind(right.type) == scalars.BOOLEAN and left.language == RUST:
            type_ = left.type
    if scalars.kind(type_) not in (scalars.FLOAT, scalars.DECIMAL):
        one, two = (scalars.number_in(scalars.encode(number, type_), type_) for number in (one, two))
    elif operator in _WHOLE_ONLY:
        raise EvaluationError(f"{operator} takes integers, not {type_}")
    return _made(left.program, type_, _computed(operator, one, two))


def _real(value: Value) -> int | Number:
    number = scalars.number(value)
    assert not isinstance(number, complex)
    return number


def _computed(operator: str, one: Any, two: Any) -> Number | int:
    """Return the result of an operator on two numbers of one type."""
    if isinstance(one, int) and isinstance(two, int):
        if operator in ("/", "%"):
            if two == 0:
                raise EvaluationError("Division by zero")
            return divided_integers(operator, one, two)
    elif operator == "/":
        return _divided(one, two)
    # A zero is kept as a float for its sign, which must not make the other side inexact.
    elif two == 0 and not isinstance(one, float):
        two = 0
    elif one == 0 and not isinstance(two, float):
        one = 0
    action = WRAPPING.get(operator)
    if action is None:
        raise EvaluationError(f"no operator {operator}")
    result: Number | int = action(one, two)
    return result


def divided_integers(operator: str, one: int, two: int) -> int:
    """Return quotient (`/`) or remainder (`%`) of integers, rounded towards zero; `two` is not zero."""
    quotient = abs(one) // abs(two)
    quotient = quotient if (one < 0) == (two < 0) else -quotient
    return quotient if operator == "/" else one - quotient * two


def _divided(one: Number | int, two: Number | int) -> Number:
    """Divide as IEEE 754 does: by zero gives an infinity, or no number."""
    if two == 0:
        if one == 0 or one != one:
            return float("nan")
        negative = (one < 0) != (str(two).startswith("-"))
        return float("-inf") if negative else float("inf")
    if isinstance(one, float) or isinstance(two, float):
        return float(one) / float(two)
    from fractions import Fraction

    return Fraction(one) / Fraction(two)


def _shift(operator: str, left: Value, one: Any, two: Any) -> Value:
    if not isinstance(one, int) or not isinstance(two, int):
        raise EvaluationError(f"{operator} takes integers")
    type_ = promoted(left.type)
    bits = (type_.size or 0) * 8
    if two < 0:
        raise EvaluationError(f"{operator} by a negative number of bits")
    if two >= bits:  # undefined in C; all bits are gone
        return _made(left.program, type_, -1 if operator == ">>" and one < 0 else 0)
    return _made(left.program, type_, one << two if operator == "<<" else one >> two)


def _pointer(operator: str, left: Value, right: Value) -> Value:
    """Add an integer to a pointer, or subtract one or another pointer."""
    if operator == "-" and scalars.kind(left.type) == scalars.kind(right.type) == scalars.POINTER:
        size, other = _target_size(left.type), _target_size(right.type)
        if size != other:
            raise EvaluationError(f"{left.type} and {right.type} point to things of different size")
        distance = scalars.integer(left) - scalars.integer(right)
        whole = abs(distance) // size
        return _made(left.program, integer_type(8, True, left.language), -whole if distance < 0 else whole)
    if scalars.kind(left.type) != scalars.POINTER:
        if operator == "-":
            raise EvaluationError("a pointer cannot be subtracted from a number")
        left, right = right, left
    step = scalars.number(right)
    if not isinstance(step, int):
        raise EvaluationError(f"a pointer moves by integers, not by {right.type}")
    step *= _target_size(left.type)
    address = scalars.integer(left) + (step if operator == "+" else -step)
    return _made(left.program, left.type, address & ADDRESS_MASK)


def _target_size(type: Type) -> int:
    """Return by how many bytes a pointer moves: void and functions count as one byte, as in gcc."""
    target = type.strip().target
    if target is None or isinstance(target.strip(), (VoidType, FunctionType)):
        return 1
    if not target.size:
        raise EvaluationError(f"{target} has no known size, so pointers to it cannot be computed with")
    return target.size


def _complex(operator: str, left: Value, right: Value) -> Value:
    like = left if scalars.kind(left.type) == scalars.COMPLEX else right
    one, two = scalars.to_complex(left), scalars.to_complex(right)
    action = {"+": _operator.add, "-": _operator.sub, "*": _operator.mul, "/": _operator.truediv}.get(
        operator
    )
    if action is None:
        raise EvaluationError(f"{operator} does not take complex numbers")
    if operator == "/" and two == 0:
        raise EvaluationError("Division by zero")
    return made_complex(like.program, like.type, action(one, two))


def _vector(operator: str, left: Value, right: Value) -> Value:
    """Compute with each element of a SIMD vector; a number beside it counts for each element."""
    like = left if scalars.kind(left.type) == scalars.ARRAY else right
    stripped = like.type.strip()
    if not isinstance(stripped, ArrayType) or not stripped.is_vector:
        raise EvaluationError(f"{operator} does not take a {like.type}")
    element = stripped.target
    sides = []
    for side in (left, right):
        if scalars.kind(side.type) == scalars.ARRAY:
            if len(side) != len(like):
                raise EvaluationError(f"{left.type} and {right.type} differ in length")
            sides.append(list(side))
        else:
            sides.append([side] * len(like))
    data = b"".join(
        cast(binary(operator, one, two), element).contents() for one, two in zip(*sides, strict=True)
    )
    return Value.constant(like.program, like.type, data)


# -- comparison ----------------------------------------------------------------------------------------


def compare(operator: str, left: Value, other: object) -> Any:
    """Return whether a comparison holds; NotImplemented beside what a value is never compared with.

    Numbers are converted as the language does; str, bytes, lists, tuples and dicts compare with the
    content, and what an optional, a smart pointer or a Rust enum holds is compared like the content.

    Raises:
        ValueUnavailable: one side is not known.
    """
    order = ORDERS[operator]
    if not isinstance(other, Value):
        left = left.held()
        if operator in ("==", "!=") and _is_compared_as_python(left, other):
            return order(*_alike(left.to_python(), other))
    if isinstance(other, (str, bytes)):
        return _compare_text(order, operator, left, other)
    if isinstance(other, (int, float)) and not isinstance(other, bool):
        if scalars.kind(left.type) in (scalars.STRUCT, scalars.ARRAY):
            return NotImplemented
        if isinstance(other, int) and not -(1 << 127) <= other < 1 << 128:
            return order(scalars.number(left), other)
    right = operand(left, other)
    if right is None:
        return NotImplemented
    return _compare_values(order, operator, left, right)


def _is_compared_as_python(left: Value, other: object) -> bool:
    """Whether == means the content: beside what no scalar is, and of what is no scalar."""
    if isinstance(other, (list, tuple, dict, complex)):
        return True
    sort, shown = scalars.kind(left.type), left.presentation
    if sort == scalars.METHOD_POINTER:
        return isinstance(other, int)
    if other is None or isinstance(other, (int, float)):
        # What has elements is neither a number nor None, and may be long.
        return (sort == scalars.STRUCT or left.size == 0) and (shown is None or not shown.form)
    return isinstance(other, str) and sort == scalars.STRUCT


def _alike(content: object, other: object) -> tuple[object, object]:
    """Return both, as lists where one is a list and one a tuple."""
    if isinstance(content, (list, tuple)) and isinstance(other, (list, tuple)):
        return list(content), list(other)
    return content, other


def _compare_text(order: Callable[[Any, Any], bool], operator: str, left: Value, other: str | bytes) -> Any:
    from trapline.inspection.conversion import text_content

    content = text_content(left)
    if content is None:
        return NotImplemented
    if isinstance(other, bytes):
        return order(content, other)
    return order(content.decode("utf-8", "surrogateescape"), other)


def _compare_values(order: Callable[[Any, Any], bool], operator: str, left: Value, right: Value) -> bool:
    left, right = left.referent(), right.referent()
    sorts = scalars.kind(left.type), scalars.kind(right.type)
    if (sorts[0] == sorts[1] and sorts[0] in (scalars.STRUCT, scalars.METHOD_POINTER)) or (
        sorts == (scalars.ARRAY, scalars.ARRAY) and left.type.size == right.type.size
    ):
        if operator not in ("==", "!="):
            raise EvaluationError(f"{operator} does not take a {left.type}")
        if left.presentation is not None and right.presentation is not None:
            return order(left.to_python(), right.to_python())
        return order(left.contents(), right.contents())
    left, right = decayed(left), decayed(right)
    if scalars.COMPLEX in (scalars.kind(left.type), scalars.kind(right.type)):
        return order(scalars.to_complex(left), scalars.to_complex(right))
    one, two = _real(left), _real(right)
    if isinstance(one, int) and isinstance(two, int):
        if scalars.POINTER in sorts or scalars.ARRAY in sorts or scalars.FUNCTION in sorts:
            return order(one & ADDRESS_MASK, two & ADDRESS_MASK)
        if scalars.MEMBER_POINTER not in sorts:
            type_ = common_type(left.type, right.type)
            one, two = (scalars.number_in(scalars.encode(number, type_), type_) for number in (one, two))
    return order(one, two)
