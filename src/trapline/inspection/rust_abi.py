"""How Rust passes structures to its own functions, which is not how C does.

rustc promises nothing; this is what it has done since 1.0 on x86-64: a structure of two numbers is two
arguments, other structures are one integer where they fit in a word, and a pointer to a copy where they do
not.  An enum is two numbers where a tag stands before one number, or where it is its largest case with a
niche in it.  What has changed between versions is refused, because a wrong value is worse than none.

Source: rustc, compiler/rustc_ty_utils/src/abi.rs, fn_abi_adjust_for_abi, and rustc_abi/src/layout.rs,
layout_of_enum; behaviour only.
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError
from trapline.base.fact import NamedTuple
from trapline.inspection import scalars
from trapline.symbols.types import RUST, ArrayType, StructType, Type, VariantPart

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
    if isinstance(stripped, StructType) and not (is_plain or stripped.is_union):
        numbers = _scalars(stripped, _DEPTH) if size <= 2 * _WORD or _has_wide(stripped, _DEPTH) else ()
        if numbers:
            return numbers
    if size > (2 * _WORD if is_result else _WORD):
        return None
    if size > _WORD:
        raise EvaluationError(f"how rustc returns a {type_} depends on its version")
    return (Piece(0, size, False),)


def _scalars(type_: Type, depth: int) -> tuple[Piece, ...]:
    """Return the one or two numbers that rustc takes a type for; () where it is an aggregate.

    Raises:
        EvaluationError: that is not known.
    """
    stripped = type_.strip()
    size = stripped.size or 0
    if isinstance(stripped, ArrayType):
        return ()
    if not isinstance(stripped, StructType):
        if size > _WORD:
            raise _unknown(type_)
        return (Piece(0, size, scalars.kind(stripped) == scalars.FLOAT),)
    if stripped.is_union or depth <= 0:
        raise _unknown(type_)
    if stripped.variant_part is not None and stripped.variant_part.discriminant is not None:
        return _of_enum(stripped, stripped.variant_part, depth - 1)
    fields = _fields(stripped)
    if len(fields) == 1 and fields[0][0] == 0 and fields[0][1].size == size:
        return _scalars(fields[0][1], depth - 1)
    if len(fields) != 2:
        return ()
    both = [_scalars(field, depth - 1) for _, field in fields]
    if any(len(one) != 1 for one in both):
        return ()
    first, second = (one[0]._replace(offset=offset) for (offset, _), one in zip(fields, both, strict=True))
    return (first, second) if _is_pair(first, second, stripped) else ()


def _fields(struct: StructType) -> list[tuple[int, Type]]:
    """Return offset and type of the fields that have bytes, by offset; of an enum those of its cases."""
    members = list(struct.members)
    part = struct.variant_part
    if part is not None:
        members += [variant.member for variant in part.variants if variant.member is not None]
    found = [(one.offset, one.type) for one in members if isinstance(one.offset, int) and one.type.size]
    return sorted(found, key=lambda one: one[0])


def _is_pair(first: Piece, second: Piece, struct: StructType) -> bool:
    """Whether two numbers stand where rustc puts a pair of them, and nothing else is there."""
    behind = -(-first.size // second.size) * second.size
    largest = max(first.size, second.size)
    whole = -(-(behind + second.size) // largest) * largest
    is_aligned_so = struct.alignment in (None, largest)
    return (first.offset, second.offset, struct.size) == (0, behind, whole) and is_aligned_so


def _has_wide(type_: Type, depth: int) -> bool:
    """Whether some number in a type is larger than a word."""
    stripped = type_.strip()
    if isinstance(stripped, ArrayType):
        return False
    if isinstance(stripped, StructType):
        return depth > 0 and any(_has_wide(one, depth - 1) for _, one in _fields(stripped))
    return (stripped.size or 0) > _WORD


def _of_enum(enum: StructType, part: VariantPart, depth: int) -> tuple[Piece, ...]:
    """Return the numbers that an enum of several cases is taken for; () where it is an aggregate.

    Raises:
        EvaluationError: that is not known.
    """
    tag, size = part.discriminant, enum.size or 0
    cases = [variant.member.type.strip() if variant.member is not None else None for variant in part.variants]
    fields = [_fields(case) if isinstance(case, StructType) else [] for case in cases]
    if tag is None or tag.bit_size is not None or not isinstance(tag.offset, int):
        raise _unknown(enum)
    largest = [at for at, variant in enumerate(part.variants) if not variant.values]
    if largest:  # its niche has the other cases
        case = cases[largest[0]]
        if any(fields[at] for at in range(len(cases)) if at != largest[0]):
            return ()
        return _scalars(case, depth) if case is not None and case.size == size else ()
    common: Piece | None = None
    if len({_is_pointer(type_, depth) for found in fields for _, type_ in found}) > 1:
        raise _unknown(enum)  # not all versions take a pointer and an integer for one number
    for found in fields:
        if len(found) > 1:
            return ()
        for offset, type_ in found:
            one = _scalars(type_, depth)
            if len(one) != 1:
                return ()
            piece = one[0]._replace(offset=offset)
            if common is not None and common != piece:
                return ()
            common = piece
    first = Piece(0, tag.type.size or 0, False)
    if common is None and first.size == size:
        return (first,)
    if common is None or tag.offset:
        raise _unknown(enum)
    return (first, common) if _is_pair(first, common, enum) else ()


def _is_pointer(type_: Type, depth: int) -> bool:
    """Whether a type is a pointer, alone in as many structures as may be."""
    stripped = type_.strip()
    while isinstance(stripped, StructType) and depth > 0:
        fields = _fields(stripped)
        if len(fields) != 1:
            return False
        stripped, depth = fields[0][1].strip(), depth - 1
    return scalars.kind(stripped) in (scalars.POINTER, scalars.REFERENCE)


def _unknown(type_: Type) -> EvaluationError:
    return EvaluationError(f"how rustc passes a {type_} by value is not known")


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
