"""`netspec predict`: its table, its JSON, its exit status, and what it says of mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus.photographs import CHINA, FLOWER, NAMES, SEEING
from texts import load_text

from netspec.cli.main import main
from netspec.cli.state import State
from netspec.weights import store
from netspec.weights.initial import parity_weights

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The spec and its weights, as files."""
    spec = load_text(SEEING)
    (tmp_path / "seeing.yaml").write_text(SEEING)
    store.save(tmp_path / "seeing.safetensors", parity_weights(spec.graph(), 0), spec.hash)
    return tmp_path / "seeing.yaml", tmp_path / "seeing.safetensors"


def test_the_table(files: tuple[Path, Path], tmp_path: Path, run: Run) -> None:
    spec, weights = files
    (tmp_path / "labels.txt").write_text("\n".join(NAMES))
    options = ("--backend", "onnx", "--labels", tmp_path / "labels.txt", "--top", "2")
    status, out, err = run("predict", spec, CHINA, FLOWER, "--weights", weights, *options)
    assert (status, err) == (0, "")
    title, empty, head, *rows = out.splitlines()
    assert title == "Seeing by onnx: softmax of Logits, of 6 classes"
    assert empty == ""
    assert head.split() == ["image", "score", "class", "label"]
    assert len(rows) == 4
    column = head.index("class") + len("class")
    for row in rows:
        *_, score, number, label = row.split()
        assert label == NAMES[int(number)]
        assert 0 < float(score) < 1
        assert row[:column].endswith(f" {number}")
    assert rows[0].startswith(str(CHINA))
    assert rows[1].startswith(" " * len(str(CHINA)))
    assert rows[2].startswith(str(FLOWER))


def test_a_narrow_terminal_shows_the_end_of_a_long_name(
    files: tuple[Path, Path], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, weights = files
    monkeypatch.setattr(State, "width", 40)
    status, out, _ = run("predict", spec, CHINA, "--weights", weights, "--backend", "onnx")
    assert status == 0
    *_, head, first, _, _, _, _ = out.splitlines()
    assert len(first) == 40
    assert len(head) == 40
    assert first.startswith("…")
    assert first.split()[0].endswith("/china.jpg")


def test_without_labels_classes_have_their_numbers(files: tuple[Path, Path], run: Run) -> None:
    spec, weights = files
    status, out, _ = run("predict", spec, CHINA, "--weights", weights, "--backend", "onnx")
    assert status == 0
    assert "label" not in out
    assert len(out.splitlines()) == 3 + 5


def test_json(files: tuple[Path, Path], run: Run) -> None:
    spec, weights = files
    common = ("--weights", weights, "--backend", "onnx", "--json")
    status, out, _ = run("predict", spec, CHINA, *common, "--top", "6")
    found = json.loads(out)
    assert status == 0
    assert found["ok"] is True
    assert (found["backend"], found["output"], found["softmax"]) == ("onnx", "Logits", True)
    assert found["spec_hash"] == load_text(SEEING).hash
    assert found["diagnostics"] == []
    (prediction,) = found["predictions"]
    assert prediction["image"] == str(CHINA)
    assert {frozenset(each) for each in prediction["classes"]} == {
        frozenset({"class", "label", "score"})
    }
    scores = [each["score"] for each in prediction["classes"]]
    assert scores == sorted(scores, reverse=True)


def test_what_can_t_be_read_is_told_and_the_rest_is_answered(
    files: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    spec, weights = files
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(CHINA.read_bytes()[:20_000])
    images = (tmp_path, cut, CHINA, tmp_path / "none.jpg")
    common = ("--weights", weights, "--backend", "onnx")
    status, out, err = run("predict", spec, *images, *common)
    assert status == 2
    assert str(CHINA) in out
    assert "cut.jpg" not in out
    assert err.count("error[NS101]") == 2
    assert err.count("error[NS701]") == 1
    status, out, _ = run("predict", spec, *images, *common, "--json")
    found = json.loads(out)
    assert status == 2
    assert found["ok"] is False
    assert sorted(d["code"] for d in found["diagnostics"]) == ["NS101", "NS101", "NS701"]
    assert [each["image"] for each in found["predictions"]] == [str(CHINA)]


def test_nothing_that_can_be_read(files: tuple[Path, Path], tmp_path: Path, run: Run) -> None:
    spec, weights = files
    status, out, err = run("predict", spec, tmp_path / "none.jpg", "--weights", weights)
    assert (status, out) == (2, "")
    assert "there is no such file" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{china}",), "--weights"),
        (("--weights", "{weights}"), "IMAGE"),
        (("{china}", "--weights", "{weights}", "--top", "0"), "--top"),
        (("{china}", "--weights", "none.safetensors"), "NS604"),
        (("{china}", "--weights", "{china}"), "NS604"),
        (("{china}", "--weights", "{weights}", "--backend", "trch"), "did you mean torch"),
        (("{china}", "--weights", "{weights}", "--labels", "none.txt"), "NS101"),
        (("{china}", "--weights", "{weights}", "--input", "40x40"), "NS410"),
        (("{china}", "--weights", "{weights}", "--set", "Logits.filters=7"), "NS605"),
        (("{china}", "--weights", "{weights}", "--limit", "image-pixels=1k"), "NS702"),
        (("{china}", "--weights", "{weights}", "--limit", "image-bytes=1k"), "NS102"),
    ],
)
def test_mistakes_are_told(
    arguments: tuple[str, ...], words: str, files: tuple[Path, Path], run: Run
) -> None:
    spec, weights = files
    given = [each.format(china=CHINA, weights=weights) for each in arguments]
    status, out, err = run("predict", spec, *given)
    assert status == 2
    assert words in err
    assert out == ""
