"""trapline's own arguments, and scripts: what comes out, where, and the exit status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from tests.cli.terminal import TRAPLINE, batch, environment, ex, run_script, terminal
from tests.support import processes, programs

import trapline


def test_version_and_help() -> None:
    assert batch("--version").stdout == f"trapline {trapline.__version__}\n"
    assert batch("-help").stdout.startswith("usage: trapline")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nosuch"], "unknown option --nosuch"),
        (["--bacth"], "near: --batch"),
        (["-ex"], "option -ex needs a value"),
        (["attach"], "usage: trapline attach PID"),
        (["attach", "x"], "'x' is no process id"),
        (["stacks", "1", "2"], "usage: trapline stacks PID"),
        (["-p", "-1"], "'-1' is no process id"),
        (["/nonexistent"], "/nonexistent"),
        (["--cd", "/nonexistent", "/bin/true"], "/nonexistent"),
        (["--stdin", "/nonexistent", "/bin/true"], "/nonexistent"),
    ],
)
def test_wrong_arguments(words: list[str], said: str) -> None:
    """One line on standard error, a status that is not 0, nothing left."""
    done = batch(*words)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode != 0
    assert not done.stdout


def test_commands_in_order(tmp_path: Path) -> None:
    """-ex and -x run in the order given; then, with --batch, the program is ended."""
    script = tmp_path / "script"
    script.write_text("# a comment\n\nprint 2\n")
    done = batch("--batch", "-ex", "print 1", "-x", str(script), "-ex", "print 3", programs.build("twelve.c"))
    assert done.stdout == "$1 = 1\n$2 = 2\n$3 = 3\n"
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_failed_command_is_the_exit_status() -> None:
    done = batch("--batch", "-ex", "foo", "-ex", "print 1", programs.build("twelve.c"))
    assert done.returncode == 1
    assert done.stdout == "$1 = 1\n"
    assert done.stderr.startswith("unknown command 'foo'")
    # Without --batch a mistake at the prompt is not trapline's failure.
    assert batch("-ex", "foo", programs.build("twelve.c")).returncode == 0


def test_a_pending_breakpoint_is_made() -> None:
    """`break mian` warns and succeeds; what a needed library has waits for it; `pending off` refuses."""
    program = programs.build("hits.c")
    unknown = batch("--batch", "-ex", "break mian", program)
    assert unknown.returncode == 0
    assert unknown.stderr == "No symbol 'mian' is known. Near names: main. Breakpoint 1 (mian) pending.\n"
    right = batch("--batch", "-ex", "break printf", "-ex", "run", program, "1")
    assert (right.returncode, right.stderr) == (0, "")
    assert right.stdout.splitlines()[0] == "Breakpoint 1 (printf) pending: no loaded file has it yet."
    # Where the library's debug information is installed, the function is called __printf.
    assert re.search(r"\b(__)?printf \(", right.stdout.splitlines()[1])
    refused = batch("--batch", *ex("set breakpoint pending off", "tbreak mian", "info breakpoints"), program)
    assert refused.returncode == 1
    assert refused.stderr == "No symbol 'mian' is known. Near names: main.\n"
    assert refused.stdout == "No breakpoints or watchpoints.\n"


def test_a_pending_breakpoint_does_not_end_a_file(tmp_path: Path) -> None:
    """Also in a file of `save breakpoints`; where it is refused the file ends, as at any failed command."""
    file, saved = tmp_path / "points", tmp_path / "saved"
    file.write_text("break plugin_only\nbreak nowhere.c:7\nbreak main\n")
    program = programs.build("hits.c")
    first = batch("--batch", "-x", str(file), "-ex", f"save breakpoints {saved}", program)
    again = batch("--batch", "-ex", f"source {saved}", "-ex", "info breakpoints", program)
    for done in (first, again):
        assert done.returncode == 0
        assert "Shared libraries are not loaded yet: `advance main`" in done.stderr
        assert [line.split(". ")[-1] for line in done.stderr.splitlines()] == [
            "Breakpoint 1 (plugin_only) pending.",
            "Breakpoint 2 (nowhere.c:7) pending.",
        ]
    assert [line.split()[-1] for line in again.stdout.splitlines()[-3:-1]] == ["plugin_only", "nowhere.c:7"]
    refused = batch("--batch", "-ex", "set breakpoint pending off", "-x", str(file), program)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"{file}:1: No symbol 'plugin_only' is known.\n"


def test_both_ways_to_write_an_address() -> None:
    program = programs.build("twelve.c", "-no-pie")
    address = programs.file_address(program, "twice")
    done = batch(
        "--batch", "-ex", f"break {address:#x}", "-ex", f"break *{address:#x}", "-ex", "run", program
    )
    *bound, hit, source = done.stdout.splitlines()
    line = f"file {programs.SOURCES / 'twelve.c'}, line 2."
    assert bound == [
        f"Breakpoint 1 at {address:#x}: {line}",
        f"Set breakpoint at address {address:#x}",
        f"Breakpoint 2 at {address:#x}: {line}",
    ]
    assert hit.startswith("Breakpoint 1, 2, twice (n=") and "twelve.c:" in hit
    assert source.startswith("2\tint twice(int n)")


def test_where_the_program_is_started(tmp_path: Path) -> None:
    """Where `set cwd` says, also behind `cd`; without it where we are."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    done = batch("--batch", *ex("set cwd one", "cd two", "run", "set cwd", "run"), "/bin/pwd", cwd=tmp_path)
    assert [line for line in done.stdout.splitlines() if line.startswith("/")] == [
        str(tmp_path / "one"),
        str(tmp_path / "two"),
    ]


def test_files_directory_and_arguments(tmp_path: Path) -> None:
    """--stdin, --stdout and --cd are the program's; what follows PROGRAM is its own, options included."""
    (tmp_path / "in").write_bytes(b"abc\n")
    done = batch("--batch", "-q", "--stdin", "in", "--stdout", "out", "-ex", "run", "/bin/cat", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == b"abc\n"
    done = batch("--batch", "--cd", str(tmp_path), "--args", "-ex", "run", "/bin/pwd", "-P")
    assert os.path.realpath(tmp_path) in done.stdout.splitlines()


def test_run_with_arguments_and_redirections(tmp_path: Path) -> None:
    """`run ARGS < FILE > FILE` restarts with them; quotes are the shell's."""
    (tmp_path / "in").write_bytes(b"from a file\n")
    done = batch("--batch", "-ex", "run -n < in > 'o u t'", "-ex", "run", "/bin/cat", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o u t").read_bytes() == b"     1\tfrom a file\n"


def test_a_program_named_like_a_subcommand(tmp_path: Path) -> None:
    (tmp_path / "attach").symlink_to("/bin/true")
    for words in (["./attach"], ["--", "./attach"]):
        done = batch("--batch", "-ex", "run", *words, cwd=tmp_path)
        assert "exited normally" in done.stdout, done.stderr


def test_escape_sequences_of_the_program_are_shown(tmp_path: Path) -> None:
    """A path may hold anything; the terminal gets only visible characters."""
    program = tmp_path / "a\x1b[31mb"
    program.write_bytes(Path("/bin/true").read_bytes())
    program.chmod(0o755)
    done = batch("--batch", "-ex", "info proc", "-ex", "info proc mappings", str(program))
    assert "\\x1b[31m" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_batch_is_plain_on_a_terminal_too() -> None:
    """Colours only where they are asked for; lines begin where the program left the cursor."""
    seen = []
    for setting in ([], ex("set style enabled on")):
        words = [*TRAPLINE, "--batch", *setting, *ex("break twice", "run", "bt"), programs.build("twelve.c")]
        with terminal(*words, TERM="xterm") as screen:
            termios.tcsetwinsize(screen.master, (24, 80))
            seen.append(screen.end())
    plain, coloured = seen
    assert "#0  twice (n=6) at " in plain
    assert "\x1b" not in plain and "\r" not in plain
    assert "\x1b[33mtwice\x1b[0m" in coloured


def test_a_zombie_is_a_process() -> None:
    """It has neither directory nor program any more; what it has is shown."""
    with subprocess.Popen(["/bin/true"]) as process:
        processes.until(lambda: processes.state(process.pid) == "Z")
        done = batch("--batch", *ex(f"info proc {process.pid}", f"info proc stat {process.pid}"))
        assert done.stderr == f"process {process.pid} has no cwd\n"
        assert "State: Z" in done.stdout.splitlines()
    done = batch("--batch", *ex(f"info proc {process.pid}"))
    assert done.stderr == f"there is no process {process.pid}\n"


def test_attach_look_and_leave() -> None:
    """`attach` and `stacks` leave the process running, with nobody tracing it."""
    with subprocess.Popen([programs.build("spin.c")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            done = batch("-q", "--batch", "-ex", "break turn", "-ex", "continue", "attach", str(process.pid))
            assert done.returncode == 0, done.stderr
            assert f"Attached to process {process.pid}." in done.stdout
            assert "turn () at " in done.stdout.splitlines()[-2]
            done = batch("stacks", str(process.pid))
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith("1 thread: 1 (spin, id ")
            assert "main () at " in done.stdout  # with "in" before it except where a line begins
            assert processes.tracer(process.pid) == 0
            assert process.poll() is None
        finally:
            process.kill()


def test_refused_attach() -> None:
    """Why not, in one line."""
    done = batch("--batch", "attach", "999999999")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_interact_opens_the_prompt_on_a_handle(tmp_path: Path) -> None:
    """The same inferior before, at and behind the prompt."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, trapline\n"
        "with trapline.launch(sys.argv[1]) as inferior:\n"
        "    inferior.set_breakpoint('twice')\n"
        "    trapline.interact(inferior)\n"
        "    print(inferior.state, inferior.breakpoints[0].hit_count)\n"
    )
    done = run_script(script, programs.build("twelve.c"), lines="continue\nquit\n")
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "stopped 1"


def test_a_reader_that_leaves_early() -> None:
    """`trapline ... | head -1` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*TRAPLINE, "--batch", "-ex", "help", "-ex", "help", programs.build("twelve.c")],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=60,
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, -signal.SIGPIPE)


def test_listsize_is_how_many_lines_list_prints() -> None:
    """`set listsize` changes `list` around a line, behind it and before it."""
    program = programs.build("expressions.c")
    done = batch("--batch", *ex("set listsize 4", "list 20", "list", "list -"), program)
    assert done.returncode == 0, done.stderr
    numbers = [int(line.split("\t")[0]) for line in done.stdout.splitlines()]
    assert numbers == [18, 19, 20, 21, 22, 23, 24, 25, 18, 19, 20, 21]


def test_aslr_is_what_the_setting_says() -> None:
    """`--aslr` is shown, and holds for the runs behind the first."""
    personality = "python print(open(f'/proc/{inferior.pid}/personality').read(), end='')"
    shown = "show disable-randomization"
    program = programs.build("twelve.c")
    done = batch("--aslr", "--batch", *ex(shown, "starti", "set args x", "starti", personality), program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("disable-randomization is off. ")
    assert done.stdout.splitlines()[-1] == "00000000"


def test_with_does_what_the_setting_does_at_once() -> None:
    """The program is started with other surroundings for that one time."""
    personality = "python print(open(f'/proc/{inferior.pid}/personality').read(), end='')"
    other = "with disable-randomization off -- starti"
    done = batch(
        "--batch", *ex(personality, other, personality, "starti", personality), programs.build("twelve.c")
    )
    assert done.returncode == 0, done.stderr
    fixed, random = "00040000", "00000000"
    assert [line for line in done.stdout.splitlines() if line in (fixed, random)] == [fixed, random, fixed]


def test_a_list_of_functions_has_the_pattern_in_every_name() -> None:
    """Statics of one name in several files are listed; methods in other scopes are none of them."""
    done = batch("--batch", "-ex", "info functions String::", programs.build("collections.rs"))
    lines = [line for line in done.stdout.splitlines() if line.endswith(";")]
    assert lines and all("String::" in line for line in lines)


def test_templates_without_debug_information_have_their_whole_names() -> None:
    """`info functions` and `info symbol` write what is in angle brackets, too."""
    program = programs.build("locations.cpp", "-g0")
    done = batch("--batch", "-ex", "info functions twice", "-ex", "info symbol _Z5twiceIiET_S0_", program)
    assert done.returncode == 0, done.stderr
    names = [f"{kind} twice<{kind}>({kind})" for kind in ("char", "double", "int")]
    assert sorted(line.partition("  ")[2] for line in done.stdout.splitlines() if "  " in line) == names
    assert f"{names[2]} in section .text of {program}" in done.stdout


@pytest.mark.parametrize(
    ("code", "status", "complaint"),
    [("9", 9, ""), ("", 0, ""), ("'bad'", 1, "bad\n"), ("256 + 3", 3, ""), ("True", 1, "")],
)
def test_python_ends_the_session_with_its_status(
    tmp_path: Path, code: str, status: int, complaint: str
) -> None:
    """`sys.exit` is what it is to Python, on a line and in a script; what follows is not run."""
    script = tmp_path / "script.py"
    script.write_text(f"import sys\nsys.exit({code})\n")
    for words in (ex(f"python import sys; sys.exit({code})"), ["-x", str(script)]):
        done = batch("--batch", "-ex", "foo", *words, "-ex", "print 1", programs.build("twelve.c"))
        assert done.returncode == status
        assert done.stdout == ""
        assert done.stderr.partition("\n")[2] == complaint


def test_python_ends_the_prompt_with_its_status() -> None:
    done = batch("-q", "--nx", programs.build("twelve.c"), lines="python import sys; sys.exit(4)\nprint 1\n")
    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")


def _without(descriptor: int, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program that is started without one of its standard files, as cron and daemons do it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {descriptor}{"<" if descriptor == 0 else ">"}&-', "sh", *words],
        stdin=subprocess.DEVNULL,
        stdout=None if descriptor == 1 else subprocess.PIPE,
        stderr=None if descriptor == 2 else subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=60,
    )


@pytest.mark.parametrize("descriptor", [0, 1, 2])
def test_without_a_standard_file(descriptor: int) -> None:
    """Where one of the three is closed it is nowhere: the rest works, and the program runs to its end."""
    commands = [*ex("print 1", "break main", "run", "continue", "foo"), programs.build("twelve.c")]
    done = _without(descriptor, [*TRAPLINE, "--batch", *commands])
    assert done.returncode == 1  # foo
    if descriptor != 1:
        assert "$1 = 1\n" in done.stdout
        assert "exited with code 014" in done.stdout
    if descriptor != 2:
        assert "foo" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_without_input_there_are_no_commands(option: str) -> None:
    done = _without(0, [*TRAPLINE, "--nx", option, programs.build("twelve.c")])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("how", ["closed by the script", "0", "1", "2"])
def test_interact_without_a_standard_file(tmp_path: Path, how: str) -> None:
    """A script that has no input gets its inferior back; pipes of its own still reach the program."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, trapline\n"
        f"if {how == 'closed by the script'}: sys.stdin.close()\n"
        "with trapline.launch(sys.argv[1], stdin=trapline.PIPE, stdout=trapline.PIPE,"
        " stderr=trapline.DEVNULL) as inferior:\n"
        "    trapline.interact(inferior)\n"
        "    inferior.stdin.write(b'through')\n"
        "    inferior.stdin.close()\n"
        "    code = inferior.run().code\n"
        "    sys.exit(code + (7 if inferior.stdout.read() == b'through' else 0))\n"
    )
    words = [sys.executable, str(script), programs.build("cat.c")]
    done = run_script(*words[1:]) if how.startswith("closed") else _without(int(how), words)
    assert not done.stderr
    assert done.returncode == 3 + 7


def test_interact_where_input_was_read_before(tmp_path: Path) -> None:
    """The prompt goes on behind what the script has read, and the next prompt behind that."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, trapline\n"
        "print(input())\n"
        "with trapline.launch(sys.argv[1]) as inferior:\n"
        "    trapline.interact(inferior)\n"
        "    trapline.interact(inferior)\n"
        "    trapline.interact(inferior)\n"
    )
    done = run_script(script, programs.build("twelve.c"), lines="name\nprint 1\nquit\nprint 2\n")
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["name", "$1 = 1", "$1 = 2"]


def test_interact_where_input_is_no_text(tmp_path: Path) -> None:
    """What a script's own reading has to decode, and cannot, ends the prompt with one line."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, trapline\n"
        "input()\n"
        "with trapline.launch(sys.argv[1]) as inferior:\n"
        "    trapline.interact(inferior)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), programs.build("twelve.c")],
        input=b"name\n" + b"print 1\n" * 2000 + b"\xff\n" * 9000,
        capture_output=True,
        env=environment(PYTHONIOENCODING="utf-8:strict"),
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "standard input is no utf-8 text; nothing more is read of it"
    ]
