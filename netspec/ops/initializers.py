"""How weights get their first values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netspec.ops.constructs import Construct, option
from netspec.ops.kinds import choice, number, one_of

Array = NDArray[np.float64]


class Draws(Protocol):
    """A stream of random numbers."""

    def uniform(self, count: int) -> Array:
        """That many numbers, uniform in [0, 1)."""

    def normal(self, count: int) -> Array:
        """That many standard normal numbers."""

    def truncated_normal(self, count: int) -> Array:
        """That many standard normal numbers, those beyond two deviations drawn again."""


@dataclass(frozen=True, slots=True)
class Fans:
    """Inputs that reach one output of a kernel, and its taps times its outputs.

    Without groups the second is the outputs that one input reaches; with them, and in a depthwise
    kernel, all outputs still count, as in torch and in a grouped conv of Keras.
    """

    fan_in: int
    fan_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Initializer(Construct):
    """A rule for a weight's first values."""

    def draw(self, draws: Draws, shape: tuple[int, ...], fans: Fans) -> Array:
        """The values, float64, of this shape."""
        raise NotImplementedError(self.name)


_MEAN = number("a number")
_SCALE = number("a number above 0", exclusiveMinimum=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Initializer):
    """Every value the same."""

    name = "constant"
    value: float = option(_MEAN, "The value.", 0.0)

    def draw(self, draws: Draws, shape: tuple[int, ...], fans: Fans) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal(Initializer):
    """Normal values."""

    name = "normal"
    stddev: float = option(_SCALE, "The standard deviation.", 0.05)
    mean: float = option(_MEAN, "The mean.", 0.0)

    def draw(self, draws: Draws, shape: tuple[int, ...], fans: Fans) -> Array:
        return self.mean + self.stddev * draws.normal(math.prod(shape)).reshape(shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncatedNormal(Initializer):
    """Normal values, those beyond two standard deviations drawn again."""

    name = "truncated_normal"
    stddev: float = option(_SCALE, "The standard deviation before truncation.", 0.05)
    mean: float = option(_MEAN, "The mean.", 0.0)

    def draw(self, draws: Draws, shape: tuple[int, ...], fans: Fans) -> Array:
        return self.mean + self.stddev * draws.truncated_normal(math.prod(shape)).reshape(shape)


# The standard deviation of a standard normal truncated at two deviations, for which
# TensorFlow's and Keras's VarianceScaling correct (scipy.stats.truncnorm(-2, 2).std()).
TRUNCATED_STDDEV = 0.87962566103423978


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceScaling(Initializer):
    """Values of variance scale / fan (He and Glorot are cases of it)."""

    name = "variance_scaling"
    scale: float = option(_SCALE, "The numerator of the variance.", 1.0)
    mode: str = option(choice("fan_in", "fan_out", "fan_avg"), "The fan that divides it.", "fan_in")
    distribution: str = option(
        choice("truncated_normal", "normal", "uniform"),
        "The shape of the distribution; truncated at two deviations and rescaled.",
        "truncated_normal",
    )

    def stddev(self, fans: Fans) -> float:
        """The standard deviation of the values for these fans."""
        fan = {
            "fan_in": float(fans.fan_in),
            "fan_out": float(fans.fan_out),
            "fan_avg": (fans.fan_in + fans.fan_out) / 2,
        }[self.mode]
        return math.sqrt(self.scale / max(1.0, fan))

    def draw(self, draws: Draws, shape: tuple[int, ...], fans: Fans) -> Array:
        drawn: dict[str, Callable[[int], Array]] = {
            "truncated_normal": lambda n: draws.truncated_normal(n) / TRUNCATED_STDDEV,
            "normal": draws.normal,
            "uniform": lambda n: (2 * draws.uniform(n) - 1) * math.sqrt(3),
        }
        values = drawn[self.distribution](math.prod(shape))
        return self.stddev(fans) * values.reshape(shape)


INITIALIZERS: dict[str, type[Initializer]] = {
    construct.name: construct for construct in (Constant, Normal, TruncatedNormal, VarianceScaling)
}
INITIALIZER = one_of(
    INITIALIZERS,
    f"an initialiser, {{op: NAME, …}} or its name: {', '.join(INITIALIZERS)}",
    optional=False,
)
GLOROT_UNIFORM = VarianceScaling(scale=1.0, mode="fan_avg", distribution="uniform")
ZEROS = Constant(value=0.0)
ONES = Constant(value=1.0)
