"""Requests that are sent at once: each is answered once, and the client knows how the program is."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import pytest
from tests.dap.client import SocketClient, listening
from tests.dap.interleaving import ACTIONS, STATES, try_out

SEED = 5
COUNT = 8  # of each number of requests; the soak tries all
ONCE_LOST = list(
    itertools.product(
        ("running", "stopped"),
        itertools.product(("pause", "setBreakpoints", "restart", "next"), ("terminate", "restart")),
    )
)


def try_all(wanted: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    """Try interleavings out, with one server."""
    with listening() as port:
        for state, actions in wanted:
            client = SocketClient(port)
            try:
                try_out(client, state, actions)
            finally:
                client.abandon()


@pytest.mark.timeout(300)  # it is many sessions, one behind the other
def test_interleavings() -> None:
    pick = random.Random(SEED)
    lots = [list(itertools.product(STATES, itertools.product(ACTIONS, repeat=size))) for size in (2, 3)]
    try_all([*ONCE_LOST, *(one for lot in lots for one in pick.sample(lot, COUNT))])
