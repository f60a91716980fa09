"""What an expression says, as a tree; nothing is looked up yet.

Nodes are tuples of facts, so two equal texts give equal trees.  `TypeName`s name types without knowing
them: what they mean is asked of the program later.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Number(NamedTuple):
    """An integer or a float as written; `suffix` is lower case ("ul", "f", "u8"), `base` 10, 16, 8 or 2."""

    value: int | float
    suffix: str = ""
    base: int = 10


class Character(NamedTuple):
    """A character by its code; `prefix` is "", "L", "u", "U", "u8" or Rust's "b"."""

    code: int
    prefix: str = ""


class String(NamedTuple):
    """A string's content in UTF-8, without its NUL; `prefix` as in `Character`."""

    content: bytes
    prefix: str = ""


class Name(NamedTuple):
    """A variable, function, enumerator or type as written: `x`, `ns::Class<int>::member`, `::global`.

    `scope` is what gdb writes before `::` in quotes or as a function's name: 'file.c' or f.
    """

    text: str
    scope: str | None = None


class Variable(NamedTuple):
    """`$name`: a register or a convenience variable, without its dollar."""

    name: str


class History(NamedTuple):
    """`$1`: a numbered result; `$`, `$$` and `$$2`: one counted from the last, 0, 1 and 2."""

    number: int
    is_relative: bool


class Unary(NamedTuple):
    """`operator` is one of - + ! ~ * & ++ -- and, behind the operand, "p++" and "p--"."""

    operator: str
    operand: Node


class Binary(NamedTuple):
    """Any operator between two operands, the comma, `&&` and `||` included."""

    operator: str
    left: Node
    right: Node


class Assign(NamedTuple):
    """`left = right`, or `left op= right` with `operator`, which is empty for the plain one."""

    operator: str
    left: Node
    right: Node


class Conditional(NamedTuple):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


class Call(NamedTuple):
    """A call, of the program's function or of one of ours (`$variant(x)`)."""

    function: Node
    arguments: tuple[Node, ...]


class Index(NamedTuple):
    """`base[key]`; the key is a `Range` for a slice."""

    base: Node
    key: Node


class Range(NamedTuple):
    """`start..end`: either may be missing; `is_inclusive` for `..=`."""

    start: Node | None
    end: Node | None
    is_inclusive: bool = False


class Member(NamedTuple):
    """`base.name` or `base->name`; the name may be qualified by a base class."""

    base: Node
    name: str
    is_arrow: bool


class MemberPointer(NamedTuple):
    """`base.*pointer` or `base->*pointer`."""

    base: Node
    pointer: Node
    is_arrow: bool


class Repeat(NamedTuple):
    """`first@length`: an array made of what stands behind `first` in memory."""

    first: Node
    length: Node


class Cast(NamedTuple):
    """`(type) operand`; `style` is "" or "static_cast" and its like, "as" for Rust."""

    type: TypeName
    operand: Node
    style: str = ""


class At(NamedTuple):
    """`{type} address`: the object of that type at an address."""

    type: TypeName
    address: Node


class SizeOf(NamedTuple):
    """`sizeof`, `alignof`; of a type or of an expression that is not evaluated."""

    operator: str
    operand: TypeName | Node


class TypeExpression(NamedTuple):
    """A type where a value is expected: `whatis unsigned int`, `ptype struct node`."""

    type: TypeName


class ArrayLiteral(NamedTuple):
    """`{1, 2, 3}` of gdb, `[1, 2, 3]` of Rust."""

    elements: tuple[Node, ...]


class NamedType(NamedTuple):
    """A type by name; `keyword` is "struct", "union", "class", "enum" or empty.

    The words of a basic type are in gdb's order: `unsigned long`.
    """

    name: str
    keyword: str = ""


class PointerTo(NamedTuple):
    """`kind` is "*", "&" or "&&"."""

    target: TypeName
    kind: str = "*"


class ArrayOf(NamedTuple):
    """`length` is None in `int []`."""

    element: TypeName
    length: int | None


class FunctionOf(NamedTuple):
    """`int (int, char *)`."""

    result: TypeName
    parameters: tuple[TypeName, ...]


class Qualified(NamedTuple):
    """`qualifier` is "const" or "volatile"."""

    target: TypeName
    qualifier: str


class TypeOf(NamedTuple):
    """`decltype(x)`, `typeof(x)`: the type of an expression that is not evaluated."""

    operand: Node


TypeName: TypeAlias = NamedType | PointerTo | ArrayOf | FunctionOf | Qualified | TypeOf

Node: TypeAlias = (
    Number
    | Character
    | String
    | Name
    | Variable
    | History
    | Unary
    | Binary
    | Assign
    | Conditional
    | Call
    | Index
    | Range
    | Member
    | MemberPointer
    | Repeat
    | Cast
    | At
    | SizeOf
    | TypeExpression
    | ArrayLiteral
)
