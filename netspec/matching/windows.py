"""Windows in their canonical form: what two ways to write one window down have in common."""

from __future__ import annotations

from dataclasses import replace

from netspec.ir.shapes import Map
from netspec.ops.activation import Identity
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense, DepthwiseConv
from netspec.ops.kinds import NO_PADS, Pads, Pair
from netspec.ops.pool import (
    AdaptiveAvgPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Pool,
    even_window,
)
from netspec.ops.windows import slide


def conv_form(op: Conv, size: Map, pads: Pads) -> Op:
    """A conv with the padding that counts; a dense where its one window is the whole map."""
    used = reached(size, op.extent, op.stride, pads)
    whole = op.kernel == (size.height, size.width) and used == NO_PADS and op.extent == op.kernel
    if whole and op.groups == 1:
        return Dense(filters=op.filters, bias=False)
    return Conv(
        filters=op.filters,
        kernel=op.kernel,
        stride=_stride(size, op.extent, op.stride, pads),
        dilation=Pair(*(d if k > 1 else 1 for d, k in zip(op.dilation, op.kernel, strict=True))),
        padding=used,
        groups=op.groups,
        bias=False,
    )


def depthwise_as_conv(op: DepthwiseConv, channels: int) -> Conv:
    """The conv in as many groups as there are channels that a depthwise one is."""
    return Conv(
        filters=channels * op.multiplier,
        kernel=op.kernel,
        stride=op.stride,
        dilation=op.dilation,
        padding=op.padding,
        groups=channels,
        bias=False,
    )


def max_pool_form(op: MaxPool, size: Map) -> Op:
    """A max pool rounded down: what a window hangs over is padding, which never wins."""
    used = reached(size, op.kernel, op.stride, op.covered(size))
    if _is_whole(op, size, used):
        return _unless_pixel(GlobalMaxPool(), size)
    return _identity_or(replace(op, padding=used, rounding="floor"), size)


def avg_pool_form(op: AvgPool, size: Map) -> Op:
    """An average pool; which divisor it has is told only where a window meets the padding."""
    covered = op.covered(size)
    used = reached(size, op.kernel, op.stride, covered)
    if _is_whole(op, size, used):
        return _unless_pixel(GlobalAvgPool(), size)
    inside = op.divisor == "inside" or reached(size, op.kernel, op.stride, op.pads) == NO_PADS
    if inside:
        return _identity_or(replace(op, padding=used, rounding="floor", divisor="inside"), size)
    if covered == op.pads:
        return replace(op, padding=used, rounding="floor")
    return op


def adaptive_form(op: AdaptiveAvgPool, size: Map) -> Op:
    """An adaptive pool; an ordinary one where its cells are windows of one size."""
    down = even_window(size.height, op.size.height)
    across = even_window(size.width, op.size.width)
    if down is None or across is None:
        return op
    kernel, stride = Pair(down.kernel, across.kernel), Pair(down.stride, across.stride)
    return avg_pool_form(AvgPool(kernel=kernel, stride=stride), size)


def _unless_pixel(op: Op, size: Map) -> Op:
    """A pool of the whole map; nothing where that is one pixel."""
    return Identity() if (size.height, size.width) == (1, 1) else op


def _is_whole(op: Pool, size: Map, used: Pads) -> bool:
    return op.kernel == (size.height, size.width) and used == NO_PADS


def _identity_or(op: Pool, size: Map) -> Op:
    if op.kernel == (1, 1) and op.stride == (1, 1) and op.pads == NO_PADS:
        return Identity()
    return replace(op, stride=_stride(size, op.kernel, op.stride, op.pads))


def reached(size: Map, extent: Pair, stride: Pair, pads: Pads) -> Pads:
    """The padding that windows meet: behind the map, only as far as the last one goes."""
    count = slide(size, extent, stride, pads)
    bottom = (count.height - 1) * stride.height + extent.height - size.height - pads.top
    right = (count.width - 1) * stride.width + extent.width - size.width - pads.left
    return Pads(pads.top, max(bottom, 0), pads.left, max(right, 0))


def _stride(size: Map, extent: Pair, stride: Pair, pads: Pads) -> Pair:
    """The stride, 1 along an axis that has one window."""
    count = slide(size, extent, stride, pads)
    return Pair(*(s if n > 1 else 1 for s, n in zip(stride, count, strict=True)))
