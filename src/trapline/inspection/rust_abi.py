"""How Rust passes structures to its own functions, which is not how C does.

rustc promises nothing; this is what it has done since 1.0 on x86-64: a structure of two numbers is two
arguments, other structures are one integer where they fit in a word, and a pointer to a copy where they do
not.  What has changed between versions is refused, because a wrong value is worse than none.

Source: rustc, compiler/rustc_ty_utils/src/abi.rs, fn_abi_adjust_for_abi; behaviour only.
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError
from trapline.base.fact import NamedTuple
from trapline.inspection import scalars
from trapline.symbols.types import RUST, ArrayType, StructType, Type

_WORD = 8
_DEPTH = 50


class Piece(NamedTuple):
    """Bytes of a structure that are in one register: an xmm register where `is_vector`."""

    offset: int
    size: int
    is_vector: bool


def is_concerned(type_: Type) -> bool:
    """Whether a value of a type is passed in a way of Rust's own."""
    stripped = type_.strip()
    if stripped.language != RUST or not stripped.size:
        return False
    return isinstance(stripped, StructType) or (isinstance(stripped, ArrayType) and not stripped.is_vector)


def pieces(type_: Type, *, is_result: bool = False) -> tuple[Piece, ...] | None:
    """Return the registers that a structure or array takes; None where it is in memory.

    Raises:
        EvaluationError: versions of rustc differ in it.
    """
    stripped = type_.strip()
    size = stripped.size or 0
    found: list[Piece] = []
    is_plain = _collect(stripped, 0, found, _DEPTH)
    if is_plain and len(found) == 1 and found[0].size == size:
        return tuple(found)
    if is_plain and len(found) == 2:
        return tuple(sorted(found))
    is_enum = isinstance(stripped, StructType) and stripped.variant_part is not None
    if size > (2 * _WORD if is_result or is_enum else _WORD):
        return None
    if is_enum and len({one.offset for one in found}) > 1:
        raise EvaluationError(f"how rustc passes a {type_} by value is not known")
    if size > _WORD:
        raise EvaluationError(f"how rustc returns a {type_} depends on its version")
    return (Piece(0, size, False),)


def _collect(type_: Type, offset: int, found: list[Piece], depth: int) -> bool:
    """Add the numbers in a type; False where it has more structure than fields in fields."""
    stripped = type_.strip()
    if depth <= 0 or len(found) > 16:
        return False
    if isinstance(stripped, ArrayType):
        if stripped.size:
            found.append(Piece(offset, stripped.size, False))
        return not stripped.size
    if isinstance(stripped, StructType):
        part = stripped.variant_part
        members = list(stripped.members)
        if part is not None:
            members += [part.discriminant] if part.discriminant is not None else []
            members += [variant.member for variant in part.variants if variant.member is not None]
        is_plain = part is None and not stripped.is_union
        for member in members:
            if not isinstance(member.offset, int):
                return False
            is_plain = _collect(member.type, offset + member.offset, found, depth - 1) and is_plain
        return is_plain
    size, is_vector = stripped.size or 0, scalars.kind(stripped) == scalars.FLOAT
    found += [Piece(offset + at, min(size - at, _WORD), is_vector) for at in range(0, size, _WORD)]
    return True
