"""One client and one program: which requests are answered when, and what the client believes.

Two threads.  The reader's takes requests off the stream (`arrived`); the worker's owns the Inferior and
answers them in order (`run`).  While the program runs the worker waits inside the library: a request that
arrives then is submitted to it, answered at the next safe point, and the program goes on unreported.
"""

from __future__ import annotations

import sys
from _queue import SimpleQueue
from collections.abc import Callable, Mapping

import trapline
from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import requests
from trapline.dap.arguments import Arguments
from trapline.dap.disassembly import Disassembly
from trapline.dap.ending import Ending
from trapline.dap.handles import Handles
from trapline.dap.problems import CANCELLED, NOT_STOPPED, Refused, one_line

if TYPE_CHECKING:
    from trapline.dap.children import Children
    from trapline.dap.console import Console, MakeConsole
    from trapline.dap.events import Teller
    from trapline.dap.launching import Launch
    from trapline.dap.paths import Paths
    from trapline.dap.program_files import ProgramFiles
    from trapline.dap.protocol import Message, Writer
    from trapline.dap.scopes import Container, Place
    from trapline.dap.undebugged import Undebugged
    from trapline.dap.wishes import Wishes
    from trapline.inferior import Inferior


class Client:
    """What the client said of itself in `initialize`."""

    def __init__(self, arguments: Arguments) -> None:
        self.first_line = 1 if arguments.flag("linesStartAt1", True) else 0
        self.first_column = 1 if arguments.flag("columnsStartAt1", True) else 0
        self.is_vscode = arguments.values.get("clientID") == "vscode"
        """It opens one scope of a frame, the first.  It takes the `start` of a completion as counted
        from 0 and filters by what is there then, which nothing fits; without one it filters by the label.

        Source: VS Code 1.139, VariablesView and Repl's provideCompletionItems.
        """
        self._arguments = arguments

    def has(self, feature: str) -> bool:
        """Whether it has a feature: `supportsRunInTerminalRequest` and so on."""
        return self._arguments.values.get(feature) is True

    def line(self, line: int) -> int:
        """Return a line as the client counts, from one counted from 1."""
        return line - 1 + self.first_line

    def our_line(self, line: int) -> int:
        """Return a line counted from 1, from one of the client's."""
        return line + 1 - self.first_line


class Session:
    """The state of one connection; see the module."""

    def __init__(self, writer: Writer, make_console: MakeConsole) -> None:
        """Begin without a program.

        Args:
            writer: takes what is sent to the client.
            make_console: makes the command line's engine for an inferior.
        """
        self._writer = writer
        self._arrivals: SimpleQueue[Message | None] = SimpleQueue()
        self._answers: dict[int, SimpleQueue[Message | None]] = {}
        self._cancelled: set[int] = set()
        self._later: list[Callable[[], object]] = []
        self._run: Callable[[], object] | None = None
        self._pending: list[Callable[[], None]] = []
        self._current = 0
        self._taken_in = 0
        """How many requests have come for the worker; the reader's."""
        self._answered = 0
        """How many of them have been answered; the worker's."""
        self._giving_up: set[int] = set()
        """Identities of messages that wait, and that end a call when they come."""
        self._make_console = make_console
        self._console: Console | None = None
        self.gone = False
        """Whether the client has closed the connection."""
        self.ended = False
        """Whether the session is over and the worker leaves."""
        self.client = Client(Arguments({}))
        self.inferior: Inferior | None = None
        self.running = False
        """Whether the client believes that the program runs."""
        self.pause_asked = False
        """Whether the client wants a stop that it has not been told of yet."""
        self.ending = Ending(self)
        self.told_process = 0
        """The process id that the client was told of last."""
        self.teller: Teller | None = None
        """What tells the client of threads and modules, where there is a program."""
        self.changed_signals: set[int] = set()
        """Signals that would stop if the client wanted it."""
        self.cancelled_progress: Any = None
        """The id of the progress that the client has cancelled last."""
        self.is_over = False
        """Whether the client has been told that the program has ended."""
        self.frames: Handles[Place] = Handles("frame")
        self.containers: Handles[Container] = Handles("variable")
        self.places: Handles[int] = Handles("target")
        """Load addresses that `goto` and `stepIn` may be asked for."""
        self.returned: tuple[int, Any] | None = None
        """After a step out: the thread, and what the function has returned."""
        self.disassembly = Disassembly(self)
        self.known_sources: set[str] | None = None
        """Paths of the debug information that the client has been told of; None: it never asked."""
        self.wishes: Wishes
        self.paths: Paths
        self.files: ProgramFiles | None = None
        self.children: Children | None = None
        """What becomes of fork children, where they are followed."""
        self.undebugged: Undebugged | None = None
        """The program, where it runs without us."""
        self.in_terminal: Launch | None = None
        """How the program was launched, where that was in a terminal of the editor's."""
        self.init_commands: list[str] = []
        """Commands of the console that a program begins with."""
        self.owns_program = False
        """Whether the program ends with the session, because we launched it."""
        self.start: Callable[[], None] | None = None
        """What `configurationDone` sets going."""

    # -- the reader's thread -----------------------------------------------------------------------

    def arrived(self, message: Message) -> None:
        """Take a message in."""
        kind = message.get("type")
        if kind == "response":
            waiting = self._answers.get(message.get("request_seq", 0))
            if waiting is not None:
                waiting.put(message)
            return
        if kind != "request":
            return
        if message.get("command") == "cancel":
            # It is about what is being answered, so it cannot wait behind that.
            self._cancel(message)
            return
        gives_up = message.get("command") in requests.GIVING_UP
        if gives_up:
            self._giving_up.add(id(message))
        self._arrivals.put(message)
        if gives_up:
            self._end_call()
        self._call_worker()
        self._taken_in += 1

    def _end_call(self) -> None:
        """End a function of the program that an expression has called and that does not come back.

        The call may be about to begin, so that there is nothing yet to interrupt.
        """
        inferior = self.inferior
        if inferior is not None and not self.running and self._taken_in != self._answered:
            inferior.submit(self._give_up)

    def _give_up(self) -> None:
        """End the call that runs, where a client waits for that still; the worker's."""
        if not self.running and (self._giving_up or self.gone or self.is_cancelled):
            self.program.interrupt()

    def _cancel(self, message: Message) -> None:
        given = Arguments(message.get("arguments")).values
        number = given.get("requestId")
        if isinstance(number, int):
            self._cancelled.add(number)
            if number == self._current:
                self._end_call()
        self.cancelled_progress = given.get("progressId") or self.cancelled_progress
        self._respond(message, {})

    def closed(self) -> None:
        """Take in that the client is gone."""
        self.gone = True
        for waiting in list(self._answers.values()):
            waiting.put(None)
        self._arrivals.put(None)
        self._end_call()
        self._call_worker()

    def _call_worker(self) -> None:
        inferior = self.inferior
        if self.running and inferior is not None:
            # One that is not running any more runs it before it goes on, or never; no harm either way.
            inferior.submit(self.answer_arrivals)

    # -- the worker's thread -----------------------------------------------------------------------

    def run(self) -> None:
        """Answer requests until the session is over; nothing is left of the program behind it."""
        try:
            while not self.ended:
                message = self._arrivals.get()
                if message is None:
                    break
                self._answer(message)
                self._do_later()
        finally:
            self.running = False
            self._let_go()

    def _do_later(self) -> None:
        while not self.ended:
            if self._pending:
                self._guarded(self._pending.pop(0))
            elif self._later:
                self._guarded(self._later.pop(0))
            elif self._run is not None:
                run, self._run = self._run, None
                self._guarded(run)
            else:
                break

    def _guarded(self, action: Callable[[], object]) -> None:
        """Do what no response tells of; where it fails the client hears why, and how the program is."""
        try:
            action()
        except Exception as error:
            from trapline.dap.running import tell_failure

            tell_failure(self, error)

    def answer_arrivals(self) -> None:
        """Answer what has arrived while the program runs, in the worker's thread.

        What came behind a request that needs a stop waits until that has been done: `terminate` behind
        `restart` is about the new process.
        """
        while self.running and not self._pending and not self._arrivals.empty():
            message = self._arrivals.get()
            if message is None:
                self.when_stopped(self._end)
                return
            self._answer(message)

    def _end(self) -> None:
        self.ended = True

    def later(self, action: Callable[[], object]) -> None:
        """Do something when the response that is being made has been sent."""
        self._later.append(action)

    def run_later(self, run: Callable[[], object]) -> None:
        """Let the program run when the response has been sent; of several the last, which knows the most."""
        self._run = run

    def when_stopped(self, action: Callable[[], None]) -> None:
        """Do something that needs a program that is stopped: now, or after stopping it unreported."""
        if self.running and self.inferior is not None:
            self._pending.append(action)
            self.inferior.interrupt()
        else:
            action()

    @property
    def has_pending(self) -> bool:
        """Whether something waits for a stop."""
        return bool(self._pending)

    def _answer(self, message: Message) -> None:
        # A command of the console may let the program run, and other requests be answered meanwhile.
        outer, self._current = self._current, message.get("seq", 0)
        self._giving_up.discard(id(message))
        try:
            if self._current in self._cancelled and message.get("command") not in requests.ENDINGS:
                raise Refused(CANCELLED)
            body = self._body(message)
        except Refused as error:
            self._respond(message, problem=str(error), shown=False)
        except (DebuggerError, OSError) as error:
            self._respond(message, problem=one_line(error))
        except Exception as error:
            # A bug of ours must not end the user's session, and must not be hidden either.
            self.report_bug()
            self._respond(message, problem=f"internal error: {one_line(error)}")
        else:
            self._respond(message, body)
        finally:
            self._cancelled.discard(self._current)
            self._current = outer
            self._answered += 1

    def _body(self, message: Message) -> Mapping[str, Any] | None:
        command = message.get("command")
        handler = requests.find(command) if isinstance(command, str) else None
        if handler is None and command in requests.REFUSED:
            raise DebuggerError(f"{command}: {requests.REFUSED[command]}")
        if handler is None:
            raise DebuggerError(f"trapline does not answer the request {command!r:.60}")
        if handler.needs:
            self.require(handler.needs)
        return handler.answer(self, Arguments(message.get("arguments")))

    def require(self, needs: str) -> None:
        """Raise unless the program is in the state that a request needs."""
        inferior = self.inferior
        if inferior is None:
            if self.undebugged is not None:
                # VS Code asks for its threads all the same.
                raise Refused("the program runs without debugging (noDebug); >TEXT gives it a line of input")
            raise DebuggerError("there is no program yet: launch or attach comes first")
        if needs == requests.PROGRAM:
            return
        if needs == requests.STOPPED and self.running:
            raise Refused(NOT_STOPPED)
        if inferior.state in (trapline.State.EXITED, trapline.State.DETACHED):
            # It may have while the request was on its way; what has become of it the client is told anyway.
            raise Refused("the program has ended")

    @property
    def is_cancelled(self) -> bool:
        """Whether the client does not want the answer any more that is being made."""
        return self._current in self._cancelled

    def check_cancelled(self) -> None:
        """Raise where the client does not want the answer any more; long work asks now and then.

        Raises:
            Refused: so it is.
        """
        if self.is_cancelled:
            raise Refused(CANCELLED)

    # -- to the client -----------------------------------------------------------------------------

    def _respond(
        self,
        message: Message,
        body: Mapping[str, Any] | None = None,
        *,
        problem: str | None = None,
        shown: bool = True,
    ) -> None:
        answer: Message = {
            "type": "response",
            "request_seq": message.get("seq", 0),
            "command": str(message.get("command", "")),
            "success": problem is None,
        }
        if problem is not None:
            answer["message"] = problem
            # Braces in `format` are places for variables.
            text = problem.replace("{", "(").replace("}", ")")
            body = {"error": {"id": 1, "format": text, "showUser": shown}}
        if body:
            answer["body"] = body
        self._writer.write(answer)

    def event(self, name: str, body: Mapping[str, Any] | None = None) -> None:
        """Send an event; from any thread."""
        message: Message = {"type": "event", "event": name}
        if body is not None:
            message["body"] = body
        self._writer.write(message)

    def output(self, category: str, text: str, **more: Any) -> None:
        """Send text for the client's console; from any thread."""
        self.event("output", {"category": category, "output": text, **more})

    def say(self, text: str) -> None:
        """Send a line of our own for the console, behind what the program has written; the worker's."""
        self.flush_output()
        self.output("console", f"{text}\n")

    def flush_output(self) -> None:
        """Send what the program has written until now; the worker's."""
        if self.files is not None:
            self.files.flush()

    def warn(self, text: str) -> None:
        """Send a line that the user should see, behind what the program had written by then; the worker's."""
        self.flush_output()
        self.output("important", f"{text}\n")

    def report_bug(self) -> None:
        """Send the traceback of the exception that is being handled."""
        import traceback

        self.output("stderr", "internal error in trapline; please report it:\n" + traceback.format_exc())

    def ask(self, command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Send the client a request and return the body of its answer.

        Raises:
            DebuggerError: the client refuses, or has gone.
        """
        answer: SimpleQueue[Message | None] = SimpleQueue()
        # The answer may come before write() returns, so the queue is known before the number is.
        number = self._writer.write_expecting(
            {"type": "request", "command": command, "arguments": arguments}, self._answers, answer
        )
        try:
            if self.gone:
                raise DebuggerError(f"the client has gone before it answered {command}")
            message = answer.get()
        finally:
            del self._answers[number]
        if message is None:
            raise DebuggerError(f"the client has gone before it answered {command}")
        if not message.get("success"):
            raise DebuggerError(f"the client refuses {command}: {message.get('message', 'no reason given')}")
        body = message.get("body")
        return body if isinstance(body, dict) else {}

    def tell_memory(self, address: int, size: int) -> None:
        """Send `memory`, where the client wants it: bytes at a load address were changed."""
        if self.client.has("supportsMemoryEvent"):
            self.event("memory", {"memoryReference": f"{address:#x}", "offset": 0, "count": size})

    def tell_invalidated(self, area: str) -> None:
        """Send `invalidated`, where the client wants it: "all", "threads", "stacks" or "variables"."""
        if self.client.has("supportsInvalidatedEvent"):
            self.event("invalidated", {"areas": [area]})

    # -- the program -------------------------------------------------------------------------------

    @property
    def program(self) -> Inferior:
        """The inferior; only where a request's `needs` says that there is one."""
        assert self.inferior is not None
        return self.inferior

    @property
    def console(self) -> Console:
        """The command line's engine on the inferior."""
        if self._console is None:
            from trapline.dap.running import resume_for_console

            self._console = self._make_console(self.program, lambda resume: resume_for_console(self, resume))
        return self._console

    def forget_console(self) -> None:
        """Have a new engine for a new inferior."""
        self._console = None

    def forget_stop(self) -> None:
        """Make every frame and variable of the last stop invalid."""
        self.frames.clear()
        self.containers.clear()
        self.places.clear()
        self.returned = None

    def _let_go(self) -> None:
        """End what was launched, detach from what was attached to, and close everything."""
        try:
            if self.undebugged is not None:
                self.undebugged.close(kills=True)
            inferior = self.inferior
            if inferior is not None:
                if self.owns_program and inferior.state == trapline.State.STOPPED:
                    inferior.kill()  # also what was attached to in a terminal of its own
                inferior.__exit__(None, None, None)
        except DebuggerError as error:
            sys.stderr.write(f"trapline: {one_line(error)}\n")
        finally:
            if self.files is not None:
                self.files.close()
            self.inferior = None
            if self.children is not None:
                self.children.leave()
