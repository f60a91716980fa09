"""A value of the stopped program: a type, and where its bytes are.

Scalars are read when the value is made and keep what they read; structures and arrays read what is asked
for.  A value that has no bytes says why in `unavailable`, and raises ValueUnavailable when it is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.base.errors import EvaluationError, UsageError, ValueUnavailable
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.inspection import scalars
from trapline.inspection.operators import Operators
from trapline.inspection.storage import (
    OPTIMIZED_OUT,
    ConstantStorage,
    MemoryStorage,
    Program,
    Storage,
    UnavailableStorage,
)
from trapline.symbols.types import (
    RUST,
    ArrayType,
    Base,
    FunctionType,
    Member,
    PointerType,
    StaticMember,
    StructType,
    Type,
    VoidType,
)

if TYPE_CHECKING:
    from trapline.inspection.printers.presentation import Presentation

LARGEST = 1 << 30
"""Bytes of one value that are read at once; a larger one is a broken file's, or wants memory.read()."""

_DEPTH = 64
"""References on the way to what they refer to; more is a cycle."""


class Value(Handle, Operators):
    """One value; see the module.

    `int()`, `float()`, `bool()`, `bytes()` give the content of scalars; `value["member"]`, `value[3]`,
    `len()`, iteration and `items()` that of structures, arrays and containers.  Pointers to structures
    find members too.  Comparisons give `bool` and follow the language's conversions, as arithmetic does.
    """

    __slots__ = (
        "_bits",
        "_data",
        "_epoch",
        "_presentation",
        "_problem",
        "_raw",
        "_storage",
        "program",
        "type",
    )

    def __init__(
        self,
        type: Type,
        storage: Storage,
        program: Program,
        *,
        bits: tuple[int, int] | None = None,
        raw: bool = False,
        epoch: int | None = None,
    ) -> None:
        """Make a value; a scalar is read now.

        Args:
            type: what the bytes mean.
            storage: where they are.
            program: the program around them.
            bits: for a bit-field its first bit in the storage and its width.
            raw: whether printers are skipped.
            epoch: the stop that it belongs to, if not this one.
        """
        self.type = type
        self.program = program
        self._epoch = program.epoch if epoch is None else epoch
        self._storage = storage
        self._bits = bits
        self._raw = raw
        self._data: bytes | None = None
        self._problem: str | None = None
        self._presentation: Presentation | bool | None = False
        if scalars.is_scalar(type):
            self._fetch()

    @staticmethod
    def constant(program: Program, type: Type, data: bytes) -> Value:
        """Return a value that is in no place of the program."""
        return Value(type, ConstantStorage(data), program)

    @staticmethod
    def at(program: Program, type: Type, address: int) -> Value:
        """Return the value of a type at a load address."""
        return Value(type, MemoryStorage(program, address), program)

    @staticmethod
    def missing(program: Program, type: Type, reason: str = OPTIMIZED_OUT) -> Value:
        """Return a value that has no bytes, and why."""
        return Value(type, UnavailableStorage(reason), program)

    # -- bytes -----------------------------------------------------------------------------------

    def _fetch(self) -> None:
        try:
            self._data = self._read()
        except ValueUnavailable as error:
            self._problem = error.reason

    def _read(self) -> bytes:
        size = self.size
        if self._bits is not None:
            first, width = self._bits
            value = self._storage.read_bits(first, width)
            if scalars.is_signed(self.type) and value >> (width - 1):
                value -= 1 << width
            return value.to_bytes(max(size, (width + 7) // 8), "little", signed=value < 0)
        if size > LARGEST:
            raise ValueUnavailable(f"{size} bytes are too many to read at once")
        return self._storage.read(0, size) if size else b""

    @property
    def size(self) -> int:
        """Bytes; 0 for what has no size."""
        return self.type.size or 0

    @property
    def is_number(self) -> bool:
        """Whether it is one number: an integer, a pointer, an enumerator, a character, a float."""
        return scalars.is_scalar(self.referent().type)

    @property
    def is_function(self) -> bool:
        """Whether it is a function of the program."""
        return isinstance(self.type.strip(), FunctionType)

    def place(self) -> int:
        """Return the load address of what is in memory: an array, a structure, a function.

        Raises:
            EvaluationError: it has no address.
        """
        if self.address is None:
            raise EvaluationError(f"a value of type {self.type} that is not in memory has no address")
        return self.address

    @property
    def storage(self) -> Storage:
        """Where the bytes are."""
        return self._storage

    @property
    def bit_field(self) -> tuple[int, int] | None:
        """For a bit-field its first bit in the storage and its width, else None."""
        return self._bits

    @property
    def address(self) -> int | None:
        """The load address; of what it refers to for a C++ reference; None for what is not in memory."""
        if scalars.is_reference(self.type):
            return None if self._problem is not None else scalars.integer(self)
        return self._storage.address if self._bits is None else None

    @property
    def is_scalar(self) -> bool:
        """Whether it is one number, character or pointer; a reference is what it refers to."""
        type_ = self.type.strip()
        if isinstance(type_, PointerType) and type_.is_reference and type_.target is not None:
            return scalars.is_scalar(type_.target)
        return scalars.is_scalar(type_)

    @property
    def unavailable(self) -> str | None:
        """None, or why there are no bytes: "optimized out", or what could not be read.

        A structure of which some parts are known is available; the others say it themselves.
        """
        if self._data is not None or self._problem is not None:
            return self._problem
        if (missing := self._storage.missing) is not None:
            return missing
        if isinstance(self.type.strip(), FunctionType):
            return None  # a place and no bytes
        try:
            self.contents()
        except ValueUnavailable as error:
            if any(value.unavailable is None for _, value in self._parts()):
                return None
            return error.reason
        return None

    def _parts(self) -> Iterator[tuple[object, Value]]:
        """Give the first parts, enough to know whether there are any."""
        from trapline.inspection.elements import all_members, array_length

        stripped = self.type.strip()
        if isinstance(stripped, StructType):
            for number, part in enumerate(all_members(self)):
                if number >= 200:
                    return
                yield part
        elif isinstance(stripped, ArrayType):
            for number in range(min(array_length(stripped) or 0, 200)):
                yield number, self.element(number)

    def contents(self) -> bytes:
        """Return the value's bytes.

        Raises:
            ValueUnavailable: some of them are not known.
        """
        if self._data is not None:
            return self._data
        if self._problem is not None:
            raise ValueUnavailable(self._problem)
        if isinstance(self.type.strip(), FunctionType):
            raise EvaluationError(f"a function has no bytes: {self.type}")
        return self._read()

    def __bytes__(self) -> bytes:
        return self.contents()

    def again(self) -> Value:
        """Return what is in the same place of memory now; the value itself where that has not changed.

        For whoever keeps a value over a call or an assignment; what is in a register stays of its moment.
        """
        storage = self._storage
        if self._epoch == self.program.epoch or not isinstance(storage, MemoryStorage):
            return self
        return Value(self.type, storage.now(), self.program, bits=self._bits, raw=self._raw)

    def now(self) -> Value:
        """Return the value as it was read, from which pointers lead to what is there now.

        For whoever goes on from a value of an earlier stop: `*$1` is in gdb what `$1` points to today.
        """
        if self.program.is_now(self._epoch):
            return self
        return Value(self.type, self._storage, self.program, bits=self._bits, raw=self._raw)

    def remembered(self) -> Value:
        """Return the value as a history shows it: what was read of an object, what a pointer leads to now."""
        return self.now() if self.is_scalar or scalars.is_reference(self.type) else self

    # -- content as Python knows it ---------------------------------------------------------------

    def __int__(self) -> int:
        return scalars.to_int(self._operand())

    def __index__(self) -> int:
        return scalars.integer(self.referent() if self.is_scalar else self)

    def __float__(self) -> float:
        return scalars.to_float(self._operand())

    def __complex__(self) -> complex:
        return scalars.to_complex(self._operand())

    def _operand(self) -> Value:
        """Return what has the number: the content of an optional, an atomic, a cell."""
        return self.held() if scalars.kind(self.type) in (scalars.STRUCT, scalars.REFERENCE) else self

    def __bool__(self) -> bool:
        here = self.referent()
        shown = here.presentation
        if shown is not None and shown.may_be_empty:
            return shown.content is not None
        if (held := here.held()) is not here:
            return bool(held)
        if shown is not None and shown.form in ("sequence", "map"):
            return len(shown) > 0
        if here.language == RUST and isinstance(here.type.strip(), StructType):
            from trapline.inspection import rust

            return rust.truth(here)
        return scalars.truth(here)

    def to_python(self) -> Any:
        """Return the content: int, float, bool, str, list, dict, None.

        Character arrays and pointers become str, structures dict, arrays and sequences list; an enumerator
        its name; a Rust enum its payload under its variant's name, `Some(x)` x itself.  Optionals and smart
        pointers are what they hold, None for nothing; other pointers their address.  `value ==
        value.to_python()` holds, but for a `long double` with more digits than a float.

        Raises:
            ValueUnavailable: a part of it is not known.
        """
        from trapline.inspection.conversion import to_python

        return to_python(self)

    def to_numpy(self) -> Any:
        """Return a numpy array of the elements, its dtype from the element's type.

        Numbers, enums, pointers (as addresses) and structures, pairs and tuples of such have a dtype.
        Containers of them become arrays; containers in containers, all of one length, an array with more
        dimensions.  Strings, optionals, variants, maps and containers of several lengths have none:
        `to_python()` gives those.

        Raises:
            UsageError: numpy is not installed, or something in it has no dtype; the message says what.
            ValueUnavailable: a part of it is not known.
        """
        from trapline.inspection.numpy_arrays import to_numpy

        return to_numpy(self)

    # -- printers ---------------------------------------------------------------------------------

    @property
    def raw(self) -> Value:
        """The same value without printers, its members too."""
        return Value(self.type, self._storage, self.program, bits=self._bits, raw=True, epoch=self._epoch)

    @property
    def is_raw(self) -> bool:
        """Whether printers are skipped, for its parts too."""
        return self._raw

    def plain(self) -> Value:
        """Return the same value without its own printer; its members have theirs."""
        same = Value(
            self.type, self._storage, self.program, bits=self._bits, raw=self._raw, epoch=self._epoch
        )
        same._presentation = None
        return same

    def retyped(self, type: Type) -> Value:
        """Return what the same bytes mean as another type."""
        return self._derived(type, self._storage)

    @property
    def presentation(self) -> Presentation | None:
        """What a printer makes of it; None where there is no printer for its type."""
        if self._presentation is False:
            from trapline.inspection.printers import present

            self._presentation = None if self._raw else present(self)
        assert not isinstance(self._presentation, bool)
        return self._presentation

    def held(self) -> Value:
        """Return what a reference refers to, an optional, a smart pointer or an atomic holds.

        Any other value itself, and what holds nothing.
        """
        here = self.referent()
        for _ in range(_DEPTH):
            shown = here.presentation
            inner = shown.content if shown is not None else None
            if inner is None:
                return here
            here = inner.referent()
        raise EvaluationError(f"{self.type} leads to itself")

    @property
    def variant(self) -> str | None:
        """The name of the active case of an enum, optional or variant; None where there are no cases."""
        from trapline.inspection.rust import active_variant

        target = self.referent()
        found = target.presentation
        if found is not None and (name := found.variant) is not None:
            return name
        active = active_variant(target)
        if active is not None:
            return active.name
        return scalars.enumerator_name(target)

    # -- parts ------------------------------------------------------------------------------------

    def dereference(self) -> Value:
        """Return what a pointer points to, or a reference refers to.

        Raises:
            EvaluationError: it is neither, or points to void.
        """
        stripped = self.type.strip()
        if isinstance(stripped, PointerType):
            target = stripped.target
            if isinstance(target.strip(), VoidType):
                raise EvaluationError("a pointer to void has no target; cast it first")
            known = self._storage.target(0)
            if known is not None:
                return known.raw if self._raw else known
            return self._target_at(target, scalars.integer(self))
        if isinstance(stripped, ArrayType):
            return self.element(0)
        found = self.presentation
        if found is not None and (pointee := found.target) is not None:
            return pointee
        from trapline.inspection.rust import trait_object

        if (concrete := trait_object(self)) is not None:
            return concrete
        raise EvaluationError(f"{self.type} is not a pointer")

    def _target_at(self, target: Type, address: int) -> Value:
        return self._derived(target, MemoryStorage(self.program, address, epoch=self._epoch))

    def _derived(self, type: Type, storage: Storage, bits: tuple[int, int] | None = None) -> Value:
        """Return a part of this value, or what it points to: of the same stop."""
        return Value(type, storage, self.program, bits=bits, raw=self._raw, epoch=self._epoch)

    def referent(self) -> Value:
        """Return what a C++ reference refers to; any other value itself."""
        here = self
        for _ in range(_DEPTH):
            if not scalars.is_reference(here.type):
                return here
            here = here.dereference()
        raise EvaluationError(f"{self.type} is a cycle of references")

    def aggregate(self) -> Value:
        """Return the structure behind references, and behind pointers to a structure."""
        here = self.referent()
        for _ in range(_DEPTH):
            stripped = here.type.strip()
            if not isinstance(stripped, PointerType):
                return here
            if not isinstance(stripped.target.strip(), (StructType, PointerType)):
                return here
            here = here.dereference().referent()
        return here

    def __getitem__(self, key: object) -> Any:
        """Return a member by name, an element by index or key, a list of elements by slice.

        Indices count from the end when negative in what has a length, as in Python; a pointer's index may
        be any number.

        Raises:
            VariableNotFound: no such member (also a KeyError).
            IndexError: no such element.
        """
        from trapline.inspection import elements

        return elements.item(self, key)

    def element(self, index: int) -> Value:
        """Return what `pointer[index]` or `array[index]` is in C: any index, no bounds.

        Raises:
            EvaluationError: it is neither pointer nor array, or of a class that is only declared.
        """
        stripped = self.type.strip()
        if isinstance(stripped, ArrayType):
            element = stripped.element
            stride = stripped.element_stride if len(stripped.dimensions) <= 1 else element.size
            if stride is None and index:
                raise EvaluationError(
                    f"{element} has no known size, which leaves open where element {index} is"
                )
            return self._derived(element, self._storage.at(index * (stride or 0)))
        if isinstance(stripped, PointerType):
            target = stripped.target
            if isinstance(target.strip(), VoidType):
                raise EvaluationError("a pointer to void has no elements; cast it first")
            if index == 0:
                return self.dereference()
            if isinstance(target.strip(), StructType) and target.size is None:
                raise EvaluationError(
                    f"{target} has no known size, which leaves open where element {index} is"
                )
            known = self._storage.target(0)
            if known is not None:  # there is no address to count from
                return self._derived(target, known.storage.at(index * (target.size or 0)))
            return self._target_at(target, scalars.integer(self) + index * (target.size or 0))
        raise EvaluationError(f"{self.type} is neither a pointer nor an array")

    def member(self, name: str) -> Value:
        """Return the member of a name: own, anonymous, static, or of a base class.

        Raises:
            VariableNotFound: there is none.
            EvaluationError: the value has no members.
        """
        from trapline.inspection import members

        return members.named(self, name)

    def field(self, member: Member) -> Value:
        """Return a data member of the structure."""
        if isinstance(member.offset, bytes):
            return Value.missing(self.program, member.type, "its place is computed")
        storage = self._storage
        if member.bit_size is not None:
            first = member.bit_offset if member.bit_offset is not None else member.offset * 8
            bits = first % 8, member.bit_size
            return self._derived(member.type, storage.at(first // 8), bits)
        end = self.type.size
        if self.language == RUST and end is not None and member.offset >= end and member.type.size:
            # rustc describes the type of one function as a pointer, and gives it no room.
            return Value.missing(self.program, member.type, f"{OPTIMIZED_OUT}: it takes no bytes")
        return self._derived(member.type, storage.at(member.offset))

    def static(self, member: StaticMember) -> Value:
        """Return a static data member."""
        from trapline.inspection import members

        return members.static(self, member)

    def base(self, base: Base) -> Value:
        """Return the part that is a base class's.

        Raises:
            ValueUnavailable: a virtual base whose place cannot be read.
        """
        from trapline.inspection.classes import base_offset

        return self._derived(base.type, self._storage.at(base_offset(self, base)))

    @property
    def dynamic(self) -> Value:
        """The whole object that a polymorphic class's object, pointer or reference is a part of.

        The value itself where that is not known.
        """
        from trapline.inspection.classes import whole_object

        return whole_object(self)

    def items(self) -> Iterator[tuple[Any, Value]]:
        """Give (name, value) of members, (key, value) of a map, (index, value) of elements and characters.

        Members of bases come first, those of anonymous members in their place.
        """
        from trapline.inspection import elements

        return elements.items(self)

    def __iter__(self) -> Iterator[Any]:
        """Give elements, a string's characters; of a structure its members' names, of a map its keys."""
        from trapline.inspection import elements

        return elements.iterate(self)

    def __len__(self) -> int:
        from trapline.inspection import elements

        return elements.count(self)

    def __contains__(self, key: object) -> bool:
        from trapline.inspection import elements

        return elements.contains(self, key)

    # -- assignment -------------------------------------------------------------------------------

    def set(self, value: object) -> None:
        """Assign in the program: a number, str or bytes for characters, another Value.

        A list assigns to the elements of an array, a dict to the members that it names.

        Raises:
            UsageError: it cannot be assigned to, or not from that.
            ValueUnavailable: it has no place.
        """
        from trapline.inspection.assignment import assigned_bytes

        if scalars.is_reference(self.type):
            self.referent().set(value)
            return
        if isinstance(value, (dict, list, tuple)):
            self._set_parts(value)
            return
        data = assigned_bytes(self, value)
        if self._bits is not None:
            first, width = self._bits
            self._storage.write_bits(first, width, int.from_bytes(data, "little"))
        else:
            self._storage.write(0, data)
        if scalars.is_scalar(self.type):
            self._problem = None
            self._fetch()

    def _set_parts(self, value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> None:
        if not isinstance(self.type.strip(), (StructType, ArrayType)):
            raise UsageError(f"{type(value).__name__} cannot be assigned to {self.type}")
        if isinstance(value, dict):
            for key, part in value.items():
                self[key].set(part)
            return
        if len(value) != len(self):
            raise UsageError(f"{len(value)} elements do not fill {self.type}")
        for number, part in enumerate(value):
            self[number].set(part)

    def __setitem__(self, key: object, value: object) -> None:
        """Assign to a member or an element."""
        self[key].set(value)

    @property
    def language(self) -> str:
        """The language of its type."""
        return self.type.language

    # -- text -------------------------------------------------------------------------------------

    def format(self, letter: str = "", **options: Any) -> str:
        """Return the text that gdb's `print/LETTER` gives.

        Args:
            letter: "" or one of x d u o t a c f s z.
            options: fields of `inspection.format.Options`.
        """
        from trapline.inspection.format import Options, text

        return text(self, Options(letter=letter, **options))

    def __str__(self) -> str:
        from trapline.inspection.format import text

        return text(self)

    def __repr__(self) -> str:
        return f"<Value {self.type}: {self.unavailable or self._address_text()}>"

    def _address_text(self) -> str:
        if scalars.is_scalar(self.type):
            return self.format(top=False)
        address = self._storage.address
        return "not in memory" if address is None else f"at {address:#x}"

    def __format__(self, spec: str) -> str:
        """Format the number by Python's rules when a specification is given, else the text."""
        if not spec:
            return str(self)
        sort = scalars.kind(self._operand().type)
        if spec[-1] in "bcdoxXn":
            return format(int(self), spec)
        if spec[-1] in "eEfFgG%" or (sort == scalars.FLOAT and spec[-1] != "s"):
            return format(float(self), spec)
        if sort == scalars.INTEGER and spec[-1] != "s":
            return format(int(self), spec)
        return format(str(self), spec)

    def __copy__(self) -> Value:
        return self
