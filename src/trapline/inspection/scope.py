"""Where an expression is evaluated: what its names mean, as the evaluator asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.inspection.type_names import Types

if TYPE_CHECKING:
    from trapline.base.errors import VariableNotFound
    from trapline.inspection.functions import OwnFunction
    from trapline.inspection.storage import Program
    from trapline.inspection.value import Value
    from trapline.symbols.types import StructType


class Scope(Types, Protocol):
    """Where an expression is evaluated: a frame, or the whole program where there is none."""

    @property
    def program(self) -> Program:
        """The program around the values."""
        ...

    @property
    def language(self) -> str:
        """The language that the expression is written in."""
        ...

    def variable(self, name: str, scope: str | None = None) -> Value | None:
        """Return the variable, enumerator or member of `this` that a name means; None for none.

        Args:
            name: as written, perhaps qualified.
            scope: the file or function that it is looked up in, where one was written.
        """
        ...

    def functions(self, name: str) -> Sequence[Value]:
        """Return the functions that a name means, as values of their types."""
        ...

    def at_entry(self, name: str) -> Value:
        """Return what a parameter was when its function was entered; optimized out where nobody knows.

        Raises:
            EvaluationError: it is no parameter.
        """
        ...

    def methods_of(self, struct: StructType, name: str) -> Sequence[Value]:
        """Return the member functions of a class that has no name, and so no qualified name leads to them."""
        ...

    @property
    def own_functions(self) -> Mapping[str, OwnFunction]:
        """The functions that the session adds to `inspection.functions`, by their names without dollars."""
        ...

    def callers(self) -> Iterator[str | None]:
        """Give the names of the functions of the frame and of its callers, outwards; None for no name.

        Raises:
            EvaluationError: there is no frame.
        """
        ...

    def convenience(self, name: str) -> Value:
        """Return `$name`: a register, or a variable of the session; void when it was never set."""
        ...

    def set_convenience(self, name: str, value: Value) -> None:
        """Set `$name`."""
        ...

    def history(self, number: int, is_relative: bool) -> Value:
        """Return an earlier result; see `tree.History`."""
        ...

    def call(self, function: Value, arguments: Sequence[Value]) -> Value:
        """Call a function in the inferior.

        Raises:
            EvaluationError: calls are not allowed here, or it did not come back.
        """
        ...

    def is_temporary(self, value: Value) -> bool:
        """Whether a value is the result of a call in this expression, which nothing else refers to."""
        ...

    def not_found(self, name: str) -> VariableNotFound:
        """Return the error for a name that means nothing here, near names in it."""
        ...
