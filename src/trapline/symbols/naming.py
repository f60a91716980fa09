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
_LIBRARY = lazy(r"\b__(?:cxx11|1)::")
"""The inline namespaces of libstdc++ and libc++ that nobody writes."""
_DEEPEST = 40  # template arguments in template arguments
STRINGS = {
    f"std::{prefix}{name}": f"std::basic_{name}<{letter}>"
    for prefix, letter in zip(
        ("", "w", "u8", "u16", "u32"), ("char", "wchar_t", "char8_t", "char16_t", "char32_t"), strict=True
    )
    for name in ("string", "string_view")
}
"""Typedefs of the library that everybody writes; a compiler leaves those out that no variable has."""
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
        if not _agree(f"<{comparable(parameters)}>", f"<{comparable(wanted.parameters)}>", is_whole=True):
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
    return _agree(comparable(candidate), comparable(wanted))


def _agree(ours: str, theirs: str, depth: int = 0, *, is_whole: bool = False) -> bool:
    """Whether a user who wrote `theirs` may mean `ours`; both are in the form that is compared.

    Arguments at the end of a list may be left out, as those that have defaults are in a program:
    `Box<std::vector<int>>`; and so may the standard library's inline namespaces.  With `is_whole` none of
    the outermost list is left out.
    """
    if ours == theirs:
        return True
    if depth == 0:
        ours, theirs = _LIBRARY.sub("", ours), _LIBRARY.sub("", theirs)
    mine, other = _opened(ours), _opened(theirs)
    if mine is None or other is None or depth > _DEEPEST:
        return ours == theirs
    fewer = len(mine.arguments) - len(other.arguments)
    return (
        mine.head == other.head
        and (fewer == 0 if is_whole else fewer >= 0)
        and all(_agree(*pair, depth + 1) for pair in zip(mine.arguments, other.arguments, strict=False))
        and _agree(mine.rest, other.rest, depth + 1)
    )


class _Opened(NamedTuple):
    """A name with template arguments: what stands before the first list, that list, what stands behind."""

    head: str
    arguments: list[str]
    rest: str


def _opened(text: str) -> _Opened | None:
    """Return a text divided at its first list of template arguments, None where it has none."""
    depth = start = 0
    for at, letter, is_symbol in letters(text) if "<" in text else ():
        if is_symbol:
            continue
        if letter == "<":
            if depth == 0:
                start = at
            depth += 1
        elif letter == ">" and depth:
            depth -= 1
            if depth == 0:
                return _Opened(text[:start], divided(text[start + 1 : at], ","), text[at + 1 :])
    return None
