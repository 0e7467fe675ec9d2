"""Inception V3 on all three backends: as written, and after one number is changed."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec import bundled

SMALL = (91, 75)
"""Smaller than the spec's 299x299, with height and width different."""


@pytest.mark.slow
def test_parity_as_written_in_float32() -> None:
    report = netspec.parity(netspec.load("inception_v3"), dtype="float32", batch=2)
    assert report, report.table()
    found = report.to_json()["backends"]
    assert set(found) == {"torch", "keras", "onnx"}
    for backend in found.values():
        assert backend["outputs"].keys() == {"Logits", "AuxLogits", "Predictions"}
        assert all(output["shape"] == [2, 1000] for output in backend["outputs"].values())


def trainable(spec: netspec.Spec) -> dict[str, int]:
    """Trainable numbers of each live model, counted by its own framework."""
    torch_net: Any = spec.to("torch", seed=0)
    keras_net: Any = spec.to("keras", seed=0)
    onnx_net: Any = spec.to("onnx", seed=0)
    roles = ("kernel", "bias", "beta")
    stored = (i for i in onnx_net.graph.initializer if i.name.rpartition("/")[2] in roles)
    return {
        "torch": sum(p.numel() for p in torch_net.parameters()),
        "keras": sum(prod(v.shape) for v in keras_net.trainable_variables),
        "onnx": sum(prod(i.dims) for i in stored),
    }


MAIN = 23_817_352
"""Trainable parameters without the auxiliary head, as TF-slim's network has."""

WITHOUT_POOL_BRANCH = (
    (1280 + 1) * 192  # Mixed_7b's own: a 1x1 conv and its beta
    + 192 * (320 + 384 + 448)  # what Mixed_7c's other branches no longer read
    + (2048 + 1) * 192  # Mixed_7c's own
    + 192 * 1000  # what the logits no longer read
)
CHANGES: dict[str, tuple[Mapping[str, Any], tuple[str, str], int]] = {
    # settings, a change of the text, parameters fewer
    "kernel": (
        {"Mixed_5b/Branch_1/Conv2d_0b_5x5.kernel": 3},
        ("", ""),
        (5 * 5 - 3 * 3) * 48 * 64,
    ),
    "filters": (
        {},
        ("Conv2d_3b_1x1: {op: conv, filters: 80", "Conv2d_3b_1x1: {op: conv, filters: 64"),
        (80 - 64) * (64 + 1 + 3 * 3 * 192),
    ),
    "classes": ({"num_classes": 7}, ("", ""), (1000 - 7) * (2048 + 1)),
    "branch": (
        {},
        (
            """
      - Branch_3:
          - AvgPool_0a_3x3: {op: avg_pool, kernel: 3, padding: same}
          - Conv2d_0b_1x1: {op: conv, filters: 192, kernel: 1}

steps:""",
            "\n\nsteps:",
        ),
        WITHOUT_POOL_BRANCH,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_number_changes_all_models_alike(change: str, tmp_path: Path) -> None:
    settings, (old, new), fewer = CHANGES[change]
    text = bundled.specs()["inception_v3"].read_text()
    assert not old or text.count(old) == 1
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace(old, new) if old else text)
    spec = netspec.load(path, set={"aux": False, **settings}, input=SMALL)
    assert trainable(spec) == dict.fromkeys(("torch", "keras", "onnx"), MAIN - fewer)
    report = netspec.parity(spec)
    assert report, report.table()
