"""Everything that is printed, and the only place that prints.

Names, strings and paths of the program under debug are whatever its author wrote, escape sequences
included; so every piece of text is made visible on its way out, and colour is added after that.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from trapline.base.fact import NamedTuple
from trapline.base.patterns import lazy
from trapline.base.typing import TextIO, cast
from trapline.cli import wrapping
from trapline.cli.wrapping import Break, Part, Styled

_COLOUR = lazy(r"\x1b\[[0-9;]*m")
_AT_ONCE = 200
"""Lines of many that are written as one piece."""


def address(value: int) -> Styled:
    """Return a load address as gdb shows it in a frame line: sixteen digits."""
    return Styled(f"0x{value:016x}", "34")


def function(name: str) -> Styled:
    """Return a function's name."""
    return Styled(name, "33")


def file(path: str) -> Styled:
    """Return the name of a source file."""
    return Styled(path, "32")


def variable(name: str) -> Styled:
    """Return the name of a variable."""
    return Styled(name, "36")


def heading(text: str) -> Styled:
    """Return the head of a table or a section."""
    return Styled(text, "1")


def visible(text: str) -> str:
    r"""Return text with everything that a terminal might obey written as `\x1b`, `\u202e` and so on."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else _escaped(c) for c in text)


def _visible(part: Part) -> Part:
    return part._replace(text=visible(part.text)) if isinstance(part, Styled) else visible(part)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        # A byte that was no UTF-8, kept by surrogateescape.
        return f"\\x{code - 0xDC00:02x}"
    simple = {7: "\\a", 8: "\\b", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}.get(code)
    if simple is not None:
        return simple
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_LONGEST = 2000
"""Characters of a complaint: what a user wrote is quoted in it, and may be a megabyte of nonsense."""


def shortened(message: str) -> str:
    """Return a complaint without the middle of what is too long to be read."""
    if len(message) <= _LONGEST:
        return message
    return f"{message[: _LONGEST // 2]}...{message[-_LONGEST // 2 :]}"


def written_to(path: str, *, afresh: bool) -> TextIO:
    """Return a file for `Renderer.log_to`, which has each line at once; `afresh` empties it.

    Raises:
        OSError: it cannot be written.
    """
    if afresh:
        return open(path, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    return open(path, "a", buffering=1, encoding="utf-8", errors="backslashreplace")


class Log(NamedTuple):
    """A file that gets what is printed, without colours; `alone`: nothing else does.

    `streams` are those whose text it gets: what is captured for something else is not printed.
    """

    file: TextIO
    alone: bool
    streams: tuple[TextIO, TextIO]

    def takes(self, text: str, stream: TextIO) -> bool:
        """Write what goes to a stream; True where it goes nowhere else."""
        if not any(stream is one for one in self.streams):
            return False
        self.file.write(_COLOUR.sub("", text))
        return self.alone


class _Nowhere(io.TextIOBase):
    """Takes what is printed where the stream for it is closed, as under cron."""

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


def is_open(stream: TextIO | None) -> bool:
    """Whether a standard stream is there: Python has None for one that it was started without."""
    return stream is not None and not stream.closed


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is there and is a terminal."""
    return stream is not None and is_open(stream) and stream.isatty()


def _standard(stream: TextIO | None) -> TextIO:
    return stream if stream is not None and is_open(stream) else cast("TextIO", _Nowhere())


class Renderer:
    """Writes lines to standard output, and complaints to standard error.

    Colour only on a terminal, and not where NO_COLOR is set (no-color.org) or TERM is `dumb`.
    """

    def __init__(self, output: TextIO | None = None, errors: TextIO | None = None) -> None:
        self._output = output if output is not None else _standard(sys.stdout)
        self._errors = errors if errors is not None else _standard(sys.stderr)
        self.is_terminal = self._output.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.coloured = self._may_colour
        self.width: int | None = None
        """Columns at which lines are wrapped, 0 for never; None for those that the terminal has."""
        self._log: Log | None = None

    def set_coloured(self, wanted: bool) -> None:
        """Use colours or not; never where the output cannot have them."""
        self.coloured = wanted and self._may_colour

    @property
    def log(self) -> TextIO | None:
        """The file that gets what is printed; None for none."""
        return self._log.file if self._log is not None else None

    def log_to(self, file: TextIO | None, *, alone: bool = False) -> None:
        """Write what is printed to a file as well, or there `alone`; None ends it. The last one is closed."""
        if self._log is not None:
            with contextlib.suppress(OSError):
                self._log.file.close()
        self._log = Log(file, alone, (self._output, self._errors)) if file is not None else None

    @property
    def _may_colour(self) -> bool:
        return self.is_terminal and not os.environ.get("NO_COLOR")

    @contextlib.contextmanager
    def captured(
        self, output: io.StringIO | None = None, errors: io.StringIO | None = None
    ) -> Iterator[io.StringIO]:
        """Collect what is printed within a `with` block, without colours, instead of printing it.

        Args:
            output: where to; a new one when left out.
            errors: where complaints go; they are printed as ever when left out.
        """
        before = self._output, self._errors, self.coloured, self.is_terminal
        text = io.StringIO() if output is None else output
        self._output, self.coloured, self.is_terminal = text, False, False
        self._errors = self._errors if errors is None else errors
        try:
            yield text
        finally:
            self._output, self._errors, self.coloured, self.is_terminal = before

    def line(self, *parts: Part) -> None:
        """Print one line made of plain and styled pieces; a terminal wraps it where it has breaks."""
        if not self.is_terminal:
            plain = "".join([part.text if isinstance(part, Styled) else part for part in parts])
            self._put(f"{visible(plain)}\n", self._output)
            return
        columns = self._columns() if any(isinstance(part, Break) for part in parts) else 0
        if not columns:
            self._row(parts)
            return
        seen = [part if isinstance(part, Break) else _visible(part) for part in parts]
        for row in wrapping.rows(seen, columns):
            self._row(row)

    def _row(self, parts: Sequence[Part]) -> None:
        shown = []
        for part in parts:
            if isinstance(part, Styled):
                text = visible(part.text)
                shown.append(f"\x1b[{part.style}m{text}\x1b[0m" if text and self.coloured else text)
            else:
                shown.append(visible(part))
        self._write("".join(shown), self._output)

    def lines(self, lines: Iterable[Sequence[Part]]) -> None:
        """Print many lines, each as `line` does: a backtrace has thousands."""
        if self.is_terminal:
            for parts in lines:
                self.line(*parts)
            return
        waiting = iter(lines)
        while some := [
            "".join([part.text if isinstance(part, Styled) else part for part in parts])
            for parts in islice(waiting, _AT_ONCE)
        ]:
            if not "".join(some).isprintable():
                some = [visible(text) for text in some]
            some.append("")
            self._put("\n".join(some), self._output)

    def joined(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Return parts of many lines in as few pieces as show the same."""
        if self.is_terminal:
            return parts
        return ["".join([part.text if isinstance(part, Styled) else part for part in parts])]

    def piece(self, text: str) -> None:
        """Print text that need not end a line; only its new lines and tabs have an effect."""
        self._put("\n".join(visible(line) for line in text.split("\n")), self._output)

    def text(self, text: str) -> None:
        """Print several lines of text."""
        for line in text.splitlines():
            self.line(line)

    def value(self, name: Part, text: str, indent: str = "") -> None:
        """Print `name = text`, which may have several lines; a terminal wraps them between members."""
        first, *others = text.split("\n")
        self.line(indent, name, " = ", *self._members(first, indent))
        for line in others:
            self.line(*self._members(indent + line))

    def _members(self, line: str, indent: str = "") -> Sequence[Part]:
        """Return a line of a value with its breaks, where somebody has use for them."""
        return wrapping.members(line, len(indent)) if self.is_terminal else (line,)

    def table(self, rows: Sequence[tuple[str, ...]], *, head: bool = True) -> None:
        """Print rows in columns as wide as their widest cell; the first row is the head."""
        widths = [max(len(visible(cell)) for cell in column) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            cells = [visible(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
            text = " ".join(cells).rstrip()
            self.line(heading(text) if head and number == 0 else text)

    def source(self, path: str, lines: Sequence[str], first: int, last: int, mark: int = 0) -> None:
        """Print lines of a source with their numbers, in colours where there are any.

        Args:
            path: whose suffix tells the language.
            lines: all lines of the file.
            first: the first one wanted, counted from 1.
            last: the last one.
            mark: the one that runs, which gets an arrow; 0 for none, and no room for one.
        """
        shown = self._coloured(path, lines, first, last)
        for number, text in enumerate(shown, first):
            arrow = "" if not mark else "=> " if number == mark else "   "
            if self.coloured and number == mark:
                arrow = f"\x1b[1m{arrow}\x1b[0m"
            self._write(f"{arrow}{number}\t{text}", self._output)

    def _coloured(self, path: str, lines: Sequence[str], first: int, last: int) -> Sequence[str]:
        """Return lines `first` to `last`, made visible, in colours where there are any."""
        if not self.coloured:
            return [visible(line) for line in lines[first - 1 : last]]
        from trapline.cli import highlight

        start = highlight.window(first)
        text = [visible(line) for line in lines[start - 1 : last]]
        return highlight.coloured(path, text)[first - start :]

    def error(self, message: str) -> None:
        """Print one line to standard error, behind what was printed before it."""
        self._output.flush()
        self._write(visible(" ".join(shortened(message).split("\n"))), self._errors)
        self._errors.flush()

    def below_control_c(self) -> None:
        """Go to a new line where the terminal has echoed `^C`."""
        if self._output.isatty():
            self._write("", self._output)

    def begin_line(self) -> None:
        """See that what follows begins a line of the terminal, wherever the program has left the cursor.

        As many spaces as make a line wrap into the next one unless they begin it; a shell does the same.
        """
        width = self._terminal_width() if self.is_terminal else 0
        if width > 1:
            self._output.write(f"{' ' * (width - 1)}\r\x1b[K")

    def _columns(self) -> int:
        """Return where lines are wrapped, 0 for never."""
        return self._terminal_width() if self.width is None else self.width

    def _terminal_width(self) -> int:
        """Return the columns of the terminal, 0 where it does not say."""
        try:
            return os.get_terminal_size(self._output.fileno()).columns
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        """Let everything be seen before the program runs and writes to the same terminal."""
        self._output.flush()

    def _write(self, text: str, stream: TextIO) -> None:
        self._put(f"{text}\n", stream)

    def _put(self, text: str, stream: TextIO) -> None:
        if self._log is not None:
            try:
                if self._log.takes(text, stream):
                    return
            except OSError as error:
                self.log_to(None)
                self.error(f"logging has ended: {error.strerror}")
        # A terminal of another encoding shows what it cannot print as an escape, too.
        if not text.isascii():
            encoding = stream.encoding or "utf-8"
            text = text.encode(encoding, "backslashreplace").decode(encoding)
        stream.write(text)
