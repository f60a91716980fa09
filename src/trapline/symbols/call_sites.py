"""The calls that a function's debug information tells of: where they return to, whom they call, with what.

All addresses are file addresses.

Source: DWARF 5 §3.4; GNU's extension of DWARF 4 that it came from.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.base.address import FileAddress
    from trapline.dwarf.die import Die

CALLS = frozenset((dw.DW_TAG_call_site, dw.DW_TAG_GNU_call_site))
_PARAMETERS = frozenset((dw.DW_TAG_call_site_parameter, dw.DW_TAG_GNU_call_site_parameter))
NESTED = frozenset(
    (
        dw.DW_TAG_lexical_block,
        dw.DW_TAG_try_block,
        dw.DW_TAG_catch_block,
        dw.DW_TAG_inlined_subroutine,
    )
)
"""What the code of a function is divided into."""

_DEPTH = 256  # of nested blocks


class CallParameter(NamedTuple):
    """What a caller passed: `value` computes it in the caller's frame.

    `location` is the expression of the place where the callee finds it (a register); `parameter` the
    callee's own DIE of it, where that is how the file tells.  `data_value` is what the pointer that is
    passed points to.
    """

    location: bytes | None
    value: bytes | None
    data_value: bytes | None
    parameter: Die | None


class CallSite(NamedTuple):
    """One call in a function: `return_address` is where it comes back to.

    `callee` is the DIE of the function that is called, where that is known; `target` the expression of its
    address for an indirect call.  A tail call never comes back.
    """

    return_address: FileAddress
    is_tail_call: bool
    callee: Die | None
    target: bytes | None
    parameters: tuple[CallParameter, ...]


def calls_in(scope: Die, depth: int = 0) -> Iterator[CallSite]:
    """Yield the calls in the code of a function or block, those of blocks and inlined calls in it too."""
    for child in scope.children():
        if child.tag in CALLS:
            call = _call_site(child)
            if call is not None:
                yield call
        elif child.tag in NESTED and depth < _DEPTH:
            yield from calls_in(child, depth + 1)


def _call_site(die: Die) -> CallSite | None:
    """Return a call, None where the file does not tell where it returns to.

    GNU's form before DWARF 5 has the same under other names.
    """
    address = die.address(dw.DW_AT_call_return_pc) or die.address(dw.DW_AT_low_pc)
    if address is None:
        return None
    target = die.get(dw.DW_AT_call_target)
    if target is None:
        target = die.get(dw.DW_AT_GNU_call_site_target)
    return CallSite(
        address,
        bool(die.get(dw.DW_AT_call_tail_call) or die.get(dw.DW_AT_GNU_tail_call)),
        die.ref(dw.DW_AT_call_origin) or die.ref(dw.DW_AT_abstract_origin),
        target if isinstance(target, bytes) else None,
        tuple(_call_parameter(child) for child in die.children() if child.tag in _PARAMETERS),
    )


def _call_parameter(die: Die) -> CallParameter:
    return CallParameter(
        die.block(dw.DW_AT_location),
        die.block(dw.DW_AT_call_value) or die.block(dw.DW_AT_GNU_call_site_value),
        die.block(dw.DW_AT_call_data_value) or die.block(dw.DW_AT_GNU_call_site_data_value),
        die.ref(dw.DW_AT_call_parameter) or die.ref(dw.DW_AT_abstract_origin),
    )
