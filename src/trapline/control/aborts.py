"""Why a program ended itself by abort(): what its C library, or its exception, says.

Source: glibc assert/assert.c, sysdeps/posix/libc_fatal.c (`__abort_msg`); libstdc++ eh_terminate.cc;
libc++abi cxa_handlers.cpp.
"""

from __future__ import annotations

import itertools

from trapline.base.errors import DebuggerError
from trapline.base.memory import read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import cxx_exceptions

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.inspection.unwind import Stack

_LONGEST = 4096  # bytes
_FRAMES = 16  # between abort() and std::terminate()
_TERMINATE = ("_ZSt9terminatev", "__cxa_throw", "__cxa_rethrow")
"""Who ends a program because of an exception; the last two may do it by code without a name."""


def reason(target: Target, thread: LiveThread) -> str:
    """Return why a thread that is stopped at its own SIGABRT raised it; "" where nothing tells."""
    try:
        said = _c_library(target)
        return said or _uncaught(target.thread(thread.tid).frames())
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


def _uncaught(stack: Stack) -> str:
    """Say with which exception `std::terminate()` was called, if it was."""
    for frame in itertools.islice(stack, _FRAMES):
        symbol = stack.space.symbol_at(frame.pc - 1)
        if symbol is not None and symbol.name in _TERMINATE:
            found = cxx_exceptions.current(stack)
            if found is None:
                return "terminate called without an active exception"
            text = f": {found.message}" if found.message is not None else ""
            return f"terminate called after throwing an instance of '{found.type}'{text}"
    return ""
