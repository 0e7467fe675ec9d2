"""The generated pages of docs/ are what the code says today, and say of the ops what is so."""

from __future__ import annotations

from pathlib import Path

import generate
import pytest
from generate import Page
from ops_page import weights_told

from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.base import Op, Weight
from netspec.ops.conv import Dense
from netspec.ops.table import OPS

WEIGHTED = [op for op in OPS.values() if op.weights is not Op.weights]
FIELDS = {"kernel": 3, "filters": 5}


@pytest.mark.parametrize("name", generate.FILES)
def test_a_file_is_current(name: str) -> None:
    page = (generate.DOCS / name).read_text(encoding="utf-8")
    assert page == generate.FILES[name].text(), "make pages writes it anew"


def test_no_picture_is_left_over() -> None:
    kept = {f"pictures/{file.name}" for file in (generate.DOCS / "pictures").glob("*.svg")}
    assert kept == set(generate.PICTURES)


def test_a_page_that_is_not_current_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = {name: Page(name, lambda: iter(["words"])) for name in ("one.md", "two.md")}
    monkeypatch.setattr(generate, "FILES", two)
    for name, page in two.items():
        (tmp_path / name).write_text(page.text(), encoding="utf-8")
    assert generate.stale(tmp_path) == []
    (tmp_path / "one.md").write_text("other words", encoding="utf-8")
    assert generate.stale(tmp_path) == ["one.md"]
    (tmp_path / "one.md").unlink()
    assert generate.stale(tmp_path) == ["one.md"]


@pytest.mark.parametrize("op", WEIGHTED, ids=lambda op: op.name)
def test_the_weights_that_are_told_are_the_op_s(op: type[Op]) -> None:
    told = {name: axes.count(",") + 1 for name, axes in weights_told(op)}
    assert told == {weight.role: len(weight.shape) for weight in _weights(op)}


def _weights(op: type[Op]) -> tuple[Weight, ...]:
    shapes: tuple[Shape, ...] = (Vector(4) if op is Dense else Map(7, 6, 4),)
    made = op.from_plain({k: v for k, v in FIELDS.items() if k in op.options()})
    return made.resolved(shapes).weights(shapes)
