"""Breakpoint sites: one address, and everybody who wants a trap there.

The trap is armed while a site has owners.  A site counts nothing and wants nothing: it asks its owners
in order.
"""

from __future__ import annotations

from trapline.base.errors import MemoryFault
from trapline.base.typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from trapline.backend.process import Concerns, LiveProcess, LiveThread

ALONE = -2
"""The order of an owner whose true answer ends the asking: the program itself never comes there."""


class Owner(Protocol):
    """Somebody who wants a trap at an address: a location, a plan, the link-map watcher.

    Owners of one site are asked by rising `order`: what is ours is below 0, a breakpoint's is its id.
    """

    @property
    def order(self) -> int:
        """Place among the owners of a site."""
        ...

    def reached(self, thread: LiveThread) -> bool:
        """Its thread ran the trap; True asks for a stop."""
        ...


class OfThread:
    """What an owner is that waits for one thread, by its kernel id; None for any.

    A fork whose child is followed changes it: what the thread was about to do, the child does.
    """

    __slots__ = ("tid",)

    tid: int | None


class SiteTable:
    """The sites of one inferior: load address to owners, in the order in which they are asked.

    `filters` answer for owners that are alone at a site and want only some of the hits; a change of the
    owners ends them.
    """

    __slots__ = ("_process", "filters", "owners")

    def __init__(self, process: LiveProcess) -> None:
        self._process = process
        self.owners: dict[int, tuple[Owner, ...]] = {}
        self.filters: dict[int, Concerns] = {}

    def move(self, process: LiveProcess) -> None:
        """Go on with another process: a restart."""
        self._process = process

    def inherit(self, child: LiveProcess, former: int) -> None:
        """Go on with a fork child, whose first thread takes the place of the thread `former`.

        Its memory is as old as the fork: traps may have come and gone since.
        """
        self._process = child
        child.keep_traps(self.owners)
        for address, owners in list(self.owners.items()):
            for owner in owners:
                if isinstance(owner, OfThread) and owner.tid == former:
                    owner.tid = child.pid
            try:
                child.arm(address)
            except MemoryFault:
                continue  # mapped by the parent since then, in a call of a function

    def add(self, address: int, owner: Owner) -> None:
        """Add an owner at a load address, arming the trap with the first one.

        Raises:
            MemoryFault: the address is not mapped.
            LocationError: it cannot be patched.
        """
        owners = self.owners.get(address, ())
        if owner in owners:
            return
        if not owners:
            self._process.arm(address)
        self.filters.pop(address, None)
        # Replaced, not changed in place: the loop may be going over the old tuple.
        self.owners[address] = tuple(sorted((*owners, owner), key=lambda one: one.order))

    def drop(self, address: int, owner: Owner) -> None:
        """Take an owner away; the trap goes with the last, and with the process."""
        owners = tuple(other for other in self.owners.get(address, ()) if other is not owner)
        self.filters.pop(address, None)
        if owners:
            self.owners[address] = owners
        elif address in self.owners:
            del self.owners[address]
            if self._process.alive:
                self._process.disarm(address)

    def filter(self, address: int, owner: Owner, concerns: Concerns) -> None:
        """Let `concerns` say which further hits its owner is asked about, if that is the only one here."""
        if self.owners.get(address) == (owner,):
            self.filters[address] = concerns

    def forget(self, start: int, end: int) -> None:
        """Forget sites at load addresses in [start, end): the memory has been unmapped."""
        gone = [address for address in self.owners if start <= address < end]
        for address in gone:
            del self.owners[address]
            self.filters.pop(address, None)
        self._process.forget_traps(start, end)

    def clear(self) -> None:
        """Forget everything without touching memory: it is another program's now."""
        self.owners.clear()
        self.filters.clear()
