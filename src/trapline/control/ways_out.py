"""How a function is left otherwise than by returning: longjmp, and exceptions of C++ and panics of Rust.

While a thread is being brought somewhere, a trap on the functions that do this tells where it will go on.

Source: glibc 2.36, sysdeps/x86_64/setjmp.S and sysdeps/unix/sysv/linux/x86_64/pointer_guard.h; Itanium C++
ABI, Exception Handling §1.5.2, _Unwind_SetIP.
"""

from __future__ import annotations

from trapline.arch.x86_64 import FS_BASE, RDI, RDX, RIP, RSI
from trapline.base.errors import LocationError, MemoryFault
from trapline.base.memory import read_integer
from trapline.base.typing import TYPE_CHECKING
from trapline.control import events
from trapline.control.sites import OfThread
from trapline.symbols.types import RUST

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.control.target import Target
    from trapline.symbols.module import Module

_JUMPS = ("longjmp", "_longjmp", "siglongjmp", "__longjmp_chk")
_SET_IP = "_Unwind_SetIP"
_SAVED_PC = 56  # in a jmp_buf
_POINTER_GUARD = 0x30  # in the thread's control block
_ROTATION = 17
_MASK = (1 << 64) - 1


class Doors:
    """The load addresses of the functions by which others are left; looked for once a set of modules."""

    __slots__ = ("_found", "_modules")

    def __init__(self) -> None:
        self._modules: tuple[Module, ...] = ()
        self._found: dict[int, bool] = {}

    def of(self, target: Target) -> dict[int, bool]:
        """Return them; True for those that jump, False for what chooses a landing pad."""
        modules = tuple(target.modules)
        if modules != self._modules:
            self._modules, self._found = modules, {}
            for module in modules:
                for name in (*_JUMPS, _SET_IP):
                    symbol = module.symbol(name)
                    if symbol is not None:
                        self._found[symbol.address] = name != _SET_IP
        return self._found


class WaysOut(OfThread):
    """Stops one thread where it lands after its frame, or one that called it, was left.

    What is caught in a deeper frame goes on, and so does what only cleans up on its way.  `landed` says
    that this has ended the plan.  Code that calls nothing can be left only by the handler of a signal, so
    that nothing is watched before one comes (`at_once=False`).
    """

    __slots__ = ("_cfa", "_doors", "_former", "_landings", "_target", "landed", "order")

    def __init__(self, target: Target, tid: int, cfa: int, *, at_once: bool = True) -> None:
        """Watch the functions by which frames are left.

        Args:
            target: the program.
            tid: the thread.
            cfa: canonical frame address of the frame that the thread is not to leave unseen.
            at_once: watch now; otherwise from the first signal on that the thread is to handle.
        """
        self._target = target
        self.tid = tid
        self._cfa = cfa
        self.order = -1
        self.landed = False
        self._doors: dict[int, bool] = {}
        self._landings: dict[int, bool] = {}
        self._former, target.ways_out = target.ways_out, self
        if at_once:
            try:
                self._watch(target.process.threads[tid])
            except BaseException:
                self.undo()
                raise

    def _watch(self, thread: LiveThread) -> None:
        target = self._target
        if target.doors is None:
            target.doors = Doors()
        self._doors = target.doors.of(target)
        for address in self._doors:
            self._add(address)
        if thread.words[RIP] in self._doors:
            self._expect(thread)  # it stands there, and runs on without a trap

    def signalled(self, thread: LiveThread) -> None:
        """A signal is about to be delivered to a thread."""
        if thread.tid == self.tid and not self._doors:
            self._watch(thread)

    def _add(self, address: int) -> None:
        try:
            self._target.sites.add(address, self)
        except (MemoryFault, LocationError):
            pass  # nothing lands there either

    def reached(self, thread: LiveThread) -> bool:
        """Note where a thread will land, or stop it there."""
        if thread.tid != self.tid:
            return False
        pc = thread.words[RIP]
        if pc in self._doors:
            self._expect(thread)
            return False
        stack = self._target.thread(thread.tid).frames()
        cfa = stack.cfa(stack.innermost)
        if cfa is not None and cfa < self._cfa:
            return False
        if not self._landings[pc] and thread.words[RDX] == 0 and self._only_cleans_up(pc):
            return False
        self.landed = True
        return self._target.found(thread, events.StepFinished)

    def _expect(self, thread: LiveThread) -> None:
        """Be where a thread at one of the doors will land."""
        is_jump = self._doors[thread.words[RIP]]
        place = self._jump_goal(thread) if is_jump else thread.words[RSI]
        if place not in self._landings and place not in self._doors:
            self._landings[place] = is_jump
            self._add(place)

    def _jump_goal(self, thread: LiveThread) -> int:
        """Return where a longjmp leads that a thread is about to make; glibc hides it behind a secret."""
        try:
            raw = read_integer(self._target.process, thread.words[RDI] + _SAVED_PC, 8)
            if self._target.is_code(raw):
                return raw  # musl's
            guard = read_integer(self._target.process, thread.words[FS_BASE] + _POINTER_GUARD, 8)
        except MemoryFault:
            return 0
        return (raw >> _ROTATION | raw << 64 - _ROTATION & _MASK) ^ guard

    def _only_cleans_up(self, pc: int) -> bool:
        """Whether a landing pad whose selector is 0 goes on unwinding; Rust's selectors always are 0."""
        functions = self._target.functions_at(pc)
        return not functions or functions[-1].language != RUST

    def undo(self) -> None:
        """Give the sites back."""
        self._target.ways_out = self._former
        for address in (*self._doors, *self._landings):
            self._target.sites.drop(address, self)
