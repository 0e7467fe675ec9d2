"""One rule an op: the ONNX nodes and initializers that it becomes.

Every attribute that has a meaning is written out; no default of ONNX's fills a field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from onnx import NodeProto, ValueInfoProto, helper

from netspec.backends.onnx import layout
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.tensors import value_info
from netspec.ir.channel_order import order_matters
from netspec.ir.graph import Node
from netspec.ir.shapes import Map, Shape
from netspec.ops.activation import Identity, Relu, Sigmoid, Softmax, Tanh
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense
from netspec.ops.join import Add, Concat
from netspec.ops.kinds import Pads
from netspec.ops.norm import BatchNorm
from netspec.ops.pool import AvgPool, GlobalAvgPool, MaxPool, Pool
from netspec.ops.reshape import Dropout, Flatten, Squeeze

OpT = TypeVar("OpT", bound=Op)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rule is applied.

    `inputs` and `output` are names of tensors; `weights` are the node's own by role, float32, in
    the canonical layout; `kept` are the vectors in (channels, height, width) order.
    """

    node: Node
    shapes: tuple[Shape, ...]
    inputs: tuple[str, ...]
    output: str
    weights: Mapping[str, Array]
    kept: Mapping[str, Map]

    def tensor(self, role: str) -> str:
        """The name of an initializer of this node's."""
        return f"{self.node.owner}/{role}"

    def node_proto(self, op_type: str, *initializers: str, **attributes: Any) -> NodeProto:
        """The node that takes all inputs, then these initializers, and gives the output."""
        inputs = [*self.inputs, *initializers]
        return helper.make_node(op_type, inputs, [self.output], self.node.name, **attributes)


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a rule gives. `between` describes tensors other than the output."""

    nodes: tuple[NodeProto, ...]
    initializers: Mapping[str, Array] = field(default_factory=dict)
    between: tuple[ValueInfoProto, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Stands in the table for a rule: the op has no exact counterpart, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Stands in the table for a rule: at inference the value is the input itself."""


Rule = Callable[[Site], Emitted]


def conv(site: Site) -> Emitted:
    """Conv, its kernel as (out, in / groups, height, width)."""
    op = _op(site, Conv)
    weights = {**site.weights, "kernel": layout.conv_kernel(site.weights["kernel"])}
    initializers = {site.tensor(role): value for role, value in weights.items()}
    node = site.node_proto(
        "Conv",
        *initializers,
        kernel_shape=list(op.kernel),
        strides=list(op.stride),
        dilations=list(op.dilation),
        group=op.groups,
        pads=_pads(op.pads),
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


def max_pool(site: Site) -> Emitted:
    """MaxPool; its padding never wins, in ONNX too."""
    node = site.node_proto("MaxPool", **_window(_op(site, MaxPool)), storage_order=0)
    return Emitted((node,))


def avg_pool(site: Site) -> Emitted:
    """AveragePool; `divisor: window` counts the padding."""
    op = _op(site, AvgPool)
    counted = int(op.divisor == "window")
    return Emitted((site.node_proto("AveragePool", **_window(op), count_include_pad=counted),))


def _window(op: Pool) -> dict[str, Any]:
    return {
        "kernel_shape": list(op.kernel),
        "strides": list(op.stride),
        "dilations": [1, 1],
        "pads": _pads(op.pads),
        "auto_pad": "NOTSET",
        "ceil_mode": 0,
    }


def batch_norm(site: Site) -> Emitted:
    """BatchNormalization by moving statistics; an absent gamma is ones, an absent beta zeros."""
    op = _op(site, BatchNorm)
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


def softmax(site: Site) -> Emitted:
    """Softmax along the channels."""
    return Emitted((site.node_proto("Softmax", axis=layout.CHANNELS),))


def concat(site: Site) -> Emitted:
    """Concat along the channels."""
    return Emitted((site.node_proto("Concat", axis=layout.CHANNELS),))


def add(site: Site) -> Emitted:
    """Add for two inputs, which runtimes fuse; Sum for any other number."""
    return Emitted((site.node_proto("Add" if len(site.inputs) == 2 else "Sum"),))


def flatten(site: Site) -> Emitted:
    """Flatten; behind a Transpose where somebody sees the order of the vector."""
    size = _map(site)
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


def _plain(op_type: str) -> Rule:
    """The rule of an op that has the same meaning in ONNX, and no attributes."""
    return lambda site: Emitted((site.node_proto(op_type),))


def _op(site: Site, kind: type[OpT]) -> OpT:
    """The site's op, its type known."""
    assert isinstance(site.node.op, kind), f"{site.node.name} is no {kind.name}"
    return site.node.op


def _map(site: Site) -> Map:
    (size,) = site.shapes
    assert isinstance(size, Map), f"{site.node.name} takes no map"
    return size


def _pads(pads: Pads) -> list[int]:
    """All starts, then all ends, as ONNX has them."""
    return [pads.top, pads.left, pads.bottom, pads.right]


RULES: Mapping[type[Op], Rule | Alias | Unsupported] = {
    Conv: conv,
    Dense: dense,
    MaxPool: max_pool,
    AvgPool: avg_pool,
    GlobalAvgPool: _plain("GlobalAveragePool"),
    BatchNorm: batch_norm,
    Relu: _plain("Relu"),
    Sigmoid: _plain("Sigmoid"),
    Tanh: _plain("Tanh"),
    Softmax: softmax,
    Concat: concat,
    Add: add,
    Flatten: flatten,
    Squeeze: squeeze,
    Dropout: Alias(),
    Identity: Alias(),
}
