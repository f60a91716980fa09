"""Lines up to a cursor that nobody writes."""

from __future__ import annotations

from typing import Any

from trapline.inspection import completing

LONG = "a" * 200_000
NOBODY: Any = None
"""Nothing of a program is asked where no member stands before the cursor."""


def test_a_long_line_is_soon_read() -> None:
    assert completing.members(NOBODY, None, f"{LONG}!.") == []
    assert completing.members(NOBODY, None, f"{LONG}!") is None
    assert completing.qualified_word(f"{LONG}!std::so") == "std::so"
    assert completing.qualified_word(f"p->{LONG}") == ""
