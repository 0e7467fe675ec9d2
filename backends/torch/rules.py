"""One rule per op: the torch layer that computes it, as an expression for both products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import torch
import torch.nn.functional as F
from torch import nn

from netspec.backends.torch import support
from netspec.emission.expressions import (
    Apply,
    Attribute,
    Call,
    Expr,
    Infix,
    Input,
    Items,
    Layer,
    Literal,
    Text,
    call,
    complement,
)
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map, Vector
from netspec.ops.activation import Identity, Relu, Sigmoid, Softmax, Tanh
from netspec.ops.base import Op, Weight
from netspec.ops.conv import Conv, Dense
from netspec.ops.initializers import (
    Constant,
    Initializer,
    Normal,
    TruncatedNormal,
    VarianceScaling,
)
from netspec.ops.join import Add, Concat
from netspec.ops.kinds import Pads, Pair
from netspec.ops.norm import BatchNorm
from netspec.ops.pool import AvgPool, GlobalAvgPool, MaxPool
from netspec.ops.reshape import Dropout, Flatten, Squeeze

CALLABLES: Mapping[str, Callable[..., object]] = {
    "nn.Conv2d": nn.Conv2d,
    "nn.Linear": nn.Linear,
    "nn.BatchNorm2d": nn.BatchNorm2d,
    "nn.BatchNorm1d": nn.BatchNorm1d,
    "nn.MaxPool2d": nn.MaxPool2d,
    "nn.AvgPool2d": nn.AvgPool2d,
    "nn.AdaptiveAvgPool2d": nn.AdaptiveAvgPool2d,
    "nn.Dropout": nn.Dropout,
    "nn.Flatten": nn.Flatten,
    "nn.Identity": nn.Identity,
    "nn.ReLU": nn.ReLU,
    "nn.Sigmoid": nn.Sigmoid,
    "nn.Tanh": nn.Tanh,
    "nn.Softmax": nn.Softmax,
    "nn.init.constant_": nn.init.constant_,
    "nn.init.zeros_": nn.init.zeros_,
    "nn.init.normal_": nn.init.normal_,
    "nn.init.xavier_uniform_": nn.init.xavier_uniform_,
    "nn.init.xavier_normal_": nn.init.xavier_normal_,
    "nn.init.kaiming_uniform_": nn.init.kaiming_uniform_,
    "nn.init.kaiming_normal_": nn.init.kaiming_normal_,
    "F.pad": F.pad,
    "F.relu": F.relu,
    "F.softmax": F.softmax,
    "torch.cat": torch.cat,
    "torch.sigmoid": torch.sigmoid,
    "torch.tanh": torch.tanh,
    "float": float,
    "truncated_normal_": support.truncated_normal_,
    "variance_scaling_": support.variance_scaling_,
    "BiasedBatchNorm2d": support.BiasedBatchNorm2d,
    "BiasedBatchNorm1d": support.BiasedBatchNorm1d,
    "InsideAvgPool2d": support.InsideAvgPool2d,
    "FlattenHWC": support.FlattenHWC,
}
"""Every name that a rule may call: a closed table."""

CALL = Apply(Layer(), (Input(),))
"""The layer, called with the one input."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a rule gives. `value` speaks of the layer; `inline` needs none.

    `setup` shapes the layer and always runs, for the reason in `note`; `inits` set first values of
    weights.
    """

    layer: Expr | None = None
    value: Expr = CALL
    inline: Expr | None = None
    setup: tuple[Expr, ...] = ()
    inits: tuple[Expr, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What a rule may look at beside its node."""

    graph: Graph
    flattened: Mapping[str, Map]


Rule = Callable[[Node, View], Emitted]


def emit(node: Node, view: View) -> Emitted:
    """The node's layer, by the rule of its op."""
    return RULES[type(node.op)](node, view)


def is_function_part(node: Node) -> bool:
    """Whether a node is the activation of a conv or dense, which is written as a function."""
    return node.part == "activation"


# initialisers


def _constant(init: Constant, weight: Expr) -> Expr:
    if init.value == 0.0:
        return call("nn.init.zeros_", weight)
    return call("nn.init.constant_", weight, Literal(init.value, "value"))


def _normal(init: Normal, weight: Expr) -> Expr:
    return call("nn.init.normal_", weight, mean=(Literal(init.mean), 0.0), std=Literal(init.stddev))


def _truncated_normal(init: TruncatedNormal, weight: Expr) -> Expr:
    stddev, mean = Literal(init.stddev), Literal(init.mean)
    return call("truncated_normal_", weight, stddev=stddev, mean=(mean, 0.0))


def _variance_scaling(init: VarianceScaling, weight: Expr) -> Expr:
    known = NAMED.get((init.scale, init.mode == "fan_avg", init.distribution))
    if known == "xavier":
        return call(f"nn.init.xavier_{init.distribution}_", weight)
    if known == "kaiming":
        return call(f"nn.init.kaiming_{init.distribution}_", weight, mode=Literal(init.mode))
    return call(
        "variance_scaling_",
        weight,
        scale=Literal(init.scale),
        mode=Literal(init.mode),
        distribution=Literal(init.distribution),
    )


NAMED: Mapping[tuple[float, bool, str], str] = {
    (1.0, True, "uniform"): "xavier",
    (1.0, True, "normal"): "xavier",
    (2.0, False, "uniform"): "kaiming",
    (2.0, False, "normal"): "kaiming",
}
"""What torch calls a variance scaling, by its scale, whether both fans count, its distribution."""

INITIALIZERS: Mapping[type[Initializer], Callable[..., Expr]] = {
    Constant: _constant,
    Normal: _normal,
    TruncatedNormal: _truncated_normal,
    VarianceScaling: _variance_scaling,
}


def _inits(weights: tuple[Weight, ...]) -> tuple[Expr, ...]:
    """Statements that set the kernel's and the bias's first values."""
    attributes = {"kernel": "weight", "bias": "bias"}
    return tuple(
        INITIALIZERS[type(w.initializer)](w.initializer, Attribute(Layer(), attributes[w.role]))
        for w in weights
    )


# ops


def _size(pair: Pair, hint: str = "") -> Literal:
    """A pair as torch's users write it: one number where both are equal."""
    return Literal(pair.height if pair.height == pair.width else tuple(pair), hint)


def _padding(pads: Pads) -> Literal:
    return _size(Pair(pads.top, pads.left)) if pads.symmetric else Literal(0)


def _padded(pads: Pads, **fill: Expr) -> Expr:
    """The layer's call, on an input padded before it where the sides are uneven."""
    if pads.symmetric:
        return CALL
    sides = Literal((pads.left, pads.right, pads.top, pads.bottom), "pads")
    return Apply(Layer(), (call("F.pad", Input(), sides, **fill),))


def conv(node: Node, view: View) -> Emitted:
    op = node.op
    assert isinstance(op, Conv)
    (shape,) = view.graph.input_shapes(node)
    layer = call(
        "nn.Conv2d",
        Literal(shape.channels, "in_channels"),
        Literal(op.filters, "out_channels"),
        kernel_size=_size(op.kernel),
        stride=(_size(op.stride), 1),
        padding=(_padding(op.pads), 0),
        dilation=(_size(op.dilation), 1),
        groups=(Literal(op.groups), 1),
        bias=(Literal(bool(op.bias)), True),
    )
    return Emitted(layer, _padded(op.pads), inits=_inits(op.weights((shape,))))


def dense(node: Node, view: View) -> Emitted:
    op = node.op
    assert isinstance(op, Dense)
    (shape,) = view.graph.input_shapes(node)
    layer = call(
        "nn.Linear",
        Literal(shape.channels, "in_features"),
        Literal(op.filters, "out_features"),
        bias=(Literal(bool(op.bias)), True),
    )
    return Emitted(layer, inits=_inits(op.weights((shape,))))


def batch_norm(node: Node, view: View) -> Emitted:
    op = node.op
    assert isinstance(op, BatchNorm)
    (shape,) = view.graph.input_shapes(node)
    axes = "1d" if isinstance(shape, Vector) else "2d"
    name = f"nn.BatchNorm{axes}" if op.variance == "unbiased" else f"BiasedBatchNorm{axes}"
    layer = call(
        name,
        Literal(shape.channels, "num_features"),
        eps=Literal(op.epsilon),
        momentum=Literal(complement(op.decay)),
        affine=(Literal(op.scale or op.center), True),
    )
    if op.scale == op.center:
        return Emitted(layer)
    absent, note = ("weight", "no gamma") if op.center else ("bias", "no beta")
    register = Attribute(Layer(), "register_parameter")
    return Emitted(layer, setup=(Apply(register, (Text(absent), Literal(None))),), note=note)


def max_pool(node: Node, view: View) -> Emitted:
    op = node.op
    assert isinstance(op, MaxPool)
    layer = call(
        "nn.MaxPool2d",
        _size(op.kernel, "kernel_size"),
        stride=_size(op.stride),
        padding=(_padding(op.pads), 0),
    )
    return Emitted(layer, _padded(op.pads, value=call("float", Literal("-inf"))))


def avg_pool(node: Node, view: View) -> Emitted:
    op = node.op
    assert isinstance(op, AvgPool)
    kernel, stride, pads = _size(op.kernel, "kernel_size"), _size(op.stride, "stride"), op.pads
    if op.divisor == "inside" and not pads.symmetric:
        sides = Literal((pads.left, pads.right, pads.top, pads.bottom), "pads")
        return Emitted(call("InsideAvgPool2d", kernel, stride=stride, pads=sides))
    padded = pads != (0, 0, 0, 0)
    layer = call(
        "nn.AvgPool2d",
        kernel,
        stride=stride,
        padding=(_padding(pads), 0),
        count_include_pad=(Literal(op.divisor == "window" or not padded), True),
    )
    return Emitted(layer, _padded(pads))


def flatten(node: Node, view: View) -> Emitted:
    (shape,) = view.graph.input_shapes(node)
    assert isinstance(shape, Map)
    free = node.name in view.flattened or shape.height == shape.width == 1
    return Emitted(call("nn.Flatten") if free else call("FlattenHWC"))


def dropout(node: Node, view: View) -> Emitted:
    assert isinstance(node.op, Dropout)
    return Emitted(call("nn.Dropout", p=Literal(complement(node.op.keep))))


def concat(node: Node, view: View) -> Emitted:
    values = Items(tuple(Input(index) for index in range(len(node.inputs))))
    return Emitted(inline=call("torch.cat", values, dim=Literal(1)))


def add(node: Node, view: View) -> Emitted:
    values: list[Expr] = [Input(index) for index in range(len(node.inputs))]
    return Emitted(inline=reduce(lambda left, right: Infix(left, "+", right), values))


def plain(layer: Call, inline: Expr | None = None) -> Rule:
    """The rule of an op that is one layer without a choice to make."""
    emitted = Emitted(layer, inline=inline)
    return lambda node, view: emitted


RULES: Mapping[type[Op], Rule] = {
    Conv: conv,
    Dense: dense,
    BatchNorm: batch_norm,
    MaxPool: max_pool,
    AvgPool: avg_pool,
    GlobalAvgPool: plain(call("nn.AdaptiveAvgPool2d", Literal(1))),
    Relu: plain(call("nn.ReLU"), call("F.relu", Input())),
    Sigmoid: plain(call("nn.Sigmoid"), call("torch.sigmoid", Input())),
    Tanh: plain(call("nn.Tanh"), call("torch.tanh", Input())),
    Softmax: plain(call("nn.Softmax", dim=Literal(1)), call("F.softmax", Input(), dim=Literal(1))),
    Concat: concat,
    Add: add,
    Flatten: flatten,
    Squeeze: plain(call("nn.Flatten")),
    Dropout: dropout,
    Identity: plain(call("nn.Identity"), Input()),
}
