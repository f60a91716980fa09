"""Types with a content: structures, unions, classes, enums of Rust; and named integers.

See `types`, which has all of them.

Source: DWARF 5 §5.7, §5.8, §5.10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trapline.base.fact import NamedTuple
from trapline.symbols.plain_types import CPP, RUST, C, FunctionType, Type


class Member(NamedTuple):
    """One data member.

    `offset` is bytes from the start of the structure, or a DWARF expression that computes the address
    from it (virtual bases); for a bit-field `bit_size` is its width and `bit_offset` counts bits from the
    least significant bit of the structure's first byte, else both are None.  `access` is "public",
    "protected", "private", or empty where the language has none.
    """

    name: str | None
    type: Type
    offset: int | bytes
    bit_size: int | None = None
    bit_offset: int | None = None
    is_artificial: bool = False
    access: str = ""


class Base(NamedTuple):
    """One base class, at an offset as in `Member`."""

    type: Type
    offset: int | bytes
    is_virtual: bool = False
    access: str = ""


class StaticMember(NamedTuple):
    """A static data member: `linkage_name` finds its definition, `constant` is its value if known.

    `position` is the number of data members that are declared before it.
    """

    name: str
    type: Type
    linkage_name: str | None
    constant: int | bytes | None
    access: str = ""
    position: int = 0


class Method(NamedTuple):
    """A member function: `type` with `this` first unless static; `virtual_index` in the vtable or None.

    `is_defaulted` says that the class leaves its body to the compiler (`= default`, `= delete`),
    `is_deleted` that there is none, `is_explicit` that it converts nothing that is not written as a cast.
    """

    name: str
    linkage_name: str | None
    type: FunctionType
    is_static: bool
    is_virtual: bool
    virtual_index: int | None
    is_artificial: bool
    access: str = ""
    is_defaulted: bool = False
    is_explicit: bool = False
    is_deleted: bool = False


class TemplateArgument(NamedTuple):
    """One template (or generic) argument: a type, or a constant `value` of that type."""

    name: str | None
    type: Type
    value: int | bytes | None = None


class Variant(NamedTuple):
    """One case of a Rust enum: its name, the discriminant values that mean it, and its payload.

    `values` are ranges, both ends inclusive; empty for the case that all other values mean.
    """

    name: str | None
    values: tuple[tuple[int, int], ...]
    member: Member | None


class VariantPart(NamedTuple):
    """The cases of a Rust enum; `discriminant` is None where there is one case only.

    Source: DWARF 5 §5.7.10.
    """

    discriminant: Member | None
    variants: tuple[Variant, ...]


class StructContent(NamedTuple):
    """What is between the braces; read when first asked for.

    Showing a value needs neither methods nor nested types, so these two are read later still.
    """

    members: tuple[Member, ...] = ()
    bases: tuple[Base, ...] = ()
    static_members: tuple[StaticMember, ...] = ()
    template_arguments: tuple[TemplateArgument, ...] = ()
    variant_part: VariantPart | None = None
    methods: Sequence[Method] | Callable[[], Sequence[Method]] = ()
    nested_types: Sequence[Type] | Callable[[], Sequence[Type]] = ()


class StructType(Type):
    """A structure; `keyword` is "struct", "class" or "union".

    `name` is qualified (`ns::Class<int>`).  A declaration asks `definition` for the real type when its
    size or content is wanted first; `is_complete` is False where that found nothing: no size, no members.
    """

    __slots__ = (
        "_alignment",
        "_content",
        "_definition",
        "_dynamic",
        "_methods",
        "_nested",
        "_passed_by_reference",
        "_read",
        "keyword",
    )

    def __init__(
        self,
        keyword: str,
        name: str | None,
        size: int | None,
        content: StructContent | Callable[[], StructContent],
        language: str = C,
        *,
        alignment: int | None = None,
        passed_by_reference: bool | None = None,
        definition: Callable[[], Type | None] | None = None,
    ) -> None:
        super().__init__(name, size, language)
        self.keyword = keyword
        self._alignment = alignment
        self._passed_by_reference = passed_by_reference
        self._definition: Callable[[], Type | None] | Type | None = definition
        self._dynamic: bool | None = None
        self._content: StructContent | None = None
        self._read: Callable[[], StructContent] | None = None
        self._methods: tuple[Method, ...] | None = None
        self._nested: tuple[Type, ...] | None = None
        if isinstance(content, StructContent):
            self._content = content
        else:
            self._read = content

    @property
    def definition(self) -> StructType:
        """The type itself, or what this declaration declares where that was found."""
        if self._definition is None:
            return self
        if callable(self._definition):
            found = self._definition()
            self._definition = found if isinstance(found, StructType) and found is not self else self
        return self._definition if isinstance(self._definition, StructType) else self

    @property
    def is_complete(self) -> bool:
        """Whether its size and members are known."""
        return self._definition is None or self.definition is not self

    @property
    def size(self) -> int | None:
        """Bytes, None while it is incomplete."""
        return self.definition._size

    @property
    def alignment(self) -> int | None:
        """Bytes, where the program asked for an alignment."""
        return self.definition._alignment

    @property
    def passed_by_reference(self) -> bool | None:
        """Whether the file says that it is passed by invisible reference, None: nothing; see `calling`."""
        return self.definition._passed_by_reference

    @property
    def content(self) -> StructContent:
        """Everything between the braces."""
        if self._content is None:
            definition = self.definition
            if definition is not self:
                return definition.content
            assert self._read is not None
            self._content = self._read()
            self._read = None
        return self._content

    @property
    def members(self) -> tuple[Member, ...]:
        """The data members in order of declaration, bases not included."""
        return self.content.members

    @property
    def bases(self) -> tuple[Base, ...]:
        """The base classes in order of declaration."""
        return self.content.bases

    @property
    def static_members(self) -> tuple[StaticMember, ...]:
        """The static data members."""
        return self.content.static_members

    @property
    def methods(self) -> tuple[Method, ...]:
        """The member functions."""
        if self._methods is None:
            methods = self.content.methods
            self._methods = tuple(methods() if callable(methods) else methods)
        return self._methods

    @property
    def nested_types(self) -> tuple[Type, ...]:
        """The types that are declared inside."""
        if self._nested is None:
            nested = self.content.nested_types
            self._nested = tuple(nested() if callable(nested) else nested)
        return self._nested

    @property
    def template_arguments(self) -> tuple[TemplateArgument, ...]:
        """The template or generic arguments in order."""
        return self.content.template_arguments

    @property
    def variant_part(self) -> VariantPart | None:
        """The cases, where this is a Rust enum."""
        return self.content.variant_part

    @property
    def is_union(self) -> bool:
        """Whether all members share one place."""
        return self.keyword == "union"

    @property
    def is_dynamic(self) -> bool:
        """Whether objects carry a vtable pointer, so that their real class can be found.

        Source: Itanium C++ ABI §2.5.
        """
        if self._dynamic is None:
            self._dynamic = self.language == CPP and self._has_table()
        return self._dynamic

    def _has_table(self) -> bool:
        seen: set[StructType] = set()
        waiting: list[StructType] = [self]
        while waiting:
            here = waiting.pop().definition
            if here in seen:
                continue
            seen.add(here)
            if any(member.name and member.name.startswith("_vptr") for member in here.members):
                return True
            for base in here.bases:
                if base.is_virtual:
                    return True
                stripped = base.type.strip()
                if isinstance(stripped, StructType):
                    waiting.append(stripped)
        return False

    def member(self, name: str) -> Member | None:
        """Return the own member of a name; bases and anonymous members are not searched."""
        return next((member for member in self.members if member.name == name), None)

    def _shown(self) -> str:
        if self.language in (CPP, RUST) and self.name is not None:
            return self.name
        return f"{self.keyword} {self.name or '{...}'}"


class Enumerator(NamedTuple):
    """One named integer; `name` is unqualified."""

    name: str
    value: int


class EnumType(Type):
    """Named integers of one underlying type.

    `is_scoped` says that enumerators are written with the type's name (`enum class`, Rust).  `definition`
    is asked as in `StructType`.
    """

    __slots__ = ("_definition", "_enumerators", "_read", "_signed", "_underlying", "is_scoped")

    def __init__(
        self,
        name: str | None,
        size: int | None,
        enumerators: Sequence[Enumerator] | Callable[[], Sequence[Enumerator]],
        language: str = C,
        *,
        underlying: Type | None = None,
        is_scoped: bool = False,
        is_signed: bool | None = None,
        definition: Callable[[], Type | None] | None = None,
    ) -> None:
        super().__init__(name, size, language)
        self.is_scoped = is_scoped
        self._signed = is_signed
        self._underlying = underlying
        self._definition: Callable[[], Type | None] | Type | None = definition
        self._enumerators: tuple[Enumerator, ...] | None = None
        self._read: Callable[[], Sequence[Enumerator]] | None = None
        if callable(enumerators):
            self._read = enumerators
        else:
            self._enumerators = tuple(enumerators)

    @property
    def definition(self) -> EnumType:
        """The type itself, or what this declaration declares where that was found."""
        if self._definition is None:
            return self
        if callable(self._definition):
            found = self._definition()
            self._definition = found if isinstance(found, EnumType) and found is not self else self
        return self._definition if isinstance(self._definition, EnumType) else self

    @property
    def is_complete(self) -> bool:
        """Whether its enumerators are known."""
        return self._definition is None or self.definition is not self

    @property
    def size(self) -> int | None:
        """Bytes, None while it is incomplete."""
        return self._size if self._size is not None else self.definition._size

    @property
    def underlying(self) -> Type | None:
        """The integer type that holds it, where the file says which."""
        return self.definition._underlying

    @property
    def is_signed(self) -> bool:
        """Whether its values have a sign: said by the file, else when an enumerator is negative."""
        definition = self.definition
        if definition._signed is None:
            definition._signed = any(enumerator.value < 0 for enumerator in definition.enumerators)
        return definition._signed

    @property
    def enumerators(self) -> tuple[Enumerator, ...]:
        """The named integers in order of declaration."""
        if self._enumerators is None:
            definition = self.definition
            if definition is not self:
                return definition.enumerators
            assert self._read is not None
            self._enumerators = tuple(self._read())
            self._read = None
        return self._enumerators

    @property
    def is_flags(self) -> bool:
        """Whether values are sums of enumerators: by gdb's rule, each is one bit or none."""
        return all(value >= 0 and value.bit_count() < 2 for _, value in self.enumerators)

    def qualified(self, name: str) -> str:
        """Return an enumerator's name as the language writes it outside: `ns::Color::RED`, `ns::RED`."""
        if self.language not in (CPP, RUST) or not self.name:
            return name
        if self.is_scoped or self.language == RUST:
            return f"{self.name}::{name}"
        return f"{_scope(self.name)}{name}"

    def _shown(self) -> str:
        if self.language in (CPP, RUST) and self.name is not None:
            return self.name
        return f"enum {self.name or '{...}'}"


def _scope(qualified: str) -> str:
    """Return what stands before the last component of a name, `::` included."""
    depth = 0
    for at in range(len(qualified) - 1, 0, -1):
        letter = qualified[at]
        if letter in ">)":
            depth += 1
        elif letter in "<(":
            depth -= 1
        elif depth == 0 and letter == ":":
            return qualified[: at + 1]
    return ""
