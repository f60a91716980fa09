"""Expressions over a program that is made up: operators, parts, types, our own functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from tests.support.fakeprogram import FakeProgram

from trapline.base.errors import DebuggerError, EvaluationError, VariableNotFound
from trapline.inspection.evaluate import Evaluator
from trapline.inspection.language.parser import parse
from trapline.inspection.value import Value
from trapline.symbols.types import (
    ArrayType,
    BaseType,
    FunctionType,
    Member,
    PointerType,
    StructContent,
    StructType,
    Type,
    VoidType,
)

INT, CHAR = BaseType("int", 4, 5), BaseType("char", 1, 6)
DOUBLE = BaseType("double", 8, 4)


class MadeUp:
    """A scope with variables at addresses of a made-up program."""

    def __init__(self, language: str = "c") -> None:
        self.program = FakeProgram()
        self.language = language
        self.variables: dict[str, Value] = {}
        self.session: dict[str, Value] = {}
        self.results: list[Value] = []
        self.types: dict[str, Type] = {}
        self.known_functions: dict[str, list[Value]] = {}
        self.calls: list[tuple[int, list[str]]] = []

    def put(self, name: str, type_: Type, address: int, data: bytes) -> None:
        self.program.put(address, data)
        self.variables[name] = Value.at(self.program, type_, address)

    def variable(self, name: str, scope: str | None = None) -> Value | None:
        return self.variables.get(f"{scope}::{name}" if scope else name)

    def functions(self, name: str) -> Sequence[Value]:
        return self.known_functions.get(name, [])

    def methods_of(self, struct: StructType, name: str) -> Sequence[Value]:
        return ()

    @property
    def own_functions(self) -> dict[str, Callable[..., str | int]]:
        return {"double": lambda value: 2 * int(value), "word": lambda: "word"}

    def callers(self) -> Iterator[str | None]:
        return iter(("f", None, "main"))

    def convenience(self, name: str) -> Value:
        return self.session.get(name) or Value.constant(self.program, VoidType(), b"")

    def set_convenience(self, name: str, value: Value) -> None:
        self.session[name] = value

    def history(self, number: int, is_relative: bool) -> Value:
        return self.results[-1 - number if is_relative else number - 1]

    def call(self, function: Value, arguments: Sequence[Value]) -> Value:
        assert function.address is not None
        self.calls.append((function.address, [str(argument) for argument in arguments]))
        return Value.constant(self.program, INT, (99).to_bytes(4, "little"))

    def not_found(self, name: str) -> VariableNotFound:
        return VariableNotFound(f'No symbol "{name}" in current context.', name=name)

    def find_type(self, name: str, keyword: str = "") -> Type | None:
        return self.types.get(f"{keyword} {name}".strip())

    def is_type(self, name: str) -> bool:
        return name in self.types

    def is_template(self, name: str) -> bool:
        return False


def word(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "little", signed=value < 0)


@pytest.fixture
def scope() -> MadeUp:
    made = MadeUp()
    point = StructType(
        "struct", "point", 8, StructContent(members=(Member("x", INT, 0), Member("y", INT, 4)))
    )
    made.types["struct point"] = point
    made.put("n", INT, 0x1000, word(5))
    made.put("minus", INT, 0x1004, word(-2))
    made.put("d", DOUBLE, 0x1008, b"\0\0\0\0\0\0\xf8\x3f")
    made.put("a", ArrayType(INT, [4]), 0x1010, b"".join(map(word, (10, 11, 12, 13))))
    made.put("p", PointerType(INT), 0x1020, word(0x1010, 8))
    made.put("pt", point, 0x1028, word(7) + word(8))
    made.put("pp", PointerType(point), 0x1030, word(0x1028, 8))
    made.put("s", PointerType(CHAR), 0x1038, word(0x1040, 8))
    made.program.put(0x1040, b"hello\0")
    made.put("big", BaseType("unsigned long", 8, 7), 0x1050, b"\xff" * 8)
    return made


def show(scope: MadeUp, text: str) -> str:
    return str(Evaluator(scope).value(parse(text, scope, scope.language)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("n", "5"),
        ("n + 1", "6"),
        ("n * 2 - minus", "12"),
        ("n / 2", "2"),
        ("minus / 4", "0"),
        ("minus % 4", "-2"),
        ("1.0 * n / 2", "2.5"),
        ("-n", "-5"),
        ("~n", "-6"),
        ("!n", "0"),
        ("n == 5", "1"),
        ("n > 5 || minus < 0", "1"),
        ("n && 0", "0"),
        ("0 && nothing", "0"),
        ("n ? 1 : nothing", "1"),
        ("n, minus", "-2"),
        ("n << 3", "40"),
        ("minus >> 1", "-1"),
        ("(unsigned char)minus", "254 '\\376'"),
        ("(char)65", "65 'A'"),
        ("(int)d", "1"),
        ("d * 2", "3"),
        ("sizeof(int)", "4"),
        ("sizeof a", "16"),
        ("sizeof(struct point)", "8"),
        ("sizeof n + 1", "5"),
        ("alignof(struct point)", "4"),
        ("a[2]", "12"),
        ("p[3]", "13"),
        ("*p", "10"),
        ("*(p + 1)", "11"),
        ("*&n", "5"),
        ("&a[2] - p", "2"),
        ("p == &a[0]", "1"),
        ("a[1]@2", "{11, 12}"),
        ("*p@3", "{10, 11, 12}"),
        ("p[1..3]", "{11, 12}"),
        ("a[1..=2]", "{11, 12}"),
        ("a[2..]", "{12, 13}"),
        ("pt.x", "7"),
        ("pp->y", "8"),
        ("(*pp).x", "7"),
        ("pt", "{x = 7, y = 8}"),
        ("((struct point *)&pt)->y", "8"),
        ("{int} 0x1014", "11"),
        ("{struct point} pp", "{x = 7, y = 8}"),
        ("{1, 2, 3}", "{1, 2, 3}"),
        ("'A'", "65 'A'"),
        ("'A' + 1", "66"),
        ('"abc"', '"abc"'),
        ('sizeof("abc")', "4"),
        ("big", "18446744073709551615"),
        ("big + 1", "0"),
        ("0xffffffff", "4294967295"),
        ("2147483648", "2147483648"),
        ("1u - 2", "4294967295"),
        ('s == "hello"', "1"),
        ('s == "help"', "0"),
        ('$_streq(s, "hello")', "1"),
        ("$_strlen(s)", "5"),
        ('$_regex(s, "h.l")', "1"),
        ("$_isvoid($unset)", "1"),
        ("$_memeq(p, &a[0], 8)", "1"),
        ("$_memeq(a, p, 16)", "1"),
        ('$_memeq("abc", "abd", 2)', "1"),
        ('$_memeq("abc", "abd", 3)', "0"),
        ('$_memeq(s, "help", 3) + 10 * $_memeq(s, "help", 4)', "1"),
        ("$double(n) + 1", "11"),
        ("$word()", '"word"'),
        ('$_caller_is("f", 0) && $_caller_is("main", 2)', "1"),
        ('$_caller_is("f") || $_caller_is("main", 3) || $_caller_matches("m", 1)', "0"),
        ('$_any_caller_is("main", 2) && !$_any_caller_is("main")', "1"),
        ('$_any_caller_matches("m.i", 2) && $_caller_matches("[a-f]", 0)', "1"),
        ("7 .0", None),
    ],
)
def test_values(scope: MadeUp, text: str, shown: str | None) -> None:
    if shown is None:
        with pytest.raises(DebuggerError):
            show(scope, text)
    else:
        assert show(scope, text) == shown


def test_assignments_change_the_program_and_the_session(scope: MadeUp) -> None:
    assert show(scope, "n = 7") == "7"
    assert show(scope, "n += 3") == "10"
    assert show(scope, "n++") == "10"
    assert show(scope, "n") == "11"
    assert show(scope, "--n") == "10"
    assert show(scope, "a[1] = n") == "10"
    assert show(scope, "pp->x = 1 << 4") == "16"
    assert scope.program.read(0x1028, 4) == word(16)
    assert show(scope, "$v = n * 2") == "20"
    assert show(scope, "$v += 1") == "21"
    assert show(scope, "$v + n") == "31"
    scope.results.append(Value.at(scope.program, INT, 0x1010))
    assert show(scope, "$1 + $") == "20"


def test_calls_choose_by_arguments(scope: MadeUp) -> None:
    one = FunctionType(INT, [INT])
    two = FunctionType(INT, [INT, PointerType(CHAR)])
    scope.known_functions["f"] = [
        Value.at(scope.program, kind, at) for kind, at in ((one, 0x2000), (two, 0x2010))
    ]
    assert show(scope, "f(n + 1)") == "99"
    assert show(scope, 'f(n, "x")') == "99"
    assert scope.calls == [(0x2000, ["6"]), (0x2010, ["5", '"x"'])]
    with pytest.raises(EvaluationError, match="not called here"):
        Evaluator(scope, without_effects=True).value(parse("f(1)", scope))
    with pytest.raises(EvaluationError, match="here"):
        Evaluator(scope, without_effects=True).value(parse("n = 1", scope))


@pytest.mark.parametrize(
    "text",
    ["nothing", "n()", "n.x", "pt.z", "n->x", "*pt", "a[1..0]", "a[1..1]", "n@2000000", "5@2", "&5", "1 / 0",
     "1 % 0", "pt + 1", "pt == 1", "(struct nope)n", "sizeof(struct nope)", "int", "f(1)",
     "$variant(n)", "$_strlen(n)", "$_streq(s)", "1..2", "a[1]@0", "n = pt", "5 = 3", f"0x1{32 * 'f'}",
     "$_regex(s, \"(\")", "$_memeq(s, \"ab\", 9)", "$_caller_is(\"f\", -1)", "$nothing(1)",
     "$_creal(n)", "{}", "$_caller_is()"],
)  # fmt: skip
def test_mistakes_are_one_clear_line(scope: MadeUp, text: str) -> None:
    with pytest.raises(DebuggerError) as caught:
        show(scope, text)
    assert "\n" not in str(caught.value)


def test_rust_forms() -> None:
    scope = MadeUp("rust")
    i32 = BaseType("i32", 4, 5, "rust")
    scope.put("n", i32, 0x1000, word(5))
    scope.put("pair", StructType(
        "struct", "(i32, i32)", 8,
        StructContent(members=(Member("__0", i32, 0), Member("__1", i32, 4))), "rust",
    ), 0x1010, word(1) + word(2))  # fmt: skip
    assert show(scope, "n as u8") == "5"
    assert show(scope, "n as f64 / 2.0") == "2.5"
    assert show(scope, "pair.1 + 1") == "3"
    assert show(scope, "n & 1 == 1") == "true"
    assert show(scope, "-n") == "-5"
    assert show(scope, "'a'") == "97 'a'"
    assert show(scope, "1_000u64") == "1000"
