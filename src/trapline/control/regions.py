"""Pieces of code that a step stays in, and the places at which it leaves them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from trapline.arch.flow import Call, Flow, flow
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.control.target import Target


class Region:
    """Runs of code: pairs of load addresses, start inclusive and end exclusive."""

    def __init__(self, target: Target, runs: Iterable[tuple[int, int]]) -> None:
        self._target = target
        self.runs: list[tuple[int, int]] = []
        for start, end in sorted(runs):
            if self.runs and start <= self.runs[-1][1]:
                self.runs[-1] = self.runs[-1][0], max(end, self.runs[-1][1])
            elif start < end:
                self.runs.append((start, end))

    def __contains__(self, address: int) -> bool:
        return any(start <= address < end for start, end in self.runs)

    @cached_property
    def flow(self) -> Flow:
        """Where it leads, and what in it has to be looked at when it runs."""
        leaves: dict[int, None] = {}
        unknown: list[int] = []
        calls: list[Call] = []
        for start, end in self.runs:
            one = flow(self._target.process.memory_at(start, end - start), start)
            leaves.update(dict.fromkeys(address for address in one.leaves if address not in self))
            unknown += one.unknown
            calls += one.calls
        return Flow(tuple(leaves), tuple(unknown), tuple(calls))
