"""What an op is: fields, shape rule, weights, cost, window and reference, all in one class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.constructs import Construct
from netspec.ops.initializers import Fans, Initializer
from netspec.ops.kinds import NO_PADS, Pads, Pair

Array = NDArray[np.float64]
Arrays = Mapping[str, Array]


class ShapeError(Exception):
    """An op can't take its input. `field` is the field to blame, `hints` say what to try."""

    def __init__(
        self, code: str, message: str, *, field: str = "", hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.field, self.hints = code, message, field, hints


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor of an op, in the canonical layout; `role` is its name's last part.

    Axes of a kernel: (height, width, in / groups, out) of a conv, (height, width, in, multiplier)
    of a depthwise one, (in, out) of a dense.
    `decay` asks training to add decay / 2 * sum(weight ** 2) to the loss.
    """

    role: str
    shape: tuple[int, ...]
    initializer: Initializer
    fans: Fans
    trainable: bool = True
    decay: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of input that one output pixel sees, for the receptive field."""

    kernel: Pair = Pair(1, 1)
    stride: Pair = Pair(1, 1)
    pads: Pads = NO_PADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Op(Construct):
    """A step's operation.

    A subclass states its fields and overrides what differs from: one input, the shape kept, no
    weights, no MACs, a window of one pixel.
    """

    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    elementwise: ClassVar[bool] = False
    reach: ClassVar[float | None] = None
    """How far from zero, on both sides, values must go for the shape of a function to show: past
    its furthest knee, or where it has bent clearly. Nothing for ops that are no such functions."""
    named_by_step: ClassVar[bool] = False
    """Whether its weights bear the step's own path, wherever in the step its part stands."""

    def resolved(self, inputs: tuple[Shape, ...]) -> Self:
        """The op without sugar, its input being known: `same` as four numbers and the like."""
        return self

    def parts(self) -> tuple[tuple[str, Op], ...]:
        """The chain of ops that this one stands for, each with the name of its part in the step.

        An op that stands for itself alone is one unnamed part.
        """
        return (("", self),)

    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        """The output's shape; raises `ShapeError`."""
        return inputs[0]

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """The tensors that it owns, in a fixed order."""
        return ()

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Multiply-accumulates of one image: kernels only, as `figures.json` counts them."""
        return 0

    def window(self) -> Window | None:
        """What one output pixel sees; nothing where it sees the whole input."""
        return Window()

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        """The value in float64, slow and obvious. Axes: (batch, height, width, channels)."""
        raise NotImplementedError(self.name)


BEFORE = "put it before `flatten`, `squeeze` or `dense`"


def map_of(op: Op, shape: Shape, hint: str = BEFORE) -> Map:
    """The shape, if it is a map; else the complaint that this op needs one."""
    if isinstance(shape, Map):
        return shape
    message = f"{op.name} takes a feature map, and its input is a vector of {shape}"
    raise ShapeError("NS404", message, hints=(hint,))


def vector_of(op: Op, shape: Shape) -> Vector:
    """The shape, if it is a vector; else the complaint that this op needs one."""
    if isinstance(shape, Vector):
        return shape
    message = f"{op.name} takes a vector, and its input is a map of {shape}"
    raise ShapeError(
        "NS404", message, hints=("put a `flatten` or a `global_avg_pool` with `squeeze` before it",)
    )
