"""Ops with kernels: convolutions and dense, each with its norm and activation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import Any, ClassVar, Self

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


FILTERS = "Channels of the output, before `width` is applied."
MULTIPLIER = "Outputs of the depthwise kernel for each channel of the input."
WIDTHS = "Width multiplier: filters built = max(floor(filters * multiplier), minimum)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel(Op):
    """What ops with a kernel share: a bias, then norm, then activation."""

    named_by_step = True
    bias: bool | None = option(BOOL, "Whether there is a bias; by default, if no norm.", None)
    norm: BatchNorm | None = option(NORM, "The normalisation behind the weights.", None)
    activation: Function | None = option(ACTIVATION, "The function behind the norm.", None)
    kernel_init: Initializer = option(INITIALIZER, "First values of the kernel.", GLOROT_UNIFORM)
    bias_init: Initializer = option(INITIALIZER, "First values of the bias.", ZEROS)
    weight_decay: float = option(
        DECAY, "Training adds weight_decay / 2 * sum(kernel ** 2) to the loss.", 0.0
    )

    def resolved(self, inputs: tuple[Shape, ...]) -> Self:
        changed = self._changed(inputs)
        return replace(self, **changed) if changed else self

    def _changed(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        """The fields that are otherwise without sugar."""
        return {} if self.bias is not None else {"bias": self.norm is None}

    def parts(self) -> tuple[tuple[str, Op], ...]:
        behind = self._behind()
        return ((self.name, self._bare()), *behind) if behind else (("", self),)

    def _behind(self) -> tuple[tuple[str, Op], ...]:
        """The norm and the activation, where there is one."""
        norm: tuple[tuple[str, Op], ...] = (("norm", self.norm),) if self.norm else ()
        return (*norm, ("activation", self.activation)) if self.activation else norm

    def _bare(self) -> Self:
        return replace(self, norm=None, activation=None)

    def _weights(
        self, role: str, shape: tuple[int, ...], fans: Fans, outputs: int
    ) -> tuple[Weight, ...]:
        kernel = Weight(role, shape, self.kernel_init, fans, decay=self.weight_decay)
        bias = Weight("bias", (outputs,), self.bias_init, fans)
        return (kernel, bias) if self.bias else (kernel,)


def _widened(filters: int, width: Width | None) -> dict[str, Any]:
    """The fields that say how many filters are built, where they are otherwise without sugar."""
    return {"filters": width.applied(filters), "width": None} if width else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(Kernel):
    """Every output from every input of a vector, then norm, then activation."""

    name = "dense"
    filters: int = option(COUNT, FILTERS)
    width: Width | None = option(WIDTH, WIDTHS, None)

    def _changed(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {**Kernel._changed(self, inputs), **_widened(self.filters, self.width)}

    def infer(self, inputs: tuple[Shape, ...]) -> Vector:
        """`filters` channels."""
        vector_of(self, inputs[0])
        return Vector(self.filters)

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """The matrix: `kernel` (channels, filters), `bias` (filters)."""
        shape = (inputs[0].channels, self.filters)
        return self._weights("kernel", shape, Fans(*shape), self.filters)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Input channels x output channels."""
        return inputs[0].channels * self.filters

    def window(self) -> Window | None:
        """The whole input."""
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0] @ weights["kernel"] + weights.get("bias", np.float64(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sliding(Kernel):
    """What convolutions share: a kernel that slides over a padded map."""

    kernel: Pair = option(PAIR, "Height and width of the kernel.")
    stride: Pair = option(PAIR, "Step of the kernel.", Pair(1, 1))
    dilation: Pair = option(PAIR, "Distance between the kernel's taps.", Pair(1, 1))
    padding: Pads | Same = option(PADDING, "Zeros added around the map.", NO_PADS)

    @property
    def extent(self) -> Pair:
        """The dilated kernel's height and width."""
        return extent(self.kernel, self.dilation)

    @property
    def area(self) -> int:
        """The kernel's taps."""
        return self.kernel.height * self.kernel.width

    @property
    def pads(self) -> Pads:
        """The padding of a resolved op."""
        assert not isinstance(self.padding, str), "`same` is resolved when the input is known"
        return self.padding

    def _changed(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        size, changed = map_of(self, inputs[0]), Kernel._changed(self, inputs)
        if isinstance(self.padding, str):
            changed["padding"] = same_pads(size, self.extent, self.stride)
        return changed

    def window(self) -> Window:
        """The pixels under the kernel, whose taps lie `dilation` apart."""
        return Window(self.extent, self.stride, self.pads)

    def _map(self, size: Map, channels: int) -> Map:
        """The output's map."""
        return Map(*slide(size, self.extent, self.stride, self.pads), channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv(Sliding):
    """A 2-D convolution (cross-correlation, as in every framework), then norm, then activation."""

    name = "conv"
    kernel_role: ClassVar[str] = "kernel"
    filters: int = option(COUNT, FILTERS)
    groups: int = option(COUNT, "Groups of channels that don't see each other.", 1)
    width: Width | None = option(WIDTH, WIDTHS, None)

    def _changed(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {**Sliding._changed(self, inputs), **_widened(self.filters, self.width)}

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """`filters` channels; of n pixels (n + padding - extent) // stride + 1 each way."""
        size = map_of(self, inputs[0])
        if size.channels % self.groups or self.filters % self.groups:
            message = (
                f"groups {self.groups} must divide the input's {size.channels} channels"
                f" and the {self.filters} filters"
            )
            common = gcd(size.channels, self.filters)
            hints = (f"both are divisible by {common}" if common > 1 else "only 1 divides both",)
            raise ShapeError("NS402", message, field="groups", hints=hints)
        return self._map(size, self.filters)

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """What slides: `kernel` (height, width, channels / groups, filters), `bias` (filters)."""
        fan_in = inputs[0].channels // self.groups
        fans = Fans(self.area * fan_in, self.area * self.filters)
        shape = (*self.kernel, fan_in, self.filters)
        return self._weights(self.kernel_role, shape, fans, self.filters)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Output elements x taps of the kernel x input channels / groups."""
        return output.elements * self.area * inputs[0].channels // self.groups

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        value = padded(inputs[0], self.pads, 0.0)
        kernel = weights[self.kernel_role]
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
class DepthwiseConv(Sliding):
    """A convolution of each channel by kernels of its own, then norm, then activation.

    The outputs of a channel stand together: channel c gives c * multiplier and those behind it.
    """

    name = "depthwise_conv"
    multiplier: int = option(COUNT, MULTIPLIER, 1)

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """Channels x `multiplier`; of n pixels (n + padding - extent) // stride + 1 each way."""
        size = map_of(self, inputs[0])
        return self._map(size, size.channels * self.multiplier)

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """What each channel is convolved with.

        `depthwise_kernel` (height, width, channels, multiplier), `bias` (channels x multiplier).
        """
        channels = inputs[0].channels
        outputs = channels * self.multiplier
        fans = Fans(self.area, self.area * outputs)
        shape = (*self.kernel, channels, self.multiplier)
        return self._weights("depthwise_kernel", shape, fans, outputs)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Output elements x taps of the kernel."""
        return output.elements * self.area

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        value = padded(inputs[0], self.pads, 0.0)
        kernel = weights["depthwise_kernel"]
        # (batch, height, width, channels, 1) by (channels, multiplier), a tap at a time
        total = sum(
            pixels[..., np.newaxis] * kernel[row, column]
            for row, column, pixels in offsets(value, self.kernel, self.stride, self.dilation)
        )
        assert isinstance(total, np.ndarray)
        return total.reshape(*total.shape[:3], -1) + weights.get("bias", np.float64(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PointwiseConv(Conv):
    """The second half of a separable conv: a 1x1 conv whose kernel has a name of its own."""

    name = "pointwise_conv"
    kernel_role = "pointwise_kernel"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparableConv(Sliding):
    """A depthwise conv, then a 1x1 conv that mixes its channels, then norm, then activation.

    Nothing stands between the two; a bias is the second one's.
    """

    name = "separable_conv"
    filters: int = option(COUNT, FILTERS)
    multiplier: int = option(COUNT, MULTIPLIER, 1)
    width: Width | None = option(WIDTH, WIDTHS, None)

    def _changed(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        return {**Sliding._changed(self, inputs), **_widened(self.filters, self.width)}

    @property
    def depthwise(self) -> DepthwiseConv:
        """The first half."""
        return DepthwiseConv(
            kernel=self.kernel,
            stride=self.stride,
            dilation=self.dilation,
            padding=self.padding,
            multiplier=self.multiplier,
            bias=False,
            kernel_init=self.kernel_init,
            weight_decay=self.weight_decay,
        )

    @property
    def pointwise(self) -> PointwiseConv:
        """The second half."""
        return PointwiseConv(
            kernel=Pair(1, 1),
            filters=self.filters,
            bias=self.bias,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
            weight_decay=self.weight_decay,
        )

    def parts(self) -> tuple[tuple[str, Op], ...]:
        halves: tuple[tuple[str, Op], ...] = (
            ("depthwise", self.depthwise),
            ("pointwise", self.pointwise),
        )
        return (*halves, *self._behind())

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """`filters` channels; of n pixels (n + padding - extent) // stride + 1 each way."""
        return self.pointwise.infer((self.depthwise.infer(inputs),))

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """Those of both halves.

        `depthwise_kernel` (height, width, channels, multiplier), `pointwise_kernel` (1, 1,
        channels x multiplier, filters), `bias` (filters).
        """
        between = self.depthwise.infer(inputs)
        return (*self.depthwise.weights(inputs), *self.pointwise.weights((between,)))

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Those of the depthwise conv and of the 1x1 conv."""
        between = self.depthwise.infer(inputs)
        return self.depthwise.macs(inputs, between) + self.pointwise.macs((between,), output)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        unbiased = {role: value for role, value in weights.items() if role != "bias"}
        return self.pointwise.reference((self.depthwise.reference(inputs, unbiased),), weights)
