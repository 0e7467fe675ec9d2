"""Ops that move values, scale them or drop them."""

from __future__ import annotations

from dataclasses import dataclass

from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.base import Array, Arrays, Op, ShapeError, Window, map_of
from netspec.ops.constructs import option
from netspec.ops.kinds import PADS, Pads, number
from netspec.ops.windows import padded

ALREADY = "leave it out: its input is a vector already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Op):
    """A map as a vector, in the order (height, width, channels)."""

    name = "flatten"

    def infer(self, inputs: tuple[Shape, ...]) -> Vector:
        """A vector of height x width x channels."""
        return Vector(map_of(self, inputs[0], ALREADY).elements)

    def window(self) -> Window | None:
        """The whole input."""
        return None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0].reshape(len(inputs[0]), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Squeeze(Op):
    """A map of 1x1 as a vector of its channels."""

    name = "squeeze"

    def infer(self, inputs: tuple[Shape, ...]) -> Vector:
        """A vector of the input's channels."""
        size = map_of(self, inputs[0], ALREADY)
        if (size.height, size.width) != (1, 1):
            message = f"squeeze takes a map of 1x1, and its input is {size.height}x{size.width}"
            raise ShapeError("NS406", message, hints=("pool globally before it",))
        return Vector(size.channels)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0][:, 0, 0, :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pad(Op):
    """The map with a border of one value around it."""

    name = "pad"
    padding: Pads = option(PADS, "Pixels added around the map.")
    value: float = option(number("a number"), "What the border holds.", 0.0)

    def infer(self, inputs: tuple[Shape, ...]) -> Map:
        """Height and width with the padding, channels kept."""
        size = map_of(self, inputs[0])
        height, width = size.height + self.padding.height, size.width + self.padding.width
        return Map(height, width, size.channels)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return padded(inputs[0], self.padding, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Op):
    """The value times a number, as residual branches are scaled down before they are added."""

    name = "scale"
    elementwise = True
    factor: float = option(number("a number"), "What every value is multiplied by.")

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0] * self.factor


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
