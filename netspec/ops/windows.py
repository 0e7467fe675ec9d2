"""The arithmetic of sliding windows, shared by convolutions and pools."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netspec.ir.shapes import Map
from netspec.ops.base import Array, ShapeError
from netspec.ops.kinds import Pads, Pair


def extent(kernel: Pair, dilation: Pair) -> Pair:
    """Pixels from a dilated kernel's first to its last, both included."""
    height = (kernel.height - 1) * dilation.height + 1
    return Pair(height, (kernel.width - 1) * dilation.width + 1)


def same_pads(size: Map, kernel: Pair, stride: Pair) -> Pads:
    """TensorFlow's SAME: ceil(size / stride) outputs, an odd pixel of padding after the map."""
    top, bottom = _same_axis(size.height, kernel.height, stride.height)
    left, right = _same_axis(size.width, kernel.width, stride.width)
    return Pads(top, bottom, left, right)


def _same_axis(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def slide(size: Map, kernel: Pair, stride: Pair, pads: Pads) -> Pair:
    """The output's height and width; `kernel` is the dilated extent. Raises `ShapeError`."""
    padded = Pair(size.height + pads.height, size.width + pads.width)
    if kernel.height > padded.height or kernel.width > padded.width:
        around = "" if pads == (0, 0, 0, 0) else f" ({padded.height}x{padded.width} with padding)"
        raise ShapeError(
            "NS401",
            f"a kernel of {kernel.height}x{kernel.width} does not fit"
            f" its input of {size.height}x{size.width}{around}",
            field="kernel",
            hints=("make the kernel smaller, use padding: same, or take a larger --input",),
        )
    return Pair(
        (padded.height - kernel.height) // stride.height + 1,
        (padded.width - kernel.width) // stride.width + 1,
    )


def overhang(size: Map, kernel: Pair, stride: Pair, pads: Pads) -> Pair:
    """Rows and columns past the padded map that one more, incomplete window needs.

    As in torch and ONNX a window counts only if it begins within the map or the padding before
    it; where no further window does, the overhang is 0.
    """
    height = _overhang(size.height + pads.top, pads.bottom, kernel.height, stride.height)
    width = _overhang(size.width + pads.left, pads.right, kernel.width, stride.width)
    return Pair(height, width)


def _overhang(before_end: int, after: int, kernel: int, stride: int) -> int:
    whole, rest = divmod(before_end + after - kernel, stride)
    begins_inside = (whole + 1) * stride < before_end
    return stride - rest if rest and begins_inside else 0


def padded(value: Array, pads: Pads, fill: float) -> Array:
    """The map with its border filled. Axes: (batch, height, width, channels)."""
    around = ((0, 0), (pads.top, pads.bottom), (pads.left, pads.right), (0, 0))
    return np.pad(value, around, constant_values=fill)


def offsets(
    value: Array, kernel: Pair, stride: Pair, dilation: Pair = Pair(1, 1)
) -> Iterator[tuple[int, int, Array]]:
    """For each place in the kernel, the padded map's pixels that it meets, one an output pixel."""
    span = extent(kernel, dilation)
    rows = (value.shape[1] - span.height) // stride.height + 1
    columns = (value.shape[2] - span.width) // stride.width + 1
    for row in range(kernel.height):
        top = row * dilation.height
        for column in range(kernel.width):
            left = column * dilation.width
            yield (
                row,
                column,
                value[
                    :,
                    top : top + (rows - 1) * stride.height + 1 : stride.height,
                    left : left + (columns - 1) * stride.width + 1 : stride.width,
                ],
            )
