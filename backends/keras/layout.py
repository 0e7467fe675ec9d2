"""Orders of axes in Keras: NHWC and HWIO, as netspec's own, so that nothing is transposed."""

from __future__ import annotations

from typing import Any

from netspec.ir.graph import Graph
from netspec.targets import Weights


def layer_name(path: str) -> str:
    """A netspec path as a layer's name: `Mixed_5b__Branch_1__Conv2d_0b_5x5`."""
    return path.replace("/", "__")


def assign(model: Any, graph: Graph, weights: Weights) -> None:
    """Give the model's layers their weights, each by its path and role."""
    by_name = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        own = node.op.weights(graph.input_shapes(node))
        layer = by_name.get(layer_name(node.name))
        if own and not hasattr(layer, own[0].role):
            layer = by_name[layer_name(f"{node.name}/dilated")]
        for weight in own:
            getattr(layer, weight.role).assign(weights[f"{node.owner}/{weight.role}"])
