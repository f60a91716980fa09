"""Objects that C++ has the caller make for a call, and end: copies, and what arguments are converted to.

A class that is not trivial is copied by its own constructor, and cannot be where that was inlined.

Source: Itanium C++ ABI §3.1.2, Value Parameters; §5.1.4.3, constructors and destructors.
"""

from __future__ import annotations

from trapline.arch.x86_64 import RED_ZONE, RSP
from trapline.base.errors import EvaluationError
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import abi, arithmetic, classes, overloads, scalars, text_objects
from trapline.inspection.conversion import text_content
from trapline.inspection.types_text import whatis
from trapline.inspection.value import Value
from trapline.symbols import spelling
from trapline.symbols.calling import copies, own_name
from trapline.symbols.types import CPP, ArrayType, BaseType, PointerType, StructType, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from trapline.control.target import Target
    from trapline.symbols.types import FunctionType, Method

    Construct = Callable[[int, FunctionType, Sequence[Value]], None]

_CHAR = BaseType("char", 1, scalars.ATE_SIGNED_CHAR, CPP)
_DEPTH = 32  # of parts of parts
_UNIFIED = {"C4E": ("C1E", "C2E"), "D4E": ("D1E", "D2E")}
"""What gcc calls a constructor or destructor in its class, and the functions that are made of it."""


class Copies:
    """The copies for one call, on the stack from the load address `below` down; ended when it is left."""

    def __init__(self, target: Target, below: int | None, construct: Construct) -> None:
        """Make nothing yet; `construct` calls a constructor by address with an object and an argument."""
        self._target = target
        self._construct = construct
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
        if constructor is None and _is_copied_by_code(struct):
            raise EvaluationError(f"{struct} has no copy constructor that can be called: give a reference")
        place = self._room(struct.size or 1)
        copy = Value.at(self._target, struct, place)
        if constructor is None:
            self._target.write(place, value.contents())
        else:
            self._call(constructor, copy, value)
        return self._kept(copy, struct)

    def ready(self, argument: object, wanted: Type | None) -> object:
        """Return what a function gets for an argument: itself, a copy, or an object that is made of it.

        Args:
            argument: a value, or Python's int, float, str or bytes.
            wanted: the parameter's type, None where there is none.

        Raises:
            EvaluationError: the parameter's class cannot be made of the argument.
        """
        stripped = wanted.strip() if wanted is not None else None
        referred = stripped.target if isinstance(stripped, PointerType) and stripped.is_reference else None
        struct = referred.strip() if referred is not None else stripped
        if not isinstance(struct, StructType) or struct.language != CPP:
            return argument
        value = self._value(argument)
        if value is None:
            return argument
        held = value.referent().type.strip()
        if isinstance(held, StructType) and classes.is_or_derives(held, struct):
            if referred is not None or not abi.is_reference_passed(struct):
                return argument
            return self.of(arithmetic.cast(value.referent(), struct))
        may_change = referred is None or (isinstance(stripped, PointerType) and stripped.kind == "&&")
        if not may_change and referred is not None and not overloads.is_const(referred):
            raise EvaluationError(f"{value.type} is no object of {whatis(struct)} that can be changed")
        text = text_content(value) if overloads.is_text(held) else None
        made = self._text(text, struct, may_change=may_change) if text is not None else None
        return made if made is not None else self._made_of(value.referent(), struct)

    def _value(self, argument: object) -> Value | None:
        """Return an argument as a value of the program's language; None for what is none."""
        if isinstance(argument, Value):
            return argument
        if isinstance(argument, (str, bytes)):
            text = argument.encode("utf-8", "surrogateescape") if isinstance(argument, str) else argument
            type_ = ArrayType(_CHAR, [len(text) + 1], language=CPP)
            return Value.constant(self._target, type_, text + b"\0")
        return arithmetic.literal(self._target, argument) if isinstance(argument, (int, float)) else None

    def _made_of(self, value: Value, struct: StructType) -> Value:
        """Return an object that a class's constructor makes of a value of another type.

        Raises:
            EvaluationError: the class has no way from there that the program has code for.
        """
        method = overloads.converting_constructor(struct, value.type)
        constructor = self._special(struct, method)
        if method is None or constructor is None:
            why = "its constructor was inlined" if method is not None else "no constructor takes it"
            raise EvaluationError(f"{value.type} cannot become {whatis(struct)}: {why}")
        if value.address is None:  # the object may keep a pointer to it
            data = value.contents()
            place = self._room(len(data))
            self._target.write(place, data)
            value = Value.at(self._target, value.type, place)
        place = self._room(struct.size or 1)
        this = arithmetic.pointer_at(self._target, struct, place)
        self._construct(constructor, method.type, [this, value])
        return self._kept(Value.at(self._target, struct, place), struct)

    def _text(self, text: bytes, struct: StructType, *, may_change: bool) -> Value | None:
        """Return a string of the standard library with a text; None where the class is no such.

        `may_change` says that the function may take it apart or let it grow.

        Raises:
            EvaluationError: it may, and would do so with memory that is not the string's.
        """
        layout = text_objects.layout(struct)
        if layout is None:
            return None
        if may_change and layout.is_owner(text):
            raise EvaluationError(
                f"a text of {len(text)} bytes as {whatis(struct)} by value would have to be on the heap"
            )
        place = self._room(layout.size(text))
        self._target.write(place, layout.contents(text, place))
        return Value.at(self._target, struct, place)

    def _room(self, size: int) -> int:
        """Return the load address of bytes on the stack that are the call's until it has returned."""
        if self.below is None:
            self.below = self._target.current().live.words[RSP] - RED_ZONE
        self.below = (self.below - size) & -64
        return self.below

    def _kept(self, made: Value, struct: StructType) -> Value:
        """Return an object that has just been made, whose destructor is called at the end."""
        name = f"~{own_name(struct)}"
        destructor = self._special(struct, next((one for one in struct.methods if one.name == name), None))
        if destructor is not None:
            self._made.append((made, destructor))
        return made.again()

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
        parameters = ", ".join(spelling.parameter(str(one)) for one in method.type.parameters[1:])
        wanted = f"{struct.name}::{method.name}({parameters})"
        for module in self._target.all_modules():
            starts: list[int] = [*module.debug.function_starts(wanted)] if module.debug is not None else []
            for name in () if starts else module.written(wanted):
                starts += [symbol.address for symbol in module.symbols(name)]
            if starts:
                return starts[0]
        return None


def _is_copying(method: Method) -> bool:
    """Whether a constructor of the two that `copies` means copies, and is there."""
    taken = method.type.parameters[1]
    return isinstance(taken, PointerType) and taken.kind == "&" and not method.is_deleted


def _is_copied_by_code(type_: Type, depth: int = _DEPTH) -> bool:
    """Whether copying an object is more than copying its bytes: a constructor is written, or a table set."""
    struct = type_.strip()
    if isinstance(struct, ArrayType):
        struct = struct.target.strip()
    if not isinstance(struct, StructType):
        return False
    is_known = struct.is_complete and (struct.methods or not struct.passed_by_reference)
    if depth <= 0 or not is_known or struct.is_dynamic:
        return True
    own = [one for one in struct.methods if copies(one, struct)]
    copying = [one for one in own if _is_copying(one)]
    if len(own) > len(copying) == 0 or not all(one.is_artificial or one.is_defaulted for one in copying):
        return True  # what can only be moved is not copied at all
    parts = [*(base.type for base in struct.bases), *(member.type for member in struct.members)]
    return any(_is_copied_by_code(part, depth - 1) for part in parts)
