"""Lines about what happens while the program runs: threads that come and go, forks, another program, signals.

Source: gdb 13, linux-nat.c and thread.c (`print thread-events`), infrun.c (`print inferior-events`).
"""

from __future__ import annotations

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inferior import Inferior

THREADS, INFERIORS = "print thread-events", "print inferior-events"
"""The settings that ask for them."""


class Announcer:
    """Tells one session of the program that it debugs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._inferior: Inferior | None = None
        self._pid = 0
        self._number = 1
        self._names: dict[int, str] = {}
        self.has_threads = False
        """Whether the process has or has had more threads than one: then stops say which it was."""
        self.left: dict[int, str] = {}
        """The program files of the processes that were left at a fork, by their numbers."""

    def follow(self, inferior: Inferior) -> None:
        """Listen to a program from here on; once is enough."""
        if inferior is not self._inferior:
            self._inferior = inferior
            self._names.clear()
            self.left.clear()
            inferior.subscribe(self._heard)
        self.starts(inferior)

    def starts(self, inferior: Inferior) -> None:
        """Note which process goes on: a restart has made another."""
        self.has_threads = (self.has_threads and inferior.pid == self._pid) or len(inferior.threads) > 1
        self._pid, self._number = inferior.pid, inferior.number

    def switched(self, before: int, stop: trapline.Stop) -> None:
        """Say that a stop is of another thread than the one that was selected before, by its tid."""
        thread = stop.thread
        if self._session.settings[THREADS] and thread is not None and thread.tid != before:
            self._line(f"[Switching to {name_of(thread)}]")

    def _line(self, text: str) -> None:
        self._session.render.line(text)
        self._session.render.flush()

    def _heard(self, event: Any) -> None:
        settings = self._session.settings
        self.has_threads |= isinstance(event, trapline.ThreadStarted)
        match event:
            case trapline.ThreadStarted(thread=trapline.Thread() as thread) if settings[THREADS]:
                name = self._names[thread.tid] = name_of(thread)
                self._line(f"[New {name}]")
            case trapline.ThreadExited(tid=tid) if settings[THREADS]:
                name = self._names.pop(tid, f"LWP {tid}")
                if tid != self._pid:
                    self._line(f"[{name} exited]")
            case trapline.Forked(child=child, shares_memory=shares):
                how = "vfork" if shares else "fork"
                for line in self._forked(getattr(child, "pid", child), how):
                    if settings[INFERIORS]:
                        self._line(line)
            case trapline.Execed(path=path) if settings[INFERIORS]:
                self._line(f"process {self._pid} is executing new program: {path}")
            case trapline.SignalReceived():
                from trapline.cli.stops import tell_signal

                tell_signal(self._session, event)
                self._session.render.flush()

    def _forked(self, child: int, how: str) -> list[str]:
        """Note who is followed from a fork on, and return what is said of it."""
        inferior = self._inferior
        assert inferior is not None
        if inferior.pid != child:
            return [f"[Detaching after {how} from child process {child}]"]
        parent, self._pid = self._pid, child
        number, self._number = self._number, inferior.number
        self.left[number] = inferior.exe  # the child has run nothing yet: its parent's
        self._names.clear()
        return [
            f"[Attaching after process {parent} {how} to child process {child}]",
            f"[New inferior {self._number} (process {child})]",
            f"[Detaching after {how} from parent process {parent}]",
            f"[Inferior {number} (process {parent}) detached]",
        ]


def name_of(thread: trapline.Thread) -> str:
    """Return a thread as gdb names it: by the address that is its pthread_t, and the kernel's number."""
    try:
        base = thread.registers["fs_base"]
    except DebuggerError:
        base = 0  # it runs, or waits for its vfork child
    return f"Thread {base:#x} (LWP {thread.tid})" if base else f"LWP {thread.tid}"
