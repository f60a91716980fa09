"""Where sequences of `step`, `next` and `finish` stop, by gdb and by us, from main on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import trapline
from trapline import Inferior

_SCRIPT = """
import gdb, json
gdb.execute("set pagination off")
gdb.execute("set confirm off")
def place(offset):
    with open(f"/proc/{{gdb.selected_inferior().pid}}/maps") as maps:
        return int(maps.readline().split("-")[0], 16) + offset

found = []
for verbs, landings in {walks!r}:
    gdb.execute("delete")
    gdb.execute("tbreak " + {main!r}, to_string=True)
    gdb.execute("run", to_string=True)
    lines = []
    for at, verb in enumerate(verbs):
        try:
            frame = gdb.selected_frame()
            source = frame.find_sal().symtab
            own = source is not None and source.filename.endswith({ending!r})
            own = own and not frame.name().startswith({outside!r})
            lines.append([frame.name() if own else "", frame.find_sal().line if own else 0, verb])
            if not own:
                break
            if verb == "finish" and frame.name().endswith("main"):
                verb = "next"  # main is gdb's outermost frame
            if at in landings:
                # An internal one: at a user's, gdb shows the inlined calls that begin there as entered.
                gdb.Breakpoint(f"*{{place(landings[at])}}", internal=True, temporary=True)
                verb = "continue"
            gdb.execute(verb, to_string=True)
        except gdb.error:
            break
    found.append(lines)
    if gdb.selected_inferior().pid:
        gdb.execute("kill", to_string=True)
with open({out!r}, "w") as file:
    json.dump(found, file)
"""

Lines = list[tuple[str, int, str]]
"""Stops: function, line, and the verb that is used there; the first outside the source file is ("", 0)."""


_WITH_TYPES = re.compile(r"\((?:struct \{\.\.\.\}|_Z).*")
"""What gdb leaves of the types of parameters where it cannot read one: of gcc's lambdas and coroutines."""

Walk = tuple[list[str], dict[int, int]]
"""Verbs, and where gdb runs to instead of using one: by its index, how far behind the program's start."""


def _main(source: str) -> str:
    """Return the name of the program's own main."""
    return f"{source.removesuffix('.rs')}::main" if source.endswith(".rs") else "main"


_OUTSIDE = ("std::rt::", "std::sys::backtrace::")
"""What is around main in Rust."""


def _ending(source: str) -> str:
    """Return how the paths of the files end whose lines count: Rust's library brings its lines along."""
    return ".rs" if source.endswith(".rs") else source


def by_gdb(program: str, source: str, walks: list[Walk], folder: Path) -> list[Lines]:
    """Return the stops of gdb's for each walk."""
    script, out = folder / "steps.py", folder / "steps.json"
    main = _main(source) if source.endswith(".rs") else f"{source}:main"  # libc may have another
    text = _SCRIPT.format(walks=walks, out=str(out), main=main, ending=_ending(source), outside=_OUTSIDE)
    script.write_text(text)
    line = ["gdb", "-q", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-x", str(script), program]
    done = subprocess.run(line, capture_output=True, text=True, timeout=100)
    assert out.exists(), done.stderr
    found = json.loads(out.read_text())
    return [[(_WITH_TYPES.sub("", name), number, verb) for name, number, verb in lines] for lines in found]


class Places(NamedTuple):
    """Where our stops of `Lines` are: how far behind the program's start, and in which file."""

    offsets: list[int]
    files: list[str]


def by_us(inferior: Inferior, source: str, verbs: list[str]) -> tuple[Lines, Places]:
    """Return our stops; the inferior is at its first instruction."""
    inferior.set_breakpoint(_main(source), temporary=True)
    inferior.resume()
    start = _start(inferior.pid)
    found: Lines = []
    places = Places([], [])
    for verb in verbs:
        frame = inferior.frame
        location = frame.location
        own = location is not None and location.path.endswith(_ending(source))
        own = own and not (frame.function or "").startswith(_OUTSIDE)
        found.append((frame.function or "", location.line, verb) if location and own else ("", 0, verb))
        places.offsets.append(frame.pc - start)
        places.files.append(location.path if location is not None else "")
        if not own:
            break
        if verb == "finish" and (frame.function or "").endswith("main"):
            verb = "next"
        try:
            stop = getattr(inferior, verb)(timeout=30)
        except trapline.EvaluationError:
            break
        if not isinstance(stop, (trapline.StepFinished, trapline.FunctionFinished)):
            break
    return found, places


def _start(pid: int) -> int:
    """Return where the program is mapped: its first segment comes first."""
    with open(f"/proc/{pid}/maps") as maps:
        return int(maps.readline().split("-")[0], 16)


def compare(
    launch: Callable[..., Inferior], program: str, source: str, sequences: list[list[str]], folder: Path
) -> list[tuple[Lines, Lines]]:
    """Return gdb's and our stops for each sequence."""
    theirs = by_gdb(program, source, [(verbs, {}) for verbs in sequences], folder)
    ours = [by_us(launch([program], stdout=trapline.DEVNULL), source, verbs)[0] for verbs in sequences]
    return list(zip(theirs, ours, strict=True))
