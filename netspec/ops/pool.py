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
        most = Pads(
            *(side // 2 for side in (*_twice(self.kernel.height), *_twice(self.kernel.width)))
        )
        if any(pad > limit for pad, limit in zip(self.pads, most, strict=True)):
            message = (
                f"a pool's padding is at most half its kernel:"
                f" {tuple(most)} (top, bottom, left, right), not {tuple(self.pads)}"
            )
            raise ShapeError("NS407", message, field="padding")
        return Map(*slide(size, self.kernel, self.stride, self.pads), size.channels)

    def window(self) -> Window:
        return Window(self.kernel, self.stride, self.pads)


def _twice(value: int) -> tuple[int, int]:
    return value, value


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool(Pool):
    """The greatest value of each window; padding never wins."""

    name = "max_pool"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        value = padded(inputs[0], self.pads, -np.inf)
        return np.max([p for _, _, p in offsets(value, self.kernel, self.stride)], axis=0)


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
        return np.sum([p for _, _, p in offsets(around, self.kernel, self.stride)], axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAvgPool(Op):
    """The mean of the whole map, as a map of 1x1."""

    name = "global_avg_pool"

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        return Map(1, 1, map_of(self, inputs[0]).channels)

    def window(self) -> Window | None:
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0].mean(axis=(1, 2), keepdims=True)
