"""Every line of the language's page against the pipeline that it names.

An error is counted in levels of a byte, of which an image has 256.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import torch
from corpus.photographs import CHINA, FLOWER
from corpus.pipelines import (
    CAFFE,
    INCEPTION,
    KERAS,
    LINES,
    PHOTOGRAPHS,
    PIPELINES,
    PLACES,
    TIMM,
    TORCHVISION,
    VGG,
    block_of,
    bound,
    levels,
    side_of,
    spec_of,
)
from texts import load_text

import netspec
from netspec.images import decoding

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


@pytest.mark.parametrize("path", [CHINA, FLOWER], ids=lambda path: path.name)
def test_a_jpeg_s_bytes_are_tensorflow_s_by_the_accurate_transform(path: Path) -> None:
    expected = tf.io.decode_jpeg(path.read_bytes(), channels=3, dct_method="INTEGER_ACCURATE")
    assert (decoding.read(path, 3) == expected.numpy()).all()


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
