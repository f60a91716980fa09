"""Every command with sixty sorts of nonsense in four states of the program: one clear line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from tests.cli import mistakes

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

_NONSENSE = (
    "-1", "--", "-nosuch", "*", "*0", "*-1", "&main", "1/0", "all", "nosuch.c:1", ":", "::", ",", ",,",
    ";", "%s%n", "[x", "{", "}", "{}", "#", "=", "x=", "if", "if if", "thread 1", "thread 99", "{int}0",
    "main@99999", "$_siginfo", "$rip", "$", "$$99", "/x", "/", "0", "1.5", "1-0", "2-", "1..2", "1.",
    ".1", "1.99", "\u00e9", "\U0001f41b", "../../etc/passwd", "nosuch nosuch nosuch", "?",
    "on", "( )", "*main", "main()", "sizeof", "(char)", "-c -s -q", "level", "-function", "-t",
    "(int", "1 2", "0x7fffffffffffffffffff", "'\\", '"%d',
)  # fmt: skip
# No `!`: that is the shell, whose words are its own.
_AT_ONCE = 10
"""Sorts of nonsense in one session."""


@pytest.mark.parametrize("state", mistakes.STATES, ids=lambda state: state.__name__)
def test_every_command_with_every_nonsense(state: Callable[[Sequence[str]], str]) -> None:
    # `quit 0` is well written; `commands 1` and `python` alone take the lines behind them.
    for first in range(0, len(_NONSENSE), _AT_ONCE):
        nonsense = _NONSENSE[first : first + _AT_ONCE]
        assert not state(mistakes.lines(nonsense, alone=False, without=("quit", "commands", "python")))
