"""Threads in slots: the pc that the program would see, signals that come there, calls that are emulated.

A slot holds a displaced instruction (`slots.py`).  Whatever looks at a stopped thread, and every signal
frame, must see the address that the instruction came from (KERNEL 1, 11).
"""

from __future__ import annotations

from trapline.arch import instructions
from trapline.arch.x86_64 import ORIG_RAX, RCX, RIP, RSP
from trapline.backend.native import ptrace
from trapline.backend.native.interrupted_calls import will_restart
from trapline.backend.native.tracee import HOLD, HOLD_MASK, SAFE, Held, Tracee
from trapline.backend.reasons import Siginfo, SignalReason, StopReason
from trapline.base.errors import MemoryFault, ThreadGone
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess
    from trapline.backend.native.traps import Trap
    from trapline.backend.native.wait import Waiter


def leave_slots(waiter: Waiter[Tracee], process: NativeProcess) -> None:
    """Give every stopped thread the pc that the program would see."""
    if process.slots.regions:
        for tracee in process.tracees.values():
            if tracee.stopped and tracee.kind == SAFE and tracee.held is None:
                try:
                    leave_slot(waiter, tracee)
                except ThreadGone:
                    continue  # killed meanwhile: its exit follows


def leave_slot(waiter: Waiter[Tracee], tracee: Tracee) -> None:
    """Give a stopped thread that is in a slot the pc that the program would see.

    Where the displaced instruction has not run yet, that is the trap's address, which the thread
    is not to hit again.  A system call that the kernel will restart comes back to the trap: its
    next hit there is the same one.
    """
    process = tracee.process
    while tracee.pc in process.slots:
        place = process.slots.places.get(tracee.pc)
        if place is None or place.original is None:
            # In the middle of an instruction that was relocated into several.
            former = ptrace.get_signal_mask(tracee.tid)
            ptrace.set_signal_mask(tracee.tid, HOLD_MASK)
            tracee.leave_stop()
            tracee.handle.resume(ptrace.SINGLESTEP)
            status = waiter.take(tracee.tid)
            if status is None or status & 0x7F != 0x7F:
                if status is not None:
                    waiter.queue.append((tracee.tid, status))
                return
            tracee.stopped = True
            ptrace.set_signal_mask(tracee.tid, former)
            continue
        words = tracee.words
        restarting = place.ran and words[ORIG_RAX] >> 63 == 0 and will_restart(words)
        if words[RCX] == words[RIP]:
            # A system call leaves its own return address there (KERNEL 11 d).
            tracee.write_words({RCX: place.original, RIP: place.original})
        else:
            tracee.set_pc(place.original)
        if not place.ran:
            tracee.passed = place.address
        elif restarting:
            tracee.restart_at = place.address
        return


def signal_in_slot(waiter: Waiter[Tracee], tracee: Tracee, info: Siginfo) -> Siginfo | None:
    """Deal with a signal that found its thread in a slot; None while it is held (KERNEL 1)."""
    process = tracee.process
    place = process.slots.places.get(tracee.pc)
    if place is not None and place.ran and place.original is not None:
        leave_slot(waiter, tracee)
        return info
    fault = info.is_fault
    if tracee.held is not None:
        held, tracee.held = tracee.held, None
        ptrace.set_signal_mask(tracee.tid, held.mask)
        if not fault:
            tracee.reasons.append(SignalReason(tracee, held.signal))
        else:
            process.resend(tracee, held.signal.number)
    if place is not None and fault:
        slot = tracee.pc
        tracee.set_pc(place.address)
        if info.number in (4, 5, 8) and int.from_bytes(info.raw[16:24], "little") == slot:
            raw = info.raw[:16] + place.address.to_bytes(8, "little") + info.raw[24:]
            info = Siginfo(info.number, info.code, raw)
            ptrace.set_siginfo(tracee.tid, raw)
        return info
    trap = process.traps.at.get(place.address) if place is not None else None
    if trap is not None and trap.displaced.kind == instructions.SYSCALL:
        # Not stepped: it may block, and the signal is what ends it.
        tracee.set_pc(trap.address)
        tracee.restart_at = trap.address
        return info
    tracee.pushes_flags = trap is not None and instructions.touches_flags_push(trap.code)
    tracee.held = Held(info, ptrace.get_signal_mask(tracee.tid), False)
    ptrace.set_signal_mask(tracee.tid, HOLD_MASK)
    step_held(tracee)
    return None


def step_held(tracee: Tracee) -> None:
    """Step the displaced instruction before which a signal was held."""
    tracee.mode = HOLD
    tracee.leave_stop()
    tracee.handle.resume(ptrace.SINGLESTEP)


def held_done(tracee: Tracee) -> StopReason | None:
    """The displaced instruction has run; deliver the signal that waited for it."""
    process = tracee.process
    pc = tracee.pc
    place = process.slots.places.get(pc)
    if pc in process.slots and (place is None or place.original is None):
        step_held(tracee)
        return None
    held, tracee.held = tracee.held, None
    assert held is not None
    if place is not None and not place.ran:
        # One round of a rep instruction: the rest is the same hit.
        tracee.restart_at = place.address
    if tracee.pushes_flags:
        clear_pushed_flag(tracee)
    if place is not None and place.original is not None:
        tracee.set_pc(place.original)
    ptrace.set_signal_mask(tracee.tid, held.mask)
    tracee.signal_moved = True
    if held.judged:
        tracee.signal = held.signal
        return None
    return SignalReason(tracee, held.signal)


def clear_pushed_flag(tracee: Tracee) -> None:
    """Clear the trap flag of our step from what a pushf pushed (KERNEL 11 g)."""
    tracee.pushes_flags = False
    where = tracee.words[RSP] + 1
    try:
        flags = tracee.process.peek_byte(where)
        tracee.process.write(where, bytes([flags & ~1]))
    except MemoryFault:
        return


def emulate_call(tracee: Tracee, trap: Trap) -> bool:
    """Do what a call does; False when the stack cannot be written (KERNEL 11 a)."""
    process = tracee.process
    words = tracee.handle.words
    displaced = trap.displaced

    def read_word(address: int) -> int:
        return int.from_bytes(process.read(address, 8), "little")

    try:
        target = instructions.call_target(displaced, words, read_word)
        after = trap.address + displaced.length
        process.write(words[RSP] - 8, after.to_bytes(8, "little"))
    except MemoryFault:
        return False  # let the instruction itself raise the fault, or grow the stack
    words[RSP] -= 8
    words[RIP] = target
    tracee.flush()
    return True
