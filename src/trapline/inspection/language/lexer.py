"""From text to tokens: the words of C, C++ and Rust, and gdb's `$name` and `'file.c'`.

Source: C23 §6.4, C++20 [lex], The Rust Reference, Tokens; GDB manual, Expressions.
"""

from __future__ import annotations

import re

from trapline.base.errors import EvaluationError
from trapline.base.fact import NamedTuple

_MOST = 20_000
"""Characters in an expression; a longer one is a mistake, and would only be slow to refuse."""

NUMBER, CHARACTER, STRING, RAW_STRING, NAME, DOLLAR, QUOTED, OPERATOR, END = (
    "number",
    "character",
    "string",
    "rawstring",
    "name",
    "dollar",
    "quoted",
    "operator",
    "end",
)


class Token(NamedTuple):
    """One word: `start` and `end` are offsets in the text, the end exclusive."""

    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>(?:u8|[LuUbc])?"(?:[^"\\]|\\.)*")
  | (?P<rawstring>b?r(?P<hashes>\#*)"(?:.*?)"(?P=hashes))
  | (?P<character>(?:u8|[LuUb])?'(?:[^'\\]|\\(?:
        x[0-9a-fA-F]+ | u\{[0-9a-fA-F_]+\} | u[0-9a-fA-F]{4} | U[0-9a-fA-F]{8} | [0-7]{1,3} | .
      ))')
  | (?P<quoted>'[^']*')
  | (?P<number>
        0[xX][0-9a-fA-F']*\.?[0-9a-fA-F]*[pP][+-]?[0-9]+[fFlL]?
      | 0[xX][0-9a-fA-F'_]+(?:[uUlLzZ]+|[iu](?:8|16|32|64|128|size))?
      | 0[bB][01'_]+(?:[uUlLzZ]+|[iu](?:8|16|32|64|128|size))?
      | 0o[0-7_]+(?:[iu](?:8|16|32|64|128|size))?
      | (?:[0-9][0-9'_]*)?\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?(?:f32|f64|[fFlL])?
      | [0-9][0-9'_]*\.(?![.\w])
      | [0-9][0-9'_]*[eE][+-]?[0-9]+(?:f32|f64|[fFlL])?
      | [0-9][0-9'_]*(?:f32|f64|[uUlLzZ]+|[iu](?:8|16|32|64|128|size))?
    )(?![\w$])
  | (?P<dollar>\$(?:\$?[0-9]+|\$|[A-Za-z_][\w$]*)?)
  | (?P<name>[^\W\d][\w$]*)
  | (?P<operator>
        <<= | >>= | \.\.\. | \.\.= | ->\* | <=>
      | :: | -> | \+\+ | -- | << | >> | <= | >= | == | != | && | \|\| | \.\* | \.\.
      | \+= | -= | \*= | /= | %= | &= | \|= | \^=
      | [-+*/%&|^~!<>=?:.,()\[\]{}@;\#]
    )
  )""",
    re.VERBOSE | re.DOTALL,
)

_ESCAPES = {
    "n": 10,
    "t": 9,
    "r": 13,
    "a": 7,
    "b": 8,
    "f": 12,
    "v": 11,
    "e": 27,
    "\\": 92,
    "'": 39,
    '"': 34,
    "?": 63,
}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]+)|u\{([0-9a-fA-F_]+)\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))",
    re.DOTALL,
)


def tokens(text: str) -> list[Token]:
    """Return the words of an expression, an END behind the last.

    Raises:
        EvaluationError: a character that begins nothing, an open quote, or far too long a text.
    """
    if len(text) > _MOST:
        raise EvaluationError(f"an expression of {len(text)} characters; {_MOST} is the most")
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].strip()
            if not rest:
                break
            raise EvaluationError(_unreadable(rest))
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind), match.end()))
        at = match.end()
    found.append(Token(END, "", len(text), len(text)))
    return found


def _unreadable(rest: str) -> str:
    if rest[0] == '"':
        return f"a string is not closed: {rest[:20]}"
    if rest[0] == "'":
        return f"a quote is not closed: {rest[:20]}"
    if rest[0].isdigit():
        word = re.match(r"[\w.']+", rest)
        return f"{word[0] if word else rest[0]} is no number"
    return f"{rest[0]!r} begins nothing in an expression"


def split_literal(text: str) -> tuple[str, str]:
    """Return prefix and content of a quoted literal, escapes as written: `L"a"` gives ("L", "a")."""
    quote = min(position for position in (text.find('"'), text.find("'")) if position >= 0)
    return text[:quote], text[quote + 1 : -1]


def unescape(content: str) -> bytes:
    """Return the bytes that a literal's content means, in UTF-8; numeric escapes give single bytes."""
    pieces: list[bytes] = []
    at = 0
    for match in _ESCAPE.finditer(content):
        pieces.append(content[at : match.start()].encode("utf-8", "surrogateescape"))
        at = match.end()
        code = _code(match)
        if match[1] is not None or match[5] is not None:
            pieces.append(bytes([code & 0xFF]))
        else:
            pieces.append(_utf8(code))
    pieces.append(content[at:].encode("utf-8", "surrogateescape"))
    return b"".join(pieces)


def character_code(content: str) -> int:
    """Return the code of a character literal's content."""
    match = _ESCAPE.fullmatch(content)
    if match is None:
        return ord(content)
    code = _code(match)
    if match[2] is not None:
        _utf8(code)
    return code


def _code(match: re.Match[str]) -> int:
    if match[1] is not None:
        return int(match[1], 16)
    for group in (2, 3, 4):
        if match[group] is not None:
            return int(match[group].replace("_", "") or "0", 16)
    if match[5] is not None:
        return int(match[5], 8)
    return _ESCAPES.get(match[6], ord(match[6]))


def _utf8(code: int) -> bytes:
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise EvaluationError(f"{code:#x} is no character")
    return chr(code).encode()
