"""Catchpoints on exceptions and panics: sites in the language's runtime, pending until it is loaded.

Imported with the first one.
"""

from __future__ import annotations

import re

from trapline.arch.x86_64 import RCX, RDI, RDX, RSI
from trapline.base.errors import UsageError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import events
from trapline.control.breakpoints import Breakpoint
from trapline.control.catchpoints import Catchpoint
from trapline.inspection import cxx_exceptions, rust_panics
from trapline.symbols.locspec import PatternSpec, SymbolSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.backend.process import LiveThread
    from trapline.base.location import SourceLocation
    from trapline.control.breakpoints import Callback
    from trapline.control.target import Target
    from trapline.symbols.locspec import Spec

_PANIC = re.compile(r"^(_RNv\w*___rustc10)?rust_panic$")
_PANIC_BEGINS = re.compile(r"^_(RNv|ZN)\w*3std9panicking\d+(rust_)?panic_with_hook")
PANIC = "panic"


class _Site(Breakpoint):
    """Where the runtime says that something happens; nobody sees it but its catchpoint."""

    __slots__ = ("_happens",)

    def __init__(
        self, target: Target, spec: Spec, happens: Callable[[LiveThread], bool], enabled: bool
    ) -> None:
        super().__init__(target, 0, "", spec, enabled=enabled)
        self._happens = happens

    def passed(self) -> bool:
        """Let the catchpoint decide."""
        target = self._target
        return self._happens(target.process.threads[target.hit_tid])


class ExceptionCatchpoint(Catchpoint):
    """A wish to hear of C++ exceptions ("throw", "rethrow", "catch") or Rust panics ("panic").

    `names` are regular expressions of which one must be found in the exception's type, or in the panic's
    message.
    """

    __slots__ = ("_began", "_patterns", "sites")

    def __init__(
        self,
        target: Target,
        number: int,
        kind: str,
        names: tuple[Any, ...],
        callback: Callback | None,
        *,
        temporary: bool = False,
        enabled: bool = True,
    ) -> None:
        super().__init__(target, number, kind, names, callback, temporary=temporary)
        self._enabled = enabled
        self._patterns = [_compiled(name) for name in names]
        self._began: dict[int, SourceLocation | None] = {}
        if kind == PANIC:
            wanted = [(_exactly(_PANIC), self._panics), (_exactly(_PANIC_BEGINS), self._begins)]
        else:
            spec: Spec = SymbolSpec(_FUNCTIONS[kind], is_exact=True)
            wanted = [(spec, self._happens)]
        self.sites = tuple(_Site(target, spec, happens, enabled) for spec, happens in wanted)

    def enable(self) -> None:
        """Put it in force."""
        super().enable()
        for site in self.sites:
            site.enable()

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        super().disable()
        for site in self.sites:
            site.disable()

    def delete(self) -> None:
        """Forget it."""
        super().delete()
        for site in self.sites:
            site.delete()

    def copy_to(self, target: Target) -> ExceptionCatchpoint:
        """Return the copy that a fork child starts with."""
        twin = ExceptionCatchpoint(
            target,
            self.id,
            self.kind,
            self.names,
            self.callback,
            temporary=self.temporary,
            enabled=self._enabled,
        )
        twin.ignore_count = self.ignore_count
        for site in twin.sites:
            target.bind(site)
        return twin

    # -- what happens ----------------------------------------------------------------------------

    def _happens(self, thread: LiveThread) -> bool:
        """A C++ exception is thrown, thrown again or caught: read it, and decide."""
        target, words = self._target, thread.words
        match self.kind:
            case "throw":
                found = cxx_exceptions.thrown(target, words[RSI], words[RDI])
            case "catch":
                caught = cxx_exceptions.caught(target, words[RDI])
                found = caught if caught is not None else _FOREIGN
            case _:
                current = cxx_exceptions.current(target.thread(thread.tid).frames())
                found = current if current is not None else _FOREIGN
        if not self._wants(found.type):
            return False
        return self._reported(thread, type=found.type, message=found.message, address=found.address or None)

    def _begins(self, thread: LiveThread) -> bool:
        """A panic begins: keep where; which argument says it has changed over the years."""
        words = thread.words
        candidates = [words[RDX], words[RCX], words[RSI]]
        self._began[thread.tid] = rust_panics.location(self._target, candidates)
        return False

    def _panics(self, thread: LiveThread) -> bool:
        """A panic has told its message to the hook and is about to unwind."""
        words = thread.words
        message = rust_panics.message(self._target, words[RDI], words[RSI])
        source = self._began.pop(thread.tid, None)
        if not self._wants(message or ""):
            return False
        return self._reported(thread, type=PANIC, message=message, source=source)

    def _wants(self, text: str) -> bool:
        return not self._patterns or any(pattern.search(text) for pattern in self._patterns)

    def _reported(self, thread: LiveThread, **fields: Any) -> bool:
        self.hit_count += 1
        target = self._target
        found = target.family.found
        is_told = found is not None and found.kind is events.ExceptionThrown
        if is_told and self.callback is None and not self.ignore_count:
            return True  # another catchpoint of the same event has said so
        return target.caught(self, thread, events.ExceptionThrown, kind=self.kind, catchpoint=self, **fields)


_FUNCTIONS = {"throw": "__cxa_throw", "rethrow": "__cxa_rethrow", "catch": "__cxa_begin_catch"}
_FOREIGN = cxx_exceptions.Thrown("<foreign exception>", None, 0)
"""One that another language threw, or of which nothing is known."""


def _exactly(pattern: re.Pattern[str]) -> Spec:
    return PatternSpec(pattern, is_exact=True)


def _compiled(name: object) -> re.Pattern[str]:
    """Return the pattern of a name that a catchpoint was given.

    Raises:
        UsageError: it is no regular expression.
    """
    if isinstance(name, re.Pattern) and isinstance(name.pattern, str):
        return name
    if not isinstance(name, str):
        raise UsageError(f"{name!r}: exceptions are narrowed by regular expressions of their types")
    try:
        return re.compile(name)
    except re.error as error:
        raise UsageError(f"{name!r} is no regular expression: {error}") from None
