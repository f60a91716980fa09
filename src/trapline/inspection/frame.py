"""One activation of a function, as the user sees it: inlined ones are frames too."""

from __future__ import annotations

from collections.abc import Iterator

from trapline.arch import x86_64
from trapline.base.errors import StaleError, UnknownRegister, UsageError, ValueUnavailable, VariableNotFound
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection.registers import named

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.inspection.activation import Activation
    from trapline.inspection.registers import Registers
    from trapline.inspection.scene import Scene
    from trapline.inspection.unwind import Stack
    from trapline.inspection.value import Value
    from trapline.inspection.variables import Variables
    from trapline.symbols.module import Module

_NUMBERS = {index: number for number, index in x86_64.DWARF_WORDS}
_THREAD_WIDE = frozenset(
    (x86_64.CS, x86_64.SS, x86_64.DS, x86_64.ES, x86_64.FS, x86_64.GS, x86_64.FS_BASE, x86_64.GS_BASE)
)
"""Words that a call does not change."""


class FrameRegisters(Handle):
    """The registers as they were in a caller's frame, named as a thread's are.

    Those that a function gives back are restored from where its callees saved them, and are assigned to
    there; those that a call may change are not known, and asking for one raises VariableNotFound.
    """

    __slots__ = ("_activation", "_stack")
    _activation: Activation
    _stack: Stack

    def __init__(self, stack: Stack, activation: Activation) -> None:
        object.__setattr__(self, "_stack", stack)
        object.__setattr__(self, "_activation", activation)

    def __getattr__(self, name: str) -> int:
        part = x86_64.GENERAL.get(name)
        if part is None:
            raise self._unknown(name)
        index, shift, mask = part
        if index in _THREAD_WIDE:
            return self._stack.registers[name]
        number = _NUMBERS.get(index)
        try:
            if number is None:
                raise ValueUnavailable("a call may change it")
            return self._stack.register(self._activation, number) >> shift & mask
        except ValueUnavailable as unavailable:
            raise self._not_saved(name, unavailable.reason) from None

    def __setattr__(self, name: str, value: Any) -> None:
        part = x86_64.GENERAL.get(name)
        if part is None:
            raise self._unknown(name)
        index, shift, mask = part
        number = _NUMBERS.get(index)
        if number is None:
            raise self._not_saved(name, "a call may change it")
        if not -(mask + 1) // 2 <= value.__index__() <= mask:
            raise UsageError(f"{value:#x} does not fit in {name} ({mask.bit_length()} bits)")
        try:
            old = self._stack.register(self._activation, number)
            new = old & ~(mask << shift) | (value.__index__() & mask) << shift
            self._stack.write_register(self._activation, number, new)
        except ValueUnavailable as unavailable:
            raise self._not_saved(name, unavailable.reason) from None

    def __getitem__(self, name: str) -> int:
        return self.__getattr__(named(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self.__setattr__(named(name), value)

    def __iter__(self) -> Iterator[str]:
        """Return the names of the general registers, in gdb's order; not all of them may be known."""
        return iter(x86_64.GENERAL_ORDER)

    def __dir__(self) -> list[str]:
        return [*x86_64.GENERAL]

    def __repr__(self) -> str:
        return f"<FrameRegisters at {self._activation.pc:#x}>"

    def _unknown(self, name: str) -> Exception:
        if name.startswith("__"):
            return AttributeError(name)
        from trapline.arch.registers import REGISTERS, near_names

        if name in REGISTERS:
            return self._not_saved(name, "a call may change it")
        near = near_names(name)
        hint = f"; near: {', '.join(near)}" if near else ""
        return UnknownRegister(f"no register named {name!r}{hint}", name=name, near=tuple(near))

    def _not_saved(self, name: str, why: str) -> VariableNotFound:
        return VariableNotFound(f"{name} is not known in this frame: {why}", name=name)


class Frame(Handle):
    """One frame of a stopped thread; it turns stale with the next resume.

    `level` is 0 for the innermost; `pc` a load address.
    """

    __slots__ = ("_activation", "_depth", "_registers", "_scene", "_stack", "epoch", "level", "pc")

    def __init__(
        self,
        stack: Stack,
        level: int,
        pc: int,
        activation: Activation | None = None,
        depth: int | None = None,
        scene: Scene | None = None,
    ) -> None:
        """Make the frame of a stack's activation; what is None for frame 0 is found when it is needed."""
        self._stack = stack
        self._activation = activation
        self._registers: FrameRegisters | None = None
        self._scene = scene
        self.level = level
        self.pc = pc
        self._depth = depth
        self.epoch = stack.epoch

    @property
    def depth(self) -> int:
        """How many inlined functions are between the innermost one at the pc and this."""
        if self._depth is None:
            self._depth = self._stack.hidden
        return self._depth

    @property
    def activation(self) -> Activation:
        """The physical frame, which inlined functions share."""
        if self._activation is None:
            self._activation = self._stack.activation(0)
            assert self._activation is not None
        return self._activation

    @property
    def scene(self) -> Scene:
        """What it has in common with all frames at the same place of code."""
        found = self._scene
        if found is None:
            found = self._scene = self._stack.scene(self.activation, self.depth)
        return found

    @property
    def stack(self) -> Stack:
        """The frames of the thread."""
        return self._stack

    @property
    def registers(self) -> Registers | FrameRegisters:
        """The registers as they were in this frame; those of the innermost one are the thread's own."""
        if self._activation is None or self._activation.index == 0:
            return self._stack.registers
        if self._registers is None:
            self._registers = FrameRegisters(self._stack, self._activation)
        return self._registers

    @property
    def cfa(self) -> int | None:
        """The canonical frame address: rsp before the call of this function; None where nothing tells it."""
        return self._stack.cfa(self.activation)

    @property
    def saved_registers(self) -> dict[str, int]:
        """Where this call keeps its caller's registers: load addresses; "rip" is the return address."""
        return self._stack.saved_registers(self.activation)

    @property
    def is_inline(self) -> bool:
        """Whether the function was inlined into its caller, which shares pc and registers."""
        return self.scene.is_inline

    @property
    def is_tail_call(self) -> bool:
        """Whether the function has given its stack to the one that it called last; only its name is left."""
        return self.activation.is_tail_call

    @property
    def is_signal_handler_call(self) -> bool:
        """Whether this is the kernel's frame between a signal handler and what it interrupted."""
        return self._stack.is_signal_frame(self.activation)

    @property
    def found_by(self) -> str:
        """How the frame was found.

        "registers" (the innermost), "call-frame information", "instructions" (what the code of its callee
        did to the stack), "frame pointer", or "guess".
        """
        return self.activation.found_by

    @property
    def function(self) -> str | None:
        """The name of the function, qualified; None when there is none."""
        return self.scene.name

    def is_named(self, name: str) -> bool:
        """Whether a user who names a function may mean this frame's: scopes, parameters may be left out."""
        function = self.scene.function
        return self.function == name or (function is not None and function.is_named(name))

    @property
    def location(self) -> SourceLocation | None:
        """Where in the source: the line that runs, or that of the call; None without line information."""
        return self.scene.location

    @property
    def is_at_line_start(self) -> bool:
        """Whether nothing of the line has run yet: gdb then leaves the address out.

        Of an inlined call the line is what called it.  A row that begins no statement is amid one.
        """
        if self.depth:
            return True
        run = self.scene.run
        return run is not None and run.start == self.pc and run.is_stmt

    @property
    def module(self) -> Module | None:
        """The module that holds the pc."""
        return self.scene.module

    @property
    def arguments(self) -> Variables:
        """The arguments by name, in order; empty where the code has no debug information."""
        from trapline.inspection.variables import arguments

        self.check()
        return arguments(self)

    @property
    def locals(self) -> Variables:
        """The local variables by name, innermost block first; empty without debug information."""
        from trapline.inspection.variables import local_variables

        self.check()
        return local_variables(self)

    def file_variables(self) -> Iterator[tuple[str, Value]]:
        """Give the variables outside functions of the file that this code is in: (qualified name, value)."""
        from trapline.inspection.variables import file_variables

        self.check()
        return file_variables(self)

    def __getitem__(self, name: str) -> Value:
        """Return the variable that a name means here: local, argument, member of `this`, static, global.

        Raises:
            VariableNotFound: there is none (also a KeyError).
        """
        from trapline.inspection import variables

        if not isinstance(name, str):
            raise TypeError(f"a variable is got by its name, not by {type(name).__name__}")
        self.check()
        return variables.find(self, name)

    def __contains__(self, name: object) -> bool:
        """Whether a name means a variable here, as `frame[name]` gets it."""
        if not isinstance(name, str):
            return False
        try:
            self[name]
        except VariableNotFound:
            return False
        return True

    __iter__ = None
    """What a name can mean here is all that the program has: `locals` and `arguments` can be listed."""

    def __setitem__(self, name: str, value: object) -> None:
        """Assign to a variable of the program: see `Value.set`."""
        self[name].set(value)

    def evaluate(self, expression: str) -> Value:
        """Return the value of an expression of the program's language, its names looked up here.

        C, C++ and Rust as they are written at gdb: variables, members, casts, calls, `$rax`, `p[0]@5`.

        Raises:
            EvaluationError: it is no expression, or cannot be computed; the message is one line.
            VariableNotFound: a name means nothing here.
        """
        self.check()
        return self._stack.space.evaluate(expression, self)

    def check(self) -> None:
        """Raise StaleError where the inferior went on since."""
        if not self._stack.space.is_now(self.epoch):
            raise StaleError("this frame is of an earlier stop; take it again from thread.frames()")

    @property
    def caller(self) -> Frame | None:
        """The frame that called this one; None for the outermost."""
        self.check()
        return self._stack.at(self.level + 1)

    def __str__(self) -> str:
        return f"#{self.level}  {self._stack.space.describe(self.pc)}"

    def __repr__(self) -> str:
        return f"<Frame {self.level} at {self._stack.space.describe(self.pc)}>"
