"""Expressions of C++ that reach into classes: pointers to members, smart pointers, what has no code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import programs
from tests.support.stops import at_mark

import trapline
from trapline import EvaluationError, Inferior, ValueUnavailable

Launch = Callable[..., Inferior]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_pointers_to_member_functions_are_called(launch: Launch, compiler: str) -> None:
    """Directly, through the virtual table, and for an object of a derived class behind another base."""
    inferior = at_mark(launch, "values_cpp.cpp", "main", compiler=compiler)
    for text, shown in (
        ("(members.*method)(4)", "5"),
        ("(members.*constant_method)()", "2"),
        ("((&members)->*method)(number)", "6"),
        ("(square.*virtual_method)(7)", "7"),
        ("(shape->*virtual_method)(3) + 1", "4"),
        ("(diamond.*virtual_method)(2)", "80"),
        ("(members.*&Members::method)(4)", "5"),
        ("(square.*&shapes::Shape::scaled)(7)", "7"),
        ("&Members::method == method", "true"),
        ("&shapes::Shape::scaled == virtual_method", "true"),
        ("&shapes::Shape::scaled", "&virtual shapes::Shape::scaled(int)"),
        ("sizeof(&Members::constant)", "16"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    for text, why in (
        ("(members.*null_method)(1)", "null"),
        ("(members.*virtual_method)(1)", "not derived from"),
        ("(members.*method)(1, 2)", "too many|arguments"),
    ):
        with pytest.raises(EvaluationError, match=why):
            inferior.evaluate(text)
    assert str(inferior.evaluate("members.*method")).startswith("{int (Members * const, int)} 0x")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_smart_pointers_and_strings_without_code_for_it(launch: Launch, compiler: str) -> None:
    inferior = at_mark(launch, "containers.cpp", "stop", "-std=c++17", compiler=compiler)
    for text, shown in (
        ("unique->x", "5"),
        ("(*unique).y", "6"),
        ("*shared", "42"),
        ("unique.get()->y", "6"),
        ("*shared.get() + 1", "43"),
        ("text[1]", "101 'e'"),
        ("view[0]", "104 'h'"),
        ("words[1][0]", "116 't'"),
        ("view.size()", "5"),
        ("longer.length()", "40"),
        ("empty.empty()", "true"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    frame = inferior.frame
    assert chr(int(frame["text"][-1])) == "o"
    with pytest.raises(IndexError):
        frame["text"][99]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_what_a_container_says_of_itself_has_the_types_of_the_language(launch: Launch, compiler: str) -> None:
    """A size is unsigned and 64 bits, whoever answers it."""
    inferior = at_mark(launch, "containers.cpp", "stop", "-std=c++17", compiler=compiler)
    for name, size in (
        ("text", 5),
        ("wide", 4),
        ("view", 5),
        ("numbers", 3),
        ("bits", 3),
        ("fixed", 3),
        ("deck", 301),
        ("ages", 2),
        ("table", 1),
    ):
        assert (name, int(inferior.evaluate(f"{name}.size()"))) == (name, size)
        assert (name, str(inferior.evaluate(f"{name}.size() - {size + 1} > 0"))) == (name, "true")
        assert (name, int(inferior.evaluate(f"sizeof({name}.size())"))) == (name, 8)
        assert str(inferior.type_of(f"{name}.size() + 0")) == "unsigned long"
    assert str(inferior.type_of("numbers.size()")).endswith("size_type")
    for text, type_ in (
        ("text.length() * 2u", "unsigned long"),
        ("text.empty()", "bool"),
        ("numbers.at(0)", "int"),
        ("fixed.data()", "int *"),
        ("unique.get()", "point *"),
        ("points.back()", "point"),
    ):
        assert (text, str(inferior.type_of(text))) == (text, type_)
    assert int(inferior.evaluate("numbers.data()[2]")) == 3


def test_a_member_function_without_code_is_named(launch: Launch) -> None:
    inferior = at_mark(launch, "containers.cpp", "stop", "-std=c++17", compiler="g++")
    with pytest.raises(EvaluationError, match="use_count has no code in the program"):
        inferior.evaluate("shared.use_count()")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_objects_by_value(launch: Launch, compiler: str) -> None:
    """As results, as arguments, with members and methods; nothing of the program is changed by it."""
    inferior = at_mark(launch, "by_value.cpp", "stop", "-std=c++17", compiler=compiler)
    before = [str(inferior.evaluate(name)) for name in ("s", "v", "m", "n.k", "b", "sm")]
    ended, copies = (int(inferior.evaluate(f"Owner::{name}")) for name in ("ended", "copies"))
    for text, shown in (
        ("small(4)", "{a = 4, b = 7}"),
        ("small(4).b + 1", "8"),
        ("mixed(2.5)", "{x = 2.5, y = 9}"),
        ("big(2).v[3]", "6"),
        ("*&big(2).v[4]", "8"),
        ("n.big(3).v[9]", "3"),
        ("n.next().k", "6"),
        ("n.next().next().get()", "7"),
        ('text("abc")', '"abc!"'),
        ('text("abc").size()', "4"),
        ("squares(4)", "std::vector of length 4, capacity 4 = {0, 1, 4, 9}"),
        ("squares(4)[3]", "9"),
        ("s.substr(1, 2)", '"el"'),
        ("s.find(s, 0)", "0"),
        ("v.begin()", "1"),
        ("m.find(2)", '{first = 2, second = "two"}'),
        ("m.find(2)->second", '"two"'),
        ("m.at(2)", '"two"'),
        ("take_small(small(2))", "27"),
        ("take_big(big(3))", "30"),
        ('same(text("q")) + same(text("qq"))', "5"),
        ("take(n)", "105"),
        ("take(owner(3))", "103"),
        ("take_two(n, owner(1))", "105101"),
        ("length(s)", "59"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    assert before == [str(inferior.evaluate(name)) for name in ("s", "v", "m", "n.k", "b", "sm")]
    # The copies that were made for functions were ended, results are not.
    assert int(inferior.evaluate("Owner::copies")) - copies == 4
    assert int(inferior.evaluate("Owner::ended")) - ended == 4
    assert str(inferior.type_of("n.next()")) == "Owner"
    assert int(inferior.evaluate("Owner::copies")) - copies == 4
    inferior.run()


@pytest.mark.parametrize("standard", ["-std=c++17", "-std=c++20"])
def test_what_ends_the_copies_leaves_the_result_whole(launch: Launch, standard: str) -> None:
    inferior = at_mark(launch, "back_by_value.cpp", "stop", standard)
    long = "a text that is longer than what fits"
    for text, shown in (
        ("back(s)", '"abc"'),
        ("joined(s, t)", f'"abc{long}"'),
        ("back(joined(t, s))", f'"{long}abc"'),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)


def test_a_result_keeps_what_it_was(launch: Launch) -> None:
    """Later calls at the same stop leave it whole."""
    inferior = at_mark(launch, "by_value.cpp", "stop", "-std=c++17")
    first = inferior.evaluate('text("first")')
    long = inferior.evaluate('text("too long for a string that has its text in itself")')
    second = inferior.evaluate('text("second")')
    assert (str(first), str(second)) == ('"first!"', '"second!"')
    assert str(long) == '"too long for a string that has its text in itself!"'


@pytest.mark.parametrize("padding", range(0, 64, 8))
def test_strings_that_are_only_declared(launch: Launch, padding: int) -> None:
    """As arguments and results, wherever the stack begins: clang leaves out what the library has."""
    program = programs.build("declared_only.cpp", compiler="clang++")
    inferior = launch([program], stdout=trapline.DEVNULL, env={"PADDING": "x" * padding})
    inferior.set_breakpoint(f"declared_only.cpp:{programs.mark('declared_only.cpp', 'stop')}")
    inferior.resume()
    long = "longer than a string that has its text in itself"
    for text, shown in (
        ("text()", f'"{long}"'),
        ("three", '{"one", "two", "three"}'),
        ("three[1]", '"two"'),
        ("*(&three[0] + 2)", '"three"'),
        ("three[2]._M_dataplus._M_p[4]", "101 'e'"),
        ("sizeof(three)", "96"),
        ("wide", 'L"wide"'),
        ("doubled(s)", '"strstr"'),
        ("doubled(doubled(text()))", f'"{4 * long}"'),
        ('take("text")', "4"),
        ("take_over(text())", "54"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    with pytest.raises(EvaluationError, match="no copy constructor that can be called"):
        inferior.evaluate("take(s)")
    inferior.set_breakpoint("doubled")
    inferior.resume()
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished) and str(stop.value) == '"strstr"'


def test_what_is_only_declared_is_neither_passed_nor_counted(launch: Launch) -> None:
    """How and how large is not known; a reference is what it is."""
    inferior = at_mark(launch, "declared_only.cpp", "stop", compiler="clang++")
    for text in ("c_locale()", "take_locale(l)"):
        with pytest.raises(EvaluationError, match=r"^std::locale is only declared .* -fstandalone-debug"):
            inferior.evaluate(text)
    for text in ("locales[1]", "&locales[1]", "&l + 1", "sizeof(l)", "sizeof(locales)"):
        with pytest.raises(EvaluationError, match=r"^std::locale.* has no known size"):
            inferior.evaluate(text)
    assert int(inferior.evaluate("see_locale(l)")) == 1
    inferior.restart()
    inferior.set_breakpoint("c_locale")
    inferior.resume()
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert "std::locale is only declared" in str(stop.value)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_overloads_by_the_types_of_arguments(launch: Launch, compiler: str) -> None:
    inferior = at_mark(launch, "overloads.cpp", "stop", compiler=compiler)
    for text, shown in (
        ("f(1)", 1), ("f(i)", 1), ("f(sh)", 1), ("f(col)", 1), ("f(l)", 10), ("f(ul)", 6), ("f(d)", 2),
        ("f(1.5)", 2), ("f(fl)", 9), ("f(c)", 5), ("f('c')", 5), ("f(bo)", 7), ("f(cs)", 3), ("f(buf)", 3),
        ('f("lit")', 3), ("f(b)", 4), ("f(dd)", 4), ("f(vp)", 8), ("f(&i)", 8),
        ("near(ee)", 2), ("near(&ee)", 4), ("near(b)", 1), ("near(&dd)", 4),
        ("h(&b)", 1), ("h(&dd)", 2), ("h(pd)", 2), ("h(cpd)", 4), ("h(vp)", 3), ("h(&i)", 3),
        ("r(i)", 1), ("r(ci)", 2), ("r(5)", 2), ("m(s)", 2), ("m(text())", 1),
        ("v(1, 2)", 3), ("v(1, 2.5)", 1), ("v(1.5, 2)", 2), ("e(col)", 1), ("e(RED)", 1), ("e(1)", 2),
        ("mm.k(1)", 1), ("mm.k(1.5)", 2), ('mm.k("x")', 3), ("mm.k(cs)", 3), ("cm.k(d)", 2),
        ("mm.s(1)", 4), ("mm.s(1.5)", 5), ("M::s(1.5)", 5), ("mm.c()", 6), ("cm.c()", 7),
        ("mm + 1", 8), ("mm + mm", 9), ("mm[1]", 10), ('mm["x"]', 11), ("mm(1, 2)", 12), ("mm(1.5)", 13),
    ):  # fmt: skip
        assert (text, int(inferior.evaluate(text))) == (text, shown)
    assert str(inferior.evaluate("s")) == '"str"'
    for text in ("e(b)", "mm.k(b)", "h(b)"):
        with pytest.raises(EvaluationError, match=r"takes (no )?arguments like|cannot|is no"):
            inferior.evaluate(text)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_virtual_bases(launch: Launch, compiler: str) -> None:
    """Down again where the object says what it is (gdb 13 goes elsewhere), and calls through them."""
    inferior = at_mark(launch, "virtual_bases.cpp", "stop", compiler=compiler)
    for text, shown in (
        ("((D*)bp)->d", "4"),
        ("(D*)bp == dp", "true"),
        ("((L*)bp)->l", "2"),
        ("((R*)bp)->r", "3"),
        ("(R*)bp == rp", "true"),
        ("((D&)br).d", "4"),
        ("dynamic_cast<D*>(bp)->d", "4"),
        ("dynamic_cast<R*>(bp) == rp", "true"),
        ("dynamic_cast<L*>(rp)->l", "2"),
        ("dynamic_cast<D&>(br).d", "4"),
        ("dynamic_cast<D&>(*bp).d", "4"),
        ("dynamic_cast<void*>(bp) == (void*)dp", "true"),
        ("dynamic_cast<D*>(vl) == 0", "true"),
        ("dynamic_cast<X*>(bp) == 0", "true"),
        ("dynamic_cast<D*>(nullp) == 0", "true"),
        ("(V*)dp == bp", "true"),
        ("bp->f()", "44"),
        ("br.f()", "44"),
        ("vl->f()", "22"),
        ("rp->g()", "34"),
        ("wp->k()", "15"),
        ("dp->v + lp->v + rp->v + wp->n", "10"),
    ):
        assert (text, str(inferior.evaluate(text))) == (text, shown)
    for text, why in (
        ("(D*)vl", "the object is a L, which is no D"),
        ("*(X*)np", "does not tell where the object around it begins"),
        ("dynamic_cast<X&>(br)", "the object is a D, which is no X"),
        ("dynamic_cast<D*>(5)", "int is not a pointer"),
    ):
        with pytest.raises((EvaluationError, ValueUnavailable), match=why):
            str(inferior.evaluate(text))


def test_before_the_program_runs_expressions_are_in_the_language_of_main(launch: Launch) -> None:
    """The frame is one of the dynamic linker, which says nothing of a language."""
    inferior = launch([programs.build("scopes_cpp.cpp", "-std=c++17")])
    assert str(inferior.type_of("ns::Box<long, 2>")) == "ns::Box<long, 2>"
    assert int(inferior.evaluate("sizeof(ns::Box<long, 2>)")) >= 16
