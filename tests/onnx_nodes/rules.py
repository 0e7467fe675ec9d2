"""What the operators of ONNX are in our ops: a rule each, which gives a reading or a reason."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf, prod

import numpy as np

from netspec.ir.verify import verify
from netspec.ops.activation import (
    Elu,
    Function,
    Gelu,
    HardSigmoid,
    HardSwish,
    Identity,
    LeakyRelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
)
from netspec.ops.base import Op
from netspec.ops.conv import Dense
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.kinds import Pads
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import GlobalAvgPool, GlobalMaxPool
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze
from netspec.targets import Array
from onnx_nodes.outside import OUTSIDE
from onnx_nodes.reading import (
    Call,
    Reading,
    Unsupported,
    around,
    from_map,
    image,
    pixels,
    reshaped,
)
from onnx_nodes.sliding import Rule, avg_pool, conv, max_pool, on_image, over_image


def batch_norm(call: Call) -> Reading:
    """A batch norm by its moving statistics."""
    if call.attributes.get("training_mode") or len(call.node.output) > 1:
        raise Unsupported("it is in training mode, and gives the new moving statistics too")
    roles = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {role: call.floats(index) for index, role in enumerate(roles, 1)}
    found = call.attributes
    op = BatchNorm(epsilon=found["epsilon"], decay=found["momentum"], variance="biased")
    return Reading((op,), (around(call.data, 1),), reshaped(call.data.shape), weights)


def lrn(call: Call) -> Reading:
    """A local response normalisation over an odd number of channels; ONNX divides its alpha."""
    found = call.attributes
    size = found["size"]
    if size % 2 == 0:
        raise Unsupported(f"{size} channels are no radius on either side")
    op = Lrn(radius=size // 2, alpha=found["alpha"] / size, beta=found["beta"], bias=found["bias"])
    return Reading((op,), *over_image(call))


def function(op: Function | Identity) -> Rule:
    """A function of each value, without attributes."""
    return lambda call: _pointwise(call, op)


def _pointwise(call: Call, op: Op) -> Reading:
    return Reading((op,), (pixels(call.data),), reshaped(call.data.shape))


def leaky_relu(call: Call) -> Reading:
    """A leaky relu, whose alpha is our slope."""
    return _pointwise(call, LeakyRelu(slope=call.attributes["alpha"]))


def elu(call: Call) -> Reading:
    """An elu."""
    return _pointwise(call, Elu(alpha=call.attributes["alpha"]))


def gelu(call: Call) -> Reading:
    """A gelu of either form."""
    forms = {"none": "exact", "tanh": "tanh"}
    return _pointwise(call, Gelu(form=forms[call.attributes["approximate"]]))


def swish(call: Call) -> Reading:
    """A swish whose alpha is 1."""
    if call.attributes["alpha"] != 1:
        raise Unsupported(f"alpha is {call.attributes['alpha']:g}; our silu is without one")
    return _pointwise(call, Silu())


def hard_sigmoid(call: Call) -> Reading:
    """A hard sigmoid of our slope."""
    alpha, beta = call.attributes["alpha"], call.attributes["beta"]
    if not np.allclose([alpha, beta], [1 / 6, 0.5], rtol=1e-7):
        raise Unsupported(f"alpha {alpha:g} and beta {beta:g}; ours are 1/6 and 0.5")
    return _pointwise(call, HardSigmoid())


def clip(call: Call) -> Reading:
    """A relu, a relu6 or nothing, by the bounds."""
    bounds = [call.given(1), call.given(2)]
    limits = (-np.inf, np.inf)
    least, most = (d if b is None else float(b) for b, d in zip(bounds, limits, strict=True))
    if (least, most) == (0, 6):
        return _pointwise(call, Relu6())
    if least == 0 and isinf(most):
        return _pointwise(call, Relu())
    if isinf(least) and isinf(most):
        return _pointwise(call, Identity())
    raise Unsupported(f"it clips to [{least:g}, {most:g}]; ours are relu and relu6")


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
    if (mode := call.attributes["mode"]) != "constant":
        raise Unsupported(f"its mode is {mode}; our pad is by a constant")
    axes = call.data.ndim
    numbers = call.attributes["pads"] if call.opset < 11 else call.given(1).tolist()
    value = call.attributes["value"] if call.opset < 11 else call.given(2)
    named = range(axes) if call.given(3) is None else [a % axes for a in call.given(3).tolist()]
    sides = dict.fromkeys(range(axes), (0, 0))
    half = len(numbers) // 2
    sides |= {a: (numbers[i], numbers[half + i]) for i, a in enumerate(named)}
    if axes != 4 or sides[0] != (0, 0) or sides[1] != (0, 0):
        raise Unsupported("it pads the batch or the channels")
    if min(numbers) < 0:
        raise Unsupported("its padding is negative, which crops")
    op = Pad(padding=Pads(*sides[2], *sides[3]), value=0.0 if value is None else float(value))
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
    if len(call.node.output) > 1:
        raise Unsupported("its second output, the mask, is none of ours")
    if call.given(2) is not None and call.given(2).item():
        raise Unsupported("it is in training mode, with the runtime's own random numbers")
    ratio = call.attributes.get("ratio", 0.5) if call.given(1) is None else call.given(1)
    return _pointwise(call, Dropout(keep=1 - float(ratio)))


def gemm(call: Call) -> Reading:
    """A dense: alpha becomes part of its kernel, beta of its bias."""
    found = call.attributes
    if found["transA"]:
        raise Unsupported("its data are transposed")
    kernel = call.floats(1).T if found["transB"] else call.floats(1)
    weights = {"kernel": kernel * np.float32(found["alpha"])}
    if call.given(2) is not None:
        bias = call.floats(2)
        if bias.size > 1 and bias.size != bias.shape[-1]:
            raise Unsupported("its bias differs from row to row")
        row = np.broadcast_to(bias.reshape(-1), kernel.shape[1:])
        weights["bias"] = row * np.float32(found["beta"])
    op = Dense(filters=kernel.shape[1], bias="bias" in weights)
    return Reading((op,), (call.data,), lambda value: value, weights)


def matmul(call: Call) -> Reading:
    """A dense without a bias."""
    data, kernel = call.data, call.floats(1)
    if (data.ndim, kernel.ndim) != (2, 2):
        raise Unsupported(f"it multiplies {data.ndim}-D by {kernel.ndim}-D; a dense 2-D by 2-D")
    op = Dense(filters=kernel.shape[1], bias=False)
    return Reading((op,), (data,), lambda value: value, {"kernel": kernel})


RULES: Mapping[str, Rule] = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": avg_pool,
    "GlobalMaxPool": on_image(GlobalMaxPool()),
    "GlobalAveragePool": on_image(GlobalAvgPool()),
    "BatchNormalization": batch_norm,
    "LRN": lrn,
    "Relu": function(Relu()),
    "LeakyRelu": leaky_relu,
    "Elu": elu,
    "Sigmoid": function(Sigmoid()),
    "Tanh": function(Tanh()),
    "Gelu": gelu,
    "Swish": swish,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": function(HardSwish()),
    "Clip": clip,
    "Softmax": softmax,
    "Concat": concat,
    "Add": join(Add()),
    "Sum": join(Add()),
    "Mul": mul,
    "Pad": pad,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Identity": function(Identity()),
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
