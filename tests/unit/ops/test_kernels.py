"""Depthwise and separable convolutions: numbers, weights and costs."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from texts import graph_of, load_text

from netspec.costs import depth, receptive_fields, step_costs
from netspec.ir.graph import Graph
from netspec.ir.shapes import Map
from netspec.ops.conv import Conv, DepthwiseConv, SeparableConv
from netspec.ops.kinds import Pads, Pair
from netspec.weights.initial import init_weights, parity_weights

Array = NDArray[np.float64]


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def net(size: str, *steps: str) -> Graph:
    height, width, channels = size.split("x")
    listed = "".join(f"  - {step}\n" for step in steps)
    last = steps[-1].split(":")[0]
    return graph_of(
        "netspec: 1\nname: Net\n"
        f"input: {{image: {{height: {height}, width: {width}, channels: {channels}}}}}\n"
        f"steps:\n{listed}outputs: {{{last}: {{}}}}\n"
    )


DEPTHWISE = [
    DepthwiseConv(kernel=Pair(3, 2)),
    DepthwiseConv(kernel=Pair(2, 3), multiplier=3, bias=True),
    DepthwiseConv(kernel=Pair(3, 3), multiplier=2, stride=Pair(2, 1), padding=Pads(1, 0, 0, 2)),
    DepthwiseConv(kernel=Pair(2, 2), multiplier=2, dilation=Pair(3, 2), padding="same"),
    DepthwiseConv(kernel=Pair(3, 3), padding="same", stride=Pair(2, 2), bias=True),
]


@pytest.mark.parametrize("op", DEPTHWISE, ids=str)
def test_depthwise_conv(op: DepthwiseConv) -> None:
    """Output c * multiplier + m is channel c by kernel m of that channel."""
    size = Map(7, 6, 4)
    op = op.resolved((size,))
    x, kernel = random(2, 7, 6, 4), random(*op.kernel, 4, op.multiplier, seed=1)
    bias = random(4 * op.multiplier, seed=2)
    expected = np.zeros((2, *op.infer((size,)).dims))
    for n, r, s, c, m in product(*map(range, expected.shape[:3]), range(4), range(op.multiplier)):
        output = c * op.multiplier + m
        total = bias[output] if op.bias else 0.0
        for i, j in product(*map(range, op.kernel)):
            y = r * op.stride.height + i * op.dilation.height - op.pads.top
            z = s * op.stride.width + j * op.dilation.width - op.pads.left
            if 0 <= y < 7 and 0 <= z < 6:
                total += x[n, y, z, c] * kernel[i, j, c, m]
        expected[n, r, s, output] = total
    weights = {"depthwise_kernel": kernel} | ({"bias": bias} if op.bias else {})
    np.testing.assert_allclose(op.reference((x,), weights), expected, rtol=0, atol=1e-13)


def test_depthwise_is_a_conv_of_as_many_groups_as_channels() -> None:
    x, kernel = random(2, 7, 6, 4), random(3, 3, 4, 2, seed=1)
    found = DepthwiseConv(kernel=Pair(3, 3), multiplier=2).reference(
        (x,), {"depthwise_kernel": kernel}
    )
    grouped = Conv(kernel=Pair(3, 3), filters=8, groups=4)
    same = grouped.reference((x,), {"kernel": kernel.reshape(3, 3, 1, 8)})
    np.testing.assert_allclose(found, same, rtol=0, atol=1e-13)


def test_separable_is_depthwise_and_then_a_conv_of_1x1() -> None:
    size, x = Map(7, 6, 4), random(2, 7, 6, 4)
    op = SeparableConv(kernel=Pair(3, 3), filters=5, multiplier=2, stride=Pair(2, 2), bias=True)
    weights = {
        "depthwise_kernel": random(3, 3, 4, 2, seed=1),
        "pointwise_kernel": random(1, 1, 8, 5, seed=2),
        "bias": random(5, seed=3),
    }
    assert {w.role: w.shape for w in op.weights((size,))} == {
        r: w.shape for r, w in weights.items()
    }
    between = np.zeros((2, 3, 2, 8))
    for n, r, s, c, m in product(range(2), range(3), range(2), range(4), range(2)):
        window = x[n, 2 * r : 2 * r + 3, 2 * s : 2 * s + 3, c]
        between[n, r, s, 2 * c + m] = (window * weights["depthwise_kernel"][:, :, c, m]).sum()
    expected = np.zeros((2, 3, 2, 5))
    for n, r, s, f in product(*map(range, expected.shape)):
        row = weights["pointwise_kernel"][0, 0, :, f]
        expected[n, r, s, f] = sum(between[n, r, s] * row) + weights["bias"][f]
    np.testing.assert_allclose(op.reference((x,), weights), expected, rtol=0, atol=1e-12)


def test_weights_are_named_and_laid_out_as_the_canonical_store_says() -> None:
    graph = net(
        "9x9x4",
        "Depth: {op: depthwise_conv, kernel: [3, 2], multiplier: 2, norm: batch_norm}",
        "Both: {op: separable_conv, filters: 5, kernel: 3, multiplier: 2, norm: batch_norm}",
        "Bare: {op: separable_conv, filters: 6, kernel: 3}",
    )
    assert {name: weight.shape for name, weight in graph.weights()} == {
        "Depth/depthwise_kernel": (3, 2, 4, 2),
        **{f"Depth/norm/{r}": (8,) for r in ("gamma", "beta", "moving_mean", "moving_variance")},
        "Both/depthwise_kernel": (3, 3, 8, 2),
        "Both/pointwise_kernel": (1, 1, 16, 5),
        **{f"Both/norm/{r}": (5,) for r in ("gamma", "beta", "moving_mean", "moving_variance")},
        "Bare/depthwise_kernel": (3, 3, 5, 1),
        "Bare/pointwise_kernel": (1, 1, 5, 6),
        "Bare/bias": (6,),
    }


def test_decay_is_of_kernels() -> None:
    graph = net("9x9x4", "A: {op: separable_conv, filters: 5, kernel: 3, weight_decay: 0.1}")
    decays = {name: weight.decay for name, weight in graph.weights()}
    assert decays == {"A/depthwise_kernel": 0.1, "A/pointwise_kernel": 0.1, "A/bias": 0.0}


def test_parity_kernels_keep_the_size_of_values() -> None:
    """Variance 2 / fan-in: 3 x 3 taps of one channel, then 64 x 2 channels of one tap."""
    graph = net("9x9x64", "A: {op: separable_conv, filters: 256, kernel: 3, multiplier: 2}")
    weights = parity_weights(graph, 0)
    for role, fan_in in (("depthwise_kernel", 9), ("pointwise_kernel", 128)):
        values = weights[f"A/{role}"].astype(np.float64)
        error = 5 * math.sqrt(2 / values.size)  # five deviations of a variance's estimate
        assert values.var() == pytest.approx(2 / fan_in, rel=error)
        assert abs(values.mean()) < 5 * math.sqrt(2 / fan_in / values.size)


def test_first_values_follow_the_fans() -> None:
    """Glorot's bound is sqrt(6 / (fan-in + fan-out)), fan-out being the taps times all outputs."""
    graph = net("9x9x64", "A: {op: separable_conv, filters: 256, kernel: 3, multiplier: 2}")
    weights = init_weights(graph, 0)
    for role, fans in (("depthwise_kernel", 9 + 9 * 128), ("pointwise_kernel", 128 + 256)):
        greatest = np.abs(weights[f"A/{role}"]).max()
        assert 0.98 * math.sqrt(6 / fans) < greatest <= math.sqrt(6 / fans) * (1 + 1e-6)
    assert not weights["A/bias"].any()


def test_costs_of_a_layer_of_xception() -> None:
    """Keras's summary of Xception gives block2_sepconv1, 64 to 128 channels, 8,768 parameters."""
    graph = net(
        "109x109x64", "A: {op: separable_conv, filters: 128, kernel: 3, padding: same, bias: false}"
    )
    cost = step_costs(graph)["A"]
    assert cost.trainable == 3 * 3 * 64 + 64 * 128 == 8_768
    assert cost.macs == 109 * 109 * 8_768
    assert depth(graph) == 1
    field = receptive_fields(graph)["A"]
    assert field is not None
    assert (field.height, field.width) == (3, 3)


def test_a_separable_conv_costs_what_its_halves_do() -> None:
    size = Map(9, 8, 4)
    op = SeparableConv(kernel=Pair(3, 2), filters=5, multiplier=3, stride=Pair(2, 1)).resolved(
        (size,)
    )
    assert op.macs((size,), op.infer((size,))) == 4 * 7 * (12 * 6 + 12 * 5)
    graph = net(
        "9x8x4",
        "A: {op: separable_conv, kernel: [3, 2], filters: 5, multiplier: 3, stride: [2, 1]}",
    )
    assert step_costs(graph)["A"].macs == 4 * 7 * (12 * 6 + 12 * 5)


MOBILENET = """
netspec: 1
name: MobileNetV1
input: {image: {height: 224, width: 224, channels: 3}}
defaults:
  conv: {padding: same, norm: batch_norm, activation: relu6}
  depthwise_conv: {padding: same, norm: batch_norm, activation: relu6}
templates:
  unit:
    params: {filters: int, stride: int}
    steps:
      - depthwise: {op: depthwise_conv, kernel: 3, stride: $stride}
      - pointwise: {op: conv, filters: $filters, kernel: 1}
steps:
  - Conv: {op: conv, filters: 32, kernel: 3, stride: 2}
  - "Unit{i}":
      use: unit
      for:
        i: 1..13
        f: [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
        s: [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]
      with: {filters: $f, stride: $s}
  - Pool: {op: global_avg_pool}
  - Vector: {op: squeeze}
  - Logits: {op: dense, filters: 1000}
outputs: {Logits: {}}
"""


def test_costs_of_mobilenet() -> None:
    """Howard et al. 2017, arXiv 1704.04861: table 1's layers, 569 million mult-adds, 28 layers.

    Keras's summary of its MobileNet has 4,231,976 trainable parameters and 21,888 others; Araujo,
    Norris and Sim 2019 give a receptive field of 315 and a stride of 32.
    """
    spec = load_text(MOBILENET)
    graph, costs = spec.graph(), step_costs(spec.graph())
    first = costs["Unit1/depthwise"]
    assert first.trainable == 32 * 9 + 2 * 32
    assert first.macs == 112 * 112 * 32 * 9
    assert costs["Unit1/pointwise"].macs == 112 * 112 * 32 * 64
    total = sum(cost.macs for cost in costs.values())
    assert round(total / 1e6) == 569
    assert sum(cost.trainable for cost in costs.values()) == 4_231_976
    assert sum(cost.frozen for cost in costs.values()) == 21_888
    assert depth(graph) == 28
    field = receptive_fields(graph)["Unit13/pointwise"]
    assert field is not None
    assert (field.height, field.stride_height) == (315, 32)
