"""Functions of a value alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netspec.ops.base import Array, Arrays, Op
from netspec.ops.constructs import option
from netspec.ops.kinds import one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Op):
    """A function of each pixel, without weights: what a conv's `activation` may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relu(Function):
    """max(x, 0)."""

    name = "relu"
    elementwise = True

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.maximum(inputs[0], 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmoid(Function):
    """1 / (1 + exp(-x))."""

    name = "sigmoid"
    elementwise = True

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.exp(-np.logaddexp(0.0, -inputs[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tanh(Function):
    """The hyperbolic tangent."""

    name = "tanh"
    elementwise = True

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.tanh(inputs[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmax(Function):
    """exp(x) over its sum along the channels."""

    name = "softmax"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        (value,) = inputs
        raised = np.exp(value - value.max(axis=-1, keepdims=True))
        share: Array = raised / raised.sum(axis=-1, keepdims=True)
        return share


FUNCTIONS: dict[str, type[Function]] = {f.name: f for f in (Relu, Sigmoid, Tanh, Softmax)}
ACTIVATION = one_of(FUNCTIONS, f"none or one of {', '.join(FUNCTIONS)}", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation(Op):
    """The function that a field names, which a parameter may choose; `none` keeps the value."""

    name = "activation"
    function: Function | None = option(ACTIVATION, "The function, by name.")

    def parts(self) -> tuple[tuple[str, Op], ...]:
        return (("", self.function or Identity()),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(Op):
    """The value itself."""

    name = "identity"
    elementwise = True

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0]
