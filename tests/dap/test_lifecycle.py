"""The life of a program: launch in every console, attach, restart, terminate, disconnect, children."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.dap.client import Body, Client, Failed, SocketClient, listening
from tests.dap.places import EDITOR, at, path
from tests.support import processes, programs

SOURCE = path(EDITOR)


def pid_of(client: Client) -> int:
    return client.events("process")[-1]["systemProcessId"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"program": "/no/such/program"}, "no such file"),
        ({"program": "/etc"}, "directory"),
        ({"program": "/bin/true", "cwd": "/no/such"}, "cwd"),
        ({}, "program"),
        ({"program": 5}, "string"),
        ({"program": "/bin/true", "args": [1]}, "args"),
        ({"program": "/bin/true", "console": "screen"}, "console"),
        ({"program": "/bin/true", "stdio": [1]}, "stdio"),
        ({"program": "/bin/true", "sourceMap": 7}, "sourceMap"),
        ({"program": "/bin/true", "stdio": ["/no/such/input"]}, "no/such/input"),
        ({"program": "/bin/true", "console": "integratedTerminal"}, "terminal"),
        ({"program": "/bin/true", "env": {"A": 1}}, "env"),
    ],
)
def test_a_launch_that_fails_says_why(client: Client, arguments: Body, message: str) -> None:
    """In one line, in the response and in the console."""
    client.initialize()
    with pytest.raises(Failed) as failed:
        client.request("launch", **arguments)
    text = str(failed.value)
    assert message.lower() in text.lower() and "\n" not in text and "Traceback" not in text
    assert client.output("stderr") == f"{text}\n"
    client.end()


def test_a_second_launch_is_refused(client: Client) -> None:
    client.launch(programs.build(EDITOR), stopOnEntry=True)
    client.stopped("entry")
    with pytest.raises(Failed, match="a session has one"):
        client.request("launch", program="/bin/true")


def test_requests_before_a_program(client: Client) -> None:
    client.initialize()
    for command in ("threads", "stackTrace", "continue", "setBreakpoints", "evaluate"):
        with pytest.raises(Failed, match="no program yet"):
            client.request(command)
    with pytest.raises(Failed, match="does not answer"):
        client.request("noSuchRequest")
    client.request("configurationDone")
    client.end()


def test_environment_directory_and_files(client: Client, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    client.launch(
        "/bin/sh",
        args=["-c", 'read a; echo "$a $COLOUR ${HOME-none} $(pwd)"; echo oh >&2'],
        cwd=str(tmp_path),
        env={"COLOUR": "red", "HOME": None},
        stdio=["in.txt", None, "errors.txt"],
    )
    assert client.event("exited")["exitCode"] == 0
    client.event("terminated")
    assert client.output("stdout") == f"one red none {tmp_path}\n"
    assert (tmp_path / "errors.txt").read_text() == "oh\n"
    client.end()


def test_arguments_in_one_string(client: Client) -> None:
    client.launch("/bin/echo", args="one 'two three'")
    client.event("terminated")
    assert client.output("stdout") == "one two three\n"


def test_input_from_the_console(client: Client) -> None:
    """Wish 24: a program that reads can be given a line."""
    client.launch("/bin/sh", args=["-c", "echo go; read line; echo got $line"])
    client.until_output("go\n")
    client.request("evaluate", expression=">hello there", context="repl")
    client.event("terminated")
    assert client.output("stdout") == "go\ngot hello there\n"
    client.end()


def test_output_is_whole_and_before_the_end(client: Client) -> None:
    """Every byte, in order, before `exited`; nothing after `terminated`."""
    count = 20000
    client.launch("/bin/sh", args=["-c", f"seq {count}; printf last"])
    client.event("terminated")
    client.request("disconnect")
    client.close()
    assert client.output("stdout") == "".join(f"{number}\n" for number in range(1, count + 1)) + "last"
    names = [one["event"] for one in client.log if one["type"] == "event"]
    assert "output" not in names[names.index("exited") :]


def test_output_comes_before_the_stop_behind_it(client: Client) -> None:
    client.launch(programs.build(EDITOR), {SOURCE: [at("call")]})
    client.stopped("breakpoint")
    assert client.output("stdout") == "begin 1\n"


def test_characters_are_not_cut(client: Client) -> None:
    client.launch("/bin/sh", args=["-c", "printf '\\303'; sleep 0.05; printf '\\244\\377'"])
    client.event("terminated")
    assert client.output("stdout") == "ä\ufffd"


def test_init_commands(client: Client) -> None:
    client.launch(programs.build(EDITOR), initCommands=["break scale", "no_such_command", "print 1 + 2"])
    client.stopped("function breakpoint")
    written = client.output("console")
    assert "Breakpoint 1" in written and "no_such_command" in written and "$1 = 3" in written
    told = [(one["output"], one.get("group")) for one in client.events("output")]
    at = told.index(("print 1 + 2\n", "start"))
    assert told[at + 1 : at + 3] == [("$1 = 3\n", None), ("", "end")]


def test_source_map(client: Client, tmp_path: Path) -> None:
    """The compiler saw another folder than the one that is here."""
    program = programs.build(EDITOR, f"-ffile-prefix-map={programs.SOURCES}=/nowhere/else")
    (tmp_path / EDITOR).write_text((programs.SOURCES / EDITOR).read_text())
    here = str(tmp_path / EDITOR)
    found = client.launch(program, {here: [at("scale")]}, sourceMap={"/nowhere/else": str(tmp_path)})
    assert found[0]["verified"] and found[0]["source"]["path"] == here
    thread = client.stopped("breakpoint")
    assert client.frames(thread)[0]["source"]["path"] == here


def test_without_debugging(client: Client) -> None:
    client.launch(programs.build(EDITOR), noDebug=True, args=["x"])
    assert client.event("exited")["exitCode"] == 7
    client.event("terminated")
    assert client.output("stdout").startswith("begin 2\n") and client.output("stderr") == "sum 430\n"
    assert client.events("stopped") == []
    client.end()


def test_without_debugging_it_can_be_given_input(client: Client) -> None:
    """A line in the console reaches it; anything else needs a debugger, and is told so."""
    client.launch(programs.build("cat.c"), noDebug=True)
    client.request("evaluate", expression=">typed", context="repl")
    client.until_output("typed")
    with pytest.raises(Failed, match=">TEXT gives it a line"):
        client.request("evaluate", expression="1 + 1", context="repl")
    client.request("terminate")
    client.event("terminated")
    with pytest.raises(Failed, match="has ended"):
        client.request("evaluate", expression=">late", context="repl")
    client.end()


@pytest.mark.parametrize("word", ["pid", "processId"])
def test_a_wrong_process_id_is_called_what_the_client_called_it(client: Client, word: str) -> None:
    client.initialize()
    with pytest.raises(Failed, match=f"'{word}', a process id, not 'none'"):
        client.request("attach", **{word: "none"})


def test_without_debugging_nobody_traces(client: Client) -> None:
    client.launch(programs.build("spin.c"), noDebug=True)
    client.until_output("ready\n")
    assert {"capabilities": {"supportsRestartRequest": False}} in client.events("capabilities")
    assert processes.tracer(pid_of(client)) == 0
    with pytest.raises(Failed, match="without debugging"):
        client.request("threads")
    client.request("terminate")
    assert client.event("exited")["exitCode"] == 128 + 15
    client.event("terminated")
    client.end()


@pytest.mark.parametrize("configured", [True, False])
def test_without_debugging_it_can_be_left_running(configured: bool) -> None:
    """Its end, behind that of its session, troubles nobody: `listening` sees that the server says nothing."""
    with listening() as port:
        client = SocketClient(port)
        output = [None, "/dev/null", None]
        client.begin("launch", program=programs.build("spin.c"), noDebug=True, stdio=output)
        if configured:
            client.configure()
        client.request("disconnect", terminateDebuggee=False)
        client.drain()
        client.close()
        pid = pid_of(client)
        assert processes.exists(pid) and processes.tracer(pid) == 0
        os.kill(pid, 9)
        processes.until(lambda: not processes.state(pid), what="the server to have reaped it")


def test_without_debugging_what_was_never_configured_is_reaped_too() -> None:
    """A server has other sessions behind it, and no zombies."""
    with listening() as port:
        client = SocketClient(port)
        client.begin("launch", program=programs.build("spin.c"), noDebug=True)
        client.request("disconnect", terminateDebuggee=True)
        client.drain()
        client.close()
        pid = pid_of(client)
        processes.until(lambda: not processes.state(pid), what="the server to have reaped it")


def test_a_program_without_a_name_is_told(client: Client) -> None:
    client.initialize()
    with pytest.raises(Failed, match="'program' is empty"):
        client.request("launch", program="")


def test_without_debugging_a_mistake_is_told(client: Client) -> None:
    client.initialize()
    with pytest.raises(Failed, match="no/such"):
        client.request("launch", program="/no/such", noDebug=True)
    client.end()


def test_pause_and_continue(client: Client) -> None:
    program = programs.build("spin.c")
    client.launch(program)
    client.until_output("ready\n")
    # It may be in fflush() still, or in the loader that looks for fflush().
    pid = pid_of(client)
    processes.wait_changed(pid, programs.load_address(pid, program, "counter"), 8)
    thread = client.thread()
    for _ in range(3):
        client.request("pause", threadId=thread)
        assert client.stopped("pause") == thread
        assert client.top(thread)[0] in ("main", "turn")
        client.request("continue", threadId=thread)
    client.end()


def test_pause_in_the_midst_of_a_step(client: Client) -> None:
    program = programs.build("spin.c", "-DNO_CALL")
    client.launch(program, {path("spin.c"): [programs.mark("spin.c", "tight")]})
    thread = client.stopped("breakpoint")
    client.break_at(path("spin.c"))
    client.request("next", threadId=thread)
    client.request("pause", threadId=thread)
    client.stopped("pause")
    client.end()


def test_terminate_asks_the_program(client: Client) -> None:
    client.launch("/bin/sh", args=["-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do :; done"])
    client.until_output("up\n")
    client.request("terminate")
    assert client.event("exited")["exitCode"] == 3
    assert client.output("stdout") == "up\nbye\n"
    client.end()


def test_terminate_a_stopped_program(client: Client) -> None:
    client.launch(programs.build("spin.c"), stopOnEntry=True)
    client.stopped("entry")
    client.request("terminate")
    client.event("continued", allThreadsContinued=True)  # no client expects that of `terminate`
    assert client.event("exited")["exitCode"] == 128 + 15
    client.event("terminated")
    client.end()


def test_restart(client: Client) -> None:
    found = client.launch(programs.build(EDITOR), {SOURCE: [at("second")]}, args=["first"])
    thread = client.stopped("breakpoint")
    old = pid_of(client)
    client.request("restart")
    client.event("continued", allThreadsContinued=True)  # the old stop is over before there is another
    again = client.stopped("breakpoint", hitBreakpointIds=[found[0]["id"]])
    assert again != thread and pid_of(client) != old and not processes.exists(old)
    assert client.events("thread")[-2:] == [
        {"reason": "started", "threadId": again},
        {"reason": "exited", "threadId": thread},
    ]
    client.request("continue", threadId=again)
    assert client.event("exited")["exitCode"] == 7
    client.request("restart", arguments={"program": programs.build(EDITOR), "args": ["second"]})
    last = client.stopped("breakpoint")
    client.request("continue", threadId=last)
    client.event("terminated")
    assert client.output("stdout").endswith(" second\n")
    client.end()


@pytest.mark.parametrize("running", [True, False])
def test_a_restart_that_fails_tells_of_the_end(client: Client, tmp_path: Path, running: bool) -> None:
    """The program is gone then, and its file was before; where it ran the answer was given already."""
    program = tmp_path / "spin"
    shutil.copy(programs.build("spin.c"), program)
    client.launch(str(program), stopOnEntry=not running)
    client.until_output("ready\n") if running else client.stopped("entry")
    program.unlink()
    assert client.answer(client.send("restart"))["success"] is running
    client.event("exited")
    client.event("terminated")
    client.end()
    assert len(client.events("terminated")) == 1


def test_restart_while_it_runs(client: Client) -> None:
    client.launch(programs.build("spin.c"))
    client.until_output("ready\n")
    old = pid_of(client)
    client.request("restart")
    client.event("process")
    client.until_output("ready\n")
    assert pid_of(client) != old and not processes.exists(old)
    assert client.events("stopped") == []
    client.end()


def launched(client: Client, running: bool) -> int:
    """Launch a program, wait until it runs or stands at its entry, and return its process id."""
    client.launch(programs.build("spin.c"), stopOnEntry=not running)
    if running:
        client.until_output("ready\n")
    else:
        client.stopped("entry")
    return pid_of(client)


@pytest.mark.parametrize("running", [True, False])
def test_disconnect_ends_what_was_launched(client: Client, running: bool) -> None:
    pid = launched(client, running)
    client.end()
    assert not processes.exists(pid)


@pytest.mark.parametrize("running", [True, False])
def test_a_client_that_is_gone_leaves_nothing(client: Client, running: bool) -> None:
    pid = launched(client, running)
    client.close()
    assert not processes.exists(pid)


@pytest.mark.parametrize("suspends", (False, True))
def test_disconnect_can_leave_it_running(client: Client, suspends: bool) -> None:
    """One that was launched cannot stay stopped: the kernel hangs up on orphans that are."""
    client.launch(programs.build("spin.c"), stdio=[None, "/dev/null", None], stopOnEntry=True)
    client.stopped("entry")
    pid = pid_of(client)
    client.request("disconnect", terminateDebuggee=False, suspendDebuggee=suspends)
    assert ("cannot be left stopped" in client.output("important")) is suspends
    client.close()
    try:
        # It goes on, whether the processor or a page of a file is what it waits for.
        assert processes.state(pid) in ("R", "S", "D") and processes.tracer(pid) == 0
    finally:
        os.kill(pid, 9)


def test_disconnect_can_leave_it_stopped(client: Client) -> None:
    with processes.running(programs.build("spin.c")) as process:
        client.begin("attach", pid=process.pid)
        client.configure()
        client.request("disconnect", suspendDebuggee=True)
        client.close()
        processes.until(lambda: processes.state(process.pid) == "T", what="it to be stopped")
        process.kill()


@pytest.mark.parametrize("name", ["pid", "processId"])
@pytest.mark.parametrize("kind", [int, str])
def test_attach(client: Client, name: str, kind: type) -> None:
    with processes.running(programs.build("spin.c")) as process:
        client.begin("attach", **{name: kind(process.pid)}, stopOnEntry=True)
        client.configure()
        thread = client.stopped("entry")
        assert thread == process.pid
        assert client.frames(thread)[-1]["name"] in (
            "_start",
            "main",
            "__libc_start_main",
            "__libc_start_call_main",
        )
        assert client.events("capabilities")[0]["capabilities"] == {"supportsRestartRequest": False}
        with pytest.raises(Failed, match="cannot be restarted"):
            client.request("restart")
        client.end()
        assert processes.exists(process.pid) and processes.tracer(process.pid) == 0
        process.kill()


def test_attach_goes_on_by_itself(client: Client) -> None:
    with processes.running(programs.build("spin.c")) as process:
        client.begin("attach", pid=process.pid)
        client.configure()
        client.request("pause", threadId=process.pid)
        client.stopped("pause")
        client.request("disconnect", terminateDebuggee=True)
        client.close()
        assert process.wait(60) == -9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pid": "some"}, "process id"),
        ({}, "process id"),
        ({"pid": 2**22 + 5}, "no process"),
        ({"core": "core.1"}, "core files"),
    ],
)
def test_an_attach_that_fails_says_why(client: Client, arguments: Body, message: str) -> None:
    client.initialize()
    with pytest.raises(Failed) as failed:
        client.request("attach", **arguments)
    assert message in str(failed.value).lower()
    client.end()


# -- the editor's terminal -------------------------------------------------------------------------


class Terminal:
    """An editor's terminal: a pty on which `runInTerminal` starts what it is given."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        self._slave = slave
        self.requests: list[Body] = []
        self.process: subprocess.Popen[bytes] | None = None

    def answer(self, arguments: Body) -> Body:
        self.requests.append(arguments)
        changes = {name: value for name, value in arguments.get("env", {}).items() if value is not None}
        script = (
            "import os, sys, fcntl, termios\nos.setsid()\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
            "os.execvp(sys.argv[1], sys.argv[1:])"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments["args"]],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=arguments["cwd"],
            env={**os.environ, **changes},
        )
        return {"body": {"processId": self.process.pid}}

    def read_until(self, text: str) -> str:
        found = b""
        while text.encode() not in found:
            found += os.read(self.master, 4096)
        return found.decode()

    def close(self) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self._slave)


@pytest.fixture
def terminal() -> Any:
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def with_terminal(connect: Callable[..., Client], terminal: Terminal) -> Client:
    client = connect(features={"supportsRunInTerminalRequest": True})
    client.answers["runInTerminal"] = terminal.answer
    return client


@pytest.mark.parametrize("console", ["integratedTerminal", "externalTerminal"])
def test_a_terminal_of_the_editor(with_terminal: Client, terminal: Terminal, console: str) -> None:
    """Wish 24: the program's own terminal, with input, and everything else as anywhere."""
    client = with_terminal
    source = "terminal_echo.c"
    found = client.launch(
        programs.build(source), {path(source): [at("got", source)]}, console=console, env={"COLOUR": "red"}
    )
    assert found[0]["verified"]
    assert terminal.requests[0]["kind"] == console.removesuffix("Terminal")
    assert "controlling terminal: yes" in terminal.read_until("say: ")
    os.write(terminal.master, b"hello\n")
    thread = client.stopped("breakpoint")
    frame = client.frames(thread)[0]["id"]
    assert client.request("evaluate", expression="line", frameId=frame)["result"].startswith('"hello')
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 5
    assert "got hello red" in terminal.read_until("red")
    assert client.output("stdout") == ""
    client.end()


def test_a_terminal_and_stop_on_entry(with_terminal: Client, terminal: Terminal) -> None:
    client = with_terminal
    client.launch(programs.build(EDITOR), console="integratedTerminal", stopOnEntry=True)
    assert "env" not in terminal.requests[0]
    thread = client.stopped("entry")
    assert client.frames(thread)[0]["name"] == "main"
    pid = pid_of(client)
    client.end()
    assert not processes.exists(pid)


def test_a_restart_in_a_terminal(with_terminal: Client, terminal: Terminal) -> None:
    """It is run there anew; what the client wants to stop at is kept, with its numbers."""
    client = with_terminal
    client.begin(
        "launch", program=programs.build(EDITOR), console="integratedTerminal", initCommands=["break sum"]
    )
    client.request("setExceptionBreakpoints", filters=["throw"])
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "no_such_function"}])
    found = client.configure({SOURCE: [at("begin"), at("second")]})
    old = pid_of(client)
    client.stopped("breakpoint", hitBreakpointIds=[found[0]["id"]])
    client.break_at(SOURCE, at("second"))
    client.request("evaluate", expression="break scale", context="repl")
    before = {one["breakpoint"]["id"] for one in client.events("breakpoint")}
    first = terminal.process
    client.request("restart", arguments={"program": programs.build(EDITOR), "args": ["again"]})
    client.event("breakpoint", reason="removed")
    client.event("breakpoint", reason="new")
    thread = client.stopped("breakpoint", hitBreakpointIds=[found[1]["id"]])
    assert pid_of(client) != old and not processes.exists(old)
    assert first is not None and first.wait() == -9
    new = client.events("breakpoint")[-1]["breakpoint"]["id"]
    assert new > max(before)
    assert [one["threadId"] for one in client.events("thread") if one["reason"] == "exited"] == [old]
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 7
    assert "again" in terminal.read_until("again")
    client.end()


def test_a_restart_in_a_terminal_that_is_refused(with_terminal: Client, terminal: Terminal) -> None:
    client = with_terminal
    client.launch(programs.build(EDITOR), console="integratedTerminal", stopOnEntry=True)
    client.stopped("entry")
    client.answers["runInTerminal"] = lambda _: {"success": False, "message": "no terminal today"}
    with pytest.raises(Failed, match="no terminal today"):
        client.request("restart")
    client.event("terminated")
    client.end()


@pytest.mark.parametrize("debugged", [True, False])
def test_a_terminal_and_a_program_that_cannot_run(
    with_terminal: Client, terminal: Terminal, debugged: bool
) -> None:
    client = with_terminal
    client.initialize()
    with pytest.raises(Failed, match=r"^/no/such/program: No such file"):
        client.request(
            "launch", program="/no/such/program", console="integratedTerminal", noDebug=not debugged
        )
    client.end()


def test_a_terminal_without_debugging(with_terminal: Client, terminal: Terminal) -> None:
    client = with_terminal
    client.launch(programs.build(EDITOR), console="integratedTerminal", noDebug=True)
    client.event("terminated")
    assert "end hello" in terminal.read_until("end hello")
    client.end()


def test_a_terminal_that_reaps_at_once(connect: Callable[..., Client], terminal: Terminal) -> None:
    """As a shell does: the program is gone before anything else is done with it."""
    client = connect(features={"supportsRunInTerminalRequest": True})
    reapers: list[threading.Thread] = []

    def answer(arguments: Body) -> Body:
        body = terminal.answer(arguments)
        assert terminal.process is not None
        reapers.append(threading.Thread(target=terminal.process.wait))
        reapers[0].start()
        return body

    client.answers["runInTerminal"] = answer
    client.launch("/bin/true", console="integratedTerminal", noDebug=True)
    client.event("terminated")
    client.end()
    reapers[0].join()


def test_a_terminal_that_the_editor_refuses(connect: Callable[..., Client]) -> None:
    client = connect(features={"supportsRunInTerminalRequest": True})
    client.answers["runInTerminal"] = lambda _: {"success": False, "message": "no terminal today"}
    client.initialize()
    with pytest.raises(Failed, match="no terminal today"):
        client.request("launch", program="/bin/true", console="integratedTerminal")
    client.end()


# -- children --------------------------------------------------------------------------------------


def test_a_child_gets_a_session_of_its_own(connect: Callable[..., Client]) -> None:
    """Wish 30: by `startDebugging`; it has not run a line before that session has set its breakpoints."""
    source = "forks.c"
    parent = connect(features={"supportsStartDebuggingRequest": True})
    asked: list[Body] = []
    parent.answers["startDebugging"] = lambda arguments: asked.append(arguments) or {}
    parent.launch(programs.build(source), args=["fork"], followFork="both")
    parent.wait(lambda one: one["type"] == "request" and one["command"] == "startDebugging")
    configuration = asked[0]["configuration"]
    assert asked[0]["request"] == configuration["request"] == "attach"

    child = connect()
    child.begin("attach", **configuration)
    child.request("setFunctionBreakpoints", breakpoints=[{"name": "in_child"}])
    child.request("configurationDone")
    thread = child.stopped("function breakpoint")
    assert child.top(thread)[0] == "in_child"
    child.request("continue", threadId=thread)
    assert child.event("exited")["exitCode"] == 9
    assert parent.event("exited")["exitCode"] == 1
    assert parent.events("stopped") == []
    child.end()
    parent.end()


@pytest.mark.parametrize("how", ["spawn", "system"])
def test_a_child_that_execs_is_handed_over_then(connect: Callable[..., Client], how: str) -> None:
    parent = connect(features={"supportsStartDebuggingRequest": True})
    asked: list[Body] = []
    parent.answers["startDebugging"] = lambda arguments: asked.append(arguments) or {}
    parent.launch(programs.build("forks.c"), args=[how], followFork="both")
    parent.wait(lambda one: one["type"] == "request" and one["command"] == "startDebugging")
    child = connect()
    child.begin("attach", **asked[0]["configuration"])
    child.configure()
    assert child.event("exited")["exitCode"] == 9
    assert parent.event("exited")["exitCode"] == 1
    child.end()
    parent.end()


def test_a_child_that_nobody_takes_runs_on(connect: Callable[..., Client]) -> None:
    client = connect(features={"supportsStartDebuggingRequest": True})
    client.answers["startDebugging"] = lambda _: {"success": False, "message": "not today"}
    client.launch(programs.build("forks.c"), args=["fork", "3"], followFork="both")
    assert client.event("exited")["exitCode"] == 3
    assert "not today" in client.output("important")
    client.end()


@pytest.mark.parametrize("ends", [True, False])
def test_a_child_that_the_editor_never_takes_goes_on_when_the_session_ends(
    connect: Callable[..., Client], ends: bool
) -> None:
    """Neither it nor its parent, which waits for it, is left behind."""
    client = connect(features={"supportsStartDebuggingRequest": True})
    client.answers["startDebugging"] = lambda _: {}
    client.launch(
        programs.build("forks.c"), args=["fork"], followFork="both", stdio=[None, "/dev/null", None]
    )
    asked = client.wait(lambda one: one["type"] == "request" and one["command"] == "startDebugging")
    child = asked["arguments"]["configuration"]["pid"]
    processes.until(lambda: processes.state(child) == "T", what="the child to wait")
    client.request("disconnect", terminateDebuggee=ends)
    client.close()
    for pid in (child, pid_of(client)):
        processes.until(lambda pid=pid: not processes.exists(pid), what=f"{pid} to have ended")


def test_children_are_left_alone_where_the_editor_cannot_have_them(client: Client) -> None:
    client.launch(programs.build("forks.c"), args=["fork", "2"], followFork="both")
    assert client.event("exited")["exitCode"] == 2
    assert "not followed" in client.output("important")


def test_the_child_can_be_followed_alone(client: Client) -> None:
    client.begin("launch", program=programs.build("forks.c"), args=["fork"], followFork="child")
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "in_child"}])
    first = pid_of(client)
    client.request("configurationDone")
    thread = client.stopped("function breakpoint")
    assert thread == pid_of(client) != first
    client.request("continue", threadId=thread)
    assert client.event("exited")["exitCode"] == 9
    client.end()
