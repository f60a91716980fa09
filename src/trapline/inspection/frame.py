"""One activation of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.base.errors import StaleError, VariableNotFound

if TYPE_CHECKING:
    from trapline.inspection.unwind import Stack
    from trapline.symbols.module import Module


class FrameRegisters:
    """What is known of the registers in a caller's frame: `rip`, `rsp` and `rbp`."""

    __slots__ = ("_known",)

    def __init__(self, known: dict[str, int]) -> None:
        self._known = known

    def __getattr__(self, name: str) -> int:
        try:
            return self._known[name]
        except KeyError:
            if name.startswith("__"):
                raise AttributeError(name) from None
            raise VariableNotFound(
                f"{name} is not known in this frame: it was found by frame pointers", name=name
            ) from None

    def __getitem__(self, name: str) -> int:
        return self.__getattr__(name)


class Frame:
    """One frame of a stopped thread; it turns stale with the next resume.

    `level` is 0 for the innermost; `pc` a load address; `cfa` the canonical frame address, or None where
    it is not known.
    """

    __slots__ = ("_function", "_stack", "cfa", "epoch", "level", "pc", "registers")

    def __init__(self, stack: Stack, level: int, pc: int, cfa: int | None, registers: Any) -> None:
        self._stack = stack
        self.level = level
        self.pc = pc
        self.cfa = cfa
        self.registers = registers
        self.epoch = stack.epoch
        self._function: str | bool | None = False

    @property
    def function(self) -> str | None:
        """The name of the function, from the ELF symbols; None when there is none."""
        if self._function is False:
            # A caller's pc is behind its call, perhaps behind its last instruction.
            symbol = self._stack.space.symbol_at(self.pc - (1 if self.level else 0))
            self._function = symbol.name if symbol is not None else None
        assert not isinstance(self._function, bool)
        return self._function

    @property
    def location(self) -> None:
        """The source location: None, as line information is not read yet."""
        return None

    @property
    def is_inline(self) -> bool:
        """Whether the function was inlined into its caller."""
        return False

    @property
    def module(self) -> Module | None:
        """The module that holds the pc."""
        return self._stack.space.module_at(self.pc)

    @property
    def caller(self) -> Frame | None:
        """The frame that called this one; None for the outermost."""
        if self._stack.space.epoch != self.epoch:
            raise StaleError("this frame is of an earlier stop; take it again from thread.frames()")
        return self._stack.at(self.level + 1)

    def __str__(self) -> str:
        return f"#{self.level}  {self._stack.space.describe(self.pc)}"

    def __repr__(self) -> str:
        return f"<Frame {self.level} at {self._stack.space.describe(self.pc)}>"
