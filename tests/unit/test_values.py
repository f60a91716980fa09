"""Values over handmade types and memory: content, parts, limits, arithmetic, assignment, text."""

from __future__ import annotations

import gc
import math
import struct
import weakref
from typing import Any

import pytest
from tests.support.fakeprogram import FakeProgram

import trapline
from trapline.inspection import arithmetic, classes, numbers, vtables
from trapline.inspection.format import Options, text
from trapline.inspection.printers import presentation
from trapline.inspection.storage import (
    ConstantStorage,
    Part,
    PiecesStorage,
    RegisterStorage,
    UnavailableStorage,
)
from trapline.inspection.value import Value
from trapline.symbols.types import (
    ArrayType,
    Base,
    BaseType,
    Enumerator,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    Method,
    PointerType,
    QualifiedType,
    StaticMember,
    StructContent,
    StructType,
    Type,
    TypedefType,
    Variant,
    VariantPart,
    VoidType,
)

INT = BaseType("int", 4, 5)
UNSIGNED = BaseType("unsigned int", 4, 7)
LONG = BaseType("long", 8, 5)
SHORT = BaseType("short", 2, 5)
CHAR = BaseType("char", 1, 6)
UCHAR = BaseType("unsigned char", 1, 8)
BOOL = BaseType("_Bool", 1, 2)
FLOAT = BaseType("float", 4, 4)
DOUBLE = BaseType("double", 8, 4)
LONG_DOUBLE = BaseType("long double", 16, 4)
INT128 = BaseType("__int128", 16, 5)


def struct_of(name: str, *members: Member, size: int, language: str = "c", **rest: Any) -> StructType:
    return StructType("struct", name, size, StructContent(members=members, **rest), language)


POINT = struct_of("point", Member("x", INT, 0), Member("y", INT, 4), size=8)


@pytest.fixture
def program() -> FakeProgram:
    return FakeProgram()


def integer(program: FakeProgram, number: int, type: Type = INT) -> Value:
    return program.value(
        type, (number & ((1 << 8 * (type.size or 0)) - 1)).to_bytes(type.size or 0, "little")
    )


# -- scalars ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "data", "shown"),
    [
        (INT, b"\xff\xff\xff\xff", "-1"),
        (UNSIGNED, b"\xff\xff\xff\xff", "4294967295"),
        (CHAR, b"a", "97 'a'"),
        (CHAR, b"\xff", r"-1 '\377'"),
        (CHAR, b"\0", r"0 '\000'"),
        (CHAR, b"'", r"39 '\''"),
        (CHAR, b"\n", r"10 '\n'"),
        (BOOL, b"\1", "true"),
        (BOOL, b"\0", "false"),
        (BOOL, b"\2", "2"),
        (INT128, b"\xff" * 16, "-1"),
        (INT128, bytes(15) + b"\x40", "85070591730234615865843651857942052864"),
        (FLOAT, struct.pack("<f", 0.1), "0.100000001"),
        (DOUBLE, struct.pack("<d", 0.1), "0.10000000000000001"),
        (DOUBLE, struct.pack("<d", 1e300), "1.0000000000000001e+300"),
        (DOUBLE, struct.pack("<d", -0.0), "-0"),
        (DOUBLE, struct.pack("<d", float("inf")), "inf"),
        (DOUBLE, struct.pack("<Q", 0xFFF8000000000000), "-nan(0x8000000000000)"),
        (DOUBLE, struct.pack("<Q", 0x7FF0000000000001), "nan(0x000000001)"),
        (LONG_DOUBLE, bytes.fromhex("cdcccccccccccccc fb3f") + bytes(6), "0.100000000000000000001"),
        (LONG_DOUBLE, bytes.fromhex("0000000000000080 ff3f") + bytes(6), "1"),
        (LONG_DOUBLE, bytes.fromhex("0000000000000000 ff3f") + bytes(6), "<invalid float value>"),
        (LONG_DOUBLE, bytes.fromhex("00000000000000c0 ff7f") + bytes(6), "nan(0xc000000000000000)"),
        (BaseType("complex double", 16, 3), struct.pack("<dd", 1, -2.5), "1 + -2.5i"),
        (BaseType("_Float16", 2, 4), b"\x00\x3e", "1.5"),
        (BaseType("_Float128", 16, 4), bytes(14) + b"\xff\x3f", "1"),
        (BaseType("_Decimal64", 8, 15), (0x31800000000004D2 | 0x1C << 53).to_bytes(8, "little"), None),
        (BaseType("wchar_t", 4, 5), struct.pack("<i", 0x20AC), "8364 L'€'"),
        (BaseType("char16_t", 2, 16), b"a\0", "97 u'a'"),
        (BaseType("char", 4, 16, "rust"), b"a\0\0\0", "97 'a'"),
        (BaseType("i8", 1, 5, "rust"), b"a", "97"),
        (BaseType("()", 0, 7, "rust"), b"", "()"),
        (BaseType("_BitInt(5)", 1, 5, bit_size=5), b"\xf1", None),
        (BaseType("int", 4, 5, is_big_endian=True), b"\0\0\0\7", "7"),
    ],
)
def test_scalars_show_as_gdb_shows_them(
    program: FakeProgram, type: Type, data: bytes, shown: str | None
) -> None:
    value = program.value(type, data)
    if shown is not None:
        assert str(value) == shown


def test_decimal_and_bit_precise_numbers(program: FakeProgram) -> None:
    # 1234 * 10**-2: exponent 398 - 2 = 396 above a mantissa of 53 bits.
    data = (396 << 53 | 1234).to_bytes(8, "little")
    decimal = program.value(BaseType("_Decimal64", 8, 15), data)
    assert str(decimal) == "12.34" and float(decimal) == 12.34
    assert int(program.value(BaseType("_BitInt(5)", 1, 5, bit_size=5), b"\xf1")) == -15


def test_numbers_of_python(program: FakeProgram) -> None:
    value = integer(program, -5)
    assert (int(value), float(value), bool(value), bytes(value)) == (-5, -5.0, True, b"\xfb\xff\xff\xff")
    assert [10, 20, 30][integer(program, 1)] == 20 and f"{value:05d}" == "-0005" and f"{value}" == "-5"
    assert int(program.value(DOUBLE, struct.pack("<d", 2.9))) == 2
    assert value.to_python() == -5 and program.value(BOOL, b"\1").to_python() is True
    with pytest.raises(trapline.EvaluationError):
        int(program.value(DOUBLE, struct.pack("<d", float("nan"))))
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_enums(program: FakeProgram) -> None:
    color = EnumType("color", 4, [Enumerator("RED", 0), Enumerator("GREEN", 1), Enumerator("BLUE", 5)])
    flags = EnumType("flags", 4, [Enumerator("A", 1), Enumerator("B", 2), Enumerator("C", 4)])
    scoped = EnumType("ns::E", 4, [Enumerator("One", 1)], "c++", is_scoped=True)
    signed = EnumType("s", 4, [Enumerator("MINUS", -1), Enumerator("TWO", 3)])
    assert [str(integer(program, n, color)) for n in (0, 5, 7)] == ["RED", "BLUE", "7"]
    assert [str(integer(program, n, flags)) for n in (0, 1, 3, 9, 8)] == [
        "0",
        "A",
        "(A | B)",
        "(A | unknown: 0x8)",
        "(unknown: 0x8)",
    ]
    assert str(integer(program, 1, scoped)) == "ns::E::One"
    assert str(integer(program, -1, signed)) == "MINUS" and int(integer(program, -5, signed)) == -5
    value = integer(program, 1, color)
    assert value == "GREEN" and value == 1 and value.variant == "GREEN" and value.to_python() == "GREEN"


# -- where bytes are -------------------------------------------------------------------------------


def test_a_scalar_keeps_what_it_read_and_more_is_stale(program: FakeProgram) -> None:
    program.put(0x1000, struct.pack("<iiQ", 1, 2, 0x1000))
    scalar, point, pointer = (
        program.at(INT, 0x1000),
        program.at(POINT, 0x1000),
        program.at(PointerType(INT), 0x1008),
    )
    unread = program.at(POINT, 0x1000)
    assert str(point) == "{x = 1, y = 2}"
    program.go_on()
    program.put(0x1000, bytes(16))
    assert int(scalar) == 1 and str(scalar) == "1" and int(pointer) == 0x1000
    assert str(point) == "{x = 1, y = 2}" and int(point["y"]) == 2
    for more in (lambda: unread["x"], pointer.dereference, lambda: str(unread), lambda: scalar.set(3)):
        with pytest.raises(trapline.StaleError):
            more()


def test_memory_that_is_not_there(program: FakeProgram) -> None:
    missing = program.at(INT, 0x10)
    assert missing.unavailable == "Cannot access memory at address 0x10"
    assert str(missing) == "<error: Cannot access memory at address 0x10>"
    with pytest.raises(trapline.ValueUnavailable, match="0x10"):
        int(missing)
    assert str(program.at(POINT, 0x10)) == "<error: Cannot access memory at address 0x10>"
    assert program.at(POINT, 0x10).unavailable is not None
    program.put(0x2000, struct.pack("<i", 7))
    partial = program.at(POINT, 0x2000)
    assert str(partial) == "{x = 7, y = <error: Cannot access memory at address 0x2004>}"
    assert partial.unavailable is None


def test_optimized_out_and_pieces(program: FakeProgram) -> None:
    gone = Value.missing(program, INT)
    assert gone.unavailable == "optimized out" and str(gone) == "<optimized out>" == str(
        Value.missing(program, POINT)
    )
    register = RegisterStorage("rax", lambda: struct.pack("<q", 0x0000000500000004))
    pieces = PiecesStorage([Part(UnavailableStorage(), 32), Part(register, 32, 32)])
    point = Value(POINT, pieces, program)
    assert str(point) == "{x = <optimized out>, y = 5}" and point.unavailable is None
    with pytest.raises(trapline.ValueUnavailable):
        point["x"] + 1
    whole = Value(POINT, PiecesStorage([Part(register, 32, 32), Part(register, 32)]), program)
    assert bytes(whole) == struct.pack("<ii", 5, 4)


def test_registers_are_read_once_and_written_whole(program: FakeProgram) -> None:
    content = [bytes(range(8))]
    storage = RegisterStorage("rbx", lambda: content[0], lambda data: content.__setitem__(0, data))
    value = Value(SHORT, storage, program)
    value.set(-1)
    assert content[0] == b"\xff\xff\2\3\4\5\6\7" and int(value) == -1
    with pytest.raises(trapline.UsageError, match="cannot be assigned"):
        Value(INT, RegisterStorage("rip", lambda: bytes(8)), program).set(1)


def test_bit_fields(program: FakeProgram) -> None:
    flags = struct_of(
        "flags",
        Member("a", UNSIGNED, 0, 3, 0),
        Member("b", INT, 0, 5, 3),
        Member("c", BaseType("unsigned long", 8, 7), 0, 40, 8),
        Member("d", BOOL, 6, 1, 55),
        size=8,
    )
    word = 5 | (0b10001 << 3) | (0x123456789A << 8) | 1 << 55
    program.put(0x1000, word.to_bytes(8, "little"))
    value = program.at(flags, 0x1000)
    assert str(value) == "{a = 5, b = -15, c = 78187493530, d = true}"
    assert value["c"].address is None and int(value["c"]) == 0x123456789A
    value["b"].set(7)
    value["c"] = 1
    assert str(value) == "{a = 5, b = 7, c = 1, d = true}"
    with pytest.raises(trapline.UsageError, match="does not fit"):
        value["a"].set(8)
    assert value["b"].format("x") == "0x7"


# -- parts -----------------------------------------------------------------------------------------


def test_members_of_structures_pointers_and_anonymous_ones(program: FakeProgram) -> None:
    union = StructType("union", None, 4, StructContent((Member("i", INT, 0), Member("f", FLOAT, 0))))
    outer = struct_of("outer", Member("n", INT, 0), Member(None, union, 4), Member("p", POINT, 8), size=16)
    program.put(0x1000, struct.pack("<ifii", 1, 1.5, 3, 4))
    value = program.at(outer, 0x1000)
    assert str(value) == "{n = 1, {i = 1069547520, f = 1.5}, p = {x = 3, y = 4}}"
    assert float(value["f"]) == 1.5 and value["p"]["y"].address == 0x100C
    assert [name for name, _ in value.items()] == ["n", "i", "f", "p"] == list(value) and len(value) == 4
    assert value.to_python() == {"n": 1, "i": 1069547520, "f": 1.5, "p": {"x": 3, "y": 4}}
    pointer = integer(program, 0x1000, PointerType(outer))
    assert int(pointer["p"]["x"]) == 3 and pointer.dereference().address == 0x1000
    with pytest.raises(trapline.VariableNotFound, match=r"no member called 'q'.*p") as caught:
        value["q"]
    assert isinstance(caught.value, KeyError) and "n" in value and "z" not in value


def test_arrays_index_as_python_and_pointers_as_c(program: FakeProgram) -> None:
    program.put(0x1000, struct.pack("<6i", 1, 2, 3, 4, 5, 6))
    array = program.at(ArrayType(INT, [2, 3]), 0x1000)
    assert str(array) == "{{1, 2, 3}, {4, 5, 6}}" and len(array) == 2 and int(array[-1][2]) == 6
    assert [[int(cell) for cell in row] for row in array] == [[1, 2, 3], [4, 5, 6]] == array.to_python()
    assert [int(cell) for cell in array[0][1:]] == [2, 3]
    with pytest.raises(IndexError):
        array[2]
    pointer = integer(program, 0x1008, PointerType(INT))
    assert int(pointer[-2]) == 1 and int((pointer + 1).dereference()) == 4 and int(pointer[1]) == 4
    assert str(array.format("x")) == "{{0x1, 0x2, 0x3}, {0x4, 0x5, 0x6}}"


def test_repeats_and_limits_of_arrays(program: FakeProgram) -> None:
    program.put(0x1000, struct.pack("<300i", *([7] * 11 + [8] * 10 + list(range(279)))))
    array = program.at(ArrayType(INT, [300]), 0x1000)
    shown = str(array)
    assert shown.startswith("{7 <repeats 11 times>, " + "8, " * 10 + "0, 1, 2, ") and shown.endswith(
        "179...}"
    )
    big = program.at(ArrayType(INT, [1 << 40]), 0x1000)
    assert str(big).endswith("...}")
    program.put(0x100000, bytes(1 << 20))
    assert str(program.at(ArrayType(INT, [1 << 18]), 0x100000)) == "{0 <repeats 262144 times>}"
    assert text(array, Options(elements=3, repeats=1000)) == "{7, 7, 7...}"


def test_depth_has_a_limit(program: FakeProgram) -> None:
    here: Type = INT
    for level in range(30):
        here = struct_of(f"s{level}", Member("m", here, 0), size=4)
    assert str(program.value(here, b"\1\0\0\0")) == "{m = " * 20 + "{...}" + "}" * 20
    assert text(program.value(here, b"\1\0\0\0"), Options(depth=1)) == "{m = {...}}"


def test_a_structure_that_contains_itself_ends(program: FakeProgram) -> None:
    itself = StructType(
        "struct", "loop", 4, lambda: StructContent((Member(None, itself, 0), Member("a", INT, 0)))
    )
    program.put(0x1000, struct.pack("<i", 1))
    value = program.at(itself, 0x1000)
    assert len(str(value)) < 2000
    with pytest.raises(trapline.VariableNotFound):
        value["nope"]
    base = StructType("struct", "base", 4, lambda: StructContent(bases=(Base(base, 0),)), "c++")
    assert len(str(program.at(base, 0x1000))) < 2000


# -- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"abc\0", '"abc"'),
        (b"abc", '"abc"'),
        (b"abc\0\0\0", r'"abc\000\000"'),
        (b"abc" + bytes(20), r""""abc", '\000' <repeats 19 times>"""),
        (b"\0" * 12, r"'\000' <repeats 11 times>"),
        (b"", ""),
        (b'a"b\\\t\x01\0', r'"a\"b\\\t\001"'),
        ("aé€".encode() + b"\xff\0", r'"aé€\377"'),
        (b"ab\xc3", r'"ab", <incomplete sequence \303>'),
        (b"x" * 12 + b"yz", "'x' <repeats 12 times>, \"yz\""),
        (b"abcdefghij" * 30, '"' + "abcdefghij" * 20 + '"...'),
    ],
)
def test_character_arrays(program: FakeProgram, data: bytes, shown: str) -> None:
    value = program.at(ArrayType(CHAR, [len(data)]), 0x1000)
    program.put(0x1000, data)
    assert str(value) == shown or not data


def test_wide_strings_and_escapes_after_hexadecimal(program: FakeProgram) -> None:
    wide = BaseType("wchar_t", 4, 5)
    data = "añ".encode("utf-32-le") + struct.pack("<II", 0x110000, ord("a")) + bytes(4)
    assert str(program.value(ArrayType(wide, [5]), data)) == r'L"añ\x110000\141"'
    utf16 = "😀b".encode("utf-16-le") + bytes(2)
    assert str(program.value(ArrayType(BaseType("char16_t", 2, 16), [4]), utf16)) == 'u"😀b"'


def test_pointers(program: FakeProgram) -> None:
    program.put(0x1000, b"hello\0" + b"y" * 300)
    program.names[0x400000] = "f"
    char = PointerType(CHAR)
    const = PointerType(QualifiedType(CHAR, "const"))
    assert str(integer(program, 0x1000, char)) == '0x1000 "hello"' == str(integer(program, 0x1000, const))
    assert (
        str(integer(program, 0, char)) == "0x0"
        and str(integer(program, 0, PointerType(INT))) == "(int *) 0x0"
    )
    assert str(integer(program, 0x1006, char)) == "0x1006 'y' <repeats 200 times>..."
    assert str(integer(program, 0x10, char)) == "0x10 <error: Cannot access memory at address 0x10>"
    assert (
        str(integer(program, 0x1000 + 304, char))
        == '0x1130 "yy"<error: Cannot access memory at address 0x1132>'
    )
    byte = TypedefType("byte", UCHAR)
    assert str(integer(program, 0x1000, PointerType(byte))) == '(byte *) 0x1000 "hello"'
    function = PointerType(FunctionType(INT, [INT]))
    assert str(integer(program, 0x400000, function)) == "(int (*)(int)) 0x400000 <f>"
    assert str(integer(program, 0x400004, PointerType(VoidType()))) == "(void *) 0x400004 <f+4>"
    holder = struct_of("h", Member("f", function, 0), Member("s", char, 8), size=16)
    assert (
        str(program.value(holder, struct.pack("<QQ", 0x400000, 0x1000)))
        == '{f = 0x400000 <f>, s = 0x1000 "hello"}'
    )
    assert str(program.at(FunctionType(INT, [INT]), 0x400000)) == "{int (int)} 0x400000 <f>"
    assert integer(program, 0x1000, char).to_python() == "hello" and integer(program, 0x1000, char) == "hello"
    assert text(integer(program, 0x400000, function), Options(top=False)) == "0x400000 <f>"
    with pytest.raises(trapline.EvaluationError, match="void"):
        integer(program, 0x400004, PointerType(VoidType())).dereference()


def test_flexible_and_empty_arrays_show_where_they_begin(program: FakeProgram) -> None:
    packet = struct_of("packet", Member("n", INT, 0), Member("data", ArrayType(INT, [None]), 4), size=4)
    program.put(0x1000, struct.pack("<3i", 2, 8, 9))
    value = program.at(packet, 0x1000)
    assert str(value) == "{n = 2, data = 0x1004}" and int(value["data"][1]) == 9
    with pytest.raises(trapline.EvaluationError, match="length"):
        len(value["data"])


@pytest.mark.parametrize(
    ("letter", "type", "data", "shown"),
    [
        ("x", INT, b"\xff\xff\xff\xff", "0xffffffff"),
        ("d", UNSIGNED, b"\xff\xff\xff\xff", "-1"),
        ("u", INT, b"\xff\xff\xff\xff", "4294967295"),
        ("o", INT, b"\x08\0\0\0", "010"),
        ("t", INT, b"\x05\0\0\0", "101"),
        ("z", INT, b"\x05\0\0\0", "0x00000005"),
        ("c", INT, b"a\0\0\0", "97 'a'"),
        ("f", INT, struct.pack("<f", 1.5), "1.5"),
        ("f", SHORT, b"\5\0", "5"),
        ("x", DOUBLE, struct.pack("<d", 3.5), "0x400c000000000000"),
        ("a", LONG, (0x400010).to_bytes(8, "little"), "0x400010 <f+16>"),
        ("x", CHAR, b"\xff", "0xff"),
        ("x", PointerType(INT), bytes(8), "0x0"),
        ("x", ArrayType(CHAR, [2]), b"ab", "{0x61, 0x62}"),
        ("s", ArrayType(UCHAR, [3]), b"ab\0", '"ab"'),
    ],
)
def test_format_letters(program: FakeProgram, letter: str, type: Type, data: bytes, shown: str) -> None:
    program.names[0x400000] = "f"
    assert program.value(type, data).format(letter) == shown


def test_an_unknown_letter_is_named(program: FakeProgram) -> None:
    with pytest.raises(trapline.UsageError, match="no format 'y'"):
        integer(program, 1).format("y")


# -- C++ -------------------------------------------------------------------------------------------


def test_classes(program: FakeProgram) -> None:
    base = struct_of("Base", Member("b", INT, 0), size=4, language="c++")
    empty = struct_of("Empty", size=1, language="c++")
    derived = struct_of(
        "Derived",
        Member("d", INT, 4),
        size=8,
        language="c++",
        bases=(Base(base, 0), Base(empty, 0)),
        static_members=(StaticMember("count", INT, "count", None, "public", 0),),
    )
    program.put(0x1000, struct.pack("<ii", 1, 2))
    program.put(0x2000, struct.pack("<i", 9))
    program.names[0x2000] = "count"
    value = program.at(derived, 0x1000)
    shown = "{<Base> = {b = 1}, <Empty> = {<No data fields>}, static count = 9, d = 2}"
    assert str(value) == shown
    assert int(value["b"]) == 1 and int(value["count"]) == 9 and str(value["Base"]) == "{b = 1}"
    assert value.to_python() == {"b": 1, "d": 2}
    reference = integer(program, 0x1000, PointerType(derived, "&", language="c++"))
    assert str(reference) == f"(Derived &) @0x1000: {shown}" and int(reference["d"]) == 2
    assert reference.address == 0x1000
    number = integer(program, 0x1004, PointerType(INT, "&", language="c++"))
    assert str(number) == "(int &) @0x1004: 2" and int(number) == 2 and number + 1 == 3
    number.set(5)
    assert int(value["d"]) == 5
    up = arithmetic.cast(integer(program, 0x1000, PointerType(derived)), PointerType(base))
    assert int(up) == 0x1000 and str(up) == "(Base *) 0x1000"
    pretty = text(value, Options(pretty=True))
    assert pretty == (
        "{\n  <Base> = {\n    b = 1\n  }, \n  <Empty> = {<No data fields>}, \n  members of Derived:\n"
        "  static count = 9,\n  d = 5\n}"
    )


def test_bases_that_are_come_by_in_many_ways(program: FakeProgram) -> None:
    """Forty classes, each with the one before for two bases: each is looked into once."""
    vptr = Member("_vptr.Root", PointerType(VoidType()), 0)
    number = Method("number", None, FunctionType(INT, [], True), False, True, 0, False)
    root = struct_of("Root", vptr, Member("r", INT, 8), size=16, language="c++", methods=(number,))
    last = root
    for level in range(40):
        bases = Base(last, 0), Base(last, 0)
        last = struct_of(f"Level{level}", size=16, language="c++", bases=bases)
    program.put(0x1000, struct.pack("<Qii", 0x2000, 7, 0))
    program.put(0x2000, struct.pack("<Q", 0x4000))
    whole = program.at(last, 0x1000)
    assert int(whole["r"]) == 7
    with pytest.raises(trapline.VariableNotFound, match=r"it has _vptr\.Root, r$"):
        whole["nothing"]
    assert classes.base_path(last, POINT) is None
    assert [one.name for one in classes.with_bases(last)][-2:] == ["Level0", "Root"]
    (table,) = vtables.virtual_tables(whole)
    assert (table.place, table.address, table.functions) == (0x1000, 0x2000, (0x4000,))


def test_pointers_to_members(program: FakeProgram) -> None:
    holder = struct_of("A", Member("x", INT, 0), Member("y", INT, 4), size=8, language="c++")
    data = MemberPointerType(INT, lambda: holder, 8)
    assert str(integer(program, 4, data)) == "&A::y" and str(integer(program, -1, data)) == "NULL"
    method = MemberPointerType(FunctionType(INT, [PointerType(holder), INT], "c++"), lambda: holder, 16)
    program.names[0x400000] = "A::f(int)"
    shown = str(program.value(method, struct.pack("<QQ", 0x400000, 0)))
    assert shown.endswith(" 0x400000 <A::f(int)>") and str(program.value(method, bytes(16))) == "NULL"


def test_the_class_that_an_object_really_has(program: FakeProgram) -> None:
    vptr = Member("_vptr.Base", PointerType(VoidType()), 0)
    base = struct_of("Base", vptr, size=8, language="c++")
    derived = struct_of(
        "Derived", Member("d", INT, 16), size=24, language="c++", bases=(Base(POINT, 0), Base(base, 8))
    )
    program.types["Derived"] = derived
    program.names[0x5000] = "vtable for Derived"
    program.put(0x5000, struct.pack("<qQQ", -8, 0, 0))
    program.put(0x1000, struct.pack("<iiQii", 1, 2, 0x5010, 7, 0))
    pointer = integer(program, 0x1008, PointerType(base, language="c++"))
    assert str(pointer.dynamic) == "(Derived *) 0x1000" and int(pointer.dynamic["d"]) == 7
    assert program.at(base, 0x1008).dynamic.type is derived
    program.put(0x2000, struct.pack("<Q", 0x6010))
    nameless = integer(program, 0x2000, PointerType(base, language="c++"))
    assert nameless.dynamic is nameless


# -- Rust ------------------------------------------------------------------------------------------

I32 = BaseType("i32", 4, 5, "rust")
U8 = BaseType("u8", 1, 7, "rust")
USIZE = BaseType("usize", 8, 7, "rust")


def rust_struct(name: str, *members: Member, size: int, **rest: Any) -> StructType:
    return struct_of(name, *members, size=size, language="rust", **rest)


def test_rust_enums_with_a_discriminant_and_with_a_niche(program: FakeProgram) -> None:
    none = rust_struct("core::option::Option<i32>::None", size=8)
    some = rust_struct("core::option::Option<i32>::Some", Member("__0", I32, 4), size=8)
    tag = Member(None, BaseType("u32", 4, 7, "rust"), 0, is_artificial=True)
    part = VariantPart(
        tag,
        (
            Variant("None", ((0, 0),), Member("None", none, 0)),
            Variant("Some", ((1, 1),), Member("Some", some, 0)),
        ),
    )
    option = rust_struct("core::option::Option<i32>", size=8, variant_part=part)
    five, nothing = program.value(option, struct.pack("<ii", 1, 5)), program.value(option, bytes(8))
    assert (
        str(five) == "core::option::Option<i32>::Some(5)"
        and str(nothing) == "core::option::Option<i32>::None"
    )
    assert five.variant == "Some" and nothing.variant == "None"
    assert five.to_python() == 5 and nothing.to_python() is None and int(five[0]) == 5 and int(five["0"]) == 5
    broken = program.value(option, struct.pack("<ii", 9, 5))
    assert "<error: no variant" in str(broken)
    with pytest.raises(trapline.EvaluationError):
        broken[0]
    pointer = PointerType(I32, name="&i32", language="rust")
    niche = rust_struct(
        "Option<&i32>",
        size=8,
        variant_part=VariantPart(
            Member(None, BaseType("u64", 8, 7, "rust"), 0),
            (
                Variant("None", ((0, 0),), Member("None", rust_struct("None", size=8), 0)),
                Variant(
                    "Some", (), Member("Some", rust_struct("Some", Member("__0", pointer, 0), size=8), 0)
                ),
            ),
        ),
    )
    assert str(program.value(niche, bytes(8))) == "None"
    assert str(program.value(niche, (0x1000).to_bytes(8, "little"))) == "Some(0x1000)"


def test_rust_strings_slices_tuples_and_structures(program: FakeProgram) -> None:
    program.put(0x1000, "héllo".encode() + struct.pack("<4i", 1, 2, 3, 4))
    str_ = rust_struct(
        "&str", Member("data_ptr", PointerType(U8, language="rust"), 0), Member("length", USIZE, 8), size=16
    )
    value = program.value(str_, struct.pack("<QQ", 0x1000, 6))
    assert str(value) == '"héllo"' and value.to_python() == "héllo" and value == "héllo" and len(value) == 5
    slice_ = rust_struct(
        "&[i32]",
        Member("data_ptr", PointerType(I32, language="rust"), 0),
        Member("length", USIZE, 8),
        size=16,
    )
    numbers = program.value(slice_, struct.pack("<QQ", 0x1006, 4))
    assert (
        str(numbers) == "&[i32] [1, 2, 3, 4]"
        and numbers.to_python() == [1, 2, 3, 4]
        and int(numbers[-1]) == 4
    )
    assert [int(number) for number in numbers] == [1, 2, 3, 4]
    huge = program.value(slice_, struct.pack("<QQ", 0x1006, 1 << 60))
    assert len(str(huge)) < 20_000
    tuple_ = rust_struct("(i32, u8)", Member("__0", I32, 0), Member("__1", U8, 4), size=8)
    pair = program.value(tuple_, struct.pack("<ii", -3, 4))
    assert str(pair) == "(-3, 4)" and pair.to_python() == (-3, 4) and int(pair[1]) == 4
    point = rust_struct("krate::Point", Member("x", I32, 0), Member("y", I32, 4), size=8)
    assert str(program.value(point, struct.pack("<ii", 1, 2))) == "krate::Point {x: 1, y: 2}"
    assert str(program.value(rust_struct("krate::Unit", size=0), b"")) == "krate::Unit"
    array = ArrayType(I32, [3], language="rust")
    assert str(program.value(array, struct.pack("<3i", 1, 2, 3))) == "[1, 2, 3]"


# -- arithmetic ------------------------------------------------------------------------------------


def test_usual_conversions(program: FakeProgram) -> None:
    minus, big = integer(program, -1), integer(program, 4294967295, UNSIGNED)
    assert (minus < big) is False and minus == big, "as C has it: -1 becomes unsigned"
    assert minus < integer(program, 4294967295, BaseType("long", 8, 5))
    assert str((integer(program, 200, UCHAR) + integer(program, 100, UCHAR)).type) == "int"
    assert int(integer(program, 200, UCHAR) + 100) == 300
    assert int(integer(program, 2147483647) + 1) == -2147483648, "int wraps"
    assert int(integer(program, 1) - integer(program, 2, UNSIGNED)) == 4294967295
    assert (
        int(integer(program, -7) / 2) == -3
        and int(integer(program, -7) % 2) == -1
        and int(7 // integer(program, -2)) == -3
    )
    assert float(integer(program, 1) / 2.0) == 0.5 and str((integer(program, 1) * 1.5).type) == "double"
    assert (
        int(integer(program, 1) << 4) == 16
        and int(~integer(program, 0)) == -1
        and int(-integer(program, 5)) == -5
    )
    assert int(integer(program, 1) << 40) == 0 and int(integer(program, -8) >> 1) == -4
    assert int(3 + integer(program, 4)) == 7 and abs(integer(program, -3)) == 3 and integer(program, 9) < 10
    with pytest.raises(trapline.EvaluationError, match="Division by zero"):
        integer(program, 1) / 0
    with pytest.raises(TypeError):
        integer(program, 1) + "a"
    with pytest.raises(trapline.EvaluationError):
        program.value(POINT, bytes(8)) + 1
    assert integer(program, 5) != None and (integer(program, 5) == "five") is False  # noqa: E711
    assert integer(program, 5) < 1 << 200


def test_long_double_arithmetic_is_exact(program: FakeProgram) -> None:
    third = program.value(LONG_DOUBLE, bytes.fromhex("0000000000000080ff3f") + bytes(6)) / integer(program, 3)
    assert str(third.type) == "long double" and str(third) == "0.333333333333333333342"
    assert third * 3 == 1 and str(third + 0.0) == str(third)
    assert str(program.value(DOUBLE, struct.pack("<d", 1)) / 0.0) == "inf"


def test_pointer_arithmetic(program: FakeProgram) -> None:
    pointer = integer(program, 0x1000, PointerType(LONG))
    assert int(pointer + 2) == 0x1010 == int(2 + pointer) and int(pointer - 1) == 0xFF8
    assert int((pointer + 5) - pointer) == 5 and pointer < pointer + 1 and pointer == 0x1000
    assert int(integer(program, 0x1000, PointerType(VoidType())) + 3) == 0x1003
    later = StructType("struct", "later", None, StructContent(), definition=lambda: None)
    with pytest.raises(trapline.EvaluationError, match="no known size"):
        integer(program, 1, PointerType(later)) + 1
    program.put(0x2000, bytes(40))
    array = program.at(ArrayType(LONG, [5]), 0x2000)
    assert int(array + 1) == 0x2008 and str(program.at(later, 0x2000)) == "<incomplete type>"


def test_rust_numbers_keep_their_type(program: FakeProgram) -> None:
    small = integer(program, 250, U8)
    assert str((small + 3).type) == "u8" and int(small + 3) == 253
    assert str((integer(program, 5, I32) * 2).type) == "i32"


def test_casts(program: FakeProgram) -> None:
    assert int(arithmetic.cast(integer(program, 300), UCHAR)) == 44
    assert int(arithmetic.cast(integer(program, -1, CHAR), UNSIGNED)) == 4294967295
    assert float(arithmetic.cast(integer(program, 3), DOUBLE)) == 3.0
    assert int(arithmetic.cast(program.value(DOUBLE, struct.pack("<d", -2.7)), INT)) == -2
    assert str(arithmetic.cast(integer(program, 4096), PointerType(INT))) == "(int *) 0x1000"
    assert str(arithmetic.cast(integer(program, 5), BOOL)) == "true"
    with pytest.raises(trapline.EvaluationError):
        arithmetic.cast(integer(program, 5), POINT)


# -- assignment ------------------------------------------------------------------------------------


def test_assignment(program: FakeProgram) -> None:
    program.put(0x1000, bytes(64))
    number = program.at(INT, 0x1000)
    number.set(7)
    assert int(number) == 7 and program.read(0x1000, 4) == b"\7\0\0\0"
    for wrong in (1 << 32, -(1 << 31) - 1, "text", None, [1]):
        with pytest.raises(trapline.UsageError):
            number.set(wrong)
    program.at(DOUBLE, 0x1008).set(2)
    assert float(program.at(DOUBLE, 0x1008)) == 2.0
    text_ = program.at(ArrayType(CHAR, [8]), 0x1010)
    text_.set("héy")
    assert text_ == "héy"
    with pytest.raises(trapline.UsageError, match="do not fit"):
        text_.set("much too long")
    point = program.at(POINT, 0x1020)
    point["y"] = 9
    point.set({"x": 8})
    program.at(POINT, 0x1028).set(point)
    assert program.at(POINT, 0x1028).to_python() == {"x": 8, "y": 9}
    program.at(ArrayType(INT, [3]), 0x1030).set([1, 2, 3])
    assert program.at(ArrayType(INT, [3]), 0x1030) == [1, 2, 3]
    with pytest.raises(trapline.UsageError, match="no place"):
        integer(program, 5).set(6)
    color = EnumType("color", 4, [Enumerator("RED", 3)])
    program.at(color, 0x1000).set("RED")
    assert int(program.at(INT, 0x1000)) == 3


def test_numbers_are_rounded_and_formatted_as_python_does(program: FakeProgram) -> None:
    program.put(0x1000, struct.pack("<Qdi", (1 << 64) - 1, -2.5, -7))
    unsigned = program.at(BaseType("unsigned long", 8, 7), 0x1000)
    real, number = program.at(DOUBLE, 0x1008), program.at(INT, 0x1010)
    for rounding in (round, math.floor, math.ceil, math.trunc):
        assert rounding(unsigned) == (1 << 64) - 1
        assert rounding(real) == rounding(-2.5)
    assert round(unsigned, -1) == round((1 << 64) - 1, -1) and round(real, 1) == -2.5
    assert int(abs(number)) == 7 and abs(unsigned) == (1 << 64) - 1
    assert [int(one) for one in divmod(number, 2)] == [-3, -1]  # as C divides
    assert [int(one) for one in divmod(20, number)] == [-2, 6]
    assert (f"{number:05}", f"{number:>5}", f"{number:5}", f"{unsigned:x}") == (
        "-0007",
        "   -7",
        "   -7",
        "f" * 16,
    )
    assert (f"{unsigned:,}", f"{real:8}", f"{real:.2f}", f"{number}") == (
        "18,446,744,073,709,551,615", "    -2.5", "-2.50", "-7",
    )  # fmt: skip
    reference = integer(program, 0x1010, PointerType(INT, "&", language="c++"))
    assert reference.__index__() == -7 and f"{reference:4}" == "  -7" and round(reference) == -7
    with pytest.raises(TypeError, match="unhashable"):
        hash(number)


# -- numpy -----------------------------------------------------------------------------------------


def test_numpy(program: FakeProgram) -> None:
    numpy = pytest.importorskip("numpy")
    program.put(0x1000, struct.pack("<6i", 1, 2, 3, 4, 5, 6))
    array = program.at(ArrayType(INT, [2, 3]), 0x1000).to_numpy()
    assert array.shape == (2, 3) and array.dtype == numpy.int32 and array.sum() == 21
    points = program.at(ArrayType(POINT, [3]), 0x1000).to_numpy()
    assert points["y"].tolist() == [2, 4, 6]
    assert program.at(DOUBLE, 0x1000).to_numpy().dtype == numpy.float64


def test_numpy_is_named_where_it_is_missing(program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(trapline.UsageError, match="pip install numpy"):
        integer(program, 1).to_numpy()


# -- printers --------------------------------------------------------------------------------------


def test_what_is_known_of_a_type_keeps_nothing_of_its_program() -> None:
    class Source:
        """Debug information, from which a type is read when it is asked for."""

        def read(self) -> Type:
            return INT

    source = Source()
    assert not numbers.is_plain(PointerType(source.read))
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


@pytest.fixture
def printers() -> Any:
    """The registry, put back afterwards; libraries' printers stay, which are imported once."""
    from trapline.inspection import printers

    for language, library in printers.LIBRARIES:
        printers._import_for(language, library)
    kept = list(printers._registered)
    yield printers
    printers._registered[:] = kept
    printers._known.clear()


def test_printers_of_users(program: FakeProgram, printers: Any) -> None:
    @trapline.printer("point")
    def point(value: Value) -> str:
        return f"({int(value['x'])}, {int(value['y'])})"

    program.put(0x1000, struct.pack("<4i", 1, 2, 3, 4))
    value = program.at(POINT, 0x1000)
    assert str(value) == "(1, 2)" and str(value.raw) == "{x = 1, y = 2}" and int(value["x"]) == 1
    assert str(program.at(ArrayType(POINT, [2]), 0x1000)) == "{(1, 2), (3, 4)}"
    assert value.to_python() == "(1, 2)"

    @trapline.printer("point")
    def later(value: Value) -> dict[str, Value]:
        return {"first": value["x"], "second": value["y"]}

    value = program.at(POINT, 0x1000)
    assert str(value) == "{first = 1, second = 2}" and value.to_python() == {"first": 1, "second": 2}


def test_containers(program: FakeProgram, printers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presentation, "_COUNTED", 1000)
    vector = struct_of(
        "std::__1::vec<int>",
        Member("begin", PointerType(INT), 0),
        Member("n", LONG, 8),
        size=16,
        language="c++",
    )

    @trapline.printer("std::vec<...>")
    class Vector(trapline.Printer):
        kind = "sequence"

        def to_string(self) -> str:
            return f"vec of length {int(self.value['n'])}"

        def children(self) -> Any:
            return ((number, self.value["begin"][number]) for number in range(int(self.value["n"])))

    program.put(0x1000, struct.pack("<300i", *range(300)))
    value = program.value(vector, struct.pack("<QQ", 0x1000, 3))
    assert str(value) == "vec of length 3 = {0, 1, 2}" and len(value) == 3 and value.to_python() == [0, 1, 2]
    assert (
        [int(one) for one in value] == [0, 1, 2]
        and int(value[-1]) == 2
        and value == [0, 1, 2]
        and bool(value)
    )
    assert [(key, int(one)) for key, one in value.items()] == [(0, 0), (1, 1), (2, 2)]
    assert int(value["n"]) == 3 and int(value.raw["n"]) == 3
    with pytest.raises(IndexError):
        value[3]
    empty = program.value(vector, struct.pack("<QQ", 0x1000, 0))
    assert str(empty) == "vec of length 0" and not empty and empty.to_python() == []
    nonsense = program.value(vector, struct.pack("<QQ", 0x1000 + 1196, 1 << 60))
    assert str(nonsense).startswith("vec of length 1152921504606846976 = {299, <error: Cannot access memory")
    assert str(nonsense).count("error") < 300
    with pytest.raises(trapline.EvaluationError, match="more than"):
        len(nonsense)


def test_a_container_that_cannot_be_found_says_so_once(program: FakeProgram, printers: Any) -> None:
    @trapline.printer("span")
    class Span(trapline.Printer):
        kind = "sequence"

        def to_string(self) -> str:
            return f"span of length {self._length()}"

        def children(self) -> Any:
            return ((number, self.value["begin"][number]) for number in range(self._length()))

        def _length(self) -> int:
            return (int(self.value["end"]) - int(self.value["begin"])) // 4

    members = (Member("begin", PointerType(INT), 0), Member("end", PointerType(INT), 8))
    span = struct_of("span", *members, size=16)
    program.put(0x1000, struct.pack("<2i", 1, 2))
    begin = ConstantStorage(struct.pack("<Q", 0x1000))
    end = ConstantStorage(struct.pack("<Q", 0x1008))
    whole = Value(span, PiecesStorage([Part(begin, 64), Part(end, 64)]), program)
    assert str(whole) == "span of length 2 = {1, 2}"
    half = Value(span, PiecesStorage([Part(begin, 64), Part(UnavailableStorage(), 64)]), program)
    assert str(half) == "<optimized out>"


def test_maps_strings_and_printers_that_fail(program: FakeProgram, printers: Any) -> None:
    @trapline.printer("map")
    class Map(trapline.Printer):
        kind = "map"

        def children(self) -> Any:
            yield self.value["x"], self.value["y"]

    @trapline.printer("text")
    class Text(trapline.Printer):
        kind = "string"

        def to_string(self) -> Value:
            return Value.at(program, ArrayType(CHAR, [3]), 0x2000)

    @trapline.printer("broken")
    class Broken(trapline.Printer):
        kind = "sequence"

        def children(self) -> Any:
            yield 0, self.value["x"]
            raise KeyError("oops")

    program.put(0x1000, struct.pack("<2i", 1, 2))
    program.put(0x2000, b"abc")
    members = (Member("x", INT, 0), Member("y", INT, 4))
    mapped = program.at(struct_of("map", *members, size=8), 0x1000)
    assert str(mapped) == "{[1] = 2}" and mapped.to_python() == {1: 2} and int(mapped[1]) == 2
    assert [(int(key), int(one)) for key, one in mapped.items()] == [(1, 2)] and [
        int(key) for key in mapped
    ] == [1]
    with pytest.raises(trapline.VariableNotFound, match="no key 5"):
        mapped[5]
    spelled = program.at(struct_of("text", *members, size=8), 0x1000)
    assert str(spelled) == '"abc"' and spelled == "abc" and spelled.to_python() == "abc" and spelled < "abd"
    failing = program.at(struct_of("broken", *members, size=8), 0x1000)
    assert str(failing) == "{1, <error: printer Broken: KeyError: 'oops'>}"
    with pytest.raises(trapline.EvaluationError, match="oops"):
        failing.to_python()
