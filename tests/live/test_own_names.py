"""A name of the program comes before a static variable of a library that is called the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support import programs

import trapline
from trapline import Inferior


@pytest.fixture
def stopped(launch: Callable[..., Inferior]) -> Inferior:
    """A process in its `main`, before it calls `half`."""
    library = programs.build("private_names.c", "-shared", "-fPIC")
    program = programs.build("own_names.cpp", libraries=(library,))
    inferior = launch([program], stdout=trapline.DEVNULL)
    line = programs.mark("own_names.cpp", "called")
    inferior.set_breakpoint(f"own_names.cpp:{line}")
    inferior.resume()
    return inferior


def test_functions_and_types_of_the_program_come_first(stopped: Inferior) -> None:
    assert int(stopped.evaluate("sizeof(couple)")) == 4
    assert int(stopped.evaluate("((couple *)&one)->first")) == 3
    assert stopped.evaluate("half(3)").format() == "1.5"
    assert str(stopped.type_of("half")) == "float (float)"
    assert int(stopped.evaluate("only_here")) == 31  # nothing else is called so
    assert int(stopped.evaluate("quarter(8)")) == 2  # an enumerator there
    assert int(stopped.evaluate("nowhere_else")) == 78


def test_a_condition_means_the_function_of_the_program(stopped: Inferior) -> None:
    line = programs.mark("own_names.cpp", "after")
    point = stopped.set_breakpoint(f"own_names.cpp:{line}", condition="half(2) != 1 || sizeof(couple) != 4")
    stopped.resume()  # to the end: one that cannot be evaluated stops, as a hit
    assert point.hit_count == 0
    assert stopped.state == trapline.State.EXITED


def test_in_the_library_its_own_variables_come_first(stopped: Inferior) -> None:
    stopped.set_breakpoint("scaled", condition="half == 0.5 && couple[1] == 2")
    stopped.resume()
    assert stopped.evaluate("half").format() == "0.5"
    assert int(stopped.evaluate("sizeof(couple)")) == 208
    assert int(stopped.evaluate("quarter")) == 77


def test_a_type_hides_what_another_file_has(launch: Callable[..., Inferior]) -> None:
    """In C a tag is no name of its own; in the other file the variables are meant."""
    other = "named_statics.c"
    program = programs.build("named_types.c", libraries=(str(programs.SOURCES / other),))
    inferior = launch([program])
    for source, name in (("named_types.c", "here"), (other, "there")):
        inferior.set_breakpoint(f"{source}:{programs.mark(source, name)}")
    inferior.resume()
    assert str(inferior.type_of("thing")) == "thing"
    assert int(inferior.evaluate("((thing *)&one)->a")) == 1
    assert int(inferior.evaluate("tag")) == 43
    assert int(inferior.evaluate(f"'{other}'::thing")) == 42
    with pytest.raises(trapline.EvaluationError, match="thing is a type"):
        inferior.evaluate("thing")
    inferior.resume()
    assert int(inferior.evaluate("thing + tag")) == 85


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
def test_what_the_linker_left_out_has_no_value(
    launch: Callable[..., Inferior], compiler: str, version: str
) -> None:
    """Its description says address 0, where in a loaded program the file's own header is."""
    sections = ("-fdata-sections", "-ffunction-sections", "-Wl,--gc-sections")
    inferior = launch([programs.build("dropped.c", version, *sections, compiler=compiler)])
    inferior.set_breakpoint("main")
    inferior.resume()
    assert int(inferior.evaluate("kept")) == 5
    for name in ("dropped", "used_by_nobody", "gone"):
        with pytest.raises(trapline.VariableNotFound):
            inferior.evaluate(name)
    assert not [found.name for found in inferior.declarations("variables", "dropped|nobody")]
    assert [found.name for found in inferior.declarations("variables", "^kept$")] == ["kept"]
