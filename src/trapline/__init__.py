"""A Linux debugger that is a Python library: launch or attach, set breakpoints, look, go on.

import trapline

with trapline.launch("./twelve") as inferior:
    main = inferior.set_breakpoint("main")
    status = inferior.run(lambda inferior, breakpoint: print(inferior.frame))
    assert status.code == 12 and main.hit_count == 1
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.base.address import Mapping
    from trapline.base.errors import (
        ArgumentError,
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
    from trapline.cli.app import interact
    from trapline.control.breakpoints import Breakpoint
    from trapline.control.catchpoints import Catchpoint
    from trapline.control.entering import StepTarget
    from trapline.control.events import (
        Aborting,
        BreakpointHit,
        ExceptionThrown,
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
        WatchpointChange,
        WatchpointEnded,
        WatchpointHit,
    )
    from trapline.control.locations import Location
    from trapline.control.skips import Skip
    from trapline.control.threads import Thread
    from trapline.control.watchpoints import Watchpoint
    from trapline.handle import State
    from trapline.inferior import DEVNULL, PIPE, STDOUT, Inferior, attach, launch, wait
    from trapline.inspection.frame import Frame
    from trapline.inspection.printers import Printer, printer
    from trapline.inspection.unwind import Stack
    from trapline.inspection.value import Value
    from trapline.symbols.module import Module, Symbol

__version__ = "0.1.0"

__all__ = [
    "DEVNULL",
    "PIPE",
    "STDOUT",
    "Aborting",
    "ArgumentError",
    "AttachError",
    "BadData",
    "Breakpoint",
    "BreakpointHit",
    "Catchpoint",
    "DebuggerError",
    "EvaluationError",
    "ExceptionThrown",
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
    "Skip",
    "SourceLocation",
    "Stack",
    "StaleError",
    "State",
    "StepFinished",
    "StepTarget",
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
    "WatchpointChange",
    "WatchpointEnded",
    "WatchpointHit",
    "WrongThreadError",
    "attach",
    "interact",
    "launch",
    "printer",
    "wait",
]


_PLACES = {
    "trapline.base.address": "Mapping",
    "trapline.base.errors": (
        "ArgumentError AttachError BadData DebuggerError EvaluationError InferiorExited LaunchError "
        "LocationError MemoryFault NoDebugInfo NoSource NotRunning NotStopped PtraceError StaleError "
        "StopTimeout StoppedEarly SymbolNotFound ThreadGone UnboundBreakpointWarning UnknownRegister "
        "UsageError ValueUnavailable VariableNotFound WrongThreadError"
    ),
    "trapline.base.location": "SourceLocation",
    "trapline.cli.app": "interact",
    "trapline.control.breakpoints": "Breakpoint",
    "trapline.control.catchpoints": "Catchpoint",
    "trapline.control.entering": "StepTarget",
    "trapline.control.events": (
        "Aborting BreakpointHit ExceptionThrown Execed ExitStatus Exited Forked FunctionFinished Interrupted "
        "LibraryLoaded SignalReceived StepFinished Stop SyscallEntry SyscallReturn ThreadExited "
        "ThreadStarted WatchpointChange WatchpointEnded WatchpointHit"
    ),
    "trapline.control.locations": "Location",
    "trapline.control.skips": "Skip",
    "trapline.control.threads": "Thread",
    "trapline.control.watchpoints": "Watchpoint",
    "trapline.handle": "State",
    "trapline.inferior": "DEVNULL Inferior PIPE STDOUT attach launch wait",
    "trapline.inspection.frame": "Frame",
    "trapline.inspection.printers": "Printer printer",
    "trapline.inspection.unwind": "Stack",
    "trapline.inspection.value": "Value",
    "trapline.symbols.module": "Module Symbol",
}
"""Where the names are defined.  They are imported when the first is used: a server for editors answers its
first request before it needs any, and scripts pay for what they use."""

_MODULES = {name: module for module, names in _PLACES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        import gc

        # Modules stay: looking for garbage among them would be a twentieth of the time.
        is_collecting = gc.isenabled()
        gc.disable()
        try:
            module = __import__(_MODULES[name], fromlist=[name])
        finally:
            if is_collecting:
                gc.enable()
        found = globals()[name] = getattr(module, name)
        return found
    raise AttributeError(f"module 'trapline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
