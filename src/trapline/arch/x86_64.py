"""The x86-64 processor and its System V ABI, as tables.

What a port to another processor has to give, in the order in which things start to work:
  1. the words of the general register set, their order and names; pc, stack and frame pointer
  2. the trap bytes, and by how much the pc is ahead after a trap
  3. the system-call registers (number, arguments, result) and the instruction
  4. the call ABI: argument registers, result, red zone, stack alignment, where the return address is
  5. `instructions`: which can be displaced, relocation, emulation of calls, formatting
  6. debug registers: number, lengths, control word
  7. the extended registers and where the kernel keeps them (`xsave`)
  8. DWARF register numbers

Source: <sys/user.h>, struct user_regs_struct; x86-64 psABI §3.2.3 and fig. 3.36; Intel SDM 1 §13.
"""

from __future__ import annotations

WORDS = [
    "r15",
    "r14",
    "r13",
    "r12",
    "rbp",
    "rbx",
    "r11",
    "r10",
    "r9",
    "r8",
    "rax",
    "rcx",
    "rdx",
    "rsi",
    "rdi",
    "orig_rax",
    "rip",
    "cs",
    "eflags",
    "rsp",
    "ss",
    "fs_base",
    "gs_base",
    "ds",
    "es",
    "fs",
    "gs",
]
"""The 27 words of struct user_regs_struct, in order."""

R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8 = range(10)
RAX, RCX, RDX, RSI, RDI, ORIG_RAX, RIP, CS, EFLAGS, RSP, SS = range(10, 21)
FS_BASE, GS_BASE, DS, ES, FS, GS = range(21, 27)

TRAP = b"\xcc"
RED_ZONE = 128
"""Bytes below the stack pointer that a function may use.  Source: psABI §3.2.2."""
STACK_ALIGNMENT = 16
CALL_ARGUMENTS = (RDI, RSI, RDX, RCX, R8, R9)
SYSCALL_ARGUMENTS = (RDI, RSI, RDX, R10, R8, R9)

GENERAL_ORDER = [
    "rax",
    "rbx",
    "rcx",
    "rdx",
    "rsi",
    "rdi",
    "rbp",
    "rsp",
    "r8",
    "r9",
    "r10",
    "r11",
    "r12",
    "r13",
    "r14",
    "r15",
    "rip",
    "eflags",
    "cs",
    "ss",
    "ds",
    "es",
    "fs",
    "gs",
    "fs_base",
    "gs_base",
]
"""gdb's order of `info registers`."""


def _general() -> dict[str, tuple[int, int, int]]:
    """Build name -> (word index, shift in bits, mask)."""
    full, low32 = (1 << 64) - 1, (1 << 32) - 1
    table = {name: (index, 0, full) for index, name in enumerate(WORDS)}
    for name in ("cs", "ss", "ds", "es", "fs", "gs"):
        table[name] = (table[name][0], 0, 0xFFFF)
    table["eflags"] = (EFLAGS, 0, low32)
    for letter, index in (("a", RAX), ("b", RBX), ("c", RCX), ("d", RDX)):
        table[f"e{letter}x"] = (index, 0, low32)
        table[f"{letter}x"] = (index, 0, 0xFFFF)
        table[f"{letter}l"] = (index, 0, 0xFF)
        table[f"{letter}h"] = (index, 8, 0xFF)
    for name, index in (("si", RSI), ("di", RDI), ("bp", RBP), ("sp", RSP)):
        table[f"e{name}"] = (index, 0, low32)
        table[name] = (index, 0, 0xFFFF)
        table[f"{name}l"] = (index, 0, 0xFF)
    for number in range(8, 16):
        index = WORDS.index(f"r{number}")
        table[f"r{number}d"] = (index, 0, low32)
        table[f"r{number}w"] = (index, 0, 0xFFFF)
        table[f"r{number}b"] = table[f"r{number}l"] = (index, 0, 0xFF)
    # As in gdb, $sp, $fp and $pc are the 64-bit registers.
    table["pc"] = table["rip"]
    table["sp"] = table["rsp"]
    table["fp"] = table["rbp"]
    table["eip"] = (RIP, 0, low32)
    table["flags"] = table["eflags"]
    return table


GENERAL: dict[str, tuple[int, int, int]] = _general()
"""name -> (word index, shift in bits, mask) of the general registers and their parts."""


DWARF = dict(
    enumerate(
        [
            "rax",
            "rdx",
            "rcx",
            "rbx",
            "rsi",
            "rdi",
            "rbp",
            "rsp",
            "r8",
            "r9",
            "r10",
            "r11",
            "r12",
            "r13",
            "r14",
            "r15",
            "rip",
        ]
        + [f"xmm{number}" for number in range(16)]
    )
)
"""DWARF register number -> name.  Source: x86-64 psABI fig. 3.36."""

DWARF_WORDS = tuple((number, WORDS.index(DWARF[number])) for number in range(17))
"""DWARF number and word index of the registers that have both, rip (the return address) last."""

DWARF_RBX, DWARF_RBP, DWARF_RSP, DWARF_RIP = 3, 6, 7, 16
CALLEE_SAVED = (DWARF_RBX, DWARF_RBP, 12, 13, 14, 15)
"""DWARF numbers of the registers that a function gives back as it found them.  Source: psABI fig. 3.4."""

DWARF_FS_BASE, DWARF_GS_BASE = 58, 59

SIGNAL_CONTEXT = {
    8: 40, 9: 48, 10: 56, 11: 64, 12: 72, 13: 80, 14: 88, 15: 96, 5: 104, 4: 112, 6: 120, 3: 128, 1: 136,
    0: 144, 2: 152, 7: 160, 16: 168,
}  # fmt: skip
"""DWARF number -> bytes from the stack pointer of a signal trampoline to the interrupted register.

Source: <sys/ucontext.h>, ucontext_t.uc_mcontext; Linux arch/x86/include/asm/sigframe.h.
"""
_SIGRETURNS = (b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", b"\xb8\x0f\x00\x00\x00\x0f\x05")


def in_sigreturn(before: bytes, after: bytes) -> bool:
    """Whether a pc is at a call of rt_sigreturn; `after` begins at the pc, `before` ends there."""
    for code in _SIGRETURNS:
        if after.startswith(code):
            return True
        at_syscall = len(code) - 2
        if after.startswith(code[at_syscall:]) and before.endswith(code[:at_syscall]):
            return True
    return False


def ends_in_call(code: bytes) -> bool:
    """Whether the bytes before a return address, seven of them, can end in a near call.

    Source: Intel SDM 2, CALL: E8 and FF /2.
    """
    if code[-5:-4] == b"\xe8":
        return True
    for length in range(2, 8):
        if length <= len(code) and code[-length] == 0xFF and code[1 - length] >> 3 & 7 == 2:
            mode, base = code[1 - length] >> 6, code[1 - length] & 7
            size = {0: 6 if base == 5 else 2, 1: 3, 2: 6, 3: 2}[mode]
            if mode != 3 and base == 4:  # a SIB byte; without a base register it has four bytes more
                size += 1
                if mode == 0 and length == 7 and code[2 - length] & 7 == 5:
                    size += 4
            if size == length:
                return True
    return False


FLAGS = {
    "CF": 0, "PF": 2, "AF": 4, "ZF": 6, "SF": 7, "TF": 8, "IF": 9, "DF": 10, "OF": 11, "NT": 14, "RF": 16,
    "VM": 17, "AC": 18, "VIF": 19, "VIP": 20, "ID": 21,
}  # fmt: skip
"""Bits of eflags.  Source: Intel SDM 1 §3.4.3."""


def describe_flags(value: int, bits: dict[str, int] = FLAGS) -> str:
    """Return the set flags as gdb shows them: `[ ZF PF ]`, in the order of `bits`, by name."""
    names = [name for name, bit in bits.items() if value >> bit & 1]
    return f"[ {' '.join(names)} ]" if names else "[ ]"
