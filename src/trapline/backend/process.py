"""The seam between what runs programs and who decides: protocols alone; what they speak of is in `reasons`.

`control` and `inspection` know only this room.  `Process` can be read (a core file will be one too);
`LiveProcess` can also be run.  A live process reports through a `Judge` that `control` hands to it:
facts go up as arguments, decisions come back as return values, and the lower room never knows the
higher one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from trapline.base.typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeAlias

if TYPE_CHECKING:
    from trapline.arch.xsave import Layout
    from trapline.backend.reasons import ForkReason, Served, Siginfo, StopReason
    from trapline.base.address import Mapping as MemoryMapping


class LiveThread(Protocol):
    """One thread of a live process; `number` counts them from 1, in order of birth.

    `stepping` makes the next resume a single step; `in_vfork` says that it waits in the kernel for its
    child and cannot be stopped.
    """

    tid: int
    number: int
    stopped: bool
    stepping: bool
    in_vfork: bool

    @property
    def words(self) -> Sequence[int]:
        """The 27 words of struct user_regs_struct; the thread must be stopped."""
        ...

    @property
    def at_syscall_entry(self) -> bool:
        """Whether it is stopped where a system call is about to be made."""
        ...

    def write_word(self, index: int, value: int) -> None:
        """Write one of the 27 words; a new pc counts as a jump (KERNEL 10, 25)."""
        ...

    def read_xsave(self) -> bytearray:
        """Return the XSAVE area in the non-compacted format."""
        ...

    def write_xsave(self, area: bytearray) -> None:
        """Write the XSAVE area."""
        ...

    @property
    def xsave_layout(self) -> Layout | None:
        """Where the components are on this processor; None: by the known tables."""
        ...

    @property
    def pending_signal(self) -> Siginfo | None:
        """The signal that the next resume delivers."""
        ...

    def siginfo(self) -> Siginfo | None:
        """Return what the kernel says of its stop: SIGTRAP's, where no signal came; None in a group-stop."""
        ...

    def replace_signal(self, number: int) -> None:
        """Deliver another signal on resume; 0 drops the pending one."""
        ...

    def hold_signals(self) -> int:
        """Have those signals wait that can; return what `release_signals` takes.  It must be stopped."""
        ...

    def release_signals(self, held: int) -> None:
        """Let them come again, when it has stopped again."""
        ...


Concerns: TypeAlias = Callable[[Sequence[int], Callable[[int, int], bytes]], bool]
"""`concerns(words, read)`: whether a hit, with these registers and this memory, concerns anybody."""


class Judge(Protocol):
    """Decides about events of one process; a true answer stops the process.

    Called on the tracer thread with the event's thread stopped; the others may run.
    """

    @property
    def filters(self) -> Mapping[int, Concerns]:
        """What is asked about a hit before `trap`, by load address; on a no nothing else is done."""
        ...

    def trap(self, thread: LiveThread, address: int) -> bool:
        """A trap of ours was run; the thread's pc is `address` again.  The hot path."""
        ...

    def signal(self, thread: LiveThread, signal: Siginfo) -> int | None:
        """Return the number to deliver (0 for none), or None to stop before delivery."""
        ...

    def event(self, reason: StopReason) -> bool:
        """Anything else."""
        ...


class Process(Protocol):
    """What can be read of a program, live or not."""

    pid: int

    @property
    def threads(self) -> Mapping[int, LiveThread]:
        """Threads by kernel id, in order of birth."""
        ...

    def read(self, address: SupportsIndex, size: int) -> bytes:
        """Return exactly `size` bytes at a load address; traps and slots of ours never show."""
        ...

    def mappings(self) -> list[MemoryMapping]:
        """Return the memory map in order of address."""
        ...

    def auxv(self) -> dict[int, int]:
        """Return the auxiliary vector."""
        ...


class LiveProcess(Process, Protocol):
    """A process that can be run.

    `epoch` changes whenever registers or memory may have; `all_stopped` says that every thread that can
    be stopped is; `family` are the processes that stop together; `shielded` is the thread whose callback
    runs a nested resume, during which hits of other threads are kept back (KERNEL 6); `alone` is the tid of
    the only thread that a resume lets go on, 0 for all.  `undecided` are forks of which it is not decided
    yet who is followed: the children are held at their first stop; they end with the process when that is
    killed, and are let go with it.
    """

    epoch: int
    alive: bool
    all_stopped: bool
    judge: Judge
    find_slack: Callable[[int], Sequence[tuple[int, int]]]
    undecided: list[ForkReason]
    shielded: Any
    family: Any
    alone: int
    unsupported: str
    wait_status: int
    inline_steps: int

    def write(self, address: SupportsIndex, data: bytes) -> None:
        """Write memory at a load address; traps stay armed over it."""
        ...

    def memory_at(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes, fewer where the mapping ends."""
        ...

    def read_up_to(self, start: int, buffer: bytearray | memoryview) -> int:
        """Fill a buffer from a load address; return the bytes read before an unmapped one."""
        ...

    def mapping_at(self, address: int) -> MemoryMapping | None:
        """Return the mapping that holds a load address."""
        ...

    def executable(self) -> str:
        """Return the path of the program file."""
        ...

    def command_line(self) -> list[str]:
        """Return argv as the process shows it now."""
        ...

    def thread_name(self, tid: int) -> str:
        """Return a thread's name (comm)."""
        ...

    def arm(self, address: int) -> None:
        """Put a trap at a load address."""
        ...

    def disarm(self, address: int) -> None:
        """Take it out again; threads that just ran it go on silently."""
        ...

    def forget_traps(self, start: int, end: int) -> None:
        """Forget traps at load addresses in [start, end): the memory has been unmapped."""
        ...

    def keep_traps(self, wanted: Container[int]) -> None:
        """Disarm every trap that a fork child has inherited and nobody wants."""
        ...

    def set_debug_register(self, number: int, slot: tuple[int, int, int] | None) -> None:
        """Use (address, kind, length) or clear one debug register in every thread; all must be stopped."""
        ...

    @property
    def catches_syscalls(self) -> bool:
        """Whether threads stop at system calls; set while all are stopped."""
        ...

    @catches_syscalls.setter
    def catches_syscalls(self, on: bool) -> None: ...

    def serve_with(self, processes: Sequence[Any]) -> Served:
        """Serve events of these processes until a judge wants a stop, or `wake()`."""
        ...

    def swallow_wakes(self, processes: Sequence[Any]) -> None:
        """Let threads of these go on that stopped only for `wake()`: nobody serves them now."""
        ...

    def judge_late(self) -> None:
        """Hand events of threads that died while everything was stopped to the judge."""
        ...

    def resume_all(self) -> bool:
        """Let every stopped thread of the family go on; True when an event kept back wants a stop."""
        ...

    def go_on(self) -> bool:
        """As `resume_all`, but a thread that was being stepped alone goes on alone."""
        ...

    @property
    def is_running(self) -> bool:
        """Whether any thread runs, one that is stepped while the others stay stopped included."""
        ...

    def give_up_step(self) -> None:
        """Forget what was to be stepped: another stop is reported instead."""
        ...

    def start(self) -> bool:
        """Let a new child go on, while the others run; True when it wants a stop."""
        ...

    def stop_all(self) -> None:
        """Stop every thread of the family."""
        ...

    def step(self, tid: int) -> bool:
        """Begin to single-step one thread; True when the step is already done."""
        ...

    def stride(self, tid: int, limit: int, within: Callable[[int], bool] | None = None) -> tuple[int, bool]:
        """Step one thread up to `limit` times, as long as nothing but that happens and its pc is `within`.

        Returns how many steps are done, and whether another is under way whose end must be waited for.
        """
        ...

    def pass_here(self, tid: int, counted: bool) -> None:
        """Do not hit a trap at a stopped thread's pc when it goes on (KERNEL 25).

        Without `counted`, only one that is set there later: a trap that is there already and that the
        thread has not run yet is still to be hit.
        """
        ...

    def shield(self, tid: int) -> None:
        """Keep back hits of all threads but one."""
        ...

    def freeze(self, tid: int, on: bool) -> None:
        """Leave a thread stopped when the others go on, or no longer."""
        ...

    def is_frozen(self, tid: int) -> bool:
        """Whether a thread stays stopped when the others go on."""
        ...

    def wake(self) -> None:
        """Make `serve_with` return soon; from any thread.  Nothing is stopped by it."""
        ...

    def call_system(self, tid: int, number: int, arguments: tuple[int, ...]) -> int:
        """Run a system call in a stopped thread; return its raw result."""
        ...

    def end_thread(self, tid: int) -> None:
        """Make a stopped thread leave by exit(2), which ends no other; `judge_late` then tells of it."""
        ...

    def reap_if_dead(self) -> None:
        """Take the end of a stopped process that has been killed or has exited, if it has."""
        ...

    def make_safe(self, tid: int) -> None:
        """Bring a stopped thread to a stop in which registers may be set (KERNEL 9)."""
        ...

    def save_state(self, tid: int) -> object:
        """Return everything of a thread that a call in it changes."""
        ...

    def restore_state(self, tid: int, state: Any) -> None:
        """Put back what `save_state` returned."""
        ...

    def write_words(self, tid: int, changed: Mapping[int, int]) -> None:
        """Write several of the 27 words at once."""
        ...

    @property
    def holds_terminal(self) -> bool:
        """Whether the terminal is lent to the process now."""
        ...

    def lend_terminal(self) -> None:
        """Give the process the terminal that it shares with us, if it does."""
        ...

    def take_terminal(self) -> None:
        """Take the terminal back."""
        ...

    def signal(self, number: int) -> None:
        """Send the process a signal; from any thread."""
        ...

    def let_go(self) -> None:
        """Leave a new child to itself."""
        ...

    def follow(self, judge: Judge, family: Any) -> None:
        """Take a new child into a family; it goes on with the others."""
        ...

    def replace_parent(self, parent: Any, judge: Judge) -> None:
        """Take the place of the parent, which is left to itself."""
        ...

    def abandon(self) -> None:
        """Kill without waiting; from any thread.  The owner's thread reaps it later."""
        ...

    def kill(self) -> None:
        """End the process and wait until it is gone."""
        ...

    def detach(self) -> None:
        """Let the process go, whole."""
        ...
