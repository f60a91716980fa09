"""Types, functions and the variables of blocks against gdb, on the same binaries."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import gdb_says, programs

from trapline.base.address import LoadBias
from trapline.dwarf import constants as dw
from trapline.symbols.debuginfo import DebugInfo
from trapline.symbols.module import Module
from trapline.symbols.types import ArrayType, EnumType, PointerType, StructType, Type

CPP20 = ("-std=c++20",)
TYPES = [
    pytest.param(source, flags, compiler, id=f"{source} {compiler or ''} {' '.join(flags)}")
    for source, flags, compiler in [
        ("types_c.c", (), None),
        ("types_c.c", ("-gdwarf-4",), None),
        ("types_c.c", (), "clang"),
        ("types_c.c", ("-gdwarf-3",), "clang"),
        ("types_cpp.cpp", CPP20, None),
        ("types_cpp.cpp", (*CPP20, "-gdwarf-4", "-fdebug-types-section"), None),
        ("types_cpp.cpp", CPP20, "clang++"),
        ("scopes_cpp.cpp", CPP20, None),
        ("scopes_cpp.cpp", (*CPP20, "-gsplit-dwarf"), None),
    ]
]


@pytest.fixture
def debug() -> Iterator[Any]:
    """Open the debug information of a program."""
    modules: list[Module] = []

    def open_one(program: str) -> DebugInfo:
        modules.append(Module(program, LoadBias(0)))
        found = modules[-1].debug
        assert found is not None, modules[-1].problem
        return found

    yield open_one
    for module in modules:
        module.close()


def described(found: DebugInfo) -> dict[str, list[Any]]:
    """Return what `inside_gdb` says of types, as we see it."""
    answer: dict[str, list[Any]] = {}
    waiting: list[Type] = []
    for unit in found.dwarf.units:
        for die in unit.body.dies():
            name = die.find_string(dw.DW_AT_name)
            if die.tag == dw.DW_TAG_variable and name and not die.get(dw.DW_AT_declaration):
                for variable in found.scopes.variables(name):
                    answer["variable " + variable.qualified_name] = [str(variable.type), variable.type.size]
                    waiting.append(variable.type)
    while waiting:
        here = waiting.pop()
        while isinstance(here, (PointerType, ArrayType)) or here.strip() is not here:
            here = here.target if isinstance(here, (PointerType, ArrayType)) else here.strip()
        if here.name is None or here.name in answer:
            continue
        if isinstance(here, EnumType):
            answer[here.name] = [
                here.size,
                [[here.qualified(name), value] for name, value in here.enumerators],
            ]
        elif isinstance(here, StructType):
            bases = [
                [str(base.type), str(base.type), 8 * base.offset, 0, True]
                for base in here.bases
                if isinstance(base.offset, int)
            ]
            members = []
            for member in here.members:
                assert isinstance(member.offset, int)
                bits = member.bit_offset if member.bit_offset is not None else 8 * member.offset
                members.append([member.name, str(member.type), bits, member.bit_size or 0, False])
                waiting.append(member.type)
            waiting += [base.type for base in here.bases]
            answer[here.name] = [here.size or 0, bases + members]
    return answer


@pytest.mark.parametrize(("source", "flags", "compiler"), TYPES)
def test_sizes_offsets_and_names_are_gdbs(
    debug: Any, source: str, flags: tuple[str, ...], compiler: str | None
) -> None:
    program = programs.build(source, *flags, compiler=compiler)
    theirs = gdb_says.ask(program, "types", source)
    ours = described(debug(program))
    wrong = {
        name: (ours.get(name), said)
        for name, said in theirs.items()
        if ours.get(name) != said and not is_allowed(name, said, flags)
    }
    assert wrong == {}
    assert len(theirs) > 5


def is_allowed(name: str, said: list[Any], flags: tuple[str, ...]) -> bool:
    """Whether a difference from gdb 13 has a reason."""
    return (
        # clang says `unsigned __int128`, which gdb takes apart.
        said[0] == "unsigned int __int128"
        # gdb has no type without a description.
        or name == "variable null_pointer"
        # gdb takes the linker's name of a variable, tags and all.
        or "[abi:" in name
        # gcc leaves a namespace out of its type units; gdb guesses it from the methods' linkage names.
        or ("-fdebug-types-section" in flags and "::pointer" in str(said))
    )


BLOCKS = [
    pytest.param(source, flags, compiler, id=f"{source} {compiler or ''} {' '.join(flags)}")
    for source, flags, compiler in [
        ("scopes_c.c", (), None),
        ("scopes_c.c", ("-O2",), None),
        ("scopes_c.c", ("-Og", "-gdwarf-4"), None),
        ("scopes_c.c", ("-O2",), "clang"),
        ("scopes_cpp.cpp", CPP20, None),
        ("scopes_cpp.cpp", (*CPP20, "-O2"), None),
        ("scopes_cpp.cpp", (*CPP20, "-O2"), "clang++"),
        ("scopes_c.c", ("-O2", "-flto"), None),
        ("scopes_c.c", ("-O2", "-gsplit-dwarf"), None),
        ("scopes_c.c", ("-O2", "-gsplit-dwarf", "-gdwarf-4"), None),
        ("scopes_cpp.cpp", (*CPP20, "-gsplit-dwarf"), None),
        ("types_cpp.cpp", (*CPP20, "-O2"), None),
        ("scopes_rust.rs", (), None),
        ("scopes_rust.rs", ("-O",), None),
    ]
]


@pytest.mark.parametrize(("source", "flags", "compiler"), BLOCKS)
def test_functions_and_variables_at_addresses_are_gdbs(
    debug: Any, source: str, flags: tuple[str, ...], compiler: str | None
) -> None:
    program = programs.build(source, *flags, compiler=compiler)
    compare_blocks(debug(program), program, source)


def test_names_that_dwz_moved_to_another_file_are_found(debug: Any, tmp_path: Path) -> None:
    """A fault of the prototype: such files silently gave no names."""
    if shutil.which("dwz") is None:
        pytest.skip("no dwz here")
    copies = [str(tmp_path / name) for name in ("one", "two")]
    for copy in copies:
        shutil.copy(programs.build("scopes_cpp.cpp", *CPP20), copy)
    subprocess.run(["dwz", "-q", "-m", str(tmp_path / "common"), *copies], check=True)
    found = debug(copies[0])
    assert found.dwarf.supplementary is not None
    assert [one.signature for one in found.scopes.functions("Class::make")] == ["ns::Class::make(int)"]
    assert [str(one) for one in found.scopes.find_types("ns::Class")] == ["ns::Class"]
    compare_blocks(found, copies[0], "scopes_cpp.cpp")
    # What the shared entries say of source files is in numbers of the shared file's line table.
    (counted,), (whole,) = (
        one.scopes.variables("ns::Class::counted")
        for one in (found, debug(programs.build("scopes_cpp.cpp", *CPP20)))
    )
    last = list(counted.die.origins())[-1]
    assert last.unit.dwarf is found.dwarf.supplementary
    assert counted.declared is not None and whole.declared is not None
    assert Path(counted.declared.path).name == "scopes_cpp.cpp"
    assert counted.declared.line == whole.declared.line


def compare_blocks(found: DebugInfo, program: str, source: str) -> None:
    """Compare functions and variables with gdb's at some addresses of a source's unit."""
    addresses = sorted(addresses_of(found, source))
    assert addresses
    chosen = random.Random(source).sample(addresses, min(len(addresses), 150))
    theirs = gdb_says.ask(program, "blocks", source, *[f"{address:#x}" for address in chosen])
    wrong = {}
    for text, blocks in theirs.items():
        ours = stacked(found, int(text, 16))
        # gdb keeps the names of nested blocks in a hash table.
        said = [[name, names if name else sorted(names)] for name, names in blocks if name or names]
        if ours != said[: len(ours)] or (said and not ours):
            wrong[text] = ours, said
    assert wrong == {}


def addresses_of(found: DebugInfo, source: str) -> Iterator[int]:
    """Yield the addresses of the code of one source file's unit."""
    for unit in found.dwarf.units:
        name = unit.body.name or ""
        if source.split(".")[0] in name or name == "<artificial>":
            for start, end in unit.ranges():
                yield from range(start, end)


def stacked(found: DebugInfo, address: int) -> list[Any]:
    """Return what `inside_gdb` says of blocks, up to the function that is no inlined call."""
    answer: list[Any] = []
    for function in found.code.functions_at(address):
        *inner, own = [[variable.name for variable in block] for block in function.blocks_at(address)]
        answer += [[None, sorted(names)] for names in inner if names]
        answer.append([function.signature, own])
    return answer


BREAKS = {
    "scopes_c.c": ("doubled", "quadrupled", "main", "counter", "shadows", "nope"),
    "scopes_cpp.cpp": (
        "method", "Class::method", "ns::Class::method", "method(char const*)", "twice", "twice<int>", "main",
        "operator<", "Box<long, 2>::at", "Box::at", "convert", "~Class", "Class::Class", "overloaded",
        "overloaded(int)", "Nested::inner", "ns::v1::in_inline", "in_unnamed",
    ),
    "scopes_rust.rs": ("scopes_rust::main", "scopes_rust::outer::inner::free"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "flags", "compiler"),
    [
        ("scopes_c.c", (), None),
        ("scopes_c.c", ("-O2",), None),
        ("scopes_c.c", ("-O2",), "clang"),
        ("scopes_c.c", ("-O2", "-flto"), None),
        ("scopes_cpp.cpp", CPP20, None),
        ("scopes_cpp.cpp", (*CPP20, "-O2"), None),
        ("scopes_cpp.cpp", CPP20, "clang++"),
        ("scopes_rust.rs", (), None),
    ],
)
def test_functions_by_name_stop_where_gdb_stops(
    debug: Any, source: str, flags: tuple[str, ...], compiler: str | None
) -> None:
    program = programs.build(source, *flags, compiler=compiler)
    found = debug(program)
    theirs = gdb_says.ask(program, "breaks", source, *BREAKS[source])
    ours = {name: sorted({place.address for place in found.functions_named(name)}) for name in theirs}
    assert ours == theirs
