"""The parts of a value as a tree view shows them: what can be opened, and how each part is written.

Structures have their members, arrays and containers their elements, pointers what they point to; a smart
pointer, an optional and the like what their printers give, and `[raw]`, the same without printers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from trapline.base.errors import DebuggerError
from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import characters, numbers, printers, rust, scalars
from trapline.inspection.format import Options, Writer
from trapline.inspection.tellers import Teller, Tellers
from trapline.inspection.value import Value
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    FunctionType,
    PointerType,
    StructType,
    Type,
    VariantPart,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.inspection.printers import RunLayout
    from trapline.inspection.printers.presentation import Presentation

RAW = "[raw]"


class Count(NamedTuple):
    """How many parts a value has: `named` members, `indexed` elements; none of both: it cannot be opened."""

    named: int
    indexed: int


class Part(NamedTuple):
    """A part: its name, the value, and how it is written behind the expression of the whole.

    `suffix` is such as ".x", "->x" or "[3]", "" where no expression means the part; `prefix` is "*" for what
    a pointer points to.
    """

    name: str
    value: Value
    suffix: str = ""
    prefix: str = ""


_NONE = Count(0, 0)


def count(value: Value) -> Count:
    """Return how many parts a value has; the length of a broken container is that of its printer."""
    if scalars.kind(value.type) in _PLAIN:
        return _NONE
    try:
        return _count(value.referent())
    except DebuggerError:
        return _NONE


_PLAIN = frozenset(
    (scalars.INTEGER, scalars.CHARACTER, scalars.BOOLEAN, scalars.FLOAT, scalars.COMPLEX, scalars.DECIMAL,
     scalars.ENUM, scalars.MEMBER_POINTER, scalars.METHOD_POINTER, scalars.FUNCTION, scalars.NOTHING)
)  # fmt: skip


def fixed_count(type_: Type) -> Count | None:
    """Return how many parts each value of a type has; None where it depends on the value."""
    if scalars.kind(type_) in _PLAIN:
        return _NONE
    if printers.is_printed(type_):
        if printers.string_layout(type_) is not None:
            return Count(1, 0)
        fields = printers.fields(type_)
        return Count(1 + len(fields), 0) if fields is not None else None
    stripped = type_.strip()
    if isinstance(stripped, ArrayType):
        length = stripped.dimensions[0] if stripped.dimensions else None
        return Count(0, length) if isinstance(length, int) else _NONE
    if isinstance(stripped, StructType):
        if stripped.language != RUST:
            return Count(_members_of(stripped, _DEPTH), 0)
        may_be_slice = stripped.member("data_ptr") is not None
        return None if may_be_slice or stripped.variant_part else Count(len(stripped.members), 0)
    return None


def counter(type_: Type) -> Callable[[bytes], Count] | None:
    """Return what tells from the bytes of a value of a type how many parts it has; None: they do not say."""
    fixed = fixed_count(type_)
    if fixed is not None:
        return lambda data: fixed
    run = printers.run_layout(type_)
    if run is not None:
        return _counter_of_elements(run)
    stripped = type_.strip()
    if not isinstance(stripped, StructType) or stripped.language != RUST or printers.is_printed(type_):
        return None
    if stripped.variant_part is not None:
        return _counter_of_cases(stripped.variant_part)
    layout = rust.slice_layout(stripped)
    if layout is None:
        return None
    length = layout[1]

    def count(data: bytes) -> Count:
        size = int.from_bytes(data[length : length + 8], "little")
        return Count(0, size) if size <= rust.LONGEST else _NONE

    return count


def _counter_of_elements(run: RunLayout) -> Callable[[bytes], Count]:
    def count(data: bytes) -> Count:
        try:
            return Count(1, run.read(data, 0)[2])
        except DebuggerError:
            return _NONE

    return count


def _counter_of_cases(part: VariantPart) -> Callable[[bytes], Count] | None:
    choose = rust.chooser(part)
    if choose is None:
        return None

    def count(data: bytes) -> Count:
        variant = choose(data, 0)
        case = variant.member.type.strip() if variant is not None and variant.member is not None else None
        return Count(len(case.members), 0) if isinstance(case, StructType) else _NONE

    return count


def count_behind(pointer: PointerType) -> Count | None:
    """Return how many parts each pointer of a type has that is not null; None where it depends on it."""
    target = pointer.target.strip()
    if isinstance(target, (VoidType, FunctionType)) or characters.text_width(pointer.target):
        return _NONE
    return fixed_count(pointer.target) if isinstance(target, (StructType, ArrayType)) else Count(1, 0)


def _count(value: Value) -> Count:
    if value.storage.missing is not None:
        return _NONE
    shown = value.presentation
    if shown is not None:
        if shown.is_container:
            return Count(1, len(shown))  # a map's entries too, so that a large one is read by pages
        return Count(1 + (sum(1 for _ in shown.children()) if shown.has_children else 0), 0)
    stripped = value.type.strip()
    if isinstance(stripped, PointerType):
        return _count_behind(value, stripped)
    if isinstance(stripped, ArrayType):
        return (
            Count(0, len(value)) if stripped.dimensions and isinstance(stripped.dimensions[0], int) else _NONE
        )
    if isinstance(stripped, StructType):
        return _count_members(value, stripped)
    return _NONE


def _count_behind(value: Value, stripped: PointerType) -> Count:
    target = stripped.target.strip()
    if value.unavailable is not None or not scalars.integer(value):
        return _NONE
    if isinstance(target, (VoidType, FunctionType)) or characters.text_width(stripped.target):
        return _NONE
    if isinstance(target, (StructType, ArrayType)):
        return _count(value.dereference())
    return Count(1, 0)


def _count_members(value: Value, stripped: StructType) -> Count:
    if stripped.language == RUST:
        run = rust.as_sequence(value)  # of a string its bytes, which need not be read to be counted
        if run is not None:
            return Count(0, len(run))
        case = rust.payload(value).type.strip()
        return Count(len(case.members) if isinstance(case, StructType) else 0, 0)
    return Count(_members_of(stripped, _DEPTH), 0)


def _members_of(struct: StructType, depth: int) -> int:
    """Return how many members a class has, those of its bases and of nameless members included."""
    if not depth:
        return 0
    inner = [base.type.strip() for base in struct.bases]
    inner += [member.type.strip() for member in struct.members if not member.name]
    own = sum(1 for member in struct.members if member.name)
    return own + sum(_members_of(one, depth - 1) for one in inner if isinstance(one, StructType))


_DEPTH = 64
"""Bases of bases, nameless members of such; more is a cycle."""


def parts(value: Value, start: int = 0, most: int | None = None) -> Iterator[Part]:
    """Give the named parts, then the indexed ones, from the `start`th on, `most` of them."""
    here = value.referent()
    shown = here.presentation
    if shown is not None and shown.kind == "sequence":
        yield from itertools.islice(_elements(here, start, most), most)
        return
    stripped = here.type.strip()
    if isinstance(stripped, ArrayType) and shown is None:
        end = len(here) if most is None else min(len(here), start + most)
        for index in range(start, end):
            yield Part(f"[{index}]", here.element(index), f"[{index}]")
        return
    yield from itertools.islice(_all(here), start, None if most is None else start + most)


def _elements(value: Value, start: int, most: int | None) -> Iterator[Part]:
    """Give elements of a container, those before `start` passed over where they can be reached by number."""
    shown = value.presentation
    assert shown is not None
    length = len(shown)
    array = shown.array
    if array is not None:
        end = length if most is None else min(length, start + most)
        for index in range(start, end):
            yield Part(f"[{index}]", array.element(index), f"[{index}]")
    elif start < length:
        direct = shown.printer.element(start) if length else None
        if direct is not None:
            for index in range(start, length):
                element = shown.printer.element(index)
                if element is None:
                    return
                yield Part(f"[{index}]", element, f"[{index}]")
        else:
            for index, (_, element) in enumerate(itertools.islice(shown.children(), start, None), start):
                yield Part(f"[{index}]", element, f"[{index}]")
    yield Part(RAW, value.raw)


def _all(value: Value) -> Iterator[Part]:
    shown = value.presentation
    if shown is not None:
        yield from _entries(shown) if shown.kind == "map" else _presented(value, shown)
        yield Part(RAW, value.raw)
        return
    stripped = value.type.strip()
    if isinstance(stripped, PointerType):
        target = stripped.target.strip()
        behind = value.dereference()
        if not isinstance(target, (StructType, ArrayType)):
            yield Part("*", behind, prefix="*")
            return
        arrow = "." if value.language == RUST else "->"
        for part in parts(behind):
            if part.suffix.startswith("."):
                yield part._replace(suffix=arrow + part.suffix[1:])
            else:
                yield part._replace(prefix="*" if part.suffix else "")
        return
    if isinstance(stripped, StructType):
        run = rust.as_sequence(value)
        if run is not None:
            for index, element in enumerate(run):
                yield Part(f"[{index}]", element, f"[{index}]")
            return
        for name, member in value.items():
            plain = str(name).removeprefix("__") if stripped.language == RUST else str(name)
            yield Part(plain, member, f".{plain}" if _is_reached(value, stripped, plain, member) else "")


def _is_reached(value: Value, struct: StructType, name: str, member: Value) -> bool:
    """Whether a name behind a dot means a member: not `_vptr.Shape`, and not what a derived class hides."""
    if "." in name:
        return False
    return not struct.bases or _is_same(_member(value, name), member)


def _entries(shown: Presentation) -> Iterator[Part]:
    """Give the entries of a map; of several with one key its expression means the first."""
    before, name_of = "", _KeyNames()
    for key, child in shown.children():
        name, suffix = name_of(key)
        yield Part(name, child, suffix if suffix != before else "")
        before = suffix


class _KeyNames:
    """How the entries of one map are called, and written behind it: `["ann"]`, `[5]`."""

    def __init__(self) -> None:
        """Nothing is known of the keys."""
        self._type: Type | None = None
        self._tell: Teller | None = None
        self._is_number = False

    def __call__(self, key: object) -> tuple[str, str]:
        """Return the name of a key's entry, and how it is written; "" where the key cannot be."""
        if not isinstance(key, Value):
            return f"[{key}]", ""  # what a user's printer made
        if key.type is not self._type:
            self._meet(key)
        name = f"[{self._text(key)}]"
        return name, name if self._is_number else _written_key(key, name)

    def _meet(self, key: Value) -> None:
        self._type, self._tell = key.type, None
        self._is_number = numbers.is_plain(key.type) and not printers.is_printed(key.type)
        if scalars.kind(key.type) not in (scalars.POINTER, scalars.REFERENCE) and not key.is_raw:
            self._tell = Tellers(Writer(Options(), key.program), key.program).teller(key.type, 0)

    def _text(self, key: Value) -> str:
        address = key.storage.address
        if self._tell is None or address is None or key.unavailable is not None:
            return str(key)
        return self._tell(key.contents(), 0, address)


def _written_key(key: Value, name: str) -> str:
    """Return how an entry of a name is written behind its map; "" where its key cannot be."""
    kind = scalars.kind(key.type)
    if kind in (scalars.INTEGER, scalars.CHARACTER):
        return f"[{scalars.integer(key)}]"
    if printers.string_layout(key.type) is None:
        shown = key.presentation
        if shown is None or shown.kind != "string":
            return ""
    return name if _QUOTED.fullmatch(name) else ""


_QUOTED = lazy(r'\["[^"\\]*"\]')


def _presented(value: Value, shown: Presentation) -> Iterator[Part]:
    """Give what the printer of an optional, a smart pointer or a pair has behind its text."""
    if not shown.has_children:
        return
    target = shown.target
    for key, child in shown.children():
        name = str(key)
        if target is not None and name == "get()":
            yield Part(name, child, ".get()")
        elif target is not None and _is_same(child, target):
            yield Part(name, child, prefix="*")
        else:
            yield Part(name, child, f".{name}" if _is_same(_member(value.plain(), name), child) else "")


def _member(value: Value, name: str) -> Value | None:
    try:
        return value.member(name)
    except DebuggerError:
        return None


def _is_same(one: Value | None, other: Value) -> bool:
    """Whether two are one part of something; what is in registers has no address to tell by."""
    return (
        one is not None
        and one.storage.address == other.storage.address
        and one.bit_field == other.bit_field
        and one.type.strip() is other.type.strip()
    )


def writer(whole: str, declared: Value) -> Callable[[Part], str]:
    """Return what tells how a part is written; "" where it cannot be.

    Args:
        whole: how the value is written that the parts are of.
        declared: that value, as what it is declared to be.
    """
    if not whole:
        return lambda part: ""
    hides = _hides(declared)
    simple = all(character.isalnum() or character in "_$:.[]" for character in whole.replace("->", "."))
    base = whole if simple else f"({whole})"

    def write(part: Part) -> str:
        name, value, suffix, prefix = part
        if hides and (own := _member(declared, name)) is not None and not _is_same(own, value):
            return ""  # the class that it is declared as has another member of the name
        if prefix:
            return f"({prefix}{base}){suffix}" if suffix else f"{prefix}{base}"
        return f"{base}{suffix}" if suffix else ""

    return write


def _hides(declared: Value) -> bool:
    """Whether an object is of another class than it is declared to be, whose names may hide others."""
    return declared.language == CPP and declared.dynamic is not declared


def is_long(value: Value, most: int) -> bool:
    """Whether a value has more than `most` elements that have to be walked through to be counted."""
    if scalars.kind(value.type) != scalars.STRUCT:
        return False
    try:
        shown = value.presentation
        if shown is None or not shown.is_container or shown.printer.length() is not None:
            return False
        return next(itertools.islice(shown.children(), most, None), None) is not None
    except DebuggerError:
        return False


def is_plain(value: Value) -> bool:
    """Whether a value has no parts, whatever it is at the moment."""
    return scalars.kind(value.type) in _PLAIN


def memory(value: Value) -> int | None:
    """Return the load address that a memory view of a value shows: of a pointer what it points to."""
    if scalars.kind(value.type) == scalars.POINTER:
        return scalars.integer(value) if value.unavailable is None else None
    return value.address
