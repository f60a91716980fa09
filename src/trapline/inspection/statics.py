"""Variables that have one place in the program, where there is no frame: what the files alone can say."""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.errors import BadData, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.expression import BareContext, evaluate
from trapline.dwarf.location import MemoryPiece
from trapline.inspection.value import Value, constant_bytes

if TYPE_CHECKING:
    from trapline.dwarf.units import Unit
    from trapline.inspection.storage import Program
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.functions import Variable
    from trapline.symbols.module import Module


class _UnitContext(BareContext):
    """What expressions may ask of a unit: where its module was loaded, and its table of addresses."""

    def __init__(self, debug: DebugInfo, unit: Unit) -> None:
        self.bias = debug.bias
        self.address_size = unit.address_size
        self.offset_size = unit.offset_size
        self._unit = unit

    def address_at(self, index: int) -> int:
        """Return a file address of the unit's table."""
        return self._unit.address_at(index)


def declared(
    modules: Sequence[Module], name: str, unit: Unit | None = None
) -> tuple[Module, Variable] | None:
    """Return the variable outside functions that a name means, and its module; None for none.

    Those of `unit` come before those that other units can see, and last are the statics of other units; among
    equals those of earlier modules.
    """
    static: tuple[Module, Variable] | None = None
    for module in modules:
        debug = module.debug
        found = debug.scopes.variables(name, unit)[:1] if debug is not None else []
        for variable in found:
            if variable.is_external or variable.die.unit is unit:
                return module, variable
            static = static or (module, variable)
    return static


def find_in_function(program: Program, modules: Sequence[Module], name: str) -> Value | None:
    """Return `function::name`, a static variable of a function's body; None where it has none."""
    holder, _, own = name.rpartition("::")
    for module in modules:
        debug = module.debug
        for function in debug.scopes.functions(holder) if holder and debug is not None else ():
            for variable in function.blocks_at(function.entry)[-1]:
                if variable.name != own or debug is None:
                    continue
                found = value_of(program, debug, variable)
                if found.unavailable is None:  # else it is in a frame
                    return found
    return None


def value_of(program: Program, debug: DebugInfo, variable: Variable) -> Value:
    """Return a variable's value, or one that says why there is none: a thread-local has no place here."""
    type_ = variable.type
    expression = variable.location(0)
    if expression is None:
        constant = variable.constant
        if constant is None:
            return Value.missing(program, type_)
        return Value.constant(program, type_, constant_bytes(type_, constant))
    try:
        location = evaluate(expression, _UnitContext(debug, variable.die.unit))
    except ValueUnavailable as error:
        return Value.missing(program, type_, error.reason)
    except BadData as error:
        return Value.missing(program, type_, str(error))
    place = location[0]
    if len(location) > 1 or not isinstance(place, MemoryPiece):
        return Value.missing(program, type_, "it is in no one place of memory")
    return Value.at(program, type_, place.address)
