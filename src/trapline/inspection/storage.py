"""Where a value's bytes are: memory, registers, constants, or pieces of all of these.

A storage reads lazily and belongs to the stop at which it was made: after a resume it still gives what it
has read before, and raises StaleError for more.  What has no place raises ValueUnavailable with the
reason.  Offsets and sizes are in bytes from the start of the storage.

Source: DWARF 5 §2.6, location descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import MemoryFault, StaleError, UsageError, ValueUnavailable
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from trapline.inspection.value import Value
    from trapline.symbols.types import Type

OPTIMIZED_OUT = "optimized out"
"""The reason of what the compiler gave no place."""

NOT_SAVED = "not saved"
"""The reason of a register whose value a callee has overwritten."""

SYNTHETIC_POINTER = "synthetic pointer"
"""The reason of a pointer to something that is not in memory; it can still be dereferenced."""


class Program(Protocol):
    """What values need of the program that they are in."""

    @property
    def epoch(self) -> int:
        """Changes whenever the program may have run."""
        ...

    def is_now(self, epoch: int) -> bool:
        """Whether nothing has changed since an epoch but what calls of functions did, which are undone."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Return memory at a load address, or raise MemoryFault."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Write memory at a load address, or raise MemoryFault."""
        ...

    def name_of(self, address: int) -> str | None:
        """Return `main+4` for a load address that a symbol covers, names demangled."""
        ...

    def address_of(self, linkage_name: str) -> int | None:
        """Return the load address of the symbol of a name as the linker knows it."""
        ...

    def variable_address(self, name: str) -> int | None:
        """Return the load address of the variable outside functions that has a qualified name."""
        ...

    def type_named(self, name: str) -> Type | None:
        """Return the complete type of a qualified name."""
        ...

    def implementer(self, table: int) -> Type | None:
        """Return the type that a table of a Rust trait's functions at a load address is for, or None."""
        ...


def word(program: Program, address: int) -> int:
    """Return the 64-bit word at a load address, which wraps; MemoryFault where there is none."""
    return int.from_bytes(program.read(address & ADDRESS_MASK, 8), "little")


def words(program: Program, address: int, count: int) -> list[int]:
    """Return the 64-bit words from a load address on, which wraps; MemoryFault where one is missing."""
    data = program.read(address & ADDRESS_MASK, 8 * count)
    return [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]


class Storage:
    """Some bytes of a stopped program; `address` is a load address where they all are in memory."""

    __slots__ = ()

    @property
    def address(self) -> int | None:
        """The load address of the first byte; None for what is not in memory in one run."""
        return None

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes.

        Raises:
            ValueUnavailable: some of them have no place, or it cannot be read.
            StaleError: the program went on, and they were not read before.
        """
        raise NotImplementedError

    def write(self, offset: int, data: bytes) -> None:
        """Write all of `data`.

        Raises:
            UsageError: this cannot be assigned to.
            ValueUnavailable: the place cannot be written.
        """
        raise UsageError("this value has no place that can be assigned to")

    def read_bits(self, bit_offset: int, bit_size: int) -> int:
        """Return bits as an unsigned integer, counted from the least significant of the first byte."""
        first, end = bit_offset // 8, (bit_offset + bit_size + 7) // 8
        whole = int.from_bytes(self.read(first, end - first), "little")
        return whole >> (bit_offset - first * 8) & ((1 << bit_size) - 1)

    def write_bits(self, bit_offset: int, bit_size: int, value: int) -> None:
        """Write the low `bit_size` bits of `value`; the bits around them stay."""
        first, end = bit_offset // 8, (bit_offset + bit_size + 7) // 8
        shift, mask = bit_offset - first * 8, (1 << bit_size) - 1
        if shift == 0 and bit_size % 8 == 0:
            self.write(first, (value & mask).to_bytes(bit_size // 8, "little"))
            return
        whole = int.from_bytes(self.read(first, end - first), "little")
        whole = whole & ~(mask << shift) | (value & mask) << shift
        self.write(first, whole.to_bytes(end - first, "little"))

    @property
    def missing(self) -> str | None:
        """Why no byte at all has a place; None where some may have one."""
        return None

    def at(self, offset: int) -> Storage:
        """Return the storage that begins `offset` bytes further on."""
        return self if offset == 0 else OffsetStorage(self, offset)

    def target(self, offset: int) -> Value | None:
        """Return what the synthetic pointer at `offset` points to; None where there is none."""
        return None


class OffsetStorage(Storage):
    """A part of another storage."""

    __slots__ = ("_offset", "_whole")

    def __init__(self, whole: Storage, offset: int) -> None:
        self._whole = whole
        self._offset = offset

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the part."""
        return self._whole.read(self._offset + offset, size)

    def write(self, offset: int, data: bytes) -> None:
        """Write bytes of the part."""
        self._whole.write(self._offset + offset, data)

    def read_bits(self, bit_offset: int, bit_size: int) -> int:
        """Return bits of the part."""
        return self._whole.read_bits(self._offset * 8 + bit_offset, bit_size)

    def write_bits(self, bit_offset: int, bit_size: int, value: int) -> None:
        """Write bits of the part."""
        self._whole.write_bits(self._offset * 8 + bit_offset, bit_size, value)

    def at(self, offset: int) -> Storage:
        """Return a part of the same whole."""
        return self._whole.at(self._offset + offset)

    def target(self, offset: int) -> Value | None:
        """Return what the synthetic pointer at `offset` points to."""
        return self._whole.target(self._offset + offset)


class _Kept:
    """What was read at one stop: runs of bytes by load address, bounded; writes go through it."""

    __slots__ = ("spans",)

    _SPANS = 64
    _SIZE = 1 << 16

    def __init__(self) -> None:
        self.spans: list[tuple[int, bytes]] = []

    def find(self, address: int, size: int) -> bytes | None:
        """Return bytes that were read before; None where some were not."""
        for start, data in reversed(self.spans):
            if start <= address and address + size <= start + len(data):
                return data[address - start : address - start + size]
        return None

    def keep(self, address: int, data: bytes) -> None:
        """Remember bytes; the oldest are forgotten when there are too many."""
        if len(data) > self._SIZE:
            return
        if self.spans and self.spans[-1][0] == address and len(self.spans[-1][1]) <= len(data):
            self.spans.pop()
        elif len(self.spans) >= self._SPANS:
            del self.spans[0]
        self.spans.append((address, data))


class MemoryStorage(Storage):
    """Memory at a load address; as long as the program's memory goes."""

    __slots__ = ("_address", "_epoch", "_kept", "_program")

    def __init__(
        self, program: Program, address: int, *, epoch: int | None = None, kept: _Kept | None = None
    ) -> None:
        """Note the place; nothing is read.

        Args:
            program: whose memory.
            address: load address.
            epoch: the stop that it belongs to, if not this one.
            kept: what was read there before.
        """
        self._program = program
        self._address = address & ADDRESS_MASK
        self._epoch = program.epoch if epoch is None else epoch
        self._kept = _Kept() if kept is None else kept

    @staticmethod
    def of(storage: Storage) -> MemoryStorage:
        """Return a storage that must be memory, or raise ValueUnavailable."""
        if not isinstance(storage, MemoryStorage):
            raise ValueUnavailable("it is not in memory")
        return storage

    @property
    def address(self) -> int:
        """The load address of the first byte."""
        return self._address

    def read(self, offset: int, size: int) -> bytes:
        """Return memory, fresh while the program has not run, else as it was read before."""
        address = (self._address + offset) & ADDRESS_MASK
        if not self._program.is_now(self._epoch):
            found = self._kept.find(address, size)
            if found is None:
                raise StaleError("this value is of an earlier stop and had not been read; fetch it again")
            return found
        try:
            data = self._program.read(address, size)
        except MemoryFault as fault:
            raise ValueUnavailable(f"Cannot access memory at address {fault.address:#x}") from None
        self._kept.keep(address, data)
        return data

    def write(self, offset: int, data: bytes) -> None:
        """Write memory."""
        if not self._program.is_now(self._epoch):
            raise StaleError("this value is of an earlier stop; fetch it again before setting it")
        try:
            self._program.write((self._address + offset) & ADDRESS_MASK, data)
        except MemoryFault as fault:
            raise ValueUnavailable(f"Cannot access memory at address {fault.address:#x}") from None

    def read_up_to(self, offset: int, size: int) -> tuple[bytes, str | None]:
        """Return the bytes before the first that cannot be read, and why it cannot (None: all were read)."""
        try:
            return self.read(offset, size), None
        except ValueUnavailable as error:
            reason = error.reason
        low, high = 0, size
        while low < high:  # Most strings are short: the readable part is found by halves.
            middle = (low + high + 1) // 2
            try:
                self.read(offset, middle)
                low = middle
            except ValueUnavailable as error:
                reason = error.reason
                high = middle - 1
        return self.read(offset, low) if low else b"", reason

    def at(self, offset: int) -> MemoryStorage:
        """Return the memory `offset` bytes further on."""
        return MemoryStorage(self._program, self._address + offset, epoch=self._epoch, kept=self._kept)

    def now(self) -> MemoryStorage:
        """Return the same place at this stop."""
        return type(self)(self._program, self._address)

    def sliced(self) -> SlicedStorage:
        """Return the same place, for an object that a cast has cut out of the one around it."""
        return SlicedStorage(self._program, self._address, epoch=self._epoch, kept=self._kept)


class SlicedStorage(MemoryStorage):
    """Memory of what is seen as a base class's object by itself, whatever object it is a part of."""

    __slots__ = ()


class ConstantStorage(Storage):
    """Bytes that are known from the file or were computed; they cannot be assigned to."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the constant."""
        data = self._data[offset : offset + size]
        if offset < 0 or len(data) < size:
            raise ValueUnavailable(f"the constant has {len(self._data)} bytes, {offset + size} are needed")
        return data


class UnavailableStorage(Storage):
    """No bytes at all, and why."""

    __slots__ = ("reason",)

    def __init__(self, reason: str = OPTIMIZED_OUT) -> None:
        self.reason = reason

    def read(self, offset: int, size: int) -> bytes:
        """Raise ValueUnavailable."""
        raise ValueUnavailable(self.reason)

    def write(self, offset: int, data: bytes) -> None:
        """Raise ValueUnavailable."""
        raise ValueUnavailable(self.reason)

    @property
    def missing(self) -> str:
        """Why there is nothing."""
        return self.reason

    def at(self, offset: int) -> UnavailableStorage:
        """Return no bytes again."""
        return self


class RegisterStorage(Storage):
    """One register of a frame, read when it is first asked for.

    `fetch` returns all bytes of the register, least significant first, or raises ValueUnavailable;
    `store` writes them all, None where that cannot be.
    """

    __slots__ = ("_data", "_fetch", "_store", "name")

    def __init__(
        self, name: str, fetch: Callable[[], bytes], store: Callable[[bytes], None] | None = None
    ) -> None:
        self.name = name
        self._fetch = fetch
        self._store = store
        self._data: bytes | None = None

    def _all(self) -> bytes:
        if self._data is None:
            self._data = self._fetch()
        return self._data

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the register."""
        data = self._all()[offset : offset + size]
        if len(data) < size:
            raise ValueUnavailable(f"register {self.name} has fewer than {offset + size} bytes")
        return data

    def write(self, offset: int, data: bytes) -> None:
        """Write a part of the register; the rest stays as it is."""
        whole = bytearray(self._all())
        if offset + len(data) > len(whole):
            raise ValueUnavailable(f"register {self.name} has fewer than {offset + len(data)} bytes")
        if self._store is None:
            raise UsageError(f"register {self.name} of this frame cannot be assigned to")
        whole[offset : offset + len(data)] = data
        self._store(bytes(whole))
        self._data = bytes(whole)


class SyntheticPointer(Storage):
    """A pointer that the compiler removed while what it pointed to is still known.

    Source: DWARF 5 §2.6.1.1.4, DW_OP_implicit_pointer.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[], Value]) -> None:
        self._find = find

    def read(self, offset: int, size: int) -> bytes:
        """Raise ValueUnavailable: there is no address."""
        raise ValueUnavailable(SYNTHETIC_POINTER)

    def target(self, offset: int) -> Value | None:
        """Return what it points to."""
        return self._find() if offset == 0 else None


class Part(NamedTuple):
    """Some bits of a value: `bits` of them, from bit `bit_offset` of `storage` on."""

    storage: Storage
    bits: int
    bit_offset: int = 0


class PiecesStorage(Storage):
    """Several storages one behind the other, each with its number of bits.

    Source: DWARF 5 §2.6.1.2, composite location descriptions.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes joined from the parts that hold them; bits behind the last part have no place."""
        return self.read_bits(offset * 8, size * 8).to_bytes(size, "little")

    def write(self, offset: int, data: bytes) -> None:
        """Write to the parts that hold the bytes; nothing is written when one of them has no place."""
        self.write_bits(offset * 8, len(data) * 8, int.from_bytes(data, "little"))

    def read_bits(self, bit_offset: int, bit_size: int) -> int:
        """Return bits joined from the parts that hold them."""
        value = covered = 0
        for part, low, high, start in self._overlapping(bit_offset, bit_size):
            bits = part.storage.read_bits(part.bit_offset + low - start, high - low)
            value |= bits << (low - bit_offset)
            covered += high - low
        if covered < bit_size:
            raise ValueUnavailable(OPTIMIZED_OUT)
        return value

    def write_bits(self, bit_offset: int, bit_size: int, value: int) -> None:
        """Write bits to the parts that hold them."""
        self.read_bits(bit_offset, bit_size)
        for part, low, high, start in self._overlapping(bit_offset, bit_size):
            bits = value >> (low - bit_offset) & ((1 << (high - low)) - 1)
            part.storage.write_bits(part.bit_offset + low - start, high - low, bits)

    def _overlapping(self, bit_offset: int, bit_size: int) -> Iterator[tuple[Part, int, int, int]]:
        """Give the parts that hold some of the bits: first bit, end, and where the part itself begins."""
        start = 0
        for part in self._parts:
            low, high = max(start, bit_offset), min(start + part.bits, bit_offset + bit_size)
            if low < high:
                yield part, low, high, start
            start += part.bits

    @property
    def missing(self) -> str | None:
        """Why no part has a place; None where one may have."""
        reasons = [part.storage.missing for part in self._parts]
        return reasons[0] if reasons and None not in reasons else None

    def target(self, offset: int) -> Value | None:
        """Return what the synthetic pointer at `offset` points to."""
        start = 0
        for part in self._parts:
            if start == offset * 8:
                return part.storage.target(0)
            start += part.bits
        return None
