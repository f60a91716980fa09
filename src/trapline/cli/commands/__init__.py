"""The commands, one room a topic; each declares its own in the registry."""

from __future__ import annotations

ROOMS = (
    "breakpoints",
    "data",
    "dumping",
    "environment",
    "files",
    "inferiors",
    "macros",
    "memory",
    "objects",
    "output",
    "points",
    "points_table",
    "process",
    "registers",
    "running",
    "saving",
    "searching",
    "settings",
    "shell",
    "signals",
    "skips",
    "source",
    "source_paths",
    "stack",
    "status",
    "symbols",
    "system",
    "threads",
    "variables",
    "watching",
)

FREQUENT = {
    "breakpoints": ("b", "break", "tbreak"),
    "data": ("p", "print"),
    "running": ("c", "continue", "finish", "n", "next", "r", "run", "s", "step"),
    "shell": ("q", "quit"),
    "stack": ("backtrace", "bt"),
    "variables": ("info args", "info locals"),
}
"""What short scripts are made of, by room, so that they import no others; no such name is a group's."""


def load_for(name: str) -> bool:
    """Import the room of a frequent command; False where the name is none."""
    room = next((room for room, names in FREQUENT.items() if name in names), None)
    if room is not None:
        __import__(f"{__name__}.{room}")
    return room is not None


def load() -> None:
    """Import every room; only the first call does anything."""
    from importlib import import_module

    for room in ROOMS:
        import_module(f"{__name__}.{room}")
