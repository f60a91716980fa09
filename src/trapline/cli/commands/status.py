"""What is mapped and loaded: memory map, shared libraries, the program."""

from __future__ import annotations

import contextlib
import os

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import stops
from trapline.cli.registry import command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Status"


@command("info proc", topic=TOPIC)
def info_proc(session: Session) -> None:
    """Print the process id, its command line, its working directory and its program."""
    inferior = session.process
    words = [
        word.decode(errors="surrogateescape") if isinstance(word, bytes) else word for word in inferior.argv
    ]
    session.render.line(f"process {inferior.pid}")
    session.render.line(f"cmdline = '{' '.join(words)}'")
    with contextlib.suppress(OSError):
        session.render.line(f"cwd = '{os.readlink(f'/proc/{inferior.pid}/cwd')}'")
    session.render.line(f"exe = '{inferior.exe}'")


@command("info proc mappings", topic=TOPIC)
def info_proc_mappings(session: Session) -> None:
    """List the memory map: start and end load addresses, size, offset into the file, permissions, file."""
    inferior = session.process
    session.render.line(f"process {inferior.pid}")
    session.render.line("Mapped address spaces:")
    rows = [("Start Addr", "End Addr", "Size", "Offset", "Perms", "File")]
    rows += [
        (
            f"0x{one.start:016x}",
            f"0x{one.end:016x}",
            f"{one.size:#x}",
            f"{one.offset:#x}",
            one.permissions,
            one.path,
        )
        for one in inferior.mappings
    ]
    session.render.table(rows)


@command("info sharedlibrary", "info dll", topic=TOPIC, needs="")
def info_sharedlibrary(session: Session) -> None:
    """List the shared libraries that are loaded, with their load addresses and problems in reading them."""
    modules = session.program.modules[1:] if session.inferior is not None else ()
    rows = [("From", "To", "Syms Read", "Shared Object Library")]
    for module in modules:
        if not module.path.startswith("/"):
            continue  # the vDSO is in no file
        ranges = [(start, end) for name, start, end in module.sections() if name == ".text"] or module.ranges
        start, end = min((low for low, _ in ranges), default=0), max((high for _, high in ranges), default=0)
        read = "No" if module.problem else "Yes" if module.debug is not None else "Yes (*)"
        problem = f" ({module.problem})" if module.problem else ""
        rows.append((f"0x{start:016x} ", f"0x{end:016x} ", f"{read:<11}", module.path + problem))
    if not rows[1:]:
        session.render.line("No shared libraries loaded at this time.")
        return
    session.render.table(rows)
    if any(row[2].startswith("Yes (*)") for row in rows):
        session.render.line("(*): Shared library is missing debugging information.")


@command("info files", "info target", topic=TOPIC, needs="inferior")
def info_files(session: Session) -> None:
    """List the sections of every loaded file, and its load bias.

    The bias is a load address minus the address that objdump prints.
    """
    line = session.render.line
    program, *libraries = session.program.modules
    line(f'Symbols from "{program.path}", load bias {program.bias:#x}.')
    for name, start, end in program.sections():
        line(f"\t0x{start:016x} - 0x{end:016x} is {name}")
    for module in libraries:
        line(f"Load bias of {module.path} is {module.bias:#x}.")
        for name, start, end in module.sections():
            line(f"\t0x{start:016x} - 0x{end:016x} is {name} in {module.path}")


@command("info program", topic=TOPIC, needs="")
def info_program(session: Session) -> None:
    """Print what the program does: where and why it is stopped, or how it ended."""
    line = session.render.line
    inferior = session.inferior
    if inferior is None:
        line("The program being debugged is not being run.")
        return
    if not session.is_alive:
        if inferior.state == trapline.State.EXITED:
            stops.tell_exit(session, inferior)
        else:
            line(f"[Inferior 1 (process {inferior.pid}) detached]")
        return
    line(f"process {inferior.pid}: {inferior.exe}")
    try:
        line(f"Program stopped at {inferior.describe(inferior.frame.pc)}.")
    except DebuggerError as error:
        line(f"{error}")
        return
    if session.fresh:
        line("It stopped at its first instruction.")
    elif inferior.stop is not None:
        line(f"It stopped as: {inferior.stop}.")
