"""A thousand random walks of a client of the editors' server."""

from __future__ import annotations

import pytest
from tests.dap.test_walks import walks


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_thousand_walks(first: int) -> None:
    walks(first, 100)
