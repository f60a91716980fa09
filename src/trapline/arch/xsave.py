"""The XSAVE area: where x87, vector and mask registers are, which differs by processor.

ptrace gives the area in the standard (non-compacted) format.  Its first 576 bytes are fixed; the
offsets of the other components come from CPUID leaf 0xD, or from tables for the known layouts where
that cannot be asked (KERNEL 32).  A component whose bit in XSTATE_BV is clear is in its initial state:
it reads as that, and a write sets the bit.

Source: Intel SDM 1 §13.4 and §10.5.1 (FXSAVE).
"""

from __future__ import annotations

from trapline.base.errors import UsageError, VariableNotFound
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trapline.arch.registers import RegisterSpec

X87, SSE, AVX, MASK, ZMM_HIGH, ZMM_16 = 0, 1, 2, 5, 6, 7
"""Components: x87, XMM, upper halves of YMM, k0-k7, upper halves of ZMM0-15, ZMM16-31."""
_SIZES = {AVX: 256, MASK: 64, ZMM_HIGH: 512, ZMM_16: 1024}
_XCR0_AT, _STATE_AT = 464, 512
_MXCSR_AT, _MXCSR_MASK_AT, _ST_AT, _XMM_AT = 24, 28, 32, 160
_CONTROL = {"fctrl": (0, 2), "fstat": (2, 2), "ftag": (4, 1), "fop": (6, 2), "fioff": (8, 4),
            "fiseg": (12, 2), "fooff": (16, 4), "foseg": (20, 2)}  # fmt: skip
_INITIAL_FCTRL, _INITIAL_MXCSR = 0x37F, 0x1F80
_MXCSR_BITS = 0xFFFF
"""Those that any processor has, where the area has no mask: it is in its initial state."""


class Layout(NamedTuple):
    """Offset in bytes of each component behind the fixed part."""

    offsets: dict[int, int]


def layout_from_cpuid(leaves: dict[int, tuple[int, int]]) -> Layout:
    """Return the layout for CPUID leaf 0xD results: component -> (size, offset)."""
    return Layout({component: offset for component, (size, offset) in leaves.items() if size})


def layout_from_size(xcr0: int, size: int) -> Layout:
    """Return the known layout for a mask of components and an area's size.

    With MPX in between (Intel), the mask registers are at 1088; without (AMD, later Intel) at 832.
    """
    offsets = {AVX: 576}
    if xcr0 >> MASK & 1:
        with_mpx = bool(xcr0 >> 3 & 3) or size in (2688, 2696, 11008)
        offsets.update(
            {MASK: 1088, ZMM_HIGH: 1152, ZMM_16: 1664}
            if with_mpx
            else {MASK: 832, ZMM_HIGH: 896, ZMM_16: 1408}
        )
    return Layout(offsets)


class Area:
    """One thread's XSAVE area with its layout."""

    __slots__ = ("_layout", "blob")

    def __init__(self, blob: bytearray, layout: Layout | None = None) -> None:
        self.blob = blob
        self._layout = layout or layout_from_size(self._word(_XCR0_AT), len(blob))

    def _word(self, at: int) -> int:
        return int.from_bytes(self.blob[at : at + 8], "little")

    def _has(self, component: int) -> bool:
        return bool(self._word(_STATE_AT) >> component & 1)

    def _claim(self, component: int) -> None:
        """Set the component's bit, filling it with its initial state if it was clear."""
        if self._has(component):
            return
        if component == X87:
            self.blob[0:24] = bytes(24)
            self.blob[0:2] = _INITIAL_FCTRL.to_bytes(2, "little")
            self.blob[_ST_AT:_XMM_AT] = bytes(_XMM_AT - _ST_AT)
        elif component == SSE:
            if not self._has(AVX):
                self.blob[_MXCSR_AT : _MXCSR_AT + 4] = _INITIAL_MXCSR.to_bytes(4, "little")
            self.blob[_XMM_AT : _XMM_AT + 256] = bytes(256)
        else:
            at = self._layout.offsets[component]
            self.blob[at : at + _SIZES[component]] = bytes(_SIZES[component])
        state = self._word(_STATE_AT) | 1 << component
        self.blob[_STATE_AT : _STATE_AT + 8] = state.to_bytes(8, "little")

    def _parts(self, spec: RegisterSpec) -> list[tuple[int, int, int]]:
        """Return (component, offset, size) of a register's pieces, lowest first."""
        number, wanted = spec.number, spec.bits // 8
        if spec.group == "mask":
            parts = [(MASK, 8 * number, 8)]
        elif number >= 16:
            parts = [(ZMM_16, 64 * (number - 16), wanted)]
        else:
            parts = [(SSE, 16 * number, 16)]
            if wanted >= 32:
                parts.append((AVX, 16 * number, 16))
            if wanted >= 64:
                parts.append((ZMM_HIGH, 32 * number, 32))
        found = []
        for component, offset, size in parts:
            if component == SSE:
                found.append((SSE, _XMM_AT + offset, size))
                continue
            at = self._layout.offsets.get(component)
            present = self._word(_XCR0_AT) >> component & 1
            if at is None or not present or at + offset + size > len(self.blob):
                raise VariableNotFound(f"this processor has no {spec.name}", name=spec.name)
            found.append((component, at + offset, size))
        return found

    def read(self, spec: RegisterSpec) -> int:
        """Return a register as an unsigned integer.

        Raises:
            VariableNotFound: the processor does not have it.
        """
        blob = self.blob
        if spec.group == "mxcsr":
            if not self._has(SSE) and not self._has(AVX):
                return _INITIAL_MXCSR
            return int.from_bytes(blob[_MXCSR_AT : _MXCSR_AT + 4], "little")
        if spec.group == "x87control":
            at, size = _CONTROL[spec.name]
            if not self._has(X87):
                return {"fctrl": _INITIAL_FCTRL, "ftag": 0xFFFF}.get(spec.name, 0)
            value = int.from_bytes(blob[at : at + size], "little")
            return self._full_tag(value) if spec.name == "ftag" else value
        if spec.group in ("x87", "mmx"):
            at = _ST_AT + 16 * self._stack_slot(spec)
            return int.from_bytes(blob[at : at + spec.bits // 8], "little") if self._has(X87) else 0
        value, shift = 0, 0
        for component, at, size in self._parts(spec):
            if self._has(component):
                value |= int.from_bytes(blob[at : at + size], "little") << shift
            shift += 8 * size
        return value

    def _stack_slot(self, spec: RegisterSpec) -> int:
        """Return the slot of stN or mmN: the area keeps ST(0) first, MMX registers are physical."""
        if spec.group == "x87":
            return spec.number
        top = self.blob[3] >> 3 & 7 if self._has(X87) else 0
        return (spec.number - top) & 7

    def _full_tag(self, abridged: int) -> int:
        """Return the 16-bit x87 tag word for the abridged one of FXSAVE: 11 empty, else by content."""
        full = 0
        top = self.blob[3] >> 3 & 7
        for physical in range(8):
            tag = 3
            if abridged >> physical & 1:
                at = _ST_AT + 16 * ((physical - top) & 7)
                mantissa = int.from_bytes(self.blob[at : at + 8], "little")
                exponent = int.from_bytes(self.blob[at + 8 : at + 10], "little") & 0x7FFF
                if exponent == 0 and mantissa == 0:
                    tag = 1
                elif exponent in (0, 0x7FFF) or not mantissa >> 63:
                    tag = 2
                else:
                    tag = 0
            full |= tag << (2 * physical)
        return full

    def write(self, spec: RegisterSpec, value: int) -> None:
        """Write a register; the parts of a wider one that it overlaps stay as they are.

        Raises:
            VariableNotFound: the processor does not have it.
            UsageError: it has no such bits: those of mxcsr that are not in its mask.
        """
        blob = self.blob
        if spec.group == "mxcsr":
            there = int.from_bytes(blob[_MXCSR_MASK_AT : _MXCSR_MASK_AT + 4], "little") or _MXCSR_BITS
            if value & ~there:
                raise UsageError(
                    f"{value:#x} has bits that mxcsr has not on this processor: {value & ~there:#x}; "
                    f"it has {there:#x}"
                )
            self._claim(SSE)
            blob[_MXCSR_AT : _MXCSR_AT + 4] = value.to_bytes(4, "little")
            return
        if spec.group == "x87control":
            self._claim(X87)
            at, size = _CONTROL[spec.name]
            if spec.name == "ftag":
                value = sum(1 << n for n in range(8) if value >> 2 * n & 3 != 3)
            blob[at : at + size] = value.to_bytes(size, "little")
            return
        if spec.group in ("x87", "mmx"):
            self._claim(X87)
            at = _ST_AT + 16 * self._stack_slot(spec)
            data = value.to_bytes(spec.bits // 8, "little")
            if spec.group == "mmx":
                data += b"\xff\xff"  # as an MMX instruction leaves exponent and sign
                blob[4] |= 1 << spec.number
            blob[at : at + len(data)] = data
            return
        for component, at, size in self._parts(spec):
            self._claim(component)
            blob[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
            value >>= 8 * size
