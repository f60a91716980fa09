"""The commands, one room a topic; each declares its own in the registry."""

from __future__ import annotations

ROOMS = (
    "breakpoints",
    "data",
    "dumping",
    "environment",
    "files",
    "memory",
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
    "threads",
    "variables",
    "watching",
)


def load() -> None:
    """Import every room; only the first call does anything."""
    from importlib import import_module

    for room in ROOMS:
        import_module(f"{__name__}.{room}")
