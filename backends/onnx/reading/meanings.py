"""What the attributes and constants of other operators say in our fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isinf
from typing import Any

import numpy as np

from netspec.backends.onnx.reading.sliding import Attributes, Weights
from netspec.backends.onnx.reading.values import Array, Unsupported
from netspec.ops.activation import (
    Elu,
    Function,
    Gelu,
    HardSigmoid,
    HardSwish,
    Identity,
    LeakyRelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Tanh,
)
from netspec.ops.conv import Dense
from netspec.ops.kinds import Pads
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.reshape import Dropout, Pad


def leaky_relu(found: Attributes) -> LeakyRelu:
    """A leaky relu, whose alpha is our slope."""
    return LeakyRelu(slope=found["alpha"])


def elu(found: Attributes) -> Elu:
    """An elu."""
    return Elu(alpha=found["alpha"])


def gelu(found: Attributes) -> Gelu:
    """A gelu of either form."""
    forms = {"none": "exact", "tanh": "tanh"}
    if found["approximate"] not in forms:
        raise Unsupported("its form is none of ONNX's")
    return Gelu(form=forms[found["approximate"]])


def swish(found: Attributes) -> Silu:
    """A swish whose alpha is 1."""
    if found["alpha"] != 1:
        raise Unsupported(f"alpha is {found['alpha']:g}; our silu is without one")
    return Silu()


def hard_sigmoid(found: Attributes) -> HardSigmoid:
    """A hard sigmoid of our slope."""
    alpha, beta = found["alpha"], found["beta"]
    if not np.allclose([alpha, beta], [1 / 6, 0.5], rtol=1e-7):
        raise Unsupported(f"alpha {alpha:g} and beta {beta:g}; ours are 1/6 and 0.5")
    return HardSigmoid()


FUNCTIONS: Mapping[str, Callable[[Attributes], Function | Identity]] = {
    "Relu": lambda _: Relu(),
    "LeakyRelu": leaky_relu,
    "Elu": elu,
    "Sigmoid": lambda _: Sigmoid(),
    "Tanh": lambda _: Tanh(),
    "Gelu": gelu,
    "Swish": swish,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": lambda _: HardSwish(),
    "Identity": lambda _: Identity(),
}
"""Functions of each value, by operator."""


def clip(least: float, most: float) -> Function | Identity:
    """A relu, a relu6 or nothing, by the bounds."""
    if (least, most) == (0, 6):
        return Relu6()
    if least == 0 and isinf(most):
        return Relu()
    if isinf(least) and isinf(most):
        return Identity()
    raise Unsupported(f"it clips to [{least:g}, {most:g}]; ours are relu and relu6")


def batch_norm(found: Attributes, outputs: int) -> BatchNorm:
    """A batch norm by its moving statistics."""
    if found.get("training_mode") or outputs > 1:
        raise Unsupported("it is in training mode, and gives the new moving statistics too")
    return BatchNorm(epsilon=found["epsilon"], decay=found["momentum"], variance="biased")


NORM_ROLES = ("gamma", "beta", "moving_mean", "moving_variance")
"""The weights of a batch norm, in the order of its inputs behind the data."""


def lrn(found: Attributes) -> Lrn:
    """A local response normalisation over an odd number of channels; ONNX divides its alpha."""
    size = found["size"]
    if size % 2 == 0:
        raise Unsupported(f"{size} channels are no radius on either side")
    return Lrn(
        radius=size // 2, alpha=found["alpha"] / size, beta=found["beta"], bias=found["bias"]
    )


def dropout(outputs: int, ratio: float, training: bool) -> Dropout:
    """A dropout at inference."""
    if outputs > 1:
        raise Unsupported("its second output, the mask, is none of ours")
    if training:
        raise Unsupported("it is in training mode, with the runtime's own random numbers")
    return Dropout(keep=1 - ratio)


def pad(mode: str, numbers: Sequence[int], axes: Sequence[str], value: float) -> Pad:
    """A pad of height and width by a constant.

    `axes` are the data's, named n, c, h and w; `numbers` all their starts, then all their ends.
    """
    if mode != "constant":
        raise Unsupported(f"its mode is {mode}; our pad is by a constant")
    half = len(axes)
    if len(numbers) != 2 * half:
        raise Unsupported(f"it has {len(numbers)} numbers for {half} axes")
    sides = {axis: (numbers[i], numbers[half + i]) for i, axis in enumerate(axes)}
    apart = {axis for axis, pads in sides.items() if pads != (0, 0)}
    if apart - {"h", "w"}:
        raise Unsupported("it pads the batch or the channels")
    if numbers and min(numbers) < 0:
        raise Unsupported("its padding is negative, which crops")
    return Pad(padding=Pads(*sides.get("h", (0, 0)), *sides.get("w", (0, 0))), value=value)


def gemm(found: Attributes, kernel: Array, bias: Array | None) -> tuple[Dense, Weights]:
    """A dense: alpha becomes part of its kernel, beta of its bias."""
    if found["transA"]:
        raise Unsupported("its data are transposed")
    if kernel.ndim != 2:
        raise Unsupported(f"its kernel has {kernel.ndim} axes")
    kernel = kernel.T if found["transB"] else kernel
    weights: dict[str, Array] = {"kernel": scaled(kernel, found["alpha"])}
    if bias is not None:
        if bias.size > 1 and bias.size != bias.shape[-1]:
            raise Unsupported("its bias differs from row to row")
        if bias.size not in (1, kernel.shape[1]):
            raise Unsupported(f"it has {bias.size} biases for {kernel.shape[1]} outputs")
        row = np.broadcast_to(bias.reshape(-1), kernel.shape[1:])
        weights["bias"] = scaled(row, found["beta"])
    return Dense(filters=kernel.shape[1], bias="bias" in weights), weights


def scaled(value: Array, factor: float) -> Array:
    """The array times a number; itself, to the bit, where that is 1."""
    return value if factor == 1 else value * np.float32(factor)


def matmul(kernel: Array) -> tuple[Dense, dict[str, Any]]:
    """A dense without a bias."""
    if kernel.ndim != 2:
        raise Unsupported(f"it multiplies 2-D by {kernel.ndim}-D; a dense 2-D by 2-D")
    return Dense(filters=kernel.shape[1], bias=False), {"kernel": kernel}
