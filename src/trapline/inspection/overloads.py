"""Which function of the program is meant by a name, an object and arguments: methods, overloads.

Each argument's way to its parameter has a rank; the function is called whose ranks are nowhere worse than
those of another.  A class is reached by the constructor that takes the argument.

Source: C++20 [over.match.best], [over.ics.rank]; gdb 13, rank_one_type.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING, NoReturn
from trapline.inspection import arithmetic, scalars, text_objects
from trapline.inspection.classes import base_path, with_bases
from trapline.inspection.value import Value
from trapline.symbols.calling import own_name
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    FunctionType,
    PointerType,
    QualifiedType,
    StructType,
    Type,
    TypedefType,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.inspection.scope import Scope
    from trapline.inspection.storage import Program
    from trapline.symbols.types import Method

_EXACT, _QUALIFIED, _PROMOTED, _CONVERTED, _TO_VOID, _TO_BOOL, _USER, _ELLIPSIS, _LOOSE = range(0, 900, 100)
"""The ranks; what is loose no compiler would take, but a person at a debugger writes it.

Between two are the ways to base classes: the nearer one is better.  Source: C++20 [over.ics.rank] 4.4.
"""

_ASSIGNMENT = "operator="
_PARTS = 32
"""Parts of parts that are asked how they are assigned."""

_ARITHMETIC = frozenset((scalars.INTEGER, scalars.CHARACTER, scalars.BOOLEAN, scalars.ENUM, scalars.FLOAT))
SCALARS = _ARITHMETIC | {scalars.POINTER}
"""Kinds of types that a class's own conversion may give."""


def best(scope: Scope, candidates: Sequence[Value], arguments: Sequence[Value]) -> Value | None:
    """Return the function that takes the arguments best, the first of equals; None where none takes them."""
    chosen: Value | None = None
    least: list[int] = []
    for one in candidates:
        ranks = _ranks(scope, one, arguments)
        if ranks is not None and (chosen is None or _is_better(ranks, least)):
            chosen, least = one, ranks
    return chosen


def _is_better(ranks: list[int], others: list[int]) -> bool:
    """Whether ranks are nowhere worse and somewhere better; where neither side is, the worst rank counts."""
    pairs = list(zip(ranks, others, strict=False))
    if all(one <= other for one, other in pairs):
        return ranks != others
    if all(one >= other for one, other in pairs):
        return False
    return sorted(ranks, reverse=True) < sorted(others, reverse=True)


def _ranks(scope: Scope, function: Value, arguments: Sequence[Value]) -> list[int] | None:
    """Return the rank of each argument; None where a function does not take them."""
    type_ = function.type.strip()
    if not isinstance(type_, FunctionType):
        return None
    parameters = type_.parameters
    is_open = type_.is_variadic or not type_.is_prototyped
    if len(parameters) != len(arguments) and not (is_open and len(parameters) < len(arguments)):
        return None
    found = []
    for number, argument in enumerate(arguments):
        rank = _rank(scope, parameters[number], argument) if number < len(parameters) else _ELLIPSIS
        if rank is None:
            return None
        found.append(rank)
    return found


def _rank(scope: Scope, parameter: Type, argument: Value) -> int | None:
    wanted = parameter.strip()
    given = argument.referent().type
    if not isinstance(wanted, PointerType) or not wanted.is_reference:
        rank = _converted(wanted, given)
        if rank is None and (can_be_made(wanted, given) or _converts_itself(given, wanted)):
            return _USER
        return rank
    target = wanted.target.strip()
    rank = _converted(target, given)
    is_temporary = argument.address is None or scope.is_temporary(argument)
    if rank is None and can_be_made(target, given) and (wanted.kind == "&&" or is_const(wanted.target)):
        return _USER
    if wanted.kind == "&&":
        # What it is given it may take apart: never a variable of the program.
        return rank if is_temporary else None
    if is_const(wanted.target):
        return _QUALIFIED if rank == _EXACT and (is_temporary or not is_const(given)) else rank
    if _is_same(target, given) or _base_depth(given.strip(), target):
        return _LOOSE if is_temporary or is_const(given) else rank
    return None


def _converted(wanted: Type, given: Type) -> int | None:
    """Return the rank of the way from one type to another, references and outer qualifiers aside."""
    held = given.strip()
    if isinstance(wanted, StructType) or isinstance(held, StructType):
        depth = _base_depth(held, wanted)
        return None if depth is None else _EXACT if depth == 0 else _CONVERTED + depth
    if isinstance(wanted, PointerType):
        return _to_pointer(wanted, held)
    target, source = scalars.kind(wanted), scalars.kind(held)
    if target == scalars.BOOLEAN and source in (scalars.POINTER, scalars.ARRAY):
        return _TO_BOOL
    if source in (scalars.POINTER, scalars.ARRAY) and target in _ARITHMETIC - {scalars.FLOAT}:
        return _LOOSE
    if target in _ARITHMETIC and source in _ARITHMETIC:
        return _to_number(wanted, held, target, source)
    return _EXACT if target == source and str(wanted) == str(held) else None


def _to_number(wanted: Type, held: Type, target: str, source: str) -> int:
    if _is_same(wanted, held):
        return _EXACT
    if target == scalars.FLOAT and source == scalars.FLOAT:
        return _PROMOTED if (wanted.size, held.size) == (8, 4) else _CONVERTED
    is_small = source in (scalars.CHARACTER, scalars.BOOLEAN, scalars.ENUM) or (held.size or 0) < 4
    is_int = target == scalars.INTEGER and wanted.size == 4 and scalars.is_signed(wanted)
    return _PROMOTED if is_small and is_int else _CONVERTED


def _to_pointer(wanted: PointerType, held: Type) -> int | None:
    if isinstance(held, FunctionType):
        return _EXACT if is_same_function(held, wanted.target.strip()) else _LOOSE
    if not isinstance(held, (PointerType, ArrayType)):
        return _LOOSE if scalars.kind(held) in (scalars.INTEGER, scalars.POINTER) else None
    target, source = wanted.target, held.target
    if isinstance(held, ArrayType) and len(held.dimensions) > 1:
        return _LOOSE
    if _is_same(target, source):
        taken, given = _qualifiers(target), _qualifiers(source)
        if not given <= taken:
            # A literal has no const here, as every array that a person writes.
            return _LOOSE
        return _EXACT if taken == given else _QUALIFIED
    if isinstance(target.strip(), VoidType):
        return _TO_VOID
    depth = _base_depth(source.strip(), target.strip())
    return _CONVERTED + depth if depth else _LOOSE


def _is_same(one: Type, other: Type) -> bool:
    """Whether two types are the same but for qualifiers and typedefs."""
    first, second = one.strip(), other.strip()
    if first is second:
        return True
    if isinstance(first, PointerType) and isinstance(second, PointerType):
        return first.kind == second.kind and _is_same(first.target, second.target)
    return type(first) is type(second) and str(first) == str(second)


def is_same_function(one: Type, other: Type) -> bool:
    """Whether a pointer to a function of one type can hold one of the other, as C++ has it."""
    if not isinstance(one, FunctionType) or not isinstance(other, FunctionType):
        return False
    if not one.is_prototyped or not other.is_prototyped:
        return True
    pairs = [*zip(one.parameters, other.parameters, strict=False), (one.target, other.target)]
    return len(one.parameters) == len(other.parameters) and all(_is_same(*pair) for pair in pairs)


def is_const(type_: Type) -> bool:
    """Whether a type is `const`, perhaps behind a typedef."""
    return "const" in _qualifiers(type_)


def _qualifiers(type_: Type) -> frozenset[str]:
    """Return `const` and `volatile` of a type, perhaps behind a typedef."""
    found: list[str] = []
    while isinstance(type_, (QualifiedType, TypedefType)):
        if isinstance(type_, QualifiedType):
            found.append(type_.qualifier)
        type_ = type_.target
    return frozenset(found)


def _base_depth(derived: Type, wanted: Type) -> int | None:
    """Return how far up a base class is, 0 for the same class; None for what is neither."""
    if not isinstance(derived, StructType) or not isinstance(wanted, StructType):
        return None
    if derived is wanted or derived.name == wanted.name:
        return 0
    path = base_path(derived, wanted)
    return len(path) if path is not None else None


# -- conversions of classes ----------------------------------------------------------------------------


def can_be_made(wanted: Type, given: Type) -> bool:
    """Whether an object of a class can be made of what has another type, as an argument's is."""
    if not isinstance(wanted, StructType) or wanted.language != CPP:
        return False
    return (is_text(given) and text_objects.layout(wanted) is not None) or (
        converting_constructor(wanted, given) is not None
    )


def converting_constructor(struct: StructType, given: Type) -> Method | None:
    """Return the constructor by which C++ makes an object of what has another type; None where none does."""
    ranked: list[tuple[int, Method]] = []
    for method in struct.methods:
        parameters = method.type.parameters[1:]
        if method.name.split("<")[0] != own_name(struct) or method.is_explicit or len(parameters) != 1:
            continue
        wanted = parameters[0].strip()
        if isinstance(wanted, PointerType) and wanted.is_reference:
            wanted = wanted.target.strip()
        rank = None if wanted is struct else _converted(wanted, given)
        if rank is not None and rank < _USER:
            ranked.append((rank, method))
    return min(ranked, key=lambda one: one[0])[1] if ranked else None


def conversion_function(struct: StructType, goal: Type | None) -> Method | None:
    """Return the member function that makes an object a `goal`, or the only one that makes it a number.

    Without a `goal` no cast is written, and explicit ones do not count.
    """
    found = [
        method
        for one in with_bases(struct)
        for method in one.methods
        if method.name.startswith("operator ")
        and scalars.kind(method.type.target) in SCALARS
        and not (method.is_explicit and goal is None)
    ]
    if goal is not None:
        exact = next((method for method in found if _is_same(method.type.target, goal)), None)
        if exact is not None:
            return exact
    return found[0] if len(found) == 1 else None


def _converts_itself(given: Type, wanted: Type) -> bool:
    """Whether an object's class has the conversion to a number or pointer that an argument has to become."""
    struct = given.strip()
    if not isinstance(struct, StructType) or struct.language != CPP or scalars.kind(wanted) not in SCALARS:
        return False
    return conversion_function(struct, None) is not None


def is_text(given: Type) -> bool:
    """Whether a type is an array of `char`, or a pointer to it."""
    held = given.strip()
    if not isinstance(held, (ArrayType, PointerType)):
        return False
    return scalars.kind(held.target.strip()) == scalars.CHARACTER and held.target.size == 1


# -- methods -------------------------------------------------------------------------------------------


def method_of(scope: Scope, base: Value, name: str, arguments: Sequence[Value] | None) -> Value | None:
    """Return a member function by name, of a class or its bases, that takes the arguments; None: any."""
    stripped = base.type.strip()
    if not isinstance(stripped, StructType):
        return None
    for struct in with_bases(stripped):
        if not any(method.name == name for method in struct.methods):
            continue
        found = _methods(scope, struct, name)
        if arguments is None:
            chosen = found[0] if found else None
        elif stripped.language != CPP:
            chosen = next((one for one in found if _count(one) == len(arguments) + 1), None)
        else:
            chosen = best(scope, found, [_this(base), *arguments])
            if chosen is None and any(method.is_static for method in struct.methods if method.name == name):
                chosen = best(scope, found, arguments)
        if chosen is not None:
            return chosen
    return None


def with_object(method: Value, this: Value, arguments: Sequence[Value]) -> list[Value]:
    """Return what a member function gets: first the object, or a pointer to it; a static one goes without."""
    is_static = method.language == CPP and _count(method) == len(arguments)
    return [*arguments] if is_static else [this, *arguments]


def refuse_arguments(type_: Type, name: str, arguments: Sequence[Value]) -> NoReturn:
    """Refuse to call a member function that takes other arguments.

    Raises:
        EvaluationError: always.
    """
    raise EvaluationError(f"{type_.strip()}::{name} takes no arguments like ({_types_of(arguments)})")


def refuse_overloads(name: str, arguments: Sequence[Value]) -> NoReturn:
    """Refuse to call a function all of whose overloads take other arguments.

    Raises:
        EvaluationError: always.
    """
    raise EvaluationError(f"no function {name} takes arguments like ({_types_of(arguments)})")


def refuse_operator(operator: str, operands: Sequence[Value]) -> NoReturn:
    """Refuse an operator that a class does not have, or not for such operands, or not in the program.

    Raises:
        EvaluationError: always.
    """
    refuse_inlined(operands[0].referent().type, f"operator{operator}")
    refuse_overloads(f"operator{operator}", operands)


def assignment(scope: Scope, target: Value, source: Value) -> Value | None:
    """Return the operator by which an object's own class assigns to it; None where it has none with code.

    Those of bases are hidden by the one that every class has.  Source: C++20 [class.copy.assign].
    """
    struct = target.type.strip()
    if not isinstance(struct, StructType) or struct.name is None:
        return None
    return best(scope, _methods(scope, struct, _ASSIGNMENT), [_this(target), source])


def refuse_inlined_assignment(type_: Type) -> None:
    """Refuse to assign the bytes of an object where its class, or that of a part, does more.

    Raises:
        EvaluationError: it does.
    """
    struct = _assigned_by_code(type_, _PARTS)
    if struct is not None:
        raise EvaluationError(
            f"{struct}::{_ASSIGNMENT} has no code in the program that takes this: assign a part of it"
        )


def _assigned_by_code(type_: Type, depth: int) -> StructType | None:
    """Return the class of an object, or of a part, that has a written operator; None where none has."""
    struct = type_.strip()
    while isinstance(struct, ArrayType):
        struct = struct.target.strip()
    if not isinstance(struct, StructType) or depth <= 0:
        return None
    own = [method for method in struct.methods if method.name == _ASSIGNMENT]
    if any(not (method.is_artificial or method.is_defaulted) for method in own):
        return struct
    parts = [*(base.type for base in struct.bases), *(member.type for member in struct.members)]
    return next((found for part in parts if (found := _assigned_by_code(part, depth - 1)) is not None), None)


def _types_of(arguments: Sequence[Value]) -> str:
    return ", ".join(str(one.type) for one in arguments)


def _methods(scope: Scope, struct: StructType, name: str) -> list[Value]:
    """Return the functions of a class by name, those that are only declared in it and in a library too."""
    if struct.name is None:  # a lambda's
        return [*scope.methods_of(struct, name)]
    found = {one.address: one for one in scope.functions(f"{struct.name}::{name}")}
    for method in struct.methods:
        linked = _linked(scope, method) if method.name == name else None
        if linked is not None:
            found.setdefault(linked.address, linked)
    return list(found.values())


def _linked(scope: Scope, method: Method) -> Value | None:
    """Return a member function that is only declared here and is in a library: `text.c_str()`."""
    address = scope.program.address_of(method.linkage_name) if method.linkage_name else None
    return Value.at(scope.program, method.type, address) if address is not None else None


def _count(function: Value) -> int:
    type_ = function.type.strip()
    return len(type_.parameters) if isinstance(type_, FunctionType) else -1


def _this(base: Value) -> Value:
    """Return a pointer to an object, for its type alone."""
    return Value.constant(base.program, PointerType(base.type, language=CPP), bytes(8))


def this_of(program: Program, base: Value) -> Value:
    """Return the pointer to an object that its member functions take first.

    Raises:
        EvaluationError: it is in no memory.
    """
    if base.address is None and base.unavailable is None:
        raise EvaluationError("a member function needs an object in memory")
    return arithmetic.pointer_at(program, base.type, base.address or 0)


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
    if any(method.name == name for struct in with_bases(stripped) for method in struct.methods):
        raise EvaluationError(
            f"{stripped}::{name} has no code in the program: it was inlined, or is never used"
        )
