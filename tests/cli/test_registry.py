"""How a line finds its command, and how its arguments are taken apart."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from tests.cli.terminal import batch
from tests.support.stops import at_mark

from trapline import Inferior
from trapline.cli import absent, commands as rooms, registry
from trapline.cli.absent import REASONS
from trapline.cli.registry import CommandError, resolve
from trapline.cli.render import Renderer
from trapline.cli.session import Session


@pytest.mark.parametrize(
    ("line", "name", "form", "text"),
    [
        ("break main", "break", "", "main"),
        ("b*0x401136", "break", "", "*0x401136"),
        ("c 3", "continue", "", "3"),
        ("cont", "continue", "", ""),
        ("p/x $rax", "print", "x", "$rax"),
        ("x/8xg $rsp", "x", "8xg", "$rsp"),
        ("p$rax", "print", "", "$rax"),
        ("info b", "info breakpoints", "", ""),
        ("i r rax", "info registers", "", "rax"),
        ("info proc", "info proc", "", ""),
        ("i proc map", "info proc mappings", "", ""),
        ("disas main", "disassemble", "", "main"),
        ("dis 1", "disable", "", "1"),
        ("d", "delete", "", ""),
        ("u main", "until", "", "main"),
        ("thread 2", "thread", "", "2"),
        ("t app all bt 1", "thread apply", "", "all bt 1"),
        ("reg dump", "register dump", "", ""),
        ("mem r 0x10", "memory read", "", "0x10"),
        ("bt -3", "backtrace", "", "-3"),
        ("?", "help", "", ""),
    ],
)
def test_resolution(line: str, name: str, form: str, text: str) -> None:
    found = resolve(line)
    assert (found.command.name, found.form, found.text) == (name, form, text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sta", "ambiguous: sta could be stacks, start, starti, status"),
        ("brake main", "unknown command 'brake'; near: break"),
        ("zzzz", "unknown command 'zzzz'; `help` lists the commands"),
        ("info", "info needs one of: "),
        ("info nothing", "unknown command 'info nothing'"),
        ("info so", "ambiguous: info so could be"),
        ("run/x", "run takes no /FORMAT"),
    ],
)
def test_refusals(line: str, said: str) -> None:
    with pytest.raises(CommandError) as caught:
        resolve(line)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_every_letter_means_what_gdb_means() -> None:
    """Each of gdb's letters finds its command, or says what stands in for it."""
    for letter, name in registry.GDB_LETTERS.items():
        if name == "info":
            with pytest.raises(CommandError, match=name):
                resolve(letter)
        else:
            assert resolve(letter).command.name == name


def test_every_name_finds_itself() -> None:
    for one in registry.commands():
        assert resolve(one.name).command is one
        for alias in one.aliases:
            assert resolve(alias).command is one


def test_arguments() -> None:
    ignore = resolve("ignore").command
    assert ignore.arguments(" 1   2 ") == {"breakpoint": "1", "count": "2"}
    with pytest.raises(CommandError, match="ignore needs COUNT; usage: ignore BREAKPOINT COUNT"):
        ignore.arguments("1")
    with pytest.raises(CommandError, match="ignore does not take '3 4'"):
        ignore.arguments("1 2 3 4")
    assert resolve("stepi").command.arguments("") == {"count": None}
    assert resolve("python").command.arguments("a  =  1") == {"statement": "a  =  1"}


_OTHER_NAMES = ("backtrace", "info files")
"""What `info stack` and `info target` are called here."""


def _info_of_gdb() -> list[str]:
    """Return the names behind `info` that this gdb lists."""
    done = subprocess.run(["gdb", "-nx", "-batch", "-ex", "help info"], capture_output=True, text=True)
    return re.findall(r"^info ([\w-]+)", done.stdout, re.MULTILINE)


@pytest.mark.skipif(shutil.which("gdb") is None, reason="no gdb here")
def test_the_info_family_is_complete() -> None:
    """Each of gdb's is a command of ours, or says in one line why not; the page for its users names it."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "from-gdb.md").read_text()
    found = _info_of_gdb()
    assert len(found) > 40
    for name in found:
        if f"info {name}" in REASONS:
            with pytest.raises(CommandError, match=re.escape(f"info {name}: ")):
                resolve(f"info {name} x")
        else:
            assert resolve(f"info {name}").command.name in (f"info {name}", *_OTHER_NAMES)
        assert f"`{name}`" in page, name


def test_what_is_absent_is_no_command() -> None:
    """A command that is there now must leave the list; what the list says is one line."""
    names = {name for one in registry.commands() for name in (one.name, *one.aliases)}
    assert not names & set(REASONS)
    assert all(reason and "\n" not in reason for reason in REASONS.values())
    for name, reason in REASONS.items():
        with pytest.raises(CommandError, match=re.escape(reason)):
            resolve(name)


def test_frequent_commands_are_where_they_are_looked_for() -> None:
    """Each is declared in its room, under that name or another, and is no group."""
    declared = {name: one for one in registry.commands() for name in (one.name, *one.aliases)}
    for room, names in rooms.FREQUENT.items():
        for name in names:
            one = declared[registry.GDB_LETTERS.get(name, name)]
            assert one.function.__module__ == f"{rooms.__name__}.{room}"
            assert not any(other.startswith(f"{one.name} ") for other in declared)


def test_a_short_script_imports_few_rooms() -> None:
    """`break`, `run` and `info locals` need three and theirs; another command's name brings all."""
    code = (
        "import sys; from trapline.cli.registry import resolve\n"
        "rooms = lambda: sum(name.startswith('trapline.cli.commands.') for name in sys.modules)\n"
        "for line in ('break main', 'r', 'info locals'): resolve(line)\n"
        "few = rooms(); resolve('disas'); print(few, rooms())\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    few, all_ = map(int, ran.stdout.split())
    assert few <= 8 < len(rooms.ROOMS) == all_


def _names_of_gdb() -> list[str]:
    """Return all that this gdb lists: commands, settings and aliases."""
    done = subprocess.run(["gdb", "-nx", "-batch", "-ex", "help all"], capture_output=True, text=True)
    heads = [line.partition(" -- ")[0] for line in done.stdout.splitlines() if " -- " in line]
    return [name.strip() for head in heads for name in head.split(",")]


def _commands_of_gdb() -> list[str]:
    """Return every command that this gdb lists, its aliases too; settings are another matter."""
    return [
        name
        for name in _names_of_gdb()
        if name.split()[0] not in ("set", "show", "unset", "maintenance", "mt")
    ]


@pytest.mark.skipif(shutil.which("gdb") is None, reason="no gdb here")
def test_every_setting_of_gdb_is_one_or_says_why_not() -> None:
    """`show` and `set` of whatever gdb lists there, groups and aliases too: never only `no setting`."""
    names = [name for name in _names_of_gdb() if name.partition(" ")[0] in ("set", "show", "unset")]
    assert len(names) > 800
    said = StringIO()
    session = Session(None, Renderer(StringIO(), said))
    unanswered = []
    for name in names:
        verb, _, setting = name.partition(" ")
        said.truncate(said.seek(0))
        if verb == "set" and setting:
            known = session.settings.match(setting)[0] is not None or session.settings.group(setting)
            if not known and absent.setting(setting) is None and resolve(name).command.name == "set":
                unanswered.append(name)
        elif setting and not session.execute(name):
            text = said.getvalue()
            if len(text.splitlines()) != 1 or text.startswith(("no setting", "unknown", "ambiguous")):
                unanswered.append(name)
    assert unanswered == ["set variable", "set var"]  # ways to write an assignment


@pytest.mark.skipif(shutil.which("gdb") is None, reason="no gdb here")
def test_every_command_of_gdb_is_one_or_says_why_not() -> None:
    """What hands know from gdb is there, or answers with a line of its own: never only `unknown command`."""
    found = _commands_of_gdb()
    assert len(found) > 300
    unknown = []
    for name in found:
        try:
            registry.resolve(name)
        except CommandError as error:
            if str(error).startswith(("unknown", "ambiguous")):
                unknown.append(str(error))
    assert [error for error in unknown if not error.startswith("ambiguous: wh could be")] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("set trace-commands on", "set trace-commands: `set logging enabled on` keeps"),
        ("show trace-commands", "show trace-commands: `set logging"),
        ("set sysroot /", "set sysroot: debug information"),
        ("set tui border-kind acs", "set tui: no part of the screen"),
        ("set print nosuch 1", "no setting 'print nosuch 1'; `show print` lists them"),
        ("set style address foreground red", "set style: colours"),
        ("set nosuch 1", "'nosuch 1' is no assignment"),
    ],
)
def test_settings_of_gdb_say_why_not(line: str, said: str) -> None:
    done = batch("--batch", "-ex", line)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_enter_goes_on_from_where_the_last_one_ended(launch: Callable[..., Inferior]) -> None:
    """As in gdb: behind `list 1,3` come the lines from 4 on, behind `x/2i main` the next two instructions."""
    inferior = at_mark(launch, "expressions.c", "here")
    session = Session(inferior)
    for line, again in (
        ("list 1,3", "list"),
        ("list 20,22", "list"),
        ("list -", "list -"),
        ("x/2i main", "x"),
        ("info line main", "info line"),
        ("stepi 2", "stepi 2"),
        ("print 1", None),
    ):
        with session.render.captured():
            assert session.execute(line)
        assert session.again == again
    with session.render.captured() as text:
        session.execute("x/2xb main")
        session.execute("x")
    first, second = text.getvalue().splitlines()
    assert second.startswith(session.program.describe(inferior.symbol("main").address + 2))
    assert first.count("\t") == second.count("\t") == 2
