"""How the DIEs of a unit are nested: going over a list of siblings, and past what is inside a DIE.

The functions work on a unit's bytes, with places counted from its first byte.  Like those of `encoding`
they raise IndexError, KeyError or struct.error where the tree is broken.

Source: DWARF 5 §2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trapline.dwarf.encoding import uleb
from trapline.dwarf.forms import UNIT_REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trapline.dwarf.abbreviations import Abbreviation, AbbreviationTable

DEPTH = 1000  # DIEs one inside the other; compilers nest some dozens


class Node(NamedTuple):
    """One DIE in the bytes: where it starts, where its attributes are, where it ends with all inside it."""

    start: int
    abbreviation: Abbreviation
    at: int
    end: int


def siblings(raw: bytes, table: AbbreviationTable, at: int) -> Iterator[Node]:
    """Yield the DIEs from `at` to the end of their list."""
    size = len(raw)
    while at < size:
        start = at
        code = raw[at]
        at += 1
        if code >= 0x80:
            code, at = uleb(raw, start)
        if not code:
            return
        abbreviation = table[code]
        end = _behind(raw, table, abbreviation, at)
        yield Node(start, abbreviation, at, end)
        at = end


def _behind(raw: bytes, table: AbbreviationTable, abbreviation: Abbreviation, at: int) -> int:
    """Return where the DIE whose attributes are at `at` ends, with all that is inside it."""
    end = abbreviation.end(raw, at)
    if not abbreviation.has_children:
        return end
    sibling = _sibling(raw, abbreviation, at)
    size = len(raw)
    if end <= sibling <= size:
        return sibling
    depth, at = 1, end
    while at < size:
        start = at
        code = raw[at]
        at += 1
        if code >= 0x80:
            code, at = uleb(raw, start)
        if not code:
            depth -= 1
            if not depth:
                return at
            continue
        abbreviation = table[code]
        if abbreviation.has_children:
            sibling = _sibling(raw, abbreviation, at)
            if at < sibling <= size:
                at = sibling
                continue
            depth += 1
            if depth > DEPTH:
                raise IndexError(f"nested deeper than {DEPTH}")
        at = abbreviation.end(raw, at)
    return size


def _sibling(raw: bytes, abbreviation: Abbreviation, at: int) -> int:
    """Return where DW_AT_sibling says that the next DIE is, -1 where nothing says it."""
    place = abbreviation.sibling
    if place is None or place.form not in UNIT_REFERENCES or place.reader is None:
        return -1
    value = place.reader(raw, abbreviation.position(raw, at, place))
    return value if isinstance(value, int) else -1
