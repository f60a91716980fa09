"""What the kernel says of the whole system: info os.

Source: proc(5), sysvipc(7); GDB manual, Operating System Auxiliary Information.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, TypeAlias
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Status"
Row: TypeAlias = tuple[str, ...]
_MOST = 1 << 20  # bytes of a command line, which a program can make as long as it likes
_WIDTH = 10  # characters of a column, as gdb has it
_STATES = (
    "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
    "LAST_ACK", "LISTEN", "CLOSING",
)  # fmt: skip
"""Of TCP, from 1 on.  Source: include/net/tcp_states.h."""


class _Table(NamedTuple):
    """One table: what it lists, the heads of its columns, what gives its rows."""

    what: str
    heads: Row
    rows: Callable[[], Iterator[Row]]


@command("info os [TABLE]", topic=TOPIC, needs="")
def info_os(session: Session, table: str | None) -> None:
    """List what runs and is open on this machine: `info os processes`; without TABLE the tables.

    Processes that end meanwhile and what may not be looked at are left out.
    """
    if table is None:
        _tell(session, ("Type", "Description"), [(name, one.what) for name, one in sorted(TABLES.items())])
        return
    found = TABLES.get(table)
    if found is None:
        raise CommandError(f"info os has no table {table!r}; there are {', '.join(sorted(TABLES))}")
    _tell(session, found.heads, found.rows())


def _tell(session: Session, heads: Row, rows: Iterator[Row] | Sequence[Row]) -> None:
    for row in (heads, *rows):
        session.render.line(" ".join(cell.ljust(_WIDTH) for cell in row).rstrip())


# -- processes -------------------------------------------------------------------------------------


def _numbers(folder: str) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(folder) if name.isdigit())
    except OSError:
        return []


def _read(path: str, most: int = -1) -> str:
    """Return what a file of /proc says, "" where it is gone or may not be read."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(most))
    except OSError:
        return ""


def _lines(path: str) -> list[list[str]]:
    """Return the words of a table of the kernel's, line by line, without its heads."""
    return [line.split() for line in _read(path).splitlines()[1:]]


def _stat(folder: str) -> tuple[str, list[str]]:
    """Return the name of a process or thread and the fields behind it, `state` first; "" when it is gone."""
    head, _, rest = _read(f"{folder}/stat").rpartition(")")
    return head.partition("(")[2], rest.split()


def _command_line(pid: int, name: str) -> str:
    return _read(f"/proc/{pid}/cmdline", _MOST).rstrip("\0").replace("\0", " ") or f"[{name}]"


def _owner(path: str) -> str:
    try:
        return _user(os.stat(path).st_uid)
    except OSError:
        return ""


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


_GROUP, _CORE = 2, 36  # fields behind the name.  Source: proc_pid_stat(5)


def _processes() -> Iterator[Row]:
    for pid in _numbers("/proc"):
        name, fields = _stat(f"/proc/{pid}")
        if fields:
            cores = {core for _, _, core in _threads_of(pid)}
            shown = ",".join(sorted(cores, key=int))
            yield str(pid), _owner(f"/proc/{pid}"), _command_line(pid, name), shown


def _threads_of(pid: int) -> Iterator[tuple[int, str, str]]:
    for tid in _numbers(f"/proc/{pid}/task"):
        name, fields = _stat(f"/proc/{pid}/task/{tid}")
        if len(fields) > _CORE:
            yield tid, name, fields[_CORE]


def _threads() -> Iterator[Row]:
    for pid in _numbers("/proc"):
        for tid, name, core in _threads_of(pid):
            yield str(pid), name, str(tid), core


def _process_groups() -> Iterator[Row]:
    found = []
    names: dict[int, str] = {}
    for pid in _numbers("/proc"):
        name, fields = _stat(f"/proc/{pid}")
        if fields:
            names[pid] = name
            found.append((int(fields[_GROUP]), pid))
    for group, pid in sorted(found):
        yield str(group), names.get(group, ""), str(pid), _command_line(pid, names[pid])


def _files() -> Iterator[Row]:
    for pid in _numbers("/proc"):
        name, _ = _stat(f"/proc/{pid}")
        for number in _numbers(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{number}")
            except OSError:
                continue
            yield str(pid), name, str(number), target


# -- the rest --------------------------------------------------------------------------------------


def _sockets() -> Iterator[Row]:
    for name in ("tcp", "udp", "tcp6", "udp6"):
        family = "INET6" if name.endswith("6") else "INET"
        kind = "STREAM" if name.startswith("tcp") else "DGRAM"
        for fields in _lines(f"/proc/net/{name}"):
            _, local, remote, state, *more = fields
            number = int(state, 16) - 1
            shown = _STATES[number] if kind == "STREAM" and 0 <= number < len(_STATES) else ""
            yield *_end(local), *_end(remote), shown, _user(int(more[3])), family, kind


def _end(text: str) -> tuple[str, str]:
    """Return address and port of an end of a socket, written as words in the machine's byte order."""
    import socket

    address, _, port = text.partition(":")
    data = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
    family = socket.AF_INET if len(data) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, data), str(int(port, 16))


def _when(seconds: str) -> str:
    return time.ctime(int(seconds)) if int(seconds) else ""


def _command_of(pid: str) -> str:
    return _stat(f"/proc/{pid}")[0] or pid


def _owners(fields: list[str]) -> Row:
    """Return user, group, creator user, creator group of four fields."""
    user, group, creator, creators = map(int, fields)
    return _user(user), _group(group), _user(creator), _group(creators)


def _shared_memory() -> Iterator[Row]:
    for key, number, mode, size, creator, last, users, *more in _lines("/proc/sysvipc/shm"):
        times = [_when(text) for text in more[4:7]]
        yield (
            key,
            number,
            mode,
            size,
            _command_of(creator),
            _command_of(last),
            users,
            *_owners(more[:4]),
            *times,
        )


def _semaphores() -> Iterator[Row]:
    for key, number, mode, count, *more in _lines("/proc/sysvipc/sem"):
        yield key, number, mode, count, *_owners(more[:4]), *(_when(text) for text in more[4:6])


def _messages() -> Iterator[Row]:
    for key, number, mode, size, count, sender, receiver, *more in _lines("/proc/sysvipc/msg"):
        commands = _command_of(sender), _command_of(receiver)
        times = [_when(text) for text in more[4:7]]
        yield key, number, mode, size, count, *commands, *_owners(more[:4]), *times


def _modules() -> Iterator[Row]:
    for line in _read("/proc/modules").splitlines():
        name, size, uses, needed, status, address, *_ = line.split()
        yield name, size, uses, needed.rstrip(","), status, address


def _processors() -> Iterator[Row]:
    for part in _read("/proc/cpuinfo").split("\n\n"):
        facts = dict(_fact(line) for line in part.splitlines())
        if facts:
            yield tuple(facts.get(name, "") for name in _PROCESSOR)


def _fact(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


_PROCESSOR = (
    "processor",
    "vendor_id",
    "cpu family",
    "model",
    "model name",
    "cpu MHz",
    "cache size",
    "core id",
)
_PEOPLE = ("user", "group", "creator user", "creator group")
TABLES = {
    "cpus": _Table("Listing of all cpus/cores on the system", _PROCESSOR, _processors),
    "files": _Table(
        "Listing of all file descriptors", ("pid", "command", "file descriptor", "name"), _files
    ),
    "modules": _Table(
        "Listing of all loaded kernel modules",
        ("name", "size", "num uses", "dependencies", "status", "address"),
        _modules,
    ),
    "msg": _Table(
        "Listing of all message queues",
        (
            "key", "msqid", "permissions", "num used bytes", "num messages", "last msgsnd() command",
            "last msgrcv() command", *_PEOPLE, "last msgsnd() time", "last msgrcv() time",
            "last msgctl() time",
        ),
        _messages,
    ),
    "processes": _Table("Listing of all processes", ("pid", "user", "command", "cores"), _processes),
    "procgroups": _Table(
        "Listing of all process groups", ("pgid", "leader command", "pid", "command line"), _process_groups
    ),
    "semaphores": _Table(
        "Listing of all semaphores",
        (
            "key", "semid", "permissions", "num semaphores", *_PEOPLE, "last semop() time",
            "last semctl() time",
        ),
        _semaphores,
    ),
    "shm": _Table(
        "Listing of all shared-memory regions",
        (
            "key", "shmid", "permissions", "size", "creator command", "last op. command", "num attached",
            *_PEOPLE, "last shmat() time", "last shmdt() time", "last shmctl() time",
        ),
        _shared_memory,
    ),
    "sockets": _Table(
        "Listing of all internet-domain sockets",
        (
            "local address", "local port", "remote address", "remote port", "state", "user", "family",
            "protocol",
        ),
        _sockets,
    ),
    "threads": _Table("Listing of all threads", ("pid", "command", "tid", "core"), _threads),
}  # fmt: skip
