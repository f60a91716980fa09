"""Names that one scope of C++ borrows from another: namespace aliases, using declarations and directives.

Source: DWARF 5 §3.2.3, §3.2.4; C++20 [namespace.alias], [namespace.udecl], [namespace.udir].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.symbols import naming, paths
from trapline.symbols.spelling import ANONYMOUS
from trapline.symbols.types import CPP

if TYPE_CHECKING:
    from trapline.dwarf.die import Die
    from trapline.dwarf.units import Unit

_IMPORTS = frozenset((dw.DW_TAG_imported_declaration, dw.DW_TAG_imported_module))
_HOPS = 8
"""Aliases of aliases, and directives behind directives, that are followed."""


class Import(NamedTuple):
    """`target` is what is meant, by its qualified name; `name` what it is called here, "" for a directive."""

    name: str
    target: str


class Imports:
    """What the scopes of one unit borrow.

    Raises:
        BadData: the unit is broken; by making one.
    """

    __slots__ = ("_blocks", "_namespaces")

    def __init__(self, unit: Unit) -> None:
        self._blocks: dict[int, list[Import]] = {}
        self._namespaces: dict[str, list[Import]] = {}
        for die in unit.body.having(dw.DW_AT_import, _IMPORTS):
            scope, found = die.parent, _read(die)
            if scope is None or found is None:
                continue
            if scope.tag == dw.DW_TAG_namespace or scope.offset == unit.body.root.offset:
                space = _qualified(scope) if scope.tag == dw.DW_TAG_namespace else ""
                self._namespaces.setdefault(space, []).append(found)
            else:
                self._blocks.setdefault(scope.offset, []).append(found)

    def spellings(self, name: str, blocks: Sequence[Die], around: str) -> Iterator[str]:
        """Give the qualified names that a name may mean by what is borrowed, the nearest scope's first.

        Where a namespace borrows anything, the name in that namespace itself comes before, and so it does in
        those around the place that are nearer.

        Args:
            name: as written, without `::` before it.
            blocks: the blocks around the place, innermost first, the function last.
            around: the function's qualified name.
        """
        if not self._blocks and not self._namespaces:
            return
        components = naming.split(name)
        given: dict[str, None] = {}
        for block in blocks:
            for die in block.origins():
                yield from self._by(self._blocks.get(die.offset, ()), components, given, _HOPS)
        scopes = naming.split(around)[:-1]
        borrowing = ["::".join(scopes[:depth]) in self._namespaces for depth in range(len(scopes) + 1)]
        for depth in range(len(scopes), -1, -1):
            if any(borrowing[: depth + 1]):
                yield "::".join((*scopes[:depth], *components))
            if borrowing[depth]:
                space = "::".join(scopes[:depth])
                yield from self._by(self._namespaces[space], components, given, _HOPS)
        yield from self._inside(components, given, _HOPS)

    def _by(
        self, imports: Sequence[Import], components: Sequence[str], given: dict[str, None], hops: int
    ) -> Iterator[str]:
        """Give what a name means by the imports of one scope; what was given before is left out."""
        for one in imports:
            if one.name and one.name != components[0]:
                continue
            rest = components[1:] if one.name else components
            meant = "::".join((one.target, *rest))
            if meant in given or not hops:
                continue
            given[meant] = None
            yield meant
            yield from self._inside(naming.split(meant), given, hops - 1)

    def _inside(self, components: Sequence[str], given: dict[str, None], hops: int) -> Iterator[str]:
        """Give what a qualified name means by what the namespaces that it names borrow."""
        for depth in range(1, len(components)):
            imports = self._namespaces.get("::".join(components[:depth]))
            if imports is not None:
                yield from self._by(imports, components[depth:], given, hops)


def _read(die: Die) -> Import | None:
    """Return what an entry borrows; None where it does not say."""
    target = die.ref(dw.DW_AT_import)
    for _ in range(_HOPS):
        if target is None or target.tag != dw.DW_TAG_imported_declaration:
            break
        target = target.ref(dw.DW_AT_import)
    meant = _qualified(target) if target is not None else ""
    if target is None or not meant:
        return None
    if die.tag == dw.DW_TAG_imported_module:
        return Import("", meant)
    return Import(die.name or paths.own_name(target) or "", meant)


def _qualified(die: Die) -> str:
    """Return the qualified name of a namespace, variable, function or type."""
    own = paths.own_name(die)
    if own is None:
        own = ANONYMOUS if die.tag == dw.DW_TAG_namespace else ""
    return paths.qualified(die, own, CPP)
