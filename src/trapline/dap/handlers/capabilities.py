"""`initialize`: what works, exactly; answered before the debugger itself is imported."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.dap.exception_filters import FILTERS
from trapline.dap.requests import NOTHING, request
from trapline.dap.session import Client

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.messages import Capabilities
    from trapline.dap.session import Session

CAPABILITIES: Capabilities = {
    "supportsConfigurationDoneRequest": True,
    "supportsFunctionBreakpoints": True,
    "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True,
    "supportsEvaluateForHovers": True,
    "supportsLogPoints": True,
    "supportTerminateDebuggee": True,
    "supportSuspendDebuggee": True,
    "supportsTerminateRequest": True,
    "supportsTerminateThreadsRequest": True,
    "supportsRestartRequest": True,
    "supportsInstructionBreakpoints": True,
    "supportsDataBreakpoints": True,
    "supportsBreakpointLocationsRequest": True,
    "supportsGotoTargetsRequest": True,
    "supportsExceptionInfoRequest": True,
    "supportsExceptionFilterOptions": True,
    "exceptionBreakpointFilters": FILTERS,
    "supportsStepInTargetsRequest": True,
    "supportsSingleThreadExecutionRequests": True,
    "supportsSetVariable": True,
    "supportsSetExpression": True,
    "supportsCompletionsRequest": True,
    "supportsClipboardContext": True,
    "supportsValueFormattingOptions": True,
    "supportsDelayedStackTraceLoading": True,
    "supportsSteppingGranularity": True,
    "supportsModulesRequest": True,
    "supportsLoadedSourcesRequest": True,
    "supportsReadMemoryRequest": True,
    "supportsWriteMemoryRequest": True,
    "supportsDisassembleRequest": True,
    "supportsCancelRequest": True,
}


@request("initialize", needs=NOTHING)
def initialize(session: Session, arguments: Arguments) -> Capabilities:
    """Learn what the client can do, and say what we can."""
    session.client = Client(arguments)
    session.later(_prepare)
    return CAPABILITIES


def _prepare() -> None:
    """Import the debugger while the client makes up its next request."""
    import trapline.inferior  # noqa: F401 - for the time that it takes, now rather than at `launch`
