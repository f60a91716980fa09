"""The bytes that an assignment stores: of another value, or of what Python has for it."""

from __future__ import annotations

from trapline.base.errors import UsageError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.characters import text_width
from trapline.inspection.storage import ConstantStorage
from trapline.inspection.value import Value
from trapline.symbols.types import ArrayType, EnumType, PointerType, StructType

if TYPE_CHECKING:
    from trapline.symbols.types import Type


def assigned_bytes(target: Value, source: object) -> bytes:
    """Return the bytes to store when `source` is assigned to a value.

    Raises:
        UsageError: it does not fit, or cannot become such a value.
        ValueUnavailable: the source is not known.
    """
    type_ = target.type
    sort = scalars.kind(type_)
    if isinstance(source, Value):
        if sort in (scalars.STRUCT, scalars.ARRAY):
            found = source.referent()
            if sort == scalars.STRUCT:
                return _assigned_object(found, type_)
            if found.type.size != type_.size and (width := _literal_width(found, type_)):
                return _fitted(found.contents()[:-width], type_, width)
            if found.type.size != type_.size or scalars.kind(found.type) != sort:
                raise UsageError(f"{source.type} cannot be assigned to {type_}")
            return found.contents()
        return arithmetic.converted(source, type_).contents()
    if isinstance(source, (str, bytes, bytearray)):
        return _text_bytes(target, source)
    if sort == scalars.COMPLEX and isinstance(source, (int, float, complex)):
        return arithmetic.made_complex(target.program, type_, complex(source)).contents()
    if isinstance(source, float) and sort in (scalars.FLOAT, scalars.DECIMAL):
        return scalars.encode(source, type_)
    if isinstance(source, bool) or hasattr(source, "__index__"):
        number = source.__index__()
        if sort in (
            scalars.INTEGER,
            scalars.CHARACTER,
            scalars.ENUM,
            scalars.POINTER,
            scalars.MEMBER_POINTER,
        ):
            bits = target.bit_field[1] if target.bit_field is not None else scalars.bit_size(type_)
            scalars.check_fits(number, type_, bits)
        if sort in (scalars.STRUCT, scalars.ARRAY, scalars.FUNCTION, scalars.NOTHING):
            raise UsageError(f"a number cannot be assigned to {type_}")
        return scalars.encode(number, type_)
    raise UsageError(f"{type(source).__name__} cannot be assigned to {type_}")


def _assigned_object(source: Value, type_: Type) -> bytes:
    """Return the bytes of an object that is assigned to one of its own class, or of a base class."""
    from trapline.inspection.classes import base_part

    here, goal = source.type.strip(), type_.strip()
    part = base_part(source, goal) if isinstance(goal, StructType) else None
    found = part if part is not None else source
    if found.type.size != type_.size or (part is None and here is not goal and here.name != goal.name):
        raise UsageError(f"{source.type} cannot be assigned to {type_}")
    if part is not None and isinstance(goal, StructType) and goal.is_dynamic:
        raise UsageError(f"{source.type} cannot be assigned to {type_}: its bytes say of which class it is")
    return found.contents()


def _literal_width(source: Value, type_: Type) -> int:
    """Return the bytes of a character of a string literal for an array of such; 0 where it is none."""
    one, two = source.type.strip(), type_.strip()
    if not isinstance(one, ArrayType) or not isinstance(two, ArrayType) or len(two.dimensions) > 1:
        return 0
    width = text_width(one.target)
    return width if width == text_width(two.target) and isinstance(source.storage, ConstantStorage) else 0


def _fitted(data: bytes, type_: Type, width: int) -> bytes:
    """Return characters of a width with a zero behind them where an array has room for that.

    Raises:
        UsageError: they are more than the array has room for.
    """
    room = type_.size or 0
    if len(data) > room:
        raise UsageError(f"{len(data)} bytes do not fit in {type_}")
    return data + bytes(min(width, room - len(data)))


def _text_bytes(target: Value, source: str | bytes | bytearray) -> bytes:
    type_ = target.type
    stripped = type_.strip()
    data = source.encode("utf-8", "surrogateescape") if isinstance(source, str) else bytes(source)
    if isinstance(stripped, EnumType) and isinstance(source, str):
        name = source.rpartition("::")[2]
        for enumerator in stripped.enumerators:
            if enumerator.name == name:
                return scalars.encode(enumerator.value, type_)
        raise UsageError(f"{type_} has no enumerator {source!r}")
    if isinstance(stripped, ArrayType) and scalars.kind(stripped.target) in (
        scalars.CHARACTER,
        scalars.INTEGER,
    ):
        width = (stripped.target.size or 1) if isinstance(source, str) else 1
        if isinstance(source, str) and width in (2, 4):
            data = source.encode("utf-16-le" if width == 2 else "utf-32-le")
        return _fitted(data, type_, width)
    is_character = scalars.kind(type_) == scalars.CHARACTER or text_width(type_)
    if is_character and isinstance(source, str) and len(source) == 1:
        code = ord(source)
        scalars.check_fits(code, type_, scalars.bit_size(type_))
        return scalars.encode(code, type_)
    if isinstance(stripped, PointerType):
        raise UsageError(f"text has no address to assign to {type_}; write it to memory first")
    raise UsageError(f"text cannot be assigned to {type_}")
