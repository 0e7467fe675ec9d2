"""What the attributes of convolutions and pools say in our fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from netspec.backends.onnx.reading.values import Array, Unsupported
from netspec.ops.conv import Conv, DepthwiseConv
from netspec.ops.kinds import Pads, Pair
from netspec.ops.pool import AvgPool, MaxPool

Attributes = Mapping[str, Any]


class Sliding(NamedTuple):
    """How a kernel slides, auto_pad resolved."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    pads: Pads


def sliding(found: Attributes, size: Sequence[int], kernel: Sequence[int]) -> Sliding:
    """The numbers of a convolution or a pool over data of this height and width, or width alone."""
    axes = len(size)
    strides, dilations = found.get("strides") or [1] * axes, found.get("dilations") or [1] * axes
    starts_and_ends = found.get("pads") or [0] * 2 * axes
    for numbers, count in ((kernel, axes), (strides, axes), (dilations, axes)):
        _require_count(numbers, count, 1)
    _require_count(starts_and_ends, 2 * axes, 0)
    pads = list(zip(starts_and_ends[:axes], starts_and_ends[axes:], strict=True))
    if found["auto_pad"] in {"SAME_UPPER", "SAME_LOWER"}:
        extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
        totals = map(_same, size, extents, strides)
        pads = [_shared(total, found["auto_pad"]) for total in totals]
    elif found["auto_pad"] == "VALID":
        pads = [(0, 0)] * axes
    row = [1] * (2 - axes)
    (top, bottom), (left, right) = [(0, 0)] * (2 - axes) + pads
    return Sliding(
        Pair(*row, *kernel),
        Pair(*row, *strides),
        Pair(*row, *dilations),
        Pads(top, bottom, left, right),
    )


def _require_count(numbers: Sequence[int], count: int, least: int) -> None:
    if len(numbers) != count or min(numbers) < least:
        raise Unsupported(
            f"it has {list(numbers)} where {count} numbers of at least {least} belong"
        )


def _same(size: int, extent: int, stride: int) -> int:
    """Pixels of padding that give ceil(size / stride) outputs."""
    return max((-(-size // stride) - 1) * stride + extent - size, 0)


def _shared(total: int, auto_pad: str) -> tuple[int, int]:
    """The padding before and after: an odd pixel goes to the end of the upper one."""
    less, more = total // 2, total - total // 2
    return (less, more) if auto_pad == "SAME_UPPER" else (more, less)


Weights = Mapping[str, Array]
"""A node's own weights by role, in the canonical layout."""


def conv(
    found: Attributes, size: Sequence[int], channels: int, kernel: Array, bias: Array | None
) -> tuple[Conv | DepthwiseConv, Weights]:
    """A conv over that many channels, a depthwise one where every channel is a group of its own.

    `kernel` has the axes (height, width, in / groups, out) already, `size` the data's, of space.
    """
    height, width, inside, outputs = kernel.shape
    shape = sliding(found, size, (height, width)[-len(size) :])
    groups = found["group"]
    if groups < 1 or inside * groups != channels:
        raise Unsupported(f"its kernel takes {inside} channels in {groups} groups, not {channels}")
    given: dict[str, Any] = {
        "kernel": shape.kernel,
        "stride": shape.stride,
        "dilation": shape.dilation,
        "padding": shape.pads,
        "bias": bias is not None,
    }
    own = {} if bias is None else {"bias": bias}
    if groups == channels > 1 == inside and outputs % groups == 0:
        apart = kernel.reshape(height, width, groups, -1)
        depthwise = DepthwiseConv(multiplier=outputs // groups, **given)
        return depthwise, {"depthwise_kernel": apart, **own}
    return Conv(filters=outputs, groups=groups, **given), {"kernel": kernel, **own}


def max_pool(found: Attributes, size: Sequence[int]) -> MaxPool:
    """A max pool."""
    return MaxPool(**_pool(found, size))


def avg_pool(found: Attributes, size: Sequence[int]) -> AvgPool:
    """An average pool; `count_include_pad` is our divisor."""
    divisor = "window" if found.get("count_include_pad") else "inside"
    return AvgPool(**_pool(found, size), divisor=divisor)


def _pool(found: Attributes, size: Sequence[int]) -> dict[str, Any]:
    shape = sliding(found, size, found["kernel_shape"])
    if shape.dilation != (1, 1):
        raise Unsupported("our pools have no dilation")
    return {
        "kernel": shape.kernel,
        "stride": shape.stride,
        "padding": shape.pads,
        "rounding": "ceil" if found.get("ceil_mode") else "floor",
    }
