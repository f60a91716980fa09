"""Source lines in colours, by Pygments (ADR 0007); imported when the first is shown on a terminal."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence

from pygments import highlight
from pygments.formatters import TerminalFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

from trapline.base.typing import Any

_BEFORE = 300
"""Lines before those wanted that are read along, so that a comment is known to be open."""
_LONGEST = 4000
"""Characters of a line that are looked at; what is behind them stays plain."""


def coloured(path: str, lines: Sequence[str]) -> list[str]:
    """Return lines of one file with colours in them.

    Args:
        path: whose suffix tells the language.
        lines: without anything that a terminal might obey, the last ones of them wanted.
    """
    text = "\n".join(line[:_LONGEST] for line in lines)
    shown = highlight(text, _lexer(os.path.splitext(path)[1]), TerminalFormatter()).split("\n")
    if len(shown) < len(lines):
        return list(lines)
    return [new + line[_LONGEST:] for new, line in zip(shown, lines, strict=False)]


def window(first: int) -> int:
    """Return the line, counted from 1, from which text is read to colour what begins at line `first`."""
    return max(first - _BEFORE, 1)


@functools.cache
def _lexer(suffix: str) -> Any:
    try:
        # A header may be either's; C++ reads both.
        return get_lexer_for_filename(
            "x.cpp" if suffix == ".h" else f"x{suffix}", stripnl=False, ensurenl=False
        )
    except ClassNotFound:
        return TextLexer(stripnl=False, ensurenl=False)
