"""Run by gdb's Python, `WORDS` being the question and its arguments: prints the answer as JSON.

Nothing of trapline is imported here.
"""

from __future__ import annotations

import json
from typing import Any

import gdb  # type: ignore[import-not-found]  # gdb's own Python has it

WORDS: list[str] = globals()["WORDS"]


def _types() -> dict[str, Any]:
    """Return every structure, union and enum that the variables of the program lead to, by name."""
    found: dict[str, Any] = {}
    waiting = []
    for symbol in _variables():
        if not symbol.name.startswith("_"):
            found["variable " + symbol.name] = [str(symbol.type), symbol.type.sizeof]
            waiting.append(symbol.type)
    while waiting:
        type_ = waiting.pop()
        if type_.code == gdb.TYPE_CODE_TYPEDEF:
            waiting.append(type_.strip_typedefs())
        if type_.code in (
            gdb.TYPE_CODE_PTR,
            gdb.TYPE_CODE_REF,
            gdb.TYPE_CODE_RVALUE_REF,
            gdb.TYPE_CODE_ARRAY,
        ):
            waiting.append(type_.target())
        type_ = type_.unqualified()
        if type_.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_ENUM):
            continue
        if type_.tag is None or type_.tag in found:
            continue
        if type_.code == gdb.TYPE_CODE_ENUM:
            found[type_.tag] = [type_.sizeof, [[one.name, one.enumval] for one in type_.fields()]]
            continue
        members = []
        for field in type_.fields():
            if getattr(field, "bitpos", None) is None:
                continue  # static, or a virtual base: its place is in the object
            shown = [field.name, str(field.type), field.bitpos, field.bitsize, field.is_base_class]
            members.append(shown)
            waiting.append(field.type)
        found[type_.tag] = [type_.sizeof, members]
    return found


def _variables() -> list[Any]:
    found = []
    for symtab in _symtabs():
        for block in (symtab.global_block(), symtab.static_block()):
            found += [symbol for symbol in block if symbol.is_variable and symbol.type is not None]
    return found


def _symtabs() -> list[Any]:
    _, found = gdb.decode_line(WORDS[1] + ":1")
    return [found[0].symtab]


def _blocks() -> dict[str, Any]:
    """Return, for each address, the functions around it and the variables of each block, innermost first."""
    found = {}
    for text in WORDS[2:]:
        block = gdb.block_for_pc(int(text, 16))
        stack = []
        while block is not None and not block.is_global and not block.is_static:
            names = [s.name for s in block if s.is_variable or s.is_argument or s.is_constant]
            stack.append([str(block.function) if block.function is not None else None, names])
            block = block.superblock
        found[text] = stack
    return found


def _breaks() -> dict[str, Any]:
    """Return, for each location, the file addresses where gdb would stop, sorted."""
    found = {}
    for text in WORDS[2:]:
        try:
            wish = gdb.Breakpoint(text)
            found[text] = sorted(one.address for one in wish.locations)
            wish.delete()
        except (gdb.error, RuntimeError):
            found[text] = []
    return found


print("JSON:" + json.dumps({"types": _types, "blocks": _blocks, "breaks": _breaks}[WORDS[0]]()))
