"""Debug information that is split off (`.dwo`): what its tables and its files mean for a running program."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.terminal import batch, ex
from tests.support import programs

from trapline import Exited, Inferior
from trapline.elf.image import Image

_SOURCE = "split_tls.c"


@pytest.mark.parametrize(
    "flags",
    [
        ("-gsplit-dwarf",),
        ("-O2", "-gsplit-dwarf", "-gdwarf-4"),
        ("-gsplit-dwarf", "-fuse-ld=gold"),
        ("-gsplit-dwarf", "-DBIG"),
        ("-gsplit-dwarf", "-DBIG", "-fuse-ld=gold"),
    ],
    ids=["5", "4-O2", "gold", "either", "either-gold"],
)
def test_thread_locals_are_read_and_written(launch: Callable[..., Inferior], flags: tuple[str, ...]) -> None:
    """Linkers differ in what they write for one; the program tells whether the right one was written."""
    inferior = launch([programs.build(_SOURCE, *flags)])
    inferior.set_breakpoint("main")
    inferior.resume()
    assert [int(inferior.evaluate(name)) for name in ("tv", "tw")] == [31, 32]
    inferior.evaluate("tv = 20")
    inferior.evaluate("tw = 43")
    stop = inferior.resume()
    assert isinstance(stop, Exited) and stop.status.code == 0


def test_nothing_past_the_block_is_touched(launch: Callable[..., Inferior]) -> None:
    from trapline.base.errors import ValueUnavailable
    from trapline.inspection.thread_locals import thread_local_address

    inferior = launch([programs.build(_SOURCE, "-gsplit-dwarf")])
    inferior.set_breakpoint("main")
    inferior.resume()
    stack = inferior.frame.stack
    module = stack.space.program_module()
    assert thread_local_address(stack, module, 7) == int(inferior.evaluate("(long) &tw")) + 3
    with pytest.raises(ValueUnavailable, match="offset 0x8 is past the thread-local storage of split_tls"):
        thread_local_address(stack, module, 8)


@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
def test_types_in_sections_of_one_name(launch: Callable[..., Inferior], version: str) -> None:
    """Without the last of them no unit of the file could be found."""
    source = "split_types.cpp"
    inferior = launch([programs.build(source, "-gsplit-dwarf", "-fdebug-types-section", version)])
    inferior.set_breakpoint(f"{source}:{programs.mark(source, 'last')}")
    inferior.resume()
    shown = {name: value.format() for name, value in inferior.frame.locals.items()}
    assert shown == {
        "point": "{x = 1, depth = {z = 2}}",
        "holder": "{held = {x = 1, depth = {z = 2}}}",
        "kind": "DEEP",
    }
    assert inferior.frame.module is not None and not inferior.frame.module.warnings


def _without(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def _of_another_version(path: Path) -> None:
    data = bytearray(path.read_bytes())
    with contextlib.closing(Image.open(str(path))) as image:
        section = image.section(".debug_info.dwo")
        assert section is not None
        data[section.offset + 4] = 9
    path.write_bytes(data)


def _of_another_program(path: Path) -> None:
    source = path.with_name("other.c")
    source.write_text("int other(void) { return 1; }\n")
    subprocess.run(["gcc", "-g", "-gsplit-dwarf", "-c", source, "-o", path.with_suffix(".o")], check=True)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_without, "program.dwo was not found"),
        (_cut, "program.dwo: section headers at offset"),
        (_of_another_version, "program.dwo: .debug_info.dwo at offset 0x0: a unit of unknown version 9"),
        (_of_another_program, "program.dwo: it is of another compilation"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_once(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    program = tmp_path / "program"
    source = programs.SOURCES / _SOURCE
    command = ["gcc", "-g", "-gsplit-dwarf", source, "-o", program, "-dumpdir", f"{tmp_path}/", "-dumpbase"]
    subprocess.run([*command, "program"], check=True, cwd=tmp_path)
    damage(tmp_path / "program.dwo")
    done = batch(*ex("break main", "run", "info locals", "break main", "stepi"), str(program))
    assert done.stdout.count("main () at ")
    warnings = [line for line in done.stderr.splitlines() if said in line]
    assert len(warnings) == 1 and warnings[0].startswith("warning: ")
