"""Every register by its name, the groups that gdb puts them into, and names that look alike.

Source: Intel SDM 1 §3.4, §8, §13; gdb 13, `info registers`.
"""

from __future__ import annotations

from trapline.arch.x86_64 import GENERAL
from trapline.base.fact import NamedTuple


class RegisterSpec(NamedTuple):
    """One register of `bits` width.

    `group` is "general", "x87", "x87control", "mxcsr", "mmx", "vector" (xmm, ymm, zmm) or "mask"; `number`
    counts within the group.
    """

    name: str
    group: str
    bits: int
    number: int


_X87_CONTROL = ["fctrl", "fstat", "ftag", "fop", "fioff", "fiseg", "fooff", "foseg"]


def _registers() -> dict[str, RegisterSpec]:
    table = {
        name: RegisterSpec(name, "general", mask.bit_length(), index)
        for name, (index, _, mask) in GENERAL.items()
    }
    for number in range(8):
        table[f"st{number}"] = RegisterSpec(f"st{number}", "x87", 80, number)
        table[f"mm{number}"] = RegisterSpec(f"mm{number}", "mmx", 64, number)
        table[f"k{number}"] = RegisterSpec(f"k{number}", "mask", 64, number)
    for number, name in enumerate(_X87_CONTROL):
        table[name] = RegisterSpec(name, "x87control", 32 if name in ("fioff", "fooff") else 16, number)
    for alias, name in (("fcw", "fctrl"), ("fsw", "fstat"), ("ftw", "ftag")):
        table[alias] = table[name]
    table["mxcsr"] = RegisterSpec("mxcsr", "mxcsr", 32, 0)
    for number in range(32):
        table[f"xmm{number}"] = RegisterSpec(f"xmm{number}", "vector", 128, number)
        table[f"ymm{number}"] = RegisterSpec(f"ymm{number}", "vector", 256, number)
        table[f"zmm{number}"] = RegisterSpec(f"zmm{number}", "vector", 512, number)
    return table


REGISTERS: dict[str, RegisterSpec] = _registers()
"""Every register name."""

GROUPS: dict[str, tuple[str, ...]] = {
    "float": (
        *(f"st{number}" for number in range(8)),
        *("fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"),
    ),
    "vector": (
        "mxcsr",
        *(f"k{number}" for number in range(8)),
        *(f"{kind}mm{number}" for kind in "zyx" for number in range(32)),
    ),
    "system": ("fs_base", "gs_base", "orig_rax"),
}
"""gdb's groups of registers beside the general ones."""


def near_names(name: str) -> list[str]:
    """Return register names that look like `name`."""
    import difflib

    return difflib.get_close_matches(name.lower().lstrip("$%"), REGISTERS, 3)
