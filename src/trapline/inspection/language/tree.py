"""What an expression says, as a tree; nothing is looked up yet.

Two equal texts give equal trees.  `TypeName`s name types without knowing them: what they mean is asked of
the program later.
"""

from __future__ import annotations

from trapline.base.record import Record
from trapline.base.typing import Any, TypeAlias, dataclass_transform


@dataclass_transform(frozen_default=True)
class _Written(Record):
    """What all nodes have in common: a record of its annotations, which may be given in their order.

    (They are no tuples: joining dozens of tuple types costs a type checker minutes.)
    """

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)
        type.__setattr__(cls, "__match_args__", cls._fields)

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self._fields, values, strict=False)) | named
        missing = [name for name in self._fields if name not in given and not hasattr(self, name)]
        if missing or len(given) != len(values) + len(named) or not given.keys() <= set(self._fields):
            raise TypeError(f"{type(self).__name__}() takes {', '.join(self._fields)}")
        self.__dict__.update(given)


class Number(_Written):
    """An integer or a float as written; `suffix` is lower case ("ul", "f", "u8"), `base` 10, 16, 8 or 2."""

    value: int | float
    suffix: str = ""
    base: int = 10


class Character(_Written):
    """A character by its code; `prefix` is "", "L", "u", "U", "u8" or Rust's "b"."""

    code: int
    prefix: str = ""


class String(_Written):
    """A string's content in UTF-8, without its NUL; `prefix` as in `Character`."""

    content: bytes
    prefix: str = ""


class Name(_Written):
    """A variable, function, enumerator or type as written: `x`, `ns::Class<int>::member`, `::global`.

    `scope` is what gdb writes before `::` in quotes or as a function's name: 'file.c' or f.
    """

    text: str
    scope: str | None = None


class Variable(_Written):
    """`$name`: a register or a convenience variable, without its dollar."""

    name: str


class History(_Written):
    """`$1`: a numbered result; `$`, `$$` and `$$2`: one counted from the last, 0, 1 and 2."""

    number: int
    is_relative: bool


class Unary(_Written):
    """`operator` is one of - + ! ~ * & ++ -- and, behind the operand, "p++" and "p--"."""

    operator: str
    operand: Node


class Binary(_Written):
    """Any operator between two operands, the comma, `&&` and `||` included."""

    operator: str
    left: Node
    right: Node


class Assign(_Written):
    """`left = right`, or `left op= right` with `operator`, which is empty for the plain one."""

    operator: str
    left: Node
    right: Node


class Conditional(_Written):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


class Call(_Written):
    """A call, of the program's function or of one of ours (`$variant(x)`)."""

    function: Node
    arguments: tuple[Node, ...]


class Index(_Written):
    """`base[key]`; the key is a `Range` for a slice."""

    base: Node
    key: Node


class Range(_Written):
    """`start..end`: either may be missing; `is_inclusive` for `..=`."""

    start: Node | None
    end: Node | None
    is_inclusive: bool = False


class Member(_Written):
    """`base.name` or `base->name`; the name may be qualified by a base class."""

    base: Node
    name: str
    is_arrow: bool


class MemberPointer(_Written):
    """`base.*pointer` or `base->*pointer`."""

    base: Node
    pointer: Node
    is_arrow: bool


class Repeat(_Written):
    """`first@length`: an array made of what stands behind `first` in memory."""

    first: Node
    length: Node


class AtEntry(_Written):
    """gdb's `x@entry`: what a parameter was when its function was entered."""

    parameter: Name


class Cast(_Written):
    """`(type) operand`; `style` is "" or "static_cast" and its like, "as" for Rust."""

    type: TypeName
    operand: Node
    style: str = ""


class At(_Written):
    """`{type} address`: the object of that type at an address."""

    type: TypeName
    address: Node


class SizeOf(_Written):
    """`sizeof`, `alignof`; of a type or of an expression that is not evaluated."""

    operator: str
    operand: TypeName | Node


class TypeExpression(_Written):
    """A type where a value is expected: `whatis unsigned int`, `ptype struct node`."""

    type: TypeName


class ArrayLiteral(_Written):
    """`{1, 2, 3}` of gdb, `[1, 2, 3]` of Rust."""

    elements: tuple[Node, ...]


class NamedType(_Written):
    """A type by name; `keyword` is "struct", "union", "class", "enum" or empty.

    The words of a basic type are in gdb's order: `unsigned long`.
    """

    name: str
    keyword: str = ""


class PointerTo(_Written):
    """`kind` is "*", "&" or "&&"."""

    target: TypeName
    kind: str = "*"


class ArrayOf(_Written):
    """`length` is None in `int []`."""

    element: TypeName
    length: int | None


class FunctionOf(_Written):
    """`int (int, char *)`."""

    result: TypeName
    parameters: tuple[TypeName, ...]


class Qualified(_Written):
    """`qualifier` is "const" or "volatile"."""

    target: TypeName
    qualifier: str


class TypeOf(_Written):
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
    | AtEntry
    | Cast
    | At
    | SizeOf
    | TypeExpression
    | ArrayLiteral
)
