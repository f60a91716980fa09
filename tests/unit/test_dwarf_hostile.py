"""DWARF that lies: BadData or nothing, in bounded time and memory, whatever the bytes are."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.support.dwarfquestions import ask_everything, is_bounded, mutated
from tests.support.dwarfwriter import DebugInfo, Entry, uleb

from trapline.base.errors import BadData
from trapline.dwarf import constants as dw
from trapline.dwarf.cache import Cache
from trapline.dwarf.die import qualified_name
from trapline.dwarf.file import Dwarf
from trapline.dwarf.index import NameIndex, build_index
from trapline.dwarf.names import Names
from trapline.elf.image import Image

CU = dw.DW_TAG_compile_unit


def unit_of(body: bytes, abbreviations: bytes, **options: Any) -> Dwarf:
    """Return a file of one unit whose first DIE is `body`."""
    info = DebugInfo(**options)
    info.add(".debug_abbrev", abbreviations)
    head = struct.pack("<HBB", 5, dw.DW_UT_compile, 8) + info.offset(0)
    info.add(".debug_info", info.length(head + body))
    return info.dwarf()


def declare(*attributes: tuple[int, int], tag: int = CU, children: bool = False, code: int = 1) -> bytes:
    pairs = b"".join(uleb(number) for pair in attributes for number in pair)
    return uleb(code) + uleb(tag) + bytes((children,)) + pairs + b"\0\0"


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (dw.DW_FORM_block4, b"\xff\xff\xff\xff"),
        (dw.DW_FORM_block, b"\xff" * 9 + b"\x7f"),
        (dw.DW_FORM_exprloc, b"\xff\xff\xff\xff\x7f"),
        (dw.DW_FORM_block2, b"\xff\xff"),
        (dw.DW_FORM_string, b"no end"),
        (dw.DW_FORM_data16, b"short"),
        (dw.DW_FORM_data8, b""),
        (dw.DW_FORM_data2, b"\1"),
        (dw.DW_FORM_strp, b"\xff\xff\xff\x7f"),
        (dw.DW_FORM_line_strp, b"\xff\xff\xff\x7f"),
        (dw.DW_FORM_strx, b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
        (dw.DW_FORM_addrx, b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
        (dw.DW_FORM_udata, b"\x80" * 100_000),
        (dw.DW_FORM_sdata, b"\x80" * 100_000),
        (dw.DW_FORM_indirect, b"\x16\x16\x16\x16"),
        (dw.DW_FORM_indirect, b"\x21"),
        (dw.DW_FORM_indirect, b"\xff\xff\x03"),
        (dw.DW_FORM_indirect, b"\x80" * 100_000),
    ],
)
def test_a_value_that_is_cut_off_or_points_nowhere(form: int, value: bytes) -> None:
    dwarf = unit_of(b"\1" + value, declare((dw.DW_AT_name, form)) + b"\0")
    with pytest.raises(BadData) as caught:
        dwarf.units[0].root.get(dw.DW_AT_name)
    assert "written" in str(caught.value)
    with pytest.raises(BadData):
        _ = dwarf.units[0].name
    is_bounded(dwarf)


@pytest.mark.parametrize(
    "abbreviations",
    [
        b"",
        b"\0",
        b"\1",
        b"\1\x11",
        b"\1\x11\0\3",
        b"\1\x11\0\3\x7f\0\0\0",  # no such form
        b"\1\x11\0" + b"\x80" * 50_000,
        b"\x80" * 50_000,
        b"\2\x11\0\0\0\0",  # another code
        b"\1\x11\1\0\0" * 5,  # and no end
    ],
)
def test_abbreviations_that_are_broken(abbreviations: bytes) -> None:
    dwarf = unit_of(b"\1abc\0\0", abbreviations)
    with pytest.raises(BadData):
        list(dwarf.units[0].dies())
    is_bounded(dwarf)


def test_a_unit_that_begins_with_no_entry() -> None:
    """Code 0 is none, whatever the abbreviations look like that have zeros before a tag of units."""
    named = declare((dw.DW_AT_name, dw.DW_FORM_string))[1:]
    for abbreviations in (b"\0" + named + b"\0", declare() + b"\0" + named + b"\0"):
        dwarf = unit_of(b"\0written\0", abbreviations)
        with pytest.raises(BadData):
            _ = dwarf.units[0].name
        with pytest.raises(BadData):
            _ = dwarf.units[0].root
        is_bounded(dwarf)


@pytest.mark.parametrize(
    "header",
    [
        struct.pack("<I", 0xFFFFFFF0),
        struct.pack("<IQ", 0xFFFFFFFF, 2**64 - 1),
        struct.pack("<IQ", 0xFFFFFFFF, 2**63),
        struct.pack("<I", 0x7FFFFFFF) + b"\5\0\1\x08\0\0\0\0\1",
        struct.pack("<I", 8) + b"\6\0\1\x08\0\0\0\0",
        struct.pack("<I", 9) + b"\5\0\x63\x08\0\0\0\0\1",
        struct.pack("<I", 9) + b"\5\0\1\x07\0\0\0\0\1",
        struct.pack("<I", 2) + b"\5\0",
        b"\1",
        b"\0" * 100_000,
        b"\xff" * 100_000,
    ],
)
def test_unit_headers_that_lie(header: bytes) -> None:
    info = DebugInfo()
    info.unit(Entry(CU, [(dw.DW_AT_name, dw.DW_FORM_string, "good")]))
    info.add(".debug_info", header)
    dwarf = info.dwarf()
    # What came before is still there, and the file says what is wrong with it.
    assert [unit.name for unit in dwarf.units] == ["good"]
    assert dwarf.problems and all(".debug_info" in problem for problem in dwarf.problems)
    assert len(dwarf.problems) <= 25
    is_bounded(dwarf)


def test_a_unit_that_cannot_be_read_does_not_hide_the_next() -> None:
    info = DebugInfo()
    info.add(".debug_info", struct.pack("<I", 8) + b"\x99\0\1\x08\0\0\0\0")
    info.unit(Entry(CU, [(dw.DW_AT_name, dw.DW_FORM_string, "good")]))
    dwarf = info.dwarf()
    assert [unit.name for unit in dwarf.units] == ["good"]
    (problem,) = dwarf.problems
    assert "version 153" in problem


def test_siblings_that_lead_back_or_nowhere() -> None:
    for sibling in (0, 5, 12, 0xFFFFFFFF):
        info = DebugInfo()
        inner = Entry(dw.DW_TAG_variable, [(dw.DW_AT_name, dw.DW_FORM_string, "inner")])
        scope = Entry(
            dw.DW_TAG_namespace, [(dw.DW_AT_sibling, dw.DW_FORM_ref4, struct.pack("<I", sibling))], [inner]
        )
        info.unit(Entry(CU, children=[scope, scope, Entry(dw.DW_TAG_variable, [], label="last")]))
        dwarf = info.dwarf()
        assert [die.tag for die in dwarf.units[0].root.children()] == [
            dw.DW_TAG_namespace,
            dw.DW_TAG_namespace,
            dw.DW_TAG_variable,
        ]
        assert dwarf.die(info.labels["last"][1]).parent == dwarf.units[0].root
        is_bounded(dwarf)


def test_entries_nested_without_end() -> None:
    depth = 200_000
    dwarf = unit_of(b"\1" * depth + b"\0" * depth, declare(children=True) + b"\0")
    unit = dwarf.units[0]
    assert sum(1 for _ in unit.dies()) == depth
    deep = list(unit.dies())[-1]
    assert "anonymous" in qualified_name(deep)
    for question in (lambda: list(unit.root.children()), lambda: unit.die(unit.end - depth - 1).parent):
        with pytest.raises(BadData):
            question()
    build_index(dwarf)
    assert any("broken tree" in problem for problem in dwarf.problems)


def test_a_tree_that_is_not_closed() -> None:
    dwarf = unit_of(b"\1" * 3, declare(children=True) + b"\0")
    assert len(list(dwarf.units[0].dies())) == 3
    assert len(list(dwarf.units[0].root.children())) == 1


def test_every_kind_of_reference_to_no_entry() -> None:
    forms = (dw.DW_FORM_ref1, dw.DW_FORM_ref4, dw.DW_FORM_ref_addr, dw.DW_FORM_ref_udata)
    for form in forms:
        info = DebugInfo()
        info.unit(Entry(CU, [(dw.DW_AT_type, form, 0x7F), (dw.DW_AT_specification, form, 1)]))
        root = info.dwarf().units[0].root
        for attribute in (dw.DW_AT_type, dw.DW_AT_specification):
            with pytest.raises(BadData):
                root.ref(attribute)


@pytest.mark.parametrize("section", (".debug_rnglists", ".debug_loclists"))
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x63",
        b"\7" + b"\0" * 4,
        b"\3\xff\xff\xff\x7f\1\0",
        b"\4\1\2" * 100_000,
        b"\4" + b"\x80" * 100_000,
        b"\1" * 100_000,
    ],
)
def test_lists_that_lie(section: str, data: bytes) -> None:
    info = DebugInfo()
    info.add(section, data)
    attribute = dw.DW_AT_ranges if section == ".debug_rnglists" else dw.DW_AT_location
    info.unit(Entry(CU, [(attribute, dw.DW_FORM_sec_offset, 0)]))
    root = info.dwarf().units[0].root
    with pytest.raises(BadData):
        root.ranges() if attribute == dw.DW_AT_ranges else root.locations(attribute)
    is_bounded(info.dwarf())


@pytest.mark.parametrize("form", (dw.DW_FORM_rnglistx, dw.DW_FORM_sec_offset, dw.DW_FORM_string))
def test_lists_that_are_nowhere(form: int) -> None:
    value: Any = b"x" if form == dw.DW_FORM_string else 0x7FFFFFFF
    for version in (4, 5):
        info = DebugInfo(version=version)
        info.unit(Entry(CU, [(dw.DW_AT_ranges, form, value)]))
        with pytest.raises(BadData):
            info.dwarf().units[0].ranges()


@pytest.mark.parametrize(
    "aranges",
    [
        b"\0" * 1000,
        b"\xff" * 1000,
        struct.pack("<IHIBB", 0x7FFFFFFF, 2, 0, 8, 0),
        struct.pack("<IHIBB", 8, 2, 0, 8, 0) * 1000,
        struct.pack("<IHIBBI4Q", 44, 2, 0, 8, 0, 0, 0x1000, 2**64 - 1, 0, 0),
    ],
)
def test_aranges_that_lie(aranges: bytes) -> None:
    info = DebugInfo()
    code: list[tuple[int, int, Any]] = [
        (dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x1000),
        (dw.DW_AT_high_pc, dw.DW_FORM_data4, 16),
    ]
    info.unit(Entry(CU, code))
    info.add(".debug_aranges", aranges)
    dwarf = info.dwarf()
    assert dwarf.unit_for(0x1008) is dwarf.units[0]
    assert dwarf.unit_for(0x2000) is None


@pytest.mark.parametrize(
    "index",
    [
        b"\5\0\0\0",
        struct.pack("<4I", 7, 1, 1, 1),
        struct.pack("<4I", 5, 5, 0xFFFFFFFF, 0xFFFFFFFF),
        struct.pack("<4I", 5, 0xFFFFFFFF, 1, 1),
        struct.pack("<4I", 5, 1, 1, 1) + b"\xff" * 12,
        struct.pack("<4IQIIII", 5, 1, 1, 1, 0x11, 1, 1, 0x7FFFFFFF, 0x7FFFFFFF),
    ],
)
def test_package_indices_that_lie(index: bytes) -> None:
    info = DebugInfo(split=True)
    info.unit(Entry(CU), kind=dw.DW_UT_split_compile, signature=0x11)
    info.sections[".debug_cu_index"] = index
    dwarf = info.dwarf()
    assert dwarf.split_unit(0x11) is dwarf.units[0]
    assert dwarf.split_unit(0x12) is None


def test_an_index_of_names_that_lies() -> None:
    good = NameIndex.from_bytes(build_index(example().dwarf()).to_bytes())
    for array, value in (("parents", 10**6), ("parents", -5), ("offsets", 2**63), ("tags", 0xFFFF)):
        bad = NameIndex.from_bytes(good.to_bytes())
        numbers = getattr(bad, array)
        for number in range(len(numbers)):
            numbers[number] = value
        assert len(list(bad.entries())) <= len(good)


def example() -> DebugInfo:
    """Return a file with some of everything, to be mutated."""
    info = DebugInfo()
    strings = info.table(".debug_str_offsets", [info.strings.add(text) for text in ("alpha", "beta")], 4)
    addresses = info.table(".debug_addr", [0x401000, 0x402000], 8, extra=b"\x08\0")
    pair = b"\4" + uleb(0) + uleb(16)
    lengths = b"\3" + uleb(1) + uleb(8) + b"\7" + struct.pack("<Q", 0x1000) + b"\4\0"
    ranges = info.lists(".debug_rnglists", [pair + lengths])
    places = info.lists(".debug_loclists", [b"\5\1\x30" + b"\4" + uleb(0) + uleb(9) + b"\2\x91\0" + b"\0"])
    root: list[tuple[int, int, Any]] = [
        (dw.DW_AT_producer, dw.DW_FORM_strp, "GNU C17"),
        (dw.DW_AT_name, dw.DW_FORM_line_strp, "main.c"),
        (dw.DW_AT_low_pc, dw.DW_FORM_addr, 0x401000),
        (dw.DW_AT_ranges, dw.DW_FORM_rnglistx, 0),
        (dw.DW_AT_str_offsets_base, dw.DW_FORM_sec_offset, strings),
        (dw.DW_AT_addr_base, dw.DW_FORM_sec_offset, addresses),
        (dw.DW_AT_rnglists_base, dw.DW_FORM_sec_offset, ranges),
        (dw.DW_AT_loclists_base, dw.DW_FORM_sec_offset, places),
    ]
    method = Entry(
        dw.DW_TAG_subprogram,
        [(dw.DW_AT_name, dw.DW_FORM_strp, "method"), (dw.DW_AT_declaration, dw.DW_FORM_flag_present, 1)],
        label="method",
    )
    member = [(dw.DW_AT_name, dw.DW_FORM_string, "x"), (dw.DW_AT_bit_offset, dw.DW_FORM_sdata, -1)]
    kind = Entry(
        dw.DW_TAG_class_type,
        [(dw.DW_AT_name, dw.DW_FORM_strp, "kind"), (dw.DW_AT_sibling, dw.DW_FORM_ref4, "after")],
        [method, Entry(dw.DW_TAG_member, member)],
    )
    local = Entry(
        dw.DW_TAG_variable,
        [
            (dw.DW_AT_name, dw.DW_FORM_strx, 1),
            (dw.DW_AT_location, dw.DW_FORM_loclistx, 0),
            (dw.DW_AT_type, dw.DW_FORM_ref_udata, "int"),
        ],
    )
    block = Entry(dw.DW_TAG_lexical_block, [(dw.DW_AT_ranges, dw.DW_FORM_sec_offset, ranges + 4)], [local])
    function = Entry(
        dw.DW_TAG_subprogram,
        [
            (dw.DW_AT_specification, dw.DW_FORM_ref4, "method"),
            (dw.DW_AT_low_pc, dw.DW_FORM_addrx, 1),
            (dw.DW_AT_high_pc, dw.DW_FORM_udata, 300),
            (dw.DW_AT_frame_base, dw.DW_FORM_exprloc, b"\x9c"),
        ],
        [local, block],
        label="function",
    )
    origin = (dw.DW_AT_abstract_origin, dw.DW_FORM_ref_addr, "function")
    inlined = Entry(dw.DW_TAG_inlined_subroutine, [origin])
    main = Entry(
        dw.DW_TAG_subprogram,
        [
            (dw.DW_AT_name, dw.DW_FORM_string, "main"),
            (dw.DW_AT_inline, dw.DW_FORM_indirect, (dw.DW_FORM_data1, 1)),
            (dw.DW_AT_type, dw.DW_FORM_ref_sig8, 0x1234),
        ],
        [inlined],
    )
    base = Entry(dw.DW_TAG_base_type, [(dw.DW_AT_name, dw.DW_FORM_strp, "int")], label="int")
    space = Entry(dw.DW_TAG_namespace, [(dw.DW_AT_name, dw.DW_FORM_strp, "space")], [kind], label="space")
    after = Entry(dw.DW_TAG_variable, [(dw.DW_AT_name, dw.DW_FORM_strx1, 0)], label="after")
    info.unit(Entry(CU, root, [space, after, function, main, base]))
    kind = Entry(dw.DW_TAG_structure_type, [(dw.DW_AT_name, dw.DW_FORM_strp, "t")], label="t")
    types = Entry(dw.DW_TAG_type_unit, children=[kind])
    info.unit(types, kind=dw.DW_UT_type, signature=0x1234, type_label="t")
    info.arange(0, [(0x401000, 16), (0x1000, 4)])
    return info


def test_the_example_is_whole() -> None:
    dwarf = example().dwarf()
    assert ask_everything(dwarf) == 15
    assert dwarf.problems == []


FILE = example().elf()
DEBUG = FILE.index(b"\5\0\1\x08") - 4  # where the debug sections are: the code before them is not read


def survives(data: bytes) -> None:
    try:
        dwarf = Dwarf(Image.from_bytes(data, "mutated"))
    except BadData:
        return
    is_bounded(dwarf)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.randoms(use_true_random=False))
def test_mutated_files(source: random.Random) -> None:
    survives(mutated(FILE, source, [(DEBUG, len(FILE))]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.binary(max_size=120), st.binary(max_size=80))
def test_units_of_any_bytes(body: bytes, abbreviations: bytes) -> None:
    is_bounded(unit_of(b"\1" + body, abbreviations))


def name_index(
    *,
    units: tuple[int, ...] = (0,),
    bucket: int = 1,
    string: int = 0,
    entry: int = 0,
    pool: bytes = b"\1\0\0\0",
) -> bytes:
    """Return a .debug_names of some units and one name, "f", with one entry: of the first unit."""
    hashed = 5381 * 33 + ord("f")
    abbreviations = b"\1" + uleb(dw.DW_TAG_subprogram) + uleb(dw.DW_IDX_compile_unit) + b"\x0b\0\0\0"
    head = struct.pack("<HH7I", 5, 0, len(units), 0, 0, 1, 1, len(abbreviations), 0)
    numbers = (*units, bucket, hashed, string, entry)
    body = head + struct.pack(f"<{len(numbers)}I", *numbers) + abbreviations + pool
    return struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"\0" * 100,
        b"\xff" * 100,
        name_index(),
        name_index(bucket=0),
        name_index(bucket=0xFFFFFFFF),
        name_index(string=0xFFFFFFF0),
        name_index(entry=0xFFFFFFF0),
        name_index(pool=b"\1\x63\0"),  # no such unit
        name_index(pool=b"\2\0\0"),  # no such abbreviation
        name_index(pool=b"\x80" * 50),
        name_index(pool=b""),
        name_index()[:-4],
        name_index() * 3,
    ],
)
def test_an_index_of_names_that_lies_hides_nothing(index: bytes) -> None:
    info = DebugInfo()
    function = Entry(dw.DW_TAG_subprogram, [(dw.DW_AT_name, dw.DW_FORM_strp, "f")])
    info.unit(Entry(CU, children=[function]))
    info.sections[".debug_names"] = index
    dwarf = info.dwarf()
    assert len(Names(dwarf, cache=Cache(None)).find("f", {dw.DW_TAG_subprogram})) == 1
    is_bounded(dwarf)


def test_units_that_an_index_of_names_leaves_out_are_searched_no_more() -> None:
    info = DebugInfo()
    name = info.strings.add("f")
    function = Entry(dw.DW_TAG_subprogram, [(dw.DW_AT_name, dw.DW_FORM_strp, "f")])
    offsets = [info.unit(Entry(CU, children=[function])) for _ in range(3)]
    # The index is about the first two units and has the name for the second.
    index = name_index(units=tuple(offsets[:2]), string=name, pool=b"\1\1\0\0")
    info.sections[".debug_names"] = index
    dwarf = info.dwarf()
    found = Names(dwarf, cache=Cache(None)).find("f", {dw.DW_TAG_subprogram})
    assert [die.unit for die in found] == dwarf.units[1:]
    # Variables are not in the index for certain.
    assert len(Names(dwarf, cache=Cache(None)).find("f")) == 3
