"""How the DIEs of a unit are nested: going over a list of siblings, and past what is inside a DIE.

The functions work on a unit's bytes, with places counted from its first byte.  Like those of `encoding`
they raise IndexError, KeyError or struct.error where the tree is broken.

Source: DWARF 5 §2.3.
"""

from __future__ import annotations

from array import array

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.encoding import U32, uleb

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

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
        end = behind(raw, table, abbreviation, at)
        yield Node(start, abbreviation, at, end)
        at = end


def containers(raw: bytes, table: AbbreviationTable, at: int) -> tuple[array[int], array[int]]:
    """Return where the DIEs that have children start and end, from `at` to the end of their list."""
    starts, ends = array("Q"), array("Q")
    size = len(raw)
    while at < size:
        start = at
        code = raw[at]
        at += 1
        if code >= 0x80:
            code, at = uleb(raw, start)
        if not code:
            break
        abbreviation = table[code]
        if abbreviation.has_children:
            at = behind(raw, table, abbreviation, at)
            starts.append(start)
            ends.append(at)
        else:
            fixed = abbreviation.size
            at = at + fixed if fixed is not None else abbreviation.end(raw, at)
    return starts, ends


def having(
    raw: bytes, table: AbbreviationTable, at: int, codes: Container[int]
) -> Iterator[tuple[int, int, int]]:
    """Yield code, start and attributes' place of every DIE from `at` on that has one of some codes."""
    size = len(raw)
    sizes = {code: abbreviation.size for code, abbreviation in table.decode_all().items()}
    while at < size:
        start = at
        code = raw[at]
        at += 1
        if code >= 0x80:
            code, at = uleb(raw, start)
        if not code:
            continue
        if code in codes:
            yield code, start, at
        fixed = sizes[code]
        at = at + fixed if fixed is not None else table[code].end(raw, at)


def behind(raw: bytes, table: AbbreviationTable, abbreviation: Abbreviation, at: int) -> int:
    """Return where the DIE whose attributes are at `at` ends, with all that is inside it."""
    if not abbreviation.has_children:
        return abbreviation.end(raw, at)
    size = len(raw)
    place = abbreviation.sibling
    if place is not None:
        sibling = U32(raw, abbreviation.position(raw, at, place))[0]
        if at < sibling <= size:
            return int(sibling)
    depth, at = 1, abbreviation.end(raw, at)
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
            place = abbreviation.sibling
            if place is not None:
                sibling = U32(raw, abbreviation.position(raw, at, place))[0]
                if at < sibling <= size:
                    at = sibling
                    continue
            depth += 1
            if depth > DEPTH:
                raise IndexError(f"nested deeper than {DEPTH}")
        at = abbreviation.end(raw, at)
    return size
