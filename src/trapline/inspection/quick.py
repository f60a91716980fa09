"""Expressions made small for one place of code: what a condition costs at each hit.

A condition of a hot function is evaluated a million times in the same function at the same address.  What
its names mean, where they are and how their types are computed with is worked out once and compiled to one
Python function; a hit then costs the registers, which are there, a read for each variable, and the
operators on Python's integers.

Only what can be had with exactly the result of `evaluate.Evaluator` has a quick form: integers, characters,
booleans, enums and pointers in registers, on the stack and at fixed addresses, their members, elements and
targets.  All else has none, and what turns up while it is computed (a division by zero, memory that
cannot be read) is left to the evaluator, whose words the user knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trapline.arch import x86_64
from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import DebuggerError
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.dwarf import constants as dw
from trapline.inspection import arithmetic, scalars, variables
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.language import tree
from trapline.inspection.printers import is_printed
from trapline.inspection.recipes import FRAME_ADDRESS
from trapline.inspection.register_values import ALIASES, register_type
from trapline.inspection.storage import ConstantStorage, MemoryStorage
from trapline.symbols.types import RUST, ArrayType, PointerType, StructType, Type, VoidType

if TYPE_CHECKING:
    from trapline.inspection.frame import Frame
    from trapline.inspection.names import FrameScope
    from trapline.inspection.scene import Names
    from trapline.inspection.value import Value
    from trapline.symbols.functions import Variable

Read: TypeAlias = Callable[[int, int], bytes]
"""`read(address, size)` gives memory at a load address, or raises MemoryFault."""

Number: TypeAlias = Callable[[Sequence[int], Read], int]
"""Computes an integer from a thread's words (see `Tracee.words`) and memory."""

Text: TypeAlias = str
"""Python's text of an integer, in terms of `words`, `read` and what `_KNOWN` holds, ready for an operator."""

_WORDS = dict(x86_64.DWARF_WORDS)
_WHOLE = frozenset((scalars.INTEGER, scalars.CHARACTER, scalars.BOOLEAN, scalars.ENUM, scalars.POINTER))
_ONE_PLACE = frozenset((dw.DW_OP_addr, dw.DW_OP_addrx, dw.DW_OP_GNU_addr_index))
_LONGEST_PLACE = 9
"""Bytes of an expression that is an operator and an address: more computes something."""
_DEPTH = 16
_LOGIC = {"&&": "and", "||": "or"}
_ADDRESS = arithmetic.integer_type(8, False)


class NotQuick(Exception):
    """What is asked has no quick form, or not with these numbers: it has to be evaluated in full."""


class _Part(NamedTuple):
    """A part of an expression: its type, its place in memory, and its number where it is a scalar."""

    type: Type
    place: Text | None
    number: Text | None


def quick(node: tree.Node, frame: Frame, scope: FrameScope) -> Number | None:
    """Return what computes an expression's truth (not zero) wherever a thread is where `frame` is.

    The result may raise NotQuick and MemoryFault, which say nothing of the expression's truth.  None where
    there is no quick form.

    Args:
        node: the expression.
        frame: the innermost frame of a thread at the place of code.
        scope: what names mean in it.
    """
    try:
        text = _Reducer(frame, scope).number(node)[1]
        number: Number = eval(f"lambda words, read: {text}", _KNOWN)
    except (NotQuick, DebuggerError, SyntaxError, MemoryError, RecursionError):
        return None  # the last three: nested deeper than Python's own parser goes
    return number


class _Reducer:
    """Reduces the trees of one place."""

    def __init__(self, frame: Frame, scope: FrameScope) -> None:
        self._frame = frame
        self._scope = scope
        self._language = scope.language

    def number(self, node: tree.Node) -> tuple[Type, Text]:
        """Return type and number of a scalar."""
        part = _referent(self._part(node))
        if part.number is None:
            raise NotQuick
        return part.type, part.number

    def _part(self, node: tree.Node) -> _Part:
        match node:
            case tree.Number() | tree.Character():
                value = Evaluator(self._scope, without_effects=True).value(node)
                return _constant(value.type, bytes(value))
            case tree.Name(text, None):
                return self._name(text)
            case tree.Variable(name):
                return self._register(ALIASES.get(name, name))
            case tree.Unary("*", operand):
                return self._target(self._part(operand))
            case tree.Unary(sign, operand) if sign in "-~!":
                return self._unary(sign, *self.number(operand))
            case tree.Binary(sign, left, right):
                return self._binary(sign, left, right)
            case tree.Member(base, name, is_arrow):
                return self._member(self._part(base), name, is_arrow)
            case tree.Index(base, key):
                return self._element(self._part(base), key)
            case tree.Cast(type_name, operand, style) if style in ("", "as", "static_cast"):
                goal = Evaluator(self._scope, without_effects=True).type(type_name)
                return self._cast(goal, *self.number(operand))
        raise NotQuick

    # -- names -----------------------------------------------------------------------------------

    def _name(self, text: str) -> _Part:
        scene = self._frame.scene
        for names in (scene.locals, scene.arguments):
            if text in names.seen:
                return self._variable(names, names.seen[text])
        this = scene.function.object if scene.function is not None else None
        if this is not None:
            place = self._variable(scene.arguments, this)
            holder = place.type.strip().target
            if isinstance(struct := holder.strip() if holder is not None else None, StructType):
                found = _find_member(struct, text, _DEPTH)
                if found is not None:
                    return self._at_offset(place.number, *found)
        return self._outside(text)

    def _variable(self, names: Names, variable: Variable) -> _Part:
        """Return a local variable or an argument."""
        recipe = names.recipe(variable)
        if recipe is None:
            return self._fixed(variable, variables.Variables(self._frame, names).value(variable))
        base, offset = recipe.base, recipe.offset
        if base == FRAME_ADDRESS:
            row = self._frame.stack.rules_of(self._frame.activation)
            if row is None or row.cfa_expression is not None:
                raise NotQuick
            base, offset = row.cfa_register, offset + row.cfa_offset
        index = _WORDS.get(base)
        if index is None:
            raise NotQuick
        if recipe.is_register:
            _require_whole(recipe.type)
            return _Part(recipe.type, None, _wrapped(f"words[{index}]", recipe.type))
        return _loaded(recipe.type, _moved(f"words[{index}]", offset))

    def _outside(self, text: str) -> _Part:
        """Return a variable outside functions that has one place in the program, or a constant."""
        found = self._scope.variable(text)
        if found is None:
            raise NotQuick
        if type(found.storage) is ConstantStorage:
            return _constant(found.type, bytes(found))
        context = variables.context_of(self._frame)
        if context is None:
            raise NotQuick
        for variable in context.debug.scopes.variables(text.removeprefix("::"), context.unit):
            return self._fixed(variable, found)
        raise NotQuick

    def _fixed(self, variable: Variable, value: Value) -> _Part:
        """Return a variable that has one place in the program, whatever thread asks."""
        where = variable.location(self._frame.scene.file_place)
        if not where or where[0] not in _ONE_PLACE or len(where) > _LONGEST_PLACE:
            raise NotQuick
        if not isinstance(value.storage, MemoryStorage):
            raise NotQuick
        address = value.storage.address
        return _loaded(value.type, str(address))

    def _register(self, name: str) -> _Part:
        if name not in x86_64.GENERAL or self._scope.is_set(name):
            raise NotQuick
        index, shift, mask = x86_64.GENERAL[name]
        type_ = register_type(name)
        _require_whole(type_)
        whole = f"words[{index}]"
        part = whole if (shift, mask) == (0, ADDRESS_MASK) else f"({whole} >> {shift} & {mask})"
        return _Part(type_, None, _wrapped(part, type_))

    # -- parts of values -------------------------------------------------------------------------

    def _target(self, base: _Part) -> _Part:
        base = _referent(base)
        stripped = base.type.strip()
        if not isinstance(stripped, PointerType) or base.number is None:
            raise NotQuick
        if isinstance(stripped.target.strip(), VoidType):
            raise NotQuick
        return _loaded(stripped.target, base.number)

    def _member(self, base: _Part, name: str, is_arrow: bool) -> _Part:
        base = _referent(base)
        if is_arrow and not isinstance(base.type.strip(), PointerType):
            raise NotQuick  # a class may have its own operator
        for _ in range(_DEPTH):
            if not isinstance(base.type.strip(), PointerType):
                break
            base = _referent(self._target(base))
        struct = base.type.strip()
        found = _find_member(struct, name, _DEPTH) if isinstance(struct, StructType) else None
        if found is None:
            raise NotQuick
        return self._at_offset(base.place, *found)

    @staticmethod
    def _at_offset(place: Text | None, type_: Type, offset: int) -> _Part:
        if place is None:
            raise NotQuick
        return _loaded(type_, _moved(place, offset))

    def _element(self, base: _Part, key: tree.Node) -> _Part:
        base = _referent(base)
        _, index = self.number(key)
        stripped = base.type.strip()
        if self._language == RUST or is_printed(base.type):
            raise NotQuick
        if isinstance(stripped, PointerType) and base.number is not None:
            return self._scaled(stripped.target, base.number, index, None)
        if isinstance(stripped, ArrayType) and base.place is not None and len(stripped.dimensions) == 1:
            count = stripped.dimensions[0]
            if isinstance(count, int) and stripped.stride is None and not stripped.is_vector:
                return self._scaled(stripped.target, base.place, index, count)
        raise NotQuick

    @staticmethod
    def _scaled(target: Type, start: Text, index: Text, count: int | None) -> _Part:
        size = target.size
        if not size:
            raise NotQuick
        number = index if count is None else f"within({index}, {count})"
        return _loaded(target, f"({start} + {number} * {size} & {ADDRESS_MASK})")

    # -- operators -------------------------------------------------------------------------------

    def _unary(self, sign: str, type_: Type, number: Text) -> _Part:
        if sign == "!":
            if type_.language == RUST and scalars.kind(type_) == scalars.INTEGER:
                raise NotQuick
            return self._truth(f"(not {number})", type_.language)
        if scalars.kind(type_) == scalars.POINTER:
            raise NotQuick
        goal = arithmetic.promoted(type_)
        return _Part(goal, None, _wrapped(f"({sign}{number})", goal))

    @staticmethod
    def _truth(holds: Text, language: str) -> _Part:
        return _Part(arithmetic.boolean_type(language), None, holds)

    def _binary(self, sign: str, left: tree.Node, right: tree.Node) -> _Part:
        (one_type, one), (two_type, two) = self.number(left), self.number(right)
        if sign in _LOGIC:
            return self._truth(f"({one} != 0 {_LOGIC[sign]} {two} != 0)", self._language)
        sorts = scalars.kind(one_type), scalars.kind(two_type)
        has_pointer = scalars.POINTER in sorts
        is_logic = one_type.language == RUST and sorts == (scalars.BOOLEAN, scalars.BOOLEAN)
        if sign in arithmetic.ORDERS:
            common = _ADDRESS if has_pointer else arithmetic.common_type(one_type, two_type)
            one, two = _as(common, one_type, one), _as(common, two_type, two)
            return self._truth(f"({one} {sign} {two})", self._language)
        if has_pointer or is_logic:
            raise NotQuick
        if sign in ("<<", ">>"):
            return self._shifted(sign, one_type, one, two)
        goal = arithmetic.common_type(one_type, two_type)
        if sign in ("/", "%"):
            return self._divided(sign, goal, _as(goal, one_type, one), _as(goal, two_type, two))
        if sign not in arithmetic.WRAPPING:
            raise NotQuick
        # Operands that are not converted first give the same bits, and those are all that is kept.
        return _Part(goal, None, _wrapped(f"({one} {sign} {two})", goal))

    @staticmethod
    def _shifted(sign: str, type_: Type, one: Text, two: Text) -> _Part:
        goal = arithmetic.promoted(type_)
        bits = 8 * (goal.size or 0)
        return _Part(goal, None, _wrapped(f"({one} {sign} within({two}, {bits}))", goal))

    @staticmethod
    def _divided(sign: str, goal: Type, one: Text, two: Text) -> _Part:
        return _Part(goal, None, _wrapped(f"divided({sign!r}, {one}, {two})", goal))

    @staticmethod
    def _cast(goal: Type, type_: Type, number: Text) -> _Part:
        _require_whole(goal)
        here, there = type_.strip(), goal.strip()
        if isinstance(here, PointerType) and isinstance(there, PointerType):
            one, two = here.target.strip(), there.target.strip()
            if isinstance(one, StructType) and isinstance(two, StructType) and one is not two:
                raise NotQuick  # to a base or derived class, whose place may be another
        if scalars.kind(goal) == scalars.BOOLEAN:
            return _Part(goal, None, f"({number} != 0)")
        return _Part(goal, None, _wrapped(number, goal))


def _constant(type_: Type, data: bytes) -> _Part:
    _require_whole(type_)
    return _Part(type_, None, f"({scalars.number_in(data, type_)})")


def _moved(place: Text, offset: int) -> Text:
    return f"({place} + {offset} & {ADDRESS_MASK})" if offset else place


def _loaded(type_: Type, place: Text) -> _Part:
    """Return what is in memory at a place: its number too, where it is a scalar that has one."""
    if scalars.kind(type_) == scalars.REFERENCE:
        return _Part(type_, place, f"integer(read({place}, 8), 'little')")
    if not _is_whole(type_):
        return _Part(type_, place, None)
    signed = ", signed=True" if scalars.is_signed(type_) else ""
    return _Part(type_, place, f"integer(read({place}, {type_.size}), 'little'{signed})")


def _find_member(struct: StructType, name: str, depth: int) -> tuple[Type, int] | None:
    """Return type and distance of the member of a name that `Value.member` finds; None where there is none.

    Raises:
        NotQuick: it has no fixed place in the structure, or may be a bit-field.
    """
    if depth <= 0 or struct.variant_part is not None:
        raise NotQuick
    names = (name, f"__{name}") if struct.language == RUST and name.isdigit() else (name,)
    for member in struct.members:
        if member.name in names:
            if isinstance(member.offset, bytes) or member.bit_size is not None:
                raise NotQuick
            return member.type, member.offset
    if any(static.name == name for static in struct.static_members):
        raise NotQuick
    parts = [(member.type, member.offset) for member in struct.members if not member.name]
    for type_, offset in (*parts, *((base.type, base.offset) for base in struct.bases)):
        if isinstance(offset, bytes):
            raise NotQuick
        whole = type_.strip()
        found = _find_member(whole, name, depth - 1) if isinstance(whole, StructType) else None
        if found is not None:
            return found[0], offset + found[1]
    return None


def _referent(part: _Part) -> _Part:
    """Return what a C++ reference refers to; any other part itself."""
    for _ in range(_DEPTH):
        if scalars.kind(part.type) != scalars.REFERENCE:
            return part
        if part.number is None:
            break
        part = _loaded(part.type.strip().target or VoidType(), part.number)
    raise NotQuick


def _is_whole(type_: Type) -> bool:
    """Whether a scalar of a type is the integer that all bits of its bytes are, and shown as such."""
    size = type_.size
    return (
        scalars.kind(type_) in _WHOLE
        and size is not None
        and 0 < size <= 16
        and scalars.is_whole(type_)
        and not is_printed(type_)
    )


def _require_whole(type_: Type) -> None:
    if not _is_whole(type_):
        raise NotQuick


def _wrapped(number: Text, type_: Type) -> Text:
    """Return a number cut to the bits of an integer type."""
    bits = 8 * (type_.size or 0)
    mask = (1 << bits) - 1
    if not scalars.is_signed(type_):
        return f"({number} & {mask})"
    half = 1 << bits - 1
    return f"(({number} + {half} & {mask}) - {half})"


def _as(goal: Type, type_: Type, number: Text) -> Text:
    """Return a number of one integer type converted to another."""
    if scalars.kind(goal) not in _WHOLE:
        raise NotQuick
    here, there = (type_.size or 0, scalars.is_signed(type_)), (goal.size or 0, scalars.is_signed(goal))
    if here == there or (here[0] < there[0] and (there[1] or not here[1])):
        return number  # every number of the one is one of the other
    return _wrapped(number, goal)


def _within(number: int, count: int) -> int:
    """Return an index or a distance that is one of `count`."""
    if 0 <= number < count:
        return number
    raise NotQuick


def _divided(sign: str, one: int, two: int) -> int:
    if two == 0:
        raise NotQuick
    return arithmetic.divided_integers(sign, one, two)


_KNOWN = {"integer": int.from_bytes, "within": _within, "divided": _divided}
"""What the compiled text of an expression may name."""
