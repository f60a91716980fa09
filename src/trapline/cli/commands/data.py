"""Values: print, call, set, display, and what types they have."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Any
from trapline.cli import absent, number_lists
from trapline.cli.formats import RAW, Format
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session
    from trapline.inspection.value import Value

TOPIC = "Data"


def options(session: Session) -> dict[str, Any]:
    """Return how values are written, as the settings have it."""
    settings = session.settings
    unlimited = 1 << 30
    depth = settings.limit("print max-depth")
    return {
        "elements": settings.limit("print elements") or unlimited,
        "repeats": settings.limit("print repeats") or unlimited,
        "depth": unlimited if depth is None else depth,
        "pretty": settings["print pretty"],
        "dynamic": settings["print object"],
        "addresses": settings["print address"],
        "symbols": settings["print symbol"],
        "static_members": settings["print static-members"],
        "unions": settings["print union"],
        "indexes": settings["print array-indexes"],
        "null_stop": settings["print null-stop"],
        "arrays": settings["print array"],
        "integers": {16: "x", 8: "o"}.get(settings.number("output-radix"), ""),
    }


def text_of(session: Session, value: Value, letter: str = "") -> str:
    """Return a value as `print` shows it.

    Raises:
        CommandError: its memory cannot be read.
    """
    why = value.unavailable
    if why is not None and why.startswith("Cannot access memory"):
        raise CommandError(why)
    style = options(session) | ({"raw": True} if RAW in letter else {})
    return value.format(letter.replace(RAW, ""), **style)


def evaluated(session: Session, expression: str) -> Value:
    """Return the value of an expression that is to be shown.

    Raises:
        CommandError: it is data of which only the address is known.
    """
    value = session.evaluate(expression)
    if value.type.name == "<data variable, no debug info>":
        raise CommandError(f"'{expression.strip()}' has unknown type; cast it to its declared type")
    return value


@command("print [EXPRESSION...]", "p", "inspect", topic=TOPIC, needs="", formats=True)
def print_(session: Session, expression: str, form: str) -> None:
    """Print the value of an expression, and keep it as `$1`, `$2` and so on.

    C, C++ or Rust as the program writes it: variables, members, casts, calls; `$rax`, `*p@4`, `$1`, `$`.
    FORMAT is x d u o t c a f s or z, and r leaves printers out: `print/r v`. Settings of `set print` can be
    given for one time, before `--`: `print -pretty -elements 4 -- x`.
    """
    letter = Format.of_value("print", form)
    expression, changed = session.settings.options("print", expression)
    value = evaluated(session, expression or "$")
    with session.settings.changed(changed):
        text = text_of(session, value, letter)
    _tell_result(session, value, text)


def _tell_result(session: Session, value: Value, text: str) -> None:
    """Keep a value as the next `$NUMBER`, and print it."""
    number = session.remember(value)
    session.note(value=value, history=number)
    session.render.value(f"${number}", text)


@command("call EXPRESSION...", topic=TOPIC, formats=True)
def call(session: Session, expression: str, form: str) -> None:
    """Evaluate an expression, a call as a rule, and print what it gives unless that is void."""
    value = session.evaluate(expression)
    if str(value.type) not in ("void", "()"):
        text = text_of(session, value, Format.of_value("call", form))
        _tell_result(session, value, text)


@command("set ASSIGNMENT...", topic=TOPIC, needs="")
def set_(session: Session, assignment: str) -> None:
    """Write a variable, a register or memory: `set x = 5`, `set $rax = 5`; or change a setting.

    `set listsize 20` changes a setting (`show` lists them); `set variable E = V` is always an assignment.
    """
    text = assignment.removeprefix("variable ").removeprefix("var ")
    if text == assignment:
        declared, value = session.settings.match(assignment)
        if declared is not None and not value.startswith("="):
            session.settings.assign(declared, value)
            session.obey(declared.name)
            return
        reason = absent.setting(assignment)
        if reason is not None and not assignment.partition(" ")[2].lstrip().startswith("="):
            raise CommandError(f"set {reason}")
    if "=" not in text and not text.rstrip().endswith(("++", "--")):
        group = assignment.split()[0]
        if text == assignment and session.settings.group(group):
            raise CommandError(f"no setting {assignment!r}; `show {group}` lists them")
        raise CommandError(
            f"{assignment!r} is no assignment (set x = 5, set $rax = 5) and no setting (`show` lists them)"
        )
    session.evaluate(text)


@command("init-if-undefined ASSIGNMENT...", topic=TOPIC, needs="")
def init_if_undefined(session: Session, assignment: str) -> None:
    """Set a variable of the session, `$NAME = EXPRESSION`, unless it has a value."""
    name, equals, value = (part.strip() for part in assignment.partition("="))
    if not equals or not name[:1] == "$" or not name[1:].isidentifier() or not value:
        raise CommandError("usage: init-if-undefined $NAME = EXPRESSION")
    if name[1:] not in session.alone.convenience:
        session.evaluate(f"{name} = {value}")


# -- types -----------------------------------------------------------------------------------------


@command("ptype EXPRESSION...", topic=TOPIC, needs="inferior", formats=True)
def ptype(session: Session, expression: str, form: str) -> None:
    """Print the whole definition of a type, or of an expression's type.

    `/o` shows where each member is in C's and C++'s structures, in bytes and bits, its size, and the holes.
    """
    if form not in ("", "o"):
        raise CommandError(f"ptype has no /{form}; /o shows offsets and sizes")
    type_ = session.program.type_of(expression)
    if form:
        from trapline.inspection import layout_text

        session.render.text(layout_text.described(type_))
    else:
        from trapline.inspection import types_text

        session.render.text(f"type = {types_text.ptype(type_)}")


@command("whatis EXPRESSION...", topic=TOPIC, needs="inferior")
def whatis(session: Session, expression: str) -> None:
    """Print the name of an expression's type, or what a type's name stands for."""
    from trapline.inspection import types_text

    named = session.program.find_type(expression)
    type_ = named if named is not None else session.program.type_of(expression)
    session.render.text(f"type = {types_text.whatis(type_, is_name=named is not None)}")


# -- display ---------------------------------------------------------------------------------------


@command("display [EXPRESSION...]", topic=TOPIC, needs="inferior", formats=True)
def display(session: Session, expression: str, form: str) -> None:
    """Print an expression now and at each stop; without EXPRESSION print all that are displayed now.

    `display/i $pc` and `display/s p` show memory, as `x` does.
    """
    if not expression:
        session.displays.tell(session)
        return
    Format.parse(form)
    session.evaluate(expression)
    session.displays.add(session, form, expression)


@command("undisplay [NUMBERS...]", topic=TOPIC, needs="")
def undisplay(session: Session, numbers: str) -> None:
    """Display no longer what these numbers name (`info display` lists them), or nothing any more."""
    if numbers or session.agrees("Delete all auto-display expressions?"):
        session.displays.remove(number_lists.numbers(session, numbers))


@command("delete display [NUMBERS...]", topic=TOPIC, needs="")
def delete_display(session: Session, numbers: str) -> None:
    """Do what `undisplay` does."""
    undisplay(session, numbers)


@command("enable display [NUMBERS...]", topic=TOPIC, needs="")
def enable_display(session: Session, numbers: str) -> None:
    """Display again at stops what these numbers name; all without NUMBERS."""
    session.displays.enable(number_lists.numbers(session, numbers), enabled=True)


@command("disable display [NUMBERS...]", topic=TOPIC, needs="")
def disable_display(session: Session, numbers: str) -> None:
    """Display at stops no longer what these numbers name, without forgetting it; all without NUMBERS."""
    session.displays.enable(number_lists.numbers(session, numbers), enabled=False)


@command("info display", topic=TOPIC, needs="")
def info_display(session: Session) -> None:
    """List what is displayed at each stop."""
    known = list(session.displays)
    if not known:
        session.render.line("There are no auto-display expressions now.")
        return
    session.render.line("Auto-display expressions now in effect:")
    session.render.line("Num Enb Expression")
    for number, enabled, text in known:
        session.render.line(f"{f'{number}:':<4} {'y' if enabled else 'n'}  {text}")
