"""What Keras and tf2onnx write is found to be the spec's network, and gives it its numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from corpus.nets import error

import netspec
from exports import keras_files
from exports.test_torch import LIMIT, ours
from netspec.matching.importing import import_model

SMALL = """\
netspec: 1
name: Small
input: {image: {height: 17, width: 20, channels: 3}}
steps:
  - Stem:
      op: conv
      filters: 8
      kernel: 3
      stride: 2
      padding: same
      norm: {op: batch_norm, scale: false}
      activation: relu6
  - Depthwise:
      op: depthwise_conv
      kernel: 3
      multiplier: 2
      padding: {bottom: 1, right: 1}
      activation: {op: leaky_relu, slope: 0.1}
  - Separable: {op: separable_conv, filters: 10, kernel: 3, padding: same, activation: relu}
  - Sum:
      op: add
      branches:
        - Same: []
        - Conv: {op: conv, filters: 10, kernel: [1, 3], padding: same}
  - Norm: {op: batch_norm, epsilon: 0.01}
  - Concat:
      op: concat
      branches:
        - Conv: {op: conv, filters: 4, kernel: 1, activation: elu}
        - Pool: {op: avg_pool, kernel: 3, padding: same}
  - Pool: {op: max_pool, kernel: 3, stride: 2, padding: same}
  - Flat: {op: flatten}
  - Drop: {op: dropout, keep: 0.7}
  - Dense: {op: dense, filters: 6, activation: tanh}
  - Logits: {op: dense, filters: 5}
  - Predictions: {op: softmax}
outputs: {Predictions: {}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, written once."""
    made = tmp_path_factory.mktemp("keras")
    command = [sys.executable, keras_files.__file__, str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


def spec_of(name: str, folder: Path) -> netspec.Spec:
    if name == "inception_v3":
        settings = {"aux": False, "num_classes": 11}
        return netspec.load(name, set=settings, input=keras_files.SIZE[:2])
    file = folder / "small.yaml"
    file.write_text(SMALL)
    return netspec.load(file)


@pytest.mark.slow
@pytest.mark.parametrize("exporter", keras_files.EXPORTS)
@pytest.mark.parametrize("name", keras_files.MODELS)
def test_weights_come_over(name: str, exporter: str, folder: Path) -> None:
    spec = spec_of(name, folder)
    weights, report = import_model(spec, folder / f"{name}.{exporter}.onnx")
    assert report.ok
    stored = np.load(folder / f"{name}.npz")
    image = torch.from_numpy(stored["image"].transpose(0, 3, 1, 2).copy())
    assert error(ours(spec, weights, image)["Predictions"], stored["value"]) <= LIMIT
