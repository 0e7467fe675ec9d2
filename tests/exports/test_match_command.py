"""The commands that take an ONNX file: exit statuses, JSON, and nothing written when refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.cli.main import main
from netspec.weights import store

NET = """\
netspec: 1
name: Net
input: {image: {height: 8, width: 7, channels: 3}}
templates:
  unit: {op: conv, filters: 4, kernel: 3, padding: same, norm: batch_norm, activation: relu}
steps:
  - First: {use: unit}
  - Pool: {op: avg_pool, kernel: 3, padding: same}
  - Second: {use: unit}
  - Out: {op: softmax}
outputs: {Out: {}}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "net.yaml").write_text(NET)
    netspec.load(tmp_path / "net.yaml").write("onnx", tmp_path / "same.onnx")
    other = {"Pool.divisor": "window", "Second.activation": "relu6"}
    netspec.load(tmp_path / "net.yaml", set=other).write("onnx", tmp_path / "other.onnx")
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    status = main([*map(str, words), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_same_network(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = answer(capsys, "match", files / "net.yaml", files / "same.onnx")
    assert status == 0
    assert found["equal"] is True
    assert found["differences"] == found["left_out"] == []
    assert found["alike"] == found["parts"] == 6
    assert found["spec_hash"] == netspec.load(files / "net.yaml").hash
    assert ["Pool", "Pool"] in found["pairs"]


def test_another_network(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = answer(capsys, "match", files / "net.yaml", files / "other.onnx")
    assert status == 1
    assert found["equal"] is False
    assert found["alike_up_to"] == "First"
    pool, second = found["differences"]
    assert pool == {
        "step": "Pool",
        "field": "divisor",
        "here": "inside",
        "there": "window",
        "node": "Pool",
        "file": str(files / "net.yaml"),
        "line": 8,
        "column": 5,
        "message": "Pool: divisor inside here, window there",
    }
    assert (second["step"], second["field"]) == ("Second", "activation")


def test_an_import_is_all_or_nothing(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ("--from", "onnx", "--spec", files / "net.yaml", "-o", files / "out.safetensors")
    status, found = answer(capsys, "weights", "import", files / "other.onnx", *common)
    assert status == 2
    assert [each["code"] for each in found["diagnostics"]] == ["NS632", "NS632"]
    assert found["diagnostics"][0]["step"] == "Pool"
    assert not (files / "out.safetensors").exists()
    status, found = answer(capsys, "weights", "import", files / "same.onnx", *common)
    assert status == 0
    assert found["counts"] == {"placed": 8, "transposed": 2}
    wanted = netspec.init_weights(netspec.load(files / "net.yaml"), 0)
    kept = netspec.load(files / "net.yaml").fitted(files / "out.safetensors")
    assert all((kept[name] == value).all() for name, value in wanted.items())


def test_options_of_names_have_no_part_in_it(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["weights", "import", str(files / "same.onnx"), "--from", "onnx", "--drop", "*"]
    status = main([*words, "--spec", str(files / "net.yaml"), "-o", str(files / "out.safetensors")])
    assert status == 2
    assert "goes by structure" in capsys.readouterr().err


def test_a_file_is_not_written_over(files: Path) -> None:
    file = files / "same.onnx"
    before = file.read_bytes()
    words = ["weights", "import", str(file), "--from", "onnx", "--spec", str(files / "net.yaml")]
    assert main([*words, "-o", str(file)]) == 2
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["none.onnx", ".", "net.yaml"])
def test_what_is_no_model(name: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["match", str(files / "net.yaml"), str(files / name)]) == 2
    assert "error[NS604]" in capsys.readouterr().err


def test_what_is_exported_comes_back_bit_for_bit(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = ("--spec", files / "net.yaml")
    first, model, again = (files / name for name in ("first.st", "net.onnx", "again.st"))
    store.save(first, netspec.init_weights(netspec.load(files / "net.yaml"), 3), "")
    status, found = answer(capsys, "weights", "export", first, *spec, "--to", "onnx", "-o", model)
    assert status == 0
    assert found["counts"] == {"placed": 10}
    assert found["files"] == [str(model)]
    answer(capsys, "weights", "import", model, *spec, "--from", "onnx", "-o", again)
    status, found = answer(capsys, "weights", "diff", first, again)
    assert status == 0
    assert found["equal"] is True


def test_an_export_takes_no_map_of_names(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, out = files / "first.st", files / "net.onnx"
    store.save(first, netspec.init_weights(netspec.load(files / "net.yaml"), 3), "")
    words = ["weights", "export", first, "--spec", files / "net.yaml", "--to", "onnx", "-o", out]
    assert main([*map(str, words), "--names", "map.yaml"]) == 2
    assert "goes by structure" in capsys.readouterr().err
    assert not out.exists()
