"""How torch draws the first values of weights by the spec's initialisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt

from netspec.backends.torch.layout import TORCH_ROLES
from netspec.emission.expressions import Attribute, Expr, Layer, Literal, call
from netspec.ops.base import Weight
from netspec.ops.initializers import (
    TRUNCATED_STDDEV,
    Constant,
    Initializer,
    Normal,
    TruncatedNormal,
    VarianceScaling,
)


def _constant(init: Constant, weight: Expr) -> Expr:
    if init.value == 0.0:
        return call("nn.init.zeros_", weight)
    return call("nn.init.constant_", weight, Literal(init.value, "value"))


def _normal(init: Normal, weight: Expr) -> Expr:
    return call("nn.init.normal_", weight, mean=(Literal(init.mean), 0.0), std=Literal(init.stddev))


def _truncated_normal(init: TruncatedNormal, weight: Expr) -> Expr:
    stddev, mean = Literal(init.stddev), Literal(init.mean)
    return call("truncated_normal_", weight, stddev=stddev, mean=(mean, 0.0))


def _variance_scaling(init: VarianceScaling, weight: Expr) -> Expr:
    known = NAMED.get((init.scale, init.mode == "fan_avg", init.distribution))
    if known == "xavier":
        return call(f"nn.init.xavier_{init.distribution}_", weight)
    if known == "kaiming":
        return call(f"nn.init.kaiming_{init.distribution}_", weight, mode=Literal(init.mode))
    return call(
        "variance_scaling_",
        weight,
        scale=Literal(init.scale),
        mode=Literal(init.mode),
        distribution=Literal(init.distribution),
    )


NAMED: Mapping[tuple[float, bool, str], str] = {
    (1.0, True, "uniform"): "xavier",
    (1.0, True, "normal"): "xavier",
    (2.0, False, "uniform"): "kaiming",
    (2.0, False, "normal"): "kaiming",
}
"""What torch calls a variance scaling, by its scale, whether both fans count, its distribution."""

INITIALIZERS: Mapping[type[Initializer], Callable[..., Expr]] = {
    Constant: _constant,
    Normal: _normal,
    TruncatedNormal: _truncated_normal,
    VarianceScaling: _variance_scaling,
}


def first_values(weights: tuple[Weight, ...]) -> tuple[Expr, ...]:
    """Statements that set the first values of a kernel, a bias, a gamma."""
    return tuple(_first_value(w, Attribute(Layer(), TORCH_ROLES[w.role])) for w in weights)


def _first_value(weight: Weight, place: Expr) -> Expr:
    init = weight.initializer
    if isinstance(init, VarianceScaling) and len(weight.shape) == 1:
        return VECTORS[init.distribution](init.stddev(weight.fans), place)
    return INITIALIZERS[type(init)](init, place)


def _uniform_vector(stddev: float, weight: Expr) -> Expr:
    most = sqrt(3) * stddev
    return call("nn.init.uniform_", weight, Literal(-most), Literal(most))


def _normal_vector(stddev: float, weight: Expr) -> Expr:
    return _normal(Normal(stddev=stddev), weight)


def _truncated_vector(stddev: float, weight: Expr) -> Expr:
    return _truncated_normal(TruncatedNormal(stddev=stddev / TRUNCATED_STDDEV), weight)


VECTORS: Mapping[str, Callable[[float, Expr], Expr]] = {
    "uniform": _uniform_vector,
    "normal": _normal_vector,
    "truncated_normal": _truncated_vector,
}
"""A variance scaling of a bias, whose fans are its kernel's: its own shape does not tell them."""
