"""Every page of the documentation says what happens: its files, commands and sessions are played again."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest
from tests.cli import documents

_ROOT = Path(__file__).parent.parent.parent
_ELSEWHERE = ("editors.md",)
"""Pages about programs that are not here; tests/dap plays what they are told."""
_PAGES = sorted(
    path.relative_to(_ROOT).as_posix()
    for path in [*(_ROOT / "docs").glob("*.md"), *(_ROOT / "docs" / "how-to").glob("*.md")]
    if "```console" in path.read_text() and path.name not in _ELSEWHERE
)


@pytest.mark.parametrize("page", _PAGES)
def test_page(page: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here")
    reader = documents.Reader(tmp_path)
    try:
        for language, at, lines in documents.blocks((_ROOT / page).read_text()):
            if language != "console":
                reader.write(lines)
                continue
            for step in documents.steps(at, lines):
                shown = reader.do(step)
                if not documents.matches(step.below, shown):
                    difference = difflib.unified_diff(step.below, shown, page, "what happens", lineterm="")
                    pytest.fail(
                        f"{page}:{step.at + 1}: $ {step.command}\n" + "\n".join(difference), pytrace=False
                    )
    finally:
        reader.close()
