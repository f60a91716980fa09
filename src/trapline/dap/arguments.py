"""The arguments of a request, taken out by name and type."""

from __future__ import annotations

from trapline.base.errors import UsageError
from trapline.base.typing import Any, TypeVar

T = TypeVar("T")


class BadArgument(UsageError):
    """An argument that is missing or of the wrong type."""


_NAMES = {str: "a string", bool: "true or false", int: "a number", list: "a list", dict: "an object"}


class Arguments:
    """What a client sent with a request; nothing of it is believed before it is looked at.

    The getters return `default` where the argument is missing or null, and raise BadArgument where it is
    of another type than asked for.
    """

    __slots__ = ("values",)

    def __init__(self, values: Any) -> None:
        """Keep the object; anything else counts as one without members."""
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def _get(self, name: str, kind: type[T], default: T | None) -> T:
        value = self.values.get(name)
        if value is None:
            if default is None:
                raise BadArgument(f"the argument {name!r} is missing")
            return default
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of number
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadArgument(f"the argument {name!r} must be {_NAMES[kind]}, not {value!r:.60}")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string."""
        return self._get(name, str, default)

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        return self._get(name, int, default)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        return self._get(name, bool, default)

    def items(self, name: str) -> list[Arguments]:
        """Return a list of objects; empty where it is missing."""
        found: list[Any] = self._get(name, list, [])
        if not all(isinstance(one, dict) for one in found):
            raise BadArgument(f"the argument {name!r} must be a list of objects")
        return [Arguments(one) for one in found]

    def texts(self, name: str) -> list[str]:
        """Return a list of strings; empty where it is missing."""
        found: list[Any] = self._get(name, list, [])
        if not all(isinstance(one, str) for one in found):
            raise BadArgument(f"the argument {name!r} must be a list of strings")
        return found

    def integers(self, name: str) -> list[int]:
        """Return a list of integers; empty where it is missing."""
        found: list[Any] = self._get(name, list, [])
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
            raise BadArgument(f"the argument {name!r} must be a list of integers")
        return found

    def object(self, name: str) -> Arguments:
        """Return an object; one without members where it is missing."""
        found: dict[str, Any] = self._get(name, dict, {})
        return Arguments(found)

    def address(self, name: str) -> int:
        """Return a load address, which the protocol writes as a string: "0x401136".

        Raises:
            BadArgument: it is none.
        """
        text = self.text(name)
        try:
            address = int(text, 0)
        except ValueError:
            address = -1
        if not 0 <= address < 1 << 64:
            raise BadArgument(f"the argument {name!r} must be an address, not {text!r:.60}")
        return address
