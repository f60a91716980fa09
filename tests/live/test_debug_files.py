"""Debug information in other files, in a running program: separate, replaced, and listed by name."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import processes, programs
from tests.support.debuginfod_server import serving

import trapline
from trapline import Inferior
from trapline.elf.image import Image


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


@pytest.fixture
def stripped(tmp_path: Path) -> tuple[Path, Path]:
    """A stripped program, and the file with its debug information."""
    program, debug = tmp_path / "expressions", tmp_path / "expressions.debug"
    shutil.copy(programs.build("expressions.c", "-Wl,--build-id=sha1"), program)
    run("objcopy", "--only-keep-debug", program, debug)
    run("objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", program)
    return program, debug


def test_a_stripped_program_is_seen_by_its_debug_file(
    launch: Callable[..., Inferior], stripped: tuple[Path, Path]
) -> None:
    inferior = launch([stripped[0]], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"expressions.c:{programs.mark('expressions.c', 'here')}")
    inferior.resume()
    assert int(inferior.frame["i"]) == 3 and str(inferior.evaluate("swap(p)")) == "{x = 2, y = 1}"


def test_without_the_debug_file_the_symbols_are_left(
    launch: Callable[..., Inferior], stripped: tuple[Path, Path]
) -> None:
    stripped[1].unlink()
    inferior = launch([stripped[0]], stdout=trapline.DEVNULL)
    assert inferior.modules[0].debug is None
    with pytest.raises(trapline.SymbolNotFound):
        inferior.set_breakpoint("main", pending=False)


def test_debuginfod_sends_it_meanwhile(
    launch: Callable[..., Inferior],
    stripped: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing waits for the server; when the file has come it is there."""
    program, debug = stripped
    build_id = Image.open(str(program)).build_id
    assert build_id is not None
    monkeypatch.setenv("DEBUGINFOD_CACHE_PATH", str(tmp_path / "cache"))
    with serving() as server:
        server.add(build_id, debug.read_bytes())
        debug.unlink()
        monkeypatch.setenv("DEBUGINFOD_URLS", server.url)
        inferior = launch([program], stdout=trapline.DEVNULL)
        module = inferior.modules[0]
        processes.until(lambda: module.debug is not None, what="the debug information to come")
        assert inferior.set_breakpoint("main", pending=False).locations[0].source is not None
        processes.until(
            lambda: not any(thread.name == "trapline-debuginfod" for thread in threading.enumerate()),
            what="the fetching thread to end",
        )


def test_a_library_that_was_replaced_is_named(attach: Callable[..., Inferior], tmp_path: Path) -> None:
    plugin = tmp_path / "plugin.so"
    shutil.copy(programs.build("plugin.c", "-shared", "-fPIC"), plugin)
    with processes.running(programs.build("loader_wait.c"), str(plugin)) as process:
        new = tmp_path / "new.so"
        shutil.copy(plugin, new)
        new.rename(plugin)
        inferior = attach(process.pid)
        module = next(one for one in inferior.modules if one.path == str(plugin))
        assert module.debug is not None
        assert module.problem is not None and "was replaced on disk" in module.problem
        others = [one.problem for one in inferior.modules if one is not module and one.debug is not None]
        assert not any(problem and "replaced" in problem for problem in others)


def test_declarations_by_kind(launch: Callable[..., Inferior]) -> None:
    inferior = launch([programs.build("expressions.c")])
    source = str(programs.SOURCES / "expressions.c")

    def listed(kind: str, pattern: str) -> list[str]:
        return sorted(one.text for one in inferior.declarations(kind, pattern) if one.path == source)

    assert listed("functions", "^(add|half|swap)$") == [
        "double half(double);",
        "int add(int, int);",
        "struct point swap(struct point);",
    ]
    assert listed("variables", "^(global|hidden)$") == ["int global;", "static int hidden;"]
    assert listed("types", "^(color|point|point_t)$") == [
        "enum color;",
        "struct point;",
        "typedef struct point point_t;",
    ]
    with pytest.raises(trapline.UsageError):
        inferior.declarations("functions", "(")
    names = [variable.name for variable in inferior.variables_at("add")]
    assert names == ["a", "b"]


def test_rules_for_unwinding_that_only_the_debug_file_has(
    launch: Callable[..., Inferior], tmp_path: Path
) -> None:
    """`strip` takes .debug_frame away, and a program can be built to have no other rules."""
    program, debug = tmp_path / "expressions", tmp_path / "expressions.debug"
    flags = ("-O1", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fomit-frame-pointer")
    shutil.copy(programs.build("expressions.c", *flags), program)
    run("objcopy", "--only-keep-debug", program, debug)
    run("objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", program)
    for is_there in (True, False):
        inferior = launch([program], stdout=trapline.DEVNULL)
        inferior.set_breakpoint("libc.so.6!puts")
        inferior.resume()
        main = inferior.thread.frames()[1]
        assert (main.function == "main") == is_there
        assert main.caller is not None
        assert (main.caller.found_by == "call-frame information") == is_there
        inferior.kill()
        debug.unlink(missing_ok=True)
