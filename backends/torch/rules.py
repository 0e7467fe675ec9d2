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
from netspec.ops.initializers import ONES
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.kinds import Pads, Pair
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool, Pool
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze

CALLABLES: Mapping[str, Callable[..., object]] = {
    "nn.Conv2d": nn.Conv2d,
    "nn.Linear": nn.Linear,
    "nn.BatchNorm2d": nn.BatchNorm2d,
    "nn.BatchNorm1d": nn.BatchNorm1d,
    "nn.MaxPool2d": nn.MaxPool2d,
    "nn.AvgPool2d": nn.AvgPool2d,
    "nn.AdaptiveAvgPool2d": nn.AdaptiveAvgPool2d,
    "nn.AdaptiveMaxPool2d": nn.AdaptiveMaxPool2d,
    "nn.LocalResponseNorm": nn.LocalResponseNorm,
    "nn.ConstantPad2d": nn.ConstantPad2d,
    "nn.ZeroPad2d": nn.ZeroPad2d,
    "nn.Dropout": nn.Dropout,
    "nn.Flatten": nn.Flatten,
    "nn.Identity": nn.Identity,
    "nn.ReLU": nn.ReLU,
    "nn.ReLU6": nn.ReLU6,
    "nn.LeakyReLU": nn.LeakyReLU,
    "nn.ELU": nn.ELU,
    "nn.GELU": nn.GELU,
    "nn.SiLU": nn.SiLU,
    "nn.Hardsigmoid": nn.Hardsigmoid,
    "nn.Hardswish": nn.Hardswish,
    "nn.Sigmoid": nn.Sigmoid,
    "nn.Tanh": nn.Tanh,
    "nn.Softmax": nn.Softmax,
    "nn.init.constant_": nn.init.constant_,
    "nn.init.zeros_": nn.init.zeros_,
    "nn.init.normal_": nn.init.normal_,
    "nn.init.uniform_": nn.init.uniform_,
    "nn.init.xavier_uniform_": nn.init.xavier_uniform_,
    "nn.init.xavier_normal_": nn.init.xavier_normal_,
    "nn.init.kaiming_uniform_": nn.init.kaiming_uniform_,
    "nn.init.kaiming_normal_": nn.init.kaiming_normal_,
    "F.pad": F.pad,
    "F.relu": F.relu,
    "F.relu6": F.relu6,
    "F.leaky_relu": F.leaky_relu,
    "F.elu": F.elu,
    "F.gelu": F.gelu,
    "F.silu": F.silu,
    "F.hardsigmoid": F.hardsigmoid,
    "F.hardswish": F.hardswish,
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
    return _convolution(site, op, op.filters, op.groups)


def depthwise_conv(site: Site) -> Emitted:
    """A conv with a group for each channel."""
    op = site.op(DepthwiseConv)
    channels = site.shape.channels
    return _convolution(site, op, channels * op.multiplier, channels)


def _convolution(site: Site, op: Sliding, filters: int, groups: int) -> Emitted:
    layer = call(
        "nn.Conv2d",
        Literal(site.shape.channels, "in_channels"),
        Literal(filters, "out_channels"),
        kernel_size=_size(op.kernel),
        stride=(_size(op.stride), 1),
        padding=(_padding(op.pads), 0),
        dilation=(_size(op.dilation), 1),
        groups=(Literal(groups), 1),
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
    drawn = [w for w in op.weights((site.shape,)) if w.role == "gamma" and w.initializer != ONES]
    inits = first_values(tuple(drawn))
    if op.scale == op.center:
        return Emitted(layer, inits=inits)
    absent, note = ("weight", "no gamma") if op.center else ("bias", "no beta")
    register = Attribute(Layer(), "register_parameter")
    setup = (Apply(register, (Text(absent), Literal(None))),)
    return Emitted(layer, setup=setup, inits=inits, note=note)


def _ceil(site: Site, op: Pool) -> tuple[Pads, bool]:
    """The pads, and whether torch is to round up.

    Behind uneven pads it would take those at the end for the map, in which one more window may
    begin: there the pixels that hang over are padded as well.
    """
    covered = op.covered(site.map)
    if op.pads.symmetric:
        return op.pads, covered != op.pads
    return covered, False


def max_pool(site: Site) -> Emitted:
    """A max pool; uneven sides are padded with what never wins."""
    op = site.op(MaxPool)
    pads, ceil = _ceil(site, op)
    layer = call(
        "nn.MaxPool2d",
        _size(op.kernel, "kernel_size"),
        stride=_size(op.stride),
        padding=(_padding(pads), 0),
        ceil_mode=(Literal(ceil), False),
    )
    return Emitted(layer, _padded(pads, value=call("float", Literal("-inf"))))


def avg_pool(site: Site) -> Emitted:
    """An average pool; torch divides by the pixels inside where opposite sides are alike."""
    op = site.op(AvgPool)
    kernel, stride = _size(op.kernel, "kernel_size"), _size(op.stride, "stride")
    pads, ceil = _ceil(site, op)
    if not pads.symmetric and (op.divisor == "inside" or pads != op.pads):
        return Emitted(_weighted_pool(op, kernel, stride, pads))
    padded = pads != (0, 0, 0, 0)
    layer = call(
        "nn.AvgPool2d",
        kernel,
        stride=stride,
        padding=(_padding(pads), 0),
        ceil_mode=(Literal(ceil), False),
        count_include_pad=(Literal(op.divisor == "window" or not padded), True),
    )
    return Emitted(layer, _padded(pads))


def _weighted_pool(op: AvgPool, kernel: Expr, stride: Expr, pads: Pads) -> Call:
    """A pool of our own; `counted` is how much of its padding the divisor counts."""
    counted = Literal(_sides(op.pads), "counted")
    return call(
        "InsideAvgPool2d",
        kernel,
        stride=stride,
        pads=Literal(_sides(pads), "pads"),
        counted=(counted if op.divisor == "window" else Literal((0, 0, 0, 0)), (0, 0, 0, 0)),
    )


def _sides(pads: Pads) -> tuple[int, int, int, int]:
    """In torch's order."""
    return pads.left, pads.right, pads.top, pads.bottom


def adaptive_avg_pool(site: Site) -> Emitted:
    """An adaptive average pool, which has torch's own meaning."""
    return Emitted(call("nn.AdaptiveAvgPool2d", _size(site.op(AdaptiveAvgPool).size, "size")))


def lrn(site: Site) -> Emitted:
    """A local response norm; torch divides its alpha by the channels of the window."""
    op = site.op(Lrn)
    size = 2 * op.radius + 1
    return Emitted(
        call(
            "nn.LocalResponseNorm",
            Literal(size, "size"),
            alpha=Literal(op.alpha * size),
            beta=Literal(op.beta),
            k=Literal(op.bias),
        )
    )


def pad(site: Site) -> Emitted:
    """A border of zeros, or of another value."""
    op = site.op(Pad)
    sides = Literal(_sides(op.padding), "pads")
    if op.value == 0:
        return Emitted(call("nn.ZeroPad2d", sides))
    return Emitted(call("nn.ConstantPad2d", sides, Literal(op.value, "value")))


def scale(site: Site) -> Emitted:
    """A product with a number."""
    return Emitted(inline=Infix(Literal(site.op(Scale).factor, "factor"), "*", Input()))


def leaky_relu(site: Site) -> Emitted:
    """A leaky rectifier."""
    slope = Literal(site.op(LeakyRelu).slope, "slope")
    return Emitted(call("nn.LeakyReLU", slope), inline=call("F.leaky_relu", Input(), slope))


def elu(site: Site) -> Emitted:
    """An exponential linear unit."""
    alpha = Literal(site.op(Elu).alpha, "alpha")
    return Emitted(call("nn.ELU", alpha), inline=call("F.elu", Input(), alpha))


def gelu(site: Site) -> Emitted:
    """A Gaussian error linear unit, by erf or by tanh."""
    form = {"approximate": (Text("tanh" if site.op(Gelu).form == "tanh" else "none"), "none")}
    return Emitted(call("nn.GELU", **form), inline=call("F.gelu", Input(), **form))


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


def infix(operator: str) -> Rule:
    """The rule of an op that joins its inputs by an operator, in written order."""

    def rule(site: Site) -> Emitted:
        values: list[Expr] = [Input(index) for index in range(len(site.node.inputs))]
        return Emitted(inline=reduce(lambda left, right: Infix(left, operator, right), values))

    return rule


def plain(layer: Call, inline: Expr | None = None) -> Rule:
    """The rule of an op that is one layer without a choice to make."""
    emitted = Emitted(layer, inline=inline)
    return lambda _: emitted


RULES: Mapping[type[Op], Rule] = {
    Conv: conv,
    PointwiseConv: conv,
    DepthwiseConv: depthwise_conv,
    Dense: dense,
    BatchNorm: batch_norm,
    Lrn: lrn,
    MaxPool: max_pool,
    AvgPool: avg_pool,
    GlobalMaxPool: plain(call("nn.AdaptiveMaxPool2d", Literal(1))),
    GlobalAvgPool: plain(call("nn.AdaptiveAvgPool2d", Literal(1))),
    AdaptiveAvgPool: adaptive_avg_pool,
    Relu: plain(call("nn.ReLU"), call("F.relu", Input())),
    Relu6: plain(call("nn.ReLU6"), call("F.relu6", Input())),
    LeakyRelu: leaky_relu,
    Elu: elu,
    Sigmoid: plain(call("nn.Sigmoid"), call("torch.sigmoid", Input())),
    Tanh: plain(call("nn.Tanh"), call("torch.tanh", Input())),
    Gelu: gelu,
    Silu: plain(call("nn.SiLU"), call("F.silu", Input())),
    HardSigmoid: plain(call("nn.Hardsigmoid"), call("F.hardsigmoid", Input())),
    HardSwish: plain(call("nn.Hardswish"), call("F.hardswish", Input())),
    Softmax: plain(call("nn.Softmax", dim=Literal(1)), call("F.softmax", Input(), dim=Literal(1))),
    Concat: concat,
    Add: infix("+"),
    Multiply: infix("*"),
    Scale: scale,
    Pad: pad,
    Flatten: flatten,
    Squeeze: plain(call("nn.Flatten")),
    Dropout: dropout,
    Identity: plain(call("nn.Identity"), Input()),
}
