"""Files that lie: every question ends in an answer or in BadData, soon and in little memory."""

from __future__ import annotations

import functools
import lzma
import re
import time
import tracemalloc
import zlib

import pytest
from hypothesis import example, given, settings, strategies as st
from tests.support.elfwriter import FUNC, GLOBAL, IFUNC, LOCAL, UNDEFINED, Sym, Writer, note

from trapline.base.address import FileAddress, LoadBias
from trapline.base.errors import BadData
from trapline.elf.dynamic import Relocations
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable
from trapline.symbols.module import Module


@functools.cache
def sample(table: str | None, section_headers: bool) -> bytes:
    """A file that has everything."""
    inner = Writer()
    inner.symtab([Sym("hidden", inner.text + 8, 16)])
    writer = Writer(text=b"\xf3\x0f\x1e\xfa\xff\x25\0\x10\0\0" * 8)
    writer.add(".plt.sec", 1, b"\xf3\x0f\x1e\xfa\xff\x25\0\x10\0\0" + b"\x90" * 6, flags=6, align=16)
    writer.add(".interp", 1, b"/lib/ld.so\0")
    writer.segment(3, ".interp")
    writer.add(".note.gnu.build-id", 7, note(b"GNU", 3, bytes(20)))
    writer.segment(4, ".note.gnu.build-id", align=4)
    writer.dynamic(
        [
            Sym("puts", 0, 0, FUNC, GLOBAL, UNDEFINED),
            Sym("memcpy", writer.text, 8, FUNC, version=0x8002),
            Sym("memcpy", writer.text + 16, 8, IFUNC, version=3),
            *(Sym(f"function_{n}", writer.text + 4 * n, 4) for n in range(4)),
        ],
        table=table,
        needed=("libc.so.6",),
        soname="libmade.so",
        versions={2: "V1", 3: "V2"},
        slots=((writer.text, 37, 0, writer.text),),
        plt_slots=((writer.text + 8, 7, 1, 0),),
    )
    writer.symtab([Sym("main", writer.text, 16), Sym("local", writer.text + 32, 0, FUNC, LOCAL)])
    writer.add(".debug_info", 1, b"\1\0\0\0\0\0\0\0\x64" + bytes(15) + zlib.compress(bytes(100)), flags=0x800)
    writer.add(".gnu_debugdata", 1, lzma.compress(inner.bytes()), flags=0)
    writer.add(".gnu_debuglink", 1, b"made.debug\0\0abcd", flags=0)
    return writer.bytes(section_headers=section_headers)


def ask(question: object) -> None:
    """Ask one question, of which BadData is one of the answers."""
    try:
        answer = question() if callable(question) else question
        if hasattr(answer, "__iter__"):
            for _ in answer:
                pass
    except BadData as error:
        assert str(error) and "\n" not in str(error)


FACTS = (
    *("sections", "interpreter", "needed", "soname", "runpath", "build_id", "is_static", "is_pie"),
    *("debuglink", "text_segments", "dynamic"),
)


def ask_everything(data: bytes) -> None:
    try:
        image = Image.from_bytes(data, "hostile")
    except BadData:
        return
    for fact in FACTS:
        ask(functools.partial(getattr, image, fact))
    ask(image.executable_slack)
    ask(image.notes)
    ask(lambda: [image.section_bytes(section) for section in image.sections if section.size < 1 << 20])
    ask(lambda: image.read(image.entry, 16))
    table = SymbolTable(image)
    for name in ("main", "memcpy", "memcpy@V1", "function_2", "hidden", "missing"):
        table.lookup(name)
    for segment in image.segments:
        for address in (segment.vaddr, segment.vaddr + 4100, segment.vaddr + segment.memsz):
            table.at(FileAddress(address))
    ask(lambda: list(table))
    list(table.names())
    list(table.undefined())
    table.matching(re.compile("m").search)
    table.near("mian")
    relocations = Relocations(image, table)
    relocations.irelative_slots()
    relocations.jump_slots()
    for plt in relocations.plt:
        ask(functools.partial(relocations.plt_stub_at, plt.start))
    module = Module("hostile", LoadBias(0x1000), image=image)
    assert module.symbols("main") is not None
    assert module.problem is None or isinstance(module.problem, str)


@pytest.mark.parametrize("section_headers", [True, False])
@pytest.mark.parametrize("table", ["gnu", "sysv", None])
def test_the_sample_itself_is_whole(table: str | None, section_headers: bool) -> None:
    image = Image.from_bytes(sample(table, section_headers), "sample")
    symbols = SymbolTable(image)
    # Without a hash table and section headers nothing states how many dynamic symbols there are; a
    # relocation that names one tells of those up to it.
    counted = table is not None or section_headers
    assert [s.version for s in symbols.lookup("memcpy")] == (["V2", "V1"] if counted else [])
    assert list(symbols.undefined()) == ["puts"]
    assert bool(symbols.lookup("main")) == bool(symbols.lookup("hidden")) == section_headers
    assert symbols.problems == [] and image.needed == ("libc.so.6",)
    ask_everything(sample(table, section_headers))


patches = st.lists(
    st.tuples(
        st.integers(0, 1 << 14),
        st.sampled_from([1, 2, 4, 8]),
        st.one_of(
            st.sampled_from(
                [0, 1, 2, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
            ),
            st.integers(0, (1 << 64) - 1),
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150)
@given(st.sampled_from(["gnu", "sysv", None]), st.booleans(), patches, st.integers(0, 1 << 14))
@example("gnu", True, [(0, 1, 0)], 0)
def test_overwritten_fields(
    table: str | None, section_headers: bool, changes: list[tuple[int, int, int]], cut: int
) -> None:
    data = bytearray(sample(table, section_headers))
    # The filler between the headers and .text teaches nothing: aim at the rest.
    interesting = [*range(64 + 56 * 5), *range(4096, len(data))]
    for at, size, value in changes:
        place = interesting[at % len(interesting)]
        data[place : place + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    ask_everything(bytes(data[: len(data) - cut] if cut % 3 == 0 and cut < len(data) else data))


@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(["gnu", None]))
def test_noise_behind_a_good_header(noise: bytes, table: str | None) -> None:
    data = sample(table, True)
    ask_everything(data[:64] + noise + data[64 + len(noise) :])
    ask_everything(data[:64] + noise)


@pytest.mark.parametrize("value", [0, 1, 0x40, 0xFFFF, 0xFFFFFFFF, 1 << 40, (1 << 64) - 1])
@pytest.mark.parametrize("section_headers", [True, False])
def test_each_dynamic_value_lies(value: int, section_headers: bool) -> None:
    data = sample("gnu", section_headers)
    image = Image.from_bytes(data, "sample")
    start = next(segment.offset for segment in image.segments if segment.type == 2)
    for number in range(len(image.dynamic)):
        at = start + 16 * number + 8
        ask_everything(data[:at] + value.to_bytes(8, "little") + data[at + 8 :])


def test_a_file_of_lies_costs_little() -> None:
    """Half a million symbols that all name one long string and one address."""
    writer = Writer()
    writer.add(".strtab", 3, b"\0" + b"x" * 500_000 + b"\0", flags=0)
    index = writer.last_index
    entry = b"\1\0\0\0\x12\0\1\0" + writer.text.to_bytes(8, "little") + (1 << 40).to_bytes(8, "little")
    writer.add(".symtab", 2, entry * 500_000, flags=0, link=index)
    data = writer.bytes()
    tracemalloc.start()
    try:
        started = time.process_time()
        table = SymbolTable(Image.from_bytes(data, "hostile"))
        assert table.lookup("x") == ()
        assert sum(1 for _ in table.names()) < 100
        assert table.matching(re.compile("y").search) == ()
        spent = time.process_time() - started
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(data)
    assert spent < 30


def test_a_needle_that_is_all_of_a_string_without_an_end() -> None:
    """The string is given once, not a million times."""
    text = b"1f" * 1_000_000
    writer = Writer()
    writer.add(".strtab", 3, b"\0" + text, flags=0)
    entry = b"\1\0\0\0\x12\0\1\0" + writer.text.to_bytes(8, "little") + bytes(8)
    writer.add(".symtab", 2, entry, flags=0, link=writer.last_index)
    table = SymbolTable(Image.from_bytes(writer.bytes(), "hostile"))
    assert list(table.names_with([b"1f"])) == [text.decode()]
