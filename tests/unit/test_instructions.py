"""What instructions do with the pc."""

from __future__ import annotations

import pytest

from trapline.arch import instructions
from trapline.arch.flow import flow

_NOPS = b"\x90" * 16


@pytest.mark.parametrize("code", [b"\x0f\x05", b"\x48\x0f\x05", b"\x0f\x34"])
def test_a_system_call_is_no_call(code: bytes) -> None:
    """Not one that is emulated, nor one that a step looks at."""
    planned = instructions.plan(code + _NOPS, 0x1000)
    assert (planned.kind, planned.length) == (instructions.SYSCALL, len(code))
    found = flow(code + b"\xe8\0\0\0\0", 0x1000)
    assert [call.address for call in found.calls] == [0x1000 + len(code)]


@pytest.mark.parametrize(
    ("code", "kind", "target"),
    [
        (b"\xe8\x10\0\0\0", instructions.CALL, 0x1015),
        (b"\xff\xd0", instructions.CALL, 0),
        (b"\xff\x18", instructions.INLINE, 0),
        (b"\x0f\x01\xd9", instructions.SLOT, 0),
    ],
)
def test_calls(code: bytes, kind: int, target: int) -> None:
    """Near ones are emulated, far ones stepped in place; vmmcall calls no function."""
    planned = instructions.plan(code + _NOPS, 0x1000)
    assert (planned.kind, planned.target) == (kind, target)
