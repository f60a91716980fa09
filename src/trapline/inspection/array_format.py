"""The text of arrays: elements, equal ones counted, and characters as strings."""

from __future__ import annotations

from trapline.base.errors import ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import characters, literals
from trapline.inspection.format import unreadable
from trapline.symbols.types import RUST, ArrayType

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.inspection.format import Writer
    from trapline.inspection.value import Value

_COMPARED = 1 << 16
"""Bytes that are compared at once when equal elements are counted."""

_COUNTED = 1 << 28
"""Bytes of equal elements after which counting stops."""

_FEW = 8
"""Elements of an array that are not worth what all of their type have in common."""


def array(writer: Writer, value: Value, level: int) -> str:
    """Return the text of an array; of one without a length, where it begins."""
    stripped = value.type.strip()
    assert isinstance(stripped, ArrayType)
    length = len(value) if stripped.dimensions and isinstance(stripped.dimensions[0], int) else None
    is_rust = value.language == RUST
    if not length or not stripped.element.size:
        return _without_length(writer, value, stripped, is_rust)
    if (problem := unreadable(value)) is not None:
        return problem
    width = (
        0
        if is_rust or stripped.is_vector or len(stripped.dimensions) > 1
        else characters.text_width(stripped.target)
    )
    if width and writer.options.letter in ("", "s"):
        found = _characters(writer, value, stripped, length, width)
        if found is not None:
            return found
    if level >= writer.options.depth:
        return "{...}"
    opening, closing = "[]" if is_rust else "{}"
    return opening + elements(writer, value, length, stripped.element.size, level) + closing


def _without_length(writer: Writer, value: Value, stripped: ArrayType, is_rust: bool) -> str:
    """Return an array of no or unknown length: where it begins."""
    address = value.storage.address
    if is_rust:
        return "[]"
    if address is None:
        return "{}"
    shown = writer.address(address)
    width = characters.text_width(stripped.target)
    if width and writer.options.letter in ("", "s"):
        return f"{shown} {writer.c_string(value, stripped.target, width)}"
    return shown


def _characters(writer: Writer, value: Value, stripped: ArrayType, length: int, width: int) -> str | None:
    """Return a character array as a string; None where parts are missing."""
    size = length * width
    try:
        data = value.storage.read(0, min(size, 1 << 24))
    except ValueUnavailable:
        return None
    if writer.options.null_stop:
        end = characters.end(data, width)
        size = size if end is None else end
        data = data[:size]
    return literals.string(
        data,
        width=width,
        prefix=characters.text_prefix(stripped.target),
        elements=writer.options.elements,
        repeats=writer.options.repeats,
        is_cut=size > len(data),
    )


def elements(writer: Writer, value: Value, length: int, stride: int, level: int) -> str:
    """Return what is between the braces: elements of `stride` bytes, equal ones in a row counted."""
    pieces: list[str] = []
    index = printed = 0
    tell = _teller(writer, value, length, level + 1)
    while index < length and printed < writer.options.elements and writer.left > 0:
        same = _repeated(writer, value, index, length, stride)
        shown = tell(index, stride) if tell is not None else None
        if shown is None:
            shown = writer.value(value.element(index), level + 1)
        if writer.options.indexes:
            shown = f"[{index}] = {shown}"
        if same > writer.options.repeats:
            shown += f" <repeats {same} times>"
            printed += writer.options.repeats
            index += same
        else:
            printed += 1
            index += 1
        pieces.append(shown)
    return _in_lines(writer, pieces, "..." if index < length else "", level)


def _in_lines(writer: Writer, elements: list[str], ending: str, level: int) -> str:
    """Return the elements of an array and what stands behind them, in one line or in one each."""
    if not writer.options.arrays:
        return ", ".join(elements) + ending
    line = "\n" + " " * (2 + 2 * level)
    return line + f",{line}".join(elements) + ending + "\n" + " " * (2 * level)


def _teller(writer: Writer, array: Value, length: int, level: int) -> Callable[[int, int], str | None] | None:
    """Return what gives the text of an element by index and stride, None where its bytes are missing.

    None for an array with few elements, or one that is not in memory.
    """
    stripped = array.type.strip()
    address = array.storage.address
    if writer.options.arrays or writer.options.integers:
        return None
    if length < _FEW or array.is_raw or address is None or not isinstance(stripped, ArrayType):
        return None
    from trapline.inspection.tellers import Tellers

    tell = Tellers(writer, array.program).teller(stripped.element, level)

    def told(index: int, stride: int) -> str | None:
        writer.left -= 1
        try:
            return tell(array.storage.read(index * stride, stride), 0, address + index * stride)
        except ValueUnavailable:
            return None

    return told


def _repeated(writer: Writer, value: Value, index: int, length: int, stride: int) -> int:
    """Return how many elements from `index` on have equal bytes."""
    try:
        first = value.storage.read(index * stride, stride)
    except ValueUnavailable as error:
        return _missing(writer, value, index, length, stride, error.reason)
    count, chunk = 1, max(1, _COMPARED // stride)
    step = 1
    while index + count < length and count * stride < _COUNTED:
        step = min(step * 4, chunk, length - index - count)
        try:
            data = value.storage.read((index + count) * stride, step * stride)
        except ValueUnavailable:
            if step == 1:
                return count
            step = 1
            chunk = 1
            continue
        if data == first * step:
            count += step
            continue
        while data.startswith(first, 0):
            data = data[stride:]
            count += 1
        return count
    return count


def _missing(writer: Writer, value: Value, index: int, length: int, stride: int, reason: str) -> int:
    """Return how many elements from `index` on are missing for one reason; a few are enough to know."""
    count = 1
    while index + count < length and count < writer.left:
        try:
            value.storage.read((index + count) * stride, stride)
        except ValueUnavailable as error:
            if error.reason != reason:
                return count
            count += 1
        else:
            return count
    return count
