"""Runs of code as lists of DWARF give them."""

from __future__ import annotations

from trapline.base.address import ADDRESS_MASK, FileAddress
from trapline.base.fact import NamedTuple

LAST_ADDRESS = FileAddress(ADDRESS_MASK - 2)
"""The last file address that code can be at: linkers give code that they drop one of the two above."""
END_OF_SPACE = FileAddress(ADDRESS_MASK)


class Range(NamedTuple):
    """A run of code: `start` inclusive, `end` exclusive, both file addresses."""

    start: FileAddress
    end: FileAddress


class LocationRange(NamedTuple):
    """Where something is while the pc is in a run of code: `start` inclusive, `end` exclusive."""

    start: FileAddress
    end: FileAddress
    expression: bytes
