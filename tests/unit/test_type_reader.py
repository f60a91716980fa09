"""Types read from what compilers wrote; the sources are tests/programs/types_*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support import programs

from trapline.dwarf import constants as dw
from trapline.dwarf.die import Die
from trapline.dwarf.file import Dwarf
from trapline.elf.image import Image
from trapline.symbols.calling import passed_by_reference
from trapline.symbols.type_reader import TypeReader
from trapline.symbols.types import ArrayType, BaseType, DynamicCount, EnumType, StructType, Type

CPP20 = ("-std=c++20",)


class Variables:
    """The types of the variables of one program, by name, those in functions after those outside."""

    def __init__(self, program: str) -> None:
        self.image = Image.open(program)
        self.dwarf = Dwarf(self.image)
        self.reader = TypeReader()
        self._dies: dict[str, Die] = {}
        for unit in self.dwarf.units:
            for die in unit.dies():
                name = die.find_string(dw.DW_AT_name)
                if die.tag == dw.DW_TAG_variable and name and not die.get(dw.DW_AT_declaration):
                    self._dies.setdefault(name, die)

    def __getitem__(self, name: str) -> Type:
        return self.reader.type_of(self._dies[name])

    def struct(self, name: str) -> StructType:
        stripped = self[name].strip()
        assert isinstance(stripped, StructType)
        return stripped


@pytest.fixture
def variables() -> Iterator[Callable[..., Variables]]:
    """Read the variables of a program that is built from a source with flags and, if named, a compiler."""
    opened: list[Variables] = []

    def read(source: str, *flags: str, compiler: str | None = None) -> Variables:
        opened.append(Variables(programs.build(source, *flags, compiler=compiler)))
        return opened[-1]

    yield read
    for one in opened:
        one.image.close()


COMPILERS = [(compiler, f"-gdwarf-{version}") for compiler in (None, "clang") for version in (2, 3, 4, 5)]


@pytest.mark.parametrize(("compiler", "version"), COMPILERS)
def test_bit_fields_are_where_the_compiler_put_them(
    variables: Any, compiler: str | None, version: str
) -> None:
    """Both encodings give the same places, counted from the least significant bit of the first byte."""
    found = variables("types_c.c", version, compiler=compiler)
    fields = {m.name: (m.bit_offset, m.bit_size) for m in found.struct("a_bits").members}
    assert fields == {
        "a": (0, 3), "b": (3, 5), "c": (8, 40), "d": (64, 31), "e": (96, 1), "f": (97, 7), "g": (104, 2)
    }  # fmt: skip
    packed = {m.name: (m.offset, m.bit_offset, m.bit_size) for m in found.struct("a_packed").members}
    assert packed == {
        "tag": (0, None, None), "a": (1, 8, 13), "b": (2, 21, 47), "c": (8, 68, 9), "rest": (10, None, None)
    }  # fmt: skip


DECLARATIONS = {
    "short_integer": {"short", "short int"},
    "int128": {"__int128"},
    "boolean": {"_Bool"},
    "a_word": {"word"},
    "a_number": {"union number"},
    "an_opaque": {"struct opaque *"},
    "matrix": {"int [2][3]"},
    "pointer_to_array": {"int (*)[3]"},
    "text": {"const char * const"},
    "promised": {"const volatile int"},
    "restricted": {"char * restrict"},
    "atomic_integer": {"_Atomic int"},
    "nothing": {"void *"},
    "function_pointer": {"void (*)(void)"},
    "unprototyped": {"int (*)()"},
    "function_of_function": {"int (*(*)(int))(char)"},
}


@pytest.mark.parametrize("compiler", [None, "clang"])
def test_c_types_are_declared_as_in_the_source(variables: Any, compiler: str | None) -> None:
    found = variables("types_c.c", compiler=compiler)
    wrong = {name: str(found[name]) for name, shown in DECLARATIONS.items() if str(found[name]) not in shown}
    assert wrong == {}
    assert found["an_outer"].size == 120 and found["long_double"].size == 16
    outer = found.struct("an_outer")
    assert [(m.name, m.offset) for m in outer.members][:3] == [("kind", 0), (None, 8), ("next", 16)]
    assert outer.members[-1].type.size is None and outer.members[-1].offset == 120
    none = found.struct("a_zero").members[1].type
    assert isinstance(none, ArrayType) and none.dimensions[0] in (0, None)
    vector = found["a_vector"].strip()
    assert isinstance(vector, ArrayType) and vector.is_vector and vector.size == 16
    negative = found["a_negative"].strip()
    assert isinstance(negative, EnumType) and negative.is_signed and negative.enumerators[0].value == -1
    assert found["values"].size is None
    values = found["values"]
    assert isinstance(values, ArrayType) and isinstance(values.dimensions[0], DynamicCount)
    assert found.reader.problem is None


@pytest.mark.parametrize("compiler", [None, "clang++"])
def test_cpp_classes(variables: Any, compiler: str | None) -> None:
    found = variables("types_cpp.cpp", *CPP20, compiler=compiler)
    square = found.struct("square")
    assert (square.name, square.size, square.keyword) == ("shapes::Square", 40, "class")
    assert [(str(b.type), b.offset, b.access) for b in square.bases] == [
        ("shapes::Base", 0, "public"),
        ("shapes::Tagged", 12, "private"),
    ]
    assert [(m.name, m.offset) for m in square.members] == [
        ("nested", 20), ("size", 24), ("scale", 32), ("seen", 36)
    ]  # fmt: skip
    assert square.is_dynamic and not found.struct("empty").is_dynamic
    statics = {s.name: s.constant for s in square.static_members}
    assert statics == {"counted": None, "limit": 100}
    methods = {m.name: m for m in square.methods}
    assert methods["area"].is_virtual and methods["area"].virtual_index == 2
    assert methods["count"].is_static and str(methods["count"].type) == "int (int)"
    assert not methods["operator+="].is_static
    diamond = found.struct("diamond")
    left = diamond.bases[0].type.strip()
    assert isinstance(left, StructType)
    assert left.bases[0].is_virtual and isinstance(left.bases[0].offset, bytes)
    buffers = found.struct("buffers")
    assert buffers.name == "Buffer<Buffer<unsigned long, 2>, 2>"
    assert [(a.name, str(a.type), a.value) for a in buffers.template_arguments] == [
        ("T", "Buffer<unsigned long, 2>", None),
        ("N", "int", 2),
    ]
    assert [str(a.type) for a in found.struct("pack").template_arguments][:2] == ["int", "char"]
    assert str(found["in_anonymous_namespace"]) == "shapes::(anonymous namespace)::Unnamed"
    assert str(found["array_reference"]) == "int (&)[3]"
    assert str(found["rvalue_reference"]) == "int &&"
    assert str(found["data_member"]) == "int shapes::Square::*" and found["data_member"].size == 8
    assert found["function_member"].size == 16
    assert str(found["null_pointer"]).startswith("decltype(nullptr)")
    scoped = found["scoped"].strip()
    assert isinstance(scoped, EnumType) and scoped.is_scoped and scoped.size == 1
    assert scoped.enumerators[1].value == 200
    fields = {m.name: m.bit_offset for m in found.struct("bit_fields").members}
    assert fields == {"low": 0, "flag": 4, "plain": 5, "scoped": 8, "big": 14}
    for name in ("non_trivial", "square", "string", "unique"):
        assert passed_by_reference(found[name]), name
    for name in ("empty", "base_pointer", "bit_fields", "pack"):
        assert not passed_by_reference(found[name]), name
    assert found.reader.problem is None


def test_names_without_template_arguments_get_them(variables: Any) -> None:
    flags = (*CPP20, "-gsimple-template-names")
    found = variables("types_cpp.cpp", *flags, compiler="clang++")
    assert str(found["buffers"]) == "Buffer<Buffer<unsigned long, 2>, 2>"
    assert str(found["longs"]) == "std::vector<unsigned long, std::allocator<unsigned long> >"


def test_rust_enums_have_their_cases(variables: Any) -> None:
    found = variables("types_rust.rs")
    message = found.struct("moved")
    part = message.variant_part
    assert part is not None and part.discriminant is not None
    assert [variant.name for variant in part.variants] == ["Quit", "Move", "Write", "Color"]
    assert [len(variant.values) for variant in part.variants].count(0) == 1, "one lives in the others' niche"
    move = part.variants[1].member
    assert move is not None and isinstance(move.type, StructType)
    assert [m.name for m in move.type.members] == ["x", "y"]
    niche = found.struct("niche_none").variant_part
    assert niche is not None and {v.name: v.values for v in niche.variants} == {
        "Some": (), "Nothing": ((0, 0),)
    }  # fmt: skip
    single = found.struct("only").variant_part
    assert single is not None and single.discriminant is None and len(single.variants) == 1
    signed = found["negative"].strip()
    assert isinstance(signed, EnumType) and [e.value for e in signed.enumerators] == [-2, 3]


def test_rust_names(variables: Any) -> None:
    found = variables("types_rust.rs")
    shown = {
        "unit": "()", "text": "&str", "slice": "&[i16]", "array": "[i16; 4]", "matrix": "[[u8; 2]; 3]",
        "tuple": "(i32, f64, &str)", "point": "types_rust::shapes::Point", "pointer": "*const i32",
        "some": "core::option::Option<i32>", "function": "fn(i32) -> usize",
    }  # fmt: skip
    assert {name: str(found[name]) for name in shown} == shown
    assert found["wide"].size == 16
    character = found["character"]
    assert isinstance(character, BaseType) and character.size == 4 and character.encoding == dw.DW_ATE_UTF
