"""What arguments were when their function was entered, from what the caller says that it passed.

The code of an argument may be overwritten or forgotten while the function runs; where the compiler
describes the call, and the caller's frame still has what was passed, that is shown as `x@entry`.

Source: DWARF 5 §3.4.2; gdb 13, read_frame_arg with `print entry-values default`.
"""

from __future__ import annotations

from trapline.base.errors import BadData, EvaluationError, MemoryFault, UsageError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import scalars
from trapline.inspection.value import Value
from trapline.inspection.variables import context_of, local_variables, summary

if TYPE_CHECKING:
    from trapline.inspection.frame import Frame
    from trapline.inspection.locate import FrameContext
    from trapline.symbols.types import Type


def beside_entry(context: FrameContext, name: str, value: Value, register: bytes) -> str:
    """Return the text of an argument whose value at the function's entry may be known too.

    That is `x@entry=5` where it is still the same, `6, x@entry=5` where not; `6` where nobody knows.

    Args:
        context: the frame of the function.
        name: the argument's.
        value: what it is now.
        register: the expression of the register that it was passed in.
    """
    entry = entry_value(context, value.type, register)
    if entry is None:
        return summary(value)
    if value.unavailable is None and value.contents() == entry.contents():
        return f"{name}@entry={summary(value)}"
    return f"{summary(value)}, {name}@entry={summary(entry)}"


def at_entry(frame: Frame, name: str) -> Value:
    """Return what a parameter was when a frame's function was entered; optimized out where nobody knows.

    Raises:
        EvaluationError: the name is that of no parameter in the frame.
    """
    parameter = None if name in local_variables(frame) else frame.scene.arguments.seen.get(name)
    context = context_of(frame)
    if parameter is None or context is None:
        raise EvaluationError(f'@entry can be used only for function parameters, not for "{name}"')
    register = frame.scene.register_at_entry(parameter)
    found = entry_value(context, parameter.type, register) if register is not None else None
    return found if found is not None else Value.missing(context.stack.space, parameter.type)


def entry_value(context: FrameContext, type_: Type, register: bytes) -> Value | None:
    """Return what an argument was at its function's entry; None where it is not known for sure.

    References have none: what they refer to may have changed since.
    """
    if scalars.is_reference(type_):
        return None
    try:
        found = context.passed(type_, register)
    except (ValueUnavailable, BadData, UsageError, MemoryFault):
        return None
    return found if found.unavailable is None else None
