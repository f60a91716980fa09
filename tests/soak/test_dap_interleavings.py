"""Every two and three requests of a client that change whether the program runs, sent at once."""

from __future__ import annotations

import itertools

import pytest
from tests.dap.interleaving import ACTIONS, STATES
from tests.dap.test_interleavings import try_all


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", ACTIONS)
@pytest.mark.parametrize("size", [2, 3])
def test_every_interleaving(size: int, first: str) -> None:
    rest = itertools.product(ACTIONS, repeat=size - 1)
    try_all((state, (first, *one)) for one in rest for state in STATES)
