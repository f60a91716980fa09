"""Stops all over an optimized program with debug information: every frame and every variable is gdb's."""

from __future__ import annotations

import functools
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support import programs, random_stops

import trapline
from trapline import Frame

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

PLACES = (
    "PyObject_Malloc", "PyDict_SetItem", "_PyEval_EvalFrameDefault", "PyUnicode_FromFormatV", "list_resize",
    "_PyObject_GenericGetAttrWithDict", "PyLong_FromLong", "unicode_hash", "PyType_Ready", "insertdict",
    "sre_compile_impl", "r_object", "_PyBytes_Resize", "float_new", "tuplealloc", "_PyCode_New",
    "gc_collect_main", "binarysort", "_PyPegen_run_parser", "tok_get", "compiler_visit_expr", "assemble",
    "PySequence_List", "builtin_sum_impl", "stringlib_split", "visit_decref", "PyObject_GC_Track",
    "method_vectorcall_NOARGS", "pattern_subx",
)  # fmt: skip

SCRIPT = """
import json, re
print(len(json.dumps([1.5, {'a': [2, 3]}])), re.sub('a+', 'b', 'caat'), sorted('hello'), sum(range(50)))
try:
    int('x')
except ValueError as error:
    print(error)
print(b'ab'.hex(), '%s %5.2f' % ('z', 2.5), {1, 2, 3} | {4})
"""

GDB_IS_WRONG = {
    # The location is a register that the call made since may have changed; gdb shows the callee's.
    ("PyTuple_Pack", "o"),
    ("unicode_fromformat_arg", "s"),
    # A label, which the compiler dropped.
    ("do_mkstack", "error"),
    # The caller's value at the call is not that of the register at the function's entry, which ours is:
    # checked by a breakpoint there.
    ("_PyObject_FastCallTstate", "args"),
}

NOT_SET_YET = {
    # What was on the stack before, the canary among it, which differs from run to run.
    ("list_sort_impl", "ms"),
    ("unicode_decode_utf8", "writer"),
}


def comparable(text: str) -> str:
    """Without the type that gdb puts before a pointer.

    Two underscores are a point to gdb's Ada, and of a function's static it has the name in the source.
    """
    text = re.sub(r"^\([^()]*(?:\([^()]*\)[^()]*)*\) (?=0x|@|<)", "", text)
    return re.sub(r"<[^<>]*>", lambda name: re.sub(r"\.\d+", "", name[0].replace("__", ".")), text)


def different(function: str, theirs: dict[str, str], frame: Frame) -> list[tuple[str, str, str, str]]:
    """Return what gdb has and we have not, or otherwise."""
    ours = {name: str(value.raw) for name, value in (*frame.arguments.items(), *frame.locals.items())}
    return [
        (function, name, text, ours.get(name, "nothing"))
        for name, text in theirs.items()
        if "optimized out" not in text and not text.startswith("error")
        if comparable(text) != comparable(ours.get(name, "nothing"))
        if (function, name) not in GDB_IS_WRONG | NOT_SET_YET
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_frames_and_variables_are_gdbs(tmp_path: Path, seed: int) -> None:
    program = shutil.which("python3.11-dbg", path="/usr/bin")
    if program is None:
        pytest.skip("no python3.11-dbg here")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    chosen = random.Random(seed)
    stops = [(chosen.sample(PLACES, 9), chosen.randrange(1, 60)) for _ in range(200)]
    start = ("set environment PYTHONHASHSEED 0", "tbreak Py_BytesMain", "run")
    theirs = random_stops.gdb_sees(program, stops, "-S", str(script), start=start, wanted="True")
    compared = 0
    environment = {"PYTHONHASHSEED": "0"}
    command = [program, "-S", str(script)]
    with trapline.launch(command, env=environment, stdout=trapline.DEVNULL) as inferior:
        inferior.set_breakpoint("Py_BytesMain", temporary=True)
        inferior.resume()
        for expected, frames in random_stops.ours_beside(inferior, stops, theirs):
            assert [one[:4] for one in expected] == [
                [frame.function, frame.pc, frame.location.line if frame.location else 0, frame.is_inline]
                for frame in frames
            ]
            for (function, _, _, _, variables), frame in zip(expected, frames, strict=True):
                assert different(function, variables, frame) == []
                compared += len(variables)
    assert len(theirs) >= 100 and compared > 5000


CPP_BUILDS = [
    ("g++", ("-O0",)),
    ("g++", ("-Og",)),
    ("g++", ("-O2", "-gdwarf-4")),
    ("g++", ("-O3",)),
    ("g++", ("-O2", "-flto")),
    ("g++", ("-O2", "-gsplit-dwarf")),
    ("clang++", ("-O0",)),
    ("clang++", ("-Og",)),
    ("clang++", ("-O2", "-gdwarf-4")),
    ("clang++", ("-O3", "-ffunction-sections")),
]
RUST_LEVELS = [0, 1, 2, 3]
SEEDS = [1, 2]


@functools.cache
def of_cpp(compiler: str, flags: tuple[str, ...], seed: int) -> random_stops.Stops:
    program = programs.build("calculator.cpp", *flags, "-std=c++17", compiler=compiler)
    return random_stops.compared(program, random_stops.CPP, seed, 150, optimized="-O0" not in flags)


@functools.cache
def of_rust(level: int, seed: int) -> random_stops.Stops:
    program = programs.build("calculator.rs", f"-Copt-level={level}", "--edition=2021")
    return random_stops.compared(program, random_stops.RUST, seed, 150, optimized=level > 0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("compiler", "flags"), CPP_BUILDS)
def test_frames_and_variables_of_cpp_are_gdbs(compiler: str, flags: tuple[str, ...], seed: int) -> None:
    _check(of_cpp(compiler, flags, seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", RUST_LEVELS)
def test_frames_and_variables_of_rust_are_gdbs(level: int, seed: int) -> None:
    _check(of_rust(level, seed), least=20)


def test_every_excuse_is_needed() -> None:
    """By some build: what gdb shows as it is, or is not there any more, has to leave the lists."""
    needed: set[str] = set()
    for seed in SEEDS:
        needed.update(*(of_cpp(compiler, flags, seed).excused for compiler, flags in CPP_BUILDS))
        needed.update(*(of_rust(level, seed).excused for level in RUST_LEVELS))
    assert {*random_stops.GDB_IS_WRONG, *random_stops.NOT_SET} - needed == set()


@pytest.mark.parametrize("flags", [("-O2",), ("-O2", "-gdwarf-4")])
def test_after_dwz(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """What several units have is in a partial unit that they import."""
    dwz = shutil.which("dwz")
    if dwz is None:
        pytest.skip("no dwz here")
    program = tmp_path / "calculator"
    shutil.copy(programs.build("calculator.cpp", *flags, "-std=c++17"), program)
    subprocess.run([dwz, str(program)], check=True, capture_output=True)
    _check(random_stops.compared(str(program), random_stops.CPP, 3, 150))


def _check(found: random_stops.Stops, least: int = 60) -> None:
    assert found.differences == []
    assert found.stops >= least and found.values > 10 * least
