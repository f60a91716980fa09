"""Which function of the program is meant by a name, an object and arguments: methods, overloads."""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic
from trapline.inspection.value import Value
from trapline.symbols.types import RUST, ArrayType, FunctionType, PointerType, StructType, Type

if TYPE_CHECKING:
    from trapline.inspection.scope import Scope
    from trapline.inspection.storage import Program
    from trapline.symbols.types import Method


def method_of(scope: Scope, base: Value, name: str, count: int | None) -> Value | None:
    """Return a member function by name, of a class or its bases, that takes `count` arguments."""
    stripped = base.type.strip()
    if not isinstance(stripped, StructType) or stripped.name is None:
        return None
    for struct in [stripped, *_bases(stripped)]:
        if not any(method.name == name for method in struct.methods):
            continue
        for function in scope.functions(f"{struct.name}::{name}"):
            type_ = function.type.strip()
            if count is None or (isinstance(type_, FunctionType) and len(type_.parameters) == count + 1):
                return function
        for method in struct.methods:
            found = _linked(scope, method, count) if method.name == name else None
            if found is not None:
                return found
    return None


def _linked(scope: Scope, method: Method, count: int | None) -> Value | None:
    """Return a member function that is only declared here and is in a library: `text.c_str()`."""
    if method.is_static or not (count is None or len(method.type.parameters) == count + 1):
        return None
    address = scope.program.address_of(method.linkage_name) if method.linkage_name else None
    return Value.at(scope.program, method.type, address) if address is not None else None


def this_of(program: Program, base: Value) -> Value:
    """Return the pointer to an object that its member functions take first.

    Raises:
        EvaluationError: it is in no memory.
    """
    if base.address is None:
        raise EvaluationError("a member function needs an object in memory")
    return arithmetic.pointer_at(program, base.type, base.address)


def is_struct(value: Value) -> bool:
    """Whether a value is a structure or class, or a reference to one."""
    return isinstance(value.referent().type.strip(), StructType)


def takes_itself(method: Value) -> bool:
    """Whether a method of Rust takes the object by value: `self`, not `&self`."""
    type_ = method.type.strip()
    if type_.language != RUST or not isinstance(type_, FunctionType) or not type_.parameters:
        return False
    return not isinstance(type_.parameters[0].strip(), PointerType)


def refuse_inlined(type_: Type, name: str) -> None:
    """Refuse a member function that a class has and the program has no code of.

    Raises:
        EvaluationError: it is such a one.
    """
    stripped = type_.strip()
    assert isinstance(stripped, StructType)
    if any(method.name == name for struct in [stripped, *_bases(stripped)] for method in struct.methods):
        raise EvaluationError(
            f"{stripped}::{name} has no code in the program: it was inlined, or is never used"
        )


def _bases(struct: StructType, depth: int = 0) -> list[StructType]:
    found: list[StructType] = []
    if depth < 32:
        for base in struct.bases:
            stripped = base.type.strip()
            if isinstance(stripped, StructType):
                found += [stripped, *_bases(stripped, depth + 1)]
    return found


def takes(function: Value, arguments: Sequence[Value]) -> bool:
    """Whether a function can take these arguments: their number, and structures where it wants them."""
    type_ = function.type.strip()
    if not isinstance(type_, FunctionType):
        return False
    parameters = type_.parameters
    if len(parameters) != len(arguments) and not (type_.is_variadic and len(parameters) < len(arguments)):
        return False
    return all(_fits(one, argument) for one, argument in zip(parameters, arguments, strict=False))


def _fits(parameter: Type, argument: Value) -> bool:
    wanted = parameter.strip()
    if isinstance(wanted, PointerType) and wanted.is_reference:
        wanted = wanted.target.strip()
    given = argument.referent().type.strip()
    if isinstance(wanted, StructType) or isinstance(given, StructType):
        if not isinstance(wanted, StructType) or not isinstance(given, StructType):
            return False
        return wanted.name == given.name or any(base.name == wanted.name for base in _bases(given))
    if isinstance(given, ArrayType):
        return isinstance(wanted, (PointerType, ArrayType))
    return isinstance(wanted, PointerType) == isinstance(given, PointerType)
