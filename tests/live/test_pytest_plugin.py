"""The pytest plugin: a fixture that launches, kills what is left, and shows where a failed test stood."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support import processes, programs


def run(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run one test file in a pytest of its own that loads the plugin by its entry point."""
    (tmp_path / "test_it.py").write_text(body.replace("{program}", programs.build("spin.c")))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )


def test_what_a_test_leaves_is_killed(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
def test_it(launch_inferior, tmp_path):
    inferior = launch_inferior(["{program}"], stdout=-3)
    inferior.set_breakpoint("turn")
    inferior.resume()
    inferior.resume_nowait(0)
    open("pid", "w").write(str(inferior.pid))
""",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not processes.exists(int((tmp_path / "pid").read_text()))


def test_a_failure_shows_the_last_stop_and_the_stacks(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
def test_it(launch_inferior):
    inferior = launch_inferior(["{program}"], stdout=-3)
    inferior.set_breakpoint("turn")
    inferior.resume()
    assert inferior.frame.function == "other"
""",
    )
    assert done.returncode == 1
    assert "trapline: process" in done.stdout
    assert "last stop: " in done.stdout and "breakpoint 1" in done.stdout.lower()
    frames = re.findall(r"^  #(\d+) (\w+) \(.*\) at (.*):(\d+)$", done.stdout, re.MULTILINE)
    source = str(programs.SOURCES / "spin.c")
    assert [frame[:3] for frame in frames[:2]] == [("0", "turn", source), ("1", "main", source)]


def test_a_fixture_that_fails_shows_them_too(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
import pytest

@pytest.fixture
def at_turn(launch_inferior):
    inferior = launch_inferior(["{program}"], stdout=-3)
    inferior.set_breakpoint("turn")
    inferior.resume()
    raise LookupError("not as it should be")

def test_it(at_turn):
    pass
""",
    )
    assert done.returncode == 1
    assert "last stop: breakpoint 1" in done.stdout and "#0 turn (" in done.stdout


def test_the_plugin_costs_nothing_until_it_is_used(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
import sys

def test_it():
    assert "pytest_trapline" in sys.modules
    assert "trapline" not in sys.modules
""",
    )
    assert done.returncode == 0, done.stdout + done.stderr
