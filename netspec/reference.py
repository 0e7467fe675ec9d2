"""The judge of every backend: the ops' own references in float64, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ir.graph import Graph, Node
from netspec.ops.base import Array


def evaluate(
    graph: Graph, weights: Mapping[str, NDArray[Any]], feeds: Mapping[str, NDArray[Any]]
) -> dict[str, Array]:
    """The value of each output, for inference, by its path.

    Feeds and values: (batch, height, width, channels) or (batch, channels). Values of every step
    come from `graph.with_outputs(graph.endpoints())`. A value is dropped after its last use.
    """
    results = {path: graph.producer(path) for path in graph.outputs}
    values = {value.name: np.asarray(feeds[value.name], np.float64) for value in graph.inputs}
    last_use = {name: node.name for node in graph.nodes for name in node.inputs}
    kept = set(results.values())
    for node in graph.nodes:
        inputs = tuple(values[name] for name in node.inputs)
        values[node.name] = node.op.reference(inputs, _weights_of(graph, node, weights))
        for name in {*node.inputs, node.name} - kept:
            if last_use.get(name, node.name) == node.name:
                del values[name]
    return {path: values[name] for path, name in results.items()}


def _weights_of(graph: Graph, node: Node, weights: Mapping[str, NDArray[Any]]) -> dict[str, Array]:
    owned = node.op.weights(graph.input_shapes(node))
    return {w.role: np.asarray(weights[f"{node.owner}/{w.role}"], np.float64) for w in owned}
