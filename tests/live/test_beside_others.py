"""We live in somebody else's Python: its children, its threads, its forks and its garbage collector.

KERNEL rules 2 (no status of a process that is not ours is consumed) and 13 (the tracer is a thread).
"""

from __future__ import annotations

import concurrent.futures
import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import processes, programs

import trapline


def in_thread(function: Callable[[], Any]) -> Any:
    """Run a function in a thread of its own that ends with it; return its result or raise what it raised."""
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    thread = threading.Thread(target=run, name="worker")
    thread.start()
    thread.join(60)
    return future.result(0)


@pytest.fixture
def shell() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Start shell commands with `subprocess`; they are reaped at the end of the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def become_zombie(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has exited, without reaping it."""
    processes.until(lambda: processes.state(process.pid) == "Z", what="a zombie")


# -- subprocess -----------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 4])
def test_children_of_subprocess_keep_their_exit_codes(launch: Any, shell: Any, threads: int) -> None:
    """Rule 2: alive, exiting and already zombie during resume(): each exit code is exact afterwards."""
    zombie = shell("exit 3")
    become_zombie(zombie)
    alive = shell("read line; exit 4")
    exiting: list[subprocess.Popen[bytes]] = []
    inferior = launch([programs.build("threads.c"), str(threads), "60"], stdout=trapline.DEVNULL)

    def start_another(inferior: Any, point: Any) -> None:
        if point.hit_count % 10 == 0:
            exiting.append(shell("exit 5"))

    inferior.set_breakpoint("work", callback=start_another)
    assert inferior.run(timeout=60).code == 0
    alive.stdin.close()
    assert zombie.wait(20) == 3
    assert alive.wait(20) == 4
    assert [5] * (6 * threads) == [process.wait(20) for process in exiting]


def test_a_callback_may_run_programs(launch: Any) -> None:
    """Rule 2: subprocess.run and os.system inside a callback, while other threads of the inferior hit."""
    inferior = launch([programs.build("threads.c"), "4", "5"], stdout=trapline.PIPE)
    results = []

    def run_programs(inferior: Any, point: Any) -> None:
        results.append(subprocess.run(["/bin/sh", "-c", "exit 7"]).returncode)
        results.append(os.waitstatus_to_exitcode(os.system("exit 8")))

    inferior.set_breakpoint("work", callback=run_programs)
    assert inferior.run(timeout=60).code == 0
    assert results == [7, 8] * 20
    assert inferior.stdout.read() == b"works 20\n"


def test_children_of_another_thread(launch: Any) -> None:
    """Rule 2: another thread of ours starts and reaps children without pause while we resume."""
    over = threading.Event()
    codes: list[int] = []

    def start_children() -> None:
        while not over.is_set():
            codes.append(subprocess.run(["/bin/sh", "-c", f"exit {len(codes) % 250}"]).returncode)

    other = threading.Thread(target=start_children)
    other.start()
    try:
        inferior = launch([programs.build("threads.c"), "3", "3000"], stdout=trapline.DEVNULL)
        work = inferior.set_breakpoint("work")
        assert inferior.run(lambda *_: None, timeout=60).code == 0
    finally:
        over.set()
        other.join()
    assert work.hit_count == 9000
    assert [number % 250 for number in range(len(codes))] == codes


# -- multiprocessing ------------------------------------------------------------------------------


def leave(code: int) -> None:
    """What the processes of multiprocessing do."""
    sys.exit(code)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_processes_of_multiprocessing_keep_their_exit_codes(launch: Any, method: str) -> None:
    """Rule 2: multiprocessing's children, born before and while the inferior runs."""
    context: Any = multiprocessing.get_context(method)
    inferior = launch([programs.build("threads.c"), "2", "3"], stdout=trapline.DEVNULL)
    children = [context.Process(target=leave, args=(3,))]
    children[0].start()

    def start_another(inferior: Any, point: Any) -> None:
        children.append(context.Process(target=leave, args=(len(children) + 3,)))
        children[-1].start()

    inferior.set_breakpoint("work", callback=start_another)
    assert inferior.run(timeout=60).code == 0
    for child in children:
        child.join(30)
    assert [child.exitcode for child in children] == [3, 4, 5, 6, 7, 8, 9]
    for child in children:
        child.close()
    if method == "forkserver":
        multiprocessing.forkserver._forkserver._stop()  # type: ignore[attr-defined]
    if method != "fork":
        multiprocessing.resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


def test_pytest_xdist(tmp_path: Path) -> None:
    """Rule 2: a user's tests that debug, divided among xdist's workers, with Popen children beside."""
    (tmp_path / "test_user.py").write_text(
        textwrap.dedent(
            f"""
            import subprocess
            import pytest, trapline

            @pytest.mark.parametrize("number", range(6))
            def test_debugged(number):
                with subprocess.Popen(["/bin/sh", "-c", f"exit {{number}}"]) as child:
                    with trapline.launch([{programs.build("threads.c")!r}, "3", "20"],
                                         stdout=trapline.DEVNULL) as inferior:
                        work = inferior.set_breakpoint("work")
                        assert inferior.run(lambda *_: None).code == 0
                        assert work.hit_count == 60
                    assert child.wait() == number
            """
        )
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


# -- an attached process that is somebody's Popen -------------------------------------------------


def test_the_exit_of_an_attached_popen_child_is_left_for_it(attach: Any) -> None:
    """Rule 2: we hear 7, and so does Popen.wait()."""
    with processes.running(programs.build("busy.c"), "2") as child:
        inferior = attach(child.pid)
        inferior.resume_nowait()
        child.stdin.close()
        assert inferior.wait(timeout=20).status == trapline.ExitStatus(code=7)
        assert child.wait(20) == 7


@pytest.mark.parametrize("moment", ["running", "stopped"])
def test_the_killing_signal_of_an_attached_popen_child_is_left_for_it(attach: Any, moment: str) -> None:
    """Rule 2: a SIGKILL from elsewhere, while it runs and inside a ptrace stop: both hear of it."""
    with processes.running(programs.build("busy.c"), "2") as child:
        inferior = attach(child.pid)
        if moment == "running":
            inferior.resume_nowait()
            child.kill()
            stop = inferior.wait(timeout=20)
        else:
            child.kill()
            stop = inferior.resume(timeout=20)
        assert stop.status == trapline.ExitStatus(signal=9)
        assert child.wait(20) == -9


def test_an_attached_popen_child_killed_between_hits(attach: Any) -> None:
    """Rule 2: the SIGKILL comes at random moments of a hot loop, so now and then inside a ptrace stop."""
    generator = random.Random(2)
    for _ in range(12):
        with processes.running(programs.build("busy.c"), "1") as child:
            inferior = attach(child.pid)
            inferior.set_breakpoint("tick", callback=lambda *_: None)
            timer = threading.Timer(generator.random() * 0.02, child.kill)
            timer.start()
            assert inferior.run(timeout=20).signal == 9
            timer.join()
            assert child.wait(20) == -9


def test_a_dead_popen_child_that_nobody_has_reaped_yet(launch: Any, attach: Any) -> None:
    """Rule 2: its zombie stays for its owner while another inferior of this thread goes on."""
    with processes.running(programs.build("busy.c"), "2") as child:
        inferior = attach(child.pid)
        child.kill()
        assert inferior.resume(timeout=20).status.signal == 9
        other = launch([programs.build("threads.c"), "3", "30"], stdout=trapline.DEVNULL)
        work = other.set_breakpoint("work")
        assert other.run(lambda *_: None, timeout=20).code == 0
        assert work.hit_count == 90
        assert child.wait(20) == -9


def test_a_launched_process_that_was_let_go_is_reaped() -> None:
    """Rule 2: after detach() it is nobody else's child, so its zombie is ours to bury."""
    with trapline.launch(programs.build("twelve.c")) as inferior:
        inferior.detach()
    processes.until(lambda: processes.state(inferior.pid) == "Z", what="its end")
    with trapline.launch(programs.build("twelve.c")):
        assert processes.state(inferior.pid) == ""


def test_a_status_that_its_popen_took_before_us(attach: Any) -> None:
    """Rule 2: where the owner's wait came first we say that we do not know, and invent nothing."""
    with processes.running(programs.build("blocked.c")) as child:
        inferior = attach(child.pid)
        inferior.resume_nowait()
        child.communicate(b"x", timeout=20)
        assert child.returncode == 0
        status = inferior.wait(timeout=20).status
        assert (status.code, status.signal) == (None, None)


def test_a_leader_that_ends_first_in_an_attached_popen_child(attach: Any) -> None:
    """Rules 2 and 14: the leader is gone while the program runs on; its exit code comes from the last."""
    with processes.running(programs.build("zombie_leader.c")) as child:
        inferior = attach(child.pid)
        inferior.resume_nowait()
        child.stdin.close()
        assert inferior.wait(timeout=20).status == trapline.ExitStatus(code=6)
        assert child.wait(20) == 6


def test_kill_of_an_attached_popen_child(attach: Any) -> None:
    """Rule 2: kill() ends it, its Popen reaps it."""
    with processes.running(programs.build("busy.c"), "3") as child:
        inferior = attach(child.pid)
        inferior.kill()
        assert inferior.exit_status == trapline.ExitStatus(signal=9)
        assert child.wait(20) == -9


def test_an_attached_popen_child_may_be_let_go(attach: Any) -> None:
    """Rule 2: after detach() it is an ordinary child again."""
    with processes.running(programs.build("busy.c"), "2") as child:
        attach(child.pid).detach()
        child.stdin.close()
        assert child.wait(20) == 7


# -- several inferiors ----------------------------------------------------------------------------


def test_two_inferiors_in_one_thread(launch: Any) -> None:
    """Rule 2: events of one that come while the other is waited for are kept for it, exits included."""
    one = launch([programs.build("threads.c"), "2", "50"], stdout=trapline.DEVNULL)
    two = launch([programs.build("twelve.c")])
    first, second = one.set_breakpoint("work"), two.set_breakpoint("main")
    two.resume_nowait()
    assert one.run(lambda *_: None, timeout=60).code == 0
    assert first.hit_count == 100
    assert second.hit_count == 0
    assert (second,) == two.wait(timeout=20).breakpoints
    two.resume_nowait()
    processes.until(lambda: processes.state(two.pid) in ("Z", "t"), what="the second one's end")
    with trapline.launch([programs.build("hits.c"), "20"], stdout=trapline.DEVNULL) as third:
        assert third.run().code == 0
    assert two.wait(timeout=20).status.code == 12


def test_two_inferiors_in_two_threads() -> None:
    """Rule 2: each thread's wait sees its own tracees only; hits and exit codes are exact."""
    program = programs.build("ending.c")
    threads = programs.build("threads.c")
    together = threading.Barrier(2)

    def debug(code: int) -> tuple[int, list[int | None]]:
        hits, codes = 0, []
        together.wait(20)
        for number in range(5):
            with trapline.launch([threads, "3", "100"], stdout=trapline.DEVNULL) as inferior:
                work = inferior.set_breakpoint("work")
                assert inferior.run(lambda *_: None, timeout=60).code == 0
                hits += work.hit_count
            with trapline.launch([program, "exit", str(code + number)]) as inferior:
                codes.append(inferior.run(timeout=60).code)
        return hits, codes

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(debug, code) for code in (10, 100)]
        assert [(1500, [*range(10, 15)]), (1500, [*range(100, 105)])] == [f.result(100) for f in futures]


# -- the owning thread ----------------------------------------------------------------------------


def test_another_thread_is_refused_with_both_names(launch: Any) -> None:
    """Rule 13: every call from another thread is WrongThreadError; the inferior does not notice."""
    inferior = launch(programs.build("twelve.c"))
    main = inferior.set_breakpoint("main")
    calls: list[Callable[[], Any]] = [
        inferior.resume,
        inferior.run,
        inferior.resume_nowait,
        inferior.wait,
        inferior.step_instruction,
        inferior.finish,
        inferior.detach,
        inferior.kill,
        inferior.restart,
        inferior.pause_threads,
        lambda: inferior.set_breakpoint("main"),
        lambda: inferior.set_catchpoint("fork"),
        lambda: inferior.set_watchpoint(0x1000, length=1),
        lambda: inferior.call("main"),
        lambda: inferior.syscall("getpid"),
        lambda: inferior.jump("main"),
        lambda: next(inferior.events()),
        lambda: inferior.thread.registers.rip,
        lambda: setattr(inferior.thread.registers, "rip", 0),
        lambda: inferior.frame.pc,
        lambda: inferior.threads[0].frames()[0],
        lambda: inferior.memory.write(inferior.symbol("main"), b"\xcc"),
        lambda: inferior.symbol("main"),
        lambda: inferior.places("main"),
        lambda: inferior.line(main.addresses[0]),
        lambda: inferior.describe(main.addresses[0]),
        lambda: inferior.disassemble("main"),
        lambda: inferior.mappings,
        lambda: trapline.wait(inferior),
        lambda: inferior.__exit__(None, None, None),
        main.delete,
        main.disable,
    ]
    for call in calls:
        with pytest.raises(trapline.WrongThreadError, match=r"MainThread.*worker") as caught:
            in_thread(call)
        assert isinstance(caught.value, trapline.DebuggerError)
    assert inferior.run(lambda *_: None).code == 12
    assert main.hit_count == 1


def test_what_another_thread_may_ask(launch: Any) -> None:
    """What the handle has at hand is the same from everywhere, and a signal may be sent."""
    inferior = launch(programs.build("spin.c"), stdout=trapline.DEVNULL)
    inferior.set_breakpoint("turn", temporary=True)
    inferior.resume()
    names = [
        "pid",
        "exe",
        "argv",
        "state",
        "stop",
        "exit_status",
        "children",
        "breakpoints",
        "watchpoints",
        "catchpoints",
        "family",
    ]
    for name in names:
        assert in_thread(lambda name=name: getattr(inferior, name)) == getattr(inferior, name)
    in_thread(lambda: inferior.send_signal("SIGTERM"))
    assert inferior.run().signal == signal.SIGTERM


def test_the_end_of_the_thread_kills_what_it_launched() -> None:
    """Rule 13: a thread that returns without closing its inferior leaves no process and no zombie."""
    program = programs.build("spin.c")
    pid = in_thread(lambda: keep_alive(trapline.launch(program, stdout=trapline.DEVNULL)).pid)
    processes.until(lambda: processes.state(pid) == "", what="the inferior to be gone")
    assert kept.pop().state == trapline.State.EXITED


kept: list[Any] = []


def keep_alive(inferior: Any) -> Any:
    """Hold a reference beyond the end of the thread, so that not the collector ends it."""
    kept.append(inferior)
    return inferior


@pytest.mark.parametrize("moment", ["stopped", "running"])
def test_the_end_of_the_thread_lets_go_of_what_it_attached_to(moment: str) -> None:
    """Rule 13: hot breakpoints and a watchpoint are taken out before the kernel lets go."""
    with processes.running(programs.build("busy.c"), "3") as victim:

        def debug() -> None:
            inferior = keep_alive(trapline.attach(victim.pid))
            inferior.set_breakpoint("tick", callback=lambda _, point: point.hit_count == 50)
            inferior.set_watchpoint(inferior.symbol("over"), length=4)
            inferior.resume(timeout=20)
            if moment == "running":
                inferior.resume_nowait()

        in_thread(debug)
        assert kept.pop().state == trapline.State.DETACHED
        assert {0} == {processes.tracer(victim.pid, tid) for tid in processes.threads(victim.pid)}
        victim.stdin.close()
        assert victim.wait(20) == 7


def test_a_pool_thread_can_debug() -> None:
    """Rule 13: workers of concurrent.futures own what they launch."""

    def debug(count: int) -> int:
        with trapline.launch([programs.build("hits.c"), str(count)], stdout=trapline.DEVNULL) as inferior:
            one = inferior.set_breakpoint("one")
            inferior.run(lambda *_: None)
            return one.hit_count

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert list(range(10)) == list(pool.map(debug, range(10)))


def test_nothing_with_a_fork_hook_is_imported_while_we_fork() -> None:
    """`submit()` imports `logging`, whose hook behind a fork gives back a lock that it takes before one.

    The hook begins a thread in the midst of our fork that submits: its import has to wait.
    """
    script = """
import os, sys, threading, trapline
from trapline.base import threads

class Watch:
    held = None
    def find_spec(self, name, path=None, target=None):
        if name == "logging":
            self.held = threads.fork_hooks.locked()

running = trapline.launch(["/bin/true"])
assert "logging" not in sys.modules
sys.meta_path.insert(0, watch := Watch())
submits = threading.Thread(target=lambda: running.submit(int))
def fork_begins():
    assert threads.fork_hooks.locked()
    submits.start()
os.register_at_fork(before=fork_begins)
with trapline.launch(["/bin/true"]):
    submits.join()
assert watch.held
running.kill()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_forked_python_touches_nothing(launch: Any) -> None:
    """Rule 13: in a forked child the handles are dead: errors, no kill, no detach, also at its exit."""
    inferior = launch([programs.build("hits.c"), "5"], stdout=trapline.PIPE)
    one = inferior.set_breakpoint("one")
    inferior.resume()
    report, answer = os.pipe()
    child = os.fork()
    if child == 0:
        text = ""
        for call in (inferior.resume, inferior.kill, inferior.interrupt, one.delete):
            try:
                call()
                text += f"{call} went through;"
            except trapline.WrongThreadError as error:
                text += "" if f"process {os.getppid()}" in str(error) else f"{error};"
            except BaseException as error:
                text += f"{error!r};"
        with inferior:
            pass
        del inferior, one
        gc.collect()
        os.write(answer, text.encode() or b"refused")
        os._exit(5)
    os.close(answer)
    with os.fdopen(report, "rb") as reader:
        assert reader.read() == b"refused"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    assert inferior.state == trapline.State.STOPPED
    assert inferior.run(lambda *_: None).code == 0
    assert one.hit_count == 5
    assert inferior.stdout.read() == b"ones 5 twos 0 sum 15\n"


def test_a_forked_python_ends_without_harm() -> None:
    """Rule 13: atexit, finalisers and sys.exit of a forked child leave attached and launched ones alone."""
    with processes.running(programs.build("busy.c"), "2") as victim:
        script = f"""
import os, sys, trapline
attached = trapline.attach({victim.pid})
launched = trapline.launch([{programs.build("hits.c")!r}, "5"], stdout=trapline.DEVNULL)
attached.set_breakpoint("tick", callback=lambda _, point: point.hit_count == 20)
launched.set_breakpoint("one", callback=lambda _, point: False)
pid = os.fork()
if pid == 0:
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
attached.resume(timeout=20)
print(launched.run(timeout=20).code, attached.breakpoints[0].hit_count)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.stderr, done.returncode) == ("0 20\n", "", 0)
        victim.stdin.close()
        assert victim.wait(20) == 7


def test_the_main_thread_of_a_fork_is_the_one_that_forked() -> None:
    """Its handlers are held while a loop runs, and only there: of a fork in another thread it is that one."""
    script = f"""
import os, signal, threading, trapline
from trapline.base import threads

def debugs():
    with trapline.launch([{programs.build("hits.c")!r}, "5"], stdout=trapline.DEVNULL) as inferior:
        inferior.set_breakpoint("one", callback=lambda *_: signal.raise_signal(signal.SIGUSR1))
        return inferior.run(timeout=20).code

def forks():
    assert not threads.is_main()
    pid = os.fork()
    if pid == 0:
        heard = []
        signal.signal(signal.SIGUSR1, lambda *_: heard.append(threads.is_main()))
        code = debugs()
        os._exit(code or len(heard))
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

codes = []
assert threads.is_main() and threads.is_main()
signal.signal(signal.SIGUSR1, lambda *_: None)
debugs()
one = threading.Thread(target=forks)
one.start()
one.join()
assert threads.is_main()
print(codes, debugs())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("[5] 0\n", "", 0)


def test_the_garbage_collector_of_another_thread() -> None:
    """Rule 13: collected in another thread, a launched inferior is killed without any ptrace call there."""
    inferior = trapline.launch(programs.build("spin.c"), stdout=trapline.DEVNULL)
    pid = inferior.pid
    box = [inferior]
    del inferior
    in_thread(box.clear)
    gc.collect()
    processes.until(lambda: processes.state(pid) in ("Z", ""), what="the inferior's death")
    with trapline.launch(programs.build("twelve.c")) as another:
        assert another.run().code == 12
    assert processes.state(pid) == ""


def test_signals_that_python_handles_while_it_waits(launch: Any) -> None:
    """Rule 2 and PEP 475: SIGCHLD with a Python handler storms in while we wait; nothing is lost."""
    heard = []
    former = signal.signal(signal.SIGCHLD, lambda *_: heard.append(1))
    try:
        inferior = launch([programs.build("threads.c"), "3", "400"], stdout=trapline.DEVNULL)
        children = []

        def start(inferior: Any, point: Any) -> None:
            if point.hit_count % 100 == 0:
                children.append(subprocess.Popen(["/bin/true"]))

        work = inferior.set_breakpoint("work", callback=start)
        assert inferior.run(timeout=60).code == 0
        assert work.hit_count == 1200
        assert [child.wait(20) for child in children] == [0] * 12
        assert heard
    finally:
        signal.signal(signal.SIGCHLD, former)
