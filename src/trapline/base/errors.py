"""Every exception that trapline raises on purpose.

Split by whose fault it is; anything else that escapes is a bug of ours.

    DebuggerError
      UsageError                  the caller's: the state or the argument is wrong
        NotStopped                the inferior runs, and this needs it stopped
        NotRunning                the inferior is stopped, and this needs it running
        InferiorExited            there is no process any more
        StaleError                a frame, value or thread of an earlier stop
        WrongThreadError          a call from a thread (or a forked process) that is not the owner
        LocationError             a breakpoint location that means nothing
          SymbolNotFound          also LookupError
        VariableNotFound          also KeyError
          UnknownRegister         also AttributeError
        ArgumentError             also ValueError: an argument that no call could mean
        EvaluationError           an expression, or a call in the inferior, that failed
      LaunchError, AttachError    also OSError: errno and filename as fields
      MemoryFault                 the inferior's: an address that it has not mapped
      ThreadGone                  a thread that ended meanwhile
      PtraceError                 also OSError: the kernel refused a request
      ValueUnavailable            a value that is optimized out or unreadable
      BadData                     a file's: broken ELF or DWARF
      NoDebugInfo                 an absence: nothing to read it from
      NoSource                    a source file that is not on this machine
      StopTimeout                 also TimeoutError: the inferior is still running
      StoppedEarly                a callback asked to stop during `run()`
"""

from __future__ import annotations

import os

from trapline.base.handles import Handle
from trapline.base.typing import Any


class DebuggerError(Exception):
    """Base of everything that trapline raises on purpose; `str()` is one clear line."""


class UsageError(DebuggerError):
    """The call does not fit the state, or an argument is wrong."""


class NotStopped(UsageError):
    """The inferior is running and the call needs it stopped."""


class NotRunning(UsageError):
    """The inferior is stopped and the call needs it running."""


class ArgumentError(UsageError, ValueError):
    """An argument of the right type has a value that means nothing: a size below 0, a name with a NUL."""


class InferiorExited(UsageError):
    """The process is gone: exited, killed or detached."""


class StaleError(UsageError):
    """A frame, value or thread of an earlier stop was asked for something it has not read."""


class WrongThreadError(UsageError):
    """The call came from a thread or a process that does not own the inferior.

    Source: ptrace(2): requests are answered only for the thread that attached.
    """


class LocationError(UsageError):
    """A breakpoint location that names no place where code can be stopped."""


class SymbolNotFound(LocationError, LookupError):
    """No module has the symbol.

    `.name` is what was asked for and `.near` a tuple of names that look like it.
    """

    def __init__(self, message: str, *, name: str = "", near: tuple[str, ...] = ()) -> None:
        """Keep the name and its neighbours beside the message."""
        super().__init__(message)
        self.name = name
        self.near = near


class VariableNotFound(UsageError, KeyError):
    """No variable or register of that name; `.name` and `.near` as in `SymbolNotFound`."""

    def __init__(self, message: str, *, name: str = "", near: tuple[str, ...] = ()) -> None:
        """Keep the name and its neighbours beside the message."""
        super().__init__(message)
        self.name = name
        self.near = near

    def __str__(self) -> str:
        """Return the message itself, where KeyError would quote it."""
        return str(self.args[0])


class UnknownRegister(VariableNotFound, AttributeError):  # type: ignore[misc]  # both have a str `name`
    """No register of that name; also AttributeError, as registers are attributes."""


class EvaluationError(UsageError):
    """An expression cannot be evaluated, or a call in the inferior did not come back."""


class _SystemError(DebuggerError, OSError):
    def __init__(self, message: str, *, errno: int = 0, filename: str | None = None) -> None:
        super().__init__(message)
        self.errno = errno
        self.filename = filename
        self.strerror = os.strerror(errno) if errno else message
        self.message = message

    def __str__(self) -> str:
        return self.message


class LaunchError(_SystemError):
    """The program was not started; `.errno` and `.filename` say why, no process is left."""


class AttachError(_SystemError):
    """The process was not attached to; `.errno` says why, the message what to do."""


class PtraceError(_SystemError):
    """The kernel refused a request on a live thread."""


class MemoryFault(DebuggerError):
    """A byte of the inferior's memory cannot be read or written.

    `.address` is the first such byte (a load address) and `.size` the number of bytes asked for.
    """

    def __init__(self, address: int, size: int = 1, action: str = "read") -> None:
        """Name the first byte that failed."""
        super().__init__(f"cannot {action} memory at {address:#x}")
        self.address = address
        self.size = size
        self.action = action

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fields."""
        return type(self), (self.address, self.size, self.action)


class ThreadGone(DebuggerError):
    """A thread ended before the request; `.tid` is its kernel id."""

    def __init__(self, tid: int) -> None:
        """Name the thread."""
        super().__init__(f"thread {tid} has ended")
        self.tid = tid

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the field."""
        return type(self), (self.tid,)


class ValueUnavailable(DebuggerError):
    """A value that has no location here or could not be read; `.reason` says which."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class BadData(DebuggerError):
    """A file contradicts its format.

    `.file`, `.section` and `.offset` (bytes from the section's start, or from the file's where
    `.section` is empty) say where.
    """

    def __init__(self, what: str, *, file: str = "", section: str = "", offset: int | None = None) -> None:
        """Build one line: file, section, offset, what is wrong."""
        place = ": ".join(part for part in (file, section) if part)
        at = f" at offset {offset:#x}" if offset is not None else ""
        super().__init__(f"{place}{at}: {what}" if place or at else what)
        self.what = what
        self.file = file
        self.section = section
        self.offset = offset


class NoDebugInfo(DebuggerError):
    """The module has nothing that answers the question (stripped, or built without -g)."""


class NoSource(DebuggerError):
    """A source file cannot be read.

    `.path` is its path as the debug information has it, `.tried` the paths where it was looked for,
    `.reason` what is wrong with it in a few words.
    """

    def __init__(
        self, message: str, *, path: str = "", tried: tuple[str, ...] = (), reason: str = ""
    ) -> None:
        """Keep the paths and the reason beside the message."""
        super().__init__(message)
        self.path = path
        self.tried = tried
        self.reason = reason


class StopTimeout(DebuggerError, TimeoutError):
    """The time given ran out; the inferior is still running, unless it was a call's: that is undone."""


class StoppedEarly(Handle, DebuggerError):
    """A callback's true result ended `run()` before the exit; `.stop` is where."""

    def __init__(self, stop: Any) -> None:
        """Keep the stop."""
        super().__init__(f"stopped before the exit: {stop}")
        self.stop = stop


class UnboundBreakpointWarning(UserWarning):
    """A breakpoint never found its place before the inferior exited."""
