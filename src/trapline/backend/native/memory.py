"""The memory of a live process, as the program would see it without us.

Reads go through `/proc/PID/task/TID/mem`, which works while threads run and reaches pages that the
program itself may not read; large ones through process_vm_readv, and through /proc from where that ends.
Traps and slots are replaced by what they cover.  Pages are kept only while every thread is stopped: with
others running a kept page would go stale under a callback that polls a flag (KERNEL 6).

Source: proc_pid_mem(5), process_vm_readv(2); KERNEL 29, 39.
"""

from __future__ import annotations

import os
from _operator import index
from collections.abc import Callable

from trapline.backend.native import procfs, ptrace
from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import ArgumentError, InferiorExited, MemoryFault
from trapline.base.typing import TYPE_CHECKING, SupportsIndex

if TYPE_CHECKING:
    from trapline.backend.native.slots import SlotArea
    from trapline.backend.native.traps import TrapTable

_PAGE = 4096
_KEPT_READ = 512
"""Bytes; a larger read goes to the kernel at once, as fast as the page cache and without its copies."""
_SMALL = 16
"""Bytes; up to here what Python does around the kernel's read is most of its cost."""
_BULK = 1 << 17
"""Bytes; from here process_vm_readv(2) is worth its call: it copies a page once, /proc twice."""
_PIECE = 1 << 20
"""Bytes of a bulk read whose pages are asked for together: still in the cache when they are filled."""
_TOP = 1 << 63
"""pread(2) takes a signed offset: the upper half is the kernel's anyway."""


class ProcessMemory:
    """Bytes of one address space.

    `keep` is true while every thread is stopped and nothing else can write; `fate` says why nothing can be
    read any more, when it is closed for good.
    """

    __slots__ = ("_descriptor", "_force", "_pages", "_pid", "_slots", "_traps", "fate", "keep")

    def __init__(
        self, pid: int, traps: TrapTable, slots: SlotArea, force: Callable[[int, int], bool]
    ) -> None:
        """Nothing is open yet; `force(address, word)` writes 8 aligned bytes by another way than /proc."""
        self._force = force
        self._pid = pid
        self._descriptor = -1
        self._traps = traps
        self._slots = slots
        self._pages: dict[int, bytes] = {}
        self.fate = "the process is gone, and its memory with it"
        self.keep = False

    def open(self, tid: int) -> None:
        """Open the memory through a live thread; again after each exec (KERNEL 14).

        Raises:
            OSError: the thread is gone, or access is refused.
        """
        self.close()
        self._descriptor = procfs.open_memory(self._pid, tid)

    def close(self) -> None:
        """Give the descriptor back; reads then raise InferiorExited."""
        self._pages.clear()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def share(self, traps: TrapTable, slots: SlotArea) -> None:
        """Take other tables: an exec ended the sharing with a vfork parent."""
        self._traps = traps
        self._slots = slots

    def forget_pages(self) -> None:
        """Drop what was kept: a thread is about to run."""
        self.keep = False
        if self._pages:
            self._pages.clear()

    def forget_kept(self) -> None:
        """Drop what was kept but go on keeping: memory was changed while everything is stopped."""
        self._pages.clear()

    # -- reading ---------------------------------------------------------------------------------

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes at a load address, trap bytes replaced by the originals.

        Works while threads run, but may then tear.

        Args:
            address: load address of the first byte; anything with `__index__`.
            size: bytes, >= 0.

        Raises:
            MemoryFault: some byte is unmapped; `.address` is the first such.
            InferiorExited: the process is gone.
        """
        start = index(address) & ADDRESS_MASK
        if self.keep and 0 <= size <= _KEPT_READ:
            offset = start & (_PAGE - 1)
            if offset + size <= _PAGE:
                page = self._pages.get(start - offset)
                if page is None:
                    page = self._keep(start - offset)
                if page is not None:
                    return page[offset : offset + size]
        if 0 < size <= _SMALL and self._descriptor >= 0 and start < _TOP:
            # A condition reads its variables here at every hit.
            try:
                data = os.pread(self._descriptor, size, start)
            except OSError:
                data = b""
            if len(data) == size:
                return self._natural(start, data)
        if size >= _BULK:
            return self._read_bulk(start, size)
        data = self._fetch(start, size)
        if len(data) < size:
            raise MemoryFault(start + len(data), size)
        return data

    def _read_bulk(self, start: int, size: int) -> bytes:
        try:
            data, view = ptrace.unfilled_bytes(size)
        except MemoryError:
            self._fetch(start, 1)  # InferiorExited, where that is so
            end = self._mapped_end(start)
            if end < start + size:
                raise MemoryFault(end, size) from None
            raise ArgumentError(f"there is no room here for {size} bytes; read them in pieces") from None
        for offset in range(0, size, _PIECE):
            piece = view[offset : offset + _PIECE]
            ptrace.populate(piece)
            copied = self.read_up_to(start + offset, piece)
            if copied < len(piece):
                raise MemoryFault(start + offset + copied, size)
        return data

    def _mapped_end(self, start: int) -> int:
        """Return the first address that nothing is mapped at, from a load address on."""
        end = start
        for mapping in procfs.mappings(self._pid, self._pid):
            if mapping.start <= end < mapping.end:
                end = mapping.end
        return end

    def _keep(self, start: int) -> bytes | None:
        page = self._fetch(start, _PAGE)
        if len(page) < _PAGE:
            return None
        if len(self._pages) >= 4096:
            self._pages.clear()
        self._pages[start] = page
        return page

    def _fetch(self, start: int, size: int) -> bytes:
        """Read up to `size` bytes; fewer when an unmapped byte comes first."""
        if size < 0:
            raise ValueError("size must not be negative")
        if size == 0:
            return b""
        return self._natural(start, self._raw(start, size))

    def _raw(self, start: int, size: int) -> bytes:
        if self._descriptor < 0:
            raise InferiorExited(self.fate)
        if start >= _TOP:
            return b""
        parts = b""
        while len(parts) < size:
            try:
                part = os.pread(self._descriptor, size - len(parts), start + len(parts))
            except OSError:
                break
            if not part:
                if not parts and not procfs.thread_ids(self._pid):
                    raise InferiorExited(self.fate)
                break
            parts = parts + part if parts else part
        return parts

    def _natural(self, start: int, data: bytes) -> bytes:
        """Return `data` with nothing of ours in it."""
        end = start + len(data)
        pages = self._traps.pages
        is_apart = start >> 12 not in pages and start >> 12 == end - 1 >> 12
        traps = () if is_apart else self._traps.within(start, end)
        if not traps:
            for region in self._slots.regions:
                if region.start < end and start < region.end:
                    break
            else:
                return data
        changed = bytearray(data)
        for trap in traps:
            changed[trap.address - start] = trap.code[0]
        self._slots.hide(start, changed)
        return bytes(changed)

    def read_up_to(self, start: int, buffer: bytearray | memoryview) -> int:
        """Fill a writable buffer from a load address; return the bytes read before an unmapped one."""
        size = len(buffer)
        copied = ptrace.read_bulk(self._pid, start, buffer) if start < _TOP else 0
        view = memoryview(buffer)
        while copied < size:
            # PROT_NONE and write-only pages are read by /proc only (KERNEL 39).
            part = self._raw(start + copied, min(size - copied, 1 << 20))
            if not part:
                break
            view[copied : copied + len(part)] = part
            copied += len(part)
        for trap in self._traps.within(start, start + copied):
            view[trap.address - start] = trap.code[0]
        for region in self._slots.regions:
            low, high = max(start, region.start), min(start + copied, region.end)
            if low < high:
                view[low - start : high - start] = bytes(high - low)
        return copied

    # -- writing ---------------------------------------------------------------------------------

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write all of `data` at a load address, through read-only private pages too.

        A write over a trap keeps both: the bytes become the trap's originals, the trap stays armed.

        Raises:
            MemoryFault: some byte is unmapped, or shared and read-only.
            InferiorExited: the process is gone.
        """
        start = index(address) & ADDRESS_MASK
        data = bytes(data)
        if not data:
            return
        self._pages.clear()
        traps = self._traps.within(start - 15, start + len(data))
        raw = data
        if traps:
            kept = bytearray(data)
            for trap in traps:
                if trap.address >= start:
                    kept[trap.address - start] = 0xCC
            raw = bytes(kept)
        self.write_raw(start, raw)
        for trap in traps:
            code = bytearray(trap.code)
            low, high = max(start, trap.address), min(start + len(data), trap.address + len(code))
            code[low - trap.address : high - trap.address] = data[low - start : high - start]
            trap.forget_code(bytes(code))

    def write_raw(self, start: int, data: bytes) -> None:
        """Write bytes as they are; traps are no concern here."""
        if self._descriptor < 0:
            raise InferiorExited(self.fate)
        self._pages.clear()
        done = 0
        while done < len(data):
            try:
                written = os.pwrite(self._descriptor, data[done:], start + done) if start < _TOP else 0
            except OSError:
                written = self._write_forced(start + done, data[done:])
            if written <= 0:
                raise MemoryFault(start + done, len(data), "write")
            done += written

    def _write_forced(self, start: int, data: bytes) -> int:
        """Write up to the end of a word where the kernel refuses it through /proc; return the bytes written.

        A hardened one (CONFIG_PROC_MEM_NO_FORCE) still takes PTRACE_POKEDATA (KERNEL 29).
        """
        at, offset = start & ~7, start & 7
        word = bytearray(self._raw(at, 8))
        part = data[: 8 - offset]
        if len(word) < 8:
            return 0
        word[offset : offset + len(part)] = part
        return len(part) if self._force(at, int.from_bytes(word, "little")) else 0

    def peek(self, address: int) -> int | None:
        """Return the byte that is in memory now, traps included; None when it is unmapped."""
        data = self._raw(address, 1)
        return data[0] if data else None
