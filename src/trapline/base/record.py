"""Small immutable facts without `dataclasses`.

Importing `dataclasses` costs 18 to 41 ms, more than the rest of the start path together, so the facts
that exist before the first stop are slotted classes over this base: keyword fields, `match` patterns,
equality by value and one clear `repr`.
"""

from __future__ import annotations

from trapline.base.typing import Any, ClassVar


class Record:
    """An immutable value whose fields are the names in `__slots__` along its bases.

    A subclass lists its own fields in `__slots__` and annotates them.  Fields are given by keyword;
    those named in `_defaults` may be left out.  Names that begin with an underscore are private: they
    take part in neither `repr` nor equality.
    """

    __slots__ = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    _fields: ClassVar[tuple[str, ...]] = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Collect the fields of the class and of its bases, bases last."""
        super().__init_subclass__(**arguments)
        own = cls.__dict__.get("__slots__", ())
        own = (own,) if isinstance(own, str) else tuple(own)
        inherited: list[str] = []
        for base in cls.__bases__:
            inherited += [name for name in getattr(base, "_fields", ()) if name not in inherited]
        cls._fields = own + tuple(name for name in inherited if name not in own)
        if "__match_args__" not in cls.__dict__:
            type.__setattr__(cls, "__match_args__", tuple(name for name in own if not name.startswith("_")))

    def __init__(self, **values: Any) -> None:
        """Set every field once; an unknown or missing one is a TypeError."""
        store = object.__setattr__
        defaults = self._defaults
        defaulted = 0
        for name in self._fields:
            if name in values:
                store(self, name, values[name])
            elif name in defaults:
                store(self, name, defaults[name])
                defaulted += 1
            else:
                raise TypeError(f"{type(self).__name__}() needs {name}=")
        if len(values) + defaulted > len(self._fields):
            unknown = next(name for name in values if name not in self._fields)
            raise TypeError(f"{type(self).__name__}() has no field {unknown!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: a fact does not change."""
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        """Refuse: a fact does not change."""
        raise AttributeError(f"{type(self).__name__} is immutable")

    def _public(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields if not name.startswith("_"))

    def __eq__(self, other: object) -> bool:
        """Equal when of one class with equal public fields."""
        if type(other) is not type(self):
            return NotImplemented
        return self._public() == other._public()

    def __hash__(self) -> int:
        """Hash of the public fields."""
        return hash((type(self), self._public()))

    def __repr__(self) -> str:
        """`Name(field=value, ...)`."""
        shown = ", ".join(
            f"{name}={getattr(self, name)!r}" for name in self._fields if not name.startswith("_")
        )
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fields."""
        return _rebuild, (type(self), {name: getattr(self, name) for name in self._fields})


def _rebuild(kind: type[Record], values: dict[str, Any]) -> Record:
    return kind(**values)
