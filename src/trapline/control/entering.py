"""Which calls a step goes into, and where it ends in what is called."""

from __future__ import annotations

from trapline.arch import stubs
from trapline.base import arguments
from trapline.base.address import LoadAddress
from trapline.base.errors import MemoryFault, UsageError
from trapline.base.fact import NamedTuple
from trapline.base.memory import read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.symbols import naming
from trapline.symbols.demangle import shown

if TYPE_CHECKING:
    from trapline.arch.flow import Call
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
            self._address = arguments.integer(chosen, "into")

    def goal(self, call: Call) -> int:
        """Return where a call leads as far as that is known before it is made; else 0."""
        return self._word(call.slot) if call.slot else call.target

    def may_enter(self, call: Call) -> bool:
        """Whether a call has to be looked at when it is made: it may lead to a function with lines."""
        if self._address is not None and call.address != self._address:
            return False
        goal = self.goal(call)
        return not goal or self.body(goal) is not None or self.bound_at(goal) != 0

    def body(self, entry: int, called: int = 0) -> int | None:
        """Return where a step into a function ends; None where it is not wanted, or has no lines.

        Behind a PLT stub it is the function itself, as far as that is known already: see `bound_at`.

        Args:
            entry: load address of its first instruction, or of a stub.
            called: the stub that has led there, where it has been left behind.
        """
        place = self._stepped_place(entry)
        if place is None:
            called, entry = entry, self._behind_stub(entry)
            place = self._stepped_place(entry) if entry != called else None
        return place if place is not None and self._is_wanted(entry, called) else None

    def _stepped_place(self, entry: int) -> int | None:
        module = self._target.module_at(entry) if entry else None
        debug = module.debug if module is not None else None
        return debug.stepped_place(LoadAddress(entry)) if debug is not None else None

    def _is_wanted(self, entry: int, stub: int) -> bool:
        """Whether a function is gone into, which was called through a PLT stub, or directly (0)."""
        functions = self._target.functions_at(entry)
        if self._name is not None and not (functions and functions[-1].answers_to(self._name)):
            symbol = self._target.symbol_at(stub) if stub else None
            if symbol is None:
                return False
            named = naming.parse(shown(symbol.name.removesuffix(_PLT)))
            if not naming.answers_to(named.components, self._name):
                return False
        return not functions or not self._is_to_be_skipped(functions[-1])

    def is_stub(self, entry: int) -> bool:
        """Whether code at an address is a PLT stub."""
        return self._slot_of(entry) != 0

    def _slot_of(self, entry: int) -> int:
        """Return the load address of the word through which a PLT stub jumps; 0 for other code."""
        return stubs.jump_slot(self._target.memory_at(entry, stubs.STUB_SIZE), entry)

    def _behind_stub(self, entry: int) -> int:
        """Return the function that a PLT stub leads to, 0 where that is not known; else the address."""
        slot = self._slot_of(entry)
        if not slot:
            return entry
        goal = self._word(slot)
        if not goal or not self._binder(goal):
            return goal
        name = self._target.symbol_at(entry)
        if name is None or not name.name.endswith(_PLT):
            return 0
        called = name.name.removesuffix(_PLT)
        return 0 if self._is_chosen_late(called) else self._target.address_of(called) or 0

    def bound_at(self, entry: int) -> int:
        """Return the jump of the dynamic linker's by which a call of a stub will reach what is bound then.

        0 where what the stub leads to is known already, by its word or by its name, and for other code.
        """
        slot = self._slot_of(entry)
        if not slot or self._behind_stub(entry):
            return 0
        binder = self._binder(self._word(slot))
        return stubs.bound_at(self._target.memory_at(binder, stubs.BINDER_SIZE), binder) if binder else 0

    def _binder(self, goal: int) -> int:
        """Return the dynamic linker's entry for binding, where an unbound stub's word leads to it; else 0."""
        memory_at = self._target.memory_at
        code = memory_at(goal, stubs.STUB_SIZE)
        head = stubs.head_of(code, goal)
        slot = stubs.binder_slot(memory_at(head, stubs.STUB_SIZE), head) if head else 0
        return self._word(slot) if slot else 0

    def _word(self, address: int) -> int:
        try:
            return read_integer(self._target.process, address)
        except MemoryFault:
            return 0

    def _is_chosen_late(self, name: str) -> bool:
        """Whether a function is an IFUNC, whose symbol is its resolver (KERNEL 30)."""
        return any(one.kind == "ifunc" for module in self._target.modules for one in module.lookup(name))

    def is_skipped(self, function: Function) -> bool:
        """Whether a function is not to be stepped into."""
        if self._name is not None and not function.answers_to(self._name):
            return True
        return self._is_to_be_skipped(function)

    def _is_to_be_skipped(self, function: Function) -> bool:
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
        symbol = self._target.symbol_at(goal)
        return symbol.name.removesuffix(_PLT) if symbol is not None else None
