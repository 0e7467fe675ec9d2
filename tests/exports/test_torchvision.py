"""torchvision's own networks, exported, against the bundled specs: names have no part in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from corpus.nets import error
from peers.torch_saved import load_torchvision

import netspec
from exports.exporting import EXPORTS
from exports.test_torch import LIMIT, image_of, ours
from exports.torch_nets import drawn
from netspec.diagnostics import SpecError
from netspec.matching.importing import import_model

SIZE = (107, 75)
CLASSES = 11
NETS: dict[str, tuple[str, dict[str, Any]]] = {
    "inception_v3": ("inception_v3.torchvision", {"init_weights": False}),
    "googlenet": ("inception_v1.torchvision", {"init_weights": False}),
    "resnet50": ("resnet50.torchvision", {}),
}
"""The spec of each function of torchvision's, and what else the function is told."""
BLOCKS = ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b", "7c")
POOLS = [f"Mixed_{block}/Branch_3/AvgPool_0a_3x3" for block in BLOCKS]


def spec_of(name: str) -> netspec.Spec:
    """A spec without the heads that torchvision's networks leave out in evaluation."""
    heads = {} if name.startswith("resnet") else {"aux": False}
    return netspec.load(name, set={"num_classes": CLASSES, **heads}, input=SIZE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[torch.nn.Module, Path]]:
    """Each network, and what torch's older exporter makes of it."""
    models = load_torchvision().models
    folder = tmp_path_factory.mktemp("torchvision")
    found: dict[str, tuple[torch.nn.Module, Path]] = {}
    for name, (_, options) in NETS.items():
        module = drawn(getattr(models, name)(weights=None, num_classes=CLASSES, **options))
        EXPORTS["torchscript"](module, torch.zeros(2, 3, *SIZE), folder / f"{name}.onnx")
        found[name] = (module, folder / f"{name}.onnx")
    return found


def off(name: str, module: torch.nn.Module, file: Path) -> float:
    """The error of the spec's logits, with the file's weights."""
    spec = spec_of(NETS[name][0])
    weights, _ = import_model(spec, file)
    image = image_of(spec)
    with torch.no_grad():
        wanted = module(image).numpy()
    return error(ours(spec, weights, image)["Logits"], wanted)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_a_dialect_s_weights_come_over(
    name: str, made: dict[str, tuple[torch.nn.Module, Path]]
) -> None:
    assert off(name, *made[name]) <= LIMIT


@pytest.mark.slow
def test_those_of_the_newer_exporter_too(
    made: dict[str, tuple[torch.nn.Module, Path]], tmp_path: Path
) -> None:
    module, _ = made["inception_v3"]
    EXPORTS["dynamo"](module, torch.zeros(2, 3, *SIZE), tmp_path / "dynamo.onnx")
    assert off("inception_v3", module, tmp_path / "dynamo.onnx") <= LIMIT


@pytest.mark.slow
def test_every_pool_of_another_dialect_is_told(
    made: dict[str, tuple[torch.nn.Module, Path]],
) -> None:
    with pytest.raises(SpecError) as caught:
        import_model(spec_of("inception_v3"), made["inception_v3"][1])
    told = [(found.step, found.message) for found in caught.value.diagnostics]
    message = "divisor inside here, window there"
    assert sorted(told) == sorted((pool, f"{pool}: {message}") for pool in POOLS)
