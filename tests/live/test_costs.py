"""What a hit costs, in system calls of ours: counted, never timed (KERNEL 4, 12; PERFORMANCE section 2)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import programs

_SCRIPT = """
import sys, trapline
program, threads, count, location, more = sys.argv[1:]
with trapline.launch([program, threads, count]) as inferior:
    inferior.advance("main")
    for offset in range(int(more)):
        inferior.set_breakpoint(f"usleep+{offset}", callback=lambda *_: None)
    point = inferior.set_breakpoint(location, callback=lambda inferior, breakpoint: None)
    assert inferior.run().code == 0
    assert point.hit_count == int(count), point
    assert inferior.inline_steps == 0
"""
_HITS = 2000


def _calls(tmp_path: Path, threads: int, count: int, location: str, more: int) -> int:
    """Return how many system calls the debugger's thread makes for a program with `count` hits."""
    summary = tmp_path / "summary"
    words = [programs.build("sleepers.c"), str(threads), str(count), location, str(more)]
    subprocess.run(
        ["strace", "-c", "-o", summary, sys.executable, "-c", _SCRIPT, *words], check=True, timeout=100
    )
    lines = summary.read_text().splitlines()
    column = lines[0].index("calls") + len("calls")
    return int(lines[-1][:column].split()[-1])


def _per_hit(tmp_path: Path, threads: int = 0, location: str = "hot+1", more: int = 0) -> float:
    if shutil.which("strace") is None:
        pytest.skip("no strace here")
    few, many = (_calls(tmp_path, threads, count, location, more) for count in (1, 1 + _HITS))
    return (many - few) / _HITS


def test_four_system_calls(tmp_path: Path) -> None:
    """wait, registers, pc, continue: where no thread can stand behind the trap by itself."""
    assert 3.99 <= _per_hit(tmp_path) <= 4.02


def test_five_where_the_pc_proves_nothing(tmp_path: Path) -> None:
    """Rule 4: a displaced instruction of one byte (push rbp) wants the si_code as well."""
    assert 4.99 <= _per_hit(tmp_path, location="*hot") <= 5.02


def test_breakpoints_cost_nothing(tmp_path: Path) -> None:
    """Fifty more breakpoints, not hit: the same four."""
    assert 3.99 <= _per_hit(tmp_path, more=50) <= 4.02


def test_sleeping_threads_cost_nothing(tmp_path: Path) -> None:
    """Rule 12: a hit among forty sleeping threads costs what it costs among two."""
    two, forty = _per_hit(tmp_path, threads=2), _per_hit(tmp_path, threads=40)
    assert abs(two - forty) < 0.05
    assert forty <= 5.05


_STEPS = """
import os, sys, trapline
program, verb, count = sys.argv[1:]
with trapline.launch([program]) as inferior:
    inferior.advance("twice")
    for _ in range(int(count)):
        getattr(inferior, verb)()
unused = "control.awaiting", "inspection.futures"
assert not [name for name in unused if f"trapline.{name}" in sys.modules]
"""
_ASKED = ("getpid", "gettid")


@pytest.mark.parametrize("verb", ["step", "next"])
def test_a_step_by_lines_asks_nothing_about_ourselves(tmp_path: Path, verb: str) -> None:
    """Each step's is one getpid() (rule 13), and nothing of async functions in a program of C."""
    if shutil.which("strace") is None:
        pytest.skip("no strace here")

    def asked(count: int) -> list[str]:
        seen = tmp_path / "seen"
        words = [programs.build("steps_ticks.c"), verb, str(count)]
        command = [
            "strace",
            "-e",
            f"trace={','.join(_ASKED)}",
            "-o",
            seen,
            sys.executable,
            "-c",
            _STEPS,
            *words,
        ]
        subprocess.run(command, check=True, timeout=100)
        return seen.read_text().splitlines()

    few, many = asked(10), asked(60)
    more = {name: sum(name in line for line in many) - sum(name in line for line in few) for name in _ASKED}
    assert more["gettid"] == 0
    assert more["getpid"] <= 50
