"""Containers and pointers of Rust's library, in the words of rust-gdb.

Member names differ from release to release; where they do, the first that is there counts.

Source: library/alloc and library/std of rustc 1.48 to 1.95; hashbrown 0.9 to 0.16.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.typing import Any
from trapline.inspection import rust
from trapline.inspection.printers import Printer, RunLayout, printer
from trapline.inspection.printers.containers import (
    LONGEST,
    Characters,
    Indexed,
    Run,
    arguments,
    behind,
    either,
)
from trapline.inspection.storage import Program
from trapline.inspection.value import Value
from trapline.symbols.types import (
    RUST,
    ArrayType,
    BaseType,
    Member,
    PointerType,
    StructContent,
    StructType,
    Type,
)

_DEEP = 12
"""Wrappers around a pointer or a number: `RawVec`, `Unique`, `NonNull`, `Cap` and what is still to come."""

_STR = StructType(
    "struct",
    "&str",
    16,
    StructContent(
        (
            Member("data_ptr", PointerType(rust.BYTE, language=RUST), 0),
            Member("length", BaseType("usize", 8, 7, RUST), 8),
        )
    ),
    RUST,
)

_CAPACITY = 11
"""Keys in a node of a B-tree.  Source: alloc/src/collections/btree/node.rs, CAPACITY."""


def _pointer(value: Value) -> int:
    """Return the address in the first pointer that a chain of wrappers holds.

    Raises:
        EvaluationError: there is none.
    """
    found = _first(value, PointerType, _DEEP)
    if found is None:
        raise EvaluationError(f"no pointer in {value.type}: a release of Rust's library that is not known")
    return int.from_bytes(bytes(found)[:8], "little")


def _first(value: Value, kind: type[Type], depth: int) -> Value | None:
    stripped = value.type.strip()
    if isinstance(stripped, kind):
        return value
    if depth and isinstance(stripped, StructType):
        for member in stripped.members:
            found = _first(value.field(member), kind, depth - 1)
            if found is not None:
                return found
    return None


def _offset(outer: Type, names: tuple[str, ...], kind: type[Type]) -> int | None:
    """Return the offset in bytes of the first word of a kind in a member of members; None where it is not."""
    here, offset = outer.strip(), 0
    for depth in range(_DEEP):
        if isinstance(here, kind):
            return offset if here.size == 8 else None
        if not isinstance(here, StructType) or not here.members:
            return None
        # Behind the names there are wrappers around the word, which comes first.
        member = here.member(names[depth]) if depth < len(names) else here.members[0]
        if member is None or not isinstance(member.offset, int):
            return None
        here, offset = member.type.strip(), offset + member.offset
    return None


def _number(value: Value) -> int:
    """Return the number that a chain of wrappers holds (`Cap`, `Cell`, `UnsafeCell`)."""
    found = _first(value, BaseType, _DEEP)
    if found is None:
        raise EvaluationError(f"no number in {value.type}: a release of Rust's library that is not known")
    return int(found)


def _argument(value: Value, index: int = 0) -> Type:
    found = arguments(value)
    if index >= len(found):
        raise EvaluationError(f"the debug information does not say what {value.type} holds")
    return found[index]


def _checked(count: int) -> int:
    if not 0 <= count <= LONGEST:
        raise EvaluationError(f"not initialized: {count} elements")
    return count


@printer("alloc::string::String")
class String(Characters):
    """`String`."""

    @classmethod
    def string_layout(cls, type: Type) -> tuple[int, int, Type] | None:
        """Return where pointer and length are: their order and their wrappers change with the release."""
        pointer = _offset(type, ("vec", "buf"), PointerType)
        length = _offset(type, ("vec", "len"), BaseType)
        return None if pointer is None or length is None else (pointer, length, rust.BYTE)

    def content(self) -> tuple[int, int, Type]:
        """Return where the bytes are."""
        vector = self.value.member("vec")
        return _pointer(vector.member("buf")), int(vector["len"]), rust.BYTE


@printer(re.compile(r"std::(ffi::os_str::OsString|path::PathBuf)"))
class OsString(Characters):
    """`OsString` and `PathBuf`: a vector of bytes, some structures down."""

    def content(self) -> tuple[int, int, Type]:
        """Return where the bytes are."""
        here = self.value
        for _ in range(_DEEP):
            if (here.type.strip().name or "").startswith("alloc::vec::Vec<"):
                return _pointer(here.member("buf")), int(here["len"]), rust.BYTE
            here = either(here, "inner", "bytes")
        raise EvaluationError("a release of Rust's library that is not known")


@printer("alloc::vec::Vec<...>")
class Vec(Run):
    """`Vec`."""

    @classmethod
    def run_layout(cls, type: Type) -> RunLayout | None:
        """Return what takes pointer and length, whose order and wrappers change with the release."""
        stripped = type.strip()
        pointer = _offset(type, ("buf",), PointerType)
        length = _offset(type, ("len",), BaseType)
        if not isinstance(stripped, StructType) or pointer is None or length is None:
            return None
        element = stripped.template_arguments[0].type if stripped.template_arguments else None
        if element is None or not element.size:
            return None

        def read(data: bytes, at: int) -> tuple[str, int, int]:
            start = int.from_bytes(data[at + pointer : at + pointer + 8], "little")
            count = _checked(int.from_bytes(data[at + length : at + length + 8], "little"))
            return f"Vec(size={count})", start, count

        return RunLayout(element, read)

    def bounds(self) -> tuple[int, int, Type]:
        """Return where the elements are."""
        return _pointer(self.value.member("buf")), _checked(int(self.value["len"])), _argument(self.value)

    def to_string(self) -> str:
        """Return the length."""
        return f"Vec(size={self.length()})"


@printer(re.compile(r"alloc::collections::vec_deque::VecDeque<.*>", re.DOTALL))
class VecDeque(Indexed):
    """`VecDeque`: a ring."""

    def _ring(self) -> tuple[int, int, int, int]:
        """Return the buffer's address, its capacity, where the first element is, and the number of them."""
        return self.once(self._read)

    def _read(self) -> tuple[int, int, int, int]:
        buffer = self.value.member("buf")
        inner = buffer
        for _ in range(3):
            try:
                inner = inner.member("inner")
            except VariableNotFound:
                break
        size = _argument(self.value).size or 0
        capacity = _number(inner.member("cap")) if size else LONGEST
        head = int(self.value["head"])
        try:
            return _pointer(buffer), capacity, head, _checked(int(self.value["len"]))
        except VariableNotFound:  # before 1.67 the head is the end, and the tail the beginning
            tail = int(self.value["tail"])
            return _pointer(buffer), capacity, tail, (head - tail) % capacity if capacity else 0

    def length(self) -> int:
        """Return the number of elements."""
        return self._ring()[3]

    def element(self, index: int) -> Value:
        """Return one element."""
        start, capacity, first, _ = self._ring()
        type_ = _argument(self.value)
        place = (first + index) % capacity if capacity else 0
        return Value.at(self.value.program, type_, start + place * (type_.size or 0))

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"VecDeque(size={self.length()})"


class _Hashed(Printer):
    """A table of hashbrown: the elements stand before the control bytes, the last first."""

    def table(self) -> Value:
        """Return the `RawTable`."""
        raise NotImplementedError

    def length(self) -> int:
        """Return the number of elements that the table has counted."""
        return _checked(int(either(either(self.table(), "table"), "items")))

    def slots(self) -> Iterator[Value]:
        """Give what is in the table."""
        table = self.table()
        inner = either(table, "table")
        type_ = _argument(table)
        size = type_.size or 0
        control = _pointer(either(inner, "ctrl"))
        buckets = _checked(int(inner["bucket_mask"])) + 1
        left = self.length()
        for start in range(0, buckets, 4096):
            marks = self.value.program.read(control + start, min(4096, buckets - start))
            for offset, mark in enumerate(marks):
                if not left:
                    return
                if not mark & 0x80:
                    left -= 1
                    yield Value.at(self.value.program, type_, control - (start + offset + 1) * size)


@printer("std::collections::hash::map::HashMap<...>")
class HashMap(_Hashed):
    """`HashMap`."""

    kind = "map"

    def table(self) -> Value:
        """Return the `RawTable`."""
        return self.value.member("base").member("table")

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give (key, value)."""
        for pair in self.slots():
            yield pair.member("__0"), pair.member("__1")

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"HashMap(size={self.length()})"


@printer("std::collections::hash::set::HashSet<...>")
class HashSet(_Hashed):
    """`HashSet`: a map to nothing."""

    kind = "sequence"

    def table(self) -> Value:
        """Return the `RawTable`."""
        return either(self.value.member("base"), "map").member("table")

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        for index, pair in enumerate(self.slots()):
            yield index, pair.member("__0")

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"HashSet(size={self.length()})"


class _Tree(Printer):
    """A B-tree: leaves hold keys and values, inner nodes the edges behind those."""

    def map(self) -> Value:
        """Return the `BTreeMap`."""
        raise NotImplementedError

    def length(self) -> int:
        """Return the number of elements that the tree has counted."""
        return _checked(int(self.map()["length"]))

    def pairs(self) -> Iterator[tuple[Value, Value]]:
        """Give (key, value) in order."""
        tree = self.map()
        if not self.length():
            return
        root = either(tree, "root")
        content = _first_named(root, "height", _DEEP)
        if content is None:
            raise EvaluationError("a release of Rust's library that is not known")
        node = either(content, "node")
        leaf = _first(node, PointerType, _DEEP)
        assert leaf is not None
        target = leaf.type.strip().target
        assert target is not None
        yield from self._walk(int(leaf), int(content["height"]), target)

    def _walk(self, address: int, height: int, leaf: Type) -> Iterator[tuple[Value, Value]]:
        if height > 20:
            raise EvaluationError(f"not initialized: a tree of height {height}")
        node = Value.at(self.value.program, leaf, address)
        used = int(node["len"])
        if used > _CAPACITY:
            raise EvaluationError(f"not initialized: {used} keys in a node of {_CAPACITY}")
        edges = address + (leaf.size or 0)
        key, mapped = arguments(self.map())[:2]
        keys, values = node["keys"].place(), node["vals"].place() if mapped.size else address
        for index in range(used + 1):
            if height:
                edge = int.from_bytes(self.value.program.read(edges + 8 * index, 8), "little")
                yield from self._walk(edge, height - 1, leaf)
            if index < used:
                yield (
                    Value.at(self.value.program, key, keys + index * (key.size or 0)),
                    Value.at(self.value.program, mapped, values + index * (mapped.size or 0)),
                )


def _first_named(value: Value, name: str, depth: int) -> Value | None:
    """Return the structure that has a member of a name, in a value or its active cases."""
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or not depth:
        return None
    if stripped.member(name) is not None:
        return value
    parts = [value.field(member) for member in stripped.members]
    if stripped.variant_part is not None:
        parts += [part for _, part in value.items()]
    for part in parts:
        found = _first_named(part, name, depth - 1)
        if found is not None:
            return found
    return None


@printer("alloc::collections::btree::map::BTreeMap<...>")
class BTreeMap(_Tree):
    """`BTreeMap`."""

    kind = "map"

    def map(self) -> Value:
        """Return the map."""
        return self.value

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give (key, value)."""
        return self.pairs()

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"BTreeMap(size={self.length()})"


@printer("alloc::collections::btree::set::BTreeSet<...>")
class BTreeSet(_Tree):
    """`BTreeSet`: a map to nothing."""

    kind = "sequence"

    def map(self) -> Value:
        """Return the map inside."""
        return self.value.member("map").plain()

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the elements."""
        return ((index, key) for index, (key, _) in enumerate(self.pairs()))

    def to_string(self) -> str:
        """Return the number of elements."""
        return f"BTreeSet(size={self.length()})"


_COUNTS = 16
"""Bytes of the counts before what is shared."""


def _fat(value: Value) -> Value:
    """Return the pointer with a table that is in a `NonNull`."""
    for _ in range(_DEEP):
        stripped = value.type.strip()
        if isinstance(stripped, StructType) and stripped.member("vtable") is not None:
            break
        value = value.member("pointer")
    return value


def _run_at(program: Program, address: int, element: Type, count: int, *, is_text: bool) -> Value:
    """Return so many elements at a load address: an array, or a `&str` to them."""
    _checked(count)
    if is_text:
        return Value.constant(program, _STR, address.to_bytes(8, "little") + count.to_bytes(8, "little"))
    return Value.at(program, ArrayType(element, [count], language=RUST), address)


def _wide(value: Value) -> Value | None:
    """Return the pointer with a length that is in a `NonNull`; None where it has none."""
    for _ in range(_DEEP):
        stripped = value.type.strip()
        if not isinstance(stripped, StructType) or not stripped.members:
            return None
        if stripped.member("length") is not None and stripped.member("data_ptr") is not None:
            return value
        value = value.field(stripped.members[0])
    return None


@printer(re.compile(r"alloc::(rc::Rc|sync::Arc)<.*>", re.DOTALL))
class Counted(Printer):
    """`Rc` and `Arc`: the counts, and what is shared."""

    is_holder = True

    def _box(self) -> Value:
        pointer = _first(self.value.member("ptr"), PointerType, _DEEP)
        if pointer is None:
            raise EvaluationError(f"{self.value.type} points to something without a size; .raw shows it")
        return pointer.dereference()

    def target(self) -> Value:
        """Return what is shared; of a trait's object what it really is."""
        box = self._box()
        if (run := self._run(box)) is not None:
            return run
        found = either(box, "value", "data")
        if not (found.type.name or "").startswith("dyn "):
            return found
        # What the object is tells where it begins behind the counts.
        concrete = rust.trait_object(_fat(self.value.member("ptr")))
        if concrete is None or concrete.address is None:
            return found
        return behind(self.value, concrete.address, _COUNTS, concrete.type)

    def _run(self, box: Value) -> Value | None:
        """Return the slice or string that is shared; None for what has a size of its own, and for traits."""
        wide, shared = _wide(self.value.member("ptr")), box.type.strip()
        if wide is None or not isinstance(shared, StructType):
            return None
        member = shared.member("value") or shared.member("data")
        if member is None or not isinstance(member.offset, int):
            return None
        is_text = re.search(r"::(Rc|Arc)<str\b", self.value.type.strip().name or "") is not None
        start, count = box.place() + member.offset, int(wide["length"])
        return _run_at(self.value.program, start, member.type, count, is_text=is_text)

    def to_string(self) -> str:
        """Return the counts; the weak one counts all strong ones as one."""
        box = self._box()
        name = "Arc" if "::Arc<" in (self.value.type.strip().name or "") else "Rc"
        strong, weak = _number(box["strong"]), _number(box["weak"])
        return f"{name}(strong={strong}, weak={weak - 1 if strong else weak})"

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give what is shared."""
        yield "value", self.target()

    def held(self) -> Value:
        """Return what is shared."""
        return self.target()


@printer(re.compile(r"core::cell::(Cell|UnsafeCell)<.*>", re.DOTALL))
class Cell(Printer):
    """`Cell` and `UnsafeCell`."""

    is_holder = True

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the value."""
        yield "value", self.held()

    def held(self) -> Value:
        """Return the value."""
        return _unwrapped(self.value.member("value"))


def _unwrapped(value: Value) -> Value:
    """Return what is in an `UnsafeCell`, or the value itself."""
    if (value.type.strip().name or "").startswith("core::cell::UnsafeCell<"):
        return value.plain().member("value")
    return value


@printer("core::cell::RefCell<...>")
class RefCell(Printer):
    """`RefCell`: how it is borrowed, and what is in it."""

    is_holder = True

    def to_string(self) -> str:
        """Return how it is borrowed."""
        count = _number(self.value["borrow"])
        return f"RefCell(borrow={count})" if count >= 0 else f"RefCell(borrow_mut={-count})"

    def children(self) -> Iterator[tuple[Any, Value]]:
        """Give the value."""
        yield "value", self.held()

    def held(self) -> Value:
        """Return the value."""
        return _unwrapped(self.value.member("value"))
