"""What Rust makes of structures: enums with their cases, slices and strings, tuples.

Source: rustc's debuginfo (compiler/rustc_codegen_llvm, metadata): variant parts with or without a niche,
fat pointers as `{data_ptr, length}`, tuple fields as `__0`, `__1`, ...
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from trapline.base.errors import EvaluationError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import scalars
from trapline.symbols.types import RUST, BaseType, PointerType, StructType, Variant, VariantPart

if TYPE_CHECKING:
    from trapline.inspection.value import Value

BYTE = BaseType("u8", 1, 7, RUST)
"""What Rust's strings are made of."""
CHARACTER = BaseType("char", 4, 16, RUST)
"""What Rust's strings are read as."""
LONGEST = sys.maxsize
"""Elements of a slice; more is what `len()` cannot say, and only values without a size could be as many."""


def active_variant(value: Value) -> Variant | None:
    """Return the case that an enum has; None where it is no enum, or its discriminant means none.

    Raises:
        ValueUnavailable: the discriminant is not known.
    """
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or (part := stripped.variant_part) is None:
        return None
    if part.discriminant is None:
        return part.variants[0] if part.variants else None
    discriminant = value.field(part.discriminant)
    mask = (1 << (discriminant.type.size or 0) * 8) - 1
    return _case(part, scalars.number_in(discriminant.contents(), discriminant.type) & mask, mask)


def chooser(part: VariantPart) -> Callable[[bytes, int], Variant | None] | None:
    """Return what tells the case that an enum has from its bytes, which begin at an offset.

    None where its discriminant has no place of its own.
    """
    member = part.discriminant
    if member is None:
        first = part.variants[0] if part.variants else None
        return lambda data, at: first
    size = member.type.size
    if not isinstance(member.offset, int) or member.bit_size is not None or not size:
        return None
    offset, mask, known = member.offset, (1 << size * 8) - 1, dict[int, "Variant | None"]()

    def choose(data: bytes, at: int) -> Variant | None:
        wanted = int.from_bytes(data[at + offset : at + offset + size], "little")
        if wanted not in known:
            if len(known) > 1000:
                known.clear()
            known[wanted] = _case(part, wanted, mask)
        return known[wanted]

    return choose


def _case(part: VariantPart, wanted: int, mask: int) -> Variant | None:
    """Return the case that a discriminant means; the file may state those signed or unsigned."""
    fallback = None
    for variant in part.variants:
        if not variant.values:
            fallback = variant
        if any(low & mask <= wanted <= high & mask for low, high in variant.values):
            return variant
    return fallback


def is_enum(value: Value) -> bool:
    """Whether a value is an enum whose cases carry data."""
    stripped = value.type.strip()
    return isinstance(stripped, StructType) and stripped.variant_part is not None


def truth(value: Value) -> bool:
    """Whether a structure is neither an empty slice or string nor None."""
    found = as_sequence(value)
    if found is not None:
        return len(found) > 0
    is_option = (value.type.strip().name or "").startswith("core::option::Option<")
    variant = active_variant(value) if is_option else None
    return scalars.truth(value) and (variant is None or variant.name != "None")


def payload(value: Value) -> Value:
    """Return the structure of an enum's active case; any other value itself.

    Raises:
        EvaluationError: the discriminant means no case.
    """
    if not is_enum(value):
        return value
    variant = active_variant(value)
    if variant is None or variant.member is None:
        raise EvaluationError(f"the discriminant of this {value.type} means no case of it")
    return value.field(variant.member)


def is_tuple(type: StructType) -> bool:
    """Whether fields are numbered: tuples and tuple structures."""
    members = type.members
    return bool(members) and all(member.name == f"__{number}" for number, member in enumerate(members))


class Slice:
    """The elements of a slice or of a string's bytes."""

    __slots__ = ("_length", "_pointer")

    def __init__(self, pointer: Value, length: int) -> None:
        self._pointer = pointer
        self._length = length

    @property
    def address(self) -> int:
        """The load address of the first element."""
        return scalars.integer(self._pointer)

    @property
    def pointer(self) -> Value:
        """The pointer to the first element."""
        return self._pointer

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Value:
        if not -self._length <= index < self._length:
            raise IndexError(f"index {index} is outside of a slice of {self._length}")
        return self._pointer.element(index % self._length)

    def __iter__(self) -> Iterator[Value]:
        return (self._pointer.element(index) for index in range(self._length))


def as_sequence(value: Value) -> Slice | None:
    """Return the elements of a slice, `&str` or boxed slice; None for anything else.

    Raises:
        ValueUnavailable: its length is not known, or none.
    """
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or stripped.language != RUST or len(stripped.members) != 2:
        return None
    pointer, length = stripped.member("data_ptr"), stripped.member("length")
    if pointer is None or length is None or not isinstance(pointer.type.strip(), PointerType):
        return None
    if has_tail(stripped):
        return None
    size = scalars.integer(value.field(length))
    if not 0 <= size <= LONGEST:
        raise ValueUnavailable(f"a slice of {size} elements is not believable")
    return Slice(value.field(pointer), size)


def trait_object(value: Value) -> Value | None:
    """Return what a `&dyn Trait`, a box of one or a pointer to one points to, as what it really is.

    None for anything else, and where the debug information does not have the table of its functions.

    Raises:
        ValueUnavailable: pointer or table cannot be read.
    """
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or stripped.language != RUST or len(stripped.members) != 2:
        return None
    pointer, table = stripped.member("pointer"), stripped.member("vtable")
    if pointer is None or table is None:
        return None
    real = value.program.implementer(scalars.integer(value.field(table)))
    if real is None:
        return None
    address = int.from_bytes(value.field(pointer).contents()[:8], "little")
    return type(value).at(value.program, real, address)


def slice_layout(type: StructType) -> tuple[int, int] | None:
    """Return the offsets in bytes of a slice's pointer and of its length; None for anything else."""
    if has_tail(type):
        return None
    pointer, length = type.member("data_ptr"), type.member("length")
    if type.language != RUST or len(type.members) != 2 or pointer is None or length is None:
        return None
    if not isinstance(pointer.type.strip(), PointerType) or pointer.type.size != 8 or length.type.size != 8:
        return None
    is_placed = isinstance(pointer.offset, int) and isinstance(length.offset, int)
    return (pointer.offset, length.offset) if is_placed else None  # type: ignore[return-value]  # both are int


_TO = ("&mut ", "&", "*const ", "*mut ", "alloc::boxed::Box<")
"""How the names of pointers begin; of what they point to follows."""


def has_tail(type: StructType) -> bool:
    """Whether a pointer with a length is to a structure that ends with so many elements.

    Such a structure's size is that of its beginning: `RcInner<str>`, `struct Line { n: u32, text: str }`.
    """
    name = type.name or ""
    for beginning in _TO:
        if name.startswith(beginning):
            rest = name.removeprefix(beginning)
            return rest != "str" and not rest.startswith(("[", "str,", "str>"))
    return False


def is_string(type: StructType) -> bool:
    """Whether a slice is a string: `&str`, `&mut str`, `Box<str>` and other owners of `str`."""
    name = type.name or ""
    return name in ("&str", "&mut str", "*const str", "*mut str") or "<str" in name


def string_bytes(value: Value, limit: int | None = None) -> bytes | None:
    """Return the bytes of a `&str`, at most `limit`; None for anything else.

    Raises:
        ValueUnavailable: they cannot be read.
    """
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or not is_string(stripped):
        return None
    elements = as_sequence(value)
    if elements is None:
        return None
    size = len(elements) if limit is None else min(len(elements), limit)
    if size > 1 << 30:
        raise ValueUnavailable(f"a string of {size} bytes is not believable")
    if not size:
        return b""
    return elements.pointer.dereference().storage.read(0, size)


def letters(value: Value, text: str) -> Iterator[Value]:
    """Give the characters of a text as values of the program of `value`."""
    make, program = type(value).constant, value.program
    return (make(program, CHARACTER, ord(letter).to_bytes(4, "little")) for letter in text)


def elements(value: Value) -> Slice | list[Value] | None:
    """Return the elements of a slice, the characters of a `&str`; None for anything else.

    Raises:
        ValueUnavailable: they are not known.
    """
    content = string_bytes(value)
    if content is not None:
        return list(letters(value, content.decode("utf-8", "surrogateescape")))
    return as_sequence(value)


def indexed(value: Value, index: int) -> Value:
    """Return an element of a slice or string, or a numbered field of a tuple or of an enum's active case.

    Raises:
        IndexError: there is no such element.
    """
    found = elements(value)
    if found is not None:
        if not -len(found) <= index < len(found):
            raise IndexError(f"index {index} is outside of {len(found)} elements")
        return found[index]
    target = payload(value)
    stripped = target.type.strip()
    if isinstance(stripped, StructType) and is_tuple(stripped):
        if 0 <= index < len(stripped.members):
            return target.field(stripped.members[index])
        raise IndexError(f"{value.type} has {len(stripped.members)} fields")
    raise EvaluationError(f"{value.type} has no elements")
