"""Batch normalisation, as a step of its own or behind the weights of a conv or dense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netspec.ir.shapes import Shape
from netspec.ops.base import Array, Arrays, Op, Weight
from netspec.ops.constructs import option
from netspec.ops.initializers import ONES, ZEROS, Fans
from netspec.ops.kinds import BOOL, choice, number, one_of


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

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        fans = Fans(1, 1)
        gamma = (Weight("gamma", shape, ONES, fans),) if self.scale else ()
        beta = (Weight("beta", shape, ZEROS, fans),) if self.center else ()
        mean = Weight("moving_mean", shape, ZEROS, fans, trainable=False)
        variance = Weight("moving_variance", shape, ONES, fans, trainable=False)
        return (*gamma, *beta, mean, variance)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        deviation = np.sqrt(weights["moving_variance"] + self.epsilon)
        scaled = (inputs[0] - weights["moving_mean"]) / deviation
        return scaled * weights.get("gamma", np.float64(1)) + weights.get("beta", np.float64(0))


NORMS: dict[str, type[Op]] = {BatchNorm.name: BatchNorm}
NORM = one_of(NORMS, "none, batch_norm or {op: batch_norm, …}", optional=True)
