"""`printf "FORMAT", VALUES`: C's format with values of the program, as gdb's `printf` and `dprintf` take it.

Source: C23 §7.23.6.1 for the conversions; GDB manual, Commands for Controlled Output.
"""

from __future__ import annotations

import re

from trapline.base.errors import DebuggerError
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.value import Value

_CONVERSION = lazy(r"(?s)%(?P<flags>[-+ #0']*)(?P<width>\d*)(?P<precision>(?:\.\d*)?)"
                         r"(?P<length>hh|h|ll|l|j|z|t|L)?(?P<letter>.)")  # fmt: skip
_BITS = {"hh": 8, "h": 16, "l": 64, "ll": 64, "j": 64, "z": 64, "t": 64}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}
_OPENING, _CLOSING = "([{", ")]}"
_WIDEST = 1000
"""Characters that a width or a precision may ask for."""
_LONGEST = 1 << 16
"""Bytes of a string that are printed."""


def unescaped(text: str) -> str:
    r"""Return what a C programmer means by `\n`, `\t`, `\033` and `\\`; a lone final backslash is dropped."""

    def meant(found: re.Match[str]) -> str:
        one: str = found[1]
        return chr(int(one, 8) & 0xFF) if one[:1].isdigit() else _ESCAPES.get(one, one)

    return re.sub(r"\\([0-7]{1,3}|.|\n|$)", meant, text, flags=re.DOTALL)


def split(text: str) -> list[str]:
    """Return the parts between the commas that are in no brackets and no quotes."""
    parts, depth, quote, start, at = [], 0, "", 0, 0
    while at < len(text):
        one = text[at]
        if quote:
            at += one == "\\"
            quote = "" if one == quote else quote
        elif one in "\"'":
            quote = one
        elif one in _OPENING:
            depth += 1
        elif one in _CLOSING:
            depth -= 1
        elif one == "," and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*parts, text[start:].strip()]


def formatted(session: Session, text: str) -> str:
    """Return what `printf` prints for its arguments as they were written.

    Raises:
        CommandError: no format in quotes, a conversion that there is none of, too few or too many values.
        DebuggerError: a value cannot be had.
    """
    template, *expressions = split(text)
    if len(template) < 2 or template[0] != '"' or template[-1] != '"':
        raise CommandError('a format in quotes is needed: printf "%d\\n", x')
    wanted = [one for one in _CONVERSION.finditer(template) if one["letter"] != "%"]
    if len(wanted) != len(expressions):
        few = "few" if len(wanted) > len(expressions) else "many"
        raise CommandError(f"too {few} values: the format has {len(wanted)}, {len(expressions)} are given")
    pieces, end = [], 1
    values = iter(expressions)
    for one in _CONVERSION.finditer(template):
        pieces.append(unescaped(template[end : one.start()]))
        pieces.append("%" if one["letter"] == "%" else _converted(session, one, next(values)))
        end = one.end()
    return "".join([*pieces, unescaped(template[end:-1])])


def _converted(session: Session, one: re.Match[str], expression: str) -> str:
    """Return one value as its conversion has it."""
    letter = one["letter"]
    if letter not in "diouxXcsfFeEgGaAp":
        raise CommandError(f"no conversion {one[0]!r}: d i u o x X c s f e g a p and %% are")
    if any(len(digits) > 3 or int(digits or 0) > _WIDEST for digits in (one["width"], one["precision"][1:])):
        raise CommandError(f"{one[0]!r} is wider than {_WIDEST} characters")
    head = f"%{one['flags'].replace(chr(39), '')}{one['width']}{one['precision']}"
    value = session.evaluate(expression)
    if letter == "s":
        return f"{head}s" % _string(session, value, expression)
    if letter in "fFeEgG":
        return f"{head}{letter}" % float(value)
    if letter in "aA":
        return float(value).hex()
    number = int(value) if value.is_number else value.place()
    if letter == "p":
        return f"%{one['flags']}{one['width']}s" % (f"{number:#x}" if number else "(nil)")
    if letter == "c":
        return f"{head}c" % (number & 0xFF)
    bits = _BITS.get(one["length"] or "", 32)
    number &= (1 << bits) - 1
    if letter in "di" and number >> (bits - 1):
        number -= 1 << bits
    return f"{head}{'d' if letter == 'u' else letter}" % number


def _string(session: Session, value: Value, expression: str) -> str:
    from trapline.inspection.conversion import text_content

    content = text_content(value)
    if content is None:
        try:
            content = session.process.memory.read_c_string(int(value), _LONGEST)
        except (TypeError, ValueError, DebuggerError) as error:
            raise CommandError(f"{expression} is no string: {error}") from None
    return content.decode("utf-8", "surrogateescape")
