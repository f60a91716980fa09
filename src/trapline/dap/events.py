"""What the library tells of without a stop, as events of the protocol."""

from __future__ import annotations

from signal import SIGTERM

import trapline
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control.target import BreakpointChanged, ModulesChanged
from trapline.dap import sources
from trapline.dap.progress import IndexProgress

if TYPE_CHECKING:
    from trapline.dap.messages import Module
    from trapline.dap.session import Session
    from trapline.inferior import Inferior


def tell_process(session: Session, how: str) -> None:
    """Send `process`, and `thread` for those of the process before it."""
    inferior = session.program
    session.event(
        "process",
        {
            "name": inferior.exe,
            "systemProcessId": inferior.pid,
            "isLocalProcess": True,
            "startMethod": how,
            "pointerSize": 64,
        },
    )
    session.told_process = inferior.pid
    session.is_over = False
    if session.teller is not None:
        session.teller.tell_threads()


def tell_new_process(session: Session) -> None:
    """Send `process` where the program is another process than the client was told of last."""
    if session.program.pid != session.told_process:
        tell_process(session, "launch")


def subscribe(session: Session, inferior: Inferior) -> None:
    """Send events for what happens to the program without stopping it."""
    teller = session.teller = session.teller or Teller(session)
    inferior.subscribe(teller.heard)
    inferior.log = teller.logged
    if session.client.has("supportsProgressReporting"):
        inferior.index_progress = IndexProgress(session)
    teller.tell_threads()
    teller.tell_modules()


class Teller:
    """What the client has been told of."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._threads: set[int] = set()
        self._modules: set[str] = set()

    def heard(self, event: Any) -> None:
        """Tell of one event of the library."""
        match event:
            case trapline.ThreadStarted() | trapline.ThreadExited():
                self.tell_threads()
            case trapline.Forked():
                # The child may be followed, and its parent left to itself.
                tell_new_process(self._session)
            case ModulesChanged():
                self.tell_modules()
                self.tell_sources()
            case BreakpointChanged(breakpoint=breakpoint):
                self._session.wishes.changed(breakpoint)
            case trapline.SignalReceived(signal=number, thread=thread):
                if number == SIGTERM and thread is not None:
                    self._session.ending.received(thread.tid)
                policy = self._session.program.handle_signal(number)
                self._session.output("console", f"Received {policy.name}: {policy.text}\n")

    def logged(self, text: str) -> None:
        """Send the text of a logpoint, with the place of the hit."""
        session = self._session
        place = sources.place_of(session, session.program.frame.location)
        session.flush_output()  # the program's lines stand where it wrote them
        session.output("console", f"{text}\n", **place)

    def tell_threads(self) -> None:
        """Send `thread` for those that are new or gone."""
        now = {thread.tid for thread in self._session.program.threads}
        for tid in sorted(now - self._threads):
            self._session.event("thread", {"reason": "started", "threadId": tid})
        for tid in sorted(self._threads - now):
            self._session.event("thread", {"reason": "exited", "threadId": tid})
        self._threads = now

    def tell_modules(self) -> None:
        """Send `module` for those that are new or gone."""
        known = {module.path: module for module in self._session.program.modules}
        for path, module in known.items():
            if path not in self._modules:
                self._session.event("module", {"reason": "new", "module": shown(module)})
        for path in self._modules - known.keys():
            gone: Module = {"id": path, "name": path.rpartition("/")[2]}
            self._session.event("module", {"reason": "removed", "module": gone})
        self._modules = set(known)

    def tell_sources(self) -> None:
        """Send `loadedSource` for files that are new, to a client that has asked for the list."""
        session = self._session
        if session.known_sources is None:
            return
        for path in session.program.source_paths():
            if path not in session.known_sources:
                session.known_sources.add(path)
                session.event("loadedSource", {"reason": "new", "source": sources.source(session, path)})


def shown(module: Any) -> Module:
    """Return a module as the protocol has it."""
    found: Module = {"id": module.path, "name": module.name, "path": module.path}
    if module.ranges:
        start, end = module.ranges[0][0], module.ranges[-1][1]
        found["addressRange"] = f"{start:#x}-{end:#x}"
    return found
