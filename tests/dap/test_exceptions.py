"""Exceptions, panics and signals: what `setExceptionBreakpoints` has and `exceptionInfo` says."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dap.client import Body, Client, Failed
from tests.dap.places import path
from tests.support import programs

THROWN = "thrown.cpp"


def launch(client: Client, program: str, filters: Body, **arguments: object) -> list[Body]:
    """Launch with filters, and return how they are."""
    client.begin("launch", program=program, **arguments)
    found = client.request("setExceptionBreakpoints", **filters)["breakpoints"]
    client.request("configurationDone")
    return found


def test_filters_are_announced(client: Client) -> None:
    filters = client.initialize()["exceptionBreakpointFilters"]
    assert [one["filter"] for one in filters] == [
        "throw", "rethrow", "catch", "panic", "assert", "abort", "load", "unload", "signals",
    ]  # fmt: skip
    assert [one["filter"] for one in filters if one.get("default")] == ["panic", "signals"]


def test_a_throw(client: Client) -> None:
    found = launch(client, programs.build(THROWN), {"filters": ["throw"]}, args=["runtime"])
    thread = client.stopped("exception", hitBreakpointIds=[found[0]["id"]])
    body = client.events("stopped")[-1]
    assert body["description"] == "Paused on C++ exception" and "runtime_error" in body["text"]
    info = client.request("exceptionInfo", threadId=thread)
    assert info["exceptionId"] == "std::runtime_error" and info["breakMode"] == "always"
    assert info["details"]["message"] == info["description"]
    # The first frame that is not pale has the source of the throw.
    shown = next(one for one in client.frames(thread) if one.get("presentationHint") != "subtle")
    assert shown["source"]["path"] == path(THROWN)
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 1


def test_a_throw_of_some_types(client: Client) -> None:
    wanted = {"filters": [], "filterOptions": [{"filterId": "throw", "condition": "argument"}]}
    launch(client, programs.build(THROWN), wanted, args=["runtime", "logic"])
    client.stopped("exception")
    assert "invalid_argument" in client.events("stopped")[-1]["text"]


def test_a_catch(client: Client) -> None:
    launch(client, programs.build(THROWN), {"filters": ["catch"]}, args=["runtime"])
    thread = client.stopped("exception", description="Paused on caught C++ exception")
    client.request("setExceptionBreakpoints", filters=[])
    client.request("continue", threadId=thread)
    client.event("terminated")


def test_a_panic(client: Client) -> None:
    launch(client, programs.build("panics.rs"), {"filters": ["panic"]}, args=["plain"], env={"QUIET": "1"})
    thread = client.stopped("exception", text="panic: plain words")
    assert client.request("exceptionInfo", threadId=thread)["description"] == "plain words"


def test_why_a_program_aborts(client: Client) -> None:
    client.launch(programs.build(THROWN), args=["!runtime"])
    thread = client.stopped("exception")
    assert "runtime_error" in client.request("exceptionInfo", threadId=thread)["description"]


def test_signals_can_be_passed_by(client: Client) -> None:
    launch(client, programs.build("faults.c"), {"filters": []}, args=["segv"])
    assert client.event("exited")["exitCode"] == 128 + 11
    assert client.events("stopped") == []


def test_some_signals(client: Client) -> None:
    wanted = {"filters": [], "filterOptions": [{"filterId": "signals", "condition": "SIGFPE, SIGILL"}]}
    launch(client, programs.build("faults.c"), wanted, args=["ill"])
    thread = client.stopped("exception", text="SIGILL")
    client.request("setExceptionBreakpoints", filters=["signals"])
    client.request("continue", threadId=thread)
    client.event("terminated")


def test_a_filter_that_is_none(client: Client) -> None:
    found = launch(
        client,
        "/bin/true",
        {"filters": ["nonsense"], "filterOptions": [{"filterId": "signals", "condition": "SIGNONE"}]},
    )
    assert [one["verified"] for one in found] == [False, False]
    assert "nonsense" in found[0]["message"] and "SIGNONE" in found[1]["message"]


def test_no_exception_no_info(client: Client) -> None:
    client.launch(programs.build("editor.c"), stopOnEntry=True)
    thread = client.stopped("entry")
    with pytest.raises(Failed, match="no exception"):
        client.request("exceptionInfo", threadId=thread)


def test_the_console_leaves_filters_alone(client: Client) -> None:
    client.begin("launch", program=programs.build(THROWN), args=["runtime"])
    found = client.request("setExceptionBreakpoints", filters=["throw"])["breakpoints"]
    client.request("configurationDone")
    client.stopped("exception")
    client.request("evaluate", expression="p 1", context="repl")
    assert [one for one in client.events("breakpoint") if one["reason"] == "removed"] == []
    client.request("evaluate", expression=f"delete {found[0]['id']}", context="repl")
    assert client.events("breakpoint")[-1]["breakpoint"]["id"] == found[0]["id"]


def test_a_failed_assertion(client: Client) -> None:
    """A stop before the signal, with what was asserted, where and in which function."""
    found = launch(client, programs.build("aborts.c"), {"filters": ["assert"]}, args=["assert"])
    thread = client.stopped("exception", hitBreakpointIds=[found[0]["id"]])
    body = client.events("stopped")[-1]
    assert body["description"] == "Paused on failed assertion" and "aborts.c" in body["text"]
    info = client.request("exceptionInfo", threadId=thread)
    assert info["exceptionId"] == "assert" and info["details"]["message"] == info["description"]
    shown = next(one for one in client.frames(thread) if one.get("presentationHint") != "subtle")
    assert shown["source"]["path"] == path("aborts.c")


def test_a_call_of_abort(client: Client) -> None:
    launch(client, programs.build("aborts.c"), {"filters": ["abort"]}, args=["abort"])
    thread = client.stopped("exception", text="call of abort()")
    assert client.request("exceptionInfo", threadId=thread)["exceptionId"] == "abort"


def test_an_exception_that_is_thrown_again(client: Client) -> None:
    launch(client, programs.build(THROWN), {"filters": ["rethrow"]}, args=["^runtime"])
    client.stopped("exception", description="Paused on C++ exception thrown again")


def test_libraries_that_come_and_go(client: Client) -> None:
    """Those that a condition names; the stop says which, and `exceptionInfo` why it stopped."""
    library = programs.build("plugin.c", "-shared", "-fPIC")
    wanted = [{"filterId": "load", "condition": r"plugin\.so"}, {"filterId": "unload"}]
    found = launch(
        client, programs.build("loader.c"), {"filters": [], "filterOptions": wanted}, args=[library]
    )
    assert all(one["verified"] for one in found)
    for number, kind in enumerate(("load", "unload")):
        thread = client.stopped(
            "exception",
            description=f"Paused on library {kind}ed",
            text=Path(library).name,
            hitBreakpointIds=[found[number]["id"]],
        )
        info = client.request("exceptionInfo", threadId=thread)
        assert info["exceptionId"] == kind and Path(library).name in info["description"]
        client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 0


def test_a_catchpoint_of_the_console_says_what_it_is(client: Client) -> None:
    client.launch(programs.build("forks.c"), stopOnEntry=True, args=["fork"])
    thread = client.stopped("entry")
    client.request("evaluate", expression="catch fork", context="repl")
    client.request("continue", threadId=thread)
    client.stopped("exception")
    assert client.request("exceptionInfo", threadId=thread)["exceptionId"] == "fork"
