"""The rules of operators with a window or a kernel that slides."""

from __future__ import annotations

from collections.abc import Callable

from netspec.backends.onnx.reading import sliding
from netspec.backends.onnx.reading.values import Unsupported
from netspec.ops.base import Op
from netspec.ops.pool import Pool
from netspec.targets import Array
from onnx_nodes.reading import Call, Reading, Restore, image, image_back

Rule = Callable[[Call], Reading]


def conv(call: Call) -> Reading:
    """A conv; a depthwise one where every channel is a group of its own."""
    data, kernel = image(call.data, "our convs"), image(call.floats(1), "our kernels")
    bias = None if call.given(2) is None else call.floats(2)
    op, weights = sliding.conv(
        call.attributes, call.data.shape[2:], data.shape[3], kernel.transpose(1, 2, 3, 0), bias
    )
    return Reading((op,), (data,), image_back(call.data.ndim), weights)


def max_pool(call: Call) -> Reading:
    """A max pool, without the places where the greatest values were."""
    if len(call.node.output) > 1:
        raise Unsupported("its second output, the places of the greatest values, is none of ours")
    return _pool(call, sliding.max_pool)


def avg_pool(call: Call) -> Reading:
    """An average pool; `count_include_pad` is our divisor."""
    return _pool(call, sliding.avg_pool)


def _pool(call: Call, rule: Callable[..., Pool]) -> Reading:
    image(call.data, "our pools")
    return Reading((rule(call.attributes, call.data.shape[2:]),), *over_image(call))


def over_image(call: Call) -> tuple[tuple[Array], Restore]:
    """The data of an operator that takes a map, and the way back."""
    return (image(call.data, "our maps"),), image_back(call.data.ndim)


def on_image(op: Op) -> Rule:
    """An operator without attributes that takes a map."""
    return lambda call: Reading((op,), *over_image(call))
