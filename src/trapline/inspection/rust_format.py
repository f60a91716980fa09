"""The text of Rust's structures, enums, strings and slices."""

from __future__ import annotations

from trapline.base.errors import ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import array_format, rust
from trapline.inspection.format import unreadable
from trapline.symbols.types import RUST, ArrayType, StructType

if TYPE_CHECKING:
    from trapline.inspection.format import Writer
    from trapline.inspection.rust import Slice
    from trapline.inspection.value import Value


def structure(writer: Writer, value: Value, stripped: StructType, level: int) -> str:
    """Return the text of a structure, tuple, enum, string or slice."""
    if stripped.variant_part is not None:
        return _enum(writer, value, stripped, level)
    if rust.is_string(stripped):
        elements = rust.as_sequence(value)
        if elements is not None:
            return _text(writer, value, elements)
    if level >= writer.options.depth:
        return "{...}"
    elements = rust.as_sequence(value)
    if elements is not None:
        return f"{stripped} {_slice(writer, elements, level)}"
    name = stripped.name or ""
    is_plain = name.startswith("(")
    if not stripped.members:
        return name
    return ("" if is_plain or not name else name + " ") + _fields(writer, value, stripped, level)


def _fields(writer: Writer, value: Value, stripped: StructType, level: int) -> str:
    is_numbered = rust.is_tuple(stripped) or (stripped.name or "").startswith("(")
    opening, closing = "()" if is_numbered else "{}"
    line = "\n" + " " * (2 + 2 * level) if writer.options.pretty else ""
    fields = []
    for member in stripped.members:
        shown = writer.value(value.field(member), level + 1)
        fields.append(line + (shown if is_numbered else f"{member.name}: {shown}"))
    body = ("," if line else ", ").join(fields) + ("\n" + " " * (2 * level) if line else "")
    return opening + body + closing


def _enum(writer: Writer, value: Value, stripped: StructType, level: int) -> str:
    assert stripped.variant_part is not None
    if not stripped.variant_part.variants:
        return f"{stripped.name} {{<No data fields>}}"
    variant = rust.active_variant(value)
    if variant is None or variant.member is None:
        return f"<error: no variant of {stripped} has this discriminant>"
    if level >= writer.options.depth:
        return "{...}"
    inner = variant.member.type.strip()
    name = inner.name or variant.name or ""
    if not isinstance(inner, StructType) or not inner.members:
        return name
    flat = writer.options.pretty
    part = value.field(variant.member)
    if not flat:
        return name + _fields(writer, part, inner, level)
    writer.options = writer.options._replace(pretty=False)
    try:
        return name + _fields(writer, part, inner, level)
    finally:
        writer.options = writer.options._replace(pretty=True)


def _text(writer: Writer, value: Value, elements: Slice) -> str:
    try:
        data = rust.string_bytes(value, writer.options.elements)
    except ValueUnavailable as error:
        return f"<error: {error.reason}>"
    return writer.string(data or b"", len(elements))


def _slice(writer: Writer, elements: Slice, level: int) -> str:
    if not len(elements):
        return "[]"
    target = elements.pointer.type.strip().target
    assert target is not None
    array = elements.pointer.dereference().retyped(ArrayType(target, [len(elements)], language=RUST))
    if not target.size:
        return "[" + ", ".join([writer.value(elements[0], level + 1)] * min(len(elements), 200)) + "]"
    if (problem := unreadable(array)) is not None:
        return problem
    return f"[{array_format.elements(writer, array, len(elements), target.size, level)}]"
