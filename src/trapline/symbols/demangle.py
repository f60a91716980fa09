"""Names of C++ and Rust functions as people write them.

LLVM's demangler by way of pydemumble (ADR 0006), imported at the first mangled name.
"""

from __future__ import annotations

import functools

from trapline.base.patterns import lazy

_PREFIXES = ("_Z", "_R", "__Z", "___Z")
_LONGEST = 50_000
_LIKE_A_HASH = lazy(r"\dh[0-9a-f]*E")
_RUST_HASH = lazy(r"17h[0-9a-f]{16}E(?:$|\.)")
_CLONE = lazy(r"\((\.[\w.]+)\)$")


@functools.lru_cache(maxsize=4096)
def demangle(name: str) -> str:
    """Return a symbol's name as the source writes it; a name that is not mangled as it is.

    C++ functions get their parameter types, Rust ones lose the hash of legacy names.

    Source: Itanium C++ ABI §5.1; rustc book, Symbol Mangling v0.
    """
    if not name.startswith(_PREFIXES) or len(name) > _LONGEST:
        return name
    from pydemumble import demangle as plain

    stem, at, version = name.partition("@")
    if (
        stem.startswith("_ZN")
        and stem[3:4].isdigit()
        and _LIKE_A_HASH.search(stem)
        and not _RUST_HASH.search(stem)
    ):
        # A function `h` or `head` of C++ would lose its name with what is taken for Rust's hash; one that is
        # const does not.
        before, const, behind = (plain(f"_ZNK{stem[3:]}") or stem).rpartition(" const")
        return (before + behind if const else behind) + at + version
    return (plain(stem) or stem) + at + version


@functools.lru_cache(maxsize=4096)
def shown(name: str) -> str:
    """Return a symbol's name as gdb shows it: demangled, `> >` at the end of lists, `[clone .cold]`."""
    plain = demangle(name)
    if plain == name or not name.startswith("_Z"):
        return plain
    from trapline.symbols import naming

    return naming.canonical(_CLONE.sub(r"[clone \1]", plain))
