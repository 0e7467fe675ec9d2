"""The one place of the torch backend that knows orders of axes: maps are NCHW, kernels OIHW."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ir.channel_order import channels_first_vectors
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map
from netspec.ops.conv import DepthwiseConv
from netspec.targets import Weights

Array = NDArray[Any]

TORCH_ROLES: Mapping[str, str] = {
    "kernel": "weight",
    "depthwise_kernel": "weight",
    "pointwise_kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def module_path(path: str) -> str:
    """A netspec path as the name of a nested module: `Mixed_5b.Branch_1.Conv2d_0b_5x5`."""
    return path.replace("/", ".")


def names(graph: Graph) -> dict[str, str]:
    """The state_dict's name of each weight, by its canonical name."""
    return {
        f"{node.owner}/{weight.role}": f"{module_path(node.place)}.{TORCH_ROLES[weight.role]}"
        for node in graph.nodes
        for weight in node.op.weights(graph.input_shapes(node))
    }


def state(graph: Graph, weights: Weights) -> dict[str, Array]:
    """The weights as the model's state_dict has them: torch's names, order and shapes."""
    flattened = channels_first_vectors(graph)
    found: dict[str, Array] = {}
    for node in graph.nodes:
        for weight in node.op.weights(graph.input_shapes(node)):
            value = weights[f"{node.owner}/{weight.role}"]
            name = f"{module_path(node.place)}.{TORCH_ROLES[weight.role]}"
            found[name] = np.ascontiguousarray(_placed(value, node, flattened))
    return found


def _placed(value: Array, node: Node, flattened: Mapping[str, Map]) -> Array:
    if isinstance(node.op, DepthwiseConv) and value.ndim == 4:
        # (height, width, in, multiplier) → (in * multiplier, 1, height, width)
        return value.transpose(2, 3, 0, 1).reshape(-1, 1, *value.shape[:2])
    if value.ndim == 4:  # (height, width, in / groups, out) → (out, in / groups, height, width)
        return value.transpose(3, 2, 0, 1)
    if value.ndim != 2:
        return value
    size = flattened.get(node.inputs[0])
    if size is not None:  # rows in the order (height, width, channels) → (channels, height, width)
        value = value.reshape(*size.dims, -1).transpose(2, 0, 1, 3).reshape(value.shape)
    return value.T


def to_torch(value: Array) -> Array:
    """(batch, height, width, channels) → (batch, channels, height, width); vectors stay."""
    if value.ndim != 4:
        return value
    # A copy, always: a lone channel counts as contiguous as it is, but its stride of 1 has torch
    # choose kernels for channels last, one of which (2.13) reads past the end of narrow maps.
    return value.transpose(0, 3, 1, 2).copy(order="C")


def from_torch(value: Array) -> Array:
    """The inverse of `to_torch`."""
    return value.transpose(0, 2, 3, 1) if value.ndim == 4 else value
