"""`NamedTuple` without what it costs to define one.

A class of `typing.NamedTuple` takes 0.1 ms to define: its annotations are checked and its `__new__` is
compiled.  A hundred of them are a tenth of the time to a first stop, and of most none is made before it.
These are written and used in the same way, type checkers take them for the same, and what makes one is
compiled when the first is made.  The module of such a class imports annotations from __future__, and the
class has no other bases.

Source: collections.namedtuple and typing.NamedTuple of Python 3.11.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from _collections import _tuplegetter

    class _Fields(tuple):
        """What all have in common; each class has its `_fields`, the names in order."""

        __slots__ = ()

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            """Compile what makes a tuple of the class, which is the class's `__new__` from now on."""
            owner = next(one for one in cls.__mro__ if "_fields" in one.__dict__)
            names = ", ".join(owner._fields)
            # No field begins with an underscore, so that none hides what the text means.
            code = f"lambda _cls, {names}: _make(_cls, ({names}, ))" if names else "lambda _cls: _make(_cls)"
            # Compiled apart: eval() of a text at exit makes Python forget that SIGINT ended it.
            new = eval(compile(code, __file__, "eval"), {"_make": tuple.__new__, "__builtins__": {}})
            new.__defaults__ = tuple(owner._field_defaults.values())
            new.__name__, new.__qualname__ = "__new__", f"{owner.__qualname__}.__new__"
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
