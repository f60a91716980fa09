"""Source files: found by their path or a tail of it, kept while they stay the same, refused when they lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trapline.base.errors import NoSource
from trapline.symbols import source
from trapline.symbols.source import SourceFiles


def test_lines_count_from_one(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_bytes(b"one\r\ntwo\n\nfour \xff\n")
    found = SourceFiles().read(str(path))
    assert found.lines == ["one", "two", "", "four \ufffd"]
    assert (found.line(1), found.line(4), found.line(5), found.line(0)) == ("one", "four \ufffd", None, None)


def test_a_file_without_a_final_newline_and_one_without_anything(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("one\ntwo")
    (tmp_path / "b.c").write_text("")
    files = SourceFiles()
    assert files.read(str(tmp_path / "a.c")).lines == ["one", "two"]
    assert files.read(str(tmp_path / "b.c")).lines == []


def test_a_tree_that_was_moved_is_found_by_the_longest_tail(tmp_path: Path) -> None:
    for name in ("src/deep/a.c", "deep/a.c", "a.c"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    files = SourceFiles([str(tmp_path)])
    assert files.read("/build/gone/src/deep/a.c").lines == ["src/deep/a.c"]
    assert files.read("/build/other/deep/a.c").lines == ["deep/a.c"]
    assert files.read("/elsewhere/a.c").lines == ["a.c"]


def test_a_relative_path_is_looked_for_in_the_directories(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.c").write_text("here")
    assert SourceFiles([str(tmp_path)]).read("sub/a.c").lines == ["here"]


def test_what_is_missing_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoSource) as caught:
        SourceFiles([str(tmp_path)]).read("/build/x/a.c")
    assert caught.value.path == "/build/x/a.c"
    assert caught.value.tried == (
        "/build/x/a.c",
        f"{tmp_path}/build/x/a.c",
        f"{tmp_path}/x/a.c",
        f"{tmp_path}/a.c",
    )
    assert str(caught.value).startswith("/build/x/a.c: No such file or directory (also looked at ")


def test_text_is_kept_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_text("old\n")
    files = SourceFiles()
    first = files.read(str(path))
    assert files.read(str(path)) is first
    path.write_text("newer\n")
    assert files.read(str(path)).lines == ["newer"]


def test_few_texts_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_KEPT", 2)
    files = SourceFiles()
    for number in range(5):
        (tmp_path / f"{number}.c").write_text(str(number))
        files.read(str(tmp_path / f"{number}.c"))
    assert len(files._kept) == 2


def test_what_is_no_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory, a FIFO (which nobody writes) and a file beyond reason: an error, at once."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large.c").write_text("x" * 100)
    monkeypatch.setattr(source, "_SIZE_LIMIT", 50)
    for path in (tmp_path, tmp_path / "fifo", tmp_path / "large.c"):
        with pytest.raises(NoSource):
            SourceFiles([]).read(str(path))


def test_a_source_newer_than_the_program_is_said_once(tmp_path: Path) -> None:
    program, old, new = (tmp_path / name for name in ("program", "old.c", "new.c"))
    for path, when in ((program, 2000), (old, 1000), (new, 3000)):
        path.write_text("x")
        os.utime(path, (when, when))
    files = SourceFiles()
    assert not files.newer_than(str(old), str(program))
    assert [files.newer_than(str(new), str(program)) for _ in range(3)] == [True, False, False]
    assert not files.newer_than(str(tmp_path / "none.c"), str(program))
