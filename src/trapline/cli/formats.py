"""`/8xg`: a count, a letter and a size, as `print` and `x` take them."""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.cli.registry import CommandError

SIZES = {"b": 1, "h": 2, "w": 4, "g": 8}
LETTERS = "xduotcafszi"
RAW = "r"
"""The letter that leaves printers out: `print/r vector`."""
_MOST = 1_000_000


class Format(NamedTuple):
    """`units` (a count) is None and `letter` and `size` (bytes) are empty and 0 where the user gave none.

    `raw` is "r" where printers are left out.
    """

    units: int | None
    letter: str
    size: int
    raw: str

    @property
    def of_one(self) -> str:
        """How one value is shown: its letter, and RAW."""
        return self.letter + self.raw

    @classmethod
    def parse(cls, text: str) -> Format:
        """Return what stands behind the slash.

        Raises:
            CommandError: it is no format.
        """
        digits = text[: len(text) - len(text.lstrip("-0123456789"))]
        letter, size, raw = "", 0, ""
        for one in text[len(digits) :]:
            if one in SIZES:
                size = SIZES[one]
            elif one in LETTERS:
                letter = one
            elif one == RAW:
                raw = RAW
            else:
                raise CommandError(f"no format {one!r}: x d u o t c a f s i z, with sizes b h w g")
        if not digits:
            return cls(None, letter, size, raw)
        if not digits.isdigit():
            raise CommandError(f"{digits!r} is no count")
        if len(digits) > 7 or not 1 <= int(digits) <= _MOST:
            raise CommandError(f"a count of {digits} is out of range")
        return cls(int(digits), letter, size, raw)

    @classmethod
    def of_value(cls, command: str, text: str) -> str:
        """Return the letter of a format for one value, "" for the natural one; with RAW where that is there.

        Raises:
            CommandError: it is no format, or one of memory.
        """
        asked = cls.parse(text)
        if asked.units is not None or asked.size or asked.letter == "i":
            raise CommandError(f"{command} has no format /{text}; `x/{text} ADDRESS` shows memory")
        return asked.of_one
