"""From DWARF entries to the types of `types`: each DIE becomes one type, read when it is asked for.

A type that is only declared where it is used (`struct node;`) is completed from where it is defined, in
the same file or, through the function that the owner hands down, in another one.  What a broken file
says is answered with a type without content, and `TypeReader.problem` tells the first such place.

Source: DWARF 5 chapter 5; names as gdb 13 writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING, TypeVar
from trapline.dwarf import constants as dw
from trapline.symbols import paths, struct_reader
from trapline.symbols.attributes import as_integer, constant, linkage_name, number, wrapped
from trapline.symbols.demangle import demangle
from trapline.symbols.spelling import canonical
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    BaseType,
    C,
    Dimension,
    DynamicCount,
    Enumerator,
    EnumType,
    FunctionType,
    MemberPointerType,
    PointerType,
    QualifiedType,
    StructType,
    Type,
    TypedefType,
    UnspecifiedType,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.units import Unit

_T = TypeVar("_T")

_QUALIFIERS = {
    dw.DW_TAG_const_type: "const",
    dw.DW_TAG_volatile_type: "volatile",
    dw.DW_TAG_restrict_type: "restrict",
    dw.DW_TAG_atomic_type: "_Atomic",
}
_POINTERS = {
    dw.DW_TAG_pointer_type: "*",
    dw.DW_TAG_reference_type: "&",
    dw.DW_TAG_rvalue_reference_type: "&&",
}
_KEYWORDS = {
    dw.DW_TAG_structure_type: "struct",
    dw.DW_TAG_class_type: "class",
    dw.DW_TAG_union_type: "union",
    dw.DW_TAG_interface_type: "struct",
}
# Another word for the target: what nothing of C, C++ or Rust distinguishes.
_TRANSPARENT = frozenset((dw.DW_TAG_packed_type, dw.DW_TAG_shared_type, dw.DW_TAG_immutable_type))
_SIGNED = frozenset((dw.DW_ATE_signed, dw.DW_ATE_signed_char, dw.DW_ATE_signed_fixed))
_NULL_POINTERS = ("decltype(nullptr)", "std::nullptr_t")
_BIG_ENDIAN = 1  # DW_END_big
_ALL_ONES = (1 << 32) - 1, (1 << 64) - 1
_MOST_ELEMENTS = 1 << 62
_NESTING = 64  # types that have to be made for one; all others wait until they are asked for


class TypeReader:
    """The types that some DWARF files describe; one DIE always gives the same object.

    `find_definition` gives, for the DIE of a declaration, the DIE that defines it, or None; it may be in
    another file.  `problem` is the first broken place that was met, None while there is none.
    """

    def __init__(
        self, find_definition: Callable[[Die], Die | None] | None = None, program: Dwarf | None = None
    ) -> None:
        """Read nothing yet; `program` is the file that others were split off from."""
        self._program = program
        self._find_definition = find_definition
        self._types: dict[tuple[Unit, int], Type] = {}
        self._making: set[tuple[Unit, int]] = set()
        self._languages: dict[Unit, str] = {}
        self._noted: set[Dwarf] = set()
        self._void = {language: VoidType(language) for language in (C, CPP, RUST)}
        self.problem: str | None = None

    def language(self, unit: Unit) -> str:
        """Return how a unit writes its types: `C`, `CPP` or `RUST`.

        A partial unit does not say; it is written as the units are that import it.
        """
        found = self._languages.get(unit)
        if found is None:
            found = self._stated_language(unit)
            if found is None:
                for dwarf in {unit.dwarf, self._program or unit.dwarf}:
                    self.guard(partial(self._note_importers, dwarf), None)
                found = self._languages.get(unit, C)
            self._languages[unit] = found
        return found

    def _stated_language(self, unit: Unit) -> str | None:
        broken: str | None = C
        return self.guard(lambda: paths.language_of(unit), broken)

    def _note_importers(self, dwarf: Dwarf) -> None:
        """Note the languages of the partial units that the units of a file import, once."""
        if dwarf in self._noted:
            return
        self._noted.add(dwarf)
        for unit in dwarf.units:
            language = self._stated_language(unit)
            if language is None:
                continue
            waiting = [unit]
            while waiting:
                for imported in paths.imported_units(waiting.pop()):
                    if imported not in self._languages:
                        self._languages[imported] = language
                        waiting.append(imported)

    def type(self, die: Die | None, language: str = C) -> Type:
        """Return the type that a DIE describes; void, as `language` writes it, for None.

        Never raises for a broken file: the type then has a name that says so and no content.
        """
        if die is None:
            return self._void[language]
        key = (die.unit, die.offset)
        found = self._types.get(key)
        if found is None:
            broken: Type = UnspecifiedType("<broken type>", None, language)
            if key in self._making or len(self._making) > _NESTING:
                return broken
            if die.unit not in self._languages and self._stated_language(die.unit) is None:
                self._languages[die.unit] = language  # a partial unit: as the unit that uses it
            self._making.add(key)
            try:
                found = self.guard(lambda: self._make(die), broken)
                self._types[key] = found
            finally:
                self._making.discard(key)
        return found

    def type_of(self, die: Die, attribute: int = dw.DW_AT_type) -> Type:
        """Return the type that a DIE, its origin or its declaration refers to; void for none."""
        language = self.language(die.unit)
        target = self.guard(lambda: die.find_ref(attribute), None)
        return self.type(target, language)

    def later(self, die: Die, attribute: int = dw.DW_AT_type) -> Callable[[], Type]:
        """Return a function that gives `type_of`, for a type that is read when it is asked for."""
        return lambda: self.type_of(die, attribute)

    def guard(self, read: Callable[[], _T], otherwise: _T) -> _T:
        """Return what `read` returns, or `otherwise` where the file is broken, which `problem` then says."""
        try:
            return read()
        except BadData as error:
            if self.problem is None:
                self.problem = str(error)
            return otherwise

    def name(self, die: Die) -> str | None:
        """Return a type's qualified name as gdb writes it, None where it has none."""
        name = self.own_name(die)
        if name is not None:
            return paths.qualified(die, name, self.language(die.unit))
        return _typedef_name(die) if die.tag in _KEYWORDS else None

    def own_name(self, die: Die) -> str | None:
        """Return a name without scopes, with its template arguments in C++; None where it has none."""
        name = paths.own_name(die)
        if name is not None and self.language(die.unit) == CPP:
            return struct_reader.with_arguments(self, die, name)
        return name

    # Making

    def _make(self, die: Die) -> Type:
        tag = die.tag
        language = self.language(die.unit)
        if tag in _KEYWORDS:
            return self._struct(die, language)
        if tag in _POINTERS:
            width = number(die, dw.DW_AT_byte_size) or die.unit.address_size
            name = die.name if language == RUST else None
            return PointerType(self.later(die), _POINTERS[tag], width, name, language)
        if tag in _QUALIFIERS:
            return QualifiedType(self.later(die), _QUALIFIERS[tag], language)
        if tag in (dw.DW_TAG_typedef, dw.DW_TAG_template_alias):
            return TypedefType(self.name(die), self.later(die), language)
        if tag == dw.DW_TAG_base_type:
            return self._base(die, language)
        if tag == dw.DW_TAG_array_type:
            return self._array(die, language)
        if tag == dw.DW_TAG_enumeration_type:
            return self._enum(die, language)
        if tag in (dw.DW_TAG_subroutine_type, dw.DW_TAG_subprogram, dw.DW_TAG_inlined_subroutine):
            return self.function(die)
        if tag == dw.DW_TAG_ptr_to_member_type:
            containing = self.later(die, dw.DW_AT_containing_type)
            size = number(die, dw.DW_AT_byte_size)
            return MemberPointerType(self.later(die), containing, size, language)
        if tag == dw.DW_TAG_subrange_type:
            return TypedefType(self.name(die), self.later(die), language)
        if tag in _TRANSPARENT:
            return self.type_of(die)
        name = self.name(die)
        size = number(die, dw.DW_AT_byte_size)
        if size is None and name in _NULL_POINTERS:
            size = die.unit.address_size
        return UnspecifiedType(name, size, language)

    def _base(self, die: Die, language: str) -> Type:
        if number(die, dw.DW_AT_encoding) == dw.DW_ATE_address and language != RUST:
            return PointerType(VoidType(), size=number(die, dw.DW_AT_byte_size) or 8, language=language)
        bits = number(die, dw.DW_AT_bit_size)
        size = number(die, dw.DW_AT_byte_size)
        if size is None and bits is not None:
            size = (bits + 7) // 8
        name = self.own_name(die)
        return BaseType(
            canonical(name) if name is not None and language != RUST else name,
            size,
            number(die, dw.DW_AT_encoding) or 0,
            language,
            bit_size=bits if bits is not None and size is not None and bits < size * 8 else None,
            is_big_endian=number(die, dw.DW_AT_endianity) == _BIG_ENDIAN,
        )

    def _struct(self, die: Die, language: str) -> Type:
        described = self._described_elsewhere(die)
        if described is not None:
            return described
        convention = number(die, dw.DW_AT_calling_convention)
        by_reference = None
        if convention in (dw.DW_CC_pass_by_reference, dw.DW_CC_pass_by_value):
            by_reference = convention == dw.DW_CC_pass_by_reference
        return StructType(
            _KEYWORDS[die.tag],
            self.name(die),
            number(die, dw.DW_AT_byte_size),
            lambda: struct_reader.read_content(self, die),
            language,
            alignment=number(die, dw.DW_AT_alignment),
            passed_by_reference=by_reference,
            definition=self._completion(die),
        )

    def _described_elsewhere(self, die: Die) -> Type | None:
        """Return the type of the type unit that a declaration names by its signature."""
        if not die.has(dw.DW_AT_signature):
            return None
        target = die.ref(dw.DW_AT_signature)
        if target is None or (target.unit, target.offset) == (die.unit, die.offset):
            return None
        return self.type(target, self.language(die.unit))

    def _completion(self, die: Die) -> Callable[[], Type | None] | None:
        if not die.get(dw.DW_AT_declaration):
            return None

        def complete() -> Type | None:
            find = self._find_definition
            found = self.guard(lambda: find(die) if find is not None else None, None)
            if found is not None:
                return self.type(found, self.language(die.unit))
            if die.tag != dw.DW_TAG_class_type:
                return None
            from trapline.symbols import known_classes

            return known_classes.described(self.name(die))

        return complete

    def _enum(self, die: Die, language: str) -> Type:
        described = self._described_elsewhere(die)
        if described is not None:
            return described
        underlying = self.type_of(die) if die.has(dw.DW_AT_type) else None
        encoding = number(die, dw.DW_AT_encoding)
        if encoding is None and underlying is not None:
            stripped = underlying.strip()
            encoding = stripped.encoding if isinstance(stripped, BaseType) else None
        size = number(die, dw.DW_AT_byte_size)
        if size is None and underlying is not None and not die.get(dw.DW_AT_declaration):
            size = underlying.size
        signed = encoding in _SIGNED if encoding is not None else None
        return EnumType(
            self.name(die),
            size,
            lambda: self.guard(lambda: tuple(_enumerators(die, size, signed)), ()),
            language,
            underlying=underlying,
            is_scoped=bool(die.get(dw.DW_AT_enum_class)) or language == RUST,
            is_signed=signed,
            definition=self._completion(die),
        )

    def function(self, die: Die) -> FunctionType:
        """Return the type of a function, from its own DIE or that of a type."""
        language = self.language(die.unit)
        none: list[Die] = []
        children = self.guard(lambda: list(_signature(die).children()), none)
        parameters = [child for child in children if child.tag == dw.DW_TAG_formal_parameter]
        return FunctionType(
            self.later(die),
            lambda: tuple(self._parameter(parameter, language) for parameter in parameters),
            language,
            is_variadic=any(child.tag == dw.DW_TAG_unspecified_parameters for child in children),
            is_prototyped=language != C or bool(self.guard(lambda: die.find(dw.DW_AT_prototyped), None)),
        )

    def _parameter(self, die: Die, language: str) -> Type:
        """Return the type of a parameter; gdb's `this` cannot be assigned to, whatever the compiler says."""
        found = self.type_of(die)
        if language == CPP and isinstance(found, PointerType) and not found.is_reference:
            if die.get(dw.DW_AT_artificial):
                return QualifiedType(found, "const", language)
        return found

    def _array(self, die: Die, language: str) -> ArrayType:
        dimensions = []
        for child in die.children():
            if child.tag in (dw.DW_TAG_subrange_type, dw.DW_TAG_generic_subrange):
                dimensions.append(_dimension(child))
            elif child.tag == dw.DW_TAG_enumeration_type:
                dimensions.append(sum(1 for one in child.children() if one.tag == dw.DW_TAG_enumerator))
        stride = number(die, dw.DW_AT_byte_stride)
        bit_stride = number(die, dw.DW_AT_bit_stride)
        if stride is None and bit_stride is not None and bit_stride % 8 == 0:
            stride = bit_stride // 8
        return ArrayType(
            self.later(die),
            dimensions or [None],
            number(die, dw.DW_AT_byte_size),
            name=die.name,
            is_vector=bool(die.get(dw.DW_AT_GNU_vector)),
            stride=stride,
            language=language,
            unit=die.unit,
        )


def _enumerators(die: Die, size: int | None, signed: bool | None) -> Iterator[Enumerator]:
    for child in die.children():
        if child.tag != dw.DW_TAG_enumerator:
            continue
        value = as_integer(constant(child))
        if signed is not None and value is not None:
            value = wrapped(value, size, signed)
        yield Enumerator(child.name or "", value or 0)


def _signature(die: Die) -> Die:
    """Return the DIE whose children are the parameters: of a concrete function, that of its declaration."""
    for _ in range(8):
        if any(child.tag == dw.DW_TAG_formal_parameter for child in die.children()):
            return die
        origin = die.ref(dw.DW_AT_specification) or die.ref(dw.DW_AT_abstract_origin)
        if origin is None:
            return die
        die = origin
    return die


def _dimension(die: Die) -> Dimension:
    """Return the number of elements that a subrange says.

    Source: DWARF 5 §5.13; a missing upper bound is an array of unknown length.
    """
    lower = number(die, dw.DW_AT_lower_bound) or 0
    for attribute, is_upper in ((dw.DW_AT_count, False), (dw.DW_AT_upper_bound, True)):
        if not die.has(attribute):
            continue
        referred = die.ref(attribute)
        if referred is not None:
            return DynamicCount(None, referred.offset, is_upper, lower)
        value = die.get(attribute)
        if isinstance(value, bytes):
            return DynamicCount(value, None, is_upper, lower)
        if not isinstance(value, int):
            return None
        if is_upper:
            # `int none[0]` has the upper bound -1, in whatever size the compiler wrote that.
            value = 0 if value in _ALL_ONES or value < lower else value - lower + 1
        return value if 0 <= value < _MOST_ELEMENTS else None
    return None


def _typedef_name(die: Die) -> str | None:
    """Return the name of an unnamed class for the linker: that of the typedef which it was declared with.

    Source: C++20 [dcl.typedef], typedef name for linkage purposes; gdb 13, dwarf2_name.
    """
    linked = linkage_name(die)
    if linked is None:
        return None
    shown = demangle(f"_Z{linked}")
    return shown if not shown.startswith("_Z") else None
