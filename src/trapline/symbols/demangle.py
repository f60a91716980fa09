"""Names of C++ and Rust functions as people write them.

LLVM's demangler by way of pydemumble (ADR 0006), imported at the first mangled name.
"""

from __future__ import annotations

import functools

from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFIXES = ("_Z", "_R", "__Z", "___Z")
_LONGEST = 50_000
_LIKE_A_HASH = lazy(r"\dh[0-9a-f]*E")
_RUST_HASH = lazy(r"17h[0-9a-f]{16}E(?:$|\.)")
_NAMELESS = lazy(r"'(lambda|unnamed)(\d*)'")
_CLONE = lazy(r"\((\.[\w.]+)\)$")
_LONGEST_TRIED = 2000
_SUBSTITUTION = lazy(r"S[0-9A-Z]*_")


@functools.lru_cache(maxsize=4096)
def demangle(name: str) -> str:
    """Return a symbol's name as the source writes it; a name that is not mangled as it is.

    C++ functions get their parameter types, lambdas gdb's names; Rust ones lose the hash of legacy names.

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
    return _with_lambdas(plain(stem) or _in_a_local_class(stem, plain) or stem) + at + version


@functools.lru_cache(maxsize=4096)
def shown(name: str) -> str:
    """Return a symbol's name as gdb shows it: demangled, `> >` at the end of lists, `[clone .cold]`."""
    plain = demangle(name)
    if plain == name or not name.startswith("_Z"):
        return plain
    from trapline.symbols import spelling

    return spelling.canonical(_CLONE.sub(r"[clone \1]", plain))


def _in_a_local_class(stem: str, plain: Callable[[str], str]) -> str:
    """Return the name of a template in a class of a function, which LLVM's demangler cannot read; else "".

    In `_ZZ4mainENK3$_0clIiEEDaT_`, a generic lambda of clang's, it does not know what `T_` is.  What stands
    before the types is read with other types, and those behind another name with the same arguments.
    """
    if not stem.startswith("_ZZ") or len(stem) > _LONGEST_TRIED:
        return ""
    ends = (at for at in range(len(stem)) if stem.startswith("EE", at))
    end = next((at + 1 for at in ends if plain(f"{stem[: at + 2]}vv")), 0)
    arguments = (stem[at:end] for at in range(end - 1, 0, -1) if stem[at] == "I")
    given = next((one for one in arguments if plain(f"_Z1f{one}vv")), "")
    types = stem[end + 1 :]
    if not given or _SUBSTITUTION.search(given + types):
        return ""  # a substitution counts what stands before it
    from trapline.symbols.naming import separate

    name = plain(f"{stem[: end + 1]}vv").removeprefix("void ")
    path, _ = separate(name)
    other, parameters = separate(plain(f"_Z1f{given}{types}"))
    if parameters is None or not other.endswith(">"):
        return ""  # a result that is written around the name
    result = other.partition(" f<")[0]
    return f"{result} {path}({parameters}){name[len(path) + 2 :]}"


def _with_lambdas(plain: str) -> str:
    """Return a name with `{lambda(int)#2}` where LLVM writes `'lambda0'(int)`, as gdb does."""
    if "'" not in plain:
        return plain
    for found in reversed(list(_NAMELESS.finditer(plain))):
        number = int(found[2]) + 2 if found[2] else 1
        start, end = found.span()
        if found[1] == "lambda":
            close = _closing(plain, end)
            plain = f"{plain[:start]}{{lambda{plain[end:close]}#{number}}}{plain[close:]}"
        else:
            plain = f"{plain[:start]}{{unnamed type#{number}}}{plain[end:]}"
    return plain


def _closing(text: str, at: int) -> int:
    """Return where the parenthesis that opens at a place is closed behind it; the place where none is."""
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if depth <= 0:
            return end + 1 if text[at] == "(" else at
    return at
