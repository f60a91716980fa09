"""What C++ makes of classes: virtual bases, the class that an object really has, pointers to members.

Source: Itanium C++ ABI §2.3 (member pointers), §2.5 (virtual tables), §2.9 (RTTI).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import EvaluationError, MemoryFault, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import scalars
from trapline.inspection.storage import MemoryStorage, Program, SlicedStorage, word
from trapline.symbols.demangle import shown
from trapline.symbols.types import (
    Base,
    FunctionType,
    MemberPointerType,
    Method,
    PointerType,
    StructType,
    Type,
)

if TYPE_CHECKING:
    from trapline.inspection.value import Value

_VTABLE = "vtable for "
_DEPTH = 64
"""Bases of bases; more is a cycle."""


def base_offset(value: Value, base: Base) -> int:
    """Return the offset in bytes of a base class's part in an object.

    Raises:
        ValueUnavailable: the offset of a virtual base cannot be read.
    """
    if isinstance(base.offset, int):
        return base.offset
    address = value.storage.address
    if address is None:
        raise ValueUnavailable("a virtual base of an object that is not in memory")
    from trapline.inspection.member_places import computed_offset

    return computed_offset(value.program, address, base.offset)


def whole_object(value: Value) -> Value:
    """Return the object of which a polymorphic class's object is a part, or a pointer or reference to it.

    The value itself where its class has no virtual functions, the real class cannot be found, or a cast
    has cut it out.
    """
    stripped = value.type.strip()
    if isinstance(stripped, PointerType):
        target = stripped.target.strip()
        if not isinstance(target, StructType) or not target.is_dynamic:
            return value
        try:
            address = value.dereference().storage.address
        except (ValueUnavailable, EvaluationError):
            return value
        real = real_pointer(value.program, stripped, address) if address is not None else None
        if real is None:
            return value
        return type(value).constant(value.program, real[0], real[1].to_bytes(8, "little"))
    is_whole = isinstance(value.storage, SlicedStorage)
    if isinstance(stripped, StructType) and stripped.is_dynamic and not is_whole:
        try:
            return _real_object(value) or value
        except ValueUnavailable:
            return value
    return value


def sliced(value: Value) -> Value:
    """Return an object as C++ makes one of it alone: of its class, without what it is a part of."""
    storage = value.storage
    if not isinstance(storage, MemoryStorage):
        return value
    return type(value)(value.type, storage.sliced(), value.program, raw=value.is_raw)


class _RealClass:
    """The class that a vtable is of, and the distance in bytes from the part with it to the whole object."""

    __slots__ = ("_pointers", "distance", "type")

    def __init__(self, type_: Type, distance: int) -> None:
        self.type = type_
        self.distance = distance
        self._pointers: dict[int, tuple[PointerType, PointerType]] = {}

    def pointer(self, declared: PointerType) -> PointerType:
        """Return the pointer to this class for one that is declared; a thousand of them have one type."""
        if id(declared) not in self._pointers:
            real = PointerType(self.type, declared.kind, language=declared.language)
            self._pointers[id(declared)] = declared, real
        return self._pointers[id(declared)][1]


def real_pointer(program: Program, declared: PointerType, address: int) -> tuple[PointerType, int] | None:
    """Return the type and the load address of a pointer to the whole object that there is a part of.

    None where the object is what it is declared to be, its qualifiers included, or that is not known.

    Args:
        program: where it is.
        declared: the pointer's type, without typedefs and qualifiers.
        address: load address of the part.
    """
    try:
        found = _real_class(program, word(program, address))
    except (MemoryFault, ValueUnavailable):
        return None
    if found is None or found.type.strip().name == declared.target.strip().name:
        return None
    return found.pointer(declared), address + found.distance & ADDRESS_MASK


def _real_object(value: Value) -> Value | None:
    """Return the object around a part, by the name of the vtable that it points to."""
    address = value.storage.address
    if address is None:
        return None
    found = _real_class(value.program, int.from_bytes(value.storage.read(0, 8), "little"))
    return type(value).at(value.program, found.type, address + found.distance) if found is not None else None


def _real_class(program: Program, table: int) -> _RealClass | None:
    epoch, tables = _tables.get(program, (None, {}))
    if epoch != program.epoch:
        tables = {}
        _tables[program] = program.epoch, tables
    if table not in tables:
        tables[table] = _class_of(program, table)
    return tables[table]


_tables: WeakKeyDictionary[Program, tuple[int, dict[int, _RealClass | None]]] = WeakKeyDictionary()
"""What the vtables of a stop mean, by load address: a thousand objects are of a few classes."""


def _class_of(program: Program, table: int) -> _RealClass | None:
    """Return what a vtable says."""
    name = program.name_of(table)
    if name is None or not name.startswith(_VTABLE):
        return None
    real = program.type_named(name.removeprefix(_VTABLE).rpartition("+")[0])
    if real is None or not isinstance(real.strip(), StructType):
        return None
    # Two words before the functions.
    to_top = MemoryStorage(program, table).read(-16, 8)
    return _RealClass(real, int.from_bytes(to_top, "little", signed=True))


def base_path(derived: StructType, wanted: Type) -> list[Base] | None:
    """Return the bases on the way from a class to one of its base classes; None where it is none."""
    return _base_path(derived, wanted.strip(), _DEPTH, set())


def _base_path(derived: StructType, goal: Type, depth: int, in_vain: set[StructType]) -> list[Base] | None:
    """Return the way; `in_vain` are classes from which none leads there: a virtual base is come by often."""
    if depth <= 0 or derived in in_vain:
        return None
    for base in derived.bases:
        inner = base.type.strip()
        if inner is goal or (inner.name is not None and inner.name == goal.name):
            return [base]
        if isinstance(inner, StructType):
            rest = _base_path(inner, goal, depth - 1, in_vain)
            if rest is not None:
                return [base, *rest]
    in_vain.add(derived)
    return None


def base_part(value: Value, goal: StructType) -> Value | None:
    """Return the part of an object that is a base class's; None where its class has no such base.

    Raises:
        ValueUnavailable: a virtual base cannot be found.
    """
    struct = value.type.strip()
    path = base_path(struct, goal) if isinstance(struct, StructType) else None
    if path is None:
        return None
    for base in path:
        value = value.base(base)
    return value


def converted_address(value: Value, source: StructType, goal: StructType, address: int) -> int:
    """Return where the `goal` part is of an object that a pointer to `source` points to, or around it.

    The address itself where the classes are not related, as a reinterpreting cast has it.

    Raises:
        ValueUnavailable: a virtual base cannot be found.
    """
    up = base_path(source, goal)
    if up is not None:
        return address + _path_offset(value, source, up, address)
    down = base_path(goal, source)
    if down is not None:
        if any(not isinstance(base.offset, int) for base in down):
            return _around_virtual_base(value, source, goal, address)
        return address - sum(base.offset for base in down if isinstance(base.offset, int))
    return address


def _around_virtual_base(value: Value, source: StructType, goal: StructType, address: int) -> int:
    """Return where the `goal` part is of the whole object that a virtual base is in; see RTTI.

    Raises:
        ValueUnavailable: the base does not tell what it is in, or that is no `goal`.
    """
    whole = _real_object(type(value).at(value.program, source, address)) if source.is_dynamic else None
    real = whole.type.strip() if whole is not None else None
    if whole is None or whole.address is None or not isinstance(real, StructType):
        raise ValueUnavailable("a virtual base does not tell where the object around it begins")
    if not is_or_derives(real, goal):
        raise ValueUnavailable(f"the object is a {real}, which is no {goal}")
    return converted_address(value, real, goal, whole.address)


def is_or_derives(derived: StructType, wanted: Type) -> bool:
    """Whether a class is another, or has it among its bases."""
    goal = wanted.strip()
    return derived is goal or derived.name == goal.name or base_path(derived, goal) is not None


def _path_offset(value: Value, source: StructType, path: list[Base], address: int) -> int:
    from trapline.inspection.value import Value as _Value

    here = _Value.at(value.program, source, address)
    for base in path:
        here = here.base(base)
    assert here.storage.address is not None
    return here.storage.address - address


# -- pointers to members -------------------------------------------------------------------------------


def class_member_at(value: Value) -> str:
    """Return a pointer to a data member as gdb writes it: `&A::x`, `NULL`, or the offset."""
    stripped = value.type.strip()
    assert isinstance(stripped, MemberPointerType)
    offset = scalars.number_in(value.contents(), value.type)
    if offset == -1:
        return "NULL"
    holder = stripped.containing.strip()
    here = offset
    for _ in range(_DEPTH):
        if not isinstance(holder, StructType):
            break
        for member in holder.members:
            if member.offset == here and member.bit_size is None:
                return f"&{holder.name}::{member.name}"
        inner = next(
            (
                base
                for base in holder.bases
                if isinstance(base.offset, int) and base.offset <= here < base.offset + (base.type.size or 0)
            ),
            None,
        )
        if inner is None or not isinstance(inner.offset, int):
            break
        here -= inner.offset
        holder = inner.type.strip()
    return str(offset)


def describe_method_pointer(value: Value, address: Callable[[int], str]) -> str:
    """Return a pointer to a member function as gdb writes it.

    Args:
        value: the pair of words.
        address: returns `0x401136 <main>` for a load address.
    """
    stripped = value.type.strip()
    assert isinstance(stripped, MemberPointerType)
    data = value.contents()
    word = int.from_bytes(data[:8], "little")
    adjustment = int.from_bytes(data[8:16], "little", signed=True)
    tail = f", this adjustment {adjustment}" if adjustment else ""
    if word == 0:
        return "NULL"
    if not word & 1:
        return f"({stripped}) {address(word)}{tail}"
    index = (word - 1) // 8
    holder = stripped.containing.strip()
    for owner in with_bases(holder):
        for method in owner.methods:
            if method.is_virtual and method.virtual_index == index:
                return f"&virtual {_signature(owner, method)}"
    return f"&virtual table offset {word - 1}{tail}"


def pointed_method(value: Value, pointer: Value) -> tuple[int, int]:
    """Return the load addresses of the function that a pointer to a member function means, and of `this`.

    Args:
        value: an object in memory, of the pointer's class or one that is derived from it.
        pointer: the pair of words.

    Raises:
        EvaluationError: the object is of another class, or the pointer is null.
        MemoryFault: the virtual table cannot be read.
    """
    stripped = pointer.type.strip()
    assert isinstance(stripped, MemberPointerType)
    address, here, goal = value.storage.address, value.type.strip(), stripped.containing.strip()
    if address is None or not isinstance(here, StructType) or not isinstance(goal, StructType):
        raise EvaluationError(f"{value.type} is no object that {pointer.type} could be called for")
    if here is not goal and here.name != goal.name:
        if base_path(here, goal) is None:
            raise EvaluationError(f"{value.type} is not derived from {goal}")
        address = converted_address(value, here, goal, address)
    data = pointer.contents()
    word = int.from_bytes(data[:8], "little")
    address += int.from_bytes(data[8:16], "little", signed=True)
    if word == 0:
        raise EvaluationError("the pointer to a member function is null")
    if word & 1:
        table = int.from_bytes(value.program.read(address, 8), "little")
        word = int.from_bytes(value.program.read(table + word - 1, 8), "little")
    return word, address


def with_bases(holder: Type) -> Iterator[StructType]:
    """Give a class and its bases, however far up; one that is there by several ways once."""
    seen: set[StructType] = set()
    waiting = [holder]
    while waiting:
        here = waiting.pop()
        if isinstance(here, StructType) and here not in seen:
            seen.add(here)
            yield here
            waiting += [base.type.strip() for base in reversed(here.bases)]


def _signature(owner: StructType, method: Method) -> str:
    """Return a member function with its parameters, as the linker's name says it."""
    if method.linkage_name is not None:
        return shown(method.linkage_name)
    return f"{owner.name}::{method.name}{_parameters(method.type, method.is_static)}"


def _parameters(function: FunctionType, is_static: bool) -> str:
    """Return `(int, char*)` as the demangler writes the parameters of a method, and its qualifiers."""
    parameters = function.parameters if is_static else function.parameters[1:]
    shown = ", ".join(str(parameter).replace(" *", "*").replace(" &", "&") for parameter in parameters)
    this = None if is_static or not function.parameters else function.parameters[0].strip()
    is_const = isinstance(this, PointerType) and str(this.target).startswith("const ")
    return f"({shown}){' const' if is_const else ''}"
