"""Normalisation: of batches, as a step of its own or behind a kernel, and of local responses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from netspec.ir.shapes import Map, Shape
from netspec.ops.base import Array, Arrays, Op, Weight, map_of
from netspec.ops.constructs import option
from netspec.ops.initializers import INITIALIZER, ONES, ZEROS, Fans, Initializer
from netspec.ops.kinds import BOOL, COUNT, choice, number, one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNorm(Op):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, over all axes but the channels.

    In training the batch's own mean and (biased) variance are used, and the moving ones become
    decay * moving + (1 - decay) * batch. `variance` says which variance is kept: the unbiased one,
    n / (n - 1) times the other (torch; TF-slim's fused kernel), or the biased one (Keras, ONNX).
    Source: Ioffe and Szegedy 2015, arXiv 1502.03167.
    """

    name = "batch_norm"
    decay: float = option(
        number("a number from 0 to 1", minimum=0, maximum=1),
        "Share of the old moving mean and variance that a training step keeps.",
        0.99,
    )
    epsilon: float = option(
        number("a number above 0", exclusiveMinimum=0), "Added to the variance.", 0.001
    )
    scale: bool = option(BOOL, "Whether there is a gamma.", True)
    center: bool = option(BOOL, "Whether there is a beta.", True)
    variance: str = option(
        choice("unbiased", "biased"), "Which batch variance the moving variance keeps.", "unbiased"
    )
    gamma_init: Initializer = option(INITIALIZER, "First values of gamma.", ONES)

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """Numbers of each channel.

        `gamma` (channels), `beta` (channels), `moving_mean` (channels), `moving_variance`
        (channels).
        """
        shape = (inputs[0].channels,)
        fans = Fans(1, 1)
        gamma = (Weight("gamma", shape, self.gamma_init, fans),) if self.scale else ()
        beta = (Weight("beta", shape, ZEROS, fans),) if self.center else ()
        mean = Weight("moving_mean", shape, ZEROS, fans, trainable=False)
        variance = Weight("moving_variance", shape, ONES, fans, trainable=False)
        return (*gamma, *beta, mean, variance)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        deviation = np.sqrt(weights["moving_variance"] + self.epsilon)
        scaled = (inputs[0] - weights["moving_mean"]) / deviation
        return scaled * weights.get("gamma", np.float64(1)) + weights.get("beta", np.float64(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lrn(Op):
    """Local response normalisation: x / (bias + alpha * sum of x ** 2) ** beta.

    The sum is over the channels at the same pixel up to `radius` away on either side, this one
    included. As in the paper and in TensorFlow, alpha multiplies the sum; torch, Caffe and ONNX
    divide their alpha by the window's 2 * radius + 1 channels first. Frameworks' defaults differ,
    so that no field has one. Source: Krizhevsky, Sutskever and Hinton 2012, section 3.3.
    """

    name = "lrn"
    radius: int = option(
        COUNT,
        "Channels on either side that count; size = 2 * radius + 1 in torch and ONNX.",
    )
    alpha: float = option(
        number("a number of at least 0", minimum=0),
        "Multiplies the sum: torch's and ONNX's alpha / size.",
    )
    beta: float = option(
        number("a number of at least 0", minimum=0), "The exponent: 0.75 in AlexNet."
    )
    bias: float = option(
        number("a number above 0", exclusiveMinimum=0), "Added before the power; the paper's k."
    )

    def resolved(self, inputs: tuple[Shape, ...]) -> Self:
        """Channels past the map's are none, so that a radius beyond them costs nothing."""
        furthest = max(1, map_of(self, inputs[0]).channels - 1)
        return replace(self, radius=min(self.radius, furthest))

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """The shape of its input, which is a map."""
        return map_of(self, inputs[0])

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        scaled: Array = inputs[0] / self.divisor(inputs[0]) ** self.beta
        return scaled

    def divisor(self, value: Array) -> Array:
        """What each number is divided by, before the power."""
        channels = value.shape[3]
        around = np.pad(value**2, ((0, 0), (0, 0), (0, 0), (self.radius, self.radius)))
        total = np.zeros_like(value)
        for first in range(2 * self.radius + 1):
            total += around[..., first : first + channels]
        summed: Array = self.bias + self.alpha * total
        return summed


NORMS: dict[str, type[Op]] = {BatchNorm.name: BatchNorm}
NORM = one_of(NORMS, "none, batch_norm or {op: batch_norm, …}", optional=True)
