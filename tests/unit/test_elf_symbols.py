from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from tests.support.elfwriter import (
    ABSOLUTE,
    BASE,
    FILE,
    FUNC,
    GLOBAL,
    IFUNC,
    LOCAL,
    NOTYPE,
    OBJECT,
    SECTION,
    TLS,
    UNDEFINED,
    WEAK,
    Sym,
    Writer,
)

from trapline.base.address import FileAddress
from trapline.elf import symbols as symbols_module
from trapline.elf.image import Image
from trapline.elf.symbols import SymbolTable, split_version
from trapline.elf.symtab import gnu_hash, sysv_hash

HASHES = ["gnu", "sysv", None]


def table_of(writer: Writer, *, section_headers: bool = True) -> SymbolTable:
    return SymbolTable(Image.from_bytes(writer.bytes(section_headers=section_headers), "made"))


def static(*symbols: Sym, tails: bool = True) -> SymbolTable:
    writer = Writer()
    writer.symtab(list(symbols), tails=tails)
    return table_of(writer)


def text(offset: int = 0) -> int:
    """A file address in .text, which the writer puts on the first page boundary."""
    return BASE + 4096 + offset


def name_at(table: SymbolTable, address: int) -> str | None:
    symbol = table.at(FileAddress(address))
    return symbol.name if symbol is not None else None


def test_hashes() -> None:
    """Source: glibc's own test of the GNU hash; gABI's function computed by hand."""
    assert gnu_hash(b"") == 5381 and gnu_hash(b"printf") == 0x156B2BB8 and gnu_hash(b"exit") == 0x7C967E3F
    assert sysv_hash(b"") == 0 and sysv_hash(b"printf") == 0x77905A6 and sysv_hash(b"exit") == 0x6CF04


def test_lookup_in_symtab() -> None:
    table = static(Sym("main", text(), 16), Sym("data", text(64), 8, OBJECT))
    (found,) = table.lookup("main")
    assert found == ("main", None, text(), 16, "function", "global", 1, True, True)
    assert table.lookup("data")[0].kind == "object"
    assert table.lookup("mai") == table.lookup("ain") == table.lookup("mainx") == table.lookup("") == ()


@pytest.mark.parametrize("name", ["a\0b", "main\0", "\ud800", "@", "@@", "main@", "@V"])
def test_odd_names_are_not_found(name: str) -> None:
    assert static(Sym("other", text(), 16)).lookup(name) == ()


def test_names_that_are_tails_of_others() -> None:
    symbols = [Sym("__libc_malloc", text(), 1), Sym("malloc", text(8), 1), Sym("loc", text(16), 1)]
    for tails in (True, False):
        table = static(*symbols, tails=tails)
        for symbol in symbols:
            (found,) = table.lookup(str(symbol.name))
            assert found.address == symbol.value


def test_a_tail_with_many_places() -> None:
    """The offsets of a short common tail are not followed one by one."""
    symbols = [Sym(f"x{n}_a", text(n), 1) for n in range(50)] + [Sym("a", text(100), 1)]
    table = static(*symbols, tails=False)
    assert [s.address for s in table.lookup("a")] == [text(100)]


def test_one_name_several_times() -> None:
    table = static(
        Sym("helper", text(0), 8, FUNC, LOCAL),
        Sym("helper", text(16), 8, FUNC, LOCAL),
        Sym("helper", text(32), 8, OBJECT, GLOBAL),
        Sym("helper", text(48), 8, FUNC, GLOBAL),
        Sym("helper", text(64), 0, NOTYPE, LOCAL),
    )
    assert [s.address - text() for s in table.lookup("helper")] == [48, 0, 16, 32, 64]


def test_files_and_sections_are_no_symbols() -> None:
    table = static(Sym("main.c", 0, 0, FILE, LOCAL, ABSOLUTE), Sym("", text(), 0, SECTION, LOCAL))
    assert table.lookup("main.c") == ()
    assert list(table.names()) == []
    assert name_at(table, text()) is None


def test_many_lookups_answer_as_the_first_ones() -> None:
    symbols = [Sym(f"function_{n}", text(n), 1) for n in range(60)]
    symbols += [Sym("versioned@V1", text(61), 1), Sym("versioned@@V2", text(62), 1)]
    table = static(*symbols)
    for _ in range(2):
        for n in range(60):
            assert [s.address for s in table.lookup(f"function_{n}")] == [text(n)]
        assert table.lookup("function_") == table.lookup("function_60") == ()
        assert [s.address for s in table.lookup("versioned")] == [text(62), text(61)]


def test_names_that_are_not_text() -> None:
    table = static(Sym(b"caf\xe9", text(), 4), Sym("größe", text(8), 4))
    assert table.lookup("caf\udce9")[0].address == text()
    assert table.lookup("größe")[0].address == text(8)
    assert list(table.names()) == ["caf\udce9", "größe"]


@pytest.mark.parametrize("section_headers", [True, False])
@pytest.mark.parametrize("table", HASHES)
def test_dynamic_symbols(table: str | None, section_headers: bool) -> None:
    writer = Writer()
    names = [f"exported_{n}" for n in range(40)]
    writer.dynamic(
        [
            Sym("puts", 0, 0, FUNC, GLOBAL, UNDEFINED),
            *(Sym(name, text(4 * n), 4) for n, name in enumerate(names)),
        ],
        table=table,
        # The imports are in no hash table: without headers a relocation tells that they exist.
        plt_slots=((text(200), 7, 41 if table is None else 1, 0),),
    )
    symbols = table_of(writer, section_headers=section_headers)
    for n, name in enumerate(names):
        (found,) = symbols.lookup(name)
        assert (found.address, found.size) == (text(4 * n), 4)
    assert symbols.lookup("puts") == symbols.lookup("exported_40") == ()
    assert list(symbols.undefined()) == ["puts"]
    assert sorted(symbols.names()) == sorted(names)
    assert symbols.problems == []


@pytest.mark.parametrize("table", HASHES)
def test_versions(table: str | None) -> None:
    writer = Writer()
    writer.dynamic(
        [
            Sym("memcpy", text(0), 8, FUNC, GLOBAL, version=0x8002),
            Sym("memcpy", text(16), 8, IFUNC, GLOBAL, version=3),
            Sym("plain", text(32), 8, FUNC, GLOBAL, version=1),
        ],
        table=table,
        versions={2: "GLIBC_2.2.5", 3: "GLIBC_2.14"},
    )
    symbols = table_of(writer)
    found = symbols.lookup("memcpy")
    assert [(s.version, s.is_default, s.kind) for s in found] == [
        ("GLIBC_2.14", True, "ifunc"),
        ("GLIBC_2.2.5", False, "function"),
    ]
    assert symbols.lookup("memcpy@GLIBC_2.2.5") == found[1:]
    assert symbols.lookup("memcpy@@GLIBC_2.14") == found[:1]
    assert symbols.lookup("memcpy@GLIBC_9") == ()
    assert symbols.lookup("plain")[0].version is None


def test_versions_written_into_static_names() -> None:
    table = static(
        Sym("old@V1", text(0), 4), Sym("old@@V2", text(8), 4), Sym("puts@V1", 0, 0, FUNC, GLOBAL, UNDEFINED)
    )
    assert [(s.name, s.version, s.is_default) for s in table.lookup("old")] == [
        ("old", "V2", True),
        ("old", "V1", False),
    ]
    assert list(table.undefined()) == ["puts"]
    assert sorted(table.names()) == ["old", "old"]


def test_split_version() -> None:
    assert split_version("memcpy@GLIBC_2.14") == ("memcpy", "GLIBC_2.14")
    assert split_version("memcpy@@GLIBC_2.14") == ("memcpy", "GLIBC_2.14")
    assert split_version("memcpy") == ("memcpy", None)
    assert split_version("@x") == ("@x", None)


def test_a_symbol_in_both_tables_is_one() -> None:
    writer = Writer()
    writer.dynamic([Sym("both", text(), 8, version=2)], versions={2: "V1"})
    writer.symtab([Sym("both", text(), 8), Sym("local", text(16), 8, FUNC, LOCAL)])
    table = table_of(writer)
    assert [(s.name, s.version) for s in table.lookup("both")] == [("both", "V1")]
    assert [s.name for s in table.matching(re.compile(".").search)] == ["both", "local"]


def test_a_plt_address_of_an_import_is_no_symbol() -> None:
    """A program that is not PIE gives an import whose address it takes the stub's address."""
    table = static(Sym("puts", text(32), 0, FUNC, GLOBAL, UNDEFINED), Sym("main", text(), 16))
    assert table.lookup("puts") == ()
    assert name_at(table, text(33)) is None
    assert name_at(table, text(8)) == "main"


# By address


def test_sized_symbols_contain_their_bytes() -> None:
    table = static(Sym("first", text(0), 8), Sym("second", text(16), 8))
    expected = ["first"] * 8 + [None] * 8 + ["second"] * 8 + [None] * 8
    assert [name_at(table, text(n)) for n in range(32)] == expected
    assert name_at(table, text(-1)) is None and name_at(table, 0) is None and name_at(table, 1 << 64) is None


def test_unsized_symbols_reach_to_the_next_or_the_section_end() -> None:
    table = static(Sym("first", text(0)), Sym("second", text(16), 8), Sym("third", text(32)))
    assert [name_at(table, text(n)) for n in (0, 15, 16, 23, 24, 32, 255, 256)] == [
        "first", "first", "second", "second", None, "third", "third", None,
    ]  # fmt: skip


def test_the_innermost_symbol_wins() -> None:
    table = static(Sym("outer", text(0), 64), Sym("inner", text(16), 8), Sym("label", text(40), 0, NOTYPE))
    assert [name_at(table, text(n)) for n in (15, 16, 23, 24, 40, 63, 64)] == [
        "outer", "inner", "inner", "outer", "outer", "outer", "label",
    ]  # fmt: skip


def test_a_symbol_far_behind_still_contains() -> None:
    inner = [Sym(f"inner_{n}", text(n), 1) for n in range(1, 50)]
    table = static(Sym("outer", text(0), 200), *inner)
    assert name_at(table, text(100)) == "outer"
    assert name_at(table, text(49)) == "inner_49"


@pytest.mark.parametrize(
    ("symbols", "chosen"),
    [
        ([Sym("_IO_puts", 0, 8), Sym("puts", 0, 8, FUNC, WEAK)], "puts"),
        ([Sym("local", 0, 8, FUNC, LOCAL), Sym("global", 0, 8)], "global"),
        ([Sym("zlocal", 0, 8, FUNC, LOCAL), Sym("aglobal", 0, 8, FUNC, WEAK)], "aglobal"),
        ([Sym("zlabel", 0, 0, NOTYPE), Sym("function", 0, 8)], "function"),
        ([Sym("zobject", 0, 8, OBJECT), Sym("function", 0, 8, FUNC, LOCAL)], "function"),
        ([Sym("old@V1", 0, 8), Sym("new", 0, 8)], "new"),
        ([Sym("absolute", 0, 8, OBJECT, GLOBAL, ABSOLUTE), Sym("function", 0, 8)], "function"),
        ([Sym("thread", 0, 8, TLS), Sym("function", 0, 8)], "function"),
        ([Sym("", 0, 8), Sym("function", 0, 8)], "function"),
    ],
)
def test_the_choice_at_one_address(symbols: list[Sym], chosen: str) -> None:
    moved = [symbol._replace(value=text(symbol.value)) for symbol in symbols]
    for order in (moved, moved[::-1]):
        assert name_at(static(*order), text(4)) == chosen


def test_sizes_that_lie() -> None:
    table = static(Sym("huge", text(0), (1 << 64) - 1), Sym("main", text(16), 8))
    assert name_at(table, text(20)) == "main"
    assert name_at(table, text(30)) == "huge"


def test_one_pass_answers_as_the_sorted_table_does(monkeypatch: pytest.MonkeyPatch) -> None:
    symbols = [
        Sym("outer", text(0), 100, FUNC),
        Sym("inner", text(20), 10, FUNC),
        Sym("alias", text(20), 10, FUNC, LOCAL),
        Sym("label", text(50), 0, NOTYPE),
        Sym("gap", text(120), 0, FUNC),
        Sym("after", text(130), 4, OBJECT),
        Sym("import", text(140), 4, FUNC, GLOBAL, UNDEFINED),
    ]
    writer = Writer()
    writer.dynamic([Sym("exported", text(150), 8)])
    writer.symtab(symbols)
    expected = [name_at(table_of(writer), address) for address in range(text(-8), text(264))]
    monkeypatch.setattr(symbols_module, "_SCANNED", 0)
    monkeypatch.setattr(symbols_module, "_SCANS", 1 << 30)
    scanning = table_of(writer)
    assert [name_at(scanning, address) for address in range(text(-8), text(264))] == expected
    assert set(expected) == {"outer", "inner", "label", "gap", "after", "exported", None}


def test_large_tables_are_read_in_pieces(tmp_path: Path) -> None:
    """More than is kept in memory: names across the pieces' borders, lookups by search and by index."""
    count = 25_000
    names = [f"a_function_with_a_longer_name_{n}" for n in range(count)]
    writer = Writer(text=bytes(count * 4))
    writer.symtab([Sym(name, text(4 * n), 4) for n, name in enumerate(names)], tails=False)
    path = tmp_path / "large"
    path.write_bytes(writer.bytes())
    table = SymbolTable(Image.open(str(path)))
    for n in (*range(0, count, count // 30), count - 1):
        (found,) = table.lookup(names[n])
        assert found.address == text(4 * n)
        assert name_at(table, text(4 * n + 3)) == names[n]
    assert sum(1 for _ in table.names()) == count
    assert len(table.matching(re.compile("_2499.$").search)) == 10
    assert table.problems == []


# Searching


def test_matching_is_a_search() -> None:
    table = static(Sym("alpha_one", text(0), 4), Sym("beta_one", text(8), 4), Sym("gamma", text(16), 4))
    assert [s.name for s in table.matching(re.compile("_one$").search)] == ["alpha_one", "beta_one"]
    assert [s.name for s in table.matching(re.compile("^g").search)] == ["gamma"]


def test_near_names() -> None:
    table = static(Sym("main", text(0), 4), Sym("compute_total", text(8), 4), Sym("x", text(16), 4))
    assert table.near("mian") == ("main",)
    assert table.near("compute_totl") == ("compute_total",)
    assert table.near("entirely_else") == ()


# Broken tables


def test_a_broken_table_does_not_hide_the_other() -> None:
    writer = Writer()
    writer.dynamic([Sym("exported", text(), 8)])
    writer.add(".symtab", 2, bytes(48), flags=0, link=99)
    table = table_of(writer)
    assert table.lookup("exported")[0].address == text()
    assert name_at(table, text(4)) == "exported"
    assert table.problems == ["made: .symtab: no string table"]


def test_names_outside_their_table() -> None:
    writer = Writer()
    writer.add(".strtab", 3, b"\0good\0no end", flags=0)
    index = writer.last_index
    raw = bytes(24)
    for name_at_, address in ((1, text(0)), (6, text(8)), (5000, text(16)), (0, text(24))):
        raw += (
            name_at_.to_bytes(4, "little")
            + b"\x12\0\x01\0"
            + address.to_bytes(8, "little")
            + bytes([8] + [0] * 7)
        )
    writer.add(".symtab", 2, raw, flags=0, link=index)
    table = table_of(writer)
    assert table.lookup("good")[0].address == text(0)
    assert table.lookup("no end") == ()
    assert list(table.names()) == ["good"]
    assert [name_at(table, text(n)) for n in (0, 8, 16, 24)] == ["good", None, None, None]


def test_names_that_unfold_without_end() -> None:
    writer = Writer()
    writer.add(".strtab", 3, b"\0" + b"x" * 100_000 + b"\0", flags=0)
    index = writer.last_index
    raw = bytes(24)
    for n in range(200):
        raw += struct.pack("<IBBHQQ", n + 1, 0x12, 0, 1, text(n), 0)
    writer.add(".symtab", 2, raw, flags=0, link=index)
    table = table_of(writer)
    assert sum(len(name) for name in table.names()) <= (1 << 20) + 16 * 100_002
    assert table.problems == ["made: .symtab: names overlap without end"]
    for _ in range(40):
        assert table.lookup("y") == ()


def test_hash_chains_that_are_rings() -> None:
    writer = Writer()
    writer.dynamic([Sym("first", text(0), 4), Sym("second", text(8), 4)], table="sysv", buckets=1)
    data = writer.bytes()
    # nbucket 1, nchain 3, the bucket, three chains: make 1 and 2 point at each other.
    at = next(offset for name, _, _, _, offset, *_ in writer.sections if name == ".hash")
    data = data[: at + 16] + (2).to_bytes(4, "little") + (1).to_bytes(4, "little") + data[at + 24 :]
    table = SymbolTable(Image.from_bytes(data, "made"))
    assert table.lookup("third") == ()
    assert table.lookup("first")[0].address == text(0)
