"""Handles that are dropped: the collector finds them in any thread, at any moment."""

from __future__ import annotations

import gc

from tests.support import processes, programs

import trapline
from trapline.backend.native import pipes


def test_the_collector_waits_for_no_lock_of_the_pipes() -> None:
    """It came while a pipe was being added, and waited for ever for the one that waited for it."""
    inferior = trapline.launch([programs.build("twelve.c")], stdout=trapline.PIPE)
    cycle = [inferior]
    cycle.append(cycle)  # type: ignore[arg-type]  # only the collector can end it
    del inferior, cycle
    with pipes._drain._lock:
        gc.collect()
    processes.until(lambda: pipes._drain._selector is None, what="the thread of the pipes to end")


def test_one_that_was_interrupted_while_it_was_made() -> None:
    """It has no files yet; nothing is said of that."""
    inferior = trapline.launch([programs.build("twelve.c")])
    del inferior._files
    del inferior
    gc.collect()
