"""What the program declares: info functions, info variables, info types, info scope."""

from __future__ import annotations

import itertools

from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.locations import meant
from trapline.cli.registry import CommandError, command
from trapline.cli.selection import Selection

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Source"
_OPTIONS = ("-n", "-q", "-t")
_QUIET = ("-q",)
_CODE = (".text", ".init", ".fini", ".plt")
"""How the names of sections with code begin."""


@command("info functions [REGEXP...]", topic=TOPIC, needs="inferior", options=_OPTIONS)
def info_functions(session: Session, regexp: str) -> None:
    """List the functions in whose names a regular expression is found.

    Before it `-t TYPE` is one for their types, `-n` leaves out what only the linker knows, `-q` the head of
    an empty list.
    """
    _tell(session, "functions", regexp)


@command("info variables [REGEXP...]", topic=TOPIC, needs="inferior", options=_OPTIONS)
def info_variables(session: Session, regexp: str) -> None:
    """List the variables outside functions in whose names a regular expression is found.

    Before it `-t TYPE` is one for their types, `-n` leaves out what only the linker knows, `-q` the head of
    an empty list.
    """
    _tell(session, "variables", regexp)


@command("info types [REGEXP...]", topic=TOPIC, needs="inferior", options=_QUIET)
def info_types(session: Session, regexp: str) -> None:
    """List the types in whose names a regular expression is found; `-q` before it: no head of none."""
    _tell(session, "types", regexp)


def _tell(session: Session, kind: str, text: str) -> None:
    line = session.render.line
    asked = Selection.parse(text, f"info {kind}", _OPTIONS if kind != "types" else _QUIET)
    pattern = asked.pattern
    known = session.program.declarations(kind, pattern)
    if asked.type:
        fits = compiled(asked.type).search
        known = tuple(found for found in known if fits(found.type))
    matching = f' matching regular expression "{pattern}"' if pattern else ""
    typed = f' with type matching regular expression "{asked.type}"' if asked.type else ""
    if not asked.is_quiet:
        space = " " if typed and not pattern else ""
        line(f"All {'' if pattern else 'defined '}{kind}{matching}{typed}{space}:")
    # As gdb has it: what no file declares is last, what is static behind others.
    ordered = sorted(known, key=lambda one: one.name if one.file else one.text)
    ordered.sort(key=lambda one: (not one.file, one.file, one.text.startswith("static ")))
    for file, group in itertools.groupby(ordered, key=lambda found: found.file):
        line("")
        if file:
            line(f"File {file}:")
        for found in dict.fromkeys(group):  # instances of one template are one
            line(f"{found.line}:\t{found.text}" if found.line else f"\t{found.text}")
    if kind != "types" and pattern and not (asked.only_debug or asked.type):
        _tell_symbols(session, kind, pattern, {found.name for found in known})


def _tell_symbols(session: Session, kind: str, pattern: str, told: set[str]) -> None:
    """List what only the ELF symbols know."""
    inferior = session.program
    sections = [one for module in inferior.modules for one in module.sections()]
    code = [(start, end) for name, start, end in sections if name.startswith(_CODE) and "_array" not in name]
    found = []
    # By address: symbols of one unit follow each other, whose lines are looked at.
    for symbol in sorted(inferior.symbols(pattern), key=lambda one: one.address):
        is_code = any(start <= symbol.address < end for start, end in code)
        if is_code != (kind == "functions") or (is_code and inferior.line(symbol.address) is not None):
            continue
        name = session.name_at(symbol.address) or symbol.name
        if not told & {name, symbol.name, name.partition("(")[0], name.partition("[abi:")[0]}:
            found.append((symbol.address, name))
    if found:
        session.render.line("")
        session.render.line("Non-debugging symbols:")
        for address, name in sorted(found):
            session.render.line(f"0x{address:016x}  {name}")


@command("demangle NAME", topic=TOPIC, needs="inferior")
def demangle(session: Session, name: str) -> None:
    """Print a symbol's name as people write it."""
    shown = session.program.demangled(name)
    if shown == name:
        raise CommandError(f'Can\'t demangle "{name}"')
    session.render.line(shown)


@command("info scope LOCATION...", topic=TOPIC, needs="inferior")
def info_scope(session: Session, location: str) -> None:
    """List the variables that can be seen at a location, with their types."""
    inferior = session.program
    found = inferior.variables_at(meant(session, location))
    if not found:
        raise CommandError(f"Symbol table has no variables at {location}.")
    session.render.line(f"Scope for {location}:")
    for variable in found:
        size = variable.type.size
        length = f", length {size}" if size is not None else ""
        session.render.line(f"Symbol {variable.name} is {variable.type.declare(variable.name)}{length}.")
