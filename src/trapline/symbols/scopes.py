"""The functions, variables, types and enumerators of one file's debug information, by name.

All addresses are file addresses.  A name is found as gdb finds it: with any of its outer scopes left out,
with or without template arguments and parameter types.  What a broken file says is left out, and
`TypeReader.problem` tells.

Source: gdb 13 manual, Specifying a Location and Symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from trapline.base.errors import BadData
from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.located import is_dropped
from trapline.symbols import naming, paths, spelling
from trapline.symbols.functions import Function, Variable
from trapline.symbols.imports import Imports
from trapline.symbols.types import CPP, BaseType, C, Enumerator, EnumType, StructType, Type, TypedefType

if TYPE_CHECKING:
    import re
    from collections.abc import Container

    from trapline.dwarf.die import Die
    from trapline.dwarf.names import Names
    from trapline.dwarf.units import Unit
    from trapline.symbols.code import Code

_FUNCTIONS = frozenset((dw.DW_TAG_subprogram,))
_VARIABLES = frozenset((dw.DW_TAG_variable, dw.DW_TAG_member))
_ENUMERATORS = frozenset((dw.DW_TAG_enumerator,))
_STRUCTS = frozenset(
    (
        dw.DW_TAG_structure_type,
        dw.DW_TAG_class_type,
        dw.DW_TAG_interface_type,
    )
)
_UNIONS = frozenset((dw.DW_TAG_union_type,))
_ENUMS = frozenset((dw.DW_TAG_enumeration_type,))
_TYPEDEFS = frozenset((dw.DW_TAG_typedef, dw.DW_TAG_template_alias))
_TYPES = _STRUCTS | _UNIONS | _ENUMS | _TYPEDEFS | {dw.DW_TAG_base_type, dw.DW_TAG_unspecified_type}
_KEYWORDS = {"struct": _STRUCTS, "class": _STRUCTS, "union": _UNIONS, "enum": _ENUMS}
_LIST = lazy(r"[<(]")
_TYPE_NAME = lazy(r"(?<![\w:])(?:::)?[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*\b(?!\s*<|::)")
_TYPEDEFS_OF_TYPEDEFS = 64
_PLACES = (dw.DW_OP_addr, dw.DW_OP_addrx, dw.DW_OP_GNU_addr_index)
_THREAD_PLACES = (dw.DW_OP_form_tls_address, dw.DW_OP_GNU_push_tls_address)
_PLACED = 4096  # variables whose copies are remembered
_SEARCHED_NAMES = 50  # that a pattern matches; of more, all functions are looked at


class Scopes:
    """What names mean in one file; `code` is what is at its addresses, `types` reads its types."""

    __slots__ = (
        "_around",
        "_elsewhere",
        "_imports",
        "_known_names",
        "_make_names",
        "_placed",
        "code",
        "dwarf",
        "types",
    )

    def __init__(
        self,
        code: Code,
        make_names: Callable[[], Names],
        elsewhere: Callable[[str, int], Die | None] | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            code: what is found by address.
            make_names: gives the file's names.
            elsewhere: finds the definition of a type of this qualified name and DW_TAG in other files.
        """
        self.code = code
        self.dwarf = code.dwarf
        self.types = code.types
        self._around = code.around
        self._elsewhere = elsewhere
        self._make_names = make_names
        self._known_names: Names | None = None
        self._imports: dict[Unit, Imports | None] = {}
        self._placed: dict[Die, Die | None] = {}

    @property
    def _names(self) -> Names:
        if self._known_names is None:
            self._known_names = self._make_names()
        return self._known_names

    # Functions by name

    def functions(self, name: str, *, with_inlined: bool = True) -> list[Function]:
        """Return every function, instance of a template and inlined call that a user means by `name`.

        `method`, `Class::method`, `ns::Class<int>::method`, `f(int)`, `::f` for the outermost alone.
        """
        found = self._functions_meant(naming.parse(name), with_inlined)
        if not found and (written := self._without_typedefs(name)) != name:
            found = self._functions_meant(naming.parse(written), with_inlined)
        return found

    def _functions_meant(self, wanted: naming.Name, with_inlined: bool) -> list[Function]:
        meant = [
            die
            for die in self._candidates(wanted.components[-1], _FUNCTIONS)
            if self.types.guard(partial(self._is_meant, die, wanted, Function(die, (), self._around)), False)
        ]
        found = dict.fromkeys(self._with_code(meant, with_inlined))
        return sorted(found, key=lambda one: one.entry)

    def _without_typedefs(self, name: str) -> str:
        """Return a name with what is a typedef in its template arguments and parameters written out."""
        begins = _LIST.search(name)
        if begins is None:
            return name

        def written(match: re.Match[str]) -> str:
            types = (one for one in self.find_types(match[0]) if isinstance(one, TypedefType))
            meanings = {str(_meaning(one)) for one in types}
            return meanings.pop() if len(meanings) == 1 else naming.STRINGS.get(match[0], match[0])

        return name[: begins.end()] + _TYPE_NAME.sub(written, name[begins.end() :])

    def functions_matching(self, pattern: re.Pattern[str]) -> list[Function]:
        """Return every function in whose qualified name a pattern is found."""
        found: dict[Function, None] = {}
        for die in self._functions_named_like(pattern):
            if pattern.search(Function(die, (), self._around).name):
                for one in self.instances(die):
                    found.setdefault(one)
        return sorted(found, key=lambda one: one.entry)

    def function(self, die: Die) -> Function:
        """Return the function of an entry, without its code."""
        return Function(die, (), self._around)

    def matching(self, pattern: re.Pattern[str], tags: Container[int]) -> Iterator[tuple[str, Die]]:
        """Yield the qualified names that a pattern is found in, each with the first entry that defines it."""
        return self._names.matching(pattern, tags)

    def is_static(self, die: Die) -> bool:
        """Whether a function or variable outside of all scopes is that of one file alone."""
        if die.tag not in _FUNCTIONS | _VARIABLES or paths.scopes_of(die) or paths.is_local(die):
            return False
        return not self.code.variable(die).is_external

    def namesakes(self, die: Die, tags: Container[int]) -> list[Die]:
        """Return the entries of what is as static as an entry, and has its name, in other units."""
        found = self._names.find(paths.own_name(die) or "", tags)
        return [one for one in found if one.unit is not die.unit and self.is_static(one)]

    def _functions_named_like(self, pattern: re.Pattern[str]) -> Iterator[Die]:
        """Yield functions among which are all whose name a pattern is found in."""
        names = {naming.split(name)[-1] for name, _ in self._names.matching(pattern, _FUNCTIONS)}
        if len(names) <= _SEARCHED_NAMES:
            for name in names:
                yield from self._names.find(name, _FUNCTIONS)
            return
        for unit in self.dwarf.units:
            try:
                for attribute in (dw.DW_AT_low_pc, dw.DW_AT_ranges, dw.DW_AT_inline):
                    yield from unit.body.having(attribute, _FUNCTIONS)
            except BadData as error:
                self.dwarf.note(error)

    def _is_meant(self, die: Die, wanted: naming.Name, function: Function) -> bool:
        parameters = None
        if wanted.parameters is not None:
            parameters = ", ".join(function.parameter_types)
        if self._answers(die, wanted, parameters):
            return True
        # The linker's name has the function around a local class, other template arguments, and no typedefs.
        if wanted.parameters is None and len(wanted.components) == 1 and "<" not in wanted.components[0]:
            return False
        if function.language != CPP:
            return False
        shown = naming.parse(function.signature)
        return naming.answers_to(shown.components, wanted, parameters=shown.parameters)

    def _answers(self, die: Die, wanted: naming.Name, parameters: str | None = None) -> bool:
        scopes, own = self._components(die)
        return naming.answers_to(
            [*(scope.name for scope in scopes), own],
            wanted,
            skippable=[scope.may_be_left_out for scope in scopes],
            parameters=parameters,
        )

    def _components(self, die: Die) -> tuple[list[paths.Scope], str]:
        name = self.types.own_name(die) or ""
        if self.types.language(die.unit) == C:
            return [], name
        return paths.scopes_of(die), name

    def instances(self, die: Die) -> list[Function]:
        """Return the code of a function's DIE: itself, and every inlined call where it was inlined."""
        return self._with_code([die])

    def _with_code(self, dies: list[Die], with_inlined: bool = True) -> list[Function]:
        guard, none = self.types.guard, list[Function]()
        abstract: list[Die] = []
        found: list[Function] = []
        for die in dies:
            found += guard(partial(self._own_code, die, abstract), none)
        # All at once: where entries have to be gone through for what refers to one, that is done once.
        return found + guard(partial(self._copies, abstract, with_inlined), none)

    def _own_code(self, die: Die, abstract: list[Die]) -> list[Function]:
        """Return a function that has code of its own; note one that may have it in copies."""
        ranges = die.ranges()
        # Without code of its own it is abstract: inlined, or compiled elsewhere (link-time optimization).
        if not ranges or die.has(dw.DW_AT_inline):
            abstract.append(die)
        return [Function(die, ranges, self._around)] if ranges else []

    def _copies(self, abstract: list[Die], with_inlined: bool) -> list[Function]:
        return [
            Function(one, ranges, self._around)
            for one in self._names.instances(abstract, with_inlined=with_inlined)
            if (ranges := one.ranges())
        ]

    def methods_of(self, struct: StructType, name: str, unit: Unit) -> list[Function]:
        """Return the member functions with code that a unit has of one of its classes; also of a lambda."""

        def search() -> list[Die]:
            found: dict[Die, None] = {}
            # gcc has the code of a lambda's member functions inside the class.
            for attribute in (dw.DW_AT_low_pc, dw.DW_AT_specification):
                for die in unit.body.having(attribute, _FUNCTIONS):
                    declared = paths.declaration_of(die)
                    around = declared.parent if declared.name == name else None
                    if around is not None and around.tag in _STRUCTS and self.types.type(around) is struct:
                        found[die] = None
            return list(found)

        return self._with_code(self.types.guard(search, []), False)

    def spellings(self, name: str, function: Function, address: int) -> Iterator[str]:
        """Give the qualified names that a name may mean by what scopes around a place borrow from others.

        Args:
            name: as written; with `::` before it, what the function's scopes borrow does not count.
            function: the function that the place is in.
            address: the place's file address.
        """
        unit = function.die.unit
        if unit not in self._imports:
            is_cpp = self.types.language(unit) == CPP
            self._imports[unit] = self.types.guard(lambda: Imports(unit), None) if is_cpp else None
        imports = self._imports[unit]
        if imports is not None:
            is_inner = not name.startswith("::")
            blocks = function.scopes_at(address) if is_inner else []
            around = function.name if is_inner else ""
            yield from imports.spellings(name.removeprefix("::"), blocks, around)

    # Variables by name

    def variables(self, name: str, unit: Unit | None = None) -> list[Variable]:
        """Return the variables outside functions that a user means by `name`: globals, file statics, members.

        Those of `unit` come first, then those that other units can see, then their statics.
        """
        wanted = naming.parse(name)
        found = [
            Variable(die, self._around)
            for die in self._candidates(wanted.components[-1], _VARIABLES)
            if self.types.guard(partial(self._is_global, die, wanted), False)
        ]
        return sorted(found, key=lambda one: (one.die.unit is not unit, not one.is_external))

    def declared_variables(self, name: str, unit: Unit | None = None) -> list[Variable]:
        """Return the variables that a user means by `name` and that the file only declares (`extern`).

        Those of `unit` come first.
        """
        wanted = naming.parse(name)

        def search() -> list[Variable]:
            dies = self._names.declarations(wanted.components[-1], _VARIABLES)
            return [
                Variable(die, self._around)
                for die in dies
                if die.tag == dw.DW_TAG_variable and self._answers(die, wanted)
            ]

        found: list[Variable] = self.types.guard(search, [])
        return sorted(found, key=lambda one: one.die.unit is not unit)

    def placed(self, die: Die) -> Die | None:
        """Return the copy of a static variable's DIE that says where it is, None where there is none.

        Link-time optimization leaves the names in the units of the sources, and writes a unit of its own with
        the places.  Only where entries refer to other units are the bytes searched, once for a variable.
        """
        if die not in self._placed:
            if len(self._placed) >= _PLACED:
                self._placed.clear()
            across = dw.DW_AT_abstract_origin, dw.DW_FORM_ref_addr
            crosses = die.unit.dwarf.uses(*across)
            self._placed[die] = self.types.guard(partial(self._find_placed, die), None) if crosses else None
        return self._placed[die]

    def _find_placed(self, die: Die) -> Die | None:
        for copy in self._names.copies(die):
            expression = copy.block(dw.DW_AT_location)
            # In a register or on the stack is a copy for one call alone.
            if expression and (expression[0] in _PLACES or expression[-1] in _THREAD_PLACES):
                return copy
        return None

    def variables_of(self, unit: Unit) -> list[Variable]:
        """Return the variables outside functions that a unit defines, in the order of the file."""
        return self.types.guard(lambda: [Variable(die, self._around) for die in _defined(unit.root)], [])

    def _is_global(self, die: Die, wanted: naming.Name) -> bool:
        if die.get(dw.DW_AT_declaration) and not die.has(dw.DW_AT_const_value):
            return False
        if die.tag == dw.DW_TAG_member and not die.has(dw.DW_AT_const_value):
            return False
        parent = die.parent
        if parent is not None and parent.tag in (
            dw.DW_TAG_subprogram,
            dw.DW_TAG_lexical_block,
            dw.DW_TAG_inlined_subroutine,
        ):
            return False
        return self._answers(die, wanted)

    # Types by name

    def is_template(self, name: str) -> bool:
        """Whether `name<...>` is a type or function of this file, for some arguments."""
        return bool(self._names.templates(naming.bare(naming.parse(name).components[-1])))

    def find_types(self, name: str, unit: Unit | None = None) -> list[Type]:
        """Return the types that a user means: `struct node`, `node` in C++, `ns::T<int>`, `unsigned long`.

        Complete ones come before declarations, those of `unit` before others.
        """
        return [self.types.type(die) for die in self._type_dies(name, unit)]

    def _type_dies(self, name: str, unit: Unit | None) -> list[Die]:
        keyword, _, rest = name.strip().partition(" ")
        tags = _KEYWORDS.get(keyword)
        text = rest.strip() if tags is not None else name.strip()
        found = self._types_meant(text, tags)
        if not found and "<" in text and (written := self._without_typedefs(text)) != text:
            found = self._types_meant(written, tags)
        return sorted(
            found,
            key=lambda die: (bool(die.get(dw.DW_AT_declaration)), unit is not None and die.unit is not unit),
        )

    def _types_meant(self, text: str, tags: frozenset[int] | None) -> list[Die]:
        found: dict[Die, None] = {}
        wanted = naming.parse(text)
        for die in self._candidates(wanted.components[-1], tags or _TYPES):
            # In C a tag is no type name; `struct` has to be written.
            if tags is None and die.tag not in _TYPEDEFS and die.tag != dw.DW_TAG_base_type:
                if self.types.language(die.unit) == C:
                    continue
            if self.types.guard(partial(self._answers, die, wanted), False):
                found.setdefault(die)
        return list(found)

    def has_type(self, name: str, unit: Unit) -> bool:
        """Whether a unit declares a type of exactly this qualified name, in C without `struct` before it."""
        return any(
            die.unit is unit
            and paths.qualified(die, paths.own_name(die) or "", self.types.language(unit)) == name
            for die in self._type_dies(name, unit)
        )

    def base_type(self, name: str, unit: Unit | None = None) -> BaseType | None:
        """Return the type that the processor knows by a name, in whatever order its words are written."""
        wanted = spelling.canonical(" ".join(name.split()))
        units = [unit] if unit is not None else []
        for one in [*units, *self.dwarf.units]:
            found = self.types.guard(partial(self._base_type_in, one, wanted), None)
            if found is not None:
                return found
        return None

    def _base_type_in(self, unit: Unit, wanted: str) -> BaseType | None:
        for die in unit.body.root.children():
            if die.tag == dw.DW_TAG_base_type and spelling.canonical(die.name or "") == wanted:
                found = self.types.type(die)
                return found if isinstance(found, BaseType) else None
        return None

    def enumerators(self, name: str, unit: Unit | None = None) -> list[tuple[EnumType, Enumerator]]:
        """Return the named integers that a user means: `RED`, `ns::RED`, `Color::RED`; of one unit or all."""
        wanted = naming.parse(name)
        found = []
        for die in self._candidates(wanted.components[-1], _ENUMERATORS):
            parent = die.parent
            if unit is not None and die.unit is not unit:
                continue
            if parent is None or parent.tag != dw.DW_TAG_enumeration_type:
                continue
            enum = self.types.type(parent)
            if not isinstance(enum, EnumType) or (enum.is_scoped and len(wanted.components) == 1):
                continue
            scopes = [scope.name for scope in paths.scopes_of(parent)] if enum.language != C else []
            optional = [False] * len(scopes)
            if parent.name is not None:  # `Color::RED` is good for either kind of enum
                scopes.append(parent.name)
                optional.append(not enum.is_scoped)
            if naming.answers_to([*scopes, die.name or ""], wanted, skippable=optional):
                found += [(enum, one) for one in enum.enumerators if one.name == die.name]
        return found

    # What is only declared

    def definition(self, die: Die) -> Die | None:
        """Return the DIE that defines the type that a DIE declares, in this file or another; None: nowhere.

        Raises:
            BadData: the file is broken on the way.
        """
        name = paths.own_name(die)
        if name is None:
            return None
        language = self.types.language(die.unit)
        wanted = paths.qualified(die, name, language)
        tags = _STRUCTS if die.tag in _STRUCTS else {die.tag}
        for found in self._names.find(name, tags):
            if not found.get(dw.DW_AT_declaration) and self.types.language(found.unit) == language:
                if paths.qualified(found, paths.own_name(found) or "", language) == wanted:
                    return found
        return self._elsewhere(wanted, die.tag) if self._elsewhere is not None else None

    def defining(self, name: str, tag: int) -> Die | None:
        """Return the DIE that defines the type of a qualified name, for another file that declares it."""
        tags = _STRUCTS if tag in _STRUCTS else {tag}
        wanted = naming.parse(name)

        def search() -> Die | None:
            for die in self._names.find(wanted.components[-1], tags):
                own = paths.own_name(die) or ""
                if not die.get(dw.DW_AT_declaration):
                    if paths.qualified(die, own, self.types.language(die.unit)) == name:
                        return die
            return None

        return self.types.guard(search, None)

    def _candidates(self, name: str, tags: Container[int]) -> list[Die]:
        """Return the DIEs that a last component of a name may mean: of a template's, every instance."""
        plain = naming.bare(name)
        instances = [one for one in self._names.templates(plain) if naming.bare(one) == plain]
        meant = [one for one in instances if plain == name or naming.answers_to((one,), naming.Name((name,)))]
        # gcc leaves arguments out that have defaults, which a linker's name has: that is compared later.
        spellings = [plain, *(meant or instances)]
        try:
            return [die for one in spellings for die in self._names.find(one, tags)]
        except BadData as error:
            self.dwarf.note(error)
            return []


def _meaning(named: Type) -> Type:
    """Return what a typedef is another name for, with its qualifiers."""
    for _ in range(_TYPEDEFS_OF_TYPEDEFS):
        if not isinstance(named, TypedefType):
            break
        named = named.target
    return named


def _defined(die: Die) -> Iterator[Die]:
    """Yield the variables with a place or a value in a unit's or a namespace's entry."""
    for child in die.children():
        if child.tag == dw.DW_TAG_namespace:
            yield from _defined(child)
        elif child.tag == dw.DW_TAG_variable and (
            child.has(dw.DW_AT_location) or child.has(dw.DW_AT_const_value)
        ):
            if not is_dropped(child):
                yield child
