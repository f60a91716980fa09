"""What a file's debug information declares, as a list to choose from: functions, variables, types.

Source: GDB manual, Examining the Symbol Table, for what is listed and how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.located import is_dropped
from trapline.symbols.spelling import canonical
from trapline.symbols.types import CPP, FunctionType, StructType, TypedefType

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.symbols.scopes import Scopes

FUNCTIONS, VARIABLES, TYPES = "functions", "variables", "types"
KINDS = (FUNCTIONS, VARIABLES, TYPES)

_TAGS: dict[str, frozenset[int]] = {
    FUNCTIONS: frozenset((dw.DW_TAG_subprogram,)),
    VARIABLES: frozenset((dw.DW_TAG_variable,)),
    TYPES: frozenset(
        (
            *(dw.DW_TAG_structure_type, dw.DW_TAG_class_type, dw.DW_TAG_union_type),
            *(dw.DW_TAG_enumeration_type, dw.DW_TAG_typedef, dw.DW_TAG_base_type),
        )
    ),
}

_SEARCHED_NAMES = 50  # that other files may have as well; more would take long
_DEPTH = 100  # typedefs of typedefs


class Declaration(NamedTuple):
    """One line of the list: `text` as the program declares it; `path` is "" and `line` 0 where unknown.

    `type` is that of the function or variable as text, `file` the path as the compiler was given it.
    """

    text: str
    name: str
    path: str
    line: int
    type: str = ""
    file: str = ""


def declarations(scopes: Scopes, pattern: re.Pattern[str], kind: str) -> Iterator[Declaration]:
    """Yield what a pattern is found in the qualified name of, each once.

    The first call may make the index of all names.

    Args:
        scopes: one file's.
        pattern: what is looked for.
        kind: one of KINDS.
    """
    seen: set[tuple[str, str, int]] = set()
    try:
        for name, die in _entries(scopes, pattern, _TAGS[kind]):
            found = _described(scopes, die, name, kind)
            key = found.text, found.path, found.line
            if found.text and key not in seen:
                seen.add(key)
                yield found
    except BadData as error:
        scopes.dwarf.note(error)


def _entries(scopes: Scopes, pattern: re.Pattern[str], tags: frozenset[int]) -> Iterator[tuple[str, Die]]:
    """Yield the qualified names that a pattern is found in, each with its entries.

    The index of names has one entry for each; static functions and variables of several files share a name.
    """
    searched = 0
    for name, die in scopes.matching(pattern, tags):
        yield name, die
        if searched < _SEARCHED_NAMES and scopes.is_static(die):
            searched += 1
            for other in scopes.namesakes(die, tags):
                yield name, other


def _described(scopes: Scopes, die: Die, name: str, kind: str) -> Declaration:
    variable = scopes.code.variable(die)
    declared = variable.declared
    type_name = ""
    if scopes.types.language(die.unit) == CPP:
        name = canonical(name)
    static = "" if variable.is_external or kind == TYPES else "static "
    if kind == VARIABLES and is_dropped(die):
        text = ""
    elif kind == TYPES:
        text = _type_text(scopes, die, name)
    elif kind == FUNCTIONS:
        function = scopes.function(die)
        name = function.name or name
        type_ = function.type
        type_name = str(type_)
        if die.unit.language == dw.DW_LANG_Mips_Assembler:
            text = f"{static}{name};"  # an assembler knows no types
        elif function.language == CPP:
            text = f"{static}{type_.target.declare(function.signature)};"
        elif isinstance(type_, FunctionType):
            text = f"{static}{type_.declare(name)};"
        else:
            text = f"{name};"
    else:
        text = f"{static}{variable.type.declare(name)};"
        type_name = str(variable.type)
    if declared is None:
        return Declaration(text, name, "", 0, type_name)
    return Declaration(text, name, declared.path, declared.line, type_name, declared.name)


def _type_text(scopes: Scopes, die: Die, name: str) -> str:
    type_ = scopes.types.type(die)
    if isinstance(type_, TypedefType):
        target = type_.target
        for _ in range(_DEPTH):  # as gdb has it: the names on the way are listed themselves
            if not isinstance(target, TypedefType):
                break
            target = target.target
        return f"typedef {target.declare(name)};"
    if isinstance(type_, StructType) and not type_.is_complete:
        return ""  # a declaration of what is defined elsewhere
    return f"{type_};" if die.tag != dw.DW_TAG_base_type else str(type_)
