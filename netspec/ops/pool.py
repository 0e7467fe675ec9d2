"""Pools: the greatest or the mean of each window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np

from netspec.ir.shapes import Map, Shape
from netspec.ops.base import Array, Arrays, Op, ShapeError, Window, map_of
from netspec.ops.constructs import option
from netspec.ops.kinds import NO_PADS, PADDING, PAIR, Pads, Pair, Same, choice
from netspec.ops.windows import offsets, overhang, padded, same_pads, slide

ROUNDING = choice("floor", "ceil")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool(Op):
    """What pools share: a window that slides over the map, the channels kept.

    With `rounding: ceil` one more window counts where it begins within the map or the padding
    before it, as in torch and ONNX (from opset 22 on); what it hangs over holds nothing.
    """

    kernel: Pair = option(PAIR, "Height and width of the window.")
    stride: Pair = option(PAIR, "Step of the window.", Pair(1, 1))
    padding: Pads | Same = option(PADDING, "Pixels added around the map.", NO_PADS)
    rounding: str = option(
        ROUNDING, "floor leaves out a last window that hangs over the end; ceil keeps it.", "floor"
    )

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

    def covered(self, size: Map) -> Pads:
        """The pads, and with them what a last window hangs over the end where that counts."""
        if self.rounding == "floor":
            return self.pads
        over = overhang(size, self.kernel, self.stride, self.pads)
        top, bottom, left, right = self.pads
        return Pads(top, bottom + over.height, left, right + over.width)

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """Channels kept; of n pixels (n + padding - kernel) / stride, rounded, + 1 each way."""
        size = map_of(self, inputs[0])
        height, width = self.kernel.height // 2, self.kernel.width // 2
        limits = Pads(height, height, width, width)
        for side, pad, most in zip(Pads._fields, self.pads, limits, strict=True):
            if pad > most:
                message = f"padding of {pad} at the {side}; half of the kernel, {most}, is most"
                raise ShapeError("NS407", message, field="padding")
        slide(size, self.kernel, self.stride, self.pads)  # the kernel fits without an overhang
        return Map(*slide(size, self.kernel, self.stride, self.covered(size)), size.channels)

    def window(self) -> Window:
        """The pixels under the kernel."""
        return Window(self.kernel, self.stride, self.pads)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool(Pool):
    """The greatest value of each window; padding never wins."""

    name = "max_pool"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        value = padded(inputs[0], self.covered(_size(inputs[0])), -np.inf)
        windows = [p for _, _, p in offsets(value, self.kernel, self.stride)]
        greatest: Array = np.max(windows, axis=0)
        return greatest


@dataclass(frozen=True, slots=True, kw_only=True)
class AvgPool(Pool):
    """The mean of each window."""

    name = "avg_pool"
    divisor: str = option(
        choice("inside", "window"),
        "What the sum is divided by: the window's pixels inside the map, or those and the padding."
        " What hangs over the end with rounding: ceil never counts.",
        "inside",
    )

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        pads, covered = self.pads, self.covered(_size(inputs[0]))
        over = Pads(0, covered.bottom - pads.bottom, 0, covered.right - pads.right)
        inside = padded(np.ones_like(inputs[0]), pads, float(self.divisor == "window"))
        return self._sums(padded(inputs[0], covered, 0.0)) / self._sums(padded(inside, over, 0.0))

    def _sums(self, value: Array) -> Array:
        windows = [p for _, _, p in offsets(value, self.kernel, self.stride)]
        total: Array = np.sum(windows, axis=0)
        return total


def _size(value: Array) -> Map:
    return Map(*value.shape[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalPool(Op):
    """What pools over the whole map share: a map of 1x1."""

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """1x1, channels kept."""
        return Map(1, 1, map_of(self, inputs[0]).channels)

    def window(self) -> Window | None:
        """The whole input."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAvgPool(GlobalPool):
    """The mean of the whole map, as a map of 1x1."""

    name = "global_avg_pool"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        mean: Array = inputs[0].mean(axis=(1, 2), keepdims=True)
        return mean


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalMaxPool(GlobalPool):
    """The greatest value of the whole map, as a map of 1x1."""

    name = "global_max_pool"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        greatest: Array = inputs[0].max(axis=(1, 2), keepdims=True)
        return greatest


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveAvgPool(Op):
    """The mean of each cell of a grid laid over the map, whatever the map's size.

    Of H rows the i-th of n cells takes those from floor(i * H / n) up to ceil((i + 1) * H / n), so
    that cells may share a row; columns likewise. Source: torch.nn.AdaptiveAvgPool2d.
    """

    name = "adaptive_avg_pool"
    size: Pair = option(PAIR, "Height and width of the output.")

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """`size`, channels kept."""
        return Map(*self.size, map_of(self, inputs[0]).channels)

    def window(self) -> Window | None:
        """The whole input."""
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        (value,) = inputs
        rows = cells(value.shape[1], self.size.height)
        columns = cells(value.shape[2], self.size.width)
        return np.stack(
            [
                np.stack([value[:, top:end, left:right].mean((1, 2)) for left, right in columns], 1)
                for top, end in rows
            ],
            1,
        )


def cells(length: int, count: int) -> list[tuple[int, int]]:
    """The pixels of each cell of an adaptive pool along one axis: the first, and the end."""
    return [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]


class EvenWindow(NamedTuple):
    """Cells along one axis that are the windows of an ordinary pool."""

    kernel: int
    stride: int


def even_window(length: int, count: int) -> EvenWindow | None:
    """The window that gives the cells of an adaptive pool along one axis, if one does."""
    found = cells(length, count)
    sizes = {end - start for start, end in found}
    strides = {after - before for (before, _), (after, _) in pairwise(found)} or {1}
    if len(sizes) > 1 or len(strides) > 1 or 0 in strides:
        return None
    return EvenWindow(*sizes, *strides)
