"""Names of the standard library's class templates without what nobody wrote: `std::map<std::string, int>`.

Source: libstdc++'s type printers for gdb (register_type_printers), which `whatis` goes by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PAIR = ("std::pair<{0} const, {1}>", "std::pair<const {0}, {1}>")
_ALLOCATOR = ("std::allocator<{0}>",)
_OF_PAIRS = tuple(f"std::allocator<{pair}>" for pair in _PAIR)
_LESS, _HASH, _EQUAL = ("std::less<{0}>",), ("std::hash<{0}>",), ("std::equal_to<{0}>",)

_DEFAULTS: dict[str, tuple[int, tuple[tuple[str, ...], ...]]] = {
    "unique_ptr": (1, (("std::default_delete<{0}>",),)),
    **dict.fromkeys(("deque", "forward_list", "list", "vector"), (1, (_ALLOCATOR,))),
    **dict.fromkeys(("map", "multimap"), (2, (_LESS, _OF_PAIRS))),
    **dict.fromkeys(("set", "multiset"), (1, (_LESS, _ALLOCATOR))),
    **dict.fromkeys(("unordered_map", "unordered_multimap"), (2, (_HASH, _EQUAL, _OF_PAIRS))),
    **dict.fromkeys(("unordered_set", "unordered_multiset"), (1, (_HASH, _EQUAL, _ALLOCATOR))),
}
"""By template: how many arguments are always shown, and the spellings of the defaults of those behind."""

_STRINGS = {"char": "", "wchar_t": "w", "char8_t": "u8", "char16_t": "u16", "char32_t": "u32"}
_STRING_DEFAULTS = {
    "basic_string": (("std::char_traits<{0}>",), _ALLOCATOR),
    "basic_string_view": (("std::char_traits<{0}>",),),
}
_NONE: Mapping[str, str] = {}
_TEMPLATE = re.compile(r"[\w:]*\w(?=<)")
_DECLARED = re.compile(r"(?P<name>.*?[\w>])(?P<rest>(?: const| volatile|[ *&])*)", re.DOTALL)
"""An argument: the name of a type and what stands behind it."""
_OPENING = {"<": ">", "(": ")", "[": "]", "{": "}"}


def shortened(text: str, names: Mapping[str, str] = _NONE) -> str:
    """Return the text of a C++ type with the default arguments of the library's templates left out.

    `names` is what types are called here, by full name; it holds for arguments of templates of the program.
    """
    pieces: list[str] = []
    at = 0
    while (found := _TEMPLATE.search(text, at)) is not None:
        parsed = _arguments(text, found.end())
        if parsed is None:
            break
        arguments, end = parsed
        short = _recognized(found.group(), arguments)
        if short is None:
            inside = ", ".join(_argument(one, names) for one in arguments)
            close = " >" if text[end - 2] == " " and inside.endswith(">") else ">"
            short = f"{found.group()}<{inside}{close}"
        pieces += [text[at : found.start()], short]
        at = end
    return "".join(pieces) + text[at:]


def _argument(text: str, names: Mapping[str, str]) -> str:
    """Return an argument of a template; see `shortened`."""
    match = _DECLARED.fullmatch(text) if names else None
    if match is None:
        return shortened(text, names)
    return (names.get(match["name"]) or shortened(match["name"], names)) + match["rest"]


def _arguments(text: str, start: int) -> tuple[list[str], int] | None:
    """Return the template arguments from `<` at `start` on, and the end; None: it is not closed."""
    waiting: list[str] = []
    arguments: list[str] = []
    begin = start + 1
    for index in range(start, len(text)):
        character = text[index]
        if character in _OPENING:
            waiting.append(_OPENING[character])
        elif character == waiting[-1]:
            waiting.pop()
        if not waiting or (character == "," and len(waiting) == 1):
            arguments.append(text[begin:index].strip())
            begin = index + 1
        if not waiting:
            return arguments, begin
    return None


def _recognized(template: str, arguments: list[str]) -> str | None:
    """Return the short name of a template's instance that has its defaults; None for any other."""
    namespace, _, own = template.rpartition("::")
    if namespace not in ("std", "std::__cxx11", "std::__debug"):
        return None
    space = namespace.removesuffix("::__cxx11")
    if own in _STRING_DEFAULTS:
        if arguments[0] in _STRINGS and _are_defaults(arguments, 1, _STRING_DEFAULTS[own]):
            return f"{space}::{_STRINGS[arguments[0]]}{own.removeprefix('basic_')}"
        return None
    shown, defaults = _DEFAULTS.get(own, (0, ()))
    if not defaults or not _are_defaults(arguments, shown, defaults):
        return None
    return f"{space}::{own}<{', '.join(map(shortened, arguments[:shown]))}>"


def _are_defaults(arguments: list[str], shown: int, defaults: tuple[tuple[str, ...], ...]) -> bool:
    given = arguments[shown:]
    return len(given) == len(defaults) and all(
        one.replace(" ", "") in [spelling.format(*arguments).replace(" ", "") for spelling in spellings]
        for one, spellings in zip(given, defaults, strict=True)
    )
