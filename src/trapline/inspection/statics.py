"""Variables that have one place in the program, where there is no frame: what the files alone can say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trapline.base.errors import BadData, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf.expression import BareContext, evaluate
from trapline.dwarf.location import MemoryPiece
from trapline.inspection.scalars import constant_bytes
from trapline.inspection.value import Value
from trapline.symbols import naming

if TYPE_CHECKING:
    from trapline.dwarf.units import Unit
    from trapline.inspection.storage import Program
    from trapline.inspection.unwind import Stack
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.functions import Function, Variable
    from trapline.symbols.module import Module
    from trapline.symbols.types import Type


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
    modules: Sequence[Module], name: str, function: Function | None = None, *, is_whole: bool = False
) -> tuple[Module, Variable] | None:
    """Return the variable outside functions that a name means, and its module; None for none.

    Those in a namespace or class around `function`, where the name is, come before others; those of its unit
    before those that other units can see, and last are the statics of other units; among equals those of
    earlier modules.  With `is_whole` no outer scope may be left out of the name.
    """
    searched = f"::{name}" if is_whole else name.removeprefix("::")
    static: tuple[Module, Variable] | None = None
    unit = function.unit if function is not None else None
    around = function.name if function is not None else ""
    for module in modules:
        debug = module.debug
        found = debug.scopes.variables(searched, unit) if debug is not None else []
        for variable in naming.nearest(found, _qualified_name, name, around)[:1]:
            if variable.is_external or variable.die.unit is unit:
                return module, variable
            static = static or (module, variable)
    return static


def _qualified_name(variable: Variable) -> str:
    return variable.qualified_name


def declarations(
    modules: Sequence[Module], name: str, unit: Unit | None = None, function: Function | None = None
) -> Iterator[Variable]:
    """Yield what files say of a variable that they only declare: another file, perhaps a library, defines it.

    Declarations in the body of `function` come first, then those of `unit`, then those of earlier modules.
    """
    if function is not None:
        yield from (one for one in function.declarations if one.name == name)
    for module in modules:
        if module.debug is not None:
            yield from module.debug.scopes.declared_variables(name, unit)


def declared_only(
    program: Program, modules: Sequence[Module], name: str, function: Function | None = None
) -> Value | None:
    """Return the variable of a name that files declare and one without debug information defines, or None."""
    unit = function.unit if function is not None else None
    for variable in declarations(modules, name, unit, function):
        found = unplaced(program, variable, variable.type)
        if found.unavailable is None:
            return found
    return None


def find_in_function(program: Program, modules: Sequence[Module], name: str) -> Value | None:
    """Return `function::name`, a static variable of a function's body; None where it has none."""
    holder, _, own = name.rpartition("::")
    for module in modules:
        debug = module.debug
        for function in debug.scopes.functions(holder) if holder and debug is not None else ():
            for variable in function.blocks_at(function.entry)[-1]:
                if variable.name != own or debug is None:
                    continue
                found = _placed(program, debug, variable)
                if found.unavailable is None:  # else it is in a frame
                    return found
    return None


def value_of(
    program: Program, user: Module, module: Module, variable: Variable, stack: Stack | None = None
) -> Value:
    """Return the value of a variable outside functions, or one that says why there is none.

    Of a library's the copy counts that the program has, which the library uses too.

    Args:
        program: where it is.
        user: the program's own file.
        module: the file that describes the variable.
        variable: what that says of it.
        stack: of the thread whose thread-local variables are meant; without one they have no place.
    """
    if module is not user and variable.is_external:
        copy = user.copy_of(variable.linkage_name or variable.name)
        if copy is not None:
            return Value.at(program, variable.type, copy)
    if stack is not None:
        from trapline.inspection.locate import FrameContext

        return FrameContext(stack, module, variable.unit).value(variable)
    assert module.debug is not None
    return _placed(program, module.debug, variable)


def _placed(program: Program, debug: DebugInfo, variable: Variable) -> Value:
    """Return the value of a variable that has one place in the program, whatever thread runs."""
    type_ = variable.type
    expression = variable.location(0)
    if expression is None:
        return unplaced(program, variable, type_)
    try:
        location = evaluate(expression, _UnitContext(debug, variable.unit))
    except ValueUnavailable as error:
        return Value.missing(program, type_, error.reason)
    except BadData as error:
        return Value.missing(program, type_, str(error))
    place = location[0]
    if len(location) > 1 or not isinstance(place, MemoryPiece):
        return Value.missing(program, type_, "it is in no one place of memory")
    return Value.at(program, type_, place.address)


def unplaced(program: Program, variable: Variable, type_: Type) -> Value:
    """Return the value of a variable without a location: a constant, or what other files can see of it.

    One that a file declares, and another without debug information defines, is where the linker's symbol is.

    Args:
        program: where it is.
        variable: what the file says of it.
        type_: its type, with the lengths that are known at run time.
    """
    constant = variable.constant
    if constant is not None:
        return Value.constant(program, type_, constant_bytes(type_, constant))
    if variable.is_external:
        address = program.address_of(variable.linkage_name or variable.name)
        if address is not None:
            return Value.at(program, type_, address)
    return Value.missing(program, type_)
