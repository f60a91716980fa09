"""A terminal as a user has one: a tmux server of our own with one window, its keys, and what it shows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.terminal import TRAPLINE
from tests.support import processes

PROMPT = "(trapline)"


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
            timeout=60,
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

    def open(self, *words: str) -> None:
        """Run trapline in the window, as far as its prompt."""
        self.start(*TRAPLINE, "-q", *words)
        self.shows(PROMPT)

    def keys(self, *names: str) -> None:
        """Press keys, by tmux's names."""
        self.tmux("send-keys", *names)

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def control_c(self, name: str) -> None:
        """Press Ctrl-C once a program of that name has the terminal and runs; before, it would be ours."""
        window = int(self.tmux("display-message", "-p", "#{pane_pid}"))

        def runs() -> bool:
            behind_its_name = Path(f"/proc/{window}/stat").read_text().rpartition(")")[2].split()
            group = int(behind_its_name[5])  # of the terminal's foreground.  Source: proc(5), tpgid
            facts = processes.status(group) if group > 0 else {}
            return facts.get("Name") == name and facts["State"][0] in "RSD"

        processes.until(runs, what=f"{name} to run in the foreground")
        self.keys("C-c")

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size, and wait until its terminal has it."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        terminal = os.open(self.tmux("display-message", "-p", "#{pane_tty}").strip(), os.O_RDWR | os.O_NOCTTY)
        try:
            processes.until(lambda: os.get_terminal_size(terminal) == (columns, rows), what="the size")
        finally:
            os.close(terminal)

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

    def prompts_behind(self, text: str, prompt: str = "(trapline)") -> None:
        """Wait until the prompt is back and empty, with a text somewhere above it."""
        processes.until(
            lambda: self.lines[-1:] == [prompt] and any(text in line for line in self.lines),
            what=f"{text!r} and the prompt",
        )


@contextmanager
def opened(folder: Path) -> Iterator[Screen]:
    """Give a window whose server ends with the block; skip the test where there is no tmux."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux here (apt-get install tmux)")
    one = Screen(folder / "tmux")
    try:
        yield one
    finally:
        pid = one.tmux("display-message", "-p", "#{pid}").strip()
        one.tmux("kill-server")
        if pid:
            processes.until(lambda: not processes.exists(int(pid)), what="tmux to end")
