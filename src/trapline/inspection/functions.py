"""Functions of expressions that are not the program's: `$variant(x)`, `$_strlen(p)`, `$_caller_is("f")`.

Source: GDB manual, Convenience Functions, for those whose name begins with an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.conversion import text_content
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, RUST, ArrayType, BaseType, PointerType, VoidType

if TYPE_CHECKING:
    from trapline.inspection.frame import Frame
    from trapline.inspection.scope import Scope
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
    return arithmetic.truth_value(program, _compiled(pattern).match(_content(value)) is not None)


def _compiled(pattern: Value) -> re.Pattern[bytes]:
    try:
        return re.compile(_content(pattern))
    except re.error as error:
        raise EvaluationError(f"no regular expression: {error}") from None


def _memeq(program: Program, one: Value, two: Value, size: Value) -> Value:
    """Whether `size` bytes at two addresses are equal."""
    length = int(size)
    if not 0 <= length <= 1 << 30:
        raise EvaluationError(f"{length} bytes cannot be compared")
    return arithmetic.truth_value(program, _bytes(program, one, length) == _bytes(program, two, length))


def _bytes(program: Program, where: Value, size: int) -> bytes:
    """Return what a pointer points to, or the beginning of an array."""
    if isinstance(where.type.strip(), ArrayType):
        if where.address is None:
            return bytes(where)[:size]
        return program.read(where.address, size)
    return program.read(where.__index__(), size)


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


def _name_is(frame: Frame, name: Value) -> bool:
    return (frame.function or "").encode() == _content(name)


def _name_matches(frame: Frame, pattern: Value) -> bool:
    return _compiled(pattern).match((frame.function or "").encode()) is not None


def _callers(frame: Frame, count: int) -> Iterator[Frame]:
    """Generate a frame and those that called it, `count` of them at most."""
    found: Frame | None = frame
    for _ in range(count + 1):
        if found is None:
            return
        yield found
        found = found.caller


_CALLER_FUNCTIONS: dict[str, tuple[bool, Callable[[Frame, Value], bool]]] = {
    "_caller_is": (False, _name_is),
    "_caller_matches": (False, _name_matches),
    "_any_caller_is": (True, _name_is),
    "_any_caller_matches": (True, _name_matches),
}
"""Whether the frames between count too, and what is asked of the name of a frame's function.

Source: gdb 13, python/lib/gdb/function/caller_is.py: the frame itself is one of "any".
"""


def is_function(name: str) -> bool:
    """Whether `$name` is one of these functions."""
    return name in _FUNCTIONS or name in _CALLER_FUNCTIONS


def call(scope: Scope, name: str, arguments: Sequence[Value]) -> Value:
    """Return what one of these functions gives.

    Raises:
        EvaluationError: another number of arguments, or one of another type; no frame to ask for its callers.
    """
    if name in _CALLER_FUNCTIONS:
        return arithmetic.truth_value(scope.program, _of_callers(scope.frame, name, arguments))
    count, function = _FUNCTIONS[name]
    if len(arguments) != count:
        raise EvaluationError(
            f"${name} takes {count} argument{'s' if count > 1 else ''}, not {len(arguments)}"
        )
    return function(scope.program, *arguments)


def _of_callers(frame: Frame | None, name: str, arguments: Sequence[Value]) -> bool:
    if len(arguments) not in (1, 2):
        raise EvaluationError(f"${name} takes a name, and how many frames up: 1 when left out")
    count = int(arguments[1]) if len(arguments) == 2 else 1
    if count < 0:
        raise EvaluationError(f"${name} looks up the stack: {count} must be positive")
    if frame is None:
        raise EvaluationError(f"${name} needs a frame, and none is selected")
    any_of_them, holds = _CALLER_FUNCTIONS[name]
    found = list(_callers(frame, count))
    if not any_of_them:
        found = found[count:]
    return any(holds(one, arguments[0]) for one in found)
