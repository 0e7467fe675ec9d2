"""What parity's weights make of values behind additions, by arithmetic on the joins alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from corpus.nets import Net

from netspec.reference import evaluate
from netspec.weights.initial import parity_weights
from netspec.weights.spread import spreads

UNITS = 12
NORM = "norm: {op: batch_norm}, activation: relu"
RESIDUAL = Net(
    "6x5x8",
    f"""
templates:
  unit:
    op: add
    branches:
      - shortcut: []
      - residual:
          - Relu: {{op: relu}}
          - Conv_1: {{op: conv, filters: 16, kernel: 1, {NORM}}}
          - Conv_2: {{op: conv, filters: 8, kernel: 3, padding: same, norm: {{op: batch_norm}}}}
steps:
  - "Unit_{{n}}": {{use: unit, for: {{n: 1..{UNITS}}}}}
  - Last: {{op: batch_norm}}
""",
    ("Last",),
)
JOINS = Net(
    "6x5x8",
    """
steps:
  - Doubled: {op: add, from: [image, image]}
  - Halved: {op: scale, factor: 0.5}
  - Product: {op: multiply, from: [Doubled, Doubled]}
  - Side_by_side: {op: concat, from: [Halved, Product]}
  - Norm: {op: batch_norm}
""",
    ("Norm",),
)


def test_each_join_by_its_rule(tmp_path: Path) -> None:
    found = spreads(JOINS.graph(tmp_path))
    assert found["Doubled"] == 1 + 1
    assert found["Halved"] == 2 / 4
    assert found["Product"] == 2 * 2
    assert found["Side_by_side"] == 4
    assert found["Norm"] == 1


def test_what_meets_n_additions_of_normed_values_takes_them_back(tmp_path: Path) -> None:
    """Behind n - 1 of them kernels have variance 2 / fan-in / n, and a norm n times its own."""
    graph = RESIDUAL.graph(tmp_path)
    weights = parity_weights(graph, 0)
    for unit in range(1, UNITS + 1):
        path = f"Unit_{unit}/residual"
        for kernel, deviation in (
            (weights[f"{path}/Conv_1/kernel"], np.sqrt(2 / 8 / unit)),
            (weights[f"{path}/Conv_2/kernel"], np.sqrt(2 / (9 * 16))),
        ):
            # five standard errors of a deviation
            assert abs(kernel.std() / deviation - 1) < 5 / np.sqrt(2 * kernel.size)
        for conv in ("Conv_1", "Conv_2"):
            variance = weights[f"{path}/{conv}/norm/moving_variance"]
            assert 0.5 <= variance.min() < variance.max() <= 1.5
    last = weights["Last/moving_variance"]
    assert 0.5 * (UNITS + 1) <= last.min() < last.max() <= 1.5 * (UNITS + 1)


def test_values_grow_with_the_number_of_units_and_not_with_its_power(tmp_path: Path) -> None:
    paths = (f"Unit_{UNITS}", "Last")
    graph = RESIDUAL.graph(tmp_path).with_outputs(paths)
    image = np.random.default_rng(0).normal(size=(2, 6, 5, 8))
    values = evaluate(graph, parity_weights(graph, 0), {"image": image})
    squares = [float((values[path] ** 2).mean()) for path in paths]
    # 1 of the image and 1 or so of each unit; with variances of 1 each would double what is there
    assert 1 < squares[0] < 3 * (UNITS + 1)
    assert squares[1] < 3


def test_a_network_without_joins_has_the_ranges_as_they_are(tmp_path: Path) -> None:
    net = Net("6x5x8", f"steps: [{{A: {{op: conv, filters: 9, kernel: 1, {NORM}}}}}]", ("A",))
    assert set(spreads(net.graph(tmp_path)).values()) == {1.0}


@pytest.mark.parametrize(
    ("scaled", "ranges"),
    [("0.0", (0.5, 1.5)), ("0.1", (0.5, 1.5)), ("3.0", (4.5, 13.5)), ("1e200", (5e11, 1.5e12))],
)
def test_variances_follow_growth_and_not_shrinking(
    scaled: str, ranges: tuple[float, float], tmp_path: Path
) -> None:
    body = f"steps: [{{S: {{op: scale, factor: {scaled}}}}}, {{N: {{op: batch_norm}}}}]"
    variance = parity_weights(Net("6x5x8", body, ("N",)).graph(tmp_path), 0)["N/moving_variance"]
    assert ranges[0] <= variance.min() < variance.max() <= ranges[1]
