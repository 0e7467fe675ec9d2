"""From an image's size to the input's: kept, resized, cut out, as `preprocess` says."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.images.decoding import Bytes, resampled
from netspec.ir.shapes import Map
from netspec.language.preprocess import Preprocess, Resize
from netspec.limits import DEFAULT, Limits

Values = NDArray[Any]
CUBIC = -0.5
"""The parameter a of bicubic interpolation."""


class Line(NamedTuple):
    """One axis: pixels of the image, of the image resized, and which of these are cut out."""

    old: int
    new: int
    begin: int
    kept: int


def central(pixels: Bytes, fraction: float) -> Bytes:
    """The middle of an image: floor((side - side * fraction) / 2) pixels go at each end."""
    height, width = pixels.shape[:2]
    top, left = (int((side - side * fraction) / 2) for side in (height, width))
    return pixels[top : height - top, left : width - left]


def fitted(pixels: Bytes, block: Preprocess, size: Map, limits: Limits = DEFAULT) -> Values:
    """The image at the input's height and width: bytes, or numbers of 0 to 255 and about.

    Raises `SpecError` (NS702) where keeping the proportions gives too many pixels.
    """
    height, width = lines(pixels.shape[0], pixels.shape[1], block, size)
    if height.new * width.new > limits.image_pixels:
        message = (
            f"an image of {width.old:,} x {height.old:,} pixels would become"
            f" {width.new:,} x {height.new:,}, more than {limits.image_pixels:,}"
        )
        raise SpecError([Diagnostic("NS702", message)])
    if not block.resize.antialias:
        return interpolated(pixels, height, width, block.resize)
    resized = resampled(pixels, height.new, width.new, block.resize.filter)
    rows, columns = (slice(line.begin, line.begin + line.kept) for line in (height, width))
    return resized[rows, columns]


def lines(height: int, width: int, block: Preprocess, size: Map) -> tuple[Line, Line]:
    """Both axes of an image of this height and width."""
    shorter = block.resize.shorter
    if shorter is None:
        return Line(height, size.height, 0, size.height), Line(width, size.width, 0, size.width)
    least, longer, offset = min(height, width), block.resize.longer, _QUOTIENTS[block.crop_offset]

    def line(old: int, kept: int) -> Line:
        stays = old == least or longer == "same"
        new = shorter if stays else _QUOTIENTS[longer](shorter * old, least)
        return Line(old, new, offset(new - kept, 2), kept)

    return line(height, size.height), line(width, size.width)


def _floor(number: int, divisor: int) -> int:
    return number // divisor


def _round(number: int, divisor: int) -> int:
    """The quotient, half to even, without a float on the way."""
    whole, rest = divmod(number, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))


_QUOTIENTS = {"floor": _floor, "round": _round}


def interpolated(pixels: Bytes, height: Line, width: Line, resize: Resize) -> Values:
    """What is cut out of the resized image, float64: each value of a few pixels around its place.

    Pixels at the edges stand for those beyond.
    """
    rows, row_shares = _taps(height, resize)
    columns, column_shares = _taps(width, resize)
    needed, columns = np.unique(columns, return_inverse=True)  # few, of a very wide image
    narrow = pixels[:, needed]
    mixed = _mixed(narrow, rows, row_shares)
    return _mixed(mixed.swapaxes(0, 1), columns, column_shares).swapaxes(0, 1)


def _mixed(values: Values, taps: NDArray[np.int64], shares: NDArray[np.float64]) -> Values:
    """Along the first axis, the sum of the taps' values by their shares."""
    total = values[taps[:, 0]] * shares[:, 0, None, None]
    for each in range(1, taps.shape[1]):
        total = total + values[taps[:, each]] * shares[:, each, None, None]
    return total


def _taps(line: Line, resize: Resize) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each new pixel the old ones that make it, and their shares: (kept, taps) both."""
    wanted = np.arange(line.begin, line.begin + line.kept)
    if resize.filter == "nearest":
        # in integers, so that a place between two pixels falls to the same one on every machine
        doubled = 2 * wanted + (resize.grid == "centers")
        index = doubled * line.old // (2 * line.new)
        return np.minimum(index, line.old - 1)[:, None], np.ones((line.kept, 1))
    half = 0.5 if resize.grid == "centers" else 0.0
    places = (wanted + half) * (line.old / line.new) - half
    first = np.floor(places).astype(np.int64)
    offsets, shares = _KERNELS[resize.filter](places - first)
    return np.clip(first[:, None] + offsets, 0, line.old - 1), shares


def _linear(t: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return np.arange(2), np.stack([1 - t, t], axis=1)


def _cubic(t: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Keys's kernel: near |x| < 1, far 1 <= |x| < 2, of distances t+1, t, 1-t, 2-t."""

    def near(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1

    def far(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC

    return np.arange(-1, 3), np.stack([far(t + 1), near(t), near(1 - t), far(2 - t)], axis=1)


_KERNELS = {"bilinear": _linear, "bicubic": _cubic}
