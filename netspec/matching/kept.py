"""The weights of a unit: its kernel, its bias and those of the norms behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.ir.graph import Graph, Node
from netspec.matching.forms import Unit
from netspec.ops.affine import Affine
from netspec.ops.norm import BatchNorm

Array = NDArray[Any]
Weights = Mapping[str, Array]
"""Arrays by canonical name."""

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


class Own(NamedTuple):
    """A weight of a node: its canonical name and its shape."""

    name: str
    shape: tuple[int, ...]


Owned = Mapping[str, Mapping[str, Own]]
"""The weights of each node, by the node's name and the role."""


def owned(graph: Graph) -> Owned:
    """The weights that each node of a graph has."""
    return {
        node.name: {
            weight.role: Own(f"{node.owner}/{weight.role}", weight.shape)
            for weight in node.op.weights(graph.input_shapes(node))
        }
        for node in graph.nodes
    }


@dataclass(frozen=True, slots=True)
class Kept:
    """A unit with its graph's weights: a kernel of outputs in the last axis, a bias, norms."""

    unit: Unit
    weights: Weights
    owned_by: Owned

    @property
    def kernel(self) -> str:
        """The name of the kernel, empty where there is none."""
        own = self.owned_by[self.unit.main.name]
        return next((own[role].name for role in KERNELS if role in own), "")

    @property
    def bias(self) -> str:
        """The name of the bias, empty where there is none."""
        return self.role(self.unit.main, "bias")

    def role(self, node: Node, role: str) -> str:
        """The name of a node's weight, empty where it has none of that role."""
        own = self.owned_by[node.name]
        return own[role].name if role in own else ""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shapes of all weights of the unit, by name."""
        nodes = dict.fromkeys(node.name for node in (self.unit.main, *self.unit.affines))
        return {own.name: own.shape for name in nodes for own in self.owned_by[name].values()}

    def value(self, name: str, otherwise: float = 0.0) -> Array:
        """A weight in float64; one number where there is none."""
        return np.asarray(self.weights[name] if name else otherwise, np.float64)

    def affine(self, norm: Node) -> tuple[Array, Array]:
        """What a norm multiplies by and adds, in float64."""
        if isinstance(norm.op, Affine):
            return self.value(self.role(norm, "scale")), self.value(self.role(norm, "shift"))
        assert isinstance(norm.op, BatchNorm)
        gamma = self.value(self.role(norm, "gamma"), 1.0)
        deviation = np.sqrt(self.value(self.role(norm, "moving_variance")) + norm.op.epsilon)
        scale = gamma / deviation
        mean = self.value(self.role(norm, "moving_mean"))
        return scale, self.value(self.role(norm, "beta")) - mean * scale

    def total(self) -> tuple[Array, Array]:
        """Bias and norms together: what a bare kernel's output is multiplied by, and its shift."""
        scale, shift = np.ones(1), self.value(self.bias)
        for norm in self.unit.affines:
            factor, term = self.affine(norm)
            scale, shift = np.asarray(scale * factor), np.asarray(shift * factor + term)
        return scale, shift
