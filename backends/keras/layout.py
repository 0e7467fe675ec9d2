"""Orders of axes in Keras: NHWC and HWIO, as netspec's own, so that nothing is transposed."""

from __future__ import annotations

from typing import Any

from netspec.ir.graph import Graph
from netspec.targets import Weights

UNPICKED = "unpicked"
"""The part of a conv's layer of all pixels, where a second one picks some of them."""

_ATTRIBUTES = {"depthwise_kernel": "kernel", "pointwise_kernel": "kernel"}
"""What a layer calls a weight, where that isn't the weight's role."""


def layer_name(path: str) -> str:
    """A netspec path as a layer's name: `Mixed_5b__Branch_1__Conv2d_0b_5x5`."""
    return path.replace("/", "__")


def assign(model: Any, graph: Graph, weights: Weights) -> None:
    """Give the model's layers their weights, each by its path and role."""
    by_name = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        own = node.op.weights(graph.input_shapes(node))
        layer = by_name.get(layer_name(f"{node.name}/{UNPICKED}"))
        layer = layer or by_name.get(layer_name(node.name))
        for weight in own:
            attribute = _ATTRIBUTES.get(weight.role, weight.role)
            getattr(layer, attribute).assign(weights[f"{node.owner}/{weight.role}"])
