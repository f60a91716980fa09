"""How long does an editor wait for what is in a container: `variables` of a thousand elements."""

from __future__ import annotations

import statistics
import sys
import time

from benchmarks.adapter import adapter, place_of
from benchmarks.question import Figure, Goal, Question, Run

QUESTION = Question(
    program="thousand.cpp",
    arguments=(),
    flags=("-g", "-O0"),
    counts={"trapline": 5},
    figures=(
        Figure("vector", "an editor's `variables` of a std::vector of 1,000 numbers", "ms"),
        Figure("map", "... of a std::map of 1,000", "ms"),
        Figure("strings", "... of 1,000 std::string", "ms"),
        Figure("structures", "... of 1,000 structures", "ms"),
        Figure("objects", "... of 1,000 pointers to objects of a derived class", "ms"),
    ),
    goals=tuple(Goal(name, "most", 20) for name in ("vector", "map", "strings", "structures", "objects")),
)


def in_trapline(run: Run) -> None:
    """`trapline dap`."""
    source, line = place_of(QUESTION.program)
    figures: dict[str, list[float]] = {figure.name: [] for figure in QUESTION.figures}
    with adapter([sys.executable, "-m", "trapline", "dap"]) as one:
        one.request("initialize", adapterID="x", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        one.send("launch", program=run.program)
        one.event("initialized")
        one.request("setBreakpoints", source={"path": source}, breakpoints=[{"line": line}])
        one.send("configurationDone")
        thread = one.event("stopped")["threadId"]
        for _ in range(run.count):
            frame = one.request("stackTrace", threadId=thread, levels=1)["stackFrames"][0]["id"]
            scopes = one.request("scopes", frameId=frame)["scopes"]
            scope = next(each for each in scopes if each["name"] == "Locals")["variablesReference"]
            found = one.request("variables", variablesReference=scope)["variables"]
            references = {each["name"]: each["variablesReference"] for each in found}
            for name, values in figures.items():
                begin = time.perf_counter_ns()
                parts = one.request("variables", variablesReference=references[name])["variables"]
                values.append(time.perf_counter_ns() - begin)
                assert len(parts) >= 1000, len(parts)
            one.send("next", threadId=thread)
            one.event("stopped")
    for name, values in figures.items():
        run.report(name, statistics.median(values))
