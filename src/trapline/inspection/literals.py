"""Characters and strings as gdb writes them: quoted, escaped, runs counted, cut after so many characters."""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

_RUN = lazy(rb"(?s)(.)\1*")
_UNESCAPED = lazy(rb"[ !#-\[\]-~]+")
_longer: dict[int, re.Pattern[bytes]] = {}
"""By a number, what finds a run of more characters; few numbers are ever set."""
_SIMPLE = {7: r"\a", 8: r"\b", 9: r"\t", 10: r"\n", 11: r"\v", 12: r"\f", 13: r"\r"}


class Run(NamedTuple):
    """One character, or one unit that is none, `repeated` times; `raw` is its bytes.

    `character` is None for what decodes to nothing; `is_cut` says that the bytes end inside a character.
    """

    character: str | None
    raw: bytes
    repeated: int
    is_cut: bool = False


def runs(data: bytes, width: int, encoding: str = "utf-8") -> Iterator[Run]:
    """Give the characters of a string, equal neighbours together.

    Args:
        data: the bytes.
        width: bytes of a character's unit: 1 (UTF-8), 2 (UTF-16) or 4 (UTF-32).
        encoding: "utf-8", or "ascii", where other bytes are no characters.
    """
    at = 0
    while at < len(data):
        if width == 1 and (data[at] < 0x80 or encoding == "ascii"):
            match = _RUN.match(data, at)
            assert match is not None
            letter = chr(data[at]) if data[at] < 0x80 else None
            yield Run(letter, data[at : at + 1], match.end() - at)
            at = match.end()
            continue
        first = _decode(data, at, width)
        size, count = len(first.raw), 1
        while (
            data.startswith(first.raw, at + count * size) and _decode(data, at + count * size, width) == first
        ):
            count += 1
        yield first._replace(repeated=count)
        at += count * size


def _decode(data: bytes, at: int, width: int) -> Run:
    """Return the one character at an offset."""
    if width == 1:
        lead = data[at]
        size = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 1
        raw = data[at : at + size]
        try:
            return Run(raw.decode(), raw, 1)
        except UnicodeDecodeError as error:
            is_cut = at + size > len(data) and error.reason == "unexpected end of data"
            return Run(None, raw if is_cut else raw[:1], 1, is_cut)
    raw = data[at : at + width]
    if len(raw) < width:
        return Run(None, raw, 1, True)
    code = int.from_bytes(raw, "little")
    if width == 2 and 0xD800 <= code < 0xDC00:
        pair = data[at : at + 4]
        try:
            return Run(pair.decode("utf-16-le"), pair, 1)
        except UnicodeDecodeError:
            return Run(None, raw, 1)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return Run(None, raw, 1)
    return Run(chr(code), raw, 1)


def is_printable(character: str) -> bool:
    """Whether a character shows on a screen; spaces of all widths do."""
    return character.isprintable() or (character.isspace() and ord(character) > 0x9F)


class _Escaper:
    """Writes characters between quotes; a hexadecimal escape makes a digit behind it escaped too."""

    __slots__ = ("_after_hex", "quote", "width")

    def __init__(self, quote: str, width: int) -> None:
        self.quote = quote
        self.width = width
        self._after_hex = False

    def write(self, character: str | None, raw: bytes) -> str:
        """Return the text of one character, or of bytes that are none."""
        after_hex, self._after_hex = self._after_hex, False
        if character is not None:
            code = ord(character)
            if code in _SIMPLE:
                return _SIMPLE[code]
            if is_printable(character) and not (after_hex and character in "0123456789abcdefABCDEF"):
                return "\\" + character if character in (self.quote, "\\") else character
        return self._escape(raw)

    def _escape(self, raw: bytes) -> str:
        pieces, whole = [], len(raw) // self.width * self.width
        for at in range(0, whole, self.width):
            value = int.from_bytes(raw[at : at + self.width], "little")
            self._after_hex = value > 0o777
            pieces.append(f"\\x{value:x}" if self._after_hex else f"\\{value:03o}")
        for byte in raw[whole:]:
            self._after_hex = False
            pieces.append(f"\\{byte:03o}")
        return "".join(pieces)


def character(code: int, width: int, prefix: str = "") -> str:
    r"""Return one character in single quotes: `'a'`, `L'\n'`, `'\000'`."""
    raw = (code & ((1 << width * 8) - 1)).to_bytes(width, "little")
    run = _decode(raw, 0, width)
    return f"{prefix}'{_Escaper(chr(39), width).write(run.character, run.raw)}'"


def string(
    data: bytes,
    *,
    width: int = 1,
    prefix: str = "",
    encoding: str = "utf-8",
    elements: int = 200,
    repeats: int = 10,
    is_cut: bool = False,
    terminated: bool = True,
) -> str:
    """Return a string in double quotes: `"abc"`, `"a", 'b' <repeats 20 times>, "c"...`.

    Args:
        data: its bytes.
        width: bytes of a unit.
        prefix: `L`, `u`, `U` or nothing.
        encoding: "utf-8" or "ascii", for units of one byte.
        elements: characters after which the rest is left out.
        repeats: a longer run of one character is counted.
        is_cut: whether the string goes on behind `data`.
        terminated: whether a NUL at the end is the terminator, and left out.
    """
    if terminated and not is_cut and len(data) >= width and not any(data[-width:]):
        data = data[:-width]
    if not data:
        return f'{prefix}""' + ("..." if is_cut and not terminated else "")
    if width == 1 and len(data) <= elements and _is_simple(data, repeats):
        return f'{prefix}"{data.decode()}"{"..." if is_cut else ""}'
    shown, total, is_whole = [], 0, True
    for run in runs(data, width, encoding):
        if total >= elements:
            is_whole = False
            break
        shown.append(run)
        total += run.repeated
    text = _join(shown, width, repeats)
    return f"{prefix}{text}{'...' if is_cut or not is_whole else ''}"


def _is_simple(data: bytes, repeats: int) -> bool:
    """Whether nothing is escaped or counted, as in most strings."""
    if _UNESCAPED.fullmatch(data) is None:
        return False
    if len(data) <= repeats:
        return True
    if repeats not in _longer:
        _longer[repeats] = lazy(rb"(?s)(.)\1{%d}" % max(repeats, 0))
    return _longer[repeats].search(data) is None


def _join(shown: list[Run], width: int, repeats: int) -> str:
    pieces, is_open, escaper = [], False, _Escaper('"', width)
    for run in shown:
        if run.is_cut:
            pieces.append('"' if is_open else "")
            pieces.append(", " if len(pieces) > 1 else "")
            pieces.append(f"<incomplete sequence {escaper.write(None, run.raw)}>")
            return "".join(pieces)
        if run.repeated > repeats:
            pieces.append('", ' if is_open else ", " if pieces else "")
            pieces.append(f"'{escaper.write(run.character, run.raw)}' <repeats {run.repeated} times>")
            is_open = False
            continue
        if not is_open:
            pieces.append(', "' if pieces else '"')
            is_open = True
        pieces += [escaper.write(run.character, run.raw) for _ in range(run.repeated)]
    return "".join(pieces) + ('"' if is_open else "")
