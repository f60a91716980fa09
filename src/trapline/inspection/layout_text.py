"""The members of a structure with their offsets and sizes, and what is between them: `ptype/o`.

Source: gdb manual, ptype/o; gdb 13, print_offset_data.
"""

from __future__ import annotations

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
    lines: list[Line] = []
    end = 0
    for member in in_order(type):
        if not is_hidden(member):
            place, offset, end = _place(type, member, start, end)
            text = _declared(member, show, level, names, start + offset)
            lines.append(("field", member.access, f"{place}{' ' * (level + 4)}{text};"))
    shown = "".join(f"{line}\n" for line in labelled(type, level, lines, _MARGIN))
    indent = " " * level
    padding = _between(end, 8 * (type.size or 0), "padding")
    closing = f"{_MARGIN}{indent}{'' if level else '  '}"
    total = f"{_MARGIN}{indent}    /* total size (bytes): {type.size or 0:4} */"
    return f"{{\n{shown}{padding}\n{total}\n{closing}}}"


def _declared(member: Member | StaticMember, show: int, level: int, names: Names, start: int) -> str:
    """Return a member as it is declared; a structure in it is opened with the places of its members."""
    if isinstance(member, Member) and isinstance(member.type, StructType):
        return declared(member, show, level, names, start)
    return declared(member, show - 1, level, names)


def _place(type: StructType, member: Member | StaticMember, start: int, end: int) -> tuple[str, int, int]:
    """Return what stands before a member, with the hole there; its offset; and where it ends, in bits.

    Args:
        type: the structure.
        member: one of its members.
        start: where the structure begins, in bits.
        end: where the member before ends, in bits.
    """
    if not isinstance(member, Member) or not isinstance(member.offset or 0, int):
        return _MARGIN, 0, end
    size = member.type.size or 0
    if type.is_union:
        return f"/*{size:22} */", 0, end
    is_field = member.bit_size is not None
    offset = (member.bit_offset or 0) if is_field else 8 * int(member.offset or 0)
    hole = _between(end, offset, "hole")
    byte, bit = divmod(start + offset, 8)
    shown = f"{byte:6}:{bit:2}   " if is_field or bit else f"{byte:6}      "
    width = member.bit_size if member.bit_size is not None else 8 * size
    return f"{hole}/* {shown}|  {size:6} */", offset, offset + width


def _between(end: int, offset: int, what: str) -> str:
    """Return the lines of a hole between two places in bits; none before the first member."""
    if not 0 < end < offset:
        return ""
    byte, bit = divmod(offset - end, 8)
    lines = f"/* XXX {bit:2}-bit {what:7}    */\n" if bit else ""
    return lines + (f"/* XXX {byte:2}-byte {what:7}   */\n" if byte else "")
