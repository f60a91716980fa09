"""What every test gets: a clean end, and live tests only where the kernel allows them."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import hypothesis
import pytest
from tests.support import processes

# The same examples everywhere, however long one takes and whatever an earlier run has found.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")


def _is_live(item: pytest.Item) -> bool:
    return bool({"live", "cli", "dap"} & set(item.path.parts))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip live tests, with the reason, where ptrace, personality or debug registers are refused."""
    if _is_live(item) and processes.refused():
        pytest.skip(f"cannot debug here: {processes.refused()}")


_OPTIONAL = ("musl-gcc", "rustc", "clang", "libc++", "dwz", "node", "@vscode/", "emacs")
"""What `./dev` installs where it can, and some tests want."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a live test that was skipped on a machine that can debug is a failure (KERNEL 40)."""
    report = yield
    in_ci = os.environ.get("CI") == "true"
    if report.skipped and in_ci and _is_live(item) and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        excused = any(f"no {name}" in reason for name in _OPTIONAL)
        if not processes.refused() and not excused:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI on a machine that can debug: {reason}"
    return report


_KEPT_THREADS: tuple[str, ...] = ()
"""Names of threads that the library documents as living on after the last inferior: none."""


@pytest.fixture(autouse=True, scope="session")
def _caches_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads what an earlier run, of other code, kept in the user's cache, or leaves anything."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a child, a tracee, a descriptor or a thread, and end what it left."""
    before_children = set(processes.children())
    before_descriptors = processes.descriptors()
    before_threads = set(threading.enumerate())

    def is_clean() -> bool:
        return (
            before_children.issuperset(processes.children())
            and not processes.tracees()
            and before_threads.issuperset(threading.enumerate())
            and before_descriptors.items() >= processes.descriptors().items()
        )

    yield
    if is_clean():
        return
    # What only a cycle holds is left for the collector: asked for here alone, since it walks all that the
    # tests before have read, a quarter of a second each time.
    gc.collect()
    problems = []
    left = {pid: name for pid, name in processes.children().items() if pid not in before_children}
    traced = processes.tracees()
    if left or traced:
        problems += [f"child {pid} ({processes.state(pid)}): {name}" for pid, name in left.items()]
        problems += [f"tracee {tid}: {name}" for tid, name in traced.items()]
        processes.end(left | traced)
    for thread in set(threading.enumerate()) - before_threads:
        if thread.name not in _KEPT_THREADS:
            thread.join(30)  # a timer that was cancelled may wait for a processor
            if thread.is_alive():
                problems.append(f"thread {thread.name}")
    after = processes.descriptors()
    problems += [
        f"descriptor {number}: {what}"
        for number, what in after.items()
        if before_descriptors.get(number) != what
    ]
    if problems:
        pytest.fail("left behind:\n  " + "\n  ".join(problems), pytrace=False)


@pytest.fixture
def launch() -> Iterator[Callable[..., Any]]:
    """`trapline.launch`, whose inferiors are killed when the test ends, however it ends."""
    import trapline

    started: list[Any] = []

    def launch_and_remember(*arguments: Any, **options: Any) -> Any:
        inferior = trapline.launch(*arguments, **options)
        started.append(inferior)
        return inferior

    yield launch_and_remember
    for inferior in started:
        _end(inferior)


@pytest.fixture
def graveyard() -> Iterator[None]:
    """Waits for parents that were let go, and buries them: they are ours, and whoever launches next does."""
    import trapline

    before = processes.children()
    yield
    ours = processes.children().keys() - before.keys()
    processes.until(lambda: all(processes.state(pid) in ("", "Z") for pid in ours), what="their ends")
    with trapline.launch("/bin/true"):
        pass


@pytest.fixture
def attach() -> Iterator[Callable[..., Any]]:
    """`trapline.attach`, whose inferiors are detached when the test ends."""
    import trapline

    attached: list[Any] = []

    def attach_and_remember(*arguments: Any, **options: Any) -> Any:
        inferior = trapline.attach(*arguments, **options)
        attached.append(inferior)
        return inferior

    yield attach_and_remember
    for inferior in attached:
        inferior.__exit__(None, None, None)


def _end(inferior: Any) -> None:
    """Kill a launched inferior and what it forked, in whatever state the test left it."""
    for child in inferior.children:
        if hasattr(child, "kill"):
            _end(child)
    inferior.__exit__(None, None, None)
