"""Stacks: code without rules, other C libraries, threads, broken stacks, registers of callers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import programs

import trapline
from trapline.base.errors import StaleError, UnknownRegister, UsageError, VariableNotFound

NO_RULES = ("-g0", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fcf-protection=none")

Launch = Callable[..., Any]


def names(frames: Any) -> list[str | None]:
    """The functions up to main."""
    found: list[str | None] = []
    for frame in frames:
        found.append(frame.function)
        if frame.function == "main":
            break
    return found


def stepped(launch: Launch, program: str, steps: int) -> list[list[str | None]]:
    inferior = launch([program], env={})
    inferior.set_breakpoint("work", temporary=True)
    inferior.resume()
    found = []
    for _ in range(steps):
        found.append(names(inferior.thread.frames()))
        inferior.step_instruction()
    return found


@pytest.mark.parametrize("flags", [("-O0",), ("-O1", "-fomit-frame-pointer"), ("-O2",)])
def test_code_without_rules(launch: Launch, flags: tuple[str, ...]) -> None:
    """At every instruction the stack is the same as that of the same code with rules."""
    plain = ("-fcf-protection=none", "-Wl,-z,now", *flags)
    right = stepped(launch, programs.build("unwinding.c", *plain, "-g0"), 500)
    found = stepped(launch, programs.build("unwinding.c", *plain, *NO_RULES), 500)
    assert max(map(len, right)) > 6
    wrong = [(number, a, b) for number, (a, b) in enumerate(zip(right, found, strict=True)) if a != b]
    assert not wrong, wrong[:3]


def test_recursion_without_rules(launch: Launch) -> None:
    """Every activation is found, each once."""
    program = programs.build("unwinding.c", "-O2", *NO_RULES)
    inferior = launch([program])
    inferior.set_breakpoint("recursive", ignore_count=4)
    inferior.resume()
    frames = inferior.thread.frames()
    assert names(frames) == ["recursive"] * 5 + ["work", "main"]
    assert {frame.found_by for frame in frames[1:6]} == {"instructions"}


@pytest.mark.parametrize(
    ("flags", "compiler"),
    [(("-O2",), None), (("-O0", "-static"), None), (("-O0",), "musl-gcc"), (("-O2", "-static"), "musl-gcc")],
)
def test_through_a_handler(launch: Launch, flags: tuple[str, ...], compiler: str | None) -> None:
    """The kernel's frame is known by its rules, or by its code (musl has no rules for it)."""
    inferior = launch([programs.build("unwinding.c", *flags, compiler=compiler), "signal"])
    inferior.handle_signal("SIGUSR2", stop=False)
    inferior.set_breakpoint("handler")
    inferior.resume()
    frames = inferior.thread.frames()
    found = names(frames)
    assert found[0] == "handler" and found[-2:] == ["signalled", "main"]
    assert any("raise" in str(name) for name in found)
    assert [frame.is_signal_handler_call for frame in frames][:3] == [False, True, False]
    # What was interrupted is known whole, registers that a call may change included.
    assert frames[2].registers.rax == 0
    assert frames.reason == "the outermost frame"


@pytest.mark.parametrize("compiler", [None, "musl-gcc"])
def test_a_fault_that_is_caught(launch: Launch, compiler: str | None) -> None:
    """From the handler over the signal frame to a call of nothing, and on to who called it."""
    inferior = launch([programs.build("unwinding.c", compiler=compiler), "caught"])
    inferior.handle_signal("SIGSEGV", stop=False)
    inferior.set_breakpoint("caught")
    inferior.resume()
    frames = inferior.thread.frames()
    assert names(frames)[-2:] == ["faults", "main"]
    assert [frame.pc == 0 for frame in frames][:4] == [False, False, True, False]


def test_the_vdso(launch: Launch) -> None:
    """At each instruction of the kernel's own code, and of what calls it."""
    inferior = launch([programs.build("unwinding.c"), "clock"])
    inferior.set_breakpoint("main", temporary=True)
    inferior.resume()
    symbol = inferior.symbol("__vdso_clock_gettime")
    inferior.set_breakpoint(f"*{symbol.address:#x}")
    stop = inferior.resume()
    assert stop.frame.module.name == "[vdso]"
    depth = len(inferior.thread.frames())
    inside = 0
    # Bounded: a step takes so long that the clock's writer always intervenes, and the code tries again.
    while inferior.frame.module.name == "[vdso]" and inside < 60:
        assert names(inferior.thread.frames())[-1] == "main"
        assert len(inferior.thread.frames()) >= depth
        inferior.step_instruction()
        inside += 1
    assert inside > 5


def test_threads(launch: Launch) -> None:
    """Each thread's stack ends where it began; `stacks` groups the equal ones."""
    inferior = launch([programs.build("threads.c", "-O2"), "3", "1"], stdout=trapline.DEVNULL)
    inferior.set_breakpoint("work")
    assert isinstance(inferior.resume(), trapline.BreakpointHit)
    assert len(inferior.threads) == 4
    for thread in inferior.threads:
        frames = thread.frames()
        assert len(frames) > 1
        assert frames.reason == "the outermost frame"
    assert sum(len(threads) for _, threads in inferior.stacks()) == len(inferior.threads)


def at_leaf(launch: Launch, *flags: str) -> Any:
    inferior = launch([programs.build("unwinding.c", *flags)])
    inferior.set_breakpoint("leaf", ignore_count=2)  # called by grows
    inferior.resume()
    return inferior


def test_a_return_address_that_is_none(launch: Launch) -> None:
    inferior = at_leaf(launch, "-O0")
    place = inferior.frame.cfa - 8  # where the call left the return address
    inferior.memory.write_integer(place, 0x1234)
    frames = inferior.thread.frames()
    assert len(frames) == 1
    assert frames.reason == "the return address 0x1234 is not code (corrupt stack?)"
    inferior.memory.write_integer(place, 0)


def test_a_stack_that_is_not_there(launch: Launch) -> None:
    inferior = at_leaf(launch, "-O2")
    rsp = inferior.thread.registers.rsp
    inferior.thread.registers.rsp = 0x1000
    frames = inferior.thread.frames()
    assert len(frames) == 1
    assert frames.reason == "the stack is unreadable at 0x1000"
    inferior.thread.registers.rsp = rsp
    assert names(inferior.thread.frames()) == ["leaf", "grows", "work", "main"]


def test_a_loop_of_frame_pointers(launch: Launch) -> None:
    """A saved rbp that points at itself: the stack ends, with the reason."""
    inferior = at_leaf(launch, "-O0")
    frames = inferior.thread.frames()
    base = frames[1].registers.rbp
    inferior.memory.write_integer(base, base)
    fresh = at_level(inferior, 2)
    assert fresh.reason is not None and "inside that of its callee" in fresh.reason
    assert names(fresh)[:2] == ["leaf", "grows"]


def at_level(inferior: Any, least: int) -> Any:
    """The stack, unwound again after memory was changed."""
    rbx = inferior.thread.registers.rbx
    inferior.thread.registers.rbx = rbx ^ 1
    inferior.thread.frames()
    inferior.thread.registers.rbx = rbx
    frames = inferior.thread.frames()
    assert len(frames) >= least
    return frames


def test_registers_of_callers(launch: Launch) -> None:
    """Those that a function gives back are restored, the others refused with a reason."""
    inferior = launch([programs.build("unwinding.c", "-O2")])
    inferior.set_breakpoint("work", temporary=True)
    inferior.resume()
    of_main = {name: inferior.thread.registers[name] for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")}
    inferior.set_breakpoint("compare")
    inferior.resume()
    frames = inferior.thread.frames()
    (main,) = [frame for frame in frames if frame.function == "main"]
    assert {name: main.registers[name] for name in of_main} == of_main
    assert main.registers.pc == main.registers["rip"] == main.pc
    assert main.registers.ebx == of_main["rbx"] & 0xFFFFFFFF
    assert main.registers.fs_base == inferior.thread.registers.fs_base
    assert main.registers.rsp == frames[main.level - 1].cfa
    for name in ("rax", "r10", "eflags", "xmm0"):
        with pytest.raises(
            VariableNotFound, match=f"{name} is not known in this frame: a call may change it"
        ):
            main.registers[name]
    with pytest.raises(UnknownRegister):
        main.registers["rxx"]


def test_writing_a_callers_register(launch: Launch) -> None:
    """It is written where it is kept: on the stack, or still in the thread's register."""
    inferior = launch([programs.build("unwinding.c", "-O2")])
    inferior.set_breakpoint("compare")
    inferior.resume()
    frames = inferior.thread.frames()
    (main,) = [frame for frame in frames if frame.function == "main"]
    old = main.registers.r12
    main.registers.r12 = 0x1122334455667788
    assert main.registers.r12 == 0x1122334455667788
    (again,) = [frame for frame in inferior.thread.frames() if frame.function == "main"]
    assert again.registers.r12 == 0x1122334455667788
    assert inferior.thread.registers.r12 != 0x1122334455667788
    main.registers.r12d = 7
    assert again.level == main.level and main.registers.r12 == 0x1122334400000007
    main.registers.r12 = old
    with pytest.raises(UsageError, match="does not fit"):
        main.registers.r12d = 1 << 40
    with pytest.raises(VariableNotFound):
        main.registers.rax = 1
    caller = inferior.thread.frames()[1]
    caller.registers.rbx = inferior.thread.registers.rbx
    assert caller.registers.rbx == inferior.thread.registers.rbx


def test_frame_0_costs_nothing_for_the_rest(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither call-frame information nor memory is touched for the innermost frame's pc and registers."""
    inferior = at_leaf(launch, "-O2")
    module = inferior.frame.module
    monkeypatch.setattr(type(module), "call_frames", property(lambda self: pytest.fail("asked for rules")))
    frame = inferior.thread.frames()[0]
    assert frame.pc == frame.registers.rip
    assert frame.function == "leaf"


def test_a_stale_stack(launch: Launch) -> None:
    """What has been unwound stays; more of it is refused."""
    inferior = at_leaf(launch, "-O2")
    frames = inferior.thread.frames()
    first = frames[0]
    inferior.step_instruction()
    assert first.level == 0
    with pytest.raises(StaleError):
        _ = first.caller
    with pytest.raises(StaleError):
        _ = frames[1]


def test_finish_without_frame_pointers(launch: Launch) -> None:
    """The caller is the right one where only rules tell it."""
    inferior = launch([programs.build("unwinding.c", "-O2")])
    inferior.set_breakpoint("many")
    inferior.resume()
    stop = inferior.finish()
    assert isinstance(stop, trapline.FunctionFinished)
    assert inferior.frame.function == "work"


def test_a_function_that_has_only_a_symbol_is_named_as_people_write_it(launch: Launch) -> None:
    """Without debug information the linker's name is all that there is."""
    inferior = launch([programs.build("named.cpp", "-g0")])
    inferior.set_breakpoint("_ZN5space5Thing6methodEi")
    inferior.resume()
    assert inferior.frame.function == "space::Thing::method(int)"
    assert "space::Thing::method(int)" in str(inferior.frame)
