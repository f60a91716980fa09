"""Locations at the prompt: the file at hand, lines counted from where something is, and what nothing has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs

_BODY = 12
"""The first line of `other` that has code; the lines of both files say their number."""


def _numbered(code: dict[int, str]) -> str:
    return "".join(f"{code.get(number, '')} // line {number}\n" for number in range(1, 31))


@pytest.fixture(scope="module")
def two_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program of a.c with `main`, and of b.c with `other`, each of thirty lines with their number."""
    folder = tmp_path_factory.mktemp("two")
    main = {10: "int other(int);", 11: "int main(void) {", _BODY: "int z = other(1);", 13: "z = other(z);"}
    other = {11: "int other(int x) {", _BODY: "x++;", 13: "x += 2;", 14: "return x;", 15: "}"}
    (folder / "a.c").write_text(_numbered(main | {14: "return z > 99;", 15: "}"}))
    (folder / "b.c").write_text(_numbered(other))
    subprocess.run(["gcc", "-g", "-O0", "-o", "two", "a.c", "b.c"], cwd=folder, check=True)
    return folder / "two"


def _lines(program: Path, *commands: str) -> list[str]:
    """Return what the last command prints; those before it must not fail."""
    done = batch("--batch", *ex(*commands[:-1], "echo --\\n", commands[-1]), str(program))
    assert done.returncode == 0, done.stderr
    return done.stdout.split("--\n", 1)[1].splitlines()


def _numbers(lines: list[str]) -> tuple[int, int]:
    """Return the first and the last line of a list, whose texts must say the same."""
    numbers = [int(line.split("\t")[0]) for line in lines]
    assert numbers == [int(line.rpartition(" ")[2]) for line in lines]
    return numbers[0], numbers[-1]


@pytest.mark.parametrize(
    ("before", "command", "wanted"),
    [
        (["list 5"], "list +2", (8, 17)),
        (["list 5", "list +2"], "list -3", (10, 19)),
        (["list 5", "list +2", "list -3"], "list +", (20, 29)),
        (["list 15,17", "list -"], "list -2", (8, 17)),
        (["list 15,17"], "list +2,+3", (20, 23)),
        (["list 15,17"], "list ,-2", (7, 16)),
        (["list 15,17"], "list -20", (1, 10)),
        (["break other", "run"], "list +2", (9, 18)),
        (["break other", "run"], "list -1,+2", (11, 13)),
        (["break other", "run", "list"], "list +1", (13, 22)),
        (["break other", "run", "kill"], "list +2", (9, 18)),
        ([], "list 'b.c:6'", (1, 10)),
        ([], "list 'b.c':8", (3, 12)),
        ([], 'list "b.c:20"', (15, 24)),
    ],
)
def test_list_counts_from_what_was_listed(
    two_files: Path, before: list[str], command: str, wanted: tuple[int, int]
) -> None:
    """gdb 13's lines: from the line behind those listed last, from the stop's where none were since."""
    assert _numbers(_lines(two_files, *before, command)) == wanted


@pytest.mark.parametrize(
    ("before", "command", "wanted"),
    [
        ([], "search line", 1),
        (["list 1,3"], "search line", 4),
        (["list 4,6"], "reverse-search line", 3),
        (["list 1,3", "search return", "break other", "run"], "forward-search line", _BODY + 1),
        (["list 1,3", "search return", "break other", "run"], "reverse-search line", _BODY - 1),
        (["list 1,3", "break other", "run", "search line"], "search line", _BODY + 2),
        (["break other", "run", "kill"], "search line", _BODY + 1),
    ],
)
def test_a_search_begins_where_the_program_has_stopped(
    two_files: Path, before: list[str], command: str, wanted: int
) -> None:
    assert _numbers(_lines(two_files, *before, command)) == (wanted, wanted)


def test_list_goes_around_what_a_search_found(two_files: Path) -> None:
    assert _numbers(_lines(two_files, "list 1,3", "search return", "list")) == (9, 18)


@pytest.mark.parametrize(
    "before",
    [
        ["break other", "run"],
        ["break other", "run", "kill"],
        ["break other", "run", "delete", "continue"],
        ["list b.c:1"],
        ["break main", "run", "list other"],
    ],
    ids=lambda before: before[-1],
)
@pytest.mark.parametrize("command", ["break 14", "tbreak 14"])
def test_a_line_alone_is_in_the_file_at_hand(two_files: Path, before: list[str], command: str) -> None:
    """Of the last stop, also when the program has ended, or of what was listed since."""
    (told,) = _lines(two_files, *before, command)
    assert told.endswith(": file b.c, line 14.")


def test_until_and_advance_take_lines_of_the_frame(two_files: Path) -> None:
    """Whatever was listed; and `+1`."""
    for command in ("until 13", "advance 13", "advance +1", "until +1"):
        assert _lines(two_files, "break other", "run", "list main", command)[0] == "other (x=2) at b.c:13"


def test_a_breakpoint_set_after_the_end_is_where_the_next_run_stops(two_files: Path) -> None:
    """With its place and its condition, checked as before the end; an unknown line says so."""
    done = batch(
        "--batch",
        *ex("break other", "run", "kill", "delete", "break 13 if x > 2", "break 99", "break 14 if y"),
        *ex("info breakpoints", "run", "print x"),
        str(two_files),
    )
    unknown, condition = done.stderr.splitlines()
    assert unknown.startswith("No line 99 in file ") and unknown.endswith("Breakpoint 3 (99) pending.")
    assert condition == 'No symbol "y" in current context.'
    assert " in other at b.c:13" in done.stdout and "<PENDING> " in done.stdout
    assert "Breakpoint 2, other (x=5) at b.c:13" in done.stdout
    assert done.stdout.splitlines()[-1] == "$1 = 5"


@pytest.mark.parametrize("verb", ["advance", "until", "jump"])
def test_what_nothing_has_runs_no_program(two_files: Path, verb: str) -> None:
    """A name, a file or a line by mistake: one line, and the program is where it was."""
    for location in ("nosuch", "b.c:99", "99", "nosuch.c:3", "*nosuch"):
        done = batch("--batch", *ex("break other", "run", f"{verb} {location}", "frame"), str(two_files))
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stdout.splitlines()[-2] == "#0  other (x=1) at b.c:12"


def test_advance_waits_for_what_a_library_will_have(two_files: Path) -> None:
    """Before the libraries are there; for what nobody knows only where it was asked for."""
    done = batch("--batch", *ex("advance __libc_start_main", "info symbol $pc"), programs.build("twelve.c"))
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines()[-1].startswith("__libc_start_main")
    done = batch("--batch", *ex("set breakpoint pending on", "advance nosuch"), str(two_files))
    assert "exited normally" in done.stdout


def test_a_line_that_is_quoted_with_its_file(two_files: Path) -> None:
    """It is that line, as without quotes, also where it has no code."""
    (plain,) = _lines(two_files, "info line b.c:6")
    assert 'Line 6 of "b.c"' in plain
    assert "contains no code" in plain
    assert _lines(two_files, "info line 'b.c:6'") == [plain]
