"""Calls of functions in the inferior.

The stopped thread gets a frame below its own (and below the red zone), whose return address is a trap
at the program's entry point, as gdb does it.  All registers, the XSAVE area and the signal mask are put
back whatever happens, so the call always gives the stack back (KERNEL 10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.arch.x86_64 import CALL_ARGUMENTS, ORIG_RAX, RAX, RED_ZONE, RIP, RSP
from trapline.backend.process import LiveThread
from trapline.base.errors import EvaluationError, InferiorExited, UsageError
from trapline.control import events
from trapline.control.judge import Found
from trapline.control.sites import ALONE

if TYPE_CHECKING:
    from trapline.control.target import Target

_MASK = (1 << 64) - 1
_AT_ENTRY = 9


class ReturnTrap:
    """Owns the site to which a called function returns."""

    __slots__ = ("_address", "_sp", "_target", "_tid")
    order = ALONE

    def __init__(self, target: Target, tid: int, address: int, sp: int) -> None:
        self._target = target
        self._tid = tid
        self._address = address
        self._sp = sp
        target.sites.add(address, self)

    def reached(self, thread: LiveThread) -> bool:
        """Whether this is the call's own return."""
        if thread.tid != self._tid or thread.words[RSP] != self._sp:
            return False
        fields = {"value": thread.words[RAX]}
        self._target.family.found = Found(self._target, thread.tid, events.FunctionFinished, fields)
        return True

    def undo(self) -> None:
        """Give the site back."""
        if self._target.process.alive:
            self._target.sites.drop(self._address, self)


def call(target: Target, function: int, arguments: tuple[Any, ...], timeout: float | None = None) -> int:
    """Call the function at a load address in the selected thread and return rax, unsigned.

    Arguments are integers (also anything with `__index__`), floats (passed in xmm registers), and `str`
    or `bytes`, which are copied to the stack, NUL-terminated.  The other threads run meanwhile, and
    breakpoints are hit as ever; a stop inside the call ends it.

    Raises:
        EvaluationError: the call stopped for another reason; everything is put back.
        InferiorExited: the process ended in the call.

    Source: x86-64 psABI §3.2.3, parameter passing.
    """
    target.require_stopped()
    target.pause()
    thread = target.current()
    live = thread.live
    process = target.process
    process.make_safe(live.tid)
    state = process.save_state(live.tid)
    home = process.auxv().get(_AT_ENTRY, 0)
    if not home:
        raise EvaluationError("cannot call: the program's entry point is not known")
    words = live.words
    sp = words[RSP] - RED_ZONE
    integers, floats = [], []
    for argument in arguments:
        if isinstance(argument, float):
            floats.append(argument)
            continue
        if isinstance(argument, (str, bytes)):
            text = argument.encode() if isinstance(argument, str) else argument
            sp -= len(text) + 1
            process.write(sp, text + b"\0")
            integers.append(sp)
            continue
        try:
            integers.append(argument.__index__() & _MASK)
        except AttributeError:
            raise UsageError(
                f"cannot pass a {type(argument).__name__}: give int, float, str or bytes"
            ) from None
    if len(floats) > 8:
        raise UsageError("at most eight floats can be passed")
    in_registers, on_stack = integers[:6], integers[6:]
    sp = (sp & ~15) - 16 - 8 * (len(on_stack) + len(on_stack) % 2)
    for number, value in enumerate(on_stack):
        process.write(sp + 8 * number, value.to_bytes(8, "little"))
    sp -= 8
    process.write(sp, home.to_bytes(8, "little"))
    trap = ReturnTrap(target, live.tid, home, sp + 8)
    stop = None
    try:
        changed = {RSP: sp, RAX: len(floats), ORIG_RAX: _MASK}
        changed.update(zip(CALL_ARGUMENTS, in_registers, strict=False))
        process.write_words(live.tid, changed)
        import struct

        for number, real in enumerate(floats):
            thread.registers[f"xmm{number}"] = int.from_bytes(struct.pack("<d", real), "little")
        live.write_word(RIP, function & _MASK)
        live.replace_signal(0)
        stop = target.family.resume(target, None, timeout)
    finally:
        if process.alive and not process.all_stopped:
            target.pause()
        if process.alive and live.tid in process.threads:
            trap.undo()
            process.restore_state(live.tid, state)
            target.select(live.tid)
    if isinstance(stop, events.FunctionFinished) and stop.thread is thread:
        return int(stop.value)
    if not process.alive:
        raise InferiorExited(f"the process ended in the call: {stop}")
    raise EvaluationError(f"the call was ended by another stop, and undone: {stop}")
