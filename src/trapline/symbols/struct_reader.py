"""What is between the braces of a structure: members, bit-fields, bases, variants, methods, arguments.

Bit-fields come in two encodings; both are turned into bits counted from the least significant bit of the
structure's first byte.

Source: DWARF 5 §5.7; DWARF 3 §5.5.6 for DW_AT_bit_offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trapline.base.typing import TYPE_CHECKING, Protocol, TypeVar
from trapline.dwarf import constants as dw
from trapline.dwarf.encoding import sleb, uleb
from trapline.symbols.attributes import as_integer, constant, linkage_name, number, wrapped
from trapline.symbols.types import (
    Base,
    BaseType,
    EnumType,
    FunctionType,
    Member,
    Method,
    StaticMember,
    StructContent,
    TemplateArgument,
    Type,
    TypedefType,
    UnspecifiedType,
    Variant,
    VariantPart,
)

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.dwarf.units import Unit

_T = TypeVar("_T")

_NESTED = frozenset(
    (
        dw.DW_TAG_structure_type,
        dw.DW_TAG_class_type,
        dw.DW_TAG_union_type,
        dw.DW_TAG_interface_type,
        dw.DW_TAG_enumeration_type,
        dw.DW_TAG_typedef,
        dw.DW_TAG_template_alias,
    )
)
_RANGE = 1  # DW_DSC_range
_IN_CLASS = 1  # DW_DEFAULTED_in_class
_ACCESS = {1: "public", 2: "protected", 3: "private"}
_TEMPLATE = frozenset(
    (
        dw.DW_TAG_template_type_parameter,
        dw.DW_TAG_template_value_parameter,
        dw.DW_TAG_GNU_template_template_param,
        dw.DW_TAG_GNU_template_parameter_pack,
    )
)
_FIXED_BITS = {dw.DW_FORM_data1: 8, dw.DW_FORM_data2: 16, dw.DW_FORM_data4: 32, dw.DW_FORM_data8: 64}


class Types(Protocol):
    """What the reading of a structure asks of the reader of types."""

    def language(self, unit: Unit) -> str:
        """Return how a unit writes its types."""
        ...

    def type(self, die: Die | None, language: str = ...) -> Type:
        """Return the type that a DIE describes."""
        ...

    def type_of(self, die: Die, attribute: int = ...) -> Type:
        """Return the type that a DIE refers to."""
        ...

    def function(self, die: Die) -> FunctionType:
        """Return the type of a function."""
        ...

    def guard(self, read: Callable[[], _T], otherwise: _T) -> _T:
        """Return what `read` returns, or `otherwise` where the file is broken."""
        ...


def read_content(types: Types, die: Die) -> StructContent:
    """Return the content of a structure's DIE; what follows a broken child is left out."""
    members: list[Member] = []
    bases: list[Base] = []
    statics: list[StaticMember] = []
    arguments: list[TemplateArgument] = []
    methods: list[Die] = []
    nested: list[Die] = []
    variants: list[VariantPart] = []

    def read() -> None:
        for child in die.children():
            tag = child.tag
            if tag == dw.DW_TAG_member:
                if _is_static(child, die):
                    statics.append(_static(types, child, die, len(members)))
                else:
                    members.append(read_member(types, child, die))
            elif tag == dw.DW_TAG_inheritance:
                bases.append(_base(types, child, die))
            elif tag == dw.DW_TAG_variable:
                statics.append(_static(types, child, die, len(members)))
            elif tag == dw.DW_TAG_subprogram:
                methods.append(child)
            elif tag == dw.DW_TAG_variant_part:
                variants.append(_variant_part(types, child, die))
            elif tag in _TEMPLATE:
                arguments.extend(_template_arguments(types, child))
            elif tag in _NESTED:
                nested.append(child)

    types.guard(read, None)
    return StructContent(
        members=tuple(members),
        bases=tuple(bases),
        static_members=tuple(statics),
        template_arguments=tuple(arguments),
        variant_part=variants[0] if variants else None,
        methods=lambda: types.guard(lambda: tuple(_method(types, child, die) for child in methods), ()),
        nested_types=lambda: tuple(_nested(types, child, die) for child in nested),
    )


def _nested(types: Types, die: Die, owner: Die) -> Type:
    """Return a type that a class declares."""
    language = types.language(owner.unit)
    found = types.type(die, language)
    if isinstance(found, TypedefType):
        found.access = types.guard(lambda: _access(die, owner, language), "")
    return found


def _access(die: Die, owner: Die, language: str) -> str:
    """Return "public", "protected" or "private"; empty in C and Rust, which have no such word in DWARF."""
    said = _ACCESS.get(number(die, dw.DW_AT_accessibility) or 0)
    if said is not None:
        return said
    if language != "c++":
        return ""
    return "private" if owner.tag == dw.DW_TAG_class_type else "public"


# Data members


def read_member(types: Types, die: Die, owner: Die) -> Member:
    """Return one data member from its DIE."""
    mtype = types.type_of(die)
    offset = _offset(die, dw.DW_AT_data_member_location)
    bit_size = number(die, dw.DW_AT_bit_size)
    bit_offset = None
    if bit_size is not None:
        bit_offset = _bit_offset(die, mtype, offset, bit_size)
        offset = bit_offset // 8
    return Member(
        die.name,
        mtype,
        offset,
        bit_size,
        bit_offset,
        bool(die.get(dw.DW_AT_artificial)),
        _access(die, owner, types.language(die.unit)),
    )


def _offset(die: Die, attribute: int) -> int | bytes:
    """Return an offset in bytes, or the expression that computes it where it depends on the object."""
    value = die.get(attribute)
    if isinstance(value, bytes):
        # DWARF 2 compilers wrote each offset as an expression.
        if value[:1] == bytes((dw.DW_OP_plus_uconst,)) and _is_one_leb(value):
            return uleb(value, 1)[0]
        return value
    return value if isinstance(value, int) else 0


def _is_one_leb(expression: bytes) -> bool:
    return len(expression) > 1 and expression[-1] < 0x80 and all(byte >= 0x80 for byte in expression[1:-1])


def _bit_offset(die: Die, mtype: Type, offset: int | bytes, bit_size: int) -> int:
    """Return where a bit-field starts, in bits from the least significant of the structure's first byte."""
    start = 8 * offset if isinstance(offset, int) else 0
    value = die.get(dw.DW_AT_data_bit_offset)
    if isinstance(value, int):
        return start + value
    value = die.get(dw.DW_AT_bit_offset)
    if not isinstance(value, int):
        return start
    # Counted from the most significant bit of a storage unit, and negative where the field leaves it.
    bits = _FIXED_BITS.get(die.form(dw.DW_AT_bit_offset) or 0)
    if bits is not None and value >> (bits - 1):
        value -= 1 << bits
    storage = number(die, dw.DW_AT_byte_size) or mtype.size or 0
    return max(start + 8 * storage - value - bit_size, 0)


def _is_static(die: Die, owner: Die) -> bool:
    """Whether a member is static: DWARF 4 marks it as an external declaration without a place."""
    return (
        owner.tag != dw.DW_TAG_union_type
        and not die.has(dw.DW_AT_data_member_location)
        and not die.has(dw.DW_AT_data_bit_offset)
        and bool(die.get(dw.DW_AT_external) or die.get(dw.DW_AT_declaration))
    )


def _static(types: Types, die: Die, owner: Die, position: int) -> StaticMember:
    return StaticMember(
        die.name or "",
        types.type_of(die),
        linkage_name(die),
        constant(die),
        _access(die, owner, types.language(die.unit)),
        position,
    )


def _base(types: Types, die: Die, owner: Die) -> Base:
    access = _access(die, owner, types.language(die.unit))
    is_virtual = bool(die.get(dw.DW_AT_virtuality))
    return Base(types.type_of(die), _offset(die, dw.DW_AT_data_member_location), is_virtual, access)


# Methods


def _takes_object(die: Die) -> bool:
    """Whether a member function has `this`: not every compiler says so with DW_AT_object_pointer."""
    if die.has(dw.DW_AT_object_pointer):
        return True
    first = next((child for child in die.children() if child.tag == dw.DW_TAG_formal_parameter), None)
    return first is not None and bool(first.get(dw.DW_AT_artificial))


def _method(types: Types, die: Die, owner: Die) -> Method:
    element = die.get(dw.DW_AT_vtable_elem_location)
    index = None
    if isinstance(element, bytes) and element[:1] == bytes((dw.DW_OP_constu,)) and _is_one_leb(element):
        index = uleb(element, 1)[0]
    elif isinstance(element, int):
        index = element
    return Method(
        die.name or "",
        linkage_name(die),
        types.function(die),
        is_static=not _takes_object(die),
        is_virtual=bool(die.get(dw.DW_AT_virtuality)),
        virtual_index=index,
        is_artificial=bool(die.get(dw.DW_AT_artificial)),
        access=_access(die, owner, types.language(die.unit)),
        is_defaulted=number(die, dw.DW_AT_defaulted) == _IN_CLASS or bool(die.get(dw.DW_AT_deleted)),
        is_explicit=bool(die.get(dw.DW_AT_explicit)),
        is_deleted=bool(die.get(dw.DW_AT_deleted)),
    )


# Template and generic arguments


def read_template_arguments(types: Types, die: Die) -> tuple[TemplateArgument, ...]:
    """Return the template arguments of a class's or function's DIE."""
    found: list[TemplateArgument] = []
    for child in die.children():
        if child.tag in _TEMPLATE:
            found += _template_arguments(types, child)
    return tuple(found)


def _template_arguments(types: Types, die: Die) -> Iterator[TemplateArgument]:
    """Yield one argument, or the arguments of a pack."""
    if die.tag == dw.DW_TAG_GNU_template_parameter_pack:
        for child in die.children():
            if child.tag in _TEMPLATE and child.tag != die.tag:
                yield from _template_arguments(types, child)
    elif die.tag == dw.DW_TAG_GNU_template_template_param:
        name = die.get(dw.DW_AT_GNU_template_name)
        language = types.language(die.unit)
        yield TemplateArgument(
            die.name, UnspecifiedType(name if isinstance(name, str) else None, None, language)
        )
    else:
        value = constant(die)
        if die.tag == dw.DW_TAG_template_value_parameter and value is None:
            location = die.get(dw.DW_AT_location)
            value = location if isinstance(location, bytes) else None
        yield TemplateArgument(die.name, types.type_of(die), value)


def with_arguments(types: Types, die: Die, name: str) -> str:
    """Return a template's name with its arguments where it has none: clang's -gsimple-template-names."""
    if "<" in name or "clang" not in (die.unit.producer or ""):
        return name
    shown = ", ".join(_show_argument(argument) for argument in read_template_arguments(types, die))
    return f"{name}<{shown}{' ' if shown.endswith('>') else ''}>" if shown else name


def _show_argument(argument: TemplateArgument) -> str:
    """Return a template argument as it stands in a name."""
    if argument.value is None:
        return str(argument.type)
    stripped = argument.type.strip()
    if isinstance(argument.value, bytes):
        return "?"
    if isinstance(stripped, EnumType):
        for enumerator in stripped.enumerators:
            if enumerator.value == argument.value:
                return stripped.qualified(enumerator.name)
        return f"({stripped}){argument.value}"
    if isinstance(stripped, BaseType) and stripped.encoding == dw.DW_ATE_boolean:
        return "true" if argument.value else "false"
    if isinstance(stripped, BaseType) and stripped.encoding in (
        dw.DW_ATE_signed_char,
        dw.DW_ATE_unsigned_char,
    ):
        return f"({stripped}){chr(argument.value & 0xFF)!r}"
    return str(argument.value)


# Rust's enums


def _variant_part(types: Types, die: Die, owner: Die) -> VariantPart:
    discriminant_die = die.ref(dw.DW_AT_discr)
    discriminant = read_member(types, discriminant_die, owner) if discriminant_die is not None else None
    size, signed = None, False
    if discriminant is not None:
        stripped = discriminant.type.strip()
        size = stripped.size
        signed = isinstance(stripped, BaseType) and stripped.encoding in (
            dw.DW_ATE_signed,
            dw.DW_ATE_signed_char,
        )
    variants = []
    for child in die.children():
        if child.tag == dw.DW_TAG_variant:
            members = [one for one in child.children() if one.tag == dw.DW_TAG_member]
            member = read_member(types, members[0], owner) if members else None
            name = member.name if member is not None else child.name
            variants.append(Variant(name, _discriminants(child, size, signed), member))
    return VariantPart(discriminant, tuple(variants))


def _discriminants(die: Die, size: int | None, signed: bool) -> tuple[tuple[int, int], ...]:
    """Return the ranges of discriminants, ends inclusive, that mean a variant; none for the default."""
    value = as_integer(constant(die, dw.DW_AT_discr_value))
    if value is not None:
        value = wrapped(value, size, signed)
        return ((value, value),)
    listed = die.get(dw.DW_AT_discr_list)
    if not isinstance(listed, bytes):
        return ()
    read = sleb if signed else uleb
    found = []
    at = 0
    try:
        while at < len(listed):
            is_range = listed[at] == _RANGE
            low, at = read(listed, at + 1)
            high = low
            if is_range:
                high, at = read(listed, at)
            found.append((low, high))
    except IndexError:
        pass  # the list ends inside a number: the ranges before it stand
    return tuple(found)
