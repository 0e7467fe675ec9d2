"""Seeded values: what they depend on, and that they have the distributions they claim."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.diagnostics import Origin, Source, Span
from netspec.ir.graph import Graph, Input, Node
from netspec.ir.shapes import Map
from netspec.ops.base import Op
from netspec.ops.conv import Conv
from netspec.ops.initializers import (
    TRUNCATED_STDDEV,
    Constant,
    Initializer,
    Normal,
    TruncatedNormal,
    VarianceScaling,
)
from netspec.ops.kinds import Pair
from netspec.ops.norm import BatchNorm
from netspec.weights.initial import Stream, init_weights, parity_weights

ORIGIN = Origin(Span(Source("test.yaml", ""), 1, 1, 1, 1))
INPUT = Map(6, 6, 8)
NORMAL = Normal()
COUNT = 100_000
SIGMAS = 5
"""Deviations that an estimate may be off: one test in two million fails by chance, if any."""


def graph(**ops: Op) -> Graph:
    """These ops side by side on one input."""
    nodes = tuple(
        Node(name, op, ("x",), op.infer((INPUT,)), name, "", name, ORIGIN)
        for name, op in ops.items()
    )
    return Graph("Side", (Input("x", INPUT),), nodes, (), tuple(ops))


def conv(initializer: Initializer = NORMAL) -> Conv:
    return Conv(filters=64, kernel=Pair(3, 5), bias=True, kernel_init=initializer)


def require_moments(
    values: NDArray[np.floating], mean: float, deviation: float, kurtosis: float = 3
) -> None:
    """Mean and variance of independent values lie within `SIGMAS` of what is claimed."""
    count = values.size
    assert abs(values.mean() - mean) < SIGMAS * deviation / math.sqrt(count)
    spread = deviation**2 * math.sqrt((kurtosis - 1) / count)
    assert abs(((values - mean) ** 2).mean() - deviation**2) < SIGMAS * spread


def test_values_depend_on_seed_and_name_alone() -> None:
    alone = init_weights(graph(A=conv()), 7)
    beside = init_weights(graph(B=conv(), A=conv(), C=BatchNorm()), 7)
    assert list(alone) == ["A/kernel", "A/bias"]
    assert list(beside)[:4] == ["B/kernel", "B/bias", "A/kernel", "A/bias"]
    assert np.array_equal(alone["A/kernel"], beside["A/kernel"])
    assert not np.array_equal(beside["A/kernel"], beside["B/kernel"])
    assert not np.array_equal(alone["A/kernel"], init_weights(graph(A=conv()), 8)["A/kernel"])
    assert {value.dtype for value in beside.values()} == {np.dtype("float32")}
    assert alone["A/kernel"].shape == (3, 5, 8, 64)


@pytest.mark.parametrize("seed", [-1, 0, 2**31, 2**64, 10**30])
def test_any_integer_is_a_seed(seed: int) -> None:
    first, again = (init_weights(graph(A=conv()), seed)["A/kernel"] for _ in range(2))
    assert np.array_equal(first, again)


def test_the_stream_is_philox_keyed_by_sha256() -> None:
    """Pinned, for these values stand in stored comparisons: a change is one of all seeds."""
    key = int.from_bytes(hashlib.sha256(b"0 A/kernel").digest()[:16], "little")
    raw = np.random.Philox(key=key).random_raw(3)
    values = Stream(0, "A/kernel").uniform(3).tolist()
    assert values == [(int(bits) >> 11) / 2**53 for bits in raw]
    assert values == [0.5125471358072596, 0.4473208711607468, 0.6305878094930449]


def test_uniform() -> None:
    values = Stream(0, "uniform").uniform(COUNT)
    assert values.min() >= 0
    assert values.max() < 1
    require_moments(values, 0.5, math.sqrt(1 / 12), kurtosis=1.8)
    counts = np.histogram(values, 20, (0, 1))[0]
    assert (((counts - COUNT / 20) ** 2) / (COUNT / 20)).sum() < 60  # chi-squared, p = 4e-6


def test_normal() -> None:
    values = Stream(0, "normal").normal(COUNT)
    require_moments(values, 0, 1)
    for bound in (0.5, 1, 2, 3):
        share = math.erfc(bound / math.sqrt(2))
        error = math.sqrt(share * (1 - share) / COUNT)
        assert abs((np.abs(values) > bound).mean() - share) < SIGMAS * error
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < SIGMAS / math.sqrt(COUNT)


@pytest.mark.parametrize("count", [1, 2, 3, 999])
def test_counts_are_kept(count: int) -> None:
    stream = Stream(0, "count")
    assert stream.uniform(count).shape == (count,)
    assert stream.normal(count).shape == (count,)
    assert stream.truncated_normal(count).shape == (count,)


def test_truncated_normal() -> None:
    values = Stream(0, "truncated").truncated_normal(COUNT)
    assert np.abs(values).max() <= 2
    assert np.abs(values).max() > 1.99
    require_moments(values, 0, TRUNCATED_STDDEV, kurtosis=2.4)


@pytest.mark.parametrize(
    ("initializer", "mean", "deviation"),
    [
        (Normal(stddev=0.2, mean=1.5), 1.5, 0.2),
        (TruncatedNormal(stddev=0.1), 0.0, 0.1 * TRUNCATED_STDDEV),
        (VarianceScaling(scale=2.0), 0.0, math.sqrt(2 / 120)),
        (VarianceScaling(distribution="normal", mode="fan_out"), 0.0, math.sqrt(1 / 960)),
        (VarianceScaling(distribution="uniform", mode="fan_avg"), 0.0, math.sqrt(2 / 1080)),
    ],
)
def test_initialisers(initializer: Initializer, mean: float, deviation: float) -> None:
    weights = init_weights(graph(A=conv(initializer)), 3)
    require_moments(weights["A/kernel"].astype(np.float64), mean, deviation)
    assert not weights["A/bias"].any()


def test_constants_and_norms_start_as_they_say() -> None:
    weights = init_weights(graph(A=conv(Constant(value=0.25)), B=BatchNorm()), 3)
    assert (weights["A/kernel"] == 0.25).all()
    assert (weights["B/gamma"] == 1).all()
    assert (weights["B/moving_variance"] == 1).all()
    assert not weights["B/beta"].any()
    assert not weights["B/moving_mean"].any()


def test_a_gamma_is_drawn_by_its_initialiser() -> None:
    norms = graph(A=BatchNorm(gamma_init=Constant()), B=BatchNorm(gamma_init=Normal(mean=2.0)))
    weights = init_weights(norms, 3)
    assert not weights["A/gamma"].any()
    assert abs(weights["B/gamma"].mean() - 2) < 0.2
    assert parity_weights(norms, 3)["A/gamma"].all()


def test_parity_weights_have_the_ranges_of_the_design() -> None:
    weights = parity_weights(graph(A=conv(Constant()), B=BatchNorm()), 0)
    require_moments(weights["A/kernel"].astype(np.float64), 0, math.sqrt(2 / 120))
    ranges = {
        "A/bias": (-0.1, 0.1),
        "B/gamma": (0.8, 1.2),
        "B/beta": (-0.1, 0.1),
        "B/moving_mean": (-0.1, 0.1),
        "B/moving_variance": (0.5, 1.5),
    }
    for name, (low, high) in ranges.items():
        value = weights[name]
        assert low <= value.min() < value.max() <= high, name
        assert np.unique(value).size == value.size, name
