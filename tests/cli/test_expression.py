"""Arithmetic as C does it on 64-bit integers, and what reaches a terminal."""

from __future__ import annotations

import io

import pytest

from trapline.cli.registry import CommandError
from trapline.cli.render import Renderer, Styled, c_string, visible
from trapline.cli.session import Session


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 % -2", 1),
        ("1 << 4 | 3 ^ 1 & 1", 18),
        ("~0", -1),
        ("10 - 3 - 2", 5),
        ("- - 5", 5),
        ("0x10 + 010 + 0b11", 27),
        ("'a' + 1", 98),
        ("'\\n'", 10),
        ("0x7fffffffffffffff + 1", -(1 << 63)),
        ("(char) 300", 44),
        ("(unsigned char) -1", 255),
        ("1 << 70", 0),
        ("-8 >> 1", -4),
    ],
)
def test_values(text: str, number: int) -> None:
    assert Session().evaluate(text).number == number


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "1)", "1 2", "*", "{int", "{nosuch}1", "1/0", "1%0", "1 << -1", "08", "0x", "&1", "$9"],
)
def test_mistakes(text: str) -> None:
    with pytest.raises(CommandError):
        Session().evaluate(text)


def test_deep_nesting_is_refused() -> None:
    """A line of ten thousand parentheses is an error of the line, not the end of the session."""
    for text in ("(" * 10_000 + "1" + ")" * 10_000, "-" * 10_000 + "1"):
        with pytest.raises(CommandError, match="nested too deeply"):
            Session().evaluate(text)


def test_history() -> None:
    session = Session()
    for text in ("5", "$ + 1", "$$ * $2"):
        session.remember(session.evaluate(text))
    assert [value.number for value in session.history] == [5, 6, 30]
    assert session.evaluate("$$2").number == 5


def test_what_a_terminal_might_obey_is_shown() -> None:
    assert visible("a\x1b[31m\x9b\u202e\n\udcff") == "a\\x1b[31m\\x9b\\u202e\\n\\xff"
    assert visible("größe\tλ") == "größe\tλ"
    assert c_string(b'a"\\\n\x1b\xff') == '"a\\"\\\\\\n\\033\\377"'


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(stream: io.StringIO) -> str:
        Renderer(stream, stream).line("in ", Styled("f\x1b", "33"))
        return stream.getvalue()

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert drawn(_Terminal()) == "in \x1b[33mf\\x1b\x1b[0m\n"
    assert drawn(io.StringIO()) == "in f\\x1b\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert drawn(_Terminal()) == "in f\\x1b\n"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert drawn(_Terminal()) == "in f\\x1b\n"
