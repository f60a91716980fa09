"""Names and types out of tokens: `ns::Class<int>::member`, `const char *(*)[4]`, `&mut [u8]`.

Source: C23 §6.7.7, C++20 [dcl.name]; The Rust Reference, Paths and Types.
"""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar
from trapline.inspection.language import lexer, literals, tree

if TYPE_CHECKING:
    from trapline.inspection.language.lexer import Token
    from trapline.inspection.language.tree import Node, TypeName

_T = TypeVar("_T")


class Names(Protocol):
    """What the parser asks of the program."""

    def is_type(self, name: str) -> bool:
        """Whether a name, qualified and with template arguments, means a type and not a variable here."""
        ...

    def is_template(self, name: str) -> bool:
        """Whether `name<...>` can mean a type or function; else `<` compares."""
        ...


TYPE_OF = ("decltype", "typeof", "__typeof__", "__typeof")
_BASIC = frozenset(
    (
        *("void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "bool", "_Bool"),
        *("__int128", "wchar_t", "char8_t", "char16_t", "char32_t", "_Complex", "__float128", "_Float128"),
    )
)
_QUALIFIERS = frozenset(("const", "volatile", "restrict", "__restrict", "_Atomic"))
_TAGS = frozenset(("struct", "union", "class", "enum"))
_RUST_BASIC = frozenset(
    (
        *("i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"),
        *("f32", "f64", "bool", "char", "str"),
    )
)


class Cursor:
    """A text's tokens and a place in them."""

    __slots__ = ("_at", "_depth", "_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = lexer.tokens(text)
        self._at = 0
        self._depth = 0

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _next(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _is(self, *texts: str) -> bool:
        """Whether the next token is one of these words or operators."""
        token = self._peek()
        return token.kind in (lexer.OPERATOR, lexer.NAME) and token.text in texts

    def _accept(self, *texts: str) -> bool:
        if self._is(*texts):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            self._fail(repr(text))

    def _fail(self, wanted: str) -> NoReturn:
        token = self._peek()
        if token.kind == lexer.END:
            raise EvaluationError(f"the expression ends too soon: {wanted} is needed after {self._text!r}")
        before = self._text[: token.start]
        raise EvaluationError(
            f"{wanted} is needed at {self._text[token.start :]!r}" + (f", after {before!r}" if before else "")
        )

    def _attempt(self, parse: Callable[[], _T]) -> _T | None:
        """Return what `parse` gives, or go back to where it began when it gives None or fails."""
        start, depth = self._at, self._depth
        try:
            found = parse()
        except EvaluationError:
            self._at, self._depth = start, depth
            return None
        if found is None:
            self._at, self._depth = start, depth
        return found


class TypeParser(Cursor):
    """Names and types; which words are types, the program says."""

    __slots__ = ("_is_rust", "_names")

    def __init__(self, text: str, names: Names, language: str) -> None:
        super().__init__(text)
        self._names = names
        self._is_rust = language == "rust"

    def _expression(self, lowest: int) -> Node:
        """Parse an expression, as `decltype` needs it."""
        raise NotImplementedError

    # -- names -----------------------------------------------------------------------------------

    def _path(self) -> str:
        """Parse a qualified name with template arguments; return it in the program's own spelling."""
        parts: list[str] = []
        if self._accept("::"):
            parts.append("::")
        while True:
            parts.append(self._part("".join(parts)))
            if not self._is("::"):
                return "".join(parts)
            self._next()
            parts.append("::")

    def _part(self, before: str) -> str:
        token = self._next()
        if token.kind == lexer.QUOTED:
            return token.text[1:-1]
        if token.text == "~":
            return "~" + self._next().text
        if token.text == "(" and self._text.startswith("(anonymous namespace)", token.start):
            self._at += 3
            return "(anonymous namespace)"
        if token.text == "<" and self._is_rust and before.endswith("::"):  # turbofish
            self._at -= 1
            return self._template_arguments() or ""
        if token.kind != lexer.NAME:
            self._at -= 1
            self._fail("a name")
        if token.text == "operator" and not self._is_rust:
            return self._operator_name()
        if self._is("<") and self._names.is_template(before + token.text):
            arguments = self._attempt(self._template_arguments)
            if arguments is not None:
                return token.text + arguments
        return token.text

    def _operator_name(self) -> str:
        """Parse what follows `operator`: a sign, `()`, `[]`, or a type."""
        if self._is("(", "["):
            opening = self._next().text
            self._expect(")" if opening == "(" else "]")
            return "operator()" if opening == "(" else "operator[]"
        token = self._next()
        separator = " " if token.kind == lexer.NAME else ""
        return f"operator{separator}{token.text}"

    def _template_arguments(self) -> str | None:
        """Parse `<...>` by its brackets alone; return it spelled as compilers spell it."""
        start = self._peek().start
        depth = 0
        while True:
            token = self._next()
            if token.kind == lexer.END or token.text == ";":
                return None
            if token.kind != lexer.OPERATOR:
                continue
            if token.text in ("<", "(", "["):
                depth += 1
            elif token.text in (">", ")", "]"):
                depth -= 1
            elif token.text == ">>":
                depth -= 2
            if depth <= 0:
                return normal_template(self._text[start : token.end]) if depth == 0 else None

    # -- types -----------------------------------------------------------------------------------

    def _begins_type(self, token: Token) -> bool:
        return token.kind == lexer.NAME and (
            token.text in _BASIC or token.text in _QUALIFIERS or token.text in _TAGS or token.text in TYPE_OF
        )

    def _type(self) -> TypeName:
        found = self._try_type()
        if found is None:
            self._fail("a type")
        return found

    def _try_type(self) -> TypeName | None:
        """Parse a type, or return None where there is none; the place is then undefined."""
        if self._is_rust:
            return self._rust_type()
        qualifiers: list[str] = []
        base: TypeName | None = None
        words: list[str] = []
        while (token := self._peek()).kind == lexer.NAME or token.text == "::":
            if token.text in _QUALIFIERS:
                qualifiers.append(self._next().text.strip("_"))
            elif base is None and token.text in _BASIC:
                words.append(self._next().text)
            elif base is not None or words:
                break
            elif token.text in _TAGS:
                keyword = self._next().text
                base = tree.NamedType(self._path(), keyword)
            elif token.text in TYPE_OF:
                self._next()
                self._expect("(")
                base = tree.TypeOf(self._expression(0))
                self._expect(")")
            else:
                name = self._path()
                if not self._names.is_type(name):
                    return None
                base = tree.NamedType(name)
        if words:
            base = tree.NamedType(_basic_name(words))
        if base is None:
            return None
        for qualifier in qualifiers:
            base = tree.Qualified(base, qualifier)
        return self._declarator(base)

    def _declarator(self, base: TypeName) -> TypeName:
        """Parse pointers, arrays and functions around nothing: `*(*)[4]`."""
        while self._is("*", "&", "&&") or self._peek().text in _QUALIFIERS:
            text = self._next().text
            base = (
                tree.Qualified(base, text.strip("_")) if text in _QUALIFIERS else tree.PointerTo(base, text)
            )
        inner: Callable[[TypeName], TypeName] | None = None
        if self._is("(") and self._peek(1).text in ("*", "&", "&&", "("):
            inner = self._attempt(self._inner_declarator)
        base = self._suffixes(base)
        return inner(base) if inner is not None else base

    def _inner_declarator(self) -> Callable[[TypeName], TypeName] | None:
        self._expect("(")
        placeholder = tree.NamedType("\0")
        made = self._declarator(placeholder)
        if not self._accept(")"):
            return None
        return lambda base: _replace(made, base)

    def _suffixes(self, base: TypeName) -> TypeName:
        counts: list[int | None] = []
        while self._is("["):
            self._next()
            count = None
            if self._peek().kind == lexer.NUMBER:
                count = int(literals.number(self._next().text).value)
            self._expect("]")
            counts.append(count)
        for count in reversed(counts):
            base = tree.ArrayOf(base, count)
        if self._is("(") and not counts:
            parameters = self._attempt(self._parameters)
            if parameters is not None:
                base = tree.FunctionOf(base, parameters)
        return base

    def _parameters(self) -> tuple[TypeName, ...] | None:
        self._expect("(")
        found: list[TypeName] = []
        while not self._accept(")"):
            parameter = self._try_type()
            if parameter is None:
                return None
            found.append(parameter)
            if not self._is(")"):
                self._expect(",")
        return () if found == [tree.NamedType("void")] else tuple(found)

    def _rust_type(self) -> TypeName | None:
        if self._accept("&", "&&"):
            doubled = self._peek(-1).text == "&&"
            is_mutable = self._accept("mut")
            target = self._type()
            inner: TypeName = tree.NamedType(f"&{'mut ' if is_mutable else ''}{_rust_text(target)}")
            return tree.NamedType(f"&{_rust_text(inner)}") if doubled else inner
        if self._accept("*"):
            word = "const" if self._accept("const") else "mut" if self._accept("mut") else ""
            if not word:
                return None
            return tree.NamedType(f"*{word} {_rust_text(self._type())}")
        if self._accept("["):
            element = self._type()
            if self._accept(";"):
                count = int(literals.number(self._next().text).value)
                self._expect("]")
                return tree.ArrayOf(element, count)
            self._expect("]")
            return tree.NamedType(f"[{_rust_text(element)}]")
        if self._accept("("):
            parts: list[str] = []
            while not self._accept(")"):
                parts.append(_rust_text(self._type()))
                if not self._is(")"):
                    self._expect(",")
            return tree.NamedType(f"({', '.join(parts)}{',' if len(parts) == 1 else ''})")
        if self._peek().kind != lexer.NAME and not self._is("::"):
            return None
        start = self._peek().text
        name = self._path()
        if start not in _RUST_BASIC and not self._names.is_type(name):
            return None
        return tree.NamedType(name)


def _replace(made: TypeName, base: TypeName) -> TypeName:
    """Put `base` where the placeholder of an inner declarator is."""
    match made:
        case tree.NamedType("\0"):
            return base
        case tree.PointerTo(target, kind):
            return tree.PointerTo(_replace(target, base), kind)
        case tree.Qualified(target, qualifier):
            return tree.Qualified(_replace(target, base), qualifier)
        case tree.ArrayOf(element, length):
            return tree.ArrayOf(_replace(element, base), length)
        case tree.FunctionOf(result, parameters):
            return tree.FunctionOf(_replace(result, base), parameters)
        case _:
            return made


def _rust_text(type_name: TypeName) -> str:
    """Return a Rust type as rustc names it in debug information."""
    if isinstance(type_name, tree.ArrayOf):
        return f"[{_rust_text(type_name.element)}; {type_name.length}]"
    return type_name.name if isinstance(type_name, tree.NamedType) else "?"


def _basic_name(words: list[str]) -> str:
    """Return the one name that compilers give a basic type: `long unsigned int` for `unsigned long`.

    Source: C23 §6.7.3.1, the sets of specifiers; the spelling is GCC's.
    """
    longs = words.count("long")
    sign = "unsigned" if "unsigned" in words else ""
    for kind in ("char", "__int128", "short", "double", "float"):
        if kind not in words:
            continue
        if kind == "char":
            return f"{sign or ('signed' if 'signed' in words else '')} char".strip()
        if kind == "__int128":
            return f"__int128 {sign}".strip()
        if kind == "short":
            return f"short {sign} int".replace("  ", " ")
        complex_part = "complex " if "_Complex" in words else ""
        return f"{complex_part}{'long ' if longs else ''}{kind}"
    if longs:
        return f"{'long ' * longs}{sign} int".replace("  ", " ")
    if sign or "signed" in words or words == ["int"]:
        return f"{sign} int".strip()
    return words[0]


def normal_template(text: str) -> str:
    """Return template arguments spelled as compilers spell them: `<int, char*>` for `< int,char * >`."""
    out: list[str] = []
    for token in lexer.tokens(text)[:-1]:
        if token.text == ",":
            out.append(", ")
        elif out and token.kind in (lexer.NAME, lexer.NUMBER) and out[-1][-1:].isalnum():
            out.append(" " + token.text)
        else:
            out.append(token.text)
    return "".join(out)
