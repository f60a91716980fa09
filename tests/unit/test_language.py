"""Expressions as text become trees: C, C++ and Rust, and gdb's own forms."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from trapline.base.errors import EvaluationError
from trapline.inspection.language import tree
from trapline.inspection.language.parser import parse, parse_type
from trapline.inspection.language.tree import (
    ArrayOf,
    Binary,
    Cast,
    Index,
    Member,
    Name,
    NamedType,
    Node,
    Number,
    PointerTo,
    Qualified,
    Range,
    Repeat,
    Unary,
)


class Program:
    """A program with a few types and templates."""

    types = ("node", "T", "ns::T", "vec<int>", "std::vector<int>", "Point", "alloc::string::String")
    templates = ("vec", "std::vector", "twice", "ns::apply")

    def is_type(self, name: str) -> bool:
        return name in self.types

    def is_template(self, name: str) -> bool:
        return name in self.templates


def c(text: str) -> Node:
    return parse(text, Program(), "c++")


def rust(text: str) -> Node:
    return parse(text, Program(), "rust")


A, B, X = Name("a"), Name("b"), Name("x")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a+b*x", "a+(b*x)"),
        ("a-b-x", "(a-b)-x"),
        ("a=b=x", "a=(b=x)"),
        ("a+=b|x", "a+=(b|x)"),
        ("a&b==x", "a&(b==x)"),
        ("a<<b+x", "a<<(b+x)"),
        ("a?b:a?b:x", "a?b:(a?b:x)"),
        ("!a&&b", "(!a)&&b"),
        ("-a[b]", "-(a[b])"),
        ("*a->b", "*(a->b)"),
        ("a@b+x", "a@(b+x)"),
        ("*a@b", "(*a)@b"),
        ("a<<b@x", "a<<(b@x)"),
        ("a,b", "(a,b)"),
        ("a and not b", "a && !b"),
        ("&*a", "&(*a)"),
        ("(node *)a->b", "(node *)(a->b)"),
        ("a.*b(x)", "a.*(b(x))"),
        ("sizeof a+b", "(sizeof a)+b"),
    ],
)
def test_precedence_in_c(text: str, same: str) -> None:
    assert c(text) == c(same)


def test_precedence_in_rust_binds_bits_before_comparisons() -> None:
    assert rust("a & b == x") == rust("(a & b) == x")
    assert c("a & b == x") != c("(a & b) == x")
    assert rust("a as u8 + b") == rust("(a as u8) + b")
    assert rust("-a as i64") == rust("(-a) as i64")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", Number(42)),
        ("0x2aUL", Number(42, "ul", 16)),
        ("052", Number(42, "", 8)),
        ("0b101", Number(5, "", 2)),
        ("1'000'000", Number(1000000)),
        ("1.5", Number(1.5)),
        ("1e3f", Number(1000.0, "f")),
        (".5", Number(0.5)),
        ("2.", Number(2.0)),
        ("0x1.8p1", Number(3.0, "", 16)),
        ("0", Number(0)),
    ],
)
def test_numbers(text: str, number: Number) -> None:
    assert c(text) == number


def test_rust_numbers_and_tuples() -> None:
    assert rust("1_000u64") == Number(1000, "u64")
    assert rust("0o17") == Number(15, "", 8)
    assert rust("2.5f32") == Number(2.5, "f32")
    assert rust("a.0.1") == Member(Member(A, "0", False), "1", False)
    assert rust("a[1..3]") == Index(A, Range(Number(1), Number(3)))
    assert rust("a[..]") == Index(A, Range(None, None))
    assert rust("a[..=b]") == Index(A, Range(None, B, True))
    assert rust("&mut a") == Unary("&", A)
    assert rust("crate::m::X") == Name("crate::m::X")
    for text in ("(a, b)", "(a,)", "a, b"):
        with pytest.raises(EvaluationError, match="tuples cannot be made"):
            rust(text)
    assert rust("b'a'") == tree.Character(97, "b")
    assert rust(r'"\u{e9}\n"') == tree.String("é\n".encode())
    assert rust('r#"a"b"#') == tree.String(b'a"b')
    assert rust("a as *const u8") == Cast(NamedType("*const u8"), A, "as")
    assert rust("a as &[u8]") == Cast(NamedType("&[u8]"), A, "as")


def test_characters_and_strings() -> None:
    assert c("'a'") == tree.Character(97)
    assert c(r"'\n'") == tree.Character(10)
    assert c(r"L'\x41'") == tree.Character(0x41, "L")
    assert c("'é'") == tree.Character(0xE9)
    assert c(r'"a\0b" "c"') == tree.String(b"a\0bc")
    assert c(r'u8"\x7f"') == tree.String(b"\x7f", "u8")


def test_gdbs_own_forms() -> None:
    assert c("a[0]@5") == Repeat(Index(A, Number(0)), Number(5))
    assert c("$rax") == tree.Variable("rax")
    assert c("$1 + $ + $$ + $$2") == Binary(
        "+",
        Binary("+", Binary("+", tree.History(1, False), tree.History(0, True)), tree.History(1, True)),
        tree.History(2, True),
    )
    assert c("{int} a") == tree.At(NamedType("int"), A)
    assert c("{char *} $rsp") == tree.At(PointerTo(NamedType("char")), tree.Variable("rsp"))
    assert c("{1, 2}") == tree.ArrayLiteral((Number(1), Number(2)))
    assert c("'file.c'::x") == Name("x", "file.c")
    assert c("'ns::f(int)'") == Name("ns::f(int)")
    assert c("$variant(a) == b") == Binary("==", tree.Call(tree.Variable("variant"), (A,)), B)


def test_casts_know_types_from_variables() -> None:
    assert c("(T)a") == Cast(NamedType("T"), A)
    assert c("(a)-b") == Binary("-", A, B)
    assert c("(T)-b") == Cast(NamedType("T"), Unary("-", B))
    assert c("(unsigned char)a") == Cast(NamedType("unsigned char"), A)
    assert c("(struct node *)a") == Cast(PointerTo(NamedType("node", "struct")), A)
    assert c("(const char *)a") == Cast(PointerTo(Qualified(NamedType("char"), "const")), A)
    assert c("(int (*)(int, char *))a") == Cast(
        PointerTo(tree.FunctionOf(NamedType("int"), (NamedType("int"), PointerTo(NamedType("char"))))), A
    )
    assert c("(int (*)[4])a") == Cast(PointerTo(ArrayOf(NamedType("int"), 4)), A)
    assert c("static_cast<ns::T &>(a)") == Cast(PointerTo(NamedType("ns::T"), "&"), A, "static_cast")
    assert c("int(a)") == Cast(NamedType("int"), A)
    assert c("sizeof(T)") == tree.SizeOf("sizeof", NamedType("T"))
    assert c("sizeof(a)") == tree.SizeOf("sizeof", A)
    assert c("sizeof(int[3])") == tree.SizeOf("sizeof", ArrayOf(NamedType("int"), 3))
    assert c("(long)(a)") == Cast(NamedType("long int"), A)
    assert c("unsigned long") == tree.TypeExpression(NamedType("long unsigned int"))
    assert c("struct node *") == tree.TypeExpression(PointerTo(NamedType("node", "struct")))


def test_names_of_templates_operators_and_scopes() -> None:
    assert c("std::vector<int>::npos") == Name("std::vector<int>::npos")
    assert c("a < b") == Binary("<", A, B)
    assert c("twice< int >(a)") == tree.Call(Name("twice<int>"), (A,))
    assert c("ns::apply<std::vector<int>>(a)") == tree.Call(Name("ns::apply<std::vector<int>>"), (A,))
    assert c("::a") == Name("::a")
    assert c("a.ns::T::x") == Member(A, "ns::T::x", False)
    assert c("a.operator[](b)") == tree.Call(Member(A, "operator[]", False), (B,))
    assert c("(anonymous namespace)::x".replace("(", "'(").replace(")::x", ")::x'")) == Name(
        "(anonymous namespace)::x"
    )
    assert c("a.~T") == Member(A, "~T", False)


def test_types_alone() -> None:
    program = Program()
    assert parse_type("unsigned", program) == NamedType("unsigned int")
    assert parse_type("long long unsigned", program) == NamedType("long long unsigned int")
    assert parse_type("short", program) == NamedType("short int")
    assert parse_type("T &&", program) == PointerTo(NamedType("T"), "&&")
    assert parse_type("char *[3][2]", program) == ArrayOf(ArrayOf(PointerTo(NamedType("char")), 2), 3)
    assert parse_type("decltype(a)", program) == tree.TypeOf(A)
    assert parse_type("[u8; 4]", program, "rust") == ArrayOf(NamedType("u8"), 4)
    assert parse_type("(i32, &str)", program, "rust") == NamedType("(i32, &str)")
    with pytest.raises(EvaluationError, match="is no type"):
        parse_type("a", program)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a +", "a b", "(a", "a)", "a[", "f(a", "1x", "'", '"abc', "#", "a.", "->", "?", "a ? b", "0x",
     "{", "sizeof", "(struct)", "09", "a[1", "@", "$ $", "\\", "(" * 1000, "-" * 1000, "a" * 30000,
     "[" * 500, "a?" * 400, "f(" * 400, "a.(b)", "int (", "static_cast<int>", "*", "((T)", "'\\u{110000}'"],
)  # fmt: skip
def test_nonsense_is_one_clear_line(text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        c(text)
    assert "\n" not in str(caught.value) and str(caught.value)


_WORDS = st.sampled_from(
    ["a", "T", "(", ")", "[", "]", "{", "}", "*", "&", "<", ">", ">>", "::", "->", ".", "..", "?", ":", ",",
     "1", "0x1f", "1.5", "'c'", '"s"', "$1", "$", "int", "struct", "sizeof", "as", "=", "+=", "-", "@", "vec",
     "operator", "decltype", "const", "~", "!", "static_cast", "'", '"', "\\", " ", "é", "\0"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=30), st.sampled_from(["c", "c++", "rust"]))
def test_any_words_parse_or_are_refused(words: list[str], language: str) -> None:
    try:
        parse(" ".join(words), Program(), language)
    except EvaluationError as error:
        assert "\n" not in str(error)


def test_a_parameter_at_its_entry_is_one_word() -> None:
    assert c("a@entry + 1") == Binary("+", tree.AtEntry(A), Number(1))
    assert c("1 + a@entry") == Binary("+", Number(1), tree.AtEntry(A))
    assert c("a @ entry") == c("a@ entry") == tree.Repeat(A, Name("entry"))
    assert c("a@entries") == tree.Repeat(A, Name("entries"))
