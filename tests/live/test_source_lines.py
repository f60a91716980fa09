"""Breakpoints at source lines, and what an address came from, in running programs."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support import programs

import trapline


def line(source: str, mark: str) -> str:
    return f"{source}:{programs.mark(source, mark)}"


def sources(point: Any) -> list[tuple[str, int]]:
    return [(Path(place.source.path).name, place.source.line) for place in point.locations]


def test_a_line_is_hit_when_it_runs(launch: Any) -> None:
    """As often as its code is passed, and each stop says the line."""
    inferior = launch(programs.build("lines.c"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(line("lines.c", "body"))
    assert sources(point) == [("lines.c", programs.mark("lines.c", "body"))]
    seen = []
    inferior.run(lambda inferior, _: seen.append(inferior.line(inferior.frame.pc).line))
    # nested(4): argc is 1.
    assert seen == [programs.mark("lines.c", "body")] * 4
    assert point.hit_count == 4


def test_a_line_without_code_moves_to_the_next(launch: Any) -> None:
    inferior = launch(programs.build("lines.c"))
    point = inferior.set_breakpoint(line("lines.c", "comment"))
    assert point.spec == line("lines.c", "comment")
    assert sources(point) == [("lines.c", programs.mark("lines.c", "body"))]


@pytest.mark.parametrize("name", ["full", "tail", "base"])
def test_paths_by_any_tail(launch: Any, name: str) -> None:
    inferior = launch(programs.build("lines.cpp"))
    path = {
        "full": str(programs.SOURCES / "lines.cpp"),
        "tail": "programs/lines.cpp",
        "base": "lines.cpp",
    }[name]
    number = programs.mark("lines.cpp", "push")
    assert sources(inferior.set_breakpoint(f"{path}:{number}")) == [("lines.cpp", number)]


def test_every_instance_of_a_template(launch: Any) -> None:
    """int, double and std::string: three functions of one line, one breakpoint, every call seen."""
    inferior = launch(programs.build("lines.cpp"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(line("lines.cpp", "template"))
    assert len(point.locations) == 3
    assert len({place.function for place in point.locations}) == 3
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count == 3


def test_every_inlined_call_of_a_line(launch: Any) -> None:
    """The line of a header that is inlined in two places is hit in both."""
    inferior = launch(programs.build("lines.c", "-O2"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("lines_inner.h:3")
    assert len(point.locations) >= 2
    assert {name for name, _ in sources(point)} == {"lines_inner.h"}
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count >= 2


def test_a_lambda(launch: Any) -> None:
    inferior = launch(programs.build("lines.cpp"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(line("lines.cpp", "lambda"))
    inferior.run(lambda *_: None)
    assert point.hit_count == 1


def test_rust(launch: Any) -> None:
    """A method of a trait once, a generic function in each of its two instances."""
    inferior = launch(programs.build("lines.rs"), stdout=trapline.DEVNULL)
    area = inferior.set_breakpoint(line("lines.rs", "area"))
    generic = inferior.set_breakpoint(line("lines.rs", "generic"))
    assert (len(area.locations), len(generic.locations)) == (1, 2)
    assert inferior.run(lambda *_: None).code == 0
    assert (area.hit_count, generic.hit_count) == (1, 1)


def test_a_name_in_a_namespace_and_a_class(launch: Any) -> None:
    inferior = launch(programs.build("lines.cpp"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("shapes::Square::area")
    assert sources(point) == [("lines.cpp", programs.mark("lines.cpp", "area"))]
    assert sources(inferior.set_breakpoint("Square::area")) == sources(point)
    doubled = inferior.set_breakpoint("shapes::Base::doubled")
    inferior.run(lambda *_: None)
    assert (point.hit_count, doubled.hit_count) == (1, 1)


def test_a_name_means_the_inlined_calls_too(launch: Any) -> None:
    """always_inline: there is no function of that name, but there are two places where it runs."""
    inferior = launch(programs.build("lines.c", "-O2"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("inner_square")
    assert len(point.locations) >= 2
    inferior.run(lambda *_: None)
    assert point.hit_count >= 2


def test_a_line_alone_is_in_the_file_at_hand(launch: Any) -> None:
    inferior = launch(programs.build("lines.c"), stdout=trapline.DEVNULL)
    number = programs.mark("lines.c", "result")
    assert sources(inferior.set_breakpoint(str(number))) == [("lines.c", number)]


def test_the_file_at_hand_is_that_of_the_moment(launch: Any) -> None:
    """Another is at hand in the next run; the breakpoint stays in its own, and says so where it is saved."""
    program = programs.build("types_user.c", libraries=(programs.build("types_owner.c", "-c"),))
    inferior = launch([program])
    inferior.set_breakpoint("make_owner", temporary=True)
    inferior.resume()
    number = programs.mark("types_owner.c", "one")
    point = inferior.set_breakpoint(str(number))
    assert sources(point) == [("types_owner.c", number)]
    inferior.restart()
    assert inferior.resume().breakpoints == (point,)
    assert sources(point) == [("types_owner.c", number)]
    assert point.shown.endswith(f"/types_owner.c:{number}") and point.spec == str(number)


def test_a_line_of_a_library_is_pending_until_it_is_loaded(launch: Any) -> None:
    library = programs.build("plugin.c", "-shared", "-fPIC")
    inferior = launch([programs.build("loader.c"), library])
    point = inferior.set_breakpoint("plugin.c:4")
    assert point.pending
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert [place.module for place in point.locations] == [Path(library).name]


def test_what_no_module_has(launch: Any) -> None:
    """Pending, or with pending=False an error that says whether the file or the line is missing."""
    inferior = launch(programs.build("lines.c"))
    inferior.advance("main")
    assert inferior.set_breakpoint("nowhere.c:1").pending
    with pytest.raises(trapline.SymbolNotFound, match=r"No source file named nowhere\.c"):
        inferior.set_breakpoint("nowhere.c:1", pending=False)
    with pytest.raises(trapline.SymbolNotFound, match=r'No line 9999 in file "lines\.c"'):
        inferior.set_breakpoint("lines.c:9999", pending=False)


def test_a_stripped_program_has_no_lines(launch: Any) -> None:
    program = programs.build("lines.c", "-s")
    inferior = launch(program)
    assert inferior.set_breakpoint("lines.c:40").pending
    assert inferior.line(inferior.frame.pc) is None


def test_until_advance_and_jump_take_lines(launch: Any) -> None:
    inferior = launch(programs.build("lines.c"), stdout=trapline.DEVNULL)
    here = inferior.advance(line("lines.c", "body")).frame
    assert inferior.line(here.pc).line == programs.mark("lines.c", "body")
    assert inferior.until(line("lines.c", "result")).frame.function == "nested"
    inferior.jump(line("lines.c", "loop"))
    assert inferior.line(inferior.frame.pc).line == programs.mark("lines.c", "loop")


def test_the_line_of_an_address(launch: Any) -> None:
    """A fact with path, line and column, which pickles; None where nothing is known."""
    inferior = launch(programs.build("lines.cpp"))
    place = inferior.set_breakpoint(line("lines.cpp", "area")).locations[0]
    found = inferior.line(place.address)
    assert (found.path, found.line) == (
        str(programs.SOURCES / "lines.cpp"),
        programs.mark("lines.cpp", "area"),
    )
    assert found.column > 0
    assert pickle.loads(pickle.dumps(found)) == found
    assert repr(found).startswith("SourceLocation(")
    match found:
        case trapline.SourceLocation(path, number, _):
            assert (path, number) == (found.path, found.line)
    assert inferior.line(0x10) is None
    assert inferior.line(inferior.symbol("_start")) is None


def test_a_symbol_and_an_inferior_symbol_are_addresses(launch: Any) -> None:
    inferior = launch(programs.build("lines.c"))
    found = inferior.line(inferior.symbol("nested"))
    assert found is not None and found.path.endswith("lines.c")


def test_source_text(launch: Any, tmp_path: Path) -> None:
    inferior = launch(programs.build("lines.cpp"))
    place = inferior.places(line("lines.cpp", "area"))[0]
    assert "@mark area" in inferior.source(place.source.path).line(place.source.line)
    with pytest.raises(trapline.NoSource):
        inferior.source(str(tmp_path / "gone.c"))


def test_broken_line_information_ends_nothing(launch: Any, tmp_path: Path) -> None:
    """A program whose .debug_line is zeros: names bind at their address, lines are pending."""
    program = str(shutil.copy(programs.build("lines.c"), tmp_path / "broken"))
    raw = bytearray(Path(program).read_bytes())
    from trapline.elf.image import Image

    image = Image.open(program)
    section = image.section(".debug_line")
    image.close()
    assert section is not None
    raw[section.offset : section.offset + section.size] = b"\x7f" * section.size
    Path(program).write_bytes(raw)
    inferior = launch(program, stdout=trapline.DEVNULL)
    pending = inferior.set_breakpoint("lines.c:40")
    assert pending.pending
    pending.delete()
    point = inferior.set_breakpoint("nested")
    assert point.locations[0].address == programs.load_address(inferior.pid, program, "nested")
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count == 1


def test_a_line_in_a_cold_part(launch: Any) -> None:
    """It stops there; gdb 13 takes the part, which is before the entry, for a prologue, and stops at that."""
    inferior = launch([programs.build("cold.cpp", "-O2")], stdout=trapline.DEVNULL)
    for name, function in (("thrown", "deep"), ("caught", "catcher")):
        line = programs.mark("cold.cpp", name)
        (place,) = inferior.set_breakpoint(f"cold.cpp:{line}").locations
        symbol = inferior.symbol(place.address)
        assert symbol is not None and symbol.name.endswith(".cold")
        inferior.resume()
        frame = inferior.frame
        assert (frame.function, frame.location.line) == (function, line)
