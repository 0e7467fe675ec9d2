"""The commands that start a framework, on a small network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netspec.cli.main import main

NETWORK = """
netspec: 1
name: Small
input: {image: {height: 9, width: 8, channels: 3}}
defaults: {conv: {norm: batch_norm, activation: relu, padding: same}}
steps:
  - Conv: {op: conv, filters: 4, kernel: 3, stride: 2}
  - Pool: {op: global_avg_pool}
  - Squeeze: {op: squeeze}
  - Logits: {op: dense, filters: 5}
outputs: {Logits: {}}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(NETWORK)
    return str(path)


FILES = {
    "torch": {"model.py", "weights.safetensors"},
    "keras": {"model.py", "weights.safetensors", "model.keras"},
}


@pytest.mark.parametrize("target", ["torch", "keras", "onnx"])
def test_build(target: str, spec: str, tmp_path: Path, run: Run) -> None:
    out = tmp_path / f"out.{target}"
    status, printed, _ = run("build", spec, "--to", target, "-o", str(out), "--json")
    assert status == 0
    files = {Path(file["path"]): file["bytes"] for file in json.loads(printed)["files"]}
    assert all(path.stat().st_size == size for path, size in files.items())
    if target == "onnx":
        assert set(files) == {out}
    else:
        assert {path.name for path in files} == FILES[target] == {p.name for p in out.iterdir()}


def test_build_with_weights(spec: str, tmp_path: Path, run: Run) -> None:
    run("build", spec, "--to", "keras", "-o", str(tmp_path / "k"), "--seed", "7")
    weights = str(tmp_path / "k" / "weights.safetensors")
    for name, more in (("a", ("--seed", "7")), ("b", ("--weights", weights))):
        run("build", spec, "--to", "onnx", "-o", str(tmp_path / f"{name}.onnx"), *more)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    run("build", spec, "--to", "onnx", "-o", str(tmp_path / "c.onnx"), "--seed", "8")
    assert (tmp_path / "a.onnx").read_bytes() != (tmp_path / "c.onnx").read_bytes()


def test_build_refuses_weights_of_another_shape(spec: str, tmp_path: Path, run: Run) -> None:
    run("build", spec, "--to", "keras", "-o", str(tmp_path / "k"))
    weights = str(tmp_path / "k" / "weights.safetensors")
    out = tmp_path / "x.onnx"
    arguments = ("--weights", weights, "--set", "Logits.filters=6")
    status, _, err = run("build", spec, "--to", "onnx", "-o", str(out), *arguments)
    assert status == 2
    assert "NS605" in err
    assert not out.exists()


def test_build_never_writes_over_what_it_reads(spec: str, tmp_path: Path, run: Run) -> None:
    run("build", spec, "--to", "keras", "-o", str(tmp_path / "k"))
    weights = tmp_path / "k" / "weights.safetensors"
    kept = weights.read_bytes()
    for target, out in (("onnx", spec), ("onnx", str(weights)), ("torch", str(tmp_path / "k"))):
        arguments = ("--to", target, "-o", out, "--weights", str(weights))
        status, _, err = run("build", spec, *arguments)
        assert status == 2
        assert "NS606" in err
    assert weights.read_bytes() == kept
    assert Path(spec).read_text() == NETWORK


def test_build_into_a_missing_folder(spec: str, tmp_path: Path, run: Run) -> None:
    status, _, err = run("build", spec, "--to", "onnx", "-o", str(tmp_path / "no" / "x.onnx"))
    assert status == 2
    assert "NS606" in err


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_source(target: str, spec: str, run: Run) -> None:
    status, out, _ = run("source", spec, "--to", target)
    assert status == 0
    compile(out, "source", "exec")
    assert "import netspec" not in out


def test_onnx_has_no_source(spec: str, run: Run) -> None:
    status, _, err = run("source", spec, "--to", "onnx")
    assert status == 2
    assert "NS601" in err


def test_parity(spec: str, run: Run) -> None:
    status, out, _ = run("parity", spec, "--json")
    answer = json.loads(out)
    assert (status, answer["passed"]) == (0, True)
    for backend in answer["backends"].values():
        assert backend["passed"] is True
        assert backend["outputs"]["Logits"]["shape"] == [2, 5]
        assert backend["first_fault"] is None
        assert {"path", "error"} <= backend["worst"].keys()


def test_parity_that_fails(spec: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from netspec.backends.torch.backend import TorchBackend

    right = TorchBackend.run

    def wrong(self, graph, weights, feeds, dtype):  # type: ignore[no-untyped-def]
        return {p: v * 1.001 for p, v in right(self, graph, weights, feeds, dtype).items()}

    monkeypatch.setattr(TorchBackend, "run", wrong)
    status, out, _ = run("parity", spec, "--backends", "torch")
    assert status == 1
    assert "FAILED" in out
    assert "Conv (" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mode", "backwards"),
        ("--dtype", "float8"),
        ("--batch", "1"),
        ("--batch", "100000000"),
        ("--backends", "torhc"),
    ],
)
def test_parity_refuses(arguments: tuple[str, str], spec: str, run: Run) -> None:
    status, _, err = run("parity", spec, *arguments)
    assert status == 2
    assert "error[NS" in err
