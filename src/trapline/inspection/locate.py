"""From a variable of the debug information to its value in a frame.

What a location's expression needs of the frame (registers, frame base, CFA, the caller's arguments,
thread-local storage) is answered here; what cannot be had becomes the reason of a value without bytes.

Source: DWARF 5 §2.5, §2.6, §3.3.5 (frame base), §3.4.1 (call sites).
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.arch import x86_64
from trapline.base.address import ADDRESS_MASK, LoadAddress
from trapline.base.errors import BadData, MemoryFault, UsageError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.expression import BareContext, Entry, evaluate, evaluate_address, evaluate_value
from trapline.dwarf.location import (
    EmptyPiece,
    ImplicitPiece,
    ImplicitPointerPiece,
    Location,
    MemoryPiece,
    Piece,
    RegisterPiece,
)
from trapline.inspection import scalars
from trapline.inspection.statics import unplaced
from trapline.inspection.storage import (
    OPTIMIZED_OUT,
    ConstantStorage,
    MemoryStorage,
    Part,
    PiecesStorage,
    RegisterStorage,
    Storage,
    SyntheticPointer,
    UnavailableStorage,
)
from trapline.inspection.value import Value
from trapline.symbols.types import (
    ArrayType,
    Dimension,
    DynamicCount,
    PointerType,
    QualifiedType,
    Type,
    TypedefType,
    is_dynamic,
)

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.dwarf.units import Unit
    from trapline.inspection.activation import Activation
    from trapline.inspection.unwind import Stack
    from trapline.symbols.call_sites import CallSite
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.functions import Function, Variable
    from trapline.symbols.module import Module

_CALLERS = 8
"""Frames outwards that a value at a function's entry may depend on; a deep recursion depends on all of it."""

_TAIL_CALLS = 200
"""Functions that are looked through for calls that replace a frame."""

_STACK_VALUE = bytes([dw.DW_OP_stack_value])

_TYPED_REGISTERS = (bytes([dw.DW_OP_regval_type]), bytes([dw.DW_OP_GNU_regval_type]))
_LAST_SHORT = 31
"""The last register that an operation of one byte names."""

_FIRST_XMM, _FIRST_ST = 17, 33
_WORDS = dict(x86_64.DWARF_WORDS)


class FrameContext(BareContext):
    """What expressions may ask of one frame; see `dwarf.expression.Context`.

    Without a frame (`activation` None) it answers for what has one place in the program: globals.
    """

    def __init__(
        self,
        stack: Stack,
        module: Module,
        unit: Unit,
        activation: Activation | None = None,
        function: Function | None = None,
        callers: int = 0,
    ) -> None:
        """Note where; nothing is read.

        Args:
            stack: the thread's frames.
            module: the file that the code or the variable is in; it has debug information.
            unit: the unit that the expressions belong to.
            activation: the physical frame.
            function: the function whose code runs there, or one inlined into it.
            callers: how many frames inwards this one is asked for.
        """
        debug = module.debug
        assert debug is not None
        self.stack = stack
        self.module = module
        self.debug = debug
        self.unit = unit
        self.activation = activation
        self.function = function
        self.bias = debug.bias
        self.address_size = unit.address_size
        self.offset_size = unit.offset_size
        self._callers = callers
        self._base: int | None = None
        self._is_finding_base = False
        self._outer: FrameContext | None = None
        self._variable: Variable | None = None

    @property
    def place(self) -> int:
        """The file address inside the instruction that runs; 0 without a frame."""
        return self.debug.to_file(LoadAddress(self.activation.place)) if self.activation is not None else 0

    def _frame(self) -> Activation:
        if self.activation is None:
            raise ValueUnavailable("it is in a frame of its function, which is not the selected one")
        return self.activation

    # -- what expressions ask ----------------------------------------------------------------------

    def register(self, number: int) -> int:
        """Return the 64 bits of a register."""
        return int.from_bytes(self.register_bytes(number, 8), "little")

    def register_bytes(self, number: int, size: int) -> bytes:
        """Return the low bytes of a register, vector registers and the x87 stack included."""
        activation = self._frame()
        if number in _WORDS:
            try:
                value = self.stack.register(activation, number)
            except ValueUnavailable as error:
                name = x86_64.DWARF.get(number, f"register {number}")
                raise ValueUnavailable(f"{OPTIMIZED_OUT}: {name} of this frame: {error.reason}") from None
            return value.to_bytes(8, "little")[:size]
        name, width = _wide_register(number, size)
        if activation.index != 0:
            raise ValueUnavailable(f"{OPTIMIZED_OUT}: {name} of this frame: a call may change it")
        return self.stack.registers[name].to_bytes(width, "little")[:size]

    def read(self, address: int, size: int) -> bytes:
        """Return memory."""
        try:
            return self.stack.space.read(address & ADDRESS_MASK, size)
        except MemoryFault as fault:
            raise ValueUnavailable(f"Cannot access memory at address {fault.address:#x}") from None

    def frame_base(self) -> int:
        """Return what the function's locals are counted from."""
        if self._base is None:
            expression = self.function.frame_base(self.place) if self.function is not None else None
            if expression is None or self._is_finding_base:
                return super().frame_base()
            self._is_finding_base = True
            try:
                self._base = evaluate_address(expression, self)
            finally:
                self._is_finding_base = False
        return self._base

    def cfa(self) -> int:
        """Return the canonical frame address."""
        found = self.stack.cfa(self._frame())
        return found if found is not None else super().cfa()

    def tls(self, offset: int) -> int:
        """Return where a thread-local of the module is in this thread."""
        from trapline.inspection.thread_locals import meant_offset, thread_local_address

        if self.unit.skeleton is not None:  # what a split unit needs of the linker is in a table of addresses
            variable = self._variable
            name = (variable.linkage_name or variable.name) if variable is not None else None
            offset = meant_offset(self.module, offset, name)
        return thread_local_address(self.stack, self.module, offset)

    def address_at(self, index: int) -> int:
        """Return a file address of the unit's table."""
        return self.unit.address_at(index)

    def base_type(self, die_offset: int) -> tuple[int, int]:
        """Return encoding and size of a base type of the unit."""
        die = self.unit.die(self.unit.offset + die_offset)
        return die.integer(dw.DW_AT_encoding) or 0, die.integer(dw.DW_AT_byte_size) or 0

    def called(self, die_offset: int, relative: bool) -> bytes:
        """Return the location of another entry."""
        die = self.unit.die(self.unit.offset + die_offset) if relative else self.unit.dwarf.die(die_offset)
        return die.location(dw.DW_AT_location, self.place) or b""

    def variable_value(self, die_offset: int) -> Entry:
        """Return the number that another variable holds."""
        return scalars.integer(self._value_at(die_offset))

    def _value_at(self, die_offset: int) -> Value:
        return self.value(self.debug.code.variable(self.unit.dwarf.die(die_offset)))

    # -- what the caller passed --------------------------------------------------------------------

    def entry_value(self, expression: bytes) -> Entry:
        """Return what a register held when the function was entered, from what the caller says it passed."""
        register = _untyped(expression)
        for parameter in self._call().parameters:
            if parameter.location == register and parameter.value is not None:
                return self._caller_value(parameter.value)
        raise ValueUnavailable(f"{OPTIMIZED_OUT}: the caller does not tell what it passed")

    def parameter_value(self, die_offset: int) -> Entry:
        """Return what the caller passed for a parameter."""
        die = self.unit.die(self.unit.offset + die_offset)
        for parameter in self._call().parameters:
            if parameter.parameter == die and parameter.value is not None:
                return self._caller_value(parameter.value)
        raise ValueUnavailable(f"{OPTIMIZED_OUT}: the caller does not tell what it passed")

    def passed(self, type: Type, register: bytes) -> Value:
        """Return what the caller says that it passed in a register, as a value without a place.

        Args:
            type: what the register meant at the function's entry.
            register: the expression that names it.

        Raises:
            ValueUnavailable: the caller does not tell, or it is not sure that this call made the frame.
        """
        for parameter in self._call().parameters:
            if parameter.location == register and parameter.value is not None:
                location = evaluate(parameter.value + _STACK_VALUE, self._caller())
                return Value(type, self.storage(location, type.size or 0), self.stack.space)
        raise ValueUnavailable(f"{OPTIMIZED_OUT}: the caller does not tell what it passed")

    def _call(self) -> CallSite:
        """Return the call that made this frame; only where it is sure that it did."""
        outer = self._caller()
        assert outer.activation is not None
        places = outer.activation.pc, self._frame().place
        call = self.stack.sure_calls.get(places)
        if call is None:
            call = self._sure_call(outer, LoadAddress(places[0]))
            if call.callee is not None:
                self.stack.sure_calls[places] = call
        return call

    def _sure_call(self, outer: FrameContext, return_address: LoadAddress) -> CallSite:
        call = outer.debug.call_site(return_address)
        if call is None:
            raise ValueUnavailable(f"{OPTIMIZED_OUT}: the call that made this frame is not described")
        function = self.stack.functions(self._frame())[-1]
        if call.callee is not None:
            if not _is_same(call.callee, function):
                raise ValueUnavailable(
                    f"{OPTIMIZED_OUT}: the frame replaced that of the function that was called"
                )
        elif call.target is None or evaluate_address(call.target, outer) != self.debug.to_load(
            function.entry
        ):
            raise ValueUnavailable(f"{OPTIMIZED_OUT}: it is not known which function was called")
        _refuse_tail_calls(function, self.debug)
        return call

    def _caller(self) -> FrameContext:
        if self._outer is None:
            self._outer = self._found_caller()
        return self._outer

    def _found_caller(self) -> FrameContext:
        if self._callers >= _CALLERS:
            raise ValueUnavailable(f"{OPTIMIZED_OUT}: it depends on more than {_CALLERS} callers")
        activation = self.stack.activation(self._frame().index + 1)
        module = self.stack.space.module_at(activation.place) if activation is not None else None
        functions = self.stack.functions(activation) if activation is not None else ()
        if activation is None or module is None or module.debug is None or not functions:
            raise ValueUnavailable(f"{OPTIMIZED_OUT}: nothing is known of the caller")
        function = functions[-1]
        return FrameContext(self.stack, module, function.die.unit, activation, function, self._callers + 1)

    def _caller_value(self, expression: bytes) -> Entry:
        return evaluate_value(expression, self._caller())

    # -- values ------------------------------------------------------------------------------------

    def value(self, variable: Variable) -> Value:
        """Return a variable's value, or one that says why there is none."""
        program = self.stack.space
        type_ = variable.type
        try:
            type_ = self.resolved(type_)
            expression = variable.location(self.place)
            if expression is None:
                return unplaced(program, variable, type_)
            self._variable = variable
            return Value(type_, self.storage(evaluate(expression, self), type_.size or 0), program)
        except ValueUnavailable as error:
            return Value.missing(program, type_, error.reason)
        except (BadData, UsageError) as error:
            return Value.missing(program, type_, str(error))

    def storage(self, location: Location, size: int) -> Storage:
        """Return where the bytes of a location are, for a value of `size` bytes."""
        if len(location) == 1 and location[0].bits is None:
            return self._piece(location[0], size)
        parts = []
        for piece in location:
            bits = piece.bits or 0
            parts.append(Part(self._piece(piece, (bits + piece.bit_offset + 7) // 8), bits, piece.bit_offset))
        return PiecesStorage(parts)

    def _piece(self, piece: Piece, size: int) -> Storage:
        if isinstance(piece, MemoryPiece):
            return MemoryStorage(self.stack.space, piece.address)
        if isinstance(piece, RegisterPiece):
            return self._register_storage(piece.number, size)
        if isinstance(piece, ImplicitPiece):
            return ConstantStorage(piece.data)
        if isinstance(piece, ImplicitPointerPiece):
            return SyntheticPointer(lambda: self._pointed(piece))
        assert isinstance(piece, EmptyPiece)
        return UnavailableStorage(piece.reason)

    def _register_storage(self, number: int, size: int) -> RegisterStorage:
        name = x86_64.DWARF.get(number, f"register {number}")
        if number in _WORDS:
            return RegisterStorage(name, lambda: self.register_bytes(number, 8), self._writer(number))
        name, width = _wide_register(number, size)

        def store(data: bytes) -> None:
            self.stack.registers[name] = int.from_bytes(data, "little")

        is_live = self._frame().index == 0
        return RegisterStorage(name, lambda: self.register_bytes(number, width), store if is_live else None)

    def _writer(self, number: int) -> Callable[[bytes], None]:
        activation = self._frame()

        def store(data: bytes) -> None:
            self.stack.write_register(activation, number, int.from_bytes(data, "little"))

        return store

    def _pointed(self, piece: ImplicitPointerPiece) -> Value:
        """Return what a pointer that was optimized away points to."""
        value = self._value_at(piece.die_offset)
        if piece.offset:
            return Value(value.type, value.storage.at(piece.offset), value.program)
        return value

    # -- lengths that are known at run time ----------------------------------------------------------

    def resolved(self, type: Type, depth: int = 16) -> Type:
        """Return a type with the lengths of its variable-length arrays filled in where they are known."""
        if depth <= 0 or not is_dynamic(type, depth):
            return type
        if isinstance(type, ArrayType):
            dimensions = [self._counted(one) for one in type.dimensions]
            target = self.resolved(type.target, depth - 1)
            return ArrayType(target, dimensions, stride=type.stride, language=type.language, unit=type.unit)
        if isinstance(type, PointerType):
            return PointerType(
                self.resolved(type.target, depth - 1), type.kind, type.size or 8, type.name, type.language
            )
        if isinstance(type, QualifiedType):
            return QualifiedType(self.resolved(type.target, depth - 1), type.qualifier, type.language)
        if isinstance(type, TypedefType):
            return TypedefType(type.name, self.resolved(type.target, depth - 1), type.language)
        return type

    def _counted(self, dimension: Dimension) -> Dimension:
        if not isinstance(dimension, DynamicCount):
            return dimension
        try:
            if dimension.expression is not None:
                number = evaluate_address(dimension.expression, self)
            else:
                assert dimension.variable is not None
                number = scalars.integer(self._value_at(dimension.variable))
        except ValueUnavailable:
            return dimension
        if number >> 63:  # an upper bound of -1 is an empty array's
            number -= 1 << 64
        count = number - dimension.lower + 1 if dimension.is_upper_bound else number
        return max(count, 0)


def _wide_register(number: int, size: int) -> tuple[str, int]:
    """Return name and bytes of a vector or x87 register that holds `size` bytes."""
    if _FIRST_XMM <= number < _FIRST_XMM + 16:
        letter, width = ("x", 16) if size <= 16 else ("y", 32) if size <= 32 else ("z", 64)
        return f"{letter}mm{number - _FIRST_XMM}", width
    if _FIRST_ST <= number < _FIRST_ST + 8:
        return f"st{number - _FIRST_ST}", 10
    if 67 <= number < 83:
        letter, width = ("x", 16) if size <= 16 else ("y", 32) if size <= 32 else ("z", 64)
        return f"{letter}mm{number - 67 + 16}", width
    raise ValueUnavailable(f"it is in register {number}, which is not known")


def _untyped(register: bytes) -> bytes:
    """Return the operation that names a register without a type, which is how a call site names it.

    Source: DWARF 5 §2.5.1.7, §3.4.2.
    """
    if register[:1] not in _TYPED_REGISTERS or not register[1:] or register[1] > _LAST_SHORT:
        return register
    return bytes([dw.DW_OP_reg0 + register[1]])


def _is_same(callee: Die, function: Function) -> bool:
    """Whether a call names a function: the same entry, its declaration, or its abstract form."""
    ours = list(function.die.origins())
    if any(die in ours for die in callee.origins()):
        return True
    names = {die.get(dw.DW_AT_linkage_name) or die.get(dw.DW_AT_name) for die in callee.origins()}
    return (function.linkage_name or function.own_name) in names


def _refuse_tail_calls(function: Function, debug: DebugInfo) -> None:
    """Raise where a function may have replaced its own frame by another call of itself.

    The caller's arguments are then not those of the call that runs.
    """
    waiting, seen = [function], {function}
    while waiting:
        here = waiting.pop()
        for call in here.call_sites:
            if not call.is_tail_call:
                continue
            if call.callee is None or _is_same(call.callee, function) or len(seen) > _TAIL_CALLS:
                raise ValueUnavailable(
                    f"{OPTIMIZED_OUT}: the function may have called itself in its own frame"
                )
            for callee in debug.scopes.instances(call.callee):
                if callee not in seen and not callee.is_inlined:
                    seen.add(callee)
                    waiting.append(callee)
