"""How Keras draws the first values of weights by the spec's initialisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

from netspec.emission.expressions import Expr, Literal, call
from netspec.ops.initializers import (
    TRUNCATED_STDDEV,
    Constant,
    Fans,
    Initializer,
    Normal,
    TruncatedNormal,
    VarianceScaling,
)


def first_values(init: Initializer) -> Expr:
    """What Keras takes as an initialiser: its name, or an object."""
    return INITIALIZERS[type(init)](init)


def bias_values(init: Initializer, fans: Fans) -> Expr:
    """The same for a bias, whose fans are its kernel's: its own shape does not tell them."""
    if not isinstance(init, VarianceScaling):
        return first_values(init)
    stddev = init.stddev(fans)
    if init.distribution == "uniform":
        most = sqrt(3) * stddev
        return call("initializers.RandomUniform", Literal(-most), Literal(most))
    if init.distribution == "normal":
        return _normal(Normal(stddev=stddev))
    return _truncated_normal(TruncatedNormal(stddev=stddev / TRUNCATED_STDDEV))


def depthwise_values(init: Initializer) -> Expr:
    """The same for a depthwise kernel, whose fans Keras counts otherwise."""
    if isinstance(init, VarianceScaling):
        return _scaled("DepthwiseScaling", init)
    return first_values(init)


def _constant(init: Constant) -> Expr:
    known = CONSTANTS.get(init.value)
    return Literal(known) if known else call("initializers.Constant", Literal(init.value, "value"))


def _normal(init: Normal) -> Expr:
    stddev = Literal(init.stddev)
    return call("initializers.RandomNormal", mean=(Literal(init.mean), 0.0), stddev=stddev)


def _truncated_normal(init: TruncatedNormal) -> Expr:
    stddev = Literal(init.stddev)
    return call("initializers.TruncatedNormal", mean=(Literal(init.mean), 0.0), stddev=stddev)


def _variance_scaling(init: VarianceScaling) -> Expr:
    known = NAMED.get((init.scale, init.mode, init.distribution))
    if known is not None:
        return Literal(known)
    return _scaled("initializers.VarianceScaling", init)


def _scaled(initializer: str, init: VarianceScaling) -> Expr:
    names = {"normal": "untruncated_normal"}
    return call(
        initializer,
        scale=Literal(init.scale),
        mode=Literal(init.mode),
        distribution=Literal(names.get(init.distribution, init.distribution)),
    )


CONSTANTS: Mapping[float, str] = {0.0: "zeros", 1.0: "ones"}
"""What Keras calls a constant."""

NAMED: Mapping[tuple[float, str, str], str] = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "truncated_normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "truncated_normal"): "lecun_normal",
}
"""What Keras calls a variance scaling, by its scale, mode and distribution."""

INITIALIZERS: Mapping[type[Initializer], Callable[..., Expr]] = {
    Constant: _constant,
    Normal: _normal,
    TruncatedNormal: _truncated_normal,
    VarianceScaling: _variance_scaling,
}
