from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from tests.support.elfwriter import FUNC, GLOBAL, IFUNC, TLS, UNDEFINED, Sym, Writer

from trapline.base.address import FileAddress, LoadAddress, LoadBias
from trapline.elf.image import Image
from trapline.symbols.module import Module, Symbol

BIAS = LoadBias(0x7F0000000000)


def writer_with_symbols() -> Writer:
    writer = Writer()
    writer.dynamic(
        [
            Sym("puts", 0, 0, FUNC, GLOBAL, UNDEFINED),
            Sym("first", writer.text, 16),
            Sym("chosen", writer.text + 32, 8, IFUNC),
            Sym("per_thread", 16, 4, TLS),
        ],
        soname="libmade.so.1",
        plt_slots=((0x500000, 7, 1, 0), (0x500008, 37, 0, writer.text + 32)),
    )
    return writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "libmade.so.1.2"
    path.write_bytes(writer_with_symbols().bytes())
    return path


def test_symbols_are_at_load_addresses(path: Path) -> None:
    module = Module(str(path), BIAS, [(BIAS + 0x400000, BIAS + 0x402000)])
    symbol = module.symbol("first")
    text = writer_with_symbols().text
    assert symbol == Symbol("first", BIAS + text, 16, str(path))
    assert module.symbol_at(LoadAddress(BIAS + text + 15)) == symbol
    assert module.symbol_at(LoadAddress(BIAS + text + 16)) is None
    assert module.symbols("first") == (symbol,) == module.matching(re.compile("^fir"))
    assert module.symbol("nothing") is None and module.symbol("puts") is None
    assert module.to_load(FileAddress(text)) == BIAS + text
    assert module.to_file(LoadAddress(BIAS + text)) == text
    assert module.contains(LoadAddress(BIAS + 0x400000))
    assert not module.contains(LoadAddress(BIAS + 0x402000))
    assert module.problem is None


def test_thread_locals_have_no_load_address(path: Path) -> None:
    module = Module(str(path), BIAS)
    assert module.symbol("per_thread") is None
    assert module.matching(re.compile("per_thread")) == ()
    assert [symbol.kind for symbol in module.lookup("per_thread")] == ["tls"]


def test_slots(path: Path) -> None:
    module = Module(str(path), BIAS)
    (chosen,) = module.lookup("chosen")
    assert chosen.kind == "ifunc"
    assert module.ifunc_slot(chosen.address) == BIAS + 0x500008
    assert module.ifunc_slot(FileAddress(1)) is None
    assert module.import_slot("puts") == BIAS + 0x500000
    assert module.import_slot("nothing") is None


def test_a_symbol_is_an_address_and_pickles() -> None:
    symbol = Symbol("main", 0x401000, 16, "/bin/program")
    assert hex(symbol) == "0x401000"
    assert pickle.loads(pickle.dumps(symbol)) == symbol
    assert range(0x402000)[symbol] == 0x401000


def test_names(path: Path, tmp_path: Path) -> None:
    module = Module(str(path), BIAS)
    assert module.name == "libmade.so.1.2" and module.soname == "libmade.so.1"
    for name in ("libmade.so.1.2", "libmade.so.1", str(path)):
        assert module.answers_to(name)
    for name in ("libmade.so", "made", str(tmp_path / "libmade.so.1"), ""):
        assert not module.answers_to(name)
    (tmp_path / "link").symlink_to(path)
    assert module.answers_to(str(tmp_path / "link"))


def test_nothing_is_opened_before_it_is_asked(tmp_path: Path) -> None:
    module = Module(str(tmp_path / "late"), BIAS)
    assert module.name == "late" and module.problem is None
    (tmp_path / "late").write_bytes(writer_with_symbols().bytes())
    assert module.symbol("first") is not None


def test_a_missing_file_answers_with_nothing(tmp_path: Path) -> None:
    module = Module(str(tmp_path / "missing"), BIAS)
    assert module.image is None
    assert module.symbol("main") is None and module.symbols("main") == () == module.matching(re.compile("."))
    assert module.symbol_at(LoadAddress(BIAS)) is None and module.soname is None
    assert module.ifunc_slot(FileAddress(0)) is None and module.import_slot("puts") is None
    assert module.problem == f"{tmp_path}/missing: No such file or directory"


def test_a_broken_file_answers_with_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(11) + b"\x3e\0")
    module = Module(str(tmp_path / "broken"), BIAS)
    assert module.symbol("main") is None
    assert module.problem is not None and "past the end of the file" in module.problem


def test_a_broken_table_is_told(tmp_path: Path) -> None:
    writer = Writer()
    writer.add(".symtab", 2, bytes(48), flags=0, link=99)
    (tmp_path / "broken").write_bytes(writer.bytes())
    module = Module(str(tmp_path / "broken"), BIAS)
    assert module.symbol("main") is None
    assert module.problem == f"{tmp_path}/broken: .symtab: no string table"


def test_a_deleted_file_is_opened_elsewhere(path: Path, tmp_path: Path) -> None:
    module = Module(f"{tmp_path}/gone (deleted)", BIAS, open_path=str(path))
    assert module.path == f"{tmp_path}/gone" and module.name == "gone"
    symbol = module.symbol("first")
    assert symbol is not None and symbol.module == f"{tmp_path}/gone"


def test_an_image_from_memory() -> None:
    image = Image.from_bytes(writer_with_symbols().bytes(section_headers=False), "[vdso]")
    module = Module("[vdso]", BIAS, image=image)
    assert module.name == "[vdso]"
    assert module.symbol("first") is not None
    module.close()
    assert module.symbol("first") is not None


def test_close_and_ask_again(path: Path) -> None:
    module = Module(str(path), BIAS)
    assert module.symbol("first") is not None
    module.close()
    assert module.symbol("first") is not None
