"""What is written in annotations, without the price of `typing`, which is imported for type checkers alone.

Importing `typing` takes 4 ms and 0.7 MB, a tenth of a start; nothing of ours asks a type at run time.
Checkers see the real ones.
"""

from __future__ import annotations

TYPE_CHECKING = False  # mypy and pyright take this name for true

if TYPE_CHECKING:
    from typing import (
        IO as IO,
        Any as Any,
        BinaryIO as BinaryIO,
        ClassVar as ClassVar,
        Generic as Generic,
        NewType as NewType,
        NoReturn as NoReturn,
        NotRequired as NotRequired,
        Protocol as Protocol,
        SupportsIndex as SupportsIndex,
        TextIO as TextIO,
        TypeAlias as TypeAlias,
        TypedDict as TypedDict,
        TypeGuard as TypeGuard,
        TypeVar as TypeVar,
        cast as cast,
        dataclass_transform as dataclass_transform,
        overload as overload,
    )
else:
    IO = BinaryIO = TextIO = Any = ClassVar = NoReturn = NotRequired = SupportsIndex = TypeAlias = object

    class Generic:
        """A base that says something to checkers alone, with or without parameters."""

        __slots__ = ()

        def __class_getitem__(cls, parameters):
            return cls

    Protocol = TypeGuard = Generic

    class TypedDict(dict):
        def __init_subclass__(cls, total=True):
            pass

    def TypeVar(name, bound=None):
        return name

    def NewType(name, base):
        return lambda value: value

    def cast(type_, value):
        return value

    def dataclass_transform(**defaults):
        return lambda class_: class_

    def overload(function):
        return function
