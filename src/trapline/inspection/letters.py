"""`print/x` and its like: scalars by format letter.

Source: gdb manual, Output Formats.
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import floats, numbers, scalars
from trapline.inspection.storage import MemoryStorage
from trapline.inspection.value import Value
from trapline.symbols.types import BaseType, PointerType, Type

if TYPE_CHECKING:
    from trapline.inspection.storage import Program

LETTERS = ("", "x", "d", "u", "o", "t", "a", "c", "f", "s", "z")
"""What there is; "" is the type's own form, "s" that with strings for all bytes."""

_TEXTS = {
    1: ("", BaseType("int8_t", 1, scalars.ATE_SIGNED)),
    2: ("u", BaseType("char16_t", 2, scalars.ATE_UTF)),
    4: ("U", BaseType("char32_t", 4, scalars.ATE_UTF)),
}
"""What a string's characters of a size are; gdb has a pointer to numbers for those of a byte."""
_FLOATS = {4: "float", 8: "double"}


def formatted(data: bytes, type: Type, letter: str, address: Callable[[int], str]) -> str:
    """Return a scalar by a format letter other than "" and "s".

    Args:
        data: its bytes.
        type: what they mean.
        letter: one of LETTERS.
        address: returns `0x401136 <main+4>` for a load address.
    """
    size = len(data)
    if letter == "f":
        return _as_float(data, type)
    bits = min(scalars.bit_size(type), size * 8) or 8
    unsigned = int.from_bytes(data, "big" if scalars.is_swapped(type) else "little") & ((1 << bits) - 1)
    signed = unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned
    if letter == "c":
        return _as_character(scalars.number_in(data, type), type)
    return {
        "x": lambda: f"{unsigned:#x}",
        "z": lambda: f"0x{unsigned:0{size * 2}x}",
        "d": lambda: str(signed),
        "u": lambda: str(unsigned),
        "o": lambda: f"0{unsigned:o}" if unsigned else "0",
        "t": lambda: f"{unsigned:b}",
        "a": lambda: address(unsigned if size == 8 else signed & ((1 << 64) - 1)),
    }[letter]()


def _as_float(data: bytes, type: Type) -> str:
    """Return bytes as the floating-point number of their size, or else as the integer they are."""
    if scalars.kind(type) in (scalars.FLOAT, scalars.DECIMAL):
        return numbers.text(data, type)
    if len(data) in (4, 8, 16):
        form = floats.format_of(len(data), None)
        assert form is not None
        return floats.text(data, form)
    return str(scalars.number_in(data, type))


def _as_character(number: int, type: Type) -> str:
    encoding = scalars.ATE_SIGNED_CHAR if scalars.is_signed(type) else scalars.ATE_UNSIGNED_CHAR
    char = BaseType("char", 1, encoding, "c")
    low = number & 0xFF
    return numbers.text(bytes([low]), char)


def examined(program: Program, address: int, size: int, letter: str) -> tuple[Value, Value]:
    """Return a unit of memory as gdb's `$_` and `$__` have it: a pointer to it, and its content."""
    type_ = _unit_type(size, letter)
    pointer = Value.constant(program, PointerType(type_), address.to_bytes(8, "little"))
    return pointer, Value.constant(program, type_, program.read(address, size))


def examined_text(
    program: Program, address: int, size: int, elements: int, repeats: int
) -> tuple[str, int, Value]:
    """Return a string in memory as gdb's `x/s` shows it, its bytes with the NUL, and a pointer to it.

    Args:
        program: whose memory it is.
        address: load address of the first character.
        size: bytes of a character: 1, 2 (UTF-16) or 4 (UTF-32).
        elements: characters after which the rest is left out; the bytes end there then.
        repeats: a longer run of one character is counted.
    """
    from trapline.inspection import characters, literals

    prefix, type_ = _TEXTS[size]
    storage = MemoryStorage(program, address)
    data, problem = storage.read_up_to(0, (elements + 1) * size)
    end = characters.end(data, size)
    is_whole = end is not None and end <= elements * size
    shown = data[: end if is_whole else elements * size]
    length = len(shown) + (size if is_whole else 0)
    is_cut = not is_whole and len(data) > elements * size
    error = "" if is_whole or is_cut else f"<error: {problem}>"
    text = (
        ""
        if error and not shown
        else literals.string(
            shown,
            width=size,
            prefix=prefix,
            elements=elements,
            repeats=repeats,
            is_cut=is_cut,
            terminated=False,
        )
    )
    pointer = Value.constant(program, PointerType(type_), address.to_bytes(8, "little"))
    return text + error, length, pointer


def memory_unit(data: bytes, letter: str, address: Callable[[int], str]) -> str:
    """Return 1, 2, 4 or 8 bytes of memory as gdb's `x` writes them; "a" by `address`."""
    if letter == "a":
        return address(int.from_bytes(data, "little"))
    return formatted(data, _unit_type(len(data), letter), letter or "d", address)


def _unit_type(size: int, letter: str) -> BaseType:
    if letter == "f" and size in _FLOATS:
        return BaseType(_FLOATS[size], size, scalars.ATE_FLOAT)
    return BaseType(f"int{8 * size}_t", size, scalars.ATE_SIGNED)
