"""How joins spread values out: the growth that a trained network's weights would have met.

Parity's kernels keep the mean square of values from layer to layer, but an addition sums those of
its inputs: behind sixteen residual units it has grown by 2 ** 16, and a softmax is saturated.

    spread(add) = sum of spread(input)      spread(multiply) = product of spread(input)
    spread(scale) = factor ** 2 * spread    spread(kernel or batch_norm) = 1: it divides by more
    spread(any other) = greatest of spread(input)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from netspec.ir.graph import Graph
from netspec.ops.base import Op
from netspec.ops.conv import Kernel
from netspec.ops.join import Add, Multiply
from netspec.ops.norm import BatchNorm
from netspec.ops.reshape import Scale

Rule = Callable[[Any, tuple[float, ...]], float]
RULES: dict[type[Op], Rule] = {
    Add: lambda _, inputs: sum(inputs),
    Multiply: lambda _, inputs: prod(inputs),
    Scale: lambda op, inputs: op.factor * op.factor * inputs[0],  # ** raises where it overflows
}


def divides(op: Op) -> bool:
    """Whether the op has weights that can take the growth of its input back."""
    return isinstance(op, BatchNorm | Kernel)


MOST = 1e12
"""Values that have grown by more are past what any proof would compare."""


def spreads(graph: Graph) -> Mapping[str, float]:
    """The mean square of every value's numbers, roughly, where the images' is 1."""
    found = {value.name: 1.0 for value in graph.inputs}
    for node in graph.nodes:
        inputs = tuple(found[name] for name in node.inputs)
        rule = RULES.get(type(node.op))
        grown = rule(node.op, inputs) if rule else max(inputs)
        found[node.name] = min(1.0 if divides(node.op) else MOST, grown)
    return found
