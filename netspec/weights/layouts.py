"""How frameworks lay out a kernel: a closed set of layouts, each exact in both directions.

A kernel is seen as (height, width, in, out), a depthwise one as (height, width, in, multiplier), a
dense one behind a flatten as the conv over the whole map that it is, any other dense one as a 1x1
conv. A layout orders these four axes anew and merges some of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Size = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """An order of the four axes, and groups of them in that order that become one axis each."""

    name: str
    axes: tuple[int, ...]
    merged: tuple[tuple[int, ...], ...]

    def shape(self, full: Size) -> Size:
        """The shape in this layout of a kernel of that (height, width, in, out)."""
        return tuple(math.prod(full[axis] for axis in group) for group in self.merged)

    def stored(self, kernel: Array, full: Size) -> Array:
        """The kernel in this layout; a copy, in the order of its axes."""
        turned = kernel.reshape(full).transpose(self.axes)
        return np.ascontiguousarray(turned).reshape(self.shape(full))

    def restored(self, stored: Array, full: Size) -> Array:
        """The kernel as (height, width, in, out), from this layout: the inverse of `stored`."""
        turned = stored.reshape([full[axis] for axis in self.axes])
        return np.ascontiguousarray(turned.transpose(np.argsort(self.axes)))

    @property
    def moves(self) -> bool:
        """Whether numbers change their order, rather than only the shape changing."""
        return self.axes != (0, 1, 2, 3)


HWIO = Layout("HWIO", (0, 1, 2, 3), ((0,), (1,), (2,), (3,)))
IO = Layout("IO", (0, 1, 2, 3), ((0, 1, 2), (3,)))
"""(in, out), rows in the order (height, width, channels)."""
OIHW = Layout("OIHW", (3, 2, 0, 1), ((3,), (2,), (0,), (1,)))
OI = Layout("OI", (3, 2, 0, 1), ((3,), (2, 0, 1)))
"""(out, in), columns in the order (channels, height, width)."""
O1HW = Layout("O1HW", (2, 3, 0, 1), ((2, 3), (), (0,), (1,)))
"""Depthwise: (in x multiplier, 1, height, width)."""

CONV, DENSE, DEPTHWISE = "conv", "dense", "depthwise"
KINDS = (CONV, DENSE, DEPTHWISE)
"""Kinds of kernels that frameworks lay out each in a way of its own."""

CHANNELS_LAST: Mapping[str, Layout] = {CONV: HWIO, DENSE: IO, DEPTHWISE: HWIO}
"""TensorFlow's, Keras's and netspec's own."""
CHANNELS_FIRST: Mapping[str, Layout] = {CONV: OIHW, DENSE: OI, DEPTHWISE: O1HW}
"""PyTorch's."""
