"""Physical frames: what one call has on the stack, and the registers as they were in it.

A frame that the user sees is an activation, or a function that the compiler inlined into one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from trapline.arch import x86_64
from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import MemoryFault
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.dwarf.rows import Row

LIVE, BY_RULES, BY_CALL_SITES, BY_INSTRUCTIONS, BY_FRAME_POINTER, BY_GUESS = (
    "registers",
    "call-frame information",
    "call sites",
    "instructions",
    "frame pointer",
    "guess",
)
"""How an activation was found, the surest first."""

_NONE: frozenset[int] = frozenset()

OUTERMOST = "the outermost frame"
"""Why a stack ends where it should."""

unpack_word = struct.Struct("<Q").unpack_from
_FIRST_WINDOW, _LARGEST_WINDOW = 1 << 12, 1 << 18
_PAGE = 4096


class Activation:
    """One physical frame.

    `known` are its registers by DWARF number, as far as they are known; those in `doubtful` are only as
    good as a guess and are not shown.  `has_scratch` says that registers which a call may change are among
    them.  `is_exact` says that `pc` is the next instruction to run, not a
    return address, `is_tail_call` that the function has given its frame to the next one in: nothing of it
    is left but its name.  `row` is how its caller is found (None: not by rules), `cfa` the canonical frame
    address once that has been computed.
    """

    __slots__ = (
        "cfa",
        "doubtful",
        "found_by",
        "has_scratch",
        "index",
        "is_exact",
        "is_tail_call",
        "known",
        "pc",
        "row",
    )

    def __init__(
        self,
        index: int,
        pc: int,
        known: dict[int, int],
        is_exact: bool,
        found_by: str,
    ) -> None:
        self.index = index
        self.pc = pc
        self.known = known
        self.is_exact = is_exact
        self.found_by = found_by
        self.doubtful: frozenset[int] = _NONE
        self.has_scratch = False
        self.is_tail_call = False
        self.row: Row | None = None
        self.cfa: int | None = None

    @property
    def place(self) -> int:
        """A load address inside the instruction that is running.

        A return address may be behind the last instruction of its function, where the call never returns.
        """
        return self.pc if self.is_exact else self.pc - 1


class Words:
    """The stack's memory, fetched in large pieces in the direction of unwinding."""

    __slots__ = ("_base", "_buffer", "_read", "_size", "_top")

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        """Take `read(address, size)`, which returns fewer bytes where the mapping ends."""
        self._read = read
        self._buffer = b""
        self._base = 0
        self._top = -8  # highest offset of a whole word in the buffer
        self._size = _FIRST_WINDOW

    def word(self, address: int) -> int:
        """Return the 8 bytes at a load address as an unsigned integer.

        Raises:
            MemoryFault: they are not mapped.
        """
        at = address - self._base
        if 0 <= at <= self._top:
            found: int = unpack_word(self._buffer, at)[0]
            return found
        return self._fetch(address & ADDRESS_MASK)

    @property
    def window(self) -> tuple[int, int, bytes]:
        """What was fetched last: its load address, the highest offset of a whole word in it, its bytes."""
        return self._base, self._top, self._buffer

    def load(self, cfa: int, places: Sequence[tuple[int, int]], into: dict[int, int]) -> None:
        """Put the words that are at (key, offset from `cfa`) into a dictionary.

        Raises:
            MemoryFault: one of them is not mapped.
        """
        start = cfa - self._base
        top, buffer = self._top, self._buffer
        for key, offset in places:
            at = start + offset
            if 0 <= at <= top:
                into[key] = unpack_word(buffer, at)[0]
            else:
                into[key] = self.word(cfa + offset)
                start, top, buffer = cfa - self._base, self._top, self._buffer

    def _fetch(self, address: int) -> int:
        start = address & -_PAGE
        buffer = self._read(start, self._size)
        at = address - start
        if at + 8 > len(buffer):
            if at + 8 > self._size:  # a word across the window's end
                buffer = buffer[at:] + self._read(start + self._size, _PAGE)
                start, at = address, 0
            if at + 8 > len(buffer):
                raise MemoryFault(start + len(buffer), 8)
        self._buffer, self._base, self._top = buffer, start, len(buffer) - 8
        self._size = min(2 * self._size, _LARGEST_WINDOW)
        found: int = unpack_word(buffer, at)[0]
        return found


def live_registers(words: tuple[int, ...]) -> dict[int, int]:
    """Return a thread's 27 words as registers by DWARF number."""
    return {number: words[index] for number, index in x86_64.DWARF_WORDS}
