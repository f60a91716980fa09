"""Numbers and `$` words: from a token's text to what it says.

Source: C23 §6.4.4; The Rust Reference, Literals; GDB manual, Value History.
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection.language import lexer, tree

if TYPE_CHECKING:
    from trapline.inspection.language.tree import Node

_BASES = {"0x": 16, "0X": 16, "0b": 2, "0B": 2, "0o": 8}


def number(text: str) -> tree.Number:
    """Return a number's value, with its suffix in lower case.

    Raises:
        EvaluationError: digits that its base has not.
    """
    digits = text.replace("'", "").replace("_", "")
    base = _BASES.get(digits[:2], 10)
    if base == 16 and "p" in digits.lower():
        suffix = digits[-1].lower() if digits[-1] in "fFlL" else ""
        return tree.Number(float.fromhex(digits.rstrip("fFlL")), suffix, 16)
    body = digits[2:] if base != 10 else digits
    suffix_at = _suffix_start(body, base)
    body, suffix = body[:suffix_at], body[suffix_at:].lower()
    is_float = base == 10 and ("." in body or "e" in body.lower() or suffix in ("f32", "f64", "f"))
    if is_float:
        return tree.Number(float(body), suffix)
    if base == 10 and len(body) > 1 and body[0] == "0":
        base = 8
    try:
        return tree.Number(int(body, base), suffix, base)
    except ValueError:
        raise EvaluationError(f"{text} is no number") from None


def from_radix(text: str, radix: int) -> str:
    """Return an expression in which the numbers without `0x`, `0` or suffix, written to a radix, are decimal.

    Raises:
        EvaluationError: a number has digits that the radix has not.
    """
    pieces: list[str] = []
    at = 0
    for token in lexer.tokens(text)[:-1]:
        if token.kind == lexer.NUMBER and token.text.isdigit() and (token.text[0] != "0" or radix == 2):
            pieces += [text[at : token.start], str(_digits(token.text, radix))]
            at = token.end
    return "".join([*pieces, text[at:]])


def _digits(text: str, radix: int) -> int:
    try:
        return int(text, radix)
    except ValueError:
        raise EvaluationError(f"{text} is no number to radix {radix}, which `set input-radix` set") from None


def _suffix_start(body: str, base: int) -> int:
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789.eE+-"
    for at, letter in enumerate(body):
        if letter not in digits:
            return at
    return len(body)


def dollar(text: str) -> Node:
    """Return what `$`, `$1`, `$$`, `$$2` or `$name` says."""
    name = text[1:]
    if name.isdigit():
        return tree.History(int(name), False)
    if name == "":
        return tree.History(0, True)
    if name[0] == "$":
        return tree.History(int(name[1:]) if name[1:] else 1, True)
    return tree.Variable(name)
