"""The short names of the standard library's templates, beside what gdb 13 says of the same types."""

from __future__ import annotations

import pytest

from trapline.inspection.short_names import shortened

STRING = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
PAIR = f"std::pair<{STRING} const, int>"


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("int", "int"),
        ("std::vector<int, std::allocator<int> >", "std::vector<int>"),
        ("std::vector<int, std::allocator<int>>", "std::vector<int>"),
        ("const std::vector<int, std::allocator<int> > &", "const std::vector<int> &"),
        (STRING, "std::string"),
        (STRING.replace("char", "wchar_t").replace("wchar_t_", "char_"), "std::wstring"),
        (f"std::vector<{STRING}, std::allocator<{STRING} > >", "std::vector<std::string>"),
        (
            f"std::map<{STRING}, int, std::less<{STRING} >, std::allocator<{PAIR} > >",
            "std::map<std::string, int>",
        ),
        (
            "std::map<int, int, std::greater<int>, std::allocator<std::pair<int const, int> > >",
            "std::map<int, int, std::greater<int>, std::allocator<std::pair<int const, int> > >",
        ),
        ("std::__cxx11::list<int, std::allocator<int> >", "std::list<int>"),
        ("std::vector<int, pool<int> >", "std::vector<int, pool<int> >"),
        ("mine::vector<int, std::allocator<int> >", "mine::vector<int, std::allocator<int> >"),
        ("std::optional<std::vector<int, std::allocator<int> > >", "std::optional<std::vector<int> >"),
        (f"std::pair<std::vector<int, std::allocator<int> >, {STRING} >",
         "std::pair<std::vector<int>, std::string>"),
        ("std::function<int (std::vector<int, std::allocator<int> >)>",
         "std::function<int (std::vector<int>)>"),
        ("main()::<lambda(int)>", "main()::<lambda(int)>"),
        ("std::vector<int, std::allocator<int>", "std::vector<int, std::allocator<int>"),
        ("std::vector<>", "std::vector<>"),
    ],
)  # fmt: skip
def test_shortened(full: str, short: str) -> None:
    assert shortened(full) == short
