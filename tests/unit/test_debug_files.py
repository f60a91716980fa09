"""Separate debug information is found where gdb finds it, and only when it belongs to the file."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import programs
from tests.support.debuginfod_server import Server, serving

from trapline.base.address import LoadBias
from trapline.base.errors import NoDebugInfo
from trapline.elf.image import Image
from trapline.symbols.debuginfod import Debuginfod
from trapline.symbols.files import DebugFiles, alternative_link
from trapline.symbols.module import Module


def run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def split(tmp_path: Path) -> tuple[Path, Path]:
    """A stripped program with a debug link, and its debug file beside it."""
    program, debug = tmp_path / "twelve", tmp_path / "twelve.debug"
    shutil.copy(programs.build("twelve.c", "-Wl,--build-id=sha1"), program)
    run("objcopy", "--only-keep-debug", program, debug)
    run("objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", program)
    return program, debug


def separate(program: Path, files: DebugFiles | None = None) -> str | None:
    image = Image.open(str(program))
    found = (files or DebugFiles(())).separate(image)
    if found is None:
        return None
    assert found.section(".debug_info") is not None
    name = found.name
    found.close()
    image.close()
    return name


def test_the_link_is_followed_beside_the_file_below_it_and_in_the_global_directory(
    split: tuple[Path, Path], tmp_path: Path
) -> None:
    program, debug = split
    assert separate(program) == str(debug)
    below = tmp_path / ".debug"
    below.mkdir()
    moved = debug.rename(below / debug.name)
    assert separate(program) == str(moved)
    globally = tmp_path / "global"
    place = globally / str(tmp_path).lstrip("/") / debug.name
    place.parent.mkdir(parents=True)
    moved.rename(place)
    assert separate(program) is None
    assert separate(program, DebugFiles((str(globally),))) == str(place)


def test_a_build_id_finds_the_file_in_a_directory(split: tuple[Path, Path], tmp_path: Path) -> None:
    program, debug = split
    image = Image.open(str(program))
    assert image.build_id is not None
    text = image.build_id.hex()
    place = tmp_path / "dir" / ".build-id" / text[:2] / f"{text[2:]}.debug"
    place.parent.mkdir(parents=True)
    debug.rename(place)
    assert separate(program, DebugFiles(("/nonexistent", str(tmp_path / "dir")))) == str(place)


def test_a_file_of_another_build_is_refused_and_named(split: tuple[Path, Path], tmp_path: Path) -> None:
    program, debug = split
    other = programs.build("spin.c", "-Wl,--build-id=sha1")
    run("objcopy", "--only-keep-debug", other, debug)
    files = DebugFiles(())
    assert separate(program, files) is None
    assert len(files.problems) == 1 and "build-id" in files.problems[0] and str(debug) in files.problems[0]


def test_without_build_ids_the_checksum_decides(tmp_path: Path) -> None:
    program, debug = tmp_path / "twelve", tmp_path / "twelve.debug"
    shutil.copy(programs.build("twelve.c", "-Wl,--build-id=none"), program)
    run("objcopy", "--only-keep-debug", program, debug)
    run("objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", program)
    assert separate(program) == str(debug)
    with debug.open("ab") as file:
        file.write(b"more")
    files = DebugFiles(())
    assert separate(program, files) is None
    assert "CRC" in files.problems[0]


def test_broken_and_missing_candidates_are_no_error(split: tuple[Path, Path]) -> None:
    program, debug = split
    debug.write_bytes(b"\x7fELF" + b"\0" * 100)
    files = DebugFiles(())
    assert separate(program, files) is None
    assert len(files.problems) == 1
    debug.unlink()
    debug.mkdir()
    assert separate(program, DebugFiles(())) is None


def test_dwz_moves_what_is_shared_into_a_supplementary_file(tmp_path: Path) -> None:
    if shutil.which("dwz") is None:
        pytest.skip("no dwz here")
    one, two, shared = tmp_path / "one", tmp_path / "two", tmp_path / "shared.debug"
    shutil.copy(programs.build("named.cpp"), one)
    shutil.copy(programs.build("named.cpp", "-DOTHER=1"), two)
    run("dwz", "-m", shared, "-M", "shared.debug", one, two)
    image = Image.open(str(one))
    assert alternative_link(image) is not None
    found = DebugFiles(()).supplementary(image)
    assert found is not None and found.name == str(shared)
    assert found.section(".debug_info") is not None
    shared.unlink()
    files = DebugFiles(())
    assert files.supplementary(image) is None
    assert "shared.debug" in files.problems[0]


def test_a_program_without_links_has_none() -> None:
    image = Image.open(programs.build("twelve.c"))
    assert alternative_link(image) is None
    assert DebugFiles(()).supplementary(image) is None


def test_a_file_that_was_replaced_is_named(tmp_path: Path) -> None:
    program = tmp_path / "twelve"
    shutil.copy(programs.build("twelve.c"), program)
    status = program.stat()

    def problem() -> str:
        module = Module(str(program), LoadBias(0), [(0, 1)])
        module.mapped_file = lambda: (status.st_dev, status.st_ino)
        assert module.debug is not None
        return module.problem or ""

    assert problem() == ""
    new = tmp_path / "new"
    shutil.copy(programs.build("twelve.c"), new)
    new.rename(program)
    assert problem().startswith(f"{program} was replaced on disk")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def client(server: Server, cache: Path) -> Debuginfod:
    return Debuginfod((server.url,), str(cache))


def test_debuginfod_fetches_once_and_keeps(server: Server, split: tuple[Path, Path], tmp_path: Path) -> None:
    program, debug = split
    build_id = Image.open(str(program)).build_id
    assert build_id is not None
    server.add(build_id, debug.read_bytes())
    debug.unlink()
    debuginfod = client(server, tmp_path / "cache")
    files = DebugFiles((), debuginfod)
    assert separate(program, files) is None and not server.asked  # finding never waits for a server
    debuginfod.request(build_id)
    debuginfod._running[build_id].join()
    assert separate(program, files) == debuginfod.path(build_id)
    assert debuginfod.fetch(build_id) == debuginfod.path(build_id)
    assert len(server.asked) == 1
    assert stat.S_IMODE(Path(debuginfod.path(build_id)).stat().st_mode) == 0o600
    assert [path.name for path in Path(debuginfod.path(build_id)).parent.iterdir()] == ["debuginfo"]


def test_what_no_server_has_is_asked_once(server: Server, tmp_path: Path) -> None:
    debuginfod = client(server, tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(NoDebugInfo, match="404"):
            debuginfod.fetch(b"\1\2")
    debuginfod.request(b"\1\2")
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:1/", "nonsense", "ftp://"):
        with pytest.raises(NoDebugInfo) as caught:
            Debuginfod((url,), str(tmp_path)).fetch(b"\1")
        assert url in str(caught.value) and "\n" not in str(caught.value)
    (tmp_path / "01").mkdir(exist_ok=True)
    (tmp_path / "01" / "debuginfo").write_bytes(b"")
    assert Debuginfod((), str(tmp_path)).cached(b"\1") is None


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DEBUGINFOD_URLS", raising=False)
    assert Debuginfod.from_environment() is None
    monkeypatch.setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1 http://127.0.0.1:2")
    monkeypatch.setenv("DEBUGINFOD_CACHE_PATH", str(tmp_path))
    made = Debuginfod.from_environment()
    assert made is not None and len(made.urls) == 2 and made.directory == str(tmp_path)
