"""Members of containers and smart pointers that the compiler left out: `numbers.size()`, `owner->name`.

An optimizing compiler inlines them all, and an unused template's member is never made.  What they give is
known from what the container's printer reads.

Source: C++20 [container.requirements]; gdb's xmethods for libstdc++ offer the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.classes import with_bases
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, Type

if TYPE_CHECKING:
    from trapline.inspection.storage import Program

_COUNTS = {"size": 0, "length": 0, "empty": 0, "front": 0, "back": 0, "data": 0, "at": 1}
"""Names, and how many arguments each takes."""

_SIZE = 8
"""Bytes of std::size_t."""


def pointee(pointer: Value) -> Value | None:
    """Return what a smart pointer points to; None where it is none, or points to nothing."""
    presentation = pointer.presentation
    return presentation.target if presentation is not None else None


def call(program: Program, container: Value, name: str, arguments: Sequence[Value]) -> Value | None:
    """Return what a member function of a container, string or smart pointer gives; None for any other.

    Raises:
        EvaluationError: there is no such element.
    """
    presentation = container.presentation
    if name == "get" and not arguments and (target := pointee(container)) is not None:
        return arithmetic.pointer_at(program, target.type, target.address or 0)
    if container.language != CPP or presentation is None or _COUNTS.get(name) != len(arguments):
        return None
    if presentation.kind == "string" and name not in ("size", "length", "empty"):
        return None
    if presentation.kind != "string" and not presentation.is_container:
        return None
    if presentation.kind == "map" and name in ("front", "back"):
        return None
    text = presentation.text() if presentation.kind == "string" else container
    length = 0 if text is None else len(text)
    match name:
        case "size" | "length":
            return Value.constant(program, _size_type(container, name), length.to_bytes(8, "little"))
        case "empty":
            return arithmetic.truth_value(program, not length, CPP)
        case "at" if presentation.kind == "map":
            return _of_key(container, arguments[0].to_python())
        case "at":
            return _element(container, int(arguments[0]), length)
        case "data":
            return _first(program, container) if length and _has_method(container, name) else None
        case "front":
            return _element(container, 0, length)
        case _:
            return _element(container, length - 1, length)


def _first(program: Program, container: Value) -> Value | None:
    """Return a pointer to the first element; None where that is in no memory."""
    first: Value = container[0]
    return arithmetic.pointer_at(program, first.type, first.address) if first.address is not None else None


def _has_method(container: Value, name: str) -> bool:
    """Whether a class says that it has a member function, which others of its kind do not have."""
    return any(one.name == name for struct in with_bases(container.type.strip()) for one in struct.methods)


def _size_type(container: Value, name: str) -> Type:
    """Return what the class says that its `size` or `length` gives: its size_type, unsigned and 64 bits."""
    for struct in with_bases(container.type.strip()):
        for method in struct.methods:
            found = method.type.target
            if method.name == name and scalars.kind(found) == scalars.INTEGER and found.size == _SIZE:
                return found
    return arithmetic.integer_type(_SIZE, False, CPP)


def _of_key(container: Value, key: object) -> Value:
    try:
        found: Value = container[key]
    except LookupError:
        raise EvaluationError(f"the container has no key {key!r}") from None
    return found


def _element(container: Value, index: int, length: int) -> Value:
    if not 0 <= index < length:
        raise EvaluationError(f"no element {index}: the container has {length}")
    found: Value = container[index]
    return found
