"""Literals of an expression as values of the language's types.

Source: C23 §6.4.4; C++20 [lex.literal]; The Rust Reference, Literal expressions.
"""

from __future__ import annotations

import struct

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import arithmetic, scalars
from trapline.inspection.storage import ConstantStorage, Part, PiecesStorage, SyntheticPointer
from trapline.inspection.type_names import Types, builtin
from trapline.inspection.value import Value
from trapline.symbols.types import RUST, ArrayType, Member, PointerType, StructContent, StructType, Type

if TYPE_CHECKING:
    from trapline.inspection.language import tree

_WIDE = {"": "char", "u8": "char", "L": "wchar_t", "u": "char16_t", "U": "char32_t", "b": "u8", "c": "u8"}
_RUST_DEFAULT = "i32"


def number_value(scope: Types, number: tree.Number) -> Value:
    """Return a number's value: in the smallest type that holds it, as its suffix asks.

    Raises:
        EvaluationError: no type holds it, or the suffix is none.
    """
    type_ = _float_type(scope, number) if isinstance(number.value, float) else _integer_type(scope, number)
    return Value.constant(scope.program, type_, scalars.encode(number.value, type_))


def _float_type(scope: Types, number: tree.Number) -> Type:
    if scope.language == RUST:
        return _rust(scope, number.suffix or "f64")
    name = {"": "double", "f": "float", "l": "long double"}.get(number.suffix)
    if name is None:
        raise EvaluationError(f"{number.suffix!r} is no suffix of a floating-point number")
    return _basic(scope, name)


def _integer_type(scope: Types, number: tree.Number) -> Type:
    value = int(number.value)
    if scope.language == RUST:
        if number.suffix:
            return _rust(scope, number.suffix)
        for name in (_RUST_DEFAULT, "i64", "u64", "i128", "u128"):
            type_ = _rust(scope, name)
            if _holds(type_, value):
                return type_
    letters = sorted(number.suffix.replace("ll", "L").replace("z", "l"))
    if letters not in ([], ["u"], ["l"], ["L"], ["l", "u"], ["L", "u"]):
        raise EvaluationError(f"{number.suffix!r} is no suffix of an integer")
    smallest = 4 if not {"l", "L"} & set(letters) else 8
    signs = (False,) if "u" in letters else (True, False) if number.base != 10 else (True,)
    for size in (4, 8):
        for is_signed in (*signs, False) if size == 8 else signs:
            type_ = arithmetic.integer_type(size, is_signed, scope.language)
            if size >= smallest and _holds(type_, value):
                return _basic(scope, str(type_))
    raise EvaluationError("Numeric constant too large.")


def _holds(type_: Type, value: int) -> bool:
    bits = 8 * (type_.size or 0)
    if scalars.is_signed(type_):
        return -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    return 0 <= value < 1 << bits


def character_value(scope: Types, character: tree.Character) -> Value:
    """Return a character's value: `char` (`wchar_t` and so on by its prefix), or Rust's `char` and `u8`."""
    if scope.language == RUST:
        type_ = _rust(scope, "u8" if character.prefix == "b" else "char")
    else:
        type_ = _basic(scope, _WIDE[character.prefix])
    size = type_.size or 1
    if character.code >= 1 << 8 * size:
        if character.prefix:
            raise EvaluationError(f"{character.code:#x} does not fit in {type_}")
        type_ = arithmetic.integer_type(4, True, scope.language)  # a character outside the byte's range
    return Value.constant(scope.program, type_, character.code.to_bytes(type_.size or 1, "little"))


def text_value(scope: Types, text: tree.String) -> Value:
    """Return a string's value, an array of characters that ends in a NUL; in Rust a `&str`, or bytes."""
    if scope.language == RUST and text.prefix not in ("b", "c"):
        return _rust_text(scope, text.content)
    element = _rust(scope, "u8") if scope.language == RUST else _basic(scope, _WIDE[text.prefix])
    content = text.content
    if scope.language != RUST:
        content = _encoded(content, element.size or 1) + bytes(element.size or 1)
    count = len(content) // (element.size or 1)
    array = ArrayType(element, [count], language=scope.language)
    return Value.constant(scope.program, array, content)


def _rust_text(scope: Types, content: bytes) -> Value:
    """Return a `&str` that points to bytes which are in no memory of the program."""
    byte, length = _rust(scope, "u8"), _rust(scope, "usize")
    pointer = PointerType(byte, language=RUST)
    members = Member("data_ptr", pointer, 0), Member("length", length, 8)
    type_ = StructType("struct", "&str", 16, StructContent(members=members), RUST)
    first = Value(byte, ConstantStorage(content), scope.program)
    parts = [
        Part(SyntheticPointer(lambda: first), 64),
        Part(ConstantStorage(len(content).to_bytes(8, "little")), 64),
    ]
    return Value(type_, PiecesStorage(parts), scope.program)


def _encoded(content: bytes, size: int) -> bytes:
    if size == 1:
        return content
    text = content.decode("utf-8", "surrogateescape")
    if size == 2:
        return text.encode("utf-16-le", "surrogatepass")
    return struct.pack(f"<{len(text)}I", *map(ord, text))


def _basic(scope: Types, name: str) -> Type:
    """Return a basic type, the program's own where it has one."""
    return builtin(name, scope.language) or _missing(name)


def _rust(scope: Types, name: str) -> Type:
    return builtin(name, RUST) or _missing(name)


def _missing(name: str) -> Type:
    raise EvaluationError(f"no type {name!r}")
