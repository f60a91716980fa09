"""A program that is only memory: what values need, without a process."""

from __future__ import annotations

from trapline.base.errors import MemoryFault
from trapline.inspection.storage import ConstantStorage
from trapline.inspection.value import Value
from trapline.symbols.types import Type


class FakeProgram:
    """Memory in regions, symbols and types by name; `go_on()` is what a resume does."""

    def __init__(self) -> None:
        self.epoch = 1
        self.regions: dict[int, bytearray] = {}
        self.names: dict[int, str] = {}
        self.types: dict[str, Type] = {}
        self.reads = 0

    def put(self, address: int, data: bytes) -> None:
        """Map `data` at an address."""
        self.regions[address] = bytearray(data)

    def go_on(self) -> None:
        """Be at another stop."""
        self.epoch += 1

    def is_now(self, epoch: int) -> bool:
        return epoch == self.epoch

    def read(self, address: int, size: int) -> bytes:
        self.reads += 1
        for start, region in self.regions.items():
            if start <= address < start + len(region):
                if address + size > start + len(region):
                    raise MemoryFault(start + len(region), size)
                return bytes(region[address - start : address - start + size])
        raise MemoryFault(address, size)

    def write(self, address: int, data: bytes) -> None:
        self.read(address, len(data))
        for start, region in self.regions.items():
            if start <= address < start + len(region):
                region[address - start : address - start + len(data)] = data

    def name_of(self, address: int) -> str | None:
        best = max((start for start in self.names if start <= address < start + 64), default=None)
        if best is None:
            return None
        return self.names[best] + (f"+{address - best}" if address > best else "")

    def address_of(self, linkage_name: str) -> int | None:
        return next((address for address, name in self.names.items() if name == linkage_name), None)

    def variable_address(self, name: str) -> int | None:
        return self.address_of(name)

    def implementer(self, table: int) -> Type | None:
        return None

    def type_named(self, name: str) -> Type | None:
        return self.types.get(name)

    def value(self, type: Type, data: bytes) -> Value:
        """Return a value of bytes that are nowhere."""
        return Value(type, ConstantStorage(data), self)

    def at(self, type: Type, address: int) -> Value:
        """Return the value at an address."""
        return Value.at(self, type, address)
