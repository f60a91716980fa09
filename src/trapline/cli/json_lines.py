"""`--json`: one JSON object a line for each command, instead of text.

Standard output has these lines and nothing else: what the program, the shell and Python's own output write
goes to standard error.  `docs/reference/json.md` says what the fields mean.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator

from trapline.base.errors import DebuggerError
from trapline.base.typing import TYPE_CHECKING, Any, TextIO
from trapline.cli.commands.data import options
from trapline.cli.prompt import PipePrompt
from trapline.cli.registry import CommandError
from trapline.cli.render import Renderer, shortened
from trapline.cli.session import Session, said
from trapline.cli.settings import LOGGING

if TYPE_CHECKING:
    from trapline.cli.registry import Command


def standard_output() -> TextIO:
    """Return our standard output for the lines alone; descriptor 1 is standard error from here on."""
    sys.stdout.flush()
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return lines


class JsonSession(Session):
    """A session that answers each command with an object; commands are read as from a pipe."""

    def __init__(self, lines: TextIO) -> None:
        """Answer on a stream that is only for it."""
        super().__init__(render=Renderer())
        self.prompt = PipePrompt(self)
        self._lines = lines
        self._facts: list[dict[str, Any]] = []

    def run_alone(self, line: str) -> Command:
        """Run one line, and write its object."""
        answer: dict[str, Any] = {"command": line, "ok": True}
        text, warnings = io.StringIO(), io.StringIO()
        self._facts.append({})
        try:
            with self.render.captured(text, warnings), contextlib.redirect_stdout(text):
                return super().run_alone(line)
        except (DebuggerError, OSError) as error:
            answer |= {"ok": False, "error": shortened(said(error))}
            raise
        except KeyboardInterrupt:
            answer |= {"ok": False, "error": "Quit"}
            raise
        except Exception as error:
            answer |= {"ok": False, "error": f"internal error in trapline: {type(error).__name__}: {error}"}
            raise
        finally:
            answer |= {"output": text.getvalue()}
            if warnings.getvalue():
                answer["warnings"] = warnings.getvalue().splitlines()
            self._write(answer | self._facts.pop())

    def keep_log(self, *, tell: bool) -> None:
        """Refuse: what is printed is in the objects."""
        if self.settings[LOGGING]:
            self.settings[LOGGING] = self.settings["logging"] = False
            raise CommandError("set logging: --json prints objects; keep those")

    def fail(self, message: str) -> None:
        """Count what went wrong; its object says it."""
        self.failures += 1

    def refuse(self, line: str, error: Exception) -> None:
        """Answer a command that was given by options of ours."""
        self._write({"command": line, "ok": False, "error": shortened(said(error)), "output": ""})

    def note(self, **facts: object) -> None:
        """Put facts into the object of the command that runs."""
        if self._facts:
            self._facts[-1] |= {name: self._fact(one) for name, one in facts.items()}

    @contextlib.contextmanager
    def noting(self, **subject: object) -> Iterator[None]:
        """Put the facts noted within a `with` block into an object of their own in `each`."""
        self._facts.append({})
        self.note(**subject)
        try:
            yield
        finally:
            inner = self._facts.pop()
            if self._facts:
                self._facts[-1].setdefault("each", []).append(inner)

    def _fact(self, thing: object) -> Any:
        from trapline.cli.json_facts import fact

        return fact(thing, options(self))

    def _write(self, answer: dict[str, Any]) -> None:
        # A byte of the program's that is no UTF-8 is a lone surrogate, which JSON writes as an escape.
        self._lines.write(f"{json.dumps(answer)}\n")
        self._lines.flush()
