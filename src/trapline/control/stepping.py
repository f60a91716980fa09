"""Stepping by source lines: `step` goes into calls, `next` over them.

A thread is stepped by instructions while it is on its line; a call is run to its return, or into a function
that has lines to show.  A stop that the step did not cause is returned as itself.

Source: gdb's infrun.c, process_event_stop_test, for where a person expects a step to end.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trapline.arch import instructions
from trapline.base.address import LoadAddress
from trapline.base.errors import NoDebugInfo, StopTimeout, UsageError
from trapline.control import events, plans
from trapline.control.events import Stop

if TYPE_CHECKING:
    from trapline.base.location import Run
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame

_PLT = "@plt"


def step(target: Target, count: int, timeout: float | None, *, into: bool) -> Stop:
    """Run the selected thread to the beginning of another source line, `count` times.

    Args:
        target: the program.
        count: lines.
        timeout: seconds for all of it.
        into: stop at the first line of a function that the line calls, if it has lines.

    Raises:
        NoDebugInfo: where the thread is there are no lines.
        StopTimeout: the time is up; the inferior is still running, or stopped in the midst of the line.
    """
    if count < 1:
        raise UsageError("count must be at least 1")
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        target.require_stopped()
        target.level = 0
        stop = _LineStep(target, deadline, into).run()
        count -= 1
        if count == 0 or type(stop) is not events.StepFinished:
            return stop


class _LineStep:
    """One line of one thread."""

    def __init__(self, target: Target, deadline: float | None, into: bool) -> None:
        self._target = target
        self._deadline = deadline
        self._into = into
        self._thread = target.current()
        frame = self._frame()
        run = self._line(frame.pc)
        if run is None:
            where = frame.function or f"{frame.pc:#x}"
            raise NoDebugInfo(f"{where} has no line information; step_instruction() steps one instruction")
        self._run = run
        self._cfa = frame.cfa or 0
        self._depth = _inlined(frame)
        self._has_entered = False

    def _frame(self) -> Frame:
        return self._thread.frames()[0]

    def _line(self, pc: int) -> Run | None:
        module = self._target.module_at(pc)
        debug = module.debug if module is not None else None
        return debug.run_at(LoadAddress(pc)) if debug is not None else None

    def run(self) -> Stop:
        """Step until the thread is elsewhere, or something else stops it."""
        while True:
            stop = self._one()
            if type(stop) is not events.StepFinished or self._has_entered:
                return stop
            if self._run.start <= self._thread.registers.rip < self._run.end:
                continue
            ended = self._judged(stop)
            if ended is not None:
                return ended

    def _one(self) -> Stop:
        """Run one instruction, or the call that it is."""
        pc = self._thread.registers.rip
        length = instructions.is_call(self._target.process.memory_at(pc, 15))
        if not length:
            return plans.step_instruction(self._target, 1, self._left())
        returns_at, sp = pc + length, self._thread.registers.rsp
        if not self._into:
            return self._reach(returns_at, sp)
        stop = plans.step_instruction(self._target, 1, self._left())
        if type(stop) is not events.StepFinished:
            return stop
        body = self._body(self._thread.registers.rip)
        if body is None:
            return self._reach(returns_at, sp)
        self._has_entered = True
        return stop if body == self._thread.registers.rip else self._reach(body, 0)

    def _body(self, entry: int) -> int | None:
        """Return where a function's body begins that has lines; behind a PLT stub the function itself."""
        name = self._target.symbol_at(entry)
        if name is not None and name.name.endswith(_PLT):
            called = name.name.removesuffix(_PLT)
            address = self._target.address_of(called)
            if address is None or self._is_chosen_late(called):
                return None
            entry = address
        module = self._target.module_at(entry)
        debug = module.debug if module is not None else None
        place = debug.function_place(LoadAddress(entry)) if debug is not None else None
        return place.address if place is not None else None

    def _is_chosen_late(self, name: str) -> bool:
        """Whether a function is an IFUNC, whose symbol is its resolver (KERNEL 30)."""
        return any(one.kind == "ifunc" for module in self._target.modules for one in module.lookup(name))

    def _reach(self, address: int, above: int) -> Stop:
        """Run the thread to an address, in a frame that is at least as old as a stack pointer."""
        return plans.reach(self._target, address, self._thread.tid, above, self._left())

    def _judged(self, stop: Stop) -> Stop | None:
        """Return the stop with which the step ends; None to go on, through what is brought up to date."""
        while True:
            frame = self._frame()
            here = self._line(frame.pc)
            cfa = frame.cfa or 0
            if cfa > self._cfa and here is not None:
                # The function has returned, as a rule into the midst of a line: the step ends behind that.
                self._cfa, self._run, self._depth = cfa, here, _inlined(frame)
                return stop if frame.pc == here.start else None
            if cfa != self._cfa:
                # A signal handler or a jump that calls; or a caller of which nothing is to be seen.
                outer = frame.caller
                if outer is None:
                    return stop
                stop = self._reach(outer.pc, outer.registers["rsp"])
                if type(stop) is not events.StepFinished:
                    return stop
                if self._run.start <= self._thread.registers.rip < self._run.end:
                    return None
                continue
            if here is None:
                return None
            depth = _inlined(frame)
            if depth > self._depth and not self._into:
                # An inlined call is run over as any other; what follows is judged again behind it.
                self._run = self._run._replace(start=here.start, end=here.end)
                return None
            self._depth = min(depth, self._depth)
            if (here.source.path, here.source.line) == (self._run.source.path, self._run.source.line):
                self._run = here
                return None
            if frame.pc == here.start and here.is_stmt:
                return stop
            # In the midst of another line: optimized code.  The step goes on to where a statement begins,
            # and still counts as being on the line that it began on.
            self._run = self._run._replace(start=here.start, end=here.end)
            return None

    def _left(self) -> float | None:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise StopTimeout("the time is up in the midst of a step; the inferior is stopped")
        return left


def _inlined(frame: Frame) -> int:
    """Return how many calls are inlined at a frame's pc, one into another."""
    return max(0, len(frame.stack.functions(frame.activation)) - 1)
