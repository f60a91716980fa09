"""What the kernel says of a process: info proc and its kin, info auxv."""

from __future__ import annotations

import os

from trapline.base.errors import MemoryFault
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.cli.session import Session

TOPIC = "Status"
_MOST = 1 << 20  # bytes of a file of /proc that are shown


@command("info proc [PID]", topic=TOPIC, needs="")
def info_proc(session: Session, pid: str | None) -> None:
    """Print the process id, its command line, its working directory and its program.

    PID is another process than the one under debug, here and in `info proc mappings` and its like.
    """
    _tell(session, pid, _tell_command_line, _tell_directory, _tell_program)


@command("info proc cmdline [PID]", topic=TOPIC, needs="")
def info_proc_cmdline(session: Session, pid: str | None) -> None:
    """Print the command line of the process."""
    _tell(session, pid, _tell_command_line)


@command("info proc cwd [PID]", topic=TOPIC, needs="")
def info_proc_cwd(session: Session, pid: str | None) -> None:
    """Print the working directory of the process."""
    _tell(session, pid, _tell_directory)


@command("info proc exe [PID]", topic=TOPIC, needs="")
def info_proc_exe(session: Session, pid: str | None) -> None:
    """Print the file of the process's program."""
    _tell(session, pid, _tell_program)


@command("info proc mappings [PID]", topic=TOPIC, needs="")
def info_proc_mappings(session: Session, pid: str | None) -> None:
    """List the memory map: start and end load addresses, size, offset into the file, permissions, file."""
    _tell(session, pid, _tell_mappings)


@command("info proc files [PID]", topic=TOPIC, needs="")
def info_proc_files(session: Session, pid: str | None) -> None:
    """List the files that the process has open: descriptor, how it was opened, offset in bytes, name."""
    _tell(session, pid, _tell_files)


@command("info proc status [PID]", topic=TOPIC, needs="")
def info_proc_status(session: Session, pid: str | None) -> None:
    """Print the kernel's status of the process: state, ids, memory, signals."""
    _tell(session, pid, _tell_status)


@command("info proc stat [PID]", topic=TOPIC, needs="")
def info_proc_stat(session: Session, pid: str | None) -> None:
    """Print the kernel's numbers of the process: faults, times, sizes."""
    _tell(session, pid, _tell_stat)


@command("info proc all [PID]", topic=TOPIC, needs="")
def info_proc_all(session: Session, pid: str | None) -> None:
    """Print everything that `info proc` and its kin do."""
    _tell(
        session,
        pid,
        _tell_command_line,
        _tell_directory,
        _tell_program,
        _tell_mappings,
        _tell_files,
        _tell_status,
        _tell_stat,
    )


def _tell(session: Session, text: str | None, *tells: Callable[[Session, int], None]) -> None:
    """Print some of what /proc knows of a process.

    Raises:
        CommandError: there is no such process, or it may not be looked at.
    """
    if text is None:
        pid = session.process.pid
    elif text.isascii() and text.isdigit() and len(text) < 10:
        pid = int(text)
    else:
        raise CommandError(f"{text!r} is no process id")
    if not os.path.exists(f"/proc/{pid}"):
        raise CommandError(f"there is no process {pid}")
    session.render.line(f"process {pid}")
    for tell in tells:
        tell(session, pid)


def _read(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read(_MOST)
    except FileNotFoundError:
        raise _missing(pid, name) from None


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except FileNotFoundError:
        raise _missing(pid, name) from None


def _missing(pid: int, name: str) -> CommandError:
    """Build the error for a file of /proc that is not there; zombies and the kernel's threads have few."""
    if os.path.exists(f"/proc/{pid}"):
        return CommandError(f"process {pid} has no {name}")
    return CommandError(f"there is no process {pid}")


def _tell_command_line(session: Session, pid: int) -> None:
    words = os.fsdecode(_read(pid, "cmdline").rstrip(b"\0")).split("\0")
    session.render.line(f"cmdline = '{' '.join(words)}'")


def _tell_directory(session: Session, pid: int) -> None:
    session.render.line(f"cwd = '{_link(pid, 'cwd')}'")


def _tell_program(session: Session, pid: int) -> None:
    session.render.line(f"exe = '{_link(pid, 'exe')}'")


def _tell_mappings(session: Session, pid: int) -> None:
    """Print the memory map.  Source: proc_pid_maps(5)."""
    rows = [("Start Addr", "End Addr", "Size", "Offset", "Perms", "File")]
    for line in os.fsdecode(_read(pid, "maps")).splitlines():
        # ADDRESS PERMISSIONS OFFSET DEVICE INODE FILE
        span, permissions, offset, _, _, *file = line.split(None, 5)
        start, end = (int(part, 16) for part in span.split("-"))
        size, where = f"{end - start:#x}", f"{int(offset, 16):#x}"
        rows.append((f"0x{start:016x}", f"0x{end:016x}", size, where, permissions, "".join(file)))
    session.render.line("Mapped address spaces:")
    session.render.table(rows)


def _tell_files(session: Session, pid: int) -> None:
    """Print what is open.  Source: proc_pid_fdinfo(5), open(2) for the low two bits of `flags`."""
    rows = [("FD", "Mode", "Offset", "Name")]
    try:
        numbers = sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        raise _missing(pid, "fd") from None
    for number in numbers:
        facts = dict(
            line.split(b":", 1) for line in _read(pid, f"fdinfo/{number}").splitlines() if b":" in line
        )
        mode = ("r", "w", "rw", "path")[int(facts[b"flags"], 8) & 3]
        rows.append((str(number), mode, str(int(facts[b"pos"])), _link(pid, f"fd/{number}")))
    session.render.line("Open files:")
    session.render.table(rows)


def _tell_status(session: Session, pid: int) -> None:
    session.render.text(os.fsdecode(_read(pid, "status")))


_STAT = (
    "Process", "Exec file", "State", "Parent process", "Process group", "Session id", "TTY",
    "TTY owner process group", "Flags: 0x", "Minor faults (no memory page)", "Minor faults, children",
    "Major faults (memory page faults)", "Major faults, children", "utime", "stime", "utime, children",
    "stime, children", "Priority", "'nice' value", "Threads", "jiffies until next SIGALRM",
    "start time (jiffies since system boot)", "Virtual memory size", "Resident set size", "rlim",
    "Start of text: 0x", "End of text: 0x", "Start of stack: 0x",
)  # fmt: skip
"""gdb's words; it calls the fields 18 and 20 by what they were in Linux 2.4.  Source: proc_pid_stat(5)."""


def _tell_stat(session: Session, pid: int) -> None:
    text = os.fsdecode(_read(pid, "stat"))
    head, _, rest = text.rpartition(")")  # a name may hold parentheses and spaces
    number, _, name = head.partition(" (")
    for label, field in zip(_STAT, [number, name, *rest.split()], strict=False):
        is_hex = label.endswith("0x")
        session.render.line(f"{label}{int(field):x}" if is_hex else f"{label}: {field}")


# -- the auxiliary vector --------------------------------------------------------------------------

_AUXILIARY = {
    0: ("AT_NULL", "End of vector", "#x"),
    1: ("AT_IGNORE", "Entry should be ignored", "#x"),
    2: ("AT_EXECFD", "File descriptor of program", "d"),
    3: ("AT_PHDR", "Program headers for program", "#x"),
    4: ("AT_PHENT", "Size of program header entry", "d"),
    5: ("AT_PHNUM", "Number of program headers", "d"),
    6: ("AT_PAGESZ", "System page size", "d"),
    7: ("AT_BASE", "Base address of interpreter", "#x"),
    8: ("AT_FLAGS", "Flags", "#x"),
    9: ("AT_ENTRY", "Entry point of program", "#x"),
    10: ("AT_NOTELF", "Program is not ELF", "d"),
    11: ("AT_UID", "Real user ID", "d"),
    12: ("AT_EUID", "Effective user ID", "d"),
    13: ("AT_GID", "Real group ID", "d"),
    14: ("AT_EGID", "Effective group ID", "d"),
    15: ("AT_PLATFORM", "String identifying platform", "s"),
    16: ("AT_HWCAP", "Machine-dependent CPU capability hints", "#x"),
    17: ("AT_CLKTCK", "Frequency of times()", "d"),
    23: ("AT_SECURE", "Boolean, was exec setuid-like?", "d"),
    24: ("AT_BASE_PLATFORM", "String identifying base platform", "s"),
    25: ("AT_RANDOM", "Address of 16 random bytes", "#x"),
    26: ("AT_HWCAP2", "Extension of AT_HWCAP", "#x"),
    27: ("AT_RSEQ_FEATURE_SIZE", "rseq supported feature size", "d"),
    28: ("AT_RSEQ_ALIGN", "rseq allocation alignment", "d"),
    31: ("AT_EXECFN", "File name of executable", "s"),
    33: ("AT_SYSINFO_EHDR", "System-supplied DSO's ELF header", "#x"),
    51: ("AT_MINSIGSTKSZ", "Minimum stack size for signal delivery", "#x"),
}
"""Name, gdb's words, and how the value is written; `s` is the address of a text.  Source: getauxval(3)."""


@command("info auxv", topic=TOPIC)
def info_auxv(session: Session) -> None:
    """List what the kernel told the program at its start: page size, entry point, platform and so on."""
    inferior = session.process
    data = _read(inferior.pid, "auxv")
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data) - 7, 8)]
    for kind, value in zip(words[::2], words[1::2], strict=False):
        name, what, form = _AUXILIARY.get(kind, ("???", "", "#x"))
        if form == "s":
            shown = f"{value:#x} {_text_at(session, value)}"
        else:
            shown = format(value, form)
        session.render.line(f"{kind:<4} {name:<20} {what:<30} {shown}")


def _text_at(session: Session, address: int) -> str:
    """Return the text at a load address in quotes, or why there is none: programs may write over theirs."""
    try:
        return f'"{session.process.memory.read_c_string(address).decode(errors="backslashreplace")}"'
    except MemoryFault as error:
        return f"<error: {error}>"
