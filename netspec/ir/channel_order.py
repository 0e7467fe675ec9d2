"""Which flattened vectors a channels-first backend may keep in its own order.

`flatten` orders (height, width, channels); a backend whose maps are channels-first gets
(channels, height, width) for nothing. Where only dense kernels see the difference, their rows are
permuted once, when the weights are placed, and no value is ever transposed:

    flatten(x) @ W  =  flatten_channels_first(x) @ P W      P: rows of W, reordered
"""

from __future__ import annotations

from collections.abc import Mapping

from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map, Vector
from netspec.ops.conv import Dense
from netspec.ops.reshape import Flatten


def order_matters(size: Map) -> bool:
    """Whether the two orders of a flattened map differ: not for one pixel, nor for one channel."""
    return size.height * size.width > 1 and size.channels > 1


def channels_first_vectors(graph: Graph) -> Mapping[str, Map]:
    """The vectors that may stay in (channels, height, width) order, each with the map it was.

    They are outputs of `flatten`, and of elementwise ops behind one, that are no outputs of the
    graph and whose every use ends in a dense kernel. Every other `flatten` must give the canonical
    order, and so must the ops behind it. Vectors whose order does not matter are left out.
    """
    hidden = hidden_vectors(graph)
    kept: dict[str, Map] = {}
    for node in graph.nodes:
        if node.name not in hidden:
            continue
        (source,) = node.inputs
        size = graph.shapes[source] if isinstance(node.op, Flatten) else kept.get(source)
        if isinstance(size, Map) and order_matters(size):
            kept[node.name] = size
    return kept


def hidden_vectors(graph: Graph) -> set[str]:
    """The values of `flatten` and elementwise ops whose order only dense kernels see."""
    outputs = {graph.producer(path) for path in graph.outputs}
    hidden: set[str] = set()
    for node in reversed(graph.nodes):
        passes = isinstance(node.op, Flatten) or _follows(node)
        uses = graph.consumers[node.name]
        if passes and node.name not in outputs and all(_hides(use, hidden) for use in uses):
            hidden.add(node.name)
    return hidden


def _hides(use: Node, hidden: set[str]) -> bool:
    return isinstance(use.op, Dense) or (_follows(use) and use.name in hidden)


def _follows(node: Node) -> bool:
    """Whether a node gives its one vector's elements in the order in which it takes them."""
    single = len(node.inputs) == 1 and isinstance(node.output, Vector)
    return node.op.elementwise and single
