"""From a type as it is written in an expression to the program's type.

Basic types are known without the program, as gdb knows them, so that `(long) x` works in one that never
uses `long`.

Source: x86-64 psABI fig. 3.1; The Rust Reference, Types.
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.inspection import scalars
from trapline.inspection.language import tree
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    BaseType,
    C,
    FunctionType,
    PointerType,
    QualifiedType,
    Type,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.inspection.language.tree import Node, TypeName
    from trapline.inspection.storage import Program


class Types(Protocol):
    """What the program says of types."""

    @property
    def program(self) -> Program:
        """The program around the values."""
        ...

    @property
    def language(self) -> str:
        """The language that the expression is written in."""
        ...

    def find_type(self, name: str, keyword: str = "") -> Type | None:
        """Return the type of a name, with `struct`, `union`, `class` or `enum` before it or nothing."""
        ...


_SIGNED, _UNSIGNED, _CHARACTER = scalars.ATE_SIGNED, scalars.ATE_UNSIGNED, scalars.ATE_UTF
_FLOAT, _BOOLEAN = scalars.ATE_FLOAT, scalars.ATE_BOOLEAN

_C_TYPES: dict[str, tuple[str, int, int]] = {
    "char": ("char", 1, scalars.ATE_SIGNED_CHAR),
    "signed char": ("signed char", 1, scalars.ATE_SIGNED_CHAR),
    "unsigned char": ("unsigned char", 1, scalars.ATE_UNSIGNED_CHAR),
    "short int": ("short", 2, _SIGNED),
    "short unsigned int": ("unsigned short", 2, _UNSIGNED),
    "int": ("int", 4, _SIGNED),
    "unsigned int": ("unsigned int", 4, _UNSIGNED),
    "long int": ("long", 8, _SIGNED),
    "long unsigned int": ("unsigned long", 8, _UNSIGNED),
    "long long int": ("long long", 8, _SIGNED),
    "long long unsigned int": ("unsigned long long", 8, _UNSIGNED),
    "__int128": ("__int128", 16, _SIGNED),
    "__int128 unsigned": ("unsigned __int128", 16, _UNSIGNED),
    "float": ("float", 4, _FLOAT),
    "double": ("double", 8, _FLOAT),
    "long double": ("long double", 16, _FLOAT),
    "bool": ("bool", 1, _BOOLEAN),
    "_Bool": ("_Bool", 1, _BOOLEAN),
    "wchar_t": ("wchar_t", 4, _SIGNED),
    "char8_t": ("char8_t", 1, _CHARACTER),
    "char16_t": ("char16_t", 2, _CHARACTER),
    "char32_t": ("char32_t", 4, _CHARACTER),
}
_ALIASES = {
    "short": "short int", "unsigned short": "short unsigned int", "long": "long int",
    "unsigned long": "long unsigned int", "long long": "long long int",
    "unsigned long long": "long long unsigned int", "unsigned __int128": "__int128 unsigned",
    "unsigned": "unsigned int",
}  # fmt: skip
_RUST_TYPES = {
    **{f"i{8 * size}": (size, _SIGNED) for size in (1, 2, 4, 8, 16)},
    **{f"u{8 * size}": (size, _UNSIGNED) for size in (1, 2, 4, 8, 16)},
    "isize": (8, _SIGNED), "usize": (8, _UNSIGNED), "f32": (4, _FLOAT), "f64": (8, _FLOAT),
    "bool": (1, _BOOLEAN), "char": (4, _CHARACTER),
}  # fmt: skip


def builtin(name: str, language: str = C) -> Type | None:
    """Return a basic type of a language by any of its names; None for a name that is not basic."""
    if language == RUST:
        found = _RUST_TYPES.get(name)
        return BaseType(name, found[0], found[1], RUST) if found is not None else None
    if name == "void":
        return VoidType(language)
    known = _C_TYPES.get(_ALIASES.get(name, name))
    if known is None or (name == "bool" and language not in (C, CPP)):
        return None
    return BaseType(known[0], known[1], known[2], language)


class TypeResolver:
    """Finds the types that trees name; `type_of` gives the type of an expression, for `decltype`."""

    __slots__ = ("_scope", "_type_of")

    def __init__(self, scope: Types, type_of: Callable[[Node], Type]) -> None:
        self._scope = scope
        self._type_of = type_of

    def type(self, type_name: TypeName) -> Type:
        """Return the type that a tree names.

        Raises:
            EvaluationError: the program has none of that name.
        """
        language = self._scope.language
        match type_name:
            case tree.NamedType(name, keyword):
                return self._named(name, keyword)
            case tree.PointerTo(target, kind):
                return PointerType(self.type(target), kind, language=language)
            case tree.ArrayOf(element, length):
                return self._array(self.type(element), length)
            case tree.Qualified(target, qualifier):
                return QualifiedType(self.type(target), qualifier, language)
            case tree.FunctionOf(result, parameters):
                return FunctionType(self.type(result), [self.type(one) for one in parameters], language)
            case tree.TypeOf(operand):
                return self._type_of(operand)

    def _array(self, element: Type, length: int | None) -> Type:
        language = self._scope.language
        if isinstance(element, ArrayType) and language != RUST:
            return ArrayType(element.target, [length, *element.dimensions], language=language)
        return ArrayType(element, [length], language=language)

    def _named(self, name: str, keyword: str) -> Type:
        found = self._scope.find_type(name, keyword)
        if found is None and not keyword:
            found = builtin(name, self._scope.language) or self._rust_pointer(name)
        if found is None:
            raise EvaluationError(f"No {keyword or 'symbol'} {name!r} in current context: it is no type here")
        return found

    def _rust_pointer(self, name: str) -> Type | None:
        """Return `&T`, `*const T` and `*mut T` of a program that never uses that pointer itself."""
        if self._scope.language != RUST:
            return None
        for prefix in ("&mut ", "&", "*const ", "*mut "):
            if name.startswith(prefix):
                target = self._named(name[len(prefix) :], "")
                return PointerType(target, name=name, language=RUST)
        return None
