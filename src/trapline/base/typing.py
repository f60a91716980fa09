"""What is written in annotations, without the price of `typing`, which is imported for type checkers alone.

Importing `typing` takes 4 ms and 0.7 MB, a tenth of a start, and a class over its `Protocol` 0.1 ms more;
nothing here asks a type at run time.  Checkers see the real ones.
"""

from __future__ import annotations

TYPE_CHECKING = False  # a name that every checker takes for true

if TYPE_CHECKING:
    from typing import (
        IO as IO,
    )
    from typing import (
        Any as Any,
    )
    from typing import (
        BinaryIO as BinaryIO,
    )
    from typing import (
        ClassVar as ClassVar,
    )
    from typing import (
        Generic as Generic,
    )
    from typing import (
        NewType as NewType,
    )
    from typing import (
        NoReturn as NoReturn,
    )
    from typing import (
        NotRequired as NotRequired,
    )
    from typing import (
        Protocol as Protocol,
    )
    from typing import (
        SupportsIndex as SupportsIndex,
    )
    from typing import (
        TextIO as TextIO,
    )
    from typing import (
        TypeAlias as TypeAlias,
    )
    from typing import (
        TypedDict as TypedDict,
    )
    from typing import (
        TypeVar as TypeVar,
    )
    from typing import (
        cast as cast,
    )
    from typing import (
        dataclass_transform as dataclass_transform,
    )
    from typing import (
        overload as overload,
    )
else:
    IO = BinaryIO = TextIO = Any = ClassVar = NoReturn = NotRequired = SupportsIndex = TypeAlias = object

    class _Written:
        """A base that says something to checkers alone, with or without parameters."""

        __slots__ = ()

        def __class_getitem__(cls, parameters):
            return cls

    class Generic(_Written):
        __slots__ = ()

    class Protocol(_Written):
        __slots__ = ()

    class TypedDict(dict):
        def __init_subclass__(cls, total=True):
            pass

    def TypeVar(name, *constraints, bound=None):
        return name

    def NewType(name, base):
        return lambda value: value

    def cast(type_, value):
        return value

    def dataclass_transform(**defaults):
        return lambda class_: class_

    def overload(function):
        return function
