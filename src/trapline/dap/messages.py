"""The parts of messages that are made in more than one place, as the protocol's schema has them.

A test checks every class here against the published schema, and every message that is sent in tests.
"""

from __future__ import annotations

from trapline.base.typing import Any, NotRequired, TypedDict


class Source(TypedDict):
    """A source file: on this machine (`path`), or to be asked for (`sourceReference`)."""

    name: NotRequired[str]
    path: NotRequired[str]
    sourceReference: NotRequired[int]
    presentationHint: NotRequired[str]
    origin: NotRequired[str]


class StackFrame(TypedDict):
    """A frame; `line` and `column` are the client's, 0 where there is no source."""

    id: int
    name: str
    source: NotRequired[Source]
    line: int
    column: int
    instructionPointerReference: NotRequired[str]
    moduleId: NotRequired[int | str]
    presentationHint: NotRequired[str]


class Scope(TypedDict):
    """A group of variables of a frame."""

    name: str
    presentationHint: NotRequired[str]
    variablesReference: int
    namedVariables: NotRequired[int]
    indexedVariables: NotRequired[int]
    expensive: bool


class VariablePresentationHint(TypedDict, total=False):
    """What may be done with a variable."""

    attributes: list[str]
    lazy: bool


class Variable(TypedDict):
    """A variable, or a part of one."""

    name: str
    value: str
    type: NotRequired[str]
    presentationHint: NotRequired[VariablePresentationHint]
    evaluateName: NotRequired[str]
    variablesReference: int
    namedVariables: NotRequired[int]
    indexedVariables: NotRequired[int]
    memoryReference: NotRequired[str]


class Breakpoint(TypedDict):
    """A breakpoint as it is; not verified: it has no place yet, and `message` says why."""

    id: NotRequired[int]
    verified: bool
    message: NotRequired[str]
    source: NotRequired[Source]
    line: NotRequired[int]
    instructionReference: NotRequired[str]
    reason: NotRequired[str]


class Module(TypedDict):
    """A mapped file."""

    id: int | str
    name: str
    path: NotRequired[str]
    addressRange: NotRequired[str]


class DisassembledInstruction(TypedDict):
    """One instruction."""

    address: str
    instructionBytes: NotRequired[str]
    instruction: str
    symbol: NotRequired[str]
    location: NotRequired[Source]
    line: NotRequired[int]
    presentationHint: NotRequired[str]


class CompletionItem(TypedDict):
    """What can be written."""

    label: str
    text: NotRequired[str]
    sortText: NotRequired[str]
    type: NotRequired[str]
    start: NotRequired[int]
    length: NotRequired[int]


class Capabilities(TypedDict, total=False):
    """What works; see handlers/capabilities.py."""

    supportsConfigurationDoneRequest: bool
    supportsFunctionBreakpoints: bool
    supportsConditionalBreakpoints: bool
    supportsHitConditionalBreakpoints: bool
    supportsEvaluateForHovers: bool
    exceptionBreakpointFilters: list[dict[str, Any]]
    supportsSetVariable: bool
    supportsGotoTargetsRequest: bool
    supportsStepInTargetsRequest: bool
    supportsCompletionsRequest: bool
    supportsModulesRequest: bool
    supportsRestartRequest: bool
    supportsValueFormattingOptions: bool
    supportsExceptionInfoRequest: bool
    supportTerminateDebuggee: bool
    supportSuspendDebuggee: bool
    supportsDelayedStackTraceLoading: bool
    supportsLoadedSourcesRequest: bool
    supportsLogPoints: bool
    supportsSetExpression: bool
    supportsTerminateRequest: bool
    supportsTerminateThreadsRequest: bool
    supportsDataBreakpoints: bool
    supportsReadMemoryRequest: bool
    supportsWriteMemoryRequest: bool
    supportsDisassembleRequest: bool
    supportsCancelRequest: bool
    supportsBreakpointLocationsRequest: bool
    supportsClipboardContext: bool
    supportsSteppingGranularity: bool
    supportsInstructionBreakpoints: bool
    supportsExceptionFilterOptions: bool
    supportsSingleThreadExecutionRequests: bool
