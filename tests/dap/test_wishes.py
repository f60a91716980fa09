"""What users of other adapters complain about: wishes 19 to 28 of PEERS.md that no other test here covers.

19, 23, 24, 27 and the children of 30 are in test_breakpoints.py, test_stack.py and test_lifecycle.py.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.dap.client import Client, Failed
from tests.dap.places import EDITOR, at, path
from tests.support import programs


def test_20_a_loop_is_stopped_at_once_and_not_for_each_of_its_pieces(client: Client) -> None:
    """A `for` line is code in three places; the stop is where it begins, and a `continue` leaves it."""
    found = client.launch(programs.build(EDITOR), {path(EDITOR): [at("loop")]})
    assert found[0]["verified"]
    thread = client.stopped("breakpoint", hitBreakpointIds=[found[0]["id"]])
    assert client.top(thread)[1] == at("loop")
    client.request("continue", threadId=thread)
    client.event("terminated")
    assert len(client.events("stopped")) == 1


def test_21_a_line_that_has_no_code_says_where_it_went(client: Client) -> None:
    """Never silently elsewhere: the answer has the line, and the stop is there."""
    found = client.launch(programs.build(EDITOR), {path(EDITOR): [at("comment")]})
    assert found[0]["line"] == at("call")
    thread = client.stopped("breakpoint", hitBreakpointIds=[found[0]["id"]])
    assert client.top(thread)[1] == found[0]["line"]


def test_21_a_line_behind_all_code_and_a_file_of_nobody_say_what_they_wait_for(stopped: Client) -> None:
    """A line of a known file will never have code; a file that nobody knows may come with a library."""
    (beyond,) = stopped.break_at(path(EDITOR), 30000)
    assert not beyond["verified"] and "no code at line 30000" in beyond["message"]
    (unknown,) = stopped.break_at("/nowhere/lost.c", 3)
    assert not unknown["verified"] and "sourceMap" in unknown["message"]


def test_22_initialize_waits_for_nothing_heavy() -> None:
    """The debugger itself is imported when `initialize` has been answered."""
    code = (
        "import sys\n"
        "from trapline.dap import requests\n"
        "from trapline.dap.arguments import Arguments\n"
        "from trapline.dap.protocol import Writer\n"
        "from trapline.dap.server import serve\n"
        "from trapline.dap.session import Session\n"
        "session = Session(Writer(print), lambda *_: None)\n"
        "requests.find('initialize').answer(session, Arguments({}))\n"
        "heavy = {'trapline.inferior', 'iced_x86', 'asyncio', 'dataclasses', 'inspect', 'socket', 'tempfile',"
        " 'subprocess', 'prompt_toolkit', 'trapline.cli'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_25_the_client_always_knows_whether_it_runs(client: Client) -> None:
    """Each run that a client asks for ends in one `stopped`; asked at the wrong time it is refused."""
    client.launch(programs.build(EDITOR), {path(EDITOR): [at("call")]})
    thread = client.stopped("breakpoint")
    for command in ("stepIn", "next", "stepOut", "next"):
        before = len(client.events("stopped"))
        client.request(command, threadId=thread)
        client.stopped("step")
        client.request("threads")
        assert len(client.events("stopped")) == before + 1
    assert client.events("continued") == []
    client.request("continue", threadId=thread)
    client.event("terminated")
    for command in ("continue", "next", "stackTrace", "evaluate", "setBreakpoints"):
        with pytest.raises(Failed, match="ended"):
            client.request(command, threadId=thread, expression="counter", context="watch")
    # An editor's own question that crosses the end is nothing to tell the user of.
    assert not client.answer(client.send("threads"))["body"]["error"]["showUser"]
    client.end()


def test_26_the_package_is_all_that_is_needed(connect: Callable[..., Client], tmp_path: Path) -> None:
    """The adapter is the Python package: it finds no other program, and asks for none."""
    client = connect(environment={"PATH": str(tmp_path)})
    client.launch(programs.build(EDITOR), {path(EDITOR): [at("begin")]})
    thread = client.stopped("breakpoint")
    frame = client.frames(thread)[0]["id"]
    assert client.request("evaluate", expression="half", frameId=frame, context="watch")["result"]
    assert client.request("evaluate", expression="info sharedlibrary", context="repl")["result"]
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 7
