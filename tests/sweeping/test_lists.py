"""Settings that a file lists."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.sweeping import lists
from sweeping.nets import refused, small

WANTED = [{"width": 8, "Conv.norm": "none"}, {"width": 4, "kernel": [1, 7]}]
FILES = {
    "settings.yaml": "- {width: 8, Conv.norm: none}\n- width: 4\n  kernel: [1, 7]\n",
    "settings.json": '[{"width": 8, "Conv.norm": "none"},\n {"width": 4, "kernel": [1, 7]}]',
    "settings.jsonl": '{"width": 8, "Conv.norm": "none"}\n\n{"width": 4, "kernel": [1, 7]}\n',
    "settings.csv": 'width,Conv.norm,kernel\n8,none,\n4,,"[1, 7]"\n',
}


@pytest.mark.parametrize("name", FILES)
def test_each_form(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    assert lists.read(path) == WANTED


def test_a_journal_is_a_list(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    first = netspec.sweep(small(tmp_path), {"width": [4, 8]}, out=out)
    settings = lists.read(out / "journal.jsonl")
    assert settings == [{"width": 4}, {"width": 8}]
    assert netspec.sweep(small(tmp_path), settings=settings).rows == first.rows


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("none.yaml", "width: 4\n", "no list"),
        ("none.yaml", "- 4\n", "no mapping"),
        ("none.yaml", "[]\n", "lists nothing"),
        ("none.jsonl", '{"width": 4}\n{"width": \n', "none.jsonl:2"),
        ("none.csv", "width\n4,5\n", "2 cells"),
        ("none.csv", 'width\n"4\n', "no CSV"),
        ("none.csv", "", "lists nothing"),
        ("none.txt", "width 4\n", "suffix"),
    ],
)
def test_what_is_no_list(name: str, text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as error:
        lists.read(path)
    assert said in refused(error)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.yaml"):
        with pytest.raises(SpecError):
            lists.read(path)
