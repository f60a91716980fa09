"""The texts of many values of one type, by what is put together once for the type.

A thousand structures have one list of members, and a thousand strings one layout: a teller knows both and
only takes bytes apart.  It gives the text that `format.Writer` gives, and asks the writer for what is not
the same for all values of a type: containers, enums of Rust, bit-fields, virtual bases.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from trapline.base.errors import DebuggerError, EvaluationError, MemoryFault
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.inspection import characters, floats, literals, numbers, printers, rust, scalars
from trapline.inspection.value import Value
from trapline.symbols.types import (
    RUST,
    ArrayType,
    FunctionType,
    Member,
    PointerType,
    StructType,
    Type,
    Variant,
    VariantPart,
)

if TYPE_CHECKING:
    from trapline.inspection.format import Writer
    from trapline.inspection.storage import Program

Teller: TypeAlias = Callable[[bytes, int, int], str]
"""Returns the text of a value: of bytes from an offset on, which are at a load address."""

_NUMBERS = {
    (1, False): struct.Struct("<B"), (1, True): struct.Struct("<b"),
    (2, False): struct.Struct("<H"), (2, True): struct.Struct("<h"),
    (4, False): struct.Struct("<I"), (4, True): struct.Struct("<i"),
    (8, False): struct.Struct("<Q"), (8, True): struct.Struct("<q"),
}  # fmt: skip
"""By bytes, and by whether negative numbers are among them."""

_WORD = struct.Struct("<Q")
_FLOATS = {floats.SINGLE: struct.Struct("<f"), floats.DOUBLE: struct.Struct("<d")}
_MADE = 1000
"""Tellers that are made for one type; in a broken file structures may hold themselves."""
_REMEMBERED = 1000
"""Texts of one scalar type that are kept: characters, enumerators, and what else repeats."""


class Tellers:
    """Makes tellers for the values of one program, as one writer writes them."""

    def __init__(self, writer: Writer, program: Program) -> None:
        """Nothing is made yet."""
        self._writer = writer
        self._options = writer.options
        self.program = program
        self._left = _MADE

    def teller(self, type_: Type, level: int) -> Teller:
        """Return what tells values of a type that are inside of `level` structures and arrays."""
        self._left -= 1
        known = self._known(type_, level) if self._left > 0 else None
        return known or self._written(type_, level)

    def _written(self, type_: Type, level: int) -> Teller:
        """Return what asks the writer."""
        program, write = self.program, self._writer.value

        def tell(data: bytes, at: int, address: int) -> str:
            return write(Value.at(program, type_, address), level, follow=not level)

        return tell

    def _known(self, type_: Type, level: int) -> Teller | None:
        """Return what tells by bytes alone; None where they do not say all."""
        if not self._options.raw and printers.is_printed(type_):
            text = self._string(type_, printers.string_layout(type_))
            return text or self._fields(type_, level) or self._run(type_, level)
        sort = scalars.kind(type_)
        if sort == scalars.STRUCT:
            return self._structure(type_, level)
        if sort == scalars.ARRAY:
            return self._array(type_, level)
        if not type_.size or sort in (scalars.REFERENCE, scalars.MEMBER_POINTER, scalars.METHOD_POINTER):
            return None
        if self._options.letter not in ("", "s"):
            return self._formatted(type_)
        if sort == scalars.POINTER:
            return self._pointer(type_)
        if numbers.is_plain(type_):
            return _number(type_)
        if sort == scalars.FLOAT and not scalars.is_swapped(type_):
            return _float(type_)
        return _remembered(type_.size, lambda data: numbers.text(data, type_))

    # -- scalars -----------------------------------------------------------------------------------

    def _formatted(self, type_: Type) -> Teller | None:
        from trapline.inspection import letters

        if scalars.kind(type_) == scalars.COMPLEX:
            return None
        letter, code = self._options.letter, self._writer.code
        return _remembered(type_.size or 0, lambda data: letters.formatted(data, type_, letter, code))

    def _pointer(self, type_: Type) -> Teller | None:
        stripped = type_.strip()
        if not isinstance(stripped, PointerType) or type_.size != _WORD.size:
            return None
        target = stripped.target
        inner = target.strip()
        if type_.language == RUST and isinstance(inner, ArrayType):
            return None
        unpack, write = _WORD.unpack_from, self._writer.address
        if isinstance(inner, FunctionType):
            write = self._writer.code
        elif type_.language != RUST and (width := characters.text_width(target)):
            return self._text_pointer(type_, target, width)
        return lambda data, at, address: write(unpack(data, at)[0])

    def _text_pointer(self, type_: Type, target: Type, width: int) -> Teller:
        unpack, writer, read = _WORD.unpack_from, self._writer, self.program.read
        most, written = (self._options.elements + 1) * width, self._written(type_, 1)

        def tell(data: bytes, at: int, address: int) -> str:
            place = unpack(data, at)[0]
            if not place:
                return writer.address(place)
            try:
                text = writer.terminated(read(place, most), target, width)
            except MemoryFault:
                return written(data, at, address)
            return f"{writer.address(place)} {text}".lstrip()

        return tell

    # -- strings -----------------------------------------------------------------------------------

    def _string(self, type_: Type, layout: tuple[int, int, Type] | None) -> Teller | None:
        """Return what tells strings, by the offsets of pointer and length, and the characters' type."""
        if layout is None:
            return None
        from trapline.inspection.printers.containers import LONGEST

        place, length, character = layout
        width = character.size if character.language == RUST else characters.text_width(character)
        if not width:
            return None
        elements, repeats = self._options.elements, self._options.repeats
        prefix = "" if character.language == RUST else characters.text_prefix(character)
        read, unpack = self.program.read, _WORD.unpack_from
        written = self._written(type_, 0)

        def tell(data: bytes, at: int, address: int) -> str:
            count = unpack(data, at + length)[0]
            if not count:
                return '""'
            if count > LONGEST:
                return written(data, at, address)
            try:
                shown = read(unpack(data, at + place)[0], min(count, elements) * width)
            except MemoryFault:
                return written(data, at, address)
            return literals.string(
                shown, width=width, prefix=prefix, elements=elements, repeats=repeats,
                is_cut=count > elements, terminated=False,
            )  # fmt: skip

        return tell

    # -- arrays and structures -----------------------------------------------------------------------

    def _array(self, type_: Type, level: int) -> Teller | None:
        stripped = type_.strip()
        assert isinstance(stripped, ArrayType)
        size = type_.size
        if not size or type_.language == RUST or not isinstance(stripped.dimensions[0], int):
            return None
        is_text = not stripped.is_vector and len(stripped.dimensions) == 1
        width = characters.text_width(stripped.target) if is_text else 0
        if not width or self._options.letter not in ("", "s"):
            return (lambda data, at, address: "{...}") if level >= self._options.depth else None
        if self._options.null_stop:
            return None
        elements, repeats = self._options.elements, self._options.repeats
        prefix = characters.text_prefix(stripped.target)
        return lambda data, at, address: literals.string(
            data[at : at + size], width=width, prefix=prefix, elements=elements, repeats=repeats
        )

    def _structure(self, type_: Type, level: int) -> Teller | None:
        stripped = type_.strip()
        assert isinstance(stripped, StructType)
        is_rust = stripped.language == RUST
        if not stripped.is_complete or not type_.size or self._options.pretty:
            return None
        if is_rust and stripped.variant_part is not None:
            return self._enum(stripped, stripped.variant_part, level)
        if is_rust and stripped.member("data_ptr") is not None:
            layout = rust.slice_layout(stripped) if rust.is_string(stripped) else None
            return self._string(type_, (*layout, rust.BYTE)) if layout is not None else None
        is_closed = stripped.keyword == "union" and level and not self._options.unions
        if level >= self._options.depth or (is_closed and not is_rust):
            return lambda data, at, address: "{...}"
        if is_rust:
            return self._rust(stripped, level)
        return self._members(stripped, level)

    def _members(self, stripped: StructType, level: int) -> Teller | None:
        if stripped.static_members and self._options.static_members:
            return None
        pieces: list[tuple[str, int, Teller]] = []
        for base in stripped.bases:
            inner = base.type.strip()
            if base.is_virtual or not isinstance(base.offset, int) or not isinstance(inner, StructType):
                return None
            if not self._options.raw and printers.is_printed(base.type):
                return None
            is_closed = level + 1 >= self._options.depth
            part = (lambda data, at, address: "{...}") if is_closed else self._members(inner, level + 1)
            if part is None:
                return None
            pieces.append((f"<{inner.name or ''}> = ", base.offset, part))
        if not stripped.members:
            pieces.append(("<No data fields>", 0, lambda data, at, address: ""))
        for member in stripped.members:
            label = f"{member.name} = " if member.name else ""
            pieces.append((label, *self._member(stripped, member, level)))
        return _joined("{", pieces, "}")

    def _rust(self, stripped: StructType, level: int) -> Teller | None:
        name = stripped.name or ""
        if not stripped.members:
            return lambda data, at, address: name
        head = "" if name.startswith("(") or not name else f"{name} "
        return self._rust_fields(head, stripped, level)

    def _rust_fields(self, head: str, stripped: StructType, level: int) -> Teller:
        is_numbered = rust.is_tuple(stripped) or (stripped.name or "").startswith("(")
        pieces = [
            ("" if is_numbered else f"{member.name}: ", *self._member(stripped, member, level))
            for member in stripped.members
        ]
        opening, closing = "()" if is_numbered else "{}"
        return _joined(head + opening, pieces, closing)

    def _enum(self, stripped: StructType, part: VariantPart, level: int) -> Teller | None:
        choose = rust.chooser(part)
        if choose is None or not part.variants or level >= self._options.depth:
            return None
        written = self._written(stripped, level)
        cases: dict[int, Teller] = {}

        def tell(data: bytes, at: int, address: int) -> str:
            variant = choose(data, at)
            if variant is None or variant.member is None:
                return written(data, at, address)
            case = cases.get(id(variant))
            if case is None:
                case = cases[id(variant)] = self._case(variant, variant.member, level) or written
            return case(data, at, address)

        return tell

    def _case(self, variant: Variant, member: Member, level: int) -> Teller | None:
        inner, offset = member.type.strip(), member.offset
        name = inner.name or variant.name or ""
        if not isinstance(offset, int) or member.bit_size is not None:
            return None
        if not isinstance(inner, StructType) or not inner.members:
            return lambda data, at, address: name
        fields = self._rust_fields(name, inner, level)
        return lambda data, at, address: fields(data, at + offset, address + offset)

    def _run(self, type_: Type, level: int) -> Teller | None:
        """Return what tells containers whose elements are side by side."""
        layout = printers.run_layout(type_)
        options, writer, read = self._options, self._writer, self.program.read
        if layout is None or options.pretty or options.arrays:
            return None
        size = layout.element.size or 0
        tell, written = self.teller(layout.element, level + 1), self._written(type_, level)

        def told(data: bytes, at: int, address: int) -> str:
            try:
                head, start, count = layout.read(data, at)
                shown = min(count, options.elements)
                if not count:
                    return head
                if level >= options.depth:
                    return f"{head} = {{...}}"
                if not writer.spend(shown):
                    return written(data, at, address)
                elements = read(start, shown * size)
            except (EvaluationError, MemoryFault):
                return written(data, at, address)
            pieces = [tell(elements, each * size, start + each * size) for each in range(shown)]
            return f"{head} = {{{', '.join(pieces)}{'...' if count > shown else ''}}}"

        return told

    def _fields(self, type_: Type, level: int) -> Teller | None:
        """Return what tells a value whose printer has these children and no text: a pair."""
        fields = printers.fields(type_)
        if fields is None or self._options.pretty or len(fields) > self._options.elements:
            return None
        if level >= self._options.depth:
            return lambda data, at, address: "{...}"
        pieces = [(f"{name} = ", offset, self.teller(inner, level + 1)) for name, inner, offset in fields]
        return _joined("{", pieces, "}")

    def _member(self, stripped: StructType, member: Member, level: int) -> tuple[int, Teller]:
        """Return the offset of a member, and what tells it."""
        if isinstance(member.offset, int) and member.bit_size is None:
            return member.offset, self.teller(member.type, level + 1)
        program, write = self.program, self._writer.value

        def tell(data: bytes, at: int, address: int) -> str:
            return write(Value.at(program, stripped, address).field(member), level + 1)

        return 0, tell


def _joined(opening: str, pieces: list[tuple[str, int, Teller]], closing: str) -> Teller:
    """Return what tells a structure by its pieces: label, offset, teller."""
    if len(pieces) == 1:
        label, offset, only = pieces[0]
        return lambda data, at, address: (
            f"{opening}{label}{only(data, at + offset, address + offset)}{closing}"
        )

    def tell(data: bytes, at: int, address: int) -> str:
        told = [f"{label}{part(data, at + offset, address + offset)}" for label, offset, part in pieces]
        return f"{opening}{', '.join(told)}{closing}"

    return tell


def _number(type_: Type) -> Teller:
    size, is_signed = type_.size or 0, scalars.is_signed(type_)
    form = _NUMBERS.get((size, is_signed))
    if form is None:
        return lambda data, at, address: str(int.from_bytes(data[at : at + size], "little", signed=is_signed))
    unpack = form.unpack_from
    return lambda data, at, address: str(unpack(data, at)[0])


def _float(type_: Type) -> Teller:
    size = type_.size or 0
    known = floats.format_of(size, type_.strip().name)
    form = _FLOATS.get(known) if known is not None else None
    if form is None or known is None:
        return _remembered(size, lambda data: numbers.text(data, type_))
    unpack, digits, infinite = form.unpack_from, f".{known.digits}g", float("inf")

    def tell(data: bytes, at: int, address: int) -> str:
        number = unpack(data, at)[0]
        if -infinite < number < infinite:
            return format(number, digits)
        return numbers.text(data[at : at + size], type_)

    return tell


def _remembered(size: int, text: Callable[[bytes], str]) -> Teller:
    """Return what asks for the text of the same bytes once."""
    known: dict[bytes, str] = {}

    def tell(data: bytes, at: int, address: int) -> str:
        own = data[at : at + size]
        found = known.get(own)
        if found is None:
            try:
                found = text(own)
            except DebuggerError as error:
                found = f"<error: {error}>"
            if len(known) < _REMEMBERED:
                known[own] = found
        return found

    return tell
