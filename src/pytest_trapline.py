"""A fixture for tests that debug: `launch_inferior(argv, **options)`.

What a test leaves running is killed.  When it fails, its report shows the last stop and the stacks of
every inferior that it launched.  A module beside the package, because pytest imports it at every start:
trapline itself is imported by the first test that asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trapline.inferior import Inferior
    from trapline.inspection.frame import Frame

_LAUNCHED = pytest.StashKey["list[Inferior]"]()
_FRAMES = 30
"""Frames of one stack in a report."""


@pytest.fixture
def launch_inferior(request: pytest.FixtureRequest) -> Iterator[Callable[..., Inferior]]:
    """Return `trapline.launch`; everything that it launched is killed when the test ends."""
    import trapline

    launched: list[Inferior] = []
    request.node.stash[_LAUNCHED] = launched

    def launch(*arguments: Any, **options: Any) -> Inferior:
        inferior = trapline.launch(*arguments, **options)
        launched.append(inferior)
        return inferior

    yield launch
    for inferior in launched:
        inferior.__exit__(None, None, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last stop and the stacks to the report of a test that failed."""
    report = yield
    if report.when in ("setup", "call") and report.failed:
        for inferior in item.stash.get(_LAUNCHED, []):
            report.sections.append((f"trapline: process {inferior.pid}", describe(inferior)))
    return report


def describe(inferior: Inferior) -> str:
    """Return what a failed test wants to know of an inferior: its last stop, and its stacks if it has any."""
    from trapline.base.errors import DebuggerError

    lines = [f"{' '.join(_text(word) for word in inferior.argv)}: {inferior.state}"]
    if inferior.stop is not None:
        lines.append(f"last stop: {inferior.stop}")
    if inferior.exit_status is not None:
        lines.append(f"end: {inferior.exit_status}")
    try:
        for frames, threads in inferior.stacks():
            many = "thread" if len(threads) == 1 else "threads"
            lines.append(f"{len(threads)} {many}: {', '.join(str(thread.tid) for thread in threads)}")
            lines += [f"  {_place(frame)}" for frame in frames[:_FRAMES]]
            if len(frames) > _FRAMES:
                lines.append(f"  ... {len(frames) - _FRAMES} more frames")
    except DebuggerError as error:
        lines.append(f"no stacks: {error}")
    return "\n".join(lines)


def _place(frame: Frame) -> str:
    """Return `#0 sum (n=5) at sum.c:4`, the address and its symbol where no line is known."""
    if frame.location is None:
        return str(frame)
    where = f"{frame.location.path}:{frame.location.line}"
    return f"#{frame.level} {frame.function or '??'} ({frame.arguments.brief()}) at {where}"


def _text(word: str | bytes) -> str:
    return word if isinstance(word, str) else word.decode("utf-8", "backslashreplace")
