"""How names and types of C++ are spelled: gdb's one way of the several that compilers and people have.

`long unsigned int` is `unsigned long`, `> >` closes two lists of template arguments.
"""

from __future__ import annotations

import functools

from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

_WORD = r"(?:unsigned|signed|short|long|int|char)"
_INTEGER = lazy(rf"\b(?:{_WORD} )*{_WORD}\b(?! (?:double|__int128))(?<!__int128 unsigned)")
_WORDS = ("<", "signed", "short", "long")
_SUSPECT = lazy(r"\b(?:unsigned|signed|short|long)\b|<")
_LITERAL = lazy(r"\b([0-9]+)(U?L{0,2})\b")
_CHARACTER = lazy(r"(?<!\))'(?:[^'\\]|\\.[0-7]{0,2})'")
_ADDRESS = lazy(r"\(& ([\w:]+)\)")
_BEFORE = lazy(r"(?s)(?P<words>(?:(?:const|volatile) )+)(?P<type>[\w: $]+(?:<.*>[\w:]*)?)(?P<rest>.*)")
_BLANKS, _BLANKS_BEFORE, _NAME_BEGINS = lazy(r"\s+"), lazy(r" +([*&])"), lazy(r"[\w:]")
_OPERATOR = lazy(
    r" (?:new|delete)(?:\[\])?|->\*?|<=>|<<=?|>>=?|&&|\|\||\+\+|--|\(\)|\[\]|[-+*/%^&|!=<>]=?|[,~]"
)
OPENING, CLOSING = "<([{", ">)]}"
_LONGEST = 10_000  # letters that are compared; only a broken file has more
_DEEPEST = 40  # template arguments in template arguments
ANONYMOUS = "(anonymous namespace)"


def _integer(match: re.Match[str]) -> str:
    words = match[0].split()
    unsigned = "unsigned " if "unsigned" in words else ""
    if "char" in words:
        return f"{unsigned or ('signed ' if 'signed' in words else '')}char"
    if "short" in words:
        return f"{unsigned}short"
    longs = words.count("long")
    return unsigned + (" ".join(["long"] * longs) if longs else "int")


@functools.lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """Return a C++ name as gdb writes it: `unsigned long`, `vector<vector<char const*> >`."""
    if not any(word in name for word in _WORDS) or not _SUSPECT.search(name) or len(name) > _LONGEST:
        return name
    name = _INTEGER.sub(_integer, name)
    return _with_arguments(name, 0) if "<" in name else name


def _with_arguments(text: str, depth: int) -> str:
    """Return a text with every list of template arguments in gdb's spelling."""
    if depth > _DEEPEST:
        return text
    out: list[str] = []
    start = inside = 0
    for at, letter, is_symbol in letters(text):
        if is_symbol:
            continue
        if letter == "<":
            if not inside:
                out.append(text[start : at + 1])
                start = at + 1
            inside += 1
        elif letter == ">" and inside:
            inside -= 1
            if not inside:
                arguments = ", ".join(_argument(one, depth) for one in divided(text[start:at], ","))
                out.append(arguments + (" " if arguments.endswith(">") else ""))
                start = at
    return "".join(out) + text[start:]


def divided(text: str, mark: str) -> list[str]:
    """Return the parts of a text that a mark outside of brackets divides."""
    parts: list[str] = []
    start = depth = 0
    first = mark[0]
    for at, letter, is_symbol in letters(text):
        if is_symbol:
            continue
        if letter in OPENING:
            depth += 1
        elif letter in CLOSING:
            depth = max(depth - 1, 0)
        elif letter == first and depth == 0 and at >= start and text.startswith(mark, at):
            parts.append(text[start:at])
            start = at + len(mark)
    parts.append(text[start:])
    return parts


def _argument(text: str, depth: int) -> str:
    """Return one template argument or parameter type: `char const*` of `const char *`."""
    text = _with_arguments(text.strip(), depth + 1)
    text = _LITERAL.sub(lambda match: match[1] + match[2].lower(), text)
    text = _ADDRESS.sub(r"&\1", _CHARACTER.sub(r"(char)\g<0>", text))
    match = _BEFORE.fullmatch(text)
    if match:
        text = f"{match['type'].rstrip()} {match['words'].strip()}{match['rest']}"
    return _BLANKS_BEFORE.sub(r"\1", text)


def letters(name: str) -> list[tuple[int, str, bool]]:
    """Return (position, letter, whether it belongs to an operator's own name or an arrow)."""
    out = []
    at, end = 0, len(name)
    while at < end:
        if name.startswith("operator", at) and (at == 0 or not _is_word(name[at - 1])):
            stop = _operator_end(name, at)
            out += [(k, name[k], True) for k in range(at, stop)]
            at = stop
        elif name.startswith("->", at):
            out += [(at, "-", True), (at + 1, ">", True)]
            at += 2
        else:
            out.append((at, name[at], False))
            at += 1
    return out


def _is_word(letter: str) -> bool:
    return letter.isalnum() or (letter != "" and letter in "_$")


def _operator_end(name: str, at: int) -> int:
    """Return where the own name of the operator function that is named at `at` ends."""
    at += len("operator")
    if (
        name[at : at + 1] == " "
        and _is_word(name[at + 1 : at + 2])
        and not name.startswith((" new", " delete"), at)
    ):
        end = name.find("(", at)  # a conversion: its type is its name
        return len(name) if end < 0 else end
    match = _OPERATOR.match(name, at)
    if match is None:
        return at  # `operators` is an ordinary name
    if match[0] in ("<<", "<=") and _NAME_BEGINS.match(name, match.end()) and name.endswith(">"):
        return at + 1  # `operator<<int>` is operator< with an argument
    return match.end()


def parameter(text: str) -> str:
    """Return a parameter's type in gdb's spelling: `char const*`."""
    return _argument(_INTEGER.sub(_integer, text[:_LONGEST]), 0)


@functools.lru_cache(maxsize=4096)
def comparable(text: str) -> str:
    """Return a type or a parameter list in the one form that two spellings of it share."""
    text = _INTEGER.sub(_integer, _BLANKS.sub(" ", text[:_LONGEST].strip()))
    text = ",".join(_argument(one, 0) for one in divided(text, ",")).replace(" ", "")
    return "" if text == "void" else text
