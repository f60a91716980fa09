"""Integers, registers, symbols and arithmetic, as a command line writes them.

C's operators at C's precedence on 64-bit integers; `$rax` is a register, `$1` `$` `$$` are the history,
a name is the address of a symbol, `*E` and `{long}E` read memory.  No types: that is another layer's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from trapline.base.errors import VariableNotFound
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    from trapline.cli.session import Session

_MASK = (1 << 64) - 1
TYPES = {
    "char": (1, True), "signed char": (1, True), "unsigned char": (1, False),
    "short": (2, True), "unsigned short": (2, False), "int": (4, True), "unsigned": (4, False),
    "unsigned int": (4, False), "long": (8, True), "unsigned long": (8, False), "long long": (8, True),
    "unsigned long long": (8, False), "size_t": (8, False), "void *": (8, False), "char *": (8, False),
    "int8_t": (1, True), "uint8_t": (1, False), "int16_t": (2, True), "uint16_t": (2, False),
    "int32_t": (4, True), "uint32_t": (4, False), "int64_t": (8, True), "uint64_t": (8, False),
}  # fmt: skip
"""C's names of integers in the x86-64 psABI: (size in bytes, signed)."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)(?![\w.])
    |(?P<dollar>\$[\w$]*)
    |'(?P<character>\\.|[^'\\])'
    |(?P<name>(?:[\w.+-]+!)?[A-Za-z_][\w.]*(?:::~?\w+)*(?:@plt)?)
    |(?P<operator><<|>>|[-+*/%&|^~(){}]))""",
    re.VERBOSE,
)
_PRECEDENCE = {"|": 0, "^": 1, "&": 2, "<<": 3, ">>": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
"""Source: C17 §6.5.5 to §6.5.12."""
_DEPTH = 100


class Value(NamedTuple):
    """An integer, and where it came from.

    `kind` is "integer", "code" (a function or $pc), "data" (an address), "flags" or "wide" (a vector
    register); `address` and `size` (bytes) say where in memory it was read from, `register` or `symbol`
    which one it is.
    """

    number: int
    kind: str = "integer"
    size: int = 8
    address: int | None = None
    register: str | None = None
    symbol: str | None = None
    signed: bool = True
    text: str = ""


def evaluate(session: Session, text: str) -> Value:
    """Return the value of an expression.

    Raises:
        CommandError: it is not one, or cannot be computed.
    """
    return _Parser(session, text).whole()


class _Parser:
    def __init__(self, session: Session, text: str) -> None:
        self._session = session
        self._text = text
        self._tokens = _split(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Value:
        if not self._tokens:
            raise CommandError("an expression is missing")
        value = self._binary(0)
        if self._at < len(self._tokens):
            raise CommandError(f"{self._tokens[self._at][1]!r} is not expected in {self._text!r}")
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, operator: str) -> None:
        if self._take() != ("operator", operator):
            raise CommandError(f"{operator!r} is missing in {self._text!r}")

    def _binary(self, lowest: int) -> Value:
        """Return what operators of at least that precedence make of the operands that follow."""
        left = self._unary()
        while True:
            kind, token = self._peek()
            level = _PRECEDENCE.get(token, -1) if kind == "operator" else -1
            if level < lowest:
                return left
            self._at += 1
            left = Value(_wrap(_apply(token, left.number, self._binary(level + 1).number)))

    def _unary(self) -> Value:
        self._depth += 1
        if self._depth > _DEPTH:
            raise CommandError("the expression is nested too deeply")
        try:
            return self._operand()
        finally:
            self._depth -= 1

    def _operand(self) -> Value:
        kind, token = self._take()
        if kind == "number":
            return Value(_wrap(_integer(token)))
        if kind == "character":
            return Value(
                ord(token) if len(token) == 1 else {"n": 10, "t": 9, "0": 0}.get(token[1], ord(token[1]))
            )
        if kind == "dollar":
            return self._dollar(token)
        if kind == "name":
            symbol = self._session.program.symbol(token)
            return Value(symbol.address, "symbol", symbol=symbol.name)
        if token == "(":
            value = self._cast() or self._binary(0)
            if value.kind != "cast":
                self._expect(")")
                return value
            return self._converted(value)
        if token == "{":
            size, signed = self._type("}")
            return self._read(self._unary().number, size, signed)
        if token == "*":
            return self._dereference()
        if token == "&":
            value = self._unary()
            if value.kind == "symbol":
                return value
            if value.address is None:
                raise CommandError("& needs something that is in memory")
            return Value(value.address, "data")
        if token in ("-", "~", "+"):
            number = self._unary().number
            return Value(_wrap(-number if token == "-" else ~number if token == "~" else number))
        if kind == "end":
            raise CommandError(f"the expression {self._text!r} ends too early")
        raise CommandError(f"{token!r} is not expected in {self._text!r}")

    # -- memory ----------------------------------------------------------------------------------

    def _dereference(self) -> Value:
        value = self._unary()
        # Without a type gdb reads an int, and so do hands expect it.
        return self._read(value.number, value.size if value.kind == "pointer" else 4, value.signed)

    def _read(self, address: int, size: int, signed: bool) -> Value:
        address &= _MASK
        number = self._session.process.memory.read_integer(address, size, signed)
        return Value(number, "integer", size, address, signed=signed)

    def _type(self, end: str) -> tuple[int, bool]:
        words = []
        while (token := self._take())[1] not in (end, ""):
            words.append(token[1])
        if token[1] != end:
            raise CommandError(f"{end!r} is missing in {self._text!r}")
        name = " ".join(words)
        if name not in TYPES:
            raise CommandError(f"no type {name!r}; sizes are char, short, int, long, with unsigned before")
        return TYPES[name]

    def _cast(self) -> Value | None:
        """Return what a parenthesis begins when it is a cast, its type in `size` and `signed`."""
        start = self._at
        words = []
        while self._peek()[0] == "name" or self._peek()[1] == "*":
            words.append(self._take()[1])
        name = " ".join(words)
        pointed = name.removesuffix("*").strip()
        if self._peek()[1] == ")" and (name in TYPES or (pointed != name and pointed in (*TYPES, "void"))):
            self._at += 1
            if name.endswith("*"):
                size, signed = TYPES.get(pointed, (1, True))
                return Value(1, "cast", size, signed=signed)
            size, signed = TYPES[name]
            return Value(0, "cast", size, signed=signed)
        self._at = start
        return None

    def _converted(self, cast: Value) -> Value:
        value = self._unary()
        if cast.number:
            return Value(value.number & _MASK, "pointer", cast.size, signed=cast.signed)
        number = value.number & ((1 << 8 * cast.size) - 1)
        if cast.signed and number >> 8 * cast.size - 1:
            number -= 1 << 8 * cast.size
        return Value(number, "integer", cast.size, signed=cast.signed)

    # -- names after a dollar --------------------------------------------------------------------

    def _dollar(self, token: str) -> Value:
        history = self._session.history
        name = token[1:]
        if name in ("", "$") or name.isdecimal() or re.fullmatch(r"\$[0-9]+", name):
            back = 0 if not name else 1 if name == "$" else int(name[1:]) if name[0] == "$" else None
            number = int(name) if back is None else len(history) - back
            if not 1 <= number <= len(history):
                raise CommandError(f"the value history has no {token}; it has {len(history)} values")
            return history[number - 1]
        return register(self._session, name)


def register(session: Session, name: str) -> Value:
    """Return a register of the selected frame: `rax`, `pc`, `xmm0`.

    Raises:
        VariableNotFound: there is none; near names are listed.
    """
    inferior = session.process
    frame = inferior.frame
    try:
        number = frame.registers[name]
    except VariableNotFound:
        if not frame.level:
            raise
        # A caller's registers that nobody knows; a name that is none at all lists the near ones.
        _ = inferior.thread.registers[name]
        raise
    if name in ("pc", "rip"):
        return Value(number, "code", register=name)
    if name in ("sp", "rsp", "fp", "rbp"):
        return Value(number, "data", register=name)
    if name in ("eflags", "flags"):
        return Value(number, "flags", 4, register=name, text=inferior.thread.registers.describe_flags())
    if re.match(r"[xyz]mm\d|st\d", name):
        return Value(number, "wide", 16, register=name)
    return Value(_wrap(number), register=name)


def _split(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise CommandError(f"{text[position:].strip().split()[0]!r} is no part of an expression")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        position = found.end()
    return tokens


def _integer(text: str) -> int:
    if len(text) > 70:
        raise CommandError(f"{text[:20]}... has more than 64 bits")
    if text[:1] == "0" and text.isdigit() and len(text) > 1:
        if not set(text) <= set("01234567"):
            raise CommandError(f"{text} is no octal number")
        number = int(text, 8)
    else:
        number = int(text, 0)
    if number > _MASK:
        raise CommandError(f"{text} has more than 64 bits")
    return number


def _wrap(number: int) -> int:
    """Return a number as a 64-bit signed one, or unsigned where it was written so."""
    number &= _MASK
    return number - (1 << 64) if number >> 63 else number


def _divided(left: int, right: int) -> int:
    if not right:
        raise CommandError("Division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "%": lambda a, b: a - b * _divided(a, b),
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b if b < 64 else 0,
    ">>": lambda a, b: a >> min(b, 63),
}


def _apply(operator: str, left: int, right: int) -> int:
    if operator in ("<<", ">>") and right < 0:
        raise CommandError(f"a shift by {right} bits")
    return _OPERATIONS[operator](left, right)


def assign(session: Session, target: str, value: str) -> None:
    """Write `value` to a register (`$rax`) or to memory (`{int}0x404028`, `*0x404028`).

    Raises:
        DebuggerError: the target is neither, or cannot be written.
    """
    number = evaluate(session, value).number
    if target.startswith("$"):
        name = target[1:].strip()
        if not name.isalnum() and "_" not in name:
            raise CommandError(f"{target!r} is no register")
        _set_register(session, name, number)
        return
    place = evaluate(session, target)
    if place.address is None:
        raise CommandError(f"{target!r} cannot be assigned to; write $REGISTER or {{int}}ADDRESS")
    limit = 1 << 8 * place.size
    if not -limit // 2 <= number < limit:
        raise CommandError(f"{number} does not fit in {place.size} bytes")
    session.process.memory.write_integer(place.address, number, place.size)


def _set_register(session: Session, name: str, number: int) -> None:
    inferior = session.process
    if inferior.frame.level:
        raise CommandError("a register can be set in the innermost frame only: `frame 0` first")
    inferior.thread.registers[name] = number
