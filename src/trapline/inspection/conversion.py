"""Values as Python's own objects."""

from __future__ import annotations

from trapline.base.errors import EvaluationError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import rust, scalars
from trapline.inspection.characters import text_width
from trapline.inspection.storage import MemoryStorage
from trapline.symbols.types import RUST, ArrayType, PointerType, StructType

if TYPE_CHECKING:
    from trapline.inspection.value import Value

_DEPTH = 50
_ELEMENTS = 10_000_000
"""Elements of one array; a larger one is a broken file's."""

_TEXT = 1 << 20
"""Bytes of a string behind a pointer that are looked through for its end."""


def to_python(value: Value, depth: int = 0) -> Any:
    """Return the content; see `Value.to_python`."""
    if depth > _DEPTH:
        raise EvaluationError(f"{value.type} is nested more than {_DEPTH} deep")
    value = value.referent()
    presentation = value.presentation
    if presentation is not None:
        return presentation.to_python(depth)
    sort = scalars.kind(value.type)
    if sort == scalars.STRUCT:
        return _structure(value, depth)
    if sort == scalars.ARRAY:
        return _array(value, depth)
    if sort == scalars.FUNCTION:
        return value.storage.address
    if sort == scalars.NOTHING or value.type.size == 0:
        return None
    return _scalar(value, sort)


def _scalar(value: Value, sort: str) -> Any:
    if sort == scalars.BOOLEAN:
        return bool(value)
    if sort == scalars.ENUM:
        name = scalars.enumerator_name(value)
        return name if name is not None else scalars.integer(value)
    if sort == scalars.CHARACTER and value.language == RUST:
        return chr(scalars.integer(value)) if scalars.integer(value) < 0x110000 else scalars.integer(value)
    if sort == scalars.METHOD_POINTER:
        return int.from_bytes(value.contents()[:8], "little")
    if sort == scalars.POINTER:
        content = text_content(value)
        return _decoded(content) if content is not None else scalars.integer(value)
    number = scalars.number(value)
    return number if isinstance(number, (int, float, complex)) else float(number)


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _structure(value: Value, depth: int) -> Any:
    stripped = value.type.strip()
    assert isinstance(stripped, StructType)
    if not stripped.is_complete:
        raise ValueUnavailable(f"{stripped} is an incomplete type")
    if stripped.language == RUST:
        return _rust_structure(value, stripped, depth)
    return {name: to_python(member, depth + 1) for name, member in value.items()}


def _rust_structure(value: Value, stripped: StructType, depth: int) -> Any:
    content = rust.string_bytes(value)
    if content is not None:
        return _decoded(content)
    elements = rust.as_sequence(value)
    if elements is not None:
        return [to_python(element, depth + 1) for element in elements]
    if stripped.variant_part is not None:
        return _rust_enum(value, stripped, depth)
    return _fields(value, stripped, depth)


def _fields(value: Value, stripped: StructType, depth: int) -> Any:
    contents = [to_python(value.field(member), depth + 1) for member in stripped.members]
    if rust.is_tuple(stripped):
        return tuple(contents)
    return (
        dict(zip([member.name for member in stripped.members], contents, strict=True)) if contents else None
    )


def _rust_enum(value: Value, stripped: StructType, depth: int) -> Any:
    """Return Some(x) as x, None as None, a case without content as its name, others under their name."""
    variant = rust.active_variant(value)
    part = rust.payload(value)
    inner = part.type.strip()
    name = variant.name if variant is not None else None
    is_option = (stripped.name or "").startswith("core::option::Option<")
    if not isinstance(inner, StructType) or not inner.members:
        return None if is_option else name
    content = _fields(part, inner, depth)
    if isinstance(content, tuple) and len(content) == 1:
        content = content[0]
    return content if is_option else {name: content}


def _array(value: Value, depth: int) -> Any:
    content = text_content(value)
    if content is not None:
        return _decoded(content)
    length = len(value)
    if length > _ELEMENTS:
        raise ValueUnavailable(f"{length} elements are too many; take a slice")
    return [to_python(element, depth + 1) for element in value]


def text_content(value: Value) -> bytes | None:
    """Return what characters spell, in UTF-8: arrays up to the NUL, pointers, strings; an enum's name.

    None for a value that is no text.

    Raises:
        ValueUnavailable: it cannot be read.
    """
    value = value.referent()
    presentation = value.presentation
    if presentation is not None:
        said = presentation.to_python(0) if presentation.kind == "string" else None
        return said.encode("utf-8", "surrogateescape") if isinstance(said, str) else None
    stripped = value.type.strip()
    if isinstance(stripped, StructType):
        return rust.string_bytes(value)
    name = scalars.enumerator_name(value)
    if name is not None:
        return name.encode()
    if isinstance(stripped, ArrayType):
        if len(stripped.dimensions) != 1 or not isinstance(stripped.dimensions[0], int):
            return None
        width = text_width(stripped.target)
        return _until_nul(value.contents(), width) if width else None
    if (
        isinstance(stripped, PointerType)
        and (width := text_width(stripped.target))
        and scalars.integer(value)
    ):
        return _pointed(value, width)
    if scalars.kind(value.type) == scalars.CHARACTER and value.type.size:
        size, data = value.type.size, value.contents()
        return data if size == 1 else _until_nul(data, size)
    return None


def counted_text(value: Value) -> str:
    """Return what an array of characters spells in its whole length: a NUL in it ends nothing.

    Raises:
        ValueUnavailable: it cannot be read.
    """
    target = value.type.strip().target
    data = value.contents()
    if target is not None and target.size in (2, 4):
        return data.decode("utf-16-le" if target.size == 2 else "utf-32-le", "replace")
    return _decoded(data)


def _pointed(pointer: Value, width: int) -> bytes:
    storage = MemoryStorage.of(pointer.dereference().storage)
    found = bytearray()
    size = 256
    while len(found) < _TEXT:
        data, problem = storage.read_up_to(len(found), size)
        found += data
        if any(not any(data[at : at + width]) for at in range(0, len(data), width)):
            break
        if problem is not None:
            raise ValueUnavailable(problem)
        size = min(size * 4, 1 << 16)
    return _until_nul(bytes(found), width)


def _until_nul(data: bytes, width: int) -> bytes:
    if width == 1:
        return data.partition(b"\0")[0]
    ends = (at for at in range(0, len(data), width) if not any(data[at : at + width]))
    data = data[: next(ends, len(data))]
    encoding = "utf-16-le" if width == 2 else "utf-32-le"
    return data.decode(encoding, "replace").encode()
