"""What can be written behind `p.`, `p->` and `Class::`: the members of what stands before the cursor.

Nothing of the program is called or changed for it; what would need that has no members here.

Source: GDB manual, Command Completion ("structure and union member names").
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.errors import DebuggerError
from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import container_methods, names, rust
from trapline.symbols.calling import own_name
from trapline.symbols.types import RUST, EnumType, PointerType, StructType, Type

if TYPE_CHECKING:
    from trapline.inspection.frame import Frame
    from trapline.inspection.surroundings import Surroundings
    from trapline.inspection.value import Value

_ACCESS = lazy(r"(->|\.|::)[ \t]*(~?[A-Za-z_]\w*|\d*)$")
_OPENING = {")": "(", "]": "[", ">": "<"}
_DEPTH = 64
"""Bases of bases, anonymous members of such; more is a cycle."""


class Completion(NamedTuple):
    """What can be written instead of the last `length` characters before the cursor.

    `kind` is "variable", "function", "field", "method", "class" or "value" (an enumerator).
    """

    text: str
    length: int
    kind: str


def members(around: Surroundings, frame: Frame | None, before: str) -> list[Completion] | None:
    """Return the members that complete a text up to the cursor, in order of declaration.

    Empty where what stands before has no members; None where the text ends in no access to a member.
    """
    access = _ACCESS.search(before)
    if access is None:
        return None
    operator, word = access.groups()
    holder = before[: access.start()].rstrip()
    if operator == "::":
        whole = holder[_start_of_name(holder) :]
        found: Iterator[tuple[str, str]] = _of_scope(around, frame, whole)
        before_word = before[len(holder) - len(whole) : access.start(2)]
    else:
        whole = holder[_start_of_postfix(holder) :]
        if not whole or whole[0].isdigit():
            return []
        found = _of_value(around, frame, whole, is_arrow=operator == "->")
        before_word = ""
    length = len(before_word) + len(word)
    once = dict.fromkeys(found)
    return [Completion(before_word + name, length, kind) for name, kind in once if name.startswith(word)]


def variables(frame: Frame | None, before: str) -> list[Completion]:
    """Return the variables of a frame that complete a text up to the cursor, innermost block first."""
    start = _last_word(before, "_")
    if frame is None:
        return []
    found = dict.fromkeys((*frame.locals, *frame.arguments))
    return [Completion(name, len(start), "variable") for name in found if name.startswith(start)]


def qualified_word(before: str) -> str:
    """Return the name that a text up to the cursor ends in: `std::so` of `break std::so`; "" for none."""
    found = _last_word(before, "_$:~")
    return "" if _is_member(before.removesuffix(found)) else found


def _is_member(before: str) -> bool:
    return before.rstrip().endswith((".", "->"))


# -- what stands before ----------------------------------------------------------------------------------


def _start_of_postfix(text: str) -> int:
    """Return where the postfix expression begins that ends a text: `f(x).y[1]` of `*f(x).y[1]`.

    A space before brackets ends it, as in `print (p)`.
    """
    end = len(text)
    while True:
        at = _before_brackets(text, end)
        start = at - len(_last_word(text[:at]))
        if start == end:
            return end
        for operator in ("->", "::", "."):
            if text[:start].endswith(operator):
                end = start - len(operator)
                break
        else:
            return start


def _before_brackets(text: str, end: int) -> int:
    """Return where the calls and indices begin that stand before `end`."""
    while end and text[end - 1] in ")]":
        start = _opening(text, end)
        if start is None:
            return end
        end = start
    return end


def _start_of_name(text: str) -> int:
    """Return where the qualified name begins that ends a text: `ns::Box<int>` of `print ns::Box<int>`."""
    end = len(text)
    while True:
        at = end
        if text[:end].endswith(">"):
            at = _opening(text, end) or end
        start = at - len(_last_word(text[:at]))
        if start == at or not text[:start].endswith("::"):
            return start
        end = start - 2


def _last_word(text: str, marks: str = "_$") -> str:
    """Return the letters, digits and `marks` that a text ends in."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in marks):
        start -= 1
    return text[start:]


def _opening(text: str, end: int) -> int | None:
    """Return where the bracket is that the one before `end` closes; None where it has none."""
    depth = 0
    closing = text[end - 1]
    for at in range(end - 1, -1, -1):
        if text[at] == closing and not (closing == ">" and text[at - 1 : at] == "-"):
            depth += 1
        elif text[at] == _OPENING[closing]:
            depth -= 1
            if not depth:
                return at
    return None


# -- what there is ---------------------------------------------------------------------------------------


def _of_value(
    around: Surroundings, frame: Frame | None, text: str, *, is_arrow: bool
) -> Iterator[tuple[str, str]]:
    try:
        value = names.evaluate(around, frame, text, without_effects=True).referent()
        if is_arrow or value.language == RUST:
            # A smart pointer has members of its own behind the dot.
            value = container_methods.pointee(value) or value
        target = value.aggregate()
        if target.type.language == RUST:
            yield from _of_rust(target)
        else:
            yield from _of_type(target.dynamic.type, _DEPTH)
    except DebuggerError:
        return


def _of_rust(target: Value) -> Iterator[tuple[str, str]]:
    """Give the fields of the structure, or of the case that an enum has at the moment."""
    stripped = rust.payload(target).type.strip()
    if isinstance(stripped, StructType):
        for member in stripped.members:
            if member.name:
                yield member.name.removeprefix("__"), "field"


def _of_type(type_: Type, depth: int) -> Iterator[tuple[str, str]]:
    stripped = type_.strip()
    if isinstance(stripped, PointerType):
        stripped = stripped.target.strip()
    if not isinstance(stripped, StructType) or not depth:
        return
    for member in stripped.members:
        if not member.name:
            yield from _of_type(member.type, depth - 1)
        elif member.name.isidentifier():
            yield member.name, "field"
    yield from ((static.name, "field") for static in stripped.static_members)
    yield from _methods(stripped)
    for base in stripped.bases:
        yield from _of_type(base.type, depth - 1)


def _methods(struct: StructType) -> Iterator[tuple[str, str]]:
    """Give the member functions that somebody would call by name."""
    own = own_name(struct)
    for method in struct.methods:
        if method.name.isidentifier() and method.name != own and not method.is_artificial:
            yield method.name, "method"


def _of_scope(around: Surroundings, frame: Frame | None, text: str) -> Iterator[tuple[str, str]]:
    try:
        found = names.named_type(around, frame, text)
    except DebuggerError:
        return
    stripped = found.strip() if found is not None else None
    if isinstance(stripped, EnumType):
        yield from ((one.name, "value") for one in stripped.enumerators)
    elif isinstance(stripped, StructType):
        yield from _of_type(stripped, _DEPTH)
        for nested in stripped.nested_types:
            if nested.name:
                yield nested.name.rpartition("::")[2], "class"
