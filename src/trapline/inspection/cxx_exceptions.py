"""What a C++ exception is, read from memory alone: its type's name, and what `what()` would return.

Nothing of the program is run.  The type comes from its `type_info`; whether it is a `std::exception` from
the type_info of its bases; its text from the layout of the standard classes, or from the code of a `what()`
that is short enough to be read: one that returns a literal, or a pointer that the object holds.

Source: Itanium C++ ABI §2.9 (type_info), Exception Handling §2.2 (__cxa_exception); libstdc++
unwind-cxx.h; libc++abi cxa_exception.h.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import MemoryFault, ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.elf.image import PT_TLS
from trapline.inspection.storage import word, words
from trapline.symbols.demangle import demangle

if TYPE_CHECKING:
    from trapline.inspection.space import Space
    from trapline.inspection.unwind import Stack
    from trapline.symbols.module import Module

_LONGEST = 4096  # bytes of a name or a text
_DEPTH = 64  # of bases
_MOST = 1024  # of bases, all in all; of words
_VTABLE = "_ZTVN10__cxxabiv1"
_SINGLE, _MULTIPLE = f"{_VTABLE}20__si_class_type_infoE", f"{_VTABLE}21__vmi_class_type_infoE"
_EXCEPTION, _WITH_TEXT = "St9exception", ("St13runtime_error", "St11logic_error")
_STRING = "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
_LIBCXX_STRING = re.compile(r"NSt3__\w12basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEEE")

_HEADER_TYPE, _OBJECT = -80, 32
"""From the `_Unwind_Exception` of a header: its type_info, and the object that was thrown; both libraries."""
_CLASSES = {b"++CCUNG": "libstdc++", b"++CGNLC": "libc++abi"}
"""Language and vendor of an exception class, as the bytes 1 to 7 of the word."""
_UNWIND_AT = (80, 96)
"""Where in a `__cxa_exception` the `_Unwind_Exception` is: libstdc++, libc++abi."""

_WHAT = re.compile(
    rb"(?:\xf3\x0f\x1e\xfa)?"  # endbr64
    rb"(?:\x55\x48\x89\xe5\x48\x89\x7d\xf8(?:\x48\x8b\x45\xf8)?)?"  # push rbp; mov rbp,rsp; [rbp-8] = this
    rb"(?:\x48\x8d\x05(?P<near>.{4})"  # lea rax,[rip+d]
    rb"|\xb8(?P<low>.{4})"  # mov eax,imm32
    rb"|\x48\xb8(?P<whole>.{8})"  # movabs rax,imm64
    rb"|\x48\x8b(?:\x47|\x40)(?P<member>.))"  # mov rax,[rdi+d] or [rax+d]
    rb"(?:\x5d|\xc9)?\xc3",  # pop rbp or leave; ret
    re.DOTALL,
)


class Thrown(NamedTuple):
    """An exception: its type as people write it, its text or None, and the load address of the object."""

    type: str
    message: str | None
    address: int


def thrown(space: Space, info: int, address: int) -> Thrown:
    """Return what was thrown, from its type_info and the object; what cannot be read is left out."""
    name = _type_name(space, info)
    return Thrown(_shown(name), _message(space, info, name, address), address)


def caught(space: Space, header: int) -> Thrown | None:
    """Return the exception of an `_Unwind_Exception`; None where it is of another language or vendor.

    Exceptions that `std::rethrow_exception` throws refer to another, which is the one that is returned.
    """
    try:
        kind = space.read(header, 8)
        vendor = _CLASSES.get(kind[1:])
        if vendor is None:
            return None
        info, address = word(space, header + _HEADER_TYPE), header + _OBJECT
        if kind[0] == 1:  # a dependent one: the first exception stands in its header
            if vendor == "libstdc++":
                address = info
                info = word(space, address - _OBJECT + _HEADER_TYPE)
            else:
                address = word(space, header + _HEADER_TYPE - 8)
    except MemoryFault:
        return None
    return thrown(space, info, address)


def current(stack: Stack) -> Thrown | None:
    """Return the exception that a thread handles now, the innermost; None when nothing tells of one.

    What `__cxa_get_globals()` returns has no name outside of its file: it is a thread-local variable, or,
    where libc++abi was built without those, memory that a key of pthread_getspecific(3) leads to.  Its first
    word points to a header, which is recognized by its class.
    """
    space = stack.space
    for module in space.all_modules():
        if module.symbol("__cxa_get_globals") is not None:
            for address in (*_thread_locals(stack, module), *_specific(stack)):
                found = _header(space, address)
                if found is not None:
                    return found
    return None


def _thread_locals(stack: Stack, module: Module) -> list[int]:
    """Return the words of a thread's own variables of a module."""
    from trapline.inspection.thread_locals import thread_local_address

    segments = module.image.segments if module.image is not None else ()
    size = next((one.memsz for one in segments if one.type == PT_TLS), 0)
    if not size:
        return []
    try:
        return words(stack.space, thread_local_address(stack, module, 0), min(size // 8, _MOST))
    except (MemoryFault, ValueUnavailable):
        return []


def _specific(stack: Stack) -> Iterator[int]:
    """Give the first words of what the first 32 keys of a thread lead to.

    Source: glibc nptl/descr.h, `specific`; its offset in bytes is told as in `thread_locals`.
    """
    space = stack.space
    described = space.address_of("_thread_db_pthread_specific")
    if described is None:
        return
    try:
        offset = int.from_bytes(space.read(described + 8, 4), "little")
        keys = words(space, word(space, stack.registers["fs_base"] + offset), 64)
    except MemoryFault:
        return
    for value in keys[1::2]:  # each is a sequence number and the value
        if value:
            with contextlib.suppress(MemoryFault):
                yield word(space, value)


def _header(space: Space, address: int) -> Thrown | None:
    """Return the exception whose `__cxa_exception` is at an address, if there is one."""
    if not 0x1000 <= address < 1 << 47:
        return None
    for offset in _UNWIND_AT:
        found = caught(space, address + offset)
        if found is not None:
            return found
    return None


# -- types ---------------------------------------------------------------------------------------


def _type_name(space: Space, info: int) -> str:
    """Return the mangled name that a type_info holds; "" when there is none to be read."""
    try:
        name = _text(space, word(space, info + 8))
    except MemoryFault:
        return ""
    # gcc marks the names of types that are local to a file.
    name = name.removeprefix("*")
    return name if name.isascii() and name.isprintable() else ""


def _shown(name: str) -> str:
    """Return a type as people write it."""
    if not name:
        return "<unknown type>"
    plain = demangle(f"_ZTS{name}")
    return plain.removeprefix("typeinfo name for ") if not plain.startswith("_ZTS") else name


def _bases(space: Space, info: int, address: int, depth: int = 0) -> Iterator[tuple[str, int]]:
    """Give the mangled name and the load address of an object's class and of each of its bases."""
    yield _type_name(space, info), address
    if depth >= _DEPTH:
        return
    symbol = space.symbol_at(word(space, info))
    kind = symbol.name if symbol is not None else ""
    if kind == _SINGLE:
        yield from _bases(space, word(space, info + 16), address, depth + 1)
    elif kind == _MULTIPLE:
        count = int.from_bytes(space.read(info + 20, 4), "little")
        for number in range(min(count, _DEPTH)):
            base, flags = info + 24 + 16 * number, _signed(space, info + 32 + 16 * number)
            offset = flags >> 8
            if flags & 1:  # a virtual base: where it is stands in the object's table
                offset = _signed(space, word(space, address) + offset)
            yield from _bases(space, word(space, base), address + offset, depth + 1)


# -- texts ---------------------------------------------------------------------------------------


def _message(space: Space, info: int, name: str, address: int) -> str | None:
    """Return the text of an exception; that of a number, a C string or a std::string is itself."""
    try:
        if name in _NUMBERS:
            size, signed = _NUMBERS[name]
            return str(int.from_bytes(space.read(address, size), "little", signed=signed))
        if name in ("PKc", "Pc"):
            return _text(space, word(space, address))
        if name == _STRING:
            size = min(word(space, address + 8), _LONGEST)
            return _decoded(space.read(word(space, address), size))
        if _LIBCXX_STRING.fullmatch(name):
            return _libcxx_string(space, address)
        return _what(space, info, address)
    except MemoryFault:
        return None


_NUMBERS = {
    "i": (4, True), "j": (4, False), "l": (8, True), "m": (8, False), "s": (2, True), "t": (2, False),
    "x": (8, True), "y": (8, False),
}  # fmt: skip
"""Mangled names of integer types: bytes, and whether they have a sign."""


def _libcxx_string(space: Space, address: int) -> str:
    """Return a string of libc++: short in place, long behind a pointer; the lowest bit tells."""
    data = space.read(address, 24)
    if not data[0] & 1:
        return _decoded(data[1 : 1 + (data[0] >> 1)])
    size = min(int.from_bytes(data[8:16], "little"), _LONGEST)
    return _decoded(space.read(int.from_bytes(data[16:], "little"), size))


def _what(space: Space, info: int, address: int) -> str | None:
    exception: int | None = None
    stored: int | None = None
    for number, (name, place) in enumerate(_bases(space, info, address)):
        if name == _EXCEPTION:
            exception = place
        elif name in _WITH_TEXT:
            stored = place
        if number >= _MOST:
            break
    if exception is None:
        return None
    function = word(space, word(space, exception) + 16)  # behind the two destructors
    symbol = space.symbol_at(function)
    if stored is not None and (symbol is None or symbol.name in _STORED or not _is_of_user(symbol.name)):
        return _text(space, word(space, stored + 8))
    return _returned(space, function, exception)


_STORED = ("_ZNKSt13runtime_error4whatEv", "_ZNKSt11logic_error4whatEv")


def _is_of_user(name: str) -> bool:
    """Whether a `what` is not the standard library's own, which all say what the base class holds."""
    return not name.startswith(("_ZNKSt", "_ZNSt"))


def _returned(space: Space, function: int, this: int) -> str | None:
    """Return the text that a short `what()` gives; None where its code is longer than that."""
    code = space.memory_at(function, 48)
    found = _WHAT.match(code)
    if found is None:
        return None
    if found["near"] is not None:
        end = function + found.end("near")
        return _text(space, end + int.from_bytes(found["near"], "little", signed=True) & ADDRESS_MASK)
    if found["member"] is not None:
        return _text(space, word(space, this + int.from_bytes(found["member"], "little", signed=True)))
    return _text(space, int.from_bytes(found["low"] or found["whole"], "little"))


def _text(space: Space, address: int) -> str:
    """Return a C string of at most `_LONGEST` bytes.

    Raises:
        MemoryFault: it is not mapped.
    """
    data = space.memory_at(address, _LONGEST)
    if not data:
        raise MemoryFault(address, 1)
    return _decoded(data.partition(b"\0")[0])


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _signed(space: Space, address: int) -> int:
    return int.from_bytes(space.read(address & ADDRESS_MASK, 8), "little", signed=True)
