"""The images of a proof: seeded, exact in float32, and like none of their mirror images."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from netspec.ir.graph import Graph, Input
from netspec.ir.shapes import Map, Shape, Vector
from netspec.proof.inputs import AMPLITUDE, images


def fed(shape: Shape, name: str = "image") -> Graph:
    return Graph("Fed", (Input(name, shape),), (), (), ())


def test_images_are_seeded_and_exact_in_float32() -> None:
    (first,) = images(fed(Map(7, 5, 3)), 2, 0).values()
    (again,) = images(fed(Map(7, 5, 3)), 2, 0).values()
    (other,) = images(fed(Map(7, 5, 3)), 2, 1).values()
    assert first.shape == (2, 7, 5, 3)
    assert first.dtype == np.float64
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(first, first.astype(np.float32))
    assert np.abs(first).max() <= 2 * AMPLITUDE


def test_no_view_of_an_image_equals_another() -> None:
    (value,) = images(fed(Map(6, 6, 3)), 2, 0).values()
    views = [value, value[::-1], value[:, ::-1], value[:, :, ::-1], value[..., ::-1]]
    views.append(value.transpose(0, 2, 1, 3))
    for one, other in combinations(views, 2):
        assert np.abs(one - other).max() > AMPLITUDE / 10


def test_images_have_gradients_not_only_noise() -> None:
    (value,) = images(fed(Map(64, 64, 3)), 2, 0).values()
    halves = value[:, :32].mean(axis=(1, 2)) - value[:, 32:].mean(axis=(1, 2))
    deviation = AMPLITUDE / np.sqrt(3) * np.sqrt(2 / (32 * 64))  # of noise alone
    assert (np.abs(halves) > 4 * deviation).any()


@pytest.mark.parametrize("shape", [Vector(9), Map(1, 1, 1), Map(1, 40, 2)])
def test_any_shape_can_be_fed(shape: Shape) -> None:
    (value,) = images(fed(shape), 3, 0).values()
    assert value.shape == (3, *shape.dims)
    assert np.ptp(value) > 0
