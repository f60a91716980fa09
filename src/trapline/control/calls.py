"""Calls of functions in the inferior.

The stopped thread gets a frame below its own (and below the red zone), whose return address is a trap
at the program's entry point, as gdb does it.  All registers, the XSAVE area and the signal mask are put
back whatever happens, so the call always gives the stack back (KERNEL 10).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from trapline.arch.x86_64 import CALL_ARGUMENTS, ORIG_RAX, RAX, RED_ZONE, RIP, RSP
from trapline.base.errors import EvaluationError, InferiorExited, StopTimeout, ThreadGone, UsageError
from trapline.base.typing import TYPE_CHECKING, Any, TypeVar
from trapline.control import events
from trapline.control.sites import ALONE

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.control.threads import Thread

_T = TypeVar("_T")

_MASK = (1 << 64) - 1
_AT_ENTRY = 9
_RESULTS = 1 << 16
"""Bytes of results that are kept on the stack while the program is stopped."""
_VECTORS = 8
"""Vector registers that arguments are passed in.  Source: x86-64 psABI fig. 3.4."""


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
        return self._target.found(thread, events.FunctionFinished, value=thread.words[RAX])

    @property
    def is_set(self) -> bool:
        """Whether it is still to be reached: another program in the place of this one has no sites."""
        return self in self._target.sites.owners.get(self._address, ())

    def undo(self) -> None:
        """Give the site back."""
        self._target.sites.drop(self._address, self)


class ResultsOnStack:
    """Where the results of the calls at this stop are on the stack, so that the next one leaves them whole.

    Only what a few calls give is kept: their strings are still seen when the next expression makes a call.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._moment = 0, 0
        self._top = self._low = 0

    def below(self) -> int | None:
        """Return the load address that a call may begin below; None: there are none, or too many."""
        return self._low if self.is_now and self._top - self._low < _RESULTS else None

    @property
    def is_now(self) -> bool:
        """Whether there are any."""
        return self._moment == self._now()

    def note(self, address: int, is_first: bool) -> None:
        """Keep the result at a load address; the call that gave it, the first or not, has just returned."""
        if is_first:
            self._top = address
        self._low = address
        self._moment = self._now()

    def _now(self) -> tuple[int, int]:
        return self._target.current().tid, self._target.process.epoch


class Arguments:
    """Where the arguments of one call go; addresses are load addresses on the thread's own stack.

    What is passed is put in order, as the psABI has it: integers and addresses, vector registers, and
    the rest on the stack.
    """

    def __init__(self, target: Target, sp: int) -> None:
        """Begin below the load address `sp`, where nothing is that is still needed."""
        self._target = target
        self.sp = sp
        self.integers: list[int] = []
        self.vectors: list[bytes] = []
        self.stack = bytearray()

    def reserve(self, size: int, alignment: int = 16) -> int:
        """Return the address of `size` bytes that the call may use until it returns."""
        self.sp = (self.sp - size) & -alignment
        return self.sp

    def copy(self, data: bytes) -> int:
        """Put data on the stack, and return its address."""
        address = self.reserve(len(data))
        self._target.process.write(address, data)
        return address

    def add_integer(self, value: int) -> None:
        """Pass one integer or address."""
        if len(self.integers) < len(CALL_ARGUMENTS):
            self.integers.append(value & _MASK)
        else:
            self.add_memory((value & _MASK).to_bytes(8, "little"))

    def add_vector(self, data: bytes) -> None:
        """Pass up to 64 bytes in a vector register."""
        if len(self.vectors) < _VECTORS:
            self.vectors.append(data)
        else:
            self.add_memory(data)

    def add_memory(self, data: bytes, alignment: int = 8) -> None:
        """Pass bytes on the stack."""
        self.stack += bytes(-len(self.stack) % alignment) + data
        self.stack += bytes(-len(self.stack) % 8)

    @property
    def free_integers(self) -> int:
        """How many integer registers are left."""
        return len(CALL_ARGUMENTS) - len(self.integers)

    @property
    def free_vectors(self) -> int:
        """How many vector registers are left."""
        return _VECTORS - len(self.vectors)


def call(target: Target, function: int, arguments: Sequence[Any], timeout: float | None = None) -> int:
    """Call the function at a load address in the selected thread and return rax, unsigned.

    Arguments are integers (also anything with `__index__`), floats (passed in xmm registers), and `str`
    or `bytes`, which are copied to the stack, NUL-terminated.

    Raises:
        EvaluationError: the call stopped for another reason; everything is put back.
        InferiorExited: the process ended in the call.
    """

    def place(made: Arguments) -> None:
        for argument in arguments:
            if isinstance(argument, float):
                made.add_vector(struct.pack("<d", argument))
            elif isinstance(argument, (str, bytes)):
                made.add_integer(made.copy(_text(argument)))
            elif hasattr(argument, "__index__"):
                require_bits(argument.__index__(), 64, "a register")
                made.add_integer(argument.__index__())
            else:
                raise UsageError(
                    f"cannot pass a {type(argument).__name__}: give int, float, str, bytes or a Value"
                )

    return run(target, function, place, lambda thread: thread.registers["rax"], timeout)


def require_bits(number: int, bits: int, what: str) -> None:
    """Raise EvaluationError for a number, signed or not, that needs more than so many bits."""
    if not -(1 << bits - 1) <= number < 1 << bits:
        raise EvaluationError(f"{number} does not fit in {what}")


def _text(argument: str | bytes) -> bytes:
    return (argument.encode("utf-8", "surrogateescape") if isinstance(argument, str) else argument) + b"\0"


def run(
    target: Target,
    function: int,
    place: Callable[[Arguments], None],
    collect: Callable[[Thread], _T],
    timeout: float | None,
    below: int | None = None,
) -> _T:
    """Call the function at a load address in the selected thread, and return what `collect` gives.

    The other threads run meanwhile, and breakpoints are hit as ever; a stop inside the call ends it.

    Args:
        target: the program.
        function: its load address.
        place: says where the arguments go.
        collect: reads the result when the function has returned, before everything is put back.
        timeout: seconds, None for no limit.
        below: a load address on the thread's stack from which on things are that are still needed, results
            of earlier calls; None where nothing but the thread's own is.

    Raises:
        EvaluationError: the call stopped for another reason; everything is put back.
        InferiorExited: the process ended in the call.

    Source: x86-64 psABI §3.2.3, parameter passing.
    """
    target.require_stopped()
    target.pause()
    thread = target.current()
    level, last_stop = target.level, target.stop
    live = thread.live
    process = target.process
    epoch = process.epoch
    # Others run meanwhile, and what an earlier call gave is written over by one that begins where it did.
    is_unseen = len(process.threads) == 1 and (below is not None or not target.has_results_on_stack)
    try:
        process.make_safe(live.tid)
        state = process.save_state(live.tid)
    except ThreadGone:
        process.kill()  # somebody else has, while it was stopped: hear of its end
        target.note_end()
        raise target.gone() from None
    home = process.auxv().get(_AT_ENTRY, 0)
    if not home:
        raise EvaluationError("cannot call: the program's entry point is not known")
    arguments = Arguments(target, below if below is not None else live.words[RSP] - RED_ZONE)
    place(arguments)
    sp = ((arguments.sp - len(arguments.stack)) & -64) - 8
    process.write(sp, home.to_bytes(8, "little") + bytes(arguments.stack))
    trap = ReturnTrap(target, live.tid, home, sp + 8)
    calling, target.calling = target.calling, live.tid
    stop = None
    result: list[_T] = []
    try:
        changed = {RSP: sp, RAX: len(arguments.vectors), ORIG_RAX: _MASK}
        changed.update(zip(CALL_ARGUMENTS, arguments.integers, strict=False))
        process.write_words(live.tid, changed)
        for number, data in enumerate(arguments.vectors):
            name = "xmm" if len(data) <= 16 else "ymm" if len(data) <= 32 else "zmm"
            thread.registers[f"{name}{number}"] = int.from_bytes(data, "little")
        live.write_word(RIP, function & _MASK)
        live.replace_signal(0)
        try:
            stop = target.family.resume(target, None, timeout)
        except StopTimeout:
            raise StopTimeout(f"the call did not return within {timeout} s, and was undone") from None
        if isinstance(stop, events.FunctionFinished) and stop.thread is thread:
            result.append(collect(thread))
    finally:
        target.calling = calling
        if process.alive and process.is_running:
            target.pause()
        is_the_caller = trap.is_set
        trap.undo()
        if process.alive and live.tid in process.threads and is_the_caller:
            process.restore_state(live.tid, state)
            target.select(live.tid)
            target.level = level
            target.stop = last_stop
            if is_unseen and len(process.threads) == 1:
                target.note_undone(epoch)
    if result:
        return result[0]
    if not process.alive:
        raise InferiorExited(f"the process ended in the call: {stop}")
    if not is_the_caller:
        raise EvaluationError(f"the call has run another program in the place of this one: {stop}")
    raise EvaluationError(f"the call was ended by another stop, and undone: {stop}")
