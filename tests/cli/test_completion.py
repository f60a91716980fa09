"""What Tab offers behind each command, and beside it what gdb's `complete` does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.cli.terminal import batch, ex
from tests.support import gdb, programs
from tests.support.stops import at_mark

from trapline import Inferior
from trapline.cli import registry
from trapline.cli.completion import complete
from trapline.cli.session import Session


def _offered(session: Session, line: str) -> list[str]:
    return [text for text, _ in complete(session, line)]


def test_what_can_follow_set_is_a_setting_or_a_command_of_its_own() -> None:
    """`set e` may be the environment or how lines are edited; `set listsi` one thing alone."""
    session = Session()
    assert set(_offered(session, "set e")) == {"env", "environment", "editing", "editing-mode"}
    assert _offered(session, "set listsi") == ["listsize"]
    assert _offered(session, "show conv") == ["conv", "convenience"]
    assert _offered(session, "set editing-mode v") == ["vi"]
    assert _offered(session, "set scheduler-locking ") == ["off", "on", "step", "replay"]
    assert _offered(session, "show print pre") == ["print pretty"]


def test_members_complete_an_expression(launch: Callable[..., Inferior]) -> None:
    """Behind a dot, an arrow and a class's name; a local variable where a name begins."""
    session = Session(at_mark(launch, "values_cpp.cpp", "main"))
    assert _offered(session, "print first.next->") == ["value", "next"]
    assert _offered(session, "print *shape->si") == ["side"]
    assert ("shapes::Color::Green", 16) in complete(session, "print shapes::Color::G")
    assert ("second", 3) in complete(session, "print sec")


_HERE = Path(__file__).parent
_OFFERED: tuple[tuple[str, list[str]], ...] = (
    ("print -pre", ["-pretty"]),
    ("print -pretty on -array-i", ["-array-indexes"]),
    ("print -pretty on -- pp->", ["x", "y"]),
    ("print -pp->", ["x", "y"]),
    ("x/8xg $rsp", ["$rsp"]),
    ("break expressions.", ["expressions.c"]),
    ("break expressio", ["expressions.c"]),
    ("break half_float ", ["if", "thread"]),
    ("break half_float th", ["thread"]),
    ("break half_float thread ", ["1"]),
    ("break half_float thread 1 i", ["if"]),
    ("break half_float if shad", ["shade"]),
    ("watch global if shad", ["shade"]),
    ("catch sysc", ["syscall"]),
    ("tcatch syscall read pwritev", ["pwritev", "pwritev2"]),
    ("catch signal SIGSEG", ["SIGSEGV"]),
    ("info os pro", ["processes", "procgroups"]),
    (f"cd {_HERE}/han", ["hands/"]),
    (f"run < {_HERE}/test_regis", ["test_registry.py"]),
    ("delete ", ["display", "breakpoints", "2", "3"]),
    ("delete b", ["breakpoints"]),
    ("disable 2", ["2"]),
    ("disable 2.", ["2.1"]),
    ("enable on", ["once"]),
    ("enable once ", ["2", "3"]),
    ("condition 2 shad", ["shade"]),
    ("tbreak half_fl", ["half_float"]),
    ("undisplay ", ["1"]),
    ("delete display ", ["1"]),
    ("thread ", ["apply", "find", "freeze", "name", "thaw", "1"]),
    ("thread apply a", ["all"]),
    ("thread apply ", ["all", "1"]),
    ("thread apply all -s info", ["info"]),
    ("thread apply 1 info scop", ["scope"]),
    ("frame ", ["address", "apply", "function", "level", "0", "1"]),
    ("frame function ", ["half_float", "main"]),
    ("frame function ma", ["main"]),
    ("frame apply ", ["all", "level", "0", "1"]),
    ("frame apply level 0-1 -q bt -fu", ["-full"]),
    ("select-frame function ", ["half_float", "main"]),
    ("faas -s bt -fu", ["-full"]),
    ("with print pre", ["print pretty"]),
    ("with print pretty o", ["on", "off"]),
    ("with print pretty on -- bt -fu", ["-full"]),
    ("pipe info scop", ["scope"]),
    ("complete info scop", ["scope"]),
    ("bt -frame-arguments ", ["scalars", "all", "none", "presence"]),
    ("bt fu", ["full"]),
    ("handle SIGUS", ["SIGUSR1", "SIGUSR2"]),
    ("handle al", ["all"]),
    ("handle SIGUSR1 nost", ["nostop"]),
    ("handle SIGUSR1 nostop nopr", ["noprint"]),
    ("signal SIGUS", ["SIGUSR1", "SIGUSR2"]),
    ("info signals SIGUS", ["SIGUSR1", "SIGUSR2"]),
    ("info functions half_fl", ["half_float"]),
    ("info variables shad", ["shade"]),
    ("info types poi", ["point", "point_t"]),
    ("ptype struct mi", ["mixed"]),
    ("print sizeof(struct mi", ["mixed"]),
    ("info scope half_fl", ["half_float"]),
    ("info line half_fl", ["half_float"]),
    ("info symbol half_fl", ["half_float"]),
    ("until half_fl", ["half_float"]),
    ("advance half_fl", ["half_float"]),
    ("jump half_fl", ["half_float"]),
    ("clear half_fl", ["half_float"]),
    ("info registers ripp", []),
    ("info registers ri", ["rip"]),
    ("register read ri", ["rip"]),
    ("info registers $ri", ["$rip"]),
    ("info locals -", ["-q", "-t"]),
    ("unset environment ONLY_H", ["ONLY_HERE"]),
    ("thread name h", []),
    ("skip delete ", ["1"]),
    ("mine -fu", ["-full"]),
    ("min", ["mine"]),
    ("no such command", []),
)
"""Lines, and what Tab offers at their ends, in the order in which it does."""


def test_what_can_follow_a_command(launch: Callable[..., Inferior]) -> None:
    """Options, registers behind a format, files of the program, events, folders and files, commands."""
    session = Session(at_mark(launch, "expressions.c", "here"))
    with session.render.captured():
        for line in _BEFORE:
            assert session.execute(line), line
        before = session.failures, session.program.breakpoints
        found = [(line, _offered(session, line)) for line, _ in _OFFERED]
    assert found == list(_OFFERED)
    assert before == (session.failures, session.program.breakpoints)  # Tab changes nothing


_BEFORE = (
    "break half_float",
    "continue",
    "watch global",
    "up",
    "display x",
    "skip function add",
    "set environment ONLY_HERE 1",
    "alias mine = bt",
)


def test_a_space_at_the_end_of_complete_begins_a_word() -> None:
    """What a program that shows a prompt asks with is taken as it is written: `complete delete ` too."""
    done = batch("--batch", *ex("complete set scheduler-locking ", "complete thread a", "complete enable o"))
    assert done.stdout.splitlines() == [
        *(f"set scheduler-locking {one}" for one in ("off", "on", "replay", "step")),
        "thread apply",
        "enable once",
    ]


def test_macros_and_what_each_listing_takes(launch: Callable[..., Inferior]) -> None:
    session = Session(at_mark(launch, "macros.c", "one", "-g3"))
    session.execute("macro define MAXIMUM 1")
    assert _offered(session, "info macro MAX") == ["MAX", "MAXIMUM"]
    assert _offered(session, "info macro -") == ["-all"]
    assert _offered(session, "macro expand MAX") == ["MAX", "MAXIMUM"]
    assert _offered(session, "macro undef ") == ["MAXIMUM"]


def test_without_a_program() -> None:
    """Where nothing is stopped nothing of it is offered, and nothing is said."""
    session = Session()
    lines = [line for line, _ in _OFFERED] + [f"{one.name} " for one in registry.commands()]
    for line in lines:
        assert all(isinstance(text, str) for text in _offered(session, line))
    assert _offered(session, "thread apply all bt -fu") == ["-full"]
    assert _offered(session, "frame function ") == []


_AS_GDB = (
    "bt -", "info locals -", "info args -", "info functions -", "info variables -", "info types -",
    "thread apply all -", "frame apply all -", "faas -", "tfaas -", "taas -", "alias -", "pipe -", "watch -",
    "break -", "info sources -", "frame apply ", "thread apply ", "thread ", "frame ", "enable ",
    "disable b", "handle SIGUSR1 nost", "handle SIGUS", "signal SIGUS", "set scheduler-locking ",
    "with print pretty ", "with print pretty on -- backt", "faas backt", "info functions half_fl",
    "info types poin", "ptype struct mi", "info scope half_fl", "info line half_fl", "info symbol half_fl",
    "until half_fl", "advance half_fl", "jump half_fl", "clear half_fl", "frame function half_fl",
    "break half_float ", "select-frame ", "info registers ri", "catch ", "info proc ",
)  # fmt: skip
_NOT_OURS = {
    "break -": {"-label", "-probe", "-probe-dtrace", "-probe-stap"},
    "bt -": {"-frame-info", "-past-entry", "-raw-frame-arguments"},
    "catch ": {"assert", "exception", "handlers"},  # Ada's; our assert is C's
    "break half_float ": {"-force-condition", "task"},
}
"""What gdb offers and we have not: labels, probes, filters of frames, entry points and Ada."""
_NEVER = {
    "-past-entry", "frame-filter", "mem", "pretty-printer", "probes", "type-printer", "unwinder", "view",
    "xmethod",
}  # fmt: skip


def test_what_gdb_offers_is_offered(launch: Callable[..., Inferior], tmp_path: Path) -> None:
    """The options, words and names that gdb's `complete` lists for a line are among ours."""
    program = programs.build("expressions.c")
    asked = tmp_path / "lines"
    # From a file, because gdb takes the space off the end of a line that Python gives it.
    asked.write_text("".join(f"echo == \\n\ncomplete {line}\n" for line in _AS_GDB))
    script = f"""
run("set breakpoint pending on")
run("break half_float")
run("run")
emit(run("source {asked}"))
"""
    said = gdb.ask(program, script)[0]
    theirs = [[text.split(" ")[-1] for text in part.splitlines()[1:]] for part in said.split("== ")[1:]]
    session = Session(at_mark(launch, "expressions.c", "here"))
    session.execute("break half_float")
    with session.render.captured():
        session.execute("continue")
    missed = {}
    for line, words in zip(_AS_GDB, theirs, strict=True):
        assert words, line
        ours = {text.split(" ")[-1] for text in _offered(session, line)}
        left = {word for word in words if word not in ours | _NEVER | _NOT_OURS.get(line, set())}
        if left:
            missed[line] = left
    assert not missed


_OPTION = re.compile(r"`[^`]*?(?<![\w-])(-[a-z][\w-]+)[^`]*`|(?<![\w`-])(-[a-z][\w-]+)")


def test_options_that_help_names_are_offered() -> None:
    """Whoever reads of an option in the help finds it behind Tab; print's are its settings."""
    for one in registry.commands():
        named = {found for pair in _OPTION.findall(one.help) for found in pair if len(found) > 2}
        if one.name not in _WITHOUT:
            missed = {name for name in named if not any(known.startswith(name) for known in one.options)}
            assert not missed, one.name


_WITHOUT = ("info macro", "print")  # what compilers are told; settings
