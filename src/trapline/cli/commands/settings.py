"""Settings: what they are now.  `set` itself is in `data`, because it also writes variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trapline.cli.registry import CommandError, command

if TYPE_CHECKING:
    from trapline.cli.session import Session

TOPIC = "The prompt"


@command("show [SETTING...]", topic=TOPIC, needs="")
def show(session: Session, setting: str) -> None:
    """Print a setting and what it does, or all of them; `set SETTING VALUE` changes one."""
    settings = session.settings
    if not setting:
        session.render.table(
            [("Setting", "Value", "What it does")]
            + [(one.name, settings.shown(one), one.help) for one in settings]
        )
        return
    declared, rest = settings.match(setting)
    if declared is None or rest:
        group = [one for one in settings if one.name.startswith(setting + " ")]
        if not group:
            raise CommandError(f"no setting {setting!r}; `show` lists them")
        for one in group:
            session.render.line(f"{one.name}: {settings.shown(one)}")
        return
    session.render.line(f"{declared.name} is {settings.shown(declared)}. {declared.help}")
