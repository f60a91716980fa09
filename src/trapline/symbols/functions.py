"""One function, or one inlined call of it: its names, its arguments, the variables of its blocks, its calls.

All addresses are file addresses.  What a broken file says is left out, and `TypeReader.problem` tells.

Source: DWARF 5 §3.3, §3.4, §3.5, §4.1; gdb 13, inherit_abstract_dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.symbols import paths, spelling
from trapline.symbols.attributes import constant, linkage_name, number
from trapline.symbols.call_sites import CALLS, NESTED, CallSite, calls_in
from trapline.symbols.demangle import demangle
from trapline.symbols.struct_reader import read_template_arguments
from trapline.symbols.types import CPP, RUST, C

if TYPE_CHECKING:
    from trapline.base.address import FileAddress
    from trapline.base.location import SourceLocation
    from trapline.dwarf.die import Die
    from trapline.dwarf.ranges import LocationRange, Range
    from trapline.dwarf.units import Unit
    from trapline.symbols.blocks import Block
    from trapline.symbols.naming import Name
    from trapline.symbols.structures import TemplateArgument
    from trapline.symbols.type_reader import TypeReader
    from trapline.symbols.types import FunctionType, Type

_VARIABLES = frozenset((dw.DW_TAG_variable, dw.DW_TAG_formal_parameter, dw.DW_TAG_constant))
_UNPLACED = frozenset((dw.DW_TAG_lexical_block, dw.DW_TAG_try_block, dw.DW_TAG_catch_block))
_CLASSES = frozenset((dw.DW_TAG_class_type, dw.DW_TAG_structure_type, dw.DW_TAG_union_type))
_DEPTH = 256  # of nested blocks


class Surroundings(NamedTuple):
    """What functions and variables ask of the module that they belong to."""

    types: TypeReader
    place: Callable[[Unit, int, int, int], SourceLocation | None]
    """A place in the source by a file's number in a unit's line table, line and column."""
    chain: Callable[[Unit, int], Block | None]
    """The innermost block of a unit at an address."""
    placed: Callable[[Die], Die | None]
    """The copy of a static variable's entry that says where it is, for an entry that does not."""

    def declared(self, die: Die) -> SourceLocation | None:
        """Return where a DIE was declared, None where the file does not say."""
        return self.types.guard(lambda: self._declared(die), None)

    def _declared(self, die: Die) -> SourceLocation | None:
        for one in die.origins():
            if one.has(dw.DW_AT_decl_line):
                return self.source(one, dw.DW_AT_decl_file, dw.DW_AT_decl_line, dw.DW_AT_decl_column)
        return None

    def source(self, die: Die, file: int, line: int, column: int) -> SourceLocation | None:
        """Return the place in the source that three attributes of a DIE name, None where they do not.

        Raises:
            BadData: the line table is broken.
        """
        # A definition may leave the file to the declaration, whose numbers may be another unit's.
        holder = next((one for one in die.origins() if one.has(file)), die)
        index, line_number = number(holder, file), number(die, line)
        if index is None or line_number is None:
            return None
        return self.place(holder.unit, index, line_number, number(die, column) or 0)

    def flag(self, die: Die, attribute: int) -> bool:
        """Whether a DIE, or what it is an instance of, has a flag."""
        return bool(self.types.guard(lambda: die.find(attribute), None))


class Variable:
    """A variable, argument, or constant that a program names.

    `name` may be empty; `is_argument` says that it is a parameter, `is_artificial` that the compiler made
    it (`this`, `__closure`).
    """

    __slots__ = ("_around", "_everywhere", "_placed", "_type", "die", "is_argument", "name")

    def __init__(self, die: Die, around: Surroundings) -> None:
        self._type: Type | None = None
        self._everywhere: bytes | None = None
        self._placed: Die | None = None
        self.die = die
        self.name = paths.own_name(die) or ""
        self.is_argument = die.tag == dw.DW_TAG_formal_parameter
        self._around = around

    def __repr__(self) -> str:
        return f"<Variable {self.name}>"

    @property
    def type(self) -> Type:
        """What its bytes mean."""
        if self._type is None:
            self._type = self._around.types.type_of(self.die)
        return self._type

    @property
    def qualified_name(self) -> str:
        """Its name with the namespaces and classes around it."""
        return paths.qualified(self.die, self.name, self._around.types.language(self.die.unit))

    @property
    def linkage_name(self) -> str | None:
        """The name that the linker knows, None where the file does not say."""
        return self._around.types.guard(lambda: linkage_name(self.die), None)

    @property
    def line(self) -> int:
        """The line of its declaration, counted from 1; 0 where the file does not say."""
        found = self._around.types.guard(lambda: self.die.find(dw.DW_AT_decl_line), None)
        return found if isinstance(found, int) else 0

    @property
    def declared(self) -> SourceLocation | None:
        """Where it was declared, None where the file does not say."""
        return self._around.declared(self.die)

    @property
    def is_artificial(self) -> bool:
        """Whether the compiler made it."""
        return self._around.flag(self.die, dw.DW_AT_artificial)

    @property
    def is_external(self) -> bool:
        """Whether other units can see it."""
        return self._around.flag(self.die, dw.DW_AT_external)

    @property
    def constant(self) -> int | bytes | None:
        """Its value where it is known without a place: a number or the bytes of the type; else None."""
        return self._around.types.guard(lambda: constant(self.die), None)

    @property
    def locations(self) -> list[LocationRange]:
        """The expressions that say where it is, each with the addresses of code where that holds."""
        die = self._with_location()
        return die.locations(dw.DW_AT_location) if die is not None else []

    def location(self, address: int) -> bytes | None:
        """Return the expression that says where it is when the code at `address` runs; None: nowhere.

        Raises:
            BadData: the file is broken there.
        """
        if self._everywhere is not None:
            return self._everywhere
        die = self._with_location()
        if die is None:
            return None
        # One expression for the whole block, kept: a deep recursion asks for it in each frame.
        self._everywhere = die.block(dw.DW_AT_location)
        return self._everywhere or die.location(dw.DW_AT_location, address)

    @property
    def unit(self) -> Unit:
        """The unit whose tables its location is written with."""
        placed = self._around.types.guard(self._with_location, None)
        return (placed or self.die).unit

    def _with_location(self) -> Die | None:
        """Return the entry that says where it is: its own, one that that completes, or a copy of it."""
        if self._placed is None:
            for die in self.die.origins():
                if die.has(dw.DW_AT_location):
                    self._placed = die
                    return die
            if self.die.tag == dw.DW_TAG_variable and not self.die.find(dw.DW_AT_const_value):
                self._placed = self._around.placed(self.die)
        return self._placed


class Function:
    """A function that has code of its own, or one inlined call of one (`is_inlined`).

    Two are equal when they are the same entry of the debug information.
    """

    __slots__ = ("_around", "_calls", "_name", "_parameters", "die", "ranges")

    def __init__(self, die: Die, ranges: Sequence[Range], around: Surroundings) -> None:
        self.die = die
        self.ranges = tuple(ranges)
        self._around = around
        self._name: str | None = None
        self._calls: list[CallSite] | None = None
        self._parameters: list[Variable] | None = None

    def __eq__(self, other: object) -> bool:
        """Equal when the same entry."""
        return self.die == other.die if isinstance(other, Function) else NotImplemented

    def __hash__(self) -> int:
        """Hash of the entry."""
        return hash(self.die)

    def __repr__(self) -> str:
        return f"<Function {self.name}{' inlined' if self.is_inlined else ''}>"

    # Names

    @property
    def is_inlined(self) -> bool:
        """Whether it is the body of one inlined call."""
        return self.die.tag == dw.DW_TAG_inlined_subroutine

    @property
    def unit(self) -> Unit:
        """The unit of its source: link-time optimization has the code of many in one without a source."""
        own = self.die.unit

        def read() -> Unit:
            units = (one.unit for one in self.die.origins())
            return [own, *(one for one in units if one.root.tag == dw.DW_TAG_compile_unit)][-1]

        return self._around.types.guard(read, own)

    @property
    def language(self) -> str:
        """How its unit writes names and types."""
        return self._around.types.language(self.die.unit)

    @property
    def name(self) -> str:
        """Its name as gdb shows it in a backtrace: scopes and template arguments, no parameters."""
        if self._name is None:
            self._name = self._around.types.guard(self._read_name, None) or self.linkage_name or ""
        return self._name

    def _read_name(self) -> str | None:
        name = self._around.types.name(self.die)
        if self.language == C:
            return self.linkage_name or name  # as gdb does: `__GI___qsort_r`, where the source says qsort_r
        if name is None or self.language != CPP or not ("<" in name or paths.is_local(self.die)):
            return name
        from trapline.symbols import naming  # no name of C needs it

        # As gdb does: the linker's name says more of template arguments (`0ul`) and of local classes.
        full = self._demangled()
        return naming.separate(full)[0] if full is not None else name

    def _demangled(self) -> str | None:
        """Return the linker's name as a person writes it, in gdb's spelling; None where it says nothing."""
        linkage = linkage_name(self.die)
        shown = demangle(linkage) if linkage is not None else None
        if not shown or shown == linkage:
            return None
        from trapline.symbols.naming import without_result

        return spelling.canonical(without_result(shown))

    @property
    def is_local(self) -> bool:
        """Whether it was declared inside of a function, as those of local classes are."""
        return self._around.types.guard(lambda: paths.is_local(self.die), False)

    @property
    def own_name(self) -> str:
        """Its name without scopes."""
        return paths.own_name(self.die) or ""

    @property
    def signature(self) -> str:
        """Its name with the types of its parameters, as a user writes it to tell overloads apart."""
        if self.language != CPP:
            return self.name
        linkage = self.linkage_name
        if linkage is not None:
            return self._around.types.guard(self._demangled, None) or linkage
        if self.is_inlined:
            return self.name  # gdb does not go to the declaration for the parameters
        return f"{self.name}({', '.join(self.parameter_types)}){self._const}"

    def is_named(self, text: str) -> bool:
        """Whether a user who wrote a name may mean it: scopes, arguments and parameters may be left out."""
        from trapline.symbols import naming

        return self.answers_to(naming.parse(text))

    def answers_to(self, wanted: Name) -> bool:
        """Whether a name that has been taken apart may mean it; see `is_named`."""
        from trapline.symbols import naming

        shown = naming.parse(self.signature)
        return naming.answers_to(shown.components, wanted, parameters=shown.parameters)

    @property
    def parameter_types(self) -> list[str]:
        """The types of its parameters as they were declared, without what the compiler added."""
        types = self._around.types
        none: list[str] = []
        return types.guard(
            lambda: [
                spelling.parameter(str(types.type_of(child)))
                for child in paths.declaration_of(self.die).children()
                if child.tag == dw.DW_TAG_formal_parameter and not child.get(dw.DW_AT_artificial)
            ],
            none,
        )

    @property
    def _const(self) -> str:
        """Return " const" for a member function that does not change its object."""
        types = self._around.types

        def read() -> str:
            for child in paths.declaration_of(self.die).children():
                if child.tag == dw.DW_TAG_formal_parameter:
                    is_object = child.get(dw.DW_AT_artificial)
                    return " const" if is_object and str(types.type_of(child)).startswith("const ") else ""
            return ""

        return types.guard(read, "")

    @property
    def linkage_name(self) -> str | None:
        """The name that the linker knows, None where the file does not say."""
        return self._around.types.guard(lambda: linkage_name(self.die), None)

    # Places

    @property
    def entry(self) -> FileAddress:
        """Where it is entered: as in gdb the start of its first run, whatever DW_AT_entry_pc says."""
        return self.ranges[0].start

    def contains(self, address: int) -> bool:
        """Whether a file address is in its code."""
        return any(start <= address < end for start, end in self.ranges)

    @property
    def declared(self) -> SourceLocation | None:
        """Where it was declared, None where the file does not say."""
        return self._around.declared(self.die)

    @property
    def call_site(self) -> SourceLocation | None:
        """Where it was called from, for an inlined call; else None."""
        around, die = self._around, self.die
        places = dw.DW_AT_call_file, dw.DW_AT_call_line, dw.DW_AT_call_column
        return around.types.guard(lambda: around.source(die, *places), None)

    @property
    def is_external(self) -> bool:
        """Whether other units can see it."""
        return self._around.flag(self.die, dw.DW_AT_external)

    @property
    def is_artificial(self) -> bool:
        """Whether the compiler made it."""
        return self._around.flag(self.die, dw.DW_AT_artificial)

    def frame_base(self, address: int) -> bytes | None:
        """Return the expression of the frame base when the code at `address` runs, None without one.

        An inlined call has that of the function around it.

        Raises:
            BadData: the file is broken there.
        """
        here: Die | None = self.die
        for _ in range(_DEPTH):
            if here is None:
                return None
            if here.has(dw.DW_AT_frame_base):
                return here.location(dw.DW_AT_frame_base, address)
            if here.tag == dw.DW_TAG_subprogram:
                return None
            here = here.parent
        return None

    def static_link(self, address: int) -> bytes | None:
        """Return the expression of the frame base of the function around a nested one of GNU C; else None.

        Raises:
            BadData: the file is broken there.
        """
        return (
            self.die.location(dw.DW_AT_static_link, address) if self.die.has(dw.DW_AT_static_link) else None
        )

    def is_inside(self, outer: Function) -> bool:
        """Whether it is nested in a function, at whatever depth."""
        around = list(outer.die.origins())
        for one in self.die.origins():
            here = one.parent
            for _ in range(_DEPTH):
                if here is None:
                    break
                if here in around:
                    return True
                here = here.parent
        return False

    @property
    def template_arguments(self) -> Sequence[TemplateArgument]:
        """The template arguments of the function, then those of the classes around it, innermost first."""
        return self._around.types.guard(self._template_arguments, ())

    def _template_arguments(self) -> Sequence[TemplateArgument]:
        types = self._around.types
        origins = list(self.die.origins())
        found = next(filter(None, (read_template_arguments(types, one) for one in origins)), ())
        here = origins[-1].parent
        for _ in range(_DEPTH):
            if here is None or here.tag not in _CLASSES:
                break
            found += read_template_arguments(types, here)
            here = here.parent
        return found

    # Types and variables

    @property
    def type(self) -> FunctionType:
        """What it takes and gives."""
        return self._around.types.function(self.die)

    @property
    def return_type(self) -> Type:
        """What it gives back."""
        return self._around.types.type_of(self.die)

    @property
    def parameters(self) -> list[Variable]:
        """Its parameters in order, those that were optimized away included."""
        if self._parameters is None:
            self._parameters = [one for one in self._variables(self.die) if one.is_argument]
        return self._parameters

    @property
    def object(self) -> Variable | None:
        """`this` or `self` of a member function, else None."""
        return self._around.types.guard(self._object, None)

    @property
    def nameless_parameter(self) -> Variable | None:
        """The first parameter that has no name; the compiler made it."""
        around = self._around

        def read() -> Variable | None:
            found = (one for one in self.die.children() if one.tag == dw.DW_TAG_formal_parameter)
            return next((Variable(one, around) for one in found if not paths.own_name(one)), None)

        return around.types.guard(read, None)

    def _object(self) -> Variable | None:
        parameters = self.parameters
        for die in self.die.origins():
            pointer = die.ref(dw.DW_AT_object_pointer)
            if pointer is not None:
                name, known = paths.own_name(pointer), parameters
                if name == "__closure":  # gcc gives a lambda that has captured `this` a variable of that name
                    name, known = "this", self._variables(self.die)
                return next((one for one in known if one.name == name), None)
        first = parameters[0] if parameters else None
        if first is None or first.name not in ("this", "self"):
            return None
        return first if self.language == RUST or first.is_artificial else None

    def blocks_at(self, address: int) -> list[list[Variable]]:
        """Return the variables that can be seen at a file address, innermost block first.

        The last block is the function's own, with the parameters before the others.
        """
        return [self._variables(die) for die in self.scopes_at(address)]

    def scopes_at(self, address: int) -> list[Die]:
        """Return the entries of the blocks around a file address, innermost first, its own last."""
        blocks: list[Die] = []
        block = self._around.types.guard(lambda: self._around.chain(self.die.unit, address), None)
        while block is not None and block.die != self.die:
            # What is inside an inlined call belongs to that.
            if block.is_inlined:
                blocks.clear()
            else:
                blocks.append(block.die)
            block = block.outer
        if block is None:
            blocks.clear()  # the address is elsewhere
        blocks.append(self.die)
        return blocks

    def _variables(self, scope: Die) -> list[Variable]:
        """Return the variables of one block in order, then those that only its abstract form has."""
        around = self._around
        found: list[Variable] = []

        def read() -> None:
            found.extend(Variable(die, around) for die in _named_in(scope))
            origin = scope.ref(dw.DW_AT_abstract_origin)
            if origin is not None:
                found.extend(Variable(die, around) for die in _left_out(scope, origin))

        around.types.guard(read, None)
        return [variable for variable in found if variable.name]

    @property
    def declarations(self) -> list[Variable]:
        """What its body declares and another file defines: `extern char **environ;`."""
        found: list[Variable] = []
        around = self._around
        around.types.guard(
            lambda: found.extend(
                Variable(die, around)
                for die in _variables_in(self.die, lambda child: child.tag in NESTED)
                if die.tag == dw.DW_TAG_variable and die.get(dw.DW_AT_declaration)
            ),
            None,
        )
        return found

    # Calls

    @property
    def call_sites(self) -> list[CallSite]:
        """The calls in its code, inlined code included."""
        if self._calls is None:
            found: list[CallSite] = []
            self._around.types.guard(lambda: found.extend(calls_in(self.die)), None)
            self._calls = found
        return self._calls


def _named_in(scope: Die) -> Iterator[Die]:
    """Yield the variables of a block; blocks without a place count as part of the one around them."""
    for die in _variables_in(scope, _is_part):
        if not die.get(dw.DW_AT_declaration):
            yield die


def _variables_in(scope: Die, is_entered: Callable[[Die], bool], depth: int = 0) -> Iterator[Die]:
    """Yield the variables of a block and of what in it is entered as well, declarations too."""
    for child in scope.children():
        if child.tag in _VARIABLES:
            yield child
        elif depth < _DEPTH and is_entered(child):
            yield from _variables_in(child, is_entered, depth + 1)


def _is_part(die: Die) -> bool:
    """Whether an entry in a block has variables that count as the block's own."""
    return die.tag == dw.DW_TAG_GNU_formal_parameter_pack or _is_transparent(die)


def _is_transparent(die: Die) -> bool:
    return die.tag in _UNPLACED and not _has_place(die)


def _left_out(scope: Die, origin: Die) -> Iterator[Die]:
    """Yield the variables of an abstract block that its instance has nothing of: optimized out there.

    Only what is directly in both blocks is compared, and a nested block of the instance that does not say
    what it is an instance of (clang) is that at its own place where both look alike, all as in gdb.
    """
    instance, abstract = list(scope.children()), list(origin.children())
    is_alike = [child.tag for child in instance] == [child.tag for child in abstract]
    met: set[Die] = set()
    for place, child in enumerate(instance):
        if child.tag not in CALLS:
            met.update(child.origins())
            if is_alike and child.tag == dw.DW_TAG_lexical_block and not child.has(dw.DW_AT_abstract_origin):
                met.add(abstract[place])
    for child in abstract:
        if child not in met:
            if child.tag in _VARIABLES:
                if not child.get(dw.DW_AT_declaration):
                    yield child
            elif child.tag in _UNPLACED:
                yield from _named_in(child)


def _has_place(die: Die) -> bool:
    return die.has(dw.DW_AT_low_pc) or die.has(dw.DW_AT_ranges)
