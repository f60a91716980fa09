"""What a user wrote where code shall be stopped, as one of four closed kinds.

Parsing asks no file and no process: which addresses a spec means is found later, and again when a
library is loaded.  Line numbers and file names are only taken apart here.
"""

from __future__ import annotations

import operator

from trapline.base import arguments
from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import LocationError
from trapline.base.fact import NamedTuple
from trapline.base.patterns import is_pattern, lazy
from trapline.base.typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import re


class AddressSpec(NamedTuple):
    """One address: a file address of `module` when `is_file_address`, else a load address."""

    address: int
    module: str | None = None
    is_file_address: bool = False


class SymbolSpec(NamedTuple):
    """A function or label by name, in any module or one, in any source file or one.

    `offset` is bytes from the symbol's address, negative before it.  `is_exact` asks for that address
    itself, where a plain name means the function's body after its prologue.
    """

    name: str
    offset: int = 0
    module: str | None = None
    is_exact: bool = False
    file: str | None = None


class PatternSpec(NamedTuple):
    """Every function in whose name `pattern` is found, in any module or one, in any source file or one.

    `is_exact` asks for their addresses, not those behind the prologues.  `needle`, where there is one, is in
    every name that is meant, as the linker has it: no other names are looked at.
    """

    pattern: re.Pattern[str]
    module: str | None = None
    file: str | None = None
    is_exact: bool = False
    needle: bytes = b""


class LineSpec(NamedTuple):
    """A line of a source file, counted from 1; `file` None means the file at hand."""

    file: str | None
    line: int
    module: str | None = None


Spec: TypeAlias = AddressSpec | SymbolSpec | PatternSpec | LineSpec

_NUMBER = lazy(r"0[xX][0-9a-fA-F]+|[0-9]+")
_DIGITS = 40  # of a number; int() refuses thousands of them with an error of its own
_HEXADECIMAL = lazy(r"0[xX][0-9a-fA-F]+")
_OFFSET = lazy(r"(?s)(?P<base>.*?)\s*(?P<sign>[+-])\s*(?P<number>0[xX][0-9a-fA-F]+|[0-9]+)")
_LINE = lazy(r"(?s)(?P<file>.*[^:]):\s*(?P<line>[^:]*)")
_FILE_PATTERN = lazy(r"(?s)(?P<file>[^/:][^:]*|/[^:]+):/(?P<pattern>.+)/")
_FILE_FUNCTION = lazy(r"(?s)(?P<file>[^:()<>]*[./][^:()<>]*):(?!:)\s*(?P<name>.+)")
_COLUMN = lazy(r":[0-9]+$")
_OPERATOR = lazy(r"(?:^|[^\w$])operator\s*$")
_OPERATOR_NAME = lazy(r"(?:^|[^\w$])operator\s*[^\w\s]+$")
_NOT_A_RESULT = lazy(r"\bfor\b|\[clone ")  # `vtable for A`, `<A as B for C>`
_NO_NAME_START = "+-0123456789!*,;=)]}>"
_FILE_NAME = lazy(r"[^()<>]*(?:[./][^()<>]*)")


def parse(location: object, module: str | None = None) -> Spec:
    """Return what `location` means.

    Args:
        location: `"main"`, `"main+4"`, `"ns::Class::method"`, `"file.c:12"`, `"file.c:main"`, `"12"`,
            `"*0x401136"`, `"0x401136"`, `"*main"`, `"libc.so.6!malloc"`, `"twelve!0x1139"`,
            `"/regular expression/"`, `"file.c:/regular expression/"`, a `re.Pattern`, or a load address: an
            integer, or anything with `__index__`.  A name and a file may be quoted, as in gdb:
            `"'ns::f(int)'"`.
        module: the module to look in, by path, base name or soname; an address then is a file address.

    Raises:
        LocationError: it means nothing; the message is one line.
    """
    if module is not None:
        arguments.text(module, "module")
    if isinstance(location, str):
        return _parse_text(location, module)
    if is_pattern(location):
        if isinstance(location.pattern, bytes):
            raise LocationError(f"{location.pattern!r}: names are text, compile the pattern from a str")
        return PatternSpec(location, module)
    try:
        if not isinstance(location, bool):
            return _address(operator.index(location), module, repr(location))  # type: ignore[arg-type] # asked
    except TypeError:
        pass  # said below
    raise LocationError(
        f"{location!r} is a {type(location).__name__}: a location is a str, an address or a re.Pattern"
    )


def _address(value: int, module: str | None, shown: str) -> AddressSpec:
    if not 0 <= value <= ADDRESS_MASK:
        raise LocationError(f"{shown}: an address has 64 bits and no sign")
    return AddressSpec(value, module, module is not None)


_MOST = 20_000
"""Characters of a location: longer names than compilers make, and files are searched for each."""


def _parse_text(location: str, module: str | None) -> Spec:
    if len(location) > _MOST:
        raise LocationError(f"a location of {len(location)} characters; {_MOST} is the most")
    if location.isidentifier():
        # Most are, and need none of the patterns, which take a millisecond to compile.
        return SymbolSpec(location, 0, module)
    text = location.strip()
    if not text:
        raise LocationError("an empty location: name a function, FILE:LINE or *ADDRESS")
    if any(c < " " or c == "\x7f" for c in text):
        raise LocationError(f"{location!r}: control characters in a location")
    if text[0] in "'\"":
        text = _unquoted(text, location)
    if len(text) > 2 and text[0] == text[-1] == "/":
        return _pattern(text[1:-1], module)
    named, text = _split_module(text)
    if named is not None:
        if module is not None and module != named:
            raise LocationError(f"{location!r} names module {named!r}, but module={module!r} is given")
        module = named
        if not text:
            raise LocationError(f"{location!r}: nothing after {named + '!'!r}")
        if len(text) > 2 and text[0] == text[-1] == "/":
            return _pattern(text[1:-1], module)
    if text.startswith("*"):
        return _exact(text[1:].strip(), module, location)
    if _HEXADECIMAL.fullmatch(text):
        return _address(_integer(text), module, location)
    if _NUMBER.fullmatch(text):
        return _line(None, text, module, location)
    match = _FILE_PATTERN.fullmatch(text)
    if match:
        return _pattern(match["pattern"], module)._replace(file=match["file"].strip())
    match = _FILE_FUNCTION.fullmatch(text)
    if match and match["name"][0].isidentifier():
        spec = _symbol(match["name"], module, location)
        return spec._replace(file=match["file"].strip()) if isinstance(spec, SymbolSpec) else spec
    match = _LINE.fullmatch(text)
    # The colon of FILE:LINE stands alone; a name has them in pairs.
    if match and (match["line"].strip().isdigit() or _FILE_NAME.fullmatch(match["file"])):
        return _line(match["file"].strip(), match["line"].strip(), module, location)
    return _symbol(text, module, location)


def _unquoted(text: str, location: str) -> str:
    """Return `f(int)` of `'f(int)'` and `file.c:12` of `"file.c":12`."""
    inside, mark, behind = text[1:].partition(text[0])
    if not mark:
        raise LocationError(f"{location!r}: a quote is not closed")
    if not inside.strip() or behind.lstrip()[:1] not in ("", ":"):
        raise LocationError(f"{location!r}: quotes are around a function's name, or a file's before ':'")
    return inside.strip() + behind.strip()


def _split_module(text: str) -> tuple[str | None, str]:
    """Split `libc.so.6!malloc`; the `!` of `operator!=` and of template arguments is part of the name."""
    left, mark, right = text.partition("!")
    if not mark or "(" in left or "<" in left or _OPERATOR.search(left):
        return None, text
    left = left.strip()
    if not left:
        raise LocationError(f"{text!r}: no module before '!'")
    return left, right.strip()


def _pattern(source: str, module: str | None) -> PatternSpec:
    import re

    try:
        return PatternSpec(re.compile(source), module)
    except re.error as error:
        raise LocationError(f"/{source}/ is no regular expression: {error}") from None


def _line(file: str | None, number: str, module: str | None, location: str) -> LineSpec:
    # str.isdigit also takes digits that int() refuses, such as superscripts.
    if not (number.isascii() and number.isdigit()):
        raise LocationError(f"{location!r}: {number!r} is no line number")
    if len(number) > _DIGITS or not int(number):
        raise LocationError(f"{location!r}: {number} is no line number, they start at 1")
    if file is not None and _COLUMN.search(file):
        raise LocationError(f"{location!r}: a location has no column, write FILE:LINE")
    return LineSpec(file, int(number), module)


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise LocationError(f"{text[:_DIGITS]}...: a number of more than 64 bits")
    return int(text, 16) if text[1:2] in ("x", "X") else int(text)


def _exact(text: str, module: str | None, location: str) -> AddressSpec | SymbolSpec:
    """Parse what follows `*`: an address or a symbol, each with an offset or without."""
    if not text:
        raise LocationError(f"{location!r}: no address after '*'")
    if _NUMBER.fullmatch(text):
        return _address(_integer(text), module, location)
    spec = _symbol(text, module, location)
    return spec._replace(is_exact=True) if isinstance(spec, SymbolSpec) else spec


def _symbol(text: str, module: str | None, location: str) -> AddressSpec | SymbolSpec:
    """Parse a name or address with an offset or without.

    `+` and `-` split only before a number, so `operator+`, `operator->` and `f(A<-1>)` stay whole.
    """
    match = _OFFSET.fullmatch(text)
    if match and match["base"] and not _OPERATOR.search(match["base"]):
        base, offset = match["base"], _integer(match["number"])
        if match["sign"] == "-":
            offset = -offset
        if _NUMBER.fullmatch(base):
            return _address(_integer(base) + offset, module, location)
        if abs(offset) > ADDRESS_MASK:
            raise LocationError(f"{location!r}: an offset of more than 64 bits")
        if base[0] not in _NO_NAME_START:
            return SymbolSpec(base, offset, module, True)
    if text[-1] in "+-:" and not _OPERATOR_NAME.search(text):
        raise LocationError(f"{location!r}: nothing after {text[-1]!r}")
    if text[0] == ":" and text[:2] != "::":
        raise LocationError(f"{location!r}: no file before ':', write FILE:LINE or a line number alone")
    if text[0] in _NO_NAME_START:
        raise LocationError(f"{location!r} is neither a name nor an address")
    return SymbolSpec(_named(text), 0, module, False)


def _named(text: str) -> str:
    """Return a function's name without its result, which demanglers write before those of templates."""
    if " " not in text or _NOT_A_RESULT.search(text):
        return text
    from trapline.symbols.naming import without_result

    return without_result(text)
