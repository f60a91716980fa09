"""What an expression may use beside the frame that it is evaluated in."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.inspection.storage import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trapline.inspection.frame import Frame
    from trapline.inspection.functions import OwnFunction
    from trapline.inspection.value import Value
    from trapline.symbols.macros import Macro
    from trapline.symbols.module import Module, Symbol


class Surroundings(Program, Protocol):
    """What an expression may use beside the frame: the program and the session.

    `convenience` are the variables that the session has set, `results` the earlier results.
    """

    @property
    def convenience(self) -> dict[str, Value]:
        """The variables that the session has set, without their dollars."""
        ...

    @property
    def results(self) -> Sequence[Value]:
        """The results so far; `$1` is the first."""
        ...

    @property
    def macros(self) -> Mapping[str, Macro]:
        """The macros that the session has defined."""
        ...

    @property
    def own_functions(self) -> Mapping[str, OwnFunction]:
        """The functions that the session adds to those of expressions, without their dollars."""
        ...

    @property
    def input_radix(self) -> int:
        """What plain numbers are written to: 10."""
        ...

    def fact(self, name: str) -> Value | None:
        """Return what `$name` means of itself, such as `$_exitcode`; None where it means nothing."""
        ...

    def all_modules(self) -> Sequence[Module]:
        """Return the modules, the program first."""
        ...

    def symbol_named(self, text: str) -> Symbol:
        """Return the ELF symbol of a name, or raise SymbolNotFound."""
        ...

    def call_function(self, function: Value, arguments: Sequence[Value], below: int | None = None) -> Value:
        """Call a function in the inferior, in the selected thread.

        `below` is a load address on its stack from which on results are that the expression may still use.
        """
        ...

    def current_frame(self, level: int) -> Frame:
        """Return a frame of the selected thread as it is now."""
        ...
