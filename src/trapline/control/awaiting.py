"""Steps over an `.await` of Rust: the future that was not ready is polled again, and the step goes on there.

What returns from an async function's body in between is the executor's business, as the code of a thread
that blocks is the kernel's.
"""

from __future__ import annotations

from trapline.arch.x86_64 import RDI, RIP, RSI
from trapline.base.typing import TYPE_CHECKING
from trapline.control import events
from trapline.inspection import futures
from trapline.inspection.value import Value

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.base.address import LoadAddress
    from trapline.control.target import Target
    from trapline.inspection.unwind import Stack
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Module


class Future:
    """One future: a state machine in memory, and the load address of the code that polls it."""

    __slots__ = ("_machine", "_module", "_target", "polls")

    def __init__(self, target: Target, machine: Value, module: Module, polls: int) -> None:
        self._target = target
        self._machine = machine
        self._module = module
        self.polls = polls

    @property
    def address(self) -> int:
        """The load address of the state machine, which stays where it is as long as it lives."""
        return self._machine.place()

    @property
    def is_suspended(self) -> bool:
        """Whether it waits at an `.await` now."""
        return futures.is_suspended(Value.at(self._target, self._machine.type, self.address))

    def drops(self) -> list[LoadAddress]:
        """Return the load addresses of the code that drops it, as far as a symbol names that."""
        return self._module.drop_glue(str(self._machine.type))


def future_of(target: Target, stack: Stack, function: Function) -> Future | None:
    """Return the future whose body the innermost frame runs; None for other functions."""
    module = target.module_at(stack.innermost.pc)
    debug = module.debug if module is not None else None
    if module is None or debug is None:
        return None
    machine = futures.state_machine(stack, stack.innermost, function, module)
    if machine is None:
        return None
    return Future(target, machine, module, debug.to_load(function.entry))


class PolledAgain:
    """Stops the thread that polls or drops a future, at the first instruction of that."""

    __slots__ = ("_future", "_places", "_target", "order")

    def __init__(self, target: Target, future: Future) -> None:
        self._target = target
        self._future = future
        self._places = (future.polls, *future.drops())
        self.order = -1
        try:
            for place in self._places:
                target.sites.add(place, self)
        except BaseException:
            self.undo()
            raise

    def reached(self, thread: LiveThread) -> bool:
        """Whether it is this future; its address is behind that of a result in memory."""
        words = thread.words
        here = (words[RDI],) if words[RIP] != self._future.polls else (words[RDI], words[RSI])
        return self._future.address in here and self._target.found(thread, events.StepFinished)

    def undo(self) -> None:
        """Give the sites back."""
        for place in self._places:
            self._target.sites.drop(place, self)
