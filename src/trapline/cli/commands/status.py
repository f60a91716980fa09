"""What is loaded: shared libraries, sections, sources; the program as a whole."""

from __future__ import annotations

import os

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli import stops
from trapline.cli.registry import command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Status"


@command("info sharedlibrary [REGEXP...]", "info dll", topic=TOPIC, needs="")
def info_sharedlibrary(session: Session, regexp: str) -> None:
    """List the shared libraries that are loaded, with their load addresses and problems in reading them.

    REGEXP is found in the paths of those to list.
    """
    wanted = compiled(regexp)
    modules = session.program.modules[1:] if session.inferior is not None else ()
    rows = [("From", "To", "Syms Read", "Shared Object Library")]
    for module in modules:
        if not module.path.startswith("/") or not wanted.search(module.path):
            continue  # the vDSO is in no file
        ranges = [(start, end) for name, start, end in module.sections() if name == ".text"] or module.ranges
        start, end = min((low for low, _ in ranges), default=0), max((high for _, high in ranges), default=0)
        read = "No" if module.problem else "Yes" if module.debug is not None else "Yes (*)"
        problem = f" ({module.problem})" if module.problem else ""
        rows.append((f"0x{start:016x} ", f"0x{end:016x} ", f"{read:<11}", module.path + problem))
    if not rows[1:]:
        none = "matched" if regexp and len(modules) else "loaded at this time"
        session.render.line(f"No shared libraries {none}.")
        return
    session.render.table(rows)
    if any(row[2].startswith("Yes (*)") for row in rows):
        session.render.line("(*): Shared library is missing debugging information.")


@command("info sources [REGEXP...]", topic=TOPIC, needs="inferior", options=("-basename", "-dirname"))
def info_sources(session: Session, regexp: str) -> None:
    """List the source files of the program and of each library, those in whose paths REGEXP is found.

    `-basename` before it looks for REGEXP in the files' names alone, `-dirname` in their directories.
    """
    option, _, rest = regexp.partition(" ")
    part = {"-basename": os.path.basename, "-dirname": os.path.dirname}.get(option, str)
    regexp = regexp if part is str else rest.strip()
    wanted = compiled(regexp)
    for module in session.program.modules:
        paths = module.debug.lines.files.paths() if module.debug is not None else []
        found = [path for path in paths if wanted.search(part(path))]
        if found or not regexp:
            session.render.line(f"{module.path}:")
            for path in found or ["(no debug information)"]:
                session.render.line(f"  {path}")


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
            line(f"[Inferior {inferior.number} (process {inferior.pid}) detached]")
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
