"""The macros of a place in the program: what `#define`s before it mean, and what the session defined itself.

Only programs that were compiled with `-g3` (gcc) or `-fdebug-macro` (clang) have any.  Their tables are large
and are read when a name means nothing else: a variable hides a macro of its name, which the preprocessor
would not let it.

Source: GDB manual, Macros; DWARF 5 §6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trapline.base.address import LoadAddress
from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.symbols.types import RUST

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.macros import Definition as Definition, Macro, Place, UnitMacros, Unread

_KEYWORDS = frozenset(
    [
        "alignof",
        "auto",
        "bool",
        "char",
        "const",
        "const_cast",
        "double",
        "dynamic_cast",
        "enum",
        "false",
        "float",
        "int",
        "long",
        "nullptr",
        "operator",
        "reinterpret_cast",
        "short",
        "signed",
        "sizeof",
        "static_cast",
        "struct",
        "this",
        "true",
        "typename",
        "union",
        "unsigned",
        "void",
        "volatile",
    ]
)
"""Words that mean themselves wherever they stand."""


def define(own: dict[str, Macro], text: str) -> None:
    """Add the macro that a user writes as `NAME BODY` or `NAME(PARAMETERS) BODY`.

    Raises:
        EvaluationError: it is none.
    """
    import re

    from trapline.symbols.macros import Macro

    name = re.match(r"[^\W\d]\w*", text)
    if name is None:
        raise EvaluationError(f"a macro's name is an identifier, which {text.split()[0]!r} is not")
    rest = text[name.end() :]
    parameters = None
    if rest.startswith("("):
        inside, closing, rest = rest[1:].partition(")")
        parameters = tuple(one.strip() for one in inside.split(",")) if inside.strip() else ()
        if not closing or not all(re.fullmatch(r"([^\W\d]\w*)?(\.\.\.)?", one) and one for one in parameters):
            raise EvaluationError(
                "parameters are names with commas between them, in parentheses: F(a, b) a + b"
            )
        if len(set(parameters)) < len(parameters):
            raise EvaluationError(f"two parameters of {name[0]} have one name")
    own[name[0]] = Macro(name[0], parameters, rest.strip())


class KnownNames(Protocol):
    """What a name can mean beside a macro."""

    @property
    def language(self) -> str:
        """The language that an expression is written in."""
        ...

    def is_known(self, name: str) -> bool:
        """Whether a name means a variable, function or type that the debug information describes."""
        ...


class MacroScope:
    """What macros mean at a line.

    `source` is the line, None where none is known.
    """

    __slots__ = ("_own", "_place", "_unit", "source")

    def __init__(
        self,
        own: Mapping[str, Macro],
        debug: DebugInfo | None = None,
        address: int = 0,
        source: SourceLocation | None = None,
    ) -> None:
        """Look at a place; nothing is read.

        Args:
            own: what the session defined.
            debug: the debug information of the module that has the code.
            address: load address inside the instruction that is meant.
            source: its line.
        """
        self._own = own
        self.source = source
        self._unit: Unread | None = None
        self._place: Place | None = None
        if debug is not None and source is not None:
            self._unit = debug.macros.of(debug.to_file(LoadAddress(address)))

    @property
    def is_described(self) -> bool:
        """Whether the code was compiled with its macros recorded."""
        return self._unit is not None

    def __bool__(self) -> bool:
        """Whether there can be any macro."""
        return bool(self._own) or self._unit is not None

    @property
    def _table(self) -> UnitMacros | None:
        return self._unit.get() if self._unit is not None else None

    def _here(self, table: UnitMacros) -> Place:
        assert self.source is not None
        if self._place is None:
            self._place = table.place(self.source.path, self.source.line)
        return self._place

    def find(self, name: str) -> Macro | None:
        """Return the macro of a name, the session's own before the program's; None where it is none."""
        if name in self._own:
            return self._own[name]
        found = self.definition(name)
        return found.macro if found is not None else None

    def definition(self, name: str) -> Definition | None:
        """Return the program's definition of a name that holds here; None where there is none."""
        table = self._table
        if table is None:
            return None
        return self._special(table, name) or table.find(name, self._here(table))

    def _special(self, table: UnitMacros, name: str) -> Definition | None:
        assert self.source is not None
        bodies = {"__FILE__": f'"{self.source.path}"', "__LINE__": str(self.source.line)}
        if name not in bodies:
            return None
        from trapline.symbols.macros import Definition, Macro

        return Definition(Macro(name, None, bodies[name]), ((table.main, -1),))

    def definitions_of(self, name: str) -> list[Definition]:
        """Return every definition of a name in the file being compiled, those that do not hold here too."""
        table = self._table
        return table.all_of(name) if table is not None else []

    def definitions(self) -> Iterator[Definition]:
        """Yield every definition of the program that holds here, sorted by name."""
        table = self._table
        if table is not None:
            yield from table.at(self._here(table))

    def expand(self, text: str) -> str:
        """Return a text with all macros replaced.

        Raises:
            EvaluationError: a call of a macro is malformed, or the expansion too long.
        """
        from trapline.inspection.macro_expansion import expand

        return expand(text, self.find)

    def expression(self, text: str, names: KnownNames) -> str:
        """Return an expression with the macros replaced whose names mean nothing else.

        Raises:
            EvaluationError: a call of a macro is malformed, or the expansion too long.
        """
        if not self or names.language == RUST:
            return text
        from trapline.inspection.macro_expansion import expand

        def find(name: str) -> Macro | None:
            if name not in self._own and (name in _KEYWORDS or names.is_known(name)):
                return None
            return self.find(name)

        return expand(text, self.find, outermost=find)
