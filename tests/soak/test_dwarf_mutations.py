"""Debug information of compiled programs with bytes changed: BadData or an answer, in bounded time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.support.dwarfquestions import is_bounded, mutated
from tests.support.programs import build

from trapline.base.errors import BadData
from trapline.dwarf.file import Dwarf
from trapline.elf.image import Image

pytestmark = pytest.mark.soak

ROUNDS = 300


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("hits.c", ("-gdwarf-2",)),
        ("hits.c", ("-gdwarf-4", "-O2")),
        ("named.cpp", ("-gdwarf-5", "-O2")),
        ("named.cpp", ("-gdwarf-4", "-fdebug-types-section")),
        ("named.cpp", ("-gdwarf-5", "-gdwarf64")),
    ],
)
@pytest.mark.timeout(3600)
def test_mutated_programs(source: str, flags: tuple[str, ...]) -> None:
    program = build(source, *flags)
    data = Path(program).read_bytes()
    image = Image.from_bytes(data, program)
    places = [
        (section.offset, section.offset + section.size)
        for section in image.sections
        if section.name.startswith(".debug_") and section.size
    ]
    assert len(places) >= 4
    for seed in range(ROUNDS):
        try:
            dwarf = Dwarf(Image.from_bytes(mutated(data, random.Random(seed), places), f"seed {seed}"))
        except BadData:
            continue
        is_bounded(dwarf)
