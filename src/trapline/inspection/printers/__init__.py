"""Printers: how values of certain types show, iterate and become Python objects.

    @trapline.printer("Point")
    def point(value):
        return f"({int(value['x'])}, {int(value['y'])})"

    @trapline.printer("Ring<...>")
    class Ring(trapline.Printer):
        kind = "sequence"

        def to_string(self):
            return f"ring of {int(self.value['used'])}"

        def children(self):
            for number in range(int(self.value["used"])):
                yield number, self.value["slots"][number]

A printer sees its value without the printer itself; the value's members have theirs.  What it raises
becomes `<error: ...>` in the text.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Iterator

from trapline.base.errors import DebuggerError, EvaluationError, UsageError, VariableNotFound
from trapline.base.patterns import lazy
from trapline.base.typing import Any, TypeVar
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, RUST, QualifiedType, StructType, Type, TypedefType

KINDS = ("", "sequence", "map", "string")
_COUNTED = 200_000
"""Children that are walked through to count or to find one; a longer container is taken for broken."""

_INLINE = lazy(r"\bstd::(?:__cxx11|__1|__debug|_V2|__ndk1)::")
"""Namespaces that do not show in what programs write: `std::__cxx11::basic_string` is a `std::` one."""

# Of two printers for a type that of libc++ counts, whichever type is met first.
_CPP = ("trapline.inspection.printers.libcxx", "trapline.inspection.printers.libstdcxx")
LIBRARIES: dict[tuple[str, str], tuple[str, ...]] = {
    (CPP, "__gnu_cxx"): _CPP,
    (CPP, "std"): _CPP,
    (RUST, "alloc"): ("trapline.inspection.printers.rust",),
    (RUST, "core"): ("trapline.inspection.printers.rust",),
    (RUST, "std"): ("trapline.inspection.printers.rust",),
}
"""(language, first component of a type's name) -> modules with printers for it, imported when one is met."""


class Printer:
    """What a printer gives; a subclass overrides what it knows better.

    `kind` is "" (named members), "sequence", "map" or "string".  `value` is what to show.
    """

    kind: str = ""
    written_kind: str = ""
    """How children are written in text, where that is not as `kind` has it."""

    def __init__(self, value: Value) -> None:
        """Keep the value; nothing is read yet."""
        self.value = value

    @classmethod
    def string_layout(cls, type: Type) -> tuple[int, int, Type] | None:
        """Return where strings of a type have the pointer to their characters, and where the number of them.

        Both are offsets in bytes of 64-bit words; then the characters' type.  None where that is not the
        same for all strings of the type, or they are none.
        """
        return None

    def to_string(self) -> str | Value | None:
        """Return the text before the children, or all of it; of a string its characters, an array."""
        return None

    def children(self) -> Iterable[tuple[Any, Value]]:
        """Give (name, value); of a sequence the names are ignored, of a map they are the keys, as values."""
        return ()

    def length(self) -> int | None:
        """Return the number of children where that is known without walking through them."""
        return None

    def element(self, index: int) -> Value | None:
        """Return a sequence's element where that is known without walking; `index` is within the length."""
        return None

    def array(self) -> Value | None:
        """Return all elements as one array, where they are side by side in memory."""
        return None

    def variant(self) -> str | None:
        """Return the name of the active case of an optional or a variant."""
        return None

    def target(self) -> Value | None:
        """Return what a smart pointer points to."""
        return None

    def inner(self) -> Value | None:
        """Return the value whose children are written in place of the one child that it is; None: none is."""
        return None

    def to_python(self) -> Any:
        """Return the content as Python has it; NotImplemented to have it made of text and children."""
        return NotImplemented


Factory = Callable[[Value], Any]
_F = TypeVar("_F", bound=Callable[..., Any])

_registered: list[tuple[re.Pattern[str], Factory]] = []
_known: dict[tuple[str, str], Factory | None] = {}
_imported: set[str] = set()


def printer(pattern: str | re.Pattern[str]) -> Callable[[_F], _F]:
    """Return a decorator that registers a printer for the types that a pattern names.

    The pattern is a qualified name in which `...` stands for anything: "std::vector<...>"; or a compiled
    regular expression that matches the whole name.  Inline namespaces (`std::__1::`) may be left out.
    What is decorated is a `Printer` class, or a function that gets the value and returns the text, a list
    or dict of values, or a value to show instead.  The latest printer for a name counts.
    """
    if isinstance(pattern, str):
        pattern = re.compile(".*".join(re.escape(part) for part in pattern.split("...")), re.DOTALL)

    def register(factory: _F) -> _F:
        _registered.append((pattern, factory))
        _known.clear()
        return factory

    return register


def present(value: Value) -> Presentation | None:
    """Return what a printer makes of a value; None where no printer is for its type."""
    factory = _factory(value.type)
    if factory is None:
        return None
    return Presentation(factory, value.plain())


def is_printed(type: Type) -> bool:
    """Whether a printer is for values of a type."""
    return _factory(type) is not None


def string_layout(type: Type) -> tuple[int, int, Type] | None:
    """Return what the printer of a type says of the layout of strings, see `Printer`; None without one."""
    factory = _factory(type)
    if isinstance(factory, builtins.type) and issubclass(factory, Printer):
        return factory.string_layout(type)
    return None


def registrations() -> int:
    """Return a number that changes whenever `is_printed` may."""
    return len(_registered)


def _factory(type: Type) -> Factory | None:
    here = type
    for _ in range(100):
        if here.name and not isinstance(here, QualifiedType) and (found := _named(here)) is not None:
            return found
        if not isinstance(here, (QualifiedType, TypedefType)):
            return None
        here = here.target
    return None


def _named(type: Type) -> Factory | None:
    name = type.name or ""
    key = type.language, name
    if key not in _known:
        if isinstance(type, StructType):
            _import_for(type.language, name)
        _known[key] = _search(name)
    return _known[key]


def _import_for(language: str, name: str) -> None:
    """Import the modules with printers for a library's types."""
    for module in LIBRARIES.get((language, name.partition("::")[0].lstrip("&")), ()):
        if module not in _imported:
            _imported.add(module)
            _import_beneath(module)


def _import_beneath(module: str) -> None:
    """Import printers of ours so that users' count before them, whoever came first."""
    mine = len(_registered)
    __import__(module)
    ours = _registered[mine:]
    del _registered[mine:]
    _registered[:0] = ours


def _search(name: str) -> Factory | None:
    plain = _INLINE.sub("std::", name) if "std::" in name else name
    for pattern, factory in reversed(_registered):
        if pattern.fullmatch(plain) or pattern.fullmatch(name):
            return factory
    return None


class Presentation:
    """One value through its printer: text, children, content; made once for a value.

    Exceptions of a printer that are not ours come out as EvaluationError, naming the printer.
    """

    __slots__ = ("_factory", "_made", "_value")

    def __init__(self, factory: Factory, value: Value) -> None:
        self._factory = factory
        self._value = value
        self._made: Any = None

    def _guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except DebuggerError:
            raise
        except Exception as error:
            name = getattr(self._factory, "__name__", str(self._factory))
            raise EvaluationError(f"printer {name}: {type(error).__name__}: {error}") from error

    @property
    def printer(self) -> Printer:
        """The printer of the value."""
        if self._made is None:
            made = self._guarded(lambda: self._factory(self._value))
            self._made = made if isinstance(made, Printer) else _Result(self._value, made)
        assert isinstance(self._made, Printer)
        return self._made

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return self.printer.kind

    @property
    def is_container(self) -> bool:
        """Whether it has elements."""
        return self.kind in ("sequence", "map")

    @property
    def has_children(self) -> bool:
        """Whether there is something behind the text."""
        made = self.printer
        if isinstance(made, _Result):
            return made.kind != "" or made.length() != 0
        return self.is_container or type(made).children is not Printer.children

    def text(self) -> str | Value | None:
        """Return the text before the children, or the value that is the text."""
        found: str | Value | None = self._guarded(self.printer.to_string)
        return found

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give (name or key, value)."""
        walk = iter(self._guarded(self.printer.children))
        while True:
            pair = self._guarded(lambda: next(walk, None))
            if pair is None:
                return
            yield pair

    def written(self) -> tuple[str, Iterator[tuple[Any, Value]]]:
        """Return the kind and the children as they are written in text."""
        inner: Value | None = self._guarded(self.printer.inner)
        shown = inner.presentation if inner is not None else None
        if shown is not None:
            return shown.written()
        return self.printer.written_kind or self.kind, self.children()

    def items(self) -> Iterator[tuple[Any, Value]]:
        """Give (key, value) of a map, (index, value) of a sequence."""
        for number, (key, child) in enumerate(self.children()):
            yield (key if self.kind == "map" else number), child

    def __iter__(self) -> Iterator[Value]:
        """Give a map's keys, a sequence's elements."""
        return (key if self.kind == "map" else child for key, child in self.children())

    def __len__(self) -> int:
        known = self._guarded(self.printer.length)
        if known is not None:
            return int(known)
        for count, _ in enumerate(self.children()):
            if count >= _COUNTED:
                raise EvaluationError(f"this {self._value.type} has more than {_COUNTED} elements")
        return 0 if self._is_empty() else count + 1

    def _is_empty(self) -> bool:
        return next(self.children(), None) is None

    def lookup(self, key: object) -> Value | None:
        """Return the child of a key or index; None for a name, which may be a member's.

        Raises:
            IndexError: a sequence has no such index.
            VariableNotFound: a map has no such key.
        """
        if self.kind == "sequence":
            return self._element(key.__index__()) if hasattr(key, "__index__") else None
        for number, (name, child) in enumerate(self.children()):
            if number >= _COUNTED:
                break
            if name == key:
                return child
        if isinstance(key, str):
            return None
        raise VariableNotFound(f"this {self._value.type} has no key {key}", name=str(key))

    def _element(self, index: int) -> Value:
        length = len(self)
        if not -length <= index < length:
            raise IndexError(f"index {index} is outside of {length} elements")
        index %= length
        known: Value | None = self._guarded(lambda: self.printer.element(index))
        if known is not None:
            return known
        for number, (_, child) in enumerate(self.children()):
            if number == index:
                return child
        raise IndexError(f"this {self._value.type} ends before element {index}")

    @property
    def array(self) -> Value | None:
        """All elements as one array, or None."""
        found: Value | None = self._guarded(self.printer.array)
        return found

    @property
    def variant(self) -> str | None:
        """The name of the active case, or None."""
        found: str | None = self._guarded(self.printer.variant)
        return found

    @property
    def target(self) -> Value | None:
        """What a smart pointer points to, or None."""
        found: Value | None = self._guarded(self.printer.target)
        return found

    def to_python(self, depth: int) -> Any:
        """Return the content."""
        from trapline.inspection.conversion import counted_text, to_python

        found = self._guarded(self.printer.to_python)
        if found is not NotImplemented:
            return found
        if self.kind == "sequence":
            return [to_python(child, depth + 1) for _, child in self._bounded()]
        if self.kind == "map":
            pairs = [
                (to_python(key, depth + 1), to_python(child, depth + 1)) for key, child in self._bounded()
            ]
            return {_hashable(key): content for key, content in pairs}
        said = self.text()
        if isinstance(said, Value):
            return counted_text(said) if self.kind == "string" else to_python(said, depth + 1)
        if said is None or self.has_children:
            return {str(key): to_python(child, depth + 1) for key, child in self._bounded()}
        return said

    def _bounded(self) -> Iterator[tuple[Any, Value]]:
        for number, pair in enumerate(self.children()):
            if number >= _COUNTED * 10:
                raise EvaluationError(f"this {self._value.type} has no end")
            yield pair


def _hashable(key: Any) -> Any:
    if isinstance(key, list):
        return tuple(_hashable(part) for part in key)
    if isinstance(key, dict):
        return tuple((name, _hashable(part)) for name, part in key.items())
    return key


class _Result(Printer):
    """What a function as a printer returned: text, a value, or the children."""

    def __init__(self, value: Value, result: object) -> None:
        super().__init__(value)
        self._text: str | Value | None = None
        self._children: list[tuple[Any, Value]] = []
        if isinstance(result, (str, Value)):
            self._text = result
        elif isinstance(result, dict):
            self._children = list(result.items())
            if not all(isinstance(key, str) for key in result):
                self.kind = "map"
        elif isinstance(result, (list, tuple)):
            self._children = list(enumerate(result))
            self.kind = "sequence"
        else:
            raise UsageError(f"a printer returns str, Value, list or dict, not {type(result).__name__}")

    def to_string(self) -> str | Value | None:
        return self._text

    def children(self) -> Iterable[tuple[Any, Value]]:
        return self._children

    def length(self) -> int | None:
        return len(self._children)
