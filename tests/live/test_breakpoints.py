"""Breakpoints: every form of location, and everything that can be asked of one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support import programs

import trapline

HITS = "hits.c"


def _at(inferior: Any, location: Any, **options: Any) -> list[int]:
    """Return the load addresses that a location binds to."""
    point = inferior.set_breakpoint(location, **options)
    return [place.address for place in point.locations]


# -- forms of location ----------------------------------------------------------------------------


def test_every_form_means_the_same_address(launch: Any) -> None:
    """Integer, name, *address, file address, module!name: one place, as nm and the map say."""
    program = programs.build(HITS, "-pie", "-fPIE")
    inferior = launch(program)
    address = programs.load_address(inferior.pid, program, "one")
    in_file = programs.file_address(program, "one")
    forms: list[Any] = ["*one", f"*{address:#x}", f"{address:#x}", address, "hits!*one", f"hits!{in_file:#x}"]
    assert [[address]] * 6 == [_at(inferior, form) for form in forms]
    assert [address] == _at(inferior, in_file, module="hits")
    assert [address] == _at(inferior, "*one", module="hits")
    assert [address] == _at(inferior, inferior.symbol("one"))


def test_a_name_means_the_body_behind_the_prologue(launch: Any) -> None:
    """Where the lines are known, as in gdb; the location says which line that is."""
    program = programs.build(HITS)
    inferior = launch(program)
    body = programs.body_address(inferior.pid, program, "one")
    assert [body] * 3 == [
        *_at(inferior, "one"),
        *_at(inferior, "hits!one"),
        *_at(inferior, "one", module="hits"),
    ]
    (place,) = inferior.set_breakpoint("one").locations
    assert place.source is not None
    assert (place.source.path, place.source.line) == (
        str(programs.SOURCES / HITS),
        programs.mark(HITS, "one-body"),
    )


def test_a_name_without_lines_means_its_address(launch: Any) -> None:
    program = programs.build(HITS, "-g0")
    inferior = launch(program)
    assert [programs.load_address(inferior.pid, program, "one")] == _at(inferior, "one")
    assert inferior.set_breakpoint("one").locations[0].source is None


def test_a_symbol_and_an_offset(launch: Any) -> None:
    """`"two+N"` is N bytes behind the symbol, and a stop there says that pc."""
    program = programs.build(HITS)
    inferior = launch([program, "1", "1"], stdout=trapline.DEVNULL)
    instructions = inferior.disassemble("two", 3)
    offset = instructions[2].address - instructions[0].address
    expected = programs.load_address(inferior.pid, program, "two") + offset
    assert [expected] == _at(inferior, f"two+{offset}")
    assert [expected] == _at(inferior, f"two+{offset:#x}")
    inferior.resume()
    assert expected == inferior.thread.registers.rip


def test_a_regular_expression(launch: Any) -> None:
    """A pattern binds to every function whose name it matches; each counts as the one breakpoint."""
    program = programs.build(HITS)
    inferior = launch([program, "2", "1"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(re.compile("^(one|two)$"), module="hits")
    expected = {programs.body_address(inferior.pid, program, name) for name in ("one", "two")}
    assert expected == {place.address for place in point.locations}
    assert {"one", "two"} == {place.function for place in point.locations}
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count == 5


def test_a_library_function(launch: Any) -> None:
    """`"libc.so.6!puts"`: pending before the libraries are there, then bound in libc alone."""
    inferior = launch(programs.build("signals.c"))
    point = inferior.set_breakpoint("libc.so.6!raise")
    assert point.pending
    assert point.locations == ()
    inferior.advance("main")
    assert not point.pending
    (place,) = point.locations
    libc = next(module for module in inferior.modules if "libc.so.6" in module.path)
    expected = programs.load_address(inferior.pid, libc.path, "raise")
    assert expected == place.address


def test_a_name_binds_to_the_function_and_never_to_a_plt_stub(launch: Any) -> None:
    """A call through the PLT hits once, in the library's own function."""
    library = programs.build("plugin.c", "-shared", "-fPIC")
    inferior = launch(programs.build("needs_plugin.c", libraries=(library,)))
    point = inferior.set_breakpoint("plugin_only")
    inferior.resume()
    expected = programs.body_address(inferior.pid, library, "plugin_only")
    assert [expected] == [place.address for place in point.locations]
    assert inferior.run(lambda *_: None).code == 33
    assert point.hit_count == 1


def test_malloc_is_not_bound_in_the_dynamic_linker(launch: Any) -> None:
    """ld.so has a malloc of its own, which nobody means unless `module=` says so."""
    inferior = launch(programs.build(HITS), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("malloc")
    inferior.advance("main")
    assert [place.module.split("/")[-1] for place in point.locations] == ["libc.so.6"]


def test_an_ifunc_binds_to_the_chosen_implementation(launch: Any) -> None:
    """Rule 30: hits are calls of the implementation, never of the resolver."""
    program = programs.build("ifunc.c")
    inferior = launch([program, "four"])
    own = inferior.set_breakpoint("chosen")
    status = inferior.run(lambda *_: None)
    assert status.code == 6
    assert own.hit_count == 3


def test_an_ifunc_is_bound_where_the_loader_points(launch: Any) -> None:
    """Rule 30: after relocation the location is the implementation that the resolver returned."""
    program = programs.build("ifunc.c")
    inferior = launch(program)
    inferior.advance("main")
    assert [programs.body_address(inferior.pid, program, "second")] == _at(inferior, "chosen")


def test_an_ifunc_of_libc(launch: Any) -> None:
    """Rule 30: strlen is one of libc's IFUNCs; the program's own call is seen with its argument."""
    inferior = launch([programs.build("ifunc.c", "-fno-builtin"), "a particular argument"])
    texts = []

    def look(inferior: Any, point: Any) -> None:
        texts.append(inferior.memory.read_c_string(inferior.thread.registers.rdi))

    inferior.advance("main")
    point = inferior.set_breakpoint("strlen", callback=look)
    libc = next(module for module in inferior.modules if "libc.so.6" in module.path)
    resolver = programs.load_address(inferior.pid, libc.path, "strlen")
    assert resolver not in [place.address for place in point.locations]
    inferior.run()
    assert b"a particular argument" in texts


@pytest.mark.parametrize("flags", [(), ("-static",), ("-static-pie", "-fPIE")], ids=" ".join)
def test_an_ifunc_before_it_is_relocated(launch: Any, flags: tuple[str, ...]) -> None:
    """Rule 30: pending until the resolver has returned, by name and by pattern, in a static program too."""
    program = programs.build("ifunc.c", "-fno-builtin", *flags)
    inferior = launch([program, "a particular argument"])
    texts = []

    def look(inferior: Any, point: Any) -> None:
        texts.append(inferior.memory.read_c_string(inferior.thread.registers.rdi))

    own = inferior.set_breakpoint("chosen", callback=lambda *_: None)
    length = inferior.set_breakpoint("strlen", callback=look)
    pattern = inferior.set_breakpoint(re.compile("^(chosen|strlen)$"), callback=lambda *_: None)
    assert (own.locations, length.locations, pattern.locations) == ((), (), ())
    assert inferior.run().code == 6
    assert own.hit_count == 3
    assert b"a particular argument" in texts
    assert pattern.hit_count == own.hit_count + length.hit_count


def test_an_unmapped_integer_is_refused_with_what_was_meant(launch: Any) -> None:
    """An address as objdump prints it is not mapped in a PIE; the message says which one was meant."""
    program = programs.build(HITS, "-pie", "-fPIE")
    inferior = launch(program)
    in_file = programs.file_address(program, "one")
    meant = programs.load_address(inferior.pid, program, "one")
    with pytest.raises(trapline.LocationError) as caught:
        inferior.set_breakpoint(in_file)
    assert f"{in_file:#x}" in str(caught.value)
    assert f"{meant:#x}" in str(caught.value)


@pytest.mark.parametrize("location", [0, 1 << 63, -5, "", "*", "+4", "a b c", 1.5, None, b"main"])
def test_a_location_that_means_nothing(launch: Any, location: Any) -> None:
    """Refused with LocationError at once; the session goes on."""
    inferior = launch(programs.build("twelve.c"))
    with pytest.raises((trapline.LocationError, TypeError)):
        inferior.set_breakpoint(location, pending=False)
    assert inferior.run().code == 12


def test_a_missing_symbol(launch: Any) -> None:
    """pending=False: SymbolNotFound, which is a LookupError and names what is near."""
    inferior = launch(programs.build(HITS))
    with pytest.raises(trapline.SymbolNotFound) as caught:
        inferior.set_breakpoint("nevr", pending=False)
    assert isinstance(caught.value, LookupError)
    assert caught.value.name == "nevr"
    assert "never" in caught.value.near
    assert "never" in str(caught.value)


def test_a_breakpoint_that_is_never_bound_warns_at_exit(launch: Any) -> None:
    """UnboundBreakpointWarning with near names, when the inferior exits."""
    inferior = launch(programs.build("twelve.c"))
    point = inferior.set_breakpoint("twise")
    assert point.pending
    with pytest.warns(trapline.UnboundBreakpointWarning, match="twise.*twice"):
        assert inferior.run().code == 12


def test_no_warning_for_a_deleted_or_bound_one(launch: Any) -> None:
    """Warnings are errors here: neither a deleted nor a bound and never hit breakpoint warns."""
    inferior = launch([programs.build(HITS), "1"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("no_such_name").delete()
    inferior.set_breakpoint("never")
    assert inferior.run().code == 0


# -- what a breakpoint says -----------------------------------------------------------------------


def test_what_a_breakpoint_says(launch: Any) -> None:
    """id counts from 1, spec is as written, a location says address, module, function, enabled."""
    program = programs.build(HITS)
    inferior = launch(program)
    first, second = inferior.set_breakpoint("one"), inferior.set_breakpoint("hits!two")
    assert [first.id, second.id] == [1, 2]
    assert [first.spec, second.spec] == ["one", "hits!two"]
    place: Any
    (place,) = first.locations
    assert isinstance(place, trapline.Location)
    assert (place.function, place.enabled) == ("one", True)
    assert place.module is not None
    assert place.module.split("/")[-1] == "hits"
    assert (first, second) == inferior.breakpoints
    assert not first.pending


def test_what_a_hit_says(launch: Any) -> None:
    """The stop names the breakpoint, thread and frame; the pc is the breakpoint's address."""
    inferior = launch([programs.build(HITS), "1"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one")
    stop = inferior.resume()
    assert isinstance(stop, trapline.BreakpointHit)
    assert (point,) == stop.breakpoints
    assert inferior is stop.inferior
    assert inferior.thread is stop.thread
    assert stop is inferior.stop
    assert (stop.frame.function, stop.frame.pc) == ("one", point.locations[0].address)
    assert inferior.frame.function == "one"


# -- enable, disable, delete ----------------------------------------------------------------------


def test_disable_and_enable(launch: Any) -> None:
    """A disabled one neither stops nor counts; enabled again it goes on counting."""
    inferior = launch([programs.build(HITS), "6"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    never = inferior.set_breakpoint("printf")
    inferior.resume()
    inferior.resume()
    one.disable()
    assert (one.enabled, one.locations[0].enabled) == (False, False)
    assert (never,) == inferior.resume().breakpoints
    assert one.hit_count == 2
    one.enable()
    assert one.enabled
    assert inferior.run().code == 0


def test_enabled_false_at_birth(launch: Any) -> None:
    """enabled=False: known and bound, but not in force."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", enabled=False)
    assert not one.enabled
    assert inferior.run(lambda *_: None).code == 0
    assert one.hit_count == 0


def test_delete(launch: Any) -> None:
    """A deleted one is gone from the list and never hit; deleting twice does no harm."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one")
    inferior.resume()
    one.delete()
    one.delete()
    assert inferior.breakpoints == ()
    assert isinstance(inferior.resume(), trapline.Exited)
    assert one.hit_count == 1


def test_two_at_one_address_and_one_is_deleted(launch: Any) -> None:
    """The trap stays while anybody wants it."""
    inferior = launch([programs.build(HITS), "4"], stdout=trapline.DEVNULL)
    first, second = inferior.set_breakpoint("one"), inferior.set_breakpoint("one")
    assert (first, second) == inferior.resume().breakpoints
    first.delete()
    assert (second,) == inferior.resume().breakpoints
    assert inferior.run(lambda *_: None).code == 0
    assert (first.hit_count, second.hit_count) == (1, 4)


def test_temporary(launch: Any) -> None:
    """A temporary breakpoint is deleted at its first hit."""
    inferior = launch([programs.build(HITS), "3"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", temporary=True)
    assert (one,) == inferior.resume().breakpoints
    assert inferior.breakpoints == ()
    assert isinstance(inferior.resume(), trapline.Exited)


def test_ignore_count(launch: Any) -> None:
    """ignore_count passes are counted and not reported."""
    inferior = launch([programs.build(HITS), "5"], stdout=trapline.DEVNULL)
    one = inferior.set_breakpoint("one", ignore_count=3)
    inferior.resume()
    assert one.hit_count == 4
    # rdi is the loop's counter: the fourth call has 3.
    assert inferior.thread.registers.rdi == 3
    one.ignore_count = 1
    assert isinstance(inferior.resume(), trapline.Exited)
    assert one.hit_count == 5


def test_ignored_passes_call_no_callback(launch: Any) -> None:
    """A callback is called only for passes that are not ignored."""
    calls = []
    inferior = launch([programs.build(HITS), "5"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint(
        "one", ignore_count=2, callback=lambda inferior, _: calls.append(inferior.thread.registers.rdi)
    )
    inferior.run()
    assert calls == [2, 3, 4]


def test_thread_filter(launch: Any) -> None:
    """With thread= only that thread's passes stop and count."""
    inferior = launch([programs.build("threads.c"), "3", "50"], stdout=trapline.PIPE)
    inferior.set_breakpoint("work", temporary=True)
    stop = inferior.resume()
    mine = stop.thread
    point = inferior.set_breakpoint("work", thread=mine)
    by_tid = inferior.set_breakpoint("work", thread=mine.tid)
    tids = []

    def note(inferior: Any, _: Any) -> None:
        tids.append(inferior.thread.tid)

    assert inferior.run(note).code == 0
    # It stands at its first call, which does not hit again; 49 follow.
    assert (point.hit_count, by_tid.hit_count) == (49, 49)
    assert {mine.tid} == set(tids)
    assert inferior.stdout.read() == b"works 150\n"


def test_recursion(launch: Any) -> None:
    """Every level of a recursion is a hit."""
    inferior = launch(programs.build("jumps.c"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("recurse")
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count == 21


def test_longjmp(launch: Any) -> None:
    """A function that is left by longjmp hits each time it is entered."""
    inferior = launch(programs.build("jumps.c"), stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("leave")
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count == 5


def test_generated_code(launch: Any) -> None:
    """A breakpoint in memory that the program writes anew is the program's to overwrite; it runs right."""
    program = programs.build("jumps.c")
    inferior = launch(program, stdout=trapline.PIPE)
    at = inferior.set_breakpoint("generated")
    inferior.resume()
    jit = inferior.memory.read_pointer(programs.load_address(inferior.pid, program, "jit"))
    code = inferior.set_breakpoint(jit)
    assert (code,) == inferior.resume().breakpoints
    assert inferior.memory.read(jit, 6) == b"\xb8\x01\0\0\0\xc3"
    at.delete()
    # Only the first round has our trap: the program's own memcpy takes it away.
    assert inferior.run(lambda *_: None).code == 0
    assert inferior.stdout.read() == b"depth 20 leaves 5 sum 6\n"


@pytest.mark.parametrize("flags", [("-no-pie",), ("-pie", "-fPIE"), ("-static",)], ids=" ".join)
def test_every_class_of_instruction(launch: Any, flags: tuple[str, ...]) -> None:
    """Rule 11: calls of each form, jumps, loops, rep, pushf, syscall, rip-relative operands: each breakpoint
    counts its passes exactly, and the program's own checks of its results hold."""
    program = programs.build("instructions.S", *flags)
    names = sorted(name for name in programs.symbols(program) if name.startswith("at_"))
    inferior = launch(program)
    points = {name: inferior.set_breakpoint(name) for name in names}
    status = inferior.run(lambda *_: None)
    expected = dict.fromkeys(names, 2) | {"at_loop": 6, "at_self": 6, "at_ret": 8}
    assert expected == {name: point.hit_count for name, point in points.items()}
    assert status.code == 0


@pytest.mark.parametrize("hardware", [False, True])
def test_stops_at_every_class_of_instruction(launch: Any, hardware: bool) -> None:
    """Rule 11: the same when each hit is a reported stop, by trap byte and by debug register."""
    program = programs.build("instructions.S")
    names = sorted(name for name in programs.symbols(program) if name.startswith("at_"))
    for chunk in [names[i : i + 4] for i in range(0, len(names), 4)] if hardware else [names]:
        inferior = launch(program)
        points = {name: inferior.set_breakpoint(name, hardware=hardware) for name in chunk}
        last = list(inferior.events())[-1]
        expected = dict.fromkeys(chunk, 2) | {
            name: count for name, count in {"at_loop": 6, "at_self": 6, "at_ret": 8}.items() if name in chunk
        }
        assert expected == {name: point.hit_count for name, point in points.items()}
        assert last.status.code == 0


def test_every_instruction_of_a_program(launch: Any) -> None:
    """A breakpoint on each instruction of main: the program still computes what it should."""
    program = programs.build("instructions.S", "-no-pie")
    inferior = launch(program)
    symbol = inferior.symbol("main")
    instructions = [
        one for one in inferior.disassemble("main", 200) if one.address < symbol.address + symbol.size
    ]
    assert len(instructions) > 60
    points = [inferior.set_breakpoint(one.address) for one in instructions]
    assert inferior.run(lambda *_: None, timeout=60).code == 0
    assert points[0].hit_count == 1


def test_no_hit_needs_more_than_one_stop(launch: Any) -> None:
    """A slot can be had for every instruction of an ordinary program: nothing is stepped in line."""
    inferior = launch([programs.build(HITS), "50", "50"], stdout=trapline.DEVNULL)
    for name in ("one", "two", "main"):
        inferior.set_breakpoint(name)
    assert inferior.run(lambda *_: None).code == 0
    assert inferior.inline_steps == 0


def test_a_thousand_breakpoints(launch: Any) -> None:
    """Breakpoints on every function of libc that can have one; the program is not disturbed."""
    inferior = launch([programs.build(HITS), "20"], stdout=trapline.PIPE)
    inferior.advance("main")
    point = inferior.set_breakpoint(re.compile("^_IO_"), module="libc.so.6")
    assert len(point.locations) > 50
    assert inferior.run(lambda *_: None).code == 0
    assert point.hit_count > 0
    assert inferior.stdout.read() == b"ones 20 twos 0 sum 210\n"


def test_a_pattern_of_a_template_s_name(launch: Any) -> None:
    """What a template returns is before its name where a demangler writes it, and no part of it."""
    inferior = launch(programs.build("steps_templates.cpp"))
    anchored = inferior.set_breakpoint(re.compile("^largest"))
    assert [place.function for place in anchored.locations] == ["largest<int>", "largest<double>"]
    inferior.run(lambda *_: None)
    assert anchored.hit_count == 2


def test_cplusplus_symbols(launch: Any) -> None:
    """A mangled name, as nm prints it, is a location; so is a pattern over all overloads."""
    inferior = launch(programs.build("named.cpp"))
    method = inferior.set_breakpoint("_ZN5space5Thing6methodEi")
    over = inferior.set_breakpoint(re.compile("^_ZN5space4over"), module="named")
    written = inferior.set_breakpoint(re.compile(r"^space::over\("), module="named")
    assert inferior.run(lambda *_: None).code == 11
    assert (method.hit_count, over.hit_count, written.hit_count) == (2, 2, 2)
    assert len(over.locations) == len(written.locations) == 2
