"""Leave a frame at once with a result, its rest not run.

Source: x86-64 psABI §3.2.1, the registers that a function gives back, and §3.2.3, Returning of Values.
"""

from __future__ import annotations

from trapline.arch import x86_64
from trapline.arch.x86_64 import ORIG_RAX, RIP, RSP
from trapline.base.errors import EvaluationError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import abi
from trapline.symbols.types import VoidType

if TYPE_CHECKING:
    from trapline.control.target import Target
    from trapline.inspection.activation import Activation
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value

_WORDS = dict(x86_64.DWARF_WORDS)
_NO_CALL = (1 << 64) - 1


def force_return(target: Target, value: object) -> None:
    """Put the selected thread where the caller of the selected frame goes on.

    Registers are as the caller has them, those that a call may change aside; memory that the frame and
    those in it have changed stays changed.

    Args:
        target: the program.
        value: what the caller gets, converted to the function's type; None leaves it undefined.

    Raises:
        EvaluationError: the frame is of an inlined call, has no caller that is surely known, or gives its
            result in a way that cannot be set; nothing has been changed then.
    """
    target.require_stopped()
    target.pause()
    thread = target.current()
    frame = thread.frames()[target.level]
    caller = _caller(frame)
    found = _result(target, frame, value) if value is not None else []
    changed = {RSP: caller.known[x86_64.DWARF_RSP], ORIG_RAX: _NO_CALL}
    stack = frame.stack
    for number in x86_64.CALLEE_SAVED:
        try:
            changed[_WORDS[number]] = stack.register(caller, number)
        except ValueUnavailable as unavailable:
            raise EvaluationError(f"cannot return: {unavailable.reason}") from None
    target.process.make_safe(thread.tid)
    target.process.write_words(thread.tid, changed)
    for name, content in found:
        thread.registers[name] = content
    thread.live.write_word(RIP, caller.pc)
    target.level = 0


def _caller(frame: Frame) -> Activation:
    """Return the physical frame that a frame's return leads to."""
    if frame.is_inline:
        raise EvaluationError(
            f"{frame.function} is inlined here, so it has no return of its own; `up` selects its caller"
        )
    if frame.is_tail_call:
        raise EvaluationError(f"{frame.function} has ended with a tail call: nothing of it is left to return")
    caller = frame.stack.returns_to(frame.activation)
    if caller is None:
        raise EvaluationError(f"cannot return from the outermost frame ({frame.stack.reason})")
    return caller


def _result(target: Target, frame: Frame, value: object) -> list[tuple[str, int]]:
    """Return the registers that hold a result, with what they get."""
    from trapline.control import typed_calls

    type_ = typed_calls.result_type(frame)
    if isinstance(type_.strip(), VoidType):
        raise EvaluationError(f"{frame.function} returns nothing; leave the value out")
    given: Value = typed_calls.converted(target, value, type_)
    data = given.contents()
    names = abi.result_registers(type_)
    if not names:
        raise EvaluationError(
            f"{frame.function} gives its {type_} in memory of its caller; set that and return without a value"
        )
    if names[0].startswith("st"):
        raise EvaluationError(f"a {type_} is returned on the x87 stack, which cannot be pushed to")
    width = len(data) if len(names) == 1 else 8
    return [
        (name, int.from_bytes(data[width * at : width * (at + 1)], "little")) for at, name in enumerate(names)
    ]
