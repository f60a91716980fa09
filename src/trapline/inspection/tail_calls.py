"""Functions that gave their frame to what they called last, found by the calls that the compiler describes.

A return address names the call that was made, and that names the function it went to.  Where another
function runs above it, calls that replace the frame led there: if only one way does, or all ways have a
part in common, those functions are shown as frames, as gdb does.

Source: DWARF 5 §3.4.1, §3.4.2; gdb 13, call_site_find_chain.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.address import LoadAddress
from trapline.base.typing import TYPE_CHECKING
from trapline.symbols.attributes import linkage_name

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.inspection.space import Space
    from trapline.symbols.call_sites import CallSite
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Module

_VISITED = 500
"""Calls that are looked at for one frame."""
_LONGEST = 100
"""Frames that one call may stand for."""


def between(space: Space, place: int, function: Function, return_address: int) -> list[int]:
    """Return the load addresses behind the jumps from a call to a function, the innermost first.

    Args:
        space: the inferior.
        place: a load address in the function.
        function: the one that runs.
        return_address: where the call comes back to.
    """
    module = space.module_at(place)
    return (
        _Search(space, module.to_load(function.entry)).between(return_address) if module is not None else []
    )


class _Search:
    """One question: which calls that replace a frame lie between a call and the function that runs?"""

    def __init__(self, space: Space, goal: int) -> None:
        """Look for ways to the function whose code begins at the load address `goal`."""
        self._space = space
        self._goal = goal
        self._left = _VISITED
        self._found: list[list[int]] = []

    def between(self, return_address: int) -> list[int]:
        """Return the load addresses behind the jumps, the innermost first; [] for none, or unknown."""
        module = self._space.module_at(return_address - 1)
        debug = module.debug if module is not None else None
        if module is None or debug is None:
            return []
        call = debug.call_site(LoadAddress(return_address))
        if call is None or not self._follow(module, call, [], set()):
            return []
        return _common(self._found)

    def _follow(self, module: Module, call: CallSite, way: list[int], met: set[int]) -> bool:
        """Note every way from a call to the goal; False when some call goes nobody knows where."""
        self._left -= 1
        target = self._entry(module, call.callee) if call.callee is not None else None
        if target is None or self._left < 0 or len(way) > _LONGEST:
            return False
        if target == self._goal:
            self._found.append(way)
            return True
        there = self._space.module_at(target)
        functions = self._space.functions_at(target)
        if there is None or not functions:
            return True
        for jump in _jumps(functions[-1]):
            address = there.to_load(jump.return_address)
            if address not in met:
                if not self._follow(there, jump, [*way, address], met | {address}):
                    return False
        return True

    def _entry(self, module: Module, callee: Die) -> int | None:
        """Return where the function of a call begins, also one that another file defines."""
        debug = module.debug
        assert debug is not None
        for function in debug.scopes.instances(callee):
            if not function.is_inlined:
                return module.to_load(function.entry)
        name = debug.types.guard(lambda: linkage_name(callee) or callee.name, None)
        if not name:
            return None
        # A name that the linker made local means the file's own, whatever others have under it.
        own = module.symbol(name) or module.stripped_symbol(name)
        return own.address if own is not None else self._space.address_of(name)


def _jumps(function: Function) -> list[CallSite]:
    return [call for call in function.call_sites if call.is_tail_call]


def _common(ways: Sequence[list[int]]) -> list[int]:
    """Return what all ways have in common at both ends, the end first."""
    if not ways:
        return []
    first = ways[0]
    head = tail = len(first)
    for way in ways[1:]:
        head = min(head, _equal(first, way))
        tail = min(tail, _equal(first[::-1], way[::-1]))
    if head == len(first):
        return first[::-1]
    return first[::-1][:tail] + first[:head][::-1]


def _equal(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many addresses at the beginning are the same."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
