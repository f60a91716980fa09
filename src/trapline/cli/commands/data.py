"""Values, memory and code: print, x, set, disassemble, memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trapline.base.errors import MemoryFault
from trapline.cli.expression import Value, assign
from trapline.cli.registry import CommandError, command
from trapline.cli.render import c_string

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Data"
_SIZES = {"b": 1, "h": 2, "w": 4, "g": 8}
_LETTERS = "xduotcaszi"
_MASK = (1 << 64) - 1


# -- formats -------------------------------------------------------------------------------------


def _parse_format(text: str) -> tuple[int, str, int]:
    """Return count, letter ("" when none) and size in bytes (0 when none) of `8xg`.

    Raises:
        CommandError: it is no format.
    """
    digits = text[: len(text) - len(text.lstrip("-0123456789"))]
    letter, size = "", 0
    for one in text[len(digits) :]:
        if one in _SIZES:
            size = _SIZES[one]
        elif one in _LETTERS:
            letter = one
        else:
            raise CommandError(f"no format {one!r}: x d u o t c a s i z, with sizes b h w g")
    if digits and not digits.isdigit():
        raise CommandError(f"{digits!r} is no count")
    count = int(digits) if digits and len(digits) < 8 else 1
    if (digits and len(digits) >= 8) or (digits and not 1 <= count <= 1_000_000):
        raise CommandError(f"a count of {digits} is out of range")
    return count, letter, size


def shown(session: Session, number: int, letter: str, size: int, signed: bool = True) -> str:
    """Return an integer of `size` bytes in gdb's format `letter`."""
    bits = 8 * size
    plain = number & (1 << bits) - 1
    negative = plain - (1 << bits) if plain >> bits - 1 else plain
    match letter:
        case "x":
            return f"{plain:#x}"
        case "z":
            return f"0x{plain:0{2 * size}x}"
        case "o":
            return f"0{plain:o}" if plain else "0"
        case "t":
            return f"{plain:b}"
        case "u":
            return str(plain)
        case "c":
            byte = plain & 0xFF
            return f"{byte - 256 if byte > 127 else byte} {_character(byte)}"
        case "a":
            return session.program.describe(plain)
        case "d":
            return str(negative)
        case _:
            return str(negative if signed else plain)


def _character(byte: int) -> str:
    if byte == 39:
        return "'\\''"
    if byte == 34:
        return "'\"'"
    return f"'{c_string(bytes([byte]))[1:-1]}'"


def describe(session: Session, value: Value) -> str:
    """Return a value as `print` shows it without a format."""
    number = value.number
    match value.kind:
        case "code":
            return f"(void (*)()) {session.program.describe(number)}"
        case "symbol":
            address = session.program.describe(number)
            if not session.is_alive:
                return address
            if _is_code(session, number):
                return f"{{<text variable, no debug info>}} {address}"
            return f"(<data variable, no debug info> *) {address}"
        case "data" | "pointer":
            return f"(void *) {session.program.describe(number & _MASK)}"
        case "flags":
            return value.text
        case "wide":
            return f"{number:#x}"
        case _:
            return shown(session, number, "", value.size, value.signed)


def _is_code(session: Session, address: int) -> bool:
    return any(address in one and one.is_executable for one in session.program.mappings)


# -- commands ------------------------------------------------------------------------------------


@command("print [EXPRESSION...]", "p", "inspect", topic=TOPIC, needs="", formats=True)
def print_(session: Session, expression: str, form: str) -> None:
    """Print the value of an expression, and keep it as `$1`, `$2` and so on.

    Registers (`$rax`, `$pc`), integers, C's arithmetic, symbols (their addresses), memory (`*0x404028`,
    `{long}0x404028`) and earlier values (`$1`, `$`, `$$`). FORMAT is x d u o t c a or z.
    """
    count, letter, _ = _parse_format(form)
    if count != 1 or letter in ("i", "s"):
        raise CommandError(f"print has no format /{form}; `x/{form} ADDRESS` shows memory")
    value = session.evaluate(expression or "$")
    size = value.size
    if value.kind == "wide" and letter:
        size = max(16, (value.number.bit_length() + 7) // 8)
    text = shown(session, value.number, letter, size) if letter else describe(session, value)
    session.render.line(f"${session.remember(value)} = {text}")


@command("x [EXPRESSION...]", topic=TOPIC, formats=True, repeats=True)
def x(session: Session, expression: str, form: str) -> None:
    """Show memory: `x/8xg $rsp`, `x/3i $pc`, `x/s 0x402004`; without EXPRESSION where the last `x` ended.

    FORMAT is a count, a letter (x d u o t c a z, i for instructions, s for strings) and a size
    (b h w g: 1, 2, 4, 8 bytes); letter and size are remembered.
    """
    count, letter, size = _parse_format(form)
    memory = session.examining
    letter = letter or memory.letter
    if letter == "a":
        size = size or 8
    elif letter == "c":
        size = size or 1
    size = size or memory.size
    if expression:
        memory.address = session.evaluate(expression).number & _MASK
    memory.letter, memory.size = letter, size
    if letter == "i":
        memory.address = _tell_code(session, memory.address, count)
    elif letter == "s":
        _tell_strings(session, count)
    else:
        _tell_units(session, count)


def _tell_units(session: Session, count: int) -> None:
    """Print units of memory, as many in a line as gdb does."""
    memory = session.examining
    size, letter = memory.size, memory.letter
    in_line = {("c", 1): 8, ("t", 1): 8, ("t", 2): 8, ("t", 4): 2, ("t", 8): 1, ("a", 8): 2}.get(
        (letter, size), {1: 8, 2: 8, 4: 4, 8: 2}[size]
    )
    while count:
        number = min(count, in_line)
        cells = []
        start, fault = memory.address, None
        for _ in range(number):
            try:
                unit = session.process.memory.read_integer(memory.address, size)
            except MemoryFault as error:
                fault = error
                break
            cells.append(shown(session, unit, "z" if letter == "x" else letter, size))
            memory.address = memory.address + size & _MASK
        if cells:
            session.render.line(f"{_label(session, start)}:\t" + "\t".join(cells))
        if fault is not None:
            raise CommandError(f"Cannot access memory at address {fault.address:#x}")
        count -= number


def _label(session: Session, address: int) -> str:
    return session.process.describe(address)


def _tell_strings(session: Session, count: int) -> None:
    memory = session.examining
    for _ in range(count):
        try:
            text = session.process.memory.read_c_string(memory.address, 200)
        except MemoryFault as error:
            raise CommandError(f"Cannot access memory at address {error.address:#x}") from None
        more = "..." if len(text) == 200 else ""
        session.render.line(f"{_label(session, memory.address)}:\t{c_string(text)}{more}")
        memory.address += len(text) + (0 if more else 1)


def _tell_code(session: Session, address: int, count: int) -> int:
    """Print instructions, `=>` at the pc; return the load address behind the last one."""
    inferior = session.process
    inferior.memory.read(address, 1)
    lines = inferior.disassemble(address, count)
    for one in lines:
        _tell_instruction(session, one, _label(session, one.address))
    behind: int = lines[-1].address + lines[-1].size
    if len(lines) < count:
        raise CommandError(f"Cannot access memory at address {behind:#x}")
    return behind


def _tell_instruction(session: Session, one: Any, where: str) -> None:
    mark = "=>" if one.address == session.process.frame.pc else "  "
    session.render.line(f"{mark} {where}:\t{one.text}")


@command("disassemble [LOCATION...]", "disas", topic=TOPIC)
def disassemble(session: Session, location: str) -> None:
    """Show the function at a location, where the program is without one; `=>` marks the pc.

    Where no symbol holds it, ten instructions from there. `START,END` and `START,+LENGTH` show a range.
    """
    inferior = session.process
    start, comma, end = location.partition(",")
    if comma:
        first = session.evaluate(start).number & _MASK
        length = end.strip()
        last = (
            first + session.evaluate(length[1:]).number
            if length[:1] == "+"
            else session.evaluate(length).number
        )
        _tell_range(session, first, last)
        return
    address = session.evaluate(location).number & _MASK if location else inferior.frame.pc
    symbol = inferior.symbol(address)
    if symbol is None or not symbol.size:
        _tell_code(session, address, 10)
        return
    session.render.line(f"Dump of assembler code for function {symbol.name}:")
    _tell_range(session, symbol.address, symbol.address + symbol.size, named=True)
    session.render.line("End of assembler dump.")


def _tell_range(session: Session, start: int, end: int, named: bool = False) -> None:
    """Print the instructions that begin in [start, end), load addresses."""
    inferior = session.process
    if not start < end <= start + (1 << 20):
        raise CommandError(f"a range from {start:#x} to {end:#x} cannot be shown; at most 1 MB")
    inferior.memory.read(start, 1)
    for one in inferior.disassemble(start, end - start):
        if one.address >= end:
            break
        where = f"0x{one.address:016x} <+{one.address - start}>" if named else _label(session, one.address)
        _tell_instruction(session, one, where)


@command("set ASSIGNMENT...", topic=TOPIC, needs="")
def set_(session: Session, assignment: str) -> None:
    """Write a register or memory: `set $rax = 5`, `set {int}0x404028 = 5`, or change a setting.

    `set listsize 20` changes a setting (`show` lists them); `set variable E = V` is always an assignment.
    """
    text = assignment.removeprefix("variable ").removeprefix("var ")
    if text == assignment:
        declared, value = session.settings.match(assignment)
        if declared is not None and not value.startswith("="):
            session.settings.assign(declared, value)
            return
    session.require("process")
    target, equals, value = text.partition("=")
    if not equals or not target.strip() or not value.strip():
        raise CommandError(f"{assignment!r} is no assignment; usage: set $rax = 5, set {{int}}0x404028 = 5")
    assign(session, target.strip(), value)


@command("memory read ADDRESS [SIZE]", topic=TOPIC)
def memory_read(session: Session, address: str, size: str | None) -> None:
    """Print the 8 bytes at an address as one integer; with SIZE that many bytes, as integers of 8."""
    start = session.evaluate(address).number & _MASK
    length = session.count(size, "SIZE") if size is not None else 8
    if length > 1 << 20:
        raise CommandError("at most 1 MB is read at a time")
    data = session.process.memory.read(start, length)
    for offset in range(0, length, 8):
        part = data[offset : offset + 8]
        head = f"{start + offset:#x}: " if length > 8 else ""
        session.render.line(f"{head}0x{int.from_bytes(part, 'little'):0{2 * len(part)}x}")


@command("memory write ADDRESS VALUE", topic=TOPIC)
def memory_write(session: Session, address: str, value: str) -> None:
    """Write an integer of 8 bytes to an address."""
    start = session.evaluate(address).number & _MASK
    session.process.memory.write_integer(start, session.evaluate(value).number, 8)


# -- symbols -------------------------------------------------------------------------------------


@command("symbol NAME...", topic=TOPIC, needs="inferior")
def symbol(session: Session, name: str) -> None:
    """Print where a symbol is, its size in bytes and the file that defines it."""
    found = session.program.symbol(name)
    session.render.line(f"{found.name}: {found.address:#x}, {found.size} bytes, in {found.module}")


@command("info symbol ADDRESS...", topic=TOPIC, needs="inferior")
def info_symbol(session: Session, address: str) -> None:
    """Print which symbol an address is in, how far, and the file that defines it."""
    number = session.evaluate(address).number & _MASK
    found = session.program.symbol(number)
    if found is None:
        raise CommandError(f"No symbol matches {address}.")
    offset = number - found.address
    session.render.line(f"{found.name}{f' + {offset}' if offset else ''} of {found.module}")


@command("info address NAME...", topic=TOPIC, needs="inferior")
def info_address(session: Session, name: str) -> None:
    """Print where a symbol is."""
    found = session.program.symbol(name)
    session.render.line(f'Symbol "{found.name}" is at {found.address:#x} in a file without line information.')
