"""What the names of an expression can mean at a place in the code, before anything runs there.

A condition is checked where it will be evaluated: a name that nothing has there is refused at once, as gdb
does.  Values are not read; there is no frame to read them in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trapline.base.address import LoadAddress
from trapline.base.errors import DebuggerError, EvaluationError, VariableNotFound
from trapline.base.typing import TYPE_CHECKING, Protocol, TypeVar
from trapline.inspection.language import tree
from trapline.inspection.language.parser import parse
from trapline.inspection.macros import MacroScope
from trapline.inspection.names import FrameScope, plain
from trapline.inspection.surroundings import Surroundings
from trapline.inspection.type_names import builtin
from trapline.inspection.value import Value
from trapline.symbols.types import CPP, RUST, C

if TYPE_CHECKING:
    from trapline.inspection.language.tree import Node
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Module


class Code(Surroundings, Protocol):
    """The program and the session, as for expressions, and what code is where.  Load addresses."""

    def module_at(self, address: int) -> Module | None:
        """Return the module that holds an address."""
        ...

    def functions_at(self, address: int) -> Sequence[Function]:
        """Return the functions around an address, the innermost inlined one first; () if not known."""
        ...


class CodeNames:
    """The names that can be seen from a load address: `language.parser.Names` without a frame.

    `function` is the function there, None where the debug information has none; `language` is what an
    expression is written in there.
    """

    __slots__ = ("_around", "_module", "_place", "_program", "function", "language")

    def __init__(self, around: Code, address: int, depth: int = 0) -> None:
        """Look at a place.

        Args:
            around: the program and the session.
            address: inside the instruction that is meant.
            depth: how many inlined functions there are between the innermost and the one that is meant.
        """
        functions = around.functions_at(address)
        self._around = around
        self._place = address
        self._module = around.module_at(address)
        self.function = functions[depth] if depth < len(functions) else None
        self.language = self.function.language if self.function is not None else C
        self._program = FrameScope(
            around, None, self.language, module=self._module, function=self.function, place=address
        )

    def parse(self, text: str) -> Node:
        """Return the tree of an expression all of whose names mean something here.

        Raises:
            EvaluationError: it is no expression, or a name means nothing here.
        """
        found = parse(plain(self._around, text, self), self, self.language)
        for name in names_in(found):
            if name.scope is None and not self.is_variable(name.text) and not self._is_function(name.text):
                raise EvaluationError(self._not_found(name.text))
        for call in _parts_of(found, tree.Call):
            self._check_call(call)
        return found

    def _check_call(self, call: tree.Call) -> None:
        """Refuse a call of a convenience function that there is not, or with other arguments than it takes.

        Raises:
            EvaluationError: it is such a one.
        """
        if not isinstance(call.function, tree.Variable):
            return
        from trapline.inspection import functions

        name = call.function.name
        if functions.is_function(name, self._around.own_functions):
            functions.check(name, len(call.arguments))
        elif name not in self._around.convenience:
            functions.refuse_unknown(name)

    @property
    def macros(self) -> MacroScope:
        """The macros that hold at the place's line."""
        debug = self._debug
        source = debug.row_at(LoadAddress(self._place)) if debug is not None else None
        return MacroScope(self._around.macros, debug, self._place, source)

    def is_known(self, name: str) -> bool:
        """Whether a name means something that is described: what only the linker knows a macro may hide."""
        return self._is_local(name) or self._program.is_known(name)

    def uses_locals(self, node: Node) -> bool:
        """Whether a tree has names that mean something only while the function here runs."""
        return any(name.scope is None and self._is_local(name.text) for name in names_in(node))

    # -- what the parser asks --------------------------------------------------------------------

    def is_type(self, name: str) -> bool:
        """Whether a name means a type, and no variable hides it."""
        if builtin(name, self.language) is not None:
            return True
        if "<" not in name and self.is_variable(name):
            return False
        return self._program.find_type(name) is not None

    def is_template(self, name: str) -> bool:
        """Whether `name<...>` can be a type or function of the program."""
        if self.language not in (CPP, RUST) or self.is_variable(name):
            return False
        return self._program.is_template(name)

    # -- what a name can mean --------------------------------------------------------------------

    def is_variable(self, name: str) -> bool:
        """Whether a name means a variable, enumerator or member of `this` here."""
        return self._is_local(name) or self._program.variable(name) is not None

    def _is_function(self, name: str) -> bool:
        return bool(self._program.functions(name))

    def _is_local(self, name: str) -> bool:
        return any(name == known for known in self._locals()) or self._is_of_object(name)

    def _locals(self) -> Iterator[str]:
        """Give the names of the arguments and variables whose scope the place is in."""
        function, debug = self.function, self._debug
        if function is None or debug is None:
            return
        for block in (function.parameters, *function.blocks_at(debug.to_file(LoadAddress(self._place)))):
            for variable in block:
                yield variable.name

    def _is_of_object(self, name: str) -> bool:
        """Whether a name is a member of the object that the function here works on."""
        this = self.function.object if self.function is not None else None
        if this is None:
            return False
        try:
            Value.constant(self._around, this.type, bytes(8)).member(name)
        except VariableNotFound:
            return False
        except DebuggerError:
            return True  # it is one, and where it lies only an object tells: one of a virtual base
        return True

    @property
    def _debug(self) -> DebugInfo | None:
        return self._module.debug if self._module is not None else None

    def _not_found(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name, dict.fromkeys(self._locals()), 3)
        hint = f" Near: {', '.join(near)}." if near else ""
        return f'No symbol "{name}" in current context.{hint}'


def names_in(node: object) -> Iterator[tree.Name]:
    """Give every name in a tree that stands for a variable or function."""
    return _parts_of(node, tree.Name)


_Part = TypeVar("_Part")


def _parts_of(node: object, kind: type[_Part]) -> Iterator[_Part]:
    """Give every part of a tree that is of one kind."""
    if isinstance(node, kind):
        yield node
    if isinstance(node, tuple):
        for part in node:
            yield from _parts_of(part, kind)
    else:
        for field in getattr(node, "__match_args__", ()):
            yield from _parts_of(getattr(node, field), kind)
