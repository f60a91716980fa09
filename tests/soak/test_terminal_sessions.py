"""Whole sessions on real programs, in a real terminal: what a user who hunts a bug types, and what it shows.

Each begins in a shell and ends in it: the terminal is as it was, no process is left, and nothing that was on
the screen is a traceback.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.screen import PROMPT, Screen, opened
from tests.cli.terminal import TRAPLINE
from tests.support import processes, programs

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

_SHELL = "shell>"
_SLOWEST = 60.0


class Terminal:
    """A shell in a window, and the prompt of trapline in it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.keys = screen.keys
        screen.tmux("new-session", "-d", "-x", "110", "-y", "50", f"PS1='{_SHELL} ' exec bash --norc -i")
        screen.tmux("set-option", "-g", "history-limit", "20000")
        screen.shows(_SHELL)
        self._before = self.says("stty -a", prompt=_SHELL)

    def until(self, end: str, *, least: int = 1) -> str:
        """Wait until the last of some lines ends in this, and return the screen."""

        def seen() -> str:
            lines = self._screen.lines
            return "\n".join(lines) if len(lines) >= least and lines[-1].endswith(end) else ""

        try:
            return processes.until(seen, timeout=_SLOWEST, what=f"a line that ends in {end!r}")
        except pytest.fail.Exception as failure:
            pytest.fail(f"{failure}; it shows:\n" + "\n".join(self._screen.lines), pytrace=False)

    def type(self, line: str) -> None:
        """Type a line, if it is none press Enter alone."""
        if line:
            self._screen.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def says(self, line: str, *texts: str, prompt: str = PROMPT) -> str:
        """Type a line at an empty screen, and return what it shows when the prompt is back."""
        self._clear()
        self.type(line)
        shown = self.until(prompt, least=2)
        for text in texts:
            assert text in shown, f"{text!r} is not in what {line!r} shows:\n{shown}"
        return shown

    def goes_on(self) -> None:
        """Let the program run, at an empty screen; it may print, and threads may come."""
        self._clear()
        self.type("continue")
        processes.until(lambda: "Continuing." in self._screen.lines, what="the program to go on")

    def _clear(self) -> None:
        self.keys("C-l")
        processes.until(lambda: len(self._screen.lines) == 1, what="an empty screen")

    def agrees(self, line: str, *texts: str, prompt: str = PROMPT) -> str:
        """Type a line that asks a question, and say yes."""
        self.says(line, prompt="(y or n)")
        self.type("y")
        shown = self.until(prompt)
        for text in texts:
            assert text in shown, f"{text!r} is not in what {line!r} shows:\n{shown}"
        return shown

    def completes(self, typed: str, whole: str) -> None:
        """Type a part of a line and Tab; the line is dropped again."""
        self._screen.tmux("send-keys", "-l", typed)
        self.keys("Tab")
        self.until(f"{PROMPT} {whole}")
        self.keys("C-c")
        self.until(PROMPT)

    def resize(self, columns: int) -> None:
        """Make the window that wide."""
        self._screen.tmux("resize-window", "-x", str(columns), "-y", "50")

    def debug(self, *words: str) -> None:
        """Run trapline as far as its prompt."""
        self.says(shlex.join([*TRAPLINE, "-q", *words]))

    @property
    def pid(self) -> int:
        """The process id of the program under debug."""
        found = re.search(r"process (\d+)", self.says("info inferiors"))
        assert found is not None
        return int(found[1])

    def quit(self, *gone: int) -> None:
        """Leave trapline, and see that everything is as before it."""
        self.keys("C-d")
        if self.until("").endswith("(y or n)") or not self._is_back():
            self.until("(y or n)")
            self.type("y")
        self.until(_SHELL)
        assert self.says("stty -a", prompt=_SHELL) == self._before
        for pid in gone:
            processes.until(lambda pid=pid: not processes.exists(pid), what=f"process {pid} to end")
        whole = self._screen.tmux("capture-pane", "-p", "-S", "-")
        assert "Traceback (most recent" not in whole

    def _is_back(self) -> bool:
        """Wait for the shell or a question, and say whether it is the shell."""

        def last() -> str:
            line = self._screen.lines[-1]
            return line if line.endswith((_SHELL, "(y or n)")) else ""

        return processes.until(last, what="the shell or a question").endswith(_SHELL)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with opened(tmp_path) as screen:
        yield Terminal(screen)


def built(command: str, *words: str, cwd: Path, **variables: str) -> None:
    """Build a project with its own tool; skip the test where that is missing."""
    path = shutil.which(command) or shutil.which(command, path=str(Path.home() / ".cargo" / "bin"))
    if path is None:
        pytest.skip(f"no {command} here (apt-get install {command})")
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:{Path(path).parent}", **variables}
    done = subprocess.run([path, *words], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def not_left(pid: int) -> Iterator[None]:
    """End a process that is on its own if what follows fails."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        raise


def asked(path: str, line: bytes) -> bytes:
    """Return the answer of a redis server at a socket."""
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(_SLOWEST)
        one.connect(path)
        one.sendall(line + b"\r\n")
        return one.recv(100)


def test_a_server_with_threads(terminal: Terminal, tmp_path: Path) -> None:
    """redis-server: a stop, its threads, Ctrl-C, detached and attached again, and left as it was."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server here (apt-get install redis-server)")
    path = str(tmp_path / "socket")
    terminal.debug(
        "--args", server, "--port", "0", "--unixsocket", path, "--save", "", "--dir", str(tmp_path)
    )
    terminal.says("break aeMain", "Breakpoint 1 at 0x")
    terminal.says("run", "eady to accept connections", "hit Breakpoint 1, ", "aeMain")
    terminal.says("backtrace", "#0 ", "aeMain", "main")
    assert len(re.findall(r"\(LWP \d+\)", terminal.says("info threads"))) >= 4
    terminal.says("thread apply all backtrace 1", "Thread 1 (", "bio_")
    pid = terminal.pid
    terminal.agrees("delete")
    terminal.goes_on()
    assert processes.until(lambda: asked(path, b"PING"), what="an answer") == b"+PONG\r\n"
    terminal.keys("C-c")
    terminal.until(PROMPT)
    terminal.says("info registers rip", "rip  ")
    terminal.says("thread 2", "[Switching to thread 2 (Thread 0x")
    terminal.says("detach", f"Detaching from program: {os.path.realpath(server)}, process {pid}")
    with not_left(pid):
        _attached_again(terminal, pid, path)


def _attached_again(terminal: Terminal, pid: int, path: str) -> None:
    """To a server that was detached from; it answers meanwhile, and ends when it is asked to."""
    assert asked(path, b"PING") == b"+PONG\r\n"
    terminal.says(f"attach {pid}")
    terminal.says("backtrace", "epoll_wait")
    terminal.says("tbreak processCommand", "Temporary breakpoint ")
    terminal.goes_on()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(b"PING\r\n")
        terminal.until(PROMPT)
        terminal.says("backtrace", "processCommand", "main")
        terminal.quit()
        client.settimeout(_SLOWEST)
        assert client.recv(100) == b"+PONG\r\n"
    assert processes.tracer(pid) == 0
    with pytest.raises(OSError, match=r".*"):
        while True:
            asked(path, b"SHUTDOWN NOSAVE")
    processes.until(lambda: not processes.exists(pid), what="the server to end")


def test_an_interpreter_that_edits_its_lines(terminal: Terminal) -> None:
    """Python with debug information: its prompt has the terminal raw, and again after each stop."""
    python = shutil.which("python3.11-dbg") or shutil.which("python3-dbg")
    if python is None:
        pytest.skip("no python3-dbg here (apt-get install python3-dbg)")
    terminal.debug("--args", python, "-q", "-S", "-E")
    terminal.type("run")
    terminal.until(">>>")
    terminal.type("6 * 7")
    assert "\n42\n" in terminal.until(">>>")
    terminal.keys("Up", "BSpace", "8", "Enter")  # the line before, edited
    assert "\n48\n" in terminal.until(">>>", least=7)
    terminal.keys("C-c")
    assert "received signal SIGINT, Interrupt." in terminal.until(PROMPT)
    pid = terminal.pid
    terminal.says("backtrace -1", "main (argc=")
    terminal.says("tbreak builtin_print", "Temporary breakpoint 1 at 0x", "bltinmodule.c")
    terminal.says("print $_siginfo.si_signo", "$1 = 2")
    terminal.goes_on()
    terminal.type("")
    terminal.until(">>>")
    terminal.type("print('spam', 2 ** 100)")
    shown = terminal.until(PROMPT)
    assert "Temporary breakpoint 1, builtin_print (" in shown
    assert re.search(r"\n    \S", shown), "a long line that is not wrapped:\n" + shown
    terminal.says("print nargs", "$2 = 2")
    terminal.says("print *args@nargs", "$3 = {0x")
    terminal.says("print *args[0]->ob_type", "tp_name = 0x", '"str"')
    terminal.says("ptype PyObject", "type = struct _object {", "Py_ssize_t ob_refcnt;")
    terminal.says("info functions ^PyList_A", "PyList_Append", "PyList_AsTuple")
    terminal.says("backtrace 2", "builtin_print", "(More stack frames follow...)")
    terminal.says("up", "#1  0x", "cfunction_vectorcall")
    terminal.says(
        "finish", "Run till exit from #1", "spam 1267650600228229401496703205376", "Value returned is "
    )
    terminal.type("continue")
    terminal.until(">>>")
    terminal.keys("C-d")
    assert "[Inferior 1 (process " in terminal.until(PROMPT)
    terminal.quit(pid)


def test_a_program_of_cargo(terminal: Terminal, tmp_path: Path) -> None:
    """A workspace of two crates: threads with names, containers, errors that return, a panic."""
    built("cargo", "build", "--offline", cwd=programs.SOURCES / "shop", CARGO_TARGET_DIR=str(tmp_path))
    line = programs.mark("shop/shop/src/stock.rs", "taken")
    terminal.debug(str(tmp_path / "debug" / "shop"))
    terminal.completes("break ledger::Ledger::cha", "break ledger::Ledger::change")
    terminal.says(f"break stock.rs:{line}", "Breakpoint 1 at 0x", f"stock.rs, line {line}.")
    terminal.says("run", "hit Breakpoint 1, shop::stock::Stock::take (self=0x", f"=> {line}", '"worker-')
    pid = terminal.pid
    terminal.says("info locals", "taken = 0", "queue = 0x")
    terminal.says("print self.shelves", "$1 = Vec(size=4) = {VecDeque(size=", ", 36}}")
    terminal.says("backtrace", "shop::main::{closure#0}", "()\n    at /rustc/", "start_thread")
    terminal.says("next", "=> ")
    terminal.says("", "=> ")  # Enter again
    terminal.agrees("delete")
    terminal.says("tbreak ledger::Ledger::change", "Temporary breakpoint 2 at 0x")
    terminal.says("continue", "ledger::Ledger::change (self=0x", "id=1, amount=100)")
    terminal.says("print self.balances", "BTreeMap(size=3) = {", "[1] = 0")
    terminal.says("finish", "Run till exit from #0", "Value returned is $3 = ")
    terminal.says("print entry", 'Deposit{amount: 100, note: "rent and food"}')
    terminal.says("ptype entry", "type = enum ledger::Entry", "Withdrawal(i64)")
    terminal.says("catch panic", "Catchpoint 3 (panic)")
    terminal.says("continue", "panic: index out of bounds: the len is 3 but the index is 3")
    crash = programs.mark("shop/shop/src/main.rs", "panics")
    terminal.says("frame function shop::main", f"=> {crash}", "numbers[index]")
    terminal.says("print numbers", "Vec(size=3) = {1, 2, 3}")
    terminal.says("info args", "No arguments.")
    terminal.agrees("run", "panic: index out of bounds")
    assert terminal.pid != pid
    terminal.quit(pid, terminal.pid)


def test_a_program_of_cmake(terminal: Terminal, tmp_path: Path) -> None:
    """A program and a library: a crash, an exception, threads, a narrow window, keys of the prompt."""
    source = programs.SOURCES / "scene"
    built("cmake", "-S", str(source), "-B", str(tmp_path), "-DCMAKE_BUILD_TYPE=Debug", cwd=tmp_path)
    built("cmake", "--build", str(tmp_path), cwd=tmp_path)
    terminal.debug(str(tmp_path / "scene"))
    crash = programs.mark("scene/app/main.cpp", "crash")
    terminal.says("run", "received signal SIGSEGV, Segmentation fault.", f"=> {crash}")
    terminal.says("print nothing", "$1 = (geo::Shape *) 0x0")
    terminal.says("print *scene.shapes[0]", "<geo::Shape> = {", "radius_ = 2}")
    terminal.resize(70)
    shown = terminal.says("info locals", "\n  counts = std::map with 2 elements", "\n  origin = std::variant")
    assert max(len(line) for line in shown.splitlines()) <= 70
    terminal.resize(110)
    terminal.says("catch throw", "Catchpoint 1 (throw)")
    terminal.agrees("run", "exception thrown", "geo::Error: no such shape: blob")
    pid = terminal.pid
    thrown = programs.mark("scene/lib/shapes.cpp", "throw")
    terminal.says("frame function geo::make", f"=> {thrown}")
    terminal.says("info args", 'kind = "blob"', "size = 1")
    terminal.says("up", "Scene::add (this=0x", 'kind="blob"')
    terminal.says("watch largest", "atchpoint 2: largest")
    terminal.agrees("delete")
    terminal.says("tbreak fibonacci if n == 3", "Temporary breakpoint 3 at 0x")
    terminal.says("continue", '"pool-', "hit Temporary breakpoint 3, fibonacci (n=3)")
    terminal.says("display n", "1: n = 3")
    terminal.says("next", "1: n = 3")
    terminal.says("", "1: n = 3")
    assert 2 <= len(re.findall(r"\(LWP \d+\)", terminal.says("info threads"))) <= 4  # of four, born meanwhile
    terminal.says("backtrace", "fibonacci (n=4)", "Pool::work (this=0x", "start_thread")
    terminal.says("undisplay 1")
    terminal.completes("break geo::Polygon::ar", "break geo::Polygon::area() const")
    terminal.says("list fibonacci", "return fibonacci(n - 1) + fibonacci(n - 2);")
    terminal.says("", "int main(int argc, char **argv)")  # Enter goes on
    terminal.keys("C-r")
    terminal.keys("-l", "nothing")
    terminal.until("print nothing")
    terminal.keys("Enter")
    assert 'No symbol "nothing" in current context.' in terminal.until(PROMPT, least=2)
    for text, mark in (
        ("python", ">"),
        ("for n in (1, 2):", ">"),
        ("    print(n * 21)", ">"),
        ("end", PROMPT),
    ):
        terminal.type(text)
        terminal.until(mark)
    terminal.says("set var n = 40")
    terminal.says("print n", " = 40")
    terminal.type("continue")
    terminal.keys("C-c")
    terminal.until(PROMPT)
    terminal.says("info program")
    terminal.quit(pid)
