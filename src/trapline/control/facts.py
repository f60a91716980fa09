"""What expressions know of the process without being told: `$_exitcode`, `$_thread`, `$_siginfo`.

Source: GDB manual, Convenience Variables, Threads, Signals.
"""

from __future__ import annotations

import functools

from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.value import Value
from trapline.symbols.types import (
    ArrayType,
    BaseType,
    Member,
    PointerType,
    StructContent,
    StructType,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.control.target import Target
    from trapline.symbols.types import Type

_SIGINFO_SIZE = 128  # bytes.  Source: <bits/types/siginfo_t.h>


def fact(target: Target, name: str) -> Value | None:
    """Return a fact by its name without the dollar; None for another name, or where it is not so now."""
    ending = target.ending or target.last_ending
    match name:
        case "_exitcode":
            return _number(target, ending.code if ending is not None else None)
        case "_exitsignal":
            return _number(target, ending.signal if ending is not None else None)
        case "bpnum":
            return _number(target, target.last_id or None)
        case "_thread" | "_gthread":
            return _number(target, target.current().number if target.process.alive else 0)
        case "_inferior":
            return _number(target, target.number)
        case "_siginfo":
            return _siginfo(target)
        case _:
            return None


def _number(target: Target, number: int | None) -> Value | None:
    return None if number is None else arithmetic.literal(target, number)


def _siginfo(target: Target) -> Value | None:
    """Return what the kernel says of the signal that the selected thread is to get, or of its stop."""
    if not target.process.alive:
        return None
    thread = target.current()
    target.before_access(thread.live)
    signal = thread.live.pending_signal or thread.live.siginfo()
    return None if signal is None else Value.constant(target, _siginfo_type(), signal.raw)


@functools.cache
def _siginfo_type() -> Type:
    """Return the structure, its members as gdb names them."""
    number, long = BaseType("int", 4, scalars.ATE_SIGNED), BaseType("long", 8, scalars.ATE_SIGNED)
    unsigned, pointer = BaseType("unsigned int", 4, scalars.ATE_UNSIGNED), PointerType(VoidType())
    value = _struct("union", "sigval", 8, ("sival_int", number, 0), ("sival_ptr", pointer, 0))
    sender = ("si_pid", number, 0), ("si_uid", unsigned, 4)
    timer = ("si_tid", number, 0), ("si_overrun", number, 4), ("si_sigval", value, 8)
    child = *sender, ("si_status", number, 8), ("si_utime", long, 16), ("si_stime", long, 24)
    bounds = _struct("struct", None, 16, ("_lower", pointer, 0), ("_upper", pointer, 8))
    fault = ("si_addr", pointer, 0), ("_addr_lsb", BaseType("short", 2, scalars.ATE_SIGNED), 8)
    call = ("_call_addr", pointer, 0), ("_syscall", number, 8), ("_arch", unsigned, 12)
    fields = (
        ("_pad", ArrayType(number, [28]), 0),
        ("_kill", _struct("struct", None, 8, *sender), 0),
        ("_timer", _struct("struct", None, 16, *timer), 0),
        ("_rt", _struct("struct", None, 16, *sender, ("si_sigval", value, 8)), 0),
        ("_sigchld", _struct("struct", None, 32, *child), 0),
        ("_sigfault", _struct("struct", None, 32, *fault, ("_addr_bnd", bounds, 16)), 0),
        ("_sigpoll", _struct("struct", None, 16, ("si_band", long, 0), ("si_fd", number, 8)), 0),
        ("_sigsys", _struct("struct", None, 16, *call), 0),
    )
    union = _struct("union", None, 112, *fields)
    head = ("si_signo", number, 0), ("si_errno", number, 4), ("si_code", number, 8)
    return _struct("struct", "siginfo", _SIGINFO_SIZE, *head, ("_sifields", union, 16))


def _struct(keyword: str, name: str | None, size: int, *members: tuple[str, Type, int]) -> StructType:
    content = StructContent(members=tuple(Member(*one) for one in members))
    return StructType(keyword, name, size, content)
