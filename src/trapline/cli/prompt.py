"""Where commands come from: a terminal with editing, a dumb terminal, or a pipe.

The editing prompt is prompt_toolkit's (ADR 0007), imported only when a terminal that can show it is
there; a dumb terminal and a pipe get plain lines.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

from trapline.base.typing import TYPE_CHECKING, Any, Protocol
from trapline.cli import places
from trapline.cli.render import is_open, is_terminal

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

    from trapline.cli.session import Session

PROMPT = "(trapline) "


class Prompt(Protocol):
    """Gives one line after another."""

    is_terminal: bool

    def read(self, prompt: str = PROMPT, *, is_command: bool = True) -> str | None:
        """Return the next line without its newline; None at the end of input.

        Args:
            prompt: what stands before it.
            is_command: whether the line is a command, which is completed.

        Raises:
            KeyboardInterrupt: Ctrl-C; the line typed so far is dropped.
        """
        ...

    def confirm(self, question: str) -> bool:
        """Ask a question that wants y or n; without a terminal the answer is yes, as in gdb."""
        ...


def prompt_for(session: Session) -> Prompt:
    """Return the prompt that standard input can have."""
    if not is_at_terminal():
        return PipePrompt(session)
    if os.environ.get("TERM", "dumb") == "dumb" or not is_terminal(sys.stdout):
        return DumbPrompt(session)
    return EditingPrompt(session)


def is_at_terminal() -> bool:
    """Whether standard input is a terminal."""
    return is_terminal(sys.stdin)


def _take_any_bytes() -> None:
    """Read bytes that are no text as what they are, as on a command line, instead of failing at them."""
    if isinstance(sys.stdin, io.TextIOWrapper) and is_open(sys.stdin):
        # Who opens the prompt may have read some already: then it has to stay as it is.
        with contextlib.suppress(io.UnsupportedOperation):
            sys.stdin.reconfigure(errors="surrogateescape")


class PipePrompt:
    """Lines from a pipe or a file; nothing is prompted for."""

    is_terminal = False

    def __init__(self, session: Session) -> None:
        self._session = session
        _take_any_bytes()

    def read(self, prompt: str = PROMPT, *, is_command: bool = True) -> str | None:
        """Return the next line."""
        self._session.render.flush()
        if not is_open(sys.stdin):
            return None
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError as error:
            self._session.fail(f"standard input is no {error.encoding} text; nothing more is read of it")
            return None
        return line.rstrip("\n") if line else None

    def confirm(self, question: str) -> bool:
        """Answer yes, and say so."""
        self._session.render.line(f"{question} (y or n) [answered Y; input not from terminal]")
        return True


class DumbPrompt:
    """Lines from a terminal that can move no cursor: Emacs's shell, a serial line."""

    is_terminal = True

    def __init__(self, session: Session) -> None:
        self._session = session
        _take_any_bytes()

    def read(self, prompt: str = PROMPT, *, is_command: bool = True) -> str | None:
        """Prompt, and return the next line."""
        self._session.render.flush()
        try:
            return input(prompt)
        except EOFError:
            return None
        except KeyboardInterrupt:
            self._session.render.line("")  # behind what was typed
            raise

    def confirm(self, question: str) -> bool:
        """Ask until the answer is y or n; the end of input is yes."""
        return _asked(self, self._session, question)


class EditingPrompt:
    """Lines from a terminal, edited: history on disk, completion, Ctrl-R, vi and emacs keys."""

    is_terminal = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines: PromptSession[str] | None = None
        self._completer: Any = None

    def _started(self) -> PromptSession[str]:
        if self._lines is None:
            from prompt_toolkit import PromptSession
            from prompt_toolkit.auto_suggest import AutoSuggestFromHistory

            from trapline.cli.line_completer import LineCompleter

            self._completer = LineCompleter(self._session)
            self._lines = PromptSession(
                history=_history(),
                completer=self._completer,
                complete_while_typing=False,
                auto_suggest=AutoSuggestFromHistory(),
                enable_history_search=True,
                enable_open_in_editor=True,
                enable_suspend=True,
                key_bindings=_keys(),
            )
        return self._lines

    def read(self, prompt: str = PROMPT, *, is_command: bool = True) -> str | None:
        """Return the next line, as it was edited."""
        if self._lines is not None:
            return self._edited(prompt, is_command=is_command)
        self._session.render.flush()
        with _drawn(prompt):
            self._started()
            sys.stdout.write("\r")  # the editor draws its own over it
            return self._edited(prompt, is_command=is_command)

    def _edited(self, prompt: str, *, is_command: bool) -> str | None:
        from prompt_toolkit.completion import DummyCompleter
        from prompt_toolkit.enums import EditingMode

        self._session.render.flush()
        lines = self._started()
        keys = self._session.settings["editing-mode"]
        lines.editing_mode = EditingMode.VI if keys == "vi" else EditingMode.EMACS
        try:
            # Escape sequences of the program's author never get here: the prompt is ours.
            completer = self._completer if is_command else DummyCompleter()
            return lines.prompt(prompt, handle_sigint=True, completer=completer)
        except EOFError:
            return None

    def confirm(self, question: str) -> bool:
        """Ask until the answer is y or n; the end of input is yes."""
        return _asked(DumbPrompt(self._session), self._session, question)


@contextlib.contextmanager
def _drawn(prompt: str) -> Iterator[None]:
    """Show the first prompt before the editor is imported, which takes a tenth of a second.

    What is typed meanwhile waits for the editor: to the terminal no key means anything and none is shown,
    as when the editor has it.
    """
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    raw = termios.tcgetattr(terminal)
    raw[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    termios.tcsetattr(terminal, termios.TCSANOW, raw)
    try:
        sys.stdout.write(prompt)
        sys.stdout.flush()
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


def _asked(prompt: Prompt, session: Session, question: str) -> bool:
    while True:
        answer = prompt.read(f"{question} (y or n) ")
        if answer is None:
            session.render.line("EOF [assumed Y]")
            return True
        match answer.strip().lower()[:1]:
            case "y":
                return True
            case "n":
                return False
            case _:
                session.render.line("Please answer y or n.")


def _keys() -> Any:
    """Return our own keys: Enter in a Ctrl-R search runs the line that was found, as readline does."""
    from prompt_toolkit import search
    from prompt_toolkit.filters import is_searching
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter", filter=is_searching, eager=True)
    def run_found(event: KeyPressEvent) -> None:
        search.accept_search()
        event.current_buffer.validate_and_handle()

    return keys


def _history() -> Any:
    """Return the history, on disk where the state directory can be written, for this session if not."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = places.private_file(places.state_directory(), "history")
    return InMemoryHistory() if path is None else FileHistory(path)
