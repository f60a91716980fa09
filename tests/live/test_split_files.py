"""Debug information that is split off (`.dwo`): what its tables and its files mean for a running program."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import programs

from trapline import Exited, Inferior

_SOURCE = "split_tls.c"


@pytest.mark.parametrize(
    "flags",
    [
        ("-gsplit-dwarf",),
        ("-O2", "-gsplit-dwarf", "-gdwarf-4"),
        ("-gsplit-dwarf", "-fuse-ld=gold"),
        ("-gsplit-dwarf", "-DBIG"),
        ("-gsplit-dwarf", "-DBIG", "-fuse-ld=gold"),
    ],
    ids=["5", "4-O2", "gold", "either", "either-gold"],
)
def test_thread_locals_are_read_and_written(launch: Callable[..., Inferior], flags: tuple[str, ...]) -> None:
    """Linkers differ in what they write for one; the program tells whether the right one was written."""
    inferior = launch([programs.build(_SOURCE, *flags)])
    inferior.set_breakpoint("main")
    inferior.resume()
    assert [int(inferior.evaluate(name)) for name in ("tv", "tw")] == [31, 32]
    inferior.evaluate("tv = 20")
    inferior.evaluate("tw = 43")
    stop = inferior.resume()
    assert isinstance(stop, Exited) and stop.status.code == 0


def test_nothing_past_the_block_is_touched(launch: Callable[..., Inferior]) -> None:
    from trapline.base.errors import ValueUnavailable
    from trapline.inspection.thread_locals import thread_local_address

    inferior = launch([programs.build(_SOURCE, "-gsplit-dwarf")])
    inferior.set_breakpoint("main")
    inferior.resume()
    stack = inferior.frame.stack
    module = stack.space.program_module()
    assert thread_local_address(stack, module, 7) == int(inferior.evaluate("(long) &tw")) + 3
    with pytest.raises(ValueUnavailable, match="offset 0x8 is past the thread-local storage of split_tls"):
        thread_local_address(stack, module, 8)
