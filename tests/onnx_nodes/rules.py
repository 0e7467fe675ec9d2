"""What the operators of ONNX are in our ops: a rule each, which gives a reading or a reason."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from netspec.backends.onnx.reading import meanings
from netspec.backends.onnx.reading.values import Unsupported
from netspec.ir.verify import verify
from netspec.ops.activation import (
    Softmax,
)
from netspec.ops.base import Op
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.pool import GlobalAvgPool, GlobalMaxPool
from netspec.ops.reshape import Flatten, Scale, Squeeze
from netspec.targets import Array
from onnx_nodes.outside import OUTSIDE
from onnx_nodes.reading import (
    Call,
    Reading,
    around,
    from_map,
    image,
    pixels,
    reshaped,
)
from onnx_nodes.sliding import Rule, avg_pool, conv, max_pool, on_image, over_image


def batch_norm(call: Call) -> Reading:
    """A batch norm by its moving statistics."""
    op = meanings.batch_norm(call.attributes, len(call.node.output))
    weights = {role: call.floats(index) for index, role in enumerate(meanings.NORM_ROLES, 1)}
    return Reading((op,), (around(call.data, 1),), reshaped(call.data.shape), weights)


def lrn(call: Call) -> Reading:
    """A local response normalisation over an odd number of channels; ONNX divides its alpha."""
    return Reading((meanings.lrn(call.attributes),), *over_image(call))


def function(call: Call) -> Reading:
    """A function of each value."""
    return _pointwise(call, meanings.FUNCTIONS[call.node.op_type](call.attributes))


def _pointwise(call: Call, op: Op) -> Reading:
    return Reading((op,), (pixels(call.data),), reshaped(call.data.shape))


def clip(call: Call) -> Reading:
    """A relu, a relu6 or nothing, by the bounds."""
    bounds = [call.given(1), call.given(2)]
    limits = (-np.inf, np.inf)
    least, most = (d if b is None else float(b) for b, d in zip(bounds, limits, strict=True))
    return _pointwise(call, meanings.clip(least, most))


def softmax(call: Call) -> Reading:
    """A softmax over one axis; before opset 13 over all from it on, as if they were one."""
    data = call.data
    axis = call.attributes["axis"] % data.ndim
    if call.opset < 13:
        rows = data.reshape(prod(data.shape[:axis]), -1)
        return Reading((Softmax(),), (rows,), reshaped(data.shape))
    return Reading((Softmax(),), (around(data, axis),), reshaped(data.shape))


def concat(call: Call) -> Reading:
    """A concat along any one axis."""
    parts = [call.floats(index) for index in range(len(call.inputs))]
    axis = call.attributes["axis"] % parts[0].ndim
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    data = tuple(around(part, axis) for part in parts)
    return Reading((Concat(),), data, reshaped(tuple(shape)))


def mul(call: Call) -> Reading:
    """A join value by value, or a scale by one number."""
    if call.floats(1).ndim == 0:
        return _pointwise(call, Scale(factor=float(call.floats(1))))
    return _joined(call, Multiply())


def join(op: Op) -> Rule:
    """A join of data of one shape, value by value."""
    return lambda call: _joined(call, op)


def _joined(call: Call, op: Op) -> Reading:
    parts = [call.floats(index) for index in range(len(call.inputs))]
    if len({part.shape for part in parts}) > 1:
        shapes = " and ".join(str(list(part.shape)) for part in parts)
        raise Unsupported(f"it broadcasts {shapes}; our joins broadcast nothing")
    return Reading((op,), tuple(map(pixels, parts)), reshaped(parts[0].shape))


def pad(call: Call) -> Reading:
    """A pad of height and width by a constant; its numbers are inputs, from opset 11 on."""
    axes = np.ndim(call.given(0))
    numbers = call.attributes["pads"] if call.opset < 11 else call.given(1).tolist()
    value = call.attributes["value"] if call.opset < 11 else call.given(2)
    named = range(axes) if call.given(3) is None else [a % axes for a in call.given(3).tolist()]
    names = ["nchw"[axis] if axes == 4 else f"axis {axis}" for axis in named]
    filled = 0.0 if value is None else float(value)
    op = meanings.pad(call.attributes["mode"], numbers, names, filled)
    return Reading((op,), *over_image(call))


def flatten(call: Call) -> Reading:
    """A flatten behind the batch; ours orders (height, width, channels), ONNX's channels first."""
    axis = call.attributes["axis"] % call.data.ndim
    if (call.data.ndim, axis) != (4, 1):
        raise Unsupported(f"it flattens from axis {axis} on; ours from axis 1 of four")
    (data,), _ = over_image(call)
    _, height, width, channels = data.shape

    def restore(value: Array) -> Array:
        return from_map(value.reshape(-1, height, width, channels)).reshape(len(value), -1)

    return Reading((Flatten(),), (data,), restore)


def squeeze(call: Call) -> Reading:
    """A squeeze of height and width, and of nothing else."""
    axes = call.given(1).tolist()
    if call.data.ndim != 4 or sorted(axis % 4 for axis in axes) != [2, 3]:
        raise Unsupported(f"it squeezes axes {axes}; ours height and width together")
    return Reading((Squeeze(),), (image(call.data, "our maps"),), lambda value: value)


def dropout(call: Call) -> Reading:
    """A dropout at inference."""
    ratio = call.attributes.get("ratio", 0.5) if call.given(1) is None else call.given(1)
    training = call.given(2) is not None and bool(call.given(2).item())
    return _pointwise(call, meanings.dropout(len(call.node.output), float(ratio), training))


def gemm(call: Call) -> Reading:
    """A dense: alpha becomes part of its kernel, beta of its bias."""
    bias = None if call.given(2) is None else call.floats(2)
    op, weights = meanings.gemm(call.attributes, call.floats(1), bias)
    return Reading((op,), (call.data,), lambda value: value, weights)


def matmul(call: Call) -> Reading:
    """A dense without a bias."""
    data, kernel = call.data, call.floats(1)
    if (data.ndim, kernel.ndim) != (2, 2):
        raise Unsupported(f"it multiplies {data.ndim}-D by {kernel.ndim}-D; a dense 2-D by 2-D")
    op, weights = meanings.matmul(kernel)
    return Reading((op,), (data,), lambda value: value, weights)


RULES: Mapping[str, Rule] = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": avg_pool,
    "GlobalMaxPool": on_image(GlobalMaxPool()),
    "GlobalAveragePool": on_image(GlobalAvgPool()),
    "BatchNormalization": batch_norm,
    "LRN": lrn,
    "Relu": function,
    "LeakyRelu": function,
    "Elu": function,
    "Sigmoid": function,
    "Tanh": function,
    "Gelu": function,
    "Swish": function,
    "HardSigmoid": function,
    "HardSwish": function,
    "Clip": clip,
    "Softmax": softmax,
    "Concat": concat,
    "Add": join(Add()),
    "Sum": join(Add()),
    "Mul": mul,
    "Pad": pad,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Identity": function,
    "Dropout": dropout,
    "Gemm": gemm,
    "MatMul": matmul,
}


def read(call: Call) -> Reading:
    """The node in our ops; raises `Unsupported` with the reason why it can't be."""
    rule = RULES.get(call.node.op_type)
    if rule is None:
        raise Unsupported(OUTSIDE[call.node.op_type])
    reading = rule(call)
    verify(reading.graph)
    return reading
