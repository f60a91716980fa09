"""PLT stubs by their bytes, as linkers write them and as objdump shows them."""

from __future__ import annotations

import re
import subprocess

import pytest
from tests.support import programs

from trapline.arch import stubs

FLAGS = [("-Wl,-z,lazy",), ("-Wl,-z,now",), ("-Wl,-z,lazy", "-fcf-protection"), ("-no-pie",)]
_LINE = re.compile(r"^ +([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(.*)$", re.MULTILINE)


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_the_word_of_each_stub(flags: tuple[str, ...]) -> None:
    """Every `jmp *word` of the PLT's sections is found where a stub begins, the head's behind its push."""
    program = programs.build("steps_libraries.c", *flags)
    sections = [f"--section={name}" for name in (".plt", ".plt.sec", ".plt.got")]
    shown = subprocess.run(
        ["objdump", "-d", "-w", *sections, program], capture_output=True, text=True, check=True
    )
    found = 0
    for part in re.split(r"\n(?=[0-9a-f]{16} <)", shown.stdout)[1:]:
        lines = _LINE.findall(part)
        start = int(lines[0][0], 16)
        code = bytes.fromhex("".join(one for _, one, _ in lines))[: stubs.STUB_SIZE]
        words = [int(text.split("#")[1].split()[0], 16) for _, _, text in lines if "jmp    *" in text]
        if lines[0][2].startswith("push") and words:
            assert stubs.binder_slot(code, start) == words[0]
            assert stubs.jump_slot(code, start) == 0
            continue
        if words:
            assert stubs.jump_slot(code, start) == words[0]
            found += 1
        jumps = [
            int(text.split()[-2], 16) for _, _, text in lines if re.match(r"(bnd )?jmp +[0-9a-f]+ ", text)
        ]
        if lines[0][2].startswith(("push", "endbr64")) and jumps:
            assert stubs.head_of(code, start) == jumps[0]
    assert found >= 5


@pytest.mark.parametrize(
    "code", [b"", b"\xff", b"\xff\x25\0\0", b"\xf3\x0f\x1e\xfa", b"\x68\0\0\0\0", b"\xc3" * 16]
)
def test_other_code(code: bytes) -> None:
    """What is cut off, or something else, is no stub."""
    assert (stubs.jump_slot(code, 0x1000), stubs.head_of(code, 0x1000), stubs.binder_slot(code, 0x1000)) == (
        0,
        0,
        0,
    )


def test_where_the_dynamic_linker_goes_on() -> None:
    """By its first jump or return whose goal only running it tells."""
    code = bytes.fromhex("53 4889e3 e800000000 4989c3 488b1c24 4883c418 41ffe3")
    assert stubs.bound_at(code, 0x1000) == 0x1000 + len(code) - 3
    assert stubs.bound_at(b"\x90" * 8, 0x1000) == 0
