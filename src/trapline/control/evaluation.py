"""Expressions and calls on a stopped program: the seam between what runs it and what reads it.

Nothing of the expression language is imported before the first expression.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base import arguments
from trapline.base.errors import EvaluationError, MemoryFault, SymbolNotFound
from trapline.base.typing import TYPE_CHECKING, Any, SupportsIndex

if TYPE_CHECKING:
    from trapline.control.target import Target
    from trapline.inspection.completing import Completion
    from trapline.inspection.frame import Frame
    from trapline.inspection.functions import OwnFunction
    from trapline.inspection.value import Value
    from trapline.symbols.macros import Macro
    from trapline.symbols.module import Module, Symbol
    from trapline.symbols.types import Type


class NoProgram:
    """What expressions can use where there is no program: numbers, and what the session has set."""

    epoch = 0

    def __init__(self) -> None:
        self.convenience: dict[str, Value] = {}
        self.macros: dict[str, Macro] = {}
        self.own_functions: dict[str, OwnFunction] = {}
        self.input_radix = 10
        self.results: list[Value] = []

    def is_now(self, epoch: int) -> bool:
        """Say yes: nothing runs."""
        return True

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Refuse: there is no memory."""
        raise MemoryFault(address.__index__(), size)

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Refuse: there is no memory."""
        raise MemoryFault(address.__index__(), len(data), "write")

    def name_of(self, address: int) -> str | None:
        """Return no name."""
        return None

    def address_of(self, linkage_name: str) -> int | None:
        """Return no address."""
        return None

    def variable_address(self, name: str) -> int | None:
        """Return no address."""
        return None

    def type_named(self, name: str) -> Type | None:
        """Return no type."""
        return None

    def implementer(self, table: int) -> Type | None:
        """Return no type."""
        return None

    def fact(self, name: str) -> Value | None:
        """Return nothing: there is no process to know of."""
        return None

    def all_modules(self) -> Sequence[Module]:
        """Return no module."""
        return ()

    def symbol_named(self, text: str) -> Symbol:
        """Refuse: there are no symbols."""
        raise SymbolNotFound(f"no symbol {text!r}: there is no program", name=text)

    def call_function(self, function: Value, arguments: Sequence[Value], below: int | None = None) -> Value:
        """Refuse: there is no process."""
        raise EvaluationError("there is no process to call a function in")

    def current_frame(self, level: int) -> Frame:
        """Refuse: there is no process."""
        raise EvaluationError("there is no process")

    def number(self, number: int) -> Value:
        """Return an `int`, without the expression language, which takes longer to import than a start may."""
        from trapline.inspection.scalars import ATE_SIGNED
        from trapline.inspection.value import Value
        from trapline.symbols.types import BaseType, C

        type_ = BaseType("int", 4, ATE_SIGNED, C)
        return Value.constant(self, type_, number.to_bytes(4, "little", signed=True))

    def evaluate(self, expression: str) -> Value:
        """Return the value of an expression that needs no program."""
        from trapline.inspection import names

        return names.evaluate(self, None, expression)

    def expanded(self, text: str) -> str:
        """Return a text with the session's own macros replaced."""
        from trapline.inspection.macros import MacroScope

        return MacroScope(self.macros).expand(text)


def evaluate(
    target: Target, expression: str, frame: Frame | None = None, *, without_effects: bool = False
) -> Value:
    """Return the value of an expression in a frame; the selected one by default.

    After the end of the process what the files and the session know can still be used: variables have the
    values that the program began with.
    """
    from trapline.inspection import names

    arguments.text(expression, "expression")
    if not target.process.alive:
        return names.evaluate(_remains(target), None, expression, without_effects=without_effects)
    target.require_stopped()
    place = frame if frame is not None else target.current_frame(target.level)
    return names.evaluate(target, place, expression, without_effects=without_effects)


def type_of(target: Target, text: str, frame: Frame | None = None) -> Type:
    """Return the type that a text names, or that of an expression; also when there is no process any more."""
    from trapline.inspection import names

    arguments.text(text, "type")
    around = target if target.process.alive else _remains(target)
    return names.type_of(around, _frame(target, frame), text)


def named_type(target: Target, text: str, frame: Frame | None = None) -> Type | None:
    """Return the type that a text names; None where it is an expression, or nothing."""
    from trapline.inspection import names

    arguments.text(text, "type")
    around = target if target.process.alive else _remains(target)
    return names.named_type(around, _frame(target, frame), text)


def completions(target: Target, before: str, frame: Frame | None, most: int) -> list[Completion]:
    """Return up to `most` of what completes an expression up to the cursor."""
    from trapline.inspection import completing

    arguments.text(before, "before")
    around = target if target.process.alive else _remains(target)
    here = _frame(target, frame)
    found = completing.members(around, here, before)
    if found is None:
        found = completing.variables(here, before)
    word = completing.qualified_word(before)
    if word and not word.startswith("$"):
        known = {one.text for one in found}
        for name in target.names_beginning(word, most):
            if name not in known:
                found.append(completing.Completion(name, len(word), "function"))
    return found[:most]


def _remains(target: Target) -> NoProgram:
    from trapline.control.remains import Remains

    return Remains(target)


def _frame(target: Target, frame: Frame | None) -> Frame | None:
    """Return where names are looked up: a frame, the selected one; None where there is no process."""
    if frame is None and target.process.alive:
        target.require_stopped()
        return target.current_frame(target.level)
    return frame


def call(target: Target, function: Any, arguments: Sequence[Any], timeout: float | None) -> Value:
    """Return what a function gives; without debug information an unsigned 64-bit integer."""
    from trapline.control import calls, typed_calls
    from trapline.control.deadline import seconds
    from trapline.inspection import arithmetic, names, untyped
    from trapline.inspection.value import Value

    timeout = seconds(timeout)
    if isinstance(function, Value):
        return typed_calls.call(target, function, arguments, timeout)
    if isinstance(function, str):
        scope = names.FrameScope(target, target.current_frame(target.level))
        # An IFUNC's symbol is its resolver, which must be asked first.
        described = [
            one
            for one in scope.functions(function)
            if not untyped.is_untyped(one) or untyped.is_indirect(one)
        ]
        if described:
            return typed_calls.call(target, described[0], arguments, timeout)
        address = target.symbol_named(function).address
    elif hasattr(function, "__index__"):
        address = function.__index__()
    else:
        raise EvaluationError(f"a {type(function).__name__} cannot be called: give a name or an address")
    plain = [int(one) if isinstance(one, Value) else one for one in arguments]
    result = calls.call(target, address, plain, timeout)
    return Value.constant(target, arithmetic.integer_type(8, False), result.to_bytes(8, "little"))
