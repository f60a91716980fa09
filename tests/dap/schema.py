"""The protocol's published schema: every message of ours is checked against it.

debugAdapterProtocol.json is Microsoft's (MIT licence; github.com/microsoft/debug-adapter-protocol), as the
PyPI package debugpy 1.8.22 carries it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

DEFINITIONS: dict[str, Any] = json.loads(Path(__file__).with_name("debugAdapterProtocol.json").read_text())[
    "definitions"
]


def _named(kind: str) -> dict[str, str]:
    """Return the definitions of all events or requests by their `event` or `command`."""
    found = {}
    for name, definition in DEFINITIONS.items():
        for part in definition.get("allOf", ()):
            values = part.get("properties", {}).get(kind, {}).get("enum")
            if values:
                found[values[0]] = name
    return found


EVENTS = _named("event")
REQUESTS = _named("command")


@functools.cache
def _validator(name: str) -> Draft4Validator:
    return Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": DEFINITIONS})


def check(message: dict[str, Any]) -> None:
    """Raise AssertionError, with what is wrong, for a message that the schema does not allow."""
    kind = message["type"]
    if kind == "event":
        name = EVENTS.get(message["event"])
    elif kind == "request":
        name = REQUESTS.get(message["command"])
    elif message["success"]:
        request = REQUESTS.get(message["command"], "")
        name = request.removesuffix("Request") + "Response"
    else:
        name = "ErrorResponse"
    assert name in DEFINITIONS, f"the protocol has no such message: {message}"
    for error in _validator(name).iter_errors(message):
        raise AssertionError(f"{error.message} at {list(error.absolute_path)} of {message}")
