"""The reference against loops over scalars, written without a look at its code."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.diagnostics import Origin, Source, Span
from netspec.ir.graph import Graph, Input, Node
from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.activation import Relu, Sigmoid, Softmax, Tanh
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense
from netspec.ops.join import Add, Concat
from netspec.ops.kinds import Pads, Pair
from netspec.ops.norm import BatchNorm
from netspec.ops.pool import AvgPool, GlobalAvgPool, MaxPool
from netspec.ops.reshape import Dropout, Flatten, Squeeze
from netspec.reference import evaluate

Array = NDArray[np.float64]
ORIGIN = Origin(Span(Source("test.yaml", ""), 1, 1, 1, 1))


def node(name: str, op: Op, inputs: tuple[str, ...], shapes: tuple[Shape, ...]) -> Node:
    return Node(name, op, inputs, op.infer(shapes), name, "", name, ORIGIN)


def computed(op: Op, value: Array, weights: dict[str, Array] | None = None) -> Array:
    """What one op makes of a value in a graph of its own."""
    dims = value.shape[1:]
    shape: Shape = Map(*dims) if len(dims) == 3 else Vector(*dims)
    resolved = op.resolved((shape,))
    graph = Graph("One", (Input("x", shape),), (node("A", resolved, ("x",), (shape,)),), (), ("A",))
    return evaluate(graph, {f"A/{role}": w for role, w in (weights or {}).items()}, {"x": value})[
        "A"
    ]


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def places(height: int, width: int, op: Conv | MaxPool | AvgPool) -> tuple[int, int]:
    """Rows and columns of the output."""
    dilation = op.dilation if isinstance(op, Conv) else Pair(1, 1)
    pads = op.pads
    tall = (op.kernel.height - 1) * dilation.height + 1
    wide = (op.kernel.width - 1) * dilation.width + 1
    return (
        (height + pads.top + pads.bottom - tall) // op.stride.height + 1,
        (width + pads.left + pads.right - wide) // op.stride.width + 1,
    )


CONVS = [
    Conv(filters=4, kernel=Pair(1, 1)),
    Conv(filters=4, kernel=Pair(3, 2), padding=Pads(0, 1, 2, 0)),
    Conv(filters=2, kernel=Pair(2, 3), stride=Pair(2, 1), padding=Pads(1, 0, 0, 1)),
    Conv(filters=6, kernel=Pair(3, 3), stride=Pair(2, 3), groups=2, bias=True),
    Conv(filters=4, kernel=Pair(2, 2), dilation=Pair(2, 3), padding=Pads(1, 1, 1, 1)),
    Conv(filters=8, kernel=Pair(3, 1), groups=4, padding="same", stride=Pair(2, 2)),
]


@pytest.mark.parametrize("op", CONVS, ids=str)
def test_conv(op: Conv) -> None:
    value = random(2, 7, 6, 4)
    op = op.resolved((Map(7, 6, 4),))
    group_in, group_out = 4 // op.groups, op.filters // op.groups
    kernel = random(*op.kernel, group_in, op.filters, seed=1)
    bias = random(op.filters, seed=2)
    expected = np.zeros((2, *places(7, 6, op), op.filters))
    for n, r, c, f in product(*map(range, expected.shape)):
        total = bias[f] if op.bias else 0.0
        for i, j, k in product(range(op.kernel.height), range(op.kernel.width), range(group_in)):
            y = r * op.stride.height + i * op.dilation.height - op.pads.top
            x = c * op.stride.width + j * op.dilation.width - op.pads.left
            if 0 <= y < 7 and 0 <= x < 6:
                total += value[n, y, x, f // group_out * group_in + k] * kernel[i, j, k, f]
        expected[n, r, c, f] = total
    found = computed(op, value, {"kernel": kernel, "bias": bias})
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


POOLS = [
    MaxPool(kernel=Pair(2, 3)),
    MaxPool(kernel=Pair(3, 3), stride=Pair(2, 2), padding="same"),
    MaxPool(kernel=Pair(3, 2), stride=Pair(1, 2), padding=Pads(1, 0, 0, 1)),
    AvgPool(kernel=Pair(3, 2)),
    AvgPool(kernel=Pair(3, 3), padding="same"),
    AvgPool(kernel=Pair(3, 3), stride=Pair(2, 2), padding=Pads(1, 1, 0, 1), divisor="window"),
]


@pytest.mark.parametrize("op", POOLS, ids=str)
def test_pool(op: MaxPool | AvgPool) -> None:
    value = random(2, 7, 6, 3) - 5  # negative, so that a padding of zeros would win
    op = op.resolved((Map(7, 6, 3),))
    expected = np.zeros((2, *places(7, 6, op), 3))
    for n, r, c, f in product(*map(range, expected.shape)):
        seen = [
            value[n, y, x, f]
            for y in range(r * op.stride.height - op.pads.top, 7)
            for x in range(c * op.stride.width - op.pads.left, 6)
            if y - (r * op.stride.height - op.pads.top) < op.kernel.height
            if x - (c * op.stride.width - op.pads.left) < op.kernel.width
            if y >= 0 and x >= 0
        ]
        area = op.kernel.height * op.kernel.width
        if isinstance(op, MaxPool):
            expected[n, r, c, f] = max(seen)
        else:
            expected[n, r, c, f] = sum(seen) / (area if op.divisor == "window" else len(seen))
    np.testing.assert_allclose(computed(op, value), expected, rtol=0, atol=1e-13)


def test_batch_norm() -> None:
    value = random(2, 3, 4, 5)
    roles = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {role: random(5, seed=i) ** 2 for i, role in enumerate(roles)}
    expected = np.empty_like(value)
    for n, y, x, c in product(*map(range, value.shape)):
        centred = value[n, y, x, c] - weights["moving_mean"][c]
        share = weights["gamma"][c] / (weights["moving_variance"][c] + 0.01) ** 0.5
        expected[n, y, x, c] = centred * share + weights["beta"][c]
    found = computed(BatchNorm(epsilon=0.01), value, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    bare = computed(BatchNorm(epsilon=0.01, scale=False, center=False), value, weights)
    np.testing.assert_allclose(found, bare * weights["gamma"] + weights["beta"], rtol=1e-12)


def test_dense() -> None:
    value, kernel, bias = random(2, 5), random(5, 3, seed=1), random(3, seed=2)
    expected = [
        [sum(v[i] * kernel[i, f] for i in range(5)) + bias[f] for f in range(3)] for v in value
    ]
    found = computed(Dense(filters=3), value, {"kernel": kernel, "bias": bias})
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_functions() -> None:
    value = np.array([[-800.0, -1.0, 0.0, 2.0, 800.0]])
    assert computed(Relu(), value).tolist() == [[0, 0, 0, 2, 800]]
    sigmoid = computed(Sigmoid(), value)
    np.testing.assert_allclose(sigmoid, [[0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1]], 1e-14)
    np.testing.assert_allclose(computed(Tanh(), value), np.tanh(value))
    shares = [np.exp(v) / sum(np.exp(w) for w in (1, 2, 4)) for v in (1, 2, 4)]
    shifted = computed(Softmax(), np.array([[1001.0, 1002, 1004]]))
    np.testing.assert_allclose(shifted, [shares], rtol=1e-13)


def test_movements() -> None:
    value = random(2, 3, 4, 5)
    flat = computed(Flatten(), value)
    for y, x, c in product(range(3), range(4), range(5)):
        assert flat[1, (y * 4 + x) * 5 + c] == value[1, y, x, c]
    assert np.array_equal(computed(Dropout(keep=0.5), value), value)
    mean = computed(GlobalAvgPool(), value)
    assert mean.shape == (2, 1, 1, 5)
    assert mean[1, 0, 0, 2] == pytest.approx(sum(value[1, :, :, 2].ravel()) / 12)
    assert np.array_equal(computed(Squeeze(), mean), mean[:, 0, 0, :])


def test_joins_and_values_used_twice() -> None:
    """Values are dropped after their last use, and not before; outputs are kept."""
    shape = Map(2, 2, 3)
    nodes = (
        node("A", Relu(), ("x",), (shape,)),
        node("B", Tanh(), ("A",), (shape,)),
        node("Twice", Add(), ("A", "A"), (shape, shape)),
        node("Both", Concat(), ("x", "Twice", "B"), (shape, shape, shape)),
        node("Unused", Relu(), ("x",), (shape,)),
    )
    value = random(2, 2, 2, 3)
    graph = Graph("Joined", (Input("x", shape),), nodes, (), ("Both", "A"))
    found = evaluate(graph, {}, {"x": value})
    relu = np.maximum(value, 0)
    assert list(found) == ["Both", "A"]
    assert np.array_equal(found["A"], relu)
    assert np.array_equal(found["Both"], np.concatenate([value, 2 * relu, np.tanh(relu)], axis=3))


def test_float32_goes_in_and_float64_comes_out() -> None:
    value = random(2, 4, 4, 2).astype(np.float32)
    kernel = random(3, 3, 2, 2).astype(np.float32)
    conv = Conv(filters=2, kernel=Pair(3, 3), bias=False)
    shape = Map(4, 4, 2)
    graph = Graph("One", (Input("x", shape),), (node("A", conv, ("x",), (shape,)),), (), ("A",))
    found = evaluate(graph, {"A/kernel": kernel}, {"x": value})["A"]
    assert found.dtype == np.float64
    exact = evaluate(graph, {"A/kernel": kernel.astype(float)}, {"x": value.astype(float)})["A"]
    assert np.array_equal(found, exact)
