"""A network that was cut at endpoints is one like any: it builds, runs and proves itself alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from corpus.emitted import module
from corpus.inception import SMALL
from corpus.nets import images

import netspec
from netspec.backends.torch.layout import from_torch, to_torch
from netspec.ir.needed import needed
from netspec.reference import evaluate
from netspec.weights import store

WHOLE = netspec.load("inception_v3", set=SMALL, input=(75, 91))
CUTS = {
    "backbone": ("Mixed_5d", "Mixed_7c"),
    "within a branch": ("Mixed_6b/Branch_1/Conv2d_0b_1x7",),
    "branches without their join": ("Mixed_5b/Branch_2", "Mixed_5b/Branch_0", "Mixed_5b/Branch_3"),
    "a branch and its join": ("Mixed_5c/Branch_1", "Mixed_5c"),
    "the stem": ("Conv2d_1a_3x3",),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_network_is_proved_on_every_backend(name: str) -> None:
    cut = WHOLE.features(CUTS[name])
    report = netspec.parity(cut, backends=["torch", "keras", "onnx"])
    assert report, report.table()


@pytest.mark.parametrize("name", CUTS)
def test_it_computes_what_the_whole_does_with_the_whole_s_weights(
    name: str, tmp_path: Path
) -> None:
    cut = WHOLE.features(CUTS[name])
    weights = netspec.init_weights(WHOLE, 4)
    store.save(tmp_path / "whole.safetensors", weights, WHOLE.hash)
    graph = needed(WHOLE.graph().with_outputs(CUTS[name]))
    shown = images(graph, 2)
    values = evaluate(graph, weights, shown)
    (image,) = (torch.from_numpy(to_torch(value)) for value in shown.values())
    live = cut.to("torch", weights=tmp_path / "whole.safetensors").eval()
    with torch.inference_mode():
        found = live(image)
    assert list(found) == list(CUTS[name])
    for path in CUTS[name]:
        np.testing.assert_allclose(from_torch(found[path].numpy()), values[path], atol=1e-5)


@pytest.mark.parametrize("name", CUTS)
def test_its_source_is_the_live_module(name: str) -> None:
    cut = WHOLE.features(CUTS[name])
    emitted, live = module(cut.source("torch")).build(), cut.to("torch", seed=1)
    assert list(emitted.state_dict()) == list(live.state_dict())
    emitted.load_state_dict(live.state_dict())
    image = torch.randn(2, 3, 75, 91)
    with torch.inference_mode():
        wanted, found = live.eval()(image), emitted.eval()(image)
    assert all(torch.equal(found[path], wanted[path]) for path in wanted)
    compile(cut.source("keras"), "keras", "exec")
