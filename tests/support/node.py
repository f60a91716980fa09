"""Node.js and what tests/dap/node/package.json takes from npm, which `./dev` installs where it can."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "dap" / "node"
MODULES = SCRIPTS.parent.parent.parent / ".cache" / "node" / "node_modules"


def command() -> str:
    """Return the path of node; skip the test where it is missing or too old for our scripts."""
    path = shutil.which("node")
    if path is None:
        pytest.skip("no node here (apt-get install nodejs npm)")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"no node of version 20 or newer here, but {version.strip()}")
    return path


def package(name: str) -> Path:
    """Return the folder of a package of npm's; skip the test where it is not installed."""
    folder = MODULES / name
    if not (folder / "package.json").exists():
        pytest.skip(f"no {name} here (./dev test installs it from npm into .cache/node)")
    return folder


def run(*arguments: str | Path, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script to its end, with the packages of npm at hand, and return what it said.

    One that takes too long fails the test; it and what it had started are killed.
    """
    words = [command(), *map(str, arguments)]
    with subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_PATH": str(MODULES), **environment},
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            pytest.fail(f"{words[-1]} took more than {timeout:g} s:\n{output}{errors}")
    return subprocess.CompletedProcess(words, process.returncode, output, errors)
