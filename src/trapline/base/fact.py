"""`NamedTuple` without what it costs to define one.

A class of `typing.NamedTuple` takes 0.1 ms to define: its annotations are checked and its `__new__` is
compiled.  A hundred of them are a tenth of the time to a first stop, and of most none is made before it.
These are written and used in the same way, type checkers take them for the same, and nothing is compiled.
The module of such a class imports annotations from __future__, and the class has no other bases.

Source: collections.namedtuple and typing.NamedTuple of Python 3.11.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from _collections import _tuplegetter
    from types import FunctionType

    _make = tuple.__new__
    _MAKERS = (
        lambda _cls: _make(_cls),
        lambda _cls, a: _make(_cls, (a,)),
        lambda _cls, a, b: _make(_cls, (a, b)),
        lambda _cls, a, b, c: _make(_cls, (a, b, c)),
        lambda _cls, a, b, c, d: _make(_cls, (a, b, c, d)),
        lambda _cls, a, b, c, d, e: _make(_cls, (a, b, c, d, e)),
        lambda _cls, a, b, c, d, e, f: _make(_cls, (a, b, c, d, e, f)),
        lambda _cls, a, b, c, d, e, f, g: _make(_cls, (a, b, c, d, e, f, g)),
        lambda _cls, a, b, c, d, e, f, g, h: _make(_cls, (a, b, c, d, e, f, g, h)),
        lambda _cls, a, b, c, d, e, f, g, h, i: _make(_cls, (a, b, c, d, e, f, g, h, i)),
    )
    """What makes a tuple of so many fields; a class has its own copy, which calls them by their names."""

    class _Fields(tuple):
        """What all have in common; each class has its `_fields`, the names in order."""

        __slots__ = ()

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            """Make what makes a tuple of the class, which is the class's `__new__` from now on.

            The few classes of very many fields, which are not made often, do without.
            """
            owner = next(one for one in cls.__mro__ if "_fields" in one.__dict__)
            fields = owner._fields
            if len(fields) >= len(_MAKERS):
                given = dict(zip(fields, arguments, strict=False))
                values = owner._field_defaults | given | named
                if (
                    values.keys() != set(fields)
                    or len(given) != len(arguments)
                    or given.keys() & named.keys()
                ):
                    raise TypeError(f"{cls.__name__}() takes {', '.join(fields)}, each once")
                return _make(cls, [values[field] for field in fields])
            code = _MAKERS[len(fields)].__code__.replace(
                co_varnames=("_cls", *fields), co_name="__new__", co_qualname=f"{owner.__qualname__}.__new__"
            )
            new = FunctionType(code, globals(), "__new__", tuple(owner._field_defaults.values()))
            owner.__new__ = staticmethod(new)
            return new(cls, *arguments, **named)

        @classmethod
        def _make(cls, values: Any) -> Any:
            """Return one of the values in order."""
            return cls(*values)

        def _replace(self, **changed: Any) -> Any:
            """Return one with some fields changed."""
            return type(self)(**(self._asdict() | changed))

        __replace__ = _replace  # what copy.replace() of Python 3.13 asks for

        def _asdict(self) -> dict[str, Any]:
            """Return the fields by name."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            """Pickle and copy by the fields."""
            return tuple(self)

    class _Definition(type):
        """Turns a class statement into a class of tuples."""

        def __new__(definition, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"{name}: a field with a default stands before one without")
            for index, field in enumerate(fields):
                body[field] = _tuplegetter(index, None)
            body.update(__slots__=(), _fields=fields, __match_args__=fields, _field_defaults=defaults)
            return type(name, (_Fields,), body)

    NamedTuple = type.__new__(_Definition, "NamedTuple", (), {})
