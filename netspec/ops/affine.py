"""A number to multiply by and a number to add for each channel: what is left of a norm elsewhere.

No spec names this op, and no backend emits it; files of other tools have it where they spell a
batch norm, a bias or a preprocessing out.
"""

from __future__ import annotations

from dataclasses import dataclass

from netspec.ir.shapes import Shape
from netspec.ops.base import Array, Arrays, Op, Weight
from netspec.ops.initializers import ONES, ZEROS, Fans


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine(Op):
    """x * scale + shift, both one number a channel."""

    name = "affine"

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        return Weight("scale", shape, ONES, Fans(1, 1)), Weight("shift", shape, ZEROS, Fans(1, 1))

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0] * weights["scale"] + weights["shift"]
