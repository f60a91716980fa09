"""Memory and files: dump, append, restore, compare-sections."""

from __future__ import annotations

import os
from collections.abc import Iterator

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Data"
_PIECE = 1 << 20  # bytes read at a time
_FORMATS = ("srec", "ihex", "tekhex", "verilog")


@command("dump FORMAT...", topic=TOPIC)
def dump(session: Session, format: str) -> None:  # noqa: A002 - what the user reads in the usage
    """Write memory or a value to a file: `dump memory FILE START END`, `dump value FILE EXPRESSION`.

    END is the address behind the last byte. `binary` may stand before `memory` and `value`; it is the only
    form of files that there is.
    """
    _write(session, "dump", format, "wb")


@command("append FORMAT...", topic=TOPIC)
def append(session: Session, format: str) -> None:  # noqa: A002 - what the user reads in the usage
    """Write memory or a value behind what a file has; as `dump`."""
    _write(session, "append", format, "ab")


def _write(session: Session, name: str, text: str, mode: str) -> None:
    kind, _, rest = text.partition(" ")
    if kind == "binary":
        kind, _, rest = rest.strip().partition(" ")
    if kind in _FORMATS:
        raise CommandError(f"{name} {kind} is not there: files are binary")
    file, _, what = rest.strip().partition(" ")
    if kind not in ("memory", "value") or not what.strip():
        raise CommandError(f"usage: {name} memory FILE START END, {name} value FILE EXPRESSION")
    pieces = _memory(session, what) if kind == "memory" else iter([bytes(session.evaluate(what))])
    first = next(pieces)  # what cannot be read at all leaves the file as it is
    with open(os.path.expanduser(file), mode) as stream:
        stream.write(first)
        for piece in pieces:
            stream.write(piece)


def _memory(session: Session, text: str) -> Iterator[bytes]:
    """Yield what is in memory between two addresses, which may have no spaces in them.

    Raises:
        MemoryFault: not all of it can be read.
    """
    start, _, end = text.strip().partition(" ")
    if not end:
        raise CommandError("Missing stop address.")
    low, high = session.address(start), session.address(end)
    if high <= low:
        raise CommandError("Invalid memory address range (start >= end).")
    memory = session.process.memory
    reached = low
    for one in session.process.mappings:
        if one.start <= reached < one.end and one.permissions.startswith("r"):
            reached = one.end
    if reached < high:
        memory.read(reached, 1)  # which raises, before the file is touched
    for at in range(low, high, _PIECE):
        yield memory.read(at, min(_PIECE, high - at))


@command("restore FILE TEXT...", topic=TOPIC)
def restore(session: Session, file: str, text: str) -> None:
    """Write a file into memory: `restore FILE binary ADDRESS`, with START and END bytes of it behind that."""
    word, _, rest = text.partition(" ")
    parts = rest.split()
    if word != "binary" or not 1 <= len(parts) <= 3:
        raise CommandError("usage: restore FILE binary ADDRESS [START [END]]")
    start = session.count(parts[1], "START", least=0) if len(parts) > 1 else 0
    with open(os.path.expanduser(file), "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        end = min(session.count(parts[2], "END", least=0), size) if len(parts) > 2 else size
        if start >= end:
            raise CommandError(f"{file} has no bytes from {start} to {end}: it has {size}")
        address = session.address(parts[0]) + start
        session.render.line(
            f"Restoring binary file {file} into memory ({address:#x} to {address + end - start:#x})"
        )
        stream.seek(start)
        left = end - start
        while left:
            data = stream.read(min(_PIECE, left))
            if not data:
                raise CommandError(f"{file} has become shorter")
            session.process.memory.write(address, data)
            address, left = address + len(data), left - len(data)


@command("compare-sections [SECTION]", topic=TOPIC)
def compare_sections(session: Session, section: str | None) -> None:
    """Say of the program's sections whether memory is what the file has; of SECTION, or with -r of read-only.

    Data is written to while the program runs, by the loader first of all; code that differs was patched.
    """
    program = session.process.modules[0]
    known = program.filled_sections()
    wanted = [
        one for one in known if section in (None, one.name) or (section == "-r" and not one.is_writable)
    ]
    if not wanted:
        raise CommandError(f"No loaded section named '{section}'.")
    differ = False
    for one in wanted:
        same = _is_as_in_file(session, one.start, one.end)
        differ = differ or not same
        outcome = "matched." if same else "MIS-MATCHED!"
        session.render.line(f"Section {one.name}, range {one.start:#x} -- {one.end:#x}: {outcome}")
    if differ:
        session.render.error("warning: sections of the program in memory do not match its file")


def _is_as_in_file(session: Session, start: int, end: int) -> bool:
    inferior = session.process
    for at in range(start, end, _PIECE):
        size = min(_PIECE, end - at)
        if inferior.memory.read(at, size) != inferior.file_memory.read(at, size):
            return False
    return True
