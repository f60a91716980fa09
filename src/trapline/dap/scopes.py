"""What a `variablesReference` stands for, and how its variables are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from trapline.base.errors import DebuggerError, StaleError, UsageError
from trapline.inspection import parts

if TYPE_CHECKING:
    from trapline.dap.messages import Variable
    from trapline.dap.session import Session
    from trapline.inspection.frame import Frame
    from trapline.inspection.value import Value
    from trapline.inspection.variables import Variables as FrameVariables

_BRIEF = {"elements": 200, "depth": 1, "top": False}
"""A whole structure in one line: what is in it is opened with the tree's arrows."""


class Item(NamedTuple):
    """One variable of a container; `expression` is "" where none means it."""

    name: str
    value: Value
    expression: str


class Container(Protocol):
    """Something with variables in it."""

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item]:
        """Give the variables from the `start`th on; `only` is "named", "indexed" or ""."""
        ...

    def item(self, name: str) -> Item:
        """Return the variable of a name.

        Raises:
            UsageError: there is none.
        """
        ...


class _ByWalking:
    """Finds a variable by looking at all of them."""

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item]:
        raise NotImplementedError

    def item(self, name: str) -> Item:
        """Return the variable of a name."""
        for item in self.items(0, None, ""):
            if item.name == name:
                return item
        raise UsageError(f"there is no variable {name!r} here")


def sliced(items: Iterator[Item], start: int, count: int | None) -> Iterator[Item]:
    """Give `count` items from the `start`th on."""
    import itertools

    return itertools.islice(items, start, None if count is None else start + count)


class Variables(_ByWalking):
    """The arguments or the locals of a frame, shadowed ones too."""

    def __init__(self, frame: Frame, variables: FrameVariables) -> None:
        """Note which."""
        self.frame = frame
        self._variables = variables

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item]:
        """Give them, innermost block first."""
        if only == "indexed":
            return iter(())
        return sliced(self._all(), start, count)

    def _all(self) -> Iterator[Item]:
        seen: set[str] = set()
        for block in self._variables.blocks:
            for variable in block:
                name = variable.name or ""
                if not name:
                    continue
                hidden = name in seen
                seen.add(name)
                value = self._variables.value(variable)
                # No expression means a variable that an inner one hides.
                yield Item(f"{name} (hidden)" if hidden else name, value, "" if hidden else name)


class Parts(_ByWalking):
    """The parts of a value."""

    def __init__(self, value: Value, expression: str) -> None:
        """Note which value, and how it is written."""
        self.value = value
        self.expression = expression

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item]:
        """Give them."""
        found = parts.count(self.value)
        if only == "named" and found.indexed:
            # Elements come before the one named part of a container, `[raw]`.
            start, count = found.indexed, found.named
            if not found.named:
                return
        elif only == "indexed" or (found.indexed and count is not None):
            count = min(count if count is not None else found.indexed, max(found.indexed - start, 0))
        for part in parts.parts(self.value, start, count):
            yield Item(part.name, part.value, parts.expression(self.expression, part))


class Registers(_ByWalking):
    """The registers of a frame."""

    def __init__(self, frame: Frame) -> None:
        """Note whose."""
        self.frame = frame

    def items(self, start: int, count: int | None, only: str) -> Iterator[Item]:
        """Give those that are known in the frame."""
        if only == "indexed":
            return iter(())
        return sliced(self._all(), start, count)

    def _all(self) -> Iterator[Item]:
        for name in self.frame.registers:
            try:
                yield Item(name, self.frame.evaluate(f"${name}"), f"${name}")
            except DebuggerError:
                continue  # a call may have changed it


def shown(session: Session, item: Item, *, hexadecimal: bool = False) -> Variable:
    """Return a variable as the protocol has it."""
    name, value, expression = item
    found: Variable = {
        "name": name,
        "value": text(value, hexadecimal=hexadecimal),
        "type": str(value.type),
        "variablesReference": 0,
    }
    if expression:
        found["evaluateName"] = expression
    found.update(_tree(session, value, expression))  # type: ignore[typeddict-item]  # keys of Variable
    if value.unavailable is not None:
        found["presentationHint"] = {"attributes": ["readOnly"]}
    return found


def _tree(session: Session, value: Value, expression: str) -> dict[str, Any]:
    """Return `variablesReference`, how much is behind it, and where it is in memory."""
    named, indexed = parts.count(value)
    found: dict[str, Any] = {}
    if named or indexed:
        found["variablesReference"] = session.containers.add(Parts(value, expression))
        if indexed:
            found["indexedVariables"] = indexed
            found["namedVariables"] = named
    address = parts.memory(value)
    if address is not None:
        found["memoryReference"] = f"{address:#x}"
    return found


def result(session: Session, value: Value, expression: str, *, hexadecimal: bool = False) -> dict[str, Any]:
    """Return the body of an answer to `evaluate`."""
    return {
        "result": text(value, hexadecimal=hexadecimal),
        "type": str(value.type),
        "variablesReference": 0,
        **_tree(session, value, expression),
    }


def text(value: Value, *, hexadecimal: bool = False) -> str:
    """Return a value in one line; what is wrong with it where it has none."""
    try:
        return value.format("x" if hexadecimal else "", **_BRIEF)
    except StaleError:
        raise
    except DebuggerError as error:
        return f"<{' '.join(str(error).split())}>"
