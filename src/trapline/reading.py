"""What can be read of a program without making it run: names, places, source, types, code, stacks.

A part of `Inferior`: it checks that the calling thread owns the program, and delegates.
"""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base import arguments
from trapline.base.address import LoadAddress
from trapline.base.errors import BadData, InferiorExited, NotStopped, UsageError
from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING, Any, SupportsIndex
from trapline.control import binding
from trapline.handle import Handle
from trapline.symbols import locspec

if TYPE_CHECKING:
    from trapline.base.location import Compilation, Place, Run, SourceLocation
    from trapline.control.threads import Thread
    from trapline.inspection.completing import Completion
    from trapline.inspection.frame import Frame
    from trapline.inspection.functions import OwnFunction
    from trapline.inspection.macros import MacroScope
    from trapline.symbols.debuginfo import DebugInfo
    from trapline.symbols.declarations import Declaration
    from trapline.symbols.functions import Variable
    from trapline.symbols.macros import Macro
    from trapline.symbols.module import Symbol
    from trapline.symbols.source import SourceFile, SourceFiles
    from trapline.symbols.types import Type


class Reading(Handle):
    """The reading part of an `Inferior`; what the files say can be read after the end as well."""

    _source_files: SourceFiles | None
    _path: str

    @property
    def exe(self) -> str:
        """The path of the program file; after an exec the new one's."""
        if self._target.process.alive:
            self._path = self._target.process.executable() or self._path
        return self._path

    def find_type(self, text: str, frame: Frame | None = None) -> Type | None:
        """Return the type that a text names (`struct node *`, `std::vector<int>`); None: it names none."""
        from trapline.control import evaluation

        self._check_owner()
        return evaluation.named_type(self._target, text, frame)

    def type_of(self, text: str, frame: Frame | None = None) -> Type:
        """Return the type that a text names, or the type of an expression, which is not computed.

        Raises:
            EvaluationError, VariableNotFound: it is neither.
        """
        from trapline.control import evaluation

        self._check_owner()
        return evaluation.type_of(self._target, text, frame)

    @property
    def own_macros(self) -> dict[str, Macro]:
        """What names are replaced by in expressions before anything else is looked for: set by the user."""
        return self._target.macros

    @own_macros.setter
    def own_macros(self, macros: dict[str, Macro]) -> None:
        self._target.macros = macros

    @property
    def own_functions(self) -> dict[str, OwnFunction]:
        """What `$name(...)` in expressions calls beside gdb's own: functions of values, set by the user.

        Each gives a text or a number.
        """
        return self._target.own_functions

    @own_functions.setter
    def own_functions(self, functions: dict[str, OwnFunction]) -> None:
        self._target.own_functions = functions

    @property
    def input_radix(self) -> int:
        """What the plain numbers of expressions are written to: 10, unless it is set."""
        return self._target.input_radix

    @input_radix.setter
    def input_radix(self, radix: int) -> None:
        self._target.input_radix = radix

    def macros(self, location: Any = None) -> MacroScope:
        """Return the macros that hold at a location, by default at the selected frame's line.

        Only what was compiled with `-g3` or `-fdebug-macro` has any; the result is false without.

        Raises:
            LocationError, SymbolNotFound: the location means nothing.
        """
        from trapline.inspection.macros import MacroScope

        self._check_owner()
        target = self._target
        if location is not None:
            place = self.places(location)[0]
            return MacroScope(target.macros, self._debug_at(place.address), place.address, place.source)
        if not target.process.alive:
            return MacroScope(target.macros)
        from trapline.inspection.names import FrameScope

        target.require_stopped()
        return FrameScope(target, target.current_frame(target.level)).macros

    def symbol(self, where: Any) -> Any:
        """Return the `Symbol` of a name, or the one that holds an address (None when there is none).

        Raises:
            SymbolNotFound: no module has the name; near names are listed.
        """
        self._check_owner()
        target = self._target
        if not isinstance(where, str):
            return target.symbol_at(arguments.integer(where, "a symbol's name or address"))
        return target.symbol_named(where)

    def code_range(self, address: SupportsIndex) -> range | None:
        """Return the load addresses of the function, or of the part of one, that holds an address.

        By the symbol table or, in a stripped file, by the rules for unwinding; None where neither knows.
        """
        self._check_owner()
        place = arguments.integer(address, "address")
        symbol = self._target.symbol_at(place)
        if symbol is not None and symbol.address <= place < symbol.address + symbol.size:
            return range(symbol.address, symbol.address + symbol.size)
        module = self._target.module_at(place)
        rules = module.call_frames if module is not None else None
        if module is None or rules is None:
            return None
        try:
            found = rules.function(module.to_file(LoadAddress(place)))
        except BadData:
            return None
        return range(module.to_load(found[0]), module.to_load(found[1])) if found is not None else None

    @staticmethod
    def demangled(name: str) -> str:
        """Return a symbol's name as gdb shows it, `ns::f(int)`; one that is not mangled as it is."""
        from trapline.symbols.demangle import shown

        return shown(name)

    def symbols(self, pattern: str) -> tuple[Symbol, ...]:
        """Return every symbol whose name matches a regular expression, in all modules."""
        self._check_owner()
        wanted = compiled(pattern)
        return tuple(symbol for module in self._target.modules for symbol in module.matching(wanted))

    def declarations(self, kind: str, pattern: str = "") -> tuple[Declaration, ...]:
        """Return the functions, variables or types that a regular expression is found in the names of.

        Args:
            kind: "functions", "variables" or "types".
            pattern: what is looked for in the qualified names; all of them by default.

        The first call on a large program takes a while: it makes the index of all names, which is kept.
        Until the program has its libraries, those of the dynamic linker are left out.
        """
        from trapline.symbols import declarations

        self._check_owner()
        if kind not in declarations.KINDS:
            raise UsageError(f"kind must be one of {', '.join(declarations.KINDS)}, not {kind!r}")
        wanted = compiled(pattern)
        modules = self._target.modules
        return tuple(
            found
            for module in modules
            if module.debug is not None and (modules.libraries_loaded or module is not modules.linker)
            for found in declarations.declarations(module.debug.scopes, wanted, kind)
        )

    def variables_at(self, location: Any) -> tuple[Variable, ...]:
        """Return the arguments and local variables that can be seen at a location, innermost block first.

        They are those of one function: of an inlined call not its caller's, and of a function that is named
        not what was inlined at its beginning.  Each has `name` and `type`; none has a value, as nothing runs
        there.
        """
        self._check_owner()
        found: dict[object, Variable] = {}
        address = LoadAddress(self._addresses(location)[0])
        debug = self._debug_at(address)
        if debug is not None:
            around = debug.functions_at(address)
            spec = locspec.parse(location)
            name = spec.name if isinstance(spec, locspec.SymbolSpec) else ""
            meant = [function for function in around if name and function.is_named(name)]
            for function in (meant or around)[:1]:
                for block in function.blocks_at(debug.to_file(address)):
                    for variable in (one for one in block if one.name):
                        # What is inlined may have an entry beside its abstract one.
                        found.setdefault((variable.name, variable.declared), variable)
        return tuple(found.values())

    def names_beginning(self, text: str, most: int = 200) -> list[str]:
        """Return up to `most` names of functions and variables that begin with `text`."""
        self._check_owner()
        return self._target.names_beginning(arguments.text(text, "text"), arguments.integer(most, "most"))

    def completions(self, before: str, frame: Frame | None = None, *, most: int = 200) -> list[Completion]:
        """Return up to `most` of what can stand at the end of an expression that is being written.

        Behind `p.`, `p->` and `Class::` the members, else variables of the frame and names of the program.
        Each has `text`, the `length` in characters of what it replaces before the cursor, and `kind`.

        Args:
            before: the line up to the cursor; what stands before the expression does not matter.
            frame: where names are looked up; the selected frame by default.
            most: how many are looked for.
        """
        self._check_owner()
        from trapline.control import evaluation

        return evaluation.completions(self._target, before, frame, most)

    def places(self, location: Any, *, exact: bool = False) -> tuple[Place, ...]:
        """Return what a breakpoint's location means now, without setting one.

        Args:
            location: as for `set_breakpoint`.
            exact: a function's own address, not that behind its prologue; where it exists only inlined, those
                of the calls.

        Raises:
            LocationError: it means nothing.
            SymbolNotFound: no module has the name.
        """
        self._check_owner()
        target = self._target
        places = target.places_of(location, exact=exact)
        return tuple(
            place if place.source is not None else place._replace(source=target.line_at(place.address))
            for place in places
        )

    def line(self, address: SupportsIndex) -> SourceLocation | None:
        """Return the line that the instruction at a load address came from, None where none is known.

        As addr2line says it.  Optimized code may begin a statement and code of another line at one
        address; `Frame.location` then shows the statement, as gdb does, and this the other line.
        """
        self._check_owner()
        debug = self._debug_at(address)
        return (
            debug.instruction_at(LoadAddress(arguments.integer(address, "address")))
            if debug is not None
            else None
        )

    def line_run(self, address: SupportsIndex) -> Run | None:
        """Return the line that a stop at a load address is shown at, with the addresses of its row."""
        self._check_owner()
        debug = self._debug_at(address)
        return debug.run_at(LoadAddress(arguments.integer(address, "address"))) if debug is not None else None

    def line_row(self, file: str, line: int, name: str = "") -> Run | None:
        """Return the first row of a source line, or of the next line that has code; None: there is none.

        Args:
            file: the source's path.
            line: counted from 1.
            name: as a compiler was given the path; rows of what was compiled so come first.
        """
        self._check_owner()
        arguments.text(file, "file")
        line = arguments.integer(line, "line")
        rows = []
        for module in self._target.modules:
            debug = module.debug
            row = debug.row_of(file, line, name) if debug is not None else None
            if row is not None:
                rows.append(row)
        return min(rows, key=lambda row: (row.source.line, row.source.name != name), default=None)

    def _debug_at(self, address: SupportsIndex) -> DebugInfo | None:
        module = self._target.modules.at(arguments.integer(address, "address"))
        return module.debug if module is not None else None

    def source_files(self, name: str) -> tuple[SourceLocation, ...]:
        """Return line 1 of every source file that a path, its last components or a base name may mean."""
        self._check_owner()
        return tuple(binding.files_named(self._target, arguments.text(name, "name")))

    def source_paths(self) -> tuple[str, ...]:
        """Return the path of every source file that the debug information names, sorted."""
        self._check_owner()
        found: set[str] = set()
        for module in self._target.modules:
            debug = module.debug
            if debug is not None:
                found.update(debug.lines.files.paths())
        return tuple(sorted(found))

    @property
    def _sources(self) -> SourceFiles:
        if self._source_files is None:
            from trapline.symbols.source import SourceFiles

            self._source_files = SourceFiles()
        return self._source_files

    def source(self, path: str) -> SourceFile:
        """Return the text of a source file by the path of a `SourceLocation`: `.path` and `.lines`.

        Raises:
            NoSource: it is not on this machine; `.tried` says where it was looked for.
        """
        self._check_owner()
        return self._sources.read(arguments.text(path, "path"))

    def look_for_sources(
        self, directories: Sequence[str] = (".",), substitutions: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Say where source files are that were moved since the program was built.

        Args:
            directories: searched in order for a file that is not at its path, its longest tail first.
            substitutions: (FROM, TO) pairs of directories: what was below FROM is below TO.
        """
        self._sources.look_in(directories, substitutions)

    def source_is_newer(self, path: str) -> bool:
        """Whether a source file was changed after the program was built; true once for each file."""
        self._check_owner()
        return self._sources.newer_than(path, self.exe)

    def compilation(self, path: str) -> Compilation | None:
        """Return how a source file was compiled, None when no module says so."""
        self._check_owner()
        arguments.text(path, "path")
        for module in self._target.modules:
            debug = module.debug
            found = debug.lines.files.compilation_of(path) if debug is not None else None
            if found is not None:
                return found
        return None

    def are_in_one_function(self, one: SupportsIndex, other: SupportsIndex) -> bool:
        """Whether two load addresses are code of one function, calls inlined into it included."""
        self._check_owner()
        target = self._target
        places = [arguments.integer(address, "address") for address in (one, other)]
        both = [target.functions_at(place) for place in places]
        if all(both):
            return both[0][-1] == both[1][-1]
        symbol = target.symbol_at(places[0])
        return symbol is not None and symbol == target.symbol_at(places[1])

    def describe(self, address: SupportsIndex) -> str:
        """Return `0x401136 <main+4>`, or the address alone."""
        self._check_owner()
        return self._target.describe(arguments.integer(address, "address"))

    def disassemble(self, where: Any = None, count: int = 10, *, flavor: str = "intel") -> list[Any]:
        """Return `count` instructions from a location; the pc by default.

        Each has `address`, `size`, `bytes` and `text`.
        """
        self._check_owner()
        from trapline.arch.disassembly import disassemble

        address = self.frame.pc if where is None else self._target.places_of(where, exact=True)[0].address
        count = arguments.count(count, "count")
        code = self._target.readable.memory_at(address, 16 * count)
        return disassemble(code, address, count, self._target.name_of, flavor)

    def instruction_addresses(self, start: int, count: int) -> list[int]:
        """Return the load addresses of `count` instructions from a load address on, without their texts."""
        self._check_owner()
        from trapline.arch.disassembly import addresses

        start, count = arguments.integer(start, "start"), arguments.count(count, "count")
        code = self._target.readable.memory_at(start, 16 * count)
        return addresses(code, start, count)

    def stacks(self) -> list[tuple[tuple[Frame, ...], tuple[Thread, ...]]]:
        """Return the threads grouped by equal stack, largest group first: (frames, threads)."""
        self._check_owner()
        self._target.require_stopped()
        groups: dict[tuple[int, ...], tuple[tuple[Frame, ...], list[Thread]]] = {}
        for thread in self._target.threads():
            try:
                frames = tuple(thread.frames())
            except (NotStopped, InferiorExited):
                continue
            key = tuple(frame.pc for frame in frames)
            groups.setdefault(key, (frames, []))[1].append(thread)
        ordered = sorted(groups.values(), key=lambda group: -len(group[1]))
        return [(frames, tuple(threads)) for frames, threads in ordered]
