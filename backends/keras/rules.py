"""One rule per op: the Keras layers that compute it, as an expression for both products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from keras import initializers, layers, regularizers

from netspec.backends.keras import support
from netspec.backends.keras.initializers import bias_values, first_values
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
from netspec.ops.activation import Identity, Relu, Sigmoid, Softmax, Tanh
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense, Kernel
from netspec.ops.join import Add, Concat
from netspec.ops.kinds import NO_PADS, Pads, Pair
from netspec.ops.norm import BatchNorm
from netspec.ops.pool import AvgPool, GlobalAvgPool, MaxPool, Pool
from netspec.ops.reshape import Dropout, Flatten, Squeeze
from netspec.ops.windows import same_pads

CALLABLES: Mapping[str, Callable[..., object]] = {
    "layers.Conv2D": layers.Conv2D,
    "layers.Dense": layers.Dense,
    "layers.BatchNormalization": layers.BatchNormalization,
    "layers.ZeroPadding2D": layers.ZeroPadding2D,
    "layers.MaxPooling2D": layers.MaxPooling2D,
    "layers.AveragePooling2D": layers.AveragePooling2D,
    "layers.GlobalAveragePooling2D": layers.GlobalAveragePooling2D,
    "layers.Dropout": layers.Dropout,
    "layers.Flatten": layers.Flatten,
    "layers.Identity": layers.Identity,
    "layers.ReLU": layers.ReLU,
    "layers.Activation": layers.Activation,
    "layers.Softmax": layers.Softmax,
    "layers.Concatenate": layers.Concatenate,
    "layers.Add": layers.Add,
    "initializers.Constant": initializers.Constant,
    "initializers.RandomNormal": initializers.RandomNormal,
    "initializers.RandomUniform": initializers.RandomUniform,
    "initializers.TruncatedNormal": initializers.TruncatedNormal,
    "initializers.VarianceScaling": initializers.VarianceScaling,
    "regularizers.L2": regularizers.L2,
    "UnbiasedBatchNormalization": support.UnbiasedBatchNormalization,
    "InfinitePadding2D": support.InfinitePadding2D,
    "InsideAveragePooling2D": support.InsideAveragePooling2D,
}
"""Every name that a rule may call: a closed table."""

Name = Callable[[str], Path]
"""The name of a node's layer, or with a suffix that of a layer beside it."""
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


def _weights(op: Kernel, site: Site) -> dict[str, tuple[Expr, object]]:
    """What conv and dense say of their weights. L2(x) adds x * sum(w ** 2): half the decay."""
    kernel, *_ = op.weights(site.graph.input_shapes(site.node))
    decay = call("regularizers.L2", Literal(op.weight_decay / 2, "l2"))
    return {
        "use_bias": (Literal(bool(op.bias)), True),
        "kernel_initializer": (first_values(op.kernel_init), "glorot_uniform"),
        "bias_initializer": (bias_values(op.bias_init, kernel.fans), "zeros"),
        "kernel_regularizer": (decay if op.weight_decay else Literal(None), None),
    }


# padding


def _mode(site: Site, pads: Pads, kernel: Pair, stride: Pair) -> str | None:
    """Keras's word for the pads, if it has one; `kernel` is the dilated extent."""
    (shape,) = site.graph.input_shapes(site.node)
    assert isinstance(shape, Map)
    if pads == NO_PADS:
        return "valid"
    return "same" if pads == same_pads(shape, kernel, stride) else None


def _sides(pads: Pads) -> Literal:
    return Literal(((pads.top, pads.bottom), (pads.left, pads.right)), "pads")


def _padded(layer: str, pads: Pads, name: Name) -> Expr:
    return _applied(call(layer, _sides(pads), name=name("pad")))


# ops


def conv(site: Site) -> Expr:
    """A conv; as Keras refuses strides with dilation, some of all pixels are picked then."""
    op = site.op(Conv)
    picked = op.stride != (1, 1) and op.dilation != (1, 1)
    stride = Pair(1, 1) if picked else op.stride
    mode = None if picked else _mode(site, op.pads, op.extent, stride)
    uneven = mode is None and op.pads != NO_PADS
    layer = call(
        "layers.Conv2D",
        Literal(op.filters, "filters"),
        _size(op.kernel, "kernel_size"),
        strides=(_size(stride), 1),
        padding=(Literal(mode or "valid"), "valid"),
        dilation_rate=(_size(op.dilation), 1),
        groups=(Literal(op.groups), 1),
        **_weights(op, site),
        name=site.name("dilated") if picked else site.name(""),
    )
    value = _padded("layers.ZeroPadding2D", op.pads, site.name) if uneven else Input()
    made = _applied(layer, value)
    if not picked:
        return made
    pick = call("layers.MaxPooling2D", Literal(1), strides=_size(op.stride), name=site.name(""))
    return _applied(pick, made)


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
    return _applied(
        call(
            "layers.BatchNormalization" if biased else "UnbiasedBatchNormalization",
            momentum=Literal(op.decay),
            epsilon=Literal(op.epsilon),
            center=(Literal(op.center), True),
            scale=(Literal(op.scale), True),
            name=site.name(""),
        )
    )


def max_pool(site: Site) -> Expr:
    """A max pool; padding that Keras has no word for is added before it."""
    op = site.op(MaxPool)
    mode = _mode(site, op.pads, op.kernel, op.stride)
    value = Input() if mode else _padded("InfinitePadding2D", op.pads, site.name)
    return _applied(_pool("layers.MaxPooling2D", op, mode, site.name), value)


def avg_pool(site: Site) -> Expr:
    """An average pool, by the word that Keras has for its padding or by a layer of our own."""
    op = site.op(AvgPool)
    mode = _mode(site, op.pads, op.kernel, op.stride)
    if op.divisor == "window" and op.pads != NO_PADS:
        value = _padded("layers.ZeroPadding2D", op.pads, site.name)
        return _applied(_pool("layers.AveragePooling2D", op, "valid", site.name), value)
    if mode is None:
        kernel, stride = _size(op.kernel, "pool_size"), _size(op.stride, "strides")
        pooled = call("InsideAveragePooling2D", kernel, stride, _sides(op.pads), name=site.name(""))
        return _applied(pooled)
    return _applied(_pool("layers.AveragePooling2D", op, mode, site.name))


def _pool(layer: str, op: Pool, mode: str | None, name: Name) -> Call:
    return call(
        layer,
        _size(op.kernel, "pool_size"),
        strides=_size(op.stride),
        padding=(Literal(mode or "valid"), "valid"),
        name=name(""),
    )


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
    Dense: dense,
    BatchNorm: batch_norm,
    MaxPool: max_pool,
    AvgPool: avg_pool,
    GlobalAvgPool: plain("layers.GlobalAveragePooling2D", keepdims=Literal(True)),
    Relu: plain("layers.ReLU"),
    Sigmoid: plain("layers.Activation", Text("sigmoid")),
    Tanh: plain("layers.Activation", Text("tanh")),
    Softmax: plain("layers.Softmax"),
    Concat: join("layers.Concatenate"),
    Add: join("layers.Add"),
    Flatten: plain("layers.Flatten"),
    Squeeze: plain("layers.Flatten"),
    Dropout: dropout,
    Identity: plain("layers.Identity"),
}
