"""First values of weights: each from a stream of its own, keyed by the seed and its name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from netspec.ir.graph import Graph
from netspec.ops.base import Weight
from netspec.ops.initializers import Array
from netspec.weights.spread import divides, spreads

Float32 = NDArray[np.float32]

TRUNCATION = 2.0
"""Standard deviations beyond which a truncated normal is drawn again."""

PARITY_RANGES = {"gamma": (0.8, 1.2), "moving_variance": (0.5, 1.5)}
"""Ranges of vectors in parity, by role."""

PARITY_RANGE = (-0.1, 0.1)
"""The range of every other vector in parity: beta, bias, moving mean."""


def init_weights(graph: Graph, seed: int) -> dict[str, Float32]:
    """Every weight by its canonical name, as the spec's initialisers draw it.

    A weight depends on the seed, its name, its shape and its initialiser alone: equal in every
    framework, and unchanged when an unrelated branch is added.
    """

    def drawn(weight: Weight, stream: Stream) -> Array:
        return weight.initializer.draw(stream, weight.shape, weight.fans)

    return _draw(graph, seed, drawn)


def init_some(graph: Graph, seed: int, names: Collection[str]) -> dict[str, Float32]:
    """`init_weights` of these names alone, in the graph's order."""
    return {
        name: weight.initializer.draw(Stream(seed, name), weight.shape, weight.fans).astype(
            np.float32
        )
        for name, weight in graph.weights()
        if name in names
    }


def parity_weights(graph: Graph, seed: int) -> dict[str, Float32]:
    """Random weights that let no mistake hide: nothing is all zeros or ones, or makes values grow.

    Kernels are normal with variance 2 / fan-in, which keeps the size of values from layer to layer
    behind ReLU (He et al. 2015, arXiv 1502.01852); gamma 0.8 to 1.2, moving variance 0.5 to 1.5,
    beta, bias and moving mean -0.1 to 0.1. Where additions have made values grow (see `spread`) the
    kernel or the norm that meets them takes that back.
    """
    weights = _draw(graph, seed, _parity_values)
    return weights | dict(_taken_back(graph, weights))


def _taken_back(graph: Graph, weights: Mapping[str, Float32]) -> Iterator[tuple[str, Float32]]:
    """The weights that meet values which have grown; shrinking does no harm."""
    spread = spreads(graph)
    for node in graph.nodes:
        grown = spread[node.inputs[0]]
        if grown <= 1 or not divides(node.op):
            continue
        for weight in node.op.weights(graph.input_shapes(node)):
            name = f"{node.owner}/{weight.role}"
            if weight.role == "moving_variance":
                yield name, (weights[name] * grown).astype(np.float32)
            elif len(weight.shape) > 1:
                yield name, (weights[name] / math.sqrt(grown)).astype(np.float32)


def _parity_values(weight: Weight, stream: Stream) -> Array:
    count = math.prod(weight.shape)
    if len(weight.shape) > 1:
        deviation = math.sqrt(2 / weight.fans.fan_in)
        return (deviation * stream.normal(count)).reshape(weight.shape)
    low, high = PARITY_RANGES.get(weight.role, PARITY_RANGE)
    return (low + (high - low) * stream.uniform(count)).reshape(weight.shape)


def _draw(graph: Graph, seed: int, rule: Callable[[Weight, Stream], Array]) -> dict[str, Float32]:
    return {
        name: rule(weight, Stream(seed, name)).astype(np.float32)
        for name, weight in graph.weights()
    }


class Stream:
    """The random numbers that belong to one seed and name: a `Draws`.

    Philox 4x64-10 (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"), its key the
    first half of the SHA-256 of "SEED NAME". Only its raw 64 bits are used, so that no change of
    numpy's distributions can change a value.
    """

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
        self._bits = np.random.Philox(key=int.from_bytes(digest[:16], "little"))

    def uniform(self, count: int) -> Array:
        """That many numbers, uniform in [0, 1): the upper 53 of 64 bits."""
        raw: NDArray[np.uint64] = self._bits.random_raw(count)
        return (raw >> np.uint64(11)) * np.float64(2.0**-53)

    def normal(self, count: int) -> Array:
        """That many standard normal numbers, by Box and Muller's transform."""
        half = (count + 1) // 2
        radius = np.sqrt(-2 * np.log(1 - self.uniform(half)))  # 1 - u is never 0
        angle = 2 * math.pi * self.uniform(half)
        return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]

    def truncated_normal(self, count: int) -> Array:
        """That many standard normal numbers, those beyond two deviations drawn again."""
        values = self.normal(count)
        beyond = np.flatnonzero(np.abs(values) > TRUNCATION)
        while beyond.size:
            values[beyond] = self.normal(beyond.size)
            beyond = beyond[np.abs(values[beyond]) > TRUNCATION]
        return values
