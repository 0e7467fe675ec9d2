"""The pairs found so far, and which two steps may be one."""

from __future__ import annotations

from netspec.language.tree import Step
from netspec.ops.activation import Activation, Function
from netspec.ops.base import Op
from netspec.ops.conv import Kernel
from netspec.ops.join import Join
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import AdaptiveAvgPool, GlobalPool, Pool
from netspec.ops.reshape import Flatten, Squeeze

FAMILIES: tuple[tuple[type[Op], ...], ...] = (
    (Kernel,),
    (Pool, GlobalPool, AdaptiveAvgPool),
    (BatchNorm, Lrn),
    (Function, Activation),
    (Join,),
    (Flatten, Squeeze),
)
"""Ops that stand for one another: a step keeps its partner where one takes the other's place."""


class Pairs:
    """Who is whose partner, by path. Grows while an alignment is looked for."""

    def __init__(self) -> None:
        self.to_a: dict[str, Step] = {}
        self.to_b: dict[str, Step] = {}

    def add(self, a: Step, b: Step) -> None:
        """Make partners of two steps that have none."""
        self.to_b[a.path] = b
        self.to_a[b.path] = a

    def add_whole(self, a: Step, b: Step) -> None:
        """Make partners of two steps of equal content, and of all that they hold and is free."""
        for one, other in zip(a.walk(), b.walk(), strict=True):
            if one.path not in self.to_b and other.path not in self.to_a:
                self.add(one, other)


def may_pair(a: Step, b: Step) -> bool:
    """Whether two steps can be one: blocks and joins of branches, or leaves of one family."""
    if a.op is None or a.children:
        return b.op is None or bool(b.children)
    return b.op is not None and not b.children and same_family(a.op, b.op)


def same_family(a: Op, b: Op) -> bool:
    """Whether one op can stand for the other."""
    alike = type(a) is type(b)
    return alike or any(isinstance(a, ops) and isinstance(b, ops) for ops in FAMILIES)
