from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from trapline.base.errors import LocationError
from trapline.symbols.locspec import AddressSpec, LineSpec, PatternSpec, SymbolSpec, parse
from trapline.symbols.module import Symbol

MAX = (1 << 64) - 1


class Indexed:
    def __index__(self) -> int:
        return 0x1234


@pytest.mark.parametrize(
    ("location", "spec"),
    [
        ("main", SymbolSpec("main")),
        (" main ", SymbolSpec("main")),
        ("main+4", SymbolSpec("main", 4, None, True)),
        ("main+0x10", SymbolSpec("main", 16, None, True)),
        ("main + 4", SymbolSpec("main", 4, None, True)),
        ("main-4", SymbolSpec("main", -4, None, True)),
        ("*main", SymbolSpec("main", 0, None, True)),
        ("*main+4", SymbolSpec("main", 4, None, True)),
        ("_start", SymbolSpec("_start")),
        ("memcpy@GLIBC_2.2.5", SymbolSpec("memcpy@GLIBC_2.2.5")),
        ("größe", SymbolSpec("größe")),
        ("ns::Class::method", SymbolSpec("ns::Class::method")),
        ("ns::Class::~Class", SymbolSpec("ns::Class::~Class")),
        ("ns::Class::method+8", SymbolSpec("ns::Class::method", 8, None, True)),
        ("f(int, char const*)", SymbolSpec("f(int, char const*)")),
        ("f(int)+4", SymbolSpec("f(int)", 4, None, True)),
        ("(anonymous namespace)::f", SymbolSpec("(anonymous namespace)::f")),
        ("std::vector<int, A<-1>>::push_back", SymbolSpec("std::vector<int, A<-1>>::push_back")),
        ("g<3+4>", SymbolSpec("g<3+4>")),
        ("operator+", SymbolSpec("operator+")),
        ("operator++", SymbolSpec("operator++")),
        ("operator-", SymbolSpec("operator-")),
        ("operator->", SymbolSpec("operator->")),
        ("operator+=", SymbolSpec("operator+=")),
        ("operator new", SymbolSpec("operator new")),
        ("A::operator+", SymbolSpec("A::operator+")),
        ("A::operator+(B const&)", SymbolSpec("A::operator+(B const&)")),
        ("A::operator++4", SymbolSpec("A::operator+", 4, None, True)),
        ("A::operator->+4", SymbolSpec("A::operator->", 4, None, True)),
        ("A::operator int+4", SymbolSpec("A::operator int", 4, None, True)),
        ("A::operator!=", SymbolSpec("A::operator!=")),
        ("A::operator!", SymbolSpec("A::operator!")),
        ("A::operator()", SymbolSpec("A::operator()")),
        ("A::operator<<", SymbolSpec("A::operator<<")),
        ("cooperator!f", SymbolSpec("f", 0, "cooperator")),
        ("libc.so.6!malloc", SymbolSpec("malloc", 0, "libc.so.6")),
        ("libc.so.6!malloc+4", SymbolSpec("malloc", 4, "libc.so.6", True)),
        ("/usr/lib/libc.so.6!malloc", SymbolSpec("malloc", 0, "/usr/lib/libc.so.6")),
        ("lib.so!A::operator!=(B)", SymbolSpec("A::operator!=(B)", 0, "lib.so")),
        ("twelve!0x1139", AddressSpec(0x1139, "twelve", True)),
        ("twelve!*0x1139", AddressSpec(0x1139, "twelve", True)),
        ("*0x401136", AddressSpec(0x401136)),
        ("* 0x401136", AddressSpec(0x401136)),
        ("*4198710", AddressSpec(4198710)),
        ("*0x401136+4", AddressSpec(0x40113A)),
        ("*0x401136-0x10", AddressSpec(0x401126)),
        ("0x401136", AddressSpec(0x401136)),
        ("0X401136", AddressSpec(0x401136)),
        ("0xffffffffffffffff", AddressSpec(MAX)),
        (0, AddressSpec(0)),
        (0x401136, AddressSpec(0x401136)),
        (MAX, AddressSpec(MAX)),
        (Indexed(), AddressSpec(0x1234)),
        (Symbol("main", 0x401136, 8, "twelve"), AddressSpec(0x401136)),
        ("file.c:12", LineSpec("file.c", 12)),
        ("/path/to/file.c:12", LineSpec("/path/to/file.c", 12)),
        ("../a b/file.c:12", LineSpec("../a b/file.c", 12)),
        ("file.c: 12", LineSpec("file.c", 12)),
        ("Makefile:12", LineSpec("Makefile", 12)),
        ("prog!file.c:12", LineSpec("file.c", 12, "prog")),
        ("file.c:main", SymbolSpec("main", file="file.c")),
        ("src/file.c: main", SymbolSpec("main", file="src/file.c")),
        ("file.cc:ns::f(int)", SymbolSpec("ns::f(int)", file="file.cc")),
        ("prog!file.c:main+4", SymbolSpec("main", 4, "prog", True, "file.c")),
        ("'main'", SymbolSpec("main")),
        ("'ns::f(int)'", SymbolSpec("ns::f(int)")),
        ("'file.c':12", LineSpec("file.c", 12)),
        ('"my file.c":main', SymbolSpec("main", file="my file.c")),
        ("12", LineSpec(None, 12)),
        ("/^foo_/", PatternSpec(re.compile("^foo_"))),
        ("lib.so!/bar$/", PatternSpec(re.compile("bar$"), "lib.so")),
        (re.compile("x"), PatternSpec(re.compile("x"))),
    ],
)
def test_locations(location: object, spec: object) -> None:
    parsed = parse(location)
    assert parsed == spec and type(parsed) is type(spec)


def test_a_module_makes_an_address_a_file_address() -> None:
    assert parse(0x1139, module="twelve") == AddressSpec(0x1139, "twelve", True)
    assert parse("*0x1139", module="twelve") == AddressSpec(0x1139, "twelve", True)
    assert parse("main", module="twelve") == SymbolSpec("main", 0, "twelve")
    assert parse("a.c:3", module="twelve") == LineSpec("a.c", 3, "twelve")
    assert parse(re.compile("x"), module="twelve") == PatternSpec(re.compile("x"), "twelve")
    assert parse("twelve!main", module="twelve") == SymbolSpec("main", 0, "twelve")
    with pytest.raises(LocationError, match="names module 'other'"):
        parse("other!main", module="twelve")


@pytest.mark.parametrize(
    "location",
    [
        "", " ", "*", "* ", "!", "!main", "lib!", "lib! ", "main+", "main -", "+4", "-5", "-0x10", "*-1",
        "12abc", "0x", "0xg", "0x10000000000000000", "*0x1-2", "main+99999999999999999999999", "0",
        "file.c:", "file.c:+x", "'main", "''", "'a'b", "file.c:0", "file.c:-1", "file.c:1:2",
        "file.c:" + "9" * 41, "main:", ":12", "::", "a\nb", "a\0b", "/(/", "lib!/(/",
        "9" * 5000, "*" + "9" * 5000,
        "f+" + "9" * 5000, "file.c:²", "file.c:" + "9" * 5000,
    ],
)  # fmt: skip
def test_nonsense_is_one_clear_line(location: str) -> None:
    with pytest.raises(LocationError) as caught:
        parse(location)
    assert str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "location", [-1, MAX + 1, True, False, 1.5, None, b"main", [], int, object(), re.compile(b"x")]
)
def test_other_things_are_no_locations(location: object) -> None:
    with pytest.raises(LocationError) as caught:
        parse(location)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="ab0x1+-*!:./<>() ²operator'\"\n@", max_size=20))
def test_text_is_parsed_or_refused(location: str) -> None:
    try:
        spec = parse(location)
    except LocationError as error:
        assert "\n" not in str(error)
        return
    match spec:
        case AddressSpec(address=address):
            assert 0 <= address <= MAX
        case SymbolSpec(name=name):
            assert name and name == name.strip()
        case LineSpec(line=line):
            assert line > 0
        case PatternSpec(pattern=pattern):
            assert isinstance(pattern, re.Pattern)


@given(st.integers(0, MAX), st.sampled_from(["{:#x}", "*{:#x}", "*{}"]))
def test_addresses_survive_their_spelling(address: int, spelling: str) -> None:
    assert parse(spelling.format(address)) == AddressSpec(address)


@given(st.integers(-0x1000, 0x1000), st.booleans())
def test_offsets_survive_their_spelling(offset: int, hexadecimal: bool) -> None:
    number = hex(abs(offset)) if hexadecimal else str(abs(offset))
    text = f"A::operator->{'-' if offset < 0 else '+'}{number}"
    assert parse(text) == SymbolSpec("A::operator->", offset, None, True)
