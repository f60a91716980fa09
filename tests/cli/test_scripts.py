"""Scripts: files of commands and of Python, the configuration, and the prompt opened from Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.terminal import PROMPT, TRAPLINE, batch, environment, ex, run_script, terminal
from tests.support import programs


def _script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_a_file_of_commands_with_python_in_it(tmp_path: Path) -> None:
    """Commands, comments and a block of Python whose names are kept."""
    script = _script(
        tmp_path,
        "commands",
        "# what is doubled\n"
        "break twice\n"
        "run\n"
        "python\n"
        "    def doubled(frame):\n"
        "        return 2 * int(frame['n'])\n"
        "\n"
        "    found = doubled(inferior.frame)\n"
        "end\n"
        "python print(found, trapline.State.STOPPED)\n"
        "python found + 1\n",
    )
    done = batch("--batch", "-x", script, programs.build("twelve.c"))
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines()[-2:] == ["12 stopped", "13"]


def test_a_line_goes_on_behind_a_backslash(tmp_path: Path) -> None:
    """In a file, its comments and its blocks, as in gdb; Python reads its own. Errors have the last line."""
    script = _script(
        tmp_path,
        "commands",
        "# a comment \\\nprint 1\necho a\\\nb\\n\nbreak twice\ncommands\n"
        'printf "%d\\n", \\\n  n\npython\nprint("\\\nx", \\\n 2)\nend\nend\nrun\nprint \\\nnosuch\n',
    )
    done = batch("--batch", "-x", script, programs.build("twelve.c"))
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-2:]) == ("ab", ["6", "x 2"])
    assert done.stderr.startswith(f"{script}:17: ")


def test_commands_that_decide_are_refused_whole(tmp_path: Path) -> None:
    """Nothing behind the inner `end` is taken for a command of the file."""
    script = _script(
        tmp_path,
        "commands",
        "break twice\ncommands\nif n > 2\nwhile n\nend\nelse\nprint 3\nend\nprint 4\nend\nprint 5\n",
    )
    done = batch("--batch", "-x", script, "-ex", "info breakpoints", programs.build("twelve.c"))
    assert done.stderr.startswith(f"{script}:2: 'if' is no command: scripts that decide are Python")
    assert "$1" not in done.stdout and "print" not in done.stdout


def test_what_commands_print_is_logged(tmp_path: Path) -> None:
    """Errors too, added to the file or instead of what was in it, and to the screen as well or not."""
    log = tmp_path / "log"
    first = batch(
        "--batch",
        *ex(
            f"set logging file {log}",
            "print 1",
            "set logging enabled on",
            "print 2",
            "nosuch",
            "list main,+1",
        ),
        *ex("pipe print 3 | cat", "set logging overwrite on", "set logging off", "print 4"),
        programs.build("twelve.c"),
    )
    shown = first.stdout.splitlines()
    assert shown[:2] == ["$1 = 1", "$2 = 2"] and shown[-2:] == ["$3 = 3", "$4 = 4"]
    unknown, warning = first.stderr.splitlines()
    assert warning.startswith(f"warning: Currently logging to {log}.")
    assert log.read_text().splitlines() == ["$2 = 2", unknown, *shown[2:-2], warning]
    added = batch(
        "--batch", *ex(f"set logging file {log}", "with logging redirect on -- set logging on", "print 5")
    )
    assert (added.stdout, log.read_text().splitlines()[-2:]) == ("", [warning, "$1 = 5"])
    anew = batch(
        "--batch", *ex(f"set logging file {log}", "set logging overwrite on", "set logging on", "print 6")
    )
    assert (anew.stdout, log.read_text()) == ("$1 = 6\n", "$1 = 6\n")


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    """It is said once; commands go on, and nothing is lost of what they print."""
    none = batch("--batch", *ex(f"set logging file {tmp_path}/no/log", "set logging on", "print 1"))
    assert (none.stdout, none.returncode) == ("$1 = 1\n", 1)
    assert none.stderr == f"set logging: {tmp_path}/no/log: No such file or directory.\n"
    full = batch(
        "--batch",
        *ex("set logging file /dev/full", "set logging redirect on", "set logging on", "print 1", "print 2"),
    )
    assert (full.stdout, full.stderr) == ("$1 = 1\n$2 = 2\n", "logging has ended: No space left on device\n")
    data = batch("--json", "--batch", *ex("set logging on", "print 1"))
    assert '"ok": false, "error": "set logging: --json prints objects; keep those"' in data.stdout


def test_a_log_of_a_terminal_has_no_colours(tmp_path: Path) -> None:
    log = tmp_path / "log"
    commands = [f"set logging file {log}", "set logging enabled on", "break twice", "run", "backtrace 1"]
    with terminal(*TRAPLINE, "-q", programs.build("twelve.c")) as screen:
        for line in (*commands, "set logging enabled off"):
            screen.until(PROMPT)
            screen.send(f"{line}\n")
        screen.until("Done logging to ")
    text = log.read_text()
    assert "\x1b" not in text and "\r" not in text
    assert "#0  twice (n=" in text and "Breakpoint 1, twice" in text


def test_a_python_file(tmp_path: Path) -> None:
    """`source x.py` has the handle and the library; its own errors carry its line."""
    good = _script(
        tmp_path,
        "good.py",
        "inferior.set_breakpoint('twice')\nstop = inferior.resume()\nprint(stop.frame.function)\n",
    )
    bad = _script(tmp_path, "bad.py", "x = 1\nraise ValueError('no such thing')\n")
    done = batch("--batch", "-ex", f"source {good}", "-x", bad, programs.build("twelve.c"))
    assert done.stdout.splitlines() == ["twice"]
    assert done.stderr == f"{bad}:2: ValueError: no such thing\n"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print 1\nfoo\nprint 2\n", "{0}:2: unknown command 'foo'"),
        ("python\nx = 1\n", "{0}:1: python has no `end`"),
        ("if 1\nprint 1\nend\n", "{0}:1: 'if' is no command: scripts that decide are Python"),
        ("define twice\nprint 2\nend\n", "{0}:1: 'define' is no command"),
        ("python\n1 +\nend\n", "{0}:1: SyntaxError: invalid syntax"),
        ("source {0}\n", "files source each other more than 50 deep"),
        ("echo before\\n\nsource /nonexistent\n", "{0}:2: /nonexistent: No such file or directory."),
    ],
)
def test_what_is_wrong_in_a_file(tmp_path: Path, text: str, said: str) -> None:
    """The first line that fails ends the file; the message names it."""
    path = str(tmp_path / "script")
    _script(tmp_path, "script", text.replace("{0}", path))
    done = batch("--batch", "-x", path, programs.build("twelve.c"))
    assert said.format(path) in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "2" not in done.stdout
    assert done.returncode == 1


def test_python_takes_the_lines_of_the_command_line() -> None:
    """Each `-ex` behind it is a line, up to `end`; without that it is a mistake."""
    lines = ("python", "for n in (1, 2):", "    print(n)", "end", "print 7")
    done = batch("--batch", *ex(*lines))
    assert done.stdout == "1\n2\n$1 = 7\n"
    assert batch("--batch", "-ex", "python").stderr == "python has no `end`\n"


def test_lines_of_python_at_the_prompt() -> None:
    """`python` alone asks for lines up to `end`, on a terminal and from a pipe."""
    lines = "python\nfor n in (1, 2):\n    print(n * 21)\n\nend\nprint 7\n"
    assert batch("-q", lines=lines).stdout == "21\n42\n$1 = 7\n"
    with terminal(*TRAPLINE, "-q") as screen:
        screen.until(PROMPT)
        screen.send("python\n")
        screen.until(">")
        screen.send("print(6 * 7)\n")
        screen.until(">")
        screen.send("end\n")
        assert "42\n" in screen.until(PROMPT)
        screen.send("quit\n")
        screen.end()


def test_the_configuration_is_read_from_its_own_place_alone(tmp_path: Path) -> None:
    """XDG_CONFIG_HOME is obeyed, --nx and --batch leave it out; the working directory is never looked at."""
    home = tmp_path / "home" / "trapline"
    home.mkdir(parents=True)
    (home / "commands").write_text("set listsize 3\necho configured\\n\n")
    work = tmp_path / "work"
    work.mkdir()
    for name in (".gdbinit", ".traplineinit", "commands", ".trapline"):
        (work / name).write_text("echo loaded from here\\n\n")
    for words, expected in ((["-q"], "configured\n3\n"), (["-q", "--nx"], "10\n"), (["--batch"], "10\n")):
        done = subprocess.run(
            [*TRAPLINE, *words, "-ex", "show listsize", programs.build("twelve.c")],
            input="",
            capture_output=True,
            text=True,
            cwd=work,
            env={**environment(), "XDG_CONFIG_HOME": str(tmp_path / "home")},
            timeout=60,
        )
        shown = done.stdout.replace("listsize is ", "").replace(". Source lines that `list` prints.", "")
        assert shown == expected


def test_interact_from_a_callback(tmp_path: Path) -> None:
    """A callback opens the prompt at its hit; leaving it goes on."""
    script = _script(
        tmp_path,
        "script.py",
        "import sys, trapline\n"
        "def at_hit(inferior, breakpoint):\n"
        "    trapline.interact(inferior)\n"
        "with trapline.launch(sys.argv[1]) as inferior:\n"
        "    inferior.set_breakpoint('twice', callback=at_hit)\n"
        "    print(inferior.run())\n",
    )
    done = run_script(script, programs.build("twelve.c"), lines="print n\nset var n = 4\nbacktrace 1\nquit\n")
    assert done.stderr == ""
    first, frame, *rest = done.stdout.splitlines()
    assert first == "$1 = 6"
    assert frame.startswith("#0  twice (n=4) at ")
    assert rest == ["(More stack frames follow...)", "exited with code 8"]


def test_leaving_interact_asks_nothing_and_ends_nothing(tmp_path: Path) -> None:
    """On a terminal `quit` and Ctrl-D go back to the script, the inferior as it was."""
    script = _script(
        tmp_path,
        "script.py",
        "import sys, trapline\n"
        "with trapline.launch(sys.argv[1]) as inferior:\n"
        "    for _ in range(2):\n"
        "        trapline.interact(inferior)\n"
        "        print('back', inferior.state)\n",
    )
    home = tmp_path / "empty"
    home.mkdir()
    with terminal(sys.executable, script, programs.build("twelve.c"), XDG_CONFIG_HOME=str(home)) as screen:
        screen.until(PROMPT)
        screen.send("quit\n")
        assert screen.until(PROMPT).splitlines()[-1] == "back stopped"
        screen.send("\x04")
        assert screen.end().splitlines()[-1] == "back stopped"


def test_interact_from_pdb(tmp_path: Path) -> None:
    """`pytest --pdb` stops before the inferior is ended; the prompt looks at it, and Ctrl-D goes back."""
    program = programs.build("twelve.c")
    _script(
        tmp_path,
        "test_it.py",
        "import trapline\n"
        "def test_it(launch_inferior):\n"
        f"    inferior = launch_inferior({program!r})\n"
        "    inferior.set_breakpoint('twice')\n"
        "    inferior.resume()\n"
        "    assert inferior.frame['n'] == 7\n",
    )
    words = (sys.executable, "-m", "pytest", "-q", "--pdb", "-p", "no:cacheprovider", "test_it.py")
    with terminal(*words, cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1") as screen:
        screen.until("(Pdb) ")
        screen.send("trapline.interact(inferior)\n")
        screen.until(PROMPT)
        screen.send("print n\n")
        assert "$1 = 6" in screen.until(PROMPT)
        screen.send("finish\n")
        assert "Value returned is $2 = 12" in screen.until(PROMPT)
        screen.send("\x04")
        screen.until("(Pdb) ")
        screen.send("p inferior.state, inferior.frame.function\n")
        assert "('stopped', 'main')" in screen.until("(Pdb) ")
        screen.send("quit\n")
        assert "1 failed" in screen.end()


def test_history_and_caches_are_their_owners_alone(tmp_path: Path) -> None:
    """Under any umask, what is written is 0600 in directories of 0700."""
    state = tmp_path / "state"
    with terminal(
        "sh", "-c", f"umask 0; exec {' '.join(TRAPLINE)} -q", XDG_STATE_HOME=str(state), TERM="xterm"
    ) as screen:
        screen.until("\x1b")
        screen.send("print 1\r")
        screen.until("$1 = 1")
        screen.send("quit\r")
        screen.end()
    history = state / "trapline" / "history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert history.parent.stat().st_mode & 0o777 == 0o700
    assert os.listdir(history.parent) == ["history"]


def test_enter_repeats_steps_and_list() -> None:
    """An empty line does `next` and `list` again, each going on from where it was; behind others nothing."""
    with terminal(*TRAPLINE, "-q", programs.build("hands.c")) as screen:
        screen.until(PROMPT)

        def typed(line: str) -> list[str]:
            screen.send(line + "\n")
            screen.until("\n")  # the terminal's echo
            return screen.until(PROMPT).splitlines()

        def line_of(text: str) -> int:
            return int(text.split("\t")[0])

        first = line_of(typed("start")[-1])
        assert [line_of(typed(line)[0]) for line in ("next", "", "")] == [first + 1, first + 2, first + 3]
        listed = line_of(typed("list")[-1])
        assert line_of(typed("")[0]) == listed + 1
        assert typed("echo x\\n") == ["x"]
        assert typed("") == []
        screen.send("quit\n")
        screen.end()


def test_names_of_one_s_own() -> None:
    """An alias may be formatted, may have arguments, and is no way to take a command's name."""
    commands = ["alias pp = print", "pp/x 255", "alias two = print -elements 2 --"]
    refused = [
        "alias print = list",
        "alias p = list",
        "alias x! = list",
        "alias y = nosuch",
        "alias z",
        "alias = p",
    ]
    done = batch("--batch", *ex(*commands, *refused, 'two "abc"'), programs.build("twelve.c"))
    assert done.stdout.splitlines() == ["$1 = 0xff", '$2 = "ab"...']
    assert len(done.stderr.splitlines()) == len(refused)


def test_the_program_s_path_is_its_own(tmp_path: Path) -> None:
    """`path` changes where the program looks, from the next run on, and what `show paths` says."""
    done = batch("--batch", *ex(f"path {tmp_path}:/nonexistent", "run"), "/usr/bin/env")
    assert done.returncode == 0, done.stderr
    mine = f"{tmp_path}:/nonexistent:"
    assert [
        line.startswith(f"PATH={mine}") for line in done.stdout.splitlines() if line.startswith("PATH=")
    ] == [True]
    assert done.stdout.startswith(f"Executable and object file path: {mine}")


def test_the_child_is_followed_where_the_setting_says_so() -> None:
    """From the first fork behind it, and in the next run as well."""
    commands = [
        "set follow-fork-mode child",
        "break in_child",
        "run",
        "backtrace 1",
        "run",
        "info breakpoints",
    ]
    done = batch("--batch", *ex(*commands), programs.build("forks.c"), "fork")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Breakpoint 1, in_child ()") == 2
    parent = batch("--batch", *ex("break in_child", "run"), programs.build("forks.c"), "fork")
    assert "Breakpoint 1, " not in parent.stdout


def test_the_next_instruction_is_shown_at_stops() -> None:
    """Always, or where no line is known."""
    commands = [
        "break twice",
        "run",
        "set disassemble-next-line on",
        "stepi",
        "set disassemble-next-line auto",
        "stepi",
    ]
    done = batch("--batch", *ex(*commands), programs.build("twelve.c"))
    assert done.returncode == 0, done.stderr
    assert [line[:2] for line in done.stdout.splitlines()].count("=>") == 1
    plain = batch("--batch", *ex(*commands), programs.build("twelve.c", "-g0"))
    assert [line[:2] for line in plain.stdout.splitlines()].count("=>") == 2


def test_what_a_gdbinit_says_is_heard() -> None:
    """Common lines of one are taken, so that a file of them runs to its end."""
    lines = (
        "history save on", "history size 10000", "history filename ~/.gdb_history", "history expansion on",
        "history remove-duplicates unlimited", "pagination off", "confirm off", "height 0", "width 0",
        "print pretty on", "print object on", "print static-members off", "print demangle on",
        "print asm-demangle on", "print sevenbit-strings off", "print address off", "print union off",
        "print array-indexes on", "print elements 0", "print repeats 0", "print entry-values no",
        "print frame-arguments all", "disassembly-flavor intel", "disassemble-next-line auto",
        "auto-load safe-path /", "debuginfod enabled off", "breakpoint pending on", "verbose off",
        "follow-fork-mode child", "listsize 20", "disable-randomization off", "startup-with-shell off",
        "max-value-size unlimited", "print max-depth 40", "style enabled off", "python print-stack full",
    )  # fmt: skip
    done = batch("--batch", *ex(*(f"set {line}" for line in lines)))
    assert (done.returncode, done.stderr) == (0, "")
