"""What the program declares: info functions, info variables, info types, info scope."""

from __future__ import annotations

import itertools

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Source"


@command("info functions [REGEXP...]", topic=TOPIC, needs="inferior")
def info_functions(session: Session, regexp: str) -> None:
    """List the functions in whose names a regular expression is found."""
    _tell(session, "functions", regexp)


@command("info variables [REGEXP...]", topic=TOPIC, needs="inferior")
def info_variables(session: Session, regexp: str) -> None:
    """List the variables outside functions in whose names a regular expression is found."""
    _tell(session, "variables", regexp)


@command("info types [REGEXP...]", topic=TOPIC, needs="inferior")
def info_types(session: Session, regexp: str) -> None:
    """List the types in whose names a regular expression is found."""
    _tell(session, "types", regexp)


def _tell(session: Session, kind: str, pattern: str) -> None:
    line = session.render.line
    known = session.program.declarations(kind, pattern)
    matching = f' matching regular expression "{pattern}"' if pattern else ""
    line(f"All {'' if pattern else 'defined '}{kind}{matching}:")
    ordered = sorted(known, key=lambda found: (found.path, found.name, found.line))
    for path, group in itertools.groupby(ordered, key=lambda found: found.path):
        if path:
            line("")
            line(f"File {path}:")
        for found in dict.fromkeys(group):  # instances of one template are one
            line(f"{found.line}:\t{found.text}" if found.line else f"\t{found.text}")
    if kind != "types" and pattern:
        _tell_symbols(session, kind, pattern, {found.name for found in known})


def _tell_symbols(session: Session, kind: str, pattern: str, told: set[str]) -> None:
    """List what only the ELF symbols know."""
    inferior = session.program
    found = []
    for symbol in inferior.symbols(pattern):
        mapped = [one for one in inferior.mappings if symbol.address in one] if session.is_alive else []
        is_code = any(one.is_executable for one in mapped)
        name = session.name_at(symbol.address) or symbol.name
        if not told & {name, symbol.name, name.partition("(")[0]} and is_code == (kind == "functions"):
            found.append((symbol.address, name))
    if found:
        session.render.line("")
        session.render.line("Non-debugging symbols:")
        for address, name in sorted(found):
            session.render.line(f"0x{address:016x}  {name}")


@command("info scope LOCATION...", topic=TOPIC, needs="inferior")
def info_scope(session: Session, location: str) -> None:
    """List the variables that can be seen at a location, with their types."""
    inferior = session.program
    found = inferior.variables_at(location)
    if not found:
        raise CommandError(f"Symbol table has no variables at {location}.")
    session.render.line(f"Scope for {location}:")
    for variable in found:
        size = variable.type.size
        length = f", length {size}" if size is not None else ""
        session.render.line(f"Symbol {variable.name} is {variable.type.declare(variable.name)}{length}.")
