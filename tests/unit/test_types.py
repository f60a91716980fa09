from __future__ import annotations

from trapline.symbols.types import (
    ArrayType,
    BaseType,
    Enumerator,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    PointerType,
    QualifiedType,
    StructContent,
    StructType,
    Type,
    TypedefType,
    VoidType,
)

INT = BaseType("int", 4, 5)
CHAR = BaseType("char", 1, 6)


def test_declarations_are_written_as_c_writes_them() -> None:
    assert str(PointerType(CHAR)) == "char *"
    assert str(PointerType(PointerType(CHAR))) == "char **"
    assert str(PointerType(ArrayType(CHAR, [4]))) == "char (*)[4]"
    assert str(PointerType(QualifiedType(ArrayType(CHAR, [4]), "const"))) == "const char (*)[4]"
    assert str(ArrayType(PointerType(CHAR), [4, 2])) == "char *[4][2]"
    assert str(PointerType(FunctionType(INT, [INT, PointerType(CHAR)]))) == "int (*)(int, char *)"
    assert str(FunctionType(VoidType(), [])) == "void (void)"
    assert str(FunctionType(INT, [CHAR], is_variadic=True)) == "int (char, ...)"
    assert str(QualifiedType(PointerType(QualifiedType(CHAR, "const")), "const")) == "const char * const"
    assert ArrayType(INT, [3]).declare("x") == "int x[3]"
    assert str(ArrayType(INT, [None])) == "int []"
    assert str(PointerType(INT, "&")) == "int &"
    assert PointerType(FunctionType(VoidType(), [INT])).declare("f") == "void (*f)(int)"


def test_a_chain_of_names_ends_even_when_it_is_a_cycle() -> None:
    def itself() -> Type:
        return loop

    loop = TypedefType("loop", itself)
    assert isinstance(loop.strip(), VoidType)
    assert TypedefType("a", QualifiedType(TypedefType("b", INT), "const")).strip() is INT
    assert TypedefType("a", INT).size == 4


def test_sizes_of_arrays() -> None:
    assert ArrayType(INT, [3, 4]).size == 48
    assert ArrayType(INT, [3, 4]).element.size == 16
    assert ArrayType(INT, [None]).size is None
    assert ArrayType(INT, [3], stride=8).size == 24


def test_structures_are_read_when_asked() -> None:
    reads = []

    def content() -> StructContent:
        reads.append(1)
        return StructContent(members=(Member("x", INT, 0),))

    struct = StructType("struct", "point", 4, content)
    assert str(PointerType(struct)) == "struct point *"
    assert not reads
    assert struct.member("x") is not None and struct.member("y") is None
    assert len(reads) == 1
    containing = StructType("class", "C", 1, StructContent(), "c++")
    assert str(MemberPointerType(INT, lambda: containing, 8)) == "int C::*"


def test_flags_are_single_bits_by_gdbs_rule() -> None:
    def enum(*values: int) -> EnumType:
        return EnumType("e", 4, [Enumerator(f"e{value}", value) for value in values])

    assert enum(1, 2, 4).is_flags and enum(0, 1, 1, 8).is_flags
    assert (
        not enum(1, 2, 3).is_flags
        and not enum(0, 1, 6).is_flags
        and not enum(5).is_flags
        and not enum(-1, 2).is_flags
    )


def test_enumerators_are_named_as_the_language_writes_them_outside() -> None:
    def enum(name: str | None, language: str, is_scoped: bool = False) -> EnumType:
        return EnumType(name, 4, [], language, is_scoped=is_scoped)

    assert enum("color", "c").qualified("RED") == "RED"
    assert enum("color", "c++").qualified("RED") == "RED"
    assert enum("ns::color", "c++").qualified("RED") == "ns::RED"
    assert enum("ns::T<a::b>::color", "c++").qualified("RED") == "ns::T<a::b>::RED"
    assert enum("color", "c++", True).qualified("RED") == "color::RED"
    assert enum("krate::Color", "rust").qualified("Red") == "krate::Color::Red"
    assert enum(None, "c++").qualified("RED") == "RED"
