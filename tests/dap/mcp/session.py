"""Lead one session as dap-mcp does, a client that we did not write, and print what it has seen as JSON.

python session.py TRAPLINE PROGRAM SOURCE LINE
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

from dap_mcp.config import LLDB
from dap_mcp.debugger import Debugger
from dap_mcp.factory import DAPClientSingletonFactory
from dap_types import LaunchRequestArguments


class _Heard(logging.Handler):
    """Keeps the client's complaints: messages that are not as the protocol has them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def seen(view: Any) -> dict[str, Any]:
    """Return where a stopped program is, and the variables of its frame."""
    frame = view.frames[0]
    shown = {
        one.name: one.value for scope, found in view.variables for one in found if scope.name != "Registers"
    }
    return {"function": frame.name, "line": frame.line, "variables": shown, "text": view.render()}


async def session(trapline: str, program: str, source: str, line: int) -> dict[str, Any]:
    """Break, look, evaluate, step, go out and run to the end."""
    config = LLDB(
        type="lldb",
        name="Launch",
        request="launch",
        program=program,
        debuggerPath=trapline,
        debuggerArgs=["dap"],
    )
    factory = DAPClientSingletonFactory(config.debuggerPath, config.debuggerArgs)
    arguments = config.model_dump(exclude_none=True, exclude={"tools", "debuggerPath", "debuggerArgs"})
    debugger = Debugger(factory, LaunchRequestArguments(**arguments), config.tools)
    await debugger.initialize()
    found: dict[str, Any] = {}
    answer = await debugger.set_breakpoint(Path(source), line, "factor == 100")
    found["verified"] = [one.verified for one in answer.body.breakpoints]
    found["stopped"] = seen(await debugger.launch())
    found["value"] = (await debugger.evaluate("value * factor")).body.result
    wrong = await debugger.evaluate("nobody")
    found["wrong"] = [wrong.success, wrong.message]
    found["next"] = seen(await debugger.next())
    found["out"] = seen(await debugger.step_out())
    process = factory.debugger_process
    # dap-mcp would begin a new session behind the end of this one, which its factory refuses.
    debugger._terminate = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
    ended = await debugger.continue_execution()
    found["events"] = [one.event for one in ended.events]
    await factory.destroy_instance(debugger._client)
    found["status"] = await process.wait()
    return found


def main() -> None:
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    trapline, program, source, line = sys.argv[1:]
    found = asyncio.run(asyncio.wait_for(session(trapline, program, source, int(line)), 150))
    print(json.dumps({**found, "complaints": heard.lines}))


main()
