"""Lines that are longer than a terminal: where they are ended, and that nothing of them is lost."""

from __future__ import annotations

import pytest

from trapline.cli.wrapping import FRAME, Styled, arguments, members, rows, text_of


def shown(parts: list[object], columns: int) -> list[str]:
    """Return the lines that parts make, without their styles."""
    return ["".join(text_of(part) for part in row) for row in rows(parts, columns)]  # type: ignore[arg-type]


def test_a_value_ends_a_line_between_members_and_goes_on_at_its_depth() -> None:
    text = '{first = 1, inner = {a = 10, b = "x, y"}, last = {20, 30}}'
    assert shown(["$1 = ", *members(text)], 26) == [
        "$1 = {first = 1, inner = {",
        '    a = 10, b = "x, y"},',
        "  last = {20, 30}}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{f = 0x1 <main(int, char**)+4>}",
        "std::map<std::string, int>",
        "std::vector of length 2, capacity 2 = {}",
        "core::option::Option<alloc::boxed::Box<str, alloc::alloc::Global>>::Some",
        "'\\'', ' '"[:4],
        '"a, b\\", c"',
    ],
)
def test_commas_of_types_symbols_and_strings_end_no_line(text: str) -> None:
    assert len(shown(["x = ", *members(text.strip("{}"))], 10)) == 1


def test_operators_and_arrows_are_no_brackets() -> None:
    text = "{f = ns::operator<, g = a->b, h = 1}"
    assert shown([*members(text)], 20) == ["{f = ns::operator<,", "  g = a->b, h = 1}"]


def test_what_fits_is_one_line_and_a_styled_piece_stays_whole() -> None:
    frame = [
        "#0  ",
        Styled("main", "33"),
        " (",
        *arguments("argc=1, argv=0x7ffe"),
        ") ",
        FRAME,
        "at ",
        "a.c:5",
    ]
    assert shown(frame, 80) == ["#0  main (argc=1, argv=0x7ffe) at a.c:5"]
    assert shown(frame, 32) == ["#0  main (argc=1, argv=0x7ffe)", "    at a.c:5"]
    assert shown(frame, 20) == ["#0  main (argc=1,", "    argv=0x7ffe)", "    at a.c:5"]


def test_what_fits_nowhere_is_left_to_the_terminal() -> None:
    frame = ["#0  ", "n" * 30, " (", *arguments("a=1"), ") ", FRAME, "at ", "a.c:5"]
    assert shown(frame, 20) == ["#0  " + "n" * 30 + " (a=1)", "    at a.c:5"]


def test_members_in_a_line_that_is_indented_are_behind_its_margin() -> None:
    assert shown([*members("    inner = {a = 1, b = 2}")], 20) == ["    inner = {a = 1,", "      b = 2}"]
    assert shown(["        ", *members("x = {a = 1, b = 2}", 8)], 20) == [
        "        x = {a = 1,",
        "          b = 2}",
    ]


def test_nothing_is_lost_whatever_the_width() -> None:
    text = "{a = {1, 2, {3, \"}, {\"}}, b = '\\000' <repeats 15 times>, c = <optimized out>}"
    for columns in range(1, 90):
        assert "".join(line.strip() for line in shown([*members(text)], columns)).replace(
            " ", ""
        ) == text.replace(" ", "")
