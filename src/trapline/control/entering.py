"""Which calls a step goes into, and where it ends in what is called."""

from __future__ import annotations

from trapline.base.address import LoadAddress
from trapline.base.errors import MemoryFault, UsageError
from trapline.base.fact import NamedTuple
from trapline.base.memory import read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.symbols import naming

if TYPE_CHECKING:
    from trapline.arch.instructions import Call
    from trapline.control.target import Target
    from trapline.symbols.functions import Function

_PLT = "@plt"


class StepTarget(NamedTuple):
    """A call that the line makes which is stopped at: `step(into=target)` goes into it and no other.

    `address` is the load address of the call; `name` what it calls, None where only running it tells.
    """

    address: int
    name: str | None


class Entrances:
    """Decides for one step."""

    def __init__(self, target: Target, chosen: StepTarget | int | str | None = None) -> None:
        """Take what the user wants.

        Args:
            target: the program.
            chosen: the one call, by its load address, or all calls of a function of that name; None: all.
        """
        if isinstance(chosen, str) and not chosen.strip():
            raise UsageError("into= needs the name of a function")
        self._target = target
        self._name = naming.parse(chosen) if isinstance(chosen, str) else None
        self._address: int | None = None
        if isinstance(chosen, StepTarget):
            self._address = chosen.address
        elif chosen is not None and not isinstance(chosen, str):
            self._address = chosen.__index__()

    def goal(self, call: Call) -> int:
        """Return where a call leads as far as that is known before it is made; else 0."""
        if call.slot:
            try:
                return read_integer(self._target.process, call.slot)
            except MemoryFault:
                return 0
        return call.target

    def may_enter(self, call: Call) -> bool:
        """Whether a call has to be looked at when it is made: it may lead to a function with lines."""
        if self._address is not None and call.address != self._address:
            return False
        goal = self.goal(call)
        return not goal or self.body(goal) is not None

    def body(self, entry: int) -> int | None:
        """Return where a step into a function ends; None where it is not wanted, or has no lines.

        Behind a PLT stub it is the function itself.
        """
        entry = self._behind_stub(entry)
        module = self._target.module_at(entry) if entry else None
        debug = module.debug if module is not None else None
        place = debug.stepped_place(LoadAddress(entry)) if debug is not None else None
        if place is None:
            return None
        functions = self._target.functions_at(entry)
        if not functions:
            return place if self._name is None else None
        return None if self.is_skipped(functions[-1]) else place

    def _behind_stub(self, entry: int) -> int:
        """Return the function that a PLT stub leads to, 0 where that is not known; else the address."""
        name = self._target.symbol_at(entry)
        if name is None or not name.name.endswith(_PLT):
            return entry
        called = name.name.removesuffix(_PLT)
        address = self._target.address_of(called)
        return 0 if address is None or self._is_chosen_late(called) else address

    def _is_chosen_late(self, name: str) -> bool:
        """Whether a function is an IFUNC, whose symbol is its resolver (KERNEL 30)."""
        return any(one.kind == "ifunc" for module in self._target.modules for one in module.lookup(name))

    def is_skipped(self, function: Function) -> bool:
        """Whether a function is not to be stepped into."""
        if self._name is not None and not function.answers_to(self._name):
            return True
        skips = self._target.skips
        if not skips:
            return False
        declared = function.declared
        return any(one.matches(function, declared.path if declared is not None else "") for one in skips)

    def name_of(self, call: Call) -> str | None:
        """Return the name of what a call leads to, None where it is not known."""
        goal = self.goal(call)
        if not goal:
            return None
        entry = self._behind_stub(goal) or goal
        functions = self._target.functions_at(entry)
        if functions:
            return functions[-1].name
        symbol = self._target.symbol_at(entry)
        return symbol.name.removesuffix(_PLT) if symbol is not None else None
