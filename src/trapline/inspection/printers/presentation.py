"""A value through its printer: what the printer gives, with what it raises, and within bounds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

from trapline.base.errors import DebuggerError, EvaluationError, UsageError, VariableNotFound
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import rust
from trapline.inspection.printers import Printer
from trapline.inspection.value import Value
from trapline.symbols.types import RUST

if TYPE_CHECKING:
    from trapline.inspection.printers import Factory

_COUNTED = 200_000
"""Children that are walked through to count or to find one; a longer container is taken for broken."""


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
    def form(self) -> str:
        """How elements are reached: "sequence" by number, "map" by key, "fields" by name, "" for none."""
        made = self.printer
        if self.kind in ("sequence", "string") or made.is_tuple:
            return "sequence"
        if self.kind == "map":
            return "map"
        is_fields = self.has_children and not made.is_holder and not isinstance(self.text(), Value)
        return "fields" if is_fields else ""

    @property
    def may_be_empty(self) -> bool:
        """Whether it holds something or nothing, and is false then."""
        return self.printer.may_be_empty

    @property
    def content(self) -> Value | None:
        """What it is in Python: what a holder holds, or the value that is the text; None for neither."""
        if self.printer.is_holder:
            found: Value | None = self._guarded(self.printer.held)
            return found
        said = self.text() if not self.form else None
        return said if isinstance(said, Value) else None

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
        """Give (key, value) of a map, (name, value) of fields, (index, value) of a sequence or string."""
        if self.form != "sequence":
            yield from self.children()
        else:
            yield from enumerate(self)

    def __iter__(self) -> Iterator[Any]:
        """Give a map's keys, the names of fields, a sequence's elements, a string's characters."""
        if self.form != "sequence":
            return (key for key, _ in self.children())
        return self._characters() if self.kind == "string" else (child for _, child in self.children())

    def _characters(self) -> Iterator[Value]:
        """Give C++'s as the program has them, in units of the string's encoding; Rust's decoded."""
        units = self._units()
        return iter(units) if units is not None else rust.letters(self._value, self.to_python(0))

    def _units(self) -> Value | None:
        """Return the array of a string's characters; None where they have to be decoded, or are nowhere."""
        said = self.text()
        return said if isinstance(said, Value) and self._value.language != RUST else None

    def __len__(self) -> int:
        if self.kind == "string":
            units = self._units()
            return len(self.to_python(0)) if units is None else len(units)
        known = self._guarded(self.printer.length)
        if known is not None:
            length = int(known)
            if not 0 <= length <= sys.maxsize:
                raise EvaluationError(f"not initialized: a {self._value.type} of {length} elements")
            return length
        for count, _ in enumerate(self.children()):
            if count >= _COUNTED:
                raise EvaluationError(f"this {self._value.type} has more than {_COUNTED} elements")
        return 0 if self._is_empty() else count + 1

    def _is_empty(self) -> bool:
        return next(self.children(), None) is None

    def lookup(self, key: object) -> Value | None:
        """Return the child of a key, index or name; None for a name that may be a member's.

        Raises:
            IndexError: a sequence has no such index.
            VariableNotFound: a map has no such key.
        """
        if self.form == "sequence":
            return self._element(key.__index__()) if hasattr(key, "__index__") else None
        for number, (name, child) in enumerate(self.children()):
            if number >= _COUNTED:
                break
            if name == key:
                return child
        if isinstance(key, str) or self.form == "fields":
            return None
        raise VariableNotFound(f"this {self._value.type} has no key {key}", name=str(key))

    def _element(self, index: int) -> Value:
        length = len(self)
        if not -length <= index < length:
            raise IndexError(f"index {index} is outside of {length} elements")
        index %= length
        if self.kind == "string":
            units = self._units()
            if units is not None:
                return units.element(index)
            letter = self.to_python(0)[index]
            return next(rust.letters(self._value, letter))
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
        if self.printer.is_holder:
            held = self.content
            return None if held is None else to_python(held, depth + 1)
        if self.printer.is_tuple:
            return tuple(to_python(child, depth + 1) for _, child in self._bounded())
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
