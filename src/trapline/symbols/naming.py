"""How names of C++ and Rust are taken apart and compared.

What a user asks for may leave out outer scopes and template arguments, as gdb allows: `method` and
`Class::method` both mean `ns::Class<int>::method(int)`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TypeVar
from trapline.symbols.spelling import ANONYMOUS, CLOSING, OPENING, comparable, divided, letters

_T = TypeVar("_T")

_TAG = lazy(r"\[abi:\w*\]")
_ENDS_IN_OPERATOR = lazy(r"(?:^|\W)operator$")
_AROUND = lazy(r"(?<= )\((?:[*&]+(?: ?const\b *)?)+")
"""How the result begins that is written around a function's name: `(&`, `(* const&`."""
_QUALIFIERS = ("const", "volatile", "noexcept", "&&", "&")


class Name(NamedTuple):
    """A name taken apart: its scopes and itself, and the parameter list where one was written."""

    components: tuple[str, ...]
    parameters: str | None = None
    is_absolute: bool = False


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Name:
    """Return the parts of `ns::Class<int>::method(int) const`; a leading `::` makes it absolute.

    Tags as demanglers show them, `to_string[abi:cxx11]`, are no part of the name.
    """
    text = _TAG.sub("", text).strip() if "[abi:" in text else text.strip()
    path, parameters = separate(text)
    is_absolute = path.startswith("::")
    return Name(split(path[2:] if is_absolute else path), parameters, is_absolute)


def separate(text: str) -> tuple[str, str | None]:
    """Return a name without its parameter list, and the inside of that list; None where it has none."""
    head = text
    for _ in _QUALIFIERS:
        for word in _QUALIFIERS:
            head = head.rstrip().removesuffix(word)
    head = head.rstrip()
    if not head.endswith(")"):
        return text, None
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        if head[at] == ")":
            depth += 1
        elif head[at] == "(":
            depth -= 1
            if depth == 0:
                break
    else:
        return text, None
    before = head[:at].rstrip()
    if not before or before.endswith("::") or _ENDS_IN_OPERATOR.search(before):
        return text, None
    if head[at:] == ANONYMOUS:
        return text, None
    return before, head[at + 1 : -1].strip()


def without_result(demangled: str) -> str:
    """Return a demangled function without what it returns: `get<int>(A&)` of `int& get<int>(A&)`.

    And of `int (&get<int>(A&)) [5]`: a reference to an array or a function is written around the name.
    """
    demangled = _amid_its_result(demangled)
    path, _ = separate(demangled)
    depth = start = 0
    for at, letter, is_symbol in letters(path):
        if is_symbol:
            continue
        if letter in OPENING:
            depth += 1
        elif letter in CLOSING:
            depth = max(depth - 1, 0)
        elif letter == " " and depth == 0 and not path.startswith(" <", at):
            start = at + 1
    return demangled[start:]


def _amid_its_result(demangled: str) -> str:
    """Return what is in the parentheses of a result that is written around a function's name, else all."""
    depth = start = 0
    for at, letter, is_symbol in letters(demangled):
        if is_symbol:
            continue
        if letter in OPENING:
            if depth == 0 and (around := _AROUND.match(demangled, at)):
                start = around.end()
            depth += 1
        elif letter in CLOSING:
            depth = max(depth - 1, 0)
            if depth == 0 and start:
                return demangled[start:at] or demangled
    return demangled


def split(path: str) -> tuple[str, ...]:
    """Return the components of a qualified name; `::` inside brackets does not divide."""
    if "::" not in path:
        return (path,)
    return tuple(divided(path, "::"))


def bare(component: str) -> str:
    """Return a component without its template arguments: `vector` of `vector<int>`."""
    if not component.endswith(">") or component.startswith("<"):
        return component
    for at, letter, is_symbol in letters(component):
        if letter == "<" and not is_symbol:
            return component[:at].rstrip()
    return component


def nearest(found: list[_T], name_of: Callable[[_T], str], name: str, around: str) -> list[_T]:
    """Return those in the innermost scope around a function that has any; all where none has.

    Args:
        found: what a name may mean.
        name_of: its qualified name.
        name: what was asked for; with `::` before it, it is meant from outside all scopes.
        around: the function's qualified name.
    """
    if len(found) < 2:
        return found
    scopes = split(around)[:-1] if not name.startswith("::") else ()
    wanted = split(name.removeprefix("::"))
    for depth in range(len(scopes), -1, -1):
        goal = (*scopes[:depth], *wanted)
        near = [one for one in found if _is_spelled(name_of(one), goal)]
        if near:
            return near
    return found


def _is_spelled(name: str, goal: tuple[str, ...]) -> bool:
    """Whether a qualified name has these components, template arguments of the last one aside."""
    components = split(name)
    return components[:-1] == goal[:-1] and goal[-1] in (components[-1], bare(components[-1]))


def answers_to(
    candidate: Sequence[str], wanted: Name, *, skippable: Sequence[bool] = (), parameters: str | None = None
) -> bool:
    """Whether a user who wrote `wanted` may mean the function or type with the components `candidate`.

    Outer scopes may be left out, unless `wanted` is absolute, and so may template arguments; likewise any
    scope that is unnamed or that `skippable` (as long as `candidate`) marks, such as an inline namespace.
    Parameters are compared where both are known.
    """
    if wanted.parameters is not None and parameters is not None:
        if comparable(wanted.parameters) != comparable(parameters):
            return False
    here = len(candidate) - 1
    for part in reversed(wanted.components):
        while here >= 0 and not _is_same(candidate[here], part):
            if here == len(candidate) - 1 or not (
                candidate[here] == ANONYMOUS or (here < len(skippable) and skippable[here])
            ):
                return False
            here -= 1
        if here < 0:
            return False
        here -= 1
    return not wanted.is_absolute or all(
        candidate[k] == ANONYMOUS or (k < len(skippable) and skippable[k]) for k in range(here + 1)
    )


def _is_same(candidate: str, wanted: str) -> bool:
    if candidate == wanted or bare(candidate) == wanted:
        return True
    if not wanted.endswith(">"):
        return False
    # Arguments at the end may be left out, as those that have defaults are in a program: `vector<int>`.
    ours, theirs = comparable(candidate), comparable(wanted)
    return ours == theirs or ours.startswith(theirs[:-1] + ",")
