"""Functions that only a symbol table knows, by the names that people give them.

A C++ or Rust symbol spells each part of its name with its length before it: `_ZNSt6thread4joinEv` has
`6thread` and `4join`.  Those are searched for, and only what has them is demangled and compared.

Source: Itanium C++ ABI §5.1.2 <source-name>; Rust RFC 2603, Symbol name mangling v0 <identifier>;
rustc book, Symbol Mangling legacy.
"""

from __future__ import annotations

from trapline.base.patterns import lazy
from trapline.base.typing import TYPE_CHECKING
from trapline.symbols import naming, spelling
from trapline.symbols.demangle import demangle

if TYPE_CHECKING:
    from trapline.elf.symbols import SymbolTable

_OWN = lazy(r"^<(?P<type>[\w:]+)>::")
"""How Rust writes a function of a type: `<outer::Thing>::method`."""
_CLONE = ("(.", "[clone ", "thunk to ", "guard variable for ")
"""What a demangler writes of code that is not the function itself."""

_RUST_HASH = lazy(r"17h[0-9a-f]{16}E")

_CLOSURE = lazy(r"\{(?:async_\w+|closure(?:_env)?)#\d+\}")
"""What the debug information, and the new mangling, call what the old one calls `{{closure}}`."""

_IN_FUNCTIONS = (b"_ZZ",)
"""How the mangled names of what is inside of functions begin."""

_MOST = 20_000
"""Names that are demangled for one question."""


def names_meant(table: SymbolTable, text: str) -> list[str]:
    """Return the names of the functions in a symbol table that a user who wrote `text` may mean.

    Outer scopes, template arguments and parameters may be left out, as in the debug information; what has no
    identifier in its name (`operator+`) is found only in a class that has, or in the classes and lambdas of
    functions, which the debug information does not find by name.
    """
    wanted = naming.parse(text)
    pieces = [_spellings(component) for component in wanted.components]
    key = next((piece for piece in reversed(pieces) if piece), ())
    if not key and wanted.components[-1].startswith("operator"):
        key = _IN_FUNCTIONS
    # A namespace or class of the standard library may be abbreviated: `St`, `Ss`.
    others = [piece for piece in pieces[1:] if piece and piece is not key]
    found: dict[str, None] = {}
    left = _MOST
    for name in dict.fromkeys(_mangled(text) for text in table.names_with(key)):
        if not name or not all(_has_any(name, piece) for piece in others):
            continue
        left -= 1
        if left < 0:
            break
        if _is_meant(name, wanted):
            found[name] = None
    return list(found)


def drop_glue(table: SymbolTable, type_name: str) -> list[str]:
    """Return the names of what drops a value of a Rust type, such as `ns::f::{async_fn_env#0}`."""
    wanted = _CLOSURE.sub("{{closure}}", f"core::ptr::drop_in_place<{type_name}>")
    names = dict.fromkeys(_mangled(text) for text in table.names_with((b"drop_in_place",)))
    return [name for name in names if _CLOSURE.sub("{{closure}}", demangle(name)) == wanted]


def is_rust(name: str) -> bool:
    """Return whether a mangled name is one of Rust's, of the old form or the new."""
    return name.startswith("_R") or _RUST_HASH.search(name) is not None


def _mangled(text: str) -> str:
    """Return the mangled name that a text of a string table is or ends in; "" for none.

    A linker keeps a string that another ends in as its tail: `_Z1fi` is in `_GLOBAL__sub_I__Z1fi`.
    """
    if text.startswith(("_Z", "_R")):
        return text
    at = text.find("_Z")
    return text[at:] if at >= 0 else ""


def _spellings(component: str) -> tuple[bytes, ...]:
    """Return how the mangled forms spell a component; () for one without an identifier of its own."""
    identifier = naming.bare(component).removeprefix("~")
    if identifier == "operator" or not identifier.replace("$", "_").isidentifier():
        return ()
    name = identifier.encode("utf-8", "surrogateescape")
    length = str(len(name)).encode()
    return (length + name, length + b"_" + name) if name[:1] == b"_" else (length + name,)


def _has_any(name: str, spellings: tuple[bytes, ...]) -> bool:
    return any(one.decode("utf-8", "surrogateescape") in name for one in spellings)


def _is_meant(name: str, wanted: naming.Name) -> bool:
    shown = demangle(name)
    if shown == name or any(mark in shown for mark in _CLONE):
        return False
    shown = _OWN.sub(r"\g<type>::", shown)
    function = naming.parse(spelling.canonical(naming.without_result(shown)))
    return naming.answers_to(function.components, wanted, parameters=function.parameters)
