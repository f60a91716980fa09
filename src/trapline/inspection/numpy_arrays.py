"""Values as numpy arrays.

What has a dtype is read in one piece wherever it stands side by side; the elements of lists, trees and
tables are put together, and containers in containers become dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trapline.base.errors import UsageError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import printers, rust, scalars
from trapline.inspection.floats import BFLOAT16, QUAD
from trapline.inspection.printers.containers import Fixed, arguments
from trapline.symbols.types import (
    RUST,
    ArrayType,
    FunctionType,
    MemberPointerType,
    StructType,
    Type,
)

if TYPE_CHECKING:
    from trapline.inspection.printers.presentation import Presentation
    from trapline.inspection.value import Value

_ELEMENTS = 10_000_000
"""Elements that are read one by one; a larger container is a broken file's."""

_DEPTH = 32
"""Dimensions that numpy has at most, before 2.0."""


class _NoDtypeError(Exception):
    """Something has no dtype; the argument says what."""


def to_numpy(value: Value) -> Any:
    """Return a numpy array; see `Value.to_numpy`."""
    try:
        import numpy  # type: ignore[import-not-found,unused-ignore]  # optional
    except ImportError:
        raise UsageError("to_numpy() needs numpy: python -m pip install numpy") from None
    try:
        return _array(numpy, value, 0)
    except _NoDtypeError as error:
        raise UsageError(f"{error}; to_python() gives this {value.referent().type}") from None


def _array(numpy: Any, value: Value, depth: int) -> Any:
    value = value.referent()
    if depth > _DEPTH:
        raise _NoDtypeError(f"numpy has no arrays of more than {_DEPTH} dimensions")
    shown = value.presentation
    if shown is None and (run := rust.as_sequence(value)) is not None:
        return _slice(numpy, value, run, depth)
    try:
        described = numpy.dtype(_dtype(value.type, is_raw=value.is_raw))
    except _NoDtypeError:
        if shown is not None:
            return _presented(numpy, value, shown, depth)
        if isinstance(value.type.strip(), ArrayType):
            return _gathered(numpy, value, iter(value), depth)
        raise
    content = numpy.frombuffer(value.contents(), described.base)
    return content.reshape(described.shape).copy() if described.shape else content[0].copy()


def _slice(numpy: Any, value: Value, run: rust.Slice, depth: int) -> Any:
    stripped = value.type.strip()
    assert isinstance(stripped, StructType)
    if rust.is_string(stripped):
        raise _NoDtypeError(f"numpy has no dtype for {value.type}, a string")
    target = run.pointer.type.strip().target
    assert target is not None
    if not len(run):
        return _empty(numpy, target, is_raw=value.is_raw)
    return _array(numpy, run.pointer.dereference().retyped(ArrayType(target, [len(run)])), depth)


def _presented(numpy: Any, value: Value, shown: Presentation, depth: int) -> Any:
    """Return the array of what a printer shows, whose type has no dtype of its own."""
    if shown.kind == "sequence":
        run = shown.array
        if run is not None:
            return _array(numpy, run, depth)
        return _gathered(numpy, value, (child for _, child in shown.children()), depth)
    if shown.kind == "" and not isinstance(inner := shown.text(), str) and inner is not None:
        return _array(numpy, inner, depth)  # an atomic, an iterator: it is shown as what is in it
    raise _NoDtypeError(_none(value.type))


def _gathered(numpy: Any, value: Value, elements: Iterable[Value], depth: int) -> Any:
    """Return elements of one sort put together.

    Raises:
        _NoDtypeError: they have none, or not all the same shape.
    """
    parts: list[Any] = []
    for element in _bounded(value, elements):
        part = _array(numpy, element, depth + 1)
        if parts and (part.shape, part.dtype) != (parts[0].shape, parts[0].dtype):
            raise _NoDtypeError(_uneven(value, parts[0], part))
        parts.append(part)
    return numpy.stack(parts) if parts else _empty(numpy, _element_type(value), is_raw=value.is_raw)


def _bounded(value: Value, elements: Iterable[Value]) -> Iterator[Value]:
    for number, element in enumerate(elements):
        if number >= _ELEMENTS:
            raise ValueUnavailable(f"this {value.type} has more than {_ELEMENTS} elements; take a slice")
        yield element


def _uneven(value: Value, first: Any, other: Any) -> str:
    if first.dtype != other.dtype:
        return f"the elements of {value.type} have no dtype in common: {first.dtype} and {other.dtype}"
    lengths = [part.shape[0] if part.ndim == 1 else part.shape for part in (first, other)]
    return f"numpy has no array for {value.type}, whose elements have lengths {lengths[0]} and {lengths[1]}"


def _element_type(value: Value) -> Type:
    """Return what an empty container would hold."""
    stripped = value.type.strip()
    if isinstance(stripped, ArrayType):
        return stripped.element
    found = arguments(value)
    if found and (value.language == RUST or (stripped.name or "").startswith("std::")):
        return found[0]
    raise _NoDtypeError(f"nothing says what the elements of {value.type} would be")


def _empty(numpy: Any, element: Type, *, is_raw: bool) -> Any:
    """Return an array of no elements, with a dimension for each container in the type of them."""
    dimensions, here = 1, element
    while not is_raw and _is_sequence(here):
        inner = here.strip()
        assert isinstance(inner, StructType)
        types = [one.type for one in inner.template_arguments if one.value is None]
        if not types:
            break
        dimensions, here = dimensions + 1, types[0]
    described = numpy.dtype(_dtype(here, is_raw=is_raw))
    return numpy.empty((0,) * dimensions, described)


def _is_sequence(type: Type) -> bool:
    known = printers.printer_class(type)
    return known is not None and known.kind == "sequence"


# -- dtypes --------------------------------------------------------------------------------------------


def _none(type: Type) -> str:
    return f"numpy has no dtype for {type}"


def _dtype(type: Type, *, is_raw: bool = False) -> Any:
    """Return what numpy.dtype() takes for a type.

    Raises:
        _NoDtypeError: numpy has nothing like it.
    """
    stripped = type.strip()
    if isinstance(stripped, ArrayType):
        if not stripped.dimensions or any(not isinstance(count, int) for count in stripped.dimensions):
            raise _NoDtypeError(f"{type} has no known length")
        element, shape = _dtype(stripped.target, is_raw=is_raw), tuple(stripped.dimensions)
        # numpy takes an array of arrays for one of the outer dimensions only.
        return (element[0], shape + element[1]) if isinstance(element, tuple) else (element, shape)
    if not isinstance(stripped, StructType):
        return _scalar_dtype(type, stripped)
    if not is_raw and printers.is_printed(type):
        return _printed_dtype(type, stripped)
    return _struct_dtype(stripped, is_raw=is_raw)


def _scalar_dtype(type: Type, stripped: Type) -> str:
    sort, size = scalars.kind(type), type.size or 0
    letter = {
        scalars.BOOLEAN: "?" if size == 1 else "u",
        scalars.FLOAT: "f",
        scalars.COMPLEX: "c",
        scalars.POINTER: "u",
        scalars.REFERENCE: "u",
    }.get(sort, "i" if scalars.is_signed(type) else "u")
    if isinstance(stripped, (FunctionType, MemberPointerType)) or sort in (scalars.NOTHING, scalars.DECIMAL):
        raise _NoDtypeError(_none(type))
    if sort == scalars.FLOAT and scalars.float_format(type) in (BFLOAT16, QUAD):
        raise _NoDtypeError(_none(type))
    if sort == scalars.COMPLEX and "128" in (stripped.name or ""):
        raise _NoDtypeError(_none(type))
    sizes = {"f": (2, 4, 8, 16), "c": (8, 16, 32), "?": (1,)}.get(letter, (1, 2, 4, 8))
    if size not in sizes or (letter in "iu" and scalars.bit_size(type) != size * 8):
        raise _NoDtypeError(f"{_none(type)} of {size} bytes")
    order = ">" if scalars.is_swapped(type) else "<"
    return letter if letter == "?" else f"{order}{letter}{size}"


def _printed_dtype(type: Type, stripped: StructType) -> Any:
    """Return the dtype of a pair, a tuple or a `std::array`."""
    parts = printers.record(type)
    if parts is not None:
        return _record(stripped, parts, is_raw=False)
    known = printers.printer_class(type)
    if known is not None and issubclass(known, Fixed) and len(stripped.members) == 1:
        inner = stripped.members[0]
        if inner.type.size == stripped.size and isinstance(inner.type.strip(), ArrayType):
            return _dtype(inner.type)
    raise _NoDtypeError(_none(type))


def _struct_dtype(stripped: StructType, *, is_raw: bool) -> Any:
    if not stripped.is_complete:
        raise _NoDtypeError(f"{_none(stripped)}, which is only declared")
    if stripped.variant_part is not None:
        raise _NoDtypeError(f"{_none(stripped)}, an enum with data")
    if rust.slice_layout(stripped) is not None:
        raise _NoDtypeError(_none(stripped))
    name = stripped.name or ""
    if name.startswith(("std::complex<", "std::__1::complex<")) and stripped.size in (8, 16, 32):
        return f"<c{stripped.size}"
    if stripped.bases or any(member.bit_size is not None for member in stripped.members):
        raise _NoDtypeError(f"{_none(stripped)}: it has bit-fields or base classes")
    parts: list[tuple[str, Type, int]] = []
    is_tuple = stripped.language == RUST and rust.is_tuple(stripped)
    for number, member in enumerate(stripped.members):
        if not isinstance(member.offset, int):
            raise _NoDtypeError(f"{_none(stripped)}: where {member.name} is has to be computed")
        called = str(number) if is_tuple else member.name or f"_{number}"
        parts.append((called, member.type, member.offset))
    return _record(stripped, parts, is_raw=is_raw)


def _record(stripped: StructType, parts: Iterable[tuple[str, Type, int]], *, is_raw: bool) -> dict[str, Any]:
    """Return the dtype of a structure; what takes no bytes is left out."""
    shown = [part for part in parts if part[1].size != 0]
    if not shown:
        raise _NoDtypeError(f"{_none(stripped)}, which holds nothing")
    return {
        "names": [name for name, _, _ in shown],
        "formats": [_dtype(type, is_raw=is_raw) for _, type, _ in shown],
        "offsets": [offset for _, _, offset in shown],
        "itemsize": stripped.size or 0,
    }
