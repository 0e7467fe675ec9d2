"""The family of an op, which gives its colour."""

from __future__ import annotations

from netspec.ops.activation import Activation, Function
from netspec.ops.base import Op
from netspec.ops.conv import Dense, Kernel
from netspec.ops.join import Join
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import AdaptiveAvgPool, GlobalPool, Pool

BLOCK, INPUT, OTHER = "block", "input", "other"

FAMILIES: dict[type[Op], str] = {
    Dense: "dense",
    Kernel: "conv",
    Pool: "pool",
    GlobalPool: "pool",
    AdaptiveAvgPool: "pool",
    Function: "function",
    Activation: "function",
    BatchNorm: "norm",
    Lrn: "norm",
    Join: "join",
}
"""By the first class of these that an op is one of."""

WORDS: dict[str, str] = {
    "conv": "convolution",
    "pool": "pooling",
    "norm": "normalisation",
    "function": "activation",
    "join": "join",
    "dense": "dense",
    OTHER: "other",
    BLOCK: "folded block",
}
"""The legend, in its order."""


def family(op: Op) -> str:
    """A key of `WORDS`."""
    return next((name for kind, name in FAMILIES.items() if isinstance(op, kind)), OTHER)
