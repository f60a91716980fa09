"""Stops all over a program, chosen by chance: frames and variables as gdb and we see them there.

Each stop is the next of a few functions that the program enters, and some instructions on.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.support import gdb
from tests.support.feature_differences import agree
from tests.support.features import printed

import trapline
from trapline import Frame, Inferior, Module
from trapline.base.address import LoadAddress

FRAMES = 12
"""How many of each stop, from the innermost."""

CPP, RUST = "calculator|_GLOBAL__N_1", "10calculator"
"""Where the programs of tests/programs/calculator.* may stop: patterns of symbols."""

_PLACES = 5
_STEPS = 60

_ENTRY = "gdb takes an empty range of a location list at the function's entry for the place there"
_ZEROS = "gdb takes what no piece of the location describes for zeros"
_OTHERS = (
    "of what a caller says that it passed gdb takes the callee's frame base or registers for the caller's"
)
_CALLEES = "the register belongs to the callee by now, as a call may change it"

GDB_IS_WRONG = {
    **dict.fromkeys(("operator: n", "operator: sum", "operator: __closure", "operator: numbers"), _ENTRY),
    **dict.fromkeys(("std::__invoke_impl: __f", "std::__invoke_r: __fn"), _ENTRY),
    "std::less::operator: this": _OTHERS,
    "std::__detail::__variant::_Variant_storage::_M_reset: __closure": _OTHERS,
    "std::__detail::__variant::__gen_vtable_impl::__visit_invoke: __visitor": _OTHERS,
    "alloc::vec::{impl#16}::from_iter: iter": _CALLEES,
    "core::iter::traits::iterator::Iterator::collect: self": _CALLEES,
    "calculator::run: src": _ZEROS,
    "calculator::Lexer::new: s": _ZEROS,
    "core::slice::cmp::{impl#2}::cmp: other": _ZEROS,
    "{anonymous}::combined: function": _ZEROS,
    "std::__cxx11::basic_string::_M_construct: __guard": "gdb takes another class of that name",
}
"""Variables of tests/programs/calculator.* that gdb 13 shows otherwise than they are."""

NOT_SET = {
    "calculator::run: lexer",
    "std::__shared_count::__shared_count: __pi",
    "{anonymous}::words: word",
    # The text of a token that is a character: only the beginning of the variant is used.
    "std::vector::_M_realloc_insert: __args",
    "std::vector::emplace_back: __args",
    "std::vector::push_back: __x",
}
"""Variables that hold, or may in part, what was on the stack before: the canary, which no run has twice."""

_INHERITED = {"__uniq_ptr_impl": "__uniq_ptr_data", "_Optional_payload_base": "_Optional_payload"}

_GDB = """
def variables(frame, line):
    try:
        block = frame.block()
    except RuntimeError:
        return {{}}
    found = {{}}
    while block is not None:
        for one in block:
            if (one.is_variable or one.is_argument) and ({wanted}) and one.name not in found:
                try:
                    found[one.name] = run("print/r " + one.name).partition(" = ")[2].rstrip()
                except gdb.error as error:
                    found[one.name] = "error: " + str(error)
        block = None if block.function else block.superblock
    return found

def frames():
    frame = gdb.newest_frame()
    for _ in range({frames}):
        if frame is None: break
        frame.select()
        place = frame.find_sal()
        line = place.line if place.symtab else 0
        yield [frame.name(), frame.pc(), line, frame.type() == gdb.INLINE_FRAME, variables(frame, line)]
        frame = frame.older()

run("unset environment LINES")
run("unset environment COLUMNS")
for command in {start!r}:
    run(command)
for places, steps in {stops!r}:
    for place in places:
        run("tbreak " + (place if isinstance(place, str) else "*%d" % place))
    run("continue")
    if not gdb.selected_inferior().pid: break
    run("delete")
    run("stepi %d" % steps)
    if not gdb.selected_inferior().pid: break
    emit(list(frames()))
"""


Stop = tuple[Sequence[Any], int]
"""The functions of which the next one is waited for, by name or load address, and instructions from there."""


def gdb_sees(
    program: str, stops: Sequence[Stop], *arguments: str, start: Sequence[str] = ("starti",), wanted: str
) -> list[list[Any]]:
    """Return gdb's frames at each stop: name, pc, line, whether it is inlined, texts of variables by name.

    Args:
        program: the binary.
        stops: where it stops.
        arguments: of its command line.
        start: gdb's commands that start it.
        wanted: a condition on a symbol `one` in a frame at a `line`, in Python: variables that are printed.
    """
    script = _GDB.format(frames=FRAMES, stops=stops, start=start, wanted=wanted)
    found: list[list[Any]] = gdb.ask(program, script, *arguments, timeout=600)
    return found


def ours_beside(
    inferior: Inferior, stops: Sequence[Stop], theirs: list[list[Any]]
) -> Iterator[tuple[list[Any], list[Frame]]]:
    """Go from stop to stop, and give gdb's frames and ours at each; gdb ends with main, or sooner."""
    for (places, steps), expected in zip(stops, theirs, strict=False):
        points = [inferior.set_breakpoint(place) for place in places]
        inferior.resume()
        for point in points:
            point.delete()
        inferior.step_instruction(steps)
        yield expected, list(itertools.islice(inferior.thread.frames(), len(expected)))


class Stops(NamedTuple):
    """What was compared, and what differs."""

    stops: int
    values: int
    differences: list[str]
    excused: set[str]
    """What of GDB_IS_WRONG differs, and what of NOT_SET there was."""


def compared(
    program: str,
    pattern: str,
    seed: int,
    count: int,
    *,
    optimized: bool = True,
) -> Stops:
    """Return how many stops and values of a run were compared, and the differences.

    Args:
        program: the binary.
        pattern: of the symbols of functions where it may stop, as the linker knows them.
        seed: which run.
        count: stops, at most.
        optimized: whether arguments have their values from the first instruction on.
    """
    chosen = random.Random(seed)
    with trapline.launch([program], env={}, stdout=trapline.DEVNULL) as inferior:
        module = inferior.modules[0]
        found = module.matching(re.compile(pattern))
        functions = [one for one in found if module.lookup(one.name)[0].kind == "function"]
        entries = sorted({one.address for one in functions if ".cold" not in one.name})
        stops = [(chosen.sample(entries, _PLACES), chosen.randrange(1, _STEPS)) for _ in range(count)]
        wanted = "one.line < line" + (" or one.is_argument" if optimized else "")
        theirs = gdb_sees(program, stops, wanted=wanted)
        values, differences, excused = 0, [], set[str]()
        for expected, frames in ours_beside(inferior, stops, theirs):
            places_of = (
                [_place(module, *one[:4]) for one in expected],
                [_our_place(module, one) for one in frames],
            )
            if places_of[0] != places_of[1]:
                differences += [
                    f"{one} is {other}" for one, other in zip(*places_of, strict=False) if one != other
                ]
                continue
            for one, frame in zip(expected, frames, strict=True):
                if not module.contains(LoadAddress(frame.pc)):
                    continue
                values += len(one[4])
                differences += _different(frame, one[4], excused)
    return Stops(len(theirs), values, differences, excused)


def _different(frame: Frame, theirs: dict[str, str], excused: set[str]) -> Iterator[str]:
    """Give a line for what gdb has and we have not, or otherwise; note what is excused."""
    for name, text in theirs.items():
        if "optimized out" in text or text.startswith("error: "):
            continue
        ours = printed(frame, name)
        key = f"{_name(frame.function)}: {name}"
        if key in NOT_SET:
            excused.add(key)
        elif not agree(_comparable(text), _comparable(ours)):
            if key in GDB_IS_WRONG:
                excused.add(key)
            else:
                yield f"{key} = {ours}, gdb: {text}"


def _comparable(text: str) -> str:
    """Without names behind addresses, and without statics of the library.

    gdb shows the debug information's name of a function, with `<lambda(int)>` in it, we the linker's; and it
    finds a static member by its demangled name in a library that has no debug information.  A function that
    its type names takes no bytes in Rust; gdb says 0.
    """
    text = re.sub(r"\bf: (0x0|<optimized out>)", "f: nothing", text)
    text = re.sub(r"static npos = [^,]+", "static npos", text).replace(" &)", "&)")
    found = ""
    for part in re.split(r"(?<=0x)(?=[0-9a-f]+ <)", text):
        address, mark, rest = part.partition(" <")
        if not found or not mark:
            found += part
            continue
        depth, at = 1, 0
        while depth and at < len(rest):
            depth += (rest[at] == "<") - (rest[at] == ">" and rest[at - 1 : at + 1] != "->")
            at += 1
        found += address + rest[at:]
    return found


def _our_place(module: Module, frame: Frame) -> list[Any]:
    line = frame.location.line if frame.location else 0
    return _place(module, frame.function, frame.pc, line, frame.is_inline)


def _place(module: Module, name: str | None, pc: int, line: int, is_inline: bool) -> list[Any]:
    """Return what is compared of a frame; names in libraries are often one of several at a place."""
    return [_name(name) if module.contains(LoadAddress(pc)) else "", pc, line, is_inline]


def _name(name: str | None) -> str:
    """Return a function's name as far as both write it in one way: without what templates were made for."""
    name = re.sub(r"\[abi:\w+\]|\[[0-9a-f]{8,}\]| ", "", name or "").replace(
        "(anonymousnamespace)", "{anonymous}"
    )
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    scope, _, own = name.partition("(")[0].rpartition("::")
    # LLVM's demangler calls an inherited constructor as its class, gdb's as the base.
    return f"{scope}::{_INHERITED.get(own, own)}" if scope else own
