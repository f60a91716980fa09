"""A Linux debugger that is a Python library: launch or attach, set breakpoints, look, go on.

import trapline

with trapline.launch("./twelve") as inferior:
    main = inferior.set_breakpoint("main")
    status = inferior.run(lambda inferior, breakpoint: print(inferior.frame))
    assert status.code == 12 and main.hit_count == 1
"""

from __future__ import annotations

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
    "NotRunning",
    "NotStopped",
    "PtraceError",
    "SignalReceived",
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
    "ValueUnavailable",
    "VariableNotFound",
    "Watchpoint",
    "WatchpointHit",
    "WrongThreadError",
    "attach",
    "interact",
    "launch",
    "wait",
]


def __getattr__(name: str) -> object:
    if name == "interact":
        # The prompt is imported when it is opened; scripts that never do pay nothing for it.
        from trapline.cli.app import interact

        return interact
    raise AttributeError(f"module 'trapline' has no attribute {name!r}")
