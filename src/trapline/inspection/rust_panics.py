"""What a Rust panic says, read from memory alone: its message, and where the program says that it began.

The standard library has no debug information as it is shipped, and the layout of its structures is not
promised; so the parts are recognized by what they must be: a text is a pointer and lengths that fit, UTF-8
all through; a location is the name of a file, a line and a column.

Source: library/std/src/panicking.rs (rust_panic, panic_with_hook), library/core/src/panic/location.rs,
Rust 1.60 to 1.95.
"""

from __future__ import annotations

import itertools

from trapline.base.errors import MemoryFault
from trapline.base.location import SourceLocation
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection.storage import words

if TYPE_CHECKING:
    from trapline.inspection.space import Space

_LONGEST = 1 << 16  # bytes of a message
_LONGEST_PATH = 4096
NO_TEXT = "Box<dyn Any>"
"""What Rust itself says of a panic with a value that is no text."""


def message(space: Space, payload: int, table: int) -> str | None:
    """Return the text of the payload that `rust_panic` is given: a pointer and a table of methods.

    The table begins with a destructor, size and alignment in bytes.
    """
    try:
        size = int.from_bytes(space.read(table + 8, 8), "little")
        if size == 16:
            pointer, length = words(space, payload, 2)
            text = _text(space, pointer, length, _LONGEST)
            if text is not None:
                return text
        elif size in (24, 32):
            text = _owned(space, words(space, payload, size // 8))
            if text is not None:
                return text
        return NO_TEXT
    except MemoryFault:
        return None


def _owned(space: Space, found: list[int]) -> str | None:
    """Return the text of a String among some words, in whatever order its three parts are."""
    for pointer, capacity, length in itertools.permutations(found, 3):
        if length <= capacity < 1 << 40 <= pointer:
            text = _text(space, pointer, length, _LONGEST)
            if text is not None:
                return text
    return None


def location(space: Space, addresses: list[int]) -> SourceLocation | None:
    """Return the location that one of some load addresses is that of: `&core::panic::Location`."""
    for address in addresses:
        try:
            pointer, length, place = words(space, address, 3)
            line, column = place & 0xFFFFFFFF, place >> 32
            # A C string inside the program counts its end since Rust 1.89; a path has no such byte.
            path = _text(space, pointer, length, _LONGEST_PATH)
        except MemoryFault:
            continue
        path = path.rstrip("\0") if path is not None else None
        if path and path.isprintable() and 0 < line < 1 << 24 and column < 1 << 24:
            return SourceLocation(path, line, column)
    return None


def _text(space: Space, address: int, length: int, longest: int) -> str | None:
    """Return UTF-8 text; None where there is none."""
    if length > longest or (length and not 0x1000 <= address < 1 << 47):
        return None
    try:
        return space.read(address, length).decode("utf-8")
    except (MemoryFault, UnicodeDecodeError):
        return None
