"""Macros where a program is stopped: compilers that gdb does not read right, and when tables are read."""

from __future__ import annotations

import pytest
from tests.support import programs

import trapline
from trapline.symbols import macros

_FLAGS = ("-g3", "-DGIVEN=9")


def _at_one(*flags: str, compiler: str | None = None) -> trapline.Inferior:
    inferior = trapline.launch(programs.build("macros.c", *flags, compiler=compiler))
    inferior.set_breakpoint("one")
    inferior.resume()
    return inferior


@pytest.mark.parametrize(
    ("compiler", "flags"),
    [
        ("gcc", (*_FLAGS, "-gsplit-dwarf")),
        ("clang", ("-fdebug-macro", "-DGIVEN=9", "-gdwarf-5")),
        ("clang", ("-fdebug-macro", "-DGIVEN=9", "-gdwarf-4")),
    ],
    ids=["gcc split", "clang 5", "clang 4"],
)
def test_compilers(compiler: str, flags: tuple[str, ...]) -> None:
    """What the compiler records wrongly or elsewhere is found: gdb finds the file's own in none or some."""
    with _at_one(*flags, compiler=compiler) as inferior:
        assert int(inferior.evaluate("MAX(a, 3) + LATE")) == 6
        assert int(inferior.evaluate("number_of(table)")) == 6
        found = inferior.macros().definition("MAX")
        assert found is not None
        assert found.macro.signature == "MAX(a, b)"
        assert found.sources[0][1] == 4
        if compiler == "clang":
            assert int(inferior.evaluate("GIVEN * FROM_HEADER")) == 63


def test_nothing_is_read_for_what_means_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are read once, by the first name that is no variable, function or type."""
    made: list[object] = []
    real = macros.UnitMacros

    def counted(*arguments: object) -> object:
        made.append(arguments)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(macros, "UnitMacros", counted)
    with _at_one(*_FLAGS) as inferior:
        for text in ("a + counter_itself", "sizeof(int)", "one", "(unsigned long) a"):
            inferior.evaluate(text)
        inferior.set_breakpoint("main", condition="counter_itself == 4")
        assert not made
        assert int(inferior.evaluate("MAX(a, 9)")) == 9
        assert int(inferior.evaluate("LATE")) == 1
        assert len(made) == 1


def test_conditions_and_logpoints() -> None:
    """They mean what their own line has before it, wherever they are set."""
    with trapline.launch(programs.build("macros.c", *_FLAGS)) as inferior:
        line = programs.mark("macros.c", "main")
        inferior.set_breakpoint(f"macros.c:{line}", condition="LATE == 1")
        stop = inferior.set_breakpoint("one", condition="LATE == 1 && MAX(a, 3) == 5")
        assert stop.hit_count == 0
        inferior.resume()
        assert stop.hit_count == 1
        assert isinstance(inferior.resume(), trapline.Exited)


def test_a_variable_hides_a_macro_and_the_session_hides_both() -> None:
    from trapline.symbols.macros import Macro

    with _at_one(*_FLAGS) as inferior:
        assert int(inferior.evaluate("a")) == 5
        inferior.own_macros = {"a": Macro("a", None, "77")}
        assert int(inferior.evaluate("a")) == 77
        inferior.own_macros = {}
        assert int(inferior.evaluate("a")) == 5


def test_without_macros() -> None:
    with _at_one() as inferior:
        assert not inferior.macros()
        assert inferior.macros().definition("MAX") is None
        assert list(inferior.macros().definitions()) == []
        with pytest.raises(trapline.VariableNotFound, match='No symbol "FROM_HEADER" in current context'):
            inferior.evaluate("FROM_HEADER")
