"""Decompression of sections, with the size of the result bounded before it is made."""

from __future__ import annotations

from trapline.base.typing import Any

ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD = 1, 2

_SMALL = 64 << 20  # bytes that any section may unfold to
_RATIO = 100  # times its compressed size that a bigger one may unfold to; debug information reaches 20


def decompress(kind: int, data: bytes, size: int) -> bytes:
    """Return the `size` bytes that `data` unfolds to; `kind` is the header's `ch_type`.

    Raises:
        ValueError: an unknown kind, a size out of proportion, broken data, or no zstd reader installed.

    Source: gABI, Section Compression.
    """
    check(len(data), size)
    if kind == ELFCOMPRESS_ZLIB:
        result = _zlib(data, size)
    elif kind == ELFCOMPRESS_ZSTD:
        result = _zstd(data, size)
    else:
        raise ValueError(f"compressed in unknown way {kind}")
    if len(result) != size:
        raise ValueError(f"unfolds to {len(result)} bytes instead of {size}")
    return result


def check(folded: int, size: int) -> None:
    """Return when `folded` bytes may unfold to `size`.

    Raises:
        ValueError: they are out of proportion.
    """
    if size > max(_SMALL, _RATIO * folded):
        raise ValueError(f"{folded} compressed bytes claim to be {size}")


def beginning(data: bytes, size: int) -> bytes:
    """Return the first `size` bytes of what the beginning of zlib data unfolds to.

    Raises:
        ValueError: broken data, or too little of them.
    """
    result = _zlib(data, size - 1)
    if len(result) != size:
        raise ValueError(f"unfolds to {len(result)} bytes instead of {size} and more")
    return result


def _zlib(data: bytes, size: int) -> bytes:
    import zlib

    try:
        # One byte more than promised, so that a longer result is noticed; 0 would mean no limit.
        return zlib.decompressobj().decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError(f"broken zlib data: {error}") from None


def _zstd(data: bytes, size: int) -> bytes:
    decompressor = _zstd_decompressor()
    try:
        return bytes(decompressor.decompress(data, size + 1))
    except Exception as error:  # each reader has an exception class of its own
        raise ValueError(f"broken zstd data: {error}") from None


def _zstd_decompressor() -> Any:
    """Return an object whose `decompress(data, max_length)` bounds its result."""
    import importlib

    for name in ("compression.zstd", "backports.zstd", "pyzstd"):
        try:
            return importlib.import_module(name).ZstdDecompressor()
        except ImportError:
            continue
    raise ValueError("compressed with zstd: needs Python 3.14 or the backports.zstd package")


def decompress_xz(data: bytes) -> bytes:
    """Return what one `.xz` stream unfolds to.

    Raises:
        ValueError: broken data, or a result out of proportion.
    """
    try:
        import lzma
    except ImportError:
        raise ValueError("compressed with xz, which this Python was built without") from None
    limit = max(_SMALL, _RATIO * len(data))
    decompressor = lzma.LZMADecompressor(memlimit=256 << 20)
    try:
        result = decompressor.decompress(data, limit)
    except lzma.LZMAError as error:
        raise ValueError(f"broken xz data: {error}") from None
    if not decompressor.eof:
        raise ValueError("xz data cut off, or unfolding to more than it may")
    return result
