"""Constants in DWARF attributes, and which sign they have.

Forms of fixed size do not tell whether a number is negative; what uses it has to say.

Source: DWARF 5 §7.5.5, class constant.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw

if TYPE_CHECKING:
    from trapline.dwarf.die import Die


def number(die: Die, attribute: int) -> int | None:
    """Return an attribute that is a constant and not negative; None where it is missing or neither."""
    value = die.get(attribute)
    return value if isinstance(value, int) and value >= 0 else None


def constant(die: Die, attribute: int = dw.DW_AT_const_value) -> int | bytes | None:
    """Return a constant: a number with the sign its form gives it, or the bytes of the value; None without.

    A string stands for its bytes with the NUL behind them.
    """
    value = die.find(attribute)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape") + b"\0"
    return value if isinstance(value, (int, bytes)) else None


def as_integer(value: int | bytes | None) -> int | None:
    """Return a constant as a number, its bytes taken as an unsigned one."""
    return int.from_bytes(value, "little") if isinstance(value, bytes) else value


def wrapped(value: int, size: int | None, signed: bool) -> int:
    """Return a constant as an integer of `size` bytes holds it."""
    bits = 8 * (size or 8)
    if bits > 128:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


def text(die: Die, attribute: int) -> str | None:
    """Return an attribute that is a string, of the DIE itself or what it is an instance of; else None."""
    value = die.find(attribute)
    return value if isinstance(value, str) else None


def linkage_name(die: Die) -> str | None:
    """Return the name that the linker knows, None where the file does not say."""
    return text(die, dw.DW_AT_linkage_name) or text(die, dw.DW_AT_MIPS_linkage_name)
