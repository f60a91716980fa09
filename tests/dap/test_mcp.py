"""A client that we did not write and whose user is a language model: dap-mcp, from PyPI."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.dap.places import EDITOR, at, path
from tests.support import programs

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".cache" / "dap-mcp" / "bin" / "python"
SCRIPT = Path(__file__).with_name("mcp") / "session.py"


@pytest.mark.timeout(300)
def test_a_session() -> None:
    """Its breakpoint with a condition, its view of a stop, its steps; messages are as its types have them."""
    if not PYTHON.exists():
        pytest.skip("no dap-mcp here (./dev test installs it from PyPI)")
    trapline = Path(sys.executable).with_name("trapline")
    done = subprocess.run(
        [PYTHON, SCRIPT, trapline, programs.build(EDITOR), path(EDITOR), str(at("scaled"))],
        capture_output=True,
        text=True,
        timeout=200,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["complaints"] == [] and found["verified"] == [True]
    stopped = found["stopped"]
    assert (stopped["function"], stopped["line"]) == ("scale", at("scaled"))
    assert stopped["variables"] | {"value": "4", "factor": "100", "scaled": "400"} == stopped["variables"]
    assert "int scaled = value * factor;" in stopped["text"]
    assert found["value"] == "400"
    assert found["wrong"][0] is False and "nobody" in found["wrong"][1]
    assert found["next"]["function"] == "scale" and found["next"]["line"] > at("scaled")
    assert found["out"]["function"] == "main"
    assert found["events"][-2:] == ["exited", "terminated"]
    assert found["status"] == -signal.SIGTERM  # so dap-mcp ends every adapter
