"""Stubs of the PLT, told by their bytes: the word that one jumps through, and the way that binds it.

Source: x86-64 psABI 1.0, §5.2 and §5.3; glibc 2.36, sysdeps/x86_64/dl-trampoline.h.
"""

from __future__ import annotations

from trapline.arch.flow import flow
from trapline.base.address import ADDRESS_MASK

STUB_SIZE = 16
"""Bytes of a stub that are looked at."""

BINDER_SIZE = 1024
"""Bytes of the dynamic linker's entry for binding that are looked at: it has at most a few hundred."""

_ENDBR64 = b"\xf3\x0f\x1e\xfa"
_BND = b"\xf2"
_JUMP_THROUGH = b"\xff\x25"  # jmp *disp32(%rip)
_PUSH_WORD = b"\xff\x35"  # push disp32(%rip)
_PUSH = b"\x68"
_JUMP = b"\xe9"


def jump_slot(code: bytes, address: int) -> int:
    """Return the load address of the word that a stub takes its goal from; 0 where the code is no stub.

    Args:
        code: what is at the address.
        address: load address of the first byte.
    """
    at = _behind(code, _BND, _behind(code, _ENDBR64, 0))
    return _relative(code, address, at, _JUMP_THROUGH)


def head_of(code: bytes, address: int) -> int:
    """Return the load address of the PLT's head, where code pushes a number and goes there; else 0.

    What does so is where the word of a stub leads before it is bound.
    """
    at = _behind(code, _ENDBR64, 0)
    if not code.startswith(_PUSH, at):
        return 0
    return _relative(code, address, _behind(code, _BND, at + 5), _JUMP)


def binder_slot(code: bytes, address: int) -> int:
    """Return the load address of the word from which the PLT's head takes the way to the dynamic linker.

    0 where the code is no head of a PLT.
    """
    if not _relative(code, address, 0, _PUSH_WORD):
        return 0
    return _relative(code, address, _behind(code, _BND, 6), _JUMP_THROUGH)


def bound_at(code: bytes, address: int) -> int:
    """Return the load address of the jump by which the dynamic linker goes to what it has bound; 0 if none.

    Args:
        code: its entry for binding.
        address: load address of the first byte.
    """
    unknown = flow(code, address).unknown
    return unknown[0] if unknown else 0


def _behind(code: bytes, prefix: bytes, at: int) -> int:
    return at + len(prefix) if code.startswith(prefix, at) else at


def _relative(code: bytes, address: int, at: int, opcode: bytes) -> int:
    """Return what the instruction at an offset says by four bytes behind its opcode; 0 for another one."""
    end = at + len(opcode) + 4
    if not code.startswith(opcode, at) or len(code) < end:
        return 0
    return address + end + int.from_bytes(code[end - 4 : end], "little", signed=True) & ADDRESS_MASK
