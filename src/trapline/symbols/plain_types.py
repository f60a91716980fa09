"""Types without a content of their own: numbers, pointers, arrays, functions, and other names for them.

See `types`, which has all of them.

Source: DWARF 5 §5.1 to §5.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trapline.base.fact import NamedTuple
from trapline.base.handles import Handle
from trapline.base.typing import TypeAlias

C, CPP, RUST = "c", "c++", "rust"
"""Languages that write types differently; anything else is written as C."""


_DECLARATORS = 200
"""Pointers, arrays and functions in one declaration before the rest is left out."""

_QUALIFIERS = ("const", "volatile", "restrict", "_Atomic")
"""In the order in which gdb writes them."""

_CHAIN = 1000
"""Longer chains of names, qualifiers and arrays are a cycle in a broken file."""

_LARGEST = 1 << 62
"""Bytes; a larger type is a broken file's."""


class Type(Handle):
    """One type: `name` as the program writes it (None when it has none), `size` in bytes or None.

    `size` is None for what has no size: void, functions, incomplete types, arrays of unknown length.
    `sort`, `is_plain` and `aligned` are what `inspection.scalars.kind`, `inspection.numbers.is_plain` and
    `inspection.abi.alignment` have found, which are asked for again and again; None before.
    """

    __slots__ = ("_size", "aligned", "is_plain", "language", "name", "sort")

    def __init__(self, name: str | None, size: int | None, language: str = C) -> None:
        self.name = name
        self.sort: str | None = None
        self.is_plain: bool | None = None
        self.aligned: int | None = None
        self.language = language
        self._size = size

    @property
    def size(self) -> int | None:
        """Bytes, or None for what has no size."""
        return self._size

    @property
    def target(self) -> Type | None:
        """What a pointer points to, an array holds, a typedef names, a function returns; else None."""
        return None

    def strip(self) -> Type:
        """Return the type without typedefs and qualifiers."""
        return self

    def declare(self, inner: str) -> str:
        """Return a declaration of `inner` with this type: `char (*)[4]` for an empty one.

        Nameless types that contain themselves, which only a broken file has, end in `...`.
        """
        return self._declare(inner, [_DECLARATORS])

    def _declare(self, inner: str, budget: list[int]) -> str:
        """Return the declaration; each nameless type on the way takes one from `budget`."""
        name = self._shown()
        return f"{name} {inner}" if inner else name

    def _shown(self) -> str:
        return self.name or "<unnamed>"

    def __str__(self) -> str:
        return self.declare("")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class VoidType(Type):
    """The absence of a value; Rust writes it `()`."""

    __slots__ = ()

    def __init__(self, language: str = C) -> None:
        super().__init__("()" if language == RUST else "void", None, language)


class BaseType(Type):
    """A type that the processor knows.

    `encoding` is a `DW_ATE_*` number; `bit_size` is the number of value bits where it is smaller than the
    storage (C23's `_BitInt`), else None; `is_big_endian` says that the bytes are swapped; `is_number` that
    it is no character whatever its size and encoding.
    """

    __slots__ = ("bit_size", "encoding", "is_big_endian", "is_number")

    def __init__(
        self,
        name: str | None,
        size: int | None,
        encoding: int,
        language: str = C,
        *,
        bit_size: int | None = None,
        is_big_endian: bool = False,
        is_number: bool = False,
    ) -> None:
        super().__init__(name, size, language)
        self.encoding = encoding
        self.bit_size = bit_size
        self.is_big_endian = is_big_endian
        self.is_number = is_number


class UnspecifiedType(Type):
    """A named type that the file does not describe, such as `decltype(nullptr)`."""

    __slots__ = ()


class _Targeted(Type):
    """A type made of one other, which is read when it is asked for; None stands for void."""

    __slots__ = ("_read", "_target")

    def __init__(
        self, name: str | None, size: int | None, target: Type | Callable[[], Type], language: str = C
    ) -> None:
        super().__init__(name, size, language)
        self._target: Type | None = None
        self._read: Callable[[], Type] | None = None
        if isinstance(target, Type):
            self._target = target
        else:
            self._read = target

    @property
    def target(self) -> Type:
        """The type that this one is made of."""
        if self._target is None:
            assert self._read is not None
            self._target = self._read()
            self._read = None
        return self._target

    def _declare_target(self, inner: str, budget: list[int]) -> str:
        budget[0] -= 1
        if budget[0] < 0:
            return f"... {inner}" if inner else "..."
        return self.target._declare(inner, budget)


class PointerType(_Targeted):
    """A pointer or reference; `kind` is "*", "&" or "&&".

    A Rust pointer has its own name (`&str`, `*mut T`), which is shown as it is.
    """

    __slots__ = ("kind",)

    def __init__(
        self,
        target: Type | Callable[[], Type],
        kind: str = "*",
        size: int = 8,
        name: str | None = None,
        language: str = C,
    ) -> None:
        super().__init__(name, size, target, language)
        self.kind = kind

    @property
    def is_reference(self) -> bool:
        """Whether it is a C++ reference: its value is the object that it refers to."""
        return self.kind != "*"

    def _declare(self, inner: str, budget: list[int]) -> str:
        if self.name is not None:
            return super()._declare(inner, budget)
        if self.language == RUST:
            return f"*mut {self._declare_target('', budget)}" + (f" {inner}" if inner else "")
        inner = self.kind + inner
        target: Type = self.target
        while isinstance(target, QualifiedType) and budget[0] > 0:
            budget[0] -= 1
            target = target.target
        if isinstance(target, (ArrayType, FunctionType)):
            inner = f"({inner})"
        return self._declare_target(inner, budget)


class MemberPointerType(_Targeted):
    """A C++ pointer to a member of `containing`: an offset for data, a pair of words for functions.

    Source: Itanium C++ ABI §2.3.
    """

    __slots__ = ("_containing",)

    def __init__(
        self,
        target: Type | Callable[[], Type],
        containing: Callable[[], Type],
        size: int | None,
        language: str = CPP,
    ) -> None:
        super().__init__(None, size, target, language)
        self._containing = containing

    @property
    def size(self) -> int:
        """Bytes: one word for data, two for functions, where the file does not say."""
        return self._size or (16 if self.is_function else 8)

    @property
    def containing(self) -> Type:
        """The class whose member it points to."""
        return self._containing()

    @property
    def is_function(self) -> bool:
        """Whether it points to a member function."""
        return isinstance(self.target.strip(), FunctionType)

    def _declare(self, inner: str, budget: list[int]) -> str:
        inner = f"{self.containing.name}::*{inner}"
        return self._declare_target(f"({inner})" if self.is_function else inner, budget)


class QualifiedType(_Targeted):
    """A promise about its target; `qualifier` is "const", "volatile", "restrict" or "_Atomic"."""

    __slots__ = ("qualifier",)

    def __init__(self, target: Type | Callable[[], Type], qualifier: str, language: str = C) -> None:
        super().__init__(None, None, target, language)
        self.qualifier = qualifier

    @property
    def size(self) -> int | None:
        """Bytes, as the target has."""
        return self.strip().size

    def strip(self) -> Type:
        """Return the type without typedefs and qualifiers."""
        return _strip(self)

    def _declare(self, inner: str, budget: list[int]) -> str:
        if self.language == RUST:
            return self._declare_target(inner, budget)
        words = []
        target: Type = self
        while isinstance(target, QualifiedType) and budget[0] > 0:
            budget[0] -= 1
            words.append(target.qualifier)
            target = target.target
        words.sort(key=_QUALIFIERS.index)
        shown = " ".join(words)
        if self.language == CPP:
            shown = shown.replace("restrict", "__restrict__")
        if isinstance(target, PointerType):  # the qualifier binds to the pointer
            return target._declare(f" {shown}{' ' + inner if inner else ''}", budget)
        if isinstance(target, ArrayType):
            element: Type = target.target
            for word in reversed(words):
                if not isinstance(element, QualifiedType) or element.qualifier != word:
                    element = QualifiedType(element, word, self.language)
            return ArrayType(element, target.dimensions, language=self.language)._declare(inner, budget)
        if isinstance(target, QualifiedType):
            return "..."
        return f"{shown} {target._declare(inner, budget)}"


class TypedefType(_Targeted):
    """Another name for its target; `access` is "private" and its like where a class of C++ declares it."""

    __slots__ = ("access",)

    def __init__(self, name: str | None, target: Type | Callable[[], Type], language: str = C) -> None:
        super().__init__(name, None, target, language)
        self.access = ""

    @property
    def size(self) -> int | None:
        """Bytes, as the target has."""
        return self.strip().size

    def strip(self) -> Type:
        """Return the type without typedefs and qualifiers."""
        return _strip(self)


def _strip(outer: Type) -> Type:
    here = outer
    for _ in range(_CHAIN):
        if not isinstance(here, (QualifiedType, TypedefType)):
            return here
        here = here.target
    return VoidType()


class DynamicCount(NamedTuple):
    """A length that is known only at run time: the upper bound or count is what `expression` computes.

    `expression` is a DWARF expression, or None when `variable` (the offset of its DIE in the same file)
    holds the number.  `is_upper_bound` says that the count is one more than the result minus `lower`.
    """

    expression: bytes | None
    variable: int | None
    is_upper_bound: bool
    lower: int


Dimension: TypeAlias = int | DynamicCount | None
"""Number of elements; None where the program does not say (`extern int a[]`, a flexible member)."""


class ArrayType(_Targeted):
    """An array; `dimensions` outermost first, `target` the element of the innermost.

    `is_vector` says that it is a SIMD vector; `stride` is the distance of elements in bytes where it is
    not the element's size, else None; `lower_bounds` as `dimensions`, all 0 in C.
    """

    __slots__ = ("dimensions", "is_vector", "stride", "unit")

    def __init__(
        self,
        target: Type | Callable[[], Type],
        dimensions: Sequence[Dimension],
        size: int | None = None,
        *,
        name: str | None = None,
        is_vector: bool = False,
        stride: int | None = None,
        language: str = C,
        unit: object = None,
    ) -> None:
        super().__init__(name, size, target, language)
        self.dimensions = tuple(dimensions)
        self.is_vector = is_vector
        self.stride = stride
        self.unit = unit
        """What a dynamic dimension's expression and variable belong to; opaque here."""

    @property
    def size(self) -> int | None:
        """Bytes; None where a dimension is unknown or dynamic."""
        count = 1
        here: Type = self
        for _ in range(_CHAIN):
            if not isinstance(here, ArrayType) or here._size is not None:
                size = here._size if isinstance(here, ArrayType) else here.size
                return None if size is None or count * size > _LARGEST else count * size
            for dimension in here.dimensions:
                if not isinstance(dimension, int) or count > _LARGEST:
                    return None
                count *= dimension
            if here.stride is not None:
                return count * here.stride
            here = here.target.strip()
        return None

    @property
    def element_stride(self) -> int | None:
        """Bytes from one innermost element to the next."""
        return self.stride if self.stride is not None else self.target.size

    @property
    def element(self) -> Type:
        """What indexing once gives: an array of the remaining dimensions, or the target.

        The bytes of a vector are numbers.  Source: gdb 13, make_vector_type.
        """
        if len(self.dimensions) <= 1:
            base = self.target.strip() if self.is_vector else None
            if isinstance(base, BaseType) and base.size == 1:
                return BaseType(self.target.name, 1, base.encoding, base.language, is_number=True)
            return self.target
        return ArrayType(
            self.target, self.dimensions[1:], stride=self.stride, language=self.language, unit=self.unit
        )

    def _declare(self, inner: str, budget: list[int]) -> str:
        if self.language == RUST:
            text = self._declare_target("", budget)
            for count in reversed(self.dimensions):
                text = f"[{text}; {count if isinstance(count, int) else '?'}]"
            return f"{text} {inner}" if inner else text
        if self.is_vector:
            counts = "".join(f"({count})" for count in self.dimensions if isinstance(count, int))
            element = self._declare_target("", budget)
            return f"{element} __attribute__ ((vector_size{counts})){' ' + inner if inner else ''}"
        counts = "".join(f"[{count if isinstance(count, int) else ''}]" for count in self.dimensions)
        return self._declare_target(f"{inner}{counts}", budget)


def is_dynamic(type: Type, depth: int) -> bool:
    """Whether a type is, or leads to, an array whose length is computed."""
    here: Type | None = type
    for _ in range(depth):
        if isinstance(here, ArrayType):
            if any(isinstance(one, DynamicCount) for one in here.dimensions):
                return True
        elif not isinstance(here, (PointerType, QualifiedType, TypedefType)):
            return False
        here = here.target
    return False


class FunctionType(_Targeted):
    """A function: `target` is what it returns (VoidType for nothing), `parameters` in order."""

    __slots__ = ("_parameters", "is_prototyped", "is_variadic")

    def __init__(
        self,
        target: Type | Callable[[], Type],
        parameters: Sequence[Type] | Callable[[], Sequence[Type]],
        language: str = C,
        *,
        is_variadic: bool = False,
        is_prototyped: bool = True,
    ) -> None:
        super().__init__(None, None, target, language)
        self._parameters = parameters
        self.is_variadic = is_variadic
        self.is_prototyped = is_prototyped

    @property
    def parameters(self) -> tuple[Type, ...]:
        """The types of the parameters."""
        if callable(self._parameters):
            self._parameters = self._parameters()
        return tuple(self._parameters)

    def _declare(self, inner: str, budget: list[int]) -> str:
        shown = [self._declare_parameter(parameter, budget) for parameter in self.parameters]
        if self.language == RUST:
            text = f"fn({', '.join(shown)})"
            if not isinstance(self.target.strip(), VoidType):
                text += f" -> {self._declare_target('', budget)}"
            return f"{text} {inner}" if inner else text
        if self.is_variadic and shown:
            shown.append("...")
        if not shown and self.is_prototyped and (not self.is_variadic or self.language == CPP):
            shown = ["void"]
        return self._declare_target(f"{inner}({', '.join(shown)})", budget)

    @staticmethod
    def _declare_parameter(parameter: Type, budget: list[int]) -> str:
        budget[0] -= 1
        return "..." if budget[0] < 0 else parameter._declare("", budget)
