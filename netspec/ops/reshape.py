"""Ops that move values or drop them."""

from __future__ import annotations

from dataclasses import dataclass

from netspec.ir.shapes import Shape, Vector
from netspec.ops.base import Array, Arrays, Op, ShapeError, Window, map_of
from netspec.ops.constructs import option
from netspec.ops.kinds import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Op):
    """A map as a vector, in the order (height, width, channels)."""

    name = "flatten"

    def infer(self, inputs: tuple[Shape, ...]) -> Vector:
        return Vector(map_of(self, inputs[0]).elements)

    def window(self) -> Window | None:
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0].reshape(len(inputs[0]), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Squeeze(Op):
    """A map of 1x1 as a vector of its channels."""

    name = "squeeze"

    def infer(self, inputs: tuple[Shape, ...]) -> Vector:
        size = map_of(self, inputs[0])
        if (size.height, size.width) != (1, 1):
            message = f"squeeze takes a map of 1x1, and its input is {size.height}x{size.width}"
            raise ShapeError("NS406", message, hints=("pool globally before it",))
        return Vector(size.channels)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0][:, 0, 0, :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(Op):
    """In training each value is kept with probability `keep` and divided by it, else zeroed."""

    name = "dropout"
    elementwise = True
    keep: float = option(
        number("a number above 0, at most 1", exclusiveMinimum=0, maximum=1),
        "Probability that a value is kept.",
    )

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0]
