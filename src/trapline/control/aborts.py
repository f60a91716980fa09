"""Why a program ends itself by abort(): what its C library, or its exception, says; catchpoints on that.

Source: glibc assert/assert.c, sysdeps/posix/libc_fatal.c (`__abort_msg`); libstdc++ eh_terminate.cc,
debug/assertions.h; libc++abi cxa_handlers.cpp; Rust's library/std.
"""

from __future__ import annotations

import functools
import itertools
import os

from trapline.arch.x86_64 import RCX, RDI, RDX, RIP, RSI
from trapline.base.errors import DebuggerError
from trapline.base.location import SourceLocation
from trapline.base.memory import read_c_string, read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.control import events
from trapline.control.catch_places import Happens, PlacedCatchpoint
from trapline.inspection import cxx_exceptions
from trapline.symbols.locspec import SymbolSpec

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.inspection.unwind import Stack
    from trapline.symbols.locspec import Spec

_LONGEST = 4096  # bytes
_FRAMES = 16  # between abort() and std::terminate()
_TERMINATE = ("_ZSt9terminatev", "__cxa_throw", "__cxa_rethrow")
"""Who ends a program because of an exception; the last two may do it by code without a name."""
_IN_RUST = (
    ("9panicking16panic_in_cleanup", "panic in a destructor during cleanup"),
    ("9panicking19panic_cannot_unwind", "panic in a function that cannot unwind"),
    ("5alloc18handle_alloc_error", "memory allocation failed"),
    ("__rust_start_panic", "a panic ends the program, which was built with panic=abort"),
    ("9panicking15panic_with_hook", "a panic that cannot unwind"),
    ("9panicking20rust_panic_with_hook", "a panic that cannot unwind"),
    ("7process5abort", "std::process::abort() was called"),
)
"""Parts of mangled names of what leads to the end of a Rust program; the first that is there says why.

Source: library/core/src/panicking.rs, library/std/src/panicking.rs; the first two texts are Rust's own."""


def reason(target: Target, thread: LiveThread) -> str:
    """Return why a thread that is stopped at its own SIGABRT raised it; "" where nothing tells."""
    try:
        said = _c_library(target)
        return said or _by_frames(target.thread(thread.tid).frames())
    except DebuggerError:
        return ""  # a damaged stack, a library that is not what it seems: there is the signal all the same


def _c_library(target: Target) -> str:
    """Return what glibc kept for the debugger: a failed assertion, a smashed stack, malloc's complaint."""
    place = target.address_of("__abort_msg")
    kept = read_integer(target.process, place) if place is not None else 0
    if not kept:
        return ""
    # A length in bytes of everything, then the text.
    text = target.memory_at(kept + 4, _LONGEST).partition(b"\0")[0]
    return " ".join(text.decode("utf-8", "backslashreplace").split())


def _by_frames(stack: Stack) -> str:
    """Say what the functions say that lead to the end: `std::terminate()`, or those of a panic."""
    symbols = [stack.space.symbol_at(frame.pc - 1) for frame in itertools.islice(stack, _FRAMES)]
    names = [symbol.name for symbol in symbols if symbol is not None]
    if any(name in _TERMINATE for name in names):
        return _uncaught(stack)
    return next((why for part, why in _IN_RUST if any(part in name for name in names)), "")


def _uncaught(stack: Stack) -> str:
    """Say with which exception `std::terminate()` was called."""
    found = cxx_exceptions.current(stack)
    if found is None:
        return "terminate called without an active exception"
    text = f": {found.message}" if found.message is not None else ""
    return f"terminate called after throwing an instance of '{found.type}'{text}"


_ABORT = "abort"
_REPORTERS = {
    "__assert_fail": (RDI, RSI, RDX, RCX),
    "__assert_perror_fail": (RDI, RSI, RDX, RCX),
    "_ZSt21__glibcxx_assert_failPKciS0_S0_": (RCX, RDI, RSI, RDX),
}
"""Who reports a failed assertion: where it has the expression, the file, the line and the function."""
_ERRNO = "__assert_perror_fail"
"""What it has for an expression is an error number that should have been 0."""
_LINE_MASK = 0xFFFFFFFF


class AbortCatchpoint(PlacedCatchpoint):
    """A wish to hear that the program is about to end itself: "abort", or "assert" for assertions.

    `names` are regular expressions of which one must be found in the stop's `reason`.
    """

    __slots__ = ()

    def _waits(self) -> list[tuple[Spec, Happens]]:
        if self.kind == "abort":
            return [(SymbolSpec(_ABORT, is_exact=True), self._aborts)]
        return [
            (SymbolSpec(name, is_exact=True), functools.partial(self._asserts, name)) for name in _REPORTERS
        ]

    def _aborts(self, thread: LiveThread) -> bool:
        if not self._is_in(thread, _ABORT):
            return False
        why = reason(self._target, thread)
        return self.wants_text(why) and self.happened(thread, events.Aborting, kind=self.kind, reason=why)

    def _asserts(self, name: str, thread: LiveThread) -> bool:
        if not self._is_in(thread, name):
            return False
        expression, file, line, function = (thread.words[one] for one in _REPORTERS[name])
        asserted = os.strerror(expression & _LINE_MASK) if name == _ERRNO else self._text(expression)
        path, within = self._text(file), self._text(function)
        source = SourceLocation(path, line & _LINE_MASK) if path else None
        place = f"{source.name}:{source.line}: " if source is not None else ""
        where = f"{place}{within}: " if within else place
        failed = f"Unexpected error: {asserted}." if name == _ERRNO else f"Assertion `{asserted}' failed."
        why = where + failed
        return self.wants_text(why) and self.happened(
            thread,
            events.Aborting,
            kind=self.kind,
            reason=why,
            expression=asserted,
            source=source,
            function=within,
        )

    def _is_in(self, thread: LiveThread, name: str) -> bool:
        """Whether a thread is where the symbol table has a name: not in a method that is called so, too."""
        address = thread.words[RIP]
        module = self._target.module_at(address)
        return module is not None and any(
            module.to_load(symbol.address) == address for symbol in module.lookup(name)
        )

    def _text(self, address: int) -> str | None:
        """Return the text at a load address of the program; None where there is none."""
        try:
            raw = read_c_string(self._target.process, address, _LONGEST) if address else b""
        except DebuggerError:
            return None
        return raw.decode("utf-8", "backslashreplace") or None
