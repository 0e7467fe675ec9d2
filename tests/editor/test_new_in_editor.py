"""What `netspec new` writes, opened in an editor: its schema is found, completes and marks."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from editor.server import Mark, Server
from netspec.cli.main import main
from netspec.ops.table import OPS

BASES = {"overlay": ("--from", "inception_v3"), "network": ()}


@pytest.fixture(params=BASES)
def text(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    assert main(["new", str(tmp_path / "nets"), *BASES[request.param]]) == 0
    return (tmp_path / "nets.yaml").read_text(encoding="utf-8")


def uncommented(text: str) -> str:
    return re.sub(r"^# ((?:params|defaults|patch):.*|  .*)$", r"\1", text, flags=re.MULTILINE)


def test_it_has_no_marks(server: Server, text: str, tmp_path: Path) -> None:
    assert server.marks(text, tmp_path) == []
    assert server.marks(uncommented(text), tmp_path) == []


def test_a_mistake_in_it_is_marked(server: Server, text: str, tmp_path: Path) -> None:
    marks = server.marks(f"{text}\nouputs: {{Logits: {{}}}}\n", tmp_path)
    assert marks == [Mark("ouputs", "Property ouputs is not allowed.")]


def test_it_is_completed(server: Server, text: str, tmp_path: Path) -> None:
    more = f"{text}\nheads:\n  - Head:\n      op: ▮\n"
    assert server.completions(more, tmp_path).keys() == OPS.keys()


def test_an_overlay_s_changes_are_completed(server: Server, tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "narrow"), "--from", "inception_v3"]) == 0
    text = (tmp_path / "narrow.yaml").read_text(encoding="utf-8")
    open_set = f"{text}\npatch:\n  - at: Mixed_5b/Branch_0/Conv2d_0a_1x1\n    set:\n      ▮\n"
    assert {"kernel", "filters", "activation", "expect"} <= server.completions(
        open_set, tmp_path
    ).keys()


def test_it_may_be_moved_with_its_schema(server: Server, text: str, tmp_path: Path) -> None:
    """As in another clone of what it is kept in: the line names no place of one machine."""
    clone, alone = tmp_path / "a clone", tmp_path / "alone"
    wrong = text.replace("netspec: 1", "netspec: 2")
    for folder in (clone, alone):
        folder.mkdir()
    shutil.copy(tmp_path / "netspec.schema.json", clone)
    (mark,) = server.marks(wrong, clone)
    assert mark.text == "2"
    (mark,) = server.marks(wrong, alone)
    assert "Unable to load schema" in mark.message
