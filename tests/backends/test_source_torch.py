"""Emitted torch source: it computes what the live module does, under the same names."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from corpus import ops
from corpus.emitted import complaints, module
from corpus.hostile import HOSTILE
from corpus.inception import INCEPTION, inception
from corpus.joins import JOINS
from corpus.nets import Net, images, weights
from safetensors.torch import save_file

from netspec.backends.torch import BACKEND
from netspec.backends.torch.layout import to_torch
from netspec.ir.graph import Graph

CASES: dict[str, Net] = {**ops.CASES, **JOINS, **HOSTILE}


def assert_source_is_live(graph: Graph, text: str, folder: Path) -> None:
    """Equal weight names in equal order, strict loading, and outputs that are equal bit for bit."""
    live = BACKEND.live(graph, weights(graph)).eval()
    save_file(live.state_dict(), folder / "weights.safetensors")
    emitted = module(text).build(folder / "weights.safetensors").eval()
    assert list(emitted.state_dict()) == list(live.state_dict())
    assert not any(value.is_meta for value in emitted.state_dict().values())
    (image,) = (torch.from_numpy(to_torch(value)) for value in images(graph, 2).values())
    with torch.inference_mode():
        wanted, found = live(image), emitted(image)
    assert list(found) == list(wanted) == list(graph.outputs)
    assert all(torch.equal(found[path], wanted[path]) for path in wanted)


@pytest.mark.parametrize("case", CASES)
def test_source_is_the_live_module(case: str, tmp_path: Path) -> None:
    graph = CASES[case].graph(tmp_path)
    text = BACKEND.source(graph)
    assert_source_is_live(graph, text, tmp_path)
    assert BACKEND.source(graph) == text


def test_texts_are_formatted_and_pass_lint(tmp_path: Path) -> None:
    texts = {name: BACKEND.source(net.graph(tmp_path)) for name, net in CASES.items()}
    assert complaints(texts, tmp_path) == ""


@pytest.mark.slow
@pytest.mark.parametrize("case", INCEPTION)
def test_source_of_inception_v3_is_the_live_module(case: str, tmp_path: Path) -> None:
    graph = inception(case)
    assert_source_is_live(graph, BACKEND.source(graph), tmp_path)
