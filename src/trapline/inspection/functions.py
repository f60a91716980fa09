"""Functions of expressions that are ours and not the program's: `$variant(x)`, `$_strlen(p)`.

Source: GDB manual, Convenience Functions, for those whose name begins with an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.conversion import text_content
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, RUST, ArrayType, BaseType, PointerType, VoidType

if TYPE_CHECKING:
    from trapline.inspection.storage import Program

_REFERENCES = 8
"""References to references that are followed, as Rust's own field access does."""

_CHAR = BaseType("char", 1, scalars.ATE_SIGNED_CHAR, CPP)


def text(program: Program, content: bytes) -> Value:
    """Return a string as a value: an array of characters that ends in a NUL."""
    return Value.constant(program, ArrayType(_CHAR, [len(content) + 1], language=CPP), content + b"\0")


def _content(value: Value) -> bytes:
    found = text_content(value)
    if found is None:
        raise EvaluationError(f"{value.type} is no string")
    return found


def _variant(program: Program, value: Value) -> Value:
    """The name of the active case of an enum or a variant, or of the one that a Rust reference is to."""
    name = value.variant
    for _ in range(_REFERENCES):
        pointer = value.type.strip()
        if name is not None or pointer.language != RUST or not isinstance(pointer, PointerType):
            break
        value = value.dereference()
        name = value.variant
    if name is None:
        raise EvaluationError(f"{value.type} has no variants")
    return text(program, name.encode())


def _strlen(program: Program, value: Value) -> Value:
    """The bytes before a string's NUL."""
    return arithmetic.literal(program, len(_content(value)))


def _streq(program: Program, one: Value, two: Value) -> Value:
    """Whether two strings are equal."""
    return arithmetic.truth_value(program, _content(one) == _content(two))


def _regex(program: Program, value: Value, pattern: Value) -> Value:
    """Whether a string begins with what a regular expression matches."""
    try:
        compiled = re.compile(_content(pattern))
    except re.error as error:
        raise EvaluationError(f"no regular expression: {error}") from None
    return arithmetic.truth_value(program, compiled.match(_content(value)) is not None)


def _memeq(program: Program, one: Value, two: Value, size: Value) -> Value:
    """Whether `size` bytes at two addresses are equal."""
    length = int(size)
    if not 0 <= length <= 1 << 30:
        raise EvaluationError(f"{length} bytes cannot be compared")
    equal = program.read(one.__index__(), length) == program.read(two.__index__(), length)
    return arithmetic.truth_value(program, equal)


def _as_string(program: Program, value: Value) -> Value:
    """The text of an enumerator or of any value."""
    return text(program, (scalars.enumerator_name(value) or str(value)).encode())


def _isvoid(program: Program, value: Value) -> Value:
    """Whether a convenience variable was never set."""
    return arithmetic.truth_value(program, isinstance(value.type.strip(), VoidType))


_FUNCTIONS: dict[str, tuple[int, Callable[..., Value]]] = {
    "variant": (1, _variant),
    "_strlen": (1, _strlen),
    "_streq": (2, _streq),
    "_regex": (2, _regex),
    "_memeq": (3, _memeq),
    "_as_string": (1, _as_string),
    "_isvoid": (1, _isvoid),
}


def is_function(name: str) -> bool:
    """Whether `$name` is one of these functions."""
    return name in _FUNCTIONS


def call(program: Program, name: str, arguments: Sequence[Value]) -> Value:
    """Return what one of these functions gives.

    Raises:
        EvaluationError: another number of arguments, or one of another type.
    """
    count, function = _FUNCTIONS[name]
    if len(arguments) != count:
        raise EvaluationError(
            f"${name} takes {count} argument{'s' if count > 1 else ''}, not {len(arguments)}"
        )
    return function(program, *arguments)
