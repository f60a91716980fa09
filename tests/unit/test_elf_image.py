from __future__ import annotations

import lzma
import os
import random
import re
import struct
import zlib
from pathlib import Path

import pytest
from tests.support import elfwriter
from tests.support.elfwriter import BASE, PAGE, Sym, Writer, note

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.elf import compression
from trapline.elf.byterun import FoldedRun
from trapline.elf.image import ET_DYN, ET_EXEC, PT_LOAD, Image, Slack, wrong_architecture
from trapline.elf.symbols import SymbolTable

BUILD_ID = bytes(range(20))


def image_of(writer: Writer, **options: bool) -> Image:
    return Image.from_bytes(writer.bytes(**options), "made")


def test_header_and_segments() -> None:
    writer = Writer(kind=2, entry=0x401234)
    image = image_of(writer)
    assert (image.type, image.machine, image.entry) == (ET_EXEC, 62, 0x401234)
    assert [segment.type for segment in image.segments] == [PT_LOAD]
    assert image.text_segments == image.segments
    assert image.read(FileAddress(writer.text), 4) == b"\x90" * 4


def test_sections_by_name_and_content() -> None:
    writer = Writer()
    writer.add(".note.here", 1, b"content", flags=0)
    image = image_of(writer)
    section = image.section(".note.here")
    assert section is not None and image.section_bytes(section) == b"content"
    assert image.section(".nowhere") is None
    text = image.section(".text")
    assert text is not None and text.is_executable and text.address == writer.text


def test_nobits_has_no_bytes() -> None:
    writer = Writer()
    writer.add(".bss", 8, b"", flags=3, size=1 << 40)
    image = image_of(writer)
    section = image.section(".bss")
    assert section is not None and section.size == 1 << 40 and image.section_bytes(section) == b""


def test_dynamic_facts_without_section_headers() -> None:
    writer = Writer()
    writer.add(".interp", 1, b"/lib/ld.so\0")
    writer.segment(3, ".interp")
    writer.add(".note", 7, note(b"GNU", 1, b"abi!") + note(b"GNU", 3, BUILD_ID))
    writer.segment(4, ".note", align=4)
    writer.dynamic([], needed=("libfirst.so", "libsecond.so"), soname="libmade.so.1", flags_1=0x08000000)
    image = image_of(writer, section_headers=False)
    assert image.sections == ()
    assert image.interpreter == "/lib/ld.so"
    assert image.needed == ("libfirst.so", "libsecond.so")
    assert image.soname == "libmade.so.1"
    assert image.runpath is None
    assert image.build_id == BUILD_ID
    assert image.is_pie and not image.is_static
    assert [n.type for n in image.notes()] == [1, 3]


@pytest.mark.parametrize(
    ("type_", "interp", "flags_1", "is_pie", "is_static"),
    [
        (2, False, None, False, True),  # static
        (2, True, 0, False, False),  # not position independent
        (3, False, 0x08000000, True, True),  # static-pie
        (3, True, 0x08000000, True, False),  # PIE
        (3, False, 0, False, False),  # a library
        (3, True, 0, False, False),  # a library that can be run, as libc.so.6
    ],
)
def test_kinds_of_programs(
    type_: int, interp: bool, flags_1: int | None, is_pie: bool, is_static: bool
) -> None:
    writer = Writer(kind=type_)
    if interp:
        writer.add(".interp", 1, b"/lib/ld.so\0")
        writer.segment(3, ".interp")
    if flags_1 is not None:
        writer.dynamic([], flags_1=flags_1)
    image = image_of(writer)
    assert (image.is_pie, image.is_static) == (is_pie, is_static)


def test_runpath_goes_before_rpath() -> None:
    writer = Writer()
    writer.dynamic([Sym("first"), Sym("second")], extra=((15, 1), (29, 7)))
    image = image_of(writer)
    assert image.runpath == "second"


def test_build_id_in_a_file_whose_segments_were_emptied() -> None:
    """objcopy --only-keep-debug keeps the program headers but not the bytes they mean."""
    writer = Writer()
    writer.add(".note.gnu.build-id", 7, note(b"GNU", 3, BUILD_ID))
    writer.add(".junk", 1, b"\xff" * 64)
    writer.segment(4, ".junk", align=4)
    assert image_of(writer).build_id == BUILD_ID


def test_notes_aligned_to_eight_bytes() -> None:
    writer = Writer()
    writer.add(".note.gnu.property", 7, note(b"GNU", 5, b"12345", align=8) + note(b"GNU", 6, b"x", align=8))
    writer.segment(4, ".note.gnu.property", align=8)
    assert [(n.type, n.descriptor) for n in image_of(writer).notes()] == [(5, b"12345"), (6, b"x")]


def test_debuglink() -> None:
    writer = Writer()
    writer.add(".gnu_debuglink", 1, b"made.debug\0\0" + struct.pack("<I", 0xDEADBEEF), flags=0)
    assert image_of(writer).debuglink == ("made.debug", 0xDEADBEEF)
    assert image_of(Writer()).debuglink is None


CONTENT = b"debug information " * 100


def compressed(kind: int, data: bytes, size: int = len(CONTENT)) -> bytes:
    return struct.pack("<IIQQ", kind, 0, size, 1) + data


def section_content(data: bytes, flags: int = 0x800, name: str = ".debug_info") -> bytes:
    writer = Writer()
    writer.add(name, 1, data, flags=flags)
    image = image_of(writer)
    section = image.section(".debug_info")
    assert section is not None
    return image.section_bytes(section)


def test_zlib_sections() -> None:
    assert section_content(compressed(1, zlib.compress(CONTENT))) == CONTENT


def test_zdebug_sections_answer_to_the_newer_name() -> None:
    data = b"ZLIB" + len(CONTENT).to_bytes(8, "big") + zlib.compress(CONTENT)
    assert section_content(data, flags=0, name=".zdebug_info") == CONTENT


def test_zstd_sections_are_read_or_refused_with_a_reason() -> None:
    # A frame of one raw block: readable without a compressor.
    frame = b"\x28\xb5\x2f\xfd\x60" + (len(CONTENT) - 256).to_bytes(2, "little")
    frame += (len(CONTENT) << 3 | 1).to_bytes(3, "little") + CONTENT
    try:
        assert section_content(compressed(2, frame)) == CONTENT
    except BadData as error:
        assert "zstd" in error.what and error.section == ".debug_info"


@pytest.mark.parametrize(
    "data",
    [
        compressed(1, zlib.compress(CONTENT)[:-20]),
        compressed(1, zlib.compress(CONTENT), size=len(CONTENT) - 1),
        compressed(1, zlib.compress(CONTENT), size=len(CONTENT) + 1),
        compressed(1, zlib.compress(CONTENT), size=1 << 60),
        compressed(1, b"nonsense"),
        compressed(2, b"nonsense"),
        compressed(7, b""),
        b"short",
    ],
)
def test_broken_compression(data: bytes) -> None:
    with pytest.raises(BadData) as caught:
        section_content(data)
    assert caught.value.file == "made" and caught.value.section == ".debug_info"


def test_a_bomb_does_not_unfold() -> None:
    bomb = zlib.compress(bytes(80 << 20))
    with pytest.raises(BadData, match="claim"):
        section_content(compressed(1, bomb, size=80 << 20))


def folded_run(
    monkeypatch: pytest.MonkeyPatch, data: bytes, size: int
) -> tuple[FoldedRun, list[int], list[str]]:
    """Return a compressed section's run, the sizes that it unfolds whole, and what it notes."""
    writer = Writer()
    writer.add(".debug_info", 1, compressed(1, data, size), flags=0x800)
    image = image_of(writer)
    section = image.section(".debug_info")
    assert section is not None
    unfolded: list[int] = []
    notes: list[str] = []
    whole = compression.decompress

    def decompress(kind: int, data: bytes, size: int) -> bytes:
        unfolded.append(size)
        return whole(kind, data, size)

    monkeypatch.setattr(compression, "decompress", decompress)
    return FoldedRun(image, section, lambda error: notes.append(error.what)), unfolded, notes


# What does not get smaller at all is the most that a beginning has to be read for.
@pytest.mark.parametrize("level", [0, 9])
def test_only_the_beginning_of_a_section_is_unfolded_for_it(
    monkeypatch: pytest.MonkeyPatch, level: int
) -> None:
    content = random.Random(1).randbytes(1 << 20)
    run, unfolded, notes = folded_run(monkeypatch, zlib.compress(content, level), len(content))
    assert run.size == len(content)
    for offset, size in ((0, 1), (5, 1000), (1 << 16, 1 << 16)):
        assert run.get(offset, size) == content[offset : offset + size]
    assert not unfolded
    for offset, size in ((1 << 16, 1 << 17), (len(content) - 5, 100), (len(content), 5), (7, 9)):
        assert run.get(offset, size) == content[offset : offset + size]
    assert unfolded == [len(content)] and not notes


def test_the_end_of_a_section_that_cannot_be_unfolded_is_noted_and_reads_as_zeros(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = random.Random(1).randbytes(1 << 20)
    run, _, notes = folded_run(monkeypatch, zlib.compress(content)[: 1 << 19], len(content))
    assert run.get(100, 100) == content[100:200]
    assert run.get(1 << 19, 16) == bytes(16) and len(run.get(0, run.size)) == run.size
    assert len(notes) == 1 and "unfolds to" in notes[0]


def with_segments(*segments: tuple[int, int, int, int, int], size: int) -> Image:
    """Return an image of PT_LOAD segments (flags, offset, vaddr, filesz, memsz) in `size` bytes of 0xCC."""
    count = len(segments)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0
    )
    for flags, offset, vaddr, filesz, memsz in segments:
        header += struct.pack("<IIQQQQQQ", 1, flags, offset, vaddr, vaddr, filesz, memsz, PAGE)
    data = bytearray(header.ljust(size, b"\xcc"))
    for _, offset, _, filesz, _ in segments:
        end = offset + filesz
        data[end : (end + PAGE - 1) // PAGE * PAGE] = bytes(-end % PAGE)
    return Image.from_bytes(bytes(data[:size]), "made")


def test_slack_is_the_rest_of_the_last_page() -> None:
    image = with_segments((5, PAGE, PAGE, 0x123, 0x123), (6, 2 * PAGE, 2 * PAGE, 8, 8), size=3 * PAGE)
    assert image.executable_slack() == (Slack(FileAddress(PAGE + 0x123), PAGE - 0x123),)


def test_slack_counts_zeros_past_the_end_of_the_file() -> None:
    image = with_segments((5, PAGE, PAGE, 0x123, 0x123), size=PAGE + 0x200)
    assert image.executable_slack() == (Slack(FileAddress(PAGE + 0x123), PAGE - 0x123),)


def test_slack_ends_at_the_first_byte_that_is_not_zero() -> None:
    image = with_segments((5, PAGE, PAGE, 0x100, 0x100), size=2 * PAGE)
    data = bytearray(image.bytes_at(0, image.size))
    data[PAGE + 0x180] = 1
    assert Image.from_bytes(bytes(data), "made").executable_slack() == (
        Slack(FileAddress(PAGE + 0x100), 0x80),
    )


@pytest.mark.parametrize(
    "segments",
    [
        [(5, PAGE, PAGE, PAGE, PAGE)],  # nothing left in the page
        [(5, PAGE, PAGE, 0x100, 0x200)],  # the loader clears the rest
        [(4, PAGE, PAGE, 0x100, 0x100)],  # no code
        [(5, PAGE, PAGE, 0x100, 0x100), (6, PAGE + 0x800, PAGE + 0x800, 8, 8)],  # shares the page
        [(5, PAGE, PAGE, 0x1100, 0x1100), (6, PAGE + 0x1800, PAGE + 0x1800, 8, 8)],  # mapped over it
    ],
)
def test_no_slack(segments: list[tuple[int, int, int, int, int]]) -> None:
    slack = with_segments(*segments, size=4 * PAGE).executable_slack()
    assert slack == ()


def test_read_stays_inside_the_file_bytes() -> None:
    image = with_segments((6, PAGE, 0x10000, 0x100, 0x800), size=PAGE + 0x80)
    assert image.readable(FileAddress(0x10000)) == 0x80  # the file is shorter than the segment says
    assert image.read(FileAddress(0x10000), 0x80) == b"\xcc" * 0x80
    for address, size in ((0x10000, 0x81), (0x10100, 1), (0x10700, 1), (0xFFFF, 1), (-1, 1), (1 << 70, 1)):
        with pytest.raises(BadData):
            image.read(FileAddress(address), size)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"#!/bin/sh\n", "not an ELF file"),
        (b"", "not an ELF file"),
        (b"\x7fELF\x01\x01\x01" + bytes(11) + b"\x03\0", "32-bit x86 (ELFCLASS32)"),
        (b"\x7fELF\x02\x01\x01" + bytes(11) + b"\xb7\0", "aarch64 (ELFCLASS64)"),
        (b"\x7fELF\x01\x01\x01" + bytes(11) + b"\x3e\0", "x86-64 (ELFCLASS32)"),
        (b"\x7fELF\x02\x02\x01" + bytes(11) + b"\0\x15", "PowerPC64 (ELFCLASS64, big-endian)"),
        (b"\x7fELF\x02\x01\x01" + bytes(11) + b"\xff\xff", "machine 65535 (ELFCLASS64)"),
    ],
)
def test_other_files_are_named(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(start)
    assert wrong_architecture(str(path)) == what
    if start:
        with pytest.raises(BadData, match=re.escape(what)) as caught:
            Image.open(str(path))
        assert caught.value.what == what and caught.value.file == str(path)


def test_our_architecture(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(Writer().bytes())
    assert wrong_architecture(str(path)) is None
    image = Image.open(str(path))
    assert image.type == ET_DYN and image.identity is not None
    assert image.identity.inode == path.stat().st_ino


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Image.open(str(tmp_path / "missing"))
    with pytest.raises(IsADirectoryError):
        Image.open(str(tmp_path))
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(BadData, match="not a regular file"):
        Image.open(str(tmp_path / "fifo"))
    (tmp_path / "empty").touch()
    with pytest.raises(BadData, match="not an ELF file"):
        Image.open(str(tmp_path / "empty"))


def test_a_file_cut_short_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    writer = Writer()
    writer.symtab([Sym("main", writer.text, 4)])
    path.write_bytes(writer.bytes())
    image = Image.open(str(path))
    os.truncate(path, 100)
    with pytest.raises(BadData, match="cut short"):
        image.read(FileAddress(writer.text), 4)
    table = SymbolTable(image)
    assert table.lookup("main") == () and "cut short" in table.problems[0]


def test_nothing_is_read_after_close(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(Writer().bytes())
    image = Image.open(str(path))
    before = set(os.listdir("/proc/self/fd"))
    image.close()
    image.close()
    assert len(before) - len(os.listdir("/proc/self/fd")) == 1
    with pytest.raises(BadData):
        image.bytes_at(0, 1)


@pytest.mark.parametrize("cut", [0, 3, 19, 20, 63, 64, 100])
def test_cut_off_headers(cut: int) -> None:
    with pytest.raises(BadData) as caught:
        Image.from_bytes(Writer().bytes()[:cut], "made")
    assert caught.value.file == "made"


@pytest.mark.parametrize(("at", "size"), [(32, 8), (40, 8), (54, 2), (56, 2), (58, 2), (60, 2), (62, 2)])
@pytest.mark.parametrize("value", [0, 1, 0xFFFF, -1])
def test_header_fields_that_lie(at: int, size: int, value: int) -> None:
    data = bytearray(Writer().bytes())
    data[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    try:
        image = Image.from_bytes(bytes(data), "made")
        for section in image.sections:
            image.section_bytes(section)
    except BadData as error:
        assert error.file == "made"


def test_counts_that_do_not_fit_the_header() -> None:
    """e_shnum 0 and e_phnum PN_XNUM: the counts are in section header 0."""
    data = bytearray(Writer().bytes())
    sections_at = int.from_bytes(data[40:48], "little")
    count = int.from_bytes(data[60:62], "little")
    data[56:58] = b"\xff\xff"
    data[60:64] = b"\0\0\xff\xff"
    data[sections_at + 32 : sections_at + 40] = count.to_bytes(8, "little")
    data[sections_at + 40 : sections_at + 44] = (count - 1).to_bytes(4, "little")
    data[sections_at + 44 : sections_at + 48] = (1).to_bytes(4, "little")
    image = Image.from_bytes(bytes(data), "made")
    assert [s.name for s in image.sections] == ["", ".text", ".shstrtab"]
    assert len(image.segments) == 1


def test_section_names_that_unfold_without_end() -> None:
    writer = Writer()
    for _ in range(64):
        writer.add("", 1, b"", flags=0)
    data = bytearray(writer.bytes())
    sections_at = int.from_bytes(data[40:48], "little")
    count = int.from_bytes(data[60:62], "little")
    names = len(data)
    data += b"x" * 200_000 + b"\0"
    shstrtab = sections_at + 64 * (count - 1)
    struct.pack_into("<QQ", data, shstrtab + 24, names, 200_001)
    image = Image.from_bytes(bytes(data), "made")
    with pytest.raises(BadData, match="without end"):
        _ = image.sections


def test_needed_libraries_are_bounded() -> None:
    writer = Writer()
    writer.dynamic([], extra=((1, 1),) * 5000)
    with pytest.raises(BadData, match="needed"):
        _ = image_of(writer).needed


def test_minidebuginfo() -> None:
    inner = Writer()
    inner.symtab([Sym("hidden_function", 0x401000, 16)])
    writer = Writer()
    writer.add(".gnu_debugdata", 1, lzma.compress(inner.bytes()), flags=0)
    table = SymbolTable(image_of(writer))
    assert [(s.name, s.address, s.size) for s in table.lookup("hidden_function")] == [
        ("hidden_function", 0x401000, 16)
    ]
    found = table.at(FileAddress(0x40100F))
    assert found is not None and found.name == "hidden_function"


@pytest.mark.parametrize("data", [b"nonsense", lzma.compress(b"no elf"), lzma.compress(bytes(1000))[:-4]])
def test_broken_minidebuginfo_hides_nothing_else(data: bytes) -> None:
    writer = Writer()
    writer.symtab([Sym("main", writer.text, 4)])
    writer.add(".gnu_debugdata", 1, data, flags=0)
    table = SymbolTable(image_of(writer))
    assert len(table.lookup("main")) == 1
    assert len(table.problems) == 1


def test_an_xz_bomb_does_not_unfold() -> None:
    writer = Writer()
    writer.add(".gnu_debugdata", 1, lzma.compress(bytes(80 << 20), preset=0), flags=0)
    table = SymbolTable(image_of(writer))
    assert table.lookup("main") == ()
    assert "more than it may" in table.problems[0]


def test_writer_and_reader_agree_on_the_base() -> None:
    assert image_of(Writer()).segments[0].vaddr == BASE == elfwriter.BASE
