"""Where sequences of `step`, `next` and `finish` stop, by gdb and by us, from main on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import trapline
from trapline import Inferior

_SCRIPT = """
import gdb, json
gdb.execute("set pagination off")
gdb.execute("set confirm off")
found = []
for verbs in {sequences!r}:
    gdb.execute("delete")
    gdb.execute("tbreak " + {main!r}, to_string=True)
    gdb.execute("run", to_string=True)
    lines = []
    for verb in verbs:
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


def _main(source: str) -> str:
    """Return the name of the program's own main."""
    return f"{source.removesuffix('.rs')}::main" if source.endswith(".rs") else "main"


_OUTSIDE = ("std::rt::", "std::sys::backtrace::")
"""What is around main in Rust."""


def _ending(source: str) -> str:
    """Return how the paths of the files end whose lines count: Rust's library brings its lines along."""
    return ".rs" if source.endswith(".rs") else source


def by_gdb(program: str, source: str, sequences: list[list[str]], folder: Path) -> list[Lines]:
    """Return the stops of gdb's for each sequence of verbs."""
    script, out = folder / "steps.py", folder / "steps.json"
    main = _main(source) if source.endswith(".rs") else f"{source}:main"  # libc may have another
    text = _SCRIPT.format(
        sequences=sequences, out=str(out), main=main, ending=_ending(source), outside=_OUTSIDE
    )
    script.write_text(text)
    line = ["gdb", "-q", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-x", str(script), program]
    done = subprocess.run(line, capture_output=True, text=True, timeout=100)
    assert out.exists(), done.stderr
    return [[(name, number, verb) for name, number, verb in lines] for lines in json.loads(out.read_text())]


def by_us(inferior: Inferior, source: str, verbs: list[str]) -> Lines:
    """Return ours; the inferior is at its first instruction."""
    inferior.set_breakpoint(_main(source), temporary=True)
    inferior.resume()
    found: Lines = []
    for verb in verbs:
        frame = inferior.frame
        location = frame.location
        own = location is not None and location.path.endswith(_ending(source))
        own = own and not (frame.function or "").startswith(_OUTSIDE)
        found.append((frame.function or "", location.line, verb) if location and own else ("", 0, verb))
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
    return found


def compare(
    launch: Callable[..., Inferior], program: str, source: str, sequences: list[list[str]], folder: Path
) -> list[tuple[Lines, Lines]]:
    """Return gdb's and our stops for each sequence."""
    theirs = by_gdb(program, source, sequences, folder)
    ours = [by_us(launch([program], stdout=trapline.DEVNULL), source, verbs) for verbs in sequences]
    return list(zip(theirs, ours, strict=True))
