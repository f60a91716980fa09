"""Registers: gdb's table, and the minidbg series' three commands."""

from __future__ import annotations

import re

from trapline.base.errors import VariableNotFound
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.value import Value

TOPIC = "Registers"


@command("info registers [NAMES...]", topic=TOPIC)
def info_registers(session: Session, names: str) -> None:
    """List the general registers of the selected frame, or those named (`rip`, `$xmm0`, `eax`).

    A name may be that of a group: `general`, `float`, `vector`, `system` or `all`.
    """
    found = {}
    for word in re.split(r"[\s,]+", names) if names else ["general"]:
        name = word.lstrip("$%")
        group = _group(session, name)
        for one in [name] if group is None else group:
            try:
                found[one] = _tell(session, one)
            except VariableNotFound:
                if group is None:
                    raise
                if name == "general" and session.process.frame.level:
                    session.render.line(f"{one:<14} <not known in this frame>")
    session.note(registers=found)


def _group(session: Session, name: str) -> list[str] | None:
    """Return the names of a group's registers, None where a name is no group's."""
    registers = session.process.thread.registers
    if name == "general":
        return list(registers)
    groups = registers.groups()
    if name == "all":
        named = [one for group in groups.values() for one in group]
        return list(dict.fromkeys([*registers, *named, *dir(registers)]))
    return list(groups[name]) if name in groups else None


def _tell(session: Session, name: str) -> str:
    """Print a register's name and its value as its type shows it, with its bits; return its bits."""
    value = _register(session, name)
    natural = value.format(top=False)
    if value.unavailable is not None:
        raise VariableNotFound(f"{name}: {value.unavailable}", name=name)
    data = int.from_bytes(bytes(value), "little")
    if _VECTOR.fullmatch(name):
        session.render.line(f"{name:<14} {natural}")
    elif _FLOAT.fullmatch(name):
        session.render.line(f"{name:<14} {natural:<19} (raw 0x{data:020x})")
    else:
        session.render.line(f"{name:<14} {f'{data:#x}':<19} {natural}")
    return f"{data:#x}"


_VECTOR = re.compile(r"[xyz]mm\d+")
_FLOAT = re.compile(r"st\d")


def _register(session: Session, name: str) -> Value:
    """Return a register of the selected frame.

    Raises:
        VariableNotFound: there is none of that name.
    """
    value = session.evaluate(f"${name}")
    if value.type.size is None:
        getattr(session.process.thread.registers, name)  # says which names are near
    return value


@command("info all-registers [NAMES...]", topic=TOPIC)
def info_all_registers(session: Session, names: str) -> None:
    """List every register of the selected frame, or those named: vector, x87 and parts of others, too."""
    info_registers(session, names or "all")


@command("info vector", topic=TOPIC)
def info_vector(session: Session) -> None:
    """List the vector registers and their control word."""
    info_registers(session, "vector")


@command("info float", topic=TOPIC)
def info_float(session: Session) -> None:
    """Print the x87 unit: its stack, what its status and control words say, its last instruction.

    Source: Intel SDM vol. 1 §8.1; the form is gdb 13's, i387_print_float_info.
    """
    line, registers = session.render.line, session.process.thread.registers
    status, control, tags = (registers[name] for name in ("fstat", "fctrl", "ftag"))
    top = status >> 11 & 7
    for number in range(7, -1, -1):
        tag, mark = tags >> 2 * number & 3, "=>" if number == top else "  "
        value = _register(session, f"st{(number - top) % 8}")
        raw = int.from_bytes(bytes(value), "little")
        text = value.format(top=False) if tag != _EMPTY else ""
        sign = "+" if text and text[0] != "-" else ""
        line(f"{mark}R{number}: {_TAGS[tag]:<7} 0x{raw:020x} {sign}{text}".rstrip())
    line("")
    line(f"Status Word:         0x{status:04x}  {_bits(status, _STATUS)}".rstrip())
    line(f"                       TOP: {top}")
    line(f"Control Word:        0x{control:04x}  {_bits(control, _CONTROL)}".rstrip())
    line(f"                       PC: {_PRECISION[control >> 8 & 3]}")
    line(f"                       RC: {_ROUNDING[control >> 10 & 3]}")
    line(f"Tag Word:            0x{tags:04x}")
    line(f"Instruction Pointer: 0x{registers['fiseg']:02x}:0x{registers['fioff']:08x}")
    line(f"Operand Pointer:     0x{registers['foseg']:02x}:0x{registers['fooff']:08x}")
    line(f"Opcode:              0x{registers['fop'] | 0xD800 if registers['fop'] else 0:04x}")


_TAGS = ("Valid", "Zero", "Special", "Empty")
_EMPTY = 3
_STATUS = {
    0: "IE",
    1: "DE",
    2: "ZE",
    3: "OE",
    4: "UE",
    5: "PE",
    7: "ES",
    6: "SF",
    8: "C0",
    9: "C1",
    10: "C2",
    14: "C3",
}
_CONTROL = {0: "IM", 1: "DM", 2: "ZM", 3: "OM", 4: "UM", 5: "PM"}
_PRECISION = (
    "Single Precision (24-bits)",
    "Reserved",
    "Double Precision (53-bits)",
    "Extended Precision (64-bits)",
)
_ROUNDING = ("Round to nearest", "Round down", "Round up", "Round toward zero")


def _bits(word: int, names: dict[int, str]) -> str:
    """Return the names of the bits that are set."""
    return "".join(f" {name}" for bit, name in names.items() if word >> bit & 1)


@command("register read NAME", topic=TOPIC)
def register_read(session: Session, name: str) -> None:
    """Print a register of the selected frame: `register read rip`."""
    value = _register(session, name.lstrip("$%"))
    session.render.line(f"0x{int.from_bytes(bytes(value), 'little'):016x}")


@command("register write NAME VALUE...", topic=TOPIC)
def register_write(session: Session, name: str, value: str) -> None:
    """Write a register of the selected thread: `register write rax 0x2a`."""
    inferior = session.process
    if inferior.frame.level:
        raise CommandError("a register can be set in the innermost frame only: `frame 0` first")
    inferior.thread.registers[name.lstrip("$%")] = int(session.evaluate(value))


@command("register dump", topic=TOPIC)
def register_dump(session: Session) -> None:
    """Print the general registers of the selected thread, one `name 0x...` a line."""
    registers = session.process.thread.registers
    for name in registers:
        session.render.line(f"{name} 0x{registers[name]:016x}")
