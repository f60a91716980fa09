"""Registers as values of expressions: `$rip`, `$xmm0.v4_float[1]`, `$al`, with gdb's types.

Source: GDB manual, Registers; gdb's i386 and amd64 target descriptions for the types.
"""

from __future__ import annotations

import functools

from trapline.arch import x86_64
from trapline.arch.registers import REGISTERS
from trapline.base.errors import UnknownRegister, ValueUnavailable, VariableNotFound
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import scalars
from trapline.inspection.printers import printer
from trapline.inspection.storage import RegisterStorage
from trapline.inspection.value import Value
from trapline.symbols.types import (
    CPP,
    ArrayType,
    BaseType,
    C,
    Enumerator,
    EnumType,
    FunctionType,
    Member,
    PointerType,
    StructContent,
    StructType,
    Type,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.inspection.frame import Frame
    from trapline.inspection.storage import Program

ALIASES = {"pc": "rip", "sp": "rsp", "fp": "rbp", "ps": "eflags"}
_MXCSR = {
    "IE": 0, "DE": 1, "ZE": 2, "OE": 3, "UE": 4, "PE": 5, "DAZ": 6, "IM": 7, "DM": 8, "ZM": 9, "OM": 10,
    "UM": 11, "PM": 12, "FZ": 15,
}  # fmt: skip
"""Bits of mxcsr.  Source: Intel SDM 1 §10.2.3."""

_INTEGERS = {8: "int8_t", 16: "int16_t", 32: "int32_t", 64: "int64_t", 128: "uint128_t"}


def _integer(bits: int, name: str = "", *, is_signed: bool = True) -> BaseType:
    encoding = scalars.ATE_SIGNED if is_signed else scalars.ATE_UNSIGNED
    return BaseType(name or _INTEGERS[bits], bits // 8, encoding)


@functools.cache
def _vector(bits: int) -> StructType:
    """Return gdb's union of all that a vector register can hold."""
    size = bits // 8
    elements = (
        ("float", BaseType("float", 4, scalars.ATE_FLOAT)),
        ("double", BaseType("double", 8, scalars.ATE_FLOAT)),
        ("int8", _integer(8)),
        ("int16", _integer(16)),
        ("int32", _integer(32)),
        ("int64", _integer(64)),
    )
    members = []
    for name, element in elements:
        count = size // (element.size or 1)
        array = ArrayType(element, [count], is_vector=True)
        members.append(Member(f"v{count}_{name}", array, 0))
    whole = _integer(128, is_signed=False)
    name = "uint128" if bits == 128 else f"v{bits // 128}_int128"
    members.append(Member(name, whole if bits == 128 else ArrayType(whole, [bits // 128], is_vector=True), 0))
    return StructType("union", f"vec{bits}", size, StructContent(members=tuple(members)))


@functools.cache
def register_type(name: str, language: str = C) -> Type:
    """Return gdb's type of a register by its full name, as a language writes it."""
    spec = REGISTERS[name]
    match spec.group:
        case "vector":
            return _vector(spec.bits)
        case "x87":
            return BaseType("i387_ext", 16, scalars.ATE_FLOAT)
        case "mask":
            return _integer(64, "uint64_t", is_signed=False)
        case "general" if name == "rip":
            # Written as the frame's language has it.
            return PointerType(FunctionType(VoidType(), [], language, is_prototyped=language == CPP))
        case "general" if name in ("rsp", "rbp"):
            return PointerType(VoidType())
        case "general" if name in ("eflags", "flags"):
            return _flags("i386_eflags", x86_64.FLAGS)
        case "mxcsr":
            return _flags("i386_mxcsr", _MXCSR)
        case "x87control" if spec.bits <= 32:
            return _integer(32, "int")
        case "general" if spec.bits == 64 and not name.endswith("_base"):
            return BaseType("long", 8, scalars.ATE_SIGNED)
        case _:
            return _integer(spec.bits, "int" if spec.bits == 32 else "")


def _flags(name: str, bits: dict[str, int]) -> EnumType:
    return EnumType(name, 4, [Enumerator(flag, 1 << bit) for flag, bit in bits.items()])


def is_register(name: str) -> bool:
    """Whether a name is that of a register."""
    return ALIASES.get(name, name) in REGISTERS


def register_value(program: Program, frame: Frame, name: str, language: str = C) -> Value | None:
    """Return a register of a frame as an assignable value; None for a name that is no register.

    `language` is what its type is written in.

    One that the frame does not know, because a call may have changed it, is unavailable.
    """
    name = ALIASES.get(name, name)
    spec = REGISTERS.get(name)
    if spec is None:
        return None
    type_ = register_type(name, language if language == CPP else C)
    size = type_.size or 8

    def fetch() -> bytes:
        try:
            return frame.registers[name].to_bytes(size, "little")
        except UnknownRegister as error:
            raise ValueUnavailable(str(error)) from None
        except VariableNotFound:
            raise ValueUnavailable("not saved") from None

    def store(data: bytes) -> None:
        frame.registers[name] = int.from_bytes(data, "little") & (1 << spec.bits) - 1

    return Value(type_, RegisterStorage(name, fetch, store), program)


@printer("i386_eflags")
def eflags(value: Value) -> str:
    """Return the names of the flags that are set, in gdb's form: `[ ZF PF ]`."""
    return x86_64.describe_flags(int(value))


@printer("i386_mxcsr")
def mxcsr(value: Value) -> str:
    """Return the names of the bits that are set, in gdb's form: `[ IM DM ]`."""
    return x86_64.describe_flags(int(value), _MXCSR)
