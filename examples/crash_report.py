"""Run a program to its end; when it crashes, say why and where, with the variables of each frame.

Usage: crash_report.py PROGRAM [ARGS...].  The exit status is 1 when a signal ended it.
"""

import sys

import trapline

FATAL = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE")


def report(inferior: trapline.Inferior, stop: trapline.Stop) -> None:
    """Print the stop and the stack up to main; the variables where the code is the program's own."""
    print(stop)
    for frame in inferior.thread.frames():
        print(f"  #{frame.level} {frame.function or hex(frame.pc)} at {frame.location or frame.module}")
        if frame.module is inferior.modules[0]:
            for name, value in {**frame.arguments, **frame.locals}.items():
                print(f"      {name} = {value}")
        if frame.function == "main":
            break


with trapline.launch(sys.argv[1:]) as inferior:
    inferior.set_catchpoint("signal", *FATAL, callback=report)
    status = inferior.run()
print(status)
sys.exit(1 if status.signal else 0)
