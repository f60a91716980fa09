"""How a variable is had in every frame at one place of code, worked out once.

A deep recursion has thousands of frames that differ only in where they are on the stack.  For the common
variable, a scalar at a fixed distance from a register or the canonical frame address, or in a register,
the expression and the type are looked at once; a frame then costs a sum, a read and the text.  Whatever
is not common has no recipe, and `locate.FrameContext` works it out anew: with the same result.

Source: DWARF 5 §2.6.1.1, §3.3.5 (frame base).
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.arch import x86_64
from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import BadData, MemoryFault, UsageError, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.operations import decode
from trapline.inspection import characters, numbers, scalars
from trapline.inspection.format import address_text
from trapline.inspection.printers import is_printed, registrations
from trapline.inspection.storage import MemoryStorage
from trapline.inspection.value import LARGEST, Value
from trapline.symbols.types import RUST, FunctionType, PointerType, Type, is_dynamic

if TYPE_CHECKING:
    from trapline.inspection.activation import Activation
    from trapline.inspection.unwind import Stack
    from trapline.symbols.functions import Function, Variable

_WORDS = frozenset(number for number, _ in x86_64.DWARF_WORDS)
_FRAME_BASE, FRAME_ADDRESS = -1, -2
"""Bases beside the numbers of registers; `FRAME_ADDRESS` is the canonical frame address."""

_DEPTH = 16  # of types on the way to an array whose length is computed
_NUMBERS = frozenset(
    (
        scalars.INTEGER,
        scalars.CHARACTER,
        scalars.BOOLEAN,
        scalars.ENUM,
        scalars.FLOAT,
        scalars.DECIMAL,
        scalars.COMPLEX,
    )
)


class Recipe:
    """Where one variable is, and how its bytes are written; fields as `__init__` has them."""

    __slots__ = (
        "_known",
        "_last",
        "_printers",
        "_size",
        "_write",
        "base",
        "is_register",
        "offset",
        "type",
    )

    def __init__(self, type: Type, base: int, offset: int, is_register: bool) -> None:
        """Make the recipe of a variable.

        Args:
            type: what its bytes mean; no length in it is computed.
            base: the DWARF number of a general register, or the canonical frame address.
            offset: bytes from there.
            is_register: whether the register itself holds the value.
        """
        self.type = type
        self.base = base
        self.offset = offset
        self.is_register = is_register
        self._size = type.size or 0
        self._known = ""
        self._last = b""
        self._printers = -1
        self._write: Callable[[bytes, Stack], str] | None = None

    def value(self, stack: Stack, activation: Activation) -> Value | None:
        """Return the variable's value in a frame; None where that has to be worked out."""
        if self.is_register:
            return None
        base = self._origin(stack, activation)
        if base is None:
            return None
        return Value(self.type, MemoryStorage(stack.space, base + self.offset), stack.space)

    def text(self, stack: Stack, activation: Activation) -> str | None:
        """Return what `value.format(top=False)` gives, without a value; None where only that can tell."""
        if self._printers != registrations():
            self._printers = registrations()
            self._write = None if is_printed(self.type) else _writer(self.type)
        write = self._write
        if write is None:
            return None
        base = activation.cfa if self.base == FRAME_ADDRESS else None
        if base is None:
            base = self._origin(stack, activation)
            if base is None:
                return None
        if self.is_register:
            data = base.to_bytes(8, "little")[: self._size]
        else:
            try:
                data = stack.space.read(base + self.offset & ADDRESS_MASK, self._size)
            except MemoryFault:
                return None
        # Callers often pass on what they were given, and a symbol's name costs a search.
        if data != self._last:
            self._known, self._last = write(data, stack), data
        return self._known

    def _origin(self, stack: Stack, activation: Activation) -> int | None:
        """Return the base in a frame; None where it is not known there."""
        if self.base == FRAME_ADDRESS:
            found = activation.cfa
            return found if found is not None else stack.cfa(activation)
        if self.base in activation.doubtful:
            return None
        return activation.known.get(self.base)


def recipe(variable: Variable, function: Function, place: int) -> Recipe | None:
    """Return how a variable is had in the frames of a function at a file address.

    None where no register and no distance says it all.
    """
    try:
        type_ = variable.type
        where = _parsed(variable.location(place))
        if where is None or is_dynamic(type_, _DEPTH) or (type_.size or 0) > LARGEST:
            return None
        base, offset, is_register = where
        if base == _FRAME_BASE:
            origin = _parsed(function.frame_base(place))
            if origin is None or origin[0] == _FRAME_BASE:
                return None
            # As a frame base the name of a register means what it holds.
            base, offset = origin[0], origin[1] + offset
        elif base == FRAME_ADDRESS:
            return None  # rare: the canonical frame address itself, with no distance
    except (BadData, UsageError, ValueUnavailable):
        return None
    if is_register and not (scalars.is_scalar(type_) and 0 < (type_.size or 0) <= 8):
        return None
    return Recipe(type_, base, offset, is_register)


def _parsed(expression: bytes | None) -> tuple[int, int, bool] | None:
    """Return base, distance and whether the base is the place itself, for an expression of one operation."""
    if not expression:
        return None
    op, operands, end = decode(expression, 0, 8, 4)
    if end != len(expression):
        return None
    if op == dw.DW_OP_fbreg:
        return _FRAME_BASE, operands[0], False
    if op == dw.DW_OP_call_frame_cfa:
        return FRAME_ADDRESS, 0, False
    if op == dw.DW_OP_regx:
        found = operands[0], 0, True
    elif dw.DW_OP_reg0 <= op <= dw.DW_OP_reg31:
        found = op - dw.DW_OP_reg0, 0, True
    elif dw.DW_OP_breg0 <= op <= dw.DW_OP_breg31:
        found = op - dw.DW_OP_breg0, operands[0], False
    elif op == dw.DW_OP_bregx:
        found = operands[0], operands[1], False
    else:
        return None
    return found if found[0] in _WORDS else None


def _writer(type: Type) -> Callable[[bytes, Stack], str] | None:
    """Return how the bytes of a type are written where nothing else is needed; None: other memory may be."""
    if not type.size or not scalars.is_scalar(type):
        return None
    sort = scalars.kind(type)
    if numbers.is_plain(type):
        signed = scalars.is_signed(type)
        return lambda data, stack: str(int.from_bytes(data, "little", signed=signed))
    if sort in _NUMBERS:
        return lambda data, stack: numbers.text(data, type)
    if sort == scalars.POINTER and not _shows_target(type):
        return lambda data, stack: address_text(stack.space, scalars.number_in(data, type))
    return None


def _shows_target(type: Type) -> bool:
    """Whether the text of a pointer has that of what it points to: characters."""
    stripped = type.strip()
    if not isinstance(stripped, PointerType) or isinstance(stripped.target.strip(), FunctionType):
        return False
    return type.language == RUST or characters.text_width(stripped.target) != 0
