"""The page on porting weights shows what happens, with a state_dict of torchvision's own."""

from __future__ import annotations

from pathlib import Path

import commands
import pytest
from peers import saved
from peers.peer import Job

PAGE = Path(__file__).parents[2] / "docs" / "port-weights.md"


@pytest.mark.slow
def test_commands_print_what_the_page_shows(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    script = Path(saved.__file__).parent / "torchvision_saved.py"
    saved.run(script, "resnet50", tmp_path, Job(height=64, width=64))
    (tmp_path / "saved.pth").rename(tmp_path / "resnet50.pth")
    text = PAGE.read_text(encoding="utf-8")
    found = commands.compared(text, tmp_path)
    if request.config.getoption("--regenerate"):
        PAGE.write_text(found, encoding="utf-8")
    else:
        assert found == text
