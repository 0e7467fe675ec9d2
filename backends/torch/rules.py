"""One rule per op: the torch layer that computes it, as an expression for both products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from netspec.backends.torch import support
from netspec.backends.torch.initializers import first_values
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
from netspec.ir.channel_order import order_matters
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.activation import Identity, Relu, Sigmoid, Softmax, Tanh
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense
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
    "BiasedBatchNorm": support.BiasedBatchNorm,
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


OpT = TypeVar("OpT", bound=Op)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rule is at work: a node, and what may be looked at beside it."""

    node: Node
    view: View

    @property
    def shape(self) -> Shape:
        """The shape of the first input."""
        return self.view.graph.input_shapes(self.node)[0]

    @property
    def map(self) -> Map:
        """The shape of the first input, which is a map."""
        assert isinstance(self.shape, Map), f"{self.node.name} takes no map"
        return self.shape

    def op(self, kind: type[OpT]) -> OpT:
        """The node's op, its type known."""
        assert isinstance(self.node.op, kind), f"{self.node.name} is no {kind.name}"
        return self.node.op


Rule = Callable[[Site], Emitted]


def emit(node: Node, view: View) -> Emitted:
    """The node's layer, by the rule of its op."""
    return RULES[type(node.op)](Site(node, view))


def is_function_part(node: Node) -> bool:
    """Whether a node is the activation of a conv or dense, which is written as a function."""
    return node.part == "activation"


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


def conv(site: Site) -> Emitted:
    """A conv; torch pads both sides alike, so uneven sides are padded before it."""
    op = site.op(Conv)
    layer = call(
        "nn.Conv2d",
        Literal(site.shape.channels, "in_channels"),
        Literal(op.filters, "out_channels"),
        kernel_size=_size(op.kernel),
        stride=(_size(op.stride), 1),
        padding=(_padding(op.pads), 0),
        dilation=(_size(op.dilation), 1),
        groups=(Literal(op.groups), 1),
        bias=(Literal(bool(op.bias)), True),
    )
    return Emitted(layer, _padded(op.pads), inits=first_values(op.weights((site.shape,))))


def dense(site: Site) -> Emitted:
    """A dense layer."""
    op = site.op(Dense)
    layer = call(
        "nn.Linear",
        Literal(site.shape.channels, "in_features"),
        Literal(op.filters, "out_features"),
        bias=(Literal(bool(op.bias)), True),
    )
    return Emitted(layer, inits=first_values(op.weights((site.shape,))))


def batch_norm(site: Site) -> Emitted:
    """Batch norm; torch has gamma and beta or neither, so one that is not wanted is taken out."""
    op = site.op(BatchNorm)
    axes = "1d" if isinstance(site.shape, Vector) else "2d"
    name = f"nn.BatchNorm{axes}" if op.variance == "unbiased" else "BiasedBatchNorm"
    layer = call(
        name,
        Literal(site.shape.channels, "num_features"),
        eps=Literal(op.epsilon),
        momentum=Literal(complement(op.decay)),
        affine=(Literal(op.scale or op.center), True),
    )
    if op.scale == op.center:
        return Emitted(layer)
    absent, note = ("weight", "no gamma") if op.center else ("bias", "no beta")
    register = Attribute(Layer(), "register_parameter")
    return Emitted(layer, setup=(Apply(register, (Text(absent), Literal(None))),), note=note)


def max_pool(site: Site) -> Emitted:
    """A max pool; uneven sides are padded with what never wins."""
    op = site.op(MaxPool)
    layer = call(
        "nn.MaxPool2d",
        _size(op.kernel, "kernel_size"),
        stride=_size(op.stride),
        padding=(_padding(op.pads), 0),
    )
    return Emitted(layer, _padded(op.pads, value=call("float", Literal("-inf"))))


def avg_pool(site: Site) -> Emitted:
    """An average pool; torch divides by the pixels inside where opposite sides are alike."""
    op = site.op(AvgPool)
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


def flatten(site: Site) -> Emitted:
    """A flatten, in the canonical order where it is seen."""
    free = site.node.name in site.view.flattened or not order_matters(site.map)
    return Emitted(call("nn.Flatten") if free else call("FlattenHWC"))


def dropout(site: Site) -> Emitted:
    """A dropout."""
    return Emitted(call("nn.Dropout", p=Literal(complement(site.op(Dropout).keep))))


def concat(site: Site) -> Emitted:
    """A concat along the channels."""
    values = Items(tuple(Input(index) for index in range(len(site.node.inputs))))
    return Emitted(inline=call("torch.cat", values, dim=Literal(1)))


def add(site: Site) -> Emitted:
    """A sum, in written order."""
    values: list[Expr] = [Input(index) for index in range(len(site.node.inputs))]
    return Emitted(inline=reduce(lambda left, right: Infix(left, "+", right), values))


def plain(layer: Call, inline: Expr | None = None) -> Rule:
    """The rule of an op that is one layer without a choice to make."""
    emitted = Emitted(layer, inline=inline)
    return lambda _: emitted


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
