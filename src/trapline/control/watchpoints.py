"""Watchpoints: stop when memory is written, or accessed, by any thread."""

from __future__ import annotations

from trapline.arch.x86_64 import RSP
from trapline.base.errors import DebuggerError, EvaluationError, LocationError, UsageError
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.control import events
from trapline.control.breakpoints import require_callable

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.breakpoints import Callback
    from trapline.control.conditions import FrameCondition
    from trapline.control.target import Target
    from trapline.control.watched import Look, Piece, Subject
    from trapline.inspection.value import Value

ACCESSES = ("write", "read", "read_write")


class Watchpoint(Handle):
    """A wish to hear of accesses to memory.

    `address` and `length` are where the value is: a load address and bytes; of an expression that goes
    through pointers they change with it.  `access` is "write", "read_write" or "read".  As in gdb, a write
    that leaves the value as it was is no hit of a "write" one, and an access that changes it none of a
    "read" one.  Writes by the kernel, as in read(2), are not seen by debug registers (KERNEL 16).

    Of one that is computed, `a + b`, they are those of the first thing that it is computed from.

    `is_hardware` says that debug registers watch; otherwise every instruction is followed by a look, which
    makes the program some ten thousand times slower.  `label` is what a face calls it, None for what `spec`
    says; assignable.  `ignore_count` is how many hits are to be counted only;
    assignable.
    """

    temporary = False

    __slots__ = (
        "_enabled",
        "_later",
        "_look",
        "_scope",
        "_subject",
        "_target",
        "access",
        "callback",
        "deleted",
        "hit_count",
        "id",
        "ignore_count",
        "is_hardware",
        "label",
        "problem",
        "spec",
        "wish",
    )

    def __init__(
        self,
        target: Target,
        number: int,
        spec: Any,
        subject: Subject,
        access: str,
        callback: Callback | None,
    ) -> None:
        self._target = target
        self.id = number
        self.spec = spec
        self.label: str | None = None
        self.access = access
        self.callback = callback
        self.hit_count = 0
        self.ignore_count = 0
        self.deleted = False
        self.is_hardware = True
        self.problem = ""
        self.wish: FrameCondition | None = None
        self._enabled = True
        self._subject = subject
        self._later: str | None = None
        """The condition that it is to have when it is there."""
        self._look = self._first_look() if target.process.alive else subject.look()
        self._scope: Scope | None = None

    def __repr__(self) -> str:
        return f"<Watchpoint {self.id} {self.address:#x}, {self.length} bytes, {self.hit_count} hits>"

    def _first_look(self) -> Look:
        look = self._subject.look()
        if not self._subject.may_come(look):
            where = self.spec if isinstance(self.spec, str) else f"{look.pieces[0][0]:#x}"
            raise LocationError(f"cannot watch {where}: {look.problem}")
        return look

    @property
    def address(self) -> int:
        """The load address of the value now."""
        return self._look.pieces[0][0] if self._look.pieces else 0

    @property
    def length(self) -> int:
        """Bytes of the value."""
        return self._look.pieces[0][1] if self._look.pieces else 0

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The memory that is watched: load address and bytes, of the value itself first."""
        return self._look.pieces

    @property
    def value(self) -> Any:
        """What was there at the last look: a `Value`, or an unsigned integer where no type is known."""
        return self._subject.shown(self._look)

    @property
    def condition(self) -> str | None:
        """The expression that must be true for an access to count; None for none.  Assignable.

        Its names mean what they mean in the selected frame when it is set.

        Raises:
            EvaluationError: on assignment, it is no expression, or a name means nothing there.
        """
        return self.wish.text if self.wish is not None else self._later

    @condition.setter
    def condition(self, text: str | None) -> None:
        self._check()
        self.wish = self._later = None
        if not self._target.process.alive:
            if text is not None:
                _value_after_end(self._target, text)
            self._later = text
        elif text is not None:
            from trapline.control.conditions import FrameCondition

            self.wish = FrameCondition(self._target, text)

    def _check(self) -> None:
        self._target.owner.check()
        if self.deleted:
            raise UsageError(f"watchpoint {self.id} has been deleted")

    @property
    def enabled(self) -> bool:
        """Whether it is in force."""
        return self._enabled

    @property
    def is_local(self) -> bool:
        """Whether it ends with a frame."""
        return self._scope is not None

    def enable(self) -> None:
        """Put it in force.

        Raises:
            LocationError: the memory is gone, or no register is free for reads, which only those see.
        """
        self._check()
        if not self._enabled:
            self._look = self._first_look()
            self.arm()
            self._enabled = True
            self.step_from_now()

    def disable(self) -> None:
        """Take it out of force; it stays known."""
        self._target.owner.check()
        if self._enabled and not self.deleted:
            self._enabled = False
            self._target.hardware.drop_watchpoint(self)

    def delete(self) -> None:
        """Forget it."""
        self._target.owner.check()
        if not self.deleted:
            self.disable()
            if self._scope is not None:
                self._scope.undo()
            self.deleted = True
            self._target.watchpoints.pop(self.id, None)

    # -- for control -----------------------------------------------------------------------------

    def arm(self, *, hardware: bool | None = None) -> None:
        """Take debug registers for all pieces, or fall back to stepping, with a warning.

        Args:
            hardware: True refuses to step, False does not ask for registers.

        Raises:
            LocationError: registers are needed, and there are not enough.
        """
        if hardware is False:
            if self.access != "write":
                raise LocationError("stepping sees writes only: a read needs a debug register")
            self.is_hardware = False
            return
        try:
            if unplaced := self._subject.unplaced:
                raise LocationError(f"`{unplaced}` is in a register, and debug registers watch memory only")
            self._target.hardware.add_watchpoint(self)
            self.is_hardware = True
        except LocationError as error:
            if hardware or self.access != "write":
                raise
            self.is_hardware = False
            _warn_of_stepping(self, str(error))

    def step_from_now(self) -> None:
        """Have the threads stepped where one that needs it is set while they run, as in a callback."""
        if not self.is_hardware and self._target.family.serving:
            self._target.pause()
            self._target.follow_steps()

    def keep_scope(self, tid: int, cfa: int, returns_at: int) -> None:
        """End it when a thread leaves a frame: by canonical frame address and return address."""
        self._scope = Scope(self._target, self, tid, cfa, returns_at)

    def changed(self, thread: LiveThread) -> bool:
        """Whether it is another than at the last look; for stepping, after each instruction of a thread."""
        return self._subject.has_changed(self._look, thread)

    def accessed(self, thread: LiveThread) -> bool:
        """Decide about an access: no change, no hit; a condition; the callback; or a stop."""
        target = self._target
        if self._scope is not None and self._scope.is_left_by(thread):
            return self.ended(thread)
        before, after = self._look, self._subject.look()
        self._look = after
        if after.pieces != before.pieces:
            self._move()
        is_changed = before.data != after.data
        if is_changed == (self.access == "read") and self.access != "read_write":
            return False
        condition = self.wish
        errors: tuple[tuple[int, str], ...] = ()
        if condition is not None:
            if not condition.holds(thread):
                return False
            if condition.error:
                errors = ((self.id, condition.error),)
        self.hit_count += 1
        change = events.WatchpointChange(self, self._subject.shown(before), self._subject.shown(after))
        fields = {"changes": (change,), "condition_errors": errors}
        return target.caught(self, thread, events.WatchpointHit, **fields)

    def _move(self) -> None:
        """The expression goes through other memory now; a read that no register is free for is given up."""
        if not self.is_hardware:
            return
        self._target.hardware.drop_watchpoint(self)
        try:
            self.arm()
        except LocationError as error:
            import warnings

            self._enabled = False
            warnings.warn(f"watchpoint {self.id} is disabled: {error}", RuntimeWarning, stacklevel=2)
        self.step_from_now()

    def ended(self, thread: LiveThread) -> bool:
        """Its frame is left: forget it; a stop, unless a callback answers for it."""
        self.delete()
        if self.callback is not None:
            return False
        return self._target.ended(thread, self)

    def restore(self) -> None:
        """Look for it in a new run of the program; what is not there yet is looked for again later."""
        from trapline.symbols.module import Symbol

        if not self._enabled:
            return
        self.problem = ""
        try:
            where = self._target.symbol_named(self.spec.name) if isinstance(self.spec, Symbol) else self.spec
            if isinstance(where, (str, Symbol)):
                self._subject, _ = subject(self._target, where, None)
            self._look = self._first_look()
            if self._later is not None:
                self.condition = self._later
            self.arm()
        except DebuggerError as error:
            self.problem = str(error)


class Scope:
    """The frame in which an expression means something: owns the site where its caller goes on."""

    __slots__ = ("_cfa", "_returns_at", "_target", "_tid", "_watchpoint")
    order = -1

    def __init__(self, target: Target, watchpoint: Watchpoint, tid: int, cfa: int, returns_at: int) -> None:
        self._target = target
        self._watchpoint = watchpoint
        self._tid = tid
        self._cfa = cfa
        self._returns_at = returns_at
        target.sites.add(returns_at, self)

    def is_left_by(self, thread: LiveThread) -> bool:
        """Whether a thread is the frame's, and has left it: by a return, or by a jump."""
        return thread.tid == self._tid and thread.words[RSP] >= self._cfa

    def reached(self, thread: LiveThread) -> bool:
        """The caller goes on; one that is deeper in recursion leaves the frame alone."""
        return self.is_left_by(thread) and self._watchpoint.ended(thread)

    def undo(self) -> None:
        """Give the site back."""
        self._target.sites.drop(self._returns_at, self)


def set_watchpoint(
    target: Target,
    where: Any,
    length: int | None,
    access: str,
    condition: str | None,
    callback: Callback | None,
    hardware: bool | None,
) -> Watchpoint:
    """Return a watchpoint that is in force; see `Inferior.set_watchpoint`."""
    if access not in ACCESSES:
        raise UsageError(f'access must be "write", "read_write" or "read", not {access!r}')
    require_callable(callback)
    if not target.process.alive:
        return _set_later(target, where, length, access, condition, callback)
    what, local = subject(target, where, length)
    watchpoint = Watchpoint(target, 0, where, what, access, callback)
    watchpoint.condition = condition
    watchpoint.id = target.next_id()
    try:
        watchpoint.arm(hardware=hardware)
        if local:
            frame = target.current_frame(target.level)
            caller = frame.stack.returns_to(frame.activation)
            if caller is not None and frame.cfa:
                watchpoint.keep_scope(target.current().tid, frame.cfa, caller.pc)
    except BaseException:
        target.hardware.drop_watchpoint(watchpoint)
        target.give_back_id()
        raise
    target.watchpoints[watchpoint.id] = watchpoint
    watchpoint.step_from_now()
    return watchpoint


def _set_later(
    target: Target,
    where: Any,
    length: int | None,
    access: str,
    condition: str | None,
    callback: Callback | None,
) -> Watchpoint:
    """Return a watchpoint on an expression that the next run will have, as far as the files tell."""
    from trapline.control import watched
    from trapline.control.remains import Remains

    if not isinstance(where, str) or length is not None:
        raise target.gone()  # an address of the former run
    _value_after_end(target, where)
    if not watched.can_change(Remains(target), where):
        raise EvaluationError(f"Cannot watch constant value `{where}'.")
    watchpoint = Watchpoint(target, 0, where, watched.Later(target), access, callback)
    watchpoint.condition = condition
    watchpoint.problem = str(target.gone())
    watchpoint.id = target.next_id()
    target.watchpoints[watchpoint.id] = watchpoint
    return watchpoint


def _value_after_end(target: Target, expression: str) -> Value:
    """Return what an expression is in what is left of a program that has ended."""
    from trapline.control.evaluation import evaluate

    return evaluate(target, expression, without_effects=True)


def subject(target: Target, where: Any, length: int | None) -> tuple[Subject, bool]:
    """Return what is to be watched, and whether it ends with the selected frame.

    Raises:
        UsageError, EvaluationError, LocationError: it is not in memory, or has no size.
    """
    from trapline.control import watched
    from trapline.symbols.module import Symbol

    if isinstance(where, str):
        if length is not None:
            value = target.evaluate(where, target.current_frame(target.level)).referent()
            return watched.FixedMemory(target, value.place(), watched.length_of(length)), False
        try:
            found = watched.Watched(target, where, target.current_frame(target.level))
        except RecursionError:
            raise EvaluationError("the expression is too long") from None
        return found, found.is_local
    if isinstance(where, Symbol):
        size = where.size if length is None else length
        return watched.FixedMemory(target, where.address, watched.length_of(size)), False
    if hasattr(where, "referent"):
        value = where.referent()
        address = value.storage.address
        if address is None:
            raise UsageError(f"{where!s} is not in memory, so it cannot be watched")
        if length is None:
            return watched.FixedMemory.of(target, value), False
        return watched.FixedMemory(target, address, watched.length_of(length)), False
    if not hasattr(where, "__index__"):
        raise EvaluationError(f"a {type(where).__name__} cannot be watched: give an expression or an address")
    if length is None:
        raise UsageError("an address needs length=, in bytes")
    return watched.FixedMemory(target, where.__index__(), watched.length_of(length)), False


def _warn_of_stepping(watchpoint: Watchpoint, why: str) -> None:
    import warnings

    warnings.warn(
        f"watchpoint {watchpoint.id} is watched by stepping each instruction, which makes the program "
        f"thousands of times slower: {why}",
        RuntimeWarning,
        stacklevel=2,
    )
