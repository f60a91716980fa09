"""What every test of the editor's face gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.dap.client import Client, clients


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Make a client with an adapter of its own; `features` are what the client can do."""
    yield from clients()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    """A client with an adapter of its own."""
    return connect()
