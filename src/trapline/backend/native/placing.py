"""Where a displaced instruction is put: unused room behind a module's code, or a page mapped nearby."""

from __future__ import annotations

from trapline.arch import instructions
from trapline.backend.native import procfs
from trapline.backend.native.slots import Region
from trapline.backend.native.tracee import SAFE, Tracee
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.process import NativeProcess
    from trapline.backend.native.traps import Trap

_PAGE = 4096
_SLOT_PAGES = 16
_PROT_READ_EXECUTE = 5
_MAP_PRIVATE_ANONYMOUS_NOREPLACE = 0x2 | 0x20 | 0x100000


def prepare(process: NativeProcess, trap: Trap, tracee: Tracee) -> bool:
    """Decide where threads go on after this trap; False when only an in-line step is left."""
    if trap.resume_at:
        return True
    displaced = trap.displaced
    trap.sure = displaced.length > 1
    if displaced.kind == instructions.SKIP:
        trap.resume_at = displaced.target
    elif displaced.kind == instructions.CALL:
        status = procfs.status(process.pid, tracee.tid)
        if status is not None and status.shadow_stack:
            return False  # the return address would be missing on the shadow stack
        trap.resume_at = -1
    else:
        trap.resume_at = _place(process, trap, tracee)
    return trap.resume_at != 0


def _place(process: NativeProcess, trap: Trap, tracee: Tracee) -> int:
    """Build the slot of a trap and return its load address; 0 when there is no room."""
    known = process.slots.known(trap.address, trap.code)
    if known is not None:
        return known
    size = instructions.SLOT_SIZE
    start = process.slots.room(trap.address, size)
    if start is None:
        for low, length in process.find_slack(trap.address):
            if low not in process.slots.tried and length >= size:
                process.slots.tried.add(low)
                if not any(process.memory.read(low, length)):
                    process.slots.regions.append(Region(low, low + length, False))
        start = process.slots.room(trap.address, size)
    if start is None:
        _map_slots(process, trap.address, tracee)
        start = process.slots.room(trap.address, size)
    if start is None:
        return 0
    slot = instructions.relocate(trap.displaced, start)
    if slot is None:
        return 0
    process.memory.write_raw(start, slot.code)
    process.slots.enter(trap.address, trap.code, start, slot)
    return start


def _map_slots(process: NativeProcess, address: int, tracee: Tracee) -> None:
    """Map pages for slots near `address`, unless a seccomp filter might object (KERNEL 19)."""
    from trapline.backend.native import injection

    status = procfs.status(process.pid, tracee.tid)
    if status is None or status.seccomp or tracee.kind != SAFE:
        return
    size = _SLOT_PAGES * _PAGE
    reach = (1 << 31) - size - (1 << 16)
    gaps = []
    low = 1 << 16
    for mapping in process.mappings():
        if mapping.start - low >= size:
            # As high as possible in a gap below the address, as low as possible above it.
            start = mapping.start - size if mapping.start <= address else low
            if abs(start - address) < reach:
                gaps.append(start)
        low = max(low, mapping.end)
    gaps.sort(key=lambda start: abs(start - address))
    for start in gaps[:8]:
        result = injection.call(
            tracee,
            injection.MMAP,
            (start, size, _PROT_READ_EXECUTE, _MAP_PRIVATE_ANONYMOUS_NOREPLACE, -1, 0),
        )
        if result == start:
            process.slots.regions.append(Region(start, start + size, True))
            process.forget_mappings()
            return
        if result > 0:
            injection.call(tracee, injection.MUNMAP, (result, size))
