"""Keras's own layers in the place of netspec's, for files that plain Keras opens.

A layer that takes no option for what is meant is put together from others, for maps of a known
size: a border of minus infinity is zeros and an offset, pixels inside a window are a factor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import initializers, layers, ops
from keras.src.ops.numpy import Power  # keras.ops.power as an object, which can have a name

from netspec.backends.keras.rules import CALLABLES

Sides = tuple[tuple[int, int], tuple[int, int]]
Applied = Callable[[Any], Any]


def infinite_padding(pads: Sides, name: str) -> Applied:
    """`InfinitePadding2D`."""
    return constant_padding(pads, -np.inf, name)


def constant_padding(pads: Sides, value: float, name: str) -> Applied:
    """`ConstantPadding2D`."""

    def apply(inputs: Any) -> Any:
        border = np.pad(np.zeros(inputs.shape[1:3]), pads, constant_values=value)
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


def local_response_normalization(
    radius: int, alpha: float, beta: float, bias: float, name: str
) -> Applied:
    """`LocalResponseNormalization`: the sum is a pool over the channels, laid out as a row."""

    def apply(inputs: Any) -> Any:
        height, width, channels = inputs.shape[1:]
        reach = min(radius, channels)
        window = 2 * reach + 1
        squares = layers.Multiply(name=f"{name}__squares")([inputs, inputs])
        rows = layers.Reshape((height * width, channels, 1), name=f"{name}__rows")(squares)
        padded = layers.ZeroPadding2D(((0, 0), (reach, reach)), name=f"{name}__zeros")(rows)
        mean = layers.AveragePooling2D((1, window), 1, name=f"{name}__mean")(padded)
        around = layers.Reshape((height, width, channels), name=f"{name}__around")(mean)
        scale = layers.Rescaling(alpha * window, bias, name=f"{name}__scale")(around)
        return layers.Multiply(name=name)([inputs, Power(name=f"{name}__power")(scale, -beta)])

    return apply


def exact_gelu(name: str) -> Any:
    """`ExactGELU`."""
    return layers.Activation("gelu", name=name)


def tanh_gelu(name: str) -> Applied:
    """`TanhGELU`: 1 + tanh(x) is 2 * sigmoid(2 * x)."""

    def apply(inputs: Any) -> Any:
        steep = 2 * math.sqrt(2 / math.pi)
        square = layers.Multiply(name=f"{name}__square")([inputs, inputs])
        slope = layers.Rescaling(0.044715 * steep, steep, name=f"{name}__slope")(square)
        cubic = layers.Multiply(name=f"{name}__cubic")([inputs, slope])
        gate = layers.Activation("sigmoid", name=f"{name}__gate")(cubic)
        return layers.Multiply(name=name)([inputs, gate])

    return apply


PLAIN: Mapping[str, Callable[..., Any]] = {
    **CALLABLES,
    # For inference, which a written model is for, the kept variance makes no difference.
    "UnbiasedBatchNormalization": layers.BatchNormalization,
    "InfinitePadding2D": infinite_padding,
    "ConstantPadding2D": constant_padding,
    "LocalResponseNormalization": local_response_normalization,
    "Scale": layers.Rescaling,
    "ExactLeakyReLU": layers.LeakyReLU,
    "ExactGELU": exact_gelu,
    "TanhGELU": tanh_gelu,
    # A written model has its weights, so that their first values make no difference.
    "DepthwiseScaling": initializers.VarianceScaling,
    "InsideAveragePooling2D": inside_average_pooling,
}
