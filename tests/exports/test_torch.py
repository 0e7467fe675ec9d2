"""What torch's exporters write is found to be the spec's network, and gives it its numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from corpus.nets import error

import netspec
from exports.exporting import EXPORTS, Export
from exports.torch_nets import NETS, Known, drawn
from netspec.cli.main import main
from netspec.matching.importing import import_model
from netspec.targets import Array

LIMIT = 5e-6
"""Of max |value - expected| over max |expected|: what backends are held to everywhere else."""


def image_of(spec: netspec.Spec, batch: int = 2) -> torch.Tensor:
    """A batch of random images, channels first."""
    size = spec.tree.input
    draw = np.random.default_rng(5)
    shape = (batch, size.channels, size.height, size.width)
    return torch.from_numpy(draw.normal(size=shape).astype(np.float32))


def ours(spec: netspec.Spec, weights: dict[str, Array], image: torch.Tensor) -> dict[str, Array]:
    """The spec's own values with these weights."""
    net = spec.to("torch", weights=weights).eval()
    with torch.no_grad():
        return {path: value.numpy() for path, value in net(image).items()}


def spec_of(known: Known, folder: Path) -> netspec.Spec:
    file = folder / "net.yaml"
    file.write_text(known.text)
    return netspec.load(file)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
@pytest.mark.parametrize("name", NETS)
def test_weights_come_over(name: str, export: Export, tmp_path: Path) -> None:
    known = NETS[name]
    spec, module = spec_of(known, tmp_path), drawn(known.make())
    image = image_of(spec)
    file = tmp_path / "exported.onnx"
    export(module, image, file)
    weights, report = import_model(spec, file, beside=True)
    with torch.no_grad():
        wanted = module(image).numpy()
    assert report.ok
    assert error(ours(spec, weights, image)["Out"], wanted) <= LIMIT


def test_what_is_kept_alike_keeps_its_bits(tmp_path: Path) -> None:
    spec, module = spec_of(NETS["mixed"], tmp_path), drawn(NETS["mixed"].make())
    file = tmp_path / "exported.onnx"
    EXPORTS["torchscript, unfolded"](module, image_of(spec), file)
    weights, report = import_model(spec, file)
    state = module.state_dict()
    assert {row.fate for row in report.rows} == {"placed", "transposed"}
    kernel = state["stem.0.weight"].numpy().transpose(2, 3, 1, 0)
    assert np.array_equal(weights["Stem/kernel"], kernel)
    assert np.array_equal(weights["Stem/norm/moving_variance"], state["stem.1.running_var"].numpy())
    dense = state["fc.weight"].numpy().T
    assert np.array_equal(weights["Logits/kernel"][0, 0], dense)


def test_a_folded_norm_is_told_as_synthesised(tmp_path: Path) -> None:
    spec, module = spec_of(NETS["mixed"], tmp_path), drawn(NETS["mixed"].make())
    file = tmp_path / "exported.onnx"
    EXPORTS["torchscript"](module, image_of(spec), file)
    weights, report = import_model(spec, file)
    fates = {row.name: row.fate for row in report.rows}
    own = {role: fates[f"Stem/norm/{role}"] for role in ("gamma", "moving_mean", "moving_variance")}
    assert set(own.values()) == {"synthesised"}
    assert fates["Stem/norm/beta"] == "placed"
    assert np.array_equal(weights["Stem/norm/gamma"], np.ones(8, np.float32))
    # behind a sum there is nothing to fold into
    assert fates["Norm/moving_variance"] == "placed"


def test_weights_beside_the_file_are_read_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, module = spec_of(NETS["mixed"], tmp_path), drawn(NETS["mixed"].make())
    file = tmp_path / "exported.onnx"
    EXPORTS["dynamo, weights beside"](module, image_of(spec), file)
    assert (tmp_path / "exported.onnx.data").is_file()
    command = ["match", str(tmp_path / "net.yaml"), str(file)]
    assert main(command) == 2
    assert "--beside" in capsys.readouterr().err
    assert main([*command, "--beside"]) == 0
