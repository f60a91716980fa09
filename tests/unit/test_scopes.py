"""Functions, variables, types and enumerators by name and by address, in tests/programs/scopes_*."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support import programs

from trapline.base.address import LoadBias
from trapline.symbols.debuginfo import DebugInfo
from trapline.symbols.functions import Function
from trapline.symbols.module import Module
from trapline.symbols.scopes import Scopes

CPP = ("scopes_cpp.cpp", "-std=c++17")


@pytest.fixture
def debug() -> Iterator[Any]:
    """Open the debug information of a program that is built from a source with flags."""
    modules: list[Module] = []

    def open_one(source: str, *flags: str, **how: Any) -> DebugInfo:
        modules.append(Module(programs.build(source, *flags, **how), LoadBias(0)))
        found = modules[-1].debug
        assert found is not None, modules[-1].problem
        return found

    yield open_one
    for module in modules:
        module.close()


def signatures(scopes: Scopes, name: str) -> list[str]:
    return sorted(function.signature for function in scopes.functions(name))


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_cpp_functions_are_found_by_any_part_of_their_name(debug: Any, compiler: str | None) -> None:
    scopes = debug(*CPP, compiler=compiler).scopes
    methods = ["ns::Class::method(char const*)", "ns::Class::method(int) const"]
    for name in ("method", "Class::method", "ns::Class::method", "::ns::Class::method"):
        assert signatures(scopes, name) == methods, name
    expected = {
        "ns::Class::method(int)": methods[1:],
        "method(const char *)": methods[:1],
        "Class::method(char const*)": methods[:1],
        "::method": [],
        "other::method": [],
        "method(double)": [],
        "twice": ["ns::twice<double>(double)", "ns::twice<int>(int)"],
        "twice<int>": ["ns::twice<int>(int)"],
        "ns::Box<long,2>::at(int)": ["ns::Box<long, 2>::at(int)"],
        "Box::at": ["ns::Box<long, 2>::at(int)"],
        "convert": ["ns::Class::convert<double>(double) const"],
        "ns::in_inline": ["ns::v1::in_inline(int)"],
        "ns::in_unnamed": ["ns::(anonymous namespace)::in_unnamed(int)"],
        "overloaded(ns::Class const&)": ["overloaded(ns::Class const&)"],
        "overloaded(const ns::Class &)": ["overloaded(ns::Class const&)"],
        "overloaded(long unsigned int, const char *const *)": [
            "overloaded(unsigned long, char const* const*)"
        ],
        "Class::operator<": ["ns::Class::operator<(ns::Class const&) const"],
        "ns::Class::operator()": ["ns::Class::operator()(int)"],
        "Class::operator int": ["ns::Class::operator int() const"],
        "Class::~Class": ["ns::Class::~Class()"],
        "Nested::inner": ["ns::Class::Nested::inner(int)"],
    }  # fmt: skip
    assert {name: signatures(scopes, name) for name in expected} == expected
    matched = {function.name for function in scopes.functions_matching(re.compile("^ns::Class::m"))}
    assert matched == {"ns::Class::method", "ns::Class::make"}


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_cpp_variables_types_and_enumerators(debug: Any, compiler: str | None) -> None:
    scopes = debug(*CPP, compiler=compiler).scopes

    def variables(name: str) -> list[str]:
        return [f"{one.type} {one.qualified_name}" for one in scopes.variables(name)]

    assert variables("in_namespace") == variables("ns::in_namespace") == ["int ns::in_namespace"]
    assert variables("ns::unnamed") == ["int ns::(anonymous namespace)::unnamed"]
    assert variables("Class::counted") == variables("counted") == ["int ns::Class::counted"]
    assert variables("per_thread") == ["int per_thread"]
    assert variables("captured") == variables("::in_namespace") == [], (
        "a local, and a name that is not outermost"
    )
    (limit,) = scopes.variables("limit")
    assert limit.constant == 5 or limit.locations
    assert [str(one) for one in scopes.find_types("Class")] == ["ns::Class"]
    assert [str(one) for one in scopes.find_types("class ns::Class")] == ["ns::Class"]
    assert [str(one) for one in scopes.find_types("Box<long, 2>")] == ["ns::Box<long, 2>"]
    assert [str(one) for one in scopes.find_types("Class::Nested")] == ["ns::Class::Nested"]
    assert scopes.find_types("union Class") == []
    assert (
        str(scopes.base_type("long unsigned int"))
        == str(scopes.base_type("unsigned long"))
        == "unsigned long"
    )
    assert [(str(enum), one.value) for enum, one in scopes.enumerators("Color::GREEN")] == [("ns::Color", 2)]
    assert scopes.enumerators("GREEN") == [], "a scoped enumerator needs its type's name"
    assert [one.value for _, one in scopes.enumerators("ns::PLAIN")] == [9]
    assert [one.value for _, one in scopes.enumerators("Plain::PLAIN")] == [9]


def test_c_names(debug: Any) -> None:
    scopes = debug("scopes_c.c").scopes
    assert [str(one) for one in scopes.find_types("struct node")] == ["struct node"]
    assert scopes.find_types("node") == [], "a tag of C is no type name"
    assert [one.value for _, one in scopes.enumerators("LOUD")] == [7]
    assert [one.is_external for one in scopes.variables("file_static")] == [False]
    assert len(scopes.variables("declared_only")) == 1
    assert scopes.variables("calls") == [], "a static of a function is found in it"
    (counter,) = scopes.functions("counter")
    assert (counter.name, str(counter.type), str(counter.return_type)) == ("counter", "int (int)", "int")
    assert counter.declared.line == programs.mark("scopes_c.c", "counter") - 3
    assert counter.declared.path.endswith("scopes_c.c")
    calls = [one for block in counter.blocks_at(counter.entry) for one in block if one.name == "calls"]
    assert len(calls) == 1 and calls[0].location(counter.entry)


def test_blocks_shadow_from_the_inside_out(debug: Any) -> None:
    found = debug("scopes_c.c")
    (shadows,) = found.scopes.functions("shadows")

    def names(mark: str) -> list[list[str]]:
        match = found.lines.locations("scopes_c.c", programs.mark("scopes_c.c", mark))
        return [[one.name for one in block] for block in shadows.blocks_at(match.places[0].address)]

    assert names("deepest") == [["deepest"], ["value"], ["value", "inner"], ["value", "outer"]]
    assert names("inner") == [["value", "inner"], ["value", "outer"]]
    assert names("outer") == [["value", "outer"]]
    value, outer = shadows.blocks_at(shadows.entry)[-1]
    assert value.is_argument and not outer.is_argument


@pytest.mark.parametrize("compiler", [None, "clang"])
def test_inlined_calls_are_functions_with_a_place_of_call(debug: Any, compiler: str | None) -> None:
    found = debug("scopes_c.c", "-O2", compiler=compiler)
    calls = found.scopes.functions("doubled")
    assert len(calls) == 2 and all(one.is_inlined for one in calls)
    lines = {one.call_site.line for one in calls}
    first = programs.mark("scopes_c.c", "call_doubled")
    assert lines <= {first, first + 1}
    stack = found.code.functions_at(calls[0].entry)
    assert [one.name for one in stack] == ["doubled", "quadrupled", "main"]
    assert stack[1].call_site.line == programs.mark("scopes_c.c", "call_quadrupled")
    assert [one.is_inlined for one in stack] == [True, True, False]
    assert found.code.functions_at(1) == []


@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
def test_calls_say_what_was_passed(debug: Any, version: str) -> None:
    """GNU's form before DWARF 5 and the standard one."""
    found = debug("scopes_c.c", "-O2", version)
    (main,) = found.scopes.functions("main")
    names = {Function(one.callee, (), main._around).name for one in main.call_sites if one.callee is not None}
    assert {"counter", "shadows", "indirect", "unused_arguments"} <= names
    (call,) = [one for one in main.call_sites if _is_call_of(one, "indirect")]
    assert len(call.parameters) == 2 and all(one.location and one.value for one in call.parameters)
    assert found.code.call_site(call.return_address) == call
    assert found.code.call_site(call.return_address + 1) is None


def _is_call_of(call: Any, name: str) -> bool:
    return call.callee is not None and call.callee.find_string(3) == name


def test_objects_of_methods(debug: Any) -> None:
    scopes = debug(*CPP).scopes
    (method,) = scopes.functions("Class::method(int)")
    assert method.object is not None and method.object.name == "this" and method.object.is_artificial
    (make,) = scopes.functions("Class::make")
    assert make.object is None
    rust = debug("scopes_rust.rs").scopes
    (method,) = rust.functions("Thing::method")
    assert method.object is not None and method.object.name == "self"


def test_rust_names(debug: Any) -> None:
    scopes = debug("scopes_rust.rs").scopes
    thing = "scopes_rust::outer::Thing::method"
    for name in ("Thing::method", "outer::Thing::method", thing):
        assert signatures(scopes, name) == [thing], name
    assert signatures(scopes, "outer::generic") == [
        "scopes_rust::outer::generic<&str>",
        "scopes_rust::outer::generic<u8>",
    ]
    assert signatures(scopes, "generic<u8>") == ["scopes_rust::outer::generic<u8>"]
    assert [one.qualified_name for one in scopes.variables("inner::COUNT")] == [
        "scopes_rust::outer::inner::COUNT"
    ]
    assert [str(one) for one in scopes.find_types("outer::Thing")] == ["scopes_rust::outer::Thing"]


def test_what_one_unit_declares_another_defines(debug: Any) -> None:
    other = programs.build("types_owner.c", "-c")
    found = debug("types_user.c", libraries=(other,))
    (variable,) = found.scopes.variables("owned")
    target = variable.type.target
    assert target.is_complete and target.size == 16
    assert [member.name for member in target.members] == ["secret", "next"]


def test_what_one_module_declares_another_defines(debug: Any) -> None:
    library = programs.build("types_owner.c", "-shared", "-fPIC")
    program = Module(programs.build("types_user.c", libraries=(library,)), LoadBias(0))
    other = Module(library, LoadBias(0))
    program.siblings = [program, other]
    try:
        found = program.debug
        assert found is not None
        (variable,) = found.scopes.variables("owned")
        assert variable.type.target.size == 16
        assert [member.name for member in variable.type.target.members] == ["secret", "next"]
    finally:
        program.close()
        other.close()


def test_what_nobody_defines_stays_incomplete(debug: Any) -> None:
    (variable,) = debug("types_c.c").scopes.variables("an_opaque")
    target = variable.type.target
    assert not target.is_complete and target.size is None and target.members == ()
