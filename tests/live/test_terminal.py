"""The terminal that a launched program shares with us (KERNEL 21): handed over, taken back, Ctrl-C.

A Python of its own runs on a pty with us at the other end, as a user at a terminal would have it.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import sys
import time
from collections.abc import Iterator

import pytest
from tests.support import processes, programs

import trapline


class Terminal:
    """Our end of a pty on which a Python script runs as the session's leader."""

    def __init__(self, script: str) -> None:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-c", script])
        self.seen = b""

    def expect(self, marker: bytes) -> bytes:
        """Return what is written up to `marker`, which is taken off."""
        deadline = time.monotonic() + 30
        while marker not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            try:
                data = os.read(self.master, 4096) if ready else b""
            except OSError:
                data = b""
            if not data:
                pytest.fail(f"waited in vain for {marker!r}; seen: {self.seen!r}")
            self.seen += data
        before, _, self.seen = self.seen.partition(marker)
        return before

    def type(self, text: bytes) -> None:
        """Type."""
        os.write(self.master, text)

    @property
    def foreground(self) -> int:
        """The process group that has the terminal."""
        return os.tcgetpgrp(self.master)


@contextlib.contextmanager
def terminal(script: str) -> Iterator[Terminal]:
    """Run a script on a terminal of its own, and end it afterwards."""
    made = Terminal(script)
    try:
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(made.pid, signal.SIGKILL)
        os.waitpid(made.pid, 0)
        os.close(made.master)


def launching(program: str, rest: str, **options: object) -> str:
    """Return a script that launches `program` on the terminal that it has itself."""
    words = "".join(f", {name}={value!r}" for name, value in options.items())
    return (
        "import os, sys, termios, trapline\n"
        "def say(*words): print(*words, flush=True)\n"
        f"inferior = trapline.launch({[programs.build(program)]!r}{words})\n"
        "say('pid', inferior.pid, 'end')\n" + rest
    )


def test_the_program_has_the_terminal_while_it_runs() -> None:
    """A read from the terminal works while it runs; at each stop we have it back."""
    script = launching(
        "login.c",
        "check = inferior.set_breakpoint('check')\n"
        "say('stop', inferior.resume().breakpoints == (check,), os.tcgetpgrp(0) == os.getpgrp())\n"
        "say(input('mine> '))\n"
        "say('status', inferior.run().code, os.tcgetpgrp(0) == os.getpgrp())\n",
    )
    with terminal(script) as tty:
        pid = int(tty.expect(b" end").split()[-1])
        tty.expect(b"login: ")
        assert tty.foreground == os.getpgid(pid) == pid
        tty.type(b"root\n")
        tty.expect(b"password: ")
        tty.type(b"sesame\n")
        tty.expect(b"stop True True")
        tty.expect(b"mine> ")
        assert tty.foreground == tty.pid
        tty.type(b"for us\n")
        tty.expect(b"for us\r\nfor us")
        tty.expect(b"welcome root")
        tty.expect(b"status")
        assert b"True" in tty.expect(b"\n")


def test_ctrl_c_reaches_us_alone() -> None:
    """The terminal's SIGINT becomes KeyboardInterrupt; the program is stopped and never gets it."""
    script = launching(
        "spin.c",
        "for _ in range(3):\n"
        "    try: inferior.resume()\n"
        "    except KeyboardInterrupt: say('interrupted', inferior.state)\n"
        "inferior.resume_nowait(); inferior.interrupt(); say(type(inferior.wait()).__name__)\n",
    )
    with terminal(script) as tty:
        pid = int(tty.expect(b" end").split()[-1])
        tty.expect(b"ready")
        for _ in range(3):
            processes.until(lambda: tty.foreground == pid, what="the program in the foreground")
            processes.until(lambda: processes.state(pid) == "R", what="the program to run")
            tty.type(b"\x03")
            tty.expect(b"interrupted stopped")
        tty.expect(b"Interrupted")


@pytest.mark.parametrize(
    ("options", "holder"),
    [({}, "os.getpgid(inferior.pid)"), ({"stdin": trapline.DEVNULL}, "os.getpgrp()")],
    ids=["shared", "input of its own"],
)
def test_hits_that_go_on_never_touch_the_terminal(options: dict[str, object], holder: str) -> None:
    """A callback runs with the terminal still lent: no tcsetpgrp for each hit.

    To a program whose stdin is redirected nothing is handed over.
    """
    script = launching(
        "twelve.c",
        f"def look(inferior, point): say('held', os.tcgetpgrp(0) == {holder})\n"
        "inferior.set_breakpoint('main', callback=look)\n"
        "say('status', inferior.run().code)\n",
        **options,
    )
    with terminal(script) as tty:
        tty.expect(b"held True")
        tty.expect(b"status 12")


def test_line_settings_are_each_sides_own() -> None:
    """What the program does to the terminal is undone at its stop, and there again when it goes on."""
    script = launching(
        "raw.c",
        "echo = lambda: bool(termios.tcgetattr(0)[3] & termios.ECHO)\n"
        "inferior.set_breakpoint('is_raw')\n"
        "say('before', echo())\n"
        "inferior.resume(); say('stopped', echo())\n"
        "say('status', inferior.run().code, echo())\n",
    )
    with terminal(script) as tty:
        tty.expect(b"before True")
        tty.expect(b"stopped True")
        tty.expect(b"status 0 True")


@pytest.mark.parametrize("end", ["with", "detach", "exit", "kill"])
def test_the_terminal_is_ours_again_at_the_end(end: str) -> None:
    """However it ends: killed, let go, left running by the script's end."""
    rest = {
        "with": "with inferior: inferior.resume_nowait()\n",
        "detach": "inferior.resume_nowait(); inferior.detach(); os.kill(inferior.pid, 9)\n",
        "exit": "inferior.resume_nowait(); inferior.kill()\n",
        "kill": "inferior.resume_nowait(); os.kill(inferior.pid, 9); inferior.wait()\n",
    }[end]
    script = launching("spin.c", rest + "say('ours', os.tcgetpgrp(0) == os.getpgrp())\n")
    with terminal(script) as tty:
        tty.expect(b"ours True")
