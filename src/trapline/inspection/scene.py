"""What all frames have in common whose code is at one place: function, line, module, variables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from trapline.base.address import LoadAddress
from trapline.base.errors import BadData
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.symbols.demangle import shown
from trapline.symbols.types import RUST

if TYPE_CHECKING:
    from trapline.base.location import Run, SourceLocation
    from trapline.inspection.frame import Frame
    from trapline.inspection.recipes import Recipe
    from trapline.inspection.space import Space
    from trapline.inspection.variables import Variables
    from trapline.symbols.functions import Function, Variable
    from trapline.symbols.module import Module

_REGISTERS = frozenset((*range(dw.DW_OP_reg0, dw.DW_OP_reg31 + 1), dw.DW_OP_regx))
"""Operations that name a register; nothing but a piece may follow one.  Source: DWARF 5 §2.6.1.1.3."""


class Scene:
    """One place of code in one of the functions around it, looked up as it is asked for.

    It belongs to a stack, and so to one stop: what is loaded or read later is seen at the next.
    """

    def __init__(self, space: Space, place: int, functions: Sequence[Function], depth: int) -> None:
        """Note where.

        Args:
            space: the inferior.
            place: load address inside the instruction that runs.
            functions: those around it, the innermost inlined one first; () if not known.
            depth: which of them.
        """
        self._space = space
        self._place = place
        self._functions = functions
        self.depth = depth
        self.is_inline = depth + 1 < len(functions)
        self.function: Function | None = functions[depth] if functions else None
        """The function as the debug information describes it; None where it does not."""

    @cached_property
    def module(self) -> Module | None:
        """The module that holds the code."""
        return self._space.module_at(self._place)

    @cached_property
    def name(self) -> str | None:
        """The function's name, a symbol's demangled; None where there is none."""
        if self.function is not None:
            return self.function.name or None
        symbol = self._space.symbol_at(self._place)
        return shown(symbol.name) if symbol is not None else None

    @cached_property
    def run(self) -> Run | None:
        """The line that runs, with the load addresses that came from it."""
        return self._space.run_at(self._place)

    @cached_property
    def location(self) -> SourceLocation | None:
        """The line that runs, or that of the call of an inlined function."""
        if self.depth:
            return self._functions[self.depth - 1].call_site
        return self.run.source if self.run is not None else None

    @cached_property
    def arguments(self) -> Names:
        """The parameters."""
        function = self._described
        return Names(self, [function.parameters] if function is not None else [])

    @cached_property
    def locals(self) -> Names:
        """The local variables that can be seen here."""
        function = self._described
        blocks = function.blocks_at(self.file_place) if function is not None else []
        return Names(self, [[one for one in block if not one.is_argument] for block in blocks])

    def register_at_entry(self, variable: Variable) -> bytes | None:
        """Return the expression of the register that the function got an argument in; None for no register.

        The arguments of an inlined call were passed nowhere; those of main are the system's, and as gdb
        does a line about main says them once.
        """
        if self.is_inline or not variable.is_argument or self.function is None or self.name == "main":
            return None
        try:
            expression = variable.location(self.function.entry)
        except BadData:
            return None
        return expression if expression and expression[0] in _REGISTERS else None

    @property
    def _described(self) -> Function | None:
        """The function, where the module's debug information is there to read its variables."""
        return self.function if self.module is not None and self.module.debug is not None else None

    @cached_property
    def file_place(self) -> int:
        """The file address of the place; only where there is debug information."""
        assert self.module is not None and self.module.debug is not None
        return self.module.debug.to_file(LoadAddress(self._place))


class Names:
    """Variables by block, innermost first, and those that a name means."""

    def __init__(self, scene: Scene, blocks: list[list[Variable]]) -> None:
        """Note them; how they are had is worked out for those that are asked for."""
        self._scene = scene
        self.blocks = blocks
        self._recipes: dict[Variable, Recipe | None] = {}
        self.seen: dict[str, Variable] = {}
        """Of one name the innermost.

        In one block of Rust that of the later line, which code behind both means; in C and C++ two are none
        of one block, but clang puts the statics of inner blocks behind those of the function.  Of arguments
        of a pack the last, as gdb.
        """
        is_rust = scene.function is not None and scene.function.language == RUST
        for block in blocks:
            here: dict[str, Variable] = {}
            for variable in block:
                other = here.get(variable.name)
                if other is None or variable.is_argument or (is_rust and variable.line > other.line):
                    here[variable.name] = variable
            for name, variable in here.items():
                self.seen.setdefault(name, variable)

    def brief(self, frame: Frame) -> str:
        """Return `x=6, box=...`, the variables in a frame as a line of a backtrace has them.

        What is no single number is left out, but for strings, and for what a container says of itself.

        Raises:
            StaleError: the frame is of an earlier stop.
        """
        frame.check()
        stack, activation = frame.stack, frame.activation
        pieces = []
        values: Variables | None = None
        for name, variable, recipe, register in self._heads:
            text = recipe.text(stack, activation) if recipe is not None else None
            if text is None:
                if values is None:
                    from trapline.inspection.variables import Variables

                    values = Variables(frame, self)
                text = values.brief_of(variable, register)
            pieces.append(name + text)
        return ", ".join(pieces)

    @cached_property
    def _heads(self) -> list[tuple[str, Variable, Recipe | None, bytes | None]]:
        """Those that are seen, with what is before the value of each (`x=`), and what it was passed in."""
        found: list[tuple[str, Variable, Recipe | None, bytes | None]] = []
        for name, variable in self.seen.items():
            register = self._scene.register_at_entry(variable)
            # A recipe does not know what the register held.
            recipe = self.recipe(variable) if register is None else None
            found.append((f"{name}=", variable, recipe, register))
        return found

    def recipe(self, variable: Variable) -> Recipe | None:
        """Return how a variable is had; None where each frame has to work it out."""
        try:
            return self._recipes[variable]
        except KeyError:
            from trapline.inspection.recipes import recipe

            scene = self._scene
            assert scene.function is not None
            found = self._recipes[variable] = recipe(variable, scene.function, scene.file_place)
            return found
