"""Inlined calls as a person steps through them: one is entered without the pc having moved.

Source: gdb 13, skip_inline_frames and block_starting_point_at, behaviour only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trapline.base.address import LoadAddress
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.inspection.space import Space
    from trapline.symbols.functions import Function


def hidden_calls(
    space: Space, pc: int, functions: Sequence[Function], is_shown: Callable[[Function], bool]
) -> int:
    """Return how many inlined calls begin at an address, the innermost first, up to one that is shown.

    Where execution has come to the beginning of an inlined body, it stands before the call as well as in
    it; a person is shown the call first.

    Args:
        space: the inferior.
        pc: load address.
        functions: those around it, the innermost inlined one first.
        is_shown: whether an inlined call is a frame already.
    """
    if len(functions) < 2:
        return 0
    module = space.module_at(pc)
    if module is None or module.debug is None:
        return 0
    place = module.debug.to_file(LoadAddress(pc))
    before: Sequence[Function] | None = None
    count = 0
    for function in functions[:-1]:
        if function.entry != place:
            before = space.functions_at(pc - 1) if before is None else before
            if function in before:
                break
        if is_shown(function):
            break
        count += 1
    return count
