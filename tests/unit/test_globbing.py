"""Globs of specs: bundled names and files, on the command line and in Python."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from texts import small

import netspec
from netspec import bundled
from netspec.cli.main import main
from netspec.diagnostics import SpecError
from netspec.globbing import is_glob, matching

GOOD = small("  - A: {op: relu}\n")
BAD = small("  - A: {op: conv, filters: 0, kernel: 1}\n")


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nets").mkdir()
    for name in ("b", "a", "odd[1]"):
        (tmp_path / "nets" / f"{name}.yaml").write_text(GOOD)
    (tmp_path / "nets" / "folder.yaml").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_glob_of_names_is_all_that_it_meets() -> None:
    found = netspec.load_all("vgg1*", set={"num_classes": 7})
    assert list(found) == [name for name in bundled.specs() if name.startswith("vgg1")]
    assert {spec.name for spec in found.values()} >= {"VGG16", "VGG19"}
    logits = {spec.summary().outputs["Logits"].channels for spec in found.values()}
    assert logits == {7}
    assert netspec.load("vgg1[6]").keys() == {"vgg16"}  # type: ignore[attr-defined]


def test_a_glob_of_files_is_sorted_and_of_files_alone(nets: Path) -> None:
    assert list(netspec.load_all("nets/[ab].yaml")) == ["nets/a.yaml", "nets/b.yaml"]
    assert netspec.load(Path("nets/a*.yaml")).keys() == {"nets/a.yaml"}  # type: ignore[attr-defined]
    assert matching("nets/*") == ("nets/a.yaml", "nets/b.yaml", "nets/odd[1].yaml")


def test_a_file_whose_name_is_like_a_glob_is_meant_itself(nets: Path) -> None:
    assert not is_glob("nets/odd[1].yaml")
    assert netspec.load("nets/odd[1].yaml").name == "Small"
    assert main(["check", "nets/odd[1].yaml"]) == 0


def test_all_that_is_wrong_is_told_at_once(nets: Path) -> None:
    for name in ("b", "c"):
        (nets / "nets" / f"{name}.yaml").write_text(BAD)
    with pytest.raises(SpecError) as caught:
        netspec.load("nets/*.yaml")
    places = [found.span.source.name for found in caught.value.diagnostics if found.span]
    assert places == ["nets/b.yaml", "nets/c.yaml"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("incepton_*", "nearest: inception_v"),
        ("*.tensorflow", "no bundled spec is called like"),
        ("none/*.yaml", "no file is called like `none/*.yaml`"),
        ("[", "no bundled spec"),
        ("a\0*/", "no file"),
        ("*" * 5000 + ".yaml", "no file"),
    ],
)
def test_a_glob_that_meets_nothing_is_told(pattern: str, said: str, nets: Path) -> None:
    with pytest.raises(SpecError) as caught:
        netspec.load_all(pattern)
    (found,) = caught.value.diagnostics
    assert found.code == "NS101"
    assert said in str(caught.value)


def test_commands_take_globs(nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nin*", "nets/[ab].yaml", "nin", "--json"]) == 0
    specs = [row["spec"] for row in json.loads(capsys.readouterr().out)["specs"]]
    assert specs == ["nin", "nin_cifar10", "nets/a.yaml", "nets/b.yaml"]
    assert main(["list", "nothing*"]) == 2
    assert main(["list", "nothing*", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert main(["show", "nin*", "--json"]) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)["specs"]]
    assert len(names) == 2
    assert main(["show", "nin*", "--depth", "1"]) == 0
    assert capsys.readouterr().out.count("\ntotal ") == 2
    assert main(["show", "nin*", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert {row["spec"] for row in rows} == {"nin", "nin_cifar10"}


def test_a_pattern_may_be_a_path(nets: Path) -> None:
    assert list(netspec.load_all(Path("nets/[ab].yaml"))) == ["nets/a.yaml", "nets/b.yaml"]
