"""All ops, by name. A new one gets its class in a family's file and a word here."""

from __future__ import annotations

from netspec.ops.activation import FUNCTIONS, Activation, Identity
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense, DepthwiseConv, SeparableConv
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze

_ALL: tuple[type[Op], ...] = (
    Conv,
    DepthwiseConv,
    SeparableConv,
    Dense,
    MaxPool,
    AvgPool,
    GlobalMaxPool,
    GlobalAvgPool,
    AdaptiveAvgPool,
    BatchNorm,
    Lrn,
    Activation,
    *FUNCTIONS.values(),
    Concat,
    Add,
    Multiply,
    Scale,
    Pad,
    Flatten,
    Squeeze,
    Dropout,
    Identity,
)
OPS: dict[str, type[Op]] = {op.name: op for op in _ALL}


def always_lowered(op: type[Op]) -> bool:
    """Whether lowering replaces the op by its parts, whatever its fields say."""
    fields = dict.fromkeys(name for name, option in op.options().items() if option.required)
    return all(type(part) is not op for _, part in op(**fields).parts())
