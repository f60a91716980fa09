"""The reference page of the commands, from their declarations.

`python -m trapline.cli.reference > docs/reference/commands.md` writes it; a test says when it is stale.
"""

from __future__ import annotations

from trapline.cli import registry
from trapline.cli.render import Renderer
from trapline.cli.settings import DECLARATIONS

_HEAD = """\
# Commands

Made from the commands' own declarations by `python -m trapline.cli.reference`; do not edit.

A name may be shortened to anything that only one command begins with. These letters mean what they
mean in gdb, whatever else begins with them: {letters}. What is written in `[brackets]` may be left
out; `TEXT...` is the rest of the line. An empty line repeats {repeated}.
"""


def page() -> str:
    """Return the page as Markdown."""
    known = registry.commands()
    names = {one.name for one in known}
    letters = ", ".join(
        f"`{letter}` {name}"
        for letter, name in sorted(registry.GDB_LETTERS.items())
        if name in (*names, "info")
    )
    repeated = ", ".join(f"`{one.name}`" for one in known if one.repeats)
    lines = [_HEAD.format(letters=letters, repeated=repeated)]
    for topic in sorted({one.topic for one in known}):
        lines += [f"## {topic}", ""]
        for one in known:
            if one.topic == topic:
                lines += [f"### `{one.shown_usage.strip()}`", "", one.help, ""]
                if one.aliases:
                    lines += [f"Also: {', '.join(f'`{name}`' for name in one.aliases)}.", ""]
    lines += ["## Settings", "", "`set NAME VALUE` changes one, `show NAME` prints it.", ""]
    lines += ["| setting | at first | what it does |", "|---|---|---|"]
    lines += [f"| `{one.name}` | {one.kind.show(one.default)} | {one.help} |" for one in DECLARATIONS]
    return "\n".join(lines)


if __name__ == "__main__":
    Renderer().text(page().rstrip())
