"""Every transcript, played on a real terminal."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.transcript import play
from tests.support import programs

_FOLDER = Path(__file__).parent / "transcripts"


def _hello() -> dict[str, str]:
    """Return the addresses of the call that prints and of what is behind it, as objdump shows them."""
    program = programs.build("../cli/hello.cpp", "-no-pie")
    listing = subprocess.run(["objdump", "-d", program], capture_output=True, text=True, check=True).stdout
    main = listing.partition("<main>:")[2].partition("\n\n")[0]
    found = re.search(r"^\s*([0-9a-f]+):.*\bcall\s+[0-9a-f]+ <_ZStls.*\n\s*([0-9a-f]+):", main, re.MULTILINE)
    assert found is not None, main
    call, after = (int(one, 16) for one in found.groups())
    shown = {"call": f"{call:#x}", "after": f"{after:#x}"}
    return {**shown, "rip": f"{call:#018x}", "rip_after": f"{after:#018x}"}


def _library() -> dict[str, str]:
    """Return the path of a library to be loaded."""
    return {"library": programs.build("plugin.c", "-shared", "-fPIC")}


_VALUES: dict[str, Callable[[], dict[str, str]]] = {
    "series-2-breakpoints": _hello,
    "series-3-registers": _hello,
    "series-10-advanced": _library,
    "places": _library,
}


@pytest.mark.parametrize("name", sorted(path.stem for path in _FOLDER.glob("*.txt")))
def test_transcript(name: str, tmp_path: Path) -> None:
    play(_FOLDER / f"{name}.txt", tmp_path, **_VALUES.get(name, dict)())
