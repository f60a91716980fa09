"""Units and entries from bytes: every version, width, form and list; references within and between files."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from tests.support.dwarfwriter import DebugInfo, Entry, block, sleb, uleb

from trapline.base.errors import BadData
from trapline.dwarf import constants as dw
from trapline.dwarf.die import Die, qualified_name
from trapline.dwarf.file import Dwarf
from trapline.dwarf.units import Unit

VERSIONS = (2, 3, 4, 5)
CU = dw.DW_TAG_compile_unit
AT = dw.DW_AT_const_value


def first(info: DebugInfo, attributes: list[tuple[int, int, Any]], **options: Any) -> Die:
    """Return the first DIE of a unit that has nothing else."""
    info.unit(Entry(CU, attributes), **options)
    return info.dwarf().units[0].root


def child(root: Die, name: str) -> Die:
    return next(die for die in root.unit.dies() if die.name == name)


# Forms


@pytest.mark.parametrize("offset_size", (4, 8))
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        (dw.DW_FORM_data1, 0xFE, 0xFE),
        (dw.DW_FORM_data2, 0xFEDC, 0xFEDC),
        (dw.DW_FORM_data4, 0xFEDCBA98, 0xFEDCBA98),
        (dw.DW_FORM_data8, 0xFEDCBA9876543210, 0xFEDCBA9876543210),
        (dw.DW_FORM_data16, 1 << 127 | 5, 1 << 127 | 5),
        (dw.DW_FORM_udata, 300, 300),
        (dw.DW_FORM_sdata, -300, -300),
        (dw.DW_FORM_implicit_const, -7, -7),
        (dw.DW_FORM_sec_offset, 0x1234, 0x1234),
        (dw.DW_FORM_addr, 0xFFFF0000, 0xFFFF0000),
        (dw.DW_FORM_flag, 2, True),
        (dw.DW_FORM_flag, 0, False),
        (dw.DW_FORM_flag_present, None, True),
        (dw.DW_FORM_block, b"abc", b"abc"),
        (dw.DW_FORM_block1, b"abc", b"abc"),
        (dw.DW_FORM_block2, b"abc", b"abc"),
        (dw.DW_FORM_block4, b"abc", b"abc"),
        (dw.DW_FORM_exprloc, b"\x91\x00", b"\x91\x00"),
        (dw.DW_FORM_string, "here", "here"),
        (dw.DW_FORM_string, b"\xffh\xc3\xa4", "\\xffhä"),
        (dw.DW_FORM_strp, "there", "there"),
        (dw.DW_FORM_line_strp, "path", "path"),
        (dw.DW_FORM_ref_sig8, 0xFEDCBA9876543210, 0xFEDCBA9876543210),
        (dw.DW_FORM_indirect, (dw.DW_FORM_udata, 99), 99),
        (dw.DW_FORM_indirect, (dw.DW_FORM_strp, "strange"), "strange"),
    ],
)
def test_every_form_of_a_value(form: int, value: Any, expected: Any, version: int, offset_size: int) -> None:
    info = DebugInfo(version=version, offset_size=offset_size)
    behind = (dw.DW_AT_decl_line, dw.DW_FORM_data1, 7)
    root = first(info, [(AT, form, value), behind])
    assert root.get(AT) == expected
    assert root.get(dw.DW_AT_decl_line) == 7
    assert root.unit.get(AT) == expected
    assert root.has(AT) and not root.has(dw.DW_AT_name)
    assert root.get(dw.DW_AT_name) is None
    assert root.form(AT) == (value[0] if form == dw.DW_FORM_indirect else form)


@pytest.mark.parametrize("address_size", (4, 8))
def test_an_address_is_as_wide_as_its_unit_says(address_size: int) -> None:
    info = DebugInfo(address_size=address_size)
    root = first(info, [(dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x401000), (AT, dw.DW_FORM_data1, 3)])
    assert (root.address(dw.DW_AT_low_pc), root.get(AT)) == (0x401000, 3)


@pytest.mark.parametrize(
    "form",
    (
        dw.DW_FORM_strx,
        dw.DW_FORM_strx1,
        dw.DW_FORM_strx2,
        dw.DW_FORM_strx3,
        dw.DW_FORM_strx4,
        dw.DW_FORM_GNU_str_index,
    ),
)
@pytest.mark.parametrize("offset_size", (4, 8))
def test_strings_by_index(form: int, offset_size: int) -> None:
    info = DebugInfo(offset_size=offset_size)
    numbers = [info.strings.add(text) for text in ("zero", "one", "two")]
    info.table(".debug_str_offsets", [0, 0, 0], offset_size)  # another unit's
    base = info.table(".debug_str_offsets", numbers, offset_size)
    root = first(info, [(dw.DW_AT_str_offsets_base, dw.DW_FORM_sec_offset, base), (AT, form, 2)])
    assert root.get(AT) == "two"
    assert root.unit.string_at(1) == "one"
    with pytest.raises(BadData):
        root.unit.string_at(1 << 20)


@pytest.mark.parametrize(
    "form",
    (
        dw.DW_FORM_addrx,
        dw.DW_FORM_addrx1,
        dw.DW_FORM_addrx2,
        dw.DW_FORM_addrx3,
        dw.DW_FORM_addrx4,
        dw.DW_FORM_GNU_addr_index,
    ),
)
def test_addresses_by_index(form: int) -> None:
    info = DebugInfo()
    base = info.table(".debug_addr", [0x401000, 0x402000], 8, extra=b"\x08\0")
    root = first(info, [(dw.DW_AT_addr_base, dw.DW_FORM_sec_offset, base), (dw.DW_AT_low_pc, form, 1)])
    assert root.address(dw.DW_AT_low_pc) == root.get(dw.DW_AT_low_pc) == root.unit.low_pc == 0x402000


def test_a_value_of_another_class_is_none() -> None:
    root = first(
        DebugInfo(), [(dw.DW_AT_name, dw.DW_FORM_data1, 3), (dw.DW_AT_byte_size, dw.DW_FORM_strp, "x")]
    )
    assert root.name is None
    assert root.integer(dw.DW_AT_byte_size) is None
    assert root.block(dw.DW_AT_name) is None
    assert root.address(dw.DW_AT_name) is None
    assert root.ref(dw.DW_AT_name) is None


def test_attributes_behind_several_of_varying_size() -> None:
    root = first(
        DebugInfo(),
        [
            (dw.DW_AT_producer, dw.DW_FORM_string, "a compiler"),
            (dw.DW_AT_language, dw.DW_FORM_udata, 0x8001),
            (dw.DW_AT_location, dw.DW_FORM_exprloc, b"x" * 200),
            (dw.DW_AT_decl_line, dw.DW_FORM_data2, 1000),
            (dw.DW_AT_comp_dir, dw.DW_FORM_string, "/somewhere"),
        ],
    )
    assert root.unit.producer == "a compiler"
    assert root.unit.language == 0x8001
    assert root.get(dw.DW_AT_decl_line) == 1000
    assert root.unit.directory == "/somewhere"


def test_abbreviations_with_padded_numbers() -> None:
    info = DebugInfo()
    padded = (
        uleb(1, 3) + uleb(CU, 2) + b"\0"
        + uleb(dw.DW_AT_name, 4) + uleb(dw.DW_FORM_string, 2)
        + uleb(dw.DW_AT_language, 2) + uleb(dw.DW_FORM_implicit_const) + b"\x8c\x80\0"
        + uleb(0, 2) + uleb(0, 3) + b"\0"
    )  # fmt: skip
    info.unit(Entry(CU, [(dw.DW_AT_name, dw.DW_FORM_string, "n")]), abbreviations=padded)
    unit = info.dwarf().units[0]
    assert unit.root.name == unit.name == "n"
    assert unit.root.get(dw.DW_AT_language) == unit.language == 12


@pytest.mark.parametrize("inside", range(12))
def test_an_abbreviation_that_is_not_all_in_the_first_window(inside: int) -> None:
    """That of the unit's first entry, with so many of its bytes in the first 16 KB of the table."""
    own = (
        uleb(1) + uleb(CU) + b"\0"
        + uleb(dw.DW_AT_name) + uleb(dw.DW_FORM_string)
        + uleb(dw.DW_AT_language) + uleb(dw.DW_FORM_implicit_const) + sleb(12)
        + b"\0\0"
    )  # fmt: skip
    many, odd = divmod((1 << 14) - inside - 5, 2)
    pair = uleb(dw.DW_AT_decl_line) + uleb(dw.DW_FORM_udata)
    first = uleb(2, 1 + odd) + uleb(dw.DW_TAG_variable) + b"\0" + pair * many + b"\0\0"
    assert len(first) == (1 << 14) - inside
    info = DebugInfo()
    info.unit(Entry(CU, [(dw.DW_AT_name, dw.DW_FORM_string, "n")]), abbreviations=first + own + b"\0")
    unit = info.dwarf().units[0]
    assert (unit.name, unit.language) == ("n", 12)
    assert unit.root.attributes() == [
        (dw.DW_AT_name, dw.DW_FORM_string),
        (dw.DW_AT_language, dw.DW_FORM_implicit_const),
    ]


def test_more_abbreviations_than_one_window_holds() -> None:
    info = DebugInfo()
    many = b"".join(
        uleb(code) + uleb(CU) + b"\0" + uleb(dw.DW_AT_language) + uleb(dw.DW_FORM_implicit_const) + sleb(code)
        + b"\0\0"
        for code in range(1, 6000)
    )  # fmt: skip
    info.unit(Entry(CU), abbreviations=many + b"\0")
    body = struct.pack("<HBBI", 5, dw.DW_UT_compile, 8, 0) + uleb(5500)
    info.add(".debug_info", info.length(body))
    units = info.dwarf().units
    assert [unit.language for unit in units] == [1, 5500]
    assert units[1].root.get(dw.DW_AT_language) == 5500


# References


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("offset_size", (4, 8))
@pytest.mark.parametrize(
    "form",
    (
        dw.DW_FORM_ref1,
        dw.DW_FORM_ref2,
        dw.DW_FORM_ref4,
        dw.DW_FORM_ref8,
        dw.DW_FORM_ref_udata,
        dw.DW_FORM_ref_addr,
    ),
)
def test_references_in_a_file(form: int, offset_size: int, version: int) -> None:
    info = DebugInfo(version=version, offset_size=offset_size)
    info.unit(Entry(CU, children=[Entry(dw.DW_TAG_base_type, [(dw.DW_AT_name, dw.DW_FORM_string, "no")])]))
    info.unit(
        Entry(
            CU,
            children=[
                Entry(
                    dw.DW_TAG_variable,
                    [(dw.DW_AT_name, dw.DW_FORM_string, "v"), (dw.DW_AT_type, form, "int")],
                ),
                Entry(dw.DW_TAG_base_type, [(dw.DW_AT_name, dw.DW_FORM_string, "int")], label="int"),
            ],
        )
    )
    dwarf = info.dwarf()
    variable = child(dwarf.units[1].root, "v")
    target = variable.ref(dw.DW_AT_type)
    assert target is not None and target.name == "int"
    assert variable.get(dw.DW_AT_type) == target.offset == info.labels["int"][1]
    assert target == dwarf.die(target.offset) and hash(target) == hash(dwarf.die(target.offset))


def test_find_looks_through_what_an_entry_completes() -> None:
    info = DebugInfo()
    info.unit(
        Entry(
            CU,
            children=[
                Entry(
                    dw.DW_TAG_subprogram,
                    [(dw.DW_AT_name, dw.DW_FORM_strp, "f"), (dw.DW_AT_type, dw.DW_FORM_ref4, "int")],
                    label="declaration",
                ),
                Entry(
                    dw.DW_TAG_subprogram,
                    [(dw.DW_AT_specification, dw.DW_FORM_ref4, "declaration"), (AT, dw.DW_FORM_data1, 1)],
                    label="abstract",
                ),
                Entry(
                    dw.DW_TAG_subprogram,
                    [(dw.DW_AT_abstract_origin, dw.DW_FORM_ref4, "abstract")],
                    label="concrete",
                ),
                Entry(dw.DW_TAG_base_type, [(dw.DW_AT_name, dw.DW_FORM_strp, "int")], label="int"),
            ],
        )
    )
    dwarf = info.dwarf()
    concrete = dwarf.die(info.labels["concrete"][1])
    assert concrete.name is None
    assert (concrete.find(dw.DW_AT_name), concrete.find(AT)) == ("f", 1)
    kind = concrete.find_ref(dw.DW_AT_type)
    assert kind is not None and kind.name == "int"
    assert qualified_name(concrete) == "f"


def test_entries_that_complete_each_other_in_a_ring() -> None:
    info = DebugInfo()
    info.unit(
        Entry(
            CU,
            children=[
                Entry(dw.DW_TAG_variable, [(dw.DW_AT_specification, dw.DW_FORM_ref4, "b")], label="a"),
                Entry(dw.DW_TAG_variable, [(dw.DW_AT_abstract_origin, dw.DW_FORM_ref4, "a")], label="b"),
            ],
        )
    )
    die = info.dwarf().die(info.labels["a"][1])
    assert die.find(dw.DW_AT_name) is None
    assert "anonymous" in qualified_name(die)


@pytest.mark.parametrize("version", (4, 5))
def test_type_units(version: int) -> None:
    info = DebugInfo(version=version)
    types = Entry(
        dw.DW_TAG_type_unit,
        children=[
            Entry(
                dw.DW_TAG_namespace,
                [(dw.DW_AT_name, dw.DW_FORM_strp, "space")],
                [Entry(dw.DW_TAG_structure_type, [(dw.DW_AT_name, dw.DW_FORM_strp, "kind")], label="kind")],
            )
        ],
    )
    section = ".debug_types" if version == 4 else ".debug_info"
    info.unit(types, kind=dw.DW_UT_type, section=section, signature=0x1234, type_label="kind")
    user = Entry(
        dw.DW_TAG_structure_type,
        [
            (dw.DW_AT_signature, dw.DW_FORM_ref_sig8, 0x1234),
            (dw.DW_AT_declaration, dw.DW_FORM_flag_present, 1),
        ],
        [Entry(dw.DW_TAG_subprogram, [(dw.DW_AT_name, dw.DW_FORM_strp, "method")], label="method")],
    )
    missing = Entry(dw.DW_TAG_variable, [(dw.DW_AT_type, dw.DW_FORM_ref_sig8, 0x9999)], label="missing")
    info.unit(Entry(CU, children=[user, missing]))
    dwarf = info.dwarf()
    assert [unit.signature for unit in dwarf.type_units] == [0x1234]
    method = dwarf.die(info.labels["method"][1])
    assert qualified_name(method) == "space::kind::method"
    assert dwarf.die(info.labels["missing"][1]).ref(dw.DW_AT_type) is None


def test_what_dwz_moved_to_another_file() -> None:
    common = DebugInfo()
    common.unit(
        Entry(
            dw.DW_TAG_partial_unit,
            children=[
                Entry(dw.DW_TAG_base_type, [(dw.DW_AT_name, dw.DW_FORM_strp, "common")], label="common")
            ],
        ),
        kind=dw.DW_UT_partial,
    )
    shared = common.strings.add("shared name")
    place = common.labels["common"][1]
    info = DebugInfo()
    attributes: list[tuple[int, int, Any]] = [
        (dw.DW_AT_name, dw.DW_FORM_GNU_strp_alt, shared),
        (dw.DW_AT_producer, dw.DW_FORM_strp_sup, shared),
        (dw.DW_AT_type, dw.DW_FORM_GNU_ref_alt, place),
        (dw.DW_AT_specification, dw.DW_FORM_ref_sup4, place),
        (dw.DW_AT_abstract_origin, dw.DW_FORM_ref_sup8, place),
    ]
    info.unit(Entry(CU, attributes))
    alone = info.dwarf().units[0].root
    assert alone.name is None and alone.ref(dw.DW_AT_type) is None
    root = info.dwarf(supplementary=common.dwarf()).units[0].root
    assert root.name == root.unit.producer == "shared name"
    for attribute in (dw.DW_AT_type, dw.DW_AT_specification, dw.DW_AT_abstract_origin):
        target = root.ref(attribute)
        assert target is not None and target.name == "common"


def test_the_supplementary_file_is_looked_for_when_it_is_needed() -> None:
    asked: list[int] = []
    info = DebugInfo()
    info.unit(Entry(CU, [(dw.DW_AT_name, dw.DW_FORM_GNU_strp_alt, 1), (AT, dw.DW_FORM_data1, 4)]))
    dwarf = info.dwarf()

    def find() -> Dwarf | None:
        asked.append(1)
        return None

    dwarf.find_supplementary = find
    assert dwarf.units[0].get(AT) == 4 and not asked
    assert dwarf.units[0].name is None and dwarf.units[0].name is None
    assert asked == [1]


# The tree


def tree(*, siblings: bool) -> DebugInfo:
    """Return namespaces, a class with a method, a function with a block; with or without DW_AT_sibling."""
    info = DebugInfo()

    def scope(tag: int, name: str, children: list[Entry], after: str) -> Entry:
        attributes: list[tuple[int, int, Any]] = [(dw.DW_AT_name, dw.DW_FORM_string, name)] if name else []
        if siblings:
            attributes.append((dw.DW_AT_sibling, dw.DW_FORM_ref4, after))
        return Entry(tag, attributes, children, label=name or "anonymous")

    def leaf(tag: int, name: str) -> Entry:
        return Entry(tag, [(dw.DW_AT_name, dw.DW_FORM_string, name)], label=name)

    inner = scope(dw.DW_TAG_namespace, "", [leaf(dw.DW_TAG_variable, "hidden")], "kind")
    kind = scope(dw.DW_TAG_class_type, "kind", [leaf(dw.DW_TAG_subprogram, "method")], "size")
    outer = [inner, kind, leaf(dw.DW_TAG_base_type, "size")]
    body = [scope(dw.DW_TAG_lexical_block, "block", [leaf(dw.DW_TAG_variable, "local")], "end")]
    function = scope(dw.DW_TAG_subprogram, "function", [*body, leaf(dw.DW_TAG_label, "end")], "last")
    info.unit(
        Entry(
            CU,
            children=[
                scope(dw.DW_TAG_namespace, "outer", outer, "function"),
                function,
                leaf(dw.DW_TAG_variable, "last"),
            ],
        )
    )
    return info


@pytest.mark.parametrize("siblings", (True, False))
def test_children_parents_and_qualified_names(siblings: bool) -> None:
    info = tree(siblings=siblings)
    unit = info.dwarf().units[0]
    assert [die.name for die in unit.root.children()] == ["outer", "function", "last"]
    expected = {
        "hidden": "outer::(anonymous namespace)::hidden",
        "method": "outer::kind::method",
        "size": "outer::size",
        "function": "function",
        "local": "local",
        "last": "last",
    }
    # Parents are found from the top in any order, and known to those who came from there.
    for name, qualified in reversed(expected.items()):
        die = unit.die(info.labels[name][1])
        assert qualified_name(die) == qualified
        assert qualified_name(child(unit.root, name)) == qualified
        again = unit.entry(die.offset)
        assert again == die and again.parent == die.parent
        assert die.parent is not None and die in list(die.parent.children())
    assert unit.root.parent is None
    walked = list(unit.dies())
    assert len(walked) == 12
    assert [die.offset for die in walked] == sorted(die.offset for die in walked)
    places = {die.offset for die in walked}
    found = [unit.entry(at) for at in range(unit.offset, unit.end + 3)]
    assert {die.offset for die in found if die is not None} == places


def test_enumerators_are_outside_but_for_enum_class() -> None:
    info = DebugInfo()

    def enumeration(name: str, *more: tuple[int, int, Any]) -> Entry:
        one = Entry(dw.DW_TAG_enumerator, [(dw.DW_AT_name, dw.DW_FORM_strp, f"{name}_one")])
        return Entry(dw.DW_TAG_enumeration_type, [(dw.DW_AT_name, dw.DW_FORM_strp, name), *more], [one])

    scoped = enumeration("Scoped", (dw.DW_AT_enum_class, dw.DW_FORM_flag_present, 1))
    info.unit(Entry(CU, children=[enumeration("Plain"), scoped]))
    root = info.dwarf().units[0].root
    assert qualified_name(child(root, "Plain_one")) == "Plain_one"
    assert qualified_name(child(root, "Scoped_one")) == "Scoped::Scoped_one"


def test_a_unit_whose_bytes_were_let_go_is_read_again() -> None:
    info = tree(siblings=False)
    unit = info.dwarf().units[0]
    method = child(unit.root, "method")
    unit.let_go()
    assert method.name == "method" and qualified_name(method) == "outer::kind::method"


# Code


def offsets(info: DebugInfo, *numbers: int) -> bytes:
    return b"".join(number.to_bytes(info.address_size, "little") for number in numbers)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("address_size", (4, 8))
def test_ranges_by_low_and_high(version: int, address_size: int) -> None:
    info = DebugInfo(version=version, address_size=address_size)
    info.unit(
        Entry(CU, [(dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000), (dw.DW_AT_high_pc, dw.DW_FORM_data4, 0x10)])
    )
    info.unit(
        Entry(CU, [(dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x2000), (dw.DW_AT_high_pc, dw.DW_FORM_addr, 0x2010)])
    )
    info.unit(Entry(CU, [(dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x3000)]))
    info.unit(Entry(CU))
    units = info.dwarf().units
    assert [unit.ranges() for unit in units] == [[(0x1000, 0x1010)], [(0x2000, 0x2010)], [], []]
    assert [unit.root.ranges() for unit in units[:3]] == [
        [(0x1000, 0x1010)],
        [(0x2000, 0x2010)],
        [(0x3000, 0x3001)],
    ]


@pytest.mark.parametrize("low", (0, 1, 2**64 - 1, 2**64 - 2))
def test_code_that_the_linker_dropped_has_no_ranges(low: int) -> None:
    code: list[tuple[int, int, Any]] = [
        (dw.DW_AT_low_pc, dw.DW_FORM_addr, low),
        (dw.DW_AT_high_pc, dw.DW_FORM_data4, 1),
    ]
    info = DebugInfo()
    info.unit(Entry(CU, code))
    assert info.dwarf().units[0].ranges() == info.dwarf().units[0].root.ranges() == []
    if not low:
        # In an object file every section is at 0.
        assert info.dwarf(kind=1).units[0].root.ranges() == [(0, 1)]


@pytest.mark.parametrize("version", (2, 3, 4))
@pytest.mark.parametrize("address_size", (4, 8))
def test_old_range_lists(version: int, address_size: int) -> None:
    info = DebugInfo(version=version, address_size=address_size)
    top = (1 << 8 * address_size) - 1
    info.add(".debug_ranges", offsets(info, 0, 0))
    at = info.add(
        ".debug_ranges",
        offsets(info, 0x10, 0x20, 0x30, 0x30, top, 0x9000, 0, 4, top, 0, 0, 5, 0x7000, 0x7001, 0, 0, 9, 9),
    )
    form = dw.DW_FORM_data4 if version < 4 else dw.DW_FORM_sec_offset
    info.unit(Entry(CU, [(dw.DW_AT_ranges, form, at), (dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000)]))
    unit = info.dwarf().units[0]
    assert unit.ranges() == [(0x1010, 0x1020), (0x9000, 0x9004), (0x7000, 0x7001)]
    assert unit.root.ranges() == unit.ranges()


@pytest.mark.parametrize("by_index", (True, False))
@pytest.mark.parametrize("offset_size", (4, 8))
@pytest.mark.parametrize("address_size", (4, 8))
def test_new_range_lists(offset_size: int, address_size: int, by_index: bool) -> None:
    info = DebugInfo(offset_size=offset_size, address_size=address_size)
    table = info.table(".debug_addr", [0x5000, 0x6000, 0x6004], address_size, extra=bytes((address_size, 0)))
    data = b"".join(
        (
            bytes((dw.DW_RLE_offset_pair,)) + uleb(0x10) + uleb(0x200),
            bytes((dw.DW_RLE_start_end,)) + offsets(info, 0x2000, 0x2004),
            bytes((dw.DW_RLE_start_length,)) + offsets(info, 0x3000) + uleb(300),
            bytes((dw.DW_RLE_base_address,)) + offsets(info, 0x4000),
            bytes((dw.DW_RLE_offset_pair,)) + uleb(0) + uleb(1),
            bytes((dw.DW_RLE_base_addressx,)) + uleb(0),
            bytes((dw.DW_RLE_offset_pair,)) + uleb(2) + uleb(3),
            bytes((dw.DW_RLE_startx_endx,)) + uleb(1) + uleb(2),
            bytes((dw.DW_RLE_startx_length,)) + uleb(2) + uleb(8),
            bytes((dw.DW_RLE_start_length,)) + offsets(info, 0) + uleb(8),  # dropped
            bytes((dw.DW_RLE_start_end,)) + offsets(info, 0x2000, 0x2000),  # empty
            bytes((dw.DW_RLE_end_of_list,)),
        )
    )
    base = info.lists(".debug_rnglists", [bytes((dw.DW_RLE_end_of_list,)), data])
    place = (dw.DW_AT_ranges, dw.DW_FORM_rnglistx, 1)
    if not by_index:
        place = (dw.DW_AT_ranges, dw.DW_FORM_sec_offset, base + 2 * offset_size + 1)
    attributes: list[tuple[int, int, Any]] = [
        place,
        (dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000),
        (dw.DW_AT_rnglists_base, dw.DW_FORM_sec_offset, base),
        (dw.DW_AT_addr_base, dw.DW_FORM_sec_offset, table),
    ]
    info.unit(Entry(CU, attributes))
    unit = info.dwarf().units[0]
    assert unit.ranges() == unit.root.ranges() == [
        (0x1010, 0x1200),
        (0x2000, 0x2004),
        (0x3000, 0x312C),
        (0x4000, 0x4001),
        (0x5002, 0x5003),
        (0x6000, 0x6004),
        (0x6004, 0x600C),
    ]  # fmt: skip


def test_a_list_longer_than_what_is_first_read() -> None:
    info = DebugInfo()
    one = bytes((dw.DW_RLE_start_length,))
    data = b"".join(one + struct.pack("<Q", 0x1000 * n) + uleb(1) for n in range(1, 1000)) + b"\0"
    base = info.lists(".debug_rnglists", [data])
    info.unit(Entry(CU, [(dw.DW_AT_ranges, dw.DW_FORM_sec_offset, base + 4)]))
    assert info.dwarf().units[0].ranges() == [(0x1000 * n, 0x1000 * n + 1) for n in range(1, 1000)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("address_size", (4, 8))
def test_location_lists(version: int, address_size: int) -> None:
    info = DebugInfo(version=version, address_size=address_size)
    attributes: list[tuple[int, int, Any]] = [(dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000)]
    if version < 5:
        top = (1 << 8 * address_size) - 1
        one = offsets(info, 0x10, 0x20) + struct.pack("<H", 1) + b"\x50"
        two = offsets(info, top, 0x9000) + offsets(info, 0, 4) + struct.pack("<H", 2) + b"\x91\x00"
        at = info.add(".debug_loc", one + two + offsets(info, 0, 0))
        form = dw.DW_FORM_data4 if version < 4 else dw.DW_FORM_sec_offset
        attributes.append((dw.DW_AT_location, form, at))
    else:
        data = b"".join(
            (
                bytes((dw.DW_LLE_default_location,)) + block(b"\x30"),
                bytes((9,)) + uleb(1) + uleb(2),  # a pair of views
                bytes((dw.DW_LLE_offset_pair,)) + uleb(0x10) + uleb(0x20) + block(b"\x50"),
                bytes((dw.DW_LLE_base_address,)) + offsets(info, 0x9000),
                bytes((dw.DW_LLE_offset_pair,)) + uleb(0) + uleb(4) + block(b"\x91\x00"),
                bytes((dw.DW_LLE_end_of_list,)),
            )
        )
        attributes.append(
            (dw.DW_AT_loclists_base, dw.DW_FORM_sec_offset, info.lists(".debug_loclists", [data]))
        )
        attributes.append((dw.DW_AT_location, dw.DW_FORM_loclistx, 0))
    info.unit(Entry(CU, attributes))
    root = info.dwarf().units[0].root
    assert root.locations(dw.DW_AT_location)[:2] == [
        (0x1010, 0x1020, b"\x50"),
        (0x9000, 0x9004, b"\x91\x00"),
    ]
    assert root.location(dw.DW_AT_location, 0x101F) == b"\x50"
    assert root.location(dw.DW_AT_location, 0x9003) == b"\x91\x00"
    assert root.location(dw.DW_AT_location, 0x1020) == (b"\x30" if version == 5 else None)
    assert root.location(dw.DW_AT_frame_base, 0x1010) is None


def test_the_other_entries_of_new_location_lists() -> None:
    info = DebugInfo()
    table = info.table(".debug_addr", [0x5000, 0x6000, 0x6004], 8, extra=b"\x08\0")
    data = b"".join(
        (
            bytes((dw.DW_LLE_startx_endx,)) + uleb(1) + uleb(2) + block(b"a"),
            bytes((dw.DW_LLE_startx_length,)) + uleb(0) + uleb(2) + block(b"b"),
            bytes((dw.DW_LLE_start_end,)) + offsets(info, 0x10, 0x20) + block(b"c"),
            bytes((dw.DW_LLE_start_length,)) + offsets(info, 0x30) + uleb(1) + block(b"d"),
            bytes((dw.DW_LLE_base_addressx,)) + uleb(1),
            bytes((dw.DW_LLE_offset_pair,)) + uleb(0x100) + uleb(0x101) + block(b"e"),
            bytes((dw.DW_LLE_end_of_list,)),
        )
    )
    base = info.lists(".debug_loclists", [data])
    attributes: list[tuple[int, int, Any]] = [
        (dw.DW_AT_addr_base, dw.DW_FORM_sec_offset, table),
        (dw.DW_AT_location, dw.DW_FORM_sec_offset, base + 4),
    ]
    info.unit(Entry(CU, attributes))
    assert info.dwarf().units[0].root.locations(dw.DW_AT_location) == [
        (0x6000, 0x6004, b"a"),
        (0x5000, 0x5002, b"b"),
        (0x10, 0x20, b"c"),
        (0x30, 0x31, b"d"),
        (0x6100, 0x6101, b"e"),
    ]


def test_a_plain_number_is_no_location_list() -> None:
    root = first(DebugInfo(), [(dw.DW_AT_data_member_location, dw.DW_FORM_data4, 8)])
    assert root.locations(dw.DW_AT_data_member_location) == []


# Split units


def skeleton_and_split(version: int, *, signature: int = 0xABCDEF) -> tuple[DebugInfo, DebugInfo]:
    """Return a program whose unit is a skeleton, and the .dwo file that completes it."""
    main, split = DebugInfo(version=version), DebugInfo(version=version, split=True)
    numbers = [split.strings.add(text) for text in ("unused", "function")]
    if version == 5:
        addresses = main.table(".debug_addr", [0x1000, 0x1040], 8, extra=b"\x08\0")
        split.table(".debug_str_offsets", numbers, 4)
        pair = bytes((dw.DW_RLE_offset_pair,)) + uleb(8) + uleb(16) + b"\0"
        split.lists(".debug_rnglists", [pair])
        place = bytes((dw.DW_LLE_startx_length,)) + uleb(1) + uleb(4) + block(b"\x50") + b"\0"
        split.lists(".debug_loclists", [place])
        lists: list[tuple[int, int, Any]] = [
            (dw.DW_AT_ranges, dw.DW_FORM_rnglistx, 0),
            (dw.DW_AT_location, dw.DW_FORM_loclistx, 0),
        ]
    else:
        addresses = main.add(".debug_addr", struct.pack("<QQ", 0x1000, 0x1040))
        split.add(".debug_str_offsets", struct.pack("<II", *numbers))
        main.add(".debug_ranges", struct.pack("<4Q", 0x100, 0x101, 0, 0))
        base = main.add(".debug_ranges", struct.pack("<4Q", 8, 16, 0, 0))
        entry = b"\3" + uleb(1) + struct.pack("<I", 4)
        split.add(".debug_loc", entry + struct.pack("<H", 1) + b"\x50" + b"\0")
        lists = [
            (dw.DW_AT_ranges, dw.DW_FORM_sec_offset, 0),
            (dw.DW_AT_location, dw.DW_FORM_sec_offset, 0),
        ]
    code: list[tuple[int, int, Any]] = [
        (dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000),
        (dw.DW_AT_high_pc, dw.DW_FORM_data4, 0x100),
    ]
    if version == 5:
        code += [
            (dw.DW_AT_dwo_name, dw.DW_FORM_string, "part.dwo"),
            (dw.DW_AT_addr_base, dw.DW_FORM_sec_offset, addresses),
        ]
        main.unit(Entry(dw.DW_TAG_skeleton_unit, code), kind=dw.DW_UT_skeleton, signature=signature)
    else:
        code += [
            (dw.DW_AT_GNU_dwo_name, dw.DW_FORM_string, "part.dwo"),
            (dw.DW_AT_GNU_dwo_id, dw.DW_FORM_data8, signature),
            (dw.DW_AT_GNU_addr_base, dw.DW_FORM_sec_offset, addresses),
            (dw.DW_AT_GNU_ranges_base, dw.DW_FORM_sec_offset, base),
        ]
        main.unit(Entry(CU, code))
    by_index = (dw.DW_FORM_strx, dw.DW_FORM_addrx) if version == 5 else (
        dw.DW_FORM_GNU_str_index,
        dw.DW_FORM_GNU_addr_index,
    )  # fmt: skip
    function = Entry(
        dw.DW_TAG_subprogram,
        [(dw.DW_AT_name, by_index[0], 1), (dw.DW_AT_low_pc, by_index[1], 1), *lists],
    )
    root: list[tuple[int, int, Any]] = [(dw.DW_AT_language, dw.DW_FORM_data1, dw.DW_LANG_C99)]
    if version < 5:
        root.append((dw.DW_AT_GNU_dwo_id, dw.DW_FORM_data8, signature))
    split.unit(Entry(CU, root, [function]), kind=dw.DW_UT_split_compile, signature=signature)
    return main, split


@pytest.mark.parametrize("version", (4, 5))
def test_a_split_unit_takes_from_its_skeleton_what_it_lacks(version: int) -> None:
    main, split = skeleton_and_split(version)
    dwarf, other = main.dwarf(), split.dwarf()
    asked: list[Unit] = []

    def find(unit: Unit) -> Dwarf:
        asked.append(unit)
        return other

    dwarf.find_split = find
    skeleton = dwarf.units[0]
    assert skeleton.split_name == "part.dwo"
    assert skeleton.ranges() == [(0x1000, 0x1100)] and not asked
    assert dwarf.unit_for(0x1010) is skeleton
    body = skeleton.body
    assert body is not skeleton and body.skeleton is skeleton and skeleton.body is body and len(asked) == 1
    assert skeleton.language == body.language == dw.DW_LANG_C99
    assert body.ranges() == skeleton.ranges() and body.body is body
    function = child(body.root, "function")
    assert function.address(dw.DW_AT_low_pc) == 0x1040
    assert function.ranges() == [(0x1008, 0x1010)]
    assert function.location(dw.DW_AT_location, 0x1043) == b"\x50"
    assert dwarf.split_files() == [other]


@pytest.mark.parametrize("version", (4, 5))
def test_a_split_file_that_is_not_here_or_not_the_right_one(version: int) -> None:
    main, _ = skeleton_and_split(version)
    _, stranger = skeleton_and_split(version, signature=0x5555)
    for other in (None, stranger.dwarf()):
        dwarf = main.dwarf()
        dwarf.find_split = lambda unit, other=other: other  # type: ignore[misc]
        assert dwarf.units[0].body is dwarf.units[0]
        assert dwarf.units[0].language is None
        assert dwarf.split_files() == []


def test_a_package_of_two_split_units() -> None:
    mains, package = [], DebugInfo(split=True)
    pieces: list[dict[str, tuple[int, int]]] = []
    names = (".debug_info", ".debug_abbrev", ".debug_str_offsets", ".debug_rnglists", ".debug_loclists")
    for signature in (0x11, 0x22):
        main, split = skeleton_and_split(5, signature=signature)
        mains.append(main)
        package.strings = split.strings
        piece = {}
        for name in names:
            piece[name] = package.add(name, split.sections[name]), len(split.sections[name])
        pieces.append(piece)
    numbers = (1, 3, 6, 8, 5)
    index = struct.pack("<HHIII", 5, 0, len(names), 2, 4)
    index += struct.pack("<4Q", 0, 0x11, 0x22, 0) + struct.pack("<4I", 0, 1, 2, 0)
    index += struct.pack("<5I", *numbers)
    for which in (0, 1):
        for piece in pieces:
            index += struct.pack("<5I", *(piece[name][which] for name in names))
    package.sections[".debug_cu_index"] = index
    other = package.dwarf()
    for main, number in zip(mains, (0, 1), strict=True):
        dwarf = main.dwarf()
        dwarf.find_split = lambda unit: other
        body = dwarf.units[0].body
        assert body is other.units[number]
        function = child(body.root, "function")
        assert function.ranges() == [(0x1008, 0x1010)]
        assert function.location(dw.DW_AT_location, 0x1040) == b"\x50"
    assert other.problems == []
