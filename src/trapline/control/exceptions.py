"""Catchpoints on exceptions and panics: they wait in the language's runtime.

Imported with the first one.
"""

from __future__ import annotations

import re

from trapline.arch.x86_64 import RCX, RDI, RDX, RSI
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import events
from trapline.control.catch_places import Happens, PlacedCatchpoint
from trapline.inspection import cxx_exceptions, rust_panics
from trapline.symbols.locspec import PatternSpec, SymbolSpec

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.base.location import SourceLocation
    from trapline.symbols.locspec import Spec

_PANIC = re.compile(r"^(_RNv\w*___rustc10)?rust_panic$")
_PANIC_BEGINS = re.compile(r"^_(RNv|ZN)\w*3std9panicking\d+(rust_)?panic_with_hook")
PANIC = "panic"


class ExceptionCatchpoint(PlacedCatchpoint):
    """A wish to hear of C++ exceptions ("throw", "rethrow", "catch") or Rust panics ("panic").

    `names` are regular expressions of which one must be found in the exception's type, or in the panic's
    message.
    """

    __slots__ = ("_began",)

    def _waits(self) -> list[tuple[Spec, Happens]]:
        self._began: dict[int, SourceLocation | None] = {}
        if self.kind == PANIC:
            return [
                (_exactly(_PANIC, b"rust_panic"), self._panics),
                (_exactly(_PANIC_BEGINS, b"panic_with_hook"), self._begins),
            ]
        return [(SymbolSpec(_FUNCTIONS[self.kind], is_exact=True), self._happens)]

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
        if not self.wants_text(found.type):
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
        if not self.wants_text(message or ""):
            return False
        return self._reported(thread, type=PANIC, message=message, source=source)

    def _reported(self, thread: LiveThread, **fields: Any) -> bool:
        return self.happened(thread, events.ExceptionThrown, kind=self.kind, **fields)


_FUNCTIONS = {"throw": "__cxa_throw", "rethrow": "__cxa_rethrow", "catch": "__cxa_begin_catch"}
_FOREIGN = cxx_exceptions.Thrown("<foreign exception>", None, 0)
"""One that another language threw, or of which nothing is known."""


def _exactly(pattern: re.Pattern[str], needle: bytes) -> Spec:
    return PatternSpec(pattern, is_exact=True, needle=needle)
