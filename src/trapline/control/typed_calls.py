"""Calls whose arguments and result have types: converted, passed and read back as the ABI says.

Source: x86-64 psABI §3.2.3; C23 §6.5.3.3, the conversions of arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from trapline.base.errors import EvaluationError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.control import calls, object_copies, rust_arguments
from trapline.inspection import abi, arithmetic, classes, overloads, rust_abi, scalars, variables
from trapline.inspection.untyped import UntypedFunction
from trapline.inspection.value import Value
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    BaseType,
    FunctionType,
    PointerType,
    StructType,
    Type,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.control.calls import Arguments
    from trapline.control.target import Target
    from trapline.control.threads import Thread
    from trapline.inspection.frame import Frame

_DOUBLE = BaseType("double", 8, scalars.ATE_FLOAT)


def call(
    target: Target,
    function: Value,
    arguments: Sequence[object],
    timeout: float | None = None,
    below: int | None = None,
) -> Value:
    """Return what a function of the program gives for these arguments.

    A structure is left where it is on the stack, below everything that is in use, so that it has an address.

    Args:
        target: the program; its selected thread makes the call.
        function: a function, or a pointer to one.
        arguments: values, or Python's int, float, str and bytes, which are converted.
        timeout: seconds, None for no limit.
        below: see `calls.run`.

    Raises:
        EvaluationError: too few or too many arguments, one that cannot be converted, or the call did not
            come back: everything is put back then.
        InferiorExited: the process ended in the call.
    """
    address, type_ = _function(function)
    for argument in arguments:
        if isinstance(argument, Value):
            _keep(argument)  # while the function that finds the real one runs
    if isinstance(type_, UntypedFunction) and type_.is_indirect:
        address = calls.call(target, address, (), timeout)
    parameters = type_.parameters
    if type_.is_prototyped and len(arguments) < len(parameters):
        hint = "; the program does not record default arguments" if type_.language == CPP else ""
        raise EvaluationError(
            f"too few arguments: {len(parameters)} are needed, {len(arguments)} given{hint}"
        )
    if type_.is_prototyped and len(arguments) > len(parameters) and not type_.is_variadic:
        raise EvaluationError(f"too many arguments: {len(parameters)} are taken, {len(arguments)} given")
    if below is None:
        below = target.results_on_stack.below()

    def construct(function: int, type_: FunctionType, objects: Sequence[Value]) -> None:
        _called(target, function, type_, objects, timeout, copies.below)

    with object_copies.Copies(target, below, construct) as copies:
        given = [
            copies.ready(argument, wanted)
            for argument, wanted in zip_longest(arguments, parameters[: len(arguments)])
        ]
        found = _called(target, address, type_, given, timeout, copies.below)
        if isinstance(found.type.strip(), StructType) and found.address is not None:
            copies.below = found.address  # what ends the copies leaves it whole
        return found


def _called(
    target: Target,
    address: int,
    type_: FunctionType,
    arguments: Sequence[object],
    timeout: float | None,
    below: int | None,
) -> Value:
    """Call a function whose arguments are what it gets, and return its result."""
    result, parameters = type_.target, type_.parameters
    if scalars.is_reference(result):
        result = result.strip()  # a typedef's name says less than `int &`
    is_object = isinstance(result.strip(), StructType)
    is_in_memory = abi.is_returned_in_memory(result)
    room = 0

    def place(made: Arguments) -> None:
        nonlocal room
        if is_object or is_in_memory:
            room = made.reserve(result.size or 1, 64)
        if is_in_memory:
            made.add_integer(room)
        for number, argument in enumerate(arguments):
            wanted = parameters[number] if number < len(parameters) else None
            _place(made, target, argument, wanted)

    def collect(thread: Thread) -> Value | None:
        if is_in_memory:
            return None
        found = returned(target, thread, result)
        if not room:
            return found
        target.process.write(room, found.contents())
        return None

    found = calls.run(target, address, place, collect, timeout, below)
    if found is None:
        found = Value.at(target, result, room)
        found.contents()  # is kept when the program runs on
        target.results_on_stack.note(room, below is None)
    return found


def _keep(argument: Value) -> None:
    """Read an argument, as far as it is in the program, so that it stays what it is."""
    if argument.referent().is_function:
        return
    try:
        argument.referent().contents()
    except ValueUnavailable:
        pass  # said where it is passed


def _function(function: Value) -> tuple[int, FunctionType]:
    """Return a function's load address and its type."""
    inner = function.referent()
    stripped = inner.type.strip()
    if isinstance(stripped, PointerType):
        pointed = stripped.target.strip()
        if isinstance(pointed, FunctionType):
            return int(inner), pointed
    if isinstance(stripped, FunctionType) and inner.address is not None:
        return inner.address, stripped
    raise EvaluationError(f"a value of type {function.type} cannot be called")


def _place(made: Arguments, target: Target, argument: object, wanted: Type | None) -> None:
    found = rust_arguments.slice_of(made, argument, wanted)
    if found is not None:
        made.add_integer(int.from_bytes(found[:8], "little"))
        made.add_integer(int.from_bytes(found[8:], "little"))
        return
    _require_fit(argument, wanted)
    if isinstance(argument, (str, bytes)):
        text = argument.encode("utf-8", "surrogateescape") if isinstance(argument, str) else argument
        made.add_integer(made.copy(text + b"\0"))
        return
    value = argument if isinstance(argument, Value) else _converted(target, argument)
    stripped = wanted.strip() if wanted is not None else None
    if isinstance(stripped, PointerType) and stripped.is_reference:
        made.add_integer(_referred(made, value.referent(), stripped))
        return
    value = value.referent()
    held = value.type.strip()
    if isinstance(stripped, PointerType) and stripped.language == RUST and isinstance(argument, Value):
        pointed = value.storage.target(0)
        if pointed is not None:
            made.add_integer(_address(made, pointed, stripped.target))
            return
        if not isinstance(held, PointerType):
            raise EvaluationError(f"{value.type} cannot become {wanted}: a reference is written with &")
    is_address = stripped is None or isinstance(stripped, PointerType)
    if isinstance(held, ArrayType) and not held.is_vector and is_address:
        made.add_integer(_address(made, value, None))
        return
    if wanted is None:
        value = _promoted(value)
    elif not _is_same_class(held, stripped) and not isinstance(stripped, ArrayType):
        if isinstance(held, StructType) and held.language == RUST:
            raise EvaluationError(f"{value.type} cannot become {wanted}")
        value = arithmetic.converted(value, wanted)
    _pass(made, value)


def _require_fit(argument: object, wanted: Type | None) -> None:
    """Refuse what Python gave where a parameter would get only some bits of it, or those of an address."""
    if isinstance(argument, Value):
        return  # the program's own numbers are converted as its language does it
    sort = scalars.kind(wanted) if wanted is not None else scalars.POINTER
    if isinstance(argument, (str, bytes)):
        if sort in (scalars.INTEGER, scalars.FLOAT, scalars.BOOLEAN, scalars.ENUM, scalars.CHARACTER):
            raise EvaluationError(f"a {type(argument).__name__} cannot become {wanted}")
        return
    if isinstance(argument, (bool, float)) or not hasattr(argument, "__index__"):
        return
    if sort in (scalars.INTEGER, scalars.POINTER, scalars.ENUM, scalars.CHARACTER):
        size = wanted.size if wanted is not None else None
        calls.require_bits(argument.__index__(), 8 * (size or 8), str(wanted or "a register"))


def _converted(target: Target, argument: object) -> Value:
    if isinstance(argument, (bool, int, float)):
        return arithmetic.literal(target, argument)
    if hasattr(argument, "__index__"):
        return arithmetic.literal(target, argument.__index__())
    raise EvaluationError(f"cannot pass a {type(argument).__name__}: give a Value, int, float, str or bytes")


def converted(target: Target, given: object, type_: Type) -> Value:
    """Return what a user gave as a value of a type.

    Raises:
        EvaluationError: it cannot be converted.
    """
    value = (given if isinstance(given, Value) else _converted(target, given)).referent()
    return value if _is_same_class(value.type.strip(), type_.strip()) else arithmetic.cast(value, type_)


def _is_same_class(held: Type, wanted: Type | None) -> bool:
    return isinstance(held, StructType) and isinstance(wanted, StructType) and held.name == wanted.name


def _promoted(value: Value) -> Value:
    """Return an argument of `...` as C promotes it: float to double, small integers to int."""
    if value.is_function:
        return arithmetic.decayed(value)
    sort = scalars.kind(value.type)
    if sort == scalars.FLOAT and (value.type.size or 0) < 8:
        return arithmetic.cast(value, _DOUBLE)
    if sort in (scalars.INTEGER, scalars.CHARACTER, scalars.BOOLEAN) and (value.type.size or 0) < 4:
        return arithmetic.unary("+", value)
    return value


def _referred(made: Arguments, value: Value, reference: PointerType) -> int:
    """Return the address that a reference of C++ to an object gets: of the part that is the base class's.

    Raises:
        EvaluationError: it would refer to a number of another type.
    """
    goal = reference.target.strip()
    if isinstance(goal, StructType):
        value = classes.base_part(value, goal) or value
    elif value.address is not None and not _is_read_alike(value.type.strip(), goal):
        if reference.kind == "&" and not overloads.is_const(reference.target):
            raise EvaluationError(f"{value.type} cannot become {reference}")
        value = arithmetic.cast(value, goal)
    return _address(made, value, reference.target)


def _is_read_alike(held: Type, goal: Type) -> bool:
    """Whether the same bytes mean the same as either of two types, neither a class."""
    if isinstance(held, PointerType) and isinstance(goal, PointerType):
        one, two = held.target.strip(), goal.target.strip()
        return not isinstance(one, StructType) or one is two or classes.base_path(one, two) is None
    sort = scalars.kind(goal)
    if sort != scalars.kind(held):
        return False
    is_number = sort in (scalars.INTEGER, scalars.FLOAT, scalars.CHARACTER, scalars.ENUM)
    return not is_number or (held.size, scalars.is_signed(held)) == (goal.size, scalars.is_signed(goal))


def _address(made: Arguments, value: Value, wanted: Type | None) -> int:
    """Return the address of an object; one that has none is copied to the stack for the call."""
    if value.address is not None:
        return value.address
    if wanted is not None and not isinstance(value.type.strip(), (StructType, ArrayType)):
        value = arithmetic.cast(value, wanted)
    return made.copy(value.contents())


def _pass(made: Arguments, value: Value) -> None:
    """Pass a value in the registers and stack places of its classes."""
    if abi.is_reference_passed(value.type):
        made.add_integer(value.address if value.address is not None else made.copy(value.contents()))
        return
    data = value.contents()
    if rust_abi.is_concerned(value.type):
        _pass_to_rust(made, value.type, data)
        return
    found = abi.classes(value.type)
    stripped = value.type.strip()
    if len(data) > 16 and isinstance(stripped, ArrayType) and stripped.is_vector:
        made.add_vector(data)
        return
    integers = found.count(abi.INTEGER)
    vectors = found.count(abi.SSE)
    fits = integers <= made.free_integers and vectors <= made.free_vectors
    if abi.MEMORY in found or abi.X87 in found or not fits:
        made.add_memory(data, 16 if abi.X87 in found else 8)
        return
    if vectors == 2 and (isinstance(stripped, ArrayType) or scalars.kind(stripped) == scalars.FLOAT):
        made.add_vector(data)  # one 16-byte vector or __float128
        return
    for number, one in enumerate(found):
        part = data[8 * number : 8 * number + 8]
        if one == abi.SSE:
            made.add_vector(part)
        else:
            made.add_integer(int.from_bytes(part, "little"))


def _pass_to_rust(made: Arguments, type_: Type, data: bytes) -> None:
    pieces = rust_abi.pieces(type_)
    if pieces is None:
        made.add_integer(made.copy(data))
        return
    for offset, size, is_vector in pieces:
        part = data[offset : offset + size]
        if is_vector:
            made.add_vector(part)
        else:
            made.add_integer(int.from_bytes(part, "little"))


def result_type(frame: Frame) -> Type:
    """Return the type of what a frame's function gives; an unsigned 64-bit integer where nothing tells it."""
    function = variables.function_of(frame)
    return function.return_type if function is not None else arithmetic.integer_type(8, False)


def returned(target: Target, thread: Thread, type_: Type) -> Value:
    """Return the result of a function that has just returned in a thread, as a value without a place.

    Raises:
        EvaluationError: the type leaves open where it is.
        MemoryFault: it is in memory that cannot be read.
    """
    size = type_.size or 0
    if abi.is_returned_in_memory(type_):
        # The callee gives the address back in rax.  Source: psABI §3.2.3, Returning of Values.
        return Value.constant(target, type_, target.process.read(thread.registers["rax"], size))
    if isinstance(type_.strip(), VoidType) or not size:
        return Value.constant(target, type_, b"")
    if rust_abi.is_concerned(type_):
        return Value.constant(target, type_, _rust_result(thread, type_))
    names = abi.result_registers(type_)
    width = size if len(names) == 1 else 0
    data = b""
    for name in names:
        register: int = thread.registers[name]
        data += register.to_bytes(64, "little")[: width or abi.register_size(name)]
    return Value.constant(target, type_, data[:size].ljust(size, b"\0"))


def _rust_result(thread: Thread, type_: Type) -> bytes:
    """Return the bytes of a structure that a function of Rust has left in registers."""
    pieces = rust_abi.pieces(type_, is_result=True) or ()
    data = bytearray(type_.size or 0)
    for (offset, size, _), name in zip(pieces, abi.result_pieces(pieces), strict=True):
        register: int = thread.registers[name]
        data[offset : offset + size] = register.to_bytes(64, "little")[:size]
    return bytes(data)
