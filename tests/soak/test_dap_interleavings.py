"""Every two requests of a client that change whether the program runs, and some threes, sent at once."""

from __future__ import annotations

import itertools
import random

import pytest
from tests.dap.interleaving import ACTIONS, STATES
from tests.dap.test_interleavings import try_all

_THREES = 60
"""Of the 675 threes that begin with an action; all of all take an hour."""


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", ACTIONS)
def test_every_two(first: str) -> None:
    try_all((state, (first, second)) for second in ACTIONS for state in STATES)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", ACTIONS)
def test_some_threes(first: str) -> None:
    every = [(state, (first, *rest)) for rest in itertools.product(ACTIONS, repeat=2) for state in STATES]
    try_all(random.Random(first).sample(every, _THREES))
