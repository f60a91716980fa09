"""Where a DIE stands among namespaces and classes, and so what it is called.

Source: gdb 13, dwarf2_compute_name and determine_prefix.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.symbols.attributes import text
from trapline.symbols.spelling import ANONYMOUS, canonical
from trapline.symbols.types import CPP, RUST, C

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.dwarf.units import Unit

_CPP = frozenset(
    (
        dw.DW_LANG_C_plus_plus,
        dw.DW_LANG_C_plus_plus_03,
        dw.DW_LANG_C_plus_plus_11,
        dw.DW_LANG_C_plus_plus_14,
        dw.DW_LANG_C_plus_plus_17,
        dw.DW_LANG_C_plus_plus_20,
    )
)
_RUST = frozenset((dw.DW_LANG_Rust, 0x9000))  # 0x9000: rustc before DWARF knew it
_CLASSES = frozenset(
    (dw.DW_TAG_structure_type, dw.DW_TAG_class_type, dw.DW_TAG_union_type, dw.DW_TAG_interface_type)
)
_UNITS = frozenset(
    (dw.DW_TAG_compile_unit, dw.DW_TAG_partial_unit, dw.DW_TAG_type_unit, dw.DW_TAG_skeleton_unit)
)
_FUNCTIONS = frozenset((dw.DW_TAG_subprogram, dw.DW_TAG_inlined_subroutine))
_DEPTH = 64  # of scopes, and of origins


class Scope(NamedTuple):
    """One namespace or class around a DIE; `may_be_left_out` as a user may (inline, unnamed)."""

    name: str
    may_be_left_out: bool


def language_of(unit: Unit) -> str | None:
    """Return how a unit writes types and names: `C`, `CPP` or `RUST`; None where it does not say.

    Raises:
        BadData: the unit is broken.
    """
    language = unit.language
    if language is None:
        return None
    if language in _CPP:
        return CPP
    return RUST if language in _RUST else C


def imported_units(unit: Unit) -> Iterator[Unit]:
    """Yield the units whose entries count as this unit's: dwz puts what units share into such.

    Raises:
        BadData: the unit is broken.

    Source: DWARF 5 §3.2.5.
    """
    for child in unit.body.root.children():
        if child.tag != dw.DW_TAG_imported_unit:
            return  # they come first
        imported = child.ref(dw.DW_AT_import)
        if imported is not None:
            yield imported.unit


def declaration_of(die: Die) -> Die:
    """Return the DIE at the end of a chain of origins and specifications: it stands where it was declared."""
    for _ in range(_DEPTH):
        origin = die.ref(dw.DW_AT_specification) or die.ref(dw.DW_AT_abstract_origin)
        if origin is None:
            break
        die = origin
    return die


def scopes_of(die: Die) -> list[Scope]:
    """Return the namespaces and classes around the declaration of a DIE, outermost first.

    A function is no scope: gdb calls a class inside of one by its own name.
    """
    found: list[Scope] = []
    here: Die | None = declaration_of(die).parent
    for _ in range(_DEPTH):
        if here is None or here.tag in _UNITS or here.tag in _FUNCTIONS:
            break
        if here.tag == dw.DW_TAG_namespace:
            shown = text(here, dw.DW_AT_name) or ANONYMOUS
            found.append(Scope(shown, shown == ANONYMOUS or bool(here.get(dw.DW_AT_export_symbols))))
        elif here.tag in _CLASSES or here.tag == dw.DW_TAG_module:
            if (own := here.name) is not None:
                found.append(Scope(own, False))
        elif here.tag == dw.DW_TAG_enumeration_type and here.get(dw.DW_AT_enum_class):
            found.append(Scope(here.name or ANONYMOUS, False))
        here = declaration_of(here).parent
    found.reverse()
    return found


def own_name(die: Die) -> str | None:
    """Return the name that a DIE or its declaration has, without scopes; None where it has none."""
    return text(die, dw.DW_AT_name)


def qualified(die: Die, name: str, language: str) -> str:
    """Return a DIE's name with its scopes, in gdb's spelling; C has no scopes."""
    if language == C:
        return name
    full = "::".join([*(scope.name for scope in scopes_of(die)), name])
    return canonical(full) if language == CPP else full


def is_local(die: Die) -> bool:
    """Whether a DIE was declared inside of a function."""
    here: Die | None = declaration_of(die).parent
    for _ in range(_DEPTH):
        if here is None or here.tag in _UNITS:
            return False
        if here.tag in _FUNCTIONS:
            return True
        here = declaration_of(here).parent
    return False
