"""Ops of several inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.base import Array, Arrays, Op, ShapeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Op):
    """An op whose inputs must agree in size."""

    inputs = (1, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat(Join):
    """The inputs' channels behind each other, in written order."""

    name = "concat"

    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        """The inputs' channels together; height and width, which must agree, are kept."""
        channels = sum(shape.channels for shape in inputs)
        if all(isinstance(shape, Vector) for shape in inputs):
            return Vector(channels)
        maps = [shape for shape in inputs if isinstance(shape, Map)]
        if len(maps) < len(inputs) or len({(m.height, m.width) for m in maps}) > 1:
            raise ShapeError("NS403", "inputs of a concat disagree in height and width")
        return Map(maps[0].height, maps[0].width, channels)

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.concatenate(inputs, axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike(Join):
    """A join of inputs of one shape, pixel by pixel; nothing is broadcast."""

    def infer(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of every input, which must be one."""
        if len(set(inputs)) > 1:
            raise ShapeError("NS403", f"inputs of {self.name} differ in shape")
        return inputs[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Alike):
    """The sum of the inputs, which have one shape; nothing is broadcast."""

    name = "add"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return reduce(np.add, inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiply(Alike):
    """The product of the inputs, which have one shape; nothing is broadcast."""

    name = "multiply"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return reduce(np.multiply, inputs)
