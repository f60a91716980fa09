"""Trace the C++ exceptions that a program throws, caught ones too: exceptions.py PROGRAM [ARGS...]."""

import sys

import trapline


def thrown(inferior: trapline.Inferior, stop: trapline.ExceptionThrown) -> None:
    """Print the exception and the first function of the program itself on the stack."""
    program = inferior.modules[0]
    where = next((frame for frame in inferior.thread.frames() if frame.module is program), None)
    print(f"{stop.type}: {stop.message}")
    print(f"    thrown in {where}")


with trapline.launch(sys.argv[1:]) as inferior:
    inferior.set_catchpoint("throw", callback=thrown)
    print(inferior.run())
