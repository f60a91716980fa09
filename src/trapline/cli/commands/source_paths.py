"""Where source files are looked for: directory, set substitute-path."""

from __future__ import annotations

import os

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "Source"


@command("directory [DIRECTORIES...]", "dir", topic=TOPIC, needs="")
def directory(session: Session, directories: str) -> None:
    """Look for sources that are not at their paths in these directories first; in none without any.

    Several are separated by spaces or colons. The last parts of a file's path are tried below each.
    """
    paths = session.source_paths
    if not directories:
        if session.agrees("Reinitialize source path to empty?"):
            paths.directories.clear()
    else:
        words = [word for part in directories.split() for word in part.split(":") if word]
        new = [os.path.abspath(os.path.expanduser(word)) for word in words if not word.startswith("$")]
        missing = [path for path in new if not os.path.isdir(path)]
        if missing:
            session.render.error(f"warning: no directory: {', '.join(missing)}")
        paths.directories[:] = new + [one for one in paths.directories if one not in new]
    paths.tell(session)
    show_directories(session)


@command("show directories", topic=TOPIC, needs="")
def show_directories(session: Session) -> None:
    """Print where sources are looked for that are not at their paths."""
    where = ":".join([*session.source_paths.directories, "$cwd"])
    session.render.line(f"Source directories searched: {where}")


@command("set substitute-path OLD NEW", topic=TOPIC, needs="")
def set_substitute_path(session: Session, old: str, new: str) -> None:
    """Look for sources that were below directory OLD when the program was built below NEW."""
    new = os.path.expanduser(new)
    known = session.source_paths.substitutions
    known[:] = [pair for pair in known if pair[0] != old] + [(old, new)]
    session.source_paths.tell(session)


@command("unset substitute-path [OLD]", topic=TOPIC, needs="")
def unset_substitute_path(session: Session, old: str | None) -> None:
    """Forget a substitution of source paths; all of them without OLD."""
    known = session.source_paths.substitutions
    if old is not None and old not in [pair[0] for pair in known]:
        raise CommandError(f"No substitution rule defined for `{old}'")
    known[:] = [] if old is None else [pair for pair in known if pair[0] != old]
    session.source_paths.tell(session)


@command("show substitute-path", topic=TOPIC, needs="")
def show_substitute_path(session: Session) -> None:
    """Print the substitutions of source paths."""
    session.render.line("List of all source path substitution rules:")
    for old, new in session.source_paths.substitutions:
        session.render.line(f"  `{old}' -> `{new}'.")
