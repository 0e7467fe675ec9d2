"""Orders of axes, canonical and ONNX's: the only place that transposes.

Canonical values are (batch, height, width, channels), ONNX's (batch, channels, height, width);
vectors are (batch, channels) in both. Kernels of a dense have one layout in both, (in, out).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ir.shapes import Map, Shape
from netspec.ops.kinds import Pads

Array = NDArray[Any]
Dim = int | str

BATCH = "batch"
CHANNELS = 1
HEIGHT_AND_WIDTH = (2, 3)
CHANNELS_LAST = (0, 2, 3, 1)
"""The permutation that a Transpose node needs to give a map the canonical order."""
CHANNELS_FIRST = (0, 3, 1, 2)


def dims(shape: Shape) -> tuple[Dim, ...]:
    """The dimensions of a tensor, the symbolic batch first."""
    if isinstance(shape, Map):
        return (BATCH, shape.channels, shape.height, shape.width)
    return (BATCH, shape.channels)


def canonical_dims(shape: Shape) -> tuple[Dim, ...]:
    """The dimensions of a value that a Transpose node brought into the canonical order."""
    return (BATCH, *shape.dims)


def feed(value: Array) -> Array:
    """A canonical value as ONNX takes it."""
    return np.ascontiguousarray(value.transpose(CHANNELS_FIRST) if value.ndim == 4 else value)


def fetched(value: Array) -> Array:
    """A value of ONNX's as the canonical one."""
    return np.ascontiguousarray(value.transpose(CHANNELS_LAST) if value.ndim == 4 else value)


def conv_kernel(kernel: Array) -> Array:
    """(height, width, in / groups, out) to (out, in / groups, height, width)."""
    return np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))


def depthwise_kernel(kernel: Array) -> Array:
    """(height, width, in, multiplier) to (in * multiplier, 1, height, width)."""
    height, width = kernel.shape[:2]
    apart = kernel.transpose(2, 3, 0, 1)
    return np.ascontiguousarray(apart).reshape(-1, 1, height, width)


def pads(sides: Pads) -> list[int]:
    """All starts, then all ends, of height and width."""
    return [sides.top, sides.left, sides.bottom, sides.right]


def pads_of_all_axes(sides: Pads) -> list[int]:
    """All starts, then all ends, of a map's four axes."""
    return [0, 0, sides.top, sides.left, 0, 0, sides.bottom, sides.right]


def dense_kernel(kernel: Array, flattened: Map | None) -> Array:
    """(in, out), its rows channels-first where its input is a `flattened` map in that order."""
    if flattened is None:
        return np.ascontiguousarray(kernel)
    apart = kernel.reshape(*flattened.dims, -1)
    return np.ascontiguousarray(apart.transpose(2, 0, 1, 3)).reshape(kernel.shape)
