"""The images that a proof is made with."""

from __future__ import annotations

import numpy as np

from netspec.ir.graph import Graph
from netspec.ir.shapes import Map, Shape
from netspec.ops.base import Array
from netspec.weights.initial import Stream

AMPLITUDE = 0.25
"""Of the gradient and of the noise. Moderate, so that a softmax at the end is not saturated."""


def images(graph: Graph, batch: int, seed: int) -> dict[str, Array]:
    """Seeded values for a graph's inputs: a gradient of its own in each image, and noise.

    No image equals its mirror images or its transposed, nor one channel another, so that a swapped
    axis shows even where height and width are equal. Every value is exact in float32, so that all
    precisions start from the same numbers. Axes: (batch, height, width, channels).
    """
    return {
        value.name: _values(value.shape, batch, Stream(seed, value.name)) for value in graph.inputs
    }


def _values(shape: Shape, batch: int, stream: Stream) -> Array:
    dims = (batch, *shape.dims)
    count = batch * shape.elements
    noise = (AMPLITUDE * (2 * stream.uniform(count) - 1)).reshape(dims)
    if isinstance(shape, Map):
        noise += _gradients(shape, batch, stream)
    return noise.astype(np.float32).astype(np.float64)


def _gradients(shape: Map, batch: int, stream: Stream) -> Array:
    """One direction and offset for each image and channel; between -AMPLITUDE and AMPLITUDE."""
    slopes = (2 * stream.uniform(3 * batch * shape.channels) - 1).reshape(3, batch, 1, 1, -1)
    downward, rightward, offset = slopes
    rows = np.linspace(-1, 1, shape.height)[:, None, None]
    columns = np.linspace(-1, 1, shape.width)[:, None]
    gradients: Array = AMPLITUDE / 3 * (downward * rows + rightward * columns + offset)
    return gradients
