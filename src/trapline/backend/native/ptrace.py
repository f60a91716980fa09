"""The kernel's requests, one typed function each; the only importer of ctypes.

Two ways to call are kept apart.  The four requests of a breakpoint hit (`get_words`, `poke_pc`,
`resume` and, where KERNEL 4 asks, `signal_code`) take ctypes objects that were built once per thread
and report failure as a plain False: building arguments and fetching errno would cost a third of the
hit.  Everything else takes integers and raises `PtraceError`, or `ThreadGone` for ESRCH.

Source: ptrace(2), personality(2), rt_tgsigqueueinfo(2), process_vm_readv(2).
"""

from __future__ import annotations

import ctypes
import errno as _errno
import os
import sys
from collections.abc import MutableSequence

from trapline.base.errors import PtraceError, ThreadGone
from trapline.base.fact import NamedTuple
from trapline.base.typing import cast

_long = ctypes.c_long
# PyDLL keeps the GIL: these calls take under a microsecond and giving it away costs more than that.
_quick = ctypes.PyDLL(None)["ptrace"]
_quick.restype = _long
# CDLL releases it: PTRACE_SEIZE may wait for an exec in progress (KERNEL 37).
_libc = ctypes.CDLL(None, use_errno=True)
_checked = _libc["ptrace"]
_checked.argtypes = (_long, _long, _long, _long)
_checked.restype = _long

CONT, SINGLESTEP, SYSCALL = 7, 9, 24
_PEEKUSER, _POKEUSER, _POKEDATA = 3, 6, 5
_GETREGS, _SETREGS, _DETACH = 12, 13, 17
_GETEVENTMSG, _GETSIGINFO, _SETSIGINFO = 0x4201, 0x4202, 0x4203
_GETREGSET, _SETREGSET = 0x4204, 0x4205
_SEIZE, _INTERRUPT, _LISTEN = 0x4206, 0x4207, 0x4208
_GETSIGMASK, _SETSIGMASK = 0x420A, 0x420B
_GET_SYSCALL_INFO = 0x420E
_NT_X86_XSTATE = 0x202

EVENT_FORK, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC = 1, 2, 3, 4
EVENT_VFORK_DONE, EVENT_STOP = 5, 128

OPTION_SYSGOOD, OPTION_FORK, OPTION_VFORK, OPTION_CLONE = 1, 2, 4, 8
OPTION_EXEC, OPTION_VFORK_DONE = 16, 32
OPTION_EXITKILL = 0x100000

USER_DEBUGREG = 848
"""offsetof(struct user, u_debugreg): where PEEKUSER finds DR0 (<sys/user.h>)."""
_RIP_OFFSET = 16 * 8

_c_cont, _c_getregs, _c_setregs = _long(CONT), _long(_GETREGS), _long(_SETREGS)
_c_pokeuser, _c_siginfo, _c_zero = _long(_POKEUSER), _long(_GETSIGINFO), _long(0)
_c_rip = _long(_RIP_OFFSET)
_c_peekuser, _c_dr6 = _long(_PEEKUSER), _long(USER_DEBUGREG + 6 * 8)
_RESUMES = {CONT: _c_cont, SINGLESTEP: _long(SINGLESTEP), SYSCALL: _long(SYSCALL)}


class Handle:
    """One thread's ctypes arguments, built once.

    `words` is the buffer that `get_words` fills: the 27 words of struct user_regs_struct.
    """

    __slots__ = ("_siginfo", "_siginfo_at", "_tid", "_words_at", "tid", "words")

    def __init__(self, tid: int) -> None:
        """Allocate the buffers of thread `tid`."""
        self.tid = tid
        self._tid = _long(tid)
        array = (ctypes.c_ulonglong * 27)()
        self.words = cast("MutableSequence[int]", array)
        self._words_at = _long(ctypes.addressof(array))
        self._siginfo: ctypes.Array[ctypes.c_int] = (ctypes.c_int * 32)()
        self._siginfo_at = _long(ctypes.addressof(self._siginfo))

    def get_words(self) -> bool:
        """Read all general registers into `words`; False when the thread is gone or running."""
        return _quick(_c_getregs, self._tid, _c_zero, self._words_at) == 0  # type: ignore[no-any-return]  # ctypes

    def set_words(self) -> bool:
        """Write `words` to the thread; False when the thread is gone or running."""
        return _quick(_c_setregs, self._tid, _c_zero, self._words_at) == 0  # type: ignore[no-any-return]  # ctypes

    def poke_pc(self, pc: int) -> bool:
        """Write the program counter alone; False when the thread is gone or running."""
        return _quick(_c_pokeuser, self._tid, _c_rip, _long(pc)) == 0  # type: ignore[no-any-return]  # ctypes

    def cont(self) -> bool:
        """Continue the thread without a signal; False when it is gone."""
        return _quick(_c_cont, self._tid, _c_zero, _c_zero) == 0  # type: ignore[no-any-return]  # ctypes

    def resume(self, request: int, signal: int = 0) -> bool:
        """Continue, single-step or run to the next system call, delivering `signal`."""
        delivered = _long(signal) if signal else _c_zero
        return _quick(_RESUMES[request], self._tid, _c_zero, delivered) == 0  # type: ignore[no-any-return]  # ctypes

    def take_fired(self) -> int:
        """Return which debug registers have fired, bit N for register N, and forget it.

        Raises:
            ThreadGone: SIGKILL has ended the stop.

        Source: Intel SDM 3 §17.2.3, DR6; its reserved bits are never all set.
        """
        status: int = _quick(_c_peekuser, self._tid, _c_dr6, _c_zero)
        if status == -1:
            raise ThreadGone(self.tid)
        fired = status & 15
        if fired:
            _quick(_c_pokeuser, self._tid, _c_dr6, _c_zero)
        return fired

    def signal_code(self) -> int | None:
        """Return si_code of the current stop, or None when there is none (group-stop, or gone).

        The whole siginfo is then in `siginfo_bytes()`.
        """
        if _quick(_c_siginfo, self._tid, _c_zero, self._siginfo_at) != 0:
            return None
        return self._siginfo[2]

    def siginfo_bytes(self) -> bytes:
        """Return the 128 bytes of struct siginfo that `signal_code` read last."""
        return bytes(self._siginfo)


def _call(request: int, tid: int, address: int = 0, data: int = 0) -> int:
    ctypes.set_errno(0)
    result: int = _checked(request, tid, address, data)
    if result == -1:
        error = ctypes.get_errno()
        if error == _errno.ESRCH:
            raise ThreadGone(tid)
        if error:
            raise PtraceError(
                f"ptrace request {request:#x} on thread {tid}: {os.strerror(error)}", errno=error
            )
    return result


def _attempt(request: int, tid: int, address: int = 0, data: int = 0) -> bool:
    return bool(_checked(request, tid, address, data) == 0)


def seize(tid: int, options: int) -> int:
    """Attach to a thread without stopping it; return 0, or the errno."""
    ctypes.set_errno(0)
    if _checked(_SEIZE, tid, 0, options) == 0:
        return 0
    return ctypes.get_errno()


def interrupt(tid: int) -> bool:
    """Ask a seized thread to stop with EVENT_STOP; False when it is gone."""
    return _attempt(_INTERRUPT, tid)


def listen(tid: int) -> bool:
    """Leave a thread in its group-stop, without holding it in ours; False when it is gone."""
    return _attempt(_LISTEN, tid)


def detach(tid: int, signal: int = 0) -> bool:
    """Let a stopped thread go, delivering `signal`; False when it is gone."""
    return _attempt(_DETACH, tid, 0, signal)


def event_message(tid: int) -> int:
    """Return the number that an event stop carries: a new tid, a former tid, a wait status."""
    value = ctypes.c_ulong()
    _call(_GETEVENTMSG, tid, 0, ctypes.addressof(value))
    return value.value


def set_siginfo(tid: int, siginfo: bytes) -> bool:
    """Replace the siginfo that the next resume with a signal delivers."""
    buffer = ctypes.create_string_buffer(siginfo, 128)
    return _attempt(_SETSIGINFO, tid, 0, ctypes.addressof(buffer))


def get_signal_mask(tid: int) -> int:
    """Return the blocked signals of a stopped thread; signal N is bit N-1."""
    value = ctypes.c_ulonglong()
    _call(_GETSIGMASK, tid, 8, ctypes.addressof(value))
    return value.value


def set_signal_mask(tid: int, mask: int) -> bool:
    """Set the blocked signals of a stopped thread; False when it is gone."""
    value = ctypes.c_ulonglong(mask)
    return _attempt(_SETSIGMASK, tid, 8, ctypes.addressof(value))


def poke_user(tid: int, offset: int, value: int) -> None:
    """Write one 64-bit word of struct user at `offset` bytes."""
    _call(_POKEUSER, tid, offset, value if value < 1 << 63 else value - (1 << 64))


def poke_data(tid: int, address: int, word: int) -> bool:
    """Write 8 bytes of a stopped thread's memory, through read-only pages too (KERNEL 29)."""
    return _attempt(
        _POKEDATA,
        tid,
        address if address < 1 << 63 else address - (1 << 64),
        word if word < 1 << 63 else word - (1 << 64),
    )


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


_XSAVE_ROOM = 16384
"""Bytes; the largest area known, with AMX tiles, is 11,008 (KERNEL 32)."""


def get_xsave(tid: int) -> bytearray:
    """Return the thread's XSAVE area in the non-compacted format."""
    buffer = (ctypes.c_ubyte * _XSAVE_ROOM)()
    vector = _IoVec(ctypes.addressof(buffer), _XSAVE_ROOM)
    _call(_GETREGSET, tid, _NT_X86_XSTATE, ctypes.addressof(vector))
    return bytearray(bytes(buffer)[: vector.length])


def set_xsave(tid: int, area: bytearray) -> None:
    """Write the thread's XSAVE area."""
    buffer = (ctypes.c_ubyte * len(area)).from_buffer(area)
    vector = _IoVec(ctypes.addressof(buffer), len(area))
    _call(_SETREGSET, tid, _NT_X86_XSTATE, ctypes.addressof(vector))


class SyscallInfo(NamedTuple):
    """What PTRACE_GET_SYSCALL_INFO says of a system-call stop.

    `op` is 1 at entry, 2 at exit, 3 at a seccomp stop and 0 anywhere else; `number` and `arguments`
    are of an entry, `result` (signed, `-errno` on failure) of an exit.
    """

    op: int
    number: int
    arguments: tuple[int, ...]
    result: int


def syscall_info(tid: int) -> SyscallInfo:
    """Return entry or exit of a system-call stop, never guessed by counting (KERNEL 27)."""
    buffer = (ctypes.c_ulonglong * 16)()
    _call(_GET_SYSCALL_INFO, tid, 128, ctypes.addressof(buffer))
    op = buffer[0] & 0xFF
    # struct ptrace_syscall_info: op, 3 bytes, arch, pc, sp, then the union.
    if op in (1, 3):
        return SyscallInfo(op, buffer[3], tuple(buffer[4:10]), 0)
    result = buffer[3]
    return SyscallInfo(op, -1, (), result - (1 << 64) if result >> 63 else result)


COOKIE = 0x7EA91
"""Marks the SIGSTOP that `interrupt()` sends, beside our pid, so that it is told from anybody else's."""
_SYS_RT_TGSIGQUEUEINFO = 297
_SYS_PIDFD_OPEN, _SYS_PIDFD_SEND_SIGNAL = 434, 424


def queue_stop(pid: int, tid: int) -> bool:
    """Send the cookie SIGSTOP to one thread; from any thread of ours; False when it is gone.

    Source: KERNEL 8; rt_tgsigqueueinfo(2).
    """
    info = (ctypes.c_int * 32)()
    info[0], info[2], info[4], info[6] = 19, -1, os.getpid(), COOKIE  # signo, SI_QUEUE, pid, value
    return bool(_libc.syscall(_SYS_RT_TGSIGQUEUEINFO, pid, tid, 19, ctypes.byref(info)) == 0)


_ADDR_NO_RANDOMIZE = 0x0040000


def without_randomization(on: bool) -> int | None:
    """Turn this thread's ADDR_NO_RANDOMIZE on or off for the programs it will exec.

    Returns the former personality for `restore_personality`, or None where the kernel refuses
    (Docker's default seccomp profile does).

    Source: personality(2).
    """
    former: int = _libc.personality(0xFFFFFFFF)
    wanted = former | _ADDR_NO_RANDOMIZE if on else former & ~_ADDR_NO_RANDOMIZE
    if former == -1 or _libc.personality(wanted) == -1:
        return None
    return former


def restore_personality(former: int) -> None:
    """Put back what `without_randomization` returned."""
    _libc.personality(former)


_vm_readv = _libc["process_vm_readv"]
_vm_readv.argtypes = (_long, ctypes.c_void_p, _long, ctypes.c_void_p, _long, _long)
_vm_readv.restype = _long


def read_bulk(pid: int, address: int, buffer: bytearray | memoryview) -> int:
    """Copy memory into a writable buffer in one call; return the bytes copied, which may be fewer."""
    array = (ctypes.c_ubyte * len(buffer)).from_buffer(buffer)
    local = _IoVec(ctypes.addressof(array), len(buffer))
    remote = _IoVec(address, len(buffer))
    copied: int = _vm_readv(pid, ctypes.addressof(local), 1, ctypes.addressof(remote), 1, 0)
    return max(copied, 0)


def unfilled_bytes(size: int) -> tuple[bytes, memoryview]:
    """Return `size` bytes of whatever was there, and a view to write them through.

    What bytes() and bytearray() set to zero first, the kernel then writes again.  The view must be filled
    before anybody else sees the bytes, and be gone before they are.

    Raises:
        MemoryError: there is no room.

    Source: PyBytes_FromStringAndSize in Python's C API, whose contents may be written until they are shared.
    """
    if size > _MOST_BYTES:
        raise MemoryError
    data: bytes = _new_bytes(None, size)
    return data, memoryview((ctypes.c_ubyte * size).from_address(_bytes_at(data))).cast("B")


def populate(part: memoryview) -> None:
    """Ask for the pages of a fresh buffer at once; where the kernel can't, each comes at its first write.

    Source: madvise(2), MADV_POPULATE_WRITE of Linux 5.14.
    """
    first = ctypes.addressof(ctypes.c_ubyte.from_buffer(part))
    start = -(-first // _PAGE) * _PAGE
    _madvise(start, max(first + len(part) - start, 0) // _PAGE * _PAGE, _POPULATE_WRITE)


_PAGE, _POPULATE_WRITE = 4096, 23
_madvise = _libc["madvise"]
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_MOST_BYTES = sys.maxsize - 64  # less what an object begins with
_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize
_new_bytes.argtypes, _new_bytes.restype = (ctypes.c_void_p, ctypes.c_ssize_t), ctypes.py_object
_bytes_at = ctypes.pythonapi.PyBytes_AsString
_bytes_at.argtypes, _bytes_at.restype = (ctypes.py_object,), ctypes.c_void_p


_CPUID = bytes.fromhex("53 4989d0 89f8 89f1 0fa2 418900 41895804 41894808 4189500c 5b c3")
"""cpuid(edi, esi) -> four words at rdx: push rbx; mov r8,rdx; mov eax,edi; mov ecx,esi; cpuid; ..."""


def cpuid(leaf: int, subleaf: int) -> tuple[int, int, int, int] | None:
    """Return eax, ebx, ecx, edx of a CPUID leaf, or None where executable pages are refused."""
    import mmap

    try:
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return None
    page.write(_CPUID)
    code = ctypes.c_char.from_buffer(page)
    words = (ctypes.c_uint32 * 4)()
    call = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p)(ctypes.addressof(code))
    call(leaf, subleaf, ctypes.addressof(words))
    del call, code
    page.close()
    return words[0], words[1], words[2], words[3]


def block_terminal_output() -> int:
    """Block SIGTTOU in this thread, so that a background tcsetpgrp does not stop us; return the old mask."""
    old, new = ctypes.c_ulonglong(), ctypes.c_ulonglong(1 << 21)
    _libc.syscall(14, 0, ctypes.byref(new), ctypes.byref(old), 8)  # rt_sigprocmask(SIG_BLOCK)
    return old.value


def restore_mask(mask: int) -> None:
    """Put back the mask that `block_terminal_output` returned."""
    value = ctypes.c_ulonglong(mask)
    _libc.syscall(14, 2, ctypes.byref(value), None, 8)  # rt_sigprocmask(SIG_SETMASK)
