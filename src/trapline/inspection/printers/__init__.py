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
from collections.abc import Callable, Iterable

from trapline.base.errors import ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING, Any, TypeVar
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, RUST, QualifiedType, StructType, Type, TypedefType

if TYPE_CHECKING:
    import re

    from trapline.inspection.printers.presentation import Presentation

KINDS = ("", "sequence", "map", "string")
_Layout = TypeVar("_Layout")

_INLINE = lazy(r"\bstd::(?:__cxx11|__1|__debug|_V2|__ndk1)::")
"""Namespaces that do not show in what programs write: `std::__cxx11::basic_string` is a `std::` one."""

# Of two printers for a type that of libc++ counts, whichever type is met first.
_CPP = (
    "trapline.inspection.printers.libcxx",
    "trapline.inspection.printers.libstdcxx",
    "trapline.inspection.printers.libstdcxx_holders",
)
LIBRARIES: dict[tuple[str, str], tuple[str, ...]] = {
    (CPP, "__gnu_cxx"): _CPP,
    (CPP, "std"): _CPP,
    (RUST, "alloc"): ("trapline.inspection.printers.rust",),
    (RUST, "core"): ("trapline.inspection.printers.rust",),
    (RUST, "std"): ("trapline.inspection.printers.rust",),
}
"""(language, first component of a type's name) -> modules with printers for it, imported when one is met."""


class RunLayout(NamedTuple):
    """How containers whose elements are side by side say where these are.

    `read` takes the bytes of one, which begin at an offset, and returns the text before the elements, the
    load address of the first, and how many there are; it raises EvaluationError for what is none.
    """

    element: Type
    read: Callable[[bytes, int], tuple[str, int, int]]


class Printer:
    """What a printer gives; a subclass overrides what it knows better.

    `kind` is "" (named members), "sequence", "map" or "string".  `value` is what to show.
    """

    kind: str = ""
    written_kind: str = ""
    """How children are written in text, where that is not as `kind` has it."""
    is_tuple: bool = False
    """Whether the children are reached by number, whatever they are called in text."""
    is_holder: bool = False
    """Whether it is in Python what it holds, see `held`."""
    may_be_empty: bool = False
    """Whether a holder may hold nothing, and is false then."""
    _known: tuple[tuple[int, bytes], Any] | None = None

    def __init__(self, value: Value) -> None:
        """Keep the value; nothing is read yet."""
        self.value = value

    def once(self, read: Callable[[], _Layout]) -> _Layout:
        """Return what `read` makes of the value's bytes; a thousand elements ask for it once.

        Again at another stop, and where the bytes were changed at this one.
        """
        try:
            now = self.value.program.epoch, self.value.contents()
        except ValueUnavailable:
            return read()  # of those that are known
        if self._known is None or self._known[0] != now:
            self._known = now, read()
        found: _Layout = self._known[1]
        return found

    @classmethod
    def string_layout(cls, type: Type) -> tuple[int, int, Type] | None:
        """Return where strings of a type have the pointer to their characters, and where the number of them.

        Both are offsets in bytes of 64-bit words; then the characters' type.  None where that is not the
        same for all strings of the type, or they are none.
        """
        return None

    @classmethod
    def fields(cls, type: Type) -> tuple[tuple[str, Type, int], ...] | None:
        """Return name, type and offset of each child, where all values of a type are these and no text.

        None where that is not so.
        """
        return None

    @classmethod
    def record(cls, type: Type) -> tuple[tuple[str, Type, int], ...] | None:
        """Return name, type and offset of each part, where these are all that values of a type are.

        None where that is not so.  Unlike `fields` there may be a text before them.
        """
        return cls.fields(type)

    @classmethod
    def run_layout(cls, type: Type) -> RunLayout | None:
        """Return how containers of a type say where their elements are, side by side; None for others."""
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

    def held(self) -> Value | None:
        """Return what a holder holds, None for nothing."""
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
        import re

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
    from trapline.inspection.printers.presentation import Presentation

    return Presentation(factory, value.plain())


def is_printed(type: Type) -> bool:
    """Whether a printer is for values of a type."""
    return _factory(type) is not None


def printer_class(type: Type) -> builtins.type[Printer] | None:
    """Return the class that is the printer of a type; None without one, and where it is a function."""
    factory = _factory(type)
    return factory if isinstance(factory, builtins.type) and issubclass(factory, Printer) else None


def string_layout(type: Type) -> tuple[int, int, Type] | None:
    """Return what the printer of a type says of the layout of strings, see `Printer`; None without one."""
    known = printer_class(type)
    return known.string_layout(type) if known is not None else None


def fields(type: Type) -> tuple[tuple[str, Type, int], ...] | None:
    """Return the children that the printer of a type has always, see `Printer`; None without one."""
    known = printer_class(type)
    return known.fields(type) if known is not None else None


def record(type: Type) -> tuple[tuple[str, Type, int], ...] | None:
    """Return the parts that all values of a type are, by its printer, see `Printer`; None without one."""
    known = printer_class(type)
    return known.record(type) if known is not None else None


def run_layout(type: Type) -> RunLayout | None:
    """Return where containers of a type have their elements, see `Printer`; None for others."""
    known = printer_class(type)
    return known.run_layout(type) if known is not None else None


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
