"""Forks: which of the two processes stays under control, and when that is decided.

Where nobody asks for a stop it is decided at once.  At a stop that tells of a fork both are held, and the
resume decides: `follow_fork` can be changed at the stop, and breakpoints set for the child.
"""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import events

if TYPE_CHECKING:
    from trapline.backend.reasons import ForkReason
    from trapline.control.target import Target


def fields_of(reason: ForkReason) -> dict[str, Any]:
    """Return what a `Forked` says of a fork."""
    return {"child": reason.child.pid, "shares_memory": reason.kind == "vfork"}


def publish(target: Target, fields: dict[str, Any]) -> None:
    """Tell the listeners of a fork of which is decided who is followed."""
    if target.has_listeners:
        target.publish(events.Forked(inferior=target.inferior, _target=target, **fields))


def decide(target: Target) -> None:
    """Let those go on alone whom `follow_fork` does not name, of every fork that waits for it.

    A child that is followed is stopped still; of several it is that of the last fork.
    """
    undecided = target.process.undecided
    while undecided:
        reason = undecided.pop(0)
        if target.follow_fork == "child" and not undecided and reason.child.alive:
            target.follow_child(reason)
        else:
            reason.child.let_go()
        publish(target, fields_of(reason))


def decide_at_resume(targets: list[Target]) -> None:
    """Decide about forks that a stop has told of, now that the program goes on.

    Not for the time of a call of a function, after which the stop is there again.
    """
    for target in targets:
        process = target.process
        if not process.undecided or target.calling:
            continue
        decide(target)
        if target.process is not process and process.alive:
            process.resume_all()  # it waits in the kernel for its vfork child, or its threads do not
