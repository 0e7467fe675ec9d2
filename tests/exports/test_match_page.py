"""The page on matching prints what its commands print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import commands

PAGE = Path(__file__).parents[2] / "docs" / "match.md"


def test_the_page_prints_what_its_commands_print(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    golden(PAGE, commands.compared(PAGE.read_text(encoding="utf-8"), tmp_path))
