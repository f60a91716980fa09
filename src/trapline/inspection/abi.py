"""How values are passed to functions and come back: registers, stack, or memory of the caller.

Source: x86-64 psABI §3.2.3, Parameter Passing; Itanium C++ ABI §3.1 for what is passed by reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trapline.base.errors import EvaluationError
from trapline.inspection import rust_abi, scalars
from trapline.symbols.calling import passed_by_reference
from trapline.symbols.types import (
    ArrayType,
    BaseType,
    FunctionType,
    Member,
    StructType,
    Type,
    VoidType,
)

INTEGER, SSE, X87, NO_CLASS, MEMORY = "INTEGER", "SSE", "X87", "NO_CLASS", "MEMORY"
"""The classes of an eightbyte; X87UP and SSEUP follow from the type, and are not told apart here."""

_WORD = 8
_MOST = 10_000
"""Scalars of one structure that are looked at; one with more is in memory anyway."""


def alignment(type_: Type) -> int:
    """Return the alignment of a type in bytes.  Source: x86-64 psABI fig. 3.1, aggregates."""
    found = type_.aligned
    if found is None:
        found = type_.aligned = _alignment(type_.strip())
    return found


def _alignment(stripped: Type) -> int:
    if isinstance(stripped, ArrayType):
        return alignment(stripped.target)
    if isinstance(stripped, StructType):
        if stripped.alignment:
            return stripped.alignment
        parts = [member.type for member in stripped.members] + [base.type for base in stripped.bases]
        return max((alignment(part) for part in parts), default=1)
    return max(1, stripped.size or 1)


def is_reference_passed(type_: Type) -> bool:
    """Whether an object is copied by the caller and its address is passed: C++ classes that are not trivial.

    As a result such a class is in memory of the caller's, however small it is.

    Raises:
        EvaluationError: the class is only declared.
    """
    stripped = type_.strip()
    if not isinstance(stripped, StructType):
        return False
    if not stripped.is_complete:
        raise EvaluationError(
            f"{stripped} is only declared in the debug information, which leaves open how it is passed; "
            "clang describes it with -fstandalone-debug"
        )
    return passed_by_reference(stripped)


def classes(type_: Type) -> tuple[str, ...]:
    """Return the class of each eightbyte of a type; `(MEMORY,)` where it is passed in memory.

    Types without bytes have none: `()`.

    Raises:
        EvaluationError: it is a class that is only declared.
    """
    stripped = type_.strip()
    if is_reference_passed(stripped):
        return (MEMORY,)
    size = stripped.size or 0
    if isinstance(stripped, (VoidType, FunctionType)) or not size:
        return ()
    if isinstance(stripped, (StructType, ArrayType)):
        return _aggregate(stripped, size)
    return _scalar(stripped, size)


def _scalar(type_: Type, size: int) -> tuple[str, ...]:
    sort = scalars.kind(type_)
    if sort == scalars.FLOAT:
        return (X87, X87) if size == 16 and _is_extended(type_) else (SSE,) * ((size + 7) // 8)
    if sort == scalars.COMPLEX:
        if size == 32:
            return (MEMORY,)  # complex long double: in memory as an argument
        return (SSE,) * ((size + 7) // 8)
    if sort == scalars.DECIMAL:
        return (SSE,) * ((size + 7) // 8)
    return (INTEGER,) * ((size + 7) // 8)


def _is_extended(type_: Type) -> bool:
    """Whether a 16-byte float is x87's, and not __float128."""
    return isinstance(type_, BaseType) and "128" not in (type_.name or "")


def _aggregate(type_: Type, size: int) -> tuple[str, ...]:
    if isinstance(type_, ArrayType) and type_.is_vector:
        return (SSE,) * ((size + 7) // 8) if size <= 64 else (MEMORY,)
    if size > 2 * _WORD:
        return (MEMORY,)
    found = [NO_CLASS] * ((size + _WORD - 1) // _WORD)
    for count, (offset, part) in enumerate(_parts(type_, 0)):
        part_size = part.size or 1
        if count > _MOST or offset % min(part_size, 16) or offset + part_size > size:
            return (MEMORY,)
        inner = _scalar(part, part_size)
        if MEMORY in inner:
            return (MEMORY,)
        for number, one in enumerate(inner):
            index = offset // _WORD + number
            if index < len(found):
                found[index] = _merged(found[index], one)
    if X87 in found and found != [X87, X87]:
        return (MEMORY,)
    return tuple(SSE if one == NO_CLASS else one for one in found)


def _merged(one: str, other: str) -> str:
    if one == other or other == NO_CLASS:
        return one
    if one == NO_CLASS:
        return other
    if INTEGER in (one, other):
        return INTEGER
    return MEMORY if X87 in (one, other) else SSE


def _parts(type_: Type, offset: int, depth: int = 0) -> Iterator[tuple[int, Type]]:
    """Give (offset in bytes, type) of the scalars in a type."""
    stripped = type_.strip()
    if depth > 50:
        return
    if isinstance(stripped, ArrayType):
        stride = stripped.element_stride or 0
        count = (stripped.size or 0) // stride if stride else 0
        for index in range(min(count, _MOST)):
            yield from _parts(stripped.target, offset + index * stride, depth + 1)
    elif isinstance(stripped, StructType):
        for base in stripped.bases:
            if isinstance(base.offset, int):
                yield from _parts(base.type, offset + base.offset, depth + 1)
        for member in _members(stripped):
            if member.bit_offset is not None and member.bit_size:
                # A bit-field makes its bytes integers, wherever it begins.
                yield offset + member.bit_offset // 8, BaseType("bits", 1, scalars.ATE_UNSIGNED)
            elif isinstance(member.offset, int):
                yield from _parts(member.type, offset + member.offset, depth + 1)
    elif stripped.size:
        yield offset, stripped


def _members(struct: StructType) -> Iterator[Member]:
    yield from struct.members
    part = struct.variant_part
    if part is not None:
        if part.discriminant is not None:
            yield part.discriminant
        yield from (variant.member for variant in part.variants if variant.member is not None)


def is_returned_in_memory(type_: Type) -> bool:
    """Whether a function gives its result in memory whose address it was passed in rdi.

    Raises:
        EvaluationError: it is Rust's and not known, or a class that is only declared.
    """
    if rust_abi.is_concerned(type_):
        return rust_abi.pieces(type_, is_result=True) is None
    found = classes(type_)
    return MEMORY in found and not _is_complex_extended(type_)


def _is_complex_extended(type_: Type) -> bool:
    return scalars.kind(type_.strip()) == scalars.COMPLEX and type_.size == 32


def result_registers(type_: Type) -> tuple[str, ...]:
    """Return the registers that hold a result, an eightbyte each; `()` where none or memory does.

    An x87 result is in st0 (16 bytes); a complex one of long doubles in st0 and st1.

    Raises:
        EvaluationError: it is a structure of Rust that is in other pieces than eightbytes.
    """
    if rust_abi.is_concerned(type_):
        found = rust_abi.pieces(type_, is_result=True) or ()
        if any(one.offset % _WORD for one in found):
            raise EvaluationError(f"a {type_} is returned in pieces, which can be read and not set")
        return result_pieces(found)
    if _is_complex_extended(type_):
        return ("st0", "st1")
    eightbytes = classes(type_)
    if MEMORY in eightbytes:
        return ()
    if X87 in eightbytes:
        return ("st0",)
    stripped = type_.strip()
    if isinstance(stripped, ArrayType) and stripped.is_vector and (stripped.size or 0) > 16:
        return ("zmm0",) if (stripped.size or 0) > 32 else ("ymm0",)
    if (scalars.kind(stripped) == scalars.FLOAT and stripped.size == 16) or (
        isinstance(stripped, ArrayType) and stripped.is_vector
    ):
        return ("xmm0",)
    integers, vectors = iter(("rax", "rdx")), iter(("xmm0", "xmm1"))
    return tuple(next(integers) if one == INTEGER else next(vectors) for one in eightbytes)


def result_pieces(found: Iterable[rust_abi.Piece]) -> tuple[str, ...]:
    """Return the registers that hold the pieces of a result in Rust, in their order."""
    integers, vectors = iter(("rax", "rdx")), iter(("xmm0", "xmm1"))
    return tuple(next(vectors) if one.is_vector else next(integers) for one in found)


def register_size(name: str) -> int:
    """Return how many bytes of a result one of several registers holds; a single xmm0 may hold 16."""
    return {"st0": 16, "st1": 16, "ymm0": 32, "zmm0": 64}.get(name, 8)
