"""Keras's own layers in the place of netspec's, for files that plain Keras opens.

A layer that takes no option for what is meant is put together from others, for maps of a known
size: a border of minus infinity is zeros and an offset, pixels inside a window are a factor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import layers, ops

from netspec.backends.keras.rules import CALLABLES

Sides = tuple[tuple[int, int], tuple[int, int]]
Applied = Callable[[Any], Any]


def infinite_padding(pads: Sides, name: str) -> Applied:
    """`InfinitePadding2D`."""

    def apply(inputs: Any) -> Any:
        border = np.pad(np.zeros(inputs.shape[1:3]), pads, constant_values=-np.inf)
        padded = layers.ZeroPadding2D(pads, name=f"{name}__zeros")(inputs)
        return layers.Rescaling(1.0, border[..., None].tolist(), name=name)(padded)

    return apply


def inside_average_pooling(pool_size: Any, strides: Any, pads: Sides, name: str) -> Applied:
    """`InsideAveragePooling2D`."""

    def apply(inputs: Any) -> Any:
        inside = np.pad(np.ones(inputs.shape[1:3], np.float32), pads)[None, ..., None]
        share = ops.average_pool(inside, pool_size, strides, data_format="channels_last")
        padded = layers.ZeroPadding2D(pads, name=f"{name}__zeros")(inputs)
        pooled = layers.AveragePooling2D(pool_size, strides, name=f"{name}__window")(padded)
        factor = (1 / ops.convert_to_numpy(share)[0]).tolist()
        return layers.Rescaling(factor, name=name)(pooled)

    return apply


PLAIN: Mapping[str, Callable[..., Any]] = {
    **CALLABLES,
    # For inference, which a written model is for, the kept variance makes no difference.
    "UnbiasedBatchNormalization": layers.BatchNormalization,
    "InfinitePadding2D": infinite_padding,
    "InsideAveragePooling2D": inside_average_pooling,
}
