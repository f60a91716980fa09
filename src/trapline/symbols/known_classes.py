"""Classes of libstdc++ that its ABI fixes, for compilers that leave their description to the library.

clang only declares `std::string`, because the library instantiates it (-fstandalone-debug describes it),
and the library is hardly ever there with its debug information.

Source: libstdc++ bits/basic_string.h; Itanium C++ ABI §3.1.1.
"""

from __future__ import annotations

from trapline.base.patterns import lazy
from trapline.symbols.plain_types import CPP, ArrayType, BaseType, PointerType, Type
from trapline.symbols.structures import Member, StructContent, StructType, TemplateArgument

_STRING = lazy(
    r"std::__cxx11::basic_string<(?P<of>char|wchar_t|char8_t|char16_t|char32_t), "
    r"std::char_traits<(?P=of)>, std::allocator<(?P=of)> ?>"
)
_SIGNED, _SIGNED_CHAR, _UNSIGNED, _UTF = 5, 6, 7, 16  # DW_ATE_
_CHARACTERS = {
    "char": (1, _SIGNED_CHAR),
    "wchar_t": (4, _SIGNED),
    "char8_t": (1, _UTF),
    "char16_t": (2, _UTF),
    "char32_t": (4, _UTF),
}
_LOCAL = 16
"""Bytes of a string that stand in the object itself, the terminator with them."""


def described(name: str | None) -> Type | None:
    """Return the class of a qualified name; None for all but the strings with the library's allocator."""
    match = _STRING.fullmatch(name) if name is not None else None
    if match is None or name is None:
        return None
    size, encoding = _CHARACTERS[match["of"]]
    character = BaseType(match["of"], size, encoding, CPP)
    length = BaseType("unsigned long", 8, _UNSIGNED, CPP)
    pointer = Member("_M_p", PointerType(character, language=CPP), 0, access="public")
    hider = StructType("struct", f"{name}::_Alloc_hider", 8, StructContent((pointer,)), CPP)
    local = Member("_M_local_buf", ArrayType(character, [_LOCAL // size], language=CPP), 0, access="public")
    capacity = Member("_M_allocated_capacity", length, 0, access="public")
    rest = StructType("union", None, _LOCAL, StructContent((local, capacity)), CPP)
    members = (
        Member("_M_dataplus", hider, 0, access="private"),
        Member("_M_string_length", length, 8, access="private"),
        Member(None, rest, 16, access="private"),
    )
    content = StructContent(members, template_arguments=(TemplateArgument("_CharT", character),))
    return StructType("class", name, 16 + _LOCAL, content, CPP, passed_by_reference=True)
