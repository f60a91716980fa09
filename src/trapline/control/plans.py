"""Plans: how one thread reaches a goal over several stops.

A plan owns the sites that it needs, says which hits of them are its own, and takes everything back when
it ends, reached or not.
"""

from __future__ import annotations

from trapline.arch import instructions
from trapline.arch.x86_64 import DWARF_RSP, RSP
from trapline.base import arguments
from trapline.base.errors import EvaluationError, LocationError, MemoryFault
from trapline.base.typing import TYPE_CHECKING, Any, Protocol
from trapline.control import binding, events
from trapline.control.breakpoints import Breakpoint
from trapline.control.deadline import Deadline, seconds
from trapline.control.judge import PLANNED, Found
from trapline.control.sites import OfThread
from trapline.symbols import locspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from trapline.backend.process import LiveThread
    from trapline.control.events import Stop
    from trapline.control.target import Target
    from trapline.control.threads import Thread
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value


_STRIDE = 1000
"""Steps after which time and interrupts are looked at."""


class ReachAddress(OfThread):
    """Stop one thread at an address, in a frame that is at least as old as `above`.

    `above` is a stack pointer: a hit with a lower one belongs to a deeper call (recursion) and goes on.
    Any thread may reach it when `tid` is None.  `result` reads what a function that has just returned in a
    thread gave; with it the stop is FunctionFinished.
    """

    __slots__ = ("_above", "_address", "_result", "_target", "order")

    def __init__(
        self,
        target: Target,
        address: int,
        *,
        tid: int | None,
        above: int = 0,
        result: Callable[[Thread], Value] | None = None,
    ) -> None:
        self._target = target
        self._address = address
        self.tid = tid
        self._above = above
        self._result = result
        self.order = -1
        target.sites.add(address, self)

    def reached(self, thread: LiveThread) -> bool:
        """Whether this hit is the goal."""
        if self.tid is not None and thread.tid != self.tid:
            return False
        words = thread.words
        if words[RSP] < self._above:
            return False
        target = self._target
        if self._result is None:
            return target.found(thread, events.StepFinished)
        return target.found(thread, events.FunctionFinished, value=self._result(target.thread(thread.tid)))

    def undo(self) -> None:
        """Give the site back."""
        self._target.sites.drop(self._address, self)


class Plan(Protocol):
    """What brings one thread somewhere: an owner of sites."""

    def undo(self) -> None:
        """Give the sites back."""
        ...


class LeaveFrame(OfThread):
    """Stop one thread at one of several addresses, in one frame: not in another call of the function.

    The frame is known by its canonical frame address, or, where none can be told there, by a stack pointer
    that is not below `sp`.
    """

    __slots__ = ("_addresses", "_cfa", "_sp", "_target", "order")

    def __init__(self, target: Target, tid: int, addresses: Iterable[int], cfa: int, sp: int) -> None:
        self._target = target
        self.tid = tid
        self._cfa = cfa
        self._sp = sp
        self.order = -1
        self._addresses: list[int] = []
        for address in addresses:
            try:
                target.sites.add(address, self)
            except MemoryFault:
                continue  # a branch that would fault
            except LocationError:
                self.undo()
                raise
            self._addresses.append(address)

    def reached(self, thread: LiveThread) -> bool:
        """Whether this hit is in the frame."""
        if thread.tid != self.tid:
            return False
        stack = self._target.thread(thread.tid).frames()
        cfa = stack.cfa(stack.innermost) if self._cfa else None
        if cfa != self._cfa if cfa is not None else thread.words[RSP] < self._sp:
            return False
        return self._target.found(thread, events.StepFinished)

    def undo(self) -> None:
        """Give the sites back."""
        for address in self._addresses:
            self._target.sites.drop(address, self)


def go(target: Target, plans: Iterable[Plan], timeout: float | None, tid: int = 0) -> Stop:
    """Resume until a plan is reached or another stop comes first; the plans end either way.

    Where one of several cannot be made, those before it end too: give them as they are made.  `tid` is the
    thread that they are for: its end, or another program in its place, is a stop.
    """
    timeout = seconds(timeout)
    former, target.planned = target.planned, tid
    made: list[Plan] = []
    try:
        for plan in plans:
            made.append(plan)  # noqa: PERF402  # each is known before the next may fail
        return target.family.resume(target, None, timeout)
    finally:
        target.planned = former
        for plan in made:
            plan.undo()


class Stepping:
    """The time of a verb that steps, which is what `scheduler_locking = "step"` is about."""

    __slots__ = ("_former", "_target")

    def __init__(self, target: Target) -> None:
        self._target = target
        self._former = False

    def __enter__(self) -> None:
        self._former, self._target.is_stepping = self._target.is_stepping, True

    def __exit__(self, *_: object) -> None:
        self._target.is_stepping = self._former


def step_instruction(target: Target, count: int, timeout: float | None) -> Stop:
    """Run `count` instructions of the selected thread; another stop on the way is returned instead."""
    count = arguments.count(count, "count", 1)
    family = target.family
    deadline = Deadline(timeout)
    with family.guard, Stepping(target):
        while True:
            under_way = False
            if count > 1:
                done, under_way = family.stride(target, min(count - 1, _STRIDE))
                count -= done
            if not under_way:
                family.step(target)
            stop = family.wait([target], deadline.left())
            count -= 1
            if count == 0 or type(stop) is not events.StepFinished:
                return stop


def step_within(
    target: Target, limit: int, within: Callable[[int], bool], timeout: float | None
) -> Stop | None:
    """Run instructions of the selected thread alone, up to `limit`, as long as its pc is `within`.

    None when nothing else has happened: the thread is outside, or has to be brought on in another way.
    """
    family = target.family
    with family.guard:
        _, under_way = family.stride(target, limit, within)
        if not under_way:
            return None
        stop = family.wait([target], timeout)
    return None if type(stop) is events.StepFinished else stop


def repeated(target: Target, count: int, timeout: float | None, once: Callable[[Deadline], Stop]) -> Stop:
    """Do a step `count` times, within one time for all; another stop on the way is returned instead."""
    count = arguments.count(count, "count", 1)
    deadline = Deadline(timeout)
    with Stepping(target):
        while True:
            target.require_stopped()
            stop = once(deadline)
            count -= 1
            if count == 0 or type(stop) is not events.StepFinished:
                return stop


def next_instruction(target: Target, count: int, timeout: float | None) -> Stop:
    """As `step_instruction`, but a call runs to its return."""
    from trapline.control.ways_out import WaysOut

    def once(deadline: Deadline) -> Stop:
        thread = target.current()
        pc = thread.registers.rip
        length = instructions.is_call(target.process.memory_at(pc, 15))
        if not length:
            return step_instruction(target, 1, deadline.left())
        stack = thread.frames()

        def plans() -> Iterator[Plan]:
            yield ReachAddress(target, pc + length, tid=thread.tid, above=thread.registers.rsp)
            yield WaysOut(target, thread.tid, stack.cfa(stack.innermost) or 0)

        return go(target, plans(), deadline.left(), thread.tid)

    return repeated(target, count, timeout, once)


def finish(target: Target, timeout: float | None) -> Stop:
    """Run until the selected frame has returned to its caller.

    Raises:
        EvaluationError: it has no caller, or none that can be found.
    """
    target.require_stopped()
    from trapline.control.ways_out import WaysOut

    thread = target.current()
    frames = thread.frames()
    caller = frames.at(target.level + 1)
    while caller is not None and caller.is_tail_call:
        caller = caller.caller  # nothing comes back to that one
    if caller is None:
        raise EvaluationError(f"cannot finish the outermost frame ({frames.reason})")
    pc, above, cfa = caller.pc, caller.registers["rsp"], caller.cfa or 0
    result = _result_reader(target, frames[target.level])

    def plans() -> Iterator[Plan]:
        yield ReachAddress(target, pc, tid=thread.tid, above=above, result=result)
        yield WaysOut(target, thread.tid, cfa)

    return arrived(go(target, plans(), timeout, thread.tid))


def arrived(stop: Stop) -> Stop:
    """Show a stop of ours as a person sees it: inlined calls that begin there are not entered."""
    if type(stop) in PLANNED and stop.thread is not None:
        stop.thread.arrive(lambda _: False)
    return stop


def _result_reader(target: Target, frame: Frame) -> Callable[[Thread], Value]:
    """Return what reads a function's result: by its type, or rax where nothing tells that."""
    from trapline.control import typed_calls
    from trapline.inspection.value import Value

    type_ = typed_calls.result_type(frame)

    def read(thread: Thread) -> Value:
        try:
            return typed_calls.returned(target, thread, type_)
        except (EvaluationError, MemoryFault) as error:
            return Value.missing(target, type_, str(error))

    return read


def until(target: Target, addresses: list[int], timeout: float | None) -> Stop:
    """Run the selected thread to one of the addresses, or to the end of the selected frame.

    An address in the frame's own function is reached in that frame only, not in another call of it.

    Raises:
        LocationError: there is no address.
    """
    target.require_stopped()
    if not addresses:
        raise LocationError("the location has no address yet")
    thread = target.current()
    frame = thread.frames()[target.level]
    own = [address for address in addresses if _is_in_function(target, frame, address)]

    def plans() -> Iterator[Plan]:
        for address in addresses:
            if address not in own:
                yield ReachAddress(target, address, tid=thread.tid)
        yield LeaveFrame(target, thread.tid, own, frame.cfa or 0, thread.registers.rsp)
        yield from _end_of(target, frame)

    return arrived(go(target, plans(), timeout, thread.tid))


def _is_in_function(target: Target, frame: Frame, address: int) -> bool:
    """Whether an address is in the function of a frame, calls inlined into it included."""
    functions = frame.stack.functions(frame.activation)
    if functions:
        there = target.functions_at(address)
        return bool(there) and there[-1] == functions[-1]
    return target.symbol_at(address) == target.symbol_at(frame.activation.place) is not None


def _end_of(target: Target, frame: Frame) -> Iterator[Plan]:
    """Give what stops the thread where a frame is left, by returning or not; nothing for the outermost."""
    from trapline.control.ways_out import WaysOut

    stack, tid = frame.stack, frame.stack.live.tid
    caller = stack.returns_to(frame.activation)
    if caller is not None:
        yield ReachAddress(target, caller.pc, tid=tid, above=caller.known[DWARF_RSP])
        yield WaysOut(target, tid, stack.cfa(caller) or 0)


def advance(
    target: Target,
    location: Any,
    timeout: float | None,
    *,
    within_frame: bool = False,
    pending: bool = False,
) -> Stop:
    """Run to a location in any frame; one that a library may bring is waited for.

    With `within_frame` the end of the selected frame is a stop too; with `pending` anything is waited for.

    Raises:
        LocationError: nothing has it, nor is known to bring it.
    """
    target.require_stopped()
    thread = target.current()
    awaited = Awaited(target, location)
    addresses = [place.address for place in binding.resolve(target, awaited)]
    if addresses:
        awaited.deleted = True

        def plans() -> Iterator[Plan]:
            for address in addresses:
                yield ReachAddress(target, address, tid=thread.tid)
            if within_frame:
                yield from _end_of(target, thread.frames()[target.level])

        return arrived(go(target, plans(), timeout, thread.tid))
    refusal = None if pending else binding.hopeless(target, awaited)
    if refusal is not None:
        awaited.deleted = True
        raise refusal
    target.breakpoints[0] = awaited
    try:
        return arrived(target.family.resume(target, None, timeout))
    finally:
        awaited.delete()


class Awaited(Breakpoint):
    """The goal of an `advance` to what is not loaded yet: a breakpoint that the user never sees."""

    __slots__ = ()

    def __init__(self, target: Target, location: Any) -> None:
        super().__init__(target, 0, location, locspec.parse(location))
        self.was_bound = True  # no warning: the caller is told by the stop

    def passed(self) -> bool:
        """Stop, as a step does."""
        target = self._target
        target.family.found = Found(target, target.hit_tid, events.StepFinished, {})
        return True
