"""Functions of a value alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, pi, sqrt
from typing import ClassVar

import numpy as np

from netspec.ops.base import Array, Arrays, Op
from netspec.ops.constructs import option
from netspec.ops.kinds import choice, number, one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Op):
    """A function of each pixel, without weights: what a conv's `activation` may be."""

    elementwise = True
    reach: ClassVar[float | None] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relu(Function):
    """max(x, 0)."""

    name = "relu"
    reach = 0.0

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.maximum(inputs[0], 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relu6(Function):
    """min(max(x, 0), 6). Source: Sandler et al. 2018, arXiv 1801.04381."""

    name = "relu6"
    reach = 6.0

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.clip(inputs[0], 0.0, 6.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakyRelu(Function):
    """x where x is positive, else slope * x.

    The slope has no default, for frameworks' differ: torch has 0.01, Keras's layer 0.3 and its
    function 0.2. Source: Maas, Hannun and Ng 2013, "Rectifier Nonlinearities Improve Neural Network
    Acoustic Models".
    """

    name = "leaky_relu"
    reach = 0.0
    slope: float = option(
        number("a number of at least 0", minimum=0),
        "What negative values are multiplied by; 0.01 to 0.3 are usual.",
    )

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.where(inputs[0] > 0, inputs[0], self.slope * inputs[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Elu(Function):
    """x where x is positive, else alpha * (exp(x) - 1).

    Source: Clevert, Unterthiner and Hochreiter 2015, arXiv 1511.07289.
    """

    name = "elu"
    alpha: float = option(
        number("a number of at least 0", minimum=0),
        "Large negative values tend to -alpha.",
        1.0,
    )

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        (value,) = inputs
        return np.where(value > 0, value, self.alpha * np.expm1(np.minimum(value, 0.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmoid(Function):
    """1 / (1 + exp(-x))."""

    name = "sigmoid"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return _sigmoid(inputs[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tanh(Function):
    """The hyperbolic tangent."""

    name = "tanh"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.tanh(inputs[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Gelu(Function):
    """x times the normal distribution function of x, or its approximation by a tanh.

    `exact` is x / 2 * (1 + erf(x / sqrt(2))), `tanh` is
    x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))); they differ by up to 4.7e-4.
    Source: Hendrycks and Gimpel 2016, arXiv 1606.08415.
    """

    name = "gelu"
    reach = 2.7  # where the two forms differ most
    form: str = option(
        choice("exact", "tanh"), "exact: by the error function; tanh: its approximation.", "exact"
    )

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        (value,) = inputs
        if self.form == "tanh":
            doubled = 1 + np.tanh(sqrt(2 / pi) * (value + 0.044715 * value**3))
        else:
            doubled = _erfc(-value / sqrt(2))  # 1 + erf(y) = erfc(-y), whose digits don't cancel
        gated: Array = value / 2 * doubled
        return gated


@dataclass(frozen=True, slots=True, kw_only=True)
class Silu(Function):
    """x * sigmoid(x), which is also called swish.

    Source: Elfwing, Uchibe and Doya 2017, arXiv 1702.03118.
    """

    name = "silu"

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0] * _sigmoid(inputs[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class HardSigmoid(Function):
    """min(max(x + 3, 0), 6) / 6.

    As in torch and Keras 3; ONNX's default and older Keras have a slope of 0.2.
    Source: Howard et al. 2019, arXiv 1905.02244.
    """

    name = "hard_sigmoid"
    reach = 3.0

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return np.clip(inputs[0] + 3.0, 0.0, 6.0) / 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HardSwish(Function):
    """x * hard_sigmoid(x).

    Source: Howard et al. 2019, arXiv 1905.02244.
    """

    name = "hard_swish"
    reach = 3.0

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        return inputs[0] * np.clip(inputs[0] + 3.0, 0.0, 6.0) / 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmax(Function):
    """exp(x) over its sum along the channels."""

    name = "softmax"
    elementwise = False
    reach = None

    def reference(self, inputs: tuple[Array, ...], weights: Arrays) -> Array:
        (value,) = inputs
        raised = np.exp(value - value.max(axis=-1, keepdims=True))
        share: Array = raised / raised.sum(axis=-1, keepdims=True)
        return share


def _sigmoid(value: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -value))


def _erfc(value: Array) -> Array:
    """The complementary error function, which numpy lacks; a third of np.vectorize's time."""
    flat = np.ascontiguousarray(value, np.float64).reshape(-1)
    return np.fromiter(map(erfc, flat.data), np.float64, flat.size).reshape(value.shape)


_ALL: tuple[type[Function], ...] = (
    Relu,
    Relu6,
    LeakyRelu,
    Elu,
    Sigmoid,
    Tanh,
    Gelu,
    Silu,
    HardSigmoid,
    HardSwish,
    Softmax,
)
FUNCTIONS: dict[str, type[Function]] = {f.name: f for f in _ALL}
ACTIVATION = one_of(FUNCTIONS, f"none or a function: {', '.join(FUNCTIONS)}", optional=True)


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
