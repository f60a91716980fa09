"""A place in a source file: what an address means to the person who wrote the code."""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.record import Record
from trapline.base.typing import Any, ClassVar


class SourceLocation(Record):
    """A line of a source file.

    `path` is absolute where the compiler said so much, and may name a file that is not on this machine;
    `line` and `column` count from 1, `column` is 0 where the compiler gave none.  `name` is the path as
    the compiler was given it, for display.  Pickles; equal when path, line and column are.
    """

    __slots__ = ("_name", "column", "line", "path")
    __match_args__: ClassVar[tuple[str, ...]] = ("path", "line", "column")
    path: str
    line: int
    column: int
    _name: str

    def __init__(self, path: str, line: int, column: int = 0, name: str = "") -> None:
        """Keep the parts; `name` is the path itself where none is given."""
        super().__init__(path=path, line=line, column=column, _name=name or path)

    @property
    def name(self) -> str:
        """The path as the compiler was given it: `src/main.c`."""
        return self._name

    def at(self, line: int) -> SourceLocation:
        """Return another line of the same file."""
        return SourceLocation(self.path, line, 0, self._name)

    def __str__(self) -> str:
        """`src/main.c:12`, or `src/main.c:12:5` where the column is known."""
        column = f":{self.column}" if self.column else ""
        return f"{self._name}:{self.line}{column}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fields."""
        return SourceLocation, (self.path, self.line, self.column, self._name)


class Place(NamedTuple):
    """An address at which to stop, and the line that is shown for it; None leaves that to be looked up.

    `address` is a load address in the process, a file address in what reads files.
    """

    address: int
    source: SourceLocation | None = None


class Run(NamedTuple):
    """A run of addresses that came from one line: `start` inclusive, `end` exclusive, as `Place` has them.

    `is_stmt` says that a statement of the line begins at `start`.
    """

    start: int
    end: int
    source: SourceLocation
    is_stmt: bool = True


class Compilation(NamedTuple):
    """How a source file was compiled.

    `name` is the path that the compiler was given, `directory` where it ran, `producer` its own words,
    `language` a name such as "c" or "c++", `version` that of DWARF.  `has_macros` says whether macros are
    recorded (`-g3`).
    """

    name: str
    directory: str
    producer: str
    language: str
    version: int
    has_macros: bool = False
