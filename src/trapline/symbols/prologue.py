"""Where a function's body begins: behind the code that makes its frame, by gdb's rules.

A breakpoint on a function belongs where its arguments can be read.  The compiler says where (clang, with
`prologue_end`), or its location lists are true from the first instruction on (gcc with optimization), or
the instructions and lines at the start tell.

Source: gdb 13, skip_prologue_sal, amd64_skip_prologue and skip_prologue_using_sal, behaviour only.
"""

from __future__ import annotations

from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from trapline.symbols.blocks import Blocks
    from trapline.symbols.linetable import LineTable

_WINDOW = 96  # bytes of code looked at
_ENDBR64 = b"\xf3\x0f\x1e\xfa"
_FRAMES = (b"\x55\x48\x89\xe5", b"\x55\x48\x8b\xec")  # push %rbp; mov %rsp,%rbp in its two encodings

_TESTS_AL = b"\x84\xc0\x74"  # test %al,%al; je
_SAVES_XMM0 = b"\x0f\x29"  # movaps
_BEFORE, _REACH = 4, 28  # bytes: a frame is made by the end of a prologue, which is no longer

# gcc aligns the stack before it makes a frame: lea 8(%rsp),%reg, or push %reg and lea 16(%rsp),%reg; then
# and $-N,%rsp and push -8(%reg).  Fifteen bytes do not look like this by chance, so that the register is
# one and the same is not checked.
_ALIGN = lazy(
    rb"(?s)(?:[\x40\x41\x48\x49]?[\x50-\x57][\x48\x4c]\x8d[\x44\x4c\x54\x5c\x64\x6c\x74\x7c]\x24\x10"
    rb"|[\x48\x4c]\x8d[\x44\x4c\x54\x5c\x64\x6c\x74\x7c]\x24\x08)"
    rb"\x48(?:\x83\xe4.|\x81\xe4....)"
    rb"[\x40\x41\x48\x49]?\xff[\x70-\x77]\xf8"
)


# Where %al says that vector registers are used, a variadic function saves all eight: test %al,%al; je over;
# movaps %xmmN,-x(%rbp) with a displacement of one byte or four.
_SAVE_VECTORS = lazy(
    rb"(?s)\x84\xc0\x74(?P<jump>.)(?P<saves>"
    + b"".join(rb"\x0f\x29(?:\x%02x.|\x%02x....)" % (0x45 | n << 3, 0x85 | n << 3) for n in range(8))
    + rb")"
)


def frame_end(code: Callable[[int, int], bytes], start: int) -> int:
    """Return where the instructions end that make a function's frame; `start` when it makes none."""
    raw = code(start, _WINDOW)
    at = 0
    if b"\x8d" in raw[:4] and (aligned := _ALIGN.match(raw)):
        at = aligned.end()
    if raw.startswith(_ENDBR64, at):
        at += len(_ENDBR64)
    return start + at + len(_FRAMES[0]) if raw.startswith(_FRAMES, at) else start


def may_be_inside(code: Callable[[int, int], bytes], address: int) -> bool:
    """Whether an address at which a line begins may be in a prologue, by the code around it alone."""
    before, behind = code(address - _BEFORE, _BEFORE), code(address, _REACH)
    if any(frame in before + behind for frame in _FRAMES):
        return True
    return _TESTS_AL in before and behind.startswith(_SAVES_XMM0)


def saves_vectors(code: Callable[[int, int], bytes], address: int) -> bool:
    """Whether the vector registers of a variadic function are saved at an address."""
    raw = code(address, _WINDOW)
    found = _SAVE_VECTORS.match(raw) if raw.startswith(_TESTS_AL) else None
    return found is not None and found["jump"][0] == len(found["saves"])


class Prologues:
    """Finds the ends of prologues in one unit; all addresses are file addresses."""

    __slots__ = ("_blocks", "_code", "_is_assembly", "_is_gcc", "_is_llvm", "_lists_are_true", "_table")

    def __init__(
        self,
        table: LineTable,
        blocks: Blocks,
        code: Callable[[int, int], bytes],
        *,
        producer: str,
        is_assembly: bool,
        lists_are_true: Callable[[], bool],
    ) -> None:
        """Keep what is asked.

        Args:
            table: the unit's lines.
            blocks: its functions.
            code: `code(address, size)`: the program's bytes, fewer where it ends.
            producer: the compiler's own words (`DW_AT_producer`).
            is_assembly: whether it is assembly, of which nothing is skipped.
            lists_are_true: whether the unit's location lists hold from each function's first instruction.
        """
        self._table = table
        self._blocks = blocks
        self._code = code
        self._is_assembly = is_assembly
        self._is_llvm = producer.startswith("clang ")
        self._is_gcc = producer.startswith("GNU ")
        self._lists_are_true = lists_are_true

    def named(self, start: int, end: int) -> int:
        """Return where a breakpoint on the function at [start, end) belongs."""
        if self._is_assembly:
            return start
        if self._table.span_at(start) is not None and self._lists_are_true():
            return start
        return self.skip(start, end)

    def skip(self, start: int, end: int) -> int:
        """Return where the body of the function at [start, end) begins: no line of it is earlier."""
        told = self._told(start, end)
        if told is not None:
            return told
        if self._lists_are_true():
            return start
        here = self.looks(start, end)
        span = self._table.span_at(here)
        # What makes the frame ends in the middle of a line: the next line is the body's first.
        if span is not None and span.start != here and start <= span.end < end:
            return span.end
        return here

    def looks(self, start: int, end: int) -> int:
        """Return where the instructions that make the frame end."""
        if self._is_llvm:
            by_line = self._by_line(start, end)
            if by_line is not None:
                return max(start, by_line)
        end = frame_end(self._code, start)
        return start if end == start else self._behind_saves(start, end)

    def _told(self, start: int, end: int) -> int | None:
        """Return where the compiler says that the prologue ends."""
        span = self._table.span_at(start)
        return self._table.prologue_end(span.file, start, end) if span is not None else None

    def _behind_saves(self, start: int, here: int) -> int:
        """Return `here`, or where the vector registers of a variadic function have been saved."""
        first = self._table.span_at(start)
        if not self._is_gcc or first is None or first.start != start or here >= first.end:
            return here
        following = self._table.span_at(first.end)
        if following is None or following.line != first.line:
            return here
        return following.end if saves_vectors(self._code, following.start - 4) else here

    def _by_line(self, start: int, end: int) -> int | None:
        """Return where the second line of a function begins, None when it has one line only."""
        table = self._table
        span = table.span_at(start)
        if span is None or not span.line:
            return None
        rows = [row for row in table.entries(span.file) if row[0] == span.start]
        lines = [row for row in rows if row[2]]
        if span.start == start and len(lines) > 1:
            return start  # two rows at the first address: a prologue of no instruction
        if span.end >= end:
            return None
        while span.end < end:
            following = table.span_at(span.end)
            if following is None or not following.line or following.line >= span.line:
                break
            if following.file != span.file or self._is_inlined(span.end):
                break
            # The scheduler moved something of the body forward; its line is smaller than the function's.
            span = following
        return span.end if span.end < end else span.start

    def _is_inlined(self, address: int) -> bool:
        block = self._blocks.innermost_at(address)
        while block is not None and not block.is_function:
            if block.is_inlined:
                return True
            block = block.outer
        return False
