"""From a location that the user wrote to the places that it means now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trapline.base.address import FileAddress, LoadAddress
from trapline.base.errors import InferiorExited, LocationError, MemoryFault, SymbolNotFound
from trapline.base.location import Place, SourceLocation
from trapline.base.memory import read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.control.breakpoints import Breakpoint, not_found_nearby
from trapline.symbols.locspec import AddressSpec, LineSpec, PatternSpec, SymbolSpec
from trapline.symbols.module import Module

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.lookup import Lookup
    from trapline.control.target import Target
    from trapline.elf.symbols import ElfSymbol

_FUNCTIONS = ("function", "ifunc")
_LABELLED = (*_FUNCTIONS, "notype")


def resolve(target: Target, breakpoint: Breakpoint, among: Sequence[Module] | None = None) -> list[Place]:
    """Return the places that a breakpoint's location means now; empty while it is pending.

    Where a line has no file the one that is at hand becomes its file: another may be at the next look.

    Args:
        target: the program.
        breakpoint: its location is asked for.
        among: modules that are new; the places of a name in others are known already. None: all are new.

    Raises:
        LocationError: it can mean nothing in this program.
    """
    match breakpoint.parsed:
        case AddressSpec() as spec:
            return [Place(address) for address in _address(target, spec)]
        case SymbolSpec() as spec:
            found = _named(target, breakpoint, spec, among)
            return found if spec.file is None else _in_file(target, found, spec.file, spec.module)
        case PatternSpec() as spec:
            return _matching(target, breakpoint, spec, among)
        case LineSpec(file, line, module):
            if file is None:
                file = _file_at_hand(target)
                breakpoint.parsed = LineSpec(file, line, module)
            return _line(target, file, line, module)


def _named(
    target: Target, breakpoint: Breakpoint, spec: SymbolSpec, among: Sequence[Module] | None
) -> list[Place]:
    """Return the places of the functions of a name, in whatever file."""
    name, offset, module = spec.name, spec.offset, spec.module
    found = _functions(target, breakpoint, name, module, among)
    if spec.is_exact:
        starts = [address for address, _ in found] or _starts(target, breakpoint, name, module, among)
        return [Place(address + offset) for address in starts]
    return _bodies(target, breakpoint, name, module, found, among)


def _in_file(target: Target, found: list[Place], file: str, module: str | None) -> list[Place]:
    """Return those of some places whose line is of a source file."""
    wanted = {source.path for source in files_named(target, file, module)}
    sources = [place.source or target.line_at(place.address) for place in found]
    return [
        place
        for place, source in zip(found, sources, strict=True)
        if source is not None and source.path in wanted
    ]


def _matching(
    target: Target, breakpoint: Breakpoint, spec: PatternSpec, among: Sequence[Module] | None
) -> list[Place]:
    """Return the places of the functions that a pattern is found in the names of."""
    codes = [
        code
        for one in modules_to_search(target, spec.module, among)
        for name in _names(one, spec)
        for code in _code(target, breakpoint, one, one.lookup(name) or one.lookup_stripped(name), _FUNCTIONS)
    ]
    if spec.is_exact:
        found = [Place(address) for address, _ in codes]
    else:
        # By address each unit is read once: few line tables are held at a time.
        bodies = {code: _body(target, *code) for code in sorted(set(codes))}
        found = [bodies[code] for code in codes]
    return found if spec.file is None else _in_file(target, found, spec.file, spec.module)


def _names(module: Module, spec: PatternSpec) -> list[str]:
    """Return the names in a module that a pattern is found in, each once."""
    if spec.needle:
        # All names of a program with many take half a second; few have the needle in them.
        return sorted(name for name in module.names_with(spec.needle) if spec.pattern.search(name))
    return list(dict.fromkeys(symbol.name for symbol in module.matching(spec.pattern)))


def _body(target: Target, address: int, size: int = 0) -> Place:
    """Return the place behind a function's prologue, its address where there are no lines for it."""
    module = target.modules.at(address)
    debug = module.debug if module is not None else None
    place = debug.function_place(LoadAddress(address), size) if debug is not None else None
    return place or Place(address)


def _bodies(
    target: Target,
    breakpoint: Breakpoint,
    name: str,
    module: str | None,
    found: list[tuple[int, int]],
    among: Sequence[Module] | None,
) -> list[Place]:
    """Return the places of functions by the name that a user gave; `found` are those that the linker knows.

    The debug information knows more: names without their namespace, and inlined calls, where the body
    begins in the middle of another function.  Of what it does not describe, such as a function that was made
    one with another, symbols are compared as people write them.  So are those of the functions in namespaces
    and classes that have the name of one outside, which costs a search of the strings.
    """
    if found:
        found = [*found, *_namesakes(target, breakpoint, name, module, among)]
    places = {place.address: place for place in (_body(target, *one) for one in found)}
    if not found or any(_may_be_inlined(target, address) for address, _ in found):
        for one in modules_to_search(target, module, among):
            debug = one.debug
            for place in debug.functions_named(name) if debug is not None else ():
                places.setdefault(place.address, place)
            if not found:
                for address, size in _written(target, breakpoint, one, name):
                    if not _is_described(target, address):
                        place = _body(target, address, size)
                        places.setdefault(place.address, place)
    return list(places.values())


def _starts(
    target: Target, breakpoint: Breakpoint, name: str, module: str | None, among: Sequence[Module] | None
) -> list[int]:
    """Return the first addresses of the functions that the linker does not know by a name as it is."""
    found: dict[int, None] = {}
    for one in modules_to_search(target, module, among):
        debug = one.debug
        starts: list[int] = [*debug.function_starts(name)] if debug is not None else []
        found.update(dict.fromkeys(starts or [at for at, _ in _written(target, breakpoint, one, name)]))
    return list(found)


def _written(target: Target, breakpoint: Breakpoint, module: Module, name: str) -> Iterator[tuple[int, int]]:
    """Generate load address and size in bytes of the functions that a module's symbols mean by a name."""
    for symbol in module.written(name):
        yield from _code(target, breakpoint, module, module.lookup(symbol), _FUNCTIONS)


def _namesakes(
    target: Target, breakpoint: Breakpoint, name: str, module: str | None, among: Sequence[Module] | None
) -> Iterator[tuple[int, int]]:
    """Generate load address and size in bytes of the functions of C++ scopes that are called `name` there."""
    if not name.isidentifier():
        return
    for one in modules_to_search(target, module, among):
        for symbol in one.namesakes(name):
            yield from _code(target, breakpoint, one, one.lookup(symbol), _FUNCTIONS)


def _is_described(target: Target, address: int) -> bool:
    """Whether the debug information has a function that begins at an address, and tells of it by name.

    By name it does not know those of classes that are local to a function.
    """
    module = target.modules.at(address)
    functions = target.functions_at(address)
    if module is None or not functions or module.to_load(functions[-1].entry) != address:
        return False
    return not functions[-1].is_local


def _may_be_inlined(target: Target, address: int) -> bool:
    module = target.modules.at(address)
    debug = module.debug if module is not None else None
    return debug is not None and debug.lines.is_instance(debug.to_file(LoadAddress(address)))


def _line(target: Target, file: str, line: int, module: str | None) -> list[Place]:
    """Return every place of a line, or of the next behind it that has code in some module."""
    found = []
    for one in modules_to_search(target, module):
        debug = one.debug
        match = debug.locations(file, line) if debug is not None else None
        if match is not None:
            found.append(match)
    best = min((match.line for match in found), default=0)
    return [place for match in found if match.line == best for place in match.places]


def files_named(target: Target, file: str, module: str | None = None) -> list[SourceLocation]:
    """Return line 1 of every source file that a user may mean by a name, in all modules."""
    found: dict[str, SourceLocation] = {}
    for one in modules_to_search(target, module):
        debug = one.debug
        for source in debug.lines.files.named(file) if debug is not None else ():
            found.setdefault(source.path, source)
    return list(found.values())


def no_line(target: Target, spec: LineSpec) -> LocationError:
    """Build the error for a line that no module has, in gdb's words."""
    file = spec.file or _file_at_hand(target)
    if files_named(target, file, spec.module):
        return LocationError(f'No line {spec.line} in file "{file}".')
    return _no_file(target, file)


def _no_file(target: Target, file: str) -> LocationError:
    hint = (
        ""
        if target.modules.libraries_loaded
        else ' Shared libraries are not loaded yet: inferior.advance("main").'
    )
    return LocationError(f"No source file named {file}.{hint}")


def _file_at_hand(target: Target) -> str:
    """Return the file that a line number alone is in: the selected frame's, else that of `main`.

    Raises:
        LocationError: neither has line information.
    """
    source: SourceLocation | None = None
    if target.state == "stopped":
        frame = target.current().frames().at(target.level)
        source = frame.location if frame is not None else None
    program = target.modules.program
    main = program.symbol("main") if program is not None else None
    if source is None and main is not None:
        source = target.line_at(main.address)
    if source is None:
        raise LocationError("no file is at hand for a line number alone; write FILE:LINE")
    return source.path


def modules_to_search(
    target: Lookup, name: str | None, among: Sequence[Module] | None = None
) -> Iterable[Module]:
    """Return the modules to look in: the named ones, or all but the dynamic linker and the vDSO.

    With `among` only those of them.

    The linker has its own copies of libc's functions, and what a user means by `malloc` is not those.
    """
    table = target.modules
    if name is not None:
        return [module for module in among or table if module.answers_to(name)]
    linker = table.linker
    return [module for module in among or table if module is not linker and module is not table.vdso]


def _address(target: Target, spec: AddressSpec) -> list[int]:
    if spec.is_file_address:
        modules = list(modules_to_search(target, spec.module))
        found = [module.to_load(FileAddress(spec.address)) for module in modules]
        for module, address in zip(modules, found, strict=True):
            if not module.contains(address):
                raise LocationError(f"{spec.address:#x} is no file address of {module.name}")
        return list(found)
    if target.process.alive and target.mapping_at(spec.address) is None:
        candidates = []
        for module in target.modules:
            load = module.to_load(FileAddress(spec.address))
            is_file = module is not target.modules.vdso
            if is_file and module.bias and module.contains(load) and target.is_code(load):
                candidates.append(f"{load:#x} ({module.name}!{spec.address:#x})")
        raise not_found_nearby(spec.address, candidates[:3])
    return [spec.address]


def _functions(
    target: Target,
    breakpoint: Breakpoint,
    name: str,
    named: str | None,
    among: Sequence[Module] | None,
) -> list[tuple[int, int]]:
    """Return load address and size in bytes of the functions that the symbol tables have by a name."""
    found: dict[int, int] = {}
    for module in modules_to_search(target, named, among):
        for address, size in _code(target, breakpoint, module, module.lookup(name), _LABELLED):
            found.setdefault(address, size)
    if not found:
        for module in modules_to_search(target, named, among):
            found.update(_code(target, breakpoint, module, module.lookup_stripped(name), _LABELLED))
    is_settled = target.modules.libraries_loaded and target.process.alive
    if not found and named is None and breakpoint.pending and is_settled:
        # Nobody else has it, so the dynamic linker's own function was meant.
        linker = target.modules.linker
        if linker is not None:
            symbols = linker.lookup(name) or linker.lookup_stripped(name)
            found = dict(_code(target, breakpoint, linker, symbols, _LABELLED))
    return list(found.items())


def _code(
    target: Target,
    breakpoint: Breakpoint,
    module: Module,
    symbols: Iterable[ElfSymbol],
    kinds: tuple[str, ...],
) -> Iterator[tuple[int, int]]:
    """Generate load address and size in bytes of the code that symbols of a module stand for."""
    for symbol in symbols:
        if symbol.kind in kinds:
            if symbol.kind != "ifunc":
                yield module.to_load(symbol.address), symbol.size
            elif (chosen := _implementation(target, breakpoint, module, symbol)) is not None:
                yield chosen, 0


def _implementation(target: Target, breakpoint: Breakpoint, module: Module, symbol: ElfSymbol) -> int | None:
    """Return the function that the loader chose for an IFUNC, never its resolver (KERNEL 30).

    The choice is in the module's own relocated GOT slot, or in that of a module which imports the name.
    Where there is none yet, the resolver is watched and the breakpoint bound when it returns.
    """
    process = target.process
    if not target.modules.libraries_loaded and target.modules.interpreter is not None:
        return None
    if not process.alive:
        return None  # the next run's loader chooses
    slots = [module.ifunc_slot(symbol.address)]
    slots += [other.import_slot(symbol.name) for other in target.modules]
    for slot in slots:
        if slot is None:
            continue
        try:
            value = read_integer(process, slot)
        except (MemoryFault, InferiorExited):
            continue
        # An unrelocated or lazily bound slot points into its own file: at the resolver, or at a stub.
        holder = target.modules.at(value)
        if holder is module and value != module.to_load(symbol.address):
            stub = module.symbol_at(value)  # type: ignore[arg-type]  # an int from memory is a load address
            if stub is None or not stub.name.endswith("@plt"):
                return value
    ResolverWatch.plant(target, breakpoint, module.to_load(symbol.address))
    return None


class ResolverWatch:
    """Owns a site at an IFUNC resolver, then one where it returns, and binds the breakpoint there."""

    __slots__ = ("_breakpoint", "_returns_at", "_target", "address")
    order = -1

    def __init__(self, target: Target, breakpoint: Breakpoint, address: int) -> None:
        self._target = target
        self._breakpoint = breakpoint
        self.address = address
        self._returns_at = 0

    @classmethod
    def plant(cls, target: Target, breakpoint: Breakpoint, address: int) -> None:
        """Watch a resolver for a breakpoint, once."""
        for owner in target.sites.owners.get(address, ()):
            if isinstance(owner, cls) and owner._breakpoint is breakpoint:
                return
        target.sites.add(address, cls(target, breakpoint, address))

    def reached(self, thread: LiveThread) -> bool:
        """The resolver is entered, or has returned."""
        words = thread.words
        here = words[16]
        if here == self.address:
            if self._breakpoint.deleted:
                self._target.sites.drop(self.address, self)
                return False
            self._returns_at = read_integer(self._target.process, words[19])
            self._target.sites.add(self._returns_at, self)
            return False
        self._target.sites.drop(self._returns_at, self)
        self._target.sites.drop(self.address, self)
        if not self._breakpoint.deleted:
            self._breakpoint.bind([_body(self._target, words[10])])
        return False


def not_found(target: Lookup, name: str, module: str | None = None) -> SymbolNotFound:
    """Build the error for a symbol that no module has, with near names and what to try."""
    near: list[str] = []
    for one in modules_to_search(target, module):
        near += [candidate for candidate in one.names_near(name) if candidate not in near]
    where = f" in {module}" if module else ""
    hint = f"; near: {', '.join(near[:3])}" if near else ""
    if not target.modules.libraries_loaded:
        hint += '; shared libraries are not loaded yet: inferior.advance("main") first'
    elif module is not None and not target.modules.named(module):
        hint = "; no such module is loaded"
    return SymbolNotFound(f"no symbol {name!r}{where}{hint}", name=name, near=tuple(near[:3]))


def no_function(target: Target, spec: SymbolSpec) -> LocationError:
    """Build the error for a function that nothing has; where it is of a file, in gdb's words."""
    if spec.file is None:
        return not_found(target, spec.name, spec.module)
    if not files_named(target, spec.file, spec.module):
        return _no_file(target, spec.file)
    return LocationError(f'Function "{spec.name}" not defined in "{spec.file}".')


def hopeless(target: Target, breakpoint: Breakpoint) -> LocationError | None:
    """Return why to wait for a location that nothing has would most likely be to run to the end, or None.

    A name is in vain that neither the program nor a library that it needs has; a line or a function of a
    file, when that file is loaded without it; anything else, when the libraries are loaded.
    """
    settled = target.modules.libraries_loaded
    match breakpoint.parsed:
        case SymbolSpec(name, file=None) as spec:
            return None if is_plausible(target, name) else not_found(target, name, spec.module)
        case SymbolSpec(file=file) as spec:
            in_vain = settled or (file and files_named(target, file, spec.module))
            return no_function(target, spec) if in_vain else None
        case LineSpec(file) as spec:
            in_vain = settled or (file and files_named(target, file, spec.module))
            return no_line(target, spec) if in_vain else None
        case _:
            return LocationError(f"nothing matches {breakpoint.shown}") if settled else None


def is_plausible(target: Target, name: str) -> bool:
    """Whether a name may still be found: the program refers to it, or a library that it needs has it.

    An IFUNC is found when its resolver has run.
    """
    import os

    table = target.modules
    for module in table:
        if any(symbol.kind == "ifunc" for symbol in module.lookup(name)):
            return True
        symbols = module.elf_symbols
        if symbols is not None and name in set(symbols.undefined()):
            return True
    if table.libraries_loaded:
        return False
    seen: set[str] = set()
    program = table.program
    image = program.image if program is not None else None
    wanted = list(image.needed) if image is not None else []
    folders = (
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/lib64",
        "/usr/lib64",
        "/lib",
        "/usr/lib",
    )
    while wanted:
        needed = wanted.pop()
        if needed in seen:
            continue
        seen.add(needed)
        path = (
            needed
            if "/" in needed
            else next((p for folder in folders if os.path.exists(p := os.path.join(folder, needed))), "")
        )
        if not path:
            return True  # found by a RUNPATH or a cache that only ld.so reads: it may well have it
        library = Module(path, bias=0)  # type: ignore[arg-type]  # only its names are read
        if library.lookup(name) or library.written(name):
            return True
        if library.image is not None:
            wanted += library.image.needed
    return False
