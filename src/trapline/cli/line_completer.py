"""Tab on the prompt: what `completion` finds, as prompt_toolkit wants it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.completion import MOST, complete

if TYPE_CHECKING:
    from trapline.cli.session import Session


class LineCompleter(Completer):
    """Completes one line of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Yield what can stand where the cursor is."""
        found = complete(self._session, document.text_before_cursor)
        for text, length in itertools.islice(found, MOST):
            yield Completion(text, -length)
