"""What a watchpoint looks at: bytes at a fixed place, or an expression with all the memory it goes through.

`a->b` changes when `b` does, and when `a` points elsewhere.  So an expression is looked at as pieces of
memory, every pointer and index on the way included, and is evaluated again when one of them has changed.

Source: gdb 13, update_watchpoint and value_chain.
"""

from __future__ import annotations

import contextlib

from trapline.base.errors import (
    DebuggerError,
    EvaluationError,
    InferiorExited,
    LocationError,
    MemoryFault,
)
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection.code_names import CodeNames, names_in
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.language import tree
from trapline.inspection.names import FrameScope
from trapline.inspection.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.control.target import Target
    from trapline.inspection.frame import Frame
    from trapline.inspection.language.tree import Node
    from trapline.symbols.types import Type

LARGEST = 1 << 20  # bytes
Piece = tuple[int, int]
"""Load address and size in bytes."""
Bound = dict[tuple[str, str | None], "tuple[Type, int] | Value"]
"""Variables by name and scope: the type and the load address, or the value of one that is in no memory."""


class Look(NamedTuple):
    """What there was at one moment.

    `pieces` is the memory that must change for a change, the value's own first; `raw` are their bytes;
    `data` are the value's, None where it cannot be read.
    """

    pieces: tuple[Piece, ...]
    raw: bytes
    data: bytes | None


class Later:
    """What only the next run of the program will have."""

    def look(self) -> Look:
        """Return nothing."""
        return Look((), b"", None)

    def shown(self, data: bytes | None) -> None:
        """There is nothing to show."""


class FixedMemory:
    """Bytes at a load address, as a type or as an unsigned integer."""

    def __init__(self, target: Target, address: int, length: int, type: Type | None = None) -> None:
        self._target = target
        self._pieces = ((address, length),)
        self._type = type

    def look(self) -> Look:
        """Return what is there."""
        try:
            data = self._target.process.read(*self._pieces[0])
        except (MemoryFault, InferiorExited):
            return Look(self._pieces, b"", None)
        return Look(self._pieces, data, data)

    def shown(self, data: bytes | None) -> Any:
        """Return what users see of a value's bytes."""
        return shown(self._target, self._type, data)


class Watched:
    """An expression, its variables bound to where they were when it was set.

    `is_local` says that it means something only while the frame lasts in which it was set.
    """

    def __init__(self, target: Target, text: str, frame: Frame) -> None:
        """Parse it, and find its variables.

        Raises:
            EvaluationError: it is no expression, has effects, or is not in memory.
        """
        self._target = target
        names = CodeNames(target, frame.activation.place, frame.depth)
        self._tree = names.parse(text)
        self._language = names.language
        self._fixed: Bound = {}
        places = self._bind(frame)
        stack = target.mapping_at(frame.registers["rsp"])
        self.is_local = names.uses_locals(self._tree) and any(
            stack is not None and stack.start <= place < stack.end for place in places
        )
        value = self._value(self._tree)
        self._type = value.referent().type
        if _piece(value) is None:
            raise EvaluationError(f"{text} is not in memory, so it cannot be watched")
        if (value.referent().size or 0) > LARGEST:
            raise LocationError(f"{text} has {value.referent().size} bytes; at most {LARGEST} can be watched")

    def _bind(self, frame: Frame) -> list[int]:
        """Find the variables that it names in a frame; return the addresses of those in memory."""
        scope = FrameScope(self._target, frame, self._language)
        places = []
        for name in names_in(self._tree):
            value = scope.variable(name.text, name.scope)
            if value is None:
                continue  # a function; what it is needed for says so if it is
            place = value.storage.address if value.bit_field is None else None
            if place is not None:
                places.append(place)
                self._fixed[name.text, name.scope] = (value.type, place)
            else:
                self._fixed[name.text, name.scope] = value
        return places

    def _value(self, node: Node) -> Value:
        scope = _BoundScope(self._target, self._fixed, self._language)
        return Evaluator(scope, without_effects=True).value(node)

    def look(self) -> Look:
        """Return what there is now."""
        pieces: list[Piece] = []
        data: bytes | None = None
        try:
            for value in self._steps(self._tree):
                piece = _piece(value)
                if piece is not None and value.is_scalar and piece not in pieces:
                    pieces.append(piece)
            value = self._value(self._tree).referent()
            piece = _piece(value)
            if piece is not None:
                pieces = [piece, *(one for one in pieces if one != piece)]
            data = value.contents()
        except DebuggerError:
            pass  # a pointer on the way leads nowhere: what was found before it is watched
        parts: dict[Piece, bytes] = {}
        for piece in pieces:
            with contextlib.suppress(MemoryFault, InferiorExited):
                parts[piece] = self._target.process.read(*piece)
        return Look(tuple(parts), b"".join(parts.values()), data)

    def _steps(self, node: Node) -> Iterator[Value]:
        """Give the values that the evaluation goes through, the innermost first."""
        if isinstance(node, tree.SizeOf):
            return
        if isinstance(node, tree.Unary) and node.operator == "&":
            # Where something is does not depend on what it is.
            for child in _children(node.operand):
                yield from self._steps(child)
            return
        for child in _children(node):
            yield from self._steps(child)
        if isinstance(node, (tree.Name, tree.Member, tree.MemberPointer, tree.Index, tree.Unary, tree.At)):
            if isinstance(node, tree.Name) and (node.text, node.scope) not in self._fixed:
                return
            yield self._value(node)

    def shown(self, data: bytes | None) -> Any:
        """Return what users see of a value's bytes."""
        return shown(self._target, self._type, data)


def shown(target: Target, type: Type | None, data: bytes | None) -> Any:
    """Return bytes as a `Value` of a type, as an unsigned integer without one, as `<unreadable>` if None."""
    if data is None:
        return "<unreadable>"
    if type is None:
        return int.from_bytes(data, "little")
    return Value.constant(target, type, data)


def _piece(value: Value) -> Piece | None:
    """Return the memory of a value; that of a bit-field is the bytes that it touches."""
    address = value.storage.address
    if address is None:
        return None
    bits = value.bit_field
    if bits is not None:
        first, width = bits
        return address + first // 8, (first + width + 7) // 8 - first // 8
    return (address, value.size) if value.size else None


def _children(node: Node) -> Iterator[Node]:
    for name in getattr(node, "__match_args__", ()):
        part = getattr(node, name)
        for one in part if isinstance(part, tuple) else (part,):
            if hasattr(one, "__match_args__"):
                yield one


class _BoundScope(FrameScope):
    """Names as they were bound once."""

    __slots__ = ("_bound",)

    def __init__(self, target: Target, bound: Bound, language: str) -> None:
        super().__init__(target, None, language)
        self._bound = bound

    def variable(self, name: str, scope: str | None = None) -> Value | None:
        """Return the variable that a name was bound to."""
        found = self._bound.get((name, scope))
        if isinstance(found, tuple):
            return Value.at(self.program, *found)
        return found if found is not None else super().variable(name, scope)


def chunks(pieces: tuple[Piece, ...]) -> list[Piece]:
    """Return pieces as debug registers can watch them: 8, 4, 2 or 1 aligned bytes each.

    Source: Intel SDM 3 §17.2.5.
    """
    found: list[Piece] = []
    for address, size in pieces:
        end = address + size
        while address < end:
            length = next(one for one in (8, 4, 2, 1) if address % one == 0 and address + one <= end)
            if (address, length) not in found:
                found.append((address, length))
            address += length
    return found
