"""How programs are started from the prompt: arguments, files, environment, directory.

What `set args` and its like say is kept here and given to the inferior by the next `run`.
"""

from __future__ import annotations

import os
import shlex

import trapline
from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError

if TYPE_CHECKING:
    from trapline.inferior import Inferior


class Launching:
    """What the next `run` starts the program with.

    `is_new` says that something was changed since the program was started, so that a program which is at
    its first instruction still must be started again.
    """

    def __init__(self) -> None:
        self.is_new = False
        self.directory: str | None = None
        self.terminal: str | None = None
        """The terminal that is the program's standard files, other than ours."""
        self.aslr = False
        self.files: tuple[str | None, str | None] | None = None
        """Standard input and output where the arguments name none; None: what the host of the prompt gave."""
        self._arguments: str | None = None
        self._environment: dict[str, str] | None = None
        self._has_moved = False
        """Whether the surroundings are other than those that the program has been started in."""

    @property
    def environment(self) -> dict[str, str]:
        """The program's environment; ours until something in it is changed."""
        return dict(os.environ) if self._environment is None else self._environment

    def arguments(self, inferior: Inferior | None) -> str:
        """Return the arguments as a shell would read them."""
        if self._arguments is not None:
            return self._arguments
        return shlex.join(os.fsdecode(word) for word in inferior.argv[1:]) if inferior is not None else ""

    def set_arguments(self, text: str) -> None:
        """Start with other arguments: words, `< FILE` and `> FILE`, quoted as for a shell.

        Raises:
            CommandError: they cannot be taken apart.
        """
        split_arguments(text)
        self._arguments = text
        self.is_new = True

    def set_variable(self, name: str, value: str | None) -> None:
        """Set a variable of the environment, or take it out of it (None)."""
        changed = dict(self.environment)
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
        self._environment = changed
        self.is_new = self._has_moved = True

    def clear_environment(self) -> None:
        """Start with an empty environment."""
        self._environment = {}
        self.is_new = self._has_moved = True

    def set_directory(self, path: str | None) -> None:
        """Start in another working directory; None for ours."""
        self.directory = path
        self.is_new = self._has_moved = True

    def set_terminal(self, path: str | None) -> None:
        """Start on another terminal; None for ours."""
        self.terminal = path
        self.is_new = self._has_moved = True

    def set_aslr(self, aslr: bool) -> None:
        """Start with randomized addresses, or with fixed ones."""
        if aslr != self.aslr:
            self.is_new = self._has_moved = True
        self.aslr = aslr

    def prepare(self, inferior: Inferior) -> bool:
        """Tell the inferior what to start with, and return whether anything in that is new.

        Raises:
            UsageError: it was attached to.
        """
        if not self.is_new:
            return False
        if self._arguments is not None:
            words, files = self._split()
            inferior.set_arguments([inferior.argv[0], *words], files=files)
        if self._has_moved:
            inferior.set_surroundings(
                env=self._environment, cwd=self.directory, aslr=self.aslr, tty=self.terminal or False
            )
        self.is_new = self._has_moved = False
        return True

    def _split(self) -> tuple[list[str], tuple[str | None, str | None] | None]:
        """Return the arguments, and standard input and output as `Inferior.set_arguments` takes them."""
        words, stdin, stdout = split_arguments(self._arguments or "")
        if self.files is None and not (stdin or stdout):
            return words, None
        given = self.files or (None, None)
        return words, (stdin or given[0], stdout or given[1])

    def launch(self, program: str) -> Inferior:
        """Start a program that was named at the prompt, stopped at its first instruction.

        Raises:
            LaunchError: why it did not start.
        """
        words, files = self._split()
        stdin, stdout = files or (None, None)
        self.is_new = False
        return trapline.launch(
            [program, *words],
            env=self._environment,
            cwd=self.directory,
            aslr=self.aslr,
            stdin=stdin,
            stdout=stdout,
            tty=self.terminal or False,
        )


def split_arguments(arguments: str) -> tuple[list[str], str | None, str | None]:
    """Return words, standard input and standard output, as a shell would.

    Raises:
        CommandError: a quote is open, or a redirection lacks its file.
    """
    lexer = shlex.shlex(arguments, posix=True, punctuation_chars="<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        parts = list(lexer)
    except ValueError as error:
        raise CommandError(f"cannot read the arguments: {error}") from None
    words: list[str] = []
    files: dict[str, str] = {}
    while parts:
        part = parts.pop(0)
        if part in ("<", ">"):
            if not parts:
                raise CommandError(f"{part} needs a file")
            files[part] = parts.pop(0)
        elif part[:1] in ("<", ">"):
            raise CommandError(f"{part} is not understood; `< FILE` and `> FILE` are")
        else:
            words.append(part)
    return words, files.get("<"), files.get(">")
