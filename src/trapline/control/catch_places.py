"""Catchpoints that wait at places: in a language's runtime or the C library, pending until it is loaded."""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.patterns import compiled
from trapline.base.typing import TYPE_CHECKING, Any, TypeAlias
from trapline.control.breakpoints import Breakpoint
from trapline.control.catchpoints import Catchpoint

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.breakpoints import Callback
    from trapline.control.target import Target
    from trapline.symbols.locspec import Spec

Happens: TypeAlias = "Callable[[LiveThread], bool]"
"""What a thread's pass of a place means: True stops."""


class _Site(Breakpoint):
    """Where something happens; nobody sees it but its catchpoint."""

    __slots__ = ("_happens",)

    def __init__(self, target: Target, spec: Spec, happens: Happens, enabled: bool) -> None:
        super().__init__(target, 0, "", spec, enabled=enabled)
        self._happens = happens

    def passed(self) -> bool:
        """Let the catchpoint decide."""
        target = self._target
        return self._happens(target.process.threads[target.hit_tid])


class PlacedCatchpoint(Catchpoint):
    """A wish to hear of what happens at places of the program; `names` are regular expressions."""

    __slots__ = ("_patterns", "sites")

    def __init__(
        self,
        target: Target,
        number: int,
        kind: str,
        names: tuple[Any, ...],
        callback: Callback | None,
        *,
        temporary: bool = False,
        enabled: bool = True,
    ) -> None:
        super().__init__(target, number, kind, names, callback, temporary=temporary, enabled=enabled)
        self._patterns = [compiled(name) for name in names]
        self.sites = tuple(_Site(target, spec, happens, enabled) for spec, happens in self._waits())

    def _waits(self) -> list[tuple[Spec, Happens]]:
        """Return where it waits, and what a pass there means."""
        raise NotImplementedError

    def enable(self) -> None:
        """Put it in force."""
        super().enable()
        for site in self.sites:
            site.enable()

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        super().disable()
        for site in self.sites:
            site.disable()

    def delete(self) -> None:
        """Forget it."""
        super().delete()
        for site in self.sites:
            site.delete()

    def wants_text(self, text: str) -> bool:
        """Whether one of the patterns is found in a text, or there are none."""
        return not self._patterns or any(pattern.search(text) for pattern in self._patterns)
