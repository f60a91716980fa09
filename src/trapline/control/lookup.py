"""What is at an address, and where a name is: look-ups over a process and its modules."""

from __future__ import annotations

from collections.abc import Sequence

from trapline.base.address import LoadAddress
from trapline.base.errors import LocationError
from trapline.base.typing import TYPE_CHECKING
from trapline.control import binding
from trapline.symbols import locspec
from trapline.symbols.demangle import shown
from trapline.symbols.module import Module

if TYPE_CHECKING:
    from trapline.backend.process import LiveProcess
    from trapline.base.address import Mapping
    from trapline.base.location import Run, SourceLocation
    from trapline.control.modules import ModuleTable
    from trapline.symbols.functions import Function
    from trapline.symbols.module import Symbol
    from trapline.symbols.types import Type


class Lookup:
    """The memory of a process, and what its modules know of addresses and names.

    What frames, values and expressions ask of the program that they are in; whoever is one sets `process`
    and `modules`.
    """

    __slots__ = ("_undone", "modules", "process")

    modules: ModuleTable
    process: LiveProcess
    _undone: tuple[int, set[int]]
    """The epoch after the last call that was undone, and those that it left as they were."""

    # -- memory ----------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """Changes whenever registers or memory may have."""
        return self.process.epoch

    def is_now(self, epoch: int) -> bool:
        """Whether no thread has run since an epoch, but for calls of functions that are undone."""
        now = self.process.epoch
        if epoch == now:
            return True
        after, same = self._undone
        return after == now and epoch in same

    def note_undone(self, before: int) -> None:
        """A call has been undone: frames, values and stops of the epoch before it are valid again."""
        after, same = self._undone
        if after != before:
            same = set()
        same.add(before)
        self._undone = self.process.epoch, same

    def read(self, address: int, size: int) -> bytes:
        """Return memory."""
        return self.process.read(address, size)

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes of memory, fewer where the mapping ends."""
        return self.process.memory_at(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Write memory."""
        self.process.write(address, data)

    def mapping_at(self, address: int) -> Mapping | None:
        """Return the mapping that holds a load address."""
        return self.process.mapping_at(address)

    def is_code(self, address: int) -> bool:
        """Whether a load address is executable."""
        mapping = self.mapping_at(address)
        return mapping is not None and mapping.is_executable

    # -- by address ------------------------------------------------------------------------------

    def module_at(self, address: int) -> Module | None:
        """Return the module that holds a load address."""
        return self.modules.at(address)

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that holds a load address."""
        module = self.modules.at(address)
        return module.symbol_at(LoadAddress(address)) if module is not None else None

    def functions_at(self, address: int) -> Sequence[Function]:
        """Return the functions around a load address, the innermost inlined one first; () if not known."""
        module = self.modules.at(address)
        debug = module.debug if module is not None else None
        return debug.functions_at(LoadAddress(address)) if debug is not None else ()

    def run_at(self, address: int) -> Run | None:
        """Return the line that a stop at a load address is shown at, with the load addresses of its row."""
        module = self.modules.at(address)
        debug = module.debug if module is not None else None
        return debug.run_at(LoadAddress(address)) if debug is not None else None

    def line_at(self, address: int) -> SourceLocation | None:
        """Return the line that a stop at a load address is shown at; None where there are no lines."""
        run = self.run_at(address)
        return run.source if run is not None else None

    def describe(self, address: int) -> str:
        """Return `0x401136 <main+4>`, or the address alone."""
        name = self.name_of(address)
        return f"{address:#x}" if name is None else f"{address:#x} <{name}>"

    def name_of(self, address: int) -> str | None:
        """Return `main+4`, names as people write them, or None.

        C++ functions have the types of their parameters, also those that the linker does not mangle.
        A symbol without a size says nothing of data.  Source: gdb 13, build_address_symbolic.
        """
        module = self.modules.at(address)
        symbol = module.symbol_at(LoadAddress(address)) if module is not None else None
        if module is None or symbol is None or not (symbol.size or module.is_code(LoadAddress(address))):
            return None
        offset = address - symbol.address
        name = shown(symbol.name)
        if name == symbol.name or ">(" in name:
            # The linker does not mangle `main` and what is `extern "C"`, and has the results of templates.
            name = self._signature(module, symbol.address) or name
        return f"{name}+{offset}" if offset else name

    def _signature(self, module: Module, start: int) -> str | None:
        """Return the signature of the C++ function at a load address; None where no C++ begins there."""
        debug = module.debug
        return debug.cpp_signature(LoadAddress(start)) if debug is not None else None

    # -- by name ---------------------------------------------------------------------------------

    def address_of(self, linkage_name: str) -> int | None:
        """Return the load address of the symbol of a name as the linker knows it; None where none has it."""
        for module in self.modules:
            found = module.symbol(linkage_name)
            if found is not None:
                return found.address
        return None

    def variable_address(self, name: str) -> int | None:
        """Return the load address of the variable outside functions that has a qualified name, or None."""
        for module in self.modules:
            debug = module.debug
            for variable in debug.scopes.variables(name) if debug is not None else ():
                linkage_name = variable.linkage_name
                found = self.address_of(linkage_name) if linkage_name is not None else None
                if found is not None:
                    return found
        return None

    def type_named(self, name: str) -> Type | None:
        """Return the complete type of a qualified name, from the first module that describes it."""
        for module in self.modules:
            debug = module.debug
            for found in debug.scopes.find_types(name) if debug is not None else ():
                if found.size is not None:
                    return found
        return None

    def implementer(self, table: int) -> Type | None:
        """Return the type that a table of a Rust trait's functions at a load address is for, or None."""
        module = self.modules.at(table)
        debug = module.debug if module is not None else None
        return debug.implementer(LoadAddress(table)) if debug is not None else None

    def symbol_named(self, text: str) -> Symbol:
        """Return the symbol of a name, `libc.so.6!malloc` included; functions of libraries before ld.so's.

        The name as the linker knows it, in whatever module, comes before a C++ or Rust function's as people
        write it.

        Raises:
            SymbolNotFound: no module has it.
        """
        spec = locspec.parse(text)
        if not isinstance(spec, locspec.SymbolSpec) or spec.file is not None:
            raise LocationError(f"{text!r} is not a symbol's name")
        places = [*binding.modules_to_search(self, spec.module)]
        if spec.module is None and self.modules.libraries_loaded:
            places += [module for module in self.modules if module not in places]
        for find in (Module.symbol, Module.stripped_symbol, _written):
            for module in places:
                found = find(module, spec.name)
                if found is not None:
                    return found._replace(address=found.address + spec.offset)
        raise binding.not_found(self, spec.name, spec.module)

    def names_beginning(self, text: str, most: int) -> list[str]:
        """Return up to `most` names of functions and variables that begin with `text`."""
        found: dict[str, None] = {}
        for module in self.modules:
            found.update(dict.fromkeys(sorted(module.names_beginning(text))))
            if len(found) >= most:
                break
        return list(found)[:most]

    # -- modules ---------------------------------------------------------------------------------

    def link_map_of(self, module: Module) -> int | None:
        """Return the load address of the dynamic linker's entry for a module; None where it has none."""
        return self.modules.link_map_of(module)

    def program_module(self) -> Module | None:
        """Return the program itself."""
        return self.modules.program

    def all_modules(self) -> Sequence[Module]:
        """Return the modules, the program first."""
        return tuple(self.modules)


def _written(module: Module, name: str) -> Symbol | None:
    """Return the symbol of a function by its name as people write it."""
    found = module.written(name)
    return module.symbol(found[0]) if found else None
