"""What a network costs: parameters, MACs, memory, depth, receptive field. No framework needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Shape
from netspec.ops.base import Window

BYTES = 4
"""Of one number in float32."""


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
    weights = graph.owned(node)
    trainable = sum([prod(w.shape) for w in weights if w.trainable])
    frozen = sum([prod(w.shape) for w in weights if not w.trainable])
    return Cost(trainable, frozen, node.op.macs(shapes, node.output))


def step_costs(graph: Graph) -> Mapping[str, Cost]:
    """The cost of each step by its path: of all its parts, and of no step within it."""
    costs: dict[str, Cost] = {}
    for node in graph.nodes:
        costs[node.step] = costs.get(node.step, Cost()) + node_cost(graph, node)
    return costs


def total_cost(graph: Graph) -> Cost:
    """The cost of the whole network."""
    costs = [node_cost(graph, node) for node in graph.nodes]
    return Cost(
        sum([cost.trainable for cost in costs]),
        sum([cost.frozen for cost in costs]),
        sum([cost.macs for cost in costs]),
    )


def depth(graph: Graph) -> int:
    """Layers with kernels on the longest path from the input, as papers count depth.

    A separable conv counts once, for its depthwise part.
    """
    depths = {value.name: 0 for value in graph.inputs}
    for node in graph.nodes:
        weighted = any(weight.role in _COUNTED for weight in graph.owned(node))
        depths[node.name] = max(depths[name] for name in node.inputs) + weighted
    return max(depths.values())


_COUNTED = ("kernel", "depthwise_kernel")


def step_memory(graph: Graph) -> Mapping[str, int]:
    """The bytes of the value that each step gives, by its path: one image, in float32.

    What a step makes on its way there (a conv before its norm) is not counted, nor the input.
    """
    return {node.name: _bytes(node.output) for node in graph.nodes if node.name == node.step}


def peak_memory(graph: Graph) -> int:
    """The most bytes of values alive at once, one image in float32, when steps run as written.

    A value lives until the last step that takes it, an output until the end. While a step runs its
    inputs and its value are both alive.
    """
    freed = _freed_after(graph)
    alive = sum(_bytes(value.shape) for value in graph.inputs)
    most = alive
    for step in graph.steps:
        alive += _bytes(graph.shapes[step])
        most = max(most, alive)
        alive -= sum(_bytes(graph.shapes[name]) for name in freed.get(step, ()))
    return most


def _freed_after(graph: Graph) -> Mapping[str, list[str]]:
    """By the path of a step, the values that nothing takes after it."""
    last = {node.step: node.step for node in graph.nodes}  # a value that nothing takes
    for node in graph.nodes:
        for name in node.inputs:
            last[name] = node.step
    kept = {graph.producer(path) for path in graph.outputs}
    freed: dict[str, list[str]] = {}
    for name, step in last.items():
        if name not in kept and _given(graph, name):
            freed.setdefault(step, []).append(name)
    return freed


def _given(graph: Graph, name: str) -> bool:
    """Whether the value is an input's or a step's, and not made on the way to one."""
    node = graph.by_name.get(name)
    return node is None or node.name == node.step


def _bytes(shape: Shape) -> int:
    return BYTES * prod(shape.dims)


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
