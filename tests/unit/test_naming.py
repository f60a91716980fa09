"""How names are spelled, taken apart and matched."""

from __future__ import annotations

import pytest

from trapline.symbols import naming, spelling


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("long unsigned int", "unsigned long"),
        ("short int", "short"),
        ("long long unsigned int", "unsigned long long"),
        ("unsigned char", "unsigned char"),
        ("long double", "long double"),
        ("unsigned __int128", "unsigned __int128"),
        ("shortage", "shortage"),
        ("A<B<C>>", "A<B<C> >"),
        ("A<const char *, 5UL>", "A<char const*, 5ul>"),
        ("A<'x', (& value)>", "A<(char)'x', &value>"),
        ("A<const B<long unsigned int> &>", "A<B<unsigned long> const&>"),
        ("operator>>", "operator>>"),
        ("operator>><A<B<int>>>", "operator>><A<B<int> > >"),
        ("C::operator<", "C::operator<"),
    ],
)
def test_names_are_spelled_as_gdb_spells_them(written: str, shown: str) -> None:
    assert spelling.canonical(written) == shown


@pytest.mark.parametrize(
    ("text", "components", "parameters"),
    [
        ("main", ("main",), None),
        ("n::C<a::b>::m(int, char (*)(int)) const", ("n", "C<a::b>", "m"), "int, char (*)(int)"),
        ("operator()", ("operator()",), None),
        ("ns::Op::operator()(int)", ("ns", "Op", "operator()"), "int"),
        ("ns::(anonymous namespace)::f", ("ns", "(anonymous namespace)", "f"), None),
        ("main()::Local::get", ("main()", "Local", "get"), None),
        ("A::operator<<(int)", ("A", "operator<<"), "int"),
        ("A::operator-><int>()", ("A", "operator-><int>"), ""),
        ("A::operator std::string", ("A", "operator std::string"), None),
        ("<lambda(int)>::operator()(int) const", ("<lambda(int)>", "operator()"), "int"),
        ("core::ptr::drop<alloc::string::String>", ("core", "ptr", "drop<alloc::string::String>"), None),
        ("a::{impl#0}::f", ("a", "{impl#0}", "f"), None),
    ],
)  # fmt: skip
def test_names_are_taken_apart(text: str, components: tuple[str, ...], parameters: str | None) -> None:
    assert naming.parse(text) == naming.Name(components, parameters)


def test_template_arguments_are_left_out() -> None:
    shown = {"vector<int>": "vector", "operator< <int>": "operator<", "operator<<int>": "operator<",
             "operator<<": "operator<<", "operator->": "operator->", "<lambda()>": "<lambda()>"}  # fmt: skip
    assert {name: naming.bare(name) for name in shown} == shown


def answers(candidate: str, wanted: str, **known: str) -> bool:
    return naming.answers_to(naming.split(candidate), naming.parse(wanted), **known)  # type: ignore[arg-type]


def test_outer_scopes_and_arguments_may_be_left_out() -> None:
    method = "ns::C<int>::m"
    for wanted in ("m", "C::m", "C<int>::m", "ns::C::m", "::ns::C::m"):
        assert answers(method, wanted), wanted
    for wanted in ("C<long>::m", "ns::m", "::m", "::C::m", "n", "C", "other::C::m"):
        assert not answers(method, wanted), wanted
    assert answers("ns::(anonymous namespace)::A::m", "ns::A::m")
    assert answers("std::vector<int, std::allocator<int> >::at", "vector<int>::at")
    assert not answers("std::vector<int*, std::allocator<int> >::at", "vector<int>::at")
    assert naming.answers_to(("ns", "v1", "f"), naming.parse("ns::f"), skippable=(False, True, False))
    assert not naming.answers_to(("ns", "v1", "f"), naming.parse("ns::f"))


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        ("const int &", "int const&"),
        ("const char *, unsigned", "char const*,unsigned int"),
        ("const std::vector<const char*> &", "std::vector<char const*> const &"),
        ("", "void"),
        ("long unsigned int", "unsigned long"),
    ],
)
def test_parameters_are_compared_in_any_spelling(declared: str, wanted: str) -> None:
    assert answers("f", f"f({wanted})", parameters=declared)
    assert not answers("f", f"f({wanted}, char)", parameters=declared)


def test_what_a_demangled_template_returns_is_dropped() -> None:
    shown = naming.without_result
    assert shown("std::enable_if<a, b>::type& get<0ul, int>(A<int>&)") == "get<0ul, int>(A<int>&)"
    assert shown("A::operator int() const") == "A::operator int() const"
    assert shown("bool operator< <int>(int)") == "operator< <int>(int)"
    assert shown("ns::(anonymous namespace)::f(int)") == "ns::(anonymous namespace)::f(int)"
    assert shown("int (&get<int (&)(int)>(A<int (&)(int)>&))(int)") == "get<int (&)(int)>(A<int (&)(int)>&)"
    assert shown("char const (&get<char const (&) [5]>(A&)) [5]") == "get<char const (&) [5]>(A&)"
    assert shown("int (* const& get<int>(A&))(int)") == "get<int>(A&)"
    assert shown("void f(int (*)(int))") == "f(int (*)(int))"
    assert shown("A::operator int (*)()()") == "A::operator int (*)()()"


@pytest.mark.parametrize(
    "part", ["<", ">", "(", "A<", "const ", "::", "operator<", "f(int)", "'", "unsigned "]
)
def test_monstrous_names_end(part: str) -> None:
    text = part * 20_000
    spelling.canonical(text)
    spelling.comparable(text)
    parsed = naming.parse(text)
    naming.answers_to(("f",), parsed, parameters=text)
    naming.bare(text)
    naming.without_result(text)
