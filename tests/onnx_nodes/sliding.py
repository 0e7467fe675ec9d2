"""The rules of operators with a window or a kernel that slides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from netspec.ops.base import Op
from netspec.ops.conv import Conv, DepthwiseConv
from netspec.ops.kinds import Pads, Pair
from netspec.ops.pool import AvgPool, MaxPool
from netspec.targets import Array
from onnx_nodes.reading import Call, Reading, Restore, Unsupported, image, image_back

Rule = Callable[[Call], Reading]


class Sliding(NamedTuple):
    """How a kernel slides, auto_pad resolved."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    pads: Pads


def sliding(call: Call, size: tuple[int, ...], kernel: tuple[int, ...]) -> Sliding:
    """The numbers of a convolution or a pool over data of this height and width, or width alone."""
    found = call.attributes
    axes = len(size)
    strides, dilations = found.get("strides") or [1] * axes, found.get("dilations") or [1] * axes
    starts_and_ends = found.get("pads") or [0] * 2 * axes
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


def _same(size: int, extent: int, stride: int) -> int:
    """Pixels of padding that give ceil(size / stride) outputs."""
    return max((-(-size // stride) - 1) * stride + extent - size, 0)


def _shared(total: int, auto_pad: str) -> tuple[int, int]:
    """The padding before and after: an odd pixel goes to the end of the upper one."""
    less, more = total // 2, total - total // 2
    return (less, more) if auto_pad == "SAME_UPPER" else (more, less)


def conv(call: Call) -> Reading:
    """A conv; a depthwise one where every channel is a group of its own."""
    data, kernel = image(call.data, "our convs"), image(call.floats(1), "our kernels")
    outputs, (_, height, width, inside) = len(kernel), kernel.shape
    space = call.data.shape[2:]
    shape = sliding(call, space, (height, width)[-len(space) :])
    groups = call.attributes["group"]
    bias = {} if call.given(2) is None else {"bias": call.floats(2)}
    given = {
        "kernel": shape.kernel,
        "stride": shape.stride,
        "dilation": shape.dilation,
        "padding": shape.pads,
        "bias": bool(bias),
    }
    back = image_back(call.data.ndim)
    if groups == data.shape[3] > 1 == inside:
        apart = kernel.reshape(groups, -1, height, width).transpose(2, 3, 0, 1)
        depthwise = DepthwiseConv(multiplier=outputs // groups, **given)
        return Reading((depthwise,), (data,), back, {"depthwise_kernel": apart, **bias})
    weights = {"kernel": kernel.transpose(1, 2, 3, 0), **bias}
    return Reading((Conv(filters=outputs, groups=groups, **given),), (data,), back, weights)


def max_pool(call: Call) -> Reading:
    """A max pool, without the places where the greatest values were."""
    if len(call.node.output) > 1:
        raise Unsupported("its second output, the places of the greatest values, is none of ours")
    return Reading((MaxPool(**_pool(call)),), *over_image(call))


def avg_pool(call: Call) -> Reading:
    """An average pool; `count_include_pad` is our divisor."""
    divisor = "window" if call.attributes.get("count_include_pad") else "inside"
    return Reading((AvgPool(**_pool(call), divisor=divisor),), *over_image(call))


def _pool(call: Call) -> dict[str, Any]:
    image(call.data, "our pools")
    kernel = tuple(call.attributes["kernel_shape"])
    shape = sliding(call, call.data.shape[2:], kernel)
    if shape.dilation != (1, 1):
        raise Unsupported("our pools have no dilation")
    rounding = "ceil" if call.attributes.get("ceil_mode") else "floor"
    return {
        "kernel": shape.kernel,
        "stride": shape.stride,
        "padding": shape.pads,
        "rounding": rounding,
    }


def over_image(call: Call) -> tuple[tuple[Array], Restore]:
    """The data of an operator that takes a map, and the way back."""
    return (image(call.data, "our maps"),), image_back(call.data.ndim)


def on_image(op: Op) -> Rule:
    """An operator without attributes that takes a map."""
    return lambda call: Reading((op,), *over_image(call))
