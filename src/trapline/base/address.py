"""Addresses and the spaces they live in.

A load address is where a byte is in the running process; a file address is what the ELF file (and so
objdump, nm and the debug information) says; the load bias of a module is the difference.  They are all
integers, so each has a type of its own and mypy refuses to mix them.
"""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.base.typing import NewType

LoadAddress = NewType("LoadAddress", int)
"""An address in the inferior's memory."""

FileAddress = NewType("FileAddress", int)
"""A virtual address as an ELF file states it (`p_vaddr`, `st_value`, `DW_AT_low_pc`)."""

LoadBias = NewType("LoadBias", int)
"""Load address minus file address of one module; 0 for a program that is not position independent."""

ADDRESS_MASK = (1 << 64) - 1
PAGE_SIZE = 4096


def to_load(address: FileAddress, bias: LoadBias) -> LoadAddress:
    """Return the load address of a file address, wrapped to 64 bits."""
    return LoadAddress((address + bias) & ADDRESS_MASK)


def to_file(address: LoadAddress, bias: LoadBias) -> FileAddress:
    """Return the file address of a load address, wrapped to 64 bits."""
    return FileAddress((address - bias) & ADDRESS_MASK)


class Mapping(NamedTuple):
    """One line of `/proc/PID/maps`.

    `start` is inclusive and `end` exclusive, both load addresses; `offset` is in bytes into `path`;
    `permissions` is the kernel's four letters (`r-xp`); `path` is empty for anonymous memory and
    `[name]` for the kernel's own mappings; `device` and `inode` are what stat(2) says of the file.

    Source: proc_pid_maps(5).
    """

    start: int
    end: int
    permissions: str
    offset: int
    path: str
    device: int = 0
    inode: int = 0

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.end - self.start

    @property
    def is_executable(self) -> bool:
        """Whether the inferior may run code here."""
        return self.permissions[2] == "x"

    @property
    def is_shared(self) -> bool:
        """Whether a write here reaches the file or other processes (`MAP_SHARED`)."""
        return self.permissions[3] == "s"

    def __contains__(self, address: object) -> bool:
        """Whether a load address lies in the mapping."""
        return isinstance(address, int) and self.start <= address < self.end
