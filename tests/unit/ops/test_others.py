"""Local response normalisation, borders, factors and products, pixel by pixel."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.ir.shapes import Map
from netspec.ops.join import Multiply
from netspec.ops.kinds import Pads
from netspec.ops.norm import Lrn
from netspec.ops.reshape import Pad, Scale

Array = NDArray[np.float64]


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("channels", [1, 2, 5, 9])
@pytest.mark.parametrize("radius", [1, 2, 10**12])
def test_lrn_is_the_papers(radius: int, channels: int) -> None:
    """b_i = a_i / (k + alpha * sum of a_j ** 2) ** beta, j up to n / 2 (whole) away from i."""
    x = random(2, 3, 2, channels)
    op = Lrn(radius=radius, alpha=0.5, beta=0.75, bias=2.0).resolved((Map(3, 2, channels),))
    expected = np.empty_like(x)
    for n, y, z, i in product(*map(range, x.shape)):
        around = range(max(0, i - radius), min(channels - 1, i + radius) + 1)
        total = sum(x[n, y, z, j] ** 2 for j in around)
        expected[n, y, z, i] = x[n, y, z, i] / (2.0 + 0.5 * total) ** 0.75
    np.testing.assert_allclose(op.reference((x,), {}), expected, rtol=1e-13)


def test_lrn_by_hand() -> None:
    """Channels 1, 2, 3: sums 1 + 4, 1 + 4 + 9 and 4 + 9; 1 + 2 * 5 = 11 and so on, by the root."""
    op = Lrn(radius=1, alpha=2.0, beta=0.5, bias=1.0)
    found = op.reference((np.array([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3),), {})
    expected = [1 / 11**0.5, 2 / 29**0.5, 3 / 27**0.5]
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-14)


def test_pad() -> None:
    x = random(2, 3, 4, 2)
    found = Pad(padding=Pads(1, 2, 3, 0), value=-1.5).reference((x,), {})
    assert found.shape == (2, 6, 7, 2)
    for n, y, z, c in product(*map(range, found.shape)):
        inside = 1 <= y < 4 and 3 <= z < 7
        assert found[n, y, z, c] == (x[n, y - 1, z - 3, c] if inside else -1.5)


def test_scale_and_multiply() -> None:
    x, other, third = (random(2, 3, 4, 2, seed=seed) for seed in range(3))
    scaled = Scale(factor=-0.17).reference((x,), {})
    found = Multiply().reference((x, other, third), {})
    for place in product(*map(range, x.shape)):
        assert scaled[place] == -0.17 * x[place]
        assert found[place] == x[place] * other[place] * third[place]
