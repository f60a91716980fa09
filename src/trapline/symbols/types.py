"""The types of a program, as data: what a value's bytes mean.

Nothing here reads DWARF or a process: `type_reader` makes these from debug information, `inspection`
gives bytes a meaning by them.  Names are written as gdb writes them in the type's own language.

    Type
      VoidType                       no value
      BaseType                       integers, characters, booleans, floats, complex numbers
      PointerType                    pointers, C++ references, Rust references
      MemberPointerType              C++ pointers to members
      QualifiedType, TypedefType     another name for, or a promise about, one target
      ArrayType                      arrays and vectors of any number of dimensions
      StructType                     struct, class, union; Rust structs, tuples and enums
      EnumType                       named integers
      FunctionType                   what a function takes and gives
      UnspecifiedType                a name without a description: decltype(nullptr)

Sizes and offsets are in bytes unless a name says bits.  Bit offsets count from the least significant bit
of the first byte of the structure, whatever encoding the file used.

Source: DWARF 5 chapter 5.
"""

from __future__ import annotations

from trapline.symbols.plain_types import (
    CPP,
    RUST,
    ArrayType,
    BaseType,
    C,
    Dimension,
    DynamicCount,
    FunctionType,
    MemberPointerType,
    PointerType,
    QualifiedType,
    Type,
    TypedefType,
    UnspecifiedType,
    VoidType,
    is_dynamic,
)
from trapline.symbols.structures import (
    Base,
    Enumerator,
    EnumType,
    Member,
    Method,
    StaticMember,
    StructContent,
    StructType,
    TemplateArgument,
    Variant,
    VariantPart,
)

__all__ = [
    "CPP",
    "RUST",
    "ArrayType",
    "Base",
    "BaseType",
    "C",
    "Dimension",
    "DynamicCount",
    "EnumType",
    "Enumerator",
    "FunctionType",
    "Member",
    "MemberPointerType",
    "Method",
    "PointerType",
    "QualifiedType",
    "StaticMember",
    "StructContent",
    "StructType",
    "TemplateArgument",
    "Type",
    "TypedefType",
    "UnspecifiedType",
    "Variant",
    "VariantPart",
    "VoidType",
    "is_dynamic",
]
