"""Functions against the standard library's, value by value, and against published ones."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from netspec.ops.activation import (
    FUNCTIONS,
    Elu,
    Function,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
)

VALUES = (
    -800.0,
    -20.0,
    -6.1,
    -6.0,
    -3.5,
    -3.0,
    -1.0,
    -0.1,
    0.0,
    1e-9,
    0.3,
    2.7,
    3.0,
    6.0,
    9.0,
    800.0,
)


def of(function: Function, *values: float) -> list[float]:
    found: list[float] = function.reference((np.array([values]),), {})[0].tolist()
    return found


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def gelu_by_tanh(x: float) -> float:
    return x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


DEFINED: list[tuple[Function, Callable[[float], float]]] = [
    (Relu(), lambda x: x if x > 0 else 0.0),
    (Relu6(), lambda x: 0.0 if x < 0 else 6.0 if x > 6 else x),
    (LeakyRelu(slope=0.2), lambda x: x if x > 0 else 0.2 * x),
    (LeakyRelu(slope=1.5), lambda x: x if x > 0 else 1.5 * x),
    (Elu(), lambda x: x if x > 0 else math.expm1(x)),
    (Elu(alpha=0.3), lambda x: x if x > 0 else 0.3 * math.expm1(x)),
    (Sigmoid(), logistic),
    (Tanh(), math.tanh),
    (Gelu(), lambda x: x / 2 * math.erfc(-x / math.sqrt(2))),
    (Gelu(form="tanh"), gelu_by_tanh),
    (Silu(), lambda x: x * logistic(x)),
    (HardSigmoid(), lambda x: 0.0 if x < -3 else 1.0 if x > 3 else x / 6 + 0.5),
    (HardSwish(), lambda x: 0.0 if x < -3 else x if x > 3 else x * x / 6 + x / 2),
]


@pytest.mark.parametrize(("function", "defined"), DEFINED, ids=[str(f) for f, _ in DEFINED])
def test_values(function: Function, defined: Callable[[float], float]) -> None:
    expected = [defined(x) for x in VALUES]
    np.testing.assert_allclose(of(function, *VALUES), expected, rtol=1e-14, atol=1e-15)


def test_each_function_is_tested() -> None:
    assert {type(function) for function, _ in DEFINED} | {Softmax} == set(FUNCTIONS.values())


def test_gelu_by_the_published_normal_distribution() -> None:
    """x times the distribution function at 1, 2 and 3; at -8 no digit cancels."""
    shares = {1: 0.841344746068543, 2: 0.977249868051821, 3: 0.998650101968370}
    for x, share in shares.items():
        assert of(Gelu(), x)[0] == pytest.approx(x * share, rel=2e-15)
        assert of(Gelu(), -x)[0] == pytest.approx(-x * (1 - share), abs=2e-15)
    assert of(Gelu(), -8)[0] == pytest.approx(-8 * 6.22096057427178e-16, rel=1e-13)


def test_the_forms_of_gelu_differ_by_no_more_than_is_said() -> None:
    x = np.linspace(-6, 6, 12_001)
    apart = np.abs(Gelu().reference((x,), {}) - Gelu(form="tanh").reference((x,), {}))
    assert 4.6e-4 < apart.max() < 4.8e-4
    assert abs(x[apart.argmax()]) == pytest.approx(Gelu.reach, abs=0.01)


def test_hard_forms_are_what_their_papers_say() -> None:
    """relu6(x + 3) / 6, and x times it."""
    x = np.linspace(-5, 8, 131)
    gate = Relu6().reference((x + 3,), {}) / 6
    np.testing.assert_allclose(HardSigmoid().reference((x,), {}), gate, rtol=1e-15)
    np.testing.assert_allclose(HardSwish().reference((x,), {}), x * gate, rtol=1e-15)
