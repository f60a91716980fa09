"""What the loader fills in: GOT slots, and the PLT stubs that jump through them.

Found by `DT_RELA` and `DT_JMPREL`, so files without section headers work; only the PLT's ranges need
sections.

Source: x86-64 psABI, Relocation and Procedure Linkage Table.
"""

from __future__ import annotations

import struct

from trapline.base.address import ADDRESS_MASK, FileAddress
from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.elf import image as elf

if TYPE_CHECKING:
    from trapline.elf.image import Image, Section
    from trapline.elf.symbols import SymbolTable

R_X86_64_COPY, R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT, R_X86_64_RELATIVE, R_X86_64_IRELATIVE = 5, 6, 7, 8, 37
_RELA = struct.Struct("<QQq")
_PLT_SECTIONS = (".plt", ".plt.sec", ".plt.got", ".plt.bnd", ".iplt")
_ENDBR64 = b"\xf3\x0f\x1e\xfa"
_JUMP = b"\xff\x25"  # jmp qword ptr [rip + disp32]
_PUSH = b"\x68"  # push imm32
_SLOT_SIZE = 8
_MOST_STUBS = 1 << 16  # of one section


class PltStub(NamedTuple):
    """One PLT stub, or the slot it jumps through: `name` ends in `@plt` or `@got.plt`.

    `address` is a file address, `size` is bytes.
    """

    name: str
    address: FileAddress
    size: int


class PltRange(NamedTuple):
    """One PLT section: `start` inclusive and `end` exclusive are file addresses, `stride` is bytes a stub."""

    start: FileAddress
    end: FileAddress
    stride: int


class Relocations:
    """The function slots of one ELF file's GOT, the PLT stubs that use them, and what it copies of libraries.

    A broken table counts as absent; `problems` says what is wrong with it.
    """

    __slots__ = (
        "_copies",
        "_image",
        "_irelative",
        "_jumps",
        "_names",
        "_plt",
        "_slots",
        "_stub_order",
        "_stubs",
        "_symbols",
        "problems",
    )

    def __init__(self, image: Image, symbols: SymbolTable) -> None:
        """Read nothing yet; `symbols` are those of `image`."""
        self._image = image
        self._symbols = symbols
        self._irelative: dict[FileAddress, FileAddress] | None = None
        self._jumps: dict[str, FileAddress] = {}
        self._copies: dict[str, FileAddress] = {}
        self._names: dict[int, str] = {}
        self._stub_order: list[str] = []
        self._stubs: list[PltStub] | None = None
        self._slots: dict[int, int] | None = None
        self._plt: tuple[PltRange, ...] | None = None
        self.problems: list[str] = []

    def irelative_slots(self) -> dict[FileAddress, FileAddress]:
        """Return, by file address of an IFUNC's resolver, the GOT slot that gets what it returns.

        Source: x86-64 psABI, R_X86_64_IRELATIVE: the addend is the resolver.
        """
        if self._irelative is None:
            self._irelative = self._read()
        return self._irelative

    def jump_slots(self) -> dict[str, FileAddress]:
        """Return, by name, the file address of the GOT slot that gets an imported symbol's address.

        Source: x86-64 psABI, R_X86_64_JUMP_SLOT and R_X86_64_GLOB_DAT.
        """
        self.irelative_slots()
        return self._jumps

    def copies(self) -> dict[str, FileAddress]:
        """Return, by name, the file address of the program's own copy of a library's variable.

        Source: x86-64 psABI, R_X86_64_COPY.
        """
        self.irelative_slots()
        return self._copies

    def _read(self) -> dict[FileAddress, FileAddress]:
        irelative: dict[FileAddress, FileAddress] = {}
        try:
            tables = self._tables()
        except BadData as error:
            self.problems.append(str(error))
            return irelative
        for number, data in enumerate(tables):
            for slot, info, addend in _RELA.iter_unpack(data):
                kind = info & 0xFFFFFFFF
                if kind == R_X86_64_IRELATIVE:
                    resolver = addend & ADDRESS_MASK
                    irelative[FileAddress(resolver)] = FileAddress(slot)
                    name = f"*ABS*+{resolver:#x}"
                elif kind in (R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT):
                    name = self._symbols.imported_name(info >> 32)
                    if name:
                        self._jumps.setdefault(name, FileAddress(slot))
                else:
                    if kind == R_X86_64_COPY:
                        self._copies[self._symbols.imported_name(info >> 32)] = FileAddress(slot)
                    continue
                self._names[slot] = name
                if not number:
                    self._stub_order.append(name)
        return irelative

    def relative_pointers(self, start: FileAddress, size: int) -> dict[FileAddress, FileAddress]:
        """Return the pointers of the file into itself in [start, start + size), by where they are.

        Source: x86-64 psABI, R_X86_64_RELATIVE: the addend is the file address.
        """
        try:
            tables = self._tables()
        except BadData as error:
            self.problems.append(str(error))
            return {}
        return {
            FileAddress(slot): FileAddress(addend & ADDRESS_MASK)
            for data in tables
            for slot, info, addend in _RELA.iter_unpack(data)
            if info == R_X86_64_RELATIVE and start <= slot < start + size
        }

    def _tables(self) -> list[bytes]:
        """Return the relocations of the PLT, then the others; a static program has sections alone."""
        found = [
            self._table(elf.DT_JMPREL, elf.DT_PLTRELSZ),
            self._table(elf.DT_RELA, elf.DT_RELASZ),
        ]
        if not self._image.dynamic:
            for section in self._image.sections:
                if section.type == elf.SHT_RELA and section.flags & elf.SHF_ALLOC:
                    data = self._image.section_bytes(section)
                    found.append(data[: len(data) - len(data) % _RELA.size])
        return found

    def _table(self, tag: int, size_tag: int) -> bytes:
        start, size = self._image.dynamic_value(tag), self._image.dynamic_value(size_tag)
        if start is None or size is None:
            return b""
        address = FileAddress(start)
        size = min(size, self._image.readable(address))
        return self._image.read(address, size - size % _RELA.size)

    @property
    def plt(self) -> tuple[PltRange, ...]:
        """The PLT sections; empty for a file without section headers."""
        if self._plt is None:
            try:
                self._plt = tuple(
                    PltRange(
                        section.address, FileAddress(section.address + section.size), self._stride(section)
                    )
                    for section in self._image.sections
                    if section.name in _PLT_SECTIONS and section.is_executable
                )
            except BadData as error:
                self.problems.append(str(error))
                self._plt = ()
        return self._plt

    def _stride(self, section: Section) -> int:
        # Linkers disagree about sh_entsize.  Stubs that are a jump and nothing else have 8 bytes: .plt.got's,
        # and those of a static program's .plt, which has no head.
        if section.name in (".plt", ".plt.got") and self._image.readable(section.address) >= 2:
            return 8 if self._image.read(section.address, 2) == _JUMP else 16
        return 16

    def plt_stub_at(self, address: FileAddress) -> PltStub | None:
        """Return the PLT stub that contains a file address, None for other code and for the PLT's head."""
        for start, end, stride in self.plt:
            if start <= address < end:
                stub = FileAddress(address - (address - start) % stride)
                name = self._stub_name(stub, min(stride, end - stub))
                return PltStub(f"{name}@plt", stub, stride) if name else None
        return None

    def stubs(self) -> list[PltStub]:
        """Return the stubs of all PLT sections, in the order of the file."""
        if self._stubs is None:
            places = (range(start, end, stride) for start, end, stride in self.plt)
            found = (self.plt_stub_at(FileAddress(place)) for one in places for place in one[:_MOST_STUBS])
            self._stubs = [stub for stub in found if stub is not None]
        return self._stubs

    def slot_at(self, address: FileAddress) -> PltStub | None:
        """Return the slot of the PLT's relocations that contains a file address as `puts@got.plt`, or None.

        Only those are read for it, which are few beside all others.
        """
        if self._slots is None:
            self._slots = {}
            try:
                for slot, info, _ in _RELA.iter_unpack(self._table(elf.DT_JMPREL, elf.DT_PLTRELSZ)):
                    if info & 0xFFFFFFFF == R_X86_64_JUMP_SLOT:
                        self._slots[slot] = info >> 32
            except BadData as error:
                self.problems.append(str(error))
        slot = address & -_SLOT_SIZE
        name = self._symbols.imported_name(self._slots[slot]) if slot in self._slots else ""
        return PltStub(f"{name}@got.plt", FileAddress(slot), _SLOT_SIZE) if name else None

    def plt_name_at(self, address: FileAddress) -> str | None:
        """Return `puts@plt` for a file address in that stub, None elsewhere."""
        stub = self.plt_stub_at(address)
        return stub.name if stub is not None else None

    def _stub_name(self, stub: FileAddress, size: int) -> str | None:
        """Return what a stub's code jumps to: through its slot, or by the slot's number pushed for ld.so."""
        self.irelative_slots()
        code = self._image.read(stub, min(size, self._image.readable(stub)))
        at = code.find(_JUMP)
        if 0 <= at <= len(code) - 6:
            slot = stub + at + 6 + int.from_bytes(code[at + 2 : at + 6], "little", signed=True)
            return self._names.get(slot)
        push = 4 if code[:4] == _ENDBR64 else 0
        if code[push : push + 1] == _PUSH and len(code) >= push + 5:
            number = int.from_bytes(code[push + 1 : push + 5], "little")
            return self._stub_order[number] if number < len(self._stub_order) else None
        return None
