"""What callers give: numbers, texts and bytes, or one clear line that says what was given instead."""

from __future__ import annotations

from _operator import index

from trapline.base.errors import ArgumentError, LocationError


def integer(value: object, what: str) -> int:
    """Return a number that a caller gave, anything with `__index__`.

    Raises:
        TypeError: it is none.
    """
    try:
        return index(value)  # type: ignore[arg-type]  # this asks whether it is one
    except TypeError:
        raise TypeError(f"{what} must be an integer, not {type(value).__name__}") from None


def count(value: object, what: str, least: int = 0) -> int:
    """Return a number that a caller gave and that is not below another.

    Raises:
        TypeError: it is no number.
        ArgumentError: it is less.
    """
    found = integer(value, what)
    if found < least:
        raise ArgumentError(f"{what} must be at least {least}, not {found}")
    return found


def text(value: object, what: str) -> str:
    """Return a text that a caller gave.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} must be text, not {type(value).__name__}")
    return value


def data(value: object, what: str) -> bytes:
    """Return the bytes that a caller gave, in whatever buffer; a number is not so many zeros.

    Raises:
        TypeError: they are none.
    """
    try:
        return bytes(memoryview(value))  # type: ignore[arg-type]  # this asks whether it is one
    except TypeError:
        raise TypeError(f"{what} must be bytes, not {type(value).__name__}") from None


def address(value: object) -> int:
    """Return an address that a caller gave.

    Raises:
        TypeError: it is no number.
        LocationError: it is no number of 64 bits.
    """
    found = integer(value, "address")
    if found >> 64:
        raise LocationError(f"{found:#x}: an address has 64 bits and no sign")
    return found
