"""Functions of expressions that are not the program's: `$variant(x)`, `$_strlen(p)`, `$_caller_is("f")`.

Source: GDB manual, Convenience Functions, for those whose name begins with an underscore.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING, NoReturn, TypeAlias
from trapline.inspection import arithmetic, scalars
from trapline.inspection.conversion import text_content
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, RUST, ArrayType, BaseType, PointerType, VoidType

if TYPE_CHECKING:
    from trapline.inspection.scope import Scope
    from trapline.inspection.storage import Program

OwnFunction: TypeAlias = "Callable[..., str | int]"
"""A function of the session: it takes values, and gives a text or a number; it raises EvaluationError."""

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


def _variant(scope: Scope, value: Value) -> Value:
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
    return text(scope.program, name.encode())


def _strlen(scope: Scope, value: Value) -> Value:
    """The bytes before a string's NUL."""
    return arithmetic.literal(scope.program, len(_content(value)))


def _streq(scope: Scope, one: Value, two: Value) -> Value:
    """Whether two strings are equal."""
    return _truth(scope, _content(one) == _content(two))


def _regex(scope: Scope, value: Value, pattern: Value) -> Value:
    """Whether a string begins with what a regular expression matches."""
    return _truth(scope, _compiled(_content(pattern)).match(_content(value)) is not None)


def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise EvaluationError(f"no regular expression: {error}") from None


def _memeq(scope: Scope, one: Value, two: Value, size: Value) -> Value:
    """Whether `size` bytes of two arrays, or at two addresses, are equal."""
    length = int(size)
    if not 0 <= length <= 1 << 30:
        raise EvaluationError(f"{length} bytes cannot be compared")
    return _truth(scope, _bytes(scope, one, length) == _bytes(scope, two, length))


def _bytes(scope: Scope, value: Value, length: int) -> bytes:
    """Return the bytes that an array begins with, or those at an address."""
    value = value.referent()
    if not isinstance(value.type.strip(), ArrayType):
        return scope.program.read(value.__index__(), length)
    if value.address is not None:
        return scope.program.read(value.address, length)
    data = value.contents()
    if length > len(data):
        raise EvaluationError(f"{value.type} has {len(data)} bytes, not {length}")
    return data[:length]


def _as_string(scope: Scope, value: Value) -> Value:
    """The text of an enumerator or of any value."""
    return text(scope.program, (scalars.enumerator_name(value) or str(value)).encode())


def _isvoid(scope: Scope, value: Value) -> Value:
    """Whether a convenience variable was never set."""
    return arithmetic.literal(scope.program, int(isinstance(value.type.strip(), VoidType)))


def _creal(scope: Scope, value: Value) -> Value:
    """The real part of a complex number."""
    return _part(scope, value, 0)


def _cimag(scope: Scope, value: Value) -> Value:
    """The imaginary part of a complex number."""
    return _part(scope, value, 1)


def _part(scope: Scope, value: Value, number: int) -> Value:
    value = value.referent()
    if scalars.kind(value.type) != scalars.COMPLEX:
        raise EvaluationError(f"{value.type} is no complex number")
    data = value.contents()
    half = len(data) // 2
    type_ = scalars.parts_of(data, value.type)[number][1]
    return Value.constant(scope.program, type_, data[half * number :][:half])


def _caller_is(scope: Scope, name: Value, count: Value | None = None) -> Value:
    """Whether the function that called, or one `count` frames out, has a name."""
    wanted = _content(name).decode("utf-8", "replace")
    return _truth(scope, _caller(scope, count) == wanted)


def _caller_matches(scope: Scope, pattern: Value, count: Value | None = None) -> Value:
    """Whether the name of the function that called, or one `count` frames out, begins with a match."""
    found = _caller(scope, count)
    return _truth(scope, found is not None and _compiled(_content(pattern)).match(found.encode()) is not None)


def _any_caller_is(scope: Scope, name: Value, count: Value | None = None) -> Value:
    """Whether the frame's function, or one of those up to `count` frames out, has a name."""
    wanted = _content(name).decode("utf-8", "replace")
    return _truth(scope, any(found == wanted for found in _callers(scope, count)))


def _any_caller_matches(scope: Scope, pattern: Value, count: Value | None = None) -> Value:
    """Whether the name of the frame's function, or one up to `count` frames out, begins with a match."""
    compiled = _compiled(_content(pattern))
    return _truth(scope, any(found and compiled.match(found.encode()) for found in _callers(scope, count)))


def _caller(scope: Scope, count: Value | None) -> str | None:
    """Return the function's name that many frames out, one by default; None where there is none."""
    return next(islice(scope.callers(), _frames(count), None), None)


def _callers(scope: Scope, count: Value | None) -> Iterator[str | None]:
    """Give the function's name, and those up to that many frames out, one by default."""
    return islice(scope.callers(), _frames(count) + 1)


def _frames(count: Value | None) -> int:
    number = 1 if count is None else int(count)
    if number < 0:
        raise EvaluationError("a number of frames is not negative")
    return number


def _truth(scope: Scope, is_true: bool) -> Value:
    return arithmetic.truth_value(scope.program, is_true, scope.language)


_FUNCTIONS: dict[str, tuple[range, Callable[..., Value]]] = {
    "variant": (range(1, 2), _variant),
    "_strlen": (range(1, 2), _strlen),
    "_streq": (range(2, 3), _streq),
    "_regex": (range(2, 3), _regex),
    "_memeq": (range(3, 4), _memeq),
    "_as_string": (range(1, 2), _as_string),
    "_isvoid": (range(1, 2), _isvoid),
    "_creal": (range(1, 2), _creal),
    "_cimag": (range(1, 2), _cimag),
    "_caller_is": (range(1, 3), _caller_is),
    "_caller_matches": (range(1, 3), _caller_matches),
    "_any_caller_is": (range(1, 3), _any_caller_is),
    "_any_caller_matches": (range(1, 3), _any_caller_matches),
}
"""By name how many arguments each takes, and the function."""


def is_function(name: str, own: Mapping[str, OwnFunction]) -> bool:
    """Whether `$name` is one of these functions, or one of the session's `own`."""
    return name in _FUNCTIONS or name in own


def check(name: str, count: int) -> None:
    """Refuse one of these functions with another number of arguments than it takes.

    Raises:
        EvaluationError: it takes others.
    """
    taken = _FUNCTIONS[name][0] if name in _FUNCTIONS else range(count, count + 1)
    if count not in taken:
        most = taken[-1]
        wanted = f"{taken[0]} or {most}" if len(taken) > 1 else str(most)
        raise EvaluationError(f"${name} takes {wanted} argument{'s' if most > 1 else ''}, not {count}")


def call(scope: Scope, name: str, arguments: Sequence[Value]) -> Value:
    """Return what one of these functions gives.

    Raises:
        EvaluationError: another number of arguments, or one of another type.
    """
    if name not in _FUNCTIONS:
        found = scope.own_functions[name](*arguments)
        if isinstance(found, str):
            return text(scope.program, found.encode("utf-8", "surrogateescape"))
        return arithmetic.literal(scope.program, int(found))
    check(name, len(arguments))
    return _FUNCTIONS[name][1](scope, *arguments)


def refuse_unknown(name: str) -> NoReturn:
    """Refuse to call what is no function.

    Raises:
        EvaluationError: always.
    """
    near = difflib.get_close_matches(name, _FUNCTIONS, 2)
    hint = f"; near: {', '.join(f'${one}' for one in near)}" if near else ""
    raise EvaluationError(f"there is no convenience function ${name}{hint}")
