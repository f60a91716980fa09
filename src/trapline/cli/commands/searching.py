"""`find`: bytes in memory, as gdb searches for them."""

from __future__ import annotations

import itertools
import re

from trapline.base.typing import TYPE_CHECKING
from trapline.cli import printf
from trapline.cli.formats import SIZES
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Data"
_OPTIONS = re.compile(r"(\d{0,9})([bhwg]?)(\d{0,9})")
_PART = re.compile(r'\{char ?\[(\d{1,9})\]\} ?(".*")')
"""The first bytes of a text: gdb puts the text into the program to take them from there."""
_MANY = 1 << 30


@command("find START...", topic=TOPIC, formats=True)
def find(session: Session, start: str, form: str) -> None:
    """Search memory for values in a row: `find START, +LENGTH, VALUE...` or `find START, END, VALUE...`.

    END is the last byte. A value has the size of its type, or after a slash b, h, w or g: 1, 2, 4 or 8
    bytes (`find/h`); `"text"` ends with its NUL, `{char[4]}"text"` is four bytes. A number after the slash
    is how many are looked for (`find/1w`). `$_` is where the last one is, `$numfound` how many there are.
    """
    most, size, text = _options(form, start)
    words = printf.split(text)
    if len(words) < 3 or not all(words):
        raise CommandError("find needs where and what: find START, +LENGTH, VALUE, ...")
    low = session.address(words[0])
    high = low + _length(session, words[1]) if words[1][0] == "+" else session.address(words[1]) + 1
    if high <= low:
        raise CommandError("Empty search range.")
    pattern = b"".join(_bytes(session, word, size) for word in words[2:])
    memory = session.process.memory
    number = address = 0
    for address in itertools.islice(memory.search(pattern, low, high), most):
        session.render.line(session.process.describe(address))
        number += 1
    session.set_convenience("numfound", number)
    if number < most:
        _warn_of_gap(session, low, high)
    if number:
        session.alone.convenience["_"] = session.evaluate(f"(void *) {address}")
        session.render.line(f"{number} pattern{'' if number == 1 else 's'} found.")
    else:
        session.render.line("Pattern not found.")


def _options(form: str, text: str) -> tuple[int, int, str]:
    """Return how many, the size of a value in bytes (0: its type's), and the line behind the options."""
    forms = [form] if form else []
    while text.startswith("/"):
        word, _, text = text[1:].partition(" ")
        text = text.lstrip()
        forms.append(word)
    most, size = _MANY, 0
    for one in forms:
        found = _OPTIONS.fullmatch(one)
        if found is None or (found[1] and found[3]):
            raise CommandError(f"find takes a size b, h, w or g and a count behind the slash, not {one!r}")
        size = SIZES.get(found[2], size)
        most = int(found[1] or found[3] or most)
    if not most:
        raise CommandError("Count must be positive.")
    return most, size, text


def _length(session: Session, text: str) -> int:
    length = int(session.evaluate(text[1:]))
    if length <= 0:
        raise CommandError("Empty search range.")
    return length


def _bytes(session: Session, text: str, size: int) -> bytes:
    """Return what is looked for: the bytes of a value, or those of its number in `size` bytes."""
    part = _PART.fullmatch(text)
    if part is not None:
        return bytes(session.evaluate(part[2]))[: int(part[1])]
    value = session.evaluate(text)
    if size and value.is_number:
        return (int(value) & (1 << 8 * size) - 1).to_bytes(size, "little")
    return bytes(value)


def _warn_of_gap(session: Session, low: int, high: int) -> None:
    """Say where the range is not readable: what is there was not searched."""
    reached = low
    for one in session.process.mappings:
        if one.start <= reached < one.end and one.permissions.startswith("r"):
            reached = one.end
    if reached < high:
        session.render.error(f"warning: memory at {reached:#x} cannot be read; the search went on behind it")
