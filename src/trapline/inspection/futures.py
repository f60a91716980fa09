"""Async functions of Rust: the state machine that the compiler made of one, and with which it is polled.

Source: rustc, compiler/rustc_codegen_llvm/src/debuginfo/metadata/enums and its coroutine transform: the body
takes `Pin<&mut {async_fn_env#0}>`, a parameter without a name, whose cases are `Unresumed`, `Returned`,
`Panicked` and then one for each `.await`.
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import scalars
from trapline.inspection.locate import FrameContext
from trapline.symbols.types import RUST, StructType

if TYPE_CHECKING:
    from trapline.inspection.activation import Activation
    from trapline.inspection.unwind import Stack
    from trapline.inspection.value import Value
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Module

_BODIES = ("{async_fn#", "{async_block#", "{async_closure#")
_SUSPENDED = 3
"""The first case that is an `.await`."""


def state_machine(stack: Stack, activation: Activation, function: Function, module: Module) -> Value | None:
    """Return the state machine that a function runs; None for other functions, and where nothing tells it."""
    if function.language != RUST or not function.own_name.startswith(_BODIES):
        return None
    pinned = function.nameless_parameter
    type_ = pinned.type.strip() if pinned is not None else None
    if pinned is None or not isinstance(type_, StructType) or len(type_.members) != 1:
        return None
    context = FrameContext(stack, module, function.die.unit, activation, function)
    try:
        machine = context.value(pinned).field(type_.members[0]).dereference()
    except (EvaluationError, ValueUnavailable):
        return None
    return machine if _state(machine) is not None else None


def is_suspended(machine: Value) -> bool:
    """Whether a state machine waits at an `.await`."""
    state = _state(machine)
    return state is not None and state >= _SUSPENDED


def _state(machine: Value) -> int | None:
    stripped = machine.type.strip()
    part = stripped.variant_part if isinstance(stripped, StructType) else None
    if part is None or part.discriminant is None:
        return None
    try:
        return scalars.integer(machine.field(part.discriminant))
    except ValueUnavailable:
        return None
