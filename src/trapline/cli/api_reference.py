"""The reference page of the library, from the docstrings of its public names.

`python -m trapline.cli.api_reference > docs/reference/api.md` writes it; a test says when it is stale.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import trapline
from trapline.base.typing import Any
from trapline.cli.render import Renderer

_HEAD = """\
# The library

Made from the docstrings by `python -m trapline.cli.api_reference`; do not edit. Sizes are bytes and
addresses load addresses, unless a name says otherwise.
"""
_SECTION = re.compile(r"(Args|Raises|Returns|Yields|Source):\s*(.*)")
_ENTRY = re.compile(r"\*{0,2}([\w., ]+): (.*)")


def page() -> str:
    """Return the page as Markdown."""
    known = {name: getattr(trapline, name) for name in trapline.__all__}
    kinds: dict[str, list[str]] = {"Functions": [], "Objects": [], "Stops": [], "Errors": [], "Constants": []}
    for name, what in known.items():
        kinds[_kind(what)].append(name)
    lines = [_HEAD]
    for kind, names in kinds.items():
        lines += [f"## {kind}", ""]
        for name in names:
            lines += _entry(name, known[name], kind)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """Give the public members of a class that have something to say, in the order of their names."""
    for name, what in inspect.getmembers(cls):
        documented = inspect.isroutine(what) or isinstance(what, property)
        if not name.startswith("_") and documented and inspect.getdoc(what):
            yield name, what


def _kind(what: Any) -> str:
    if not isinstance(what, type):
        return "Functions" if callable(what) else "Constants"
    if issubclass(what, (Exception, Warning)):
        return "Errors"
    return "Stops" if issubclass(what, trapline.Stop) else "Objects"


def _entry(name: str, what: Any, kind: str) -> list[str]:
    if kind == "Constants":
        return [f"- `{name}` = {what!r}", ""]
    head = f"### `{name}{_signature(what)}`" if kind == "Functions" else f"### `{name}`"
    lines = [head, "", *_prose(inspect.getdoc(what) or "")]
    if kind in ("Objects", "Stops"):
        own = members(what) if kind == "Objects" else ((n, w) for n, w in members(what) if n in vars(what))
        for member, body in own:
            if isinstance(body, property):
                lines += [f"#### `.{member}`", ""]
            else:
                lines += [f"#### `.{member}{_signature(body)}`", ""]
            lines += _prose(inspect.getdoc(body) or "")
    return lines


def _signature(what: Any) -> str:
    try:
        signature = inspect.signature(what)
    except (TypeError, ValueError):
        return "()"
    shown = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    plain = str(signature.replace(parameters=shown, return_annotation=inspect.Signature.empty))
    return re.sub(r"^\(self(?:, )?(?:/, )?", "(", plain)


def _prose(text: str) -> list[str]:
    """Return a docstring as Markdown: its sections are lists."""
    lines: list[str] = []
    in_section = False
    for line in text.splitlines():
        section = _SECTION.fullmatch(line)
        entry = _ENTRY.fullmatch(line.strip())
        if section is not None:
            in_section = not section[2]
            lines += (
                ["", f"{section[1]}: {section[2]}".rstrip()] if section[2] else ["", f"{section[1]}:", ""]
            )
        elif in_section and entry is not None and line.startswith("    ") and not line.startswith("     "):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        else:
            lines.append(f"  {line.strip()}" if in_section and line.strip() else line)
            in_section = in_section and bool(line.strip())
    return [*lines, ""]


if __name__ == "__main__":
    Renderer().text(page().rstrip())
