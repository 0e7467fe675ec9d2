"""Which torch module each node is in the live model: what tools that hook modules get to see.

The torch backend decides it; tests hold this table to its models, so that no framework is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops import activation as functions
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense, DepthwiseConv, PointwiseConv
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze

FUNCTION = ""
"""Stands for the module of what is computed without one, which hooks of modules never meet."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A node as tools meet it: its op, the shapes around it, and the class of its module."""

    op: Op
    inputs: tuple[Shape, ...]
    output: Shape
    module: str

    @property
    def macs(self) -> int:
        """Multiply-accumulates of its kernel, for one image."""
        return self.op.macs(self.inputs, self.output)


def layer(graph: Graph, node: Node) -> Layer:
    """A node of a graph with the module that it is in the graph's torch model."""
    inputs = graph.input_shapes(node)
    seen = FUNCTION if node.part == "activation" else _MODULES[type(node.op)](node.op, inputs)
    return Layer(node.op, inputs, node.output, seen)


Inputs = tuple[Shape, ...]


def _batch_norm(op: Op, inputs: Inputs) -> str:
    assert isinstance(op, BatchNorm)
    if op.variance == "biased":
        return "BiasedBatchNorm"
    return "BatchNorm1d" if isinstance(inputs[0], Vector) else "BatchNorm2d"


def _avg_pool(op: Op, inputs: Inputs) -> str:
    """Torch's own pool, but where it would divide by padding on one side that does not count."""
    assert isinstance(op, AvgPool)
    assert isinstance(inputs[0], Map)
    if op.pads.symmetric:
        return "AvgPool2d"
    even = op.divisor == "window" and op.covered(inputs[0]) == op.pads
    return "AvgPool2d" if even else "InsideAvgPool2d"


def _pad(op: Op, _: Inputs) -> str:
    assert isinstance(op, Pad)
    return "ZeroPad2d" if op.value == 0 else "ConstantPad2d"


def _is(name: str) -> Callable[[Op, Inputs], str]:
    return lambda _op, _inputs: name


_MODULES: Mapping[type[Op], Callable[[Op, Inputs], str]] = {
    Conv: _is("Conv2d"),
    PointwiseConv: _is("Conv2d"),
    DepthwiseConv: _is("Conv2d"),
    Dense: _is("Linear"),
    BatchNorm: _batch_norm,
    Lrn: _is("LocalResponseNorm"),
    MaxPool: _is("MaxPool2d"),
    AvgPool: _avg_pool,
    GlobalMaxPool: _is("AdaptiveMaxPool2d"),
    GlobalAvgPool: _is("AdaptiveAvgPool2d"),
    AdaptiveAvgPool: _is("AdaptiveAvgPool2d"),
    functions.Relu: _is("ReLU"),
    functions.Relu6: _is("ReLU6"),
    functions.LeakyRelu: _is("LeakyReLU"),
    functions.Elu: _is("ELU"),
    functions.Sigmoid: _is("Sigmoid"),
    functions.Tanh: _is("Tanh"),
    functions.Gelu: _is("GELU"),
    functions.Silu: _is("SiLU"),
    functions.HardSigmoid: _is("Hardsigmoid"),
    functions.HardSwish: _is("Hardswish"),
    functions.Softmax: _is("Softmax"),
    functions.Identity: _is("Identity"),
    Concat: _is(FUNCTION),
    Add: _is(FUNCTION),
    Multiply: _is(FUNCTION),
    Scale: _is(FUNCTION),
    Pad: _pad,
    Flatten: _is("Flatten"),
    Squeeze: _is("Flatten"),
    Dropout: _is("Dropout"),
}
