"""gdb's convenience functions that ask the stack, memory and settings: `$_caller_is("f")`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import gdb, programs

import trapline
from trapline import EvaluationError, Inferior
from trapline.cli.app import main

SOURCE = "callers.c"
TEXTS = (
    '$_caller_is("other")', '$_caller_is("main", 2)', '$_caller_is("leaf", 0)', '$_caller_is("main", 9)',
    '$_any_caller_is("main", 2)', '$_any_caller_is("main")', '$_any_caller_is("leaf")',
    '$_caller_matches("oth")', '$_caller_matches("ther")', '$_any_caller_matches("m.in", 3)',
    '$_memeq(&x, &x, 4)', '$_strlen("abc")',
)  # fmt: skip


def test_as_gdb(launch: Callable[..., Inferior]) -> None:
    program = programs.build(SOURCE)
    place = f"{SOURCE}:{programs.mark(SOURCE, 'leaf')}"
    inferior = launch([program])
    inferior.set_breakpoint(place)
    inferior.resume()
    expected = gdb.expressions(program, place, TEXTS)
    assert {text: str(inferior.evaluate(text)) for text in TEXTS} == dict(zip(TEXTS, expected, strict=True))
    outer = list(inferior.thread.frames())[2]
    for text, shown in (
        ("$_creal(z)", "1.5"),
        ("$_cimag(z)", "2.5"),
        ("$_cimag(l)", "4"),
        ('$_memeq(a, "abc", 3)', "1"),
        ('$_memeq(&a, "abd", 3)', "0"),
        ('$_any_caller_is("main", 0)', "1"),
    ):
        assert (text, str(inferior.evaluate(text, outer))) == (text, shown)


def test_in_a_condition(launch: Callable[..., Inferior]) -> None:
    """It is decided at each hit; one that there is not is refused when the condition is set."""
    inferior = launch([programs.build(SOURCE)])
    inferior.own_functions["twice"] = lambda value: 2 * int(value)
    inferior.set_breakpoint("leaf", condition='$_caller_is("middle") && $twice(x) == 4')
    for text, why in (
        ("$_nothing(x)", r"there is no convenience function \$_nothing"),
        ('$_caler_is("x")', r"near: \$_caller_is"),
        ('x == 1 && $_streq("a")', r"\$_streq takes 2 arguments, not 1"),
    ):
        with pytest.raises(EvaluationError, match=why):
            inferior.set_breakpoint("leaf", condition=text)
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert int(inferior.frame["x"]) == 2 and inferior.frame.caller is not None
    assert inferior.frame.caller.function == "middle"
    assert isinstance(inferior.resume(), trapline.Exited)


def test_settings_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = tmp_path / "commands"
    commands.write_text(
        'print $_gdb_setting("print elements")\nset print elements unlimited\n'
        'print $_gdb_setting("print elements")\nprint $_gdb_setting_str("print elements")\n'
        'print $_gdb_setting("confirm") + 1\nprint $_gdb_setting_str("print pretty")\n'
        'break leaf if $_gdb_setting("listsize") == 10\nrun\nprint $_gdb_setting("no such thing")\n'
    )
    main(["--batch", "-x", str(commands), programs.build(SOURCE)])
    out, err = capsys.readouterr()
    assert out.splitlines()[:5] == ["$1 = 200", "$2 = 0", '$3 = "unlimited"', "$4 = 2", '$5 = "off"']
    assert "Breakpoint 1, leaf (x=1)" in out
    assert "takes the name of a setting" in out + err
