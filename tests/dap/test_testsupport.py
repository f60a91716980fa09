"""npm's @vscode/debugadapter-testsupport, a client that we did not write, against the server."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from tests.support import node, programs

_SOURCES = {"c": "editor.c", "cpp": "lines.cpp", "rust": "lines.rs", "faults": "faults.c", "spin": "spin.c"}


def _described(source: str) -> dict[str, object]:
    """Return the path of a program, of its source, and the source's marked lines."""
    path = programs.SOURCES / source
    marks = re.findall(r"@mark (\w+)", path.read_text())
    return {
        "program": programs.build(source),
        "path": str(path),
        "lines": {name: programs.mark(source, name) for name in marks},
    }


@pytest.mark.timeout(300)
def test_testsupport() -> None:
    node.package("@vscode/debugadapter-testsupport")
    given = {
        "trapline": str(Path(sys.executable).with_name("trapline")),
        "programs": {name: _described(source) for name, source in _SOURCES.items()},
    }
    done = node.run("--test", node.SCRIPTS / "client.test.js", timeout=280, TRAPLINE_TEST=json.dumps(given))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), done.stdout
