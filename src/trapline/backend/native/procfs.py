"""What /proc says about a process.

Every path goes through `/proc/PID/task/TID` of a live thread: once the leader has exited, the files
of `/proc/PID` itself are empty or gone while the other threads go on (KERNEL 14).

Source: proc(5).
"""

from __future__ import annotations

import os

from trapline.base.address import Mapping
from trapline.base.fact import NamedTuple


def thread_ids(pid: int) -> list[int]:
    """Return the kernel ids of all threads, dead leaders included; empty when the process is gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(descriptor, 1 << 16):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def mappings(pid: int, tid: int) -> list[Mapping]:
    """Return the memory map in order of address; empty when the thread is gone."""
    try:
        text = os.fsdecode(_read(f"/proc/{pid}/task/{tid}/maps"))
    except OSError:
        return []
    found = []
    for line in text.split("\n"):
        fields = line.split(None, 5)
        if len(fields) < 5:
            continue
        low, _, high = fields[0].partition("-")
        path = fields[5] if len(fields) > 5 else ""
        if "\\012" in path:
            path = path.replace("\\012", "\n")
        major, _, minor = fields[3].partition(":")
        device = os.makedev(int(major, 16), int(minor, 16))
        start, end, offset = int(low, 16), int(high, 16), int(fields[2], 16)
        found.append(Mapping(start, end, fields[1], offset, path, device, int(fields[4])))
    return found


def auxv(pid: int, tid: int) -> dict[int, int]:
    """Return the auxiliary vector: AT_ type to value.  Source: getauxval(3)."""
    try:
        raw = _read(f"/proc/{pid}/task/{tid}/auxv")
    except OSError:
        return {}
    words = memoryview(raw[: len(raw) & ~15]).cast("Q")
    return {words[i]: words[i + 1] for i in range(0, len(words), 2) if words[i]}


def executable(pid: int, tid: int) -> str:
    """Return the path of the program file, or an empty string."""
    try:
        return os.readlink(f"/proc/{pid}/task/{tid}/exe")
    except OSError:
        return ""


def command_line(pid: int, tid: int) -> list[str]:
    """Return argv as the process shows it now."""
    try:
        raw = _read(f"/proc/{pid}/task/{tid}/cmdline")
    except OSError:
        return []
    return [os.fsdecode(part) for part in raw.split(b"\0")[:-1]]


def thread_name(pid: int, tid: int) -> str:
    """Return the thread's name (comm), or an empty string when it is gone."""
    try:
        return os.fsdecode(_read(f"/proc/{pid}/task/{tid}/comm")).rstrip("\n")
    except OSError:
        return ""


def thread_state(pid: int, tid: int) -> str:
    """Return the kernel's state letter (R S D T t Z X), or an empty string when it is gone."""
    try:
        return os.fsdecode(_read(f"/proc/{pid}/task/{tid}/stat")).rpartition(") ")[2][:1]
    except OSError:
        return ""


class Status(NamedTuple):
    """The lines of /proc/PID/status that a debugger asks for."""

    name: str
    state: str
    group: int
    parent: int
    tracer: int
    uid: int
    seccomp: int
    pending: int
    ignored: int
    caught: int
    blocked: int
    shadow_stack: bool


def status(pid: int, tid: int) -> Status | None:
    """Return the status of a thread, or None when it is gone."""
    try:
        text = os.fsdecode(_read(f"/proc/{pid}/task/{tid}/status"))
    except OSError:
        return None
    lines = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return Status(
        lines.get("Name", ""),
        lines.get("State", "")[:1],
        int(lines.get("Tgid", "0")),
        int(lines.get("PPid", "0")),
        int(lines.get("TracerPid", "0")),
        int(lines.get("Uid", "0").split()[0]),
        int(lines.get("Seccomp", "0")),
        int(lines.get("SigPnd", "0"), 16),
        int(lines.get("SigIgn", "0"), 16),
        int(lines.get("SigCgt", "0"), 16),
        int(lines.get("SigBlk", "0"), 16),
        "shstk" in lines.get("x86_Thread_features", ""),
    )


def open_memory(pid: int, tid: int) -> int:
    """Return a descriptor of the process's memory.

    Raises:
        OSError: the thread is gone, or access is refused.
    """
    return os.open(f"/proc/{pid}/task/{tid}/mem", os.O_RDWR | os.O_CLOEXEC)
