"""The call stack by frame pointers.

Until call-frame information is read, a caller is found through rbp: right for code that keeps frame
pointers, and for the first instructions of a function, where the return address is still on top of the
stack; elsewhere a guess that may leave frames out.  A stack that stops making sense ends, and `reason`
says why.

Source: x86-64 psABI §3.2.2, the stack frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from trapline.backend.process import LiveThread
from trapline.base.errors import MemoryFault, StaleError
from trapline.inspection.frame import Frame, FrameRegisters

if TYPE_CHECKING:
    from trapline.inspection.registers import Registers
    from trapline.symbols.module import Module, Symbol

_LIMIT = 100_000


class Space(Protocol):
    """What unwinding needs of the inferior."""

    @property
    def epoch(self) -> int:
        """Changes whenever registers or memory may have."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Return memory."""
        ...

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that holds a load address."""
        ...

    def module_at(self, address: int) -> Module | None:
        """Return the module that holds a load address."""
        ...

    def is_code(self, address: int) -> bool:
        """Whether a load address is executable."""
        ...

    def describe(self, address: int) -> str:
        """Return `0x401136 <main+4>`."""
        ...


class Stack:
    """The frames of one thread at one stop, unwound as far as they are asked for.

    Indexable and iterable like a tuple; `len()` unwinds all.  `reason` is None while the end has not
    been reached, then why it is there.
    """

    __slots__ = ("_frames", "_registers", "epoch", "live", "reason", "space")

    def __init__(self, space: Space, live: LiveThread, registers: Registers, epoch: int) -> None:
        self.space = space
        self.live = live
        self.epoch = epoch
        self.reason: str | None = None
        self._registers = registers
        self._frames = [Frame(self, 0, registers.pc, None, registers)]

    def at(self, level: int) -> Frame | None:
        """Return a frame, or None behind the outermost."""
        while len(self._frames) <= level and self.reason is None:
            if self.space.epoch != self.epoch:
                raise StaleError("the inferior went on: this stack is of an earlier stop")
            self._unwind()
        return self._frames[level] if level < len(self._frames) else None

    def __getitem__(self, level: int) -> Frame:
        if level < 0:
            level += len(self)
        frame = self.at(level)
        if frame is None:
            raise IndexError(f"no frame {level}: the stack has {len(self._frames)}")
        return frame

    def __iter__(self) -> Iterator[Frame]:
        level = 0
        while (frame := self.at(level)) is not None:
            yield frame
            level += 1

    def __len__(self) -> int:
        while self.reason is None:
            self.at(len(self._frames))
        return len(self._frames)

    def _unwind(self) -> None:
        inner = self._frames[-1]
        if len(self._frames) >= _LIMIT:
            self.reason = f"given up after {_LIMIT} frames"
            return
        sp, bp = inner.registers["rsp"], inner.registers["rbp"]
        try:
            found = self._from_entry(inner, sp, bp) if inner.level == 0 else None
            if found is None:
                found = self._from_frame_pointer(sp, bp)
        except MemoryFault as fault:
            self.reason = f"the stack is unreadable at {fault.address:#x}"
            return
        if found is None:
            return
        pc, sp, bp = found
        inner.cfa = sp
        if not self.space.is_code(pc):
            self.reason = "the outermost frame" if pc == 0 else f"{pc:#x} is not code"
            return
        known = FrameRegisters({"rip": pc, "pc": pc, "rsp": sp, "sp": sp, "rbp": bp})
        self._frames.append(Frame(self, inner.level + 1, pc, None, known))

    def _from_entry(self, frame: Frame, sp: int, bp: int) -> tuple[int, int, int] | None:
        """Return the caller's (pc, sp, bp) where rbp has not been set up yet, or is gone already."""
        code = self.space.read(frame.pc, 1)
        if code == b"\xc3":
            return self._word(sp), sp + 8, bp
        symbol = self.space.symbol_at(frame.pc)
        if symbol is None:
            return None
        inside = frame.pc - symbol.address
        if inside > 8:
            return None
        prologue = self.space.read(symbol.address, 12)
        at = 4 if prologue.startswith(b"\xf3\x0f\x1e\xfa") else 0  # endbr64
        if inside <= at:
            return self._word(sp), sp + 8, bp
        if inside == at + 1 and prologue[at] == 0x55:  # push rbp has run, mov rbp, rsp has not
            return self._word(sp + 8), sp + 16, self._word(sp)
        return None

    def _from_frame_pointer(self, sp: int, bp: int) -> tuple[int, int, int] | None:
        if bp == 0:
            self.reason = "the outermost frame"
            return None
        if bp < sp or bp & 7:
            self.reason = f"rbp {bp:#x} is no frame pointer here"
            return None
        return self._word(bp + 8), bp + 16, self._word(bp)

    def _word(self, address: int) -> int:
        return int.from_bytes(self.space.read(address, 8), "little")
