"""The reference pages are what the declarations say now."""

from __future__ import annotations

from pathlib import Path

import trapline
from trapline.cli import api_reference, reference, registry

_FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def test_the_commands_page_is_not_stale() -> None:
    written = (_FOLDER / "commands.md").read_text()
    assert written.rstrip() == reference.page().rstrip(), (
        "run: python -m trapline.cli.reference > docs/reference/commands.md"
    )


def test_the_library_s_page_is_not_stale() -> None:
    written = (_FOLDER / "api.md").read_text()
    assert written.rstrip() == api_reference.page().rstrip(), (
        "run: python -m trapline.cli.api_reference > docs/reference/api.md"
    )


def test_every_command_is_explained() -> None:
    """Each has a first line that says what it does, and arguments that its usage names."""
    for one in registry.commands():
        assert one.summary, one.name
        assert len(one.summary) < 110, one.name
        names = one.function.__code__.co_varnames[1 : one.function.__code__.co_argcount]
        expected = [parameter.name for parameter in one.parameters] + (["form"] if one.formats else [])
        assert sorted(names) == sorted(expected), one.name


def test_the_library_s_page_has_every_public_name() -> None:
    page = api_reference.page()
    assert not [name for name in trapline.__all__ if f"`{name}" not in page]
    for name in ("Inferior", "Breakpoint", "Frame", "Value", "Thread"):
        for member, _ in api_reference.members(getattr(trapline, name)):
            assert f"#### `.{member}" in page, (name, member)


def test_every_public_name_is_explained() -> None:
    for name in trapline.__all__:
        what = getattr(trapline, name)
        if callable(what):
            assert what.__doc__, name
