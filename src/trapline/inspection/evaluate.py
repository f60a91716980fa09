"""From an expression's tree to its value: what names mean is the scope's, what operators do arithmetic's.

Source: C23 §6.5, C++20 [expr], The Rust Reference, Expressions; GDB manual, Expressions.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.errors import EvaluationError, VariableNotFound
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, rust, scalars
from trapline.inspection.language import tree
from trapline.inspection.literal_values import character_value, number_value, text_value
from trapline.inspection.own_code import OwnCode, is_class
from trapline.inspection.storage import Part, PiecesStorage, SyntheticPointer
from trapline.inspection.type_names import TypeResolver
from trapline.inspection.value import Value
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    FunctionType,
    MemberPointerType,
    PointerType,
    StructType,
    Type,
    VoidType,
    is_dynamic,
)

if TYPE_CHECKING:
    from trapline.inspection.language.tree import Node, TypeName
    from trapline.inspection.scope import Scope

_TRUTH = {"true": True, "false": False}
_LONGEST = 1 << 20
"""Elements of an array that `@` or a slice makes."""


class Evaluator(OwnCode):
    """Computes trees in one scope; see `OwnCode` for what `without_effects` and `only_types` leave undone."""

    __slots__ = ("_resolver",)

    def __init__(self, scope: Scope, *, without_effects: bool = False, only_types: bool = False) -> None:
        super().__init__(scope, without_effects=without_effects, only_types=only_types)
        self._resolver = TypeResolver(scope, self.type_of)

    def value(self, node: Node) -> Value:
        """Return the value of a tree.

        Raises:
            EvaluationError: it has none; the message is one line.
            VariableNotFound: a name means nothing here.
            ValueUnavailable, MemoryFault: what it needs cannot be read.
        """
        match node:
            case tree.Name():
                return self._name(node)
            case tree.Number():
                return number_value(self.scope, node)
            case tree.Character():
                return character_value(self.scope, node)
            case tree.String():
                return text_value(self.scope, node)
            case tree.Variable(name):
                return self.scope.convenience(name)
            case tree.History(number, is_relative):
                return self.scope.history(number, is_relative).now()
            case tree.Unary():
                return self._unary(node)
            case tree.Binary():
                return self._binary(node)
            case tree.Assign():
                return self._assign(node)
            case tree.Conditional(condition, yes, no):
                return self.value(yes if self._truth(self.value(condition)) else no)
            case tree.Member():
                return self._member(node)
            case tree.MemberPointer():
                return self._member_pointer(node)
            case tree.Index(base, key):
                return self._index(self.value(base), key)
            case tree.Call():
                return self._call(node)
            case tree.Cast():
                return self._cast(node)
            case tree.At(type_name, address):
                return self._at(self.type(type_name), self.value(address))
            case tree.Repeat(first, length):
                return self._repeat(self.value(first), int(self.value(length)))
            case tree.AtEntry(parameter):
                return self.scope.at_entry(parameter.text)
            case tree.SizeOf():
                return self._size_of(node)
            case tree.ArrayLiteral(elements):
                return self._array([self.value(element) for element in elements])
            case tree.TypeExpression(type_name):
                raise EvaluationError(f"{self.type(type_name)} is a type, and a value is needed")
            case tree.Range():
                raise EvaluationError("a range stands in brackets: a[1..3]")

    def type(self, type_name: TypeName) -> Type:
        """Return the type that a tree names.

        Raises:
            EvaluationError: the program has no such type.
        """
        return self._resolver.type(type_name)

    def type_of(self, node: Node) -> Type:
        """Return the type of a tree, which is not evaluated more than its type needs."""
        if isinstance(node, tree.TypeExpression):
            return self.type(node.type)
        return Evaluator(self.scope, without_effects=True, only_types=True).value(node).type

    # -- names -----------------------------------------------------------------------------------

    def _name(self, node: tree.Name) -> Value:
        if node.text in _TRUTH and self.scope.language in (CPP, RUST):
            return arithmetic.truth_value(self.program, _TRUTH[node.text], self.scope.language)
        found = self.scope.variable(node.text, node.scope)
        if found is not None:
            return found
        if node.scope is None:
            found_functions = self.scope.functions(node.text)
            if found_functions:
                return self._first_of(found_functions)
            member = self._member_named(node.text)
            if member is not None:
                return member
        raise self.scope.not_found(node.text)

    def _first_of(self, functions: Sequence[Value]) -> Value:
        """Return the first of the functions of a name; which is meant, what it is given to may say."""
        first = functions[0]
        if len(functions) > 1 and first.address is not None:
            self._overloads[first.address] = functions
        return first

    def _member_named(self, name: str) -> Value | None:
        """Return C++'s `Class::member`, which has a type but no value.

        Raises:
            EvaluationError: its value is asked for.
        """
        struct, member = self._class_and_member(name)
        found = struct.member(member) if struct is not None else None
        if found is None:
            return None
        if not self._only_types:
            raise EvaluationError(f"{name} is a member of every {struct}: name an object, or use &{name}")
        return Value.missing(self.program, found.type, "it is a member of no object")

    def _class_and_member(self, name: str) -> tuple[StructType | None, str]:
        """Return the class and the member's own name of C++'s `Class::member`."""
        holder, separator, member = name.rpartition("::")
        if not separator or self.scope.language != CPP:
            return None, name
        struct = self.scope.find_type(holder)
        stripped = struct.strip() if struct is not None else None
        return stripped if isinstance(stripped, StructType) else None, member

    # -- operators -------------------------------------------------------------------------------

    def _unary(self, node: tree.Unary) -> Value:
        operator = node.operator
        if operator == "&":
            return self._address_of(node.operand)
        operand = self.value(node.operand)
        if operator == "*":
            return self._pointed(operand)
        if operator in ("++", "--", "p++", "p--"):
            return self._increment(node.operand, operand, operator)
        overloaded = self._overloaded(operator, operand)
        if overloaded is not None:
            return overloaded
        if operator == "!" and is_class(operand):
            return arithmetic.truth_value(self.program, not self._truth(operand), CPP)
        return arithmetic.unary(operator, self._scalar(operand))

    def _pointed(self, operand: Value) -> Value:
        from trapline.inspection import container_methods

        known = container_methods.pointee(operand.referent())
        if known is not None:
            return known  # what a printer knows needs no call
        overloaded = self._overloaded("*", operand)
        if overloaded is not None:
            return overloaded
        if scalars.kind(operand.referent().type) == scalars.INTEGER:
            # As gdb has it, so that an address can be looked at without a cast.
            return self._at(arithmetic.integer_type(4, True, self.scope.language), operand.referent())
        if isinstance(operand.type.strip(), FunctionType):
            return operand  # a function is a pointer to itself.  Source: C23 §6.5.4.2
        return operand.referent().dereference()

    def _increment(self, node: Node, operand: Value, operator: str) -> Value:
        if is_class(operand):
            behind = [arithmetic.literal(self.program, 0, CPP)] if operator[0] == "p" else []
            return self._own_operator(operator[-2:], operand, *behind)
        if self._only_types:
            return operand
        self._may_change("changed")
        one = arithmetic.literal(self.program, 1, self.scope.language)
        before = Value.constant(self.program, operand.type, bytes(operand))
        after = arithmetic.binary(operator[-1], operand, one)
        if isinstance(node, tree.Variable):
            self.scope.set_convenience(node.name, after)
        else:
            operand.set(after)
        return before if operator[0] == "p" else after

    def _address_of(self, operand: Node) -> Value:
        if isinstance(operand, tree.Name) and self.scope.variable(operand.text, operand.scope) is None:
            pointer = self._pointer_to_member(operand.text)
            if pointer is not None:
                return pointer
        value = self.value(operand)
        overloaded = self._overloaded("&", value)
        if overloaded is not None:
            return overloaded
        address = value.address
        if address is None and self.scope.language == RUST and value.unavailable is None:
            return Value(
                PointerType(value.type, "*", language=RUST), SyntheticPointer(lambda: value), self.program
            )
        if address is None:
            why = value.unavailable or _without_address(value)
            raise EvaluationError(f"it has no address: {why}")
        target = value.referent().type if scalars.is_reference(value.type) else value.type
        return arithmetic.pointer_at(self.program, target, address)

    def _pointer_to_member(self, name: str) -> Value | None:
        """Return C++'s `&Class::member`, an offset."""
        struct, member = self._class_and_member(name)
        if struct is None:
            return None
        found = struct.member(member)
        if found is None:
            return self._pointer_to_method(struct, member)
        if not isinstance(found.offset, int):
            return None
        type_ = MemberPointerType(found.type, lambda: struct, 8)
        return Value.constant(self.program, type_, found.offset.to_bytes(8, "little"))

    def _pointer_to_method(self, struct: StructType, name: str) -> Value | None:
        """Return C++'s `&Class::method`, a pair of words; None for what is overloaded, static or nowhere."""
        methods = [one for one in struct.methods if one.name == name]
        if len(methods) != 1 or methods[0].is_static:
            return None
        index = methods[0].virtual_index
        if methods[0].is_virtual and index is not None:
            word = 8 * index + 1
        else:
            code = self.scope.functions(f"{struct.name}::{name}")
            if not code or code[0].address is None:
                return None
            word = code[0].address
        type_ = MemberPointerType(methods[0].type, lambda: struct, 16)
        return Value.constant(self.program, type_, word.to_bytes(16, "little"))

    def _binary(self, node: tree.Binary) -> Value:
        operator = node.operator
        if operator in ("&&", "||"):
            left = self.value(node.left)
            if is_class(left):
                overloaded = self._overloaded(operator, left, self.value(node.right))
                if overloaded is not None:
                    return overloaded
            decided = self._truth(left)
            if decided == (operator == "&&"):
                decided = self._truth(self.value(node.right))
            return arithmetic.truth_value(self.program, decided, self.scope.language)
        left = self.value(node.left)
        right = self.value(node.right)
        left = _object_now(left)
        if operator == ",":
            return right
        if operator in arithmetic.ORDERS:
            return self._compare(operator, node, left, right)
        overloaded = self._overloaded(operator, left, right)
        if overloaded is not None:
            return overloaded
        from trapline.inspection import overloads

        left, right = self._scalar(left), self._scalar(right)
        if any(overloads.is_struct(one) and one.referent().language == CPP for one in (left, right)):
            overloads.refuse_overloads(f"operator{operator}", [left, right])
        if operator in ("+", "-"):
            left, right = self._in_memory(left), self._in_memory(right)
        return arithmetic.binary(operator, left, right)

    def _compare(self, operator: str, node: tree.Binary, left: Value, right: Value) -> Value:
        """Compare; what a literal string is compared with is compared by content, not by address."""
        other: object = right
        if isinstance(node.right, tree.String):
            other = node.right.content
        elif isinstance(node.left, tree.String):
            left, other = right, node.left.content
            operator = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
        elif (overloaded := self._overloaded_order(operator, left, right)) is not None:
            return overloaded
        result = arithmetic.compare(operator, left, other)
        if result is NotImplemented:
            raise EvaluationError(f"{left.type} and {right.type} cannot be compared")
        return arithmetic.truth_value(self.program, bool(result), self.scope.language)

    def _assign(self, node: tree.Assign) -> Value:
        if self._only_types and isinstance(node.left, tree.Variable):
            return self.value(node.right)
        self._may_change("assigned to")
        right = self.value(node.right)
        if isinstance(node.left, tree.Variable):
            if node.operator:
                right = arithmetic.binary(node.operator, self.value(node.left), right)
            self.scope.set_convenience(node.left.name, right)
            return self.scope.convenience(node.left.name)
        left = self.value(node.left)
        if is_class(left):
            assigned = self._assigned_object(node.operator, left, _object_now(right))
            return assigned if assigned is not None else self.value(node.left)
        if self._only_types:
            return left
        if node.operator:
            right = arithmetic.binary(node.operator, left, self._scalar(right))
        if scalars.kind(left.type) == scalars.POINTER:
            right = self._in_memory(right)
        left.set(self._given_to(right, left.type))
        return self.value(node.left)

    # -- parts of values -------------------------------------------------------------------------

    def _member(self, node: tree.Member) -> Value:
        base = self.value(node.base)
        if node.is_arrow:
            base = self._arrow(base)
        return self._member_of(base, node.name)

    def _arrow(self, base: Value) -> Value:
        """Return what `->` reaches: a pointer's target, or what the program's own `operator->` gives."""
        from trapline.inspection import container_methods

        for _ in range(16):
            base = base.referent()
            if not isinstance(base.type.strip(), StructType):
                break
            known = container_methods.pointee(base)
            if known is not None:
                return known
            found = self._by_method(base, "operator->", ())
            if found is None:
                return base
            base = found
        return base.dereference() if isinstance(base.type.strip(), PointerType) else base

    def _member_of(self, base: Value, name: str) -> Value:
        from trapline.inspection import container_methods, overloads
        from trapline.inspection.rust import trait_object

        holder, separator, member = name.rpartition("::")
        if separator:
            named = self.scope.find_type(holder)
            if named is None:
                raise EvaluationError(f"no type {holder!r}")
            base = arithmetic.cast(base.referent(), named)
        try:
            return base.member(member)
        except VariableNotFound:
            method = overloads.method_of(self.scope, base.referent(), member, None)
            if method is not None:
                return method
            # As gdb with `print object`: the object may be of a class that has more.
            # As Rust follows owners: `shared.field`, `boxed.field` of a trait's object.
            concrete = trait_object(base)
            if concrete is None and base.language == RUST:
                concrete = container_methods.pointee(base)
            if concrete is not None:
                return self._member_of(concrete, member)
            real = base.aggregate().dynamic
            if real.type.strip() is base.aggregate().type.strip():
                raise
            return real.member(member)

    def _member_pointer(self, node: tree.MemberPointer) -> Value:
        from trapline.inspection.classes import pointed_method

        base, pointer, type_ = self._member_and_object(node)
        assert base.address is not None
        if type_.is_function:
            return Value.at(self.program, type_.target, pointed_method(base, pointer)[0])
        offset = int.from_bytes(bytes(pointer), "little", signed=True)
        return Value.at(self.program, type_.target, base.address + offset)

    def _member_and_object(self, node: tree.MemberPointer) -> tuple[Value, Value, MemberPointerType]:
        """Return the object in memory, the pointer to a member of it, and the pointer's type.

        For a data member the object is the part that is of the pointer's class.
        """
        from trapline.inspection.classes import base_part

        base = self.value(node.base)
        if node.is_arrow:
            base = self._arrow(base)
        base = base.referent()
        pointer = self.value(node.pointer).referent()
        type_ = pointer.type.strip()
        if not isinstance(type_, MemberPointerType) or base.address is None:
            raise EvaluationError(f"{pointer.type} is no pointer to a member of {base.type}")
        holder = type_.containing.strip()
        if isinstance(holder, StructType) and not type_.is_function:
            base = base_part(base, holder) or base
        return base, pointer, type_

    def _index(self, base: Value, key: Node) -> Value:
        if isinstance(key, tree.Range):
            return self._slice(base, key)
        index = self.value(key)
        if base.presentation is None:
            overloaded = self._overloaded_index(base, index)
            if overloaded is not None:
                return overloaded
            return element_of(base, int(index))
        return element_of(base, key.content.decode() if isinstance(key, tree.String) else index.to_python())

    def _slice(self, base: Value, node: tree.Range) -> Value:
        start = 0 if node.start is None else int(self.value(node.start))
        if node.end is not None:
            end = int(self.value(node.end)) + (1 if node.is_inclusive else 0)
        else:
            inner = base.referent()
            run = rust.as_sequence(inner) if inner.language == RUST else None
            end = len(base if run is None else run)
        if end < start:
            raise EvaluationError(f"the range {start}..{end} ends before it starts")
        if start == end:
            raise EvaluationError("the slice is empty")
        first = element_of(base, start)
        if first.address is None or (base.presentation is not None and base.language != RUST):
            return self._array([element_of(base, index) for index in range(start, min(end, start + 10_000))])
        return self._repeat(first, end - start)

    def _repeat(self, first: Value, length: int) -> Value:
        if not 0 < length <= _LONGEST:
            raise EvaluationError(f"an array of {length} elements cannot be made; 1 to {_LONGEST} can")
        if first.address is None:
            raise EvaluationError("only values in memory can be repeated with '@'")
        type_ = first.referent().type
        array = ArrayType(type_, [length], language=type_.language)
        return Value.at(self.program, array, first.address)

    def _array(self, elements: Sequence[Value]) -> Value:
        if not elements:
            raise EvaluationError("an array needs an element")
        type_ = elements[0].type
        array = ArrayType(type_, [len(elements)], language=type_.language)
        parts = [Part(arithmetic.cast(one, type_).storage, 8 * (type_.size or 0)) for one in elements]
        return Value(array, PiecesStorage(parts), self.program)

    def _at(self, type_: Type, address: Value) -> Value:
        return Value.at(self.program, type_, address.__index__())

    # -- types -----------------------------------------------------------------------------------

    def _cast(self, node: tree.Cast) -> Value:
        from trapline.inspection import overloads
        from trapline.inspection.classes import sliced

        goal = self.type(node.type)
        operand = self.value(node.operand)
        if node.style == "dynamic_cast":
            return self._dynamic_cast(operand, goal)
        if scalars.kind(goal) in overloads.SCALARS:
            operand = self._scalar(operand, goal)
        if scalars.kind(goal) == scalars.POINTER:
            operand = self._in_memory(operand)
        found = arithmetic.cast(operand, goal)
        return sliced(found) if scalars.kind(goal) == scalars.STRUCT else found

    def _dynamic_cast(self, operand: Value, goal: Type) -> Value:
        """Convert a pointer or reference to what its object really is; null where it is not that."""
        from trapline.inspection.classes import is_or_derives

        stripped = goal.strip()
        if not isinstance(stripped, PointerType):
            raise EvaluationError(f"dynamic_cast wants a pointer or a reference, not {goal}")
        target = operand.referent()
        if not isinstance(target.type.strip(), StructType):
            target = target.dereference()
        whole = target.dynamic
        wanted = stripped.target.strip()
        if isinstance(wanted, VoidType) and whole.address is not None:
            return Value.constant(self.program, goal, whole.address.to_bytes(8, "little"))
        real = whole.type.strip()
        if not isinstance(real, StructType) or not is_or_derives(real, wanted):
            if stripped.is_reference:
                raise EvaluationError(f"dynamic_cast: the object is a {whole.type}, which is no {wanted}")
            return Value.constant(self.program, goal, bytes(8))
        if stripped.is_reference:
            return arithmetic.cast(whole, goal)
        return arithmetic.cast(arithmetic.pointer_at(self.program, whole.type, whole.address or 0), goal)

    def _size_of(self, node: tree.SizeOf) -> Value:
        from trapline.inspection.abi import alignment

        is_type = isinstance(
            node.operand,
            (tree.NamedType, tree.PointerTo, tree.ArrayOf, tree.FunctionOf, tree.Qualified, tree.TypeOf),
        )
        type_ = self.type(node.operand) if is_type else self.type_of(node.operand)  # type: ignore[arg-type]
        stripped = type_.strip()
        if isinstance(stripped, PointerType) and stripped.is_reference:
            type_ = stripped.target
        if type_.size is None and is_dynamic(type_, 16):
            raise EvaluationError("the length of the array is not known here: optimized out")
        if type_.size is None and _is_only_declared(type_):
            raise EvaluationError(f"{type_} has no known size: its class is only declared")
        if node.operator == "alignof":
            size = alignment(type_)
        else:
            size = 1 if isinstance(type_.strip(), (VoidType, FunctionType)) else type_.size or 0
        unsigned = arithmetic.integer_type(8, False, self.scope.language)
        return Value.constant(self.program, unsigned, size.to_bytes(8, "little"))

    # -- calls -----------------------------------------------------------------------------------

    def _call(self, node: tree.Call) -> Value:
        from trapline.inspection import functions
        from trapline.inspection.classes import pointed_method

        # An object that stands before a call is looked at again behind it.
        arguments = [_object_now(one) for one in [self.value(argument) for argument in node.arguments]]
        if isinstance(node.function, tree.Variable):
            name = node.function.name
            if functions.is_function(name, self.scope.own_functions):
                return functions.call(self.scope, name, arguments)
            if isinstance(self.scope.convenience(name).type.strip(), VoidType):
                functions.refuse_unknown(name)
        if isinstance(node.function, tree.Member):
            return self._call_member(node.function, arguments)
        if isinstance(node.function, tree.Name):
            return self._call_named(node.function, arguments)
        if isinstance(node.function, tree.MemberPointer):
            base, pointer, type_ = self._member_and_object(node.function)
            if type_.is_function:
                code, this = pointed_method(base, pointer)
                function = Value.at(self.program, type_.target, code)
                return self._called(
                    function, [arithmetic.pointer_at(self.program, type_.containing, this), *arguments]
                )
        return self._call_value(self.value(node.function), arguments)

    def _call_member(self, member: tree.Member, arguments: Sequence[Value]) -> Value:
        from trapline.inspection import container_methods, overloads

        base = self.value(member.base)
        if member.is_arrow:
            base = self._arrow(base)
        base = base.referent()
        name = member.name.rpartition("::")[2]
        if isinstance(base.type.strip(), StructType):
            known = container_methods.call(self.program, base, name, arguments)
            if known is not None:
                return known
            method = overloads.method_of(
                self.scope, base.dynamic if base.language == CPP else base, name, arguments
            )
            if method is not None:
                this = base if overloads.takes_itself(method) else overloads.this_of(self.program, base)
                return self._called(method, overloads.with_object(method, this, arguments))
            if overloads.method_of(self.scope, base, name, None) is None:
                overloads.refuse_inlined(base.type, name)
            else:
                overloads.refuse_arguments(base.type, name, arguments)
        return self._called(self._member_of(base, member.name), arguments)

    def _call_named(self, name: tree.Name, arguments: Sequence[Value]) -> Value:
        from trapline.inspection import overloads

        this = self.scope.variable("this") if self.scope.language == CPP and name.scope is None else None
        if this is not None:
            own = self._by_method(this.dereference(), name.text, arguments)
            if own is not None:
                return own
        found = self.scope.variable(name.text, name.scope)
        if found is not None:
            return self._call_value(found, arguments)
        candidates = self.scope.functions(name.text)
        if not candidates:
            raise self.scope.not_found(name.text)
        chosen = overloads.best(self.scope, candidates, arguments)
        if chosen is None and len(candidates) > 1 and candidates[0].language == CPP:
            overloads.refuse_overloads(name.text, arguments)
        return self._called(chosen if chosen is not None else candidates[0], arguments)


def _without_address(value: Value) -> str:
    """Return why what has a value has no address."""
    return "it is a bit-field" if value.bit_field is not None else "it is in a register, or no place at all"


def _is_only_declared(type_: Type) -> bool:
    """Whether a type is a class, or an array of one, that the debug information does not describe."""
    stripped = type_.strip()
    while isinstance(stripped, ArrayType):
        stripped = stripped.target.strip()
    return isinstance(stripped, StructType) and not stripped.is_complete


def element_of(base: Value, key: object) -> Value:
    """Return an element as the program's language has it.

    C counts on from an array's beginning whatever length it was declared with, to both sides; what a
    container or Rust counts has no elements before its first, and none behind its last.

    Raises:
        EvaluationError: there is no such element.
    """
    inner = base.referent()
    in_memory = inner.address is not None
    if isinstance(key, int):
        if in_memory and inner.language != RUST and isinstance(inner.type.strip(), ArrayType):
            return inner.element(key)
        presentation = base.presentation
        counted = presentation is None or presentation.kind != "map"
        if key < 0 and counted and not isinstance(inner.type.strip(), PointerType):
            raise EvaluationError(f"there is no element {key} of a value of type {inner.type}")
    run = rust.as_sequence(inner) if inner.language == RUST else None
    try:
        # Rust counts the bytes of a `&str`, of which Python has the characters.
        found: Value = base[key] if run is None or not isinstance(key, int) else run[key]
    except IndexError as error:
        raise EvaluationError(str(error)) from None
    return found


def _object_now(value: Value) -> Value:
    """Return an object as it is in memory behind a call; numbers stay what they were."""
    return value.again() if isinstance(value.referent().type.strip(), StructType) else value
