"""`--json`: one object a line for each command, with the library's facts as data."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.terminal import TRAPLINE, batch, environment, ex
from tests.support import programs

_FIELDS = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md").read_text()


def _answers(*words: str, lines: str = "", status: int = 0) -> tuple[list[dict[str, Any]], str]:
    """Return the objects that trapline answers with, and its standard error."""
    done = batch("--json", *words, lines=lines)
    assert done.returncode == status, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def _keys(thing: Any) -> set[str]:
    if isinstance(thing, dict):
        return set(thing).union(*map(_keys, thing.values()))
    return set().union(*map(_keys, thing)) if isinstance(thing, list) else set()


def test_an_object_for_each_command() -> None:
    commands = ["break twice", "run", "backtrace", "info args", "up", "print 6 * 7", "frame 0", "finish", "c"]
    found, errors = _answers("--batch", *ex(*commands), programs.build("twelve.c"))
    assert [one["command"] for one in found] == commands
    assert all(one["ok"] for one in found)
    assert errors == ""
    placed, hit, stack, arguments, up, product, _, finished, ended = found
    source = str(programs.SOURCES / "twelve.c")
    assert placed["breakpoints"][0]["locations"][0]["file"] == source
    assert (hit["stop"]["reason"], hit["stop"]["breakpoints"]) == ("BreakpointHit", [1])
    assert hit["stop"]["frame"]["function"] == "twice"
    assert hit["output"].startswith("Breakpoint 1, twice (n=")
    assert [(one["level"], one["function"]) for one in stack["frames"]] == [(0, "twice"), (1, "main")]
    assert all(one["file"] == source and int(one["address"], 16) for one in stack["frames"])
    assert stack["frames"][0] == hit["stop"]["frame"]
    assert arguments["arguments"] == stack["frames"][0]["arguments"]
    assert [(one["name"], one["type"], one["data"]) for one in arguments["arguments"]] == [("n", "int", 6)]
    assert up["frame"] == stack["frames"][1]
    assert (product["value"], product["history"]) == ({"type": "int", "text": "42", "data": 42}, 1)
    assert finished["stop"]["value"]["data"] == 12
    assert (ended["stop"]["reason"], ended["stop"]["code"], ended["stop"]["signal"]) == ("Exited", 12, None)


def test_watchpoints_that_one_write_changes_and_one_frame_ends() -> None:
    source = "watched_parts.c"
    both = f"break {programs.mark(source, 'both')}"
    commands = ["watch both->left", "watch both->right", "continue", "delete", "tbreak depth", "continue"]
    commands += ["watch n", "watch n > 5", "tbreak depth if n == 1", "continue", "finish", "finish"]
    found, _ = _answers("--batch", *ex(both, "run", *commands), programs.build(source))
    hit = found[4]["stop"]
    assert [(one["watchpoint"], one["old"]["data"], one["new"]["data"]) for one in hit["changes"]] == [
        (2, 1, 7),
        (3, 2.5, 8.5),
    ]
    assert (hit["watchpoint"], hit["old"]["data"]) == (2, 1)
    assert not {"breakpoints", "ended_watchpoints"} & set(hit)
    assert found[-2]["stop"]["reason"] == "FunctionFinished" and "ended_watchpoints" not in found[-2]["stop"]
    assert found[-1]["stop"]["ended_watchpoints"] == [5, 6]


def test_what_goes_wrong_is_an_object_too() -> None:
    found, errors = _answers("--batch", *ex("foo", "print 1"), programs.build("twelve.c"), status=1)
    assert [one["ok"] for one in found] == [False, True]
    assert found[0]["error"].startswith("unknown command 'foo'")
    assert errors == ""
    [refused], errors = _answers("--batch", "/nonexistent", status=1)
    assert (refused["command"], refused["ok"]) == ("file /nonexistent", False)
    assert refused["error"] in errors


def test_an_exit_of_python_is_a_failure() -> None:
    """`sys.exit(9)` is no success, and what follows is not run."""
    for code, status, error in (("9", 9, "Python ended with exit status 9"), ("'bad'", 1, "bad")):
        [answer], _ = _answers(
            "--batch", *ex(f"python import sys; sys.exit({code})", "print 1"), status=status
        )
        assert (answer["ok"], answer["error"]) == (False, error)
    [answer], _ = _answers("--batch", *ex("python import sys; sys.exit()", "print 1"))
    assert answer["ok"] is True


def test_what_the_program_writes_is_elsewhere(tmp_path: Path) -> None:
    """Its output, the shell's and that of Python's subprocesses are no lines of ours."""
    program = programs.build("expressions.c")
    commands = ["run", "shell echo from the shell", "python print('from python')"]
    found, errors = _answers("--batch", *ex(*commands), program)
    assert [one["output"] for one in found[1:]] == ["", "from python\n"]
    assert {"here", "from the shell"} <= set(errors.splitlines())
    found, errors = _answers("--batch", "--stdout", str(tmp_path / "out"), "-ex", "run", program)
    assert (len(found), errors) == (1, "")
    assert (tmp_path / "out").read_text() == "here\n"


def test_values_have_their_content() -> None:
    """Structures, arrays and texts as JSON has them, pointers as addresses."""
    line = programs.mark("expressions.c", "here")
    wanted = ["pr", "arr", "s", "p", "shade", "pp", "*(struct point *)8", "1.5"]
    commands = [f"break {line}", "run", *(f"print {one}" for one in wanted), "info locals"]
    found, _ = _answers("--batch", *ex(*commands), programs.build("expressions.c"), status=1)
    values = {one["command"].removeprefix("print "): one.get("value") for one in found[2:-1]}
    data = {name: value["data"] for name, value in values.items() if value is not None}
    assert data.pop("pp").startswith("0x7f")
    assert data == {
        "pr": {"first": 3, "second": 4.0}, "arr": [1, 2, 3, 4], "s": "hello", "p": {"x": 1, "y": 2},
        "shade": "GREEN", "1.5": 1.5,
    }  # fmt: skip
    local = {one["name"]: one for one in found[-1]["locals"]}
    assert local["b"] == {
        "name": "b", "type": "struct big", "text": "{a = {1, 2, 3, 4, 5}}", "data": {"a": [1, 2, 3, 4, 5]}
    }  # fmt: skip


def test_a_value_with_too_many_parts_has_its_text_only() -> None:
    found, _ = _answers("--batch", *ex("print {int[2000]}&global"), programs.build("expressions.c"))
    value = found[0]["value"]
    assert value["type"] == "int [2000]" and "text" in value and "data" not in value


def test_lines_of_scripts_are_commands(tmp_path: Path) -> None:
    """Those of a file come before the `source`, those of a breakpoint behind what came to it."""
    script = tmp_path / "script"
    script.write_text("break twice\ncommands\nprint n\ncontinue\nend\nrun\n")
    found, _ = _answers("--batch", "-x", str(script), programs.build("twelve.c"))
    assert [one["command"] for one in found] == [
        "break twice", "commands", "run", "print n", "continue", f"source {script}"
    ]  # fmt: skip
    assert [one["stop"]["reason"] for one in found if "stop" in one] == ["BreakpointHit", "Exited"]


def test_each_thread() -> None:
    line = programs.mark("steps_threads.c", "wait")
    commands = [f"break {line}", "run", "thread apply all -ascending backtrace 1", "info threads", "stacks"]
    found, _ = _answers("--batch", *ex(*commands), programs.build("steps_threads.c", "-pthread"))
    _, stopped, each, threads, stacks = found
    assert stopped["stop"]["reason"] == "BreakpointHit"
    assert len(each["each"]) > 1
    assert [one["thread"] for one in each["each"]] == [one["thread"] for one in threads["threads"]]
    assert each["each"][0]["frames"][0]["address"] == threads["threads"][0]["frame"]["address"]
    assert stacks["stacks"][0]["frames"][-1]["level"] == len(stacks["stacks"][0]["frames"]) - 1


def test_commands_are_read_and_answered_one_by_one() -> None:
    """Another program asks, waits for the answer, and asks again."""
    with subprocess.Popen(
        [*TRAPLINE, "--json", programs.build("twelve.c")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in ("break twice", "run", "print n"):
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert (answer["command"], answer["ok"]) == (line, True)
        assert answer["value"]["data"] == 6
        process.stdin.close()
        assert process.wait(60) == 0


def test_an_interrupt_is_a_stop() -> None:
    """SIGINT to us, as `kill -INT` or Ctrl-C sends it, stops the program; the answer says so."""
    with subprocess.Popen(
        [*TRAPLINE, "--json", programs.build("spin.c")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write("run\n")
        process.stdin.flush()
        assert process.stderr.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        answer = json.loads(process.stdout.readline())
        assert (answer["command"], answer["ok"], answer["stop"]["reason"]) == ("run", True, "Interrupted")
        process.stdin.write("kill\nquit 3\n")
        process.stdin.flush()
        assert [json.loads(process.stdout.readline())["command"] for _ in range(2)] == ["kill", "quit 3"]
        assert process.wait(60) == 3


def test_a_stop_says_what_it_is_and_why() -> None:
    """`reason` is always the kind of stop; what the program says of its end is beside it."""
    commands = ["catch assert many if 1 == 1", "run", "continue", "continue"]
    found, _ = _answers("--batch", *ex(*commands), "--args", programs.build("aborts.c"), "assert")
    (caught,) = found[0]["breakpoints"]
    assert (caught["event"], caught["names"], caught["condition"]) == ("assert", ["many"], "1 == 1")
    asserted, signalled, ended = (one["stop"] for one in found[1:])
    assert [one["reason"] for one in (asserted, signalled, ended)] == ["Aborting", "SignalReceived", "Exited"]
    assert asserted["expression"] == 'argc == 77 && "that many"'
    assert asserted["why"].endswith(f"main: Assertion `{asserted['expression']}' failed.")
    assert signalled["why"].endswith(asserted["why"])
    found, _ = _answers("--batch", *ex("catch abort", "run"), "--args", programs.build("aborts.c"), "abort")
    assert (found[1]["stop"]["reason"], found[1]["stop"]["why"]) == ("Aborting", None)


def test_every_field_is_in_the_reference() -> None:
    """What answers have is named by the page."""
    line = programs.mark("expressions.c", "here")
    commands = [
        f"break {line}", "run", "watch i", "catch fork", "info breakpoints", "backtrace full", "info args",
        "info registers rip", "thread", "info threads", "stacks", "thread apply all frame", "print s",
        "print $nosuch_register", "continue", "delete", "break add", "continue", "finish", "foo", "continue",
    ]  # fmt: skip
    found, _ = _answers("--batch", *ex(*commands), programs.build("expressions.c"), status=1)
    named = set(re.findall(r"`([a-z_]+)`", _FIELDS))
    variables = {"data", "rip"}
    got = {name for one in found for name in _keys({k: v for k, v in one.items() if k != "registers"})}
    members = {name for one in found for name in _keys(_data(one))}
    assert got - members - variables <= named, sorted(got - members - named)


def _data(thing: Any) -> list[Any]:
    """Return what values have as content, whose names are the program's."""
    if isinstance(thing, dict):
        inside = [one for name, part in thing.items() if name != "data" for one in _data(part)]
        return [*inside, thing["data"]] if "data" in thing else inside
    return [one for part in thing for one in _data(part)] if isinstance(thing, list) else []
