"""Breakpoints on functions by the names that people give them: C++ and Rust, templates, inlined calls."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import gdb, programs

import trapline


def hits(launch: Any, program: str, *names: str) -> dict[str, tuple[int, int]]:
    """Return, for each name, the locations that it has and the hits of a whole run."""
    inferior = launch([program], stdout=trapline.DEVNULL)
    points = {name: inferior.set_breakpoint(name, pending=False) for name in names}
    inferior.run()
    return {name: (len(point.locations), point.hit_count) for name, point in points.items()}


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_cpp_names(launch: Any, compiler: str | None) -> None:
    program = programs.build("scopes_cpp.cpp", "-std=c++17", compiler=compiler)
    expected = {
        "ns::Class::method": (2, 2),
        "Class::method(int)": (1, 1),
        "method(const char *)": (1, 1),
        "ns::Class::Class": (1, 2),
        "Class::operator<": (1, 1),
        "ns::Class::operator int": (1, 2),
        "twice": (2, 2),
        "ns::twice<int>": (1, 1),
        "ns::twice<double>(double)": (1, 1),
        "Box<long, 2>::at": (1, 1),
        "ns::Box::at(int)": (1, 1),
        "overloaded": (4, 4),
        "overloaded(ns::Class const&)": (1, 1),
        "overloaded(unsigned long, const char *const *)": (1, 1),
        "ns::in_unnamed": (1, 1),
        "ns::in_inline": (1, 1),
        "Nested::inner": (1, 1),
    }
    assert hits(launch, program, *expected) == expected


def test_rust_names(launch: Any) -> None:
    expected = {
        "outer::inner::free": (1, 1),
        "Thing::method": (1, 1),
        "scopes_rust::outer::Thing::method": (1, 1),
        "outer::generic": (2, 2),
        "generic<u8>": (1, 1),
        "scopes_rust::main": (1, 1),
    }
    assert hits(launch, programs.build("scopes_rust.rs"), *expected) == expected


@pytest.mark.parametrize("compiler", [None, "clang"])
def test_inlined_calls_are_locations(launch: Any, compiler: str | None) -> None:
    """Both inlined calls of one function are places of its breakpoint, though no symbol has its name."""
    program = programs.build("scopes_c.c", "-O2", compiler=compiler)
    inferior = launch([program], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("doubled", pending=False)
    assert 1 <= len(point.locations) <= 2
    inferior.resume()
    assert inferior.frame.pc in [place.address for place in point.locations]


def test_a_name_that_nothing_has_is_an_error(launch: Any) -> None:
    inferior = launch([programs.build("scopes_cpp.cpp", "-std=c++17")], stdout=trapline.DEVNULL)
    inferior.advance("main")
    for name in ("ns::Class::nothing", "Class::method(double)", "twice<char>", "::method"):
        with pytest.raises(trapline.SymbolNotFound):
            inferior.set_breakpoint(name, pending=False)


def test_a_place_in_an_inlined_call_has_the_name_that_was_asked_for(launch: Any) -> None:
    """With the types of its parameters, by which gdb's table tells overloads apart."""
    inferior = launch([programs.build("inlining.cpp", "-O2")], stdout=trapline.DEVNULL)
    places = inferior.set_breakpoint("outer::Box<int>::get", pending=False).locations
    assert len(places) > 1
    assert {place.function for place in places} == {"outer::Box<int>::get"}
    assert {place.signature for place in places} == {"outer::Box<int>::get(int) const"}
    assert inferior.set_breakpoint("either", pending=False).locations[0].signature == "either(int)"


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_names_that_only_symbols_have(launch: Any, compiler: str | None) -> None:
    """Without -g: all overloads of a qualified name, one with parameters, outer scopes left out."""
    expected = {
        "ns::A::f": (2, 2),
        "A::f(double)": (1, 1),
        "ns::A::operator+(ns::A const&) const": (1, 1),
        "f(int)": (2, 2),
        "f": (4, 4),
        "ns::f": (1, 1),
        "ns::inner::f(unsigned long)": (1, 1),
        "twice": (2, 2),
        "ns::twice<double>": (1, 1),
        "ns::A::operator+": (1, 1),
        "ns::A::~A": (1, 3),
        "ns::hidden": (1, 1),
        "ns::first": (1, 1),
        "*ns::A::f(int)": (1, 1),
    }
    assert hits(launch, programs.build("symbol_names.cpp", "-g0", compiler=compiler), *expected) == expected


@pytest.mark.parametrize("debug", ["-g", "-g0"])
def test_functions_of_scopes_with_the_name_of_one_outside(launch: Any, debug: str) -> None:
    """As in gdb: `main` is `ns::main` as well."""
    expected = {"main": (3, 3), "plain": (2, 2), "ns::main": (1, 1), "B::main": (1, 1), "B::plain": (1, 1)}
    program = programs.build("symbol_names.cpp", debug)
    assert hits(launch, program, *expected) == expected


def test_a_rust_function_has_no_namesakes(launch: Any) -> None:
    """gdb takes what the linker knows for Rust: `main` is the one that calls the crate's."""
    assert hits(launch, programs.build("scopes_rust.rs"), "main") == {"main": (1, 1)}


def test_a_symbol_by_the_name_that_people_give_it(launch: Any) -> None:
    inferior = launch([programs.build("symbol_names.cpp", "-g0")])
    assert inferior.symbol("ns::inner::f").name == "_ZN2ns5inner1fEm"
    with pytest.raises(trapline.SymbolNotFound):
        inferior.symbol("ns::inner::g")
    with pytest.raises(trapline.SymbolNotFound):
        inferior.set_breakpoint("ns::f(long)", pending=False)


def test_a_symbol_that_the_linker_knows_by_no_such_name(launch: Any) -> None:
    """A function outside all namespaces, as one writes it in C++; a C function of that name comes first."""
    inferior = launch([programs.build("series_calls.cpp", "-g0")])
    assert inferior.symbol("third").name == inferior.symbol("third()").name == "_Z5thirdv"
    assert launch([programs.build("symbol_names.cpp")]).symbol("plain").name == "plain"


def test_a_library_without_debug_information(launch: Any) -> None:
    """Pending by its name until the library has it; Rust's names too."""
    program = programs.build("scopes_rust.rs", "-C", "debuginfo=0", "-C", "symbol-mangling-version=v0")
    expected = {"outer::inner::free": (1, 1), "Thing::method": (1, 1), "scopes_rust::main": (1, 1)}
    assert hits(launch, program, *expected) == expected
    inferior = launch([programs.build("thrown.cpp")], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("std::terminate")
    assert point.pending
    inferior.advance("main")
    assert len(point.locations) == 1


def test_every_instance_of_a_template_is_found(launch: Any) -> None:
    """Also of one whose instances are arguments of another's: its name is in many other strings."""
    program = programs.build("instances.cpp", "-std=c++17")
    expected = {
        "walk": (150, 150),
        "wrap": (150, 150),
        "walk<149>": (1, 1),
        "int walk<7>()": (1, 1),  # as nm -C writes it
        "Speaker::text[abi:cxx11]": (1, 1),
        "Speaker::text": (1, 1),
    }
    assert hits(launch, program, *expected) == expected


def test_a_function_that_was_made_one_with_another_is_found_by_its_symbol(launch: Any) -> None:
    program = programs.build("instances.cpp", "-std=c++17", "-O2")
    inferior = launch([program], stdout=trapline.DEVNULL)
    names = ("as", "as<One>", "as<Two>", "Two const* as<Two>(Base const*)")
    found = {
        name: {one.address for one in inferior.set_breakpoint(name, pending=False).locations}
        for name in names
    }
    assert len(found["as"]) == 2
    assert found["as"] == found["as<One>"] | found["as<Two>"]
    assert found["as<Two>"] == found["Two const* as<Two>(Base const*)"] != set()


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_functions_of_local_classes(launch: Any, compiler: str | None) -> None:
    expected = {
        "go": (1, 1),
        "Loc::go": (1, 1),
        "ns::helper(int)::Loc::go": (1, 1),
        "helper(int)::Loc::st": (1, 1),
        "In::twice": (2, 2),
        "tpl<int>(int)::In::twice": (1, 1),
        "Loc2::operator()": (1, 1),
    }
    assert hits(launch, programs.build("local_classes.cpp", compiler=compiler), *expected) == expected


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_lambdas_are_among_the_operators(launch: Any, compiler: str | None) -> None:
    program = programs.build("call_operators.cpp", compiler=compiler)
    listed = gdb.ask(program, 'run("break operator()")\nemit(len(gdb.breakpoints()[0].locations))')
    assert hits(launch, program, "operator()") == {"operator()": (listed[0], 5)}
