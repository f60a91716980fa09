"""Memory as bytes and as instructions."""

from __future__ import annotations

import base64
import binascii

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import DebuggerError, MemoryFault
from trapline.base.typing import TYPE_CHECKING, Any
from trapline.dap import sources
from trapline.dap.arguments import BadArgument
from trapline.dap.requests import STOPPED, request

if TYPE_CHECKING:
    from trapline.dap.arguments import Arguments
    from trapline.dap.messages import DisassembledInstruction
    from trapline.dap.session import Session

_LARGEST = 16 << 20  # bytes of one answer
_MOST = 10_000  # instructions of one answer
_PADDING = 64  # bytes between two functions, so that the second begins at a cache line


def _place(arguments: Arguments) -> int:
    return (arguments.address("memoryReference") + arguments.integer("offset", 0)) & ADDRESS_MASK


@request("readMemory", needs=STOPPED)
def read_memory(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give bytes of memory as far as they can be read, base64; `unreadableBytes` are behind them."""
    address = _place(arguments)
    count = arguments.integer("count")
    if not 0 <= count <= _LARGEST:
        raise BadArgument(f"the argument 'count' must be from 0 to {_LARGEST}")
    buffer = bytearray(count)
    size = session.program.memory.read_into(address, buffer)
    body: dict[str, Any] = {"address": f"{address:#x}"}
    if size:
        body["data"] = base64.b64encode(memoryview(buffer)[:size]).decode()
    if size < count:
        body["unreadableBytes"] = count - size
    return body


@request("writeMemory", needs=STOPPED)
def write_memory(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Write bytes; with `allowPartial` as many as can be."""
    address = _place(arguments)
    try:
        data = base64.b64decode(arguments.text("data"), validate=True)
    except (binascii.Error, ValueError):
        raise BadArgument("the argument 'data' must be base64") from None
    memory = session.program.memory
    try:
        memory.write(address, data)
    except MemoryFault as fault:
        if not arguments.flag("allowPartial") or fault.address <= address:
            raise
        data = data[: fault.address - address]
        memory.write(address, data)
    session.tell_memory(address, len(data))
    session.tell_invalidated("variables")
    return {"bytesWritten": len(data)}


@request("disassemble", needs=STOPPED)
def disassemble(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Give instructions around an address, exactly as many as are asked for.

    Those before it are found from the beginning of its function, or of those before; where nothing tells
    where instructions begin, or there is no memory, a place is filled with `??`, so that the address that was
    asked about is always as far from the first as it should be.
    """
    address = _place(arguments)
    offset = arguments.integer("instructionOffset", 0)
    count = arguments.integer("instructionCount")
    if not 0 <= count <= _MOST or abs(offset) > _MOST:
        raise BadArgument(f"at most {_MOST} instructions at a time")
    resolve = arguments.flag("resolveSymbols", True)
    before = _before(session, address, -offset) if offset < 0 else []
    after = _from(session, address, max(offset + count, 0)) if offset + count > 0 else []
    code: list[Any] = ([None] * (max(-offset, 0) - len(before)) + before + after)[max(offset, 0) :]
    code = (code + [None] * count)[:count]
    shown: list[DisassembledInstruction] = []
    path = ""
    for number, one in enumerate(code):
        if one is None:
            shown.append({"address": f"{_guess(code, number, address, offset):#x}", "instruction": "??"})
            shown[-1]["presentationHint"] = "invalid"
            continue
        session.check_cancelled()
        found: DisassembledInstruction = {
            "address": f"{one.address:#x}",
            "instructionBytes": one.bytes.hex(" "),
            "instruction": one.text,
        }
        symbol = session.program.symbol(one.address) if resolve else None
        if symbol is not None and symbol.address == one.address:
            found["symbol"] = symbol.name
        location = session.program.line(one.address)
        if location is not None:
            found["line"] = session.client.line(location.line)
            if location.path != path:
                path = location.path
                found["location"] = sources.source(session, path)
        shown.append(found)
    return {"instructions": shown}


def _guess(code: list[Any], number: int, address: int, offset: int) -> int:
    """Return an address for a place without an instruction: in order with its neighbours.

    Args:
        code: what is shown, None for such places.
        number: which of them.
        address: the load address that was asked about.
        offset: which instruction the first is, counted from there.
    """
    for distance, one in enumerate(code[number:]):
        if one is not None:
            return max(int(one.address) - distance, 0)
    for distance, one in enumerate(reversed(code[:number])):
        if one is not None:
            return min(int(one.address + one.size) + distance, ADDRESS_MASK)
    return min(max(address + offset + number, 0), ADDRESS_MASK)


def _from(session: Session, address: int, count: int) -> list[Any]:
    try:
        return session.program.disassemble(address, count)
    except DebuggerError:
        return []


def _before(session: Session, address: int, count: int) -> list[Any]:
    """Return up to `count` instructions that end where `address` begins."""
    found: list[Any] = []
    end = address
    while len(found) < count:
        start = _beginning(session, end)
        if start is None or end - start > 16 * _MOST:
            break
        piece = [one for one in _from(session, start, end - start) if one.address < end]
        if not piece or piece[-1].address + piece[-1].size != end:
            break
        found = piece + found
        end = start
    return found[-count:]


def _beginning(session: Session, end: int) -> int | None:
    """Return where the function begins that is before a load address; None where that is not known."""
    for place in range(end - 1, max(end - 1 - _PADDING, -1), -1):
        if (found := session.program.code_range(place)) is not None:
            return found.start
    return None
