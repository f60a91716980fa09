"""The making of an index of names, as the protocol's progress: shown when it takes long, and cancellable."""

from __future__ import annotations

import time

from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap.problems import CANCELLED, Refused

if TYPE_CHECKING:
    from trapline.dap.session import Session

_DELAY = 0.5  # seconds before anything is shown
_INTERVAL = 0.25  # seconds between two updates


class IndexProgress:
    """Tells the client how far an index is."""

    def __init__(self, session: Session) -> None:
        """Tell nothing yet."""
        self._session = session
        self._module: Any = None
        self._number = 0
        self._id = ""
        self._begun = self._told = 0.0

    def __call__(self, module: Any, done: int, units: int) -> None:
        """Take in that so many units of so many are read.

        Raises:
            Refused: the client has cancelled it, or the request that wants it.
        """
        now = time.monotonic()
        if module is not self._module:
            self._module, self._begun, self._id = module, now, ""
        percentage = round(100 * done / max(units, 1))
        if not self._id and done < units and now - self._begun >= _DELAY:
            self._number += 1
            self._id, self._told = f"index-{self._number}", now
            body = {
                "progressId": self._id,
                "title": f"Reading the names of {module.name}",
                "cancellable": True,
            }
            self._session.event("progressStart", {**body, "percentage": percentage})
        elif self._id and done < units and now - self._told >= _INTERVAL:
            self._told = now
            self._session.event("progressUpdate", {"progressId": self._id, "percentage": percentage})
        is_cancelled = self._session.is_cancelled or (
            self._id and self._session.cancelled_progress == self._id
        )
        if is_cancelled or done >= units:
            self._end()
        if is_cancelled:
            raise Refused(CANCELLED)

    def _end(self) -> None:
        self._module = None
        if self._id:
            self._session.event("progressEnd", {"progressId": self._id})
            self._id = ""
