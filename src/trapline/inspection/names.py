"""What the names of an expression mean: in a frame first, then in its file, its module, everywhere.

Source: GDB manual, Program Variables; C++20 [basic.lookup] as far as a debugger follows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trapline.base.address import FileAddress, LoadAddress
from trapline.base.errors import EvaluationError, SymbolNotFound, ValueUnavailable, VariableNotFound
from trapline.base.typing import TYPE_CHECKING, Protocol
from trapline.dwarf import constants as dw
from trapline.inspection import statics, variables
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.language import tree
from trapline.inspection.language.parser import parse, parse_type
from trapline.inspection.macros import KnownNames, MacroScope
from trapline.inspection.storage import Program
from trapline.inspection.type_names import builtin
from trapline.inspection.untyped import UntypedData, UntypedFunction, is_untyped
from trapline.inspection.value import Value
from trapline.symbols import naming
from trapline.symbols.filenames import is_named
from trapline.symbols.types import (
    CPP,
    RUST,
    C,
    Enumerator,
    EnumType,
    StructType,
    Type,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.dwarf.units import Unit
    from trapline.inspection.frame import Frame
    from trapline.inspection.functions import OwnFunction
    from trapline.inspection.language.tree import Node
    from trapline.inspection.surroundings import Surroundings
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.functions import Function, Variable
    from trapline.symbols.module import Module, Symbol


class FrameScope:
    """The names that can be seen from a frame; from the program alone where there is no frame."""

    __slots__ = (
        "_around",
        "_found",
        "_frame",
        "_function",
        "_module",
        "_place",
        "_results",
        "language",
        "program",
    )

    def __init__(
        self,
        around: Surroundings,
        frame: Frame | None,
        language: str = "",
        *,
        module: Module | None = None,
        function: Function | None = None,
        place: int | None = None,
    ) -> None:
        """Look from a frame.

        Args:
            around: the program and the session.
            frame: the frame, None where there is none.
            language: what the expression is written in, where the frame does not say.
            module: without a frame, the module whose names come first.
            function: without a frame, the function whose file's names come first.
            place: without a frame, a load address in that function.
        """
        self._around = around
        self._frame = frame
        self._module = module
        self._function = function
        self._place = place
        self._results: list[int] = []
        self._found: dict[tuple[str, str | None], Value | None] = {}
        self.program: Program = around
        self.language = language or _language(frame) or self._main_language()

    def _main_language(self) -> str:
        """Return the language of the program's `main`, for where there is no frame."""
        program = next(iter(self._around.all_modules()), None)
        if program is not None and program.debug is not None:
            for function in program.debug.scopes.functions("main"):
                return function.language
        return C

    def parse(self, text: str) -> Node:
        """Return the tree of an expression, macros of the place replaced.

        Raises:
            EvaluationError: it is none.
        """
        return parse(plain(self._around, text, self), self, self.language)

    @property
    def macros(self) -> MacroScope:
        """The macros that hold at the frame's line."""
        frame = self._frame
        if frame is None or frame.module is None:
            return MacroScope(self._around.macros)
        return MacroScope(self._around.macros, frame.module.debug, frame.activation.place, frame.location)

    def is_known(self, name: str) -> bool:
        """Whether a name means something that is described: what only the linker knows a macro may hide."""
        if self.is_type(name):
            return True
        found = self.variable(name)
        candidates = [found] if found is not None else self.functions(name)
        return any(not is_untyped(one) for one in candidates)

    # -- variables -------------------------------------------------------------------------------

    def variable(self, name: str, scope: str | None = None) -> Value | None:
        """Return the variable, enumerator or member of `this` that a name means; None for none."""
        key = name, scope
        if key not in self._found:
            self._found[key] = self._variable(name, scope)
        return self._found[key]

    def _variable(self, name: str, scope: str | None) -> Value | None:
        frame = self._frame
        if scope is not None:
            return self._scoped(name, scope)
        if frame is not None and not name.startswith("::"):
            found = variables.find_in_frame(frame, name)
            if found is not None:
                return found
        for spelling in self._borrowed(name):
            found = self._whole(spelling)
            if found is not None:
                return found
        found = self._global(name)
        name = name.removeprefix("::")
        if found is None:
            found = self._enumerator(name)
        if found is None and "::" in name:
            found = statics.find_in_function(self.program, self._modules(), name)
        return found if found is not None else self._data_symbol(name)

    def _global(self, name: str) -> Value | None:
        """Return the variable outside functions that a name means; None where it means something else."""
        modules, unit = self._modules(), self._unit()
        found = statics.declared(modules, name, self._own_function)
        name = name.removeprefix("::")
        if found is None:
            return None
        module, variable = found
        if unit is not None and variable.die.unit is not unit and self._is_own_type(name, unit):
            return None
        if not variable.is_external and variable.die.unit is not unit and self._is_hidden(name, module):
            return None
        return self._value_of(module, variable)

    def _whole(self, name: str) -> Value | None:
        """Return the variable outside functions, or the enumerator, of a qualified name; None for none."""
        found = statics.declared(self._modules(), name, self._own_function, is_whole=True)
        if found is not None:
            return self._value_of(*found)
        for debug in self._debug():
            for enum, enumerator in debug.scopes.enumerators(f"::{name}"):
                return self._enumerator_value(enum, enumerator)
        return None

    def _borrowed(self, name: str) -> Iterator[str]:
        """Give the qualified names that a name may mean by `using` and namespace aliases, nearest first."""
        function = self._own_function
        module = self._frame.module if self._frame is not None else self._module
        if self.language != CPP or function is None or module is None or module.debug is None:
            return
        address: int = function.entry
        if self._frame is not None:
            address = self._frame.scene.file_place
        elif self._place is not None:
            address = module.debug.to_file(LoadAddress(self._place))
        yield from module.debug.scopes.spellings(name, function, address)

    def _value_of(self, module: Module, variable: Variable) -> Value:
        stack = self._frame.stack if self._frame is not None else None
        found = statics.value_of(self.program, self._around.all_modules()[0], module, variable, stack)
        if isinstance(variable.type, VoidType) and found.address is not None:  # gcc -g1 leaves the type out
            symbols = module.lookup(variable.linkage_name or variable.name)
            size = symbols[0].size if symbols else 0
            return Value.at(self.program, UntypedData(size), found.address)
        return found

    def _is_own_type(self, name: str, unit: Unit) -> bool:
        """Whether the file of the expression has a type of that name, which hides what others have."""
        debug = self._modules()[0].debug
        return debug is not None and debug.scopes.has_type(name, unit)

    def _is_hidden(self, name: str, module: Module) -> bool:
        """Whether a name means something before it means what is static in another file, of `module`."""
        unit = self._unit()
        for debug in self._debug():
            for function in debug.scopes.functions(name):
                if function.is_external or function.unit is unit:
                    return True
        return self._is_of_own_module(name) and module is not self._modules()[0]

    def _is_of_own_module(self, name: str) -> bool:
        """Whether a name means a function or type of the module that the expression is in."""
        for module in self._modules()[:1]:
            if module.debug is not None:
                scopes = module.debug.scopes
                return bool(scopes.functions(name) or scopes.find_types(name))
        return False

    def _unit(self) -> Unit | None:
        """Return the unit of the code that the expression is in, None where that is not known."""
        function = self._own_function
        return function.unit if function is not None else None

    @property
    def _own_function(self) -> Function | None:
        """The function that the expression is in, None where that is not known."""
        return variables.function_of(self._frame) if self._frame is not None else self._function

    def _scoped(self, name: str, scope: str) -> Value | None:
        """Return `'file.c'::name`."""
        for module in self._modules():
            for variable in module.debug.scopes.variables(name) if module.debug is not None else ():
                declared = variable.declared
                if declared is not None and is_named(declared.path, scope):
                    return self._value_of(module, variable)
        return None

    def _enumerator(self, name: str) -> Value | None:
        """Return the enumerator of a name: that of the expression's file, else one that nothing hides."""
        unit = self._unit()
        for module in self._modules():
            debug = module.debug
            found = debug.scopes.enumerators(name) if debug is not None else []
            if not found or debug is None:
                continue
            own = debug.scopes.enumerators(name, unit) if unit is not None else []
            if not own and self._is_hidden(name, module):
                return None
            return self._enumerator_value(*(own or found)[0])
        return None

    def _enumerator_value(self, enum: EnumType, enumerator: Enumerator) -> Value:
        size = enum.size or 4
        value = enumerator.value & (1 << 8 * size) - 1
        return Value.constant(self.program, enum, value.to_bytes(size, "little"))

    def _data_symbol(self, name: str) -> Value | None:
        """Return a variable that only the ELF symbols place: without a type where no file declares it."""
        symbol = self._symbol(name)
        if symbol is not None and (self._is_code(symbol) or self._is_of_own_module(name)):
            return None
        if self._frame is not None:
            found = variables.find_declared(self._frame, self._modules(), name)
        else:
            found = statics.declared_only(self.program, self._modules(), name, self._function)
        if found is None and symbol is not None:
            found = Value.at(self.program, UntypedData(symbol.size), symbol.address)
        return found

    def _symbol(self, name: str) -> Symbol | None:
        """Return the ELF symbol of a name, None when no module has it."""
        if not any(module.lookup(name) or module.lookup_stripped(name) for module in self._modules()):
            return None  # asking for it would look for names that are like it, through all of them
        try:
            return self._around.symbol_named(name)
        except SymbolNotFound:
            return None

    def _is_code(self, symbol: Symbol) -> bool:
        return any(
            elf.kind in ("function", "ifunc")
            for module in self._around.all_modules()
            if module.path == symbol.module
            for elf in module.lookup(symbol.name) or module.lookup_stripped(symbol.name)
        )

    def at_entry(self, name: str) -> Value:
        """Return what a parameter was when the frame's function was entered; see `entry_values.at_entry`.

        Raises:
            EvaluationError: it is no parameter.
        """
        from trapline.inspection.entry_values import at_entry

        if self._frame is None:
            raise EvaluationError(f"{name}@entry needs a frame")
        return at_entry(self._frame, name)

    # -- functions -------------------------------------------------------------------------------

    def functions(self, name: str) -> Sequence[Value]:
        """Return the functions that a name means, as values of their types.

        Those in a namespace or class around the code that runs hide others of the name, as they do there.
        """
        for spelling in self._borrowed(name):
            borrowed = self._described(f"::{spelling}")
            if borrowed:
                return [Value.at(self.program, function.type, address) for function, address in borrowed]
        found = self._described(name.removeprefix("::"))
        if len(found) > 1:
            found = self._nearest(name, found)
        return [
            Value.at(self.program, function.type, address) for function, address in found
        ] or self._untyped_functions(name)

    def methods_of(self, struct: StructType, name: str) -> Sequence[Value]:
        """Return the member functions of a class that has no name: of a lambda in the file of the code."""
        module = self._frame.module if self._frame is not None else self._module
        function = self._own_function
        if module is None or module.debug is None or function is None:
            return ()
        debug = module.debug
        found = debug.scopes.methods_of(struct, name, function.die.unit)
        return [Value.at(self.program, one.type, debug.to_load(one.entry)) for one in found]

    def _described(self, name: str) -> list[tuple[Function, int]]:
        """Return the functions of a name that debug information describes, each with its load address."""
        found: list[tuple[Function, int]] = []
        for module in self._modules():
            debug = module.debug
            if debug is None or any(elf.kind == "ifunc" for elf in module.lookup(name)[:1]):
                continue  # of an indirect function debug information describes the resolver
            functions = debug.scopes.functions(name, with_inlined=False)
            found += [(one, debug.to_load(one.entry)) for one in functions if _is_typed(one)]
        return found

    def _nearest(self, name: str, found: list[tuple[Function, int]]) -> list[tuple[Function, int]]:
        """Return the functions in the innermost scope around the frame's function that has any; else all."""
        if name.startswith("operator") or self.language == C:
            return found  # operators are looked for where their operands are declared
        own = self._own_function
        return naming.nearest(found, lambda one: one[0].name, name, own.name if own is not None else "")

    def _untyped_functions(self, name: str) -> list[Value]:
        """Return the function that only the ELF symbols have by the name.

        Debug information may know it by another; else it takes anything and returns 64 bits.
        """
        symbol = self._symbol(name)
        if symbol is None or not self._is_code(symbol):
            return []
        known = None if self._is_indirect(name) else self._entered_at(symbol.address)
        if known is not None:
            return [known]
        return [Value.at(self.program, UntypedFunction(self._is_indirect(name)), symbol.address)]

    def _entered_at(self, address: int) -> Value | None:
        """Return the function that debug information has at an address; None where it describes none."""
        for module in self._modules():
            debug = module.debug if module.contains(LoadAddress(address)) else None
            around = debug.functions_at(LoadAddress(address)) if debug is not None else []
            for function in around[-1:]:
                if _is_typed(function) and module.to_load(FileAddress(function.entry)) == address:
                    return Value.at(self.program, function.type, address)
        return None

    def _is_indirect(self, name: str) -> bool:
        """Whether a name is an IFUNC's, whose address is that of a resolver (KERNEL 30)."""
        return any(elf.kind == "ifunc" for module in self._modules() for elf in module.lookup(name)[:1])

    def call(self, function: Value, arguments: Sequence[Value]) -> Value:
        """Call a function in the inferior; the frame is found again behind it."""
        result = self._around.call_function(function, arguments, min(self._results, default=None))
        if result.address is not None and isinstance(result.type.strip(), StructType):
            self._results.append(result.address)
        if self._frame is not None:
            self._frame = self._around.current_frame(self._frame.level)
        self._found.clear()
        return result

    def is_temporary(self, value: Value) -> bool:
        """Whether a value is the result of a call in this expression, which nothing else refers to."""
        return value.address in self._results

    # -- types -----------------------------------------------------------------------------------

    def find_type(self, name: str, keyword: str = "") -> Type | None:
        """Return the type of a name, with `struct`, `union`, `class` or `enum` before it or nothing."""
        wanted = f"{keyword} {name}" if keyword and self.language == C else name
        for spelling in (*(f"::{one}" for one in self._borrowed(name)), wanted):
            for debug in self._debug():
                for found in debug.scopes.find_types(spelling):
                    if not keyword or _is_kind(found, keyword):
                        return found
        return None

    def is_type(self, name: str) -> bool:
        """Whether a name means a type, and no variable hides it."""
        if builtin(name, self.language) is not None:
            return True
        if "<" not in name and self.variable(name) is not None:
            return False
        return self.find_type(name) is not None

    def is_template(self, name: str) -> bool:
        """Whether `name<...>` can be a type or function of the program."""
        if self.language not in (CPP, RUST) or self.variable(name) is not None:
            return False
        return any(debug.scopes.is_template(name.removeprefix("::")) for debug in self._debug())

    # -- the session -----------------------------------------------------------------------------

    def convenience(self, name: str) -> Value:
        """Return `$name`: a variable of the session, a register; void when it is neither."""
        known = self._around.convenience.get(name)
        if known is not None:
            return known
        found = self._register(name)
        if found is None:
            found = self._around.fact(name)
        return found if found is not None else Value.constant(self.program, VoidType(), b"")

    @property
    def own_functions(self) -> Mapping[str, OwnFunction]:
        """The functions that the session adds to those of expressions."""
        return self._around.own_functions

    def callers(self) -> Iterator[str | None]:
        """Give the names of the functions of the frame and of its callers, outwards; None for no name.

        Raises:
            EvaluationError: there is no frame.
        """
        frame = self._frame
        if frame is None:
            raise EvaluationError("there is no frame whose callers could be asked for")
        while frame is not None:
            yield frame.function
            frame = frame.caller

    def is_set(self, name: str) -> bool:
        """Whether the session has a variable `$name`, which hides a register."""
        return name in self._around.convenience

    def set_convenience(self, name: str, value: Value) -> None:
        """Set `$name`: a register of the frame, or a variable of the session."""
        if self._frame is not None and self._register(name) is not None:
            self._frame.registers[name] = int(value)
            return
        if self._frame is None and self._is_register(name):
            raise EvaluationError("The program is not being run.")
        try:
            kept = value if value.is_function else Value.constant(self.program, value.type, value.contents())
        except ValueUnavailable:
            if value.unavailable is not None:
                raise
            kept = value  # a string of Rust that is in no memory has no bytes of its own
        self._around.convenience[name] = kept

    def _is_register(self, name: str) -> bool:
        """Whether a name is that of a register of a program that is not running."""
        from trapline.inspection.register_values import is_register

        return bool(self._around.all_modules()) and is_register(name)

    def _register(self, name: str) -> Value | None:
        if self._frame is None:
            return None
        from trapline.inspection.register_values import register_value

        return register_value(self.program, self._frame, name, self.language)

    def history(self, number: int, is_relative: bool) -> Value:
        """Return an earlier result."""
        results = self._around.results
        index = len(results) - 1 - number if is_relative else number - 1
        if is_relative and not results:
            return Value.constant(self.program, VoidType(), b"")
        if not 0 <= index < len(results):
            raise EvaluationError(
                f"History has not yet reached ${number}." if not is_relative else "no such result"
            )
        return results[index]

    def not_found(self, name: str) -> VariableNotFound:
        """Return the error for a name that means nothing here."""
        known: dict[str, object] = {}
        if self._frame is not None:
            known.update(dict.fromkeys(self._frame.locals))
            known.update(dict.fromkeys(self._frame.arguments))
        import difflib

        near = tuple(difflib.get_close_matches(name, known, 3))
        hint = f" Near: {', '.join(near)}." if near else ""
        return VariableNotFound(f'No symbol "{name}" in current context.{hint}', name=name, near=near)

    def _debug(self) -> Iterator[DebugInfo]:
        """Give the debug information of all modules, the frame's own first."""
        return (module.debug for module in self._modules() if module.debug is not None)

    def _modules(self) -> list[Module]:
        own = self._frame.module if self._frame is not None else self._module
        modules = list(self._around.all_modules())
        if own in modules:
            modules.remove(own)
            modules.insert(0, own)
        return modules


def _is_typed(function: Function) -> bool:
    """Whether a function can be called as it is described: an assembler says nothing of what it takes."""
    return not function.is_inlined and function.die.unit.language != dw.DW_LANG_Mips_Assembler


def _language(frame: Frame | None) -> str:
    if frame is None:
        return ""
    function = variables.function_of(frame)
    return function.language if function is not None else ""  # that of `main`, as gdb goes on with


def _is_kind(type_: Type, keyword: str) -> bool:
    stripped = type_.strip()
    if keyword == "enum":
        return isinstance(stripped, EnumType)
    if keyword == "union":
        return isinstance(stripped, StructType) and stripped.is_union
    return isinstance(stripped, StructType) and not stripped.is_union


class _Place(KnownNames, Protocol):
    """Where an expression is: what is known there, macros included."""

    @property
    def macros(self) -> MacroScope:
        """The macros that hold there."""
        ...


def plain(around: Surroundings, text: str, place: _Place) -> str:
    """Return an expression without macros, its numbers to radix 10.

    Raises:
        EvaluationError: a macro is called with other arguments than it has, a number has too great digits.
    """
    if around.input_radix != _RADIX:
        from trapline.inspection.language.literals import from_radix

        text = from_radix(text, around.input_radix)
    return place.macros.expression(text, place)


_RADIX = 10


def evaluate(around: Surroundings, frame: Frame | None, text: str, *, without_effects: bool = False) -> Value:
    """Return the value of an expression in a frame, or in the program where there is none.

    Raises:
        EvaluationError: it is no expression, or has no value; the message is one line.
        VariableNotFound: a name means nothing here.
    """
    scope = FrameScope(around, frame)
    try:
        node = scope.parse(text)
        if isinstance(node, tree.History):
            return scope.history(node.number, node.is_relative).remembered()
        return Evaluator(scope, without_effects=without_effects).value(node)
    except RecursionError:
        raise EvaluationError(_TOO_LONG) from None


_TOO_LONG = "the expression is too long"
"""`1 + 1 + 1 ...` is as deep a tree as it is long."""


def named_type(around: Surroundings, frame: Frame | None, text: str) -> Type | None:
    """Return the type that a text names; None where it is an expression, or nothing."""
    scope = FrameScope(around, frame)
    try:
        whole = parse_type(plain(around, text, scope), scope, scope.language)
        return Evaluator(scope, without_effects=True).type(whole)
    except (EvaluationError, RecursionError):
        return None


def type_of(around: Surroundings, frame: Frame | None, text: str) -> Type:
    """Return the type that a text names, or the type of the expression that it is; nothing is changed.

    Raises:
        EvaluationError, VariableNotFound: it is neither.
    """
    found = named_type(around, frame, text)
    if found is not None:
        return found
    scope = FrameScope(around, frame)
    try:
        return Evaluator(scope, without_effects=True).type_of(scope.parse(text))
    except RecursionError:
        raise EvaluationError(_TOO_LONG) from None
