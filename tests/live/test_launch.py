"""Starting programs: every kind of them, what they are born with, and what cannot be started."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


def _born_with(inferior: Any) -> dict[str, list[str]]:
    """Return what surroundings.c printed: first word to the rests of its lines."""
    assert inferior.run().code == 0
    found: dict[str, list[str]] = {}
    for line in inferior.stdout.read().decode().splitlines():
        word, _, rest = line.partition(" ")
        found.setdefault(word, []).append(rest)
    return found


# -- kinds of program -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flags",
    [
        ("-pie", "-fPIE"),
        ("-no-pie",),
        ("-static",),
        ("-static-pie", "-fPIE"),
        ("-O2",),
        ("-pie", "-fPIE", "-Wl,-z,now"),
    ],
    ids=" ".join,
)
def test_every_kind_of_elf_program(launch: Any, flags: tuple[str, ...]) -> None:
    """PIE, no-PIE, static, static-pie: breakpoints by name are hit, exit codes exact."""
    inferior = launch(programs.build("twelve.c", *flags))
    main = inferior.set_breakpoint("main")
    stop = inferior.resume()
    assert (main,) == stop.breakpoints
    assert main.locations[0].address == inferior.thread.registers.rip
    assert inferior.run().code == 12


@pytest.mark.parametrize("flags", [(), ("-static",)], ids=["dynamic", "static"])
def test_a_musl_program(launch: Any, flags: tuple[str, ...]) -> None:
    """A program of another C library."""
    inferior = launch(programs.build("twelve.c", *flags, compiler="musl-gcc"))
    twice = inferior.set_breakpoint("twice")
    assert inferior.run(lambda *_: None).code == 12
    assert twice.hit_count == 1


def test_a_rust_program(launch: Any) -> None:
    """A Rust function's unmangled name is a location."""
    inferior = launch(programs.build("counted.rs"))
    step = inferior.set_breakpoint("rust_step")
    assert inferior.run(lambda *_: None).code == 5
    assert step.hit_count == 5


def test_a_script_with_an_interpreter_line(launch: Any, tmp_path: Path) -> None:
    """A #! script runs under its interpreter, which is what is debugged."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 21\n")
    script.chmod(0o755)
    inferior = launch([str(script)])
    assert os.path.realpath("/bin/sh") == os.path.realpath(inferior.exe)
    assert inferior.run().code == 21


def test_a_name_is_looked_up_in_path(launch: Any) -> None:
    """A name without a slash is found in PATH, as a shell would."""
    inferior = launch(["true"])
    assert Path(inferior.exe).name in ("true", "coreutils")
    assert inferior.run().code == 0


def test_a_stripped_program_of_the_distribution(launch: Any) -> None:
    """/bin/ls has no symbols of its own; its calls of malloc are seen."""
    inferior = launch(["/bin/ls", "/"], stdout=trapline.PIPE)
    malloc = inferior.set_breakpoint("malloc")
    assert inferior.run(lambda *_: None).code == 0
    assert malloc.hit_count > 0
    assert set(inferior.stdout.read().decode().splitlines()) > {"proc", "bin"}


# -- what a program is born with ------------------------------------------------------------------


def test_arguments_are_given_exactly(launch: Any) -> None:
    """Spaces, quotes and empty arguments arrive as they are."""
    arguments = ["a b", "", "'quoted'", "$HOME", "ü", "*"]
    inferior = launch([programs.build("surroundings.c"), *arguments], stdout=trapline.PIPE)
    assert [programs.build("surroundings.c"), *arguments] == list(inferior.argv)
    assert arguments == _born_with(inferior)["argument"][1:]


def test_executable_and_argv_zero_may_differ(launch: Any) -> None:
    """`executable` is what runs, argv[0] what it is told."""
    program = programs.build("surroundings.c")
    inferior = launch(["another-name"], executable=program, stdout=trapline.PIPE)
    assert os.path.realpath(program) == os.path.realpath(inferior.exe)
    assert _born_with(inferior)["argument"] == ["another-name"]


def test_the_environment_is_inherited_or_replaced(launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `env` ours is inherited; with it, it is the whole environment."""
    monkeypatch.setenv("TRAPLINE_TEST", "inherited")
    program = programs.build("surroundings.c")
    assert "TRAPLINE_TEST=inherited" in _born_with(launch([program], stdout=trapline.PIPE))["variable"]
    replaced = launch([program], env={"ONLY": "this"}, stdout=trapline.PIPE)
    assert _born_with(replaced)["variable"] == ["ONLY=this"]


def test_the_working_directory(launch: Any, tmp_path: Path) -> None:
    """`cwd` is where the program starts; ours stays."""
    before = Path.cwd()
    inferior = launch([programs.build("surroundings.c")], cwd=str(tmp_path), stdout=trapline.PIPE)
    assert [str(tmp_path)] == _born_with(inferior)["directory"]
    assert before == Path.cwd()


def test_default_signals_own_group_and_no_stray_descriptors(launch: Any) -> None:
    """What Python ignores is not ignored, what who started us ignores is (nohup); nothing is blocked."""
    inherited = int(processes.status(os.getpid())["SigIgn"], 16)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        inherited &= ~(1 << number - 1)
    extra = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(extra, True)
    try:
        found = _born_with(launch([programs.build("surroundings.c")], stdout=trapline.PIPE))
    finally:
        os.close(extra)
    assert found["own"] == ["group 1"]
    assert int(found["ignored"][0], 16) == inherited
    assert int(found["blocked"][0], 16) == 0
    assert {"0", "1", "2"} == set(found["descriptor"])


# -- files ----------------------------------------------------------------------------------------


def test_input_is_given_as_bytes(launch: Any) -> None:
    """`input` is what the program reads on stdin, then end of file."""
    inferior = launch(
        [programs.build("cat.c")], input=b"abc" * 1000, stdout=trapline.PIPE, stderr=trapline.PIPE
    )
    assert inferior.run().code == 3
    assert inferior.stdout.read() == b"abc" * 1000
    assert inferior.stderr.read() == b"3000 bytes\n"


def test_descriptors_and_file_objects(launch: Any, tmp_path: Path) -> None:
    """Files as in subprocess: file objects and descriptor numbers."""
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b"from a file")
    with source.open("rb") as reader, target.open("wb") as writer:
        inferior = launch(
            [programs.build("cat.c")], stdin=reader, stdout=writer.fileno(), stderr=trapline.DEVNULL
        )
        assert inferior.run().code == 3
    assert target.read_bytes() == b"from a file"


def test_stderr_into_stdout(launch: Any) -> None:
    """STDOUT sends stderr where stdout goes."""
    inferior = launch([programs.build("cat.c")], input=b"x", stdout=trapline.PIPE, stderr=trapline.STDOUT)
    inferior.run()
    assert inferior.stdout.read() == b"x1 bytes\n"


def test_the_constants_are_those_of_subprocess() -> None:
    """PIPE, STDOUT and DEVNULL are subprocess's integers, so that either can be given."""
    import subprocess

    expected = (subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL)
    assert expected == (trapline.PIPE, trapline.STDOUT, trapline.DEVNULL)


def test_a_full_pipe_never_blocks_the_program(launch: Any) -> None:
    """10 MB of output into PIPE under run(), which nobody reads before the exit."""
    inferior = launch([programs.build("flood.c"), "10240"], stdout=trapline.PIPE)
    assert inferior.run(timeout=60).code == 5
    assert len(inferior.stdout.read()) == 10240 * 1024


def test_a_dialogue_with_a_breakpoint_inside(launch: Any) -> None:
    """Reads serve the inferior meanwhile: the callback runs while we wait for the answer."""
    words = []

    def look(inferior: Any, point: Any) -> None:
        words.append(inferior.memory.read_c_string(inferior.thread.registers.rdi))

    inferior = launch([programs.build("login.c")], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.set_breakpoint("check", callback=look)
    inferior.resume_nowait()
    assert inferior.stdout.read_until(b"login: ", timeout=20) == b"login: "
    inferior.stdin.write(b"root\n")
    assert inferior.stdout.read_until(b": ", timeout=20) == b"password: "
    inferior.stdin.write(b"sesame\n")
    assert inferior.stdout.readline() == b"welcome root\n"
    assert words == [b"sesame\n"]
    assert isinstance(inferior.wait(), trapline.Exited)


def test_a_read_from_a_stopped_program_is_refused_at_once(launch: Any) -> None:
    """With nothing buffered and nobody running, a read would wait for ever: NotRunning."""
    inferior = launch([programs.build("login.c")], stdin=trapline.PIPE, stdout=trapline.PIPE)
    with pytest.raises(trapline.NotRunning):
        inferior.stdout.read()


def test_a_read_with_a_timeout_gives_up(launch: Any) -> None:
    """read_until raises StopTimeout when the marker does not come."""
    inferior = launch([programs.build("login.c")], stdin=trapline.PIPE, stdout=trapline.PIPE)
    inferior.resume_nowait()
    with pytest.raises(trapline.StopTimeout):
        inferior.stdout.read_until(b"never printed", timeout=0.2)
    assert inferior.stdout.read_until(b"login: ", timeout=20) == b"login: "


def test_closing_stdin_is_the_end_of_file(launch: Any) -> None:
    """stdin is closed by close(); the program reads end of file."""
    inferior = launch(
        [programs.build("cat.c")], stdin=trapline.PIPE, stdout=trapline.PIPE, stderr=trapline.DEVNULL
    )
    inferior.stdin.write(b"to the end")
    inferior.stdin.close()
    assert inferior.run().code == 3
    assert inferior.stdout.read() == b"to the end"


def test_a_new_terminal(launch: Any) -> None:
    """tty=True: the program's files are a terminal of its own, ours to read from."""
    inferior = launch([programs.build("surroundings.c")], tty=True)
    assert inferior.tty is not None
    inferior.run()
    assert inferior.state == trapline.State.EXITED


def test_output_of_a_new_terminal(launch: Any) -> None:
    """What the program writes to its pty is read from inferior.stdout, and isatty() is true there."""
    inferior = launch([programs.build("surroundings.c")], tty=True)
    inferior.resume_nowait()
    text = inferior.stdout.read_until(b"terminal 2 1", timeout=20)
    assert text[text.index(b"terminal 0") :] == b"terminal 0 1\r\nterminal 1 1\r\nterminal 2 1"
    assert inferior.wait().status.code == 0


def test_a_terminal_by_path(launch: Any) -> None:
    """tty=PATH: the program gets the terminal that the caller made."""
    ours, theirs = os.openpty()
    try:
        inferior = launch([programs.build("twelve.c")], tty=os.ttyname(theirs))
        found = os.readlink(f"/proc/{inferior.pid}/fd/0")
        assert os.ttyname(theirs) == found
        assert inferior.run().code == 12
    finally:
        os.close(ours)
        os.close(theirs)


# -- errors ---------------------------------------------------------------------------------------


def _refusal(path: str, **options: Any) -> trapline.LaunchError:
    before = processes.children()
    with pytest.raises(trapline.LaunchError) as caught:
        trapline.launch([path], **options)
    assert isinstance(caught.value, OSError)
    assert before == processes.children()
    return caught.value


def test_a_missing_file(tmp_path: Path) -> None:
    """ENOENT with the file's name; no process is left."""
    error = _refusal(str(tmp_path / "missing"))
    assert (errno.ENOENT, str(tmp_path / "missing")) == (error.errno, error.filename)


def test_a_missing_name() -> None:
    """A name that PATH does not have: ENOENT."""
    assert _refusal("no-such-program-anywhere").errno == errno.ENOENT


def test_a_directory(tmp_path: Path) -> None:
    """A directory is no program, and the message says so."""
    error = _refusal(str(tmp_path))
    assert error.errno in (errno.EISDIR, errno.EACCES)
    assert "directory" in str(error)


def test_no_execute_bit(tmp_path: Path) -> None:
    """EACCES, and what to do about it."""
    path = tmp_path / "program"
    path.write_bytes(Path(programs.build("twelve.c")).read_bytes())
    error = _refusal(str(path))
    assert (errno.EACCES, str(path)) == (error.errno, error.filename)


@pytest.mark.parametrize(("machine", "bits"), [(183, 2), (3, 1)], ids=["aarch64", "i386"])
def test_a_wrong_architecture(tmp_path: Path, machine: int, bits: int) -> None:
    """An ELF file of another machine or class: ENOEXEC, and the message names it."""
    data = bytearray(Path(programs.build("twelve.c")).read_bytes())
    data[4] = bits
    data[18:20] = machine.to_bytes(2, "little")
    path = tmp_path / "foreign"
    path.write_bytes(data)
    path.chmod(0o755)
    error = _refusal(str(path))
    assert error.errno == errno.ENOEXEC
    assert "x86-64" in str(error)


def test_not_a_program_at_all(tmp_path: Path) -> None:
    """A text without #! line: ENOEXEC."""
    path = tmp_path / "text"
    path.write_text("exit 3\n")
    path.chmod(0o755)
    assert _refusal(str(path)).errno == errno.ENOEXEC


def test_a_missing_interpreter(tmp_path: Path) -> None:
    """A script whose interpreter is missing: ENOENT, as execve says."""
    path = tmp_path / "script"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)
    error = _refusal(str(path))
    assert error.errno == errno.ENOENT
    assert str(error) == f"{path}: its interpreter /no/such/interpreter is not there"


def test_a_missing_loader() -> None:
    """A program whose PT_INTERP is missing: the same."""
    path = programs.build("twelve.c", "-Wl,--dynamic-linker=/no/such/loader")
    error = _refusal(path)
    assert error.errno == errno.ENOENT
    assert str(error) == f"{path}: its interpreter /no/such/loader is not there"


def test_a_bad_working_directory(tmp_path: Path) -> None:
    """The error is about cwd, not about the program."""
    error = _refusal(programs.build("twelve.c"), cwd=str(tmp_path / "missing"))
    assert error.errno == errno.ENOENT
    assert "cwd" in str(error) or str(tmp_path / "missing") in str(error)


def test_a_truncated_program(tmp_path: Path) -> None:
    """A broken ELF file is refused or dies at once; neither hangs or leaves a process."""
    path = tmp_path / "broken"
    path.write_bytes(Path(programs.build("twelve.c")).read_bytes()[:200])
    path.chmod(0o755)
    with pytest.raises(trapline.LaunchError):
        trapline.launch([str(path)])


# -- how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 12, 127, 255])
def test_the_exit_code_is_exact(launch: Any, code: int) -> None:
    """status.code is what the program gave to exit; status.signal is None."""
    status = launch([programs.build("ending.c"), "code", str(code)]).run()
    assert (code, None) == (status.code, status.signal)


@pytest.mark.parametrize(
    "name", ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT", "SIGUSR1", "SIGALRM", "SIGRTMIN"]
)
def test_the_killing_signal_is_exact(launch: Any, name: str) -> None:
    """status.signal is what killed it; status.code is None."""
    number = int(getattr(signal, name))
    status = launch([programs.build("ending.c"), "signal", str(number)]).run()
    assert (None, number) == (status.code, status.signal)


def test_every_call_after_death_raises_at_once(launch: Any) -> None:
    """InferiorExited from all that needs a process; what is known of the past stays."""
    inferior = launch(programs.build("twelve.c"))
    pid = inferior.pid
    inferior.run()
    assert inferior.state == trapline.State.EXITED
    assert inferior.exit_status == trapline.ExitStatus(code=12)
    assert pid == inferior.pid
    assert isinstance(inferior.stop, trapline.Exited)
    calls: list[Any] = [
        inferior.resume,
        inferior.run,
        inferior.resume_nowait,
        inferior.wait,
        inferior.step_instruction,
        lambda: inferior.memory.read(0x1000, 1),
        lambda: inferior.syscall("getpid"),
        lambda: inferior.jump(0x1000),
    ]
    for call in calls:
        with pytest.raises(trapline.InferiorExited):
            call()


def test_restart_keeps_the_breakpoints(launch: Any) -> None:
    """The same argv again, stopped at entry, breakpoints bound anew, files reopened."""
    inferior = launch([programs.build("hits.c"), "3"], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("one")
    assert inferior.run(lambda *_: None).code == 0
    assert inferior.stdout.read() == b"ones 3 twos 0 sum 6\n"
    first = inferior.pid
    inferior.restart()
    assert first != inferior.pid
    assert inferior.state == trapline.State.STOPPED
    assert (one,) == inferior.breakpoints
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert inferior.run(lambda *_: None).code == 0
    assert inferior.stdout.read() == b"ones 3 twos 0 sum 6\n"


def test_restart_of_a_live_program(launch: Any) -> None:
    """The old process is killed and gone; the new one is at its entry."""
    inferior = launch([programs.build("hits.c"), "3"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("one")
    inferior.resume()
    old = inferior.pid
    inferior.restart()
    assert not processes.exists(old)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)


def test_kill(launch: Any) -> None:
    """kill() ends it, now: no process is left, and the status says SIGKILL."""
    inferior = launch(programs.build("spin.c"), stdout=trapline.DEVNULL)
    pid = inferior.pid
    inferior.kill()
    assert processes.state(pid) == ""
    assert inferior.state == trapline.State.EXITED
    assert int(signal.SIGKILL) == inferior.exit_status.signal


# -- leaving --------------------------------------------------------------------------------------


def test_leaving_the_block_kills_a_stopped_one() -> None:
    """`with launch()` leaves no process behind."""
    with trapline.launch(programs.build("twelve.c")) as inferior:
        pid = inferior.pid
        assert processes.exists(pid)
    assert processes.state(pid) == ""


def test_leaving_the_block_kills_a_running_one() -> None:
    """Also while it runs."""
    with trapline.launch(programs.build("spin.c"), stdout=trapline.DEVNULL) as inferior:
        pid = inferior.pid
        inferior.resume_nowait()
    assert processes.state(pid) == ""


def test_leaving_the_block_after_the_exit() -> None:
    """Leaving after the program's own exit changes nothing."""
    with trapline.launch(programs.build("twelve.c")) as inferior:
        inferior.run()
    assert inferior.exit_status == trapline.ExitStatus(code=12)


def test_leaving_the_block_by_an_exception() -> None:
    """The exception travels on and the process is killed."""
    with pytest.raises(ZeroDivisionError), trapline.launch(programs.build("twelve.c")) as inferior:
        pid = inferior.pid
        raise ZeroDivisionError
    assert processes.state(pid) == ""


def test_leaving_the_block_after_a_timeout() -> None:
    """After StopTimeout it is running; leaving kills it all the same."""
    with trapline.launch(programs.build("spin.c"), stdout=trapline.DEVNULL) as inferior:
        pid = inferior.pid
        with pytest.raises(trapline.StopTimeout):
            inferior.resume(timeout=0.05)
    assert processes.state(pid) == ""


@pytest.mark.parametrize("moment", ["stopped", "running", "exited"])
@pytest.mark.parametrize("end", ["end", "sys.exit(3)", "raise KeyError(1)"])
def test_interpreter_exit_kills_what_was_launched(moment: str, end: str) -> None:
    """Without a with-block the end of the interpreter does what leaving would."""
    import subprocess

    script = f"""
import sys, trapline
inferior = trapline.launch({programs.build("spin.c")!r}, stdout=trapline.DEVNULL)
print(inferior.pid, flush=True)
if {moment!r} == "running":
    inferior.resume_nowait()
if {moment!r} == "exited":
    inferior.kill()
end = None
{end}
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    expected = {"end": 0, "sys.exit(3)": 3, "raise KeyError(1)": 1}[end]
    assert expected == done.returncode, done.stderr
    pid = int(done.stdout)
    processes.until(lambda: not processes.exists(pid), what="the inferior to be gone")
    if expected != 1:
        assert done.stderr == ""


@pytest.mark.parametrize("is_stopped", [False, True])
def test_dropping_the_last_reference_leaves_no_process(is_stopped: bool) -> None:
    """A handle that is simply forgotten is collected, and its process dies with it."""
    import gc

    inferior = trapline.launch(programs.build("twelve.c"))
    pid = inferior.pid
    if is_stopped:
        inferior.advance("main")
    del inferior
    gc.collect()
    processes.until(lambda: not processes.exists(pid), what="the inferior to be gone")


def test_a_launched_program_dies_with_its_debugger() -> None:
    """Rule 5: after SIGKILL of our interpreter a launched inferior is killed by the kernel."""
    import subprocess

    script = f"""
import os, signal, trapline
inferior = trapline.launch({programs.build("spin.c")!r}, stdout=trapline.DEVNULL)
print(inferior.pid, flush=True)
inferior.resume_nowait()
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    processes.until(lambda: not processes.exists(int(done.stdout)), what="the inferior to be gone")


# -- arguments that mean nothing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"env": {"A": 1}}, TypeError, "env['A'] must be str"),
        ({"env": {1: "A"}}, TypeError, "a name in env must be str"),
        ({"env": 5}, TypeError, "env must be a mapping"),
        ({"env": {"A=B": "1"}}, ValueError, "'A=B' is no name of an environment variable"),
        ({"env": {"": "1"}}, ValueError, "'' is no name"),
        ({"env": {"A": "a\0b"}}, ValueError, "env['A'] has a NUL"),
        ({"env": {"A\0": "b"}}, ValueError, "a name in env has a NUL"),
        ({"cwd": 5}, TypeError, "cwd must be str"),
        ({"cwd": "/\0"}, ValueError, "cwd has a NUL"),
        ({"executable": 5}, TypeError, "executable must be str"),
        ({"argv": ["/bin/true", "a\0b"]}, ValueError, "argv[1] has a NUL"),
        ({"argv": ["/bin/true", 5]}, TypeError, "argv[1] must be str"),
        ({"argv": []}, ValueError, "must name a program"),
        ({"argv": None}, TypeError, "argv must be a sequence"),
    ],
)
def test_arguments_that_mean_nothing(given: dict[str, Any], error: type[Exception], said: str) -> None:
    """As subprocess has it: TypeError or ValueError, which name the argument, before anything starts."""
    with pytest.raises(error, match=re.escape(said)) as caught:
        trapline.launch(**{"argv": "/bin/true"} | given)
    assert isinstance(caught.value, trapline.UsageError) == (error is ValueError)


def test_what_is_given_as_bytes(launch: Any, tmp_path: Path) -> None:
    """Programs, directories and environments are bytes to the kernel."""
    program = os.fsencode(programs.build("surroundings.c"))
    inferior = launch(program, cwd=os.fsencode(tmp_path), env={b"NAME": b"\xff"}, stdout=trapline.PIPE)
    assert inferior.argv == (program,)
    assert inferior.evaluate("1").to_python() == 1
    assert Path(f"/proc/{inferior.pid}/cwd").resolve() == tmp_path.resolve()
    assert Path(f"/proc/{inferior.pid}/environ").read_bytes() == b"NAME=\xff\0"


def test_a_restart_refuses_them_too(launch: Any) -> None:
    inferior = launch(programs.build("twelve.c"))
    with pytest.raises(trapline.ArgumentError, match=r"argv.1. has a NUL"):
        inferior.set_arguments([inferior.argv[0], "\0"])
    with pytest.raises(trapline.ArgumentError, match="no name"):
        inferior.set_surroundings(env={"=": ""})
    inferior.restart()
    assert inferior.run().code == 12
