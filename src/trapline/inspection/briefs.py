"""What a tree view shows of many values: their texts, and how many parts each has.

Values of one type have most of that in common.  It is found out for the first and kept as long as the
others are shown, so that each costs one reading of its bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import parts, scalars
from trapline.inspection.classes import real_pointer
from trapline.inspection.format import Options, Writer
from trapline.inspection.storage import Program
from trapline.inspection.tellers import Teller, Tellers
from trapline.symbols.types import PointerType, StructType, Type

if TYPE_CHECKING:
    from trapline.inspection.value import Value


class Brief(NamedTuple):
    """A value in one line.

    `type` is the name of its type, of an object in C++ that of its real class; `count` the parts that it
    has; `memory` the load address that a memory view shows.
    """

    text: str
    type: str
    parts: parts.Count
    memory: int


class _Kind(NamedTuple):
    """What values of one type have in common; `type` is kept, so that no other gets its `id`.

    `pointer` is the pointer that the type is, if it is one; `is_dynamic` says that an object, or what the
    pointer points to, may be of another class than is declared.
    """

    type: Type
    name: str
    tell: Teller
    counted: Callable[[bytes], parts.Count]
    pointer: PointerType | None
    is_dynamic: bool


_NOTHING = parts.Count(0, 0)


class Briefs:
    """Makes briefs of the values of one program, all written with the same options, for one stop."""

    def __init__(self, options: Options) -> None:
        """Nothing is known of any type yet."""
        self._options = options
        self._program: Program | None = None
        self._kinds: dict[int, _Kind | None] = {}

    def brief(self, value: Value) -> Brief | None:
        """Return what is shown of a value; None where it has to be looked at for itself.

        That is one that is not in memory, or whose type does not say what parts it has: containers, enums of
        Rust.
        """
        address = value.storage.address
        if address is None or value.bit_field is not None or value.is_raw:
            return None
        if self._program is not value.program:
            self._begin(value.program)
        kind = self._kind(value.type)
        if kind is None:
            return None
        try:
            if kind.pointer is not None:
                return self._pointer(kind, kind.pointer, value.contents(), address)
            if kind.is_dynamic and (real := value.dynamic) is not value:
                found = self._kind(real.type)
                return (
                    self._told(found, real.contents(), real.place(), address) if found is not None else None
                )
            return self._told(kind, value.contents(), address, address)
        except ValueUnavailable:
            return None

    def _begin(self, program: Program) -> None:
        self._program = program
        self._writer = Writer(self._options, program)
        self._tellers = Tellers(self._writer, program)
        self._kinds.clear()

    def _told(self, kind: _Kind, data: bytes, address: int, memory: int) -> Brief:
        self._writer.begin()
        return Brief(kind.tell(data, 0, address), kind.name, kind.counted(data), memory)

    def _pointer(self, kind: _Kind, pointer: PointerType, data: bytes, address: int) -> Brief | None:
        target = int.from_bytes(data, "little")
        if not target:
            return self._told(kind, data, address, 0)._replace(parts=_NOTHING)
        if kind.is_dynamic and (real := real_pointer(self._tellers.program, pointer, target)) is not None:
            found = self._kind(real[0])
            if found is None:
                return None
            return self._told(found, real[1].to_bytes(8, "little"), address, target)
        return self._told(kind, data, address, target)

    def _kind(self, type_: Type) -> _Kind | None:
        number = id(type_)
        if number not in self._kinds:
            self._kinds[number] = self._made(type_)
        return self._kinds[number]

    def _made(self, type_: Type) -> _Kind | None:
        if scalars.kind(type_) in (scalars.FUNCTION, scalars.NOTHING):
            return None  # places and no bytes
        stripped = type_.strip()
        pointer = stripped if isinstance(stripped, PointerType) else None
        if pointer is not None:
            behind = None if pointer.is_reference else parts.count_behind(pointer)
            count, target = (lambda data: behind) if behind is not None else None, pointer.target.strip()
        else:
            count, target = parts.counter(type_), stripped
        if count is None:
            return None
        is_dynamic = isinstance(target, StructType) and target.is_dynamic
        tell = self._tellers.teller(type_, 0)
        return _Kind(type_, str(type_), tell, count, pointer, is_dynamic)
