"""A real editor: Emacs and its dap-mode, as Debian packages them, without a screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import programs

SOURCE = "editor.c"
SCRIPT = Path(__file__).with_name("emacs") / "session.el"


def _emacs() -> str:
    """Return the path of Emacs; skip the test where it or its dap-mode is missing."""
    path = shutil.which("emacs")
    if path is None:
        pytest.skip("no emacs here (apt-get install emacs-nox elpa-dap-mode)")
    found = subprocess.run(
        [path, "--batch", "--eval", "(progn (package-initialize) (require 'dap-mode))"],
        capture_output=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    if found.returncode:
        pytest.skip("no emacs with dap-mode here (apt-get install elpa-dap-mode)")
    return path


@pytest.mark.timeout(300)
def test_a_session(tmp_path: Path) -> None:
    done = subprocess.run(
        [_emacs(), "--batch", "--load", SCRIPT],
        capture_output=True,
        text=True,
        timeout=180,
        stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "TRAPLINE": str(Path(sys.executable).with_name("trapline")),
            "PROGRAM": programs.build(SOURCE),
            "SOURCE": str(programs.SOURCES / SOURCE),
            "LINE": str(programs.mark(SOURCE, "scale")),
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    output = said.pop("output")
    for text in ("begin 2", "sum 430", "end hello 0.5 100 2 word"):
        assert text in output  # nothing is late at the end, when dap-mode stops reading
    assert said == {
        "stopped": str(programs.mark(SOURCE, "scale")),
        "function": "scale",
        "value": "30",
        "stepped": str(programs.mark(SOURCE, "scaled")),
    }
