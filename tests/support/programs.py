"""Inferiors compiled on demand from tests/programs, and what other tools say about them.

A binary is kept in .cache/programs under a key of its source, its flags and its compiler's version, so a
second run compiles nothing.  It gets its name by an atomic rename, and only once: of test workers that want
the same one at a time the first compiles, and no file is replaced of which a process may run already.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent.parent / "programs"
CACHE = SOURCES.parent.parent / ".cache" / "programs"

_COMPILERS = {".c": "gcc", ".S": "gcc", ".cpp": "g++", ".rs": "rustc"}
_DEFAULT_FLAGS = {
    ".c": ("-g", "-O0", "-pthread"),
    ".S": ("-g",),
    ".cpp": ("-g", "-O0", "-pthread"),
    ".rs": ("-g",),
}


@functools.cache
def _compiler(name: str) -> tuple[str, str]:
    """Return the path of a compiler and what it calls its version; skip the test where it is missing."""
    path = shutil.which(name) or shutil.which(name, path=str(Path.home() / ".cargo" / "bin"))
    if path is None:
        pytest.skip(f"no {name} here (musl-gcc is in musl-tools)")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return path, version


def build(source: str, *flags: str, compiler: str | None = None, libraries: tuple[str, ...] = ()) -> str:
    """Return the path of the program made from tests/programs/`source`, compiling it when needed.

    The file's name is the source's without its suffix, in a directory of its own.
    Args:
        source: a file name in tests/programs: C, assembly (.S), C++ or Rust.
        flags: compiler flags after the default ones (-g -O0 -pthread for C and C++).
        compiler: another compiler than the suffix asks for: "musl-gcc".
        libraries: further inputs of the link (paths of objects that `build` made).
    """
    path = SOURCES / source
    command, version = _compiler(compiler or _COMPILERS[path.suffix])
    arguments = [*_DEFAULT_FLAGS[path.suffix], *flags, *libraries]
    key = hashlib.sha256()
    for part in (path.read_text(), command, version, *arguments):
        key.update(part.encode() + b"\0")
    folder = CACHE / f"{path.stem}-{key.hexdigest()[:16]}"
    shared = "-shared" in flags
    program = folder / (f"{path.stem}.so" if shared else path.stem)
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Sources before libraries: the linker reads from left to right.
        line = [command, *_DEFAULT_FLAGS[path.suffix], *flags, str(path), *libraries]
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not program.exists():
                _compile(line, program)
    return str(program)


def _compile(line: list[str], program: Path) -> None:
    """Run a compiler, and give what it makes its name when it is whole."""
    descriptor, name = tempfile.mkstemp(dir=program.parent, prefix=f".{program.stem}-")
    os.close(descriptor)
    done = subprocess.run([*line, "-o", name], capture_output=True, text=True)
    if done.returncode:
        Path(name).unlink(missing_ok=True)
        pytest.fail(f"cannot compile {program.stem}: {' '.join(line)}\n{done.stderr}")
    Path(name).chmod(0o755)
    Path(name).rename(program)


def mark(source: str, name: str) -> int:
    """Return the line, counted from 1, of tests/programs/`source` that carries `// @mark name`."""
    wanted = re.compile(rf"@mark {re.escape(name)}\b")
    for number, line in enumerate((SOURCES / source).read_text().splitlines(), 1):
        if wanted.search(line):
            return number
    raise LookupError(f"{source} has no line marked {name!r}")


@functools.cache
def symbols(program: str, *, dynamic: bool = False) -> dict[str, int]:
    """Return every defined symbol of a program with its file address, as nm prints it."""
    command = ["nm", "--defined-only", *(["-D"] if dynamic else []), program]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for line in output.splitlines():
        parts = line.split()
        if len(parts) == 3:
            found[parts[2].split("@")[0]] = int(parts[0], 16)
    return found


def file_address(program: str, name: str) -> int:
    """Return the file address of a symbol, as nm prints it."""
    return symbols(program)[name]


def load_bias(pid: int, program: str) -> int:
    """Return load address - file address of a file that `pid` has mapped, read from its map and readelf.

    Source: elf(5), PT_LOAD: file offset 0 is mapped at the lowest p_vaddr.
    """
    real = os.path.realpath(program)
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        parts = line.split(None, 5)
        if len(parts) == 6 and parts[5] == real and int(parts[2], 16) == 0:
            return int(parts[0].split("-")[0], 16) - _lowest_address(real)
    raise LookupError(f"process {pid} has not mapped {real}")


def load_address(pid: int, program: str, name: str) -> int:
    """Return where a symbol of a mapped file is in the memory of `pid`, by nm and the process's map."""
    found = symbols(program) or symbols(program, dynamic=True)
    if name not in found:
        found = symbols(program, dynamic=True)
    return found[name] + load_bias(pid, program)


def body_address(pid: int, program: str, name: str) -> int:
    """Return where the second line of an unoptimized function is in the memory of `pid`, by readelf.

    That is where its body begins: gcc gives the prologue the function's own line.
    """
    start = file_address(program, name)
    command = ["readelf", "-W", "--debug-dump=decodedline", program]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [row[:3] for line in output.splitlines() if len(row := line.split()) >= 3 and row[1].isdigit()]
    places = sorted({int(address, 16) for _, _, address in rows if int(address, 16) > start})
    return places[0] + load_bias(pid, program)


@functools.cache
def _lowest_address(program: str) -> int:
    output = subprocess.run(["readelf", "-lW", program], capture_output=True, text=True, check=True).stdout
    return min(int(line.split()[2], 16) for line in output.splitlines() if line.split()[:1] == ["LOAD"])
