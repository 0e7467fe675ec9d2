"""Tensors of two graphs, and what of A's becomes one of B's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from netspec.ir.graph import Graph, Node
from netspec.ops.base import Weight
from netspec.transfer.groups import gathered, spread
from netspec.transfer.rules import KEPT
from netspec.transfer.tensors import SPATIAL, Array, Cut


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor of a graph: its node, the weight that it is, and its canonical name."""

    name: str
    node: Node
    weight: Weight
    role: str
    """Its name within its step."""

    @property
    def is_kernel(self) -> bool:
        """Whether it mixes channels."""
        return len(self.weight.shape) > 1

    @property
    def full_shape(self) -> tuple[int, ...]:
        """Its shape; of a dense kernel that of the 1x1 conv that does the same."""
        shape = self.weight.shape
        return (1, 1, *shape) if len(shape) == SPATIAL else shape


def tensors_of(graph: Graph) -> list[Tensor]:
    """The tensors of a graph, in its order."""
    return [
        Tensor(
            f"{node.owner}/{weight.role}",
            node,
            weight,
            f"{node.owner.removeprefix(node.step)}/{weight.role}",
        )
        for node in graph.nodes
        for weight in node.op.weights(graph.input_shapes(node))
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a tensor of B is made of: one of A, cut; `groups` are those of A's conv and of B's."""

    source: Tensor
    cut: Cut
    groups: tuple[int, int] = (1, 1)

    def value(self, old: Array, own: Array) -> Array:
        """The tensor, of A's numbers and B's own."""
        if self.groups != (1, 1):
            before, after = self.groups
            return gathered(self.cut.applied(spread(old, before), spread(own, after)), after)
        shape = tuple(len(axis.indices) for axis in self.cut.axes)
        return self.cut.applied(old, own.reshape(shape)).reshape(own.shape)

    def taken(self, tensor: Tensor) -> int:
        """How many numbers of B's tensor are A's."""
        if self.groups == (1, 1):
            return self.cut.taken
        ones = np.ones(self.source.weight.shape, np.float32)
        return int(self.value(ones, np.zeros(tensor.weight.shape, np.float32)).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """What becomes of one tensor of B; `made` is nothing where it is fresh, `why` is told.

    `taken` counts the numbers that come from A.
    """

    tensor: Tensor
    fate: str
    made: Made | None = None
    taken: int = 0
    why: str = ""

    def value(self, old: Mapping[str, Array], own: Mapping[str, Array]) -> Array:
        """The tensor, of A's weights and, where it has `own` numbers, B's first values."""
        name, shape = self.tensor.name, self.tensor.weight.shape
        if self.made is None:
            return own[name]
        kept = old[self.made.source.name]
        if self.fate == KEPT:
            return kept.reshape(shape)
        return self.made.value(kept, own[name] if self.own else np.zeros(shape, np.float32))

    @property
    def numbers(self) -> int:
        """How many numbers it has."""
        return prod(self.tensor.weight.shape)

    @property
    def own(self) -> bool:
        """Whether some of its numbers are not A's."""
        return self.taken < self.numbers
