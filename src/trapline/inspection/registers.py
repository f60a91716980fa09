"""Registers by name, read and written at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trapline.arch import x86_64
from trapline.base.errors import UnknownRegister, UsageError
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread

_GENERAL = x86_64.GENERAL
"""name -> (word index, shift in bits, mask): the part of the 27 words that a name means."""


class Registers(Handle):
    """The registers of one thread, as attributes and as items: unsigned integers of the register's width.

    All general registers and their parts (`eax`, `ah`, `r8d`), `eflags`, segments and their bases,
    `orig_rax`, `pc` and `sp`; x87, MMX, XMM, YMM, ZMM and mask registers by the processor's XSAVE layout.
    Writing a part leaves the rest of the register as it is, as gdb does (the processor would clear the
    upper half for `eax`).
    """

    __slots__ = ("_before", "_live")
    _before: Callable[[LiveThread], None]
    _live: LiveThread

    def __init__(self, live: LiveThread, before: Callable[[LiveThread], None]) -> None:
        object.__setattr__(self, "_live", live)
        object.__setattr__(self, "_before", before)

    def __getattr__(self, name: str) -> int:
        part = _GENERAL.get(name)
        live = self._live
        if not live.stopped:
            self._before(live)
        if part is not None:
            index, shift, mask = part
            return live.words[index] >> shift & mask
        from trapline.arch.registers import REGISTERS

        spec = REGISTERS.get(name)
        if spec is None:
            if name.startswith("__"):
                raise AttributeError(name)
            raise self._unknown(name)
        from trapline.arch.xsave import Area

        return Area(live.read_xsave(), live.xsave_layout).read(spec)

    def __setattr__(self, name: str, value: Any) -> None:
        number = _checked(name, value)
        live = self._live
        if not live.stopped:
            self._before(live)
        part = _GENERAL.get(name)
        if part is not None:
            index, shift, mask = part
            kept = live.words[index] & ~(mask << shift)
            live.write_word(index, kept | number << shift)
            return
        from trapline.arch.registers import REGISTERS

        spec = REGISTERS.get(name)
        if spec is None:
            raise self._unknown(name)
        from trapline.arch.xsave import Area

        area = Area(live.read_xsave(), live.xsave_layout)
        area.write(spec, number)
        live.write_xsave(area.blob)

    def __getitem__(self, name: str) -> int:
        return self.__getattr__(named(name))

    def __setitem__(self, name: str, value: Any) -> None:
        self.__setattr__(named(name), value)

    def describe_flags(self) -> str:
        """Return the flags that are set, as gdb shows them: `[ ZF PF ]`."""
        return x86_64.describe_flags(self.__getattr__("eflags"))

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return gdb's groups of the registers that are no general ones: float, vector and system.

        No processor has all of them; asking for one that this has not raises UnknownRegister.
        """
        from trapline.arch.registers import GROUPS

        return GROUPS

    def __iter__(self) -> Iterator[str]:
        """Return the names of the general registers, in gdb's order."""
        return iter(x86_64.GENERAL_ORDER)

    def __dir__(self) -> list[str]:
        from trapline.arch.registers import REGISTERS

        return [*REGISTERS]

    def __repr__(self) -> str:
        return f"<Registers of thread {self._live.tid}>"

    @staticmethod
    def _unknown(name: str) -> UnknownRegister:
        from trapline.arch.registers import near_names

        near = near_names(name)
        hint = f"; near: {', '.join(near)}" if near else ""
        return UnknownRegister(f"no register named {name!r}{hint}", name=name, near=tuple(near))


def named(name: object) -> str:
    """Return what stands in brackets behind registers, which have no numbers of ours."""
    if not isinstance(name, str):
        raise TypeError(f'a register is got by its name, as registers["rax"], not by {type(name).__name__}')
    return name


def _checked(name: str, value: Any) -> int:
    from trapline.arch.registers import REGISTERS

    try:
        number: int = value.__index__()
    except AttributeError:
        raise UsageError(f"register {name} takes an integer, not {type(value).__name__}") from None
    spec = REGISTERS.get(name)
    if spec is None:
        return number  # the caller says that there is no such register
    if not -(1 << (spec.bits - 1)) <= number < 1 << spec.bits:
        raise UsageError(f"{number:#x} does not fit in {name} ({spec.bits} bits)")
    return number & ((1 << spec.bits) - 1)
