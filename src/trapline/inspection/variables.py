"""The variables of a frame by name, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trapline.base.errors import BadData, UsageError, ValueUnavailable, VariableNotFound
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection.scalars import constant_bytes
from trapline.inspection.value import Value
from trapline.symbols.types import CPP

if TYPE_CHECKING:
    from trapline.inspection.frame import Frame
    from trapline.inspection.locate import FrameContext
    from trapline.inspection.scene import Names
    from trapline.symbols.functions import Function, Variable
    from trapline.symbols.module import Module

_NESTING_CALLS = 1000
"""Frames between a nested function and the call that it belongs to, at most."""


class Variables(Handle, Mapping[str, Value]):
    """Names to values, those of the innermost block first; of one name only the innermost is seen.

    `blocks` has all of them, shadowed ones too.
    """

    __slots__ = ("_context", "_frame", "_names", "_values")

    def __init__(self, frame: Frame, names: Names) -> None:
        """Note the names; no value is read."""
        self._frame = frame
        self._names = names
        self._values: dict[Variable, Value] = {}
        self._context: FrameContext | None = None

    @property
    def context(self) -> FrameContext:
        """What expressions may ask of the frame; only where there are variables."""
        if self._context is None:
            self._context = context_of(self._frame)
            assert self._context is not None
        return self._context

    @property
    def blocks(self) -> list[list[Variable]]:
        """The variables, innermost block first."""
        return self._names.blocks

    def value(self, variable: Variable) -> Value:
        """Return the value of one variable of `blocks`.

        Raises:
            StaleError: the frame is of an earlier stop, and the value was not asked for then.
        """
        found = self._values.get(variable)
        if found is None:
            frame = self._frame
            frame.check()
            recipe = self._names.recipe(variable)
            found = recipe.value(frame.stack, frame.activation) if recipe is not None else None
            if found is None:
                found = self.context.value(variable)
            self._values[variable] = found
        return found

    def brief(self) -> str:
        """Return `x=6, box=...` as a line of a backtrace has it: see `Names.brief`.

        Raises:
            StaleError: the frame is of an earlier stop.
        """
        return self._names.brief(self._frame)

    def brief_of(self, variable: Variable, register: bytes | None) -> str:
        """Return the value of one of them as a line of a backtrace has it.

        Args:
            variable: one of `blocks`.
            register: the expression of the register that it was passed in, None where it was not.
        """
        value = self.value(variable)
        if register is None:
            return summary(value)
        from trapline.inspection.entry_values import beside_entry

        return beside_entry(self.context, variable.name, value, register)

    def __getitem__(self, name: str) -> Value:
        """Return the value of a name.

        Raises:
            VariableNotFound: there is no such variable (also a KeyError).
        """
        found = self._names.seen
        if name not in found:
            raise not_found(name, found, "in this frame")
        return self.value(found[name])

    def __contains__(self, name: object) -> bool:
        return name in self._names.seen

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.seen)

    def __len__(self) -> int:
        return len(self._names.seen)

    def __repr__(self) -> str:
        return f"<Variables {', '.join(self)}>"


def summary(value: Value, **options: Any) -> str:
    """Return `6`, `"text"`, `std::vector of length 2, capacity 2 = {...}`; `...` for the rest, as gdb.

    Args:
        value: the value.
        options: fields of `inspection.format.Options`.
    """
    if value.is_scalar:
        return value.format(top=False, **options)
    is_printed = value.unavailable is None and value.referent().presentation is not None
    return value.format(top=False, **(options | {"depth": 0})) if is_printed else "..."


def not_found(name: str, known: Mapping[str, object], where: str) -> VariableNotFound:
    """Return the error for a name that is not known, with those that look like it."""
    import difflib

    near = tuple(difflib.get_close_matches(str(name), known, 3))
    hint = (
        f"; near: {', '.join(near)}"
        if near
        else f"; there are {', '.join(list(known)[:10])}"
        if known
        else ""
    )
    return VariableNotFound(f"no variable {name!r} {where}{hint}", name=name, near=near)


def function_of(frame: Frame) -> Function | None:
    """Return the function of a frame as the debug information describes it; None where it does not."""
    return frame.scene.function


def context_of(frame: Frame) -> FrameContext | None:
    """Return what expressions may ask of a frame; None where its module has no debug information."""
    from trapline.inspection.locate import FrameContext

    function, module = function_of(frame), frame.module
    if function is None or module is None or module.debug is None:
        return None
    return FrameContext(frame.stack, module, function.die.unit, frame.activation, function)


def arguments(frame: Frame) -> Variables:
    """Return the arguments of a frame's function, in order."""
    return Variables(frame, frame.scene.arguments)


def local_variables(frame: Frame) -> Variables:
    """Return the local variables that can be seen at a frame's pc, innermost block first, no arguments."""
    return Variables(frame, frame.scene.locals)


def file_variables(frame: Frame) -> Iterator[tuple[str, Value]]:
    """Give the variables outside functions of the file that a frame's code is in: (qualified name, value)."""
    context = context_of(frame)
    if context is None or context.module.debug is None:
        return
    for variable in context.module.debug.scopes.variables_of(context.unit):
        if variable.name:
            yield variable.qualified_name, _value_of(frame, context.module, variable)


def find(frame: Frame, name: str) -> Value:
    """Return the value that a name means in a frame.

    Local variables and arguments, members of `this`, then variables outside functions: of the source file,
    of the module, of other modules.

    Raises:
        VariableNotFound: there is none.
    """
    found = find_in_frame(frame, name)
    if found is None:
        found = find_global(frame, name)
    if found is not None:
        return found
    context = context_of(frame)
    known = {**dict.fromkeys(local_variables(frame)), **dict.fromkeys(arguments(frame))}
    where = "in this frame" if context is not None else "in this frame, whose code has no debug information"
    raise not_found(name, known, where)


def find_in_frame(frame: Frame, name: str) -> Value | None:
    """Return a local variable, an argument or a member of `this`; None where there is none of that name.

    Then come template arguments that are numbers, and what is in the functions that the frame's is nested in,
    as GNU C allows.
    """
    for variables in (local_variables(frame), arguments(frame)):
        if name in variables:
            return variables[name]
    context = context_of(frame)
    if context is None:
        return None
    found = _of_object(frame, context, name)
    if found is None:
        found = _template_argument(context, name)
    if found is None and (around := _around(frame, context)) is not None:
        found = find_in_frame(around, name)
    return found


def _around(frame: Frame, context: FrameContext) -> Frame | None:
    """Return the frame of the call that the frame's nested function belongs to; None where it is not nested.

    Source: DWARF 5 §3.3.5, DW_AT_static_link: it gives the frame base of that call.
    """
    from trapline.dwarf.expression import evaluate_address

    function = context.function
    try:
        link = function.static_link(context.place) if function is not None else None
        if function is None or link is None:
            return None
        base = evaluate_address(link, context)
        for _ in range(_NESTING_CALLS):
            if (outer := frame.caller) is None:
                break
            frame = outer
            there = context_of(frame)
            if there is not None and there.function is not None and function.is_inside(there.function):
                if there.frame_base() == base:
                    return frame
    except (BadData, UsageError, ValueUnavailable):
        pass
    return None


def _value_of(frame: Frame, module: Module, variable: Variable) -> Value:
    """Return the value of a variable outside functions, thread-local ones in the frame's thread."""
    from trapline.inspection import statics

    space = frame.stack.space
    return statics.value_of(space, space.all_modules()[0], module, variable, frame.stack)


def _of_object(frame: Frame, context: FrameContext, name: str) -> Value | None:
    """Return a member of the object that a member function works on."""
    function = context.function
    this = function.object if function is not None else None
    if this is None:
        return None
    # A lambda's captured `this` is in a block of its own in optimized code.
    captured = None if this.is_argument else local_variables(frame).get(this.name)
    pointer = captured if captured is not None else context.value(this)
    if pointer.unavailable is not None:
        return None
    try:
        return pointer.member(name)
    except VariableNotFound:
        return None


def _template_argument(context: FrameContext, name: str) -> Value | None:
    """Return a number that the function, or a class around it, was made for; None where there is none."""
    function = context.function
    if function is None or function.language != CPP:
        return None
    for one in function.template_arguments:
        if one.name == name and isinstance(one.value, int):
            return Value.constant(context.stack.space, one.type, constant_bytes(one.type, one.value))
    return None


def find_global(frame: Frame, name: str) -> Value | None:
    """Return a variable outside functions, the frame's own file's before others; None where there is none."""
    from trapline.inspection import statics

    own = context_of(frame)
    modules = frame.stack.space.all_modules()
    if own is not None:
        modules = (own.module, *(one for one in modules if one is not own.module))
    found = statics.declared(modules, name, function_of(frame))
    return _value_of(frame, *found) if found is not None else find_declared(frame, modules, name)


def find_declared(frame: Frame, modules: Sequence[Module], name: str) -> Value | None:
    """Return the variable of a name that files declare and one without debug information defines.

    A thread-local one is that of the frame's thread.  None where there is none.
    """
    from trapline.inspection import statics

    function, space = function_of(frame), frame.stack.space
    found = statics.declared_only(space, modules, name, function)
    if found is not None:
        return found
    unit = function.unit if function is not None else None
    for variable in statics.declarations(modules, name, unit, function):
        for module in modules:
            for symbol in module.lookup(variable.linkage_name or variable.name):
                if symbol.kind == "tls":
                    return _thread_local(frame, module, variable, symbol.address)
    return None


def _thread_local(frame: Frame, module: Module, variable: Variable, offset: int) -> Value:
    from trapline.inspection.thread_locals import thread_local_address

    space = frame.stack.space
    try:
        return Value.at(space, variable.type, thread_local_address(frame.stack, module, offset))
    except ValueUnavailable as error:
        return Value.missing(space, variable.type, error.reason)
