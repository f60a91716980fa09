"""How each attribute form is written: its size, how to skip it, how to read its plain value.

The plain value is a number or bytes; what the number means (an index, an offset, a reference) is the
business of `units`.  Like the functions of `encoding`, these raise IndexError or struct.error where the
bytes end too soon.

Source: DWARF 5 §7.5.5, §7.5.6; GNU split and dwz forms as binutils include/dwarf2.def lists them.
"""

from __future__ import annotations

import functools

from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.encoding import U16, U32, U64, c_string, skip_leb, sleb, uleb

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[bytes, int], int | bytes]
    Skipper = Callable[[bytes, int], int]

# Forms whose value is a block of bytes.
BLOCKS = frozenset(
    (dw.DW_FORM_block, dw.DW_FORM_block1, dw.DW_FORM_block2, dw.DW_FORM_block4, dw.DW_FORM_exprloc)
)
# Forms that give a place in the unit's own bytes.
UNIT_REFERENCES = frozenset(
    (dw.DW_FORM_ref1, dw.DW_FORM_ref2, dw.DW_FORM_ref4, dw.DW_FORM_ref8, dw.DW_FORM_ref_udata)
)
# Forms that give a place in the supplementary file's .debug_info.
SUPPLEMENTARY_REFERENCES = frozenset((dw.DW_FORM_GNU_ref_alt, dw.DW_FORM_ref_sup4, dw.DW_FORM_ref_sup8))
# Forms that count in the unit's table of addresses.
ADDRESS_INDICES = frozenset(
    (
        dw.DW_FORM_addrx,
        dw.DW_FORM_addrx1,
        dw.DW_FORM_addrx2,
        dw.DW_FORM_addrx3,
        dw.DW_FORM_addrx4,
        dw.DW_FORM_GNU_addr_index,
    )
)
ADDRESSES = ADDRESS_INDICES | {dw.DW_FORM_addr}
# Forms that count in the unit's table of strings.
STRING_INDICES = frozenset(
    (
        dw.DW_FORM_strx,
        dw.DW_FORM_strx1,
        dw.DW_FORM_strx2,
        dw.DW_FORM_strx3,
        dw.DW_FORM_strx4,
        dw.DW_FORM_GNU_str_index,
    )
)

_SIZES = {
    dw.DW_FORM_data1: 1,
    dw.DW_FORM_ref1: 1,
    dw.DW_FORM_flag: 1,
    dw.DW_FORM_strx1: 1,
    dw.DW_FORM_addrx1: 1,
    dw.DW_FORM_data2: 2,
    dw.DW_FORM_ref2: 2,
    dw.DW_FORM_strx2: 2,
    dw.DW_FORM_addrx2: 2,
    dw.DW_FORM_strx3: 3,
    dw.DW_FORM_addrx3: 3,
    dw.DW_FORM_data4: 4,
    dw.DW_FORM_ref4: 4,
    dw.DW_FORM_strx4: 4,
    dw.DW_FORM_addrx4: 4,
    dw.DW_FORM_ref_sup4: 4,
    dw.DW_FORM_data8: 8,
    dw.DW_FORM_ref8: 8,
    dw.DW_FORM_ref_sig8: 8,
    dw.DW_FORM_ref_sup8: 8,
    dw.DW_FORM_data16: 16,
    dw.DW_FORM_flag_present: 0,
    dw.DW_FORM_implicit_const: 0,
}
_OFFSETS = (
    dw.DW_FORM_strp,
    dw.DW_FORM_sec_offset,
    dw.DW_FORM_line_strp,
    dw.DW_FORM_strp_sup,
    dw.DW_FORM_GNU_ref_alt,
    dw.DW_FORM_GNU_strp_alt,
)
_LEBS = (
    dw.DW_FORM_udata,
    dw.DW_FORM_ref_udata,
    dw.DW_FORM_strx,
    dw.DW_FORM_addrx,
    dw.DW_FORM_loclistx,
    dw.DW_FORM_rnglistx,
    dw.DW_FORM_GNU_addr_index,
    dw.DW_FORM_GNU_str_index,
)


class FormTable:
    """The forms as units of one version and one width write them.

    `sizes` has the bytes of each form of fixed size, `skippers` tells for each of the others where its
    end is, `readers` give every form's plain value.
    """

    __slots__ = ("readers", "sizes", "skippers")

    def __init__(self, version: int, address_size: int, offset_size: int) -> None:
        """Fill the three tables; sizes are in bytes."""
        sizes = dict(_SIZES)
        sizes.update(dict.fromkeys(_OFFSETS, offset_size))
        sizes[dw.DW_FORM_addr] = address_size
        # DWARF 2 gave references to other units the size of an address.
        sizes[dw.DW_FORM_ref_addr] = address_size if version < 3 else offset_size
        self.sizes = sizes
        self.skippers: dict[int, Skipper] = dict.fromkeys((*_LEBS, dw.DW_FORM_sdata), skip_leb)
        self.skippers |= {
            dw.DW_FORM_string: _skip_string,
            dw.DW_FORM_block: _skip_block,
            dw.DW_FORM_exprloc: _skip_block,
            dw.DW_FORM_block1: lambda raw, at: at + 1 + raw[at],
            dw.DW_FORM_block2: lambda raw, at: at + 2 + int(U16(raw, at)[0]),
            dw.DW_FORM_block4: lambda raw, at: at + 4 + int(U32(raw, at)[0]),
            dw.DW_FORM_indirect: self._skip_indirect,
        }
        self.readers: dict[int, Reader] = {form: _FIXED[size] for form, size in sizes.items()}
        self.readers |= dict.fromkeys(_LEBS, _read_uleb)
        self.readers |= {
            dw.DW_FORM_sdata: _read_sleb,
            dw.DW_FORM_string: _read_string,
            dw.DW_FORM_block: _read_block,
            dw.DW_FORM_exprloc: _read_block,
            dw.DW_FORM_block1: lambda raw, at: _bytes(raw, at + 1, raw[at]),
            dw.DW_FORM_block2: lambda raw, at: _bytes(raw, at + 2, U16(raw, at)[0]),
            dw.DW_FORM_block4: lambda raw, at: _bytes(raw, at + 4, U32(raw, at)[0]),
            dw.DW_FORM_flag_present: lambda raw, at: 1,
        }

    def _skip_indirect(self, raw: bytes, at: int) -> int:
        form, at = direct_form(raw, at)
        size = self.sizes.get(form)
        return at + size if size is not None else self.skippers[form](raw, at)


@functools.cache
def form_table(version: int, address_size: int, offset_size: int) -> FormTable:
    """Return the forms as units of this version and these sizes (bytes) write them."""
    return FormTable(version, address_size, offset_size)


def direct_form(raw: bytes, at: int) -> tuple[int, int]:
    """Return the form that a DW_FORM_indirect at `at` names, and where its value is.

    An indirect form that names another, or one whose value is in the abbreviation, is an IndexError.
    """
    form, at = uleb(raw, at)
    if form in (dw.DW_FORM_indirect, dw.DW_FORM_implicit_const):
        raise IndexError("an indirect form names a form that has no value here")
    return form, at


def _bytes(raw: bytes, at: int, size: int) -> bytes:
    if at + size > len(raw):
        raise IndexError("a block reaches past the end")
    return raw[at : at + size]


def _skip_string(raw: bytes, at: int) -> int:
    end = raw.find(b"\0", at)
    if end < 0:
        raise IndexError("no NUL")
    return end + 1


def _skip_block(raw: bytes, at: int) -> int:
    size = raw[at]
    if size < 0x80:
        return at + 1 + size
    size, at = uleb(raw, at)
    return at + size


def _read_uleb(raw: bytes, at: int) -> int:
    return uleb(raw, at)[0]


def _read_sleb(raw: bytes, at: int) -> int:
    return sleb(raw, at)[0]


def _read_string(raw: bytes, at: int) -> bytes:
    return c_string(raw, at)[0]


def _read_block(raw: bytes, at: int) -> bytes:
    size, at = uleb(raw, at)
    return _bytes(raw, at, size)


_FIXED: dict[int, Reader] = {
    0: lambda raw, at: 0,
    1: lambda raw, at: raw[at],
    2: lambda raw, at: int(U16(raw, at)[0]),
    3: lambda raw, at: U16(raw, at)[0] | raw[at + 2] << 16,
    4: lambda raw, at: int(U32(raw, at)[0]),
    8: lambda raw, at: int(U64(raw, at)[0]),
    16: lambda raw, at: int.from_bytes(_bytes(raw, at, 16), "little"),
}
