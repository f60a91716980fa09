"""The text of a value, as gdb writes it for C, C++ and Rust, within limits of depth, length and work.

Nothing here raises for what the program holds: bytes that are missing become `<optimized out>` or
`<error: ...>` in their place.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.errors import DebuggerError, StaleError, UsageError, ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.inspection import characters, numbers, scalars
from trapline.inspection.storage import NOT_SAVED, OPTIMIZED_OUT, SYNTHETIC_POINTER, MemoryStorage, Program
from trapline.inspection.value import Value
from trapline.symbols.types import (
    RUST,
    ArrayType,
    FunctionType,
    Member,
    PointerType,
    QualifiedType,
    StaticMember,
    StructType,
    Type,
)

if TYPE_CHECKING:
    from trapline.inspection.printers.presentation import Presentation

_WORK = 50_000
"""Scalars in one text, whatever the other limits allow."""

_WHOLE_NUMBERS = (scalars.INTEGER, scalars.CHARACTER, scalars.BOOLEAN)
_AGGREGATES = (scalars.STRUCT, scalars.ARRAY, scalars.REFERENCE, scalars.NOTHING, scalars.FUNCTION)


class Options(NamedTuple):
    """How to write a value.

    `letter` as in `print/x`; `top` puts `(type) ` before pointers and references as `print` does and
    `info locals` does not; `elements` of an array or string are written, `repeats` equal ones in a row are
    written one by one, structures nested `depth` deep are opened; `raw` skips printers; `dynamic` shows
    objects of the class that they really have; `pretty` gives each member a line.  `addresses` are written
    before what a pointer or reference leads to, `symbols` behind them; `unions` inside others are opened,
    `indexes` are before the elements of arrays, and with `null_stop` a NUL ends an array of characters;
    `arrays` gives each element a line.  `integers` is the letter of whole numbers where `letter` is "".
    """

    letter: str = ""
    top: bool = True
    elements: int = 200
    repeats: int = 10
    depth: int = 20
    raw: bool = False
    static_members: bool = True
    symbols: bool = True
    dynamic: bool = False
    pretty: bool = False
    addresses: bool = True
    unions: bool = True
    indexes: bool = False
    null_stop: bool = False
    arrays: bool = False
    integers: str = ""


_PLAIN = Options()


def text(value: Value, options: Options | None = None) -> str:
    """Return the text of a value.

    Raises:
        UsageError: no such format letter.
        StaleError: the program went on, and the value had not been read.
    """
    if options is None or not (options.letter or options.integers):
        number = _number_text(value)
        if number is not None:
            return number
    if options is None:
        options = _PLAIN
    if options.letter:
        from trapline.inspection.letters import LETTERS

        if options.letter not in LETTERS:
            raise UsageError(f"no format {options.letter!r}; there are {' '.join(filter(None, LETTERS))}")
    return Writer(options, value.program).top(value)


def _number_text(value: Value) -> str | None:
    """Return the text of a whole number, which most of what is shown is; None for what is something else."""
    type_ = value.type
    if not numbers.is_plain(type_) or value.bit_field is not None or value.unavailable is not None:
        return None
    if value.presentation is not None or value.storage.missing is not None:
        return None
    return str(int.from_bytes(value.contents(), "little", signed=scalars.is_signed(type_)))


def reason_text(reason: str) -> str:
    """Return how a missing value is written: `<optimized out>`, `<error: ...>`."""
    if reason in (OPTIMIZED_OUT, NOT_SAVED, SYNTHETIC_POINTER):
        return f"<{reason}>"
    if reason.startswith(OPTIMIZED_OUT):
        return f"<{OPTIMIZED_OUT}>"
    return f"<error: {reason}>"


def address_text(program: Program, address: int) -> str:
    """Return `0x401136 <main+4>`, without a name where no symbol covers it."""
    name = program.name_of(address) if address else None
    return f"{address:#x} <{name}>" if name else f"{address:#x}"


class Writer:
    """Writes one value; knows how much is `left` to write and which static members were met."""

    __slots__ = ("_program", "_statics", "left", "options")

    def __init__(self, options: Options, program: Program) -> None:
        self.options = options
        self._program = program
        self.left = _WORK
        self._statics: list[object] = []

    def begin(self) -> None:
        """Begin with another value: nothing of it is written yet."""
        self.left = _WORK
        self._statics.clear()

    def spend(self, count: int) -> bool:
        """Whether so many more values may still be written; they count as written then."""
        if self.left < count:
            return False
        self.left -= count
        return True

    def top(self, value: Value) -> str:
        """Return the text of a whole value."""
        if self.options.dynamic:
            value = value.dynamic
        sort = scalars.kind(value.type)
        letter = self.options.letter
        if letter not in ("", "s") and sort not in _AGGREGATES:
            return self._scalar(value)
        prefix = self._prefix(value) if self.options.top and not self._is_printed(value) else ""
        return prefix + self.value(value, 0, follow=True)

    def _is_printed(self, value: Value) -> bool:
        if self.options.raw:
            return False
        if scalars.kind(value.type) == scalars.REFERENCE and value.unavailable is None:
            value = value.referent()  # as gdb has it: the object alone, without the reference's address
        return value.presentation is not None

    def _prefix(self, value: Value) -> str:
        """Return `(type) ` for pointers and references; not for pointers to characters."""
        stripped = value.type.strip()
        if not isinstance(stripped, PointerType):
            return ""
        if (value.unavailable or "").startswith((OPTIMIZED_OUT, NOT_SAVED)):
            return ""
        if value.language != RUST and isinstance(_unqualified(value.type), PointerType):
            target = _unqualified(stripped.target)
            if not stripped.is_reference and (target.name == "char" or target.name in characters.WIDE):
                return ""
        return f"({value.type}) "

    # -- any value ---------------------------------------------------------------------------------

    def value(self, value: Value, level: int, *, follow: bool = False) -> str:
        """Return the text of a value inside others.

        Args:
            value: the value.
            level: how many structures and arrays it is inside of.
            follow: whether a reference shows what it refers to.
        """
        self.left -= 1
        if self.left < 0:
            return "..."
        try:
            is_formatted = self.options.letter or self.options.integers
            number = None if is_formatted else _number_text(value)
            return self._dispatch(value, level, follow) if number is None else number
        except ValueUnavailable as error:
            return reason_text(error.reason)
        except StaleError:
            raise
        except DebuggerError as error:
            return f"<error: {error}>"
        except RecursionError:
            return "{...}"

    def _dispatch(self, value: Value, level: int, follow: bool) -> str:
        sort = scalars.kind(value.type)
        if sort == scalars.REFERENCE and value.language != RUST:
            return self._reference(value, level, follow)
        if sort not in _AGGREGATES and (reason := value.unavailable) is not None:
            return reason_text(reason)
        if level == 0 and (reason := value.storage.missing) is not None:
            return reason_text(reason)
        if self._is_printed(value):
            return self._printed(value, level)
        if sort == scalars.STRUCT:
            return self._structure(value, level)
        if sort == scalars.ARRAY:
            from trapline.inspection import array_format

            return array_format.array(self, value, level)
        if sort == scalars.FUNCTION:
            return f"{{{value.type}}} {self.code(value.storage.address or 0)}"
        if sort == scalars.NOTHING:
            return (
                "()" if value.language == RUST else "void" if value.type.size is None else "<incomplete type>"
            )
        return self._scalar(value)

    def _scalar(self, value: Value) -> str:
        if (reason := value.unavailable) is not None:
            return reason_text(reason)
        sort, letter = scalars.kind(value.type), self.options.letter
        if not letter and sort in _WHOLE_NUMBERS:
            letter = self.options.integers
        if letter not in ("", "s"):
            from trapline.inspection import letters

            if sort == scalars.COMPLEX:
                parts = scalars.complex_parts(value)
                real, imaginary = (letters.formatted(data, part, letter, self.code) for data, part in parts)
                return f"{real} + {imaginary}i"
            return letters.formatted(value.contents(), value.type, letter, self.code)
        if sort == scalars.POINTER:
            return self._pointer(value)
        if sort == scalars.MEMBER_POINTER:
            from trapline.inspection.classes import class_member_at

            return class_member_at(value)
        if sort == scalars.METHOD_POINTER:
            from trapline.inspection.classes import describe_method_pointer

            return describe_method_pointer(value, self.address)
        return numbers.text(value.contents(), value.type)

    def _reference(self, value: Value, level: int, follow: bool) -> str:
        if value.unavailable == SYNTHETIC_POINTER:
            target = value.dereference()
            shown = self.value(target, level, follow=True) if follow or self._is_printed(target) else ""
            place = (
                f"<{SYNTHETIC_POINTER}>" if self.options.addresses and not self._is_printed(target) else ""
            )
            return f"{place}: {shown}" if place and shown else place or shown
        if (reason := value.unavailable) is not None:
            return reason_text(reason)
        if self._is_printed(value):
            return self.value(value.dereference(), level, follow=True)
        place = f"@{scalars.integer(value):#x}" if self.options.addresses else ""
        if not follow:
            return place
        return f"{f'{place}: ' if place else ''}{self.value(value.dereference(), level, follow=True)}"

    # -- pointers and strings ----------------------------------------------------------------------

    def address(self, address: int) -> str:
        """Return `0x401136 <main+4>`."""
        if self.options.addresses and not self.options.symbols:
            return f"{address:#x}"
        return self.code(address)

    def code(self, address: int) -> str:
        """Return the address of a function, whose name is always there, as in gdb."""
        named = address_text(self._program, address)
        return named if self.options.addresses else named.partition(" ")[2]

    def _pointer(self, value: Value) -> str:
        stripped = value.type.strip()
        address = scalars.integer(value)
        if not isinstance(stripped, PointerType):
            return self.address(address)
        target = stripped.target
        if isinstance(target.strip(), FunctionType):
            return self.code(address)
        shown = self.address(address)
        if address == 0:
            return shown
        if value.language == RUST:
            inner = target.strip()
            if isinstance(inner, ArrayType) and characters.is_byte(inner.target) and inner.size:
                data = value.dereference().storage.read(0, min(inner.size, self.options.elements + 1))
                return f"{address:#x} b{self.string(data, inner.size, encoding='ascii')}"
            return shown
        width = characters.text_width(target)
        return f"{shown} {self.c_string(value, target, width)}".lstrip() if width else shown

    def c_string(self, pointer: Value, target: Type, width: int) -> str:
        """Return the characters that a pointer points to now, up to the NUL.

        Now, as gdb does in its history too: an object of an earlier stop is still shown as it was read.
        """
        storage = MemoryStorage.of(pointer.now().dereference().storage)
        data, problem = storage.read_up_to(0, (self.options.elements + 1) * width)
        return self.terminated(data, target, width, problem)

    def terminated(self, data: bytes, target: Type, width: int, problem: str | None = None) -> str:
        """Return the characters before the NUL in the bytes that a pointer points to.

        Args:
            data: one character more than is written, or as many as can be read.
            target: the characters' type.
            width: bytes of one.
            problem: why there are not so many.
        """
        from trapline.inspection import literals

        limit = self.options.elements
        end = characters.end(data, width)
        error = ""
        if end is not None and end <= limit * width:
            shown, is_cut = data[:end], False
        else:
            is_cut = len(data) >= (limit + 1) * width
            shown = data[: limit * width]
            if problem is not None and not is_cut:
                error = f"<error: {problem}>"
        if error and not shown:
            return error
        return (
            literals.string(
                shown,
                width=width,
                prefix=characters.text_prefix(target),
                elements=limit,
                repeats=self.options.repeats,
                is_cut=is_cut,
                terminated=False,
            )
            + error
        )

    def _counted(self, value: Value) -> str:
        """Return an array of characters as a string of its whole length: a NUL in it ends nothing."""
        from trapline.inspection import literals

        stripped = value.type.strip()
        if not isinstance(stripped, ArrayType):
            return self.value(value, 0, follow=True)
        # Rust's characters are bytes in UTF-8, which are numbers elsewhere.
        width = stripped.target.size if stripped.language == RUST else characters.text_width(stripped.target)
        if not width:
            return self.value(value, 0, follow=True)
        length, limit = len(value), self.options.elements
        try:
            data = value.storage.read(0, min(length, limit) * width) if length else b""
        except ValueUnavailable as error:
            return reason_text(error.reason)
        return literals.string(
            data,
            width=width,
            prefix=characters.text_prefix(stripped.target),
            elements=limit,
            repeats=self.options.repeats,
            is_cut=length > limit,
            terminated=False,
        )

    def string(self, data: bytes, length: int, encoding: str = "utf-8") -> str:
        """Return bytes of a text of `length` bytes as a string with its quotes, cut where too long."""
        from trapline.inspection import literals

        shown = data[: self.options.elements]
        return literals.string(
            shown,
            encoding=encoding,
            elements=self.options.elements,
            repeats=self.options.repeats,
            is_cut=length > len(shown),
            terminated=False,
        )

    # -- structures --------------------------------------------------------------------------------

    def _structure(self, value: Value, level: int) -> str:
        stripped = value.type.strip()
        assert isinstance(stripped, StructType)
        if not stripped.is_complete:
            return "<incomplete type>"
        if (problem := unreadable(value)) is not None:
            return problem
        if stripped.language == RUST:
            from trapline.inspection import rust_format

            return rust_format.structure(self, value, stripped, level)
        if level >= self.options.depth or (level and stripped.keyword == "union" and not self.options.unions):
            return "{...}"
        return self._members(value, stripped, level, set())

    def _members(
        self, value: Value, stripped: StructType, level: int, virtual: set[int], is_static: bool = False
    ) -> str:
        """Return `{<Base> = {...}, a = 1}`; `virtual` holds the virtual bases that were written."""
        line = "\n" + " " * (2 + 2 * level) if self.options.pretty else ""
        known = len(self._statics)
        bases = "".join(f"{line}{base}, " for base in self._bases(value, stripped, level + 1, virtual))
        members = [
            f"{line}{self._member(value, member, level)}"
            for member in in_order(stripped)
            if self.options.static_members or isinstance(member, Member)
        ]
        if not members:
            body = "<No data fields>"
        else:
            body = (", " if not line else ",").join(members)
            if line and bases:
                body = f"{line}members of {stripped}:{body}"
            if line:
                body += "\n" + " " * (2 * level)
        if not is_static:
            del self._statics[known:]
        return f"{{{bases}{body}}}"

    def _bases(self, value: Value, stripped: StructType, level: int, virtual: set[int]) -> Iterator[str]:
        for base in stripped.bases:
            inner = base.type.strip()
            if base.is_virtual:
                if id(inner) in virtual:
                    continue
                virtual.add(id(inner))
            name = inner.name or ""
            try:
                part = value.base(base)
            except ValueUnavailable:
                yield f"<{name}> = <invalid address>"
                continue
            if not isinstance(inner, StructType):
                continue
            if level >= self.options.depth:
                shown = "{...}"
            elif self._is_printed(part):
                shown = self._printed(part, level)
            else:
                shown = self._members(part, inner, level, virtual)
            yield f"<{name}> = {shown}"

    def _member(self, value: Value, member: Member | StaticMember, level: int) -> str:
        if isinstance(member, StaticMember):
            return f"static {member.name} = {self._static(value.static(member), level + 1)}"
        shown = self.value(value.field(member), level + 1)
        return f"{member.name} = {shown}" if member.name else shown

    def _static(self, value: Value, level: int) -> str:
        stripped = value.type.strip()
        if not isinstance(stripped, (StructType, ArrayType)) or value.unavailable is not None:
            return self.value(value, level)
        key: object = value.storage.address if isinstance(stripped, StructType) else id(stripped.target)
        if key in self._statics:
            return "<same as static member of an already seen type>"
        self._statics.append(key)
        if isinstance(stripped, StructType) and stripped.language != RUST and not self._is_printed(value):
            return self._members(value, stripped, level, set(), is_static=True)
        return self.value(value, level)

    # -- printers ----------------------------------------------------------------------------------

    def _printed(self, value: Value, level: int) -> str:
        """Return what a printer makes of a value; after an error, what there was until then."""
        presentation = value.presentation
        assert presentation is not None
        head: str | None
        problem = None
        try:
            said = presentation.text()
        except StaleError:
            raise
        except DebuggerError as error:
            head = problem = _problem_text(error)
        else:
            if isinstance(said, Value):
                is_string = presentation.kind == "string"
                head = self._counted(said) if is_string else self.value(said, level, follow=True)
            elif said is not None and presentation.kind == "string":
                data = said.encode("utf-8", "surrogateescape")
                head = self.string(data, len(data))
            else:
                head = said
        if not presentation.has_children:
            return head if head is not None else "{...}"
        if level >= self.options.depth:
            if not head:
                return "{...}"
            return f"{head} = {{...}}" if _has_any(presentation) else head
        try:
            kind, children = presentation.written()
        except StaleError:
            raise
        except DebuggerError:  # what the head says already
            kind, children = presentation.kind, presentation.children()
        body = self._children(children, kind, level, problem)
        if head is None:
            return body
        return f"{head} = {body}" if body != "{}" else head

    def _children(
        self, children: Iterator[tuple[object, Value]], kind: str, level: int, known: str | None
    ) -> str:
        """Return them in braces, without a problem that is `known` already if it is all there is."""
        is_split = self.options.arrays if kind == "sequence" else self.options.pretty
        line = "\n" + " " * (2 + 2 * level) if is_split else ""
        pieces: list[str] = []
        ending = ""
        try:
            for key, child in children:
                if len(pieces) >= self.options.elements or self.left <= 0:
                    ending = "..."
                    break
                shown = self.value(child, level + 1)
                if kind == "map":
                    name = self.value(key, level + 1) if isinstance(key, Value) else str(key)
                    shown = f"[{name}] = {shown}"
                elif kind != "sequence":
                    shown = f"{key} = {shown}"
                pieces.append(line + shown)
        except StaleError:
            raise
        except (DebuggerError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            # A printer may be a user's, and a container may be nonsense: what was found stays.
            problem = _problem_text(error)
            if pieces or problem != known:
                pieces.append(line + problem)
        body = ("," if line else ", ").join(pieces) + ending
        if line and pieces:
            body += "\n" + " " * (2 * level)
        return f"{{{body}}}"


def _has_any(presentation: Presentation) -> bool:
    """Whether a container has elements; one that cannot be read is no empty one."""
    try:
        return next(iter(presentation.written()[1]), None) is not None
    except StaleError:
        raise
    except DebuggerError:
        return True


def _problem_text(error: Exception) -> str:
    return reason_text(error.reason) if isinstance(error, ValueUnavailable) else f"<error: {error}>"


def _unqualified(outer: Type) -> Type:
    here = outer
    for _ in range(1000):
        if not isinstance(here, QualifiedType):
            return here
        here = here.target
    return here


def in_order(stripped: StructType) -> Iterator[Member | StaticMember]:
    """Give data members and static members in order of declaration."""
    statics = list(stripped.static_members)
    for number, member in enumerate(stripped.members):
        while statics and statics[0].position <= number:
            yield statics.pop(0)
        yield member
    yield from statics


def unreadable(value: Value) -> str | None:
    """Return the text of a structure or array whose memory is not there at all; None for any other."""
    if value.storage.address is None:
        return None
    size = value.size
    if not size:
        return None
    try:
        value.storage.read(0, min(size, 1 << 16))
    except ValueUnavailable:
        try:
            value.storage.read(0, 1)
        except ValueUnavailable as error:
            return reason_text(error.reason)
    return None
