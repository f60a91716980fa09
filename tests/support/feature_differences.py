"""Where our texts of tests/programs/features are not gdb's, and why.

An entry that does not differ any more fails the test, as a difference without an entry does.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Allowed(NamedTuple):
    """Differences of one program that have one reason."""

    source: str
    builds: str
    """`gcc -O0 -Og | clang`: compilers, with levels where not all are meant."""
    names: str
    """`function: name` of variables and expressions, or `frames`; ` | ` between functions."""
    reason: str


_ZEROS = "gdb takes the bits that no piece of the location describes for zeros"
_EMPTY_RANGE = (
    "gdb takes an empty range of a location list at the function's entry for the place there; it means "
    "nothing (DWARF 5 §2.6.2; gdb, dwarf2_find_location_expression)"
)
_EMPTY_ARRAY = "gdb shows an array of no elements that was optimized out at address 0"
_NO_ARRAY = "gdb takes an array that was optimized out for an empty one"
_CALLEES = "the register belongs to the callee by now, as a call may change it"

GDB_REFUSES = {
    "That operation is not available on integers of more than 8 bytes.": "gdb 13 cannot",
    "no such vector element": _NO_ARRAY,
    "has unknown type; cast it to its declared type": "gdb 13 does not know gcc's complex integers",
    "Cannot perform pointer math on incomplete types": "gdb does not look up the length behind a pointer",
    "Could not find operator": "gdb needs the operator's code; we look at the container",
    "Cannot evaluate function -- may be inlined": "gdb needs the function's code; we look at the container",
    "Attempt to take address of value not located in memory.": "gdb calls the operator",
    "Can't take address of ": "gdb calls a function of an object that is in registers",
    "Anonymous field access is only allowed on": "gdb does not look through a Box",
    "Attempt to take contents of a non-pointer value.": "gdb does not look through an Rc",
    "There is no member named": "gdb does not look through an Rc",
    "gdb would crash": "see GDB_CRASHES",
    "DW_OP_GNU_uninit must always be the very last op": "gcc says that a variable may not be set yet",
}
"""What gdb says where we have a value, and why it does."""

CLOBBERED = "<not saved>"
"""Of a value in a register that a call may have changed: gdb shows the callee's."""

GDB_CRASHES = {
    ("patterns.rs", "rustc -Copt-level=1"): ("maybe",),
    ("patterns.rs", "rustc -Copt-level=2"): ("maybe",),
}
"""What gdb 13.1 cannot be asked for: an Option that was optimized out."""

_NOWHERE = "<optimized out>"
_WARNING = re.compile(r"warning: \(\w+ ?\w*: pc 0x\w+ in [^)]*\.\)")
"""What gdb says of vtables amid its text."""

_BEFORE_ADDRESS = re.compile(r"^\(.*?\) (?=0x)")
"""gdb calls all of Rust's pointers, references and boxes `*mut`; the compiler says which they are."""

_OF_OPERATOR = re.compile(r"^\([^()]* &\) @0x[0-9a-f]+: ")
"""gdb calls the operators of containers, which give references; we look at the elements."""

ALLOWED = (
    Allowed(
        "asynchronous.rs",
        "rustc -Copt-level=1 -Copt-level=2",
        "asynchronous::main: context",
        "gdb gives a case without data the data of another",
    ),
    Allowed("complexes.c", "clang -Og -O2", "main: result", _ZEROS),
    Allowed(
        "coroutines.cpp",
        "g++ -O0 -Og",
        "counted: _Coro_resume_fn, _Coro_destroy_fn",
        "gdb calls them what the debug information calls the functions, we what the linker does",
    ),
    Allowed(
        "coroutines.cpp",
        "g++ -O2",
        "frames",
        "gdb takes the coroutine's body for a part of main that was inlined",
    ),
    Allowed(
        "coroutines.cpp",
        "clang++ -Og -O2",
        "counted: __coro_frame",
        "gdb shows nothing of the frame's structure",
    ),
    Allowed("enums.c", "gcc | clang -O0", "main: -down", "the negative of an enumerator is an int in C"),
    Allowed("enums.c", "clang -Og -O2", "main: colors, colors[1] == BLUE", _ZEROS),
    Allowed("flexible.c", "clang -Og -O2", "main: holder, holder.none", _EMPTY_ARRAY),
    Allowed(
        "iterators.rs",
        "rustc -Copt-level=0 -Copt-level=1",
        "iterators::main: mapped",
        "a function that its type names takes no bytes: gdb says 0",
    ),
    Allowed("lambdas.cpp", "clang++", "frames", "our demangler does not know clang 14's names of lambdas"),
    Allowed("loops.c", "gcc -O2", "unrolled: i, sum, items[i]", _EMPTY_RANGE),
    Allowed(
        "objects.cpp", "g++ -O2", "Buffer::~Buffer: alive", "gdb does not find the class's static variable"
    ),
    Allowed("qualified.c", "clang -Og -O2", "main: bytes", _ZEROS),
    Allowed("references.cpp", "g++ -O2", "passed: point.y, &point", _CALLEES),
    Allowed("scopes.cpp", "clang++", "main: Thing::counted", "gdb shows what the static was made with"),
    Allowed(
        "slices.rs",
        "rustc -Copt-level=0 -Copt-level=1",
        "slices::main: &array[1..3]",
        "gdb makes a slice of its own, we a pointer to the elements",
    ),
    Allowed(
        "smart_pointers.rs", "rustc", "smart_pointers::main: boxed_text", "gdb does not take str for text"
    ),
    Allowed("tail_calls.c", "gcc -O2", "first: length", _EMPTY_RANGE),
    Allowed("unions.c", "clang -Og -O2", "main: integer, real, text, many", _ZEROS),
    Allowed(
        "virtual_inheritance.cpp",
        "g++ | clang++",
        "shown: left | main: right",
        "gdb does not find the virtual base of what a reference refers to",
    ),
    Allowed("vla.c", "gcc", "rows: table", "we look up the length behind a pointer"),
    Allowed("vla.c", "gcc -Og -O2 | clang -Og -O2", "arrays: sizeof line", _NO_ARRAY),
    Allowed("vla.c", "clang -Og", "arrays: sizeof(pairs) / sizeof(pairs[0])", _NO_ARRAY),
    Allowed(
        "wide_numbers.c", "clang -Og -O2", "main: text, string16, string32, together, together.text", _ZEROS
    ),
)


def allowed(source: str, build: str) -> dict[str, str]:
    """Return what may and must differ in one build (`gcc -O2`): `function: name` with the reason."""
    compiler, level = build.split()
    found = {}
    for one in ALLOWED:
        for builds in one.builds.split("|"):
            wanted, *levels = builds.split()
            if one.source == source and wanted == compiler and (not levels or level in levels):
                for names in one.names.split(" | "):
                    function, colon, rest = names.partition(": ")
                    found |= {f"{function}{colon}{name}": one.reason for name in rest.split(", ")}
    return found


def agree(theirs: str, ours: str) -> bool:
    """Whether two texts say the same, or differ for one of the reasons above."""
    # Where gcc says that a variable may not be set yet.
    theirs = theirs.removeprefix(" [uninitialized] ")
    theirs = _WARNING.sub("", theirs).replace(
        "<error reading variable: value has been optimized out>", _NOWHERE
    )
    ours = ours.replace("<error: optimized out>", _NOWHERE)
    if theirs == ours or ours == CLOBBERED or (_is_nothing(theirs) and _is_nothing(ours)):
        return True
    if theirs.startswith("error: "):
        fault = re.search(r"Cannot access memory at address \w+", theirs)
        return any(one in theirs for one in GDB_REFUSES) or bool(fault and f"<error: {fault[0]}>" in ours)
    if (fault := re.search(r"<error reading variable: (.*)>", theirs)) and f"<error: {fault[1]}>" in ours:
        return True
    if _OF_OPERATOR.sub("", theirs) == ours:
        return True
    if theirs.startswith("(*mut ") and _BEFORE_ADDRESS.sub("", theirs) == _BEFORE_ADDRESS.sub("", ours):
        return True
    # gdb calls a part synthetic of which no piece of the location has a bit.
    parts = re.escape(theirs).replace(re.escape("<synthetic pointer>"), "<(synthetic pointer|optimized out)>")
    return re.fullmatch(parts, ours) is not None


def _is_nothing(text: str) -> bool:
    """Whether a text says that there is no value, or why."""
    return text.startswith(("error: ", "<error: ")) or text.endswith(_NOWHERE)
