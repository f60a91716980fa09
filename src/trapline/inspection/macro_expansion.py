"""The preprocessor's replacing of macros in a text, with gdb's spacing.

Source: C23 §6.10.5; GCC manual, Variadic Macros (`args...`, and `, ##` that takes its comma back).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from trapline.base.errors import EvaluationError
from trapline.base.fact import NamedTuple
from trapline.base.typing import TypeAlias
from trapline.symbols.macros import Macro

Find: TypeAlias = Callable[[str], Macro | None]
"""Gives the macro of a name, None where it is none."""

_MOST_TEXT = 100_000
"""Characters of an expansion, and words looked at for it: macros of macros can double each time."""
_DEEPEST = 150

_WORD = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<number>\.?[0-9](?:[eEpP][+-]|[\w.])*)
  | (?P<text>[LuU]?"(?:[^"\\\n]|\\.)*" | [LuU]?'(?:[^'\\\n]|\\.)*')
  | (?P<name>\$*[^\W\d][\w$]*)
  | (?P<sign>\.\.\.|<<=|>>=|%:%:|->|--|-=|\+\+|\+=|\*=|!=|&&|&=|/=|%>|%:|%=|\^=|\#\#|:>|\|\||\|=
      |<<|<=|<:|<%|>>|>=|==|.)""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"[ \t\n\v\f\r]+")


class _Word(NamedTuple):
    """A preprocessing token: what stands before it, where it is, where it ends."""

    space: str
    text: str
    is_name: bool
    end: int


def _words(text: str, at: int = 0) -> Iterator[_Word]:
    """Yield the words of a text from an offset on; what is left behind the last is only space."""
    space = at
    while at < len(text):
        blank = _SPACE.match(text, at)
        if blank is not None:
            at = blank.end()
            continue
        match = _WORD.match(text, at)
        assert match is not None  # any character is a word
        if match.lastgroup == "comment":
            at = match.end()
            continue
        if match[0] in ('"', "'"):
            raise EvaluationError(
                "Unmatched single quote." if match[0] == "'" else "Unterminated string in expression."
            )
        yield _Word(text[space:at], match[0], match.lastgroup == "name", match.end())
        space = at = match.end()


class _Output:
    """Text that grows, in which words that stood apart do not become one."""

    def __init__(self) -> None:
        self.text = ""
        self._last = 0
        """Where the last word begins that the next might run into; the end where there is none."""

    def add(self, text: str) -> None:
        """Append as it is; nothing runs into it."""
        self.text += text
        self._last = len(self.text)
        if self._last > _MOST_TEXT:
            raise EvaluationError(f"the expansion is longer than {_MOST_TEXT} characters")

    def add_word(self, word: str) -> None:
        """Append a word, behind a space where it would else be one with the last."""
        end = len(self.text)
        if self._last < end and self._joins(word, end):
            self.text += " "
            end += 1
        self.add(word)
        self._last = end

    def _joins(self, word: str, end: int) -> bool:
        first = next(_words(self.text + word, self._last), None)
        return first is None or first.end != end


class _Call(NamedTuple):
    """A macro's arguments as written, and where the text goes on behind them."""

    arguments: list[str]
    end: int


class _Expander:
    def __init__(self, find: Find) -> None:
        self._find = find
        self._left = _MOST_TEXT
        self._depth = 0

    def scan(
        self, output: _Output, text: str, hidden: tuple[str, ...], outermost: Find | None = None
    ) -> None:
        """Append a text with its macros replaced, but those of the names that are `hidden`."""
        if self._depth > _DEEPEST:
            raise EvaluationError(f"macros within macros, more than {_DEEPEST} deep")
        self._depth += 1
        at = 0
        while True:
            word = next(self.words(text, at), None)
            if word is None:
                break
            if word.space:
                output.add(word.space)
            at = word.end
            end = self._replaced(output, word, text, hidden, outermost or self._find)
            if end is None:
                output.add_word(word.text)
            else:
                at = end
        if at < len(text):
            output.add(text[at:])
        self._depth -= 1

    def words(self, text: str, at: int) -> Iterator[_Word]:
        """Yield the words of a text from an offset on, counted: what looks at too many does not end."""
        for word in _words(text, at):
            self._left -= 1
            if self._left < 0:
                raise EvaluationError("the expansion does not end")
            yield word

    def _replaced(
        self, output: _Output, word: _Word, text: str, hidden: tuple[str, ...], find: Find
    ) -> int | None:
        """Append what a word stands for and return where the text goes on; None where it is no macro."""
        if not word.is_name or word.text in hidden:
            return None
        macro = find(word.text)
        if macro is None:
            return None
        inner = (*hidden, macro.name)
        if macro.parameters is None:
            self.scan(output, macro.body, inner)
            return word.end
        call = _arguments(macro, text, self.words(text, word.end))
        if call is None:
            return None
        substituted = _Output()
        _Substitution(self, macro, call.arguments, hidden).write(substituted)
        self.scan(output, substituted.text, inner)
        return call.end


def _variadic(macro: Macro) -> str:
    """Return the name that a macro's further arguments have together, "" where it takes none."""
    last = macro.parameters[-1] if macro.parameters else ""
    if last == "...":
        return "__VA_ARGS__"
    return last.removesuffix("...") if last.endswith("...") else ""


def _arguments(macro: Macro, text: str, words: Iterator[_Word]) -> _Call | None:
    """Return the arguments of a call of a macro from the words behind its name; None where no `(` follows.

    Raises:
        EvaluationError: there is no `)`, or they are too many or too few.
    """
    assert macro.parameters is not None
    first = next(words, None)
    if first is None or first.text != "(":
        return None
    wanted, is_variadic = len(macro.parameters), bool(_variadic(macro))
    found: list[str] = []
    depth, begin, end = 0, -1, -1
    for word in words:
        is_last = is_variadic and len(found) + 1 >= wanted
        if word.text == "(":
            depth += 1
        elif (word.text == ")" and depth == 0) or (word.text == "," and depth == 0 and not is_last):
            found.append(text[begin:end] if begin >= 0 else "")
            begin = -1
            if word.text == ")":
                break
            continue
        elif word.text == ")":
            depth -= 1
        if begin < 0:
            begin = word.end - len(word.text)
        end = word.end
    else:
        raise EvaluationError(f"Malformed argument list for macro `{macro.name}'.")
    if is_variadic and len(found) == wanted - 1:
        found.append("")
    if not wanted and found == [""]:
        found = []
    if len(found) != wanted:
        raise EvaluationError(
            f"Wrong number of arguments to macro `{macro.name}' (expected {wanted}, got {len(found)})."
        )
    return _Call(found, word.end)


class _Substitution:
    """Writes a macro's body with its arguments in it: `#`, `##` and `__VA_OPT__` are done here."""

    def __init__(
        self, expander: _Expander, macro: Macro, arguments: Sequence[str], hidden: tuple[str, ...]
    ) -> None:
        assert macro.parameters is not None
        self._expander = expander
        self._hidden = hidden
        self._rest = _variadic(macro)
        names = (*macro.parameters[:-1], self._rest) if self._rest else macro.parameters
        self._arguments = dict(zip(names, arguments, strict=True))
        # Counted as those of the text are: a body that gives nothing may be long, and called often.
        self._words = list(expander.words(macro.body, 0))

    def write(self, output: _Output) -> None:
        """Append the body.

        Raises:
            EvaluationError: it is none that a preprocessor would take.
        """
        words = self._words
        at = 0
        while at < len(words):
            word = words[at]
            if word.text == "__VA_OPT__" and self._rest:
                at = self._optional(at)
                continue
            if word.space:
                output.add(word.space)
            if word.text == "#":
                at = self._quoted(output, at)
            elif word.text == "##":
                raise EvaluationError("Stray splicing operator")
            elif at + 1 < len(words) and words[at + 1].text == "##":
                at = self._joined(output, at)
            else:
                argument = self._argument(word)
                if argument is not None:
                    self._expander.scan(output, argument, self._hidden)
                else:
                    output.add_word(word.text)
                at += 1

    def _argument(self, word: _Word) -> str | None:
        return self._arguments.get(word.text) if word.is_name else None

    def _quoted(self, output: _Output, at: int) -> int:
        """Append `# parameter`, the argument as a string."""
        argument = self._argument(self._words[at + 1]) if at + 1 < len(self._words) else None
        if argument is None:
            raise EvaluationError("Argument to stringification operator must name a macro parameter.")
        plain = _SPACE.sub(" ", argument.strip())
        output.add('"' + re.sub(r'(["\\])', r"\\\1", plain) + '"')
        return at + 2

    def _joined(self, output: _Output, at: int) -> int:
        """Append `a ## b ## c` as one word, and return where the body goes on."""
        words = self._words
        pieces = [words[at]]
        at += 1
        while at < len(words) and words[at].text == "##":
            if at + 1 == len(words):
                raise EvaluationError("Splicing operator at end of macro")
            pieces.append(words[at + 1])
            at += 2
        text = ""
        for number, word in enumerate(pieces):
            following = pieces[number + 1].text if number + 1 < len(pieces) else None
            if word.text == "," and following and following == self._rest and not self._arguments[self._rest]:
                continue  # GNU's: without further arguments the comma before them goes as well
            argument = self._argument(word)
            text += word.text if argument is None else argument
            if len(text) > _MOST_TEXT:
                break  # which is too long for the output as well
        output.add(text)
        return at

    def _optional(self, at: int) -> int:
        """Take `__VA_OPT__(...)` out of the words: what is in it stays where there are further arguments."""
        words = self._words
        depth = 0
        for end in range(at + 1, len(words)):
            depth += {"(": 1, ")": -1}.get(words[end].text, 0)
            if depth == 0:
                break
        else:
            raise EvaluationError("Unterminated __VA_OPT__")
        if words[at + 1].text != "(":
            raise EvaluationError("__VA_OPT__ must be followed by an open parenthesis")
        words[at : end + 1] = words[at + 2 : end] if self._arguments[self._rest] else []
        return at


def expand(text: str, find: Find, *, outermost: Find | None = None) -> str:
    """Return a text with all macros replaced.

    Args:
        text: the text.
        find: gives the macro of a name.
        outermost: asked instead for the names of the text itself, not for those of what replaces them.

    Raises:
        EvaluationError: a call of a macro is malformed, or the expansion too long.
    """
    output = _Output()
    _Expander(find).scan(output, text, (), outermost)
    return output.text
