"""What an expression says, as a tree; nothing is looked up yet.

Two equal texts give equal trees.  `TypeName`s name types without knowing them: what they mean is asked of
the program later.  (Dataclasses, because joining dozens of tuple types costs a type checker minutes.)
"""

from __future__ import annotations

from dataclasses import dataclass

from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.base.typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """An integer or a float as written; `suffix` is lower case ("ul", "f", "u8"), `base` 10, 16, 8 or 2."""

    value: int | float
    suffix: str = ""
    base: int = 10


@dataclass(frozen=True, slots=True)
class Character:
    """A character by its code; `prefix` is "", "L", "u", "U", "u8" or Rust's "b"."""

    code: int
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class String:
    """A string's content in UTF-8, without its NUL; `prefix` as in `Character`."""

    content: bytes
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, function, enumerator or type as written: `x`, `ns::Class<int>::member`, `::global`.

    `scope` is what gdb writes before `::` in quotes or as a function's name: 'file.c' or f.
    """

    text: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`: a register or a convenience variable, without its dollar."""

    name: str


@dataclass(frozen=True, slots=True)
class History:
    """`$1`: a numbered result; `$`, `$$` and `$$2`: one counted from the last, 0, 1 and 2."""

    number: int
    is_relative: bool


@dataclass(frozen=True, slots=True)
class Unary:
    """`operator` is one of - + ! ~ * & ++ -- and, behind the operand, "p++" and "p--"."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Any operator between two operands, the comma, `&&` and `||` included."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Assign:
    """`left = right`, or `left op= right` with `operator`, which is empty for the plain one."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A call, of the program's function or of one of ours (`$variant(x)`)."""

    function: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`base[key]`; the key is a `Range` for a slice."""

    base: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Range:
    """`start..end`: either may be missing; `is_inclusive` for `..=`."""

    start: Node | None
    end: Node | None
    is_inclusive: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name` or `base->name`; the name may be qualified by a base class."""

    base: Node
    name: str
    is_arrow: bool


@dataclass(frozen=True, slots=True)
class MemberPointer:
    """`base.*pointer` or `base->*pointer`."""

    base: Node
    pointer: Node
    is_arrow: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    """`first@length`: an array made of what stands behind `first` in memory."""

    first: Node
    length: Node


@dataclass(frozen=True, slots=True)
class Cast:
    """`(type) operand`; `style` is "" or "static_cast" and its like, "as" for Rust."""

    type: TypeName
    operand: Node
    style: str = ""


@dataclass(frozen=True, slots=True)
class At:
    """`{type} address`: the object of that type at an address."""

    type: TypeName
    address: Node


@dataclass(frozen=True, slots=True)
class SizeOf:
    """`sizeof`, `alignof`; of a type or of an expression that is not evaluated."""

    operator: str
    operand: TypeName | Node


@dataclass(frozen=True, slots=True)
class TypeExpression:
    """A type where a value is expected: `whatis unsigned int`, `ptype struct node`."""

    type: TypeName


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """`{1, 2, 3}` of gdb, `[1, 2, 3]` of Rust."""

    elements: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class NamedType:
    """A type by name; `keyword` is "struct", "union", "class", "enum" or empty.

    The words of a basic type are in gdb's order: `unsigned long`.
    """

    name: str
    keyword: str = ""


@dataclass(frozen=True, slots=True)
class PointerTo:
    """`kind` is "*", "&" or "&&"."""

    target: TypeName
    kind: str = "*"


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """`length` is None in `int []`."""

    element: TypeName
    length: int | None


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """`int (int, char *)`."""

    result: TypeName
    parameters: tuple[TypeName, ...]


@dataclass(frozen=True, slots=True)
class Qualified:
    """`qualifier` is "const" or "volatile"."""

    target: TypeName
    qualifier: str


@dataclass(frozen=True, slots=True)
class TypeOf:
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
