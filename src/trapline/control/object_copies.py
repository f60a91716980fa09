"""Copies of objects that a function gets by value: C++ has the caller make them, and end them.

A class that is not trivial is copied by its own constructor, and cannot be where that was inlined.

Source: Itanium C++ ABI §3.1.2, Value Parameters; §5.1.4.3, constructors and destructors.
"""

from __future__ import annotations

from trapline.arch.x86_64 import RED_ZONE, RSP
from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection.value import Value
from trapline.symbols import naming
from trapline.symbols.calling import copies, own_name, passed_by_reference
from trapline.symbols.types import StructType

if TYPE_CHECKING:
    from types import TracebackType

    from trapline.control.target import Target
    from trapline.symbols.types import Method

_UNIFIED = {"C4E": ("C1E", "C2E"), "D4E": ("D1E", "D2E")}
"""What gcc calls a constructor or destructor in its class, and the functions that are made of it."""


class Copies:
    """The copies for one call, on the stack from the load address `below` down; ended when it is left."""

    def __init__(self, target: Target, below: int | None) -> None:
        self._target = target
        self._made: list[tuple[Value, int]] = []
        self.below = below

    def __enter__(self) -> Copies:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            return  # nobody knows what has become of them
        for copy, destructor in reversed(self._made):
            self._call(destructor, copy)

    def of(self, argument: Value) -> Value:
        """Return a copy of an object.

        Raises:
            EvaluationError: only the program could make it, and has no function for that.
        """
        value = argument.referent()
        struct = value.type.strip()
        if not isinstance(struct, StructType) or value.address is None:
            return value
        copying = next((one for one in struct.methods if copies(one, struct)), None)
        constructor = self._special(struct, copying)
        if constructor is None and (copying is not None or _has_own_parts(struct)):
            raise EvaluationError(f"{struct} has no copy constructor that can be called: give a reference")
        if self.below is None:
            self.below = self._target.current().live.words[RSP] - RED_ZONE
        self.below = (self.below - (struct.size or 1)) & -64
        copy = Value.at(self._target, struct, self.below)
        if constructor is None:
            self._target.write(self.below, value.contents())
        else:
            self._call(constructor, copy, value)
        name = f"~{own_name(struct)}"
        destructor = self._special(struct, next((one for one in struct.methods if one.name == name), None))
        if destructor is not None:
            self._made.append((copy, destructor))
        return copy.again()

    def _call(self, function: int, *objects: Value) -> None:
        from trapline.control import calls

        pointers = [one.address or 0 for one in objects]

        def place(made: calls.Arguments) -> None:
            for pointer in pointers:
                made.add_integer(pointer)

        calls.run(self._target, function, place, lambda _: True, None, self.below)

    def _special(self, struct: StructType, method: Method | None) -> int | None:
        """Return the load address of a constructor or destructor; None where it has no code."""
        if method is None or struct.name is None:
            return None
        linkage = method.linkage_name or ""
        for unified, made in _UNIFIED.items():
            for one in made if unified in linkage else ():
                found = self._target.address_of(linkage.replace(unified, one))
                if found is not None:
                    return found
        parameters = ", ".join(naming.parameter(str(one)) for one in method.type.parameters[1:])
        wanted = f"{struct.name}::{method.name}({parameters})"
        for module in self._target.all_modules():
            starts: list[int] = [*module.debug.function_starts(wanted)] if module.debug is not None else []
            for name in () if starts else module.written(wanted):
                starts += [symbol.address for symbol in module.symbols(name)]
            if starts:
                return starts[0]
        return None


def _has_own_parts(struct: StructType) -> bool:
    """Whether a part of an object is copied by a constructor of its own."""
    parts = [*(base.type for base in struct.bases), *(member.type for member in struct.members)]
    return any(passed_by_reference(part) for part in parts)
