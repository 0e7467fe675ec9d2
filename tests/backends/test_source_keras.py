"""Emitted Keras source: it computes what the live model does, under the same names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from corpus import ops
from corpus.emitted import complaints, module
from corpus.hostile import HOSTILE
from corpus.inception import inception
from corpus.joins import JOINS
from corpus.nets import Net, images, weights
from safetensors.numpy import save_file

from netspec.backends.keras import BACKEND
from netspec.ir.graph import Graph
from netspec.ir.needed import needed

CASES: dict[str, Net] = {**ops.CASES, **JOINS, **HOSTILE}


def names_of(model: Any) -> list[tuple[str, str, tuple[int, ...]]]:
    """Every weight's layer, name and shape, in order."""
    return [(layer.name, w.name, tuple(w.shape)) for layer in model.layers for w in layer.weights]


def assert_source_is_live(graph: Graph, text: str, folder: Path) -> None:
    """Equal layers and weights, whole loading, and outputs that are equal bit for bit."""
    values = weights(graph)
    live = BACKEND.live(graph, values)
    save_file({n: values[n] for n, _ in needed(graph).weights()}, folder / "weights.safetensors")
    model = module(text).build(folder / "weights.safetensors")
    assert [layer.name for layer in model.layers] == [layer.name for layer in live.layers]
    assert names_of(model) == names_of(live)
    (image,) = images(graph, 2).values()
    wanted, found = live(image, training=False), model(image, training=False)
    assert list(found) == list(wanted) == list(graph.outputs)
    for path in wanted:
        one, other = (keras.ops.convert_to_numpy(value[path]) for value in (wanted, found))
        assert np.array_equal(one, other)


@pytest.mark.parametrize("case", CASES)
def test_source_is_the_live_model(case: str, tmp_path: Path) -> None:
    graph = CASES[case].graph(tmp_path)
    text = BACKEND.source(graph)
    assert_source_is_live(graph, text, tmp_path)
    assert BACKEND.source(graph) == text


def test_texts_are_formatted_and_pass_lint(tmp_path: Path) -> None:
    texts = {name: BACKEND.source(net.graph(tmp_path)) for name, net in CASES.items()}
    assert complaints(texts, tmp_path) == ""


@pytest.mark.slow
@pytest.mark.parametrize("case", ["published", "wide-map", "another-structure"])
def test_source_of_inception_v3_is_the_live_model(case: str, tmp_path: Path) -> None:
    graph = inception(case)
    assert_source_is_live(graph, BACKEND.source(graph), tmp_path)
