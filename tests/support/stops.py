"""A program at a marked line, where many tests begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.support import programs

import trapline
from trapline import Inferior


def at_mark(
    launch: Callable[..., Inferior],
    source: str,
    mark: str,
    *flags: str,
    compiler: str | None = None,
    arguments: Sequence[str] = (),
) -> Inferior:
    """Return an inferior that has come to a marked line of its source, by a breakpoint that is gone."""
    program = programs.build(source, *flags, compiler=compiler)
    inferior = launch([program, *arguments], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(f"{source}:{programs.mark(source, mark)}", temporary=True)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    return inferior


def line(inferior: Inferior) -> int:
    """Return the line of the selected frame."""
    location = inferior.frame.location
    assert location is not None
    return location.line
