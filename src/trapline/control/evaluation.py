"""Expressions and calls on a stopped program: the seam between what runs it and what reads it.

Nothing of the expression language is imported before the first expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trapline.base.errors import EvaluationError
from trapline.control import calls

if TYPE_CHECKING:
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value
    from trapline.symbols.types import Type


def evaluate(
    target: Target, expression: str, frame: Frame | None = None, *, without_effects: bool = False
) -> Value:
    """Return the value of an expression in a frame; the selected one by default."""
    from trapline.inspection import names

    target.require_stopped()
    place = frame if frame is not None else target.current_frame(target.level)
    return names.evaluate(target, place, expression, without_effects=without_effects)


def type_of(target: Target, text: str, frame: Frame | None = None) -> Type:
    """Return the type that a text names, or that of an expression; also when there is no process any more."""
    from trapline.inspection import names

    if frame is None and target.process.alive:
        target.require_stopped()
        frame = target.current_frame(target.level)
    return names.type_of(target, frame, text)


def call(target: Target, function: Any, arguments: Sequence[Any], timeout: float | None) -> Value:
    """Return what a function gives; without debug information an unsigned 64-bit integer."""
    from trapline.control import typed_calls
    from trapline.inspection import arithmetic, names
    from trapline.inspection.value import Value

    if isinstance(function, Value):
        return typed_calls.call(target, function, arguments, timeout)
    if isinstance(function, str):
        scope = names.FrameScope(target, target.current_frame(target.level))
        described = [one for one in scope.functions(function) if not names.is_untyped(one)]
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
