"""Where a value is, in the form that expressions give it: a sequence of pieces.

Source: DWARF 5 §2.6.1.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import TypeAlias


class MemoryPiece(NamedTuple):
    """Bytes at a load address; the value's bits begin `bit_offset` bits into them.

    `bits` is the piece's size, None for a value that is this one piece whole.
    """

    address: int
    bits: int | None = None
    bit_offset: int = 0


class RegisterPiece(NamedTuple):
    """A register by its DWARF number; the bits begin `bit_offset` above its lowest."""

    number: int
    bits: int | None = None
    bit_offset: int = 0


class ImplicitPiece(NamedTuple):
    """The value itself, little-endian; it has no address and cannot be assigned to."""

    data: bytes
    bits: int | None = None
    bit_offset: int = 0


class ImplicitPointerPiece(NamedTuple):
    """A pointer whose target has no address, but is described by the DIE at a `.debug_info` offset.

    `offset` is bytes into the target.
    """

    die_offset: int
    offset: int
    bits: int | None = None
    bit_offset: int = 0


class EmptyPiece(NamedTuple):
    """A part of the value that is not there, and why."""

    reason: str
    bits: int | None = None
    bit_offset: int = 0


Piece: TypeAlias = MemoryPiece | RegisterPiece | ImplicitPiece | ImplicitPointerPiece | EmptyPiece
Location: TypeAlias = tuple[Piece, ...]
"""One piece with `bits` None, or pieces in order from the value's first bit."""

OPTIMIZED_OUT = "optimized out"
