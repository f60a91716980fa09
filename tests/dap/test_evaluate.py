"""Expressions in every context, the console, completions, memory and code."""

from __future__ import annotations

import base64
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.dap.client import Body, Client, Failed
from tests.dap.places import EDITOR, at, path
from tests.support import processes, programs

SOURCE = path(EDITOR)


def repl(client: Client, line: str) -> str:
    return client.request("evaluate", expression=line, context="repl")["result"]


def test_hover_has_no_effect(stopped: Client) -> None:
    assert stopped.request("evaluate", expression="here.x", context="hover")["result"] == "3"
    for expression in ("scale(1, 2)", "half = 3", "counter++"):
        with pytest.raises(Failed):
            stopped.request("evaluate", expression=expression, context="hover")
    assert stopped.request("evaluate", expression="counter", context="hover")["result"] == "0"
    answer = stopped.answer(stopped.send("evaluate", expression="no_such", context="hover"))
    assert answer["body"]["error"]["showUser"] is False


def test_watch_opens_structures(stopped: Client) -> None:
    answer = stopped.request("evaluate", expression="here", context="watch")
    assert stopped.variables(answer["variablesReference"])["y"]["value"] == "4"
    pointer = stopped.request("evaluate", expression="&here", context="watch")
    parts = stopped.variables(pointer["variablesReference"])
    assert parts["x"]["evaluateName"] == "(&here)->x"
    assert pointer["memoryReference"] == answer["memoryReference"]


@pytest.mark.parametrize(
    "text",
    ["1" + " + 1" * 900, "first" + ".next" * 900, "((int)" * 400 + "1", "int(" * 500, "-" * 900 + "1"],
    ids=["sum", "members", "casts", "calls", "signs"],
)
def test_what_nobody_writes_has_no_value(stopped: Client, text: str) -> None:
    """Neither a crash nor a wait: a cast in a cast once doubled the time of the one around it."""
    frame = stopped.frames(stopped.thread())[0]["id"]
    for context in ("watch", "hover"):
        with pytest.raises(Failed, match=r"too long|150 deep"):
            stopped.request("evaluate", expression=text, context=context, frameId=frame)


def test_clipboard_has_all_of_it(stopped: Client) -> None:
    text = stopped.request("evaluate", expression="here", context="clipboard")["result"]
    assert "x = 3" in text and "y = 4" in text


def test_the_console_takes_commands_and_expressions(stopped: Client) -> None:
    assert repl(stopped, "print here.x + 1") == "$1 = 4"
    assert repl(stopped, "$1 * 2") == "8"
    assert repl(stopped, "here.y") == "4"
    assert "main" in repl(stopped, "backtrace")
    assert "rip" in repl(stopped, "info registers")
    with pytest.raises(Failed, match="no_such"):
        repl(stopped, "print no_such")
    assert repl(stopped, "-exec print here.y") == "$2 = 4"
    assert repl(stopped, "-exec here.y") == "4"
    with pytest.raises(Failed, match=r"unknown command 'info regs'; near: .*info registers"):
        repl(stopped, "info regs")


def test_a_breakpoint_of_the_console_is_told(stopped: Client) -> None:
    assert "Breakpoint" in repl(stopped, "break scale")
    told = stopped.event("breakpoint", reason="new")["breakpoint"]
    assert told["verified"] and told["line"] == at("scale")
    stopped.request("continue", threadId=stopped.thread())
    stopped.stopped("function breakpoint", hitBreakpointIds=[told["id"]])
    repl(stopped, f"delete {told['id']}")
    assert stopped.event("breakpoint", reason="removed")["breakpoint"]["id"] == told["id"]


def test_the_console_lets_the_program_run(stopped: Client) -> None:
    text = repl(stopped, "next")
    stopped.event("continued")
    thread = stopped.stopped("step")
    assert stopped.top(thread) == ("main", at("call"))
    assert str(at("call")) in text
    repl(stopped, "continue")
    assert stopped.event("exited")["exitCode"] == 7
    stopped.event("terminated")
    assert len(stopped.events("terminated")) == 1


def test_a_signal_is_told_as_the_console_wants_it(client: Client) -> None:
    client.launch(programs.build("signals.c"), args=["10", "12"], stopOnEntry=True)
    client.stopped("entry")
    repl(client, "handle SIGUSR1 nostop print")
    repl(client, "handle SIGUSR2 nostop noprint")
    repl(client, "continue")
    client.event("terminated")
    assert "Received SIGUSR1: User defined signal 1\n" in client.output("console")
    assert "SIGUSR2" not in client.output("console")
    assert "10 x1\n12 x1\n" in client.output("stdout")


def test_a_line_with_the_frame_of_an_earlier_stop_is_of_the_frame_where_the_program_is_now(
    stopped: Client,
) -> None:
    frame = stopped.frames(stopped.thread())[0]["id"]
    stopped.request("evaluate", expression="next", context="repl", frameId=frame)
    body = stopped.request("evaluate", expression="print here.x + 1", context="repl", frameId=frame)
    assert body["result"].endswith("= 4")
    with pytest.raises(Failed, match="not of this stop"):
        stopped.request("evaluate", expression="here.x", context="watch", frameId=frame)


def test_a_run_from_the_console_starts_again(stopped: Client) -> None:
    repl(stopped, "run again")
    thread = stopped.stopped("breakpoint")
    assert stopped.top(thread) == ("main", at("begin"))
    assert [one["systemProcessId"] for one in stopped.events("process")][1:] == [thread]
    stopped.request("continue", threadId=thread)
    stopped.event("terminated")
    assert "end hello 0.5 100 2 again" in stopped.output("stdout")


def test_a_run_from_the_console_keeps_what_the_editor_gave(client: Client, tmp_path: Path) -> None:
    """Arguments are new; the environment and the directory are those of `launch`."""
    lines = {path(EDITOR): [at("begin")]}
    client.launch(programs.build(EDITOR), lines, env={"GIVEN": "yes"}, cwd=str(tmp_path))
    client.stopped("breakpoint")
    repl(client, "run again")
    pid = client.stopped("breakpoint")
    assert Path(f"/proc/{pid}/cwd").resolve() == tmp_path.resolve()
    assert b"GIVEN=yes" in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def test_a_start_from_the_console_that_runs_nothing_is_told(stopped: Client) -> None:
    repl(stopped, "starti")
    thread = stopped.stopped("entry")
    assert [one["systemProcessId"] for one in stopped.events("process")][1:] == [thread]
    stopped.request("continue", threadId=thread)
    assert stopped.stopped("breakpoint") == thread
    assert stopped.events("process")[2:] == []


def test_a_quit_on_the_console_ends_nothing(client: Client, tmp_path: Path) -> None:
    """The session is the editor's to end; the lists of commands still run."""
    script = tmp_path / "script"
    script.write_text("break scale\ncommands\nprint value + 100\nend\n")
    client.launch(programs.build(EDITOR), stopOnEntry=True, initCommands=[f"source {script}"])
    client.stopped("entry")
    repl(client, "quit")
    assert repl(client, "continue").endswith("$1 = 103")


def test_a_kill_from_the_console_ends_the_session(stopped: Client) -> None:
    repl(stopped, "kill")
    stopped.event("terminated")
    with pytest.raises(Failed, match="ended"):
        stopped.request("threads")


def test_completions(stopped: Client) -> None:
    frame = stopped.frames(stopped.thread())[0]["id"]

    def complete(text: str) -> dict[str, dict[str, object]]:
        body = stopped.request("completions", text=text, column=len(text) + 1, frameId=frame)
        return {one["label"]: one for one in body["targets"]}

    assert {"half", "here"} <= complete("h").keys()
    # What is near comes before what only begins alike, in an editor that sorts too.
    found = complete("s")
    assert list(found).index("step") < list(found).index("scale")
    assert sorted(found, key=lambda label: str(found[label]["sortText"])) == list(found)
    assert complete("print numb")["numbers"] | {"type": ""} == {
        "label": "numbers",
        "start": 7,
        "length": 4,
        "type": "",
        "sortText": "000",
    }
    assert "scale" in complete("break sca")
    assert "backtrace" in complete("backt")


def test_memory(stopped: Client) -> None:
    reference = stopped.request("evaluate", expression="text", context="watch")["memoryReference"]
    body = stopped.request("readMemory", memoryReference=reference, count=6)
    assert base64.b64decode(body["data"]) == b"hello\0" and body["address"] == reference
    body = stopped.request("readMemory", memoryReference=reference, offset=1, count=3)
    assert base64.b64decode(body["data"]) == b"ell"
    data = base64.b64encode(b"jelly").decode()
    assert stopped.request("writeMemory", memoryReference=reference, data=data)["bytesWritten"] == 5
    assert stopped.request("evaluate", expression="text", context="watch")["result"].startswith('"jelly')
    nothing = stopped.request("readMemory", memoryReference="0x10", count=16)
    assert nothing["unreadableBytes"] == 16 and "data" not in nothing
    with pytest.raises(Failed, match="base64"):
        stopped.request("writeMemory", memoryReference=reference, data="!")
    with pytest.raises(Failed, match="address"):
        stopped.request("readMemory", memoryReference="here", count=1)


def test_memory_up_to_a_hole(stopped: Client) -> None:
    stack_end = stopped.request("evaluate", expression="$rsp", context="watch")
    start = int(stack_end["result"].split()[-1], 0) & -4096
    body = stopped.request("readMemory", memoryReference=f"{start:#x}", count=16 << 20)
    read = len(base64.b64decode(body["data"]))
    assert read % 4096 == 0 and read + body["unreadableBytes"] == 16 << 20


def test_code_agrees_with_objdump(stopped: Client) -> None:
    program = programs.build(EDITOR)
    frame = stopped.frames(stopped.thread())[0]
    code = stopped.request(
        "disassemble",
        memoryReference=frame["instructionPointerReference"],
        instructionOffset=-10,
        instructionCount=20,
        resolveSymbols=True,
    )["instructions"]
    assert len(code) == 20
    assert code[10]["address"] == frame["instructionPointerReference"]
    assert code[10]["line"] == at("begin") and any("location" in one for one in code)
    bias = programs.load_bias(stopped.events("process")[0]["systemProcessId"], program)
    output = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True
    ).stdout
    theirs = {int(line.split(":")[0], 16) for line in output.splitlines() if line.startswith("    ")}
    for one in code:
        assert int(one["address"], 16) - bias in theirs


@pytest.mark.parametrize("flags", [(), ("-s",)], ids=["symbols", "stripped"])
def test_code_before_a_function_is_that_of_others(client: Client, flags: tuple[str, ...]) -> None:
    """Over the padding between two functions; by the rules for unwinding where there are no symbols."""
    program = programs.build("unwinding.c", "-O2", *flags)
    whole = programs.build("unwinding.c", "-O2")
    listed = subprocess.run(
        ["nm", "-n", whole], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    code = [int(line.split()[0], 16) for line in listed if line.split()[-2] in "tT" and "." not in line]
    client.launch(program, stopOnEntry=True)
    client.stopped("entry")
    bias = programs.load_bias(client.events("process")[0]["systemProcessId"], program)
    place = code[-2] + bias
    found = client.request(
        "disassemble", memoryReference=f"{place:#x}", instructionOffset=-40, instructionCount=60
    )["instructions"]
    assert int(found[40]["address"], 16) == place and "??" not in {one["instruction"] for one in found[20:]}
    known = [one for one in found if one["instruction"] != "??"]
    for one, following in pairwise(known):
        size = len(bytes.fromhex(one["instructionBytes"]))
        assert int(one["address"], 16) + size == int(following["address"], 16)


@pytest.mark.parametrize("place", [0, 2, (1 << 64) - 3])
def test_code_at_the_ends_of_memory_keeps_its_place(stopped: Client, place: int) -> None:
    found = stopped.request(
        "disassemble", memoryReference=f"{place:#x}", instructionOffset=-3, instructionCount=8
    )["instructions"]
    addresses = [int(one["address"], 16) for one in found]
    assert len(found) == 8 and addresses[3] == place and addresses == sorted(addresses)


def test_code_where_there_is_none_keeps_its_count(stopped: Client) -> None:
    code = stopped.request("disassemble", memoryReference="0x100", instructionOffset=-3, instructionCount=6)
    assert len(code["instructions"]) == 6
    assert {one["presentationHint"] for one in code["instructions"]} == {"invalid"}


def test_modules(stopped: Client) -> None:
    body = stopped.request("modules")
    assert body["modules"][0]["path"] == programs.build(EDITOR)
    assert body["totalModules"] == len(body["modules"])
    page = stopped.request("modules", startModule=1, moduleCount=1)["modules"]
    assert [one["id"] for one in page] == [body["modules"][1]["id"]]


def test_loaded_sources(stopped: Client) -> None:
    paths = [one["path"] for one in stopped.request("loadedSources")["sources"]]
    assert SOURCE in paths
    text = stopped.request("source", source={"path": SOURCE}, sourceReference=0)["content"]
    assert text == (programs.SOURCES / EDITOR).read_text()


def test_goto(stopped: Client) -> None:
    thread = stopped.thread()
    targets = stopped.request("gotoTargets", source={"path": SOURCE}, line=at("sum"))["targets"]
    assert [one["line"] for one in targets] == [at("sum")]
    stopped.request("goto", threadId=thread, targetId=targets[0]["id"])
    stopped.stopped("goto")
    assert stopped.top(thread) == ("main", at("sum"))
    stopped.request("continue", threadId=thread)
    stopped.event("terminated")
    assert "begin" not in stopped.output("stdout")


def test_no_way_leads_into_another_function(stopped: Client) -> None:
    """A jump there would leave a stack that fits neither; an old target is refused."""
    assert stopped.request("gotoTargets", source={"path": SOURCE}, line=at("scaled"))["targets"] == []
    stopped.break_at(SOURCE, at("scaled"))
    inside = stopped.request("gotoTargets", source={"path": SOURCE}, line=at("last"))["targets"][0]["id"]
    assert inside
    stopped.request("continue", threadId=stopped.thread())
    thread = stopped.stopped("breakpoint")
    assert stopped.request("gotoTargets", source={"path": SOURCE}, line=at("last"))["targets"] == []
    with pytest.raises(Failed, match="not of this stop"):
        stopped.request("goto", threadId=thread, targetId=inside)


def test_catchpoints_of_the_console_are_told(stopped: Client) -> None:
    repl(stopped, "catch syscall write")
    told = stopped.event("breakpoint", reason="new")["breakpoint"]
    assert told["verified"] and told["message"] == "catch syscall write"
    stopped.request("continue", threadId=stopped.thread())
    stopped.stopped("exception", hitBreakpointIds=[told["id"]])
    repl(stopped, f"delete {told['id']}")
    assert stopped.event("breakpoint", reason="removed")["breakpoint"]["id"] == told["id"]


def test_a_signal_that_a_catchpoint_waits_for(client: Client) -> None:
    """The stop names the signal, and the catchpoint."""
    client.launch(programs.build("faults.c"), args=["ill"], stopOnEntry=True)
    thread = client.stopped("entry")
    repl(client, "catch signal SIGILL")
    told = client.event("breakpoint", reason="new")["breakpoint"]
    client.request("continue", threadId=thread)
    client.stopped("exception", hitBreakpointIds=[told["id"]], text="SIGILL")


def test_what_goes_with_its_hit_is_told_at_once(stopped: Client) -> None:
    """A temporary breakpoint, and a watchpoint whose block has ended."""
    repl(stopped, f"tbreak {at('scaled')}")
    temporary = stopped.event("breakpoint", reason="new")["breakpoint"]["id"]
    stopped.request("continue", threadId=stopped.thread())
    stopped.stopped("breakpoint", hitBreakpointIds=[temporary])
    assert stopped.event("breakpoint", reason="removed")["breakpoint"]["id"] == temporary
    repl(stopped, "watch scaled")
    watched = stopped.event("breakpoint", reason="new")["breakpoint"]["id"]
    stopped.request("continue", threadId=stopped.thread())
    stopped.stopped("data breakpoint")
    assert stopped.event("breakpoint", reason="removed")["breakpoint"]["id"] == watched


def test_exception_info(client: Client) -> None:
    client.launch(programs.build("faults.c"), args=["segv"])
    thread = client.stopped("exception", text="SIGSEGV")
    info = client.request("exceptionInfo", threadId=thread)
    assert info["exceptionId"] == "SIGSEGV" and "0xdead0" in info["description"]
    assert client.top(thread)[0] == "fault_segv"
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 128 + 11


def test_steps_by_instruction(stopped: Client) -> None:
    thread = stopped.thread()

    def pc() -> int:
        return int(stopped.frames(thread)[0]["instructionPointerReference"], 16)

    first = pc()
    size = stopped.request("disassemble", memoryReference=f"{first:#x}", instructionCount=2)["instructions"]
    stopped.request("stepIn", threadId=thread, granularity="instruction")
    stopped.stopped("step")
    assert pc() == int(size[1]["address"], 16)
    while (
        "call"
        not in stopped.request("disassemble", memoryReference=f"{pc():#x}", instructionCount=1)[
            "instructions"
        ][0]["instruction"]
    ):
        stopped.request("stepIn", threadId=thread, granularity="instruction")
        stopped.stopped("step")
    stopped.request("next", threadId=thread, granularity="instruction")
    stopped.stopped("step")
    assert stopped.top(thread)[0] == "main"


def test_steps_where_there_are_no_lines(client: Client) -> None:
    """One instruction, which the editor shows in its disassembly; not all the way out of the function."""
    client.begin("launch", program=programs.build("lines.c", "-g0"))
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "main"}])
    client.request("configurationDone")
    thread = client.stopped("function breakpoint")
    for step in ("next", "stepIn"):
        pc = client.frames(thread)[0]["instructionPointerReference"]
        here = client.request("disassemble", memoryReference=pc, instructionCount=2)["instructions"]
        client.request(step, threadId=thread)
        client.stopped("step")
        after = client.frames(thread)[0]["instructionPointerReference"]
        assert int(after, 16) == int(here[1]["address"], 16)


def test_step_into_a_chosen_call(stopped: Client) -> None:
    thread = stopped.thread()
    stopped.request("next", threadId=thread)
    stopped.stopped("step")
    frames = stopped.frames(thread)
    targets = stopped.request("stepInTargets", frameId=frames[0]["id"])["targets"]
    assert [one["label"] for one in targets] == ["scale"]
    assert stopped.request("stepInTargets", frameId=frames[1]["id"])["targets"] == []
    stopped.request("stepIn", threadId=thread, targetId=targets[0]["id"])
    stopped.stopped("step")
    assert stopped.top(thread) == ("scale", at("scale"))


def test_one_thread_alone(client: Client) -> None:
    """The others do not run while it is stepped, and run again afterwards."""
    client.begin("launch", program=programs.build("threads.c"), args=["3", "2000"])
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "work", "hitCondition": "== 100"}])
    client.request("configurationDone")
    thread = client.stopped("function breakpoint")
    client.request("setFunctionBreakpoints", breakpoints=[])

    def places() -> dict[int, str]:
        others = [one["id"] for one in client.request("threads")["threads"] if one["id"] != thread]
        return {one: client.frames(one, levels=1)[0]["instructionPointerReference"] for one in others}

    before = places()
    for _ in range(3):
        client.request("next", threadId=thread, singleThread=True)
        assert client.stopped("step") == thread
    assert places() == before
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 0


@pytest.mark.parametrize("how", ["pause", "cancel"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_call_that_does_not_come_back_can_be_ended(stopped: Client, how: str, at_once: bool) -> None:
    """It is undone, and the program is where it was."""
    thread = stopped.thread()
    called, number = forever(stopped, how, at_once, threadId=thread)
    assert not stopped.answer(called)["success"]
    stopped.response(number)
    assert stopped.top(thread) == ("main", at("begin"))
    assert len(stopped.events("stopped")) == 1


@pytest.mark.parametrize("how", ["terminate", "disconnect", "restart"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_call_that_does_not_come_back_keeps_nothing_up(stopped: Client, how: str, at_once: bool) -> None:
    called, number = forever(stopped, how, at_once)
    assert not stopped.answer(called)["success"]
    assert stopped.answer(number)["success"]
    if how == "terminate":
        stopped.event("terminated")
    elif how == "restart":
        stopped.stopped("breakpoint")
    if how != "disconnect":
        stopped.end()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_client_that_is_gone_waits_for_no_call(stopped: Client, at_once: bool) -> None:
    pid = stopped.events("process")[0]["systemProcessId"]
    forever(stopped, "threads", at_once)
    stopped.close()
    assert not processes.exists(pid)


def forever(stopped: Client, how: str, at_once: bool, **arguments: Any) -> tuple[int, int]:
    """Call a function that does not come back, and send a request, and return the numbers of both."""
    call: tuple[str, Body] = ("evaluate", {"expression": "forever()", "context": "watch"})
    request = (how, {**arguments, "requestId": stopped.next_number})
    if at_once:
        called, number = stopped.send_together([call, request])
        return called, number
    (called,) = stopped.send_together([call])
    pid = stopped.events("process")[0]["systemProcessId"]
    processes.until(lambda: processes.state(pid) == "R", what="the function to run")
    return called, stopped.send_together([request])[0]
