"""The DWARF stack machine: from an expression to where a value is, or to the value itself.

An expression is data of a file that may be broken or hostile: steps, depth and sizes are bounded, and
what makes no sense is BadData.  What it needs of the stopped program it asks a `Context`, which raises
ValueUnavailable where it cannot answer; inside a composite only the piece concerned is lost.

Values of the stack are Python integers from 0 to 2**64 - 1 (the generic type), or `Typed`.

Source: DWARF 5 §2.5, §2.6; GNU operations as gcc and gdb have them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import BadData, ValueUnavailable
from trapline.base.typing import Protocol, TypeAlias
from trapline.dwarf import typed
from trapline.dwarf.location import (
    OPTIMIZED_OUT,
    EmptyPiece,
    ImplicitPiece,
    ImplicitPointerPiece,
    Location,
    MemoryPiece,
    Piece,
    RegisterPiece,
)
from trapline.dwarf.operations import OPERANDS, decode
from trapline.dwarf.typed import Typed

STEPS = 10_000
"""Operations that one evaluation may run, calls included."""
DEPTH = 32
"""Nested DW_OP_call."""
STACK = 1_000
PIECES = 1_000

_SIGN = 1 << 63
_TYPED_BYTES = 64

Entry: TypeAlias = int | Typed


class Context(Protocol):
    """What an expression may ask of the frame that it is evaluated in.

    Addresses are load addresses.  Every method may raise ValueUnavailable with the reason.
    `bias` is added to what DW_OP_addr names; `offset_size` is 4 or 8 (32- or 64-bit DWARF);
    `object_address` is the object whose member is located, None where there is none.
    """

    bias: int
    address_size: int
    offset_size: int
    object_address: int | None

    def register(self, number: int) -> int:
        """Return a register's 64 bits by its DWARF number."""
        ...

    def register_bytes(self, number: int, size: int) -> bytes:
        """Return the low `size` bytes of a register, wide ones too."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Return memory of the inferior."""
        ...

    def frame_base(self) -> int:
        """Return the function's DW_AT_frame_base, evaluated."""
        ...

    def cfa(self) -> int:
        """Return the canonical frame address."""
        ...

    def tls(self, offset: int) -> int:
        """Return where a thread-local of this module is in the current thread."""
        ...

    def entry_value(self, expression: bytes) -> Entry:
        """Return what an expression had as its value when the function was entered."""
        ...

    def parameter_value(self, die_offset: int) -> Entry:
        """Return what the caller passed for a DW_TAG_formal_parameter (unit-relative offset)."""
        ...

    def variable_value(self, die_offset: int) -> Entry:
        """Return the value of the variable at a `.debug_info` offset."""
        ...

    def called(self, die_offset: int, relative: bool) -> bytes:
        """Return the DW_AT_location of a DIE, at a unit-relative or a `.debug_info` offset."""
        ...

    def base_type(self, die_offset: int) -> tuple[int, int]:
        """Return DW_AT_encoding and the size in bytes of the DW_TAG_base_type at a unit-relative offset."""
        ...

    def address_at(self, index: int) -> int:
        """Return the file address at an index into `.debug_addr`."""
        ...


class BareContext:
    """A `Context` that knows nothing; a subclass answers what it can."""

    bias = 0
    address_size = 8
    offset_size = 4
    object_address: int | None = None

    def register(self, number: int) -> int:
        """Refuse."""
        raise ValueUnavailable("it depends on a register, and there is no frame here")

    def register_bytes(self, number: int, size: int) -> bytes:
        """Return the low bytes of what `register` gives; refuse wider ones."""
        if size > 8:
            raise ValueUnavailable(f"register {number} is not known in {size} bytes here")
        return self.register(number).to_bytes(8, "little")[:size]

    def read(self, address: int, size: int) -> bytes:
        """Refuse."""
        raise ValueUnavailable("it depends on memory, and there is none here")

    def frame_base(self) -> int:
        """Refuse."""
        raise ValueUnavailable("the function does not say where its frame is")

    def cfa(self) -> int:
        """Refuse."""
        raise ValueUnavailable("the canonical frame address is not known here")

    def tls(self, offset: int) -> int:
        """Refuse."""
        raise ValueUnavailable("it is thread-local, and there is no thread here")

    def entry_value(self, expression: bytes) -> Entry:
        """Refuse."""
        raise ValueUnavailable("it depends on a value at the function's entry, which is not known")

    def parameter_value(self, die_offset: int) -> Entry:
        """Refuse."""
        raise ValueUnavailable("it depends on an argument of the caller, which is not known")

    def variable_value(self, die_offset: int) -> Entry:
        """Refuse."""
        raise ValueUnavailable("it depends on another variable, which is not known here")

    def called(self, die_offset: int, relative: bool) -> bytes:
        """Refuse."""
        raise ValueUnavailable("it depends on another location, which is not known here")

    def base_type(self, die_offset: int) -> tuple[int, int]:
        """Refuse."""
        raise ValueUnavailable("it depends on a type, and there are none here")

    def address_at(self, index: int) -> int:
        """Refuse."""
        raise ValueUnavailable("it depends on an address table, and there is none here")


def evaluate(expression: bytes, context: Context, initial: Sequence[Entry] = ()) -> Location:
    """Return where the value is.

    Args:
        expression: the operations.
        context: the frame.
        initial: what is on the stack at the start, the top last.

    Raises:
        ValueUnavailable: the place depends on something that is not known here.
        BadData: the expression is broken.
    """
    if not expression:
        return (EmptyPiece(OPTIMIZED_OUT),)
    machine = _Machine(context, initial)
    machine.run(expression)
    return machine.location()


def evaluate_value(expression: bytes, context: Context, initial: Sequence[Entry] = ()) -> Entry:
    """Return what is on top of the stack at the end, or the content of the register that is named.

    This is how DW_AT_frame_base, call-site values, bounds and call-frame expressions are meant.

    Raises:
        ValueUnavailable: it depends on something that is not known here.
        BadData: the expression is broken, or describes no single value.
    """
    machine = _Machine(context, initial)
    machine.run(expression)
    if machine.pieces:
        raise BadData("a DWARF expression gives pieces where one value is wanted")
    place = machine.place
    if place is None or isinstance(place, ImplicitPiece):
        if place is not None and not machine.stack:
            if len(place.data) > 8:
                raise BadData(f"a DWARF expression gives {len(place.data)} bytes where one value is wanted")
            return int.from_bytes(place.data, "little")
        return machine.top()
    if isinstance(place, RegisterPiece):
        return context.register(place.number)
    raise ValueUnavailable("the value is a pointer to something without an address")


def evaluate_address(expression: bytes, context: Context, initial: Sequence[Entry] = ()) -> int:
    """Return `evaluate_value` as an integer.

    Raises:
        ValueUnavailable: it depends on something that is not known here.
        BadData: the expression is broken, or gives no integer.
    """
    return typed.integer(evaluate_value(expression, context, initial))


class _Machine:
    """One evaluation: the stack, the pieces so far, and the place of the piece at hand if not in memory."""

    __slots__ = ("at", "code", "context", "depth", "pieces", "place", "stack", "steps")

    def __init__(self, context: Context, initial: Sequence[Entry]) -> None:
        self.context = context
        self.stack: list[Entry] = list(initial)
        self.pieces: list[Piece] = []
        self.place: Piece | None = None
        self.steps = 0
        self.depth = 0
        self.code = b""
        self.at = 0

    # -- running -----------------------------------------------------------------------------------

    def run(self, code: bytes) -> None:
        """Run an expression; a piece that cannot be had is left empty if the expression has pieces."""
        outer = self.code, self.at
        self.code, self.at = code, 0
        size = len(code)
        try:
            while self.at < size:
                try:
                    self.step()
                except ValueUnavailable as unavailable:
                    if self.depth or not self._skip_piece(unavailable.reason):
                        raise
        finally:
            self.code, self.at = outer

    def step(self) -> None:
        """Run one operation."""
        self.steps += 1
        if self.steps > STEPS:
            raise BadData(f"a DWARF expression runs more than {STEPS} operations")
        start = self.at
        op, operands, self.at = decode(self.code, start, self.context.address_size, self.context.offset_size)
        if self.place is not None and op not in _AFTER_PLACE:
            raise BadData(f"operation {op:#04x} follows one that ends a location (at byte {start})")
        action = _ACTIONS.get(op)
        try:
            if action is not None:
                action(self, operands)
            elif 0x30 <= op < 0x50:  # DW_OP_lit0
                self.push(op - 0x30)
            elif 0x50 <= op < 0x70:  # DW_OP_reg0
                self.place = RegisterPiece(op - 0x50)
            else:  # DW_OP_breg0
                self.push(self.context.register(op - 0x70) + operands[0])
        except (IndexError, struct.error):
            raise BadData(f"operation {op:#04x} finds too little on the stack (at byte {start})") from None

    def _skip_piece(self, reason: str) -> bool:
        """Leave the piece at hand empty and go on behind it; False when no piece follows."""
        at = self.at
        while at < len(self.code):
            op, operands, after = decode(self.code, at, self.context.address_size, self.context.offset_size)
            if op in (_PIECE, _BIT_PIECE):
                self.stack.clear()
                self.place = EmptyPiece(reason)
                self.at = after
                self.add_piece(operands[0] * (8 if op == _PIECE else 1), 0)
                return True
            at = after
        return False

    # -- the stack ---------------------------------------------------------------------------------

    def push(self, value: Entry) -> None:
        """Push a value; an integer is wrapped to 64 bits."""
        if len(self.stack) >= STACK:
            raise BadData(f"a DWARF expression pushes more than {STACK} values")
        self.stack.append(value & ADDRESS_MASK if isinstance(value, int) else value)

    def pop_integer(self) -> int:
        """Pop an address, offset or condition."""
        return typed.integer(self.stack.pop())

    def top(self) -> Entry:
        """Return the top."""
        if not self.stack:
            raise BadData("a DWARF expression leaves nothing on the stack")
        return self.stack[-1]

    # -- results -----------------------------------------------------------------------------------

    def take_place(self) -> Piece:
        """Return where the value at hand is: as an operation said, else in memory at the top."""
        place, self.place = self.place, None
        if place is not None:
            return place
        if self.stack:
            return MemoryPiece(self.pop_integer())
        return EmptyPiece(OPTIMIZED_OUT)

    def add_piece(self, bits: int, bit_offset: int) -> None:
        """End a piece of a composite."""
        if len(self.pieces) >= PIECES:
            raise BadData(f"a DWARF expression has more than {PIECES} pieces")
        self.pieces.append(self.take_place()._replace(bits=bits, bit_offset=bit_offset))

    def location(self) -> Location:
        """Return the result."""
        if not self.pieces:
            if self.place is None and not self.stack:
                raise BadData("a DWARF expression leaves nothing on the stack")
            return (self.take_place(),)
        if self.place is not None:
            raise BadData("a DWARF expression ends in a place that is no piece")
        return tuple(self.pieces)


# -- the operations --------------------------------------------------------------------------------
# Each gets the machine and the decoded operands.

_Operands: TypeAlias = tuple[int, ...]
_Action: TypeAlias = Callable[[_Machine, "tuple[int, ...]"], None]
_PIECE, _BIT_PIECE = 0x93, 0x9D
_AFTER_PLACE = frozenset((_PIECE, _BIT_PIECE, 0xF0, 0x96))
"""What may follow a register, a stack value or an implicit value: pieces, GNU_uninit, nop."""


def _signed(value: int) -> int:
    return value - (1 << 64) if value & _SIGN else value


def _address(machine: _Machine, operands: _Operands) -> None:
    # Old compilers write the offset of a thread-local as an address; it is not to be relocated.
    following = machine.code[machine.at : machine.at + 1]
    thread_local = following in (b"\xe0", b"\x9b")
    machine.push(operands[0] if thread_local else operands[0] + machine.context.bias)


def _constant(machine: _Machine, operands: _Operands) -> None:
    machine.push(operands[0])


def _address_index(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.address_at(operands[0]) + machine.context.bias)


def _constant_index(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.address_at(operands[0]))


def _register(machine: _Machine, operands: _Operands) -> None:
    machine.place = RegisterPiece(operands[0])


def _frame_base(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.frame_base() + operands[0])


def _based(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.register(operands[0]) + operands[1])


def _dereference(machine: _Machine, operands: _Operands) -> None:
    size = machine.context.address_size
    machine.push(int.from_bytes(machine.context.read(machine.pop_integer(), size), "little"))


def _dereference_size(machine: _Machine, operands: _Operands) -> None:
    if not 1 <= operands[0] <= 8:
        raise BadData(f"DW_OP_deref_size of {operands[0]} bytes")
    machine.push(int.from_bytes(machine.context.read(machine.pop_integer(), operands[0]), "little"))


def _dereference_space(machine: _Machine, operands: _Operands) -> None:
    raise ValueUnavailable("it is in another address space, which x86-64 does not have")


def _duplicate(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.stack[-1])


def _drop(machine: _Machine, operands: _Operands) -> None:
    machine.stack.pop()


def _over(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.stack[-2])


def _pick(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.stack[-1 - operands[0]])


def _swap(machine: _Machine, operands: _Operands) -> None:
    stack = machine.stack
    stack[-1], stack[-2] = stack[-2], stack[-1]


def _rotate(machine: _Machine, operands: _Operands) -> None:
    stack = machine.stack
    stack[-1], stack[-2], stack[-3] = stack[-2], stack[-3], stack[-1]


def _binary(generic: Callable[[int, int], int], name: str) -> _Action:
    """Make an operation on the two topmost values: `generic` for untyped ones."""

    def action(machine: _Machine, operands: _Operands) -> None:
        right = machine.stack.pop()
        left = machine.stack.pop()
        if isinstance(left, int) and isinstance(right, int):
            machine.push(generic(left, right))
        else:
            machine.push(typed.binary(name, left, right))

    return action


def _unary(generic: Callable[[int], int], name: str) -> _Action:
    def action(machine: _Machine, operands: _Operands) -> None:
        value = machine.stack.pop()
        machine.push(generic(value) if isinstance(value, int) else typed.unary(name, value))

    return action


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise ValueUnavailable("it is computed by a division by zero")
    quotient = abs(_signed(left)) // abs(_signed(right))
    return -quotient if (left ^ right) & _SIGN else quotient


def _modulo(left: int, right: int) -> int:
    if right == 0:
        raise ValueUnavailable("it is computed by a division by zero")
    return left % right


def _plus_constant(machine: _Machine, operands: _Operands) -> None:
    value = machine.stack.pop()
    machine.push(value + operands[0] if isinstance(value, int) else typed.plus_constant(value, operands[0]))


def _branch(machine: _Machine, operands: _Operands) -> None:
    goal = machine.at + operands[0]
    if not 0 <= goal <= len(machine.code):
        raise BadData("a DWARF expression branches out of itself")
    machine.at = goal


def _branch_if(machine: _Machine, operands: _Operands) -> None:
    value = machine.stack.pop()
    if value != 0 if isinstance(value, int) else typed.is_true(value):
        _branch(machine, operands)


def _nop(machine: _Machine, operands: _Operands) -> None:
    pass


def _uninitialized(machine: _Machine, operands: _Operands) -> None:
    """Pass: gcc says that the variable is not initialized here; it is shown all the same, as gdb does."""


def _piece(machine: _Machine, operands: _Operands) -> None:
    machine.add_piece(operands[0] * 8, 0)


def _bit_piece(machine: _Machine, operands: _Operands) -> None:
    machine.add_piece(operands[0], operands[1])


def _object_address(machine: _Machine, operands: _Operands) -> None:
    if machine.context.object_address is None:
        raise ValueUnavailable("it depends on an object that is not known here")
    machine.push(machine.context.object_address)


def _call_unit(machine: _Machine, operands: _Operands) -> None:
    _call(machine, operands[0], True)


def _call_reference(machine: _Machine, operands: _Operands) -> None:
    _call(machine, operands[0], False)


def _call(machine: _Machine, die_offset: int, relative: bool) -> None:
    if machine.depth >= DEPTH:
        raise BadData(f"DWARF expressions call each other more than {DEPTH} deep")
    code = machine.context.called(die_offset, relative)
    machine.depth += 1
    try:
        machine.run(code)
    finally:
        machine.depth -= 1


def _thread_local(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.tls(machine.pop_integer()))


def _cfa(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.cfa())


def _block(machine: _Machine, operands: _Operands) -> bytes:
    """Return the bytes of a block operand, which `decode` gives as start and size."""
    start, size = operands[-2:]
    return machine.code[start : start + size]


def _implicit_value(machine: _Machine, operands: _Operands) -> None:
    machine.place = ImplicitPiece(_block(machine, operands))


def _stack_value(machine: _Machine, operands: _Operands) -> None:
    value = machine.stack.pop()
    machine.place = ImplicitPiece(value.to_bytes(8, "little") if isinstance(value, int) else value.data)


def _implicit_pointer(machine: _Machine, operands: _Operands) -> None:
    machine.place = ImplicitPointerPiece(operands[0], operands[1])


def _entry_value(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.entry_value(_block(machine, operands)))


def _parameter_value(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.parameter_value(operands[0]))


def _variable_value(machine: _Machine, operands: _Operands) -> None:
    machine.push(machine.context.variable_value(operands[0]))


def _base_type(machine: _Machine, die_offset: int) -> tuple[int, int]:
    encoding, size = machine.context.base_type(die_offset)
    if not 1 <= size <= _TYPED_BYTES:
        raise BadData(f"a DWARF expression uses a type of {size} bytes")
    return encoding, size


def _typed_constant(machine: _Machine, operands: _Operands) -> None:
    encoding, size = _base_type(machine, operands[0])
    data = _block(machine, operands)
    if len(data) != size:
        raise BadData(f"a constant of {len(data)} bytes for a type of {size}")
    machine.push(Typed(encoding, data))


def _typed_register(machine: _Machine, operands: _Operands) -> None:
    encoding, size = _base_type(machine, operands[1])
    machine.push(Typed(encoding, machine.context.register_bytes(operands[0], size)))


def _typed_dereference(machine: _Machine, operands: _Operands) -> None:
    encoding, size = _base_type(machine, operands[1])
    if operands[0] != size:
        raise BadData(f"DW_OP_deref_type of {operands[0]} bytes for a type of {size}")
    machine.push(Typed(encoding, machine.context.read(machine.pop_integer(), size)))


def _convert(machine: _Machine, operands: _Operands) -> None:
    value = machine.stack.pop()
    if operands[0] == 0:
        machine.push(typed.to_generic(value))
    else:
        machine.push(typed.convert(value, *_base_type(machine, operands[0])))


def _reinterpret(machine: _Machine, operands: _Operands) -> None:
    value = machine.stack.pop()
    if operands[0] == 0:
        data = typed.raw(value, 8)
        machine.push(int.from_bytes(data, "little"))
    else:
        encoding, size = _base_type(machine, operands[0])
        machine.push(Typed(encoding, typed.raw(value, size)))


_ACTIONS: dict[int, _Action] = {
    0x03: _address,
    0x06: _dereference,
    **dict.fromkeys(range(0x08, 0x12), _constant),
    0x12: _duplicate,
    0x13: _drop,
    0x14: _over,
    0x15: _pick,
    0x16: _swap,
    0x17: _rotate,
    0x18: _dereference_space,
    0x19: _unary(lambda value: abs(_signed(value)), "abs"),
    0x1A: _binary(lambda left, right: left & right, "and"),
    0x1B: _binary(_divide, "div"),
    0x1C: _binary(lambda left, right: left - right, "minus"),
    0x1D: _binary(_modulo, "mod"),
    0x1E: _binary(lambda left, right: left * right, "mul"),
    0x1F: _unary(lambda value: -value, "neg"),
    0x20: _unary(lambda value: ~value, "not"),
    0x21: _binary(lambda left, right: left | right, "or"),
    0x22: _binary(lambda left, right: left + right, "plus"),
    0x23: _plus_constant,
    0x24: _binary(lambda left, right: left << right if right < 64 else 0, "shl"),
    0x25: _binary(lambda left, right: left >> right if right < 64 else 0, "shr"),
    0x26: _binary(lambda left, right: _signed(left) >> min(right, 63), "shra"),
    0x27: _binary(lambda left, right: left ^ right, "xor"),
    0x28: _branch_if,
    0x29: _binary(lambda left, right: left == right, "eq"),
    0x2A: _binary(lambda left, right: _signed(left) >= _signed(right), "ge"),
    0x2B: _binary(lambda left, right: _signed(left) > _signed(right), "gt"),
    0x2C: _binary(lambda left, right: _signed(left) <= _signed(right), "le"),
    0x2D: _binary(lambda left, right: _signed(left) < _signed(right), "lt"),
    0x2E: _binary(lambda left, right: left != right, "ne"),
    0x2F: _branch,
    0x90: _register,
    0x91: _frame_base,
    0x92: _based,
    _PIECE: _piece,
    0x94: _dereference_size,
    0x95: _dereference_space,
    0x96: _nop,
    0x97: _object_address,
    0x98: _call_unit,
    0x99: _call_unit,
    0x9A: _call_reference,
    0x9B: _thread_local,
    0x9C: _cfa,
    _BIT_PIECE: _bit_piece,
    0x9E: _implicit_value,
    0x9F: _stack_value,
    0xA0: _implicit_pointer,
    0xA1: _address_index,
    0xA2: _constant_index,
    0xA3: _entry_value,
    0xA4: _typed_constant,
    0xA5: _typed_register,
    0xA6: _typed_dereference,
    0xA7: _dereference_space,
    0xA8: _convert,
    0xA9: _reinterpret,
    0xE0: _thread_local,
    0xF0: _uninitialized,
    0xF2: _implicit_pointer,
    0xF3: _entry_value,
    0xF4: _typed_constant,
    0xF5: _typed_register,
    0xF6: _typed_dereference,
    0xF7: _convert,
    0xF9: _reinterpret,
    0xFA: _parameter_value,
    0xFB: _address_index,
    0xFC: _constant_index,
    0xFD: _variable_value,
}
assert all(op in OPERANDS for op in _ACTIONS)
