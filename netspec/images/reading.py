"""Where a network's class scores are read, and how they become probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph
from netspec.ops.activation import Sigmoid, Softmax

NAMES = ("Predictions", "Logits")
"""The outputs that are looked for, in this order."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """The output that is read; `softmax` says that its values are put through one."""

    path: str
    classes: int
    softmax: bool

    def __str__(self) -> str:
        return f"softmax of {self.path}" if self.softmax else self.path

    def scores(self, values: NDArray[Any]) -> Scores:
        """The scores of each image, (images, classes), of the output's values."""
        flat = values.reshape(len(values), self.classes).astype(np.float64)
        if not self.softmax:
            return flat
        powers = np.exp(flat - flat.max(axis=1, keepdims=True))
        shares: Scores = powers / powers.sum(axis=1, keepdims=True)
        return shares


def reading_of(graph: Graph) -> Reading:
    """What is read of this network. Raises `SpecError` (NS704)."""
    path = next((name for name in NAMES if name in graph.outputs), None)
    if path is None:
        found = ", ".join(graph.outputs)
        message = f"{graph.name} has no output called {' or '.join(NAMES)}; it has {found}"
        raise SpecError([Diagnostic("NS704", message)])
    value = graph.producer(path)
    shape, node = graph.shapes[value], graph.by_name.get(value)
    if shape.elements != shape.channels:
        message = f"{path} is {shape}: one number for each class is wanted"
        hints = ("pool globally before it, or choose another --input",)
        raise SpecError([Diagnostic("NS704", message, hints=hints)])
    ready = node is not None and isinstance(node.op, Softmax | Sigmoid)
    return Reading(path, shape.channels, softmax=not ready)
