"""What a watchpoint looks at: bytes at a fixed place, or an expression with all the memory it goes through.

`a->b` changes when `b` does, and when `a` points elsewhere.  So an expression is looked at as pieces of
memory, every pointer and index on the way included, and is evaluated again when one of them has changed.
What is in a register is in no piece: an expression that reads one is evaluated after each instruction.

Source: gdb 13, update_watchpoint and value_chain.
"""

from __future__ import annotations

import abc
import contextlib

from trapline.base import arguments
from trapline.base.errors import (
    DebuggerError,
    EvaluationError,
    InferiorExited,
    LocationError,
    MemoryFault,
    ValueUnavailable,
)
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import variables
from trapline.inspection.code_names import CodeNames, names_in
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.language import tree
from trapline.inspection.names import FrameScope
from trapline.inspection.storage import OPTIMIZED_OUT, ConstantStorage, MemoryStorage
from trapline.inspection.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame
    from trapline.inspection.language.tree import Node
    from trapline.inspection.surroundings import Surroundings
    from trapline.symbols.types import Type

LARGEST = 1 << 20  # bytes
Piece = tuple[int, int]
"""Load address and size in bytes."""
_Key = tuple[str, "str | None"]
"""A name, and what is written before its `::` in quotes."""
_READS = (tree.Name, tree.Member, tree.MemberPointer, tree.Index, tree.Unary, tree.At)
"""What may stand for an object of the program, which is read there."""


class Look(NamedTuple):
    """What there was at one moment.

    `pieces` is the memory that must change for a change, the value's own first; `raw` are their bytes;
    `data` are the value's, of a type where one is known, None where it cannot be read, which `problem` tells.
    """

    pieces: tuple[Piece, ...]
    raw: bytes
    data: bytes | None
    type: Type | None = None
    problem: str = ""


class Subject(abc.ABC):
    """What a watchpoint looks at; `unplaced` is the first thing in it that is in no memory, else ""."""

    unplaced = ""

    def __init__(self, target: Target) -> None:
        self._target = target

    @abc.abstractmethod
    def look(self) -> Look:
        """Return what there is now."""

    def may_come(self, look: Look) -> bool:
        """Whether there is a value, or something that could lead to one."""
        return look.data is not None or bool(look.raw)

    def has_changed(self, look: Look, thread: LiveThread) -> bool:
        """Whether there may be something else than at an earlier look, now that a thread has been stepped."""
        read = self._target.process.read
        at = 0
        try:
            for address, size in look.pieces:
                if read(address, size) != look.raw[at : at + size]:
                    return True
                at += size
        except DebuggerError:
            return True  # it has been unmapped
        return False

    def shown(self, look: Look) -> Any:
        """Return what users see: a `Value`, an unsigned integer without a type, `<unreadable>`."""
        if look.data is None:
            return f"<{OPTIMIZED_OUT}>" if look.problem == OPTIMIZED_OUT else "<unreadable>"
        if look.type is None:
            return int.from_bytes(look.data, "little")
        return Value.constant(self._target, look.type, look.data)


class Later(Subject):
    """What only the next run of the program will have."""

    def look(self) -> Look:
        """Return nothing."""
        return Look((), b"", None)

    def shown(self, look: Look) -> None:
        """There is nothing to show."""


class FixedMemory(Subject):
    """Bytes at a load address, as a type or as an unsigned integer."""

    def __init__(self, target: Target, address: int, length: int) -> None:
        super().__init__(target)
        self._pieces: tuple[Piece, ...] = ((address, length),)
        self._value: Callable[[], Value] | None = None
        """What gives the value there, where it is one of a known type."""

    @classmethod
    def of(cls, target: Target, value: Value) -> FixedMemory:
        """Return the memory of a value.

        Raises:
            LocationError: it has no bytes, or too many.
        """
        piece, address = _piece(value), value.storage.address
        if piece is None or address is None or piece[1] > LARGEST:
            raise LocationError(f"1 to {LARGEST} bytes can be watched, not {value.size}")
        found = cls(target, *piece)
        found._value = _maker(target, value, address)
        return found

    def look(self) -> Look:
        """Return what is there."""
        try:
            data = self._target.process.read(*self._pieces[0])
            if self._value is None:
                return Look(self._pieces, data, data)
            value = self._value()
            return Look(self._pieces, data, value.contents(), value.type)
        except (MemoryFault, InferiorExited, ValueUnavailable):
            return Look(self._pieces, b"", None, problem="not mapped")


class Watched(Subject):
    """An expression, its variables bound to where they were when it was set.

    `is_local` says that it means something only while the frame lasts in which it was set.  `unplaced` is a
    variable in a register, or `$rsp`.
    """

    def __init__(self, target: Target, text: str, frame: Frame) -> None:
        """Parse it, and find its variables.

        Raises:
            EvaluationError: it is no expression, has effects, or is constant.
            LocationError: it is too large.
        """
        super().__init__(target)
        names = CodeNames(target, frame.activation.place, frame.depth)
        self._tree = names.parse(text)
        self._language = names.language
        self._fixed: dict[_Key, Callable[[], Value]] = {}
        self._loose: set[_Key] = set()
        """Variables that are in registers, at least here."""
        self.unplaced = ""
        self._tid = target.current().tid
        places = self._bind(frame, names)
        self._home = _home(frame) if self._loose else None
        stack = target.mapping_at(frame.registers["rsp"])
        self.is_local = bool(self._loose) or (
            names.uses_locals(self._tree)
            and any(stack is not None and stack.start <= place < stack.end for place in places)
        )
        self._refuse(text)

    def _refuse(self, text: str) -> None:
        """Raise for what cannot be watched, whatever the program does."""
        try:
            value = self._value(self._tree, self._frame()).referent()
        except (MemoryFault, ValueUnavailable):
            return  # a pointer on the way leads nowhere yet
        if (value.size or 0) > LARGEST:
            raise LocationError(f"{text} has {value.size} bytes; at most {LARGEST} can be watched")
        look = self.look()
        if not self.unplaced and not look.pieces and (look.data is not None or value.is_function):
            raise EvaluationError(f"Cannot watch constant value `{text}'.")

    def _bind(self, frame: Frame, names: CodeNames) -> list[int]:
        """Find the variables that it names in a frame; return the addresses of those in memory."""
        scope = FrameScope(self._target, frame, self._language)
        places = []
        for name in names_in(self._tree):
            value = scope.variable(name.text, name.scope)
            if value is None:
                continue  # a function; what it is needed for says so if it is
            key = name.text, name.scope
            place = value.storage.address
            if place is not None:
                places.append(place)
                self._fixed[key] = _maker(self._target, value, place)
            elif isinstance(value.storage, ConstantStorage) or not names.uses_locals(name):
                self._fixed[key] = value.now
            else:
                self._loose.add(key)
                self.unplaced = self.unplaced or name.text
        for register in _registers_in(self._tree):
            if not isinstance(scope.convenience(register).storage, ConstantStorage):
                self.unplaced = self.unplaced or f"${register}"
        return places

    def _value(self, node: Node, frame: Frame | None) -> Value:
        scope = _BoundScope(self._target, self._fixed, frame, self._language)
        return Evaluator(scope, without_effects=True).value(node)

    # -- where registers are to be seen ------------------------------------------------------------

    def may_come(self, look: Look) -> bool:
        """Whether there is a value, or something that could lead to one."""
        return super().may_come(look) or (bool(self.unplaced) and look.problem != OPTIMIZED_OUT)

    def has_changed(self, look: Look, thread: LiveThread) -> bool:
        """Whether there may be something else than at an earlier look, now that a thread has been stepped."""
        if not self.unplaced:
            return super().has_changed(look, thread)
        return self._is_in_sight(thread) and self.look().data != look.data

    def _is_in_sight(self, thread: LiveThread) -> bool:
        """Whether a thread is where the registers are that the expression reads."""
        threads = self._target.process.threads
        if self._home is None:
            if self._tid not in threads:
                self._tid = thread.tid  # another run, or another process of a fork
            return thread.tid == self._tid
        if thread.tid != self._tid:
            return False
        return _home(self._target.thread(thread.tid).frames()[0])[0] == self._home[0]

    def _frame(self) -> Frame | None:
        """Return the frame whose registers are read; None where none are, or where it is no more."""
        target = self._target
        if not self.unplaced or self._tid not in target.process.threads:
            return None
        for frame in target.thread(self._tid).frames():
            if self._home is None:
                return frame
            here = _home(frame)
            if here == self._home:
                return frame
            if here[0] > self._home[0]:
                break
        return None

    # -- looking -----------------------------------------------------------------------------------

    def look(self) -> Look:
        """Return what there is now."""
        frame = self._frame()
        pieces: list[Piece] = []
        data: bytes | None = None
        type_: Type | None = None
        problem = ""
        try:
            value = self._value(self._tree, frame).referent()
            type_ = value.type
            if (own := _piece(value)) is not None:
                pieces.append(own)
            data = value.contents()
        except DebuggerError as error:
            # A pointer on the way leads nowhere: what leads to it is watched.
            problem = str(error)
        for value in _steps(self._tree, lambda node: self._value(node, frame)):
            piece = _piece(value)
            if piece is not None and value.is_scalar and not _is_within(piece, pieces):
                pieces.append(piece)
        parts: dict[Piece, bytes] = {}
        for piece in pieces:
            with contextlib.suppress(MemoryFault, InferiorExited):
                parts[piece] = self._target.process.read(*piece)
        return Look(tuple(parts), b"".join(parts.values()), data, type_, problem)


def length_of(length: int) -> int:
    """Return a length in bytes that can be watched.

    Raises:
        LocationError: it cannot.
    """
    if not 1 <= arguments.integer(length, "length") <= LARGEST:
        raise LocationError(f"1 to {LARGEST} bytes can be watched, not {length}")
    return length


def can_change(around: Surroundings, text: str) -> bool:
    """Whether an expression reads memory of the program, as far as its files tell; for its next run."""
    scope = FrameScope(around, None)
    evaluator = Evaluator(scope, without_effects=True)
    steps = _steps(scope.parse(text), evaluator.value)
    return any(value.storage.address is not None and not value.is_function for value in steps)


def _steps(node: Node, value_of: Callable[[Node], Value]) -> Iterator[Value]:
    """Give the objects that the evaluation of a tree goes through, the innermost first.

    What cannot be read is left out, and so is what is not evaluated.
    """
    match node:
        case tree.SizeOf():
            return
        case tree.Unary("&", operand):
            # Where something is does not depend on what it is.
            parts = _children(operand)
        case tree.Binary("&&" | "||" as operator, left, right):
            parts = [left, right] if _truth(left, value_of) is (operator == "&&") else [left]
        case tree.Conditional(condition, yes, no):
            parts = [condition, yes if _truth(condition, value_of) else no]
        case _:
            parts = _children(node)
    for part in parts:
        yield from _steps(part, value_of)
    if isinstance(node, _READS):
        with contextlib.suppress(DebuggerError):
            yield value_of(node)


def _truth(node: Node, value_of: Callable[[Node], Value]) -> bool | None:
    """Return what a condition is; None where it cannot be told."""
    try:
        return bool(value_of(node))
    except DebuggerError:
        return None


def _home(frame: Frame) -> tuple[int, object]:
    """Return what a frame is known by as long as it lasts; one of an inlined call has its function."""
    return frame.cfa or 0, variables.function_of(frame)


def _maker(target: Target, value: Value, address: int) -> Callable[[], Value]:
    """Return what gives a variable as it is now."""
    type_, bits = value.type, value.bit_field
    return lambda: Value(type_, MemoryStorage(target, address), target, bits=bits)


def _piece(value: Value) -> Piece | None:
    """Return the memory of a value; that of a bit-field is the bytes that it touches."""
    address = value.storage.address
    if address is None or value.is_function:
        return None
    bits = value.bit_field
    if bits is not None:
        first, width = bits
        return address + first // 8, (first + width + 7) // 8 - first // 8
    return (address, value.size) if value.size else None


def _is_within(piece: Piece, others: list[Piece]) -> bool:
    """Whether all of a piece is watched as part of another."""
    start, end = piece[0], sum(piece)
    return any(other[0] <= start and end <= sum(other) for other in others)


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    for name in getattr(node, "__match_args__", ()):
        part = getattr(node, name)
        found += [
            one for one in (part if isinstance(part, tuple) else (part,)) if hasattr(one, "__match_args__")
        ]
    return found


def _registers_in(node: Node) -> Iterator[str]:
    """Give the `$names` in a tree, without their dollars."""
    if isinstance(node, tree.Variable):
        yield node.name
    for child in _children(node):
        yield from _registers_in(child)


class _BoundScope(FrameScope):
    """Names as they were bound once; those that were not are looked for in a frame."""

    __slots__ = ("_bound",)

    def __init__(
        self, target: Target, bound: dict[_Key, Callable[[], Value]], frame: Frame | None, language: str
    ) -> None:
        super().__init__(target, frame, language)
        self._bound = bound

    def variable(self, name: str, scope: str | None = None) -> Value | None:
        """Return the variable that a name was bound to."""
        found = self._bound.get((name, scope))
        return found() if found is not None else super().variable(name, scope)


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
