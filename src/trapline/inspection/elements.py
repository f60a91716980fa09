"""What a value has as Python's containers do: elements, members and characters by key, in order, and counted.

What a printer shows, and what Rust's own slices and tuples are, comes before the bare members; optionals and
smart pointers are what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.errors import EvaluationError, UsageError, ValueUnavailable, VariableNotFound
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import rust
from trapline.symbols.types import RUST, ArrayType, PointerType, StructType

if TYPE_CHECKING:
    from trapline.inspection.printers.presentation import Presentation
    from trapline.inspection.value import Value

DEPTH = 64
"""Base classes and anonymous members on the way to a member; more is a cycle."""


def item(value: Value, key: object) -> Any:
    """Return a member by name, an element by index or key, a list of elements by slice.

    Indices count from the end when negative in what has a length, as in Python; a pointer's index may
    be any number.

    Raises:
        VariableNotFound: no such member (also a KeyError).
        IndexError: no such element.
    """
    target = value.held()
    shown = target.presentation
    if shown is not None and shown.form and not isinstance(key, slice):
        found = shown.lookup(key)
        if found is not None:
            return found
    if isinstance(key, str):
        return _named(value, key, target)
    if isinstance(key, slice):
        return [value[number] for number in range(*key.indices(len(value)))]
    if not hasattr(key, "__index__"):
        raise UsageError(f"a value is indexed by a name or a number, not by {type(key).__name__}")
    return _indexed(target, key.__index__())


def _named(value: Value, name: str, held: Value) -> Value:
    """Return a member: its own, or of what it holds."""
    try:
        return value.member(name)
    except VariableNotFound:
        if held is value.referent():
            raise
    return held.member(name)


def _indexed(value: Value, index: int) -> Value:
    target = value.referent()
    stripped = target.type.strip()
    if isinstance(stripped, PointerType):
        if value.language == RUST and isinstance(stripped.target.strip(), (ArrayType, StructType)):
            return _indexed(target.dereference(), index)
        return target.element(index)
    if isinstance(stripped, StructType) and stripped.language == RUST:
        return rust.indexed(target, index)
    if isinstance(stripped, ArrayType):
        length = array_length(stripped)
        if length is None:
            return target.element(index)
        if not -length <= index < length:
            raise IndexError(f"index {index} is outside of {value.type}")
        return target.element(index % length)
    raise EvaluationError(f"{value.type} has no elements")


def array_length(stripped: ArrayType) -> int | None:
    """Return how many elements an array has; None where that is not known, or computed."""
    if not stripped.dimensions:
        return None
    count = stripped.dimensions[0]
    return count if isinstance(count, int) else None


def items(value: Value) -> Iterator[tuple[Any, Value]]:
    """Give (name, value) of members, (key, value) of a map, (index, value) of elements and characters.

    Members of bases come first, those of anonymous members in their place.
    """
    target, shown = _opened(value)
    if shown is not None:
        yield from shown.items()
        return
    target = target.aggregate()
    stripped = target.type.strip()
    if isinstance(stripped, StructType):
        if stripped.language == RUST:
            found = rust.elements(target)
            if found is not None:
                yield from enumerate(found)
                return
            target = rust.payload(target)
        yield from all_members(target)
    else:
        yield from enumerate(target)


def all_members(value: Value, depth: int = 0) -> Iterator[tuple[str, Value]]:
    """Give the members of a structure: those of its bases first, of anonymous members in their place."""
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or depth > DEPTH:
        return
    for base in stripped.bases:
        try:
            inner = value.base(base)
        except ValueUnavailable:
            continue
        yield from all_members(inner, depth + 1)
    for member in stripped.members:
        if member.name:
            yield member.name, value.field(member)
        else:
            yield from all_members(value.field(member), depth + 1)


def iterate(value: Value) -> Iterator[Any]:
    """Give elements, a string's characters; of a structure its members' names, of a map its keys."""
    target, run = _run(value)
    if isinstance(run, range):
        return (target.element(index) for index in run)
    if run is not None:
        return iter(run)
    if isinstance(target.type.strip(), StructType):
        return (name for name, _ in items(target))
    raise EvaluationError(f"{value.type} has no elements")


def count(value: Value) -> int:
    """Return how many there are of what `iterate` gives."""
    target, run = _run(value)
    if run is not None:
        return len(run)
    if isinstance(target.type.strip(), StructType):
        return sum(1 for _ in items(target))
    raise EvaluationError(f"{value.type} has no length")


def _run(value: Value) -> tuple[Value, Any]:
    """Return what has the elements, and those that are counted: an array's as a range; None for members.

    Raises:
        EvaluationError: an array's length is not known, or a holder is empty.
    """
    target, shown = _opened(value)
    if shown is not None:
        return target, shown
    stripped = target.type.strip()
    if isinstance(stripped, ArrayType):
        length = array_length(stripped)
        if length is None:
            raise EvaluationError(f"{value.type} has no known length")
        return target, range(length)
    return target, rust.elements(target) if isinstance(stripped, StructType) else None


def contains(value: Value, key: object) -> bool:
    """Whether an element, a name or a part of a string is in it."""
    if isinstance(key, str):
        _, shown = _opened(value)
        if shown is not None and shown.kind == "string":
            return key in shown.to_python(0)
    return any(element == key for element in value)


def _opened(value: Value) -> tuple[Value, Presentation | None]:
    """Return what has the elements, and its presentation where that is what has them.

    Raises:
        EvaluationError: it holds nothing.
    """
    target = value.held()
    shown = target.presentation
    if shown is not None and shown.may_be_empty:
        raise EvaluationError(f"this {target.type} holds nothing")
    return target, shown if shown is not None and shown.form else None
