"""All that DWARF can be asked, and how much time and memory the answers may take, whatever the bytes are."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from itertools import islice
from typing import Any

from trapline.base.errors import BadData
from trapline.dwarf import constants as dw
from trapline.dwarf.cache import Cache
from trapline.dwarf.die import Die, qualified_name
from trapline.dwarf.file import Dwarf
from trapline.dwarf.names import Names
from trapline.dwarf.units import Unit

SECONDS = 20  # of a test on a busy machine; what it guards against would take minutes or for ever
MEMORY = 60 << 20
ENTRIES = 3000  # asked everything of each unit; the rest are walked


def ask(question: Callable[..., Any], *arguments: Any) -> None:
    """Ask one thing; BadData is an answer, any other exception is the test's failure."""
    try:
        question(*arguments)
    except BadData:
        pass


def ask_entry(unit: Unit, die: Die) -> None:
    for attribute, _ in die.attributes():
        ask(die.get, attribute)
        ask(die.ref, attribute)
        ask(die.locations, attribute)
    ask(die.ranges)
    ask(die.find, dw.DW_AT_name)
    ask(qualified_name, die)
    ask(unit.entry, die.offset + 1)
    ask(lambda: list(islice(die.children(), 5)))


def ask_entries(unit: Unit) -> int:
    """Ask the entries of a unit; return how many there were until something was broken."""
    count = 0
    try:
        for count, die in enumerate(unit.dies(), 1):
            if count <= ENTRIES:
                ask_entry(unit, die)
    except BadData:
        pass
    return count


def ask_everything(dwarf: Dwarf) -> int:
    """Ask a file all that its readers can be asked; return how many entries there were."""
    count = 0
    for unit in dict.fromkeys((*dwarf.units, *dwarf.type_units)):
        ask(unit.ranges)
        for name in ("body", "name", "language", "producer", "line_offset", "low_pc", "root"):
            ask(getattr, unit, name)
        count += ask_entries(unit)
    for address in (0, 0x1000, 0x401000, 2**64 - 1):
        dwarf.unit_for(address)
    names = Names(dwarf, cache=Cache(None))
    for name in ("main", "f", "function", "x"):
        for die in names.find(name)[:20]:
            names.instances([die])
    list(names.matching("."))
    names.near("mian")
    return count


def is_bounded(dwarf: Dwarf) -> None:
    begin = time.process_time()
    tracemalloc.start()
    try:
        ask_everything(dwarf)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - begin < SECONDS
    assert peak < MEMORY


def mutated(data: bytes, source: random.Random, places: list[tuple[int, int]]) -> bytes:
    """Return a file with a few bytes changed, each in one of some runs (start, end) of it."""
    out = bytearray(data)
    for _ in range(source.randint(1, 6)):
        at = source.randrange(*source.choice(places))
        what = source.random()
        if what < 0.7:
            out[at] = source.choice((0, 1, 0x7F, 0x80, 0xFF, source.randrange(256)))
        elif what < 0.85:
            out[at : at + 4] = source.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"))
        else:
            length = source.randint(1, 8)
            out[at : at + length] = out[at - length : at]
    return bytes(out)
