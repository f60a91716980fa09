"""Sources that were moved since the program was built: directory, set substitute-path, what is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.cli.terminal import batch, ex
from tests.support import gdb, programs


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A program whose source has gone from `built/deep` to `kept/deep`."""
    built = tmp_path / "built" / "deep"
    built.mkdir(parents=True)
    (built / "moved.c").write_text("int main(void) {\n    return 7; /* here */\n}\n")
    program = tmp_path / "moved"
    subprocess.run(["gcc", "-g", "-o", str(program), str(built / "moved.c")], check=True)
    (tmp_path / "built").rename(tmp_path / "kept")
    return program


def _run(program: Path, *commands: str) -> subprocess.CompletedProcess[str]:
    return batch("--batch", *ex(*commands), str(program), cwd=program.parent)


def test_a_missing_source_says_where_it_was_looked_for(moved: Path) -> None:
    """A stop says it shortly and once; `list` says every place."""
    done = _run(moved, "start", "next", "list")
    path = moved.parent / "built" / "deep" / "moved.c"
    assert f"2\t{path}: No such file or directory." in done.stdout
    assert f"3\tin {path}" in done.stdout
    assert f"{path}: No such file or directory (also looked at " in done.stderr
    assert str(moved.parent / "deep" / "moved.c") in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("command", ["directory {0}/kept", "set substitute-path {0}/built {0}/kept"])
def test_a_moved_source_is_found(moved: Path, command: str) -> None:
    done = _run(moved, command.format(moved.parent), "start", "list 2,2", "info source")
    assert done.stdout.count("2\t    return 7; /* here */") == 2, done.stderr
    assert f"Located in {moved.parent}/kept/deep/moved.c" in done.stdout
    assert done.returncode == 0


def test_what_was_said_can_be_taken_back(moved: Path) -> None:
    here = moved.parent
    done = _run(
        moved,
        f"directory {here}/kept",
        "directory",
        f"set substitute-path {here}/built {here}/kept",
        "show substitute-path",
        "unset substitute-path",
        "show substitute-path",
        "list main",
        "unset substitute-path /nowhere",
    )
    assert (
        f"Source directories searched: {here}/kept:$cwd\nSource directories searched: $cwd\n" in done.stdout
    )
    assert done.stdout.count(f"  `{here}/built' -> `{here}/kept'.") == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        f"1\t{here}/built/deep/moved.c",
        "No substitution rule defined for `/nowhere'",
    ]


def test_a_directory_that_there_is_none_of_is_a_warning(moved: Path) -> None:
    done = _run(moved, "directory /nonexistent")
    assert done.stderr == "warning: no directory: /nonexistent\n"


def test_edit_opens_the_editor_at_the_line() -> None:
    """The editor of $EDITOR gets line and file, as gdb gives them; without a terminal there is no other."""
    program = programs.build("twelve.c")
    path = programs.SOURCES / "twelve.c"
    line = programs.mark("expressions.c", "here")
    done = batch("--batch", *ex("edit 3", "edit twelve.c:5"), program, EDITOR="echo")
    assert done.stdout == f"+3 {path}\n+5 {path}\n"
    done = batch(
        "--batch", *ex(f"break {line}", "run", "edit"), programs.build("expressions.c"), EDITOR="echo"
    )
    assert f"+{line} {programs.SOURCES / 'expressions.c'}" in done.stdout
    done = batch("--batch", "-ex", "edit 3", program)
    assert (done.returncode, done.stderr) == (
        1,
        "edit needs a terminal, or an editor that needs none in $EDITOR\n",
    )


def test_a_file_is_called_what_the_frames_unit_calls_it(tmp_path: Path) -> None:
    """Two units spell the path of a header otherwise; gdb knows it by both."""
    for name, text in (
        ("deep/one.c", '#include "../common.h"\nint main(void) {\n    return common(1);\n}\n'),
        ("two.c", '#include "./common.h"\nint two(int number) {\n    return common(number);\n}\n'),
        ("common.h", "static int common(int number) {\n    number += 2;\n    return number;\n}\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "built").mkdir()
    compile_ = ["gcc", "-g", "-c"]
    subprocess.run([*compile_, "../deep/one.c"], check=True, cwd=tmp_path / "built")
    subprocess.run([*compile_, "./two.c"], check=True, cwd=tmp_path)
    program = tmp_path / "program"
    subprocess.run(["gcc", "two.o", "built/one.o", "-o", program], check=True, cwd=tmp_path)
    (tmp_path / "common.h").unlink()
    name = "../deep/../common.h"
    told = gdb.ask(str(program), "run('break main')\nrun('run')\nrun('step')\nemit(run('info line'))")[-1]
    assert f'Line 2 of "{name}"' in told
    done = _run(program, "break main", "run", "step", "info line", "list")
    assert told.strip() in done.stdout
    assert f"1\t{name}: No such file or directory (also looked at {tmp_path / 'common.h'}" in done.stderr
