"""Which C++ classes are passed by invisible reference.

clang writes it down; gcc does not, so it follows from the special member functions, as it does in gdb.

Source: Itanium C++ ABI §3.1.1, non-trivial for the purposes of calls; DWARF 5 §5.7.1.2.
"""

from __future__ import annotations

from trapline.symbols.types import CPP, ArrayType, Method, PointerType, StructType, Type

_DIMENSIONS = 16  # of arrays in arrays


def passed_by_reference(outer: Type) -> bool:
    """Whether an argument of this type is the address of an object that the caller made."""
    seen: set[StructType] = set()
    waiting = [outer.strip()]
    while waiting:
        here = waiting.pop()
        for _ in range(_DIMENSIONS):
            if isinstance(here, ArrayType):
                here = here.target.strip()
        if not isinstance(here, StructType) or here.language != CPP or here in seen:
            continue
        seen.add(here)
        said = here.passed_by_reference
        if said or (said is None and (here.is_dynamic or _is_not_trivial(here))):
            return True
        if said is None:
            waiting += [base.type.strip() for base in here.bases]
            waiting += [member.type.strip() for member in here.members]
    return False


def own_name(struct: StructType) -> str:
    """Return the name of a class without scopes and template arguments: that of its constructors."""
    return (struct.name or "").split("<")[0].rpartition("::")[2]


def copies(method: Method, struct: StructType) -> bool:
    """Whether a member function is a class's copy constructor, or the one that moves."""
    parameters = method.type.parameters[1:]
    if len(parameters) != 1 or method.name.split("<")[0] != own_name(struct):
        return False
    taken = parameters[0]
    return isinstance(taken, PointerType) and taken.is_reference and taken.target.strip() is struct


def _is_not_trivial(struct: StructType) -> bool:
    """Whether a class has its own destructor, copy or move constructor."""
    end = f"~{own_name(struct)}"
    return any(
        method.name.split("<")[0] == end or copies(method, struct)
        for method in struct.methods
        if not method.is_artificial and not method.is_defaulted
    )
