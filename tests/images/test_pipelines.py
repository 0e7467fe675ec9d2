"""Every line of the language's page against the pipeline that it names.

The other side is that pipeline's own code, or the calls that its code makes: TensorFlow's for
TF-slim, Keras's `load_img` and `preprocess_input`, Pillow's and torch's for torchvision and timm.
An error is counted in levels of a byte, of which an image has 256.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from corpus.photographs import CHINA, FLOWER
from keras.applications.imagenet_utils import preprocess_input
from numpy.typing import NDArray
from PIL import Image
from texts import load_text

import netspec
from netspec.images import resizing
from netspec.images.preparing import prepared
from netspec.ir.shapes import Map
from netspec.language.preprocess import Preprocess, Range
from netspec.spec import Spec

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
LINES = dict(re.findall(r"^\| ([^|]+) \| `(\{.*\})` \|$", PAGE.read_text("utf-8"), re.MULTILINE))
INCEPTION, VGG = "TF-slim, Inception", "TF-slim, VGG and ResNet v1"
TORCHVISION, TIMM = "torchvision, ResNet and VGG", "timm, `crop_pct` 0.875, mean and std 0.5"
KERAS = {mode: f"Keras, mode `{mode}`" for mode in ("tf", "caffe", "torch")}
CAFFE = "Caffe, AlexNet and GoogLeNet"
SIDES = {VGG: 224, TORCHVISION: 224, CAFFE: 224}
SIDE = 299
BUNDLED = [
    *((INCEPTION, f"inception_{each}") for each in ("v1.slim", "v2", "v3", "v4", "resnet_v2")),
    *((VGG, f"{each}.slim") for each in ("resnet50", "vgg16", "vgg19")),
    *((TORCHVISION, f"{each}.torchvision") for each in ("resnet50", "vgg16", "vgg19", "alexnet")),
    (CAFFE, "inception_v1"),
    *((TIMM, f"inception_{each}.timm") for each in ("v3", "v4")),
    *((KERAS["tf"], f"{each}.keras") for each in ("inception_v3", "resnet50_v2")),
    *((KERAS["caffe"], f"{each}.keras") for each in ("resnet50", "vgg16", "vgg19")),
]
"""Lines, and the bundled specs of which each is the whole `preprocess:`."""
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

FLOAT32 = 1e-3
"""Levels: what float32 rounds away of values of up to 255, a few times over."""
PLACES = 0.05
"""Levels: TensorFlow and torch compute places in float32, of up to 640 to 7e-5 on each axis, and
255 levels a pixel is the steepest that an image can be."""

Pixels = NDArray[np.uint8]
Values = NDArray[np.float32]


# the pipelines


def slim_inception(pixels: Pixels, side: int) -> Values:
    """slim/preprocessing/inception_preprocessing.py, preprocess_for_eval."""
    image = tf.image.convert_image_dtype(tf.constant(pixels), tf.float32)
    image = tf.image.central_crop(image, central_fraction=0.875)
    resize = tf.compat.v1.image.resize_bilinear
    image = resize(image[None], [side, side], align_corners=False)[0]
    return ((image - 0.5) * 2.0).numpy()


def slim_vgg(pixels: Pixels, side: int) -> Values:
    """slim/preprocessing/vgg_preprocessing.py, preprocess_for_eval, its offsets truncated."""
    height, width = (tf.cast(n, tf.float32) for n in pixels.shape[:2])
    scale = 256.0 / tf.minimum(height, width)
    new = [tf.cast(tf.math.rint(n * scale), tf.int32) for n in (height, width)]
    image = tf.constant(pixels, tf.float32)[None]
    image = tf.compat.v1.image.resize_bilinear(image, new, align_corners=False)[0]
    top, left = (int((n - side) / 2) for n in image.shape[:2])
    return (image[top : top + side, left : left + side] - [123.68, 116.78, 103.94]).numpy()


def cut_out(image: Image.Image, side: int) -> Image.Image:
    """torchvision's center_crop of an image that is large enough."""
    top, left = (int(round((n - side) / 2.0)) for n in (image.height, image.width))  # noqa: RUF046
    return image.crop((left, top, left + side, top + side))


def proportional(image: Image.Image, shorter: int, kind: Image.Resampling) -> Image.Image:
    """torchvision's Resize to one number: the longer side is int(shorter * long / short)."""
    longer = int(shorter * max(image.size) / min(image.size))
    tall = image.height > image.width
    return image.resize((shorter, longer) if tall else (longer, shorter), kind)


def as_tensor(image: Image.Image, mean: list[float], std: list[float]) -> Values:
    """torchvision's ToTensor and Normalize, the channels last again."""
    tensor = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float().div(255)
    shift, scale = (torch.tensor(each)[:, None, None] for each in (mean, std))
    return tensor.sub(shift).div(scale).permute(1, 2, 0).numpy()


def torchvision(pixels: Pixels, side: int) -> Values:
    image = proportional(Image.fromarray(pixels), 256, Image.Resampling.BILINEAR)
    return as_tensor(cut_out(image, side), MEAN, STD)


def timm(pixels: Pixels, side: int) -> Values:
    """timm.data.transforms_factory.transforms_imagenet_eval, crop_mode center."""
    shorter = math.floor(side / 0.875)
    image = proportional(Image.fromarray(pixels), shorter, Image.Resampling.BICUBIC)
    return as_tensor(cut_out(image, side), [0.5] * 3, [0.5] * 3)


def caffe(pixels: Pixels, side: int) -> Values:
    """Caffe's classifier: both sides to 256, the middle 224, blue first, the mean."""
    image = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
    stretched = torch.nn.functional.interpolate(image, (256, 256), mode="bilinear")[0]
    middle = stretched[:, 16:240, 16:240].flip(0)
    return (middle - torch.tensor([104.0, 117.0, 123.0])[:, None, None]).permute(1, 2, 0).numpy()


def keras_mode(mode: str) -> Callable[[Pixels, int], Values]:
    def pipeline(pixels: Pixels, side: int) -> Values:
        file = Path("image.png")
        Image.fromarray(pixels).save(file)
        image = keras.utils.load_img(file, target_size=(side, side))
        return preprocess_input(keras.utils.img_to_array(image), "channels_last", mode)

    return pipeline


PIPELINES: dict[str, Callable[[Pixels, int], Values]] = {
    INCEPTION: slim_inception,
    VGG: slim_vgg,
    TORCHVISION: torchvision,
    CAFFE: caffe,
    TIMM: timm,
    **{line: keras_mode(mode) for mode, line in KERAS.items()},
}


# the images


def photographs() -> Iterator[Pixels]:
    """Wide, tall, of odd sides, and one that is smaller than the input."""
    china, flower = (np.asarray(Image.open(path)) for path in (CHINA, FLOWER))
    yield china
    yield np.ascontiguousarray(flower.transpose(1, 0, 2))
    yield china[40:373, 100:599]
    yield flower[100:301, 200:457]


PHOTOGRAPHS = list(photographs())


def side_of(name: str) -> int:
    return SIDES.get(name, SIDE)


def spec_of(name: str) -> Spec:
    side = side_of(name)
    return load_text(
        "netspec: 1\nname: Pixels\n"
        f"input: {{image: {{height: {side}, width: {side}, channels: 3}}}}\n"
        f"preprocess: {LINES[name]}\n"
        "steps: [{Pool: {op: global_avg_pool}}]\noutputs: {Pool: {}}\n"
    )


def block_of(name: str) -> Preprocess:
    block = spec_of(name).preprocess
    assert block is not None
    return block


def levels(found: Values, expected: Values, block: Preprocess) -> float:
    """The greatest difference, in levels of a byte."""
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    level = (block.range.high - block.range.low) / 255 / np.array(block.std)
    return float(np.max(np.abs(found.astype(np.float64) - expected) / level))


def bound(name: str) -> float:
    return PLACES if name in (INCEPTION, VGG, CAFFE) else FLOAT32


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_line_of_the_page_is_held_to_its_pipeline() -> None:
    assert LINES.keys() == PIPELINES.keys()


@pytest.mark.parametrize("number", range(len(PHOTOGRAPHS)))
@pytest.mark.parametrize("name", PIPELINES)
def test_a_line_is_its_pipeline(name: str, number: int) -> None:
    pixels, side = PHOTOGRAPHS[number], side_of(name)
    found = netspec.preprocess(pixels, spec_of(name))
    assert found.shape == (side, side, 3)
    assert levels(found, PIPELINES[name](pixels, side), block_of(name)) <= bound(name)


@pytest.mark.parametrize(("name", "spec"), BUNDLED)
def test_a_bundled_spec_has_the_line_of_its_source(name: str, spec: str) -> None:
    loaded = netspec.load(spec, input=(side_of(name), side_of(name)))
    assert loaded.preprocess == block_of(name)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_antialiasing_is_torch_s_too(mode: str) -> None:
    """torch.interpolate on bytes is another implementation of Pillow's filters, to a rounding."""
    spec = load_text(
        "netspec: 1\nname: Pixels\ninput: {image: {height: 120, width: 250, channels: 3}}\n"
        f"preprocess: {{resize: {{filter: {mode}}}, range: [0, 255]}}\n"
        "steps: [{Pool: {op: global_avg_pool}}]\noutputs: {Pool: {}}\n"
    )
    found = netspec.preprocess(PHOTOGRAPHS[0], spec)
    bytes_ = torch.from_numpy(PHOTOGRAPHS[0].copy()).permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(
        bytes_, size=(120, 250), mode=mode, antialias=True, align_corners=False
    )
    assert np.max(np.abs(found - resized[0].permute(1, 2, 0).numpy())) <= 1


@pytest.mark.parametrize(
    ("mode", "grid", "other"),
    [
        ("bilinear", "centers", tf.image.ResizeMethod.BILINEAR),
        ("nearest", "centers", tf.image.ResizeMethod.NEAREST_NEIGHBOR),
    ],
)
def test_without_antialiasing_it_is_tensorflow_2_s(mode: str, grid: str, other: str) -> None:
    line = f"{{resize: {{filter: {mode}, antialias: false, grid: {grid}}}, range: [0, 255]}}"
    spec = load_text(
        "netspec: 1\nname: Pixels\ninput: {image: {height: 123, width: 257, channels: 3}}\n"
        f"preprocess: {line}\n"
        "steps: [{Pool: {op: global_avg_pool}}]\noutputs: {Pool: {}}\n"
    )
    for pixels in PHOTOGRAPHS:
        expected = tf.image.resize(tf.constant(pixels, tf.float32), (123, 257), other).numpy()
        assert np.max(np.abs(netspec.preprocess(pixels, spec) - expected)) <= PLACES


def test_bicubic_without_antialiasing_is_tensorflow_2_s_inside() -> None:
    """At the edges TensorFlow leaves out what is beyond; here the edge stands for it."""
    spec = load_text(
        "netspec: 1\nname: Pixels\ninput: {image: {height: 123, width: 257, channels: 3}}\n"
        "preprocess: {resize: {filter: bicubic, antialias: false}, range: [0, 255]}\n"
        "steps: [{Pool: {op: global_avg_pool}}]\noutputs: {Pool: {}}\n"
    )
    for pixels in PHOTOGRAPHS:
        image = tf.constant(pixels, tf.float32)
        expected = tf.image.resize(image, (123, 257), tf.image.ResizeMethod.BICUBIC).numpy()
        difference = np.abs(netspec.preprocess(pixels, spec) - expected)[4:-4, 4:-4]
        # TensorFlow looks its weights up in a table of 1024 places between two pixels
        assert np.max(difference) <= 1


# mistakes, each of which the comparison above must find


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
