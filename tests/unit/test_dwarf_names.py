"""Names to entries: the searches, the index of all names, and its cache on disk."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from tests.support.dwarfwriter import DebugInfo, Entry

from trapline.dwarf import cache as cache_module, constants as dw
from trapline.dwarf.cache import Cache, default_directory
from trapline.dwarf.die import qualified_name
from trapline.dwarf.file import Dwarf
from trapline.dwarf.index import NameIndex, build_index
from trapline.dwarf.names import Names
from trapline.dwarf.search import shared_tails, whole_strings
from trapline.dwarf.sections import Section
from trapline.dwarf.spelling import nearest

CU = dw.DW_TAG_compile_unit
FUNCTION, VARIABLE = dw.DW_TAG_subprogram, dw.DW_TAG_variable
NOWHERE = Cache(None)
STRP, STRING = dw.DW_FORM_strp, dw.DW_FORM_string

Attributes = list[tuple[int, int, Any]]


def named(tag: int, name: str, *more: tuple[int, int, Any], form: int = STRP, **rest: Any) -> Entry:
    return Entry(tag, [(dw.DW_AT_name, form, name), *more], **rest)


def code(low: int = 0x1000) -> Attributes:
    return [(dw.DW_AT_low_pc, dw.DW_FORM_addr, low), (dw.DW_AT_high_pc, dw.DW_FORM_data4, 4)]


DECLARED = (dw.DW_AT_declaration, dw.DW_FORM_flag_present, 1)


def names_of(*children: Entry, **options: Any) -> tuple[DebugInfo, Names]:
    info = DebugInfo(**options)
    info.unit(Entry(CU, children=children))
    return info, Names(info.dwarf(), cache=NOWHERE)


def found(names: Names, name: str, *tags: int) -> list[str]:
    return [qualified_name(die) for die in names.find(name, tags or None)]


# Searching


@pytest.mark.parametrize("form", (STRP, STRING))
@pytest.mark.parametrize("name", ("f", "add", "main", "a_long_name"))
@pytest.mark.parametrize("version", (2, 3, 4, 5))
def test_a_name_wherever_its_string_is(name: str, form: int, version: int) -> None:
    _, names = names_of(
        named(dw.DW_TAG_base_type, "int"),
        named(FUNCTION, name, *code(), form=form),
        named(FUNCTION, f"x{name}", form=form),
        named(FUNCTION, f"{name}x", form=form),
        version=version,
    )
    assert found(names, name) == [name]
    assert found(names, name, FUNCTION) == [name]
    assert found(names, name, VARIABLE) == []
    assert found(names, name + "xx") == []


@pytest.mark.parametrize("form", (dw.DW_FORM_strx1, dw.DW_FORM_strx2, dw.DW_FORM_strx))
def test_a_name_counted_in_a_table_of_strings(form: int) -> None:
    info = DebugInfo()
    for unit, words in enumerate((("one", "two"), ("three", "two"))):
        base = info.table(".debug_str_offsets", [info.strings.add(word) for word in words], 4)
        children = [
            Entry(FUNCTION, [(dw.DW_AT_name, form, number), (dw.DW_AT_decl_line, dw.DW_FORM_data1, unit)])
            for number in (0, 1)
        ]
        info.unit(Entry(CU, [(dw.DW_AT_str_offsets_base, dw.DW_FORM_sec_offset, base)], children))
    names = Names(info.dwarf(), cache=NOWHERE)
    assert found(names, "three") == ["three"]
    assert [die.get(dw.DW_AT_decl_line) for die in names.find("two")] == [0, 1]
    assert sorted(entry.qualified for entry in build_index(info.dwarf()).entries()) == ["one", "three", "two"]


def test_a_name_that_shares_the_tail_of_a_longer_one() -> None:
    info, names = names_of(named(FUNCTION, "resize"), named(FUNCTION, "size"), named(VARIABLE, "ze"))
    assert b"\0size" not in info.strings.data
    assert found(names, "size") == ["size"]
    assert found(names, "ze") == ["ze"]
    assert found(names, "resize") == ["resize"]
    assert found(names, "esize") == []


def test_the_tail_that_linkers_take_is_the_first_by_its_letters_from_the_end() -> None:
    info = DebugInfo()
    hosts = [info.strings.add(f"{start}_size") for start in ("b", "c", "a", *"qwertyuio")]
    strings = info.dwarf().sections.get(".debug_str")
    assert whole_strings(strings, b"size") == []
    # ld takes "a_size"; dwz takes the last, "y_size".
    assert shared_tails(strings, b"size")[:2] == [hosts[2] + 2, hosts[8] + 2]


def test_a_string_that_stands_whole_for_somebody_else() -> None:
    info = DebugInfo()
    functions = [named(FUNCTION, name) for name in ("resize", "size", "main")]
    info.unit(Entry(CU, children=functions))
    # gdb-add-index -dwarf-5 puts the strings of its index behind those that are there.
    info.strings.data += b"size\0main\0a::size\0a::z_size\0" + b"".join(
        b"f<%d>::size\0" % n for n in range(9)
    )
    names = Names(info.dwarf(), cache=NOWHERE)
    assert found(names, "size") == ["size"]
    assert found(names, "main") == ["main"]


def test_a_tail_that_no_rule_tells() -> None:
    info = DebugInfo()
    for start in ("m", "b", "z", "c", "y", "d", "x", "e"):
        info.strings.add(f"{start}_size")
    info.unit(Entry(CU, children=[named(FUNCTION, "size", *code()), named(FUNCTION, "main")]))
    assert info.strings.data[info.strings.places[b"size\0"] - 2 :][:7] == b"m_size\0"
    names = Names(info.dwarf(), cache=NOWHERE)
    assert found(names, "size") == ["size"]
    assert found(names, "ize") == []


def test_code_longer_than_one_byte_whose_last_byte_is_a_code_too() -> None:
    info = DebugInfo()
    others = [
        Entry(dw.DW_TAG_member, [(dw.DW_AT_data_bit_offset, dw.DW_FORM_implicit_const, n)])
        for n in range(200)
    ]
    first = named(dw.DW_TAG_typedef, "alias")
    info.unit(Entry(CU, children=[first, *others, named(FUNCTION, "wanted", (9999, dw.DW_FORM_flag, 1))]))
    assert found(Names(info.dwarf(), cache=NOWHERE), "wanted") == ["wanted"]


@pytest.mark.parametrize("form", (STRP, STRING))
def test_a_name_behind_what_varies_in_size(form: int) -> None:
    frame = (dw.DW_AT_frame_base, dw.DW_FORM_exprloc, b"\x56")
    _, names = names_of(
        Entry(FUNCTION, [*code(), frame, (dw.DW_AT_name, form, "clang")], [named(VARIABLE, "local")]),
        Entry(FUNCTION, [frame, (dw.DW_AT_name, form, "other")]),
    )
    assert found(names, "clang") == ["clang"]
    assert found(names, "other") == ["other"]


def test_what_is_inside_functions_is_found_by_address_and_not_by_name() -> None:
    block = Entry(
        dw.DW_TAG_lexical_block, children=[named(VARIABLE, "value"), named(VARIABLE, "i", form=STRING)]
    )
    by_frame = named(VARIABLE, "value", (dw.DW_AT_location, dw.DW_FORM_exprloc, b"\x91\x7c"))
    by_list = named(VARIABLE, "value", (dw.DW_AT_location, dw.DW_FORM_sec_offset, 0))
    where = (dw.DW_AT_location, dw.DW_FORM_exprloc, b"\x03" + struct.pack("<Q", 0x4000))
    _, names = names_of(
        named(FUNCTION, "f", children=[block, by_frame, by_list, named(dw.DW_TAG_formal_parameter, "value")]),
        named(VARIABLE, "value", where, label="global"),
    )
    (die,) = names.find("value")
    assert die.parent is not None and die.parent.tag == CU
    assert names.find("i") == []


def test_members_are_found_when_asked_for_and_static_ones_as_variables() -> None:
    _, names = names_of(
        named(
            dw.DW_TAG_class_type,
            "kind",
            children=[
                named(dw.DW_TAG_member, "field"),
                named(dw.DW_TAG_member, "shared", DECLARED, label="shared"),
                named(VARIABLE, "newer", DECLARED, label="newer"),
                named(dw.DW_TAG_member, "constant", DECLARED, (dw.DW_AT_const_value, dw.DW_FORM_data1, 3)),
            ],
        ),
        Entry(VARIABLE, [(dw.DW_AT_specification, dw.DW_FORM_ref4, "shared")]),
        Entry(VARIABLE, [(dw.DW_AT_specification, dw.DW_FORM_ref4, "newer")]),
    )
    assert names.find("field") == []
    assert found(names, "field", dw.DW_TAG_member) == ["kind::field"]
    for name in ("shared", "newer"):
        (die,) = names.find(name, {VARIABLE})
        assert die.has(dw.DW_AT_specification) and qualified_name(die) == f"kind::{name}"
    assert found(names, "constant", VARIABLE) == ["kind::constant"]


@pytest.mark.parametrize(
    "form", (dw.DW_FORM_ref2, dw.DW_FORM_ref4, dw.DW_FORM_ref_udata, dw.DW_FORM_ref_addr)
)
@pytest.mark.parametrize("methods", (1, 20))
def test_methods_defined_without_a_name(form: int, methods: int) -> None:
    kinds = [
        named(dw.DW_TAG_class_type, f"kind{n}", children=[named(FUNCTION, "method", DECLARED, label=f"m{n}")])
        for n in range(methods)
    ]
    definitions = [
        Entry(FUNCTION, [(dw.DW_AT_specification, form, f"m{n}"), *code(0x1000 + n)]) for n in range(methods)
    ]
    dropped = Entry(FUNCTION, [(dw.DW_AT_specification, form, "m0"), *code(0)])
    undefined = named(dw.DW_TAG_class_type, "other", children=[named(FUNCTION, "method", DECLARED)])
    _, names = names_of(
        named(dw.DW_TAG_namespace, "space", children=[*kinds, undefined]), *definitions, dropped
    )
    assert found(names, "method") == [f"space::kind{n}::method" for n in range(methods)]
    assert all(die.has(dw.DW_AT_low_pc) for die in names.find("method"))
    matching = dict(names.matching("method$", {FUNCTION}))
    assert list(matching) == [f"space::kind{n}::method" for n in range(methods)]
    assert list(matching.values()) == names.find("method")


@pytest.mark.parametrize("form", (dw.DW_FORM_ref4, dw.DW_FORM_ref_addr))
def test_the_instances_of_an_inline_function(form: int) -> None:
    def inlined(low: int) -> Entry:
        origin = (dw.DW_AT_abstract_origin, form, "abstract")
        return Entry(dw.DW_TAG_inlined_subroutine, [origin, *code(low)], label=hex(low))

    info, names = names_of(
        named(FUNCTION, "twice", (dw.DW_AT_inline, dw.DW_FORM_data1, 3), label="abstract"),
        Entry(FUNCTION, [(dw.DW_AT_abstract_origin, form, "abstract"), *code(0x1000)], label="0x1000"),
        named(
            FUNCTION,
            "caller",
            children=[inlined(0x2000), Entry(dw.DW_TAG_lexical_block, children=[inlined(0x3000)])],
        ),
        Entry(VARIABLE, [(dw.DW_AT_abstract_origin, form, "abstract")]),
    )
    (abstract,) = names.find("twice")
    places = [info.labels[label][1] for label in ("0x1000", "0x2000", "0x3000")]
    assert [die.offset for die in names.instances([abstract])] == places
    assert names.instances(names.find("caller")[:1]) == []


def test_instances_in_other_units_as_link_time_optimization_has_them() -> None:
    info = DebugInfo()
    info.unit(Entry(CU, children=[named(FUNCTION, "early", label="early")]))
    origin = (dw.DW_AT_abstract_origin, dw.DW_FORM_ref_addr, "early")
    info.unit(Entry(CU, children=[Entry(FUNCTION, [origin, *code()], label="late")]))
    names = Names(info.dwarf(), cache=NOWHERE)
    (early,) = names.find("early")
    assert [die.offset for die in names.instances([early])] == [info.labels["late"][1]]


def test_names_that_dwz_moved_to_another_file() -> None:
    common = DebugInfo()
    method = named(FUNCTION, "method", DECLARED, label="method")
    common.unit(
        Entry(
            dw.DW_TAG_partial_unit,
            children=[
                named(dw.DW_TAG_class_type, "kind", children=[method]),
                named(dw.DW_TAG_base_type, "word"),
            ],
        ),
        kind=dw.DW_UT_partial,
    )
    local = common.strings.add("local_function")
    info = DebugInfo()
    place = common.labels["method"][1]
    info.unit(
        Entry(
            CU,
            children=[
                Entry(FUNCTION, [(dw.DW_AT_name, dw.DW_FORM_GNU_strp_alt, local), *code()]),
                Entry(FUNCTION, [(dw.DW_AT_specification, dw.DW_FORM_GNU_ref_alt, place), *code()]),
            ],
        )
    )
    dwarf = info.dwarf(supplementary=common.dwarf())
    names = Names(dwarf, cache=NOWHERE)
    for name in ("local_function", "method"):
        (die,) = names.find(name)
        assert die.unit.dwarf is dwarf
    assert found(names, "method") == ["kind::method"]
    assert found(names, "word") == ["word"]
    assert [name for name, _ in names.matching(".")] == ["local_function", "kind::method", "kind", "word"]


def test_templates_by_their_plain_name() -> None:
    _, names = names_of(
        *(named(FUNCTION, name) for name in ("most<int>", "most<char const*>", "almost<long>", "most", "mos"))
    )
    assert names.templates("most")[:2] == ["most<int>", "most<char const*>"]
    assert found(names, "most<int>") == ["most<int>"]
    # A tail of a longer name is offered, for it may be shared; there is nothing of that name.
    assert found(names, "most<long>") == []


def test_names_in_type_units_of_their_own_section() -> None:
    info = DebugInfo(version=4)
    kind = named(dw.DW_TAG_structure_type, "kind", label="kind")
    types = Entry(dw.DW_TAG_type_unit, children=[named(dw.DW_TAG_namespace, "space", children=[kind])])
    info.unit(types, kind=dw.DW_UT_type, section=".debug_types", signature=7, type_label="kind")
    stub = Entry(dw.DW_TAG_structure_type, [(dw.DW_AT_signature, dw.DW_FORM_ref_sig8, 7), DECLARED])
    info.unit(Entry(CU, children=[stub]))
    names = Names(info.dwarf(), cache=NOWHERE)
    (die,) = names.find("kind")
    assert die.unit.signature == 7 and qualified_name(die) == "space::kind"
    assert list(names.matching("kind")) == [("space::kind", die)]


# All names


def index_of(info: DebugInfo) -> list[tuple[str, bool]]:
    return [(entry.qualified, entry.is_defined) for entry in build_index(info.dwarf()).entries()]


def test_every_name_once_whatever_the_units_share() -> None:
    info = DebugInfo()
    for unit in range(3):
        method = named(FUNCTION, "method", DECLARED, label=f"method{unit}")
        kind = named(dw.DW_TAG_class_type, "kind", children=[method, named(dw.DW_TAG_typedef, "value_type")])
        kind = kind._replace(
            attributes=[*kind.attributes, (dw.DW_AT_sibling, dw.DW_FORM_ref4, f"after{unit}")]
        )
        scope = named(
            dw.DW_TAG_namespace,
            "space",
            children=[kind, named(dw.DW_TAG_typedef, "alias", label=f"after{unit}")],
        )
        body = [named(VARIABLE, "local")]
        own = named(FUNCTION, f"own{unit}", *code(0x1000 * (unit + 1)), children=body)
        children = [scope, own]
        if unit == 2:
            children.append(Entry(FUNCTION, [(dw.DW_AT_specification, dw.DW_FORM_ref4, "method2"), *code()]))
        info.unit(Entry(CU, children=children))
    assert index_of(info) == [
        ("space::kind", True),
        ("space::kind::method", True),
        ("space::kind::value_type", True),
        ("space::alias", True),
        ("own0", True),
        ("own1", True),
        ("own2", True),
    ]
    names = Names(info.dwarf(), cache=NOWHERE)
    for qualified, die in names.matching("."):
        assert qualified_name(die) == qualified


def test_two_anonymous_types_of_one_size_are_two() -> None:
    def enumeration(*values: str) -> Entry:
        return Entry(
            dw.DW_TAG_enumeration_type, children=[named(dw.DW_TAG_enumerator, value) for value in values]
        )

    info, names = names_of(enumeration("RED", "GREEN"), enumeration("BIG", "SMALL"))
    assert [name for name, _ in index_of(info)] == ["RED", "GREEN", "BIG", "SMALL"]
    assert found(names, "SMALL") == ["SMALL"]


def test_an_index_survives_the_disk() -> None:
    info, _ = names_of(
        named(dw.DW_TAG_namespace, "ä", children=[named(FUNCTION, "f", *code())]),
        Entry(dw.DW_TAG_namespace, children=[named(VARIABLE, "hidden")]),
    )
    index = build_index(info.dwarf())
    data = index.to_bytes()
    again = NameIndex.from_bytes(data)
    assert list(again.entries()) == list(index.entries()) != []
    assert len(again) == len(index)
    for size in (0, 8, 15, 16, 17, len(data) - 1):
        with pytest.raises((ValueError, struct.error)):
            NameIndex.from_bytes(data[:size])


def test_progress_is_told() -> None:
    _, names = names_of(named(FUNCTION, "f"))
    told: list[tuple[int, int]] = []
    names.progress = lambda done, units: told.append((done, units))
    list(names.matching("f"))
    assert told == [(1, 1)]


def test_a_pattern_that_is_none() -> None:
    _, names = names_of(named(FUNCTION, "f"))
    with pytest.raises(re.error):
        list(names.matching("("))


def test_names_like_one_that_is_none() -> None:
    known = [b"lookup_120", b"lookup_12", b"look", b"insert", b"", b"LOOKUP_120", b"x" * 5000]
    assert nearest("lokup_120", known, 5) == ["LOOKUP_120", "lookup_120", "lookup_12"]
    assert nearest("loopup_120", known, 1) == ["LOOKUP_120"]
    assert nearest("olokup_120", [b"lookup_120"], 5) == ["lookup_120"]
    assert nearest("nothing", known, 5) == []
    _, names = names_of(named(FUNCTION, "main"))
    assert names.near("mian") == ["main"]


# The cache


def with_build_id(info: DebugInfo, build_id: bytes | None) -> Dwarf:
    dwarf = info.dwarf()
    dwarf.build_id = build_id
    return dwarf


def test_an_index_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info, _ = names_of(named(FUNCTION, "f", *code()))
    cache = Cache(str(tmp_path / "made" / "trapline"))
    built: list[int] = []

    def look(build_id: bytes | None = b"\x12\x34") -> list[str]:
        names = Names(with_build_id(info, build_id), cache=cache)
        names.progress = lambda done, units: built.append(done)
        return [name for name, _ in names.matching(".")]

    assert look() == look() == ["f"]
    assert len(built) == 1
    (kept,) = (tmp_path / "made" / "trapline").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.parent.stat().st_mode & 0o777 == 0o700
    # Another program, one without a build-id, and one of that build-id with other sections.
    assert look(b"\x55") == look(None) == ["f"]
    assert len(built) == 3
    info.strings.add("more")
    assert look() == ["f"]
    assert len(built) == 4
    # What is broken is made again, and then whole.
    for data in (b"", kept.read_bytes()[:-1], kept.read_bytes().replace(b"f", b"g"), b"x" * 100):
        kept.write_bytes(data)
        built.clear()
        assert look() == look() == ["f"]
        assert len(built) == 1


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    cache = Cache(str(file / "below"))
    cache.store("kind", b"k", b"data")
    assert cache.load("kind", b"k") is None
    Cache(None).store("kind", b"k", b"data")
    assert Cache(None).load("kind", b"k") is None
    cache = Cache(str(tmp_path))
    cache.store("kind", b"", b"data")
    assert cache.load("kind", b"") is None
    assert list(tmp_path.iterdir()) == [file]


def test_the_cache_is_bounded_and_keeps_what_was_used_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "_LIMIT", 4000)
    cache = Cache(str(tmp_path))
    for number in range(3):
        cache.store("kind", bytes((number,)), b"x" * 1000)
        os.utime(tmp_path / f"kind-0{number}", (number, number))
    assert cache.load("kind", b"\0") == b"x" * 1000  # now the one used last
    cache.store("kind", b"\3", b"x" * 1000)
    assert {path.name for path in tmp_path.iterdir()} == {"kind-00", "kind-02", "kind-03"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/trapline"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/trapline"),
        ({"HOME": "/h"}, "/h/.cache/trapline"),
        ({"HOME": "here"}, None),
        ({}, None),
    ],
)
def test_where_the_cache_is(
    environment: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_directory() == expected


def test_a_needle_as_long_as_a_piece() -> None:
    """It is found, and soon: not by going on byte by byte, or not at all."""

    class Run:
        size = 3 << 20
        reads = 0

        def get(self, offset: int, size: int) -> bytes:
            self.reads += 1
            return (b"a" * self.size + b"b")[offset : offset + size]

    run = Run()
    section = Section(run, "file", ".debug_str")  # type: ignore[arg-type]  # what is asked of it
    for length in (1 << 20, 2 << 20):
        assert next(section.find(b"b" * length), None) is None
    assert run.reads < 10
