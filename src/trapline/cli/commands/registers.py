"""Registers: gdb's table, and the minidbg series' three commands."""

from __future__ import annotations

import contextlib
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
    """List the general registers of the selected frame, or those named (`rip`, `$xmm0`, `eax`)."""
    wanted = [name.lstrip("$%") for name in re.split(r"[\s,]+", names) if name]
    inferior = session.process
    found = {}
    for name in wanted or list(inferior.thread.registers):
        try:
            found[name] = _tell(session, name)
        except VariableNotFound:
            if wanted or not inferior.frame.level:
                raise
            # A caller's frame does not know them all until call-frame information is read.
            session.render.line(f"{name:<14} <not known in this frame>")
    session.note(registers=found)


def _tell(session: Session, name: str) -> str:
    """Print a register's name, its bits, and its value as its type shows it; return its bits."""
    value = _register(session, name)
    natural = value.format(top=False)
    if value.unavailable is not None:
        raise VariableNotFound(f"{name}: {value.unavailable}", name=name)
    bits = f"{int.from_bytes(bytes(value), 'little'):#x}"
    session.render.line(f"{name:<14} {bits:<20}{natural}")
    return bits


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
    if names:
        info_registers(session, names)
        return
    registers = session.process.thread.registers
    for name in dict.fromkeys([*registers, *dir(registers)]):
        with contextlib.suppress(VariableNotFound):  # this processor has none, or the frame does not know it
            _tell(session, name)


@command("register read NAME", topic=TOPIC)
def register_read(session: Session, name: str) -> None:
    """Print a register of the selected frame: `register read rip`."""
    value = _register(session, name.lstrip("$%"))
    session.render.line(f"0x{int.from_bytes(bytes(value), 'little'):016x}")


@command("register write NAME VALUE", topic=TOPIC)
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
