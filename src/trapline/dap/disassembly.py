"""Code without source, as a text that an editor can show: one line an instruction."""

from __future__ import annotations

import bisect
import os

from trapline.base.errors import DebuggerError, UsageError
from trapline.base.typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trapline.base.location import SourceLocation
    from trapline.dap.session import Session

_MOST = 2000  # instructions of one text
_ALONE = 64  # instructions where no symbol says how long the function is


class Disassembly:
    """The texts that were shown, by the number that the client asks for them with.

    Numbers and texts stay for the session: an editor keeps the tab open.
    """

    def __init__(self, session: Session) -> None:
        """Begin with none."""
        self._session = session
        self._addresses: dict[int, list[int]] = {}
        self._texts: dict[int, str] = {}
        self._numbers: dict[tuple[int, str], int] = {}

    def place_of(self, pc: int, location: SourceLocation | None = None) -> dict[str, Any]:
        """Return `source` and `line` of a load address; nothing where there is no code.

        `location` is where it would be in the source, if that were here.
        """
        inferior = self._session.program
        try:
            symbol = inferior.symbol(pc)
            start = symbol.address if symbol is not None else pc
            name = symbol.name if symbol is not None else f"{pc:#x}"
            number = self._numbers.get((start, name))
            if number is None or pc > self._addresses[number][-1]:
                number = self._make(start, name, (symbol.size if symbol is not None else 0), pc)
        except DebuggerError:
            return {}
        addresses = self._addresses[number]
        line = bisect.bisect_right(addresses, pc)
        title = f"{os.path.basename(location.path)}:{location.line}" if location is not None else name
        return {
            "source": {
                "name": f"{title} (disassembly)",
                "sourceReference": number,
                "origin": "disassembly",
                "presentationHint": "deemphasize",
            },
            "line": self._session.client.line(max(line, 1)),
        }

    def _make(self, start: int, name: str, size: int, pc: int) -> int:
        inferior = self._session.program
        end = max(start + size, pc + 1)
        # An instruction has three bytes and a half on average.
        wanted = min((end - start) // 2 + 2, _MOST) if size else _ALONE
        found = inferior.instruction_addresses(start, wanted)
        addresses = [one for one in found if not size or one < end]
        if not addresses:
            raise DebuggerError(f"there is no code at {start:#x}")
        number = len(self._addresses) + 1
        self._numbers[start, name] = number
        self._addresses[number] = addresses
        return number

    def lines_of(self, number: int) -> list[int]:
        """Return the load address of each line of a text.

        Raises:
            UsageError: there is no text of that number.
        """
        addresses = self._addresses.get(number)
        if addresses is None:
            raise UsageError(f"there is no source {number}")
        return addresses

    def text(self, number: int) -> str | None:
        """Return a text; None where there is none of that number.

        It is made when it is first asked for: most frames of a stack are never looked at.

        Raises:
            DebuggerError: the program is gone, and nobody asked before.
        """
        addresses = self._addresses.get(number)
        if addresses is None:
            return None
        text = self._texts.get(number)
        if text is None:
            start = addresses[0]
            code = self._session.program.disassemble(start, len(addresses))
            lines = [f"{one.address:#x}  {one.address - start:>+6}  {one.text}" for one in code]
            text = self._texts[number] = "\n".join(lines) + "\n"
        return text
