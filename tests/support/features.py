"""Programs of one language feature each, stopped at their marks: what gdb shows there, and what we show.

A line of tests/programs/features carries `@mark NAME` and, behind a colon, expressions with semicolons
between them.  At each of the first two passes of a mark every variable of the frames up to `main` is printed,
and the expressions.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.support import gdb, programs
from tests.support.feature_differences import CLOBBERED, agree

import trapline
from trapline import DebuggerError, Frame, Thread, Value

PASSES = 2
"""How often a mark is looked at."""

FRAMES = 4
"""How many frames of each stop."""

ENVIRONMENT = {"TRAPLINE": "1"}
"""The same for gdb's process and ours, so that both have the same stack."""


class Mark(NamedTuple):
    """A line of a program, and what is printed there beside the variables."""

    name: str
    line: int
    expressions: list[str]


class Seen(NamedTuple):
    """One stop: the marks that it is at, where, and what is seen there."""

    marks: list[str]
    done: list[str]
    """Those of them that are not looked at any more."""
    place: list[list[Any]]
    """(function, pc, line, "inline" or "tail" or "") of each frame."""
    texts: dict[str, str]
    """Of variables by name, those of callers by `1 name`, and of expressions."""

    @property
    def pc(self) -> int:
        """The load address."""
        found: int = self.place[0][1]
        return found


class Difference(NamedTuple):
    """One text that is not gdb's: what of, gdb's and ours."""

    name: str
    """`function: variable`, `function: expression`, or `frames`."""
    theirs: str
    ours: str


def marks(source: str) -> list[Mark]:
    """Return the marks of tests/programs/`source`, in order."""
    found = []
    for number, line in enumerate((programs.SOURCES / source).read_text().splitlines(), 1):
        if mark := re.search(r"@mark (\w+)(?:: (.*?))?(?: ?\*/)?$", line):
            expressions = (mark[2] or "").split(";")
            found.append(Mark(mark[1], number, [one.strip() for one in expressions if one.strip()]))
    return found


_GDB = """
def printed(expression):
    if expression in {crashing!r}: return "error: gdb would crash"
    try:
        text = run("print/r " + expression).partition(" = ")[2].rstrip("\\n")
        return text.replace("\\n", "") if "warning: " in text else text
    except gdb.error as error:
        return "error: " + str(error)

def variables(frame):
    found, block = {{}}, frame.block()
    while block is not None:
        for one in block:
            if (one.is_variable or one.is_argument or one.is_constant) and one.name not in found:
                found[one.name] = printed(one.name)
        block = None if block.function else block.superblock
    return found

def frames():
    frame = gdb.newest_frame()
    for depth in range({frames}):
        symtab = frame and frame.find_sal().symtab
        if not symtab or not symtab.filename.endswith({file!r}): break
        yield depth, frame
        if frame.name() in ("main", {main!r}): break
        frame = frame.older()

def seen(expressions):
    place, texts = [], {{}}
    for depth, frame in frames():
        kind = {{gdb.INLINE_FRAME: "inline", gdb.TAILCALL_FRAME: "tail"}}.get(frame.type(), "")
        place.append([frame.name(), frame.pc(), frame.find_sal().line, kind])
        frame.select()
        for name, text in variables(frame).items():
            texts["%d %s" % (depth, name) if depth else name] = text
    gdb.newest_frame().select()
    for one in expressions:
        texts[one] = printed(one)
    return place, texts

run("unset environment LINES")
run("unset environment COLUMNS")
run("set environment TRAPLINE 1")
MARKS = {{}}
for name, line, expressions in {marks!r}:
    point = gdb.Breakpoint({file!r} + ":%d" % line)
    MARKS[point.number] = point, name, expressions
HIT = []
gdb.events.stop.connect(lambda stop: HIT.extend(getattr(stop, "breakpoints", [])))
run("run")
while gdb.selected_inferior().pid and HIT:
    here = [MARKS[one.number] for one in HIT]
    HIT.clear()
    done = [(point, name) for point, name, _ in here if point.hit_count >= {passes}]
    what = seen([one for _, _, more in here for one in more])
    emit([[name for _, name, _ in here], [name for _, name in done], *what])
    for point, _ in done: point.enabled = False
    run("continue")
emit("end")
"""


def gdb_sees(program: str, source: str, crashing: Sequence[str] = ()) -> list[Seen]:
    """Return gdb's stops.

    Args:
        program: the binary.
        source: what it was made from, in tests/programs.
        crashing: what gdb is not asked for.
    """
    stem = source.rpartition("/")[2].partition(".")[0]
    script = _GDB.format(
        marks=[tuple(one) for one in marks(source)],
        file=source.rpartition("/")[2],
        frames=FRAMES,
        crashing=tuple(crashing),
        passes=PASSES,
        main=f"{stem}::main",
    )
    *stops, end = gdb.ask(program, script)
    assert end == "end"
    return [Seen(*one) for one in stops]


def we_see(program: str, theirs: list[Seen]) -> list[Seen]:
    """Return what is at our stops, at gdb's addresses, of all that gdb has seen there."""
    found: list[Seen] = []
    waiting: dict[int, set[str]] = {}
    for stop in theirs:
        waiting.setdefault(stop.pc, set()).update(stop.marks)
    with trapline.launch([program], env=ENVIRONMENT, stdout=trapline.DEVNULL) as inferior:
        points = {pc: inferior.set_breakpoint(pc) for pc in waiting}
        for stop in theirs:
            inferior.resume()
            found.append(_seen(inferior.thread, stop))
            for pc, names in waiting.items():
                names.difference_update(stop.done)
                if not names and pc in points:
                    points.pop(pc).delete()
    return found


def differences(theirs: list[Seen], ours: list[Seen]) -> Iterator[Difference]:
    """Give what does not agree, stop by stop; where the frames are others, only those."""
    for one, other in zip(theirs, ours, strict=True):
        place = _comparable(one.place)
        if place != _comparable(other.place):
            yield Difference("frames", str(one.place), str(other.place))
            continue
        for key, text in one.texts.items():
            if not agree(text, other.texts[key]):
                depth, name = _depth_and_name(key)
                yield Difference(f"{place[depth][0]}: {name}", text, other.texts[key])


def _comparable(place: list[list[Any]]) -> list[list[Any]]:
    """Without parameters behind names, which gdb leaves where it cannot parse them."""
    return [
        [re.sub(r"(?<!operator)\([^()]*\)( const)?( \[clone .*)?$", "", name), *rest] for name, *rest in place
    ]


def _depth_and_name(key: str) -> tuple[int, str]:
    """Return which frame a text is of, and the variable or expression."""
    found = re.fullmatch(r"(\d) (\w+)", key)
    return (int(found[1]), found[2]) if found else (0, key)


def _seen(thread: Thread, theirs: Seen) -> Seen:
    frames = [frame for frame, _ in zip(thread.frames(), theirs.place, strict=False)]
    texts = {}
    place = [_place(frame) for frame in frames]
    for key, text in theirs.texts.items():
        if text.startswith("error: No symbol "):
            texts[key] = text  # as a rule we have none either, and looking for it everywhere takes long
            continue
        depth, name = _depth_and_name(key)
        # A call in the inferior before may have ended the stop.
        frame = next(itertools.islice(thread.frames(), depth, None), None)
        texts[key] = printed(frame, name)
    return Seen(theirs.marks, theirs.done, place, texts)


def _place(frame: Frame) -> list[Any]:
    line = frame.location.line if frame.location else 0
    kind = "inline" if frame.is_inline else "tail" if frame.is_tail_call else ""
    return [frame.function, frame.pc, line, kind]


def printed(frame: Frame | None, expression: str) -> str:
    """Return the text of a variable or an expression, or of the error."""
    if frame is None:
        return "no such frame"
    try:
        value = frame.evaluate(expression).raw
        return CLOBBERED if _is_clobbered(value) else str(value)
    except DebuggerError as error:
        return f"error: {error}"


def _is_clobbered(value: Value) -> bool:
    """Whether a value was in a register that the callee may have changed since."""
    return value.unavailable is not None and "a call may change it" in value.unavailable
