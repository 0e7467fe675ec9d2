"""Mistakes in preparing an image, each of which the comparison with its pipeline must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from corpus.pipelines import (
    CAFFE,
    INCEPTION,
    KERAS,
    PHOTOGRAPHS,
    PIPELINES,
    TIMM,
    TORCHVISION,
    VGG,
    block_of,
    bound,
    levels,
    side_of,
)

from netspec.images import resizing
from netspec.images.preparing import prepared
from netspec.ir.shapes import Map
from netspec.language.preprocess import Preprocess, Range


def swapped(block: Preprocess) -> Preprocess:
    return replace(block, channels={"rgb": "bgr", "bgr": "rgb"}[block.channels])


def without_mean(block: Preprocess) -> Preprocess:
    return replace(block, mean=(0.0,))


def without_std(block: Preprocess) -> Preprocess:
    return replace(block, std=(1.0,))


def with_another_range(block: Preprocess) -> Preprocess:
    low, high = block.range
    return replace(block, range=Range(low + (high - low) / 255, high))


def with_the_other_grid(block: Preprocess) -> Preprocess:
    grid = {"centers": "corners", "corners": "centers"}[block.resize.grid]
    return replace(block, resize=replace(block.resize, grid=grid, antialias=False))


def with_the_other_antialiasing(block: Preprocess) -> Preprocess:
    antialias = not block.resize.antialias
    return replace(block, resize=replace(block.resize, antialias=antialias, grid="centers"))


def with_the_other_offset(block: Preprocess) -> Preprocess:
    other = {"floor": "round", "round": "floor"}[block.crop_offset]
    return replace(block, crop_offset=other)


def with_the_other_longer_side(block: Preprocess) -> Preprocess:
    other = {"floor": "round", "round": "floor", "same": "floor"}[block.resize.longer]
    return replace(block, resize=replace(block.resize, longer=other))


def with_another_filter(block: Preprocess) -> Preprocess:
    other = {"bilinear": "bicubic", "bicubic": "bilinear", "nearest": "bilinear"}
    return replace(block, resize=replace(block.resize, filter=other[block.resize.filter]))


def with_a_shorter_side_of_one_more(block: Preprocess) -> Preprocess:
    assert block.resize.shorter is not None
    return replace(block, resize=replace(block.resize, shorter=block.resize.shorter + 1))


def with_a_smaller_centre(block: Preprocess) -> Preprocess:
    return replace(block, central_fraction=block.central_fraction - 0.005)


Mistake = Callable[[Preprocess], Preprocess]
EVERYWHERE: tuple[Mistake, ...] = (
    swapped,
    with_another_range,
    with_the_other_grid,
    with_another_filter,
    with_a_smaller_centre,
)
NORMALISED: tuple[Mistake, ...] = (without_mean, without_std)
CUT: tuple[Mistake, ...] = (with_a_shorter_side_of_one_more,)
MISTAKES: list[tuple[str, Mistake]] = [
    *((name, mistake) for name in PIPELINES for mistake in EVERYWHERE),
    *((name, mistake) for name in (TORCHVISION, TIMM, KERAS["torch"]) for mistake in NORMALISED),
    *((name, without_mean) for name in (VGG, CAFFE, KERAS["caffe"])),
    *((name, mistake) for name in (VGG, TORCHVISION, TIMM, CAFFE) for mistake in CUT),
    *((name, with_the_other_antialiasing) for name in (INCEPTION, VGG, TORCHVISION, TIMM)),
    (VGG, with_the_other_longer_side),
    (CAFFE, with_the_other_longer_side),
    (TORCHVISION, with_the_other_offset),
]


def worst(name: str, block: Preprocess) -> float:
    """The greatest error of a block over all photographs, against this pipeline."""
    side = side_of(name)
    return max(
        levels(prepared(pixels, block, Map(side, side, 3)), PIPELINES[name](pixels, side), block)
        for pixels in PHOTOGRAPHS
    )


@pytest.mark.parametrize(
    ("name", "mistake"), MISTAKES, ids=lambda each: getattr(each, "__name__", each)
)
def test_a_planted_mistake_is_found(name: str, mistake: Mistake) -> None:
    assert worst(name, mistake(block_of(name))) > 4 * bound(name)


@pytest.mark.parametrize("name", [VGG, TORCHVISION, TIMM, CAFFE])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_crop_off_by_one_is_found(name: str, axis: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right = resizing.lines

    def off_by_one(*arguments: object) -> list[resizing.Line]:
        both = list(right(*arguments))
        both[axis] = both[axis]._replace(begin=both[axis].begin - 1)
        return both

    monkeypatch.setattr(resizing, "lines", off_by_one)
    assert worst(name, block_of(name)) > 4 * bound(name)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_centre_off_by_one_is_found(axis: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right = resizing.central
    shifted = [slice(None)] * axis + [slice(1, None)]
    monkeypatch.setattr(
        "netspec.images.preparing.central", lambda *given: right(*given)[tuple(shifted)]
    )
    assert worst(INCEPTION, block_of(INCEPTION)) > 4 * bound(INCEPTION)
