"""A small network, and backends that are the reference itself with a mistake planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic
from netspec.ir.graph import Graph, Node
from netspec.reference import evaluate

Array = NDArray[Any]

TEXT = """\
netspec: 1
name: Small
input: {image: {height: 9, width: 8, channels: 3}}
defaults:
  conv: {padding: same, norm: {op: batch_norm, epsilon: 0.001}, activation: relu}
templates:
  pair:
    params: {wide: int}
    op: concat
    branches:
      - Left:
          - Conv: {op: conv, filters: 4, kernel: 1}
      - Right:
          - Pool: {op: avg_pool, kernel: 3, padding: same}
          - Conv: {op: conv, filters: $wide, kernel: [1, 3]}
steps:
  - Stem: {op: conv, filters: 6, kernel: 3, stride: 2}
  - Block1: {use: pair, with: {wide: 4}}
  - Block2: {use: pair, with: {wide: 5}}
  - Pool: {op: max_pool, kernel: 2, stride: 2}
  - Flatten: {op: flatten}
  - Logits: {op: dense, filters: 5}
  - Predictions: {op: activation, function: softmax}
outputs: {Logits: {}, Predictions: {}}
"""


@dataclass
class Fake:
    """The reference as a backend; each function plants a mistake in what it is named after."""

    node: Callable[[Node], Node] = lambda node: node
    value: Callable[[str, Array], Any] = lambda path, value: value
    graph: Callable[[Graph], Graph] = lambda graph: graph
    weights: Callable[[Mapping[str, Array]], Mapping[str, Array]] = lambda weights: weights
    dtypes: frozenset[str] = frozenset({"float32", "float64"})
    name: str = "fake"
    refusals: tuple[Diagnostic, ...] = ()
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def unsupported(self, graph: Graph) -> tuple[Diagnostic, ...]:
        return self.refusals

    def run(
        self, graph: Graph, weights: Mapping[str, Array], feeds: Mapping[str, Array], dtype: str
    ) -> dict[str, Array]:
        assert {value.dtype.name for value in feeds.values()} == {dtype}
        assert list(weights) == [name for name, _ in graph.weights()]
        self.ran.append(graph.outputs)
        planted = self.graph(replace(graph, nodes=tuple(map(self.node, graph.nodes))))
        found = evaluate(planted, self.weights(weights), feeds)
        return {path: self.value(path, v.astype(dtype)) for path, v in found.items()}

    def versions(self) -> dict[str, str]:
        return {"fake": np.__version__}


def change(path: str, **fields: object) -> Fake:
    """A backend in which the op of one node has other fields."""

    def changed(node: Node) -> Node:
        if node.name != path:
            return node
        other: Any = node.op
        return replace(node, op=replace(other, **fields))

    return Fake(node=changed)
