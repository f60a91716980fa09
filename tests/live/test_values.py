"""Values of running programs: content, assignment, frames outwards, threads, what a resume leaves."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline.inspection.frame import Frame


@pytest.fixture
def at_mark(launch: Any) -> Any:
    """Run a program to a marked line."""

    def run(source: str, mark: str, *flags: str, compiler: str | None = None) -> Any:
        program = programs.build(source, *flags, compiler=compiler)
        inferior = launch([program], stdout=trapline.DEVNULL)
        inferior.set_breakpoint(f"{source}:{programs.mark(source, mark)}")
        assert isinstance(inferior.resume(), trapline.BreakpointHit)
        return inferior

    return run


def test_c_content(at_mark: Any) -> None:
    frame: Frame = at_mark("values_c.c", "main").frame
    assert int(frame["i"]) == -123456 and float(frame["d"]) == 0.1 and bool(frame["yes"]) and not frame["no"]
    assert frame["text"] == "hello" and frame["string"].to_python() == "a string" and frame["utf8"] == "héllo"
    assert frame["point"].to_python() == {"x": 3, "y": -4} and int(frame["pointer"]["y"]) == -4
    assert [int(number) for number in frame["array"]] == [1, 2, 3, 4] and frame["matrix"].to_python()[1] == [
        4,
        5,
        6,
    ]
    assert (
        frame["big"] == (1 << 100) + 7 and complex(frame["dc"]) == 3 + 4j and frame["blue"].variant == "BLUE"
    )
    assert int(frame["nested"]["next"]["points"][1]["x"]) == 3 and frame["nested"]["text"] == "nested text"
    assert str(frame["function"]).endswith("<twice>") and str(frame["rw"]) == "(READ | WRITE)"
    assert frame["bits"].to_python() == {"a": 5, "b": -3, "c": 0x123456789A, "d": True, "e": "BLUE"}
    assert frame["wide_text"] == "wide é" and frame["strings"].to_python() == ["one", "two", 0]
    assert int(frame["flexible"]["data"][2]) == 3
    assert set(frame.arguments) == {"argc", "argv"} and int(frame.arguments["argc"]) == 1
    assert "point" in frame.locals and "argc" not in frame.locals and len(frame.locals) > 80


def test_globals_statics_and_thread_locals(at_mark: Any) -> None:
    inferior = at_mark("values_c.c", "main")
    frame = inferior.frame
    assert (int(frame["global"]), int(frame["hidden"]), int(frame["per_thread"])) == (42, 43, 44)
    frame["per_thread"] = 50
    assert inferior.memory.read_integer(frame["per_thread"].address, 4) == 50
    assert frame["origin"].address == inferior.symbol("origin").address
    with pytest.raises(
        trapline.VariableNotFound, match="no variable 'pont' in this frame; near: point"
    ) as caught:
        frame["pont"]
    assert isinstance(caught.value, KeyError)


def test_each_thread_has_its_own_thread_locals(launch: Any) -> None:
    """Also in a library, whose block is allocated at the first use."""
    library = programs.build("values_tls.c", "-shared", "-fPIC", "-DLIBRARY")
    program = programs.build("values_tls.c", libraries=(library,))
    inferior = launch([program], env={"LD_LIBRARY_PATH": library.rpartition("/")[0]})
    inferior.set_breakpoint(f"values_tls.c:{programs.mark('values_tls.c', 'thread')}")
    seen = set()
    for stop in inferior.events():
        if isinstance(stop, trapline.Exited):
            assert stop.status.code == 0
            break
        frame = inferior.frame
        assert int(frame["own"]) == int(frame["number"]) and int(frame["of_library"]) == 100 + int(
            frame["number"]
        )
        seen.add(int(frame["number"]))
    assert seen == {1, 2, 3}


def test_assignment_is_seen_by_the_program(at_mark: Any) -> None:
    inferior = at_mark("values_c.c", "by_value")
    frame = inferior.frame
    frame["p"]["x"] = 1000
    frame["f"] = 2.5
    frame["c"].set("z")
    frame["n"]["first"].set(7)
    assert frame["p"].to_python() == {"x": 1000, "y": -4} and str(frame["c"]) == "122 'z'"
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert inferior.thread.registers.eax == 1000 + 7 + 2 + 0x10000_0000 - 300 + 122 - 0x10000_0000


def test_a_string_literal_is_assigned_to_an_array_with_room_for_it(at_mark: Any) -> None:
    """gdb refuses each that is not of exactly the array's size."""
    inferior = at_mark("values_c.c", "main")
    inferior.evaluate('padded = "a longer text"')
    inferior.evaluate('padded = "new"')
    assert bytes(inferior.frame["padded"]) == b"new\0nger text".ljust(20, b"\0")
    inferior.evaluate('exact = "abc"')
    assert bytes(inferior.frame["exact"]) == b"abc"
    inferior.evaluate('wide_text = L"wi"')
    assert inferior.frame["wide_text"] == "wi"
    for text in ('exact = "abcd"', 'wide_text = "wi"', 'array = "abc"', "padded = text"):
        before = inferior.evaluate(text.partition(" ")[0]).contents()
        with pytest.raises(trapline.UsageError, match=r"do not fit in char \[3\]|cannot be assigned to"):
            inferior.evaluate(text)
        assert inferior.evaluate(text.partition(" ")[0]).contents() == before


def test_a_bit_field_has_no_address(at_mark: Any) -> None:
    inferior = at_mark("values_c.c", "main")
    with pytest.raises(trapline.EvaluationError, match="no address: it is a bit-field"):
        inferior.evaluate("&bits.b")


def test_frames_outwards_have_their_own_variables(at_mark: Any) -> None:
    inferior = at_mark("values_c.c", "by_value")
    inner, outer = inferior.thread.frames()[:2]
    assert inner.function == "by_value" and outer.function == "main"
    assert int(inner["s"]) == -300 and int(outer["i"]) == -123456 and "i" not in inner.locals
    outer["u"] = 77
    assert int(inferior.thread.frames()[1]["u"]) == 77


def test_what_was_read_stays_and_more_is_stale(at_mark: Any) -> None:
    inferior = at_mark("values_c.c", "by_value")
    frame = inferior.frame
    scalar, read, unread = frame["s"], frame["p"], frame["n"]
    text = str(read)
    inferior.finish()
    assert int(scalar) == -300 and str(read) == text and int(read["x"]) == 3
    for more in (lambda: unread["text"], lambda: frame["s"], lambda: frame.locals, lambda: scalar.set(1)):
        with pytest.raises(trapline.StaleError):
            more()


def test_strings_of_an_earlier_stop_are_those_that_are_there_now(at_mark: Any) -> None:
    """What an object's pointers lead to is no part of it; the object is shown as it was read, as by gdb."""
    inferior = at_mark("values_c.c", "by_value")
    strings = inferior.evaluate("strings", frame=inferior.thread.frame(1))
    text = str(strings)
    assert '"one"' in text
    inferior.finish()
    assert str(strings) == text


def test_cpp_content(at_mark: Any) -> None:
    frame: Frame = at_mark("values_cpp.cpp", "main").frame
    assert frame["shape"].dynamic["side"] == 3 and str(frame["shape"].dynamic).startswith(
        "(shapes::Square *) 0x"
    )
    assert int(frame["diamond"]["id"]) == 40 and int(frame["left"].dynamic["bottom"]) == 30
    assert int(frame["square"]["count"]) == 2 and int(frame["reference"]) == 5 and frame["reference"] + 1 == 6
    assert frame["buffer"]["items"].to_python() == [1, 2, 3] and frame["color"] == "Green"
    assert frame["references"].to_python() == {"number": 1, "members": {"a": 1, "b": 2}}
    assert frame["utf16_text"] == "héllo" and frame["first"]["next"]["value"] == 2


def test_members_of_this_are_names(at_mark: Any) -> None:
    frame = at_mark("values_cpp.cpp", "method").frame
    assert int(frame["field"]) == 11 and int(frame["this"]["field"]) == 11 and int(frame["local"]) == 13


def test_class_arguments_passed_by_reference(at_mark: Any) -> None:
    """What the ABI passes by reference is shown as the object, not as the pointer."""
    for compiler in ("g++", "clang++"):
        frame = at_mark("values_cpp.cpp", "by_value", compiler=compiler).frame
        assert int(frame["tricky"]["size"]) == 3 and int(frame["tricky"]["data"][2]) == 3
        assert frame["members"].to_python() == {"a": 1, "b": 2} and int(frame["temporary"]) == 8


def test_rust_content(at_mark: Any) -> None:
    frame: Frame = at_mark("values_rust.rs", "main").frame
    assert frame["text"] == "héllo" and frame["string"] == "owned" and str(frame["string"]) == '"owned"'
    assert [frame[name].variant for name in ("some", "none", "ok", "error", "color")] == [
        *("Some", "None", "Ok", "Err", "Green")
    ]
    assert frame["some"].to_python() == 5 and frame["none"].to_python() is None
    assert frame["error"].to_python() == {"Err": "bad"} and frame["some_string"].to_python() == "s"
    assert frame["shapes"].to_python() == [
        {"Circle": 1.5},
        {"Rectangle": {"width": 2, "height": 3}},
        "Nothing",
    ]
    assert frame["slice"].to_python() == [2, 3] and len(frame["slice"]) == 2 and int(frame["slice"][1]) == 3
    assert frame["tuple"].to_python() == (1, "two", 3.5, "c") and int(frame["tuple"][0]) == 1
    assert int(frame["boxed_point"]["y"]) == 9 and int(frame["reference_reference"]["x"]) == 1
    assert int(frame["some_reference"][0].dereference()) == 42 and frame["unit"].to_python() is None
    assert str(frame["nested"][1]) == 'values_rust::Nested::Text("t")'


def test_a_deep_recursion_at_o2_answers_at_once(at_mark: Any) -> None:
    """Entry values lead outwards through every frame; they are followed a few frames only."""
    inferior = at_mark("values_deep.c", "bottom", "-O2")
    frames = inferior.thread.frames()
    assert len(frames) > 10_000
    for frame in (frames[0], frames[5], frames[5000]):
        for value in frame.arguments.values():
            assert value.unavailable is None or value.unavailable.startswith("optimized out")


def test_a_register_variable_is_read_and_assigned(at_mark: Any) -> None:
    inferior = at_mark("values_deep.c", "register", "-O2")
    value = inferior.frame["kept"]
    assert value.address is None and int(value) == 12
    value.set(20)
    assert int(inferior.frame["kept"]) == 20
    assert isinstance(inferior.finish(), trapline.FunctionFinished)
    assert inferior.thread.registers.eax == 21


def test_variables_without_a_type_want_a_cast(at_mark: Any) -> None:
    """With -g1 gcc names variables outside functions and leaves their types out."""
    inferior = at_mark("untyped.c", "stop", "-g1", compiler="gcc")
    assert inferior.evaluate("counter").type.name == "<data variable, no debug info>"
    assert int(inferior.evaluate("(int)counter")) == 7
    assert inferior.evaluate("*(char **)&words").to_python() == "one"


def test_without_debug_information_there_are_no_variables(launch: Any) -> None:
    inferior = launch([programs.build("values_c.c", "-g0")])
    inferior.advance("main")
    frame = inferior.frame
    assert dict(frame.locals) == {} == dict(frame.arguments)
    with pytest.raises(trapline.VariableNotFound, match="no debug information"):
        frame["i"]
