"""Where a thread's own copy of a thread-local variable is.

glibc says in symbols that begin with `_thread_db_` where its structures keep what is needed: each is three
32-bit words, size in bits, count, offset in bytes.  A static program and musl's have one fixed form.

Source: glibc nptl_db/td_thr_tlsbase.c and structs.def; ELF handling for thread-local storage, §3.4.6
(x86-64, variant II); musl src/internal/pthread_impl.h, ldso/dynlink.c; KERNEL 31.
"""

from __future__ import annotations

from trapline.base.address import ADDRESS_MASK
from trapline.base.errors import BadData, MemoryFault, ValueUnavailable
from trapline.base.typing import TYPE_CHECKING
from trapline.elf.image import PT_TLS
from trapline.inspection.storage import word

if TYPE_CHECKING:
    from trapline.elf.image import Segment
    from trapline.inspection.space import Space
    from trapline.inspection.unwind import Stack
    from trapline.symbols.module import Module

_UNALLOCATED = ADDRESS_MASK
_NO_STATIC_OFFSET = (0, ADDRESS_MASK)
"""glibc's NO_TLS_OFFSET and FORCED_DYNAMIC_TLS_OFFSET."""

NOT_YET = "its thread-local storage is not yet allocated in this thread"


def thread_local_address(stack: Stack, module: Module, offset: int) -> int:
    """Return the load address of the byte at `offset` of a module's thread-local block in a thread.

    Args:
        stack: a stack of the thread.
        module: the file that defines the variable.
        offset: bytes, as DWARF's expressions give it.

    Raises:
        ValueUnavailable: the block is not allocated yet, nothing tells where it is, or it ends before there.
    """
    segment = _segment(module)
    if offset >= segment.memsz:
        raise ValueUnavailable(
            f"offset {offset:#x} is past the thread-local storage of {module.name}, which has "
            f"{segment.memsz:#x} bytes"
        )
    pointer = stack.registers["fs_base"]
    if pointer == 0:
        raise ValueUnavailable(NOT_YET)
    try:
        return _block(stack.space, module, pointer) + offset & ADDRESS_MASK
    except MemoryFault:
        raise ValueUnavailable(NOT_YET) from None
    except BadData as error:
        raise ValueUnavailable(str(error)) from None


def meant_offset(module: Module, stated: int, name: str | None) -> int:
    """Return the offset in a module's thread-local block that a table of addresses (`.debug_addr`) means.

    gcc asks the linker for the variable's plain address there (R_X86_64_64): gold and lld write the offset,
    bfd the address at which the first values of the block are in the file.  Where a number can be either,
    the linker's symbol tells.

    Args:
        module: the file that defines the variable.
        stated: what the table has.
        name: the linker's name of the variable, where it is known.

    Raises:
        ValueUnavailable: it can be either, and no symbol tells.
    """
    segment = _segment(module)
    meant = {one for one in (stated, stated - segment.vaddr) if 0 <= one < segment.memsz}
    if len(meant) > 1:
        symbols = module.lookup(name) if name is not None else ()
        meant &= {symbol.address for symbol in symbols if symbol.kind == "tls"}
        if len(meant) != 1:
            raise ValueUnavailable(
                f"its place in thread-local storage, {stated:#x}, is an offset or an address: no symbol tells"
            )
    return meant.pop() if meant else stated


def _block(space: Space, module: Module, pointer: int) -> int:
    """Return where the module's block of the thread at `pointer` begins."""
    entry = space.link_map_of(module)
    is_program = module is space.program_module()
    where = _descriptors(space)
    if entry is None or where is None:
        if is_program:
            return pointer - _static_size(module)
        raise ValueUnavailable("the C library does not tell where thread-local storage is")
    identity = word(space, entry + where["link_map_l_tls_modid"])
    if identity == 0:
        if is_program:
            return pointer - _static_size(module)
        raise ValueUnavailable(f"{module.name} has no thread-local storage")
    vector = word(space, pointer + where["pthread_dtvp"])
    size = where["size"]
    # The word before the vector counts its entries.
    if vector and 0 < identity <= word(space, vector - size):
        block = word(space, vector + identity * size + where["dtv_t_pointer_val"])
        if block not in (0, _UNALLOCATED):
            return block
    static = word(space, entry + where["link_map_l_tls_offset"])
    if static in _NO_STATIC_OFFSET:
        raise ValueUnavailable(NOT_YET)
    return pointer - static


def _descriptors(space: Space) -> dict[str, int] | None:
    """Return the offsets in bytes that glibc tells, and the bytes of a vector's entry as "size"."""
    found: dict[str, int] = {}
    for name in (
        "link_map_l_tls_modid",
        "link_map_l_tls_offset",
        "pthread_dtvp",
        "dtv_dtv",
        "dtv_t_pointer_val",
    ):
        address = space.address_of(f"_thread_db_{name}")
        if address is None:
            return None
        raw = space.read(address, 12)
        found[name] = int.from_bytes(raw[8:], "little")
        if name == "dtv_dtv":
            found["size"] = int.from_bytes(raw[:4], "little") // 8
    return found


def _static_size(module: Module) -> int:
    """Return how far below the thread pointer the program's own block begins."""
    segment = _segment(module)
    alignment = max(segment.align, 1)
    first = -segment.vaddr % alignment
    return -(-(segment.memsz - first) // alignment) * alignment + first


def _segment(module: Module) -> Segment:
    """Return what the file says of its thread-local block."""
    image = module.image
    segment = next((one for one in image.segments if one.type == PT_TLS), None) if image is not None else None
    if segment is None:
        raise ValueUnavailable(f"{module.name} has no thread-local storage")
    return segment
