"""Stops all over an optimized program with debug information: every frame and every variable is gdb's."""

from __future__ import annotations

import itertools
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support import gdb

import trapline
from trapline import Frame

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

FRAMES = 12  # of each stop, from the innermost

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

_GDB = """
def variables(frame):
    found, block = {{}}, frame.block()
    while block is not None:
        for one in block:
            if (one.is_variable or one.is_argument) and one.name not in found:
                try:
                    found[one.name] = run("print/r " + one.name).partition(" = ")[2].rstrip()
                except gdb.error as error:
                    found[one.name] = "error: " + str(error)
        block = None if block.function else block.superblock
    return found

def frames():
    found, frame = [], gdb.newest_frame()
    while frame is not None and len(found) < {frames}:
        frame.select()
        place = frame.find_sal()
        line = place.line if place.symtab else 0
        is_inline = frame.type() == gdb.INLINE_FRAME
        found.append([frame.name(), frame.pc(), line, is_inline, variables(frame)])
        frame = frame.older()
    return found

run("unset environment LINES")
run("unset environment COLUMNS")
run("set environment PYTHONHASHSEED 0")
run("tbreak Py_BytesMain")
run("run")
for places, steps in {stops!r}:
    for place in places:
        run("tbreak " + place)
    run("continue")
    if not gdb.selected_inferior().pid:
        break
    run("delete")
    run("stepi %d" % steps)
    emit(frames())
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
    theirs: list[list[Any]] = gdb.ask(
        program, _GDB.format(frames=FRAMES, stops=stops), "-S", str(script), timeout=600
    )
    compared = 0
    environment = {"PYTHONHASHSEED": "0"}
    command = [program, "-S", str(script)]
    with trapline.launch(command, env=environment, stdout=trapline.DEVNULL) as inferior:
        inferior.set_breakpoint("Py_BytesMain", temporary=True)
        inferior.resume()
        for (places, steps), expected in zip(stops, theirs, strict=False):
            points = [inferior.set_breakpoint(place) for place in places]
            inferior.resume()
            for point in points:
                point.delete()
            inferior.step_instruction(steps)
            frames = list(itertools.islice(inferior.thread.frames(), len(expected)))  # gdb ends with main
            assert [one[:4] for one in expected] == [
                [frame.function, frame.pc, frame.location.line if frame.location else 0, frame.is_inline]
                for frame in frames
            ]
            for (function, _, _, _, variables), frame in zip(expected, frames, strict=True):
                assert different(function, variables, frame) == []
                compared += len(variables)
    assert len(theirs) >= 100 and compared > 5000
