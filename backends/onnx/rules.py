"""One rule an op: the ONNX nodes and initializers that it becomes.

Every attribute that has a meaning is written out; no default of ONNX's fills a field.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from onnx import helper

from netspec.backends.onnx import layout
from netspec.backends.onnx.functions import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    relu6,
    silu,
    softmax,
)
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.pooling import adaptive_avg_pool, avg_pool, max_pool
from netspec.backends.onnx.site import Alias, Emitted, Rule, Site, Unsupported, plain
from netspec.backends.onnx.tensors import value_info
from netspec.ir.channel_order import order_matters
from netspec.ops.activation import (
    Elu,
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
from netspec.ops.conv import Conv, Dense, DepthwiseConv, PointwiseConv, Sliding
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze


def conv(site: Site) -> Emitted:
    """Conv, its kernel as (out, in / groups, height, width)."""
    op = site.op(Conv)
    kernel = layout.conv_kernel(site.weights[op.kernel_role])
    return _sliding(site, op, {**site.weights, op.kernel_role: kernel}, op.groups)


def depthwise_conv(site: Site) -> Emitted:
    """Conv in as many groups as there are channels."""
    role = "depthwise_kernel"
    weights = {**site.weights, role: layout.depthwise_kernel(site.weights[role])}
    return _sliding(site, site.op(DepthwiseConv), weights, site.shapes[0].channels)


def _sliding(site: Site, op: Sliding, weights: Mapping[str, Array], groups: int) -> Emitted:
    initializers = {site.tensor(role): value for role, value in weights.items()}
    node = site.node_proto(
        "Conv",
        *initializers,
        kernel_shape=list(op.kernel),
        strides=list(op.stride),
        dilations=list(op.dilation),
        group=groups,
        pads=layout.pads(op.pads),
        auto_pad="NOTSET",
    )
    return Emitted((node,), initializers)


def dense(site: Site) -> Emitted:
    """Gemm, the kernel's rows in the order of the input."""
    flattened = site.kept.get(site.node.inputs[0])
    kernel = layout.dense_kernel(site.weights["kernel"], flattened)
    initializers = {
        site.tensor(role): value for role, value in {**site.weights, "kernel": kernel}.items()
    }
    node = site.node_proto("Gemm", *initializers, alpha=1.0, beta=1.0, transA=0, transB=0)
    return Emitted((node,), initializers)


def batch_norm(site: Site) -> Emitted:
    """BatchNormalization by moving statistics; an absent gamma is ones, an absent beta zeros."""
    op = site.op(BatchNorm)
    channels = site.shapes[0].channels
    absent = {"gamma": np.ones(channels, np.float32), "beta": np.zeros(channels, np.float32)}
    values = {**absent, **site.weights}
    roles = ("gamma", "beta", "moving_mean", "moving_variance")
    initializers = {site.tensor(role): values[role] for role in roles}
    node = site.node_proto(
        "BatchNormalization",
        *initializers,
        epsilon=op.epsilon,
        momentum=op.decay,
        training_mode=0,
    )
    return Emitted((node,), initializers)


def lrn(site: Site) -> Emitted:
    """LRN, which divides its alpha by the window's channels.

    onnxruntime refuses an alpha or beta of 0, where every value is divided by the same number.
    """
    op = site.op(Lrn)
    if op.alpha == 0 or op.beta == 0:
        divisor = {site.tensor("divisor"): np.array(op.bias**op.beta, np.float32)}
        return Emitted((site.node_proto("Div", *divisor),), divisor)
    size = 2 * op.radius + 1
    node = site.node_proto("LRN", size=size, alpha=op.alpha * size, beta=op.beta, bias=op.bias)
    return Emitted((node,))


def concat(site: Site) -> Emitted:
    """Concat along the channels."""
    return Emitted((site.node_proto("Concat", axis=layout.CHANNELS),))


def add(site: Site) -> Emitted:
    """Add for two inputs, which runtimes fuse; Sum for any other number."""
    return Emitted((site.node_proto("Add" if len(site.inputs) == 2 else "Sum"),))


def multiply(site: Site) -> Emitted:
    """Mul for two inputs and, as it takes no more, a chain of them from the left.

    The product of the first three is called `.3`, which no step can be.
    """
    first, *others = site.inputs
    if not others:
        return Emitted((site.node_proto("Identity"),))
    partial = [f"{site.node.name}/.{count}" for count in range(2, len(others) + 1)]
    products = [*partial, site.output]
    names = [*partial, site.node.name]
    factors = zip((first, *partial), others, strict=True)
    nodes = [
        helper.make_node("Mul", pair, [product], name)
        for pair, product, name in zip(factors, products, names, strict=True)
    ]
    dims = layout.dims(site.node.output)
    return Emitted(tuple(nodes), between=tuple(value_info(name, dims) for name in partial))


def scale(site: Site) -> Emitted:
    """Mul by a scalar."""
    factor = {site.tensor("factor"): np.array(site.op(Scale).factor, np.float32)}
    return Emitted((site.node_proto("Mul", *factor),), factor)


def pad(site: Site) -> Emitted:
    """Pad by a constant; its pads are for every axis, the batch's and the channels' 0."""
    op = site.op(Pad)
    values: dict[str, Array] = {
        site.tensor("pads"): np.array(layout.pads_of_all_axes(op.padding), np.int64),
        site.tensor("value"): np.array(op.value, np.float32),
    }
    return Emitted((site.node_proto("Pad", *values, mode="constant"),), values)


def flatten(site: Site) -> Emitted:
    """Flatten; behind a Transpose where somebody sees the order of the vector."""
    size = site.map
    axis = layout.CHANNELS
    if site.node.name in site.kept or not order_matters(size):
        return Emitted((site.node_proto("Flatten", axis=axis),))
    turned = site.tensor("transposed")
    nodes = (
        helper.make_node(
            "Transpose", list(site.inputs), [turned], turned, perm=list(layout.CHANNELS_LAST)
        ),
        helper.make_node("Flatten", [turned], [site.output], site.node.name, axis=axis),
    )
    between = value_info(turned, layout.canonical_dims(size))
    return Emitted(nodes, between=(between,))


def squeeze(site: Site) -> Emitted:
    """Squeeze of height and width."""
    axes = {site.tensor("axes"): np.array(layout.HEIGHT_AND_WIDTH, np.int64)}
    return Emitted((site.node_proto("Squeeze", *axes),), axes)


RULES: Mapping[type[Op], Rule | Alias | Unsupported] = {
    Conv: conv,
    DepthwiseConv: depthwise_conv,
    PointwiseConv: conv,
    Dense: dense,
    MaxPool: max_pool,
    AvgPool: avg_pool,
    GlobalMaxPool: plain("GlobalMaxPool"),
    GlobalAvgPool: plain("GlobalAveragePool"),
    AdaptiveAvgPool: adaptive_avg_pool,
    BatchNorm: batch_norm,
    Lrn: lrn,
    Relu: plain("Relu"),
    Relu6: relu6,
    LeakyRelu: leaky_relu,
    Elu: elu,
    Sigmoid: plain("Sigmoid"),
    Tanh: plain("Tanh"),
    Gelu: gelu,
    Silu: silu,
    HardSigmoid: hard_sigmoid,
    HardSwish: plain("HardSwish"),
    Softmax: softmax,
    Concat: concat,
    Add: add,
    Multiply: multiply,
    Scale: scale,
    Pad: pad,
    Flatten: flatten,
    Squeeze: squeeze,
    Dropout: Alias(),
    Identity: Alias(),
}
