"""Whole stacks against gdb's: pc, stack pointer and callee-saved registers of every frame."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import gdb, programs

import trapline
from trapline.base.errors import VariableNotFound

REGISTERS = ("rip", "rsp", "rbx", "rbp", "r12", "r13", "r14", "r15")

GDB_STACK = f"""
names = {REGISTERS!r}
run("set backtrace past-main on")
run("set backtrace past-entry on")
def stack():
    frames, frame = [], gdb.newest_frame()
    while frame is not None and len(frames) < 200:
        # Physical frames only: those of inlined functions and tail calls share theirs.
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            frames.append([int(frame.read_register(name)) & (1 << 64) - 1 for name in names])
        frame = frame.older()
    return frames
"""

Frames = list[list[int | None]]


def our_stack(thread: Any) -> Frames:
    """The registers of every physical frame; None for one that is not known."""
    found: Frames = []
    for frame in thread.frames():
        if frame.is_inline or frame.is_tail_call:
            continue
        values: list[int | None] = []
        for name in REGISTERS:
            try:
                values.append(frame.registers[name])
            except VariableNotFound:
                values.append(None)
        found.append(values)
    return found


def agree(ours: Frames, theirs: list[list[int]], pids: tuple[int, int] = (0, 0)) -> bool:
    """Whether they are equal but for what we do not know, and for our process id where gdb has its own."""
    return len(ours) == len(theirs) and all(
        mine is None or mine == other or (mine, other) == pids
        for frame, gdbs in zip(ours, theirs, strict=True)
        for mine, other in zip(frame, gdbs, strict=True)
    )


def shown(frames: Any, name: Callable[[int], str]) -> str:
    return "\n".join(" ".join("?" if v is None else f"{v:x}" for v in f) + f"  {name(f[0])}" for f in frames)


def compare_steps(program: str, function: str, steps: int, least: int) -> None:
    """Step both through the same instructions; every stack must agree."""
    script = f"""{GDB_STACK}
run("tbreak {function}")
run("run")
for _ in range({steps}):
    emit(stack())
    run("stepi")
    if gdb.newest_frame().function() and gdb.newest_frame().name() == "main": break
"""
    theirs = gdb.ask(program, script)
    assert len(theirs) >= least
    with trapline.launch([program], env={}) as inferior:
        inferior.set_breakpoint(theirs[0][0][0], temporary=True)
        inferior.resume()
        deepest = 0
        for number, expected in enumerate(theirs):
            for _ in range(3):  # gdb's stepi now and then runs more than one instruction in ld.so
                if inferior.thread.registers.rip == expected[0][0]:
                    break
                inferior.step_instruction()
            stack = our_stack(inferior.thread)
            if not agree(stack, expected):
                pytest.fail(
                    f"step {number}, {inferior.thread.frames().reason}\nours:\n"
                    f"{shown(stack, inferior.describe)}\ngdb's:\n{shown(expected, inferior.describe)}"
                )
            deepest = max(deepest, len(stack))
            inferior.step_instruction()
        assert deepest > 4


@pytest.mark.parametrize(
    "flags",
    [
        ("-O0", "-Wl,-z,lazy"),
        ("-O2", "-Wl,-z,lazy"),
        ("-O2", "-fno-omit-frame-pointer"),
        ("-O1", "-fomit-frame-pointer", "-static"),
        ("-O2", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"),
        ("-Os", "-no-pie", "-Wl,-z,now"),
    ],
)
def test_every_instruction(flags: tuple[str, ...]) -> None:
    """Prologues, epilogues, PLT stubs, the dynamic linker's resolver, libc without debug information."""
    compare_steps(programs.build("unwinding.c", *flags), "work", 1500, 400)


def test_every_instruction_of_clang() -> None:
    """Clang's prologues."""
    compare_steps(programs.build("unwinding.c", "-O2", compiler="clang"), "work", 1500, 300)


@pytest.mark.parametrize("kind", ["signal", "null", "unmapped"])
@pytest.mark.parametrize("optimize", ["-O0", "-O2"])
def test_signals_and_bad_pointers(kind: str, optimize: str) -> None:
    """In a handler on another stack, and where a call went to nothing."""
    program = programs.build("unwinding.c", optimize)
    script = f"""{GDB_STACK}
run("handle SIGUSR2 nostop noprint pass")
run("break handler")
run("run {kind}")
emit([stack(), gdb.selected_inferior().pid])
"""
    ((expected, pid),) = gdb.ask(program, script)
    with trapline.launch([program, kind], env={}) as inferior:
        inferior.handle_signal("SIGUSR2", stop=False)
        inferior.set_breakpoint(expected[0][0]) if kind == "signal" else None
        inferior.resume()
        stack = our_stack(inferior.thread)
        assert agree(stack, expected, (inferior.pid, pid)), (
            f"{shown(stack, inferior.describe)}\n{shown(expected, inferior.describe)}"
        )
        if kind == "signal":
            names = [frame.is_signal_handler_call for frame in inferior.thread.frames()]
            assert names[:2] == [False, True] and not any(names[2:])


def test_stripped_python_at_random_stops(tmp_path: Path) -> None:
    """A large stripped program: stops all over the interpreter, its C libraries and libc."""
    program = shutil.which("python3", path="/usr/bin")
    if program is None:
        pytest.skip("no python3 of the system here")
    # It does the same each time: it looks through an empty directory first, and writes no byte code.
    arguments = ["-S", "-B", "-m", "this"]
    chosen = random.Random(7)
    stops = [(chosen.choice(PYTHON_PLACES), chosen.randrange(1, 40)) for _ in range(60)]
    script = f"""{GDB_STACK}
run("set environment PYTHONHASHSEED 0")
run("set cwd {tmp_path}")
run("tbreak Py_BytesMain")
run("run")
for place, steps in {stops!r}:
    run("tbreak " + place)
    run("continue")
    if not gdb.selected_inferior().pid: break
    run("stepi %d" % steps)
    emit(stack())
"""
    theirs = gdb.ask(program, script, *arguments)
    assert len(theirs) >= 30
    with trapline.launch([program, *arguments], env={"PYTHONHASHSEED": "0"}, cwd=str(tmp_path)) as inferior:
        inferior.set_breakpoint("Py_BytesMain", temporary=True)
        inferior.resume()
        for number, ((place, steps), expected) in enumerate(zip(stops, theirs, strict=False)):
            inferior.set_breakpoint(place, temporary=True)
            inferior.resume()
            inferior.step_instruction(steps)
            stack = our_stack(inferior.thread)
            assert agree(stack, expected), (
                f"stop {number} in {place}\n{shown(stack, inferior.describe)}\n"
                f"gdb's:\n{shown(expected, inferior.describe)}"
            )


PYTHON_PLACES = (
    "*malloc",
    "*PyObject_Hash",
    "*PyDict_SetItem",
    "*free",
    "*_PyObject_GC_New",
    "*PyObject_GetAttr",
)
