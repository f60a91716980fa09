"""Memory and code: x, disassemble, memory, and which symbol is where."""

from __future__ import annotations

from trapline.base.errors import DebuggerError, MemoryFault
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.cli.formats import Format
from trapline.cli.registry import CommandError, command
from trapline.cli.stops import line_shown

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.memory import InferiorMemory

TOPIC = "Data"
_MASK = (1 << 64) - 1
_IN_LINE = {("c", 1): 8, ("t", 1): 8, ("t", 2): 8, ("t", 4): 2, ("t", 8): 1, ("a", 8): 2, ("f", 8): 2}
"""Units in one line where gdb's number is not the one of the size alone."""


@command("x [EXPRESSION...]", topic=TOPIC, needs="inferior", formats=True, goes_on=True)
def x(session: Session, expression: str, form: str) -> None:
    """Show memory: `x/8xg $rsp`, `x/3i $pc`, `x/s name`; without EXPRESSION where the last `x` ended.

    FORMAT is a count, a letter (x d u o t c a f z, i for instructions, s for strings) and a size
    (b h w g: 1, 2, 4, 8 bytes); letter and size are remembered. After the program's end memory is what the
    files hold.
    """
    examine(session, expression, Format.parse(form))


def examine(session: Session, expression: str, asked: Format) -> None:
    """Print memory from where an expression points to, or from where the last one ended."""
    memory = session.examining
    letter, size = asked.letter or memory.letter, asked.size
    if letter == "a":
        size = size or 8
    elif letter == "c":
        size = size or 1
    elif letter == "f":
        size = size or (memory.size if memory.size >= 4 else 8)
    size = size or memory.size
    if expression:
        memory.address = session.address(expression)
    is_again = not (expression or asked.letter or asked.size or asked.units)
    count = memory.count if is_again else asked.units or 1
    memory.letter, memory.size, memory.count = letter, size, count
    if letter == "i":
        begin = memory.address
        memory.address = tell_code(session, begin, count)
        _remember(session, session.program.instruction_addresses(begin, count)[-1], 1, "d")
    elif letter == "s":
        memory.size = 1  # what is examined next, whatever this string's characters have
        _tell_strings(session, count, asked.size or 1)
    else:
        _tell_units(session, count)
        _remember(session, memory.address - size & _MASK, size, letter)


def _remember(session: Session, address: int, size: int, letter: str) -> None:
    """Set `$_` and `$__` to the last unit shown."""
    pointer, content = session.program.examined(address, size, letter)
    session.alone.convenience.update({"_": pointer, "__": content})


def _tell_units(session: Session, count: int) -> None:
    """Print units of memory, as many in a line as gdb does."""
    memory = session.examining
    size, letter = memory.size, memory.letter
    in_line = _IN_LINE.get((letter, size), {1: 8, 2: 8, 4: 4, 8: 2}[size])
    while count:
        number = min(count, in_line)
        cells = []
        start, fault = memory.address, None
        for _ in range(number):
            try:
                data = _memory(session).read(memory.address, size)
            except MemoryFault as error:
                fault = error
                break
            cells.append(session.unit_text(data, "z" if letter == "x" else letter))
            memory.address = memory.address + size & _MASK
        if cells:
            session.render.line(f"{_label(session, start)}:\t" + "\t".join(cells))
        if fault is not None:
            raise CommandError(f"Cannot access memory at address {fault.address:#x}")
        count -= number


def _label(session: Session, address: int) -> str:
    return session.program.describe(address)


def _memory(session: Session) -> InferiorMemory:
    """Return the program's memory; after its end what the files hold."""
    return session.program.memory if session.is_alive else session.program.file_memory


def _tell_strings(session: Session, count: int, size: int) -> None:
    """Print strings, each behind the other, of characters of 1, 2 or 4 bytes."""
    memory = session.examining
    if size not in (1, 2, 4):
        session.render.error("warning: Unable to display strings with size 'g', using 'b' instead.")
        size = 1
    settings = session.settings
    limits = {name: settings.limit(f"print {name}") or 1 << 16 for name in ("elements", "repeats")}
    for _ in range(count):
        text, length, pointer = session.program.examined_text(memory.address, size, **limits)
        session.render.line(f"{_label(session, memory.address)}:\t{text}")
        session.alone.convenience["_"] = pointer
        session.alone.convenience.pop("__", None)
        memory.address += length


def tell_code(session: Session, address: int, count: int) -> int:
    """Print instructions, `=>` at the pc; return the load address behind the last one."""
    inferior = session.program
    _memory(session).read(address, 1)
    lines = inferior.disassemble(address, count, flavor=str(session.settings["disassembly-flavor"]))
    for one in lines:
        _tell_instruction(session, one, _label(session, one.address))
    behind: int = lines[-1].address + lines[-1].size
    if len(lines) < count:
        raise CommandError(f"Cannot access memory at address {behind:#x}")
    return behind


def _tell_instruction(session: Session, one: Any, where: str, raw: bool = False) -> None:
    mark = "=>" if session.is_alive and one.address == session.process.frame.pc else "  "
    data = f"{one.bytes.hex(' ')}\t" if raw else ""
    session.render.line(f"{mark} {where}:\t{data}{one.text}")


@command("disassemble [LOCATION...]", "disas", topic=TOPIC, needs="inferior", formats=True)
def disassemble(session: Session, location: str, form: str) -> None:
    """Show the function at a location, where the program is without one; `=>` marks the pc.

    Where no symbol holds it, ten instructions from there. `START,END` and `START,+LENGTH` show a range.
    `/s` puts the source lines before their code, `/r` the bytes beside it.
    """
    if set(form) - set("smr"):
        raise CommandError(f"disassemble has no /{form}; /s shows source lines, /r the bytes")
    inferior = session.program
    start, comma, end = location.partition(",")
    if comma:
        first = session.address(start)
        length = end.strip()
        last = first + session.address(length[1:]) if length[:1] == "+" else session.address(length)
        _tell_range(session, first, last, form)
        return
    address = session.address(location) if location else session.process.frame.pc
    symbol = inferior.symbol(address)
    if symbol is None or not symbol.size:
        tell_code(session, address, 10)
        return
    session.render.line(
        f"Dump of assembler code for function {session.name_at(symbol.address) or symbol.name}:"
    )
    _tell_range(session, symbol.address, symbol.address + symbol.size, form, named=True)
    session.render.line("End of assembler dump.")


def _tell_range(session: Session, start: int, end: int, form: str, named: bool = False) -> None:
    """Print the instructions that begin in [start, end), load addresses."""
    inferior = session.program
    if not start < end <= start + (1 << 20):
        raise CommandError(f"a range from {start:#x} to {end:#x} cannot be shown; at most 1 MB")
    _memory(session).read(start, 1)
    shown: tuple[str, int] | None = None
    for one in inferior.disassemble(start, end - start, flavor=str(session.settings["disassembly-flavor"])):
        if one.address >= end:
            break
        if "s" in form or "m" in form:
            shown = _tell_line(session, one.address, shown)
        where = f"0x{one.address:016x} <+{one.address - start}>" if named else _label(session, one.address)
        _tell_instruction(session, one, where, "r" in form)


def _tell_line(session: Session, address: int, shown: tuple[str, int] | None) -> tuple[str, int] | None:
    """Print the source line of an address when it is another one than `shown`; return it."""
    location = session.program.line(address)
    if location is None:
        return shown
    here = location.path, location.line
    if here != shown:
        if shown is None or shown[0] != location.path:
            session.render.line(f"{location.path}:")
        session.render.line(f"{location.line}\t{line_shown(session, location)}")
    return here


@command("memory read ADDRESS [SIZE]", topic=TOPIC)
def memory_read(session: Session, address: str, size: str | None) -> None:
    """Print the 8 bytes at an address as one integer; with SIZE that many bytes, as integers of 8."""
    start = session.address(address)
    length = session.count(size, "SIZE") if size is not None else 8
    if length > 1 << 20:
        raise CommandError("at most 1 MB is read at a time")
    data = session.process.memory.read(start, length)
    for offset in range(0, length, 8):
        part = data[offset : offset + 8]
        head = f"{start + offset:#x}: " if length > 8 else ""
        session.render.line(f"{head}0x{int.from_bytes(part, 'little'):0{2 * len(part)}x}")


@command("memory write ADDRESS VALUE...", topic=TOPIC)
def memory_write(session: Session, address: str, value: str) -> None:
    """Write an integer of 8 bytes to an address."""
    start = session.address(address)
    session.process.memory.write_integer(start, int(session.evaluate(value)), 8)


@command("symbol NAME...", topic=TOPIC, needs="inferior")
def symbol(session: Session, name: str) -> None:
    """Print where a symbol is, its size in bytes and the file that defines it."""
    found = session.program.symbol(name)
    session.render.line(f"{found.name}: {found.address:#x}, {found.size} bytes, in {found.module}")


@command("info symbol ADDRESS...", topic=TOPIC, needs="inferior")
def info_symbol(session: Session, address: str) -> None:
    """Print which symbol an address is in, how far, and the file that defines it."""
    number = session.address(address)
    found = session.program.symbol(number)
    if found is None:
        raise CommandError(f"No symbol matches {address}.")
    offset = number - found.address
    name = session.program.demangled(found.name)
    section = next(
        (f" in section {name}" for name, start, end in _sections(session) if start <= number < end), ""
    )
    session.render.line(f"{name}{f' + {offset}' if offset else ''}{section} of {found.module}")


def _sections(session: Session) -> list[tuple[str, int, int]]:
    return [one for module in session.program.modules for one in module.sections()]


@command("info address NAME...", topic=TOPIC, needs="inferior")
def info_address(session: Session, name: str) -> None:
    """Print where a variable or a function is."""
    from trapline.inspection.untyped import is_untyped

    line = session.render.line
    if session.is_alive:
        frame = session.process.frame
        if name in frame.arguments or name in frame.locals:
            address = frame[name].address
            place = f"at address {address:#x} in this frame" if address is not None else "in no memory here"
            line(f'Symbol "{name}" is a variable {place}.')
            return
    try:
        value = session.evaluate(name)
        if is_untyped(value):
            raise CommandError("no debug information")
        kind = "a function" if value.is_function else "static storage"
        line(f'Symbol "{name}" is {kind} at address {value.place():#x}.')
    except DebuggerError:
        found = session.program.symbol(name)
        line(f'Symbol "{found.name}" is at {found.address:#x} in {found.module}, without debug information.')
