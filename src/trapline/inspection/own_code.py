"""What an expression has the program's own code do: functions are called, and the operators of its classes.

Source: C++20 [over.match.oper], [over.oper], [class.conv.fct].
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.storage import ConstantStorage
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, ArrayType, FunctionType, PointerType, StructType, Type

if TYPE_CHECKING:
    from trapline.inspection.scope import Scope


class OwnCode:
    """Calls of the program's functions for values that are known.

    `without_effects` refuses calls and assignments, as a hover in an editor wants it; with `only_types` they
    are not made, and what a function would give is a value without bytes.
    """

    __slots__ = ("_only_types", "_overloads", "_without_effects", "program", "scope")

    def __init__(self, scope: Scope, *, without_effects: bool, only_types: bool) -> None:
        self.scope = scope
        self.program = scope.program
        self._without_effects = without_effects
        self._only_types = only_types
        self._overloads: dict[int, Sequence[Value]] = {}

    def _may_change(self, what: str) -> None:
        if self._without_effects and not self._only_types:
            raise EvaluationError(f"nothing is {what} here")

    # -- calls -----------------------------------------------------------------------------------

    def _call_value(self, function: Value, arguments: Sequence[Value]) -> Value:
        found = self._by_method(function.referent(), "operator()", arguments)
        return found if found is not None else self._called(function, arguments)

    def _by_method(self, base: Value, name: str, arguments: Sequence[Value]) -> Value | None:
        """Return what a member function of an object gives; None where it is none or has none of the name."""
        from trapline.inspection import overloads

        method = overloads.method_of(self.scope, base, name, arguments)
        if method is None:
            return None
        this = overloads.this_of(self.program, base)
        return self._called(method, overloads.with_object(method, this, arguments))

    def _called(self, function: Value, arguments: Sequence[Value]) -> Value:
        type_ = function.referent().type.strip()
        if isinstance(type_, PointerType):
            type_ = type_.target.strip()
        if not isinstance(type_, FunctionType):
            raise EvaluationError(f"a value of type {function.type} cannot be called")
        if self._only_types:
            return Value.missing(self.program, type_.target, "its function was not called")
        if self._without_effects:
            raise EvaluationError("functions of the program are not called here")
        from trapline.inspection.overloads import SCALARS

        given = list(arguments)
        for number, wanted in enumerate(type_.parameters[: len(given)]):
            given[number] = self._given_to(given[number], wanted)
            if is_class(given[number]) and scalars.kind(wanted) in SCALARS:
                given[number] = self._scalar(given[number])
        return self.scope.call(function, given)

    def _in_memory(self, value: Value) -> Value:
        """Return an array that is in no place of the program, such as `"abc"`, as one that malloc() has made.

        Any other value itself.  Nobody frees it, as with gdb.

        Raises:
            EvaluationError: the program has no malloc(), or no memory for it.
        """
        stripped = value.type.strip()
        if not isinstance(stripped, ArrayType) or stripped.is_vector:
            return value
        if not isinstance(value.storage, ConstantStorage):
            return value
        if self._only_types:
            return Value.at(self.program, value.type, 0)
        self._may_change("put into the program's memory")
        functions = self.scope.functions("malloc")
        if not functions:
            raise EvaluationError(
                f"{value.type} is not in memory, and the program has no malloc() to put it there"
            )
        size = arithmetic.literal(self.program, max(value.size, 1))
        place = int(self.scope.call(functions[0], [size])) & ADDRESS_MASK
        if not place:
            raise EvaluationError(f"malloc() has no memory for {value.type}")
        made = Value.at(self.program, value.type, place)
        made.storage.write(0, value.contents())
        return made

    def _given_to(self, value: Value, wanted: Type) -> Value:
        """Return what C++ gives to a parameter or variable: of a function's overloads the one it can hold.

        Raises:
            EvaluationError: it is a pointer or reference to a function of another type.
        """
        pointer = wanted.strip()
        taken = pointer.target.strip() if isinstance(pointer, PointerType) else None
        if not isinstance(taken, FunctionType) or taken.language != CPP:
            return value
        from trapline.inspection.overloads import is_same_function

        is_named = value.is_function
        address = value.address if is_named else int(value) if value.is_number else None
        known = self._overloads.get(address or 0, [value] if is_named else [])
        for one in known:
            if is_same_function(one.type.strip(), taken):
                return one
        if known:
            raise EvaluationError(f"{known[0].type} cannot become {wanted}: write a cast if that is meant")
        return value

    def _scalar(self, operand: Value, goal: Type | None = None) -> Value:
        """Return what a class's own conversion makes of an object, the value itself where it has none."""
        from trapline.inspection import overloads

        base = operand.referent()
        struct = base.type.strip()
        if not isinstance(struct, StructType) or struct.language != CPP:
            return operand
        method = overloads.conversion_function(struct, goal)
        found = self._by_method(base, method.name, ()) if method is not None else None
        return found if found is not None else operand

    def _truth(self, value: Value) -> bool:
        """Return what a condition makes of a value: of an object what its own conversion to bool gives."""
        return bool(self._scalar(value, arithmetic.boolean_type(CPP)) if is_class(value) else value)

    # -- operators -------------------------------------------------------------------------------

    def _own_operator(self, operator: str, *operands: Value) -> Value:
        """Return what the program's own operator gives for an object.

        Raises:
            EvaluationError: its class has none, or none with code for such operands.
        """
        from trapline.inspection import overloads

        found = self._overloaded(operator, *operands)
        if found is None:
            overloads.refuse_operator(operator, operands)
        return found

    def _overloaded(self, operator: str, *operands: Value) -> Value | None:
        """Return what the program's own operator gives for objects of its classes; None without one."""
        first = operands[0].referent()
        if first.language != CPP:
            return None
        from trapline.inspection import overloads

        if not any(overloads.is_struct(one) for one in operands):
            return None
        found = self._by_method(first, f"operator{operator}", operands[1:])
        if found is not None:
            return found
        function = overloads.best(self.scope, self.scope.functions(f"operator{operator}"), operands)
        return self._called(function, operands) if function is not None else None

    def _overloaded_order(self, operator: str, left: Value, right: Value) -> Value | None:
        """Return what the program's own comparison gives, or the one that C++ makes of `==` or `<=>`.

        Source: C++20 [over.match.oper] 3.4, rewritten candidates.
        """
        found = self._overloaded(operator, left, right)
        if found is not None or not (is_class(left) or is_class(right)):
            return found
        equal = self._overloaded("==", left, right) if operator == "!=" else None
        if equal is not None:
            return arithmetic.truth_value(self.program, not self._truth(equal), CPP)
        order = self._overloaded("<=>", left, right) if operator not in ("==", "!=") else None
        if order is None:
            return None
        if self._only_types:
            return arithmetic.truth_value(self.program, False, CPP)
        number = next((value for _, value in order.items()), order)  # of a std::strong_ordering and the like
        return arithmetic.binary(operator, number, arithmetic.literal(self.program, 0, CPP))

    def _overloaded_index(self, base: Value, index: Value) -> Value | None:
        inner = base.referent()
        return self._by_method(inner, "operator[]", [index]) if inner.language == CPP else None

    def _assigned_object(self, operator: str, left: Value, right: Value) -> Value | None:
        """Assign to an object as its class does; None where its bytes were all that there was to assign.

        Raises:
            EvaluationError: the class has an operator for it that has no code, or none.
        """
        from trapline.inspection import overloads

        if operator:
            return self._own_operator(f"{operator}=", left, right)
        target = left.referent()
        method = overloads.assignment(self.scope, target, right)
        if method is not None:
            return self._called(method, [overloads.this_of(self.program, target), right])
        if not self._only_types:
            overloads.refuse_inlined_assignment(target.type)
            target.set(right)
        return None


def is_class(value: Value) -> bool:
    """Whether a value is an object of C++, whose class may have operators of its own."""
    inner = value.referent()
    return inner.language == CPP and isinstance(inner.type.strip(), StructType)
