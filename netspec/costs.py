"""What a network costs: parameters, MACs, depth, receptive field. Framework-free arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from netspec.ir.graph import Graph, Node
from netspec.ops.base import Window


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step, or summed over many. MACs are one image's; params count numbers, not bytes."""

    trainable: int = 0
    frozen: int = 0
    macs: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.trainable + other.trainable, self.frozen + other.frozen, self.macs + other.macs
        )


def node_cost(graph: Graph, node: Node) -> Cost:
    """The cost of one node."""
    shapes = graph.input_shapes(node)
    weights = node.op.weights(shapes)
    trainable = sum(prod(w.shape) for w in weights if w.trainable)
    frozen = sum(prod(w.shape) for w in weights if not w.trainable)
    return Cost(trainable, frozen, node.op.macs(shapes, node.output))


def step_costs(graph: Graph) -> Mapping[str, Cost]:
    """The cost of each step by its path: of all its parts, and of no step within it."""
    costs: dict[str, Cost] = {}
    for node in graph.nodes:
        costs[node.step] = costs.get(node.step, Cost()) + node_cost(graph, node)
    return costs


def total_cost(graph: Graph) -> Cost:
    """The cost of the whole network."""
    return sum((node_cost(graph, node) for node in graph.nodes), Cost())


def depth(graph: Graph) -> int:
    """Layers with kernels on the longest path from the input, as papers count depth.

    A separable conv counts once, for its depthwise part.
    """
    depths = {value.name: 0 for value in graph.inputs}
    for node in graph.nodes:
        weighted = any(w.role in _COUNTED for w in node.op.weights(graph.input_shapes(node)))
        depths[node.name] = max(depths[name] for name in node.inputs) + weighted
    return max(depths.values())


_COUNTED = ("kernel", "depthwise_kernel")


@dataclass(frozen=True, slots=True)
class Field:
    """What one output pixel sees of the input, and the step between neighbours, in pixels."""

    height: int
    width: int
    stride_height: int
    stride_width: int


def receptive_fields(graph: Graph) -> Mapping[str, Field | None]:
    """Each value's receptive field; of a join, the largest of its inputs'.

    Araujo, Norris and Sim 2019, "Computing Receptive Fields of CNNs": r += (k - 1) * j, j *= s.
    """
    fields: dict[str, Field | None] = {v.name: Field(1, 1, 1, 1) for v in graph.inputs}
    for node in graph.nodes:
        inputs = [fields[name] for name in node.inputs]
        fields[node.name] = _behind(_largest(inputs), node.op.window())
    return fields


def _largest(fields: list[Field | None]) -> Field | None:
    known = [f for f in fields if f is not None]
    if len(known) < len(fields):
        return None
    return Field(
        max(f.height for f in known),
        max(f.width for f in known),
        max(f.stride_height for f in known),
        max(f.stride_width for f in known),
    )


def _behind(field: Field | None, window: Window | None) -> Field | None:
    if field is None or window is None:
        return None
    return Field(
        field.height + (window.kernel.height - 1) * field.stride_height,
        field.width + (window.kernel.width - 1) * field.stride_width,
        field.stride_height * window.stride.height,
        field.stride_width * window.stride.width,
    )
