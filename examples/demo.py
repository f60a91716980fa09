"""Launch a program, call a function of ours at each hit of two breakpoints, and say how it ended."""

import sys

import trapline


def at_hit(inferior: trapline.Inferior, breakpoint: trapline.Breakpoint) -> None:
    """Say which breakpoint was hit, and two registers as they are there."""
    registers = inferior.thread.registers
    print(f"  hit {breakpoint.hit_count} of {breakpoint.spec}: rip={registers.rip:#x} edi={registers.edi}")


with trapline.launch(sys.argv[1]) as inferior:
    inferior.set_breakpoint("main")
    inferior.set_breakpoint("twice")
    print(inferior.run(at_hit))
