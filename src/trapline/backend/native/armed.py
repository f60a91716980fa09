"""The traps and the debug registers of a process: put in, taken out, and kept in step with its threads."""

from __future__ import annotations

from collections.abc import Container

from trapline.backend.native import ptrace
from trapline.backend.native.readable import ReadableProcess
from trapline.backend.native.traps import TRAP, DebugRegisters, Trap
from trapline.base.errors import InferiorExited, LocationError, MemoryFault, PtraceError, ThreadGone
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.backend.native.tracee import Tracee


class ArmedProcess(ReadableProcess):
    """The part of a `NativeProcess` that says where it traps."""

    __slots__ = ("debug", "debug_armed", "disarmed")

    alive: bool
    released: bool

    def __init__(self) -> None:
        super().__init__()
        self.debug = DebugRegisters()
        self.debug_armed = False
        self.disarmed: set[int] = set()

    # -- traps -----------------------------------------------------------------------------------

    def arm(self, address: int) -> None:
        """Put an int3 at a load address.

        Raises:
            MemoryFault: the address is not mapped.
            LocationError: it cannot be patched: shared memory (KERNEL 29).
        """
        if address in self.traps.at:
            return
        end = next((end for start, end in self._private if start <= address < end), 0)
        if not end:
            end = self._private_end(address)
        code = self.memory.read(address, min(16, end - address))
        trap = Trap(address, code)
        self.memory.write_raw(address, TRAP)
        self.traps.add(trap)

    def _private_end(self, address: int) -> int:
        """Return the end of the mapping that holds an address at which a trap may be put.

        That of a file's code is remembered: steps put traps there again and again.
        """
        mapping = self.mapping_at(address)
        if mapping is None:
            raise MemoryFault(address, 1, "set a breakpoint in")
        if mapping.is_shared:
            raise LocationError(
                f"{address:#x} is in shared memory ({mapping.path or 'anonymous'}): a breakpoint byte "
                "would reach other processes; use hardware=True"
            )
        if mapping.is_executable and mapping.path.startswith("/"):
            self._private.append((mapping.start, mapping.end))
        return mapping.end

    def disarm(self, address: int) -> None:
        """Take the int3 at a load address out again; threads that just ran it go on silently."""
        trap = self.traps.at.get(address)
        if trap is None:
            return
        running = {tid for sharer in self.sharers for tid, t in sharer.tracees.items() if not t.stopped}
        if self.alive and not self.released:
            try:
                if self.peek_byte(address) == TRAP[0]:
                    self.memory.write_raw(address, trap.original)
            except (MemoryFault, InferiorExited):
                pass  # unmapped meanwhile: nothing is left to restore
        self.traps.remove(trap, running)
        self.disarmed.add(address)

    def forget_traps(self, start: int, end: int) -> None:
        """Forget traps at load addresses in [start, end): the memory has been unmapped."""
        self._private.clear()
        for trap in self.traps.within(start, end):
            self.traps.remove(trap, set())

    def keep_traps(self, wanted: Container[int]) -> None:
        """Disarm every trap that a fork child has inherited and nobody wants."""
        if len(self.sharers) == 1:
            for address in [address for address in self.traps.at if address not in wanted]:
                self.disarm(address)

    def _force(self, address: int, word: int) -> bool:
        """Write 8 aligned bytes through a stopped thread."""
        stopped = next((tracee for tracee in self.tracees.values() if tracee.stopped), None)
        return stopped is not None and ptrace.poke_data(stopped.tid, address, word)

    def lift(self, trap: Trap) -> None:
        """Show the original byte for one in-line step, everything being stopped."""
        if trap.armed:
            self.memory.write_raw(trap.address, trap.original)

    def lower(self, trap: Trap) -> None:
        """Put the trap byte back after an in-line step, if the process still lives."""
        if trap.armed and self.alive and trap.address in self.traps.at:
            try:
                self.memory.write_raw(trap.address, TRAP)
            except (MemoryFault, InferiorExited):
                self.traps.remove(trap, set())

    # -- debug registers -------------------------------------------------------------------------

    def set_debug_register(self, number: int, slot: tuple[int, int, int] | None) -> None:
        """Use or clear one debug register in every thread; all must be stopped.

        Raises:
            LocationError: the kernel refuses the address.
        """
        former = self.debug.slots[number]
        self.debug.slots[number] = slot
        self.debug_armed = bool(self.debug)
        try:
            for tracee in self.tracees.values():
                if tracee.stopped:
                    self.write_debug_registers(tracee)
        except PtraceError as error:
            self.debug.slots[number] = former
            self.debug_armed = bool(self.debug)
            for tracee in self.tracees.values():
                if tracee.stopped:
                    self.write_debug_registers(tracee)
            where = f"{slot[0]:#x}" if slot is not None else "it"
            raise LocationError(f"the kernel refuses a debug register at {where}: {error.strerror}") from None

    def write_debug_registers(self, tracee: Tracee) -> None:
        """Write all debug registers of one thread: addresses, then DR7 (KERNEL 16)."""
        base = ptrace.USER_DEBUGREG
        try:
            ptrace.poke_user(tracee.tid, base + 7 * 8, 0)
            for number, slot in enumerate(self.debug.slots):
                if slot is not None:
                    ptrace.poke_user(tracee.tid, base + number * 8, slot[0])
            if self.debug_armed:
                ptrace.poke_user(tracee.tid, base + 7 * 8, self.debug.control)
        except ThreadGone:
            return
