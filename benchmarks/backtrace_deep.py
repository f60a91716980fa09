"""How long is a backtrace of 10,000 frames, each with its arguments and its line?

What a user waits for is the time from `bt` to its text, so both command lines measure that inside
themselves: the processor time around the command, its output taken as a string, of the debugger's first
backtrace; the command before it was `run`.  Both texts have the same length, to the byte.  "cpu" is the
whole of both sides, with what starting them, reading the program and the first stop cost.
"""

from __future__ import annotations

from benchmarks.question import Figure, Goal, Question

DEPTH = 10_000

_LAST = f"descend (depth={DEPTH}, step=1) at "

_OURS = (
    "python import time; from trapline.cli.embedded import EmbeddedSession; "
    "session = EmbeddedSession(inferior, lambda resume: resume()); "
    "begin = time.process_time_ns(); _, answer = session.run_line('bt'); "
    "spent = time.process_time_ns() - begin; "
    f"assert answer.count(chr(10)) == {DEPTH} + 2 and {_LAST!r} in answer, answer[-1000:]; "
    "open('{out}', 'a').write('command %d 1' % spent + chr(10))"
)

_GDB = (
    "python import time; gdb.execute('break bottom', to_string=True); gdb.execute('run', to_string=True); "
    "begin = time.process_time_ns(); answer = gdb.execute('bt', to_string=True); "
    "spent = time.process_time_ns() - begin; "
    f"assert answer.count(chr(10)) == {DEPTH} + 2 and {_LAST!r} in answer, answer[-1000:]; "
    "open('{out}', 'a').write('command %d 1' % spent + chr(10))"
)

_ARGV = ("{program}", str(DEPTH))

QUESTION = Question(
    program="deep.c",
    flags=("-O0", "-g"),
    arguments=(str(DEPTH),),
    counts={"trapline": 1, "gdb": 1},
    commands={
        "trapline": (
            "{python}",
            "-m",
            "trapline",
            "--batch",
            "-ex",
            "break bottom",
            "-ex",
            "run",
            "-ex",
            _OURS,
            "--args",
            *_ARGV,
        ),
        "gdb": ("gdb", "-nx", "-q", "-batch", "-ex", _GDB, "--args", *_ARGV),
    },
    figures=(
        Figure("command", "`bt` of 10,000 frames, from the command to its text", "ms"),
        Figure("cpu", "... with the start and the first stop", "ms"),
        Figure("memory", "... memory", "MB"),
    ),
    goals=(Goal("command", "faster", 8, "gdb"),),
)
