from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, strategies as st

from trapline.symbols.demangle import demangle, shown


@pytest.mark.parametrize(
    ("mangled", "name"),
    [
        ("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int>>::push_back(int&&)"),
        ("_ZN12_GLOBAL__N_13fooEi", "(anonymous namespace)::foo(int)"),
        ("_ZN4core3fmt9Formatter9write_str17h0123456789abcdefE", "core::fmt::Formatter::write_str"),
        ("_RNvMs_NtCs1234_7mycrate3fooNtB4_3Bar3baz", "<mycrate::foo::Bar>::baz"),
        ("_ZN3fooEv@@V1", "foo()@@V1"),
        ("_ZN1A1hEv", "A::h()"),
        ("_ZN1A1hEPKc", "A::h(char const*)"),
        ("_ZN1A4haddEi.cold", "A::hadd(int) (.cold)"),
        ("_ZN2ns1A3h12E", "ns::A::h12"),
        ("_ZN1A1h4headEv", "A::h::head()"),
        ("_ZN1A1hEv@@V1", "A::h()@@V1"),
        ("_ZNK1A1hEv", "A::h() const"),
        ("_ZN1A17h0123456789abcdefE.llvm.12", "A"),
        ("_ZZ4mainENK3$_0clIiEEDaT_", "auto main::$_0::operator()<int>(int) const"),
        (
            "_ZZN1A3fooIiEEvvENK3$_0clI1BIiEdEEDaRKT_PT0_@@V1",
            "auto void A::foo<int>()::$_0::operator()<B<int>, double>(B<int> const&, double*) const@@V1",
        ),
        (
            "_ZZ4mainEN3$_18__invokeIJiicEEEDaDpOT_",
            "auto main::$_1::__invoke<int, int, char>(int&&, int&&, char&&)",
        ),
        ("_ZZ4mainENK3$_0clIiEEDaT_S_", "_ZZ4mainENK3$_0clIiEEDaT_S_"),
        ("_ZZ4mainENK3$_0clIiEEPFivET_", "_ZZ4mainENK3$_0clIiEEPFivET_"),
        ("main", "main"),
        ("_Z", "_Z"),
        ("_Zebra", "_Zebra"),
    ],
)
def test_names(mangled: str, name: str) -> None:
    assert demangle(mangled) == name


def test_binutils_agrees() -> None:
    names = [
        "_ZN2ns5ClassIiE6methodEPKcz",
        "_ZNK3Foo3barEv",
        "_ZplRK5PointS1_",
        "_ZN5OuterD1Ev",
        "_Z1fILi3EEvv",
    ]
    theirs = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    for name, other in zip(names, theirs.stdout.split("\n"), strict=False):
        assert demangle(name).replace(" ", "") == other.replace(" ", "")


@given(st.text(st.sampled_from("_ZNKSt0123456789abEIRPLdlcvT@.\0é"), max_size=60))
def test_any_name_has_an_answer(name: str) -> None:
    assert isinstance(demangle("_Z" + name), str)
    assert isinstance(demangle("_R" + name), str)


@pytest.mark.parametrize(
    ("mangled", "name"),
    [
        ("_ZN1A1fEi.cold", "A::f(int) [clone .cold]"),
        (
            "_Z3getISt6vectorIiSaIiEEEvT_",
            "void get<std::vector<int, std::allocator<int> > >(std::vector<int, std::allocator<int> >)",
        ),
        ("_ZTV5Shape", "vtable for Shape"),
        ("main", "main"),
    ],
)
def test_names_are_shown_as_gdb_shows_them(mangled: str, name: str) -> None:
    assert shown(mangled) == name


def test_lambdas_and_types_without_names_are_numbered_as_gdb_does() -> None:
    assert (
        demangle("_ZZN7Counter3runEiENKUliE0_clEi")
        == "Counter::run(int)::{lambda(int)#2}::operator()(int) const"
    )
    assert demangle("_ZZ1fvENKUlPFvvEE_clES0_") == "f()::{lambda(void (*)())#1}::operator()(void (*)()) const"
    assert demangle("_Z5applyIZ4mainEUlvE_EvT_") == "void apply<main::{lambda()#1}>(main::{lambda()#1})"
    assert demangle("_ZN1A1fEPNS_Ut0_E") == "A::f(A::{unnamed type#2}*)"
