"""What a client can ask to stop at, beside breakpoints: `exceptionBreakpointFilters`."""

from __future__ import annotations

from trapline.base.typing import Any

SIGNALS = "signals"
_TYPES = "A regular expression that is looked for in the type's name"
_LIBRARIES = "A regular expression that is looked for in the library's path"

FILTERS: list[dict[str, Any]] = [
    {
        "filter": "throw",
        "label": "C++: throw",
        "description": "Stop where an exception is thrown",
        "supportsCondition": True,
        "conditionDescription": _TYPES,
    },
    {
        "filter": "rethrow",
        "label": "C++: rethrow",
        "description": "Stop where an exception is thrown again",
        "supportsCondition": True,
        "conditionDescription": _TYPES,
    },
    {
        "filter": "catch",
        "label": "C++: catch",
        "description": "Stop where an exception is caught",
        "supportsCondition": True,
        "conditionDescription": _TYPES,
    },
    {
        "filter": "panic",
        "label": "Rust: panic",
        "description": "Stop where a thread panics",
        "default": True,
        "supportsCondition": True,
        "conditionDescription": "A regular expression that is looked for in the message",
    },
    {
        "filter": "assert",
        "label": "Failed assertion",
        "description": "Stop where an assertion fails, before the program ends itself",
        "supportsCondition": True,
        "conditionDescription": "A regular expression that is looked for in what was asserted",
    },
    {
        "filter": "abort",
        "label": "abort()",
        "description": "Stop where abort() is called",
        "supportsCondition": True,
        "conditionDescription": "A regular expression that is looked for in why the program aborts",
    },
    {
        "filter": "load",
        "label": "Library loaded",
        "description": "Stop when the program has loaded a library",
        "supportsCondition": True,
        "conditionDescription": _LIBRARIES,
    },
    {
        "filter": "unload",
        "label": "Library unloaded",
        "description": "Stop when the program has unloaded a library",
        "supportsCondition": True,
        "conditionDescription": _LIBRARIES,
    },
    {
        "filter": SIGNALS,
        "label": "Signals",
        "description": "Stop before a signal such as SIGSEGV is delivered",
        "default": True,
        "supportsCondition": True,
        "conditionDescription": "Which signals: SIGSEGV SIGABRT",
    },
]
