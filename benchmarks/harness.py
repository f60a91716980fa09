"""Asks the questions, every peer beside the others in each round, and says what came out.

A round asks every peer once, in an order that turns, so that what disturbs the machine disturbs all alike.
Figures are medians over the rounds, ratios medians of the rounds' own ratios.  Everything runs on one
processor unless `pin` is false: on two, waking an idle one is most of a stop on some machines, and whether
it is idle is chance.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks import large
from benchmarks.question import LARGE, NAMES, PEERS, Figure, Goal, Question

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "benchmarks"
LIBDEBUG_PYTHON = ROOT / ".cache" / "peers" / "bin" / "python"

QUESTIONS = (
    "hit",
    "hit_push",
    "hit_3000",
    "hit_threads",
    "hit_4000_threads",
    "hot_threads",
    "false_condition",
    "false_condition_variable",
    "single_step",
    "next_over_call",
    "thousand_steps",
    "watchpoint",
    "memory",
    "attach_100_threads",
    "import_time",
    "launch_to_first_stop",
    "command_line",
    "enter_to_prompt",
    "launch_from_large",
    "adapter",
    "adapter_containers",
    "system_calls",
    "first_breakpoint",
    "first_breakpoint.IN_LARGE",
    "line_of_main",
    "line_of_main.IN_LARGE",
    "break_at_line",
    "break_at_line.IN_LARGE",
    "break_at_line.HEADER",
    "break_at_line.HEADER_IN_LARGE",
    "struct_by_name",
    "struct_by_name.IN_LARGE",
    "type_of_global",
    "type_of_global.IN_LARGE",
    "locals_at_pc",
    "locals_at_pc.IN_LARGE",
    "backtrace_deep",
)

TIMEOUT = 300
"""Seconds for one side of one round; gdb takes half a minute for a header's line, more on a busy machine."""

Values = dict[str, float]
"""One side of one round: a figure's name and its value in the figure's unit."""

_SIDE = "import sys; sys.path.insert(0, {root!r}); from benchmarks import side; side.main({words!r})"


def question(name: str) -> Question:
    """Return what a file of benchmarks asks; `break_at_line.HEADER` is that file's `HEADER`."""
    module, _, which = name.partition(".")
    found: Question = getattr(importlib.import_module(f"benchmarks.{module}"), which or "QUESTION")
    return found


def program_of(asked: Question) -> str:
    """Return the path of a question's program, made when it is not there."""
    if asked.program == LARGE:
        return str(large.program())
    return compile_c(ROOT / "benchmarks" / "programs" / asked.program, asked.flags)


def filled(text: str, words: dict[str, str]) -> str:
    """Return a text with `{word}` replaced; other braces stay, for they may be a script's own."""
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return text


def compile_c(source: Path, flags: Iterable[str]) -> str:
    """Return the path of a program, compiling it when source or flags changed."""
    words = ["c++" if source.suffix == ".cpp" else "cc", "-Wall", "-g", "-pthread", *flags]
    texts = [path.read_text() for path in (source, source.with_suffix(".h")) if path.exists()]
    key = hashlib.sha256("\0".join([*texts, *words]).encode()).hexdigest()[:12]
    program = CACHE / f"{source.stem}-{key}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([*words, str(source), "-o", str(program)], check=True)
    return str(program)


def adapter_of_lldb() -> str | None:
    """Return the path of lldb's adapter, as whichever release calls it; None where there is none."""
    names = ("lldb-dap", "lldb-vscode", "lldb-dap-19", "lldb-vscode-14")
    return next((found for name in names if (found := shutil.which(name)) is not None), None)


class Bench:
    """The peers that are here, and what they answered."""

    def __init__(self, names: list[str], rounds: int, *, pin: bool, say: Callable[[str], None]) -> None:
        self.names = self._with_bases(names)
        self.rounds = rounds
        self.processors = [max(os.sched_getaffinity(0))] if pin else sorted(os.sched_getaffinity(0))
        self.answers: dict[str, dict[str, list[Values | None]]] = {}
        self.failures: dict[tuple[str, str], str] = {}
        self._say = say
        self._tracer = compile_c(ROOT / "benchmarks" / "c" / "tracer.c", ["-O2"])
        self._usage = compile_c(ROOT / "benchmarks" / "c" / "usage.c", ["-O2", "-static"])
        self._pythons = {"trapline": sys.executable, "c": sys.executable}
        if LIBDEBUG_PYTHON.exists():
            self._pythons["libdebug"] = str(LIBDEBUG_PYTHON)
        if adapter_of_lldb() is not None:
            self._pythons["lldb"] = sys.executable
        self._gdb = shutil.which("gdb")

    @staticmethod
    def _with_bases(names: list[str]) -> list[str]:
        """Add the questions that goals of the chosen ones compare with."""
        wanted = set(names or QUESTIONS)
        for name in list(wanted):
            wanted |= {goal.against for goal in question(name).goals if goal.kind == "flat"}
        return [name for name in QUESTIONS if name in wanted]

    # -- asking ----------------------------------------------------------------------------------

    def ask(self) -> None:
        """Go through all rounds."""
        for round_ in range(self.rounds):
            for name in self.names:
                asked = question(name)
                if asked.rounds and round_ >= asked.rounds:
                    continue
                self._say(f"round {round_ + 1} of {self.rounds}: {name}")
                for step in range(len(PEERS)):
                    peer = PEERS[(step + round_) % len(PEERS)]
                    answers = self.answers.setdefault(name, {}).setdefault(peer, [])
                    answers.append(self._ask(name, asked, peer))

    def _ask(self, name: str, asked: Question, peer: str) -> Values | None:
        """Run one side of one question; None when the peer is missing or did not do it."""
        if peer not in asked.counts or (name, peer) in self.failures:
            return None
        out = CACHE / "figures"
        out.unlink(missing_ok=True)
        command = self._command(name, asked, peer, str(out))
        if command is None:
            return None
        used = CACHE / "used"
        status, output = self._run([self._usage, str(used), *command])
        lines = out.read_text().splitlines() if out.exists() else []
        is_answered = asked.expected in output if asked.expected else bool(lines)
        if status or not is_answered:
            self.failures[name, peer] = output
            self._say(f"{name}: {NAMES[peer]} failed ({status}): {output.strip().splitlines()[-1:]}")
            return None
        raw = {}
        for line in [*used.read_text().splitlines(), *lines]:
            key, nanoseconds, operations = line.split()
            raw[key] = (float(nanoseconds), float(operations))
        if asked.from_start:
            raw["at"] = (raw["at"][0] - raw["begin"][0], 1.0)
        return {
            figure.name: in_unit(figure, *raw[figure.name]) for figure in asked.figures if figure.name in raw
        }

    def _command(self, name: str, asked: Question, peer: str, out: str) -> list[str] | None:
        count = asked.counts[peer]
        program = program_of(asked)
        words = {"out": out, "count": str(count), "program": program, "python": self._pythons.get(peer, "")}
        arguments = [filled(argument, words) for argument in asked.arguments]
        if (peer == "gdb" and self._gdb is None) or (
            peer in ("libdebug", "lldb") and peer not in self._pythons
        ):
            return None
        if peer in asked.commands:
            return [filled(word, words) for word in asked.commands[peer]]
        side = [name, peer, out, str(count), program, *arguments]
        if peer == "gdb":
            assert self._gdb is not None
            code = _SIDE.format(root=str(ROOT), words=side)
            return [self._gdb, "-nx", "-q", "-batch", "-ex", f"python {code}", "--args", program, *arguments]
        if peer == "c":
            module = importlib.import_module(f"benchmarks.{name}")
            if not hasattr(module, "in_c"):
                return [self._tracer, asked.mode, out, str(count), program, *arguments]
            side.append(self._tracer)
        return [self._pythons[peer], "-c", _SIDE.format(root=str(ROOT), words=side)]

    def _run(self, command: list[str]) -> tuple[int, str]:
        """Run a side to its end and return its status and what it printed."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        kept = CACHE / "kept"
        shutil.rmtree(kept, ignore_errors=True)  # what an earlier round found is no answer to this one
        environment["XDG_CACHE_HOME"] = str(kept)
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.processors)
        try:
            output = CACHE / "output"
            with open(output, "w") as file:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=ROOT, env=environment
                )
                status = _wait(process)
        finally:
            os.sched_setaffinity(0, before)
        return status, output.read_text(errors="replace")

    # -- what came out ---------------------------------------------------------------------------

    def values(self, name: str, peer: str, figure: str) -> list[float | None]:
        """Return a figure's value in each round."""
        answers = self.answers.get(name, {}).get(peer, [])
        return [None if answer is None else answer.get(figure) for answer in answers]

    def median(self, name: str, peer: str, figure: str) -> float | None:
        """Return a figure's median over the rounds; None when there is none."""
        values = [value for value in self.values(name, peer, figure) if value is not None]
        return statistics.median(values) if values else None

    def ratio(self, name: str, figure: Figure, other: tuple[str, str]) -> float | None:
        """Return how many times as good trapline is as `other` (a question and a peer) in this figure.

        More than 1 is better than `other`: the median of the rounds' own ratios.
        """
        ours = self.values(name, "trapline", figure.name)
        theirs = self.values(*other, figure.name)
        ratios = [
            our / their if figure.more_is_better else their / our
            for our, their in zip(ours, theirs, strict=False)
            if our and their
        ]
        return statistics.median(ratios) if ratios else None

    def verdict(self, name: str, figure: Figure, goal: Goal) -> tuple[bool | None, str]:
        """Return whether a goal is reached (None: cannot be told), and say it."""
        if goal.kind == "most":
            value = self.median(name, "trapline", figure.name)
            wanted = f"at most {goal.limit:g} {figure.unit}"
            return (None if value is None else value <= goal.limit), wanted
        if goal.kind == "flat":
            ratio = self.ratio(name, figure, (goal.against, "trapline"))
            said = "" if ratio is None else f"{1 / ratio:.2f}x of `{goal.against}`"
            return (None if ratio is None else 1 / ratio <= goal.limit), f"{said} (<= {goal.limit:g}x)"
        ratio = self.ratio(name, figure, (name, goal.against))
        peer = NAMES[goal.against]
        if ratio is None:
            return None, f"no {peer} to compare with"
        if goal.kind == "within":
            return 1 / ratio <= goal.limit, f"{1 / ratio:.2f}x {peer} (<= {goal.limit:g}x)"
        return ratio >= goal.limit, f"{ratio:.3g}x as good as {peer} (>= {goal.limit:g}x)"

    def table(self) -> str:
        """Return the Markdown table, with what was measured on."""
        peers = [peer for peer in PEERS if any(peer in question(name).counts for name in self.names)]
        lines = [
            "| | " + " | ".join(NAMES[peer] for peer in peers) + " | goals |",
            "|---|" + "--:|" * len(peers) + "---|",
        ]
        missed = 0
        for name in self.names:
            asked = question(name)
            for figure in asked.figures:
                said = []
                for goal in asked.goals:
                    if goal.figure == figure.name:
                        reached, text = self.verdict(name, figure, goal)
                        missed += reached is False
                        said.append(f"**missed** {text}" if reached is False else text)
                cells = [shown(self.median(name, peer, figure.name)) for peer in peers]
                row = [f"{figure.title} ({figure.unit})", *cells, "; ".join(said)]
                lines.append("| " + " | ".join(row) + " |")
        where = "one processor" if len(self.processors) == 1 else f"{len(self.processors)} processors"
        lines += [
            "",
            f"Medians of {self.rounds} rounds, all peers in each, on {where}; {self.machine()}.",
            f"Goals missed: {missed}." if missed else "No goal is missed.",
        ]
        return "\n".join(lines)

    def machine(self) -> str:
        """Say what was measured on."""
        cpu = platform.machine()
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
        parts = [cpu, f"Linux {platform.release()}", f"Python {platform.python_version()}"]
        if self._gdb is not None:
            version = subprocess.run([self._gdb, "--version"], capture_output=True, text=True)
            parts.append(f"gdb {version.stdout.splitlines()[0].split()[-1]}")
        if "libdebug" in self._pythons:
            code = "import importlib.metadata; print(importlib.metadata.version('libdebug'))"
            version = subprocess.run([self._pythons["libdebug"], "-c", code], capture_output=True, text=True)
            parts.append(f"libdebug {version.stdout.strip()}")
        if "lldb" in self._pythons:
            parts.append(os.path.basename(os.path.realpath(str(adapter_of_lldb()))))
        parts.append(datetime.date.today().isoformat())
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """Return everything: each round's values, medians, ratios and goals."""
        result: dict[str, Any] = {
            "machine": self.machine(),
            "rounds": self.rounds,
            "processors": self.processors,
        }
        questions = result["questions"] = {}
        for name in self.names:
            asked = question(name)
            for figure in asked.figures:
                goals = []
                for goal in asked.goals:
                    if goal.figure == figure.name:
                        reached, text = self.verdict(name, figure, goal)
                        goals.append({"text": text, "reached": reached})
                questions[f"{name}.{figure.name}"] = {
                    "title": figure.title,
                    "unit": figure.unit,
                    "rounds": {peer: self.values(name, peer, figure.name) for peer in PEERS},
                    "medians": {peer: self.median(name, peer, figure.name) for peer in PEERS},
                    "times_as_good_as": {
                        peer: self.ratio(name, figure, (name, peer)) for peer in PEERS if peer != "trapline"
                    },
                    "goals": goals,
                }
        result["failures"] = {f"{name} {peer}": text for (name, peer), text in self.failures.items()}
        return result


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for a side; one that takes too long is ended, politely first so that it ends its own."""
    try:
        return process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        return process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait()


def in_unit(figure: Figure, nanoseconds: float, operations: float) -> float:
    """Return a raw figure in its unit."""
    match figure.unit:
        case "µs":
            return nanoseconds / operations / 1e3
        case "ms":
            return nanoseconds / operations / 1e6
        case "GB/s":
            return operations / nanoseconds
        case "MB":
            return nanoseconds / operations / 1e6
        case "calls":
            return nanoseconds / operations
    raise ValueError(figure.unit)


def shown(value: float | None) -> str:
    """Return a value with three digits, or the dash of a missing one."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
