"""All names of one file, each once: for questions that no search of bytes can answer.

A search finds a name that is known; `/pattern/` and "did you mean" need them all.  Units that include one
header declare the same things, so what is kept is small: a name below one parent, with the first entry
that defines it (else one that declares it).

The walk is one loop per unit, without an object per DIE, and past whatever cannot hold a name: the bodies
of functions, and classes that were seen with the same size in another unit.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right

from trapline.base.errors import BadData
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING
from trapline.dwarf import constants as dw
from trapline.dwarf.context import BROKEN
from trapline.dwarf.die import lends_name
from trapline.dwarf.encoding import U32, U64, uleb
from trapline.dwarf.forms import STRING_INDICES
from trapline.dwarf.header import TYPE_UNITS
from trapline.dwarf.search import SCOPES
from trapline.dwarf.tree import DEPTH, behind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trapline.dwarf.abbreviations import Abbreviation
    from trapline.dwarf.die import Die
    from trapline.dwarf.file import Dwarf
    from trapline.dwarf.units import Unit

    Progress = Callable[[int, int], object]
    # A name before it is read: an offset in .debug_str, in the supplementary one (as -1 - offset), or itself.
    Key = int | bytes

_TYPES = frozenset(
    (
        dw.DW_TAG_structure_type,
        dw.DW_TAG_class_type,
        dw.DW_TAG_union_type,
        dw.DW_TAG_enumeration_type,
        dw.DW_TAG_interface_type,
    )
)
_LEAVES = frozenset(
    (
        dw.DW_TAG_subprogram,
        dw.DW_TAG_variable,
        dw.DW_TAG_constant,
        dw.DW_TAG_enumerator,
        dw.DW_TAG_base_type,
        dw.DW_TAG_typedef,
        dw.DW_TAG_template_alias,
    )
)
_TRANSPARENT = SCOPES - _TYPES - {dw.DW_TAG_namespace, dw.DW_TAG_module}
_SUPPLEMENTARY = (dw.DW_FORM_GNU_strp_alt, dw.DW_FORM_strp_sup)
_OFFSETS = (dw.DW_FORM_strp, dw.DW_FORM_string)
_WHOLE_STRINGS = 256 << 20  # bytes of .debug_str that are read at once for the names
_LIMIT = 1 << 24  # names of one file


class Entry(NamedTuple):
    """One name: its DW_TAG, its DIE's section (0 .debug_info, 1 .debug_types) and offset there.

    `is_defined` says that the DIE is a definition; a declaration stands for a definition elsewhere, or
    for none.
    """

    qualified: str
    tag: int
    area: int
    offset: int
    is_defined: bool


class NameIndex:
    """The names of one file, without those of its split and supplementary files.

    A name is a number; the arrays say of it: `names` the text, `parents` the number of the namespace or
    type around it (-1 for none), `tags` its DW_TAG, `offsets` twice the DIE's offset plus 1 for
    `.debug_types`, `defined` whether that DIE is a definition.
    """

    __slots__ = ("defined", "names", "offsets", "parents", "tags")

    def __init__(
        self,
        names: list[bytes],
        parents: array[int],
        tags: array[int],
        offsets: array[int],
        defined: bytearray,
    ) -> None:
        """Keep the arrays, all of one length."""
        self.names = names
        self.parents = parents
        self.tags = tags
        self.offsets = offsets
        self.defined = defined

    def __len__(self) -> int:
        """The number of names."""
        return len(self.names)

    def entries(self) -> Iterator[Entry]:
        """Yield every name with what is around it, but for namespaces, which are nothing by themselves."""
        qualified: list[str] = []
        rows = zip(self.names, self.parents, self.tags, self.offsets, self.defined, strict=True)
        for name, parent, tag, offset, defined in rows:
            text = name.decode("utf-8", "backslashreplace") if name else _nameless(tag)
            # A parent always comes before what is in it.
            if 0 <= parent < len(qualified):
                text = f"{qualified[parent]}::{text}"
            qualified.append(text)
            if name and tag != dw.DW_TAG_namespace:
                yield Entry(text, tag, offset & 1, offset >> 1, bool(defined))

    def places(self, name: bytes) -> Iterator[int]:
        """Yield the `offsets` of every entry of a name."""
        for number, known in enumerate(self.names):
            if known == name:
                yield self.offsets[number]

    # On disk

    def to_bytes(self) -> bytes:
        """Return the index as bytes for `from_bytes`."""
        names = b"\0".join(self.names)
        arrays = (self.parents, self.tags, self.offsets)
        return b"".join(
            (
                struct.pack("<QQ", len(self.names), len(names)),
                *(numbers.tobytes() for numbers in arrays),
                self.defined,
                names,
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> NameIndex:
        """Return the index that `to_bytes` wrote; ValueError or struct.error when it is none."""
        count, size = struct.unpack_from("<QQ", data)
        arrays = array("q"), array("H"), array("Q")
        at = 16
        for numbers in arrays:
            end = at + count * numbers.itemsize
            numbers.frombytes(data[at:end])
            at = end
        defined = bytearray(data[at : at + count])
        names = data[at + count :].split(b"\0") if count else []
        if len(data) != at + count + size or len(names) != count:
            raise ValueError("not an index of names")
        return cls(names, *arrays, defined)


def build_index(dwarf: Dwarf, progress: Progress | None = None) -> NameIndex:
    """Return the names of a file; what is broken is left out, and said in `Dwarf.problems`.

    `progress` is called after each unit with the units read so far and the number of all.
    """
    builder = _Builder(dwarf)
    # Types first: what stands for them in other units needs to know where they are.
    units = [(unit, int(unit.section is not dwarf.info)) for unit in dwarf.type_units]
    units += [(unit, 0) for unit in dwarf.units if unit.kind not in TYPE_UNITS]
    for number, (unit, area) in enumerate(units, 1):
        try:
            builder.add(unit, area)
        except BadData as error:
            dwarf.note(error)
        if progress is not None:
            progress(number, len(units))
    return builder.finish()


def _nameless(tag: int) -> str:
    return "(anonymous namespace)" if tag == dw.DW_TAG_namespace else "(anonymous)"


# What is done with a DIE, by its abbreviation.
_PASS, _SCOPE, _LEAF, _COMPLETION = range(4)


class _Plan:
    """What the DIEs of one abbreviation mean for the index."""

    __slots__ = (
        "abbreviation",
        "declares",
        "is_type",
        "kind",
        "lends_name",
        "low",
        "name",
        "signature",
        "size",
        "tag",
        "target",
    )

    def __init__(self, abbreviation: Abbreviation) -> None:
        places = abbreviation.places
        tag = abbreviation.tag
        self.abbreviation = abbreviation
        self.tag = tag
        self.size = None if abbreviation.has_children else abbreviation.size
        self.name = places.get(dw.DW_AT_name)
        self.declares = dw.DW_AT_declaration in places
        self.target = places.get(dw.DW_AT_specification)
        signature = places.get(dw.DW_AT_signature)
        self.signature = (
            signature if signature is not None and signature.form == dw.DW_FORM_ref_sig8 else None
        )
        low = places.get(dw.DW_AT_low_pc)
        self.low = (
            low
            if low is not None and abbreviation.forms.sizes.get(low.form) == 8 and low.form == dw.DW_FORM_addr
            else None
        )
        self.is_type = tag in _TYPES
        # Enumerators are outside an enumeration, but for those of C++'s `enum class`.
        self.lends_name = tag not in _TRANSPARENT and (
            tag != dw.DW_TAG_enumeration_type or dw.DW_AT_enum_class in places
        )
        self.kind = _PASS
        if tag in SCOPES and (abbreviation.has_children or self.is_type):
            self.kind = _SCOPE
        elif self.name is not None and (tag in _LEAVES or _is_static_member(abbreviation)):
            self.kind = _LEAF
        elif self.target is not None and tag in _LEAVES:
            self.kind = _COMPLETION


def _is_static_member(abbreviation: Abbreviation) -> bool:
    places = abbreviation.places
    return abbreviation.tag == dw.DW_TAG_member and (
        dw.DW_AT_external in places or dw.DW_AT_declaration in places
    )


class _Builder:
    """Takes the names out of unit after unit."""

    __slots__ = (
        "_code",
        "_completions",
        "_copies",
        "_declared",
        "_defined",
        "_dwarf",
        "_keys",
        "_numbers",
        "_offsets",
        "_parents",
        "_plans",
        "_seen",
        "_signatures",
        "_tags",
    )

    def __init__(self, dwarf: Dwarf) -> None:
        self._dwarf = dwarf
        self._plans: dict[Abbreviation, _Plan] = {}
        self._numbers: dict[tuple[int, Key, int], int] = {}
        self._keys: list[Key] = []
        self._parents = array("q")
        self._tags = array("H")
        self._offsets = array("Q")
        self._defined = bytearray()
        # Where a type was first seen, by its number and its size in bytes; and the numbers of what is
        # declared, by place.
        self._seen: dict[tuple[int, int], int] = {}
        self._declared: dict[int, int] = {}
        self._signatures: dict[int, int] = {}
        self._code: set[int] = set()
        # Of the unit being read: what completes declarations (plan, attributes' place, DIE's place); start,
        # end and first copy of the types that were passed over.
        self._completions: list[tuple[_Plan, int, int]] = []
        self._copies: tuple[list[int], list[int], list[int]] = [], [], []

    def _number(self, parent: int, key: Key, tag: int, place: int, defines: bool) -> int:
        """Return the number of a name, a new one for a name not seen before."""
        known = self._numbers.get((parent, key, tag))
        if known is not None:
            if defines:
                self._define(known, place)
            return known
        number = len(self._keys)
        if number >= _LIMIT:
            raise self._dwarf.info.error(f"more than {_LIMIT} names")
        self._numbers[parent, key, tag] = number
        self._keys.append(key)
        self._parents.append(parent)
        self._tags.append(tag & 0xFFFF)
        self._offsets.append(place)
        self._defined.append(defines)
        return number

    def add(self, unit: Unit, area: int) -> None:
        """Take the names of one unit; BadData when its tree is broken."""
        try:
            self._walk(unit, area)
            self._complete(unit, unit.data)
        except BROKEN:
            raise unit.section.error("a broken tree of entries", unit.offset) from None

    def _walk(self, unit: Unit, area: int) -> None:
        raw, table = unit.data, unit.table.decode_all()
        plans = {code: self._plan(abbreviation) for code, abbreviation in table.items()}
        self._copies = [], [], []
        self._completions.clear()
        base, at, size = unit.offset, unit.first - unit.offset, len(raw)
        around: list[int] = []
        parent = -1
        while at < size:
            start = at
            code = raw[at]
            at += 1
            if code >= 0x80:
                code, at = uleb(raw, start)
            if not code:
                if not around:
                    return
                parent = around.pop()
                continue
            plan = plans[code]
            kind = plan.kind
            if kind == _LEAF:
                self._leaf(unit, raw, plan, at, parent, 2 * (base + start) + area)
            elif kind == _COMPLETION:
                self._completion(unit, raw, plan, at, 2 * (base + start) + area)
            elif kind == _SCOPE:
                abbreviation = plan.abbreviation
                inside, own = self._scope(unit, raw, plan, at, parent, 2 * (base + start) + area)
                if abbreviation.has_children:
                    # Stand-ins for a type may have one size and hold different things.
                    if own >= 0 and plan.is_type and not plan.declares:
                        end = behind(raw, table, abbreviation, at)
                        if self._is_copy(own, base + start, base + end):
                            at = end
                            continue
                    around.append(parent)
                    if len(around) > DEPTH:
                        raise IndexError("nested too deeply")
                    parent = inside
                at = abbreviation.end(raw, at)
                continue
            fixed = plan.size
            at = at + fixed if fixed is not None else behind(raw, table, plan.abbreviation, at)

    def _plan(self, abbreviation: Abbreviation) -> _Plan:
        plan = self._plans.get(abbreviation)
        if plan is None:
            plan = self._plans[abbreviation] = _Plan(abbreviation)
        return plan

    def _key(self, unit: Unit, raw: bytes, plan: _Plan, at: int) -> Key | None:
        """Return the name of a DIE, None when it has none."""
        place = plan.name
        if place is None or place.reader is None:
            return None
        value = place.reader(raw, plan.abbreviation.position(raw, at, place))
        form = place.form
        if form == dw.DW_FORM_strp or isinstance(value, bytes):
            return value
        if form in STRING_INDICES:
            return unit.string_offset(value)
        return -1 - value if form in _SUPPLEMENTARY else None

    def _leaf(self, unit: Unit, raw: bytes, plan: _Plan, at: int, parent: int, place: int) -> None:
        key = self._key(unit, raw, plan, at)
        if key is None:
            return
        defines = not plan.declares and not _is_dropped(unit, raw, plan, at)
        number = self._number(parent, key, plan.tag, place, defines)
        if plan.declares:
            self._declared[place] = number

    def _scope(
        self, unit: Unit, raw: bytes, plan: _Plan, at: int, parent: int, place: int
    ) -> tuple[int, int]:
        """Return the number around what is inside a namespace or type, and its own, -1 for none."""
        if plan.tag in _TRANSPARENT:
            return parent, -1
        key = self._key(unit, raw, plan, at)
        if key is None and plan.tag == dw.DW_TAG_namespace:
            key = b""
        number = self._elsewhere(unit, raw, plan, at, place)
        if number is None:
            if key is None:
                return self._nameless(unit, plan, parent, place), -1
            number = self._number(parent, key, plan.tag, place, not plan.declares)
        if plan.declares:
            self._declared[place] = number
        elif plan.is_type and unit.type_offset and place >> 1 == unit.offset + unit.type_offset:
            self._signatures[unit.signature] = number
        return number if plan.lends_name else self._parents[number], number

    def _nameless(self, unit: Unit, plan: _Plan, parent: int, place: int) -> int:
        """Return where the enumerators of an anonymous enumeration, or what such a union holds, belong."""
        declaration = unit.die(place >> 1).ref(dw.DW_AT_specification) if plan.target is not None else None
        return parent if declaration is None else self._around(declaration)

    def _elsewhere(self, unit: Unit, raw: bytes, plan: _Plan, at: int, place: int) -> int | None:
        """Return the number of what a DIE stands for or completes, None for one that is by itself."""
        if plan.signature is not None and plan.declares:
            value = U64(raw, plan.abbreviation.position(raw, at, plan.signature))[0]
            number = self._signatures.get(value)
            types = unit.dwarf.type_unit(value) if number is None else None
            if types is not None:
                number = self._signatures[value] = self._number_of(types.type_die)
            return number
        number = self._target(unit, raw, plan, at, place)
        if number is not None and not plan.declares:
            self._define(number, place)
        return number

    def _is_copy(self, number: int, start: int, end: int) -> bool:
        """Return whether a type with as many bytes of description was seen before."""
        first = self._seen.setdefault((number, end - start), start)
        if first == start:
            return False
        starts, ends, firsts = self._copies
        starts.append(start)
        ends.append(end)
        firsts.append(first)
        return True

    def _complete(self, unit: Unit, raw: bytes) -> None:
        """Note that what nameless DIEs of a unit refer to, before them or behind, is defined."""
        for plan, at, place in self._completions:
            known = self._target(unit, raw, plan, at, place)
            if known is not None:
                self._define(known, place)
        self._completions.clear()

    def _completion(self, unit: Unit, raw: bytes, plan: _Plan, at: int, place: int) -> None:
        """Keep a nameless DIE that completes another, unless its code is known or was dropped."""
        if plan.low is not None:
            low = U64(raw, plan.abbreviation.position(raw, at, plan.low))[0]
            # Where units share an inline function, each describes the one copy that the linker kept.
            if low in self._code or unit.dwarf.is_dropped(low):
                return
            self._code.add(low)
        self._completions.append((plan, at, place))

    def _target(self, unit: Unit, raw: bytes, plan: _Plan, at: int, place: int) -> int | None:
        """Return the number of the declaration that a DIE completes, None when it is not known."""
        target = plan.target
        if target is None:
            return None
        if target.form != dw.DW_FORM_ref4:
            declaration = unit.die(place >> 1).ref(dw.DW_AT_specification)
            return None if declaration is None else self._number_of(declaration)
        declared = unit.offset + U32(raw, plan.abbreviation.position(raw, at, target))[0]
        starts, ends, firsts = self._copies
        number = bisect_right(starts, declared) - 1
        if number >= 0 and declared < ends[number]:
            declared += firsts[number] - starts[number]
        return self._declared.get(2 * declared + (place & 1))

    def _number_of(self, die: Die) -> int:
        """Return the number of an entry that the walk does not come to, or comes to later."""
        parent = self._around(die)
        form, value = die.plain(dw.DW_AT_name) or (0, b"")
        if die.unit.dwarf is not self._dwarf and form == dw.DW_FORM_strp and isinstance(value, int):
            value = -1 - value
        elif form not in _OFFSETS:
            value = (die.name or "").encode("utf-8", "surrogateescape")
        is_type = die.unit.section is not die.unit.dwarf.info
        return self._number(parent, value, die.tag, 2 * die.offset + is_type, False)

    def _around(self, die: Die) -> int:
        """Return the number of the namespace or type around an entry, -1 for none."""
        around = (die.ref(dw.DW_AT_specification) or die).parent
        while around is not None and not lends_name(around):
            around = around.parent
        return -1 if around is None else self._number_of(around)

    def _define(self, number: int, place: int) -> None:
        if not self._defined[number]:
            self._offsets[number] = place
            self._defined[number] = 1

    def finish(self) -> NameIndex:
        """Read the names and return the index."""
        strings = _Strings(self._dwarf)
        names = [strings.text(key) for key in self._keys]
        return NameIndex(names, self._parents, self._tags, self._offsets, self._defined)


def _is_dropped(unit: Unit, raw: bytes, plan: _Plan, at: int) -> bool:
    """Return whether a DIE is for code that the linker dropped."""
    if plan.low is None:
        return False
    return unit.dwarf.is_dropped(U64(raw, plan.abbreviation.position(raw, at, plan.low))[0])


class _Strings:
    """The texts of names, read from the string sections."""

    __slots__ = ("_dwarf", "_whole")

    def __init__(self, dwarf: Dwarf) -> None:
        self._dwarf = dwarf
        section = dwarf.sections.get(".debug_str")
        self._whole = section.read(0, section.size) if section.size <= _WHOLE_STRINGS else None

    def text(self, key: Key) -> bytes:
        """Return a name without its NUL; nothing for one that is not there."""
        if isinstance(key, bytes):
            return key
        if self._whole is not None and key >= 0:
            end = self._whole.find(b"\0", key)
            return self._whole[key:end] if end >= 0 else b""
        dwarf = self._dwarf if key >= 0 else self._dwarf.supplementary
        try:
            if dwarf is not None:
                return dwarf.sections.get(".debug_str").c_string(key if key >= 0 else -1 - key)
        except BadData as error:
            self._dwarf.note(error)
        return b""


def entry_die(dwarf: Dwarf, entry: Entry) -> Die:
    """Return the DIE of an entry of a file's index; BadData when the index is of another file."""
    return place_die(dwarf, entry.area, entry.offset)


def place_die(dwarf: Dwarf, area: int, offset: int) -> Die:
    """Return the DIE at an offset of `.debug_info` (area 0) or `.debug_types` (1); BadData for none."""
    if not area:
        return dwarf.die(offset)
    for unit in dwarf.type_units:
        if unit.section is not dwarf.info and unit.offset < offset < unit.end:
            return unit.die(offset)
    raise dwarf.info.error("no type unit there", offset)
