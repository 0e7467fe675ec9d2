"""All ops, by name. A new one gets its class in a family's file and a word here."""

from __future__ import annotations

from netspec.ops.activation import Activation, Identity, Relu, Sigmoid, Softmax, Tanh
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense
from netspec.ops.join import Add, Concat
from netspec.ops.norm import BatchNorm
from netspec.ops.pool import AvgPool, GlobalAvgPool, MaxPool
from netspec.ops.reshape import Dropout, Flatten, Squeeze

_ALL: tuple[type[Op], ...] = (
    Conv,
    Dense,
    MaxPool,
    AvgPool,
    GlobalAvgPool,
    BatchNorm,
    Activation,
    Relu,
    Sigmoid,
    Tanh,
    Softmax,
    Concat,
    Add,
    Flatten,
    Squeeze,
    Dropout,
    Identity,
)
OPS: dict[str, type[Op]] = {op.name: op for op in _ALL}
