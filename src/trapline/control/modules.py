"""Which files are mapped where, kept true by the dynamic linker's own list.

After an exec only the program, its interpreter and the vDSO are there.  A site on the interpreter's
`_dl_debug_state`, which it calls around every change, tells when to look at the link map: only at
RT_CONSISTENT, and from the last known entry on when the list grew.

Source: <link.h>, struct r_debug and struct link_map; KERNEL 33.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from trapline.base.address import FileAddress, LoadAddress, LoadBias
from trapline.base.errors import BadData, InferiorExited, MemoryFault
from trapline.base.memory import read_c_string, read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.elf.image import Image
from trapline.symbols.module import Module

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.symbols.files import DebugFiles

_AT_PHDR, _AT_PHNUM, _AT_BASE, _AT_ENTRY, _AT_SYSINFO_EHDR = 3, 5, 7, 9, 33
_PT_LOAD, _PT_DYNAMIC, _PT_PHDR = 1, 2, 6
_DT_DEBUG = 21
_RT_CONSISTENT, _RT_ADD, _RT_DELETE = 0, 1, 2
_TOO_MANY = 100_000
"""Link-map entries after which the list is taken for a loop."""


class _Namespace:
    """One list of the linker: its state when last seen, its entries by load address, the tail last.

    An entry without a file (the vDSO under another name) has None.
    """

    __slots__ = ("entries", "state")

    def __init__(self) -> None:
        self.state = _RT_CONSISTENT
        self.entries: dict[int, Module | None] = {}


class ModuleTable:
    """The modules of one inferior, the program first, then in the order of the link map.

    `stops` counts the changes that the linker announced, `reads` the pieces of memory read for them.
    """

    __slots__ = (
        "_bounds",
        "_debug",
        "_debug_files",
        "_namespaces",
        "_owners",
        "_target",
        "interpreter",
        "modules",
        "reads",
        "stops",
        "vdso",
    )

    def __init__(self, target: Target) -> None:
        self._target = target
        self.modules: list[Module] = []
        self.interpreter: Module | None = None
        self.vdso: Module | None = None
        self.reads = 0
        self.stops = 0
        self._namespaces: dict[int, _Namespace] = {}
        self._bounds: list[int] | None = None
        self._owners: list[tuple[int, Module]] = []
        self._debug_files: DebugFiles | None = None
        self._debug = 0

    # -- looking up ------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules)

    @property
    def program(self) -> Module | None:
        """The program itself."""
        return self.modules[0] if self.modules else None

    @property
    def libraries_loaded(self) -> bool:
        """Whether the dynamic linker has finished its first round; True for a static program."""
        return self.interpreter is None or any(one.entries for one in self._namespaces.values())

    @property
    def linker(self) -> Module | None:
        """The dynamic linker, where it is not the C library as well, as musl's is."""
        interpreter = self.interpreter
        if interpreter is None or interpreter.lookup("__libc_start_main"):
            return None
        return interpreter

    def at(self, address: int) -> Module | None:
        """Return the module that holds a load address."""
        if self._bounds is None:
            spans = sorted((start, end, module) for module in self.modules for start, end in module.ranges)
            self._bounds = [start for start, _, _ in spans]
            self._owners = [(end, module) for _, end, module in spans]
        index = bisect_right(self._bounds, address) - 1
        if index >= 0 and address < self._owners[index][0]:
            return self._owners[index][1]
        return None

    def named(self, name: str) -> tuple[Module, ...]:
        """Return the modules that a user means by a path, a base name or a soname."""
        return tuple(module for module in self.modules if module.answers_to(name))

    def link_map_of(self, module: Module) -> int | None:
        """Return the load address of the linker's struct link_map of a module; None where it has none."""
        for namespace in self._namespaces.values():
            for address, entry in namespace.entries.items():
                if entry is module:
                    return address
        return None

    def slack_near(self, address: int) -> Sequence[tuple[int, int]]:
        """Return runs of unused executable bytes (load address, size) in the module at an address."""
        module = self.at(address)
        image = module.image if module is not None else None
        if module is None or image is None or module is self.vdso:
            return ()
        try:
            return [(module.to_load(start), size) for start, size in image.executable_slack()]
        except BadData:
            return ()

    # -- keeping true ----------------------------------------------------------------------------

    def close(self) -> None:
        """Give every file's descriptor back; what is asked later opens it again."""
        for module in self.modules:
            module.close()

    def reset(self) -> None:
        """Find the modules of a program that has just been exec'd or attached to."""
        self.close()
        self._namespaces.clear()
        self.modules.clear()
        self._bounds = None
        self._debug = 0
        self.interpreter = self.vdso = None
        process = self._target.process
        vector = process.auxv()
        path = process.executable()
        headers = vector.get(_AT_PHDR, 0)
        if headers:
            self._add(self._program(path, headers, vector))
        base = vector.get(_AT_BASE, 0)
        if base:
            interpreter = self._mapped_at(base)
            if interpreter is not None:
                self.interpreter = interpreter
                self._add(interpreter)
        vdso = vector.get(_AT_SYSINFO_EHDR, 0)
        if vdso:
            self._add_vdso(vdso)

    def _program(self, path: str, headers: int, vector: dict[int, int]) -> Module:
        """Return the program, its bias found from the program headers in memory."""
        entry = vector.get(_AT_ENTRY, 0)
        bias = 0
        image = None
        pid, tid = self._target.process.pid, next(iter(self._target.process.threads))
        open_path = f"/proc/{pid}/task/{tid}/exe" if not os.path.exists(path) else None
        try:
            image = Image.open(open_path or path)
            bias = entry - image.entry if image.type == 3 else 0
        except (OSError, BadData):
            first = self._segment_from_memory(headers, vector.get(_AT_PHNUM, 0), _PT_PHDR)
            bias = headers - first[0] if first is not None else 0
        ranges = self._segment_ranges(image, bias)
        return Module(path, LoadBias(bias), ranges, open_path=open_path, image=image)

    def _segment_from_memory(self, headers: int, count: int, kind: int) -> tuple[int, int] | None:
        """Return (p_vaddr, p_memsz) of the first program header of a type, read from memory."""
        for index in range(min(count, 128)):
            try:
                raw = self._target.process.read(headers + 56 * index, 56)
            except MemoryFault:
                return None
            if int.from_bytes(raw[:4], "little") == kind:
                return int.from_bytes(raw[16:24], "little"), int.from_bytes(raw[40:48], "little")
        return None

    @staticmethod
    def _segment_ranges(image: Image | None, bias: int) -> list[tuple[int, int]]:
        if image is None:
            return []
        return [
            (segment.vaddr + bias & -4096, segment.vaddr + segment.memsz + bias + 4095 & -4096)
            for segment in image.segments
            if segment.type == _PT_LOAD and segment.memsz
        ]

    def _mapped_at(self, base: int) -> Module | None:
        """Return the file that is mapped at a load address."""
        for mapping in self._target.process.mappings():
            if mapping.start <= base < mapping.end and mapping.path:
                return self._opened(mapping.path, base)
        return None

    def _opened(self, path: str, bias: int) -> Module:
        module = Module(path, LoadBias(bias))
        try:
            module.ranges = tuple(self._segment_ranges(module.image, bias))
        except BadData as error:
            module.problem = str(error)
        if module.image is None:
            module.ranges = tuple(
                (mapping.start, mapping.end)
                for mapping in self._target.process.mappings()
                if mapping.path == path
            )
        return module

    def _add_vdso(self, base: int) -> None:
        process = self._target.process
        for mapping in process.mappings():
            if mapping.start == base:
                try:
                    image = Image.from_bytes(process.read(base, mapping.size), "[vdso]")
                    first = min(s.vaddr for s in image.segments if s.type == _PT_LOAD)
                except (BadData, MemoryFault, ValueError):
                    return
                module = Module("[vdso]", LoadBias(base - first), [(mapping.start, mapping.end)], image=image)
                self.vdso = module
                self._add(module)

    @property
    def debug_files(self) -> DebugFiles:
        """Where debug information in separate files is looked for; one for all modules."""
        if self._debug_files is None:
            from trapline.symbols.files import DebugFiles

            self._debug_files = DebugFiles()
            if os.environ.get("DEBUGINFOD_URLS"):
                from trapline.symbols.debuginfod import Debuginfod

                self._debug_files.debuginfod = Debuginfod.from_environment()
        return self._debug_files

    def _mapped_file(self, module: Module) -> tuple[int, int]:
        """Return st_dev and st_ino of the file that is mapped where a module is; zeros where none is."""
        try:
            mappings = self._target.process.mappings()
        except InferiorExited:
            return 0, 0
        for mapping in mappings:
            if mapping.inode and any(start <= mapping.start < end for start, end in module.ranges):
                return mapping.device, mapping.inode
        return 0, 0

    def _add(self, module: Module) -> None:
        module.find_debug_files = lambda: self.debug_files
        module.mapped_file = lambda: self._mapped_file(module)
        module.indexing = lambda done, units: self._target.index_progress(module, done, units)
        module.siblings = self.modules
        self.modules.append(module)
        self._bounds = None

    def watch(self) -> None:
        """Own a site at the dynamic linker's hook; read the list now if it is complete."""
        interpreter = self.interpreter
        if interpreter is None:
            return
        symbol = interpreter.symbol("_dl_debug_state") or interpreter.symbol("dl_debug_state")
        address = symbol.address if symbol is not None else self._r_brk()
        if address:
            self._target.sites.add(address, self)
        self.update()

    order = -1
    """Asked before every breakpoint at the same address."""

    def reached(self, thread: LiveThread) -> bool:
        """The dynamic linker changes its list or has changed it."""
        self.stops += 1
        return self.update()

    def _find_debug(self) -> int:
        """Return the load address of struct r_debug, 0 until the linker has filled DT_DEBUG in."""
        if self._debug:
            return self._debug
        program = self.program
        image = program.image if program is not None else None
        if program is None or image is None:
            return 0
        process = self._target.process
        for segment in image.segments:
            if segment.type == _PT_DYNAMIC:
                start = program.to_load(FileAddress(segment.vaddr))
                for offset in range(0, min(segment.memsz, 1 << 16), 16):
                    raw = process.read(start + offset, 16)
                    tag = int.from_bytes(raw[:8], "little")
                    if tag == _DT_DEBUG:
                        self._debug = int.from_bytes(raw[8:], "little")
                        return self._debug
                    if tag == 0:
                        break
        return 0

    def _r_brk(self) -> int:
        try:
            debug = self._find_debug()
            return read_integer(self._target.process, debug + 16) if debug else 0
        except MemoryFault:
            return 0

    def update(self) -> bool:
        """Bring the table up to date with the link maps; True when a catchpoint asks for a stop."""
        first = not self.libraries_loaded
        loaded: list[Module] = []
        unloaded: list[Module] = []
        try:
            debug = self._find_debug()
            seen: set[int] = set()
            while debug and debug not in seen:
                seen.add(debug)
                debug = self._update_namespace(debug, loaded, unloaded)
        except (MemoryFault, InferiorExited):
            pass  # a list that the program spoilt ends where it cannot be read
        if not loaded and not unloaded and not (first and self.libraries_loaded):
            return False
        return self._target.modules_changed(loaded, unloaded, first=first)

    def _read(self, address: int, size: int) -> bytes:
        self.reads += 1
        return self._target.process.read(address, size)

    def _update_namespace(self, debug: int, loaded: list[Module], unloaded: list[Module]) -> int:
        """Look at one struct r_debug; return the load address of the next (r_version 2), else 0."""
        raw = self._read(debug, 48)
        version, state = int.from_bytes(raw[:4], "little"), int.from_bytes(raw[24:28], "little")
        head = int.from_bytes(raw[8:16], "little")
        namespace = self._namespaces.setdefault(debug, _Namespace())
        before, namespace.state = namespace.state, state
        if state == _RT_CONSISTENT:
            tail = next(reversed(namespace.entries), 0)
            if before == _RT_DELETE or not tail:
                unloaded += self._read_whole(namespace, head, loaded)
            else:
                start = int.from_bytes(self._read(tail + 24, 8), "little")
                self._read_list(namespace, start, head, loaded)
        return int.from_bytes(raw[40:48], "little") if version >= 2 else 0

    def _read_whole(self, namespace: _Namespace, head: int, loaded: list[Module]) -> list[Module]:
        """Read a list from its head; return the modules that are in none any more."""
        former, namespace.entries = namespace.entries, {}
        self._read_list(namespace, head, head, loaded, former)
        kept = {module for one in self._namespaces.values() for module in one.entries.values()}
        gone = [module for module in former.values() if module is not None and module not in kept]
        for module in gone:
            self.modules.remove(module)
            self._bounds = None
            module.close()
        return gone

    def _read_list(
        self,
        namespace: _Namespace,
        entry: int,
        head: int,
        loaded: list[Module],
        former: dict[int, Module | None] | None = None,
    ) -> None:
        """Take in the entries of a list from one on; those in `former` are known already."""
        entries = namespace.entries
        is_first = namespace is next(iter(self._namespaces.values()))
        while entry and entry not in entries and len(entries) < _TOO_MANY:
            raw = self._read(entry, 40)
            if former is not None and entry in former:
                module = former[entry]
            else:
                module = self._from_link_map(raw, is_first and entry == head)
            entries[entry] = module
            if module is not None and module not in self.modules:
                self._add(module)
                loaded.append(module)
            entry = int.from_bytes(raw[24:32], "little")

    def _from_link_map(self, raw: bytes, is_program: bool) -> Module | None:
        bias = int.from_bytes(raw[:8], "little")
        if is_program:
            return self.program
        process = self._target.process
        self.reads += 1
        try:
            name = os.fsdecode(read_c_string(process, LoadAddress(int.from_bytes(raw[8:16], "little"))))
        except MemoryFault:
            name = ""
        for known in (self.interpreter, self.vdso):
            if known is not None and known.bias == bias:
                return known
        for known in self.modules:
            # A dlmopen namespace lists ld.so again, at the same place.
            if known.bias == bias and known.path == name:
                return known
        if not name:
            return None
        if not name.startswith("/"):
            try:
                name = os.path.join(os.readlink(f"/proc/{process.pid}/cwd"), name)
            except OSError:
                pass
        return self._opened(name, bias)
