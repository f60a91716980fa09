"""The members of a structure with their offsets and sizes, and what is between them: `ptype/o`.

Source: gdb manual, ptype/o; gdb 13, print_offset_data.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.inspection.format import in_order
from trapline.inspection.types_text import Line, Names, declared, is_hidden, labelled, ptype
from trapline.symbols.types import RUST, Member, StaticMember, StructType, Type

_MARGIN = " " * 27
"""As wide as `/*      0      |       4 */`."""
_HEAD = "/* offset      |    size */  "


def described(type: Type) -> str:
    """Return `type = struct node {...}` with the places of its members; Rust's without."""
    head = _HEAD if isinstance(type, StructType) and type.language != RUST else ""
    return f"{head}type = {ptype(type, with_offsets=True)}"


def laid_out(type: StructType, show: int, level: int, names: Names, start: int) -> str:
    """Return what is between the braces, with them; `start` is where the structure begins, in bits."""
    end = [0]
    lines = list(_members(type, show, level, names, start, end))
    size = type.size or 0
    text = "".join(f"{line}\n" for line in labelled(type, level, lines, _MARGIN))
    indent = " " * level
    padding = _between(end[0], 8 * size, "padding")
    closing = f"{_MARGIN}{indent}{'' if level else '  '}"
    return f"{{\n{text}{padding}\n{_MARGIN}{indent}    /* total size (bytes): {size:4} */\n{closing}}}"


def _members(
    type: StructType, show: int, level: int, names: Names, start: int, end: list[int]
) -> Iterator[Line]:
    """Give the members, each behind the hole before it; `end[0]` is where the last one ends, in bits."""
    for member in in_order(type):
        if is_hidden(member):
            continue
        place, offset = _place(type, member, start, end)
        is_opened = isinstance(member, Member) and isinstance(member.type, StructType)
        text = declared(
            member, show if is_opened else show - 1, level, names, start + offset if is_opened else None
        )
        yield "field", member.access, f"{place}{' ' * (level + 4)}{text};"


def _place(type: StructType, member: Member | StaticMember, start: int, end: list[int]) -> tuple[str, int]:
    """Return what stands before a member, and its offset in bits."""
    if not isinstance(member, Member) or not isinstance(member.offset or 0, int):
        return _MARGIN, 0
    size = member.type.size or 0
    if type.is_union:
        return f"/*{size:22} */", 0
    is_field = member.bit_size is not None
    offset = (member.bit_offset or 0) if is_field else 8 * int(member.offset or 0)
    hole = _between(end[0], offset, "hole")
    end[0] = offset + (member.bit_size if member.bit_size is not None else 8 * size)
    byte, bit = divmod(start + offset, 8)
    shown = f"{byte:6}:{bit:2}   " if is_field or bit else f"{byte:6}      "
    return f"{hole}/* {shown}|  {size:6} */", offset


def _between(end: int, offset: int, what: str) -> str:
    """Return the lines of a hole between two places in bits; none before the first member."""
    if not 0 < end < offset:
        return ""
    byte, bit = divmod(offset - end, 8)
    lines = f"/* XXX {bit:2}-bit {what:7}    */\n" if bit else ""
    return lines + (f"/* XXX {byte:2}-byte {what:7}   */\n" if byte else "")
