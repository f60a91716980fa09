"""Functions and files that the user does not want to step into."""

from __future__ import annotations

from trapline.base import arguments
from trapline.base.errors import UsageError
from trapline.base.handles import Handle
from trapline.base.patterns import is_pattern
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

    from trapline.control.target import Target
    from trapline.symbols.functions import Function

_WILD = frozenset("*?[")


class Skip(Handle):
    """A wish that `step` runs through functions: those of a name, those of a file, or those of both.

    `function` is a name (scopes, parameters and template arguments may be left out) or a `re.Pattern`
    that is found in the name; `file` a path, its last components, or a pattern with `*`, `?` or `[`.
    """

    __slots__ = ("_target", "deleted", "enabled", "file", "function", "id")

    def __init__(
        self, target: Target, number: int, function: str | re.Pattern[str] | None, file: str | None
    ) -> None:
        if not function and not file:
            raise UsageError("a skip needs a function or a file")
        if function and not is_pattern(function):
            arguments.text(function, "function")
        if file:
            arguments.text(file, "file")
        self._target = target
        self.id = number
        self.function = function
        self.file = file
        self.enabled = True
        self.deleted = False

    def __repr__(self) -> str:
        return f"<Skip {self.id} {self}>"

    def __str__(self) -> str:
        """`function f`, `functions like ^get_`, `file a.c`, `files like *.h`, or two of these."""
        parts = []
        if self.function and not isinstance(self.function, str):
            parts.append(f"functions like {self.function.pattern}")
        elif self.function:
            parts.append(f"function {self.function}")
        if self.file:
            parts.append(f"files like {self.file}" if self.is_glob else f"file {self.file}")
        return " in ".join(parts)

    @property
    def is_glob(self) -> bool:
        """Whether `file` is a pattern."""
        return self.file is not None and bool(_WILD & set(self.file))

    def delete(self) -> None:
        """Forget it."""
        self._target.owner.check()
        self.deleted = True
        if self in self._target.skips:
            self._target.skips.remove(self)

    def matches(self, function: Function, path: str) -> bool:
        """Whether it is in force for a function whose source is in the file of a path."""
        if not self.enabled:
            return False
        if self.function is not None:
            if not isinstance(self.function, str):
                if not self.function.search(function.signature):
                    return False
            elif not function.is_named(self.function):
                return False
        return self.file is None or self._is_in(path)

    def _is_in(self, path: str) -> bool:
        assert self.file is not None
        if self.is_glob:
            import fnmatch

            name = path if "/" in self.file else path.rpartition("/")[2]
            return fnmatch.fnmatchcase(name, self.file)
        return path == self.file or path.endswith("/" + self.file.lstrip("/"))
