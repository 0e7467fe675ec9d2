"""What our own backend writes is read back: the same network, and the same weights to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from corpus import joins, ops
from corpus.nets import Net, weights

from netspec.backends.onnx import BACKEND
from netspec.backends.onnx.reading.model import ORIGIN, read
from netspec.ir.graph import Graph
from netspec.ir.needed import needed
from netspec.ir.plain import from_plain, to_plain
from netspec.ir.shapes import Map
from netspec.matching.carrying import carry
from netspec.matching.match import match


def corpus() -> dict[str, Net]:
    """Every network of the corpus that is fed with an image."""
    found: dict[str, Net] = {}
    for module in (ops, joins):
        for value in vars(module).values():
            if isinstance(value, dict):
                found |= {name: net for name, net in value.items() if isinstance(net, Net)}
    return found


@pytest.mark.parametrize("name", corpus())
def test_read_back(name: str, tmp_path: Path) -> None:
    graph = needed(corpus()[name].graph(tmp_path))
    values = weights(graph)
    (image,) = graph.inputs
    assert isinstance(image.shape, Map)
    found = read(BACKEND.live(graph, values), image.shape)
    result = match(graph, found.graph, found.weights)
    assert result.equal, [str(each) for each in result.differences]
    carried, _ = carry(graph, found.graph, result.pairs, found.weights)
    assert carried.keys() == values.keys()
    for weight, value in values.items():
        assert np.array_equal(carried[weight].value, value), weight
    passed_on(found.graph)


def passed_on(graph: Graph) -> None:
    """The graph is the same after it went from one process to another."""
    origins = {node.origin for node in graph.nodes} or {ORIGIN}
    assert from_plain(to_plain(graph), *origins) == graph
