"""The counting rules of other tools, one table each: what a layer costs by it, and in which unit.

A figure is of one image, of the model in eval mode. A layer that a tool has no rule for, or that it
never meets, is left out: its rule gives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from netspec.counting.modules import Layer
from netspec.ir.shapes import Map
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense, DepthwiseConv, PointwiseConv
from netspec.ops.norm import BatchNorm
from netspec.ops.pool import AdaptiveAvgPool, GlobalAvgPool

Rule = Callable[[Layer], int | None]
"""The operations of a layer; nothing where the tool leaves it out."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what of it is reproduced, the unit of its figures, its rule in words and as code.

    `params` gives the parameters that it counts of a layer; nothing where it has no such figure,
    and netspec's own stands in.
    """

    name: str
    entry: str
    unit: str
    words: str
    operations: Rule
    params: Rule | None


def parameters(layer: Layer) -> int:
    """The layer's trainable numbers. Moving statistics are torch's buffers: none counts them."""
    return sum(prod(w.shape) for w in layer.op.weights(layer.inputs) if w.trainable)


def _macs(layer: Layer) -> int:
    return layer.macs


def _elements(layer: Layer) -> int:
    return layer.inputs[0].elements


def _none(_: Layer) -> int:
    return 0


# fvcore: what aten ops compute, found by tracing, so that functions are met as modules are.
# Source: fvcore/nn/flop_count.py and jit_handles.py.


def _traced_norm(layer: Layer) -> int:
    """Two a number with a gamma, one without: whether there is a beta isn't asked."""
    assert isinstance(layer.op, BatchNorm)
    return _elements(layer) * (2 if layer.op.scale else 1)


_FVCORE: Mapping[type[Op], Rule] = {
    Conv: _macs,
    PointwiseConv: _macs,
    DepthwiseConv: _macs,
    Dense: _macs,
    BatchNorm: _traced_norm,
    GlobalAvgPool: _elements,
    AdaptiveAvgPool: _elements,
}


def _fvcore(layer: Layer) -> int | None:
    rule = _FVCORE.get(type(layer.op))
    return rule(layer) if rule else None


# thop: hooks on modules of these very classes; a subclass is another class and is passed over.
# Source: thop/profile.py, vision/basic_hooks.py and vision/calc_func.py.


def _hooked_norm(layer: Layer) -> int:
    """Four a number where torch's layer is affine, which it stays without a gamma; else two."""
    assert isinstance(layer.op, BatchNorm)
    return _elements(layer) * (4 if layer.op.scale or layer.op.center else 2)


def _hooked_softmax(layer: Layer) -> int:
    """Of n channels n powers, n - 1 sums and n quotients, at each pixel."""
    channels = layer.inputs[0].channels
    return _elements(layer) // channels * (3 * channels - 1)


def _outputs(layer: Layer) -> int:
    return layer.output.elements


def _hooked_adaptive_pool(layer: Layer) -> int:
    """Of each output the pixels of its cell, on average, and one quotient; in floats, cut off."""
    (before,), after = layer.inputs, layer.output
    assert isinstance(before, Map)
    assert isinstance(after, Map)
    cell = before.height / after.height * (before.width / after.width)
    return int((cell + 1) * after.elements)


_THOP: Mapping[str, Rule] = {
    "Conv2d": _macs,
    "Linear": _macs,
    "BatchNorm1d": _hooked_norm,
    "BatchNorm2d": _hooked_norm,
    "Softmax": _hooked_softmax,
    "AvgPool2d": _outputs,
    "AdaptiveAvgPool2d": _hooked_adaptive_pool,
    "MaxPool2d": _none,
    "AdaptiveMaxPool2d": _none,
    "ZeroPad2d": _none,
    "ReLU": _none,
    "ReLU6": _none,
    "LeakyReLU": _none,
    "Dropout": _none,
}


def _thop(layer: Layer) -> int | None:
    rule = _THOP.get(layer.module)
    return rule(layer) if rule else None


def _thop_params(layer: Layer) -> int | None:
    return parameters(layer) if layer.module in _THOP else None


# torchinfo: each parameter of a module once an image, those of a conv once a pixel of its output.
# Source: torchinfo/layer_info.py, calculate_macs.


def _torchinfo(layer: Layer) -> int | None:
    counted = parameters(layer)
    if not counted:
        return None
    if "Conv" not in layer.module:
        return counted
    assert isinstance(layer.output, Map)
    return counted * layer.output.height * layer.output.width


# torch.utils.flop_counter: two for each multiply-accumulate of a convolution or a matrix product.

_TORCH = (Conv, PointwiseConv, DepthwiseConv, Dense)


def _torch(layer: Layer) -> int | None:
    return 2 * layer.macs if isinstance(layer.op, _TORCH) else None


_ALL = (
    Tool(
        "fvcore",
        "fvcore 0.1.5 (FlopCountAnalysis, parameter_count)",
        "FLOPs",
        "one for each multiply-accumulate of a kernel, biases free; of a batch norm two a number"
        " with a gamma and one without; of an adaptive average pool one for each number that it"
        " takes",
        _fvcore,
        parameters,
    ),
    Tool(
        "thop",
        "thop 0.1.1 (profile)",
        "MACs",
        "one for each multiply-accumulate of a kernel, biases free; of an affine batch norm four a"
        " number; of an average pool one a number that it gives, of an adaptive one the pixels of"
        " its cell too; of a softmax module three a number; modules alone, by their very class",
        _thop,
        _thop_params,
    ),
    Tool(
        "torchinfo",
        "torchinfo 1.8.0 (summary)",
        "mult-adds",
        "the parameters of a conv, its bias among them, for each pixel that it gives; those of any"
        " other module once",
        _torchinfo,
        parameters,
    ),
    Tool(
        "torch",
        "torch.utils.flop_counter.FlopCounterMode",
        "FLOPs",
        "two for each multiply-accumulate of a kernel, biases free, and nothing else; it counts no"
        " parameters, so that those are netspec's own",
        _torch,
        None,
    ),
)
TOOLS: Mapping[str, Tool] = MappingProxyType({tool.name: tool for tool in _ALL})
