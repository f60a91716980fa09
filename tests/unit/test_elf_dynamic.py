from __future__ import annotations

import contextlib
import re
import struct
import subprocess

import pytest
from tests.support import programs
from tests.support.elfwriter import FUNC, GLOBAL, UNDEFINED, Sym, Writer

from trapline.base.address import FileAddress
from trapline.elf.dynamic import PltStub, Relocations
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable

GLOB_DAT, JUMP_SLOT, RELATIVE, IRELATIVE = 6, 7, 8, 37
IMPORTS = [Sym(name, 0, 0, FUNC, GLOBAL, UNDEFINED) for name in ("puts", "free", "read")]
GOT = 0x500000  # file address of the slots, outside the file as .bss would be


def relocations_of(writer: Writer, *, section_headers: bool = True) -> Relocations:
    image = Image.from_bytes(writer.bytes(section_headers=section_headers), "made")
    return Relocations(image, SymbolTable(image))


def jump(at: int, slot: int, prefix: bytes = b"", size: int = 16) -> bytes:
    """A stub at file address `at` that jumps through a slot."""
    after = at + len(prefix) + 6
    return (prefix + b"\xff\x25" + struct.pack("<i", slot - after)).ljust(size, b"\x90")


def test_slots_without_section_headers() -> None:
    writer = Writer()
    writer.dynamic(
        IMPORTS,
        slots=((GOT, GLOB_DAT, 2, 0), (GOT + 8, RELATIVE, 0, 0x1234), (GOT + 16, IRELATIVE, 0, 0x401500)),
        plt_slots=(
            (GOT + 24, JUMP_SLOT, 1, 0),
            (GOT + 32, IRELATIVE, 0, 0x401600),
            (GOT + 40, JUMP_SLOT, 2, 0),
        ),
    )
    relocations = relocations_of(writer, section_headers=False)
    assert relocations.irelative_slots() == {0x401500: GOT + 16, 0x401600: GOT + 32}
    # The PLT's own slot is the one that a call of free() goes through.
    assert relocations.jump_slots() == {"puts": GOT + 24, "free": GOT + 40}
    assert relocations.plt == () and relocations.problems == []


def test_slots_of_a_static_program_are_in_its_sections() -> None:
    writer = Writer(kind=2)
    writer.add(".rela.plt", 4, struct.pack("<QQq", GOT, IRELATIVE, 0x401500), entsize=24)
    writer.add(".rela.debug", 4, struct.pack("<QQq", GOT + 8, IRELATIVE, 0x401600), flags=0, entsize=24)
    assert relocations_of(writer).irelative_slots() == {0x401500: GOT}


def plt_at(writer: Writer) -> int:
    return next(row[3] for row in writer.sections if row[0] == ".plt")


def test_lazy_plt() -> None:
    writer = Writer()
    at = plt_start = writer.add(".plt", 1, b"", flags=6, align=16)
    code = b"\xff\x35" + struct.pack("<i", 0x100) + jump(at + 6, GOT - 8, size=10)
    for n in range(2):
        at += 16
        code += jump(at, GOT + 8 * n)
    writer.sections.pop()
    assert writer.add(".plt", 1, code, flags=6, align=16) == plt_start
    writer.dynamic(IMPORTS, plt_slots=((GOT, JUMP_SLOT, 1, 0), (GOT + 8, JUMP_SLOT, 2, 0)))
    relocations = relocations_of(writer)
    assert relocations.plt == ((plt_start, plt_start + 48, 16),)
    assert relocations.plt_stub_at(FileAddress(plt_start)) is None
    assert relocations.plt_stub_at(FileAddress(plt_start + 16)) == PltStub(
        "puts@plt", FileAddress(plt_start + 16), 16
    )
    names = [relocations.plt_name_at(FileAddress(plt_start + n)) for n in (15, 16, 31, 32, 47, 48)]
    assert names == [None, "puts@plt", "puts@plt", "free@plt", "free@plt", None]


@pytest.mark.parametrize("prefix", [b"\xf3\x0f\x1e\xfa", b"\xf3\x0f\x1e\xfa\xf2", b"\xf2", b""])
def test_second_plt_with_and_without_branch_targets(prefix: bytes) -> None:
    writer = Writer()
    at = writer.offset + 0x400000
    at += -at % 16
    code = jump(at, GOT, prefix) + jump(at + 16, GOT + 8, prefix)
    assert writer.add(".plt.sec", 1, code, flags=6, align=16) == at
    writer.dynamic(IMPORTS, plt_slots=((GOT, JUMP_SLOT, 3, 0), (GOT + 8, IRELATIVE, 0, 0x401500)))
    relocations = relocations_of(writer)
    assert relocations.plt_name_at(FileAddress(at + 5)) == "read@plt"
    assert relocations.plt_name_at(FileAddress(at + 16)) == "*ABS*+0x401500@plt"


def test_first_plt_of_branch_target_programs_pushes_the_number() -> None:
    writer = Writer()
    code = bytes(16)
    for n in range(3):
        code += (b"\xf3\x0f\x1e\xfa\x68" + struct.pack("<i", n) + b"\xe9" + bytes(4)).ljust(16, b"\x90")
    at = writer.add(".plt", 1, code, flags=6, align=16)
    writer.dynamic(IMPORTS, plt_slots=((GOT, JUMP_SLOT, 2, 0), (GOT + 8, JUMP_SLOT, 1, 0)))
    relocations = relocations_of(writer)
    names = [relocations.plt_name_at(FileAddress(at + 16 * n)) for n in range(4)]
    assert names == [None, "free@plt", "puts@plt", None]


@pytest.mark.parametrize(("prefix", "stride"), [(b"", 8), (b"\xf3\x0f\x1e\xfa", 16)])
def test_plt_got(prefix: bytes, stride: int) -> None:
    writer = Writer()
    at = writer.offset + 0x400000
    at += -at % 16
    code = jump(at, GOT, prefix, stride) + jump(at + stride, GOT + 8, prefix, stride)
    assert writer.add(".plt.got", 1, code, flags=6, align=16) == at
    writer.dynamic(IMPORTS, slots=((GOT, GLOB_DAT, 1, 0), (GOT + 8, GLOB_DAT, 2, 0)))
    relocations = relocations_of(writer)
    names = [relocations.plt_name_at(FileAddress(at + n)) for n in (0, stride - 1, stride, 2 * stride)]
    assert names == ["puts@plt", "puts@plt", "free@plt", None]


def test_tables_outside_the_file() -> None:
    writer = Writer()
    writer.dynamic(IMPORTS, extra=((7, 1 << 62), (8, 1 << 62), (23, 0x400000), (2, 1 << 62)))
    relocations = relocations_of(writer)
    assert relocations.irelative_slots() == {}
    assert "imported" not in relocations.jump_slots()


def test_every_stub_and_its_slot_have_the_names_of_objdump() -> None:
    path = programs.build("stubs_named.c")
    listing = subprocess.run(["objdump", "-d", path], capture_output=True, text=True, check=True).stdout
    told = re.findall(r"^0*([0-9a-f]+) <(\S+@plt)>:", listing, re.MULTILINE)
    relocations = subprocess.run(["readelf", "-rW", path], capture_output=True, text=True, check=True).stdout
    slots = re.findall(r"^0*([0-9a-f]+) .* R_X86_64_JUMP_SLO.* (\w+)@", relocations, re.MULTILINE)
    with contextlib.closing(Image.open(path)) as image:
        found = Relocations(image, SymbolTable(image))
        assert {(f"{stub.address:x}", stub.name) for stub in found.stubs()} == set(told)
        assert len(slots) == 2
        for address, name in slots:
            slot = found.slot_at(FileAddress(int(address, 16) + 7))
            assert slot == PltStub(f"{name}@got.plt", FileAddress(int(address, 16)), 8)
        assert found.slot_at(FileAddress(int(slots[-1][0], 16) + 8)) is None
