"""Say who writes a variable, and what: watch_global.py EXPRESSION PROGRAM [ARGS...]."""

import sys

import trapline


def written(inferior: trapline.Inferior, stop: trapline.WatchpointHit) -> None:
    """Print one write: the thread stands behind the instruction that wrote."""
    frame = inferior.frame
    print(f"{stop.old} -> {stop.new} in {frame.function} at {frame.location}")


with trapline.launch(sys.argv[2:], stdout=trapline.DEVNULL) as inferior:
    inferior.advance("main")
    inferior.set_watchpoint(sys.argv[1], callback=written)
    print(inferior.run())
