"""Requests that say where to stop: each of them, and what a client hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.dap.client import Client, Failed
from tests.dap.places import EDITOR, at, path
from tests.support import programs

SOURCE = path(EDITOR)


@pytest.fixture
def entered(client: Client) -> Client:
    """A client whose program is at the beginning of main."""
    client.launch(programs.build(EDITOR), stopOnEntry=True)
    client.stopped("entry")
    return client


def go_on(client: Client) -> None:
    client.request("continue", threadId=client.thread())


def test_a_condition_decides(entered: Client) -> None:
    entered.break_at(SOURCE, at("scale"), condition="factor == 100")
    go_on(entered)
    thread = entered.stopped("breakpoint")
    frame = entered.frames(thread)[0]["id"]
    assert entered.variables(entered.scope(frame, "Arguments"))["value"]["value"] == "4"


@pytest.mark.parametrize("rule", ["2", "== 2", ">= 2", "% 2"])
def test_a_count_of_hits_decides(entered: Client, rule: str) -> None:
    entered.break_at(SOURCE, at("scale"), hitCondition=rule)
    go_on(entered)
    thread = entered.stopped("breakpoint")
    assert entered.request("evaluate", expression="factor", context="watch")["result"] == "100"
    assert entered.top(thread) == ("scale", at("scale"))


def test_a_message_is_written_and_nothing_stops(entered: Client) -> None:
    found = entered.break_at(SOURCE, at("scale"), logMessage="value {value} by {factor} \\{x\\} {*(int *) 8}")
    assert found[0]["verified"]
    go_on(entered)
    entered.event("terminated")
    written = [one for one in entered.events("output") if one["category"] == "console"]
    lines = [one["output"] for one in written if one["output"].startswith("value")]
    assert lines[0].startswith("value 3 by 10 {x} <error:") and lines[1].startswith("value 4 by 100 {x}")
    assert written[0]["source"]["path"] == SOURCE and written[0]["line"] == at("scale")
    assert [one["reason"] for one in entered.events("stopped")] == ["entry"]


def test_messages_stand_between_what_the_program_writes(client: Client) -> None:
    source = "ticks.c"
    client.begin("launch", program=programs.build(source))
    client.break_at(path(source), at("tick", source), logMessage="before {i}")
    client.request("configurationDone")
    client.event("terminated")
    text = "".join(one["output"] for one in client.events("output"))
    assert text.splitlines()[:100] == [f"{what} {i}" for i in range(50) for what in ("before", "tick")]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"condition": "value +"}, ""),
        ({"condition": "no_such == 1"}, "no_such"),
        ({"hitCondition": "often"}, "often"),
        ({"logMessage": "{value"}, "not closed"),
        ({"logMessage": "value {value +}"}, "ends too soon"),
        ({"logMessage": "value {no_such}"}, "no_such"),
    ],
)
def test_what_is_no_breakpoint_says_why(entered: Client, more: dict[str, str], message: str) -> None:
    found = entered.break_at(SOURCE, at("scale"), **more)[0]
    assert not found["verified"] and message in found["message"] and "\n" not in found["message"]
    assert entered.break_at(SOURCE, at("scale"))[0]["verified"]


def test_what_stays_keeps_its_id(entered: Client) -> None:
    first, second = entered.break_at(SOURCE, at("scale"), at("sum"))
    again, other = entered.break_at(SOURCE, at("sum"), at("last"))
    assert again["id"] == second["id"]
    assert other["id"] not in (first["id"], second["id"])
    go_on(entered)
    entered.stopped("breakpoint", hitBreakpointIds=[second["id"]])
    assert entered.break_at(SOURCE) == []
    go_on(entered)
    entered.event("terminated")


def test_a_line_without_code_moves_to_the_next(entered: Client) -> None:
    comment = 1
    found = entered.break_at(SOURCE, comment)[0]
    assert found["verified"] and found["line"] > comment
    nowhere = entered.break_at(SOURCE, 5000)[0]
    assert not nowhere["verified"] and nowhere["message"]


def test_functions(entered: Client) -> None:
    found = entered.request("setFunctionBreakpoints", breakpoints=[{"name": "scale"}, {"name": "no_such"}])
    here, there = found["breakpoints"]
    assert here["verified"] and here["line"] == at("scale") and here["source"]["path"] == SOURCE
    assert not there["verified"]
    go_on(entered)
    entered.stopped("function breakpoint", hitBreakpointIds=[here["id"]])


def test_lines_of_a_text_of_instructions(client: Client) -> None:
    """What an editor shows of code without source takes breakpoints and `goto` as a file does."""
    client.launch(programs.build(EDITOR, "-s"), stopOnEntry=True)
    thread = client.stopped("entry")
    frame = client.frames(thread)[0]
    source, here = frame["source"], frame["line"]
    text = client.request("source", source=source, sourceReference=source["sourceReference"])["content"]
    lines = text.splitlines()
    wanted = {"source": source, "breakpoints": [{"line": here + 1}, {"line": len(lines) + 5}]}
    first, none = client.request("setBreakpoints", **wanted)["breakpoints"]
    assert first["verified"] and first["line"] == here + 1 and first["source"] == source
    assert first["instructionReference"] == lines[here].split()[0]
    assert not none["verified"] and "no line" in none["message"]
    found = client.request("breakpointLocations", source=source, line=here, endLine=here + 1)["breakpoints"]
    assert found == [{"line": here}, {"line": here + 1}]
    go_on(client)
    client.stopped("breakpoint", hitBreakpointIds=[first["id"]])
    assert (shown := client.frames(thread)[0])["line"] == here + 1 and shown["source"] == source
    (target,) = client.request("gotoTargets", source=source, line=here)["targets"]
    client.request("goto", threadId=thread, targetId=target["id"])
    client.stopped("goto")
    assert client.frames(thread)[0]["line"] == here
    client.request("setBreakpoints", source=source, breakpoints=[])
    for command in ("setBreakpoints", "gotoTargets"):
        with pytest.raises(Failed, match="there is no source 77"):
            client.request(command, source={"sourceReference": 77}, line=1, breakpoints=[{"line": 1}])
    go_on(client)
    client.event("terminated")


def test_instructions(entered: Client) -> None:
    thread = entered.thread()
    pc = entered.frames(thread)[0]["instructionPointerReference"]
    code = entered.request("disassemble", memoryReference=pc, instructionCount=2)["instructions"]
    offset = int(code[1]["address"], 16) - int(pc, 16)
    found = entered.request(
        "setInstructionBreakpoints", breakpoints=[{"instructionReference": pc, "offset": offset}]
    )["breakpoints"][0]
    assert found["verified"] and found["instructionReference"] == code[1]["address"]
    go_on(entered)
    entered.stopped("instruction breakpoint", hitBreakpointIds=[found["id"]])
    assert entered.frames(thread)[0]["instructionPointerReference"] == code[1]["address"]


def test_data(entered: Client) -> None:
    info = entered.request("dataBreakpointInfo", name="counter")
    assert info["accessTypes"] == ["read", "write", "readWrite"] and "counter" in info["description"]
    found = entered.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])["breakpoints"][0]
    go_on(entered)
    thread = entered.stopped("data breakpoint", hitBreakpointIds=[found["id"]])
    assert entered.top(thread)[0] == "scale"
    assert entered.request("evaluate", expression="counter", context="watch")["result"] == "1"
    entered.request("setDataBreakpoints", breakpoints=[])
    go_on(entered)
    entered.event("terminated")


def test_data_that_counts_its_hits(entered: Client) -> None:
    info = entered.request("dataBreakpointInfo", name="counter")

    def watch(rule: str) -> dict[str, Any]:
        wanted = {"dataId": info["dataId"], "accessType": "write", "hitCondition": rule}
        answer: dict[str, Any] = entered.request("setDataBreakpoints", breakpoints=[wanted])
        return answer["breakpoints"][0]

    assert "is no rule about hits" in watch("often")["message"]
    assert watch(">= 2")["verified"]
    go_on(entered)
    entered.stopped("data breakpoint", text="counter: 1 -> 2")


def test_data_of_two_that_one_write_changes(entered: Client) -> None:
    """Both are named in one event."""
    info = entered.request("dataBreakpointInfo", name="counter")
    part = info["dataId"].rpartition(",")[0] + ",1"
    wanted = [{"dataId": one, "accessType": "write"} for one in (info["dataId"], part)]
    found = entered.request("setDataBreakpoints", breakpoints=wanted)["breakpoints"]
    go_on(entered)
    entered.stopped("data breakpoint", hitBreakpointIds=[one["id"] for one in found])


def test_data_that_cannot_be_watched_says_why(entered: Client) -> None:
    for expression, why in (("numbers", "4000"), ("$rax", "memory"), ("no_such", "no_such")):
        info = entered.request("dataBreakpointInfo", name=expression)
        assert info["dataId"] is None and why in info["description"]


def test_a_part_of_a_variable_can_be_watched(entered: Client) -> None:
    thread = entered.thread()
    entered.break_at(SOURCE, at("begin"))
    go_on(entered)
    entered.stopped("breakpoint")
    locals_ = entered.scope(entered.frames(thread)[0]["id"], "Locals")
    here = entered.variables(locals_)["here"]["variablesReference"]
    info = entered.request("dataBreakpointInfo", variablesReference=here, name="x")
    assert info["dataId"].endswith(",4")


def test_lines_that_have_code(entered: Client) -> None:
    found = entered.request(
        "breakpointLocations", source={"path": SOURCE}, line=at("scale") - 2, endLine=at("scaled")
    )["breakpoints"]
    lines = [one["line"] for one in found]
    assert at("scale") in lines and at("scaled") in lines and at("scale") - 2 not in lines
    # Another tool's view of the same lines.
    assert lines == sorted(set(lines))


def test_breakpoints_while_the_program_runs(client: Client) -> None:
    """They are set without a stop that the client would hear of, and are in force at once."""
    client.launch(programs.build("spin.c"))
    client.until_output("ready\n")
    found = client.break_at(path("spin.c"), at_line("spin.c", "counter++"))
    assert found[0]["verified"]
    thread = client.stopped("breakpoint", hitBreakpointIds=[found[0]["id"]])
    assert len(client.events("stopped")) == 1
    client.break_at(path("spin.c"))
    client.request("continue", threadId=thread)
    with pytest.raises(Failed, match="notStopped"):
        client.request("stackTrace", threadId=thread)
    with pytest.raises(Failed, match="notStopped"):
        client.request("next", threadId=thread)
    assert client.request("setFunctionBreakpoints", breakpoints=[{"name": "turn"}])["breakpoints"][0][
        "verified"
    ]
    client.stopped("function breakpoint")


def at_line(source: str, text: str) -> int:
    lines = (programs.SOURCES / source).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_library_that_is_loaded_later(client: Client) -> None:
    """Wish 19: pending, then verified by an event when the library comes, and hit."""
    library = programs.build("plugin.c", "-shared", "-fPIC")
    program = programs.build("loader.c", "-ldl")
    line = at_line("plugin.c", "int plugin_only")
    client.begin("launch", program=program, args=[library, "2"])
    found = client.break_at(path("plugin.c"), line)[0]
    assert not found["verified"] and found["message"]
    client.request("configurationDone")
    changed = client.event("breakpoint", reason="changed")["breakpoint"]
    assert changed["id"] == found["id"] and changed["verified"] and changed["line"] == line
    thread = client.stopped("breakpoint", hitBreakpointIds=[found["id"]])
    assert client.top(thread)[0] == "plugin_only"
    names = [one["module"]["name"] for one in client.events("module")]
    assert "plugin.so" in names
    client.request("continue", threadId=thread)
    client.stopped("breakpoint", hitBreakpointIds=[found["id"]])
    client.break_at(path("plugin.c"))
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 0
    removed = [one["module"]["name"] for one in client.events("module") if one["reason"] == "removed"]
    assert removed == ["plugin.so", "plugin.so"]


def test_one_line_with_many_places(connect: Callable[..., Client]) -> None:
    """Wish 27: a template's line is one breakpoint; each instance stops with the same id."""
    client = connect()
    source = "scopes_cpp.cpp"
    client.launch(programs.build(source), stopOnEntry=True)
    client.stopped("entry")
    found = client.break_at(path(source), at("twice", source))[0]
    assert found["verified"] and "locations" in found["message"]
    functions = set()
    go_on(client)
    while True:
        message = client.wait(
            lambda one: one["type"] == "event" and one["event"] in ("stopped", "terminated")
        )
        if message["event"] == "terminated":
            break
        assert message["body"]["hitBreakpointIds"] == [found["id"]]
        functions.add(client.top(message["body"]["threadId"])[0])
        client.request("continue", threadId=message["body"]["threadId"])
    assert len(functions) > 1


def test_a_read_of_more_than_a_register_holds_stops(entered: Client) -> None:
    """A structure of sixteen bytes takes two debug registers; that it is only read is enough."""
    entered.break_at(SOURCE, at("begin"))
    go_on(entered)
    thread = entered.stopped("breakpoint")
    frame = entered.frames(thread)[0]["id"]
    info = entered.request("dataBreakpointInfo", name="here", frameId=frame)
    assert info["dataId"].endswith(",16") and "read" in info["accessTypes"]
    wanted = {"dataId": info["dataId"], "accessType": "read"}
    found = entered.request("setDataBreakpoints", breakpoints=[wanted])["breakpoints"][0]
    assert found["verified"]
    go_on(entered)
    entered.stopped("data breakpoint", hitBreakpointIds=[found["id"]])
    assert entered.top(thread) == ("main", at("call"))


def test_data_is_called_what_the_user_called_it(entered: Client) -> None:
    info = entered.request("dataBreakpointInfo", name="counter")
    entered.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"], "accessType": "write"}])
    go_on(entered)
    entered.stopped("data breakpoint", text="counter: 0 -> 1")


def test_a_watched_local_whose_block_ends(entered: Client) -> None:
    entered.break_at(SOURCE, at("scaled"))
    go_on(entered)
    entered.stopped("breakpoint")
    entered.request("evaluate", expression="watch scaled", context="repl")
    entered.break_at(SOURCE)
    go_on(entered)
    entered.stopped("data breakpoint", description="Paused: the block of `scaled` has ended")


def test_an_instruction_that_is_none_fails_alone(entered: Client) -> None:
    thread = entered.thread()
    pc = entered.frames(thread)[0]["instructionPointerReference"]
    found = entered.request(
        "setInstructionBreakpoints",
        breakpoints=[{"instructionReference": "junk"}, {"instructionReference": pc}],
    )["breakpoints"]
    assert [one["verified"] for one in found] == [False, True]
    assert "junk" in found[0]["message"]
