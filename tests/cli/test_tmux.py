"""A session as a user has it: a real terminal emulator, keys, Ctrl-C, Ctrl-D."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import TRAPLINE
from tests.support import processes, programs


class Screen:
    """One tmux server of our own with one window; what is on it is polled."""

    def __init__(self, socket: Path) -> None:
        self._socket = str(socket)
        self._home = socket.parent / "home"

    def tmux(self, *words: str) -> str:
        """Return what a tmux command prints."""
        done = subprocess.run(
            ["tmux", "-S", self._socket, "-f", os.devnull, *words],
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, "XDG_CONFIG_HOME": str(self._home), "XDG_STATE_HOME": str(self._home)},
        )
        return done.stdout

    def start(self, *words: str) -> None:
        """Run a command in the window; the shell behind it says how it ended."""
        line = f"{shlex.join(words)}; echo status $?; exec cat"
        self.tmux("new-session", "-d", "-x", "150", "-y", "50", line)

    def start_again(self, *words: str) -> None:
        """Run a command in place of the one that has ended; a server without a session would end."""
        self.tmux("respawn-pane", "-k", f"{shlex.join(words)}; echo status $?; exec cat")

    def keys(self, *names: str) -> None:
        """Press keys, by tmux's names."""
        self.tmux("send-keys", *names)

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without empty lines."""
        return [line.rstrip() for line in self.tmux("capture-pane", "-p").splitlines() if line.strip()]

    def shows(self, *ends: str) -> None:
        """Wait until the screen's last lines begin with these texts."""

        def there() -> bool:
            last = self.lines[-len(ends) :]
            return len(last) == len(ends) and all(
                line.startswith(end) for line, end in zip(last, ends, strict=True)
            )

        try:
            processes.until(there, what=f"the screen to end with {ends!r}")
        except pytest.fail.Exception as failure:
            pytest.fail(f"{failure}; it shows:\n" + "\n".join(self.lines), pytrace=False)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    if shutil.which("tmux") is None:
        pytest.skip("no tmux here (apt-get install tmux)")
    one = Screen(tmp_path / "tmux")
    yield one
    pid = one.tmux("display-message", "-p", "#{pid}").strip()
    one.tmux("kill-server")
    if pid:
        processes.until(lambda: not processes.exists(int(pid)), what="tmux to end")


PROMPT = "(trapline)"


def test_control_c_while_running(screen: Screen) -> None:
    """Ctrl-C stops the program and gives the prompt back; the program never sees it."""
    screen.start(*TRAPLINE, "-q", programs.build("spin.c"))
    screen.shows(PROMPT)
    screen.type("run")
    screen.shows(f"{PROMPT} run", "ready")
    screen.keys("C-c")
    screen.shows("ready", "^C", "Program received signal SIGINT, Interrupt.", "", "", PROMPT)
    screen.type("tbreak turn")
    screen.type("continue")
    screen.shows("Temporary breakpoint 1, turn () at ", "6", PROMPT)
    screen.type("continue")
    screen.shows("Continuing.")
    screen.keys("C-c")
    screen.shows("Program received signal SIGINT, Interrupt.", "", "", PROMPT)
    screen.type("quit")
    screen.shows("Quit anyway? (y or n)")
    screen.type("y")
    screen.shows("status 0")


def test_keys_at_the_prompt(screen: Screen) -> None:
    """Ctrl-C clears the line, Enter repeats a step, the arrow brings a line back, Ctrl-D leaves."""
    screen.start(*TRAPLINE, "-q", programs.build("twelve.c"))
    screen.shows(PROMPT)
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


def test_tab_completes_commands_functions_and_settings(screen: Screen) -> None:
    """Tab ends a word where only one thing can stand, and lists what can where there are several."""
    screen.start(*TRAPLINE, "-q", programs.build("twelve.c"))
    screen.shows(PROMPT)
    for typed, whole in (("backt", "backtrace"), ("break mai", "break main"), ("set listsi", "set listsize")):
        screen.keys("-l", typed)
        screen.keys("Tab")
        screen.shows(f"{PROMPT} {whole}")
        screen.keys("C-c")
        screen.shows(f"{PROMPT} {whole}", PROMPT)
    screen.type("set listsize 5")
    screen.type("show listsize")
    screen.shows("listsize is 5. Source lines that `list` prints.", PROMPT)
