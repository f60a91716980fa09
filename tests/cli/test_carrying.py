"""`attach` and `file`: the points of the program before are those of the next one, as in gdb."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from tests.support import processes, programs

import trapline
from trapline import Inferior
from trapline.cli.render import Renderer
from trapline.cli.session import Session

Launch = Callable[..., Inferior]


class Prompt:
    """A session of which each line is asked for what it prints."""

    def __init__(self, inferior: Inferior) -> None:
        self.session = Session(inferior, Renderer(StringIO(), StringIO()))

    def __enter__(self) -> Prompt:
        return self

    def __exit__(self, *error: object) -> None:
        self.session.program.__exit__(None, None, None)

    def says(self, line: str) -> list[str]:
        """Return what a line prints, errors among it."""
        out = StringIO()
        with self.session.render.captured(out, out):
            self.session.execute(line)
        return out.getvalue().splitlines()

    def points(self) -> list[str]:
        """Return the list of points without addresses: no two processes are at the same place."""
        return [" ".join(word for word in row.split() if "0x" not in word) for row in self.says("info b")]


def test_points_go_over_to_the_next_process() -> None:
    """With numbers, conditions, commands, what is disabled and what is pending; then numbers go on."""
    program = programs.build("spin.c")
    with processes.running(program) as first, processes.running(program) as second:
        with Prompt(trapline.attach(first.pid)) as prompt:
            for line in ("break turn", "tbreak nothing_such", "break main", "watch counter", "catch fork"):
                prompt.says(line)
            prompt.session.scripts.lines[1] = ["silent", "print 42"]
            for line in ("delete 3", "condition 1 counter > 3", "ignore 1 2", "disable 5"):
                prompt.says(line)
            before = prompt.points()
            assert [row.split()[0] for row in before if row[0].isdigit()] == ["1", "2", "4", "5"]
            prompt.says("detach")
            assert prompt.says(f"attach {second.pid}")[0] == f"Attached to process {second.pid}."
            assert prompt.points() == before
            prompt.says("disable 4")
            assert prompt.says("continue") == ["Continuing.", "$1 = 42"]
            assert prompt.says("break main")[0].startswith("Breakpoint 6 at ")
        assert (processes.tracer(first.pid), processes.tracer(second.pid)) == (0, 0)


def test_run_starts_the_program_that_was_attached_to() -> None:
    """Once it is let go: as long as it is there it is not ended for another."""
    program = programs.build("spin.c")
    with processes.running(program) as first, Prompt(trapline.attach(first.pid)) as prompt:
        prompt.says("tbreak main")
        (refusal,) = prompt.says("run")
        assert "was attached to: `detach` or `kill` it first" in refusal
        prompt.says("detach")
        assert any(line.startswith("Temporary breakpoint 1, main ") for line in prompt.says("run"))
        assert prompt.session.process.pid != first.pid
        assert processes.tracer(first.pid) == 0


def test_numbers_go_on_where_nothing_is_left_of_the_points() -> None:
    """As in gdb: a number is never given twice at one prompt."""
    with Prompt(trapline.launch([programs.build("spin.c")])) as prompt:
        for line in ("break main", "tbreak turn", "delete", "kill"):
            prompt.says(line)
        prompt.says(f"file {programs.build('values_c.c')}")
        assert prompt.says("break main")[0].startswith("Breakpoint 3 at ")


def test_points_go_over_to_another_program() -> None:
    """By name: where the program has none it is pending; what means nothing there is told."""
    first, second = programs.build("values_c.c"), programs.build("spin.c")
    with Prompt(trapline.launch([first], stdout=trapline.DEVNULL)) as prompt:
        for line in ("break main", "tbreak lengths", "break by_value", "run", "continue", "watch n", "kill"):
            prompt.says(line)
        said = prompt.says(f"file {second}")
        assert said[0] == "Watchpoint 4 was on a local variable: n"
        assert said[-1].endswith("at its first instruction.")
        rows = prompt.points()
        assert rows[1].startswith("1 breakpoint keep y in main at ")
        assert rows[2:4] == ["2 breakpoint del y <PENDING> lengths", "3 breakpoint keep y <PENDING> by_value"]


def test_what_cannot_be_set_again_touches_nothing_else() -> None:
    """A watchpoint, a condition, a function of Python's: each is told, and the others are as they were."""
    with Prompt(trapline.launch([programs.build("carried.c", "-DFIRST")])) as prompt:
        for line in ("break add if x > 100", "watch only_first", "condition 2 counter == 2", "disable 2"):
            prompt.says(line)
        for line in ('dprintf add,"here\\n"', "break add if only_first > 3", "watch only_first"):
            prompt.says(line)
        prompt.session.program.set_breakpoint("add", callback=lambda *_: None)
        prompt.says("watch only_first")
        prompt.says("kill")
        said = prompt.says(f"file {programs.build('carried.c')}")
        assert said[:-1] == [
            '2 is not set again: No symbol "only_first" in current context.',
            '4 is disabled: No symbol "only_first" in current context.',
            '5 is not set again: No symbol "only_first" in current context.',
            "Breakpoint 6 called a function of Python's",
            '7 is not set again: No symbol "only_first" in current context.',
        ]
        rows = [row.partition(" in add")[0] for row in prompt.points()]
        assert rows[1:3] == ["1 breakpoint keep y", "stop only if x > 100"]
        assert rows[3:] == ["3 dprintf keep y", 'printf "here\\n"', "4 breakpoint keep n"]
        assert prompt.says("break main")[0].startswith("Breakpoint 8 at ")


def test_numbers_are_never_given_twice(launch: Launch) -> None:
    inferior = launch([programs.build("spin.c")])
    inferior.number_points_from(7)
    assert inferior.set_breakpoint("main").id == 7
    with pytest.raises(trapline.UsageError, match="the next number is 8 or a larger one, not 7"):
        inferior.number_points_from(7)
    assert inferior.set_breakpoint("turn").id == 8
