"""Members of structures by name: own, anonymous, static, of base classes."""

from __future__ import annotations

from trapline.base.errors import EvaluationError, ValueUnavailable, VariableNotFound
from trapline.inspection import scalars
from trapline.inspection.value import Value
from trapline.symbols.types import RUST, StaticMember, StructType

_DEPTH = 64
"""Base classes and anonymous members on the way to a member; more is a cycle."""

_COMPARED = 1000
"""Members among which one is looked for that is called like what there is none of."""


def named(value: Value, name: str) -> Value:
    """Return the member of a name, behind references and pointers.

    Raises:
        VariableNotFound: there is none.
        EvaluationError: the value has no members.
    """
    target = value.aggregate()
    stripped = target.type.strip()
    if not isinstance(stripped, StructType):
        raise EvaluationError(f"{value.type} has no members, so none called {name!r}")
    if stripped.language == RUST:
        from trapline.inspection.rust import payload

        target = payload(target)
        stripped = target.type.strip()
        assert isinstance(stripped, StructType)
    found = _find(target, name, _DEPTH, set())
    if found is None:
        raise _not_found(target, stripped, name)
    return found


def _find(value: Value, name: str, depth: int, in_vain: set[StructType]) -> Value | None:
    """Return the member; `in_vain` are structures that have none: a virtual base is come by often."""
    stripped = value.type.strip()
    if not isinstance(stripped, StructType) or depth <= 0 or stripped in in_vain:
        return None
    names = {name, f"__{name}"} if stripped.language == RUST and name.isdigit() else {name}
    for member in stripped.members:
        if member.name in names:
            return value.field(member)
    for one in stripped.static_members:
        if one.name == name:
            return static(value, one)
    for member in stripped.members:
        if not member.name:
            found = _find(value.field(member), name, depth - 1, in_vain)
            if found is not None:
                return found
    for base in stripped.bases:
        try:
            inner = value.base(base)
        except ValueUnavailable:
            continue
        found = inner if str(base.type) == name else _find(inner, name, depth - 1, in_vain)
        if found is not None:
            return found
    in_vain.add(stripped)
    return None


def _not_found(target: Value, type: StructType, name: str) -> VariableNotFound:
    import difflib
    import itertools

    from trapline.inspection.elements import all_members

    names = [*dict.fromkeys(str(key) for key, _ in itertools.islice(all_members(target), _COMPARED))]
    near = tuple(difflib.get_close_matches(name, names, 3))
    hint = f"; it has {', '.join(near or names[:8])}" if names else ""
    return VariableNotFound(f"{type} has no member called {name!r}{hint}", name=name, near=near)


def static(value: Value, member: StaticMember) -> Value:
    """Return a static data member of a structure."""
    program = value.program
    address = program.address_of(member.linkage_name) if member.linkage_name else None
    if address is None and member.constant is None and (scope := value.type.strip().name):
        # clang tells the linker's name only where the member is defined.
        address = program.variable_address(f"{scope}::{member.name}")
    if address is not None:
        return Value.at(program, member.type, address)
    if member.constant is not None:
        return Value.constant(program, member.type, scalars.constant_bytes(member.type, member.constant))
    return Value.missing(program, member.type)
