"""The text of numbers, characters, booleans and enumerators, as gdb writes them."""

from __future__ import annotations

from trapline.inspection import scalars
from trapline.inspection.characters import is_number, text_prefix, text_width
from trapline.symbols.types import RUST, EnumType, Type


def text(data: bytes, type: Type) -> str:
    """Return the text of a scalar that is no pointer.

    Args:
        data: its bytes.
        type: what they mean.
    """
    from trapline.inspection import floats

    sort = scalars.kind(type)
    if sort == scalars.FLOAT:
        return floats.text(data[::-1] if scalars.is_swapped(type) else data, scalars.float_format(type))
    if sort == scalars.DECIMAL:
        return floats.decimal_text(data)
    if sort == scalars.COMPLEX:
        return _complex(data, type)
    if type.size == 0:
        return "()"
    number = scalars.number_in(data, type)
    if sort == scalars.BOOLEAN:
        return {0: "false", 1: "true"}.get(number, str(number))
    if sort == scalars.ENUM:
        return enumerator(number, type)
    literal = character_literal(number, type)
    return f"{number} {literal}" if literal else str(number)


def is_plain(type: Type) -> bool:
    """Whether the text of a type's values is that of the integer that all bits of their bytes are."""
    known = type.is_plain
    if known is None:
        # Kept by the type: a table of types would keep the debug information of programs that are gone.
        known = type.is_plain = _is_plain(type)
    return known


def _is_plain(type: Type) -> bool:
    return (
        scalars.kind(type) == scalars.INTEGER
        and bool(type.size)
        and scalars.is_whole(type)
        and not character_literal(0, type)
    )


def character_literal(number: int, type: Type) -> str:
    """Return a character's literal, or nothing where the type is not one of characters."""
    if type.language == RUST:
        if scalars.kind(type) != scalars.CHARACTER:
            return ""
        return f"'{_rust_character(number)}'"
    if (scalars.kind(type) == scalars.CHARACTER and not is_number(type)) or text_width(type):
        from trapline.inspection import literals

        return literals.character(number, type.size or 1, text_prefix(type))
    return ""


def _rust_character(number: int) -> str:
    named = {0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 39: "\\'", 92: "\\\\"}
    if number in named:
        return named[number]
    if 32 <= number < 127:
        return chr(number)
    return f"\\x{number:02x}" if number <= 255 else f"\\u{{{number:06x}}}"


def enumerator(number: int, type: Type) -> str:
    """Return an enum's value: `RED`, `(A | B)`, `(A | unknown: 0x8)`, or the number."""
    stripped = type.strip()
    assert isinstance(stripped, EnumType)
    for name, value in stripped.enumerators:
        if value == number:
            return stripped.qualified(name)
    if not stripped.is_flags:
        return str(number)
    parts = []
    for name, value in stripped.enumerators:
        if number & value:
            parts.append(stripped.qualified(name))
            number &= ~value
    if number:
        parts.append(f"unknown: {number:#x}")
    return f"({' | '.join(parts)})" if parts else "0"


def _complex(data: bytes, type: Type) -> str:
    real, imaginary = (text(part, part_type) for part, part_type in scalars.parts_of(data, type))
    return f"{real} + {imaginary}i"
