"""Decides about the events of one target: who wanted the trap, which signals stop, which forks are followed.

The answer to the backend is a bool; what the user is to hear is kept as a `Found`, from which the loop
builds the `Stop` once everything is stopped.  No object is built for an event that goes on.
"""

from __future__ import annotations

from trapline.arch import instructions
from trapline.arch.x86_64 import RIP
from trapline.backend.reasons import (
    ExecReason,
    ExitReason,
    ForkReason,
    HardwareReason,
    Siginfo,
    StepReason,
    StopReason,
    SyscallReason,
    ThreadExitReason,
    ThreadStartReason,
)
from trapline.base.errors import InferiorExited
from trapline.base.fact import NamedTuple
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import events, forks
from trapline.control.events import ExitStatus, Stop
from trapline.control.locations import BoundLocation
from trapline.control.sites import ALONE

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.catchpoints import Catchpoint
    from trapline.control.target import Target
    from trapline.control.watchpoints import Watchpoint
    from trapline.symbols.module import Module

_SIGINT = 2
_SIGABRT = 6
_SI_KERNEL = 0x80
_JOINED = ("catchpoints", "changes", "condition_errors")
PLANNED = (events.StepFinished, events.FunctionFinished)
"""The stops that a plan of ours ends with."""
_LEAST = (*PLANNED, events.WatchpointEnded)
"""What a breakpoint at the same place is told instead of."""


class Found(NamedTuple):
    """A stop in the making: its class, its own fields, and the thread it is about."""

    target: Target
    tid: int
    kind: type[Stop]
    fields: dict[str, Any]


class TargetJudge:
    """The judge of one target (see `backend.process.Judge`)."""

    __slots__ = ("_target", "filters")

    def __init__(self, target: Target) -> None:
        self._target = target
        self.filters = target.sites.filters

    def found(self, tid: int, kind: type[Stop], /, **fields: Any) -> bool:
        """Note a stop that is to be reported; True.  What has ended here is told with it."""
        former = self._target.family.found
        if former is not None and former.tid == tid and "ended_watchpoints" in former.fields:
            fields.setdefault("ended_watchpoints", former.fields["ended_watchpoints"])
        self._target.family.found = Found(self._target, tid, kind, fields)
        return True

    def ended(self, tid: int, watchpoint: Watchpoint) -> bool:
        """Note that a watchpoint ended with a frame of a thread: a stop, or part of another; True."""
        former = self._target.family.found
        if former is None or former.tid != tid:
            return self.found(tid, events.WatchpointEnded, ended_watchpoints=(watchpoint,))
        ended = (*former.fields.get("ended_watchpoints", ()), watchpoint)
        return self.found(tid, former.kind, **former.fields | {"ended_watchpoints": ended})

    # -- traps -----------------------------------------------------------------------------------

    def trap(self, thread: LiveThread, address: int) -> bool:
        """Ask the owners of the site in order; one true answer stops."""
        target = self._target
        owners = target.sites.owners.get(address)
        if owners is None:
            return False
        target.selected = target.hit_tid = thread.tid
        target.level = 0
        return self._ask(owners, thread)

    def _ask(self, owners: tuple[Any, ...], thread: LiveThread) -> bool:
        target = self._target
        family = target.family
        hits: list[BoundLocation] = []
        stop = False
        for owner in owners:
            if owner.reached(thread):
                stop = True
                if type(owner) is BoundLocation and owner.breakpoint.id:
                    hits.append(owner)
                elif owner.order == ALONE:
                    break
            if family.failure is not None or not target.process.alive:
                break
        if not stop:
            return False
        if not hits:
            return True
        breakpoints = tuple(one.breakpoint for one in hits)
        errors = tuple((one.id, one.condition_error) for one in breakpoints if one.condition_error)
        numbers = tuple(one.label for one in hits)
        fields = {"breakpoints": breakpoints, "numbers": numbers, "condition_errors": errors}
        found = family.found
        if found is None or found.kind in _LEAST:
            # A plan that ends on a breakpoint is a hit of it (KERNEL 25).
            self.found(thread.tid, events.BreakpointHit, **fields)
        elif found.kind is events.WatchpointHit and found.tid == thread.tid:
            fields["condition_errors"] = found.fields["condition_errors"] + errors
            self.found(thread.tid, found.kind, **found.fields | fields)
        return True

    def _landed(self, thread: LiveThread, *, everybody: bool = False) -> bool:
        """A step ended where a breakpoint is: it counts and is reported once (KERNEL 25).

        Args:
            thread: the one that was stepped.
            everybody: ask what else waits there too, as where the thread would have run.
        """
        target = self._target
        pc = thread.words[RIP]
        owners = (*target.sites.owners.get(pc, ()), *target.hardware.locations_at(pc))
        if not owners:
            return False
        process = target.process
        process.pass_here(thread.tid, counted=True)
        if pc == target.family.stepped_from and instructions.is_repeated(process.memory_at(pc, 4)):
            return False  # one more round of a rep instruction: the same hit (KERNEL 11 f)
        asked = [one for one in owners if everybody or type(one) is BoundLocation]
        return self._ask(tuple(sorted(asked, key=lambda one: one.order)), thread)

    # -- signals ---------------------------------------------------------------------------------

    def signal(self, thread: LiveThread, signal: Siginfo) -> int | None:
        """Return what to deliver, or None to stop before the delivery."""
        number = self._delivered(thread, signal)
        if number and (ways_out := self._target.ways_out) is not None:
            ways_out.signalled(thread)
        return number

    def _delivered(self, thread: LiveThread, signal: Siginfo) -> int | None:
        target = self._target
        number = signal.number
        family = target.family
        if number == _SIGINT and signal.code == _SI_KERNEL and target.process.holds_terminal:
            # Ctrl-C on the terminal that we lent it: it is meant for us (KERNEL 21).
            thread.replace_signal(0)
            family.failure = KeyboardInterrupt()
            self.found(thread.tid, events.Interrupted)
            return None
        catching = [catch for catch in self._catching("signal") if catch.wants(number)]
        if catching:
            target.select(thread.tid)
            fields = {"signal": number, "address": signal.address, "reason": self._reason(thread, signal)}
            if self._happened(catching, thread, events.SignalReceived, **fields):
                return None
            if thread.pending_signal is None:
                return 0
        policy = target.policies[number]
        if family.delivering and number not in family.asked_signals:
            return 0 if number in family.dropped_signals else number
        if not policy.stop:
            if policy.announce and target.has_listeners:
                fields = {"signal": number, "address": signal.address, "reason": ""}
                whose = target.thread(thread.tid)
                target.publish(
                    events.SignalReceived(inferior=target.inferior, _target=target, thread=whose, **fields)
                )
            return number if policy.deliver else 0
        reason = self._reason(thread, signal)
        self.found(thread.tid, events.SignalReceived, signal=number, address=signal.address, reason=reason)
        if not policy.deliver:
            thread.replace_signal(0)
        return None

    def _reason(self, thread: LiveThread, signal: Siginfo) -> str:
        """Return why the program ended itself; "" where it did not, or where nothing tells."""
        if signal.number != _SIGABRT or signal.sender != self._target.process.pid:
            return ""
        from trapline.control.aborts import reason

        return reason(self._target, thread)

    # -- catchpoints -----------------------------------------------------------------------------

    def _catching(self, kind: str) -> list[Catchpoint]:
        """Return the catchpoints of a kind that are in force."""
        return [one for one in self._target.catchpoints.values() if one.kind == kind and one.enabled]

    @staticmethod
    def _happened(catching: list[Catchpoint], thread: LiveThread, kind: type[Stop], /, **fields: Any) -> bool:
        """Let each of some catchpoints decide about an event; one true answer stops."""
        stop = False
        for catch in catching:
            if not catch.deleted:
                stop = catch.happened(thread, kind, **fields) or stop
        return stop

    def caught(self, catch: Any, thread: LiveThread, kind: type[Stop], /, **fields: Any) -> bool:
        """Let a catch- or watchpoint's callback decide; without one it stops, if it is not to be ignored.

        One of whose condition an error is told stops in any case.
        """
        target = self._target
        tid = target.hit_tid = thread.tid
        if not fields.get("condition_errors"):
            if catch.ignore_count > 0:
                catch.ignore_count -= 1
                return False
            if catch.callback is not None:
                stop = target.family.build(Found(target, tid, kind, fields))
                if not target.ask(catch.callback, stop):
                    return False
        if catch.temporary:
            catch.delete()
        found = target.family.found
        if found is not None and found.kind is kind and found.tid == tid:
            for name in _JOINED:
                if name in fields:  # another catchpoint of the same event has said so, too
                    fields[name] = found.fields.get(name, ()) + fields[name]
        return self.found(tid, kind, **fields)

    # -- everything else -------------------------------------------------------------------------

    def event(self, reason: StopReason) -> bool:
        """Decide about an event that is neither a trap nor a signal."""
        match reason:
            case StepReason(thread):
                return self._stepped(thread)
            case HardwareReason(thread, slots):
                return self._hardware(thread, slots)
            case SyscallReason(thread, info):
                return self._syscall(thread, info)
            case ForkReason():
                return self._forked(reason)
            case ExecReason(thread):
                return self._execed(thread)
            case ThreadStartReason(thread):
                thread.stepping = self._target.follows_steps
                return self._thread(thread, "clone", events.ThreadStarted)
            case ThreadExitReason(thread):
                return self._thread_exited(thread)
            case ExitReason(status=status):
                return self._exited(status)
            case _:
                return False

    def _stepped(self, thread: LiveThread) -> bool:
        target = self._target
        target.selected = target.hit_tid = thread.tid
        return self._accessed(thread, []) or self._step_ended(thread)

    def _step_ended(self, thread: LiveThread) -> bool:
        """The one instruction of a step has been run: that is what was asked for, or part of following."""
        target = self._target
        if target.follows_steps:
            return self._followed(thread)
        if (target.sites.owners or any(target.hardware.slots)) and self._landed(thread):
            return True
        if target.family.found is None:
            self.found(thread.tid, events.StepFinished)
        return True

    def _followed(self, thread: LiveThread) -> bool:
        """A step that nobody asked for, for a watchpoint without a register: what is here is met now."""
        pc = thread.words[RIP]
        target = self._target
        if self._landed(thread, everybody=True):
            return True
        target.family.stepped_from = pc
        # Not where what needed it has been deleted, or belonged to the program before an exec.
        thread.stepping = bool(target.stepped_watchpoints)
        return False

    def _accessed(self, thread: LiveThread, fired: list[Watchpoint]) -> bool:
        """Ask watchpoints about an instruction: some that debug registers tell of, and those without one.

        Where they stop a breakpoint may wait, which is hit with them, as in gdb.
        """
        asked = fired
        if thread.stepping or not fired:
            stepped = [one for one in self._target.stepped_watchpoints if one.changed(thread)]
            asked = [*fired, *stepped]
        if len(asked) > 1:
            asked.sort(key=lambda one: one.id)
        stop = False
        for one in asked:
            if not one.deleted:
                stop = one.accessed(thread) or stop
        if stop and self._target.process.alive and self._target.family.failure is None:
            self._landed(thread)
        return stop

    def _hardware(self, thread: LiveThread, slots: int) -> bool:
        target = self._target
        target.select(thread.tid)
        target.hit_tid = thread.tid
        users = target.hardware.fired(slots)
        locations = [user for user in users if isinstance(user, BoundLocation)]
        stop = self._accessed(thread, [user for user in users if not isinstance(user, BoundLocation)])
        if locations and not stop:
            # The debug register comes before a trap byte at the same address: one hit of all.
            trapped = target.sites.owners.get(thread.words[RIP], ())
            if trapped:
                target.process.pass_here(thread.tid, counted=True)
            owners = sorted((*locations, *trapped), key=lambda one: one.order)
            stop = self._ask(tuple(owners), thread)
        elif not stop and thread.stepping:
            return self._step_ended(thread)  # the access was the step's own, and no hit
        return stop

    def _syscall(self, thread: LiveThread, info: Any) -> bool:
        from trapline.arch import syscalls

        target = self._target
        editor = target.syscalls
        number, asked = editor.numbers_at(thread, info)
        fields: dict[str, Any] = {"name": syscalls.name_of(number), "number": number}
        if info.entry:
            kind: type[Stop] = events.SyscallEntry
            fields["arguments"] = info.arguments
        else:
            kind = events.SyscallReturn
            fields["result"] = editor.finish(thread, info.result)
        catching = [one for one in self._catching("syscall") if one.wants(number) or one.wants(asked)]
        if catching:
            target.select(thread.tid)
        return self._happened(catching, thread, kind, **fields)

    def _forked(self, reason: ForkReason) -> bool:
        target = self._target
        parent, thread = target.process, reason.thread
        fields = forks.fields_of(reason)
        stop = False
        if target.follow_fork == "both":
            fields["child"] = target.make_child(target, reason.child)
            forks.publish(target, fields)
            stop = target.family.reports_forks and self.found(thread.tid, events.Forked, **fields)
        else:
            parent.undecided.append(reason)
        catching = self._catching("vfork" if reason.kind == "vfork" else "fork")
        if catching:
            target.select(thread.tid)
            stop = self._happened(catching, thread, events.Forked, **fields) or stop
        if stop:
            return True
        if target.follow_fork == "both":
            return reason.child.alive and reason.child.start()
        forks.decide(target)
        followed = target.process  # perhaps by what a callback has resumed
        return followed is not parent and followed.alive and followed.all_stopped and followed.start()

    def _execed(self, thread: LiveThread) -> bool:
        target = self._target
        process = target.process
        if process.unsupported:
            what = process.unsupported
            process.detach()
            target.detached = True
            target.nobody_left()
            target.family.failure = InferiorExited(
                f"process {process.pid} now runs {what}; trapline debugs x86-64 programs only, so it was "
                "let go, running"
            )
            return True
        stop = bool(target.planned)  # what it was to reach is no more
        target.execed()
        path = process.executable()
        if target.has_listeners:
            target.publish(events.Execed(inferior=target.inferior, _target=target, path=path))
        if stop:
            self.found(thread.tid, events.Execed, path=path)
        return self._happened(self._catching("exec"), thread, events.Execed, path=path) or stop

    def _thread(self, thread: LiveThread, catch_kind: str, kind: type[Stop], /, **fields: Any) -> bool:
        target = self._target
        if not target.thread_events:
            return False
        if target.has_listeners:
            whose = {"thread": target.thread(thread.tid)} if kind is events.ThreadStarted else {}
            target.publish(kind(inferior=target.inferior, _target=target, **fields, **whose))
        return self._happened(self._catching(catch_kind), thread, kind, **fields)

    def _thread_exited(self, thread: LiveThread) -> bool:
        target = self._target
        if target.selected == thread.tid and target.process.threads:
            target.select(next(iter(target.process.threads)))
        stop = self._thread(thread, "exit", events.ThreadExited, tid=thread.tid)
        process = target.process
        awaited = (
            thread.stepping
            or process.shielded is thread
            or thread.tid in (target.planned, target.calling, process.alone)
        )
        if not stop and awaited:
            # A step or plan of it, a call in it, or what its callback resumed, has no other end.
            return self.found(target.selected, events.ThreadExited, tid=thread.tid)
        return stop

    def _exited(self, status: int) -> bool:
        target = self._target
        target.exit_status = ExitStatus.from_wait(status)
        target.sites.clear()
        target.warn_unbound()
        if target.has_listeners:
            target.publish(events.Exited(inferior=target.inferior, _target=target, status=target.exit_status))
        return self.found(0, events.Exited, status=target.exit_status)

    def modules_changed(self, loaded: list[Module], unloaded: list[Module]) -> bool:
        """Ask the catchpoints on libraries that come and go."""
        target = self._target
        live = target.process.threads.get(target.selected)
        if live is None:
            return False
        catching = [one for one in self._catching("load") if one.wants_one_of(loaded)]
        catching += [one for one in self._catching("unload") if one.wants_one_of(unloaded)]
        fields = {"modules": tuple(loaded), "unloaded": tuple(unloaded)}
        return self._happened(catching, live, events.LibraryLoaded, **fields)
