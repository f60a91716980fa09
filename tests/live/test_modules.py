"""Libraries that come and go, and the breakpoints in them: the dynamic linker's list (KERNEL 33), files
without symbols of their own, static programs."""

from __future__ import annotations

import itertools
import lzma
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


def _plugin() -> str:
    return programs.build("plugin.c", "-shared", "-fPIC")


def _functions(point: Any) -> list[str | None]:
    return [place.function for place in point.locations]


# -- dlopen and dlclose ---------------------------------------------------------------------------


def test_pending_until_dlopen(launch: Any) -> None:
    """Rule 33: unknown until dlopen returns, then bound, in time for the first call."""
    library = _plugin()
    inferior = launch([programs.build("loader.c"), library])
    point = inferior.set_breakpoint("plugin_only")
    inferior.advance("main")
    assert point.pending
    stop = inferior.resume()
    assert (point,) == stop.breakpoints
    expected = programs.body_address(inferior.pid, library, "plugin_only")
    assert expected == point.locations[0].address == inferior.thread.registers.rip
    assert inferior.run().code == 0


def test_code_that_was_stepped_through_is_forgotten_at_dlclose(launch: Any) -> None:
    """What may be mapped there next, such as shared memory, is looked at before a trap is put into it."""
    inferior = launch([programs.build("loader.c"), _plugin()])
    inferior.set_breakpoint("plugin_only", temporary=True)
    inferior.set_breakpoint("unloaded")
    inferior.resume()
    inferior.advance("plugin_add")
    inferior.finish()
    place = inferior.thread.registers.rip
    process = inferior._target.process
    assert any(start <= place < end for start, end in process._private)
    inferior.resume()
    assert not any(start <= place < end for start, end in process._private)


def test_unbound_at_dlclose_and_bound_again(launch: Any) -> None:
    """Rule 33: each of three dlopens binds it again; behind each dlclose it is pending."""
    inferior = launch([programs.build("loader.c"), _plugin(), "3"])
    point = inferior.set_breakpoint("plugin_only", callback=lambda *_: None)
    inferior.set_breakpoint("loaded")
    inferior.set_breakpoint("unloaded")
    pending = [
        (stop.frame.function, point.pending)
        for stop in inferior.events()
        if isinstance(stop, trapline.BreakpointHit)
    ]
    assert pending == [("loaded", False), ("unloaded", True)] * 3
    assert point.hit_count == 3
    assert inferior.exit_status.code == 0


@pytest.mark.parametrize("hardware", [False, True])
def test_a_library_that_goes_takes_what_was_set_in_it(launch: Any, hardware: bool) -> None:
    """Rules 16, 33: nothing is written where the library was; a debug register is free again."""
    inferior = launch([programs.build("loader.c"), _plugin(), "2"])
    inferior.set_breakpoint("loaded", temporary=True)
    inferior.resume()
    address = inferior.symbol("plugin_add").address
    point = inferior.set_breakpoint(address, hardware=hardware)
    inferior.set_breakpoint("unloaded", temporary=True)
    assert (point,) == inferior.resume().breakpoints
    inferior.resume()
    assert point.pending
    if hardware:
        for offset in range(4):
            inferior.set_breakpoint(f"main+{offset}", hardware=True)
    point.delete()
    assert inferior.run().code == 0


def test_a_breakpoint_in_a_library_is_disabled_while_it_is_gone(launch: Any) -> None:
    """What is disabled, enabled or deleted while the library is gone is so when it is back."""
    inferior = launch([programs.build("loader.c"), _plugin(), "3"])
    point = inferior.set_breakpoint("plugin_only")
    inferior.resume()
    inferior.set_breakpoint("unloaded", temporary=True)
    inferior.resume()
    point.disable()
    inferior.set_breakpoint("unloaded", temporary=True)
    assert inferior.resume().frame.function == "unloaded"
    point.enable()
    assert (point,) == inferior.resume().breakpoints
    assert point.hit_count == 2


def test_a_namespace_of_its_own(launch: Any) -> None:
    """Rule 33: dlmopen's library is not in the first list; it is found, twice, in r_debug's next."""
    library = _plugin()
    inferior = launch([programs.build("libraries.c"), "-n", library])
    point = inferior.set_breakpoint("plugin_only", callback=lambda *_: None)
    inferior.set_breakpoint("opened")
    for _ in range(2):
        inferior.resume()
        assert len(point.locations) == 1
    assert inferior.run().code == 0
    assert point.hit_count == 2
    assert point.pending


def test_five_hundred_libraries(launch: Any, tmp_path: Path) -> None:
    """Rule 33: each dlopen costs two stops and a handful of reads, however many are loaded already."""
    source = _plugin()
    libraries = [str(shutil.copy(source, tmp_path / f"{number}.so")) for number in range(500)]
    inferior = launch([programs.build("libraries.c"), *libraries])
    point = inferior.set_breakpoint("plugin_only", callback=lambda *_: None)
    opened = inferior.set_breakpoint("opened")
    table = inferior._target.modules
    counts = []

    def count(*_: Any) -> None:
        counts.append((table.stops, table.reads))

    opened.callback = count
    assert inferior.run().code == 0
    assert opened.hit_count == point.hit_count == 500
    stops = [later[0] - earlier[0] for earlier, later in itertools.pairwise(counts)]
    reads = [later[1] - earlier[1] for earlier, later in itertools.pairwise(counts)]
    assert set(stops) == {2}
    # The state twice, the tail, the new entry and its name.
    assert max(reads) <= 6
    assert len(point.locations) == 500


def test_attach_binds_at_once(attach: Any) -> None:
    """Rule 33: on attach all libraries are known, and a name in one of them is bound at once."""
    library = _plugin()
    with subprocess.Popen([programs.build("libraries.c"), "-w", library], stdin=subprocess.PIPE) as child:
        processes.wait_blocked(child.pid, 0)
        inferior = attach(child.pid)
        point = inferior.set_breakpoint("plugin_only", pending=False)
        assert programs.body_address(child.pid, library, "plugin_only") == point.locations[0].address
        assert child.stdin is not None
        child.stdin.close()
        assert (point,) == inferior.resume(timeout=20).breakpoints
        inferior.detach()
    assert child.returncode == 0


@pytest.mark.parametrize("pattern", ["plugin", r"^plugin\.so$", r"/plugin-[0-9a-f]+/.*so$"])
def test_catch_load_and_unload(launch: Any, pattern: str) -> None:
    """A stop for each change, narrowed by patterns of names and paths; nothing else stops."""
    inferior = launch([programs.build("loader.c"), _plugin(), "2"])
    loads, unloads = (inferior.set_catchpoint(kind, pattern) for kind in ("load", "unload"))
    inferior.set_catchpoint("load", "nosuch")
    inferior.set_catchpoint("unload", "nosuch")
    stops = list(inferior.events())
    assert [type(stop) for stop in stops] == [trapline.LibraryLoaded] * 4 + [trapline.Exited]
    seen = [([m.name for m in stop.modules], [m.name for m in stop.unloaded]) for stop in stops[:-1]]
    assert seen == [(["plugin.so"], []), ([], ["plugin.so"])] * 2
    assert [stop.catchpoints for stop in stops[:-1]] == [(loads,), (unloads,)] * 2
    assert (loads.hit_count, unloads.hit_count) == (2, 2)
    assert "plugin.so" in str(stops[0])


def test_catch_load_alone(launch: Any) -> None:
    """What goes is no load."""
    inferior = launch([programs.build("loader.c"), _plugin()])
    inferior.set_catchpoint("load", "plugin", temporary=True)
    inferior.set_catchpoint("load", "plugin")
    assert [type(stop) for stop in inferior.events()] == [trapline.LibraryLoaded, trapline.Exited]


def test_subscribers_hear_of_modules(launch: Any) -> None:
    """subscribe(): modules and bound breakpoints are told without a stop."""
    told: list[str] = []
    inferior = launch([programs.build("loader.c"), _plugin()])
    inferior.set_breakpoint("plugin_only", callback=lambda *_: None)
    inferior.subscribe(lambda event: told.append(repr(event)))
    assert inferior.run().code == 0
    assert [text for text in told if "loaded=(Module" in text and "plugin.so" in text]
    assert [text for text in told if text.startswith("BreakpointChanged")]


# -- before there are libraries -------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["symbol", "call"])
def test_before_the_libraries_are_there(launch: Any, verb: str) -> None:
    """symbol("puts") and call("puts") say that libraries are not loaded yet, and how to get there."""
    inferior = launch(programs.build("hits.c"), stdout=trapline.DEVNULL)
    with pytest.raises(trapline.SymbolNotFound, match=r'inferior\.advance\("main"\)'):
        getattr(inferior, verb)("puts")
    inferior.advance("main")
    assert inferior.symbol("puts").module.endswith("libc.so.6")
    assert inferior.call("puts", "text") < 1 << 31


def test_a_plt_stub_is_no_symbol(launch: Any) -> None:
    """A pattern and a name never bind to a stub, before or after the library is there."""
    inferior = launch(programs.build("hits.c"), stdout=trapline.DEVNULL)
    name, pattern = inferior.set_breakpoint("printf"), inferior.set_breakpoint(re.compile("^printf$"))
    assert (name.locations, pattern.locations) == ((), ())
    inferior.advance("main")
    libc = inferior.symbol("printf").module
    assert {libc.rpartition("/")[2]} == {place.module for place in (*name.locations, *pattern.locations)}
    assert len(name.locations) == len(pattern.locations) == 1


def test_the_dynamic_linker(launch: Any) -> None:
    """With module= its functions are bound at once; without, when no library has the name."""
    inferior = launch(programs.build("hits.c"), stdout=trapline.DEVNULL)
    linker = inferior.modules[1]
    point = inferior.set_breakpoint("_dl_catch_exception", module=linker.name)
    expected = programs.load_address(inferior.pid, linker.path, "_dl_catch_exception")
    assert [expected] == [place.address for place in point.locations]
    only = inferior.set_breakpoint("_dl_exception_create")
    assert only.pending
    assert (point,) == inferior.advance("main").breakpoints
    point.delete()
    inferior.advance("main")
    assert {linker.name} == {place.module for place in only.locations}


# -- files with few symbols -----------------------------------------------------------------------


def test_a_stripped_program_with_a_dynamic_symbol_table(launch: Any, tmp_path: Path) -> None:
    """.dynsym alone is enough for what it exports."""
    program = programs.build("hits.c", "-rdynamic")
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, program], check=True)
    inferior = launch([stripped, "3"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", pending=False)
    assert programs.file_address(program, "one") == point.locations[0].address - inferior.modules[0].bias
    assert inferior.run().code == 0
    assert point.hit_count == 3


def test_the_symbols_of_gnu_debugdata(launch: Any, tmp_path: Path) -> None:
    """A stripped program with .gnu_debugdata, as distributions make it: its static functions have names."""
    program = programs.build("hits.c")
    symbols, stripped = tmp_path / "symbols", tmp_path / "stripped"
    subprocess.run(["objcopy", "-S", "--keep-symbol=one", "--only-keep-debug", program, symbols], check=True)
    packed = tmp_path / "packed"
    packed.write_bytes(lzma.compress(symbols.read_bytes()))
    subprocess.run(["strip", "-o", stripped, program], check=True)
    subprocess.run(["objcopy", "--add-section", f".gnu_debugdata={packed}", stripped], check=True)
    inferior = launch([stripped, "3"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint("one", pending=False)
    assert programs.file_address(program, "one") == point.locations[0].address - inferior.modules[0].bias
    assert inferior.run().code == 0
    assert point.hit_count == 3


def test_an_internal_address_of_a_stripped_program(launch: Any, tmp_path: Path) -> None:
    """Without any symbol, an address as objdump prints it is still a place."""
    program = programs.build("hits.c")
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, program], check=True)
    inferior = launch([stripped, "3"], stdout=trapline.DEVNULL)
    point = inferior.set_breakpoint(f"stripped!{programs.file_address(program, 'one'):#x}")
    with pytest.raises(trapline.SymbolNotFound):
        inferior.set_breakpoint("one", pending=False)
    assert inferior.run().code == 0
    assert point.hit_count == 3


def test_a_file_address_in_a_library_to_come(launch: Any) -> None:
    """`plugin.so!0x...` waits for the library; an address that it does not have is said when it is there."""
    library = _plugin()
    inferior = launch([programs.build("loader.c"), library])
    point = inferior.set_breakpoint(f"plugin.so!{programs.file_address(library, 'plugin_add'):#x}")
    assert point.pending
    assert (point,) == inferior.resume().breakpoints
    assert inferior.frame.function == "plugin_add"
    with pytest.raises(trapline.LocationError, match=r"0x7000000 .*plugin\.so"):
        inferior.set_breakpoint("plugin.so!0x7000000")


@pytest.mark.parametrize(
    ("flags", "compiler"),
    [(("-static",), None), (("-static-pie", "-fPIE"), None), ((), "musl-gcc"), (("-static",), "musl-gcc")],
)
def test_other_ways_to_link(launch: Any, flags: tuple[str, ...], compiler: str | None) -> None:
    """Rule 33: static and static-pie programs have no list; musl's linker has its own hook."""
    program = programs.build("hits.c", *flags, compiler=compiler)
    inferior = launch([program, "3"], stdout=trapline.DEVNULL)
    one, puts = inferior.set_breakpoint("one", pending=False), inferior.set_breakpoint("printf")
    assert inferior.run().code == 0
    assert (one.hit_count, puts.hit_count) == (3, 1)


def test_dlopen_by_musl(launch: Any) -> None:
    """Rule 33: musl's r_brk is found too."""
    library = programs.build("plugin.c", "-shared", "-fPIC", compiler="musl-gcc")
    inferior = launch([programs.build("loader.c", compiler="musl-gcc"), library])
    point = inferior.set_breakpoint("plugin_only")
    assert (point,) == inferior.resume().breakpoints
    assert inferior.run().code == 0


def test_a_program_that_is_deleted_while_it_runs(launch: Any, tmp_path: Path) -> None:
    """Its symbols are read from the file that the kernel still holds."""
    program = shutil.copy(programs.build("hits.c"), tmp_path / "gone")
    inferior = launch([program, "3"], stdout=trapline.DEVNULL)
    program.unlink()
    point = inferior.set_breakpoint("one", pending=False)
    assert inferior.run().code == 0
    assert point.hit_count == 3


def test_a_library_that_is_broken_on_disk(launch: Any, tmp_path: Path) -> None:
    """A file that is overwritten after it was loaded gives no names and no crash; `problem` says why."""
    library = Path(shutil.copy(_plugin(), tmp_path / "plugin.so"))
    inferior = launch([programs.build("loader.c"), str(library)])
    inferior.advance("main")
    inferior.set_breakpoint("loaded")

    def spoil(inferior: Any, stop: Any) -> None:
        library.unlink()
        library.write_bytes(b"\x7fELF" + b"\xff" * 100)

    inferior.set_catchpoint("load", "plugin", callback=spoil)
    inferior.resume()
    module = next(one for one in inferior.modules if one.name == "plugin.so")
    assert module.symbol("nosuch") is None
    assert inferior.run().code == 0
