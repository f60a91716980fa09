"""The text of types: `ptype` with what is between the braces, `whatis` by name, as gdb writes both.

Source: gdb manual, Examining the Symbol Table; gdb 13's text on the same binaries.
"""

from __future__ import annotations

from collections.abc import Iterator

from trapline.inspection import rust
from trapline.inspection.format import in_order
from trapline.inspection.short_names import shortened
from trapline.symbols.spelling import canonical
from trapline.symbols.types import (
    CPP,
    RUST,
    ArrayType,
    EnumType,
    FunctionType,
    Member,
    MemberPointerType,
    Method,
    PointerType,
    QualifiedType,
    StaticMember,
    StructType,
    Type,
    TypedefType,
)

_DEPTH = 200
"""Pointers, arrays and functions around what is opened; more is a cycle."""

Names = dict[str, str]
"""How types are called inside a class: a template's parameters and the class's own typedefs, by full name."""


def whatis(type: Type, *, is_name: bool = False) -> str:
    """Return a type's name; of a typedef that the user named, what it stands for.

    Default arguments of the standard library's templates are left out.
    """
    text = str(type.target if is_name and isinstance(type, TypedefType) else type)
    return shortened(text) if type.language == CPP else text


def ptype(type: Type, *, with_offsets: bool = False) -> str:
    """Return a type with its typedefs resolved and its structure, union or enum opened.

    `with_offsets` puts offset and size before each member, and shows what is between them; not in Rust.
    """
    if type.language == RUST:
        return _rust(type)
    return str(_opened(type, 1, 0, {}, _DEPTH, 0 if with_offsets else None))


class _Written(Type):
    """A type that is written out already; declarators go around it."""

    __slots__ = ()


def _opened(type: Type, show: int, level: int, names: Names, depth: int, start: int | None = None) -> Type:
    """Return a type whose innermost part is written out as far as `show` asks.

    Args:
        type: the type.
        show: more than 0 opens what has a name, 0 only what has none, less nothing.
        level: spaces before the closing brace.
        names: what types are called here.
        depth: declarators that may follow.
        start: where it begins, in bits, if the places of members are to be shown.
    """
    if depth <= 0:
        return type
    called = names.get(str(type)) if show <= 0 else None
    if called is not None:
        return _Written(called, None, type.language)
    if isinstance(type, QualifiedType):
        return QualifiedType(
            _opened(type.target, show, level, names, depth - 1, start), type.qualifier, type.language
        )
    if isinstance(type, TypedefType):
        is_named = show <= 0 and type.name
        return _named(type, names) if is_named else _opened(type.target, show, level, names, depth - 1, start)
    if isinstance(type, PointerType):
        return PointerType(
            _opened(type.target, show, level, names, depth - 1, start),
            type.kind,
            type.size or 8,
            type.name,
            type.language,
        )
    if isinstance(type, ArrayType):
        return ArrayType(
            _opened(type.target, show, level, names, depth - 1, start),
            type.dimensions,
            is_vector=type.is_vector,
            language=type.language,
        )
    if isinstance(type, FunctionType):
        return FunctionType(
            _opened(type.target, show, level, names, depth - 1, start),
            [_opened(one, -1, level, names, depth - 1) for one in type.parameters],
            type.language,
            is_variadic=type.is_variadic,
            is_prototyped=type.is_prototyped,
        )
    if isinstance(type, MemberPointerType):
        target = _opened(type.target, show, level, names, depth - 1, start)
        containing = _named(type.containing, names)
        return MemberPointerType(target, lambda: containing, type.size, type.language)
    if isinstance(type, (StructType, EnumType)) and (show > 0 or (show == 0 and not type.name)):
        body = _structure(type, show, level, names, start) if isinstance(type, StructType) else _enum(type)
        return _Written(body, None, type.language)
    return _named(type, names)


def _named(type: Type, names: Names) -> Type:
    """Return a type that is called by its name, as types in it are called here."""
    text = str(type)
    if type.language != CPP or "<" not in text:
        return type
    return _Written(shortened(text, names), None, CPP)


def _enum(type: EnumType) -> str:
    words = ["enum"]
    if type.is_scoped:
        words.append("class")
    if type.name:
        words.append(type.name)
    underlying = (
        type.underlying.strip().name if type.language == CPP and type.underlying is not None else None
    )
    if underlying:
        words.append(f": {underlying}")
    following = 0
    pieces = []
    for name, value in type.enumerators:
        pieces.append(type.qualified(name) + (f" = {value}" if value != following else ""))
        following = value + 1
    return f"{' '.join(words)} {{{', '.join(pieces)}}}"


# -- structures of C and C++ -----------------------------------------------------------------------


def _structure(type: StructType, show: int, level: int, outer: Names, start: int | None = None) -> str:
    arguments = {str(one.type): one.name for one in type.template_arguments if one.name and one.value is None}
    names = {**outer, **{str(one): _own(one.name) for one in _typedefs(type)}, **arguments}
    head = f"{type.keyword} {shortened(type.name or '')}".rstrip() + " "
    if arguments:
        head += f"[with {', '.join(f'{name} = {shortened(full)}' for full, name in arguments.items())}] "
    if type.bases:
        shown = (
            f"{base.access or 'public'}{' virtual' if base.is_virtual else ''} {_named(base.type, arguments)}"
            for base in type.bases
        )
        head += f": {', '.join(shown)} "
    indent = " " * level
    if start is not None:
        from trapline.inspection.layout_text import laid_out

        return head + laid_out(type, show, level, names, start)
    lines = [
        *_fields(type, show, level, names),
        *_methods(type, level, names),
        *_typedef_lines(type, level, arguments),
    ]
    return head + "{\n" + "".join(f"{line}\n" for line in labelled(type, level, lines)) + indent + "}"


Line = tuple[str, str, str]
"""One line between the braces: sort ("field", "method", "typedef" or ""), access, text."""


def labelled(type: StructType, level: int, lines: list[Line], margin: str = "") -> Iterator[str]:
    """Give the lines with `public:` and its like where gdb puts them, and a blank line between sorts.

    `margin` is written before the lines that this adds.
    """
    is_empty = not lines and not type.bases and not type.methods
    if is_empty:
        yield margin + " " * level + ("    <no data fields>" if type.is_complete else "    <incomplete type>")
    default = "private" if type.keyword == "class" else "public"
    accesses = {access for _, access, _ in lines} | {method.access for method in type.methods}
    has_labels = any((access or default) != default for access in accesses)
    if type.keyword != "class":  # gdb counts the pointer to the virtual table as private
        has_labels = has_labels or any(_is_table(member) for member in type.members)
    section, previous = "", ""
    for sort, access, text in lines:
        access = access or default
        if sort != previous and previous and (sort == "typedef" or section):
            yield ""
        previous = sort
        if (has_labels or sort == "method") and access != section:
            section = access
            yield f"{margin}{' ' * level}  {access}:"
        yield text


def _fields(type: StructType, show: int, level: int, names: Names) -> Iterator[Line]:
    for member in in_order(type):
        if not is_hidden(member):
            text = declared(member, show - 1, level, names)
            yield "field", member.access, f"{' ' * (level + 4)}{text};"


def is_hidden(member: Member | StaticMember) -> bool:
    """Whether a member is the compiler's own."""
    return isinstance(member, Member) and (member.is_artificial or _is_table(member))


def declared(
    member: Member | StaticMember, show: int, level: int, names: Names, start: int | None = None
) -> str:
    """Return a member as it is declared in a structure at a level; see `_opened`."""
    text = _opened(member.type, show, level + 4, names, _DEPTH, start).declare(member.name or "")
    if isinstance(member, StaticMember):
        return f"static {text}"
    return text if member.bit_size is None else f"{text} : {member.bit_size}"


def _is_table(member: Member) -> bool:
    """Whether a member is the pointer to the virtual table."""
    return (member.name or "").startswith(("_vptr.", "_vptr$"))


def _methods(type: StructType, level: int, names: Names) -> Iterator[Line]:
    """Give the member functions, overloads of one name together."""
    indent = " " * (level + 4)
    by_name: dict[str, list[Method]] = {}
    for method in type.methods:
        if not method.is_artificial:
            by_name.setdefault(method.name, []).append(method)
    own = _own(type.name)
    for name, methods in by_name.items():
        for method in methods:
            word = "virtual " if method.is_virtual else "static " if method.is_static else ""
            has_result = name != own and not name.startswith("~") and not _is_conversion(name)
            result = f"{_opened(method.type.target, -1, 0, names, _DEPTH)} " if has_result else ""
            shown = canonical(name) if _is_conversion(name) else name
            yield "method", method.access, f"{indent}{word}{result}{shown}{_parameters(method, names)};"


def _parameters(method: Method, names: Names) -> str:
    parameters = method.type.parameters
    written = list(parameters if method.is_static else parameters[1:])
    # gcc's own arguments of constructors and destructors: whether it is the whole object, and its tables.
    if method.name.startswith("~"):
        written.clear()
    elif [str(one) for one in written[:2]] == ["int", "const void ** const"]:
        del written[:2]
    shown = [str(_opened(one, -1, 0, names, _DEPTH)) for one in written]
    if method.type.is_variadic:
        shown.append("...")
    text = f"({', '.join(shown) or 'void'})"
    this = None if method.is_static or not parameters else parameters[0].strip()
    here = this.target if isinstance(this, PointerType) else None
    for _ in range(3):
        if not isinstance(here, QualifiedType):
            break
        text += f" {here.qualifier}"
        here = here.target
    return text


def _is_conversion(name: str) -> bool:
    """Whether a member function converts: `operator int`."""
    return (
        name.startswith("operator ")
        and name[9:10].isalpha()
        and not name.startswith(("operator new", "operator delete"))
    )


def _typedefs(type: StructType) -> list[TypedefType]:
    return [one for one in type.nested_types if isinstance(one, TypedefType) and one.name]


def _typedef_lines(type: StructType, level: int, names: Names) -> Iterator[Line]:
    indent = " " * (level + 4)
    for one in _typedefs(type):
        shown = _opened(one.target, -1, 0, names, _DEPTH).declare(_own(one.name))
        yield "typedef", one.access, f"{indent}typedef {shown};"


def _own(name: str | None) -> str:
    """Return the last component of a qualified name, without template arguments."""
    depth, start = 0, 0
    text = name or ""
    end = len(text)
    for at, letter in enumerate(text):
        if letter == "<":
            if depth == 0:
                end = at
            depth += 1
        elif letter == ">":
            depth -= 1
        elif letter == ":" and depth == 0:
            start, end = at + 1, len(text)
    return text[start:end]


# -- Rust ------------------------------------------------------------------------------------------


def _rust(type: Type) -> str:
    stripped = type.strip()
    if isinstance(stripped, EnumType):
        lines = "".join(f"  {name},\n" for name, _ in stripped.enumerators)
        return f"enum {stripped.name} {{\n{lines}}}"
    if not isinstance(stripped, StructType) or (stripped.name or "").startswith("("):
        return str(stripped)
    part = stripped.variant_part
    if part is not None:
        cases = (_rust_case(one.name or "", one.member.type if one.member else None) for one in part.variants)
        return f"enum {stripped.name} {{\n" + "".join(f"  {case},\n" for case in cases) + "}"
    head = f"{stripped.keyword} {stripped.name}"
    if not stripped.members:
        return head
    is_numbered = rust.is_tuple(stripped)
    opening, closing = "()" if is_numbered else "{}"
    lines = "".join(
        f"  {member.type},\n" if is_numbered else f"  {member.name}: {member.type},\n"
        for member in stripped.members
    )
    return f"{head} {opening}\n{lines}{closing}"


def _rust_case(name: str, type: Type | None) -> str:
    """Return one case of an enum: `Some(i32)`, `Rectangle{width: i32}`, `None`."""
    inner = type.strip() if type is not None else None
    if not isinstance(inner, StructType) or not inner.members:
        return name
    if rust.is_tuple(inner):
        return f"{name}({', '.join(str(member.type) for member in inner.members)})"
    return f"{name}{{{', '.join(f'{member.name}: {member.type}' for member in inner.members)}}}"
