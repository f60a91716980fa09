"""The preprocessor's macros: info macro, info macros, macro expand, macro define."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.macros import Definition, MacroScope

TOPIC = "Source"


@command("info macro [NAME...]", topic=TOPIC, needs="inferior", options=("-all",))
def info_macro(session: Session, name: str) -> None:
    """Print what a macro of C or C++ is defined as at the selected frame's line, and where.

    `-a` before NAME prints all its definitions in the file that was compiled. Macros are known of what gcc
    compiled with -g3 and clang with -fdebug-macro.
    """
    words = name.split()
    wants_all = bool(words) and words[0] in ("-a", "-all")
    words = words[wants_all:]
    if words and words[0] == "--":
        words = words[1:]
    elif words and words[0].startswith("-"):
        raise CommandError(f"info macro has no {words[0]}; there is -a")
    if len(words) != 1:
        raise CommandError("info macro needs the name of one macro; usage: info macro [-a] NAME")
    session.share()
    macros = session.program.macros()
    found = [] if wants_all else [macros.definition(words[0])]
    for definition in macros.definitions_of(words[0]) if wants_all else found:
        if definition is not None:
            _tell(session, definition)
    if found == [None]:
        own = macros.find(words[0])
        if own is not None:
            session.render.line(f"macro define {own.signature} {own.body}")
            return
        _tell_none(session, words[0], macros)


def _tell_none(session: Session, name: str, macros: MacroScope) -> None:
    source = macros.source
    at = f"{source.path}:{source.line}" if macros.is_described and source is not None else "<user-defined>:-1"
    session.render.line(f"The symbol `{name}' has no definition as a C/C++ preprocessor macro")
    session.render.line(f"at {at}")


def _tell(session: Session, definition: Definition) -> None:
    line = session.render.line
    (path, number), *outer = definition.sources
    line(f"Defined at {path}:{number}")
    for path, at in outer:
        line(f"  included at {path}:{at}")
    macro = definition.macro
    line(f"#define {macro.signature} {macro.body}" if number else f"-D{macro.signature}={macro.body}")


@command("info macros [LOCATION...]", topic=TOPIC, needs="inferior")
def info_macros(session: Session, location: str) -> None:
    """Print the definitions of all macros that hold at a location, or at the selected frame's line."""
    macros = session.program.macros(location or None)
    if not macros.is_described:
        raise CommandError(
            "no macros are known of this code: gcc records them with -g3, clang with -g -fdebug-macro"
        )
    for definition in macros.definitions():
        _tell(session, definition)


@command("macro expand EXPRESSION...", "macro exp", topic=TOPIC, needs="")
def macro_expand(session: Session, expression: str) -> None:
    """Print an expression with all macros replaced, as `print` replaces them."""
    session.share()
    macros = session.program.macros() if session.inferior is not None else None
    expanded = macros.expand(expression) if macros is not None else session.alone.expanded(expression)
    session.render.text(f"expands to: {expanded}")


@command("macro define DEFINITION...", topic=TOPIC, needs="")
def macro_define(session: Session, definition: str) -> None:
    """Define a macro for expressions, `NAME BODY` or `NAME(PARAMETERS) BODY`; it hides the program's."""
    from trapline.inspection.macros import define

    define(session.alone.macros, definition)


@command("macro undef NAME", topic=TOPIC, needs="")
def macro_undef(session: Session, name: str) -> None:
    """Forget a macro that `macro define` made."""
    if session.alone.macros.pop(name, None) is None:
        raise CommandError(f"no macro {name} was defined here; `macro list` has those that were")


@command("macro list", topic=TOPIC, needs="")
def macro_list(session: Session) -> None:
    """List the macros that `macro define` made."""
    for name in sorted(session.alone.macros):
        macro = session.alone.macros[name]
        session.render.line(f"macro define {macro.signature} {macro.body}")
