"""One rule per op: the Keras layers that compute it, as an expression for both products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from keras import initializers, layers, regularizers

from netspec.backends.keras import support
from netspec.backends.keras.initializers import bias_values, depthwise_values, first_values
from netspec.backends.keras.layout import UNPICKED
from netspec.emission.expressions import (
    Apply,
    Call,
    Expr,
    Input,
    Items,
    Literal,
    Path,
    Text,
    call,
    complement,
)
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map
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
from netspec.ops.conv import Conv, Dense, DepthwiseConv, Kernel, PointwiseConv, Sliding
from netspec.ops.initializers import Initializer
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.kinds import NO_PADS, Pads, Pair
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import (
    AdaptiveAvgPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Pool,
)
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze
from netspec.ops.windows import same_pads

SUPPORT = (
    "UnbiasedBatchNormalization",
    "InfinitePadding2D",
    "ConstantPadding2D",
    "InsideAveragePooling2D",
    "LocalResponseNormalization",
    "Scale",
    "ExactLeakyReLU",
    "ExactGELU",
    "TanhGELU",
    "DepthwiseScaling",
)
"""What rules call of `support`, in the order in which emitted source has it."""

CALLABLES: Mapping[str, Callable[..., object]] = {
    "layers.Conv2D": layers.Conv2D,
    "layers.DepthwiseConv2D": layers.DepthwiseConv2D,
    "layers.Dense": layers.Dense,
    "layers.BatchNormalization": layers.BatchNormalization,
    "layers.ZeroPadding2D": layers.ZeroPadding2D,
    "layers.MaxPooling2D": layers.MaxPooling2D,
    "layers.AveragePooling2D": layers.AveragePooling2D,
    "layers.GlobalAveragePooling2D": layers.GlobalAveragePooling2D,
    "layers.GlobalMaxPooling2D": layers.GlobalMaxPooling2D,
    "layers.AdaptiveAveragePooling2D": layers.AdaptiveAveragePooling2D,
    "layers.Dropout": layers.Dropout,
    "layers.Flatten": layers.Flatten,
    "layers.Identity": layers.Identity,
    "layers.ReLU": layers.ReLU,
    "layers.ELU": layers.ELU,
    "layers.Activation": layers.Activation,
    "layers.Softmax": layers.Softmax,
    "layers.Concatenate": layers.Concatenate,
    "layers.Add": layers.Add,
    "layers.Multiply": layers.Multiply,
    "initializers.Constant": initializers.Constant,
    "initializers.RandomNormal": initializers.RandomNormal,
    "initializers.RandomUniform": initializers.RandomUniform,
    "initializers.TruncatedNormal": initializers.TruncatedNormal,
    "initializers.VarianceScaling": initializers.VarianceScaling,
    "regularizers.L2": regularizers.L2,
    **{name: getattr(support, name) for name in SUPPORT},
}
"""Every name that a rule may call: a closed table."""

Name = Callable[[str], Path]
"""The name of a node's layer, or with a suffix that of a layer beside it."""
Drawn = Callable[[Initializer], Expr]
"""How an initialiser is written."""
OpT = TypeVar("OpT", bound=Op)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rule is at work: a node of a graph, and how its layers are named."""

    node: Node
    graph: Graph
    name: Name

    def op(self, kind: type[OpT]) -> OpT:
        """The node's op, its type known."""
        assert isinstance(self.node.op, kind), f"{self.node.name} is no {kind.name}"
        return self.node.op


Rule = Callable[[Site], Expr]


def emit(node: Node, graph: Graph, name: Name) -> Expr:
    """The node's value, by the rule of its op."""
    return RULES[type(node.op)](Site(node, graph, name))


def _applied(layer: Call, *values: Expr) -> Expr:
    return Apply(layer, values or (Input(),))


def _size(pair: Pair, hint: str = "") -> Literal:
    """A pair as Keras's users write it: one number where both are equal."""
    return Literal(pair.height if pair.height == pair.width else tuple(pair), hint)


def _weights(
    op: Kernel, site: Site, role: str = "kernel", drawn: Drawn = first_values
) -> dict[str, tuple[Expr, object]]:
    """What Keras is told of weights. L2(x) adds x * sum(w ** 2): half the decay."""
    kernel, *_ = op.weights(site.graph.input_shapes(site.node))
    decay = call("regularizers.L2", Literal(op.weight_decay / 2, "l2"))
    return {
        "use_bias": (Literal(bool(op.bias)), True),
        f"{role}_initializer": (drawn(op.kernel_init), "glorot_uniform"),
        "bias_initializer": (bias_values(op.bias_init, kernel.fans), "zeros"),
        f"{role}_regularizer": (decay if op.weight_decay else Literal(None), None),
    }


# padding


def _mode(site: Site, pads: Pads, kernel: Pair, stride: Pair) -> str | None:
    """Keras's word for the pads, if it has one; `kernel` is the dilated extent."""
    if pads == NO_PADS:
        return "valid"
    return "same" if pads == same_pads(_map(site), kernel, stride) else None


def _map(site: Site) -> Map:
    (shape,) = site.graph.input_shapes(site.node)
    assert isinstance(shape, Map)
    return shape


def _sides(pads: Pads) -> Literal:
    return Literal(((pads.top, pads.bottom), (pads.left, pads.right)), "pads")


def _padded(layer: str, pads: Pads, name: Name) -> Expr:
    return _applied(call(layer, _sides(pads), name=name("pad")))


# ops


def conv(site: Site) -> Expr:
    """A conv."""
    op = site.op(Conv)
    return _slid(
        site,
        op,
        "layers.Conv2D",
        (Literal(op.filters, "filters"), _size(op.kernel, "kernel_size")),
        {"groups": (Literal(op.groups), 1), **_weights(op, site)},
        Pair(1, 1) if _is_misread(site, op) else _undilated(op),
    )


def _is_misread(site: Site, op: Conv) -> bool:
    """Whether TensorFlow 2.21 gets it wrong in float32: oneDNN reads past the rows' ends."""
    size, output = _map(site), site.node.output
    assert isinstance(output, Map)
    return (size.channels, output.width) == (1, 1) and op.stride.width > 1


def depthwise_conv(site: Site) -> Expr:
    """A depthwise conv; TensorFlow refuses strides of two numbers on the CPU."""
    op = site.op(DepthwiseConv)
    square = op.stride.height == op.stride.width
    return _slid(
        site,
        op,
        "layers.DepthwiseConv2D",
        (_size(op.kernel, "kernel_size"),),
        {
            "depth_multiplier": (Literal(op.multiplier), 1),
            **_weights(op, site, "depthwise", depthwise_values),
        },
        _undilated(op) if square else Pair(1, 1),
    )


def _undilated(op: Sliding) -> Pair:
    """The stride; 1 with a dilation, with which Keras refuses any other."""
    return op.stride if _dilation(op) == (1, 1) else Pair(1, 1)


def _dilation(op: Sliding) -> Pair:
    """The dilation; 1 along an axis with a single tap, whose map TensorFlow would pad by it."""
    return Pair(*(1 if k == 1 else d for k, d in zip(op.kernel, op.dilation, strict=True)))


def _slid(
    site: Site,
    op: Sliding,
    layer: str,
    arguments: tuple[Expr, ...],
    named: Mapping[str, tuple[Expr, object]],
    stride: Pair,
) -> Expr:
    """A conv with a stride that Keras takes; where the op's is another, some pixels are picked."""
    picked = stride != op.stride
    mode = None if picked else _mode(site, op.pads, op.extent, stride)
    uneven = mode is None and op.pads != NO_PADS
    made = call(
        layer,
        *arguments,
        strides=(_size(stride), 1),
        padding=(Literal(mode or "valid"), "valid"),
        dilation_rate=(_size(_dilation(op)), 1),
        **named,
        name=site.name(UNPICKED) if picked else site.name(""),
    )
    value = _padded("layers.ZeroPadding2D", op.pads, site.name) if uneven else Input()
    if not picked:
        return _applied(made, value)
    pick = call("layers.MaxPooling2D", Literal(1), strides=_size(op.stride), name=site.name(""))
    return _applied(pick, _applied(made, value))


def dense(site: Site) -> Expr:
    """A dense layer."""
    op = site.op(Dense)
    return _applied(
        call("layers.Dense", Literal(op.filters, "units"), **_weights(op, site), name=site.name(""))
    )


def batch_norm(site: Site) -> Expr:
    """Batch norm; Keras's own keeps the biased variance."""
    op = site.op(BatchNorm)
    biased = op.variance == "biased"
    weights = op.weights(site.graph.input_shapes(site.node))
    first = {weight.role: bias_values(weight.initializer, weight.fans) for weight in weights}
    return _applied(
        call(
            "layers.BatchNormalization" if biased else "UnbiasedBatchNormalization",
            momentum=Literal(op.decay),
            epsilon=Literal(op.epsilon),
            center=(Literal(op.center), True),
            scale=(Literal(op.scale), True),
            gamma_initializer=(first.get("gamma", Literal("ones")), "ones"),
            name=site.name(""),
        )
    )


def max_pool(site: Site) -> Expr:
    """A max pool; padding that Keras has no word for is added before it."""
    op = site.op(MaxPool)
    pads = op.covered(_map(site))
    mode = _mode(site, pads, op.kernel, op.stride)
    value = Input() if mode else _padded("InfinitePadding2D", pads, site.name)
    return _applied(_pool("layers.MaxPooling2D", op, mode, site.name), value)


def avg_pool(site: Site) -> Expr:
    """An average pool: what counts in the divisor is padded first, what doesn't, by the pool."""
    op = site.op(AvgPool)
    pads, covered = op.pads, op.covered(_map(site))
    if op.divisor == "inside" or pads == NO_PADS:
        return _inside(site, op, covered, Input())
    over = Pads(0, covered.bottom - pads.bottom, 0, covered.right - pads.right)
    value = _padded("layers.ZeroPadding2D", pads, site.name)
    if over == NO_PADS:
        return _applied(_pool("layers.AveragePooling2D", op, "valid", site.name), value)
    return _applied(_inside_pool(op, over, site.name), value)


def _inside(site: Site, op: AvgPool, pads: Pads, value: Expr) -> Expr:
    """The mean of what is inside the map, by Keras's word for the pads or by a layer of our own."""
    mode = _mode(site, pads, op.kernel, op.stride)
    if mode is None:
        return _applied(_inside_pool(op, pads, site.name), value)
    return _applied(_pool("layers.AveragePooling2D", op, mode, site.name), value)


def _inside_pool(op: AvgPool, pads: Pads, name: Name) -> Call:
    kernel, stride = _size(op.kernel, "pool_size"), _size(op.stride, "strides")
    return call("InsideAveragePooling2D", kernel, stride, _sides(pads), name=name(""))


def _pool(layer: str, op: Pool, mode: str | None, name: Name) -> Call:
    return call(
        layer,
        _size(op.kernel, "pool_size"),
        strides=_size(op.stride),
        padding=(Literal(mode or "valid"), "valid"),
        name=name(""),
    )


def adaptive_avg_pool(site: Site) -> Expr:
    """An adaptive pool, whose cells Keras lays as torch does."""
    size = _size(site.op(AdaptiveAvgPool).size, "output_size")
    return _applied(call("layers.AdaptiveAveragePooling2D", size, name=site.name("")))


def lrn(site: Site) -> Expr:
    """A local response normalisation; Keras has none."""
    op = site.op(Lrn)
    made = call(
        "LocalResponseNormalization",
        radius=Literal(op.radius),
        alpha=Literal(op.alpha),
        beta=Literal(op.beta),
        bias=Literal(op.bias),
        name=site.name(""),
    )
    return _applied(made)


def leaky_relu(site: Site) -> Expr:
    """A leaky ReLU."""
    slope = Literal(site.op(LeakyRelu).slope)
    return _applied(call("ExactLeakyReLU", negative_slope=slope, name=site.name("")))


def elu(site: Site) -> Expr:
    """An ELU."""
    alpha = Literal(site.op(Elu).alpha)
    return _applied(call("layers.ELU", alpha=alpha, name=site.name("")))


def gelu(site: Site) -> Expr:
    """A GELU, by a layer for its form."""
    layer = {"exact": "ExactGELU", "tanh": "TanhGELU"}[site.op(Gelu).form]
    return _applied(call(layer, name=site.name("")))


def scale(site: Site) -> Expr:
    """A number times the value."""
    factor = Literal(site.op(Scale).factor, "factor")
    return _applied(call("Scale", factor, name=site.name("")))


def pad(site: Site) -> Expr:
    """A border of zeros, or of another value."""
    op = site.op(Pad)
    sides, value = _sides(op.padding), Literal(op.value)
    if op.value == 0:
        return _applied(call("layers.ZeroPadding2D", sides, name=site.name("")))
    return _applied(call("ConstantPadding2D", sides, value=value, name=site.name("")))


def dropout(site: Site) -> Expr:
    """A dropout."""
    rate = Literal(complement(site.op(Dropout).keep), "rate")
    return _applied(call("layers.Dropout", rate, name=site.name("")))


def join(layer: str) -> Rule:
    """The rule of an op of several inputs."""

    def rule(site: Site) -> Expr:
        values = Items(tuple(Input(index) for index in range(len(site.node.inputs))))
        if len(site.node.inputs) == 1:
            return _applied(call("layers.Identity", name=site.name("")))
        return _applied(call(layer, name=site.name("")), values)

    return rule


def plain(layer: str, *arguments: Expr, **named: Expr) -> Rule:
    """The rule of an op that is one layer without a choice to make."""
    return lambda site: _applied(call(layer, *arguments, **named, name=site.name("")))


RULES: Mapping[type[Op], Rule] = {
    Conv: conv,
    DepthwiseConv: depthwise_conv,
    PointwiseConv: conv,
    Dense: dense,
    BatchNorm: batch_norm,
    Lrn: lrn,
    MaxPool: max_pool,
    AvgPool: avg_pool,
    GlobalMaxPool: plain("layers.GlobalMaxPooling2D", keepdims=Literal(True)),
    GlobalAvgPool: plain("layers.GlobalAveragePooling2D", keepdims=Literal(True)),
    AdaptiveAvgPool: adaptive_avg_pool,
    Relu: plain("layers.ReLU"),
    Relu6: plain("layers.ReLU", max_value=Literal(6.0)),
    LeakyRelu: leaky_relu,
    Elu: elu,
    Sigmoid: plain("layers.Activation", Text("sigmoid")),
    Tanh: plain("layers.Activation", Text("tanh")),
    Gelu: gelu,
    Silu: plain("layers.Activation", Text("silu")),
    HardSigmoid: plain("layers.Activation", Text("hard_sigmoid")),
    HardSwish: plain("layers.Activation", Text("hard_silu")),
    Softmax: plain("layers.Softmax"),
    Concat: join("layers.Concatenate"),
    Add: join("layers.Add"),
    Multiply: join("layers.Multiply"),
    Scale: scale,
    Pad: pad,
    Flatten: plain("layers.Flatten"),
    Squeeze: plain("layers.Flatten"),
    Dropout: dropout,
    Identity: plain("layers.Identity"),
}
