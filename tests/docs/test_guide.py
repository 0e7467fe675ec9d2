"""The guide's story, from the first command to the last: what it shows is what happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import commands
import pytest

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures" / "guide"
DRAWN = {
    "inception_v3-params.svg": "inception_v3-params.svg",
    "lean.svg": "lean.svg",
    "pareto.svg": "runs/pareto.svg",
}
"""The guide's pictures, and the files that its commands write."""


@pytest.mark.slow
def test_the_story_happens_as_it_is_told(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    page = DOCS / "guide.md"
    golden(page, commands.compared(page.read_text(encoding="utf-8"), tmp_path))
    for picture, file in DRAWN.items():
        golden(PICTURES / picture, (tmp_path / file).read_text(encoding="utf-8"))


def test_the_guide_shows_every_picture() -> None:
    text = (DOCS / "guide.md").read_text(encoding="utf-8")
    assert {path.name for path in PICTURES.glob("*.svg")} == DRAWN.keys()
    assert all(f"](pictures/guide/{name})" in text for name in DRAWN)
