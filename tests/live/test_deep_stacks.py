"""Deep stacks: frames that are made by what is known of the calls before are those of the careful way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline.inspection.activation import Activation
from trapline.inspection.unwind import Stack

FLAGS = [("-O0",), ("-O2",), ("-O2", "-fno-omit-frame-pointer"), ("-O1", "-g0")]


class _Careful(Stack):
    """A stack each of whose frames is found by itself."""

    __slots__ = ()

    def _extend_by_known_calls(self, inner: Activation) -> None:
        """Leave it to the careful way."""


class _Counted(Stack):
    """A stack that says how many frames were made at once."""

    __slots__ = ("at_once",)

    def __init__(self, *arguments: Any) -> None:
        self.at_once = 0
        super().__init__(*arguments)

    def _extend_by_known_calls(self, inner: Activation) -> None:
        before = len(self._frames)
        super()._extend_by_known_calls(inner)
        self.at_once += len(self._frames) - before


def _at_bottom(launch: Any, how: str, depth: int, *flags: str) -> Any:
    inferior = launch([programs.build("recursions.c", "-pthread", *flags), how, str(depth)])
    inferior.handle_signal("SIGUSR1", stop=False)
    inferior.set_breakpoint("bottom")
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    return inferior


def _stack(inferior: Any, kind: type[Stack]) -> Any:
    target, thread = inferior._target, inferior.thread
    return kind(target, thread.live, thread.registers, target.process.epoch)


def _facts(stack: Stack) -> tuple[list[tuple[object, ...]], str | None]:
    """Return all that is known of each frame, and why there is no more."""
    found = []
    for frame in stack:
        one = frame.activation
        found.append(
            (
                (frame.level, frame.depth, frame.pc, frame.cfa, frame.function, frame.location),
                (one.index, one.found_by, one.is_exact, one.is_tail_call, one.has_scratch, one.doubtful),
                one.known,
                stack.rules_of(one),
            )
        )
    return found, stack.reason


def _same(inferior: Any) -> int:
    """Compare both ways, however one comes to the frames; return how many were made at once."""
    wanted = _facts(_stack(inferior, _Careful))

    def look(*levels: int) -> Callable[[Stack], None]:
        def at(stack: Stack) -> None:
            for level in levels:
                stack.activation(level)
                stack.at(level // 2)

        return at

    made = 0
    for before in (look(), look(1), look(7, 90), look(100_000)):
        stack = _stack(inferior, _Counted)
        before(stack)
        frames, reason = _facts(stack)
        assert reason == wanted[1]
        for ours, careful in zip(frames, wanted[0], strict=True):
            assert ours == careful
        made = max(made, stack.at_once)
    return made


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("how", ["d", "m", "a", "t", "dm", "dmat", "dds", "dmats"])
def test_both_ways_are_the_same(launch: Any, how: str, flags: tuple[str, ...]) -> None:
    """Recursion of one function and of several, changing frames, tail calls, handlers on another stack."""
    inferior = _at_bottom(launch, how, 60, *flags)
    made = _same(inferior)
    assert made > 50 or "s" in how or how == "t"


_BROKEN = [0, 8, -1, 1 << 63, 0x123456789ABCDEF0]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_both_ways_are_the_same_in_broken_stacks(launch: Any, flags: tuple[str, ...]) -> None:
    """A word of a frame amid the recursion is overwritten: by nonsense, or by one of another frame."""
    inferior = _at_bottom(launch, "dm", 60, *flags)
    frames = _facts(_stack(inferior, _Careful))[0]
    memory = inferior.memory
    cfas: list[int] = [one[0][3] for one in frames]  # type: ignore[index]  # the fourth of its place
    pcs: list[int] = [one[0][2] for one in frames]  # type: ignore[index]
    for level in (3, 40, 41, 100, 150):
        for place in (cfas[level] - 8, cfas[level] - 16):
            former = memory.read(place, 8)
            others = (
                cfas[level - 2],
                cfas[level],
                cfas[level] + 1,
                cfas[level + 3],
                cfas[-2],
                *pcs[level - 1 : level + 2],
            )
            for word in (*_BROKEN, *others, pcs[-1]):
                memory.write(place, (word & (1 << 64) - 1).to_bytes(8, "little"))
                _same(inferior)
            memory.write(place, former)
    assert _facts(_stack(inferior, _Careful))[0] == frames
