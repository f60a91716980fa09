"""From tokens to a tree, by operator precedence: the grammar of what users type at gdb.

C and C++ expressions, the Rust forms, and gdb's own `@`, `{type} address`, `$name` and `'file.c'::name`.
Precedence is a table a language; the rest is one function a construct.  Where a word may be a type or a
variable, the program decides: `Names` answers.  (A parser library was measured and left out: ADR 0005.)

Source: C23 §6.5; C++20 [expr]; The Rust Reference, Expression precedence; GDB manual, Expressions.
"""

from __future__ import annotations

from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection.language import lexer, literals, tree
from trapline.inspection.language.type_parser import TYPE_OF, Names, TypeParser

if TYPE_CHECKING:
    from trapline.inspection.language.tree import Node, TypeName

_DEEPEST = 150
"""Nesting of an expression; deeper ones would end in Python's own recursion limit."""


_C_LEVELS = (
    (",",),
    ("..", "..="),
    ("=",),
    ("?",),
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<=>",),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("@",),
    ("+", "-"),
    ("*", "/", "%"),
    (".*", "->*"),
)
_RUST_LEVELS = (
    (",",),
    ("=",),
    ("..", "..="),
    ("||",),
    ("&&",),
    ("==", "!=", "<", ">", "<=", ">="),
    ("|",),
    ("^",),
    ("&",),
    ("<<", ">>"),
    ("@",),
    ("+", "-"),
    ("*", "/", "%"),
    ("as",),
)


def _table(levels: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {operator: level for level, operators in enumerate(levels) for operator in operators}


_PRECEDENCE = {"c": _table(_C_LEVELS), "rust": _table(_RUST_LEVELS)}
_ASSIGNMENTS = {
    f"{operator}=": operator for operator in ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>")
} | {"=": ""}
_NO_TUPLES = "tuples cannot be made in expressions, and Rust has no comma operator: give the parts one by one"
_PREFIXES = ("-", "+", "!", "~", "*", "&", "++", "--")
_CASTS = ("static_cast", "reinterpret_cast", "const_cast", "dynamic_cast")
_WORDS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "bitand": "&",
    "bitor": "|",
    "xor": "^",
    "compl": "~",
    "not_eq": "!=",
}


def parse(text: str, names: Names, language: str = "c") -> Node:
    """Return the tree of an expression.

    Args:
        text: the expression, whole.
        names: what is a type in the program.
        language: "c", "c++" or "rust".

    Raises:
        EvaluationError: it is none; the message says where it goes wrong.
    """
    return _Parser(text, names, language).whole()


def parse_type(text: str, names: Names, language: str = "c") -> TypeName:
    """Return the tree of a type: `unsigned long`, `struct node *`, `int (*)[4]`, `&mut [u8]`.

    Raises:
        EvaluationError: it is none.
    """
    return _Parser(text, names, language).whole_type()


class _Parser(TypeParser):
    """One expression being parsed."""

    __slots__ = ("_levels",)

    def __init__(self, text: str, names: Names, language: str) -> None:
        super().__init__(text, names, language)
        self._levels = _PRECEDENCE["rust" if self._is_rust else "c"]

    def whole(self) -> Node:
        """Return the tree of the whole text."""
        if self._peek().kind == lexer.END:
            raise EvaluationError("an expression is needed")
        node = self._expression(0)
        if self._peek().kind != lexer.END:
            self._fail("an operator or the end")
        return node

    def whole_type(self) -> TypeName:
        """Return the tree of the whole text, a type."""
        found = self._try_type()
        if found is None or self._peek().kind != lexer.END:
            raise EvaluationError(f"{self._text.strip()!r} is no type")
        return found

    # -- operators -------------------------------------------------------------------------------

    def _expression(self, lowest: int) -> Node:
        """Parse operators that bind at least as tightly as level `lowest`; 0 is the comma."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise EvaluationError(f"the expression is nested more than {_DEEPEST} deep")
        if self._is("..", "..="):
            left = self._range(None)
        else:
            left = self._unary()
        while True:
            operator = self._operator()
            level = self._levels.get("=" if operator in _ASSIGNMENTS else operator)
            if level is None or level < lowest:
                break
            left = self._continue(left, operator, level)
        self._depth -= 1
        return left

    def _operator(self) -> str:
        token = self._peek()
        if token.kind == lexer.NAME and (token.text in _WORDS or (token.text == "as" and self._is_rust)):
            return _WORDS.get(token.text, token.text)
        return token.text if token.kind == lexer.OPERATOR else ""

    def _continue(self, left: Node, operator: str, level: int) -> Node:
        if operator in ("..", "..="):
            return self._range(left)
        self._next()
        if operator == "," and self._is_rust:
            raise EvaluationError(_NO_TUPLES)
        if operator in _ASSIGNMENTS:
            return tree.Assign(_ASSIGNMENTS[operator], left, self._expression(level))
        if operator == "?":
            yes = self._expression(0)
            self._expect(":")
            return tree.Conditional(left, yes, self._expression(level))
        if operator == "as":
            return tree.Cast(self._type(), left, "as")
        right = self._expression(level + 1)
        if operator == "@":
            return tree.Repeat(left, right)
        if operator in (".*", "->*"):
            return tree.MemberPointer(left, right, operator == "->*")
        return tree.Binary(operator, left, right)

    def _range(self, start: Node | None) -> Node:
        inclusive = self._next().text == "..="
        end = None
        if not self._is("]", ")", ",") and self._peek().kind != lexer.END:
            end = self._expression(self._levels["||"])
        return tree.Range(start, end, inclusive)

    def _unary(self) -> Node:
        token = self._peek()
        if token.kind == lexer.OPERATOR or token.text in ("not", "compl"):
            operator = _WORDS.get(token.text, token.text)
            if operator in _PREFIXES:
                self._next()
                if operator == "&" and self._is_rust:
                    self._accept("mut")
                return tree.Unary(operator, self._operand())
            if operator == "&&" and self._is_rust:  # two references
                self._next()
                return tree.Unary("&", tree.Unary("&", self._operand()))
            if operator == "(" and not self._is_rust:  # Rust's cast is `as`
                type_name = self._attempt(self._type_in_parentheses)
                if type_name is not None:
                    return self._cast(type_name)
            if operator == "{":
                return self._braces()
        elif token.kind == lexer.NAME:
            if token.text == "sizeof" or (token.text in ("alignof", "_Alignof") and not self._is_rust):
                return self._size_of()
            if token.text in _CASTS and not self._is_rust:
                return self._named_cast()
        return self._postfix(self._primary())

    def _operand(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise EvaluationError(f"the expression is nested more than {_DEEPEST} deep")
        node = self._unary()
        self._depth -= 1
        return node

    def _cast(self, type_name: TypeName) -> Node:
        """Parse what is behind `(T)`: not as an attempt, for each would double the time of those in it."""
        if self._peek().kind == lexer.END or self._is(")", ",", "]", "}", ".", "->", "?", ":", "="):
            # `(T)` alone is the type itself, as in `whatis (int)`; `(f)(x)` is no cast either.
            return tree.TypeExpression(type_name)
        return tree.Cast(type_name, self._operand())

    def _named_cast(self) -> Node:
        style = self._next().text
        self._expect("<")
        type_name = self._type()
        self._expect(">")
        self._expect("(")
        operand = self._expression(0)
        self._expect(")")
        return self._postfix(tree.Cast(type_name, operand, style))

    def _size_of(self) -> Node:
        operator = "sizeof" if self._next().text == "sizeof" else "alignof"
        if self._is("("):
            found = self._attempt(self._type_in_parentheses)
            if found is not None:
                return tree.SizeOf(operator, found)
        return tree.SizeOf(operator, self._operand())

    def _type_in_parentheses(self) -> TypeName | None:
        self._expect("(")
        found = self._try_type()
        return found if found is not None and self._accept(")") else None

    def _braces(self) -> Node:
        """Parse `{type} address`, or gdb's array `{1, 2, 3}`."""
        found = self._attempt(self._type_in_braces)
        if found is not None:
            return tree.At(found, self._operand())
        self._expect("{")
        return self._elements("}")

    def _type_in_braces(self) -> TypeName | None:
        self._expect("{")
        found = self._try_type()
        return found if found is not None and self._accept("}") else None

    def _elements(self, closing: str) -> Node:
        elements: list[Node] = []
        while not self._accept(closing):
            elements.append(self._expression(self._levels[","] + 1))
            if not self._is(closing):
                self._expect(",")
        return tree.ArrayLiteral(tuple(elements))

    # -- what stands behind an operand -----------------------------------------------------------

    def _postfix(self, node: Node) -> Node:
        if isinstance(node, tree.Name) and self._is("@"):
            word = self._peek(1)
            if word.text == "entry" and word.start == self._peek().end:  # as gdb has it: one word
                self._at += 2
                node = tree.AtEntry(node)
        while True:
            token = self._peek()
            if token.kind == lexer.NUMBER and token.text[0] == "." and token.text[1:].isdigit():
                self._next()  # a Rust tuple's `.0`, which the lexer takes for a number
                node = tree.Member(node, token.text[1:], False)
            elif token.kind != lexer.OPERATOR:
                return node
            elif token.text in (".", "->"):
                self._next()
                node = tree.Member(node, self._member_name(), token.text == "->")
            elif token.text == "[":
                self._next()
                index = self._expression(0)
                self._expect("]")
                node = tree.Index(node, index)
            elif token.text == "(":
                self._next()
                node = tree.Call(node, self._arguments())
            elif token.text in ("++", "--"):
                self._next()
                node = tree.Unary("p" + token.text, node)
            else:
                return node

    def _arguments(self) -> tuple[Node, ...]:
        arguments: list[Node] = []
        while not self._accept(")"):
            arguments.append(self._expression(self._levels[","] + 1))
            if not self._is(")"):
                self._expect(",")
        return tuple(arguments)

    def _member_name(self) -> str:
        token = self._peek()
        if token.kind == lexer.NUMBER and token.text.isdigit():
            return self._next().text
        destructor = "~" if self._accept("~") else ""
        if self._peek().kind not in (lexer.NAME, lexer.QUOTED):
            self._fail("a member's name")
        return destructor + self._path()

    # -- operands --------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self._peek()
        match token.kind:
            case lexer.NUMBER:
                return literals.number(self._next().text)
            case lexer.CHARACTER:
                prefix, content = lexer.split_literal(self._next().text)
                if self._is("::"):
                    return self._scoped(content)  # 'f'::x of a file with a one-letter name
                return tree.Character(lexer.character_code(content), prefix)
            case lexer.STRING | lexer.RAW_STRING:
                return self._string()
            case lexer.DOLLAR:
                return literals.dollar(self._next().text)
            case lexer.QUOTED:
                return self._scoped(self._next().text[1:-1])
            case lexer.NAME:
                return self._name()
        if self._accept("("):
            return self._group()
        if self._accept("["):
            return self._elements("]")
        if self._is("::"):
            return self._name()
        return self._fail("an operand")

    def _group(self) -> Node:
        if self._is_rust and self._accept(")"):
            return tree.Name("()")
        node = self._expression(0)
        self._expect(")")
        return node

    def _string(self) -> Node:
        content, prefix = b"", ""
        while self._peek().kind in (lexer.STRING, lexer.RAW_STRING):
            token = self._next()
            prefix, text = lexer.split_literal(token.text)
            if token.kind == lexer.RAW_STRING:
                prefix = prefix.rstrip("#").replace("r", "")
                content += text.rstrip("#").rstrip('"').encode() if "#" in token.text else text.encode()
            else:
                content += lexer.unescape(text)
        return tree.String(content, prefix)

    def _scoped(self, quoted: str) -> Node:
        """Return the name behind `'file.c'::`, or the quoted name itself: `'ns::f(int)'`."""
        if self._accept("::"):
            return tree.Name(self._path(), quoted)
        return tree.Name(quoted)

    def _name(self) -> Node:
        token = self._peek()
        if not self._is_rust and self._begins_type(token) and token.text not in TYPE_OF:
            found = self._attempt(self._type_expression)
            if found is not None:
                return found
            self._next()
            return self._fail(f"a type, beginning with {token.text!r},")
        if token.text in TYPE_OF:
            return tree.TypeExpression(self._type())
        path = self._path()
        if not self._is_rust and not self._is("(") and self._names.is_type(path):
            # `T *` and the like, where a value is expected: the type itself, as `whatis` takes it.
            return tree.TypeExpression(self._declarator(tree.NamedType(path)))
        return tree.Name(path)

    def _type_expression(self) -> Node | None:
        found = self._try_type()
        if found is None:
            return None
        if self._accept("("):  # `int(x)`, C++'s cast in the form of a call
            operand = self._expression(0)
            self._expect(")")
            return tree.Cast(found, operand)
        return tree.TypeExpression(found)
