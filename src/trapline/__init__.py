"""A Linux debugger that is a Python library: launch or attach, set breakpoints, look, go on.

import trapline

with trapline.launch("./twelve") as inferior:
    main = inferior.set_breakpoint("main")
    status = inferior.run(lambda inferior, breakpoint: print(inferior.frame))
    assert status.code == 12 and main.hit_count == 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trapline.base.address import Mapping
from trapline.base.errors import (
    AttachError,
    BadData,
    DebuggerError,
    EvaluationError,
    InferiorExited,
    LaunchError,
    LocationError,
    MemoryFault,
    NoDebugInfo,
    NoSource,
    NotRunning,
    NotStopped,
    PtraceError,
    StaleError,
    StoppedEarly,
    StopTimeout,
    SymbolNotFound,
    ThreadGone,
    UnboundBreakpointWarning,
    UnknownRegister,
    UsageError,
    ValueUnavailable,
    VariableNotFound,
    WrongThreadError,
)
from trapline.base.location import SourceLocation
from trapline.control.breakpoints import Breakpoint, Location
from trapline.control.catchpoints import Catchpoint
from trapline.control.events import (
    BreakpointHit,
    Execed,
    Exited,
    ExitStatus,
    Forked,
    FunctionFinished,
    Interrupted,
    LibraryLoaded,
    SignalReceived,
    StepFinished,
    Stop,
    SyscallEntry,
    SyscallReturn,
    ThreadExited,
    ThreadStarted,
    WatchpointHit,
)
from trapline.control.threads import Thread
from trapline.control.watchpoints import Watchpoint
from trapline.inferior import DEVNULL, PIPE, STDOUT, Inferior, State, attach, launch, wait
from trapline.inspection.frame import Frame
from trapline.inspection.unwind import Stack
from trapline.symbols.module import Module, Symbol

if TYPE_CHECKING:
    from trapline.cli.app import interact
    from trapline.inspection.printers import Printer, printer
    from trapline.inspection.value import Value

__version__ = "0.1.0"

__all__ = [
    "DEVNULL",
    "PIPE",
    "STDOUT",
    "AttachError",
    "BadData",
    "Breakpoint",
    "BreakpointHit",
    "Catchpoint",
    "DebuggerError",
    "EvaluationError",
    "Execed",
    "ExitStatus",
    "Exited",
    "Forked",
    "Frame",
    "FunctionFinished",
    "Inferior",
    "InferiorExited",
    "Interrupted",
    "LaunchError",
    "LibraryLoaded",
    "Location",
    "LocationError",
    "Mapping",
    "MemoryFault",
    "Module",
    "NoDebugInfo",
    "NoSource",
    "NotRunning",
    "NotStopped",
    "Printer",
    "PtraceError",
    "SignalReceived",
    "SourceLocation",
    "Stack",
    "StaleError",
    "State",
    "StepFinished",
    "Stop",
    "StopTimeout",
    "StoppedEarly",
    "Symbol",
    "SymbolNotFound",
    "SyscallEntry",
    "SyscallReturn",
    "Thread",
    "ThreadExited",
    "ThreadGone",
    "ThreadStarted",
    "UnboundBreakpointWarning",
    "UnknownRegister",
    "UsageError",
    "Value",
    "ValueUnavailable",
    "VariableNotFound",
    "Watchpoint",
    "WatchpointHit",
    "WrongThreadError",
    "attach",
    "interact",
    "launch",
    "printer",
    "wait",
]


_LATER = {
    "interact": "trapline.cli.app",
    "Printer": "trapline.inspection.printers",
    "Value": "trapline.inspection.value",
    "printer": "trapline.inspection.printers",
}
"""Names whose modules are imported when they are first used; scripts that never do pay nothing for them."""


def __getattr__(name: str) -> object:
    if name in _LATER:
        import importlib

        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module 'trapline' has no attribute {name!r}")
