"""Catchpoints: system calls (KERNEL 27), signals, forks, exec, threads, libraries."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from typing import Any

import pytest
from tests.support import processes, programs

import trapline
from trapline.arch import syscalls

_GOOD = b"getppid 1 getuid %d openat -1 errno 2 write 8\n" % os.getuid()


def _calls(launch: Any) -> Any:
    """Return the program of known system calls, stopped where they begin."""
    inferior = launch(programs.build("syscalls.c"), stdout=trapline.PIPE)
    inferior.set_breakpoint("begin", temporary=True)
    inferior.resume()
    return inferior


def _until_end(inferior: Any) -> list[Any]:
    inferior.set_breakpoint("end", temporary=True)
    stops = []
    for stop in inferior.events():
        if isinstance(stop, trapline.BreakpointHit):
            return stops
        stops.append(stop)
    raise AssertionError("it never came to end()")


# -- system calls ---------------------------------------------------------------------------------


def test_all_system_calls(launch: Any) -> None:
    """Rule 27: without names every call is seen, entry and return in turn, by its name."""
    inferior = _calls(launch)
    catch = inferior.set_catchpoint("syscall")
    stops = _until_end(inferior)
    assert [type(stop) for stop in stops] == [trapline.SyscallEntry, trapline.SyscallReturn] * 4
    assert [stop.name for stop in stops[::2]] == ["getppid", "getuid", "openat", "write"]
    assert [stop.name for stop in stops[1::2]] == [stop.name for stop in stops[::2]]
    assert [stop.result for stop in stops[1::2]] == [os.getpid(), os.getuid(), -errno.ENOENT, 8]
    assert catch.hit_count == 8
    catch.delete()
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"written\n" + _GOOD


@pytest.mark.parametrize("names", [("openat", "getuid"), (257, 102), ("openat", 102)])
def test_by_name_and_number(launch: Any, names: tuple[str | int, ...]) -> None:
    """Rule 27: only those named; arguments are the six words."""
    inferior = _calls(launch)
    inferior.set_catchpoint("syscall", *names)
    stops = _until_end(inferior)
    assert [stop.name for stop in stops] == ["getuid", "getuid", "openat", "openat"]
    path = inferior.memory.read_c_string(stops[2].arguments[1])
    assert (stops[2].number, path) == (257, b"/does/not/exist")
    assert len(stops[2].arguments) == 6
    assert "openat(" in str(stops[2])
    assert "-2" in str(stops[3])


@pytest.mark.parametrize(
    ("names", "seen"),
    [
        (("group:file",), ["openat"]),
        (("g:descriptor",), ["openat", "write"]),
        (("group:network", "getuid"), ["getuid"]),
        (("group:signal",), []),
    ],
)
def test_by_group(launch: Any, names: tuple[str, ...], seen: list[str]) -> None:
    """What calls have to do with; beside names."""
    inferior = _calls(launch)
    inferior.set_catchpoint("syscall", *names)
    assert [stop.name for stop in _until_end(inferior)][::2] == seen


def test_groups_are_of_calls_that_there_are() -> None:
    """Each name of each group has a number."""
    for group in ("descriptor", "file", "ipc", "memory", "network", "process", "signal"):
        assert len(set(syscalls.numbers_of(f"group:{group}"))) > 10
    with pytest.raises(trapline.UsageError, match="there are descriptor, file"):
        syscalls.numbers_of("group:nothing")


@pytest.mark.parametrize("name", ["no_such_call", "getuidd", -1, 1 << 40, "", 1.5])
def test_a_call_that_does_not_exist(launch: Any, name: Any) -> None:
    """An unknown name or number is refused with one clear line."""
    inferior = launch(programs.build("syscalls.c"))
    with pytest.raises((trapline.UsageError, TypeError)):
        inferior.set_catchpoint("syscall", name)
    assert inferior.catchpoints == ()


def test_replace_the_arguments(launch: Any) -> None:
    """write's length is made 3; the program sees the true result."""
    inferior = _calls(launch)

    def shorten(_: Any, stop: Any) -> None:
        if isinstance(stop, trapline.SyscallEntry):
            stop.replace(arguments=(*stop.arguments[:2], 3))

    inferior.set_catchpoint("syscall", "write", callback=shorten)
    _until_end(inferior)
    inferior.catchpoints[0].delete()
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"wri" + _GOOD.replace(b"write 8", b"write 3")


def test_replace_the_call(launch: Any) -> None:
    """getuid is made getppid: its return says which call was made."""
    inferior = _calls(launch)
    inferior.set_catchpoint("syscall", "getuid")
    entry = inferior.resume()
    entry.replace("getppid")
    back = inferior.resume()
    assert isinstance(back, trapline.SyscallReturn)
    assert (back.name, back.result) == ("getppid", os.getpid())
    assert inferior.run().code == 0
    assert b"getuid %d " % os.getpid() in inferior.stdout.read()


def test_replace_the_result(launch: Any) -> None:
    """The program sees another result; -errno becomes errno."""
    inferior = _calls(launch)
    inferior.set_catchpoint("syscall", "getuid", "openat")
    for stop in _until_end(inferior):
        assert isinstance(stop, trapline.SyscallEntry | trapline.SyscallReturn)
    inferior = _calls(launch)
    wanted = {"getuid": 4711, "openat": -errno.EACCES}

    def change(_: Any, stop: Any) -> None:
        if isinstance(stop, trapline.SyscallReturn):
            stop.replace(wanted[stop.name])

    inferior.set_catchpoint("syscall", "getuid", "openat", callback=change)
    assert inferior.run().code == 0
    text = b"getppid 1 getuid 4711 openat -1 errno %d write 8\n" % errno.EACCES
    assert inferior.stdout.read() == b"written\n" + text


def test_skip(launch: Any) -> None:
    """The call is not made, the program sees the result, and its SyscallReturn still comes."""
    inferior = _calls(launch)
    inferior.set_catchpoint("syscall", "write")
    entry = inferior.resume()
    entry.skip(8)
    back = inferior.resume()
    assert isinstance(back, trapline.SyscallReturn)
    assert (back.name, back.result) == ("write", 8)
    inferior.catchpoints[0].delete()
    assert inferior.run().code == 0
    assert inferior.stdout.read() == _GOOD


def test_skip_holds_when_the_catchpoint_goes(launch: Any) -> None:
    """Rule 27: what was skipped stays so when nobody catches the return any more."""
    inferior = _calls(launch)
    catch = inferior.set_catchpoint("syscall", "write")
    inferior.resume().skip(8)
    catch.delete()
    assert inferior.run().code == 0
    assert inferior.stdout.read() == _GOOD


def test_an_old_stop_changes_nothing(launch: Any) -> None:
    """replace() and skip() after a resume: StaleError."""
    inferior = _calls(launch)
    inferior.set_catchpoint("syscall", "getuid")
    entry = inferior.resume()
    back = inferior.resume()
    with pytest.raises(trapline.StaleError):
        entry.skip(0)
    with pytest.raises(trapline.StaleError):
        entry.replace("getppid")
    inferior.step_instruction()
    with pytest.raises(trapline.StaleError):
        back.replace(0)


def test_set_inside_a_call(launch: Any) -> None:
    """Rule 27: a catch set while the thread is inside fork() drops its return, which had no entry."""
    inferior = launch([programs.build("forks.c"), "fork"])
    inferior.set_catchpoint("fork")
    assert isinstance(inferior.resume(), trapline.Forked)
    inferior.set_catchpoint("syscall")
    stop = inferior.resume()
    assert isinstance(stop, trapline.SyscallEntry)
    assert isinstance(inferior.resume(), trapline.SyscallReturn)


def test_a_call_that_waits_is_begun_again(attach: Any) -> None:
    """Rules 18 and 27: attach ends read(), the kernel begins it again, and a catch sees that as a call."""
    with subprocess.Popen(
        [programs.build("blocked.c"), "read"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        processes.wait_blocked(child.pid, 0)
        inferior = attach(child.pid)
        inferior.set_catchpoint("syscall", "read", "write")
        child.stdin.close()
        stops = list(inferior.events())
        expected = [("SyscallEntry", "read"), ("SyscallReturn", "read")]
        expected += [("SyscallEntry", "write"), ("SyscallReturn", "write"), ("Exited", "")]
        assert [(type(stop).__name__, getattr(stop, "name", "")) for stop in stops] == expected


def test_a_call_of_ours_at_an_entry(launch: Any) -> None:
    """Rule 27: syscall() at an entry stop first runs to the exit; the program's own call is made once."""
    inferior = _calls(launch)
    catch = inferior.set_catchpoint("syscall", "write")
    assert isinstance(inferior.resume(), trapline.SyscallEntry)
    assert inferior.syscall("getpid") == inferior.pid
    stop = inferior.resume()
    assert isinstance(stop, trapline.SyscallReturn)
    assert stop.result == 8
    catch.delete()
    assert inferior.run().code == 0
    assert inferior.stdout.read() == b"written\n" + _GOOD


def test_disabled_and_enabled(launch: Any) -> None:
    """Out of force nothing is caught, and no thread stops at calls at all."""
    inferior = _calls(launch)
    catch = inferior.set_catchpoint("syscall", "getuid")
    catch.disable()
    assert _until_end(inferior) == []
    catch.enable()
    inferior.set_catchpoint("syscall", "getppid")
    names = [stop.name for stop in inferior.events() if not isinstance(stop, trapline.Exited)]
    assert names == ["getppid", "getppid"]


def test_calls_of_every_thread(launch: Any) -> None:
    """Rule 27: entries and returns pair up in each thread, threads born later included."""
    inferior = launch([programs.build("threads.c"), "4", "3"], stdout=trapline.DEVNULL)
    inside: dict[int, str] = {}
    seen = []

    def check(inferior: Any, stop: Any) -> None:
        tid = stop.thread.tid
        if isinstance(stop, trapline.SyscallEntry):
            assert tid not in inside
            inside[tid] = stop.name
        else:
            assert inside.pop(tid) == stop.name
        seen.append(stop.name)

    inferior.set_catchpoint("syscall", callback=check)
    assert inferior.run(timeout=60).code == 0
    assert {"mmap", "futex"} <= set(seen)
    assert set(inside.values()) <= {"exit", "exit_group"}


def test_a_breakpoint_on_the_instruction_that_calls(launch: Any) -> None:
    """Rules 11 d and 27: a call made in a slot has its entry and return, at the program's own pc."""
    inferior = _calls(launch)
    libc = inferior.symbol("syscall")
    code = inferior.disassemble(libc.address, 30)
    at = next(one for one in code if one.text == "syscall")
    point = inferior.set_breakpoint(at.address, callback=lambda *_: None)
    names, places = [], set()

    def note(_: Any, stop: Any) -> None:
        if isinstance(stop, trapline.SyscallEntry):
            names.append(stop.name)
        places.add(stop.frame.pc)

    inferior.set_catchpoint("syscall", "getppid", "getuid", "openat", "write", callback=note)
    assert _until_end(inferior) == []
    assert names == ["getppid", "getuid", "openat", "write"]
    assert places == {at.address + at.size}
    assert point.hit_count == 4


# -- other events ---------------------------------------------------------------------------------


def test_a_signal_by_name_number_and_all(launch: Any) -> None:
    """catch signal: a stop before the delivery, for signals too that pass unseen otherwise."""
    for names in (("SIGCHLD",), (int(signal.SIGCHLD),), ("CHLD",), ()):
        inferior = launch([programs.build("signals.c"), str(int(signal.SIGCHLD))], stdout=trapline.DEVNULL)
        catch = inferior.set_catchpoint("signal", *names)
        stop = inferior.resume()
        assert isinstance(stop, trapline.SignalReceived)
        assert (stop.signal, catch.hit_count) == (signal.SIGCHLD, 1)
        assert inferior.run().code == 0


@pytest.mark.parametrize(
    ("how", "kind"), [("fork", "fork"), ("vfork", "vfork"), ("spawn", "vfork"), ("clone", "fork")]
)
def test_forks(launch: Any, how: str, kind: str) -> None:
    """catch fork and vfork: a stop with the child's pid; the parent goes on undisturbed."""
    inferior = launch([programs.build("forks.c"), how, "2"])
    catch = inferior.set_catchpoint(kind)
    other = inferior.set_catchpoint("vfork" if kind == "fork" else "fork")
    stops = list(inferior.events())
    assert [type(stop) for stop in stops] == [trapline.Forked, trapline.Forked, trapline.Exited]
    assert all(isinstance(stop.child, int) and stop.child != inferior.pid for stop in stops[:2])
    assert (catch.hit_count, other.hit_count, inferior.exit_status.code) == (2, 0, 2)


@pytest.mark.parametrize("how", ["leader", "thread"])
def test_exec(launch: Any, how: str) -> None:
    """Rule 15: catch exec says the new program, and what is pending is bound in it."""
    inferior = launch([programs.build("execs.c"), how, programs.build("twelve.c")])
    inferior.set_catchpoint("exec")
    stop = inferior.resume(timeout=20)
    assert isinstance(stop, trapline.Execed)
    assert stop.path == os.path.realpath(programs.build("twelve.c"))
    assert inferior.modules[0].name == "twelve"
    assert inferior.run().code == 12


def test_clone_and_exit(launch: Any) -> None:
    """catch clone stops at each birth; catch exit hears each end, the last ones before the process's own."""
    inferior = launch([programs.build("threads.c"), "3", "1"], stdout=trapline.DEVNULL)
    ends = []
    born = inferior.set_catchpoint("clone")
    ended = inferior.set_catchpoint("exit", callback=lambda _, stop: ends.append(stop.tid))
    stops = list(inferior.events())
    assert [type(stop) for stop in stops] == [trapline.ThreadStarted] * 3 + [trapline.Exited]
    assert sorted(ends) == sorted(stop.thread.tid for stop in stops[:3])
    assert (born.hit_count, ended.hit_count) == (3, 3)


def test_an_end_is_a_stop(launch: Any) -> None:
    """catch exit without a callback: ThreadExited, which says whose, while the others live on."""
    inferior = launch([programs.build("threads.c"), "3", "1", "short"], stdout=trapline.DEVNULL)
    inferior.set_catchpoint("exit")
    stop = inferior.resume()
    assert isinstance(stop, trapline.ThreadExited)
    assert stop.tid not in [thread.tid for thread in inferior.threads]
    assert f"{stop.tid} exited" in str(stop)


def test_a_false_answer_goes_on_and_a_true_one_stops(launch: Any) -> None:
    """A catchpoint's callback decides, as a breakpoint's does."""
    inferior = _calls(launch)
    inferior.set_catchpoint(
        "syscall", callback=lambda _, stop: isinstance(stop, trapline.SyscallReturn) and stop.result < 0
    )
    stop = inferior.resume()
    assert (stop.name, stop.result) == ("openat", -errno.ENOENT)


def test_a_catchpoint_may_delete_itself(launch: Any) -> None:
    """delete() inside its own callback: called once."""
    calls = []
    inferior = _calls(launch)

    def once(_: Any, stop: Any) -> None:
        calls.append(stop.name)
        catch.delete()

    catch = inferior.set_catchpoint("syscall", callback=once)
    assert inferior.run().code == 0
    assert calls == ["getppid"]
    assert inferior.catchpoints == ()


@pytest.mark.parametrize(
    ("kind", "names"), [("forks", ()), ("", ()), ("fork", ("x",)), ("signal", ("SIGFOO",))]
)
def test_what_cannot_be_caught(launch: Any, kind: str, names: tuple[str, ...]) -> None:
    """A wrong kind or name: UsageError naming what there is."""
    inferior = launch(programs.build("twelve.c"))
    with pytest.raises(trapline.UsageError):
        inferior.set_catchpoint(kind, *names)
    assert inferior.catchpoints == ()


def test_events_that_are_to_be_ignored_are_counted_only(launch: Any) -> None:
    inferior = _calls(launch)
    point = inferior.set_catchpoint("syscall", "getppid", "getuid")
    point.ignore_count = 2  # the entry of the first call, and its exit
    stops = _until_end(inferior)
    assert [(stop.name, type(stop)) for stop in stops] == [
        ("getuid", trapline.SyscallEntry),
        ("getuid", trapline.SyscallReturn),
    ]
    assert point.hit_count == 4 and point.ignore_count == 0
