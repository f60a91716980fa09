"""Frames with names and lines against gdb's: inlined functions, tail calls, callers' lines."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

import pytest
from tests.support import gdb, programs
from tests.support.line_oracles import library

import trapline

GDB_FRAMES = """
def frames():
    found, frame = [], gdb.newest_frame()
    while frame is not None:
        sal = frame.find_sal()
        path = sal.symtab.filename if sal.symtab else None
        kind = {gdb.INLINE_FRAME: "inline", gdb.TAILCALL_FRAME: "tail"}.get(frame.type(), "")
        found.append([frame.name(), frame.pc(), path, sal.line if path else 0, kind])
        frame = frame.older()
    return found
"""


def our_frames(thread: Any) -> list[list[Any]]:
    """Name, pc, file, line and kind of each frame, up to main as gdb has them."""
    found = []
    for frame in thread.frames():
        place = frame.location
        kind = "inline" if frame.is_inline else "tail" if frame.is_tail_call else ""
        found.append(
            [frame.function, frame.pc, place.path if place else None, place.line if place else 0, kind]
        )
        if frame.function == "main":
            break
    return found


def comparable(frames: list[list[Any]]) -> list[list[Any]]:
    """Files by their last component, as gdb joins directories in ways of its own; clang's lambdas without
    their parameters, which gdb leaves there because it cannot parse the `$_0` before them.
    """
    return [
        [re.sub(r"(\$_\d+::operator\(\)).*", r"\1", name or ""), pc, path and PurePath(path).name, line, kind]
        for name, pc, path, line, kind in frames
    ]


def compare(program: str, breaks: list[str], stops: int, least: int) -> None:
    script = f"""{GDB_FRAMES}
for place in {breaks!r}: run("break " + place)
run("run")
for _ in range({stops}):
    if not gdb.selected_inferior().pid: break
    emit(frames())
    run("continue")
"""
    theirs = gdb.ask(program, script)
    assert len(theirs) >= least
    with trapline.launch([program], env={}) as inferior:
        for place in {frames[0][1] for frames in theirs}:
            inferior.set_breakpoint(place)
        for number, expected in enumerate(theirs):
            inferior.resume()
            ours = our_frames(inferior.thread)
            assert comparable(ours) == comparable(expected), f"stop {number}"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize(
    "flags", [("-O0",), ("-Og",), ("-O1",), ("-O2",), ("-O3", "-gdwarf-4"), ("-O2", "-no-pie")]
)
def test_inlined_and_tail_called(flags: tuple[str, ...], compiler: str) -> None:
    """At each call of a function that everything ends in."""
    compare(programs.build("inlining.cpp", *flags, compiler=compiler), ["bottom"], 40, 9)


@pytest.mark.parametrize("flags", [("-O0",), ("-O2",)])
def test_c(flags: tuple[str, ...]) -> None:
    """Through libc too, which may have its debug information elsewhere."""
    compare(programs.build("unwinding.c", *flags), ["leaf", "compare", "variadic"], 30, 20)


def test_names() -> None:
    """Namespaces, template arguments, the class of a member function; no parameters."""
    program = programs.build("inlining.cpp", "-O2")
    with trapline.launch([program]) as inferior:
        inferior.set_breakpoint("_Z6bottomi")
        inferior.resume()
        names = [frame.function for frame in inferior.thread.frames()]
    assert names[1:4] == [
        "outer::(anonymous namespace)::hidden",
        "outer::Box<int>::get",
        "outer::Box<int>::twice",
    ]
    assert names[4] == "main"


def test_tail_calls_in_libc_go_by_the_names_of_its_separate_file() -> None:
    """A callee that the linker made local is found by the symbols that libc was stripped of."""
    library("libc.so.6")  # skips where there is none
    program = programs.build("waits.c")
    script = f"""{GDB_FRAMES}
run("catch syscall futex")
run("run")
emit(frames())
emit(run("backtrace").splitlines())
"""
    expected, shown = gdb.ask(program, script)
    with trapline.launch([program], env={}) as inferior:
        inferior.set_catchpoint("syscall", "futex")
        inferior.resume()
        assert comparable(our_frames(inferior.thread)) == comparable(expected)
        frames = inferior.thread.frames()
        assert "tail" in [frame[4] for frame in expected]
        for frame, text in zip(frames, shown, strict=False):
            arguments = re.sub(r"(<\w+)\.\d+", r"\1", frame.arguments.brief())  # gdb: the source's name
            assert f"({arguments}) at" in text
