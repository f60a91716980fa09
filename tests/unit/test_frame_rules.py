"""Call-frame information written byte by byte: every instruction, every encoding, and files that lie."""

from __future__ import annotations

import random
import struct
import time

import pytest
from tests.support.elfwriter import Writer

from trapline.base.address import FileAddress
from trapline.base.errors import BadData
from trapline.dwarf import rows
from trapline.dwarf.cfi import CallFrameInfo
from trapline.dwarf.rows import (
    EXPRESSION,
    OFFSET,
    REGISTER,
    SAME,
    UNDEFINED,
    VALUE_EXPRESSION,
    VALUE_OFFSET,
    Rule,
)
from trapline.elf.image import Image

EH_FRAME_HDR = 0x6474E550


def cie(
    *, encoding: int = 0, instructions: bytes = b"\x0c\x07\x08\x90\x01", augmentation: bytes = b"zR",
    data: bytes | None = None, version: int = 1, code: int = 1, ra: int = 16, identity: bytes = bytes(4),
) -> bytes:  # fmt: skip
    """CFA = rsp+8, the return address at CFA-8."""
    extra = bytes([encoding]) if data is None else data
    if augmentation.startswith(b"z"):
        extra = bytes([len(extra)]) + extra
    head = bytes([version]) + augmentation + b"\0" + (b"\x08\0" if version == 4 else b"")
    return entry(identity, head + bytes([code, 0x78, ra]) + extra + instructions)


def entry(identity: bytes, body: bytes) -> bytes:
    body = identity + body
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<I", len(body)) + body


def fde(before: bytes, location: bytes, size: bytes, instructions: bytes, *, cie_at: int = 0) -> bytes:
    pointer = struct.pack("<I", len(before) + 4 - cie_at)
    return entry(pointer, location + size + b"\0" + instructions)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def made(code: bytes, /, *, header: bool = False, **of_cie: object) -> tuple[Writer, CallFrameInfo]:
    """A file with one function of 64 bytes at the start of .text."""
    writer = Writer()
    frames = cie(**of_cie)  # type: ignore[arg-type]
    frames += fde(frames, u64(writer.text), u64(64), code)
    address = writer.add(".eh_frame", 1, frames + bytes(4))
    if header:
        add_header(writer, address, [(writer.text, address + len(cie(**of_cie)))])  # type: ignore[arg-type]
    return writer, CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))


def add_header(
    writer: Writer, frames: int, table: list[tuple[int, int]], *, count: int | None = None
) -> None:
    at = writer.offset + (-writer.offset % 8) + 0x400000
    data = struct.pack("<BBBBQI", 1, 0, 3, 0x3B, frames, len(table) if count is None else count)
    data += b"".join(struct.pack("<ii", start - at, place - at) for start, place in table)
    assert writer.add(".eh_frame_hdr", 1, data) == at
    writer.segment(EH_FRAME_HDR, ".eh_frame_hdr")


def rules_at(code: bytes, offset: int = 63, /, **of_cie: object) -> rows.Row:
    writer, frames = made(code, **of_cie)
    row = frames.row(FileAddress(writer.text + offset))
    assert row is not None
    return row


@pytest.mark.parametrize("header", [True, False])
def test_rows_of_a_function(header: bool) -> None:
    """push rbp; mov rbp, rsp; ...; each row has its range, and outside of the function there is none."""
    writer, frames = made(b"\x41\x0e\x10\x86\x02\x43\x0d\x06\x7b\x0c\x07\x08", header=header)
    text = writer.text
    found = []
    for place in (0, 1, 3, 4, 62, 63):
        row = frames.row(FileAddress(text + place))
        assert row is not None
        found.append((row.start - text, row.end - text, row.cfa_register, row.cfa_offset, 6 in row.rules))
    assert found == [
        (0, 1, 7, 8, False),
        (1, 4, 7, 16, True),
        (1, 4, 7, 16, True),
        (4, 63, 6, 16, True),
        (4, 63, 6, 16, True),
        (63, 64, 7, 8, True),
    ]
    assert frames.row(FileAddress(text - 1)) is None
    assert frames.row(FileAddress(text + 64)) is None
    assert frames.function(FileAddress(text + 9)) == (text, text + 64)
    ((start, end, listed),) = frames.functions()
    assert (start, end) == (text, text + 64)
    assert [(row.start - text, row.end - text) for row in listed] == [(0, 1), (1, 4), (4, 63), (63, 64)]
    assert frames.problem is None


@pytest.mark.parametrize(
    ("code", "register", "rule"),
    [
        (b"\x83\x03", 3, Rule(OFFSET, -24)),
        (b"\x05\x03\x03", 3, Rule(OFFSET, -24)),
        (b"\x11\x03\x7d", 3, Rule(OFFSET, 24)),
        (b"\x2f\x03\x03", 3, Rule(OFFSET, 24)),
        (b"\x14\x03\x03", 3, Rule(VALUE_OFFSET, -24)),
        (b"\x15\x03\x7d", 3, Rule(VALUE_OFFSET, 24)),
        (b"\x07\x03", 3, Rule(UNDEFINED)),
        (b"\x08\x03", 3, Rule(SAME)),
        (b"\x09\x03\x05", 3, Rule(REGISTER, 5)),
        (b"\x10\x03\x02\x77\x08", 3, Rule(EXPRESSION, 0, b"\x77\x08")),
        (b"\x16\x03\x02\x77\x08", 3, Rule(VALUE_EXPRESSION, 0, b"\x77\x08")),
        (b"\x83\x03\xc3", 3, None),
        (b"\x83\x03\x06\x03", 3, None),
        (b"\x07\x10\xd0", 16, Rule(OFFSET, -8)),  # restored to what the CIE says
        (b"\x2e\x10\x83\x03", 3, Rule(OFFSET, -24)),
        (b"\0\0\0\x83\x03", 3, Rule(OFFSET, -24)),
        (b"\x0a\x83\x03\x0b", 3, None),
    ],
)
def test_register_rules(code: bytes, register: int, rule: Rule | None) -> None:
    assert rules_at(code).rules.get(register) == rule


@pytest.mark.parametrize(
    ("code", "register", "offset"),
    [
        (b"\x0c\x06\x10", 6, 16),
        (b"\x12\x06\x7e", 6, 16),
        (b"\x0d\x06", 6, 8),
        (b"\x0e\x20", 7, 32),
        (b"\x13\x7c", 7, 32),
        (b"\x0a\x0c\x06\x10\x0b", 7, 8),  # the CFA is remembered too
    ],
)
def test_the_cfa(code: bytes, register: int, offset: int) -> None:
    row = rules_at(code)
    assert (row.cfa_register, row.cfa_offset, row.cfa_expression) == (register, offset, None)


def test_the_cfa_by_expression() -> None:
    assert rules_at(b"\x0f\x02\x77\x10").cfa_expression == b"\x77\x10"
    assert rules_at(b"\x0f\x02\x77\x10\x0c\x07\x08").cfa_expression is None


@pytest.mark.parametrize(
    "code", [b"\x42", b"\x02\x02", b"\x03\x02\0", b"\x04\x02\0\0\0", b"\x1d\x02" + bytes(7)]
)
def test_advances(code: bytes) -> None:
    """Each is multiplied by the code alignment factor."""
    assert [rules_at(code + b"\x0e\x10", at, code=4).cfa_offset for at in (7, 8)] == [8, 16]


def test_set_loc() -> None:
    writer = Writer()
    assert rules_at(b"\x01" + u64(writer.text + 9) + b"\x0e\x10", 8).cfa_offset == 8
    assert rules_at(b"\x01" + u64(writer.text + 9) + b"\x0e\x10", 9).cfa_offset == 16


@pytest.mark.parametrize(
    ("encoding", "form"),
    [(0x00, "<Q"), (0x03, "<I"), (0x04, "<Q"), (0x0B, "<i"), (0x0C, "<q"), (0x1B, "<i"), (0x10, "<q"),
     (0x1C, "<q"), (0x3B, "<i"), (0x2B, "<i")],
)  # fmt: skip
def test_pointer_encodings(encoding: int, form: str) -> None:
    """Absolute, and relative to the pointer's own place, .text and the GOT."""
    writer = Writer()
    got = writer.add(".got", 1, bytes(16), flags=3)
    head = cie(encoding=encoding)
    at = writer.offset + (-writer.offset % 8) + 0x400000
    base = {0x00: 0, 0x10: at + len(head) + 8, 0x20: writer.text, 0x30: got}[encoding & 0x70]
    start = writer.text + 32
    size = struct.pack(form.lower() if encoding & 0x70 else form, 16)
    frames = head + fde(head, struct.pack(form, start - base), size, b"\x0e\x10")
    if start == base:
        pytest.skip("zero is a null pointer")
    writer.add(".eh_frame", 1, frames + bytes(4))
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    assert info.function(FileAddress(start + 15)) == (start, start + 16)
    assert info.function(FileAddress(start + 16)) is None


def test_an_indirect_pointer() -> None:
    writer = Writer()
    cell = writer.add(".data", 1, u64(writer.text), flags=3)
    head = cie(encoding=0x80)
    writer.add(".eh_frame", 1, head + fde(head, u64(cell), u64(16), b"") + bytes(4))
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    assert info.function(FileAddress(writer.text)) == (writer.text, writer.text + 16)


def test_augmentations() -> None:
    """A personality and an LSDA are passed over, S marks a signal frame, unknown ones are skipped by size."""
    personality = b"\x9b" + bytes(4) + b"\x1b" + b"\x00"
    row = rules_at(b"", augmentation=b"zPLRS", data=personality)
    assert row.is_signal_frame
    assert not rules_at(b"", augmentation=b"zR").is_signal_frame
    assert rules_at(b"", augmentation=b"zRX", data=b"\x00abc").cfa_offset == 8
    unknown: dict[str, object] = {"augmentation": b"armcc+", "data": b""}
    writer, frames = made(b"", header=True, **unknown)
    with pytest.raises(BadData, match="augmentation"):
        frames.row(FileAddress(writer.text))
    writer, frames = made(b"", **unknown)  # without a table nobody says that it has these rules
    assert frames.row(FileAddress(writer.text)) is None
    assert "augmentation" in str(frames.problem)


def test_a_file_without_section_headers() -> None:
    writer, _ = made(b"\x0e\x10", header=True)
    info = CallFrameInfo(Image.from_bytes(writer.bytes(section_headers=False), "bare"))
    row = info.row(FileAddress(writer.text))
    assert row is not None and row.cfa_offset == 16
    assert info.row(FileAddress(writer.text + 64)) is None


def test_a_table_of_thousands() -> None:
    """The search in .eh_frame_hdr reads little and finds each."""
    writer = Writer(text=b"\x90" * 40_000)
    frames = cie()
    table = []
    for number in range(5000):
        start = writer.text + 8 * number
        table.append((start, len(frames)))
        frames += fde(frames, u64(start), u64(7), b"\x0e" + bytes([8 + 8 * (number % 8)]))
    address = writer.add(".eh_frame", 1, frames + bytes(4))
    add_header(writer, address, [(start, address + at) for start, at in table])
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    for number in (0, 1, 127, 128, 129, 2500, 4998, 4999):
        row = info.row(FileAddress(writer.text + 8 * number + 6))
        assert row is not None and row.cfa_offset == 8 + 8 * (number % 8)
        assert info.row(FileAddress(writer.text + 8 * number + 7)) is None  # a gap


@pytest.mark.parametrize(("version", "wide"), [(1, False), (3, False), (4, False), (4, True)])
def test_debug_frame(version: int, wide: bool) -> None:
    """32- and 64-bit DWARF; the CIE is named by its offset, and identified by all ones."""
    writer = Writer()

    def frame(identity: int, body: bytes) -> bytes:
        body = struct.pack("<Q" if wide else "<I", identity) + body
        body += b"\0" * (-len(body) % 4)
        return (
            b"\xff\xff\xff\xff" + struct.pack("<Q", len(body)) if wide else struct.pack("<I", len(body))
        ) + body

    head = (
        bytes([version]) + b"\0" + (b"\x08\0" if version == 4 else b"") + b"\x01\x78\x10\x0c\x07\x08\x90\x01"
    )
    first = frame((1 << (64 if wide else 32)) - 1, head)
    second = frame(0, u64(writer.text) + u64(32) + b"\x44\x0e\x10")
    writer.add(".debug_frame", 1, b"" + first + second, flags=0)
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    row = info.row(FileAddress(writer.text + 4))
    assert row is not None and (row.cfa_offset, row.rules[16]) == (16, Rule(OFFSET, -8))
    assert info.row(FileAddress(writer.text + 32)) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (b"\x3f", "unknown call-frame instruction 0x3f"),
        (b"\x0b", "not remembered"),
        (b"\x0a" * 600, "remembered"),
        (b"\x0e", "cut off"),
        (b"\x0f\x7f", "cut off"),
        (b"\x05\xff\xff\x7f\x01", "register number"),
        (b"\x0f\x01\x30\x0e\x08", "no register"),
    ],
)
def test_broken_instructions(code: bytes, says: str) -> None:
    writer = Writer()
    frames = cie(instructions=b"\x0c\x07\x08")
    body = entry(struct.pack("<I", len(frames) + 4), u64(writer.text) + u64(64) + b"\0" + code)
    # Without padding the last instruction has nothing behind it.
    cut = struct.pack("<I", 4 + 17 + len(code)) + body[4 : 8 + 17 + len(code)]
    writer.add(".eh_frame", 1, frames + cut)
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    with pytest.raises(BadData, match=says) as caught:
        info.row(FileAddress(writer.text))
    assert caught.value.file == "made"


def test_no_rule_for_the_cfa() -> None:
    with pytest.raises(BadData, match="CFA"):
        rules_at(b"", instructions=b"")


def test_a_header_that_lies() -> None:
    """A count beyond the table, a table out of order, places outside the section: BadData or nothing."""
    writer = Writer()
    frames = cie()
    at = len(frames)
    frames += fde(frames, u64(writer.text), u64(64), b"")
    address = writer.add(".eh_frame", 1, frames + bytes(4))
    add_header(writer, address, [(writer.text, address + at)], count=1 << 31)
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    assert info.row(FileAddress(writer.text)) is not None
    writer = Writer()
    address = writer.add(".eh_frame", 1, frames + bytes(4))
    add_header(writer, address, [(writer.text, address + 0x10000)])
    info = CallFrameInfo(Image.from_bytes(writer.bytes(), "made"))
    with pytest.raises(BadData):
        info.row(FileAddress(writer.text))


def ask_everything(data: bytes, text: int) -> None:
    try:
        info = CallFrameInfo(Image.from_bytes(data, "hostile"))
    except BadData:
        return
    for place in (*range(text, text + 70, 7), 0, 1 << 63):
        try:
            info.row(FileAddress(place))
        except BadData as error:
            assert str(error) and "\n" not in str(error)
    try:
        for number, _ in enumerate(info.functions()):
            assert number < 10_000
    except BadData:
        pass


def sample(header: bool) -> tuple[bytes, int, range]:
    """A file with everything, where .text is, and where its frames are."""
    writer = Writer()
    frames = cie(augmentation=b"zPLR", data=b"\x03" + bytes(4) + b"\x03\x00")
    first = len(frames)
    code = b"\x41\x0e\x10\x86\x02\x43\x0d\x06\x0a\x10\x03\x02\x77\x08\x0b\x02\x09\x0c\x07\x08"
    frames += fde(frames, u64(writer.text), u64(40), code)
    second = len(frames)
    frames += fde(frames, u64(writer.text + 40), u64(24), code)
    address = writer.add(".eh_frame", 1, frames + bytes(4))
    if header:
        add_header(writer, address, [(writer.text, address + first), (writer.text + 40, address + second)])
    old = frames[:4] + b"\xff\xff\xff\xff" + frames[8:second]
    writer.add(".debug_frame", 1, old[: second - 0], flags=0)
    begin = address - 0x400000
    return writer.bytes(), writer.text, range(begin, writer.offset)


@pytest.mark.parametrize("header", [True, False])
def test_mutations(header: bool) -> None:
    """Flipped, doubled and torn bytes: an answer or BadData, soon."""
    data, text, places = sample(header)
    ask_everything(data, text)
    chosen = random.Random(1)
    began = time.process_time()
    for _ in range(1500):
        mutated = bytearray(data)
        for _ in range(chosen.randrange(1, 4)):
            at = chosen.choice(places)
            mutated[at] = chosen.choice((0, 1, 0x7F, 0x80, 0xFF, chosen.randrange(256)))
        if chosen.random() < 0.2:
            at = chosen.choice(places)
            mutated[at : at + 4] = struct.pack("<I", chosen.choice((0, 3, 1 << 20, 0xFFFFFFF0, 0xFFFFFFFF)))
        ask_everything(bytes(mutated), text)
    assert time.process_time() - began < 30
    for size in range(places.start, places.stop, 5):
        ask_everything(data[:size], text)
