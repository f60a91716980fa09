"""Expressions at the prompt, with a program or without, and what reaches a terminal."""

from __future__ import annotations

import io

import pytest

from trapline.base.errors import DebuggerError
from trapline.cli.render import Renderer, Styled, visible
from trapline.cli.session import Session


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 + 2 * 3", "7"),
        ("-7 / 2", "-3"),
        ("0x10 + 010 + 0b11", "27"),
        ("'a' + 1", "98"),
        ("(char) 300", "44 ','"),
        ("1.5 * 2", "3"),
        ("sizeof(long)", "8"),
        ("$unset", "void"),
    ],
)
def test_values_without_a_program(text: str, shown: str) -> None:
    assert str(Session().evaluate(text)) == shown


@pytest.mark.parametrize("text", ["", "1 +", "(1", "1 2", "*", "1/0", "08", "$9", "main", "*4", "$rax = 1 ="])
def test_mistakes_without_a_program(text: str) -> None:
    with pytest.raises(DebuggerError) as caught:
        str(Session().evaluate(text).contents())
    assert "\n" not in str(caught.value)


def test_history() -> None:
    session = Session()
    for text in ("5", "$ + 1", "$$ * $2"):
        session.remember(session.evaluate(text))
    assert [int(value) for value in session.alone.results] == [5, 6, 30]
    assert int(session.evaluate("$$2")) == 5
    assert int(session.evaluate("$mine = 7")) == 7
    assert int(session.evaluate("$mine + 1")) == 8


def test_what_a_terminal_might_obey_is_shown() -> None:
    assert visible("a\x1b[31m\x9b\u202e\n\udcff") == "a\\x1b[31m\\x9b\\u202e\\n\\xff"
    assert visible("größe\tλ") == "größe\tλ"


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
