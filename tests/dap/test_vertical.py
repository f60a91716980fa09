"""One session from beginning to end, as an editor leads it."""

from __future__ import annotations

from tests.dap.client import Client
from tests.dap.places import EDITOR, at, path
from tests.support import programs

PATH = path(EDITOR)


def test_a_whole_session(client: Client) -> None:
    program = programs.build(EDITOR)
    found = client.launch(program, {PATH: [at("scale")]}, args=["word"], stopOnEntry=True)
    assert [(one["verified"], one["line"]) for one in found] == [(True, at("scale"))]
    assert [one["startMethod"] for one in client.events("process")] == ["launch"]
    thread = client.stopped("entry")
    assert [one["id"] for one in client.request("threads")["threads"]] == [thread]
    frame = client.frames(thread)[0]
    assert (frame["name"], frame["source"]["path"]) == ("main", PATH)

    client.request("continue", threadId=thread)
    thread = client.stopped("breakpoint", hitBreakpointIds=[found[0]["id"]])
    frames = client.frames(thread)
    assert [(one["name"], one["line"]) for one in frames[:2]] == [
        ("scale", at("scale")),
        ("main", at("call")),
    ]
    arguments = client.variables(client.scope(frames[0]["id"], "Arguments"))
    assert {name: one["value"] for name, one in arguments.items()} == {"value": "3", "factor": "10"}
    answer = client.request("evaluate", expression="value * factor", frameId=frames[0]["id"], context="watch")
    assert (answer["result"], answer["type"]) == ("30", "int")

    client.request("next", threadId=thread)
    client.stopped("step")
    locals_ = client.variables(client.scope(client.frames(thread)[0]["id"], "Locals"))
    assert locals_["scaled"]["value"] == "30"
    client.request("stepOut", threadId=thread)
    client.stopped("step")
    assert client.top(thread)[0] == "main"
    client.request("next", threadId=thread)
    client.stopped("step")
    assert client.top(thread) == ("main", at("second"))
    client.request("stepIn", threadId=thread)
    client.stopped("breakpoint")
    assert client.top(thread) == ("scale", at("scale"))
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 7
    client.event("terminated")
    assert client.output("stdout") == "begin 2\nend hello 0.5 100 2 word\n"
    assert client.output("stderr") == "sum 430\n"
    client.end()
