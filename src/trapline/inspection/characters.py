"""Which types are characters, and how their literals begin.

Source: gdb 13, c_textual_element_type and classify_type; C23 §6.4.4.4, §6.4.5.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.inspection import scalars
from trapline.symbols.types import RUST, BaseType, QualifiedType, Type, TypedefType

WIDE = {"wchar_t": "L", "char16_t": "u", "char32_t": "U"}
"""The wide character types, and the letters before their literals."""


def _peeled(outer: Type) -> Iterator[Type]:
    """Give a type and what its qualifiers and typedefs stand for, one by one."""
    here = outer
    for _ in range(1000):
        yield here
        if not isinstance(here, (QualifiedType, TypedefType)):
            return
        here = here.target


def text_width(type: Type) -> int:
    """Return the bytes of a unit where the type is a character's in C and C++, else 0."""
    sort = scalars.kind(type)
    if sort not in (scalars.CHARACTER, scalars.INTEGER) or type.language == RUST:
        return 0
    size = type.size or 0
    if size == 1:
        return 0 if is_number(type) else 1
    return size if size in (2, 4) and text_prefix(type) else 0


def is_number(type: Type) -> bool:
    """Whether a type is a number although its size is a character's."""
    # A base type of that name is gdb's for registers and memory; a program's is a typedef.
    return isinstance(type, BaseType) and (type.is_number or type.name == "int8_t")


def text_prefix(type: Type) -> str:
    """Return the letter before a literal of the type: `L`, `u`, `U` or nothing."""
    return next((WIDE[here.name] for here in _peeled(type) if here.name in WIDE), "")


def is_byte(type: Type) -> bool:
    """Whether the type is an unsigned number of one byte."""
    return (
        scalars.kind(type) in (scalars.INTEGER, scalars.CHARACTER)
        and type.size == 1
        and not scalars.is_signed(type)
    )


def end(data: bytes, width: int) -> int | None:
    """Return the offset of the first NUL in the bytes of characters of one width; None without one."""
    if width == 1:
        found = data.find(b"\0")
        return found if found >= 0 else None
    whole = range(0, len(data) - width + 1, width)
    return next((at for at in whole if not any(data[at : at + width])), None)
