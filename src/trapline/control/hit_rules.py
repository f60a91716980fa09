"""Rules about the number of a hit: `>= 3`, `% 10`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from trapline.base.errors import UsageError
from trapline.base.fact import NamedTuple

_RULE = re.compile(r"\s*(==|!=|<=|>=|=|<|>|%)?\s*(\d{1,18})\s*", re.ASCII)
_TESTS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "%": lambda count, number: count % number == 0,
}


class HitRule(NamedTuple):
    """Which hits of a breakpoint count: the text as the user wrote it, what it compares, and with what."""

    text: str
    sign: str
    number: int

    @classmethod
    def parse(cls, text: object) -> HitRule:
        """Return the rule that a text means; a number alone means that very hit.

        Raises:
            UsageError: it is no rule.
        """
        found = _RULE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise UsageError(
                f"{text!r} is no rule about hits: write `== 5`, `!= 5`, `>= 3`, `< 3` or `% 10`, "
                "the count being that of the hit"
            )
        rule = cls(found.group().strip(), found[1] or "==", int(found[2]))
        if rule.sign == "%" and not rule.number:
            raise UsageError(f"{text!r}: every 0th hit is none; write `% 1` for each")
        return rule

    def holds(self, count: int) -> bool:
        """Whether the hit of that number, counted from 1, is one of those."""
        return _TESTS[self.sign](count, self.number)
