"""Signals: their names, and gdb's policy of which stop, which are delivered and which pass unseen."""

from __future__ import annotations

from trapline.base import arguments
from trapline.base.errors import UsageError
from trapline.base.fact import NamedTuple

_NAMES = (
    "SIGHUP:Hangup SIGINT:Interrupt SIGQUIT:Quit SIGILL:Illegal instruction "
    "SIGTRAP:Trace/breakpoint trap SIGABRT:Aborted SIGBUS:Bus error SIGFPE:Arithmetic exception "
    "SIGKILL:Killed SIGUSR1:User defined signal 1 SIGSEGV:Segmentation fault "
    "SIGUSR2:User defined signal 2 SIGPIPE:Broken pipe SIGALRM:Alarm clock SIGTERM:Terminated "
    "SIGSTKFLT:Stack fault SIGCHLD:Child status changed SIGCONT:Continued SIGSTOP:Stopped (signal) "
    "SIGTSTP:Stopped (user) SIGTTIN:Stopped (tty input) SIGTTOU:Stopped (tty output) "
    "SIGURG:Urgent I/O condition SIGXCPU:CPU time limit exceeded SIGXFSZ:File size limit exceeded "
    "SIGVTALRM:Virtual timer expired SIGPROF:Profiling timer expired SIGWINCH:Window size changed "
    "SIGIO:I/O possible SIGPWR:Power fail/restart SIGSYS:Bad system call"
)
_ALIASES = {"SIGIOT": 6, "SIGCLD": 17, "SIGPOLL": 29}
_QUIET = ("SIGALRM", "SIGURG", "SIGIO", "SIGVTALRM", "SIGPROF", "SIGCHLD", "SIGWINCH")
_KEPT_BACK = ("SIGINT", "SIGTRAP")
COUNT = 64
"""Signals are numbered 1 to 64.  Source: signal(7)."""


class Policy(NamedTuple):
    """What happens to a signal: `stop` before it, `deliver` it on resume, `announce` what does not stop."""

    stop: bool
    deliver: bool
    number: int
    announce: bool

    @property
    def name(self) -> str:
        """The signal's name: "SIGSEGV"."""
        return name(self.number)

    @property
    def text(self) -> str:
        """What it means, in gdb's words: "Segmentation fault"."""
        return text(self.number)


def _parse() -> tuple[dict[int, str], dict[int, str]]:
    names, texts = {}, {}
    for number, found in enumerate(_NAMES.split(" SIG"), 1):
        name, _, texts[number] = found.partition(":")
        names[number] = f"SIG{name.removeprefix('SIG')}"
    for number in range(32, COUNT + 1):
        names[number] = (
            f"SIG{number}" if number < 34 else f"SIGRTMIN+{number - 34}" if number > 34 else "SIGRTMIN"
        )
        texts[number] = f"Real-time event {number}"
    return names, texts


_by_number, _texts = _parse()
_by_name = {name: number for number, name in _by_number.items()} | _ALIASES


def name(number: int) -> str:
    """Return the name of a signal number: "SIGSEGV"."""
    return _by_number.get(number, f"signal {number}")


def text(number: int) -> str:
    """Return what a signal means, in gdb's words: "Segmentation fault"."""
    return _texts.get(number, "Unknown signal")


def describe(number: int) -> str:
    """Return name and meaning: "SIGSEGV (Segmentation fault)"."""
    return f"{name(number)} ({text(number)})"


def number_of(signal: int | str) -> int:
    """Return the number of a signal given by name ("SIGINT", "INT") or number.

    Raises:
        UsageError: there is no such signal; near names are listed.
    """
    if isinstance(signal, str):
        wanted = signal.upper()
        found = _by_name.get(wanted) or _by_name.get("SIG" + wanted)
        if found is not None:
            return found
        if wanted.isdigit():
            return number_of(int(wanted))
        import difflib

        near = difflib.get_close_matches(wanted if wanted.startswith("SIG") else "SIG" + wanted, _by_name, 3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise UsageError(f"no signal named {signal!r}{hint}")
    number = arguments.integer(signal, "a signal's name or number")
    if not 1 <= number <= COUNT:
        raise UsageError(f"no signal {number}: signals are 1 to {COUNT}")
    return number


def default_policies() -> dict[int, Policy]:
    """Return gdb's table: number to policy.

    Timers, child and window signals pass unseen; SIGINT and SIGTRAP stop and are not delivered;
    everything else stops and is delivered on resume (KERNEL 26).
    """
    table = {}
    for number in range(1, COUNT + 1):
        its_name = _by_number[number]
        if its_name in _QUIET or number in (32, 33):
            table[number] = Policy(False, True, number, False)
        elif its_name in _KEPT_BACK:
            table[number] = Policy(True, False, number, True)
        else:
            table[number] = Policy(True, True, number, True)
    return table
