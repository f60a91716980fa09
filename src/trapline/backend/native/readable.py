"""What can be read of a process without running it: its threads, /proc, and its memory as without us."""

from __future__ import annotations

from collections.abc import Callable

from trapline.backend.native import procfs
from trapline.base.errors import InferiorExited, MemoryFault, ThreadGone
from trapline.base.typing import TYPE_CHECKING, SupportsIndex, TypeVar

if TYPE_CHECKING:
    from trapline.backend.native.memory import ProcessMemory
    from trapline.backend.native.process import NativeProcess
    from trapline.backend.native.slots import SlotArea
    from trapline.backend.native.tracee import Tracee
    from trapline.backend.native.traps import TrapTable
    from trapline.base.address import Mapping as MemoryMapping

_T = TypeVar("_T")


class ReadableProcess:
    """The part of a `NativeProcess` that only looks."""

    __slots__ = ("_mapping_cache", "_private", "_syscall_at")

    pid: int
    tracees: dict[int, Tracee]
    traps: TrapTable
    slots: SlotArea
    memory: ProcessMemory
    sharers: list[NativeProcess]
    epoch: int
    all_stopped: bool
    lone: Tracee | None

    def __init__(self) -> None:
        self._syscall_at: int | None = None
        self._mapping_cache: tuple[int, list[MemoryMapping]] = (-1, [])
        self._private: list[tuple[int, int]] = []  # mappings of files' code

    # -- what it is ------------------------------------------------------------------------------

    @property
    def threads(self) -> dict[int, Tracee]:
        """Threads by kernel id, in order of birth."""
        return self.tracees

    def thread(self, tid: int) -> Tracee:
        """Return one thread.

        Raises:
            ThreadGone: no such thread any more.
        """
        try:
            return self.tracees[tid]
        except KeyError:
            raise ThreadGone(tid) from None

    def _through_a_thread(self, read: Callable[[int, int], _T]) -> _T:
        """Return what `read(pid, tid)` of /proc gives for a thread that is there (KERNEL 14).

        A leader that has exited shows nothing, nor does a thread that has just ended unheard.
        """
        others = [tid for tid in self.tracees if tid != self.pid]
        if not others and self.pid not in self.tracees:
            raise InferiorExited(self.memory.fate)
        for tid in others:
            found = read(self.pid, tid)
            if found:
                return found
        return read(self.pid, self.pid)

    def mappings(self) -> list[MemoryMapping]:
        """Return the memory map in order of address, our own pages left out."""
        if self.all_stopped and self._mapping_cache[0] == self.epoch:
            return self._mapping_cache[1]
        found = self._through_a_thread(procfs.mappings)
        mapped = [region for region in self.slots.regions if region.mapped]
        if mapped:
            ours = {(region.start, region.end) for region in mapped}
            found = [m for m in found if (m.start, m.end) not in ours]
        self._mapping_cache = (self.epoch, found)
        return found

    def forget_mappings(self) -> None:
        """Read the memory map afresh when it is asked for: a system call of ours has changed it."""
        self._mapping_cache = (-1, [])
        self._private.clear()

    def mapping_at(self, address: int) -> MemoryMapping | None:
        """Return the mapping that holds a load address."""
        for mapping in self.mappings():
            if mapping.start <= address < mapping.end:
                return mapping
        return None

    def auxv(self) -> dict[int, int]:
        """Return the auxiliary vector."""
        return self._through_a_thread(procfs.auxv)

    def executable(self) -> str:
        """Return the path of the program file."""
        return self._through_a_thread(procfs.executable)

    def command_line(self) -> list[str]:
        """Return argv as the process shows it now."""
        return self._through_a_thread(procfs.command_line)

    def thread_name(self, tid: int) -> str:
        """Return a thread's name (comm)."""
        return procfs.thread_name(self.pid, tid)

    def syscall_instruction(self) -> int | None:
        """Return the load address of a `syscall` instruction in the inferior."""
        from trapline.backend.native import injection

        known = self._syscall_at
        if known is None or self.traps.within(known, known + 2):
            self._syscall_at = injection.find_syscall_instruction(self)
        return self._syscall_at

    # -- memory ----------------------------------------------------------------------------------

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes at a load address; traps and slots of ours never show."""
        return self.memory.read(address, size)

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write memory at a load address; traps stay armed over it."""
        self.memory.write(address, data)

    def peek_byte(self, address: int) -> int:
        """Return the byte in memory now, traps included; -1 when it is unmapped."""
        found = self.memory.peek(address)
        return -1 if found is None else found

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes, fewer where the mapping ends."""
        try:
            return self.memory.read(address, size)
        except MemoryFault as fault:
            return self.memory.read(address, fault.address - address)

    def read_up_to(self, start: int, buffer: bytearray | memoryview) -> int:
        """Fill a buffer from a load address; return the bytes read before an unmapped one."""
        return self.memory.read_up_to(start, buffer)

    def forget_pages(self) -> None:
        """Keep read pages only while every thread that could write is stopped."""
        self.memory.forget_pages()
        self.memory.keep = self.all_stopped and self.lone is None and len(self.sharers) == 1
