"""What every test of the editor's face gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.dap.client import Client, clients
from tests.dap.places import EDITOR, at, path
from tests.support import programs


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Make a client with an adapter of its own; `features` are what the client can do."""
    yield from clients()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    """A client with an adapter of its own."""
    return connect()


@pytest.fixture
def stopped(client: Client) -> Client:
    """A client whose program is before its first output, all locals being set."""
    client.launch(programs.build(EDITOR), {path(EDITOR): [at("begin")]})
    client.stopped("breakpoint")
    return client
