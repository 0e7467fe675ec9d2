"""Pools against loops over pixels, written from their definitions."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, floor, inf

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.ir.shapes import Map
from netspec.ops.base import Op
from netspec.ops.kinds import Pads, Pair
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool

Array = NDArray[np.float64]


def value(*shape: int) -> Array:
    return np.random.default_rng(0).normal(size=shape) - 3  # negative: zeros of a border would win


def computed(op: Op, x: Array) -> Array:
    size = Map(*x.shape[1:])
    resolved = op.resolved((size,))
    found = resolved.reference((x,), {})
    assert list(found.shape[1:]) == resolved.infer((size,)).dims
    return found


def begins(length: int, kernel: int, stride: int, before: int, after: int) -> list[int]:
    """Where windows begin with `rounding: ceil`, the first pixel being 0.

    One more follows while the padded map is not covered, if it begins within the map.
    """
    found = [-before]
    while found[-1] + kernel < length + after and found[-1] + stride < length:
        found.append(found[-1] + stride)
    return found


GRID = [
    (length, kernel, stride, before, after)
    for length, kernel, stride in product(range(1, 9), range(1, 6), range(1, 5))
    for before, after in product(range(kernel // 2 + 1), repeat=2)
    if kernel <= length + before + after
]


def test_ceil_over_a_grid() -> None:
    """Greatest values and means of each window, over rows; columns are left alone."""
    for length, kernel, stride, before, after in GRID:
        x = value(1, length, 1, 2)
        shape = {"kernel": Pair(kernel, 1), "stride": Pair(stride, 1)}
        pads = Pads(before, after, 0, 0)
        windows = [range(b, b + kernel) for b in begins(length, kernel, stride, before, after)]
        seen = [[x[0, y, 0] for y in window if 0 <= y < length] for window in windows]
        padded = [sum(1 for y in window if y < length + after) for window in windows]
        expected = {
            "greatest": [np.max(pixels, axis=0) for pixels in seen],
            "inside": [np.sum(p, axis=0) / len(p) for p in seen],
            "window": [np.sum(p, axis=0) / n for p, n in zip(seen, padded, strict=True)],
        }
        pools: dict[str, Op] = {
            "greatest": MaxPool(padding=pads, rounding="ceil", **shape),
            "inside": AvgPool(padding=pads, rounding="ceil", **shape),
            "window": AvgPool(padding=pads, rounding="ceil", divisor="window", **shape),
        }
        for name, pool in pools.items():
            found = computed(pool, x)[0, :, 0]
            where = f"{name}: {length=} {kernel=} {stride=} {before=} {after=}"
            np.testing.assert_allclose(found, expected[name], rtol=1e-13, err_msg=where)
    assert len(GRID) > 500


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_rows_and_columns_apart(rounding: str) -> None:
    """A map of 7x6 by a window of 3x2 at strides of 3 and 4, padded by 1 above and at the right."""
    x = value(2, 7, 6, 3)
    shape = {"kernel": Pair(3, 2), "stride": Pair(3, 4), "padding": Pads(1, 0, 0, 1)}
    rows = [(-1, 2), (2, 5), (5, 8)] if rounding == "ceil" else [(-1, 2), (2, 5)]
    columns = [(0, 2), (4, 6)]  # 7 - 2 leaves 1, but a window at 8 would begin past the map
    expected = np.full((2, len(rows), len(columns), 3), -inf)
    for (r, (top, end)), (c, (left, right)) in product(enumerate(rows), enumerate(columns)):
        for y, z in product(range(max(top, 0), min(end, 7)), range(left, min(right, 6))):
            expected[:, r, c] = np.maximum(expected[:, r, c], x[:, y, z])
    assert np.array_equal(computed(MaxPool(rounding=rounding, **shape), x), expected)


def test_floor_is_ceil_where_nothing_hangs_over() -> None:
    x = value(1, 9, 7, 2)
    for pool in (MaxPool, AvgPool):
        floored, ceiled = (
            computed(pool(kernel=Pair(3, 3), stride=Pair(2, 2), rounding=r), x)
            for r in ("floor", "ceil")
        )
        assert np.array_equal(floored, ceiled)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (7, 5), (4, 4), (10, 9)])
def test_adaptive_cells(size: tuple[int, int]) -> None:
    """Rows floor(i n / c) up to ceil((i + 1) n / c), with exact fractions."""
    x = value(2, 7, 5, 3)
    expected = np.empty((2, *size, 3))
    for r, c in product(*map(range, size)):
        rows = range(floor(Fraction(r * 7, size[0])), ceil(Fraction((r + 1) * 7, size[0])))
        columns = range(floor(Fraction(c * 5, size[1])), ceil(Fraction((c + 1) * 5, size[1])))
        total = sum(x[:, y, z] for y, z in product(rows, columns))
        expected[:, r, c] = total / (len(rows) * len(columns))
    np.testing.assert_allclose(computed(AdaptiveAvgPool(size=Pair(*size)), x), expected, rtol=1e-13)


def test_adaptive_pools_that_are_others() -> None:
    x = value(2, 6, 4, 3)
    plain = computed(AvgPool(kernel=Pair(3, 2), stride=Pair(3, 2)), x)
    np.testing.assert_allclose(computed(AdaptiveAvgPool(size=Pair(2, 2)), x), plain, rtol=1e-13)
    whole = computed(GlobalAvgPool(), x)
    np.testing.assert_allclose(computed(AdaptiveAvgPool(size=Pair(1, 1)), x), whole, rtol=1e-13)
    assert np.array_equal(computed(AdaptiveAvgPool(size=Pair(6, 4)), x), x)


def test_global_max_pool() -> None:
    x = value(2, 3, 4, 5)
    found = computed(GlobalMaxPool(), x)
    for n, c in product(range(2), range(5)):
        assert found[n, 0, 0, c] == max(x[n, y, z, c] for y in range(3) for z in range(4))
