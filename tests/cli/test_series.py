"""The two series that trapline was founded on: what each row and chapter brings is shown by a test that runs.

*rusty_trap* is a library, its rows are tests; each chapter of *Writing a Linux Debugger* brings commands of a
prompt, which are typed in a transcript and in the chapter's section of the tutorial.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.cli import documents, test_documents, test_transcripts
from tests.live import test_seeds as seeds

_ROOT = Path(__file__).parent.parent.parent
_TRANSCRIPTS = Path(__file__).parent / "transcripts"
_TUTORIAL = "docs/tutorial.md"


def _cases(test: Callable[..., None]) -> list[Any]:
    """Return what the one parameter of a test is in each of its runs."""
    (mark,) = (mark for mark in test.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    return list(mark.args[1])


ROWS: dict[str, tuple[Callable[..., None], ...]] = {
    "a program is started with its arguments, and is stopped": (seeds.test_launch_returns_a_stopped_program,),
    "it_can_exec: to its exit code": (seeds.test_it_can_exec,),
    "addresses are not randomized": (seeds.test_randomization_is_off_by_default,),
    "an address as objdump shows it": (seeds.test_set_breakpoint_at_a_file_address,),
    "it_can_set_breakpoints: at main": (seeds.test_it_can_set_breakpoints,),
    "at an address": (seeds.test_set_breakpoint_at_an_address,),
    "a trap at any alignment": (seeds.test_a_trap_at_any_alignment,),
    "the callback is a closure": (seeds.test_the_callback_may_change_captured_state,),
    "the callback sees the program as it is": (
        seeds.test_the_callback_sees_the_program_in_its_natural_state,
    ),
    "the instruction pointer": (seeds.test_get_and_set_the_instruction_pointer,),
    "several breakpoints": (
        seeds.test_several_distinct_breakpoints,
        seeds.test_it_can_handle_more_than_one_breakpoint,
    ),
    "one breakpoint many times": (
        seeds.test_the_same_breakpoint_hit_many_times,
        seeds.test_it_can_handle_a_breakpoint_more_than_once,
    ),
    "no global state": (seeds.test_no_global_state,),
    "hardware breakpoints": (seeds.test_hardware_breakpoints_beside_software_ones,),
    "a breakpoint object: address, enable, disable": (seeds.test_a_breakpoint_object,),
    "output before and behind a breakpoint": (seeds.test_output_before_and_after_the_breakpoint,),
}
"""The rows of rusty_trap and of the second series' chapter about breakpoints, by the tests of the library."""


def test_rusty_trap_is_in_a_transcript() -> None:
    """Functions of Rust by their names, one of them hit five times."""
    assert "series-rusty-trap" in _cases(test_transcripts.test_transcript)
    lines = (_TRANSCRIPTS / "series-rusty-trap.txt").read_text().splitlines()
    assert not _missing(("break series_loop::main", "break series_loop::five"), _answered(lines))
    assert "\tbreakpoint already hit 5 times" in lines


def test_each_row_has_tests_and_each_test_a_row() -> None:
    told = [test.__name__ for tests in ROWS.values() for test in tests]
    assert sorted(told) == sorted(name for name in vars(seeds) if name.startswith("test_"))


class Chapter(NamedTuple):
    """A chapter of *Writing a Linux Debugger*."""

    heading: str
    """Of the tutorial's section."""
    transcript: str
    typed: tuple[str, ...]
    """Patterns of the lines that a reader of the chapter types, in our words where they are others."""
    shown: tuple[str, ...] = ()
    """Patterns of what the transcript answers where the chapter says what comes."""


CHAPTERS = (
    Chapter("1 Setup", "series-1-setup", ("cont", "quit"), ("unknown command '.*",)),
    Chapter(
        "2 Breakpoints",
        "series-2-breakpoints",
        (r"break \*?(0x|\{).*", "cont(inue)?"),
        ("Set breakpoint at address .*", "Hello, world."),
    ),
    Chapter(
        "3 Registers and memory",
        "series-3-registers",
        (
            "register dump",
            r"register read \w+",
            r"register write rip .+",
            "memory read .+",
            "memory write .+ .+",
            "cont(inue)?",
        ),
        ("Jello, world.",),
    ),
    Chapter(
        "4 ELF and DWARF",
        "series-4-elves",
        (
            "info files",
            "info symbol .+",
            "info line .+",
            "info scope .+",
            "info address .+",
            "info functions .+",
        ),
    ),
    Chapter(
        "5 Source and signals",
        "series-5-signals",
        ("list.*", "status", r"print \$_siginfo.*", "info signals .+"),
        ("Program received signal SIGSEGV, .*",),
    ),
    Chapter("6 Source-level stepping", "series-6-stepping", ("stepi", "step", "next", "finish")),
    Chapter(
        "7 Source-level breakpoints",
        "series-7-breakpoints",
        (r"break [\w.]+:\d+", r"break [a-z]\w+", r"symbol \w+"),
    ),
    Chapter("8 The call stack", "series-8-unwinding", ("backtrace", "up", r"frame \d", "info frame")),
    Chapter("9 Variables", "series-9-variables", ("variables", "info locals", "print .+", "set var .+")),
    Chapter(
        "Remote debugging",
        "series-10-advanced",
        ("target remote .+",),
        ("target: remote targets are not there.*",),
    ),
    Chapter(
        "Shared libraries and dynamic loading",
        "series-10-advanced",
        ("info sharedlibrary", "break plugin_.*"),
    ),
    Chapter("Threads", "series-10-advanced", ("info threads", r"thread \d+", "thread apply .+ backtrace.*")),
    Chapter("Expressions", "series-10-advanced", (r"print \w+\(.+", "print .+ && .+")),
)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.heading)
def test_a_chapter_is_in_its_transcript(chapter: Chapter) -> None:
    """Its commands are typed there, none is refused as unknown, and the transcript is played."""
    assert chapter.transcript in _cases(test_transcripts.test_transcript)
    lines = (_TRANSCRIPTS / f"{chapter.transcript}.txt").read_text().splitlines()
    assert not _missing(chapter.typed, _answered(lines))
    assert not _missing(chapter.shown, lines)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.heading)
def test_a_chapter_is_in_the_tutorial(chapter: Chapter) -> None:
    """It has a section, in which its commands are typed, and the page is played."""
    blocks = documents.blocks(_sections()[chapter.heading])
    lines = [line for language, _, block in blocks if language == "console" for line in block]
    assert not _missing(chapter.typed, _answered(lines))


@pytest.mark.parametrize(
    ("heading", "used"),
    [
        ("Start a program", ("trapline.launch(", ".run(")),
        ("Stop at main, by name and by address", ('set_breakpoint("main")', ".run(at_hit)", "registers.rip")),
        ("Several breakpoints, many hits", ("callback=", "inferior.breakpoints")),
    ],
)
def test_rusty_trap_is_in_the_tutorial(heading: str, used: tuple[str, ...]) -> None:
    """Its chapters have sections with scripts that use what they bring."""
    blocks = documents.blocks(_sections()[heading])
    scripts = "\n".join("\n".join(block) for language, _, block in blocks if language == "python")
    assert not [name for name in used if name not in scripts]


def _sections() -> dict[str, str]:
    """Return the sections of the tutorial, which is played, by their headings."""
    assert _TUTORIAL in _cases(test_documents.test_page)
    parts = re.split(r"^##+ (.+)$", (_ROOT / _TUTORIAL).read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _answered(lines: list[str]) -> list[str]:
    """Return what is typed at the prompt, or given to it with `-ex`, but for what is no command."""
    typed = [word for line in lines if line.startswith("$ ") for word in re.findall(r'-ex "([^"]+)"', line)]
    for line, answer in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("(trapline) ") and not answer.startswith("unknown command"):
            typed.append(line.removeprefix("(trapline) "))
    return typed


def _missing(patterns: tuple[str, ...], lines: list[str]) -> list[str]:
    return [pattern for pattern in patterns if not any(re.fullmatch(pattern, line) for line in lines)]


@pytest.mark.parametrize(
    "page",
    [
        "docs/how-to/a-crash.md",
        "docs/how-to/a-hang.md",
        "docs/how-to/a-race.md",
        "docs/how-to/a-server.md",
        "docs/how-to/a-script.md",
        "docs/how-to/pytest.md",
        "docs/from-gdb.md",
        "docs/from-libdebug.md",
        "examples/README.md",
    ],
)
def test_a_page_that_was_promised_is_played(page: str) -> None:
    assert page in _cases(test_documents.test_page)
