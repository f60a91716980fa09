"""Commands on hit, dprintf, and breakpoints that are saved and read back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs


def _batch(*words: str, program: list[str] | None = None, status: int = 0) -> list[str]:
    """Return the lines of a batch session."""
    program = program or [programs.build("conditions.c")]
    done = batch("--batch", *words, *program)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return (done.stdout + done.stderr).splitlines()


def test_enabled_for_some_stops() -> None:
    """`enable count` and `enable delete`, with and without the word `breakpoints`."""
    lines = _batch(
        *ex("break fact", "break visit", "break change", "disable breakpoints"),
        *ex("enable breakpoints count 2 1", "enable delete 2", "info breakpoints"),
    )
    rows = [line.split()[:4] for line in _table(lines) if line[0].isdigit()]
    assert rows == [
        ["1", "breakpoint", "dis", "y"],
        ["2", "breakpoint", "del", "y"],
        ["3", "breakpoint", "keep", "n"],
    ]
    assert "\tdisable after next 2 hits" in lines


def test_commands_of_a_breakpoint() -> None:
    """They run at each hit; `silent` keeps the stop from being told; one that resumes ends them."""
    lines = _batch(
        *ex("break fact", "commands", "silent", 'printf "n=%d\\n", n', "continue", "echo never", "end"),
        *ex("break visit", "run", "info breakpoints"),
    )
    text = "\n".join(lines)
    assert [line for line in lines if line.startswith("n=")] == [f"n={n}" for n in (6, 5, 4, 3, 2, 1)]
    assert "never" not in text.partition("Num ")[0]
    assert "Breakpoint 1, " not in text
    assert "Breakpoint 2, visit" in text
    assert "        silent" in lines
    assert "        continue" in lines


def test_commands_of_several_and_none(tmp_path: Path) -> None:
    """In a file; numbers name whose they are; an empty block takes them away; the last point by default."""
    script = tmp_path / "script"
    script.write_text(
        "break fact\nbreak visit\ncommands 1-2\n  echo hit\\n\nend\ncommands 1\nend\n"
        "watch watched\ncommands\n  silent\n  print watched\nend\n"
        "run\ndelete 1\ncontinue\ndelete 2\ncontinue\n"
    )
    lines = _batch("-x", str(script))
    assert lines.count("hit") == 1
    assert "$1 = 10" in lines
    assert not [line for line in lines if line.startswith("Hardware watchpoint 3") and "value" in line]


def test_another_program_has_points_of_its_own() -> None:
    """With numbers that go on, and nothing of what was said for those of the program before."""
    lines = _batch(
        *ex("break fact", "commands", "echo old\\n", "end", 'dprintf visit,"older\\n"', "delete", "kill"),
        *ex(f"file {programs.build('twelve.c')}", "break twice", "break main", "info breakpoints", "run"),
    )
    assert [line.split()[1] for line in _table(lines) if line[:2] in ("3 ", "4 ")] == ["breakpoint"] * 2
    assert any(line.startswith("Breakpoint 4, main () at") for line in lines)
    assert not {"old", "older", "        echo old\\n"} & set(lines)


def test_a_command_that_fails() -> None:
    """One line says why; the rest is dropped; the session goes on."""
    lines = _batch(
        *ex("break visit", "commands", "print nope", "echo never", "end", "run", "print 1 + 1"), status=1
    )
    assert any('No symbol "nope"' in line for line in lines)
    assert "never" not in "\n".join(lines)
    assert "$1 = 2" in lines


def test_commands_without_an_end() -> None:
    """And without a breakpoint: one line each."""
    assert any("no `end`" in line for line in _batch(*ex("break fact", "commands", "silent"), status=1))
    assert any("No breakpoints" in line for line in _batch(*ex("commands"), status=1))
    assert any(
        "No breakpoint number 7" in line for line in _batch(*ex("break fact", "commands 7", "end"), status=1)
    )


def test_commands_of_a_catchpoint() -> None:
    """Exceptions and system calls have them too."""
    lines = _batch(
        *ex("catch throw", "commands", "silent", "echo thrown\\n", "continue", "end", "run"),
        program=[programs.build("thrown.cpp"), "int", "parse"],
    )
    assert lines.count("thrown") == 2
    for name in ("exit_group", "231"):
        lines = _batch(*ex(f"catch syscall {name}", "commands", "echo leaving\\n", "end", "run"))
        assert "leaving" in lines
        assert any(line.startswith("Catchpoint 1 (call to syscall exit_group), ") for line in lines)


@pytest.mark.parametrize(
    ("kind", "source", "words"),
    [
        ("signal SIGUSR1", "signals.c", ["10"]),
        ("clone", "threads.c", ["2", "3"]),
        ("exit", "threads.c", ["20", "3", "short"]),
        ("fork", "forks.c", ["fork"]),
        ("load", "twelve.c", []),
    ],
)
def test_commands_of_every_kind_of_catchpoint(kind: str, source: str, words: list[str]) -> None:
    """Those of the kind that stopped the program, and no others."""
    lines = _batch(
        *ex("catch vfork", "commands", "echo another\\n", "end"),
        *ex(f"catch {kind}", "commands", "echo heard\\n", "end", "run"),
        program=["--args", programs.build(source), *words],
    )
    assert "heard" in lines
    assert "another" not in lines


@pytest.mark.parametrize("way", ["fork", "vfork"])
def test_whom_to_follow_is_said_at_the_stop(way: str) -> None:
    """The mode and a breakpoint that are set at `catch fork` are for the child that goes on from it."""
    lines = _batch(
        *ex(f"catch {way}", "run", "set print inferior-events on", "set follow-fork-mode child"),
        *ex("break in_child", "continue", "info inferiors"),
        program=["--args", programs.build("forks.c"), way],
    )
    child = next(found[1] for line in lines if (found := re.search(rf"{way}ed process (\d+)\)", line)))
    assert any(line.startswith("[Attaching after process ") and line.endswith(f" {child}]") for line in lines)
    assert any(line.startswith('Thread 2.1 "forks" hit Breakpoint 2, in_child () at ') for line in lines)
    assert any(line.split()[:4] == ["*", "2", "process", child] for line in lines)


@pytest.mark.parametrize("events", ["on", "off"])
def test_who_was_left_at_a_fork_keeps_its_file(events: str) -> None:
    """Where the child that is followed goes on as another program, the table has both."""
    program = programs.build("forks.c")
    lines = _batch(
        *ex(f"set print inferior-events {events}", "set follow-fork-mode child", "catch exec", "run"),
        *ex("info inferiors"),
        program=["--args", program, "spawn"],
    )
    table = lines.index("  Num  Description       Connection           Executable")
    rows = [line.split() for line in lines[table + 1 : table + 3]]
    assert rows[0] == ["1", "<null>", program]
    assert rows[1][:3] == ["*", "2", "process"]
    assert rows[1][-1] == str(Path("/bin/sh").resolve())


def test_a_stop_says_which_catchpoint_it_is_of() -> None:
    """One that is in force: a disabled one of the same kind is not it; vfork's are told, too."""
    lines = _batch(*ex("catch syscall exit_group", "catch syscall exit_group", "disable 1", "run"))
    assert any(line.startswith("Catchpoint 2 (call to syscall exit_group), ") for line in lines)
    lines = _batch(*ex("catch vfork", "run"), program=[programs.build("vforks.c")])
    # Of a thread that has just been made nobody may have heard yet.
    told = re.compile(r'(Thread \d+ "vforks" hit )?Catchpoint 1 \(vforked process ')
    assert any(told.match(line) for line in lines)


@pytest.mark.parametrize(
    ("kind", "source", "words", "told"),
    [
        ("syscall exit_group", "conditions.c", [], "call to syscall exit_group"),
        ("fork", "forks.c", ["fork"], "forked process "),
        ("exec", "execs.c", [], "exec'd "),
        ("signal SIGUSR1", "signals.c", ["10"], "signal SIGUSR1"),
        ("load", "twelve.c", [], ""),
        ("clone", "threads.c", ["2", "3"], "new thread"),
        ("throw", "thrown.cpp", ["int"], "exception thrown"),
        ("assert", "aborts.c", ["assert"], "assertion failed"),
    ],
)
def test_a_catchpoint_for_once(kind: str, source: str, words: list[str], told: str) -> None:
    """It is gone with the stop that it asked for, which is told with its number and runs its commands."""
    if kind == "exec":
        words = ["main", programs.build("twelve.c")]
    lines = _batch(
        *ex(f"tcatch {kind}", "commands", "echo heard\\n", "end", f"catch {kind}", "commands"),
        *ex("echo as well\\n", "end", "run", "info breakpoints"),
        program=["--args", programs.build(source), *words],
    )
    # Either of two threads that are born together may be heard of first.
    who = r'Thread [23] "threads" hit ' if kind == "clone" else ""
    told = who + re.escape("Temporary catchpoint 1" + (f" ({told}" if told else ""))
    assert any(re.match(told, line) for line in lines)
    assert (lines.count("heard"), lines.count("as well")) == (1, 1)
    assert [line.split()[0] for line in lines if re.match(r"\d .*catchpoint", line)] == ["2"]


def test_commands_of_the_library_that_came() -> None:
    """Two `catch load` of different names: those run whose library it is."""
    library = programs.build("plugin.c", "-shared", "-fPIC")
    lines = _batch(
        *ex("catch load plugin", "commands", "echo plugin\\n", "end"),
        *ex("catch load libc", "commands", "echo libc\\n", "end"),
        *ex("catch unload plugin", "commands", "echo gone\\n", "end", "run", "continue", "continue"),
        program=["--args", programs.build("loader.c"), library],
    )
    heard = [line for line in lines if line in ("plugin", "libc", "gone")]
    assert heard == ["libc", "plugin", "gone"]
    assert f"  Inferior loaded {library}" in lines
    assert f"  Inferior unloaded {library}" in lines


def test_conditions_of_catchpoints(tmp_path: Path) -> None:
    """With `if` or `condition`; kept by `save breakpoints`; what cannot be computed stops and says why."""
    saved = tmp_path / "saved"
    lines = _batch(
        *ex("catch throw if thrown_so_far == 2", "catch syscall exit_group", "condition 2 $rdi == 3"),
        *ex(
            f"save breakpoints {saved}",
            "info breakpoints",
            "run",
            "continue",
            "condition 2",
            "info breakpoints",
        ),
        program=["--args", programs.build("thrown.cpp"), "int", "parse", "runtime"],
    )
    assert lines.count("\tstop only if thrown_so_far == 2") == 2
    stops = [line.partition(",")[0] for line in lines if re.match(r"Catchpoint \d \(.*, ", line)]
    assert stops == ["Catchpoint 1 (exception thrown)", "Catchpoint 2 (call to syscall exit_group)"]
    assert "std::runtime_error: out of cheese" in lines
    assert "Breakpoint 2 now unconditional." in lines
    assert saved.read_text().splitlines() == [
        "catch throw",
        "  condition $bpnum thrown_so_far == 2",
        "catch syscall exit_group",
        "  condition $bpnum $rdi == 3",
    ]
    lines = _batch(
        *ex("catch throw if *(int *) thrown_so_far", "run"),
        program=["--args", programs.build("thrown.cpp"), "int"],
    )
    at = lines.index("Error in testing condition for breakpoint 1:")
    assert lines[at + 1] == "Cannot access memory at address 0x0"
    assert any(line.startswith("Catchpoint 1 (exception thrown)") for line in lines)


def test_after_the_end_a_breakpoint_is_for_the_next_run() -> None:
    """Also at a function of C++, whose name the symbol table has mangled; what is nowhere is pending."""
    lines = _batch(
        *ex("run", "break give", "break thrown.cpp:1", "break nowhere", "run"),
        program=["--args", programs.build("thrown.cpp"), "int"],
    )
    assert any(line.startswith("Breakpoint 1 at 0x") for line in lines)
    assert any(line.endswith("Breakpoint 3 (nowhere) pending.") for line in lines)
    assert any(line.startswith("Breakpoint 1, give (what=") for line in lines)


def test_dprintf() -> None:
    """Printed as printf does, and never a stop; what cannot be printed says why."""
    lines = _batch(
        *ex('dprintf fact,"n is %d of %s\\n", n, "six"', 'dprintf visit,"%d\\n", node->value'),
        *ex("condition 1 n > 4", "info breakpoints", "run"),
    )
    assert [line for line in lines if line.startswith("n is")] == ["n is 6 of six", "n is 5 of six"]
    assert any(re.match(r"1 +dprintf +keep y ", line) for line in lines)
    assert any("Cannot access memory" in line or "0x0" in line for line in lines)
    for mistake in ("dprintf", "dprintf fact", "dprintf fact,n", 'dprintf ,"x"'):
        assert _batch(*ex(mistake), status=1)


def test_saved_and_read_back(tmp_path: Path) -> None:
    """What `save breakpoints` writes sets the same again: the table is the same, hits aside."""
    file = tmp_path / "points"
    setting = ex(
        "break fact if n == 3", "tbreak visit", "hbreak change", "logpoint leaf id={id}",
        'dprintf set_watched,"to %d\\n", to', "watch watched if watched > 20", "awatch total",
        "catch syscall write", "tcatch signal SIGUSR1", "catch fork", "break main", "break conditions.c:25",
        "condition -hit 1 >= 1", "ignore 2 1", "enable once 3", "disable 11", "commands 12", "  silent",
        "  print 1", "end", "thbreak leaf",
    )  # fmt: skip
    first = _batch(*setting, *ex("info breakpoints", f"save breakpoints {file}"))
    second = _batch(*ex(f"source {file}", "info breakpoints"))
    assert _table(first) == _table(second)
    assert len(_table(first)) > 12
    assert f"Saved to file '{file}'." in first


def _table(lines: list[str]) -> list[str]:
    start = next(number for number, line in enumerate(lines) if line.startswith("Num "))
    return [line for line in lines[start:] if not line.startswith("Saved")]


def test_saved_locations_and_patterns(tmp_path: Path) -> None:
    """Places of a breakpoint that are switched off, and regular expressions, are kept."""
    file = tmp_path / "points"
    program = [programs.build("locations.cpp")]
    setting = ex(
        "break locations.cpp:5", "disable 1.2", "rbreak locations.cpp:^_ZL6block", "break twice<int>"
    )
    first = _batch(*setting, *ex("info breakpoints", f"save breakpoints {file}"), program=program)
    second = _batch(*ex(f"source {file}", "info breakpoints"), program=program)
    assert _table(first) == _table(second)


def test_a_breakpoint_for_one_thread_is_saved_as_a_condition(tmp_path: Path) -> None:
    """In another run the thread of that number stops, which is not there yet when the file is read."""
    file = tmp_path / "points"
    program = [programs.build("threads.c", "-pthread"), "3", "2"]
    setting = ex("break run", "run", "break work thread $_thread", "break work thread $_thread if n > 1")
    first = _batch(*setting, *ex("print $_thread", f"save breakpoints {file}"), program=program)
    number = next(line.split()[-1] for line in first if line.startswith("$1 = "))
    assert file.read_text().splitlines()[1:] == [
        "break work",
        f"  condition $bpnum $_thread == {number}",
        "break work",
        f"  condition $bpnum $_thread == {number} && (n > 1)",
    ]
    hits = ex(
        "delete 1", "run", "print $_thread", "continue", "print $_thread", "continue", "info breakpoints"
    )
    second = _batch(*ex(f"source {file}"), *hits, program=program)
    assert [line for line in second if line.startswith("$")] == [f"$1 = {number}", f"$2 = {number}"]
    assert [line for line in second if "already hit" in line] == ["\tbreakpoint already hit 2 times"]


def test_what_was_for_a_thread_that_has_ended_is_not_saved_for_all(tmp_path: Path) -> None:
    file = tmp_path / "points"
    program = [programs.build("threads.c", "-pthread"), "3", "2"]
    setting = ex("break run", "run", "delete 1", "break work thread $_thread", "disable 2", "continue")
    _batch(*setting, *ex(f"save breakpoints {file}"), program=program)
    assert file.read_text() == "# breakpoint 2 was for a thread that has ended: work\n"


def test_several_patterns_of_a_catchpoint_are_saved_as_one(tmp_path: Path) -> None:
    """A command takes one regular expression, the library several: what is saved means all of them."""
    file = tmp_path / "points"
    setting = ex(
        "python inferior.set_catchpoint('load', 'libm', 'libdl') and None", f"save breakpoints {file}"
    )
    _batch(*setting)
    assert file.read_text() == "catch load libm|libdl\n"
    assert any(
        line.endswith("load of library matching libm|libdl")
        for line in _batch(*ex(f"source {file}", "info b"))
    )


def test_saving_mistakes(tmp_path: Path) -> None:
    """Nothing to save, nowhere to save it: one line each; locals are left out, and the file says so."""
    assert "Nothing to save." in _batch(*ex(f"save breakpoints {tmp_path / 'none'}"))
    assert not (tmp_path / "none").exists()
    lines = _batch(*ex("break main", f"save breakpoints {tmp_path}"), status=1)
    assert any("Is a directory" in line for line in lines)
    file = tmp_path / "local"
    _batch(*ex("break visit", "run", "watch color", f"save breakpoints {file}"))
    assert "# watchpoint 2 was on a local variable: color" in file.read_text()
