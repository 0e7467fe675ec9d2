"""How others prepare images: each line of the language's page, and the pipeline that it names.

A pipeline is its project's own code, or the calls that this code makes: TensorFlow's for TF-slim,
Keras's `load_img` and `preprocess_input`, Pillow's and torch's for the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf
import torch
from keras.applications.imagenet_utils import preprocess_input
from numpy.typing import NDArray
from PIL import Image
from texts import load_text

from corpus.photographs import CHINA, FLOWER
from netspec.language.preprocess import Preprocess
from netspec.spec import Spec

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
LINES = dict(re.findall(r"^\| ([^|]+) \| `(\{.*\})` \|$", PAGE.read_text("utf-8"), re.MULTILINE))
INCEPTION, VGG = "TF-slim, Inception", "TF-slim, VGG and ResNet v1"
TORCHVISION, TIMM = "torchvision, ResNet and VGG", "timm, `crop_pct` 0.875, mean and std 0.5"
KERAS = {mode: f"Keras, mode `{mode}`" for mode in ("tf", "caffe", "torch")}
CAFFE = "Caffe, AlexNet and GoogLeNet"
SIDES = {VGG: 224, TORCHVISION: 224, CAFFE: 224}
SIDE = 299
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

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
        with TemporaryDirectory() as folder:
            file = Path(folder, "image.png")
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


FLOAT32 = 1e-3
"""Levels: what float32 rounds away of values of up to 255, a few times over."""
PLACES = 0.05
"""Levels: TensorFlow and torch compute places in float32, of up to 640 to 7e-5 on each axis, and
255 levels a pixel is the steepest that an image can be."""


def levels(found: Values, expected: Values, block: Preprocess) -> float:
    """The greatest difference, in levels of a byte."""
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    level = (block.range.high - block.range.low) / 255 / np.array(block.std)
    return float(np.max(np.abs(found.astype(np.float64) - expected) / level))


def bound(name: str) -> float:
    return PLACES if name in (INCEPTION, VGG, CAFFE) else FLOAT32
