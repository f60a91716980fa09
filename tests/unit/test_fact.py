"""Our `NamedTuple` is used as `typing`'s is."""

from __future__ import annotations

import copy
import pickle
import sys
import typing
from collections.abc import Callable
from typing import Any

import pytest

from trapline.base.fact import NamedTuple


class Ours(NamedTuple):
    """A fact."""

    name: str
    size: int = 8
    parts: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        """Twice the size."""
        return self.size * 2


class Theirs(typing.NamedTuple):
    """A fact."""

    name: str
    size: int = 8
    parts: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        """Twice the size."""
        return self.size * 2


class Narrower(Ours):
    """A class over a fact."""

    __slots__ = ()


class Nothing(NamedTuple):
    """No fields."""


class Awkward(NamedTuple):
    """Fields whose names something else has in many programs."""

    cls: str
    make: int
    tuple: int = 0


USES: list[Callable[[Any], Any]] = [
    lambda cls: cls("a"),
    lambda cls: cls("a", 1, (2,)),
    lambda cls: cls(size=1, name="a"),
    lambda cls: cls._make(["a", 1, ()]),
    lambda cls: cls("a")._replace(size=3),
    lambda cls: cls("a")._asdict(),
    lambda cls: tuple(cls("a")),
    lambda cls: cls("a").double + cls("a").size,
    lambda cls: cls("a") == ("a", 8, ()),
    lambda cls: hash(cls("a")),
    lambda cls: cls("a") < cls("b"),
    lambda cls: cls._fields,
    lambda cls: cls.__match_args__,
    lambda cls: cls._field_defaults,
    lambda cls: cls.__doc__,
    lambda cls: cls.__slots__,
    lambda cls: cls.__mro__[-2:],
    lambda cls: pickle.loads(pickle.dumps(cls("a", 3))) == cls("a", 3),
    lambda cls: type(copy.copy(cls("a"))) is cls,
    lambda cls: repr(cls("a", 1)).removeprefix(cls.__name__),
    lambda cls: hasattr(cls("a"), "__dict__"),
    lambda cls: typing.get_type_hints(cls),
    lambda cls: copy.replace(cls("a"), size=3) if sys.version_info >= (3, 13) else None,
]


@pytest.mark.parametrize("use", USES)
def test_every_use(use: Callable[[Any], Any]) -> None:
    assert use(Ours) == use(Theirs)


@pytest.mark.parametrize(
    "use",
    [
        lambda cls: cls(),
        lambda cls: cls("a", 1, (), 4),
        lambda cls: cls("a", colour=1),
        lambda cls: setattr(cls("a"), "size", 1),
        lambda cls: cls("a")._replace(colour=1),
    ],
)
def test_every_misuse(use: Callable[[Any], Any]) -> None:
    for cls in (Ours, Theirs):
        with pytest.raises((TypeError, AttributeError, ValueError)):
            use(cls)


def test_patterns_and_classes_over_it() -> None:
    match Narrower("a", 2):
        case Ours(name, size, parts):
            assert (name, size, parts) == ("a", 2, ())
    assert type(Narrower("a")) is Narrower
    assert type(Ours("a")) is Ours
    assert Narrower("a").double == 16
    assert Nothing() == ()
    assert Awkward("a", make=1) == ("a", 1, 0)


def test_a_default_before_none_is_refused() -> None:
    with pytest.raises(TypeError, match="stands before"):
        type(NamedTuple)("Bad", (NamedTuple,), {"__annotations__": {"a": "int", "b": "int"}, "a": 1})


class Large(NamedTuple):
    """So many fields that it is made in another way."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int
    k: int = 10


def test_very_many_fields() -> None:
    """By position, by name, with a default; what is missing, unknown, double or too much is refused."""
    wanted = tuple(range(11))
    assert Large(*range(10)) == Large(*range(9), j=9) == Large(*wanted) == wanted
    assert Large(*range(10))._replace(a=1).a == 1
    makers: list[Callable[[], Any]] = [
        lambda: Large(*range(9)),  # type: ignore[call-arg]
        lambda: Large(*range(12)),  # type: ignore[call-arg]
        lambda: Large(*range(10), a=0),  # type: ignore[misc]
        lambda: Large(*range(9), z=0),  # type: ignore[call-arg]
    ]
    for make in makers:
        with pytest.raises(TypeError):
            make()
