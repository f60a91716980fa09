"""Printers for Rust's standard library.

Source: library/alloc; rustc's src/etc/gdb_providers.py for which fields there are.
"""

from __future__ import annotations

from trapline.base.errors import ValueUnavailable, VariableNotFound
from trapline.inspection import scalars
from trapline.inspection.printers import Printer, printer
from trapline.inspection.value import Value
from trapline.symbols.types import ArrayType, BaseType, PointerType

_LARGEST = 1 << 30
_CHARACTER = BaseType("char", 1, scalars.ATE_UNSIGNED_CHAR)
_DEPTH = 8
"""Structures around the pointer of a buffer: RawVec, RawVecInner, Unique, NonNull."""


def buffer_pointer(buffer: Value) -> Value:
    """Return the raw pointer inside a RawVec, Unique or NonNull, whose nesting differs between versions.

    Raises:
        VariableNotFound: there is none.
    """
    here = buffer
    for _ in range(_DEPTH):
        if isinstance(here.type.strip(), PointerType):
            return here
        names = [name for name, _ in here.items()]
        name = next((one for one in ("inner", "ptr", "pointer") if one in names), None)
        if name is None:
            break
        here = here[name]
    raise VariableNotFound(f"no pointer in {buffer.type}", name="pointer")


@printer("alloc::string::String")
class String(Printer):
    """A string: the bytes of its vector."""

    kind = "string"

    def to_string(self) -> Value:
        """Return the bytes as an array, so that only what is shown is read."""
        vector = self.value["vec"].raw
        length = int(vector["len"])
        if length > _LARGEST:
            raise ValueUnavailable(f"a string of {length} bytes is not believable")
        first = buffer_pointer(vector["buf"]).dereference()
        return first.retyped(ArrayType(_CHARACTER, [length]))
