"""A session as a user has it: a real terminal emulator, keys, Ctrl-C, Ctrl-D."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.screen import PROMPT, Screen, opened
from tests.cli.terminal import TRAPLINE
from tests.support import processes, programs


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    with opened(tmp_path) as one:
        yield one


def test_control_c_while_running(screen: Screen) -> None:
    """Ctrl-C stops the program and gives the prompt back; the program never sees it."""
    screen.open("-ex", "set context 0", programs.build("spin.c"))
    screen.type("run")
    screen.shows(f"{PROMPT} run", "ready")
    screen.control_c("spin")
    # It may still be on its way out of `write`, which has no lines.
    screen.prompts_behind("Program received signal SIGINT, Interrupt.")
    at = screen.lines.index("ready")
    assert screen.lines[at : at + 3] == ["ready", "^C", "Program received signal SIGINT, Interrupt."]
    screen.type("tbreak turn")
    screen.type("continue")
    screen.shows("Temporary breakpoint 1, turn () at ", "6", PROMPT)
    screen.type("continue")
    screen.shows("Continuing.")
    screen.control_c("spin")
    screen.shows("Program received signal SIGINT, Interrupt.", "", "", PROMPT)
    screen.type("quit")
    screen.shows("Quit anyway? (y or n)")
    screen.type("y")
    screen.shows("status 0")


def test_a_stop_begins_a_line_of_its_own(screen: Screen) -> None:
    """Also where the program has written half a line; where it has not there is no empty one."""
    screen.open("-ex", "set context 0", programs.build("login.c"))
    screen.type("tbreak fgets")
    screen.shows("Temporary breakpoint 1", PROMPT)
    screen.type("run")
    screen.shows("login:", "Temporary breakpoint 1, ", "", PROMPT)
    screen.type("finish")
    screen.shows("Run till exit from #0")
    screen.type("somebody")
    screen.shows("somebody", "main () at ", "", "Value returned is ", PROMPT)
    screen.type("delete")
    screen.shows(f"{PROMPT} delete", PROMPT)
    screen.type("run")
    screen.shows(
        "The program being debugged has been started already.", "Start it from the beginning? (y or n)"
    )
    screen.type("n")
    screen.shows("Program not restarted.", PROMPT)
    screen.type("kill")
    screen.shows("Kill the program being debugged? (y or n)")
    screen.type("perhaps")
    screen.shows("Please answer y or n.", "Kill the program being debugged? (y or n)")
    screen.type("y")
    screen.shows("[Inferior 1 (process ", PROMPT)


def test_keys_at_the_prompt(screen: Screen) -> None:
    """Ctrl-C clears the line, Enter repeats a step, the arrow brings a line back, Ctrl-D leaves."""
    screen.open("-ex", "set context 0", programs.build("twelve.c"))
    screen.keys("-l", "break nons")
    screen.shows(f"{PROMPT} break nons")
    screen.keys("C-c")
    screen.shows(f"{PROMPT} break nons", PROMPT)
    screen.type("print 6 * 7")
    screen.shows("$1 = 42", PROMPT)
    screen.keys("Up", "Enter")
    screen.shows("$2 = 42", PROMPT)
    screen.keys("Enter")
    screen.shows("$2 = 42", PROMPT, PROMPT)
    screen.type("start")
    screen.shows("Temporary breakpoint 1, main () at ", "", PROMPT)
    screen.type("stepi")
    screen.shows(f"{PROMPT} stepi", "0x", PROMPT)
    screen.keys("Enter")
    screen.shows(f"{PROMPT} stepi", "0x", PROMPT, "twice (n=0) at ", "2", PROMPT)
    screen.keys("C-d")
    screen.shows("quit", "A debugging session is active.", "", "Quit anyway? (y or n)")
    screen.type("n")
    screen.shows("Quit anyway? (y or n) n", PROMPT)
    screen.keys("C-d")
    screen.shows("Quit anyway? (y or n)")
    screen.type("y")
    screen.shows("Quit anyway? (y or n) y", "status 0")


def test_control_z_at_the_prompt_gives_the_shell_back(screen: Screen) -> None:
    """We stop as any job does, the program stays where it was, and `fg` goes on with both."""
    screen.tmux("new-session", "-d", "-x", "150", "-y", "50", "PS1='shell> ' exec bash --norc -i")
    screen.shows("shell>")
    screen.type(shlex.join([*TRAPLINE, "-q", programs.build("twelve.c")]))
    screen.shows(PROMPT)
    screen.type("break twice")
    screen.shows("Breakpoint 1 at ", PROMPT)
    screen.type("run")
    screen.shows("=> 2", "   3", "   4", "   5", PROMPT)
    screen.keys("C-z")
    screen.prompts_behind("Stopped", "shell>")
    screen.type("fg")
    screen.shows(PROMPT)
    screen.type("print n")
    screen.shows("$1 = 6", PROMPT)
    screen.type("quit")
    screen.shows("Quit anyway? (y or n)")
    screen.type("y")
    screen.prompts_behind("Quit anyway? (y or n) y", "shell>")


def test_history_is_kept_private_and_searched(screen: Screen, tmp_path: Path) -> None:
    """Ctrl-R finds a line of an earlier session; the file is its owner's alone."""
    for start in (screen.start, screen.start_again):
        start(*TRAPLINE, "-q")
        screen.shows(PROMPT)
        screen.type("print 6 * 7")
        screen.shows("$1 = 42", PROMPT)
        screen.type("quit")
        screen.shows("status 0")
    history = tmp_path / "home" / "trapline" / "history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert history.read_text().count("+print 6 * 7") == 2
    screen.start_again(*TRAPLINE, "-q")
    screen.shows(PROMPT)
    screen.keys("C-r")
    screen.keys("-l", "6 *")
    screen.shows("(reverse-i-search)`6 *': print 6 * 7")
    screen.keys("Enter")
    screen.shows(f"{PROMPT} print 6 * 7", "$1 = 42", PROMPT)
    screen.type("quit")
    screen.shows("status 0")


def test_keys_that_are_pressed_at_the_first_prompt_wait_for_the_editor(screen: Screen) -> None:
    """The prompt is there before the editor is: no key is shown, or heeded, by the terminal."""
    screen.open()
    screen.keys("-l", "print 21x")
    screen.keys("BSpace", "C-a", "C-e", "Space", "*", "Space", "2", "Enter", "C-d")
    screen.shows(f"{PROMPT} print 21 * 2", "$1 = 42", PROMPT, "quit", "status 0")
    screen.start_again(*TRAPLINE, "-q")
    screen.shows(PROMPT)
    screen.keys("C-c", "C-d")
    screen.shows(PROMPT, PROMPT, "quit", "status 0")


def test_tab_completes_commands_functions_and_settings(screen: Screen) -> None:
    """Tab ends a word where only one thing can stand, and lists what can where there are several."""
    screen.open(programs.build("twelve.c"))
    for typed, whole in (("backt", "backtrace"), ("break mai", "break main"), ("set listsi", "set listsize")):
        screen.keys("-l", typed)
        screen.keys("Tab")
        screen.shows(f"{PROMPT} {whole}")
        screen.keys("C-c")
        screen.shows(f"{PROMPT} {whole}", PROMPT)
    screen.type("set listsize 5")
    screen.type("show listsize")
    screen.shows("listsize is 5. Source lines that `list` prints.", PROMPT)


def test_lines_of_commands_are_completed_and_those_of_python_are_not(screen: Screen) -> None:
    screen.open(programs.build("twelve.c"))
    screen.type("break twice")
    screen.shows("Breakpoint 1 at ", PROMPT)
    screen.type("commands")
    screen.shows(">")
    screen.keys("-l", "backt")
    screen.keys("Tab")
    screen.shows(">backtrace")
    screen.keys("Enter")
    screen.shows(">backtrace", ">")
    screen.type("python")
    screen.shows(">backtrace", ">python", ">")
    screen.keys("-l", "x = 1 # backt")
    screen.keys("Tab", "Enter")
    screen.shows(">python", ">x = 1 # backt", ">")
    screen.type("end")
    screen.shows(">end", ">")
    screen.type("end")
    screen.shows(">end", ">end", PROMPT)
    screen.type("run")
    screen.shows("#0  twice (n=6) at ", "#1  0x", PROMPT)


def test_source_around_each_stop(screen: Screen) -> None:
    """The line that runs is marked among its neighbours, in colours; `set context` says how many."""
    program = programs.build("hands.c")
    line = programs.mark("hands.c", "sum")
    screen.start(*TRAPLINE, "-q", "-ex", f"break {line}", program)
    screen.shows("Breakpoint 1 at ", PROMPT)
    screen.type("run")
    rows = [f"{'=> ' if number == line else '   '}{number} " for number in range(line - 2, line + 3)]
    rows[0] = rows[0].rstrip()  # an empty line
    screen.shows("Breakpoint 1, add (a=0, b=1) at ", *rows, PROMPT)
    coloured = screen.tmux("capture-pane", "-p", "-e")
    assert re.search(r"\x1b\[\d+mreturn", coloured)
    screen.type("set context 1")
    screen.shows(f"{PROMPT} set context 1", PROMPT)
    screen.type("next")
    screen.shows(f"{PROMPT} next", f"=> {line + 1} ", PROMPT)
    screen.type("set context 0")
    screen.shows(f"{PROMPT} set context 0", PROMPT)
    screen.type("next")
    screen.shows(f"{PROMPT} next", f"{line + 2} ", PROMPT)
    screen.type("set context 3")
    screen.shows(f"{PROMPT} set context 3", PROMPT)
    screen.type("up")
    screen.shows("#1  0x", "   ", "=> ", "   ", PROMPT)


def test_no_color_is_honoured(screen: Screen) -> None:
    """With NO_COLOR the lines around a stop are there, without colours."""
    screen.start("env", "NO_COLOR=1", *TRAPLINE, "-q", "-ex", "start", programs.build("hands.c"))
    screen.shows("   ", "   ", "=> ", "   ", "   ", PROMPT)
    assert "\x1b[3" not in screen.tmux("capture-pane", "-p", "-e").partition("=> ")[2]


def test_escape_sequences_in_a_source_are_shown(screen: Screen, tmp_path: Path) -> None:
    """What a source's author wrote cannot move the cursor or colour the screen."""
    source = tmp_path / "hostile.c"
    source.write_text("int main(void) {\n    return 0; /* \x1b[2Jgone\x1b]0;title\x07 */\n}\n")
    subprocess.run(["gcc", "-g", "-o", str(tmp_path / "hostile"), str(source)], check=True)
    screen.start(*TRAPLINE, "-q", "-ex", "start", str(tmp_path / "hostile"))
    screen.shows("   1 ", "=> 2 ", "   3 ", PROMPT)
    assert "\\x1b[2Jgone\\x1b]0;title\\a" in "\n".join(screen.lines)


def test_the_terminal_is_ours_at_each_stop_and_the_programs_behind_it(screen: Screen) -> None:
    """A program that sets the terminal raw finds it raw again; the prompt in between can be edited."""
    screen.open("-ex", "set context 0", programs.build("keys.c"))
    screen.type("tbreak got")
    screen.shows("Temporary breakpoint 1 at ", PROMPT)
    screen.type("run")
    screen.shows("raw")
    screen.keys("-l", "a")  # one key, no Enter: the terminal is raw
    screen.shows("Temporary breakpoint 1, got (key=97 'a') at ", "", PROMPT)
    screen.keys("-l", "print keyX")
    screen.keys("BSpace", "Enter")
    screen.shows(f"{PROMPT} print key", "$1 = 97 'a'", PROMPT)
    screen.type("continue")
    screen.shows("Continuing.", "got a")
    screen.keys("-l", "q")
    screen.shows("got q", "[Inferior 1 (process ", PROMPT)
    screen.type("print 1")
    screen.shows("$2 = 1", PROMPT)


def test_pasted_lines_are_one_after_another(screen: Screen) -> None:
    """What is pasted is put at the prompt, and nothing in it is a key; Enter runs it."""
    screen.open()
    screen.tmux("set-buffer", "print 20 + 1")
    screen.tmux("paste-buffer", "-p")
    screen.shows(f"{PROMPT} print 20 + 1")
    screen.keys("Enter")
    screen.shows("$1 = 21", PROMPT)


def test_vi_keys(screen: Screen) -> None:
    """`set editing-mode vi` holds from the next line on."""
    screen.open()
    screen.type("set editing-mode vi")
    screen.shows(f"{PROMPT} set editing-mode vi", PROMPT)
    screen.keys("-l", "print 12")
    screen.keys("Escape")
    screen.keys("-l", "x")  # takes the last character away
    screen.shows(f"{PROMPT} print 1")
    screen.keys("Enter")
    screen.shows("$1 = 1", PROMPT)


def test_a_resized_window(screen: Screen) -> None:
    """A line longer than the window is wrapped where the window ends now."""
    screen.open()
    screen.keys("-l", "print " + "1 + " * 20 + "1")
    screen.shows(f"{PROMPT} print 1 + ")
    screen.resize(60, 30)
    screen.shows(f"{PROMPT} print 1 + ", "")
    screen.keys("Enter")
    screen.shows("$1 = 21", PROMPT)


def test_python_at_the_prompt(screen: Screen) -> None:
    """`python` alone asks with `>` up to `end`; indentation is kept."""
    screen.open()
    for line in ("python", "for n in (1, 2):", "    print(n * 21)", "end"):
        screen.type(line)
        screen.prompts_behind(line, PROMPT if line == "end" else ">")
    screen.shows("21", "42", PROMPT)


def test_a_rust_program(screen: Screen) -> None:
    """start, a breakpoint in a method, its values, and out of it."""
    screen.open("-ex", "set context 3", programs.build("hands.rs"))
    screen.type("start")
    screen.shows("Temporary breakpoint 1, hands::main () at ", "   ", "=> ", "   ", PROMPT)
    screen.type("tbreak hands::Point::norm")
    screen.shows("Temporary breakpoint 2 at ", PROMPT)
    screen.type("continue")
    line = programs.mark("hands.rs", "norm")
    screen.shows("Temporary breakpoint 2, hands::Point::norm (self=", "   ", f"=> {line} ", "   ", PROMPT)
    screen.type("print *self")
    screen.shows("$1 = hands::Point {x: 3, y: 4}", PROMPT)
    screen.type("finish")
    screen.shows("   ", "=> ", "   ", "Value returned is $2 = 25", PROMPT)
    screen.type("info locals")
    screen.shows("point = hands::Point {x: 3, y: 4}", PROMPT)
    screen.type("continue")
    screen.shows("3 14.25 1 21", "[Inferior 1 (process ", PROMPT)


def test_a_cpp_program(screen: Screen) -> None:
    """Containers, a call of a member function, a virtual function."""
    screen.open("-ex", "set context 0", programs.build("hands.cpp"))
    screen.type(f"tbreak {programs.mark('hands.cpp', 'ready')}")
    screen.shows("Temporary breakpoint 1 at ", PROMPT)
    screen.type("run")
    screen.shows("Temporary breakpoint 1, main () at ", "", PROMPT)
    screen.type("print numbers")
    screen.shows("$1 = std::vector of length 5, capacity 5 = {3, 1, 4, 1, 5}", PROMPT)
    screen.type("print text.c_str()")
    screen.shows("$2 = 0x", PROMPT)
    screen.type("print shape->area()")
    screen.shows("$3 = 2.25", PROMPT)
    screen.type("tbreak shapes::Square::area")
    screen.shows("Temporary breakpoint 2 at ", PROMPT)
    screen.type("continue")
    screen.shows("Temporary breakpoint 2, shapes::Square::area (this=0x", "", PROMPT)
    screen.type("backtrace")
    screen.shows("#0  shapes::Square::area (this=0x", "#1  0x", PROMPT)


def test_redis(screen: Screen, tmp_path: Path) -> None:
    """A server with threads, most of it without debug information: a stop, its stack, Ctrl-C, and away."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server here")
    words = ("--port", "0", "--unixsocket", str(tmp_path / "socket"), "--save", "", "--logfile", os.devnull)
    screen.start(*TRAPLINE, "-q", "-ex", "break aeMain", "-ex", "run", server, *words)
    screen.prompts_behind("hit Breakpoint 1, ")
    screen.type("backtrace 1")
    screen.shows("#0  0x", "(More stack frames follow...)", PROMPT)
    screen.type("thread apply all backtrace 1")
    screen.shows("(More stack frames follow...)", PROMPT)
    screen.type("delete")
    screen.shows("Delete all breakpoints? (y or n)")
    screen.type("y")
    screen.prompts_behind("(y or n) y")
    screen.type("continue")
    processes.until(lambda: "Continuing." in screen.lines, what="the server to go on")  # threads may come
    screen.control_c("redis-server")
    screen.prompts_behind("received signal SIGINT, Interrupt.")
    screen.type("quit")
    screen.shows("Quit anyway? (y or n)")
    screen.type("y")
    screen.shows("Quit anyway? (y or n) y", "status 0")


def test_python_itself(screen: Screen) -> None:
    """The interpreter of Debian: a system call is caught, its stack is walked, and it goes on."""
    python = shutil.which("python3", path="/usr/bin") or sys.executable
    screen.open("-ex", "set context 0", python, "-c", "import os; os.getppid(); print('done')")
    screen.type("catch syscall getppid")
    screen.shows("Catchpoint 1 (syscall ", PROMPT)
    screen.type("run")
    screen.prompts_behind("call to syscall getppid")
    screen.type("backtrace -1")
    screen.shows("#", PROMPT)
    screen.type("delete")
    screen.shows("Delete all breakpoints? (y or n)")
    screen.type("y")
    screen.prompts_behind("(y or n) y")
    screen.type("continue")
    screen.shows("done", "[Inferior 1 (process ", PROMPT)


def test_lines_longer_than_the_window_are_ended_between_members(screen: Screen) -> None:
    """Frames before their place, values between members; `set width` says otherwise, a resize at once."""
    screen.open("-ex", "set context 0", programs.build("hands.c"))
    screen.resize(60, 50)
    screen.type(f"tbreak {programs.mark('hands.c', 'sum')}")
    screen.shows("Temporary breakpoint 1 at ", "", PROMPT)
    screen.type("run")
    screen.shows("Temporary breakpoint 1, add (a=0, b=1)", "    at ", "", PROMPT)
    screen.type("print $_siginfo")
    screen.shows("    _sigchld = {si_pid = 0, ", *("      ",) * 5, PROMPT)
    screen.type("set width 0")
    screen.type("frame")
    screen.prompts_behind("#0  add (a=0, b=1) at ")
