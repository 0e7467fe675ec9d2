"""Ops with kernels: convolution and dense, each with its norm and activation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import gcd
from typing import Self

import numpy as np

from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.activation import ACTIVATION, Function
from netspec.ops.base import Array, Arrays, Op, ShapeError, Weight, Window, map_of, vector_of
from netspec.ops.constructs import option
from netspec.ops.initializers import GLOROT_UNIFORM, INITIALIZER, ZEROS, Fans, Initializer
from netspec.ops.kinds import (
    BOOL,
    COUNT,
    NO_PADS,
    PADDING,
    PAIR,
    WIDTH,
    Pads,
    Pair,
    Same,
    Width,
    number,
)
from netspec.ops.norm import NORM, BatchNorm
from netspec.ops.windows import extent, offsets, padded, same_pads, slide

DECAY = number("a number of at least 0", minimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel(Op):
    """What conv and dense share: filters, bias, then norm, then activation."""

    filters: int = option(COUNT, "Channels of the output, before `width` is applied.")
    bias: bool | None = option(BOOL, "Whether there is a bias; by default, if no norm.", None)
    norm: BatchNorm | None = option(NORM, "The normalisation behind the weights.", None)
    activation: Function | None = option(ACTIVATION, "The function behind the norm.", None)
    kernel_init: Initializer = option(INITIALIZER, "First values of the kernel.", GLOROT_UNIFORM)
    bias_init: Initializer = option(INITIALIZER, "First values of the bias.", ZEROS)
    weight_decay: float = option(
        DECAY, "Training adds weight_decay / 2 * sum(kernel ** 2) to the loss.", 0.0
    )
    width: Width | None = option(
        WIDTH, "Width multiplier: filters built = max(floor(filters * multiplier), minimum).", None
    )

    def resolved(self, inputs: tuple[Shape, ...]) -> Self:
        if self.width is None and self.bias is not None:
            return self
        filters = self.width.applied(self.filters) if self.width else self.filters
        bias = self.norm is None if self.bias is None else self.bias
        return replace(self, filters=filters, bias=bias, width=None)

    def parts(self) -> tuple[tuple[str, Op], ...]:
        followers: Iterator[tuple[str, Op | None]] = iter(
            (("norm", self.norm), ("activation", self.activation))
        )
        behind = tuple((part, op) for part, op in followers if op is not None)
        if not behind:
            return (("", self),)
        return ((self.name, replace(self, norm=None, activation=None)), *behind)

    def _weights(self, shape: tuple[int, ...], fans: Fans) -> tuple[Weight, ...]:
        kernel = Weight("kernel", shape, self.kernel_init, fans, decay=self.weight_decay)
        bias = Weight("bias", (self.filters,), self.bias_init, fans)
        return (kernel, bias) if self.bias else (kernel,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv(Kernel):
    """A 2-D convolution (cross-correlation, as in every framework), then norm, then activation."""

    name = "conv"
    kernel: Pair = option(PAIR, "Height and width of the kernel.")
    stride: Pair = option(PAIR, "Step of the kernel.", Pair(1, 1))
    dilation: Pair = option(PAIR, "Distance between the kernel's taps.", Pair(1, 1))
    groups: int = option(COUNT, "Groups of channels that don't see each other.", 1)
    padding: Pads | Same = option(PADDING, "Zeros added around the map.", NO_PADS)

    @property
    def extent(self) -> Pair:
        """The dilated kernel's height and width."""
        return extent(self.kernel, self.dilation)

    @property
    def pads(self) -> Pads:
        """The padding of a resolved op."""
        assert not isinstance(self.padding, str), "`same` is resolved when the input is known"
        return self.padding

    def resolved(self, inputs: tuple[Shape, ...]) -> Self:
        size = map_of(self, inputs[0])
        plain = Kernel.resolved(self, inputs)
        if not isinstance(self.padding, str):
            return plain
        return replace(plain, padding=same_pads(size, self.extent, self.stride))

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        size = map_of(self, inputs[0])
        if size.channels % self.groups or self.filters % self.groups:
            message = (
                f"groups {self.groups} must divide the input's {size.channels} channels"
                f" and the {self.filters} filters"
            )
            hints = (f"both are divisible by {gcd(size.channels, self.filters)}",)
            raise ShapeError("NS402", message, field="groups", hints=hints)
        return Map(*slide(size, self.extent, self.stride, self.pads), self.filters)

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        fan_in = inputs[0].channels // self.groups
        area = self.kernel.height * self.kernel.width
        fans = Fans(area * fan_in, area * self.filters)
        return self._weights((*self.kernel, fan_in, self.filters), fans)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        area = self.kernel.height * self.kernel.width
        return output.elements * area * inputs[0].channels // self.groups

    def window(self) -> Window:
        return Window(self.extent, self.stride, self.pads)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        value = padded(inputs[0], self.pads, 0.0)
        kernel = weights["kernel"]
        outputs = [
            sum(
                pixels @ taps[row, column]
                for row, column, pixels in offsets(part, self.kernel, self.stride, self.dilation)
            )
            for part, taps in zip(
                np.split(value, self.groups, axis=3),
                np.split(kernel, self.groups, axis=3),
                strict=True,
            )
        ]
        return np.concatenate(outputs, axis=3) + weights.get("bias", np.float64(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(Kernel):
    """Every output from every input of a vector, then norm, then activation."""

    name = "dense"

    def infer(self, inputs: tuple[Shape, ...]) -> Vector:
        vector_of(self, inputs[0])
        return Vector(self.filters)

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels, self.filters)
        return self._weights(shape, Fans(*shape))

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return inputs[0].channels * self.filters

    def window(self) -> Window | None:
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0] @ weights["kernel"] + weights.get("bias", np.float64(0))
