"""What Rust makes of arguments that stand for a slice: literals, arrays, `&String`, `&Vec`.

A slice is an address and a length.  What is in the program's memory is referred to where it is; the bytes of
a literal are put on the stack for the call.

Source: The Rust Reference, Type coercions; rustc's debug information of `&str` and `&[T]`.
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import rust
from trapline.inspection.conversion import text_content
from trapline.inspection.value import Value
from trapline.symbols.types import RUST, ArrayType, PointerType, StructType, Type

if TYPE_CHECKING:
    from trapline.control.calls import Arguments


def slice_of(made: Arguments, argument: object, wanted: Type | None) -> bytes | None:
    """Return the address and the length of a slice for a parameter, 16 bytes; None where that is no slice.

    Raises:
        EvaluationError: the argument cannot become such a slice.
    """
    element = _element(wanted)
    if element is None or wanted is None:
        return None
    if isinstance(argument, (str, bytes)):
        text = argument.encode("utf-8", "surrogateescape") if isinstance(argument, str) else argument
        return _copied(made, text, element)
    if not isinstance(argument, Value):
        raise EvaluationError(f"a {type(argument).__name__} cannot become {wanted}")
    value = argument.referent()
    if _element(value.type) is not None:
        try:
            return value.contents()
        except ValueUnavailable:
            pass  # a literal, whose text is in no memory
    if isinstance(value.type.strip(), PointerType):
        pointed = value.storage.target(0)  # what is in no memory, `&[1, 2]`
        if pointed is not None or value.unavailable is None:
            value = value.dereference() if pointed is None else pointed
    found = _found(made, value, element, wanted.strip())
    if found is None:
        raise EvaluationError(f"{argument.type} cannot become {wanted}")
    return found


def _element(type_: Type | None) -> Type | None:
    """Return what a slice has elements of; None for what is no slice."""
    stripped = type_.strip() if type_ is not None else None
    if not isinstance(stripped, StructType) or stripped.language != RUST or stripped.size != 16:
        return None
    names = [member.name for member in stripped.members]
    pointer = stripped.members[0].type.strip() if names == ["data_ptr", "length"] else None
    return pointer.target if isinstance(pointer, PointerType) else None


def _found(made: Arguments, value: Value, element: Type, wanted: Type) -> bytes | None:
    """Return a slice of what an argument is, or refers to; None where it is nothing of the kind."""
    stripped = value.type.strip()
    if (isinstance(wanted, StructType) and rust.is_string(wanted)) or _element(value.type) is not None:
        text = text_content(value)
        return _copied(made, text, element) if text is not None else None
    if isinstance(stripped, ArrayType):
        if str(stripped.target) != str(element):
            return None
        count = (value.type.size or 0) // (element.size or 1)
        if value.address is None:
            return _copied(made, value.contents(), element)
        return _slice(value.address, count)
    presentation = value.presentation
    if presentation is None or presentation.kind != "sequence" or not len(value):
        return None
    first: Value = value[0]
    return _slice(first.address, len(value)) if first.address and str(first.type) == str(element) else None


def _copied(made: Arguments, data: bytes, element: Type) -> bytes:
    return _slice(made.copy(data), len(data) // (element.size or 1))


def _slice(address: int, count: int) -> bytes:
    return address.to_bytes(8, "little") + count.to_bytes(8, "little")
