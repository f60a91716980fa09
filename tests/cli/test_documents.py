"""Every page of the documentation says what happens: its files, commands and sessions are played again."""

from __future__ import annotations

import difflib
import re
import shutil
from pathlib import Path

import pytest
from tests.cli import documents

_ROOT = Path(__file__).parent.parent.parent
_DOCS = _ROOT / "docs"
_PROSE = sorted(
    path.relative_to(_ROOT).as_posix()
    for path in [*_ROOT.glob("*.md"), *(_ROOT / "examples").glob("*.md"), *_DOCS.rglob("*.md")]
)
_ELSEWHERE = ("docs/adr/", "docs/editors.md", "docs/architecture.md", "docs/reference/")
"""Pages whose blocks are no sessions: decisions, pictures, and programs that are not here; tests/dap plays
what editors are told."""
_PAGES = [page for page in _PROSE if "```" in (_ROOT / page).read_text() and not page.startswith(_ELSEWHERE)]


@pytest.mark.parametrize("page", _PAGES)
def test_page(page: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here")
    reader = documents.Reader(tmp_path)
    try:
        for language, at, lines in documents.blocks((_ROOT / page).read_text()):
            if language != "console":
                reader.read(language, at, lines)
                continue
            for step in documents.steps(at, lines):
                shown = reader.do(step)
                if not documents.matches(step.below, shown):
                    difference = difflib.unified_diff(step.below, shown, page, "what happens", lineterm="")
                    pytest.fail(
                        f"{page}:{step.at + 1}: $ {step.command}\n" + "\n".join(difference), pytrace=False
                    )
    except documents.Wrong as problem:
        pytest.fail(f"{page}, {problem}", pytrace=False)
    finally:
        reader.close()


_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)")


@pytest.mark.parametrize("page", _PROSE)
def test_links_lead_somewhere(page: str) -> None:
    """Links to files of this repository and to their headings; others are not followed."""
    path = _ROOT / page
    broken = []
    for name, anchor in _LINK.findall(path.read_text()):
        target = (path.parent / name).resolve() if name else path
        if re.match(r"[a-z]+:", name):
            continue
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(f"{name}#{anchor}" if anchor else name)
    assert not broken


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


_ROOM = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]+\.py)`")


@pytest.mark.parametrize("name", ["architecture.md", "glossary.md", "life-of-a-breakpoint.md"])
def test_rooms_that_are_named_exist(name: str) -> None:
    bases = (_ROOT / "src" / "trapline", _ROOT / "src", _ROOT)
    rooms = _ROOM.findall((_DOCS / name).read_text())
    assert rooms
    assert not [room for room in rooms if not any((base / room).exists() for base in bases)]


def test_every_page_is_found_from_the_index() -> None:
    index = _DOCS / "README.md"
    linked = {(index.parent / path).resolve() for path, _ in _LINK.findall(index.read_text())}
    pages = {page.resolve() for page in _DOCS.rglob("*.md") if page.parent.name != "adr"} - {index}
    assert not [page.name for page in pages - linked]
