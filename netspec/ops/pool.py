"""Pools: the greatest or the mean of each window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from netspec.ir.shapes import Map, Shape
from netspec.ops.base import Array, Arrays, Op, ShapeError, Window, map_of
from netspec.ops.constructs import option
from netspec.ops.kinds import NO_PADS, PADDING, PAIR, Pads, Pair, Same, choice
from netspec.ops.windows import offsets, padded, same_pads, slide


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool(Op):
    """What pools share: a window that slides over the map, the channels kept."""

    kernel: Pair = option(PAIR, "Height and width of the window.")
    stride: Pair = option(PAIR, "Step of the window.", Pair(1, 1))
    padding: Pads | Same = option(PADDING, "Pixels added around the map.", NO_PADS)

    @property
    def pads(self) -> Pads:
        """The padding of a resolved op."""
        assert not isinstance(self.padding, str), "`same` is resolved when the input is known"
        return self.padding

    def resolved(self, inputs: tuple[Shape, ...]) -> Self:
        size = map_of(self, inputs[0])
        if not isinstance(self.padding, str):
            return self
        return replace(self, padding=same_pads(size, self.kernel, self.stride))

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        size = map_of(self, inputs[0])
        height, width = self.kernel.height // 2, self.kernel.width // 2
        limits = Pads(height, height, width, width)
        for side, pad, most in zip(Pads._fields, self.pads, limits, strict=True):
            if pad > most:
                message = f"padding of {pad} at the {side}; half of the kernel, {most}, is most"
                raise ShapeError("NS407", message, field="padding")
        return Map(*slide(size, self.kernel, self.stride, self.pads), size.channels)

    def window(self) -> Window:
        return Window(self.kernel, self.stride, self.pads)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool(Pool):
    """The greatest value of each window; padding never wins."""

    name = "max_pool"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        value = padded(inputs[0], self.pads, -np.inf)
        windows = [p for _, _, p in offsets(value, self.kernel, self.stride)]
        greatest: Array = np.max(windows, axis=0)
        return greatest


@dataclass(frozen=True, slots=True, kw_only=True)
class AvgPool(Pool):
    """The mean of each window."""

    name = "avg_pool"
    divisor: str = option(
        choice("inside", "window"),
        "What the sum is divided by: the pixels inside the map, or the whole window.",
        "inside",
    )

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        total = self._sums(inputs[0])
        if self.divisor == "window":
            return total / (self.kernel.height * self.kernel.width)
        return total / self._sums(np.ones_like(inputs[0]))

    def _sums(self, value: Array) -> Array:
        around = padded(value, self.pads, 0.0)
        windows = [p for _, _, p in offsets(around, self.kernel, self.stride)]
        total: Array = np.sum(windows, axis=0)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAvgPool(Op):
    """The mean of the whole map, as a map of 1x1."""

    name = "global_avg_pool"

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        return Map(1, 1, map_of(self, inputs[0]).channels)

    def window(self) -> Window | None:
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        mean: Array = inputs[0].mean(axis=(1, 2), keepdims=True)
        return mean
