"""How code is shown."""

from __future__ import annotations

from collections.abc import Callable

from trapline.base.fact import NamedTuple


class Line(NamedTuple):
    """One instruction as shown: `address` is a load address, `size` in bytes."""

    address: int
    size: int
    bytes: bytes
    text: str


def disassemble(
    code: bytes,
    address: int,
    count: int,
    name_of: Callable[[int], str | None],
    flavor: str = "intel",
) -> list[Line]:
    """Return up to `count` instructions of `code`, which begins at load address `address`.

    Args:
        code: bytes; an instruction that they cut off is shown as `(bad)`.
        address: load address of the first.
        count: how many instructions.
        name_of: names a target: `main+4`, or None.
        flavor: "intel" or "att".
    """
    from iced_x86 import Decoder, FlowControl, Formatter, FormatterSyntax, MemorySizeOptions

    formatter = Formatter(FormatterSyntax.GAS if flavor == "att" else FormatterSyntax.INTEL)
    formatter.hex_prefix, formatter.hex_suffix = "0x", ""
    formatter.uppercase_hex = False
    formatter.small_hex_numbers_in_decimal = False
    formatter.branch_leading_zeros = False
    formatter.rip_relative_addresses = True
    formatter.first_operand_char_index = 7
    formatter.space_after_operand_separator = False
    formatter.show_branch_size = False
    formatter.uppercase_keywords = flavor != "att"
    formatter.memory_size_options = MemorySizeOptions.ALWAYS  # "DWORD PTR", as objdump has it
    direct = (FlowControl.UNCONDITIONAL_BRANCH, FlowControl.CONDITIONAL_BRANCH, FlowControl.CALL)
    lines: list[Line] = []
    decoder = Decoder(64, code, ip=address)
    while decoder.can_decode and len(lines) < count:
        start = decoder.position
        instruction = decoder.decode()
        if instruction.is_invalid:
            decoder.position = start + 1
            decoder.ip = address + start + 1
            lines.append(Line(address + start, 1, code[start : start + 1], "(bad)"))
            continue
        text = formatter.format(instruction)
        if instruction.flow_control in direct and instruction.near_branch_target:
            name = name_of(instruction.near_branch_target)
            text += f" <{name}>" if name else ""
        elif instruction.is_ip_rel_memory_operand:
            target = instruction.ip_rel_memory_address
            name = name_of(target)
            text += f"        # {target:#x}" + (f" <{name}>" if name else "")
        lines.append(Line(address + start, instruction.len, code[start : start + instruction.len], text))
    return lines


def addresses(code: bytes, address: int, count: int) -> list[int]:
    """Return the load addresses of the instructions that `disassemble` gives, in a tenth of its time."""
    from iced_x86 import Decoder

    decoder = Decoder(64, code, ip=address)
    found: list[int] = []
    while decoder.can_decode and len(found) < count:
        start = decoder.position
        found.append(address + start)
        if decoder.decode().is_invalid:
            decoder.position = start + 1
    return found
