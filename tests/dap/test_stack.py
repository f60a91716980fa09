"""Threads, frames, scopes and variables: each request of them."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from tests.dap.client import Client, Failed
from tests.dap.places import EDITOR, at, path
from tests.support import programs

from trapline.arch import disassembly
from trapline.dap import requests
from trapline.dap.arguments import Arguments
from trapline.dap.paths import Paths
from trapline.dap.protocol import Writer
from trapline.dap.session import Session

SOURCE = path(EDITOR)


def locals_of(client: Client) -> int:
    return client.scope(client.frames(client.thread())[0]["id"], "Locals")


def test_frames_come_in_pages(client: Client) -> None:
    client.launch(programs.build("unwinding.c"), stopOnEntry=True)
    thread = client.stopped("entry")
    whole = client.frames(thread)
    assert whole[0]["name"] == "main"
    body = client.request("stackTrace", threadId=thread, startFrame=1, levels=1)
    assert [one["name"] for one in body["stackFrames"]] == [whole[1]["name"]]
    assert body["totalFrames"] >= 2
    beyond = client.request("stackTrace", threadId=thread, startFrame=1000, levels=20)
    assert beyond["stackFrames"] == []


def test_a_stack_of_ten_thousand_frames_comes_in_pages(client: Client) -> None:
    """Each frame once, in order, to the last."""
    source = "values_deep.c"
    client.launch(programs.build(source), {path(source): [programs.mark(source, "bottom")]})
    thread = client.stopped("breakpoint")
    names: list[str] = []
    ids: set[int] = set()
    while True:
        body = client.request("stackTrace", threadId=thread, startFrame=len(names), levels=1000)
        names += [one["name"] for one in body["stackFrames"]]
        ids |= {one["id"] for one in body["stackFrames"]}
        if body["totalFrames"] == len(names):
            break
        assert body["totalFrames"] > len(names) and len(body["stackFrames"]) == 1000
    assert names[:10001] == ["deeper"] * 10001 and names[10001] == "main" and names[-1] == "_start"
    assert len(ids) == len(names)
    client.request("next", threadId=thread)
    client.stopped("step")
    assert len(client.frames(thread, startFrame=0, levels=20)) == 20


def test_no_more_frames_are_unwound_than_are_asked_for(launch: Callable[..., Any]) -> None:
    source = "values_deep.c"
    inferior = launch([programs.build(source)], stdout=subprocess.DEVNULL)
    inferior.set_breakpoint(f"{source}:{programs.mark(source, 'bottom')}")
    inferior.resume()
    session = Session(Writer(lambda data: None), lambda inferior, go: pytest.fail("no console"))
    session.inferior = inferior
    session.paths = Paths({})
    unwound: list[int] = []
    for start in (0, 20, 40):
        arguments = Arguments({"threadId": inferior.thread.tid, "startFrame": start, "levels": 20})
        handler = requests.find("stackTrace")
        assert handler is not None
        body = handler.answer(session, arguments)
        assert body is not None and len(body["stackFrames"]) == 20
        unwound.append(len(inferior.thread.frames()._activations))
    assert max(unwound) < 200, unwound  # of 10,000; a few more than asked for, because they come by pages


def test_inlined_calls_are_frames(client: Client) -> None:
    client.launch(programs.build("lines.c"), stopOnEntry=True)
    client.stopped("entry")
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "inner_square"}])
    client.request("continue", threadId=client.thread())
    thread = client.stopped("function breakpoint")
    assert [one["name"] for one in client.frames(thread)][:2] == ["inner_square [inlined]", "main"]


def test_a_frame_without_source_is_disassembly(stopped: Client) -> None:
    frames = stopped.frames(stopped.thread())
    outer = next(one for one in frames if one["name"] != "main")
    assert outer["presentationHint"] == "subtle"
    text = stopped.request(
        "source", sourceReference=outer["source"]["sourceReference"], source=outer["source"]
    )["content"]
    shown = text.splitlines()[outer["line"] - 1]
    # The line is that of the call: its instruction is the last before the address to return to.
    following = stopped.request(
        "disassemble",
        memoryReference=outer["instructionPointerReference"],
        instructionOffset=0,
        instructionCount=1,
    )["instructions"][0]
    assert shown.split()[0] == following["address"]


@pytest.mark.parametrize(
    "code", [b"\x55\x48\x89\xe5\xc3", b"\x90\x06\xff\xff\x90\x0f", random.Random(1).randbytes(500), b""]
)
def test_lines_are_counted_as_they_are_shown(code: bytes) -> None:
    shown = disassembly.disassemble(code, 0x1000, 100, lambda address: None)
    assert disassembly.addresses(code, 0x1000, 100) == [one.address for one in shown]


def test_scopes(stopped: Client) -> None:
    frame = stopped.frames(stopped.thread())[0]["id"]
    scopes = {one["name"]: one for one in stopped.request("scopes", frameId=frame)["scopes"]}
    assert list(scopes) == ["Arguments", "Locals", "Globals", "Registers"]
    assert not scopes["Locals"]["expensive"] and scopes["Registers"]["expensive"]
    registers = stopped.variables(scopes["Registers"]["variablesReference"])
    pc = stopped.frames(stopped.thread())[0]["instructionPointerReference"]
    assert pc in registers["rip"]["value"]
    found = stopped.variables(scopes["Globals"]["variablesReference"])
    assert found["counter"]["value"] == "0"


def test_variables_and_their_parts(stopped: Client) -> None:
    found = stopped.variables(locals_of(stopped))
    assert found["half"]["value"] == "0.5" and found["half"]["type"] == "double"
    assert found["text"]["value"].startswith('"hello')
    assert found["half"]["variablesReference"] == 0
    here = stopped.variables(found["here"]["variablesReference"])
    assert [one["value"] for one in (here["x"], here["y"])] == ["3", "4"]
    assert here["label"]["evaluateName"] == "here.label" and '"here"' in here["label"]["value"]
    assert here["label"]["variablesReference"] == 0
    node = stopped.variables(found["first"]["variablesReference"])
    behind = stopped.variables(node["next"]["variablesReference"])
    assert behind["value"]["value"] == "2"
    assert behind["value"]["evaluateName"] == "first.next->value"
    answer = stopped.request("evaluate", expression=behind["value"]["evaluateName"], context="watch")
    assert answer["result"] == "2"
    assert (
        behind["next"]["value"] in ("0x0", "(struct node *) 0x0") and not behind["next"]["variablesReference"]
    )


def test_a_large_array_comes_in_pages(stopped: Client) -> None:
    numbers = stopped.variables(locals_of(stopped))["numbers"]
    assert (numbers["indexedVariables"], numbers["namedVariables"]) == (1000, 0)
    reference = numbers["variablesReference"]
    page = stopped.variables(reference, filter="indexed", start=990, count=20)
    assert list(page) == [f"[{index}]" for index in range(990, 1000)]
    assert page["[999]"]["value"] == str(999 * 999)
    assert page["[999]"]["evaluateName"] == "numbers[999]"
    assert stopped.variables(reference, filter="named") == {}
    assert len(stopped.variables(reference)) == 1000


def test_numbers_in_hexadecimal(stopped: Client) -> None:
    numbers = stopped.variables(locals_of(stopped))["numbers"]["variablesReference"]
    page = stopped.variables(numbers, start=16, count=1, format={"hex": True})
    assert page["[16]"]["value"] == "0x100"
    answer = stopped.request("evaluate", expression="16", context="watch", format={"hex": True})
    assert answer["result"] == "0x10"


def test_set_variable(stopped: Client) -> None:
    locals_ = locals_of(stopped)
    answer = stopped.request("setVariable", variablesReference=locals_, name="half", value="2.5")
    assert answer["value"] == "2.5"
    numbers = stopped.variables(locals_)["numbers"]["variablesReference"]
    stopped.request("setVariable", variablesReference=numbers, name="[10]", value="numbers[2] + 1")
    assert stopped.variables(numbers, start=10, count=1)["[10]"]["value"] == "5"
    with pytest.raises(Failed, match="no_such"):
        stopped.request("setVariable", variablesReference=locals_, name="no_such", value="1")
    with pytest.raises(Failed):
        stopped.request("setVariable", variablesReference=locals_, name="half", value="1 +")
    stopped.request("continue", threadId=stopped.thread())
    stopped.event("terminated")
    assert "end hello 2.5 5 2 -" in stopped.output("stdout")


def test_set_expression(stopped: Client) -> None:
    frame = stopped.frames(stopped.thread())[0]["id"]
    answer = stopped.request("setExpression", frameId=frame, expression="first.next->value", value="9")
    assert answer["value"] == "9"
    assert stopped.request("evaluate", frameId=frame, expression="last.value")["result"] == "9"
    stopped.request("setExpression", expression="$rax", value="0x1234")
    assert stopped.request("evaluate", expression="$rax", context="watch")["result"] == str(0x1234)


def test_a_call_leaves_frames_and_variables_valid(stopped: Client) -> None:
    """What the client holds of a stop is good until the program goes on, whatever a watch computes."""
    frame = stopped.frames(stopped.thread())[0]["id"]
    locals_ = stopped.scope(frame, "Locals")
    here = stopped.variables(locals_)["here"]["variablesReference"]
    assert (
        stopped.request("evaluate", frameId=frame, expression="scale(6, 7)", context="watch")["result"]
        == "42"
    )
    assert stopped.variables(here)["x"]["value"] == "3"
    assert stopped.variables(locals_)["half"]["value"] == "0.5"
    assert stopped.request("scopes", frameId=frame)["scopes"]


def test_numbers_are_of_one_stop_and_never_used_again(stopped: Client) -> None:
    """Wish 23."""
    thread = stopped.thread()
    seen: set[int] = set()
    for _ in range(3):
        frames = [one["id"] for one in stopped.frames(thread)]
        references = [
            one["variablesReference"] for one in stopped.request("scopes", frameId=frames[0])["scopes"]
        ]
        assert not seen & set(frames)
        old_frame, old_reference = frames[0], references[0]
        seen |= set(frames)
        stopped.request("next", threadId=thread)
        stopped.stopped("step")
        with pytest.raises(Failed, match="not of this stop"):
            stopped.request("scopes", frameId=old_frame)
        with pytest.raises(Failed, match="not of this stop"):
            stopped.request("variables", variablesReference=old_reference)


def test_what_a_function_returned(stopped: Client) -> None:
    thread = stopped.thread()
    stopped.break_at(SOURCE, at("scale"))
    stopped.request("continue", threadId=thread)
    stopped.stopped("breakpoint")
    stopped.request("stepOut", threadId=thread)
    stopped.stopped("step")
    frame = stopped.frames(thread)[0]["id"]
    assert stopped.variables(stopped.scope(frame, "Return value"))["returned"]["value"] == "30"


def test_containers_of_cpp(client: Client) -> None:
    source = "containers.cpp"
    client.launch(programs.build(source), {path(source): [at("stop", source)]})
    thread = client.stopped("breakpoint")
    found = client.variables(client.scope(client.frames(thread)[0]["id"], "Locals"))
    assert found["text"]["value"] == '"hello"'
    numbers = client.variables(found["numbers"]["variablesReference"])
    assert [numbers[f"[{index}]"]["value"] for index in range(3)] == ["1", "2", "3"]
    assert found["numbers"]["indexedVariables"] == 3
    assert "[raw]" in client.variables(found["numbers"]["variablesReference"], filter="named")
    deck = client.variables(found["deck"]["variablesReference"], filter="indexed", start=300, count=5)
    assert [one["value"] for one in deck.values()] == ["299"]
    ages = client.variables(found["ages"]["variablesReference"])
    assert ages['["ann"]']["value"] == "30"
    points = client.variables(found["points"]["variablesReference"])
    assert client.variables(points["[1]"]["variablesReference"])["x"]["value"] == "3"


def test_containers_of_rust(client: Client) -> None:
    source = "collections.rs"
    client.launch(programs.build(source), {path(source): [at("stop", source)]})
    thread = client.stopped("breakpoint")
    assert client.top(thread)[0] == "collections::main"
    found = client.variables(client.scope(client.frames(thread)[0]["id"], "Locals"))
    assert found["text"]["value"] == '"hello"'
    numbers = client.variables(found["numbers"]["variablesReference"])
    assert [numbers[f"[{index}]"]["value"] for index in range(3)] == ["1", "2", "3"]
    tree = client.variables(found["tree"]["variablesReference"])
    assert tree["[39]"]["value"] == '"n39"'


def test_globals_of_rust_are_the_users_own(client: Client) -> None:
    source = "values_rust.rs"
    client.launch(programs.build(source), {path(source): [at("main", source)]})
    thread = client.stopped("breakpoint")
    found = client.variables(client.scope(client.frames(thread)[0]["id"], "Globals"))
    assert [name for name in found if "vtable" in name] == []
    assert found


def test_entry_of_rust_has_source(client: Client) -> None:
    client.launch(programs.build("collections.rs"), stopOnEntry=True)
    thread = client.stopped("entry")
    frame = client.frames(thread)[0]
    assert frame["name"] == "collections::main" and frame["source"]["path"] == path("collections.rs")


def test_an_argument_that_a_local_hides(client: Client) -> None:
    source = "scopes_c.c"
    client.launch(programs.build(source), {path(source): [at("deepest", source)]})
    frame = client.frames(client.stopped("breakpoint"))[0]["id"]
    found = client.variables(client.scope(frame, "Arguments"))
    assert list(found) == ["value (hidden)"] and "evaluateName" not in found["value (hidden)"]
    assert {"value", "value (hidden)", "outer"} <= client.variables(client.scope(frame, "Locals")).keys()


def test_many_threads(client: Client) -> None:
    client.launch(programs.build("threads.c"), args=["4", "50"])
    client.event("terminated")
    started = {one["threadId"] for one in client.events("thread") if one["reason"] == "started"}
    exited = {one["threadId"] for one in client.events("thread") if one["reason"] == "exited"}
    assert len(started) == 5 and len(exited & started) >= 4
    assert client.output("stdout") == "works 200\n"


def test_every_thread_has_a_stack(client: Client) -> None:
    client.begin("launch", program=programs.build("threads.c"), args=["3", "20"])
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "work"}])
    client.request("configurationDone")
    hit = client.stopped("function breakpoint")
    threads = client.request("threads")["threads"]
    assert hit in [one["id"] for one in threads] and len(threads) >= 2
    # A library's caller names none of its threads, and the kernel all after the program.
    assert len({one["name"] for one in threads}) == len(threads)
    for one in threads:
        assert client.frames(one["id"])
    with pytest.raises(Failed, match="no thread 1"):
        client.request("stackTrace", threadId=1)
    # A step is one thread's, whatever the others run into.
    client.request("setFunctionBreakpoints", breakpoints=[])
    client.request("next", threadId=hit)
    assert client.stopped("step") == hit


def test_floating_and_vector_registers_are_groups(stopped: Client) -> None:
    """Their elements are shown, in hexadecimal too, and set; what is set is in the register."""
    frame = stopped.frames(stopped.thread())[0]["id"]

    def opened(within: dict[str, dict[str, Any]], name: str, **more: Any) -> dict[str, dict[str, Any]]:
        return stopped.variables(within[name]["variablesReference"], **more)

    registers = stopped.variables(stopped.scope(frame, "Registers"))
    group = opened(registers, "SSE")
    assert group["mxcsr"]["value"].startswith("[ ") and group["xmm0"]["value"].startswith("0x")
    views = opened(group, "xmm0")
    assert views["v4_float"]["evaluateName"] == "$xmm0.v4_float"
    reference = views["v4_float"]["variablesReference"]
    assert (
        stopped.request("setVariable", variablesReference=reference, name="[1]", value="1.5")["value"]
        == "1.5"
    )
    body = stopped.request("evaluate", expression="$xmm0.v4_float[1]", context="watch", frameId=frame)
    assert body["result"] == "1.5"
    shown = opened(group, "xmm0", format={"hex": True})["v4_int32"]["value"]
    assert shown.split(", ")[1] == "0x3fc00000"
    reference = registers["Floating point"]["variablesReference"]
    assert (
        stopped.request("setVariable", variablesReference=reference, name="st0", value="2.5")["value"]
        == "2.5"
    )
    assert opened(registers, "Floating point")["st0"]["value"] == "2.5"
    with pytest.raises(Failed, match="cannot be assigned to union vec128"):
        stopped.request(
            "setVariable", variablesReference=registers["SSE"]["variablesReference"], name="xmm1", value="1"
        )


def test_a_caller_has_only_the_registers_that_are_known(client: Client) -> None:
    """No call keeps a vector register."""
    client.launch(programs.build(EDITOR), {path(EDITOR): [at("scaled")]})
    caller = client.frames(client.stopped("breakpoint"))[1]["id"]
    names = client.variables(client.scope(caller, "Registers")).keys()
    assert "rip" in names and "rax" not in names and "SSE" not in names


def test_a_list_that_must_be_walked_is_read_when_it_is_asked_for(client: Client) -> None:
    """`lazy`: each stop would cost the walk; the one variable beneath is the list."""
    source = "long_lists.cpp"
    client.launch(programs.build(source), {path(source): [programs.mark(source, "stop")]})
    frame = client.frames(client.stopped("breakpoint"))[0]["id"]
    found = client.variables(client.scope(frame, "Locals"))
    assert "presentationHint" not in found["brief"] and found["brief"]["indexedVariables"] == 3
    chain = found["chain"]
    assert chain["presentationHint"] == {"lazy": True} and "more than 1000" in chain["value"]
    beneath = client.variables(chain["variablesReference"])
    assert list(beneath) == ["chain"] and "presentationHint" not in beneath["chain"]
    assert beneath["chain"]["indexedVariables"] == 5000 and beneath["chain"]["evaluateName"] == "chain"
    page = client.variables(beneath["chain"]["variablesReference"], filter="indexed", start=4998, count=9)
    assert {name: one["value"] for name, one in page.items()} == {"[4998]": "7", "[4999]": "7"}
