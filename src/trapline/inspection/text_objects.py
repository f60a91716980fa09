"""Objects of the standard library's string classes made of a text, by their layout: for arguments of calls.

Such an object owns no memory of the program's heap, so what may grow or end it must not get a long one.

Source: libstdc++ bits/basic_string.h, string_view; libc++ string, string_view, ABI version 1.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.symbols.types import StructType, Type

_CLASS = lazy(r"(?s)std::(?P<space>__cxx11::|__1::|)(?P<class>basic_string|basic_string_view)<char, std::.*")
_GNU_SHORT, _LLVM_SHORT = 15, 22
"""Characters of a short string, which stand in the object itself."""


class Layout(NamedTuple):
    """A string class: `is_view` refers to characters of others, `is_llvm` is libc++'s."""

    is_view: bool
    is_llvm: bool

    def size(self, text: bytes) -> int:
        """Return the bytes of an object with its characters behind it."""
        return 32 + len(text) + 1

    def is_owner(self, text: bytes) -> bool:
        """Whether an object with a text believes that it owns memory of the heap."""
        return not self.is_view and len(text) > (_LLVM_SHORT if self.is_llvm else _GNU_SHORT)

    def contents(self, text: bytes, place: int) -> bytes:
        """Return an object that stands at a load address, 32 bytes, with its characters behind it."""
        behind, length = place + 32, len(text)
        if self.is_view:
            made = _words(behind, length) if self.is_llvm else _words(length, behind)
        elif self.is_owner(text):
            made = _words(length + 1 | 1, length, behind) if self.is_llvm else _words(behind, length, length)
        elif self.is_llvm:
            made = bytes([length << 1]) + text
        else:
            made = _words(place + 16, length) + text
        return made.ljust(32, b"\0") + text + b"\0"


def layout(type_: Type) -> Layout | None:
    """Return the layout of a string class of bytes; None for any other type."""
    stripped = type_.strip()
    match = _CLASS.fullmatch(stripped.name or "") if isinstance(stripped, StructType) else None
    if match is None:
        return None
    is_view, is_llvm = match["class"] == "basic_string_view", match["space"] == "__1::"
    if not is_view and not match["space"]:
        return None  # the old ABI counts its references
    return Layout(is_view, is_llvm)


def _words(*words: int) -> bytes:
    return b"".join(word.to_bytes(8, "little") for word in words)
