"""Sizes, places and shares, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netspec.diagnostics import SpecError
from netspec.images.resizing import Line, central, fitted, lines
from netspec.ir.shapes import Map
from netspec.language.preprocess import Preprocess, Range, Resize
from netspec.limits import Limits

BLOCK = Preprocess(resize=Resize(filter="bilinear"), range=Range(0.0, 255.0))


def block(**resize: Any) -> Preprocess:
    return replace(BLOCK, resize=replace(BLOCK.resize, **resize))


def ramp(height: int, width: int) -> Any:
    """Pixel (y, x) is 10 y + x."""
    rows, columns = np.mgrid[0:height, 0:width]
    return (10 * rows + columns).astype(np.uint8)[:, :, None]


@pytest.mark.parametrize(
    ("side", "fraction", "gone"),
    [
        (8, 1.0, 0),
        (8, 0.5, 2),
        (10, 0.875, 0),  # 0.625 at each end
        (427, 0.875, 26),  # 26.69
        (640, 0.875, 40),
        (3, 0.01, 1),
        (1, 0.01, 0),
    ],
)
def test_the_centre(side: int, fraction: float, gone: int) -> None:
    found = central(np.arange(side, dtype=np.uint8)[:, None, None].repeat(4, 1), fraction)
    assert found[:, 0, 0].tolist() == [n % 256 for n in range(gone, side - gone)]


def test_without_a_shorter_side_the_image_is_stretched() -> None:
    found = lines(100, 50, BLOCK, Map(30, 40, 3))
    assert found == (Line(100, 30, 0, 30), Line(50, 40, 0, 40))


@pytest.mark.parametrize(
    ("height", "width", "longer", "offset", "expected"),
    [
        # 20 * 10 / 7 = 28.57; (28 - 16) / 2 = 6, (29 - 16) / 2 = 6.5
        (7, 10, "floor", "floor", (Line(7, 20, 2, 16), Line(10, 28, 6, 16))),
        (7, 10, "round", "floor", (Line(7, 20, 2, 16), Line(10, 29, 6, 16))),
        (7, 10, "round", "round", (Line(7, 20, 2, 16), Line(10, 29, 6, 16))),
        (10, 7, "floor", "round", (Line(10, 28, 6, 16), Line(7, 20, 2, 16))),
        # 20 * 12 / 8 = 30; 20 * 9 / 8 = 22.5, half to even 22; 20 * 11 / 8 = 27.5, to even 28
        (8, 12, "round", "round", (Line(8, 20, 2, 16), Line(12, 30, 7, 16))),
        (8, 9, "round", "round", (Line(8, 20, 2, 16), Line(9, 22, 3, 16))),
        (8, 11, "round", "round", (Line(8, 20, 2, 16), Line(11, 28, 6, 16))),
        # 20 * 31 / 20 = 31; (31 - 16) / 2 = 7.5, to even 8
        (20, 31, "floor", "round", (Line(20, 20, 2, 16), Line(31, 31, 8, 16))),
        (20, 31, "floor", "floor", (Line(20, 20, 2, 16), Line(31, 31, 7, 16))),
        (20, 31, "same", "floor", (Line(20, 20, 2, 16), Line(31, 20, 2, 16))),
        (5, 5, "floor", "round", (Line(5, 20, 2, 16), Line(5, 20, 2, 16))),
    ],
)
def test_with_one_the_proportions_are_kept(
    height: int, width: int, longer: str, offset: str, expected: tuple[Line, Line]
) -> None:
    kept = replace(block(shorter=20, longer=longer), crop_offset=offset)
    assert lines(height, width, kept, Map(16, 16, 3)) == expected


def test_an_image_of_the_input_s_size_stays_as_it_is() -> None:
    pixels = ramp(6, 5)
    for antialias in (True, False):
        for kind in ("nearest", "bilinear", "bicubic"):
            found = fitted(pixels, block(filter=kind, antialias=antialias), Map(6, 5, 1))
            assert (found == pixels).all()


@pytest.mark.parametrize(
    ("kind", "grid", "row"),
    [
        # 4 pixels 0 10 20 30 to 8: centres look at -0.25, 0.25, 0.75, …; corners at 0, 0.5, 1, …
        ("bilinear", "centers", [0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30]),
        ("bilinear", "corners", [0, 5, 10, 15, 20, 25, 30, 30]),
        ("nearest", "centers", [0, 0, 10, 10, 20, 20, 30, 30]),
        ("nearest", "corners", [0, 0, 10, 10, 20, 20, 30, 30]),
    ],
)
def test_places_of_twice_as_many(kind: str, grid: str, row: list[float]) -> None:
    pixels = ramp(4, 1)
    found = fitted(pixels, block(filter=kind, grid=grid, antialias=False), Map(8, 1, 1))
    assert found[:, 0, 0].tolist() == row


@pytest.mark.parametrize(
    ("kind", "grid", "row"),
    [
        # 6 pixels to 2: centres look at 1 and 4, corners at 0 and 3
        ("bilinear", "centers", [10, 40]),
        ("bilinear", "corners", [0, 30]),
        ("bicubic", "centers", [10, 40]),
        ("nearest", "centers", [10, 40]),
        ("nearest", "corners", [0, 30]),
    ],
)
def test_places_of_a_third_as_many(kind: str, grid: str, row: list[float]) -> None:
    found = fitted(ramp(6, 1), block(filter=kind, grid=grid, antialias=False), Map(2, 1, 1))
    assert found[:, 0, 0].tolist() == row


def test_antialiasing_takes_all_pixels_on_the_way() -> None:
    """A triangle three pixels wide on each side: shares 1 2 3 2 1 around the place, of 9 in all.

    At the edge its missing part is left out: (2 * 0 + 3 * 10 + 2 * 20 + 1 * 30) / 8 = 12.5 and
    (1 * 20 + 2 * 30 + 3 * 40 + 2 * 50 + 0) / 8 = 37.5, and a half is rounded up.
    """
    found = fitted(ramp(6, 1), block(), Map(2, 1, 1))
    assert found[:, 0, 0].tolist() == [13, 38]


def test_bicubic_halfway_between_two_pixels() -> None:
    """With a = -0.5 the shares are -1/16, 9/16, 9/16, -1/16; edges stand for what is beyond."""
    pixels = np.array([0, 0, 160, 160], np.uint8)[:, None, None]
    found = fitted(pixels, block(filter="bicubic", antialias=False), Map(2, 1, 1))
    assert found[:, 0, 0].tolist() == [(-0 + 9 * 0 + 9 * 0 - 160) / 16, (9 * 320 - 0 - 160) / 16]


def test_rows_and_columns_are_not_mixed_up() -> None:
    found = fitted(ramp(4, 8), block(filter="nearest", antialias=False), Map(2, 2, 1))
    assert found[:, :, 0].tolist() == [[12, 16], [32, 36]]
    found = fitted(ramp(4, 8), block(filter="nearest"), Map(2, 2, 1))
    assert found[:, :, 0].tolist() == [[12, 16], [32, 36]]


def test_what_is_cut_out_is_the_middle() -> None:
    for antialias in (True, False):
        found = fitted(ramp(4, 8), block(shorter=4, antialias=antialias), Map(2, 2, 1))
        assert found[:, :, 0].tolist() == [[13, 14], [23, 24]]


def test_a_line_that_would_fill_the_memory_is_refused() -> None:
    """1 x 60,000 pixels are few; with a shorter side of 342 they would be 7 billion."""
    pixels = np.zeros((1, 60_000, 3), np.uint8)
    for antialias in (True, False):
        with pytest.raises(SpecError, match="20,520,000 x 342") as caught:
            fitted(pixels, block(shorter=342, antialias=antialias), Map(299, 299, 3))
        assert [d.code for d in caught.value.diagnostics] == ["NS702"]
        stretched = fitted(pixels, block(antialias=antialias), Map(299, 299, 3))
        assert stretched.shape == (299, 299, 3)
    with pytest.raises(SpecError, match="more than 100"):
        fitted(ramp(4, 4), block(shorter=11), Map(2, 2, 1), Limits(image_pixels=100))
