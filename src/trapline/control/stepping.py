"""Stepping by source lines: `step` goes into calls, `next` over them.

A thread runs freely inside its line: traps are at the places where the line is left, and for `step` at the
calls of functions that have lines.  Where it comes out, rules decide whether that is the place where a
person expects the step to end, or how it goes on.  An inlined call is a call: before its first instruction
the thread stands in the caller, and `step` enters it without running anything.  A stop that the step did
not cause is returned as itself.  A signal that comes meanwhile is handled in the midst of the step; `step`
after a stop by a signal goes into its handler, as gdb does, and `next` through it, as through a call.

Source: gdb 13, infrun.c, process_event_stop_test, and infcmd.c, prepare_one_step, behaviour only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from trapline.arch.x86_64 import DWARF_RSP, RIP, RSP
from trapline.base.address import LoadAddress
from trapline.base.errors import NoDebugInfo, StopTimeout
from trapline.base.fact import NamedTuple
from trapline.base.memory import read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.control import events, plans
from trapline.control.deadline import Deadline
from trapline.control.entering import Entrances, StepTarget
from trapline.control.judge import Found
from trapline.control.regions import Region
from trapline.control.ways_out import WaysOut
from trapline.inspection.inlining import hidden_calls
from trapline.symbols.types import RUST

if TYPE_CHECKING:
    from trapline.base.location import Run, SourceLocation
    from trapline.control.awaiting import Future
    from trapline.control.events import Stop
    from trapline.control.target import Target
    from trapline.inspection.frame import Frame
    from trapline.inspection.unwind import Stack
    from trapline.symbols.functions import Function

_SHORT = 30
"""Instructions that are stepped before traps are used: what these cost more."""

_DEEPEST = 256
"""Frames below a signal handler that are looked at for that of a step; as deep as that it is taken for it."""


def step(
    target: Target,
    count: int,
    timeout: float | None,
    *,
    into: bool,
    chosen: StepTarget | int | str | None = None,
) -> Stop:
    """Run the selected thread to the beginning of another source line, `count` times.

    Args:
        target: the program.
        count: lines.
        timeout: seconds for all of it.
        into: stop at the first line of a function that the line calls, if it has lines.
        chosen: the only call that is gone into, or the function of it.

    Raises:
        NoDebugInfo: where the thread is there are no lines.
        StopTimeout: the time is up; the inferior is still running, or stopped in the midst of the line.
    """

    def once(deadline: Deadline) -> Stop:
        target.level = 0
        return LineStep(target, deadline, into=into, chosen=chosen).run()

    return plans.repeated(target, count, timeout, once)


def finish(target: Target, timeout: float | None) -> Stop:
    """Run until the selected frame has returned to its caller; see `LineStep.finish` for inlined calls.

    Raises:
        EvaluationError: it has no caller, or none that can be found.
    """
    target.require_stopped()
    frame = target.current().frames()[target.level]
    if not frame.is_inline:
        return plans.finish(target, timeout)
    return LineStep(target, Deadline(timeout), into=False).finish(frame)


def until_next(target: Target, timeout: float | None) -> Stop:
    """Run as `next` does, and never backwards: a loop that is at its end is left.

    Raises:
        NoDebugInfo: where the thread is there are no lines.
    """
    target.require_stopped()
    target.level = 0
    return LineStep(target, Deadline(timeout), into=False).until()


def targets(target: Target) -> tuple[StepTarget, ...]:
    """Return the calls of the line that the selected thread is on, in order of address.

    Raises:
        NoDebugInfo: there are no lines where the thread is.
    """
    target.require_stopped()
    return LineStep(target, Deadline(None), into=True).targets()


class _Spot(NamedTuple):
    """Where a thread has come out.

    `functions` are those around the pc, the innermost inlined one first, of which `hidden` begin here and
    are not entered; `cfa` is 0 where nothing tells it.
    """

    stack: Stack
    pc: int
    cfa: int
    functions: Sequence[Function]
    hidden: int
    run: Run | None

    @property
    def function(self) -> Function | None:
        """The function that a person sees as the one that runs."""
        return self.functions[self.hidden] if self.functions else None


class LineStep:
    """One line of one thread."""

    def __init__(
        self,
        target: Target,
        deadline: Deadline,
        *,
        into: bool,
        chosen: StepTarget | int | str | None = None,
    ) -> None:
        self._target = target
        self._deadline = deadline
        self._into = into
        self._entrances = Entrances(target, chosen)
        self._thread = target.current()
        self._ways_out: WaysOut | None = None
        self._entered: Function | None = None
        """The inlined call that the step ends in, at its first instruction."""
        self._comes_back_to = 0
        """Behind the call that has just been made; 0: none has."""
        self._is_disturbed = False
        self._is_handling = False
        self._is_over = not into
        self._region = Region(target, ())
        self._cfa = 0
        self._function: Function | None = None
        self._outermost: Function | None = None
        self._future: Future | None = None
        self._is_done = False
        self._line: tuple[str, int] | None = None

    # -- the step --------------------------------------------------------------------------------

    def run(self) -> Stop:
        """Step until the thread is elsewhere, or something else stops it."""
        spot = self._look(self._thread.frames().hidden)
        if self._into and self._thread.live.pending_signal is not None:
            return self._deliver(spot)
        if self._into and spot.hidden and not self._entrances.is_skipped(spot.functions[spot.hidden - 1]):
            return self._enter_at_once(spot.functions[spot.hidden - 1])
        if spot.run is None and self._has_lines_above(spot):
            self._cfa = spot.cfa
            return self._go_on(self._return_to(spot))
        self._begin_at(spot, self._run_of(spot))
        return self._go_on(self._leave())

    def _has_lines_above(self, spot: _Spot) -> bool:
        """Whether a function without lines was called, near or far, by one that has lines.

        Not in a program without debug information: the C library's lines around it are none of its own.
        """
        program = self._target.program_module()
        if program is None or program.debug is None:
            return False
        for level in range(1, _DEEPEST):
            caller = spot.stack.activation(level)
            if caller is None:
                return False
            if self._target.run_at(caller.place) is not None:
                return True
        return False

    def _deliver(self, spot: _Spot) -> Stop:
        """Go into the handler of the signal that is pending; where it has no lines, do the step."""
        if spot.run is not None:
            self._begin_at(spot, spot.run)
        stop = self._instruction()
        if type(stop) is not events.StepFinished:
            return stop
        inside = self._look()
        interrupted = inside.stack.activation(1)
        if inside.cfa == spot.cfa or interrupted is None or not inside.stack.is_signal_frame(interrupted):
            return self._go_on(stop) if spot.run is not None else self.run()  # nothing handles it
        body = self._entrances.body(inside.pc)
        if body is not None:
            return self._go_on(self._end_at(body, stop))
        stop = self._return_to(inside, 2)
        return self.run() if type(stop) is events.StepFinished and not self._has_landed else stop

    def until(self) -> Stop:
        """Step until the thread is behind its line, or out of its function."""
        spot = self._look(self._thread.frames().hidden)
        run = self._run_of(spot)
        self._begin_at(spot, run)
        end = run.end
        while (after := self._target.run_at(end)) is not None and not after.is_stmt:
            if _line_of(after.source) != _line_of(run.source):
                break
            end = after.end  # clang ends a loop with rows that begin no statement
        start = run.start
        for first, last in self._ranges(spot.functions[-1]) if spot.functions else ():
            if first <= spot.pc < last:
                start, end = first, min(end, last)
        self._region = Region(self._target, [(start, end)])
        return self._go_on(self._leave())

    def targets(self) -> tuple[StepTarget, ...]:
        """Return the calls of the line, in order of address; see `Entrances`."""
        spot = self._look(self._thread.frames().hidden)
        self._begin_at(spot, self._run_of(spot))
        found = (StepTarget(one.address, self._entrances.name_of(one)) for one in self._region.flow.calls)
        return tuple(sorted(found))

    def _run_of(self, spot: _Spot) -> Run:
        """Return the line of a place.

        Raises:
            NoDebugInfo: it has none.
        """
        if spot.run is None:
            where = self._thread.frames()[0].function or f"{spot.pc:#x}"
            raise NoDebugInfo(f"{where} has no line information; step_instruction() steps one instruction")
        return spot.run

    def finish(self, frame: Frame) -> Stop:
        """Run until an inlined call is done, and on to where a line of its caller begins.

        The stop is FunctionFinished without a value: what an inlined call gives is nowhere to be found.
        """
        activation, depth = frame.activation, frame.depth
        functions = frame.stack.functions(activation)
        self._cfa = frame.cfa or 0
        if activation.index:
            stop = self._reach(activation.pc, activation.known[DWARF_RSP])
            if type(stop) is not events.StepFinished or self._has_landed:
                return stop
        self._function, self._outermost = functions[depth + 1], functions[-1]
        self._region = Region(self._target, self._ranges(functions[depth]))
        stop = self._go_on(self._leave())
        if type(stop) is not events.StepFinished or self._has_landed:
            return stop
        return self._made(events.FunctionFinished, value=None)

    def _made(self, kind: type[Stop], /, **fields: object) -> Stop:
        """Return a stop where the thread is, which nothing that ran has ended with."""
        target = self._target
        tid = self._thread.tid
        target.process.pass_here(tid, counted=False)
        stop = target.stop = target.family.build(Found(target, tid, kind, fields))
        return stop

    def _go_on(self, stop: Stop) -> Stop:
        """Go on from where the thread came out, until a step ends there."""
        while type(stop) is events.StepFinished:
            if self._has_landed_here():
                row = self._landed_amid()
                if row is None:
                    break
                self._ways_out, self._region = None, Region(self._target, [row])
                self._is_handling = True
                stop = self._leave()
                continue
            if self._comes_back_to:
                expected, self._comes_back_to = self._comes_back_to, 0
                if expected == self._return_address():
                    stop = self._called(stop)
                    continue
            spot = self._look()
            if not self._is_done and spot.pc in self._region and spot.cfa == self._cfa:
                stop = self._leave()
                continue
            move = None if self._is_done else self._move(spot)
            if move is None:
                break
            stop = move()
        if type(stop) is events.StepFinished:
            entered = self._entered
            self._thread.arrive(lambda function: function == entered or self._is_entered(function))
        return stop

    def _look(self, hidden: int | None = None) -> _Spot:
        stack = self._thread.frames()
        innermost = stack.innermost
        functions = stack.functions(innermost)
        pc = innermost.pc
        if hidden is None:
            hidden = hidden_calls(self._target, pc, functions, self._is_entered)
        return _Spot(stack, pc, stack.cfa(innermost) or 0, functions, hidden, self._target.run_at(pc))

    def _is_entered(self, call: Function) -> bool:
        """Whether an inlined call that begins where the thread is is the step's own, back in its handler."""
        return self._is_handling and call == self._function

    def _begin_at(self, spot: _Spot, run: Run) -> None:
        """Take the line where the thread is as the one that the step is on."""
        if not spot.hidden:
            self._take(spot, _line_of(run.source), self._rows(spot, run))
            return
        call = spot.functions[spot.hidden - 1]
        end = min(run.end, max(last for _, last in self._ranges(call)))  # its pieces are in no order
        self._take(spot, _line_of(call.call_site), [(run.start, end)])

    def _take(self, spot: _Spot, line: tuple[str, int] | None, runs: Iterable[tuple[int, int]]) -> None:
        self._cfa, self._function = spot.cfa, spot.function
        self._outermost = spot.functions[-1] if spot.functions else None
        self._is_over = not self._into
        self._future = self._future_of(spot) if self._is_over else None
        self._line = line
        self._region = Region(self._target, runs)

    def _future_of(self, spot: _Spot) -> Future | None:
        """Return the future whose own code the thread is in, if it is that of an async function."""
        if spot.hidden + 1 != len(spot.functions) or (body := spot.functions[-1]).language != RUST:
            return None
        from trapline.control.awaiting import future_of

        return future_of(self._target, spot.stack, body)

    def _rows(self, spot: _Spot, run: Run) -> list[tuple[int, int]]:
        """Return the rows of a line that are in the same function or inlined call."""
        found = [(run.start, run.end)]
        module = self._target.module_at(spot.pc)
        if module is None or module.debug is None:
            return found
        for row in module.debug.same_line(LoadAddress(spot.pc)):
            if row.start == run.start:
                continue
            functions = self._target.functions_at(row.start)
            if list(functions) == list(spot.functions) and not (
                len(functions) > 1 and hidden_calls(self._target, row.start, functions, lambda _: False)
            ):
                found.append((row.start, row.end))
        return found

    def _ranges(self, function: Function) -> list[tuple[int, int]]:
        """Return the code of a function of the place where the thread is, as load addresses."""
        module = self._target.module_at(self._thread.registers.rip)
        assert module is not None and module.debug is not None
        load = module.debug.to_load
        return [(load(start), load(end)) for start, end in function.ranges]

    # -- moving ----------------------------------------------------------------------------------

    def _leave(self) -> Stop:
        """Run until the thread is out of the region, or has made a call that may be entered."""
        thread, flow = self._thread, self._region.flow
        calls = [] if self._is_over else [call for call in flow.calls if self._entrances.may_enter(call)]
        behind = {call.address: call.address + call.length for call in calls}
        looked_at = {*flow.unknown, *behind}
        if not self._is_disturbed:
            stop = self._step_through()
            if stop is not None:
                return stop
        if thread.registers.rip not in looked_at:
            places = (*flow.leaves, *looked_at)
            frame = plans.LeaveFrame(self._target, thread.tid, places, self._cfa, thread.registers.rsp)
            is_signalled = thread.live.pending_signal is not None  # a handler may leave frames, as a call may
            stop = self._run_to([frame], calls=bool(flow.calls) or is_signalled)
            if type(stop) is not events.StepFinished or self._has_landed:
                return stop
            if thread.registers.rip not in looked_at:
                return stop
        self._comes_back_to = behind.get(thread.registers.rip, 0)
        return self._undisturbed() if self._is_disturbed else self._instruction()

    def _undisturbed(self) -> Stop:
        """Run one instruction before signals whose handlers come faster than steps are made."""
        target, live = self._target, self._thread.live
        held = live.hold_signals()
        try:
            return self._instruction()
        finally:
            runs_on = target.process.alive and target.process.is_running  # the time is up
            target.pause()
            live.release_signals(held)
            if runs_on and target.process.alive:
                target.process.go_on()

    def _step_through(self) -> Stop | None:
        """Leave a short line without a call by single steps, which need no traps; None: it is no such."""
        region, thread = self._region, self._thread
        calls = {call.address for call in region.flow.calls}
        stop = plans.step_within(
            self._target, _SHORT, lambda pc: pc not in calls and pc in region, self._left()
        )
        if stop is not None:
            return stop
        return None if thread.registers.rip in region else self._made(events.StepFinished)

    def _instruction(self) -> Stop:
        return plans.step_instruction(self._target, 1, self._left())

    def _run_to(self, goals: Iterable[plans.Plan], *, calls: bool = True) -> Stop:
        """Run until a plan is reached, or the frame is left in another way, by what is called or a signal.

        Several plans are given as they are made: where one cannot be, those before it are given up.
        """

        def watched() -> Iterator[plans.Plan]:
            yield from goals
            self._ways_out = WaysOut(self._target, self._thread.tid, self._cfa, at_once=calls)
            yield self._ways_out

        return plans.go(self._target, watched(), self._left(), self._thread.tid)

    @property
    def _has_landed(self) -> bool:
        return self._ways_out is not None and self._ways_out.landed

    def _has_landed_here(self) -> bool:
        """Whether the thread has landed where the step ends: not in what is inlined into its function."""
        if not self._has_landed:
            return False
        around = self._target.functions_at(self._thread.registers.rip)
        stack = self._thread.frames()
        is_deeper = self._function in around[1:] and stack.cfa(stack.innermost) == self._cfa
        if is_deeper:
            self._ways_out = None
        return not is_deeper

    def _landed_amid(self) -> tuple[int, int] | None:
        """Return what is left of the row that the thread has landed in; None where a line begins.

        Optimized code has the landing pad amid the row of what stands before it, by chance: the handler's own
        lines begin behind it.
        """
        pc = self._thread.registers.rip
        run = self._target.run_at(pc)
        stack = self._thread.frames()
        if run is None or run.start == pc or stack.cfa(stack.innermost) != self._cfa:
            return None
        return pc, run.end

    def _reach(self, address: int, above: int) -> Stop:
        """Run the thread to an address, in a frame that is at least as old as a stack pointer."""
        return self._run_to([self._arrival(address, above)])

    def _arrival(self, address: int, above: int) -> plans.Plan:
        return plans.ReachAddress(self._target, address, tid=self._thread.tid, above=above)

    def _return_to(self, spot: _Spot, level: int = 1) -> Stop:
        """Run until a caller goes on; the outermost runs on."""
        caller = spot.stack.activation(level)
        if caller is None:
            return plans.go(self._target, (), self._left(), self._thread.tid)
        return self._reach(caller.pc, caller.known[DWARF_RSP])

    # -- calls -----------------------------------------------------------------------------------

    def _called(self, stop: Stop) -> Stop:
        """Go into the function that has just been called, or to its return."""
        words = self._thread.live.words
        called, sp = words[RIP], words[RSP]
        body = self._entrances.body(called)
        if body is None and (bound_at := self._entrances.bound_at(called)):
            places = (bound_at, sp), (self._return_address(), sp + 8)
            stop = self._run_to(self._arrival(*place) for place in places)
            if type(stop) is not events.StepFinished or self._thread.registers.rip != bound_at:
                return stop
            stop = self._instruction()
            if type(stop) is not events.StepFinished:
                return stop
            body = self._entrances.body(self._thread.registers.rip, called)
        if body is None:
            return self._reach(self._return_address(), sp + 8)
        return self._end_at(body, stop)

    def _return_address(self) -> int:
        """Return where the function goes back to at whose first instruction the thread is."""
        return read_integer(self._target.process, self._thread.registers.rsp)

    def _end_at(self, body: int, stop: Stop) -> Stop:
        """End the step where a function's body begins."""
        self._is_done = True
        if body == self._thread.registers.rip:
            return stop
        plan = plans.ReachAddress(self._target, body, tid=self._thread.tid)
        return self._run_to([plan], calls=False)

    def _enter_at_once(self, call: Function) -> Stop:
        """End the step in an inlined call at whose first instruction the thread is: nothing runs."""
        self._thread.arrive(lambda function: function == call)
        return self._made(events.StepFinished)

    # -- where it came out -----------------------------------------------------------------------

    def _move(self, spot: _Spot) -> Callable[[], Stop] | None:
        """Return how the step goes on from a place; None where it ends."""
        if spot.stack.is_signal_frame(spot.stack.innermost):
            return self._instruction
        if self._future is not None and spot.cfa > self._cfa and self._future.is_suspended:
            return self._polled_again
        if spot.cfa != self._cfa:
            handled = self._from_below(spot)
            if handled is not None:
                return handled
        if spot.run is None:
            if not self._is_over and self._entrances.is_stub(spot.pc):
                return lambda: self._called(self._made(events.StepFinished))  # a call that is the last thing
            if spot.functions and spot.cfa == self._cfa and spot.functions[-1] == self._outermost:
                return self._next_instruction  # code of no line amid the function
            return lambda: self._return_to(spot)
        if spot.cfa == self._cfa and spot.functions:
            if spot.function == self._function and spot.hidden:
                return self._at_inlined_call(spot.functions[spot.hidden - 1])
            if self._function in spot.functions[spot.hidden + 1 :]:
                return self._in_inlined_call(spot)
        return self._at_line(spot, spot.run)

    def _from_below(self, spot: _Spot) -> Callable[[], Stop] | None:
        """Return the way back from a frame that the step's own called; None where it is none of those."""
        caller = spot.stack.activation(1)
        if caller is None:
            return None
        if spot.stack.is_signal_frame(caller):
            if not self._is_above(spot):
                return None
            self._is_disturbed = True
            return lambda: self._return_to(spot, 2)
        if spot.stack.cfa(caller) != self._cfa:
            return None
        if self._into:
            body = self._entrances.body(spot.pc)
            if body is not None:
                return lambda: self._end_at(body, self._made(events.StepFinished))
        return lambda: self._return_to(spot)

    def _is_above(self, spot: _Spot) -> bool:
        """Whether a handler has interrupted the step: its frame, or one that it called, is below."""
        for level in range(2, _DEEPEST):
            below = spot.stack.activation(level)
            if below is None:
                return False
            if spot.stack.cfa(below) == self._cfa:
                return True
        return True

    def _next_instruction(self) -> Stop:
        return plans.next_instruction(self._target, 1, self._left())

    def _polled_again(self) -> Stop:
        """Go on where an async function that waits at an `.await` is polled again, by whichever thread."""
        from trapline.control.awaiting import PolledAgain

        future, self._future = self._future, None
        assert future is not None
        stop = plans.go(self._target, [PolledAgain(self._target, future)], self._left())
        if type(stop) is not events.StepFinished:
            return stop
        self._thread = self._target.current()
        spot = self._look()
        if spot.pc != future.polls:
            return self._return_to(spot)  # it has been dropped
        self._future, self._cfa = future, spot.cfa
        entry = self._rows(spot, spot.run) if spot.run is not None else []
        self._region = Region(self._target, [*self._region.runs, *entry])
        return self._leave()

    def _at_inlined_call(self, call: Function) -> Callable[[], Stop] | None:
        is_here = _line_of(call.call_site) == self._line
        if not self._into:
            return self._through(call) if is_here else None
        if is_here:
            if self._entrances.is_skipped(call):
                return self._through(call)
            self._entered = call
        return None

    def _in_inlined_call(self, spot: _Spot) -> Callable[[], Stop] | None:
        inner = spot.functions[spot.functions.index(self._function) - 1]
        if self._into and not self._entrances.is_skipped(inner):
            return None
        return self._through(inner)

    def _through(self, call: Function) -> Callable[[], Stop]:
        """Run through an inlined call, as over any other."""
        self._region = Region(self._target, self._ranges(call))
        self._is_over = True
        return self._leave

    def _at_line(self, spot: _Spot, run: Run) -> Callable[[], Stop] | None:
        is_same = spot.cfa == self._cfa and spot.function == self._function
        if spot.pc == run.start and _line_of(run.source) != self._line:
            if run.is_stmt:
                return None
            self._take(spot, self._line if is_same else None, [(run.start, run.end)])
        else:
            # In the midst of a line: it is run to its end.
            runs = [(run.start, run.end)] if spot.hidden else self._rows(spot, run)
            self._take(spot, _line_of(run.source), runs)
        return self._leave

    def _left(self) -> float | None:
        left = self._deadline.left()
        if left is not None and left <= 0:
            raise StopTimeout("the time is up in the midst of a step; the inferior is stopped")
        return left


def _line_of(source: SourceLocation | None) -> tuple[str, int] | None:
    return (source.path, source.line) if source is not None else None
