"""The call stack, from the registers of a thread outwards.

A caller is found by call-frame information; where a module has none, by `guess`.  Everything is done as
it is asked for: frame 0 costs nothing for the rest.  A stack that stops making sense ends, and `reason`
says why.

Source: x86-64 psABI §3.2.2, the stack frame; DWARF 5 §6.4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from trapline.arch import x86_64
from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import BadData, MemoryFault, StaleError, ValueUnavailable
from trapline.base.handles import Handle
from trapline.base.typing import TYPE_CHECKING, overload
from trapline.dwarf import rows
from trapline.dwarf.rows import Row
from trapline.inspection.activation import (
    BY_CALL_SITES,
    BY_FRAME_POINTER,
    BY_GUESS,
    BY_RULES,
    LIVE,
    OUTERMOST,
    Activation,
    Words,
    live_registers,
    unpack_word,
)
from trapline.inspection.frame import Frame
from trapline.inspection.inlining import hidden_calls
from trapline.inspection.rules import RuleTable
from trapline.inspection.scene import Scene

if TYPE_CHECKING:
    from trapline.backend.process import LiveThread
    from trapline.inspection.guess import Guess
    from trapline.inspection.registers import Registers
    from trapline.inspection.space import Space
    from trapline.symbols.call_sites import CallSite
    from trapline.symbols.functions import Function

_LIMIT = 1_000_000
_AT_ONCE = 64  # frames that are made though only the first of them was asked for
_RSP, _RIP = x86_64.DWARF_RSP, x86_64.DWARF_RIP
_CALLEE_SAVED = x86_64.CALLEE_SAVED
_NOT_BY_FRAME_POINTER = frozenset(_CALLEE_SAVED) - {x86_64.DWARF_RBP}


_GIVEN_UP = Row(0, 0, (_RSP, 0), {_RIP: rows.Rule(rows.OFFSET, -8)}, _RIP, False)
"""How the caller of a function is found that has given its frame to another."""


class Stack(Handle):
    """The frames of one thread at one stop, unwound as far as they are asked for.

    Indexable and iterable like a tuple; `len()` unwinds all.  `reason` is None while the end has not
    been reached, then why it is there.
    """

    __slots__ = (
        "_activations",
        "_behind_calls",
        "_frames",
        "_functions",
        "_guess",
        "_hidden",
        "_is_shown",
        "_jumps",
        "_live_words",
        "_rules",
        "_scenes",
        "_signal_frames",
        "_words",
        "epoch",
        "live",
        "reason",
        "registers",
        "space",
        "sure_calls",
    )

    def __init__(
        self,
        space: Space,
        live: LiveThread,
        registers: Registers,
        epoch: int,
        is_shown: Callable[[Function], bool] | None = None,
    ) -> None:
        """Begin with the thread's registers.

        Args:
            space: the inferior.
            live: the thread.
            registers: its registers as a user reads them.
            epoch: the moment.
            is_shown: whether an inlined call that begins at the pc is a frame already, which others are
                only once they have been stepped into; None: all are.
        """
        self._is_shown = is_shown
        self._hidden: int | None = None
        self.space = space
        self.live = live
        self.epoch = epoch
        self.reason: str | None = None
        self.registers = registers
        self.sure_calls: dict[tuple[int, int], CallSite] = {}
        """Calls that are known to make the frame of the function they name: by return address and place."""
        self._activations: list[Activation] = []
        self._rules = RuleTable(space)
        self._behind_calls = self._rules.behind_calls
        self._functions: dict[int, Sequence[Function]] = {}
        self._scenes: dict[tuple[int, int], Scene] = {}
        self._jumps: dict[tuple[int, int], list[int]] = {}
        self._signal_frames: set[tuple[int, int]] = set()
        self._words = Words(space.memory_at)
        self._guess: Guess | None = None
        self._live_words = tuple(live.words)
        self._frames = [Frame(self, 0, self._live_words[x86_64.RIP])]

    @property
    def hidden(self) -> int:
        """How many inlined calls begin at the pc and are no frames yet: they have not been stepped into."""
        if self._hidden is None:
            self._hidden = 0
            if self._is_shown is not None:
                functions = self.functions(self._activations[0] if self._activations else self.innermost)
                self._hidden = hidden_calls(
                    self.space, self._live_words[x86_64.RIP], functions, self._is_shown
                )
        return self._hidden

    @property
    def innermost(self) -> Activation:
        """The physical frame that runs."""
        found = self.activation(0)
        assert found is not None
        return found

    def matches(self, words: Sequence[int]) -> bool:
        """Whether this is still the stack of its thread, which has these registers."""
        return self.space.is_now(self.epoch) and self._live_words == tuple(words)

    @property
    def problem(self) -> str | None:
        """What was wrong with call-frame information that could not be used; None while nothing was."""
        return self._rules.problem

    # -- frames ------------------------------------------------------------------------------------

    def at(self, level: int) -> Frame | None:
        """Return a frame, or None behind the outermost."""
        frames = self._frames
        while len(frames) <= level and self._extend():
            pass
        return frames[level] if level < len(frames) else None

    def _extend(self) -> bool:
        """Add the next frame: what the last one was inlined into, or its caller; False where there is none.

        That the end is known already, by `reason`, says nothing of frames: activations may be ahead of them.
        """
        frames = self._frames
        last = frames[-1]
        activation, depth = last.activation, last.depth + 1
        functions = self._functions.get(activation.place)
        if functions is None:
            functions = self.functions(activation)
        if depth >= len(functions):
            caller = self.activation(activation.index + 1)
            if caller is None:
                return False
            activation, depth = caller, 0
        frames.append(Frame(self, len(frames), activation.pc, activation, depth))
        if depth == 0 and activation is self._activations[-1] and self._is_one_frame(activation.place):
            self._extend_by_known_calls(activation)
        return True

    def _is_one_frame(self, place: int) -> bool:
        """Whether it is known that nothing is inlined at a place."""
        functions = self._functions.get(place)
        return functions is not None and len(functions) < 2

    def _extend_by_known_calls(self, inner: Activation) -> None:
        """Add the next frames as long as only their registers are new, as in a recursion.

        `inner` is the last physical frame and one frame.  Only the part of the stack that was read already
        is looked at; wherever there is a question, this ends, and the careful way asks it.
        """
        frames, activations = self._frames, self._activations
        start, top, buffer = self._words.window
        called = activations[-2].cfa if len(activations) > 1 else None
        is_sure = inner.found_by is BY_RULES and not (inner.doubtful or inner.is_tail_call or inner.is_exact)
        if called is None or not is_sure or inner.has_scratch:
            return
        seen = None  # the last call that there was no question about: return addresses of both its frames
        for index in range(inner.index + 1, min(inner.index + _AT_ONCE, _LIMIT)):
            row = inner.row
            if row is None or not row.is_plain:
                return
            base = inner.known.get(row.cfa_register)
            if base is None or (cfa := base + row.cfa_offset) <= called:
                return
            known = inner.known.copy()
            known[_RSP] = cfa
            for register, offset in row.saved:
                at = cfa + offset - start
                if not 0 <= at <= top:
                    return
                known[register] = unpack_word(buffer, at)[0]
            pc = known[_RIP]
            if seen != (inner.pc, pc):
                outer = self._behind_calls.get(pc)
                if outer is None or outer.is_signal_frame or row.return_register != _RIP:
                    return
                if self._jumps.get((inner.pc - 1, pc)) != [] or not self._is_one_frame(pc - 1):
                    return
                scene = self._scenes.get((pc - 1, 0))
                seen = inner.pc, pc
            inner.cfa = called = cfa
            inner = Activation(index, pc, known, False, BY_RULES)
            inner.row = outer
            activations.append(inner)
            frames.append(Frame(self, len(frames), pc, inner, 0, scene))

    def scene(self, activation: Activation, depth: int) -> Scene:
        """Return what all frames at the place of a physical frame share, `depth` inlined functions out."""
        place = activation.place
        found = self._scenes.get((place, depth))
        if found is None:
            found = Scene(self.space, place, self.functions(activation), depth)
            self._scenes[place, depth] = found
        return found

    def functions(self, activation: Activation) -> Sequence[Function]:
        """Return the functions of a physical frame, the innermost inlined one first; () if not known."""
        place = activation.place
        found = self._functions.get(place)
        if found is None:
            found = self._functions[place] = self.space.functions_at(place)
        return found

    @overload
    def __getitem__(self, level: int) -> Frame: ...
    @overload
    def __getitem__(self, level: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, level: int | slice) -> Frame | tuple[Frame, ...]:
        if isinstance(level, slice):
            self._unwind_for(level)
            return tuple(self._frames[level])
        if level < 0:
            level += len(self)
        frame = self.at(level) if level >= 0 else None
        if frame is None:
            raise IndexError(f"no frame {level}: the stack has {len(self._frames)}")
        return frame

    def __iter__(self) -> Iterator[Frame]:
        frames = self._frames
        level = 0
        while level < len(frames) or self.at(level) is not None:
            yield frames[level]
            level += 1

    def _unwind_for(self, part: slice) -> None:
        """Unwind as far as a slice needs."""
        ends = (part.start, part.stop) if part.step is None or part.step > 0 else (None, None)
        if ends[1] is None or any(end is not None and end < 0 for end in ends):
            len(self)
        else:
            self.at(ends[1] - 1)

    def __len__(self) -> int:
        while self._extend():
            pass
        return len(self._frames)

    # -- activations -------------------------------------------------------------------------------

    def activation(self, index: int) -> Activation | None:
        """Return a physical frame, or None behind the outermost."""
        found = self._activations
        if index < len(found):
            return found[index]
        if self.reason is not None:
            return None
        if not self.space.is_now(self.epoch):
            raise StaleError("the inferior went on: this stack is of an earlier stop")
        if not found:
            words = self._live_words = tuple(self.live.words)
            found.append(Activation(0, words[x86_64.RIP], live_registers(words), True, LIVE))
            found[0].has_scratch = True
        while len(found) <= index:
            inner = found[-1]
            caller = self._caller(inner)
            if caller is None:
                return None
            if not caller.is_exact and not inner.is_tail_call:
                jumps = self._jumps.get((inner.place, caller.pc))
                if jumps is None or jumps:
                    self._add_tail_calls(inner, caller)
            found.append(caller)
        return found[index]

    def returns_to(self, activation: Activation) -> Activation | None:
        """Return the physical frame in which the thread goes on when one returns; None where none is known.

        Those that ended with a tail call are passed over: nothing comes back to them.
        """
        index = activation.index + 1
        while (caller := self.activation(index)) is not None and caller.is_tail_call:
            index += 1
        return caller

    def _add_tail_calls(self, inner: Activation, caller: Activation) -> None:
        """Add the frames that were given up between a caller and the function that runs now."""
        key = inner.place, caller.pc
        jumps = self._jumps.get(key)
        if jumps is None:
            jumps = []
            functions = self.functions(inner)
            if functions:
                from trapline.inspection import tail_calls

                jumps = tail_calls.between(self.space, inner.place, functions[-1], caller.pc)
            self._jumps[key] = jumps
        for pc in jumps:
            known = {number: caller.known[number] for number in _CALLEE_SAVED if number in caller.known}
            known |= {_RSP: caller.known[_RSP], _RIP: pc}
            frame = Activation(caller.index, pc, known, False, BY_CALL_SITES)
            frame.row, frame.doubtful = _GIVEN_UP, caller.doubtful
            frame.is_tail_call, frame.cfa = True, caller.known[_RSP]
            self._activations.append(frame)
            caller.index += 1

    def is_signal_frame(self, activation: Activation) -> bool:
        """Whether the kernel built a physical frame to call a signal handler."""
        if not activation.is_exact:  # it is entered by no call
            return False
        row = self.rules_of(activation)
        return row is not None and row.is_signal_frame

    def rules_of(self, activation: Activation) -> Row | None:
        """Return how the caller of a physical frame is found; None: not by rules."""
        if activation.row is None and activation.is_exact:
            return self._rules.at(activation.pc)
        return activation.row

    def cfa(self, activation: Activation) -> int | None:
        """Return the canonical frame address of a physical frame; None when nothing tells it."""
        if activation.cfa is None:
            if activation.index == len(self._activations) - 1:
                row = self.rules_of(activation)
                if row is not None:
                    try:
                        activation.cfa = self._computed_cfa(activation, row)
                        return activation.cfa
                    except (BadData, ValueUnavailable, MemoryFault):
                        pass
                self.activation(activation.index + 1)
        return activation.cfa

    def saved_registers(self, activation: Activation) -> dict[str, int]:
        """Return where a physical frame keeps its caller's registers: load addresses, in gdb's order."""
        cfa = self.cfa(activation)
        row = self.rules_of(activation)
        if row is None or cfa is None:
            return {}
        found = {_name(number): cfa + offset & ADDRESS_MASK for number, offset in row.saved}
        for number, rule in row.special:
            if rule.kind == rows.EXPRESSION:
                from trapline.inspection.rule_context import evaluate_rule

                try:
                    found[_name(number)] = evaluate_rule(rule.expression, activation, self.space, (cfa,))
                except (ValueUnavailable, BadData, MemoryFault):
                    continue  # the frame's own registers say so when they are asked for
        return {name: found[name] for name in x86_64.GENERAL_ORDER if name in found}

    def _caller(self, inner: Activation) -> Activation | None:
        """Return who called a frame, or None with `reason` set."""
        try:
            row = inner.row
            if row is None:
                row = self.rules_of(inner)
            if row is not None:
                try:
                    return self._unwound(inner, row, BY_RULES)
                except (BadData, ValueUnavailable) as error:
                    self._rules.problem = str(error)
            return self._guessed(inner)
        except MemoryFault as fault:
            self.reason = f"the stack is unreadable at {fault.address:#x}"
            return None

    def _guessed(self, inner: Activation) -> Activation | None:
        if self._guess is None:
            from trapline.inspection.guess import Guess

            self._guess = Guess(self.space, self._words, self._rules)
        found = self._guess.find(inner)
        if found is None:
            self.reason = self._guess.reason
            return None
        return self._unwound(inner, *found)

    # -- applying rules ----------------------------------------------------------------------------

    def _computed_cfa(self, frame: Activation, row: Row) -> int:
        if row.cfa_expression is not None:
            from trapline.inspection.rule_context import evaluate_rule

            return evaluate_rule(row.cfa_expression, frame, self.space, ())
        base = frame.known.get(row.cfa_register)
        if base is None:
            name = _name(row.cfa_register)
            raise ValueUnavailable(f"the frame is found by {name}, which is not known in it")
        return base + row.cfa_offset & ADDRESS_MASK

    def _unwound(self, inner: Activation, row: Row, found_by: str) -> Activation | None:
        """Return the caller as a row has it, or None with `reason` set.

        Raises:
            ValueUnavailable, BadData: the row needs what is not known, or is broken.
            MemoryFault: the stack is not there.
        """
        inner.row = row
        before = inner.known
        base = before.get(row.cfa_register)
        if base is None or row.cfa_expression is not None:
            cfa = self._computed_cfa(inner, row)
        else:
            cfa = base + row.cfa_offset & ADDRESS_MASK
        inner.cfa = cfa
        if not self._grows(inner, cfa):
            return None
        if inner.has_scratch:
            known = {number: before[number] for number in _CALLEE_SAVED if number in before}
        else:
            known = before.copy()
        known[_RSP] = cfa
        known.pop(_RIP, None)  # the callee's
        self._words.load(cfa, row.saved, known)
        if row.special:
            for number, rule in row.special:
                self._apply(number, rule, inner, cfa, known)
        pc = known.get(row.return_register)
        exact = row.is_signal_frame
        if not pc and not (exact and pc == 0):
            self.reason = OUTERMOST
            return None
        known[_RIP] = pc
        caller = Activation(inner.index + 1, pc, known, exact, found_by)
        if not exact:
            outer = caller.row = self._behind_calls.get(pc) or self._rules.behind_call(pc)
            if outer is None:
                if not self.space.is_code(pc - 1):
                    self.reason = f"the return address {pc:#x} is not code (corrupt stack?)"
                    return None
            elif outer.is_signal_frame:
                caller.is_exact = True
        caller.has_scratch = exact or row.saves_scratch
        if inner.doubtful or found_by is not BY_RULES:
            caller.doubtful = _doubtful(inner, row, found_by)
        return caller

    def _apply(
        self, number: int, rule: rows.Rule, inner: Activation, cfa: int, known: dict[int, int]
    ) -> None:
        """Find one register of the caller by a rule that is not a plain offset."""
        kind = rule.kind
        value: int | None = None
        if kind == rows.SAME:
            value = inner.known.get(number)
        elif kind == rows.VALUE_OFFSET:
            value = cfa + rule.offset & ADDRESS_MASK
        elif kind == rows.REGISTER:
            value = inner.known.get(rule.offset)
        elif kind != rows.UNDEFINED:
            from trapline.inspection.rule_context import evaluate_rule

            value = evaluate_rule(rule.expression, inner, self.space, (cfa,))
            if kind == rows.EXPRESSION:
                value = self._words.word(value)
        if value is None:
            known.pop(number, None)
        else:
            known[number] = value

    def _grows(self, inner: Activation, cfa: int) -> bool:
        """Whether a frame is outside of the one that it called, as on any stack; else `reason` is set.

        Behind a signal handler it may be on another stack.
        """
        if inner.index >= _LIMIT:
            self.reason = f"given up after {_LIMIT} frames"
            return False
        if inner.index == 0:
            return True
        if inner.is_exact:
            key = inner.pc, cfa
            if key in self._signal_frames:
                self.reason = "the stack loops"
                return False
            self._signal_frames.add(key)
            return True
        called = self._activations[inner.index - 1].cfa
        if called is None or cfa > called or inner.is_tail_call or self._switches_stacks(inner.index - 1):
            return True
        self.reason = f"the caller's frame at {cfa:#x} is inside that of its callee (corrupt stack?)"
        return False

    def _switches_stacks(self, index: int) -> bool:
        """Whether a frame is of gcc's split-stack helper, whose caller may be on another piece."""
        symbol = self.space.symbol_at(self._activations[index].place)
        return symbol is not None and symbol.name == "__morestack"

    # -- registers ---------------------------------------------------------------------------------

    def register(self, activation: Activation, number: int) -> int:
        """Return a register of a physical frame by its DWARF number.

        Raises:
            ValueUnavailable: it was not saved, or is only a guess.
        """
        if number in activation.doubtful:
            raise ValueUnavailable(f"the frame was found by a {activation.found_by}")
        try:
            return activation.known[number]
        except KeyError:
            raise ValueUnavailable("a call may change it, and nobody saved it") from None

    def write_register(self, activation: Activation, number: int, value: int) -> None:
        """Write a register of a physical frame where it is kept.

        Raises:
            ValueUnavailable: it is kept nowhere.
            MemoryFault: its place cannot be written.
        """
        place = self.saved_at(activation.index, number)
        if place is None:
            self.live.write_word(dict(x86_64.DWARF_WORDS)[number], value)
        else:
            self.space.write(place, value.to_bytes(8, "little"))
        activation.known[number] = value
        self._forget()

    def _forget(self) -> None:
        """Unwind again when next asked: a register or its saved copy has changed."""
        del self._activations[:], self._frames[1:]
        self._signal_frames.clear()
        self._words = Words(self.space.memory_at)
        self._guess = self.reason = None

    def saved_at(self, index: int, number: int) -> int | None:
        """Return where a register of a physical frame is kept in memory; None: it is still in the thread's.

        Raises:
            ValueUnavailable: it has no place of its own.
        """
        self.activation(index)
        while index > 0:
            inner = self._activations[index - 1]
            row = inner.row
            assert row is not None and inner.cfa is not None
            rule = row.rules.get(number)
            kind = rows.UNDEFINED if rule is None else rule.kind
            if kind == rows.SAME or (rule is None and number in _CALLEE_SAVED):
                index -= 1
            elif rule is None:
                raise ValueUnavailable(f"{_name(number)} of this frame is not stored anywhere")
            elif kind == rows.REGISTER:
                number = rule.offset
                index -= 1
            elif kind == rows.OFFSET:
                return inner.cfa + rule.offset & ADDRESS_MASK
            elif kind == rows.EXPRESSION:
                from trapline.inspection.rule_context import evaluate_rule

                return evaluate_rule(rule.expression, inner, self.space, (inner.cfa,))
            else:
                raise ValueUnavailable(f"{_name(number)} of this frame is not stored anywhere")
        return None


def _name(number: int) -> str:
    return x86_64.DWARF.get(number, f"register {number}")


def _doubtful(inner: Activation, row: Row, found_by: str) -> frozenset[int]:
    """Return the registers of a caller that must not be shown."""
    doubtful = inner.doubtful
    if found_by is BY_GUESS:
        doubtful = doubtful.union(_CALLEE_SAVED)
    elif found_by is BY_FRAME_POINTER:
        doubtful = doubtful | _NOT_BY_FRAME_POINTER
    if not doubtful:
        return doubtful
    return doubtful.difference(number for number, rule in row.rules.items() if rule.kind == rows.OFFSET)
