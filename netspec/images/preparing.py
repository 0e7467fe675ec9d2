"""An image to the network's input, as the spec's `preprocess:` says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.images import decoding
from netspec.images.resizing import central, fitted
from netspec.ir.shapes import Map
from netspec.language.preprocess import CHANNELS, Preprocess, misfits
from netspec.limits import DEFAULT, Limits
from netspec.spec import Spec

if TYPE_CHECKING:
    from PIL.Image import Image  # noqa: TID251 - its type

    ImageSource = str | os.PathLike[str] | NDArray[np.uint8] | Image

EXAMPLE = "preprocess: {resize: {filter: bilinear, shorter: 256}, range: [-1, 1]}"


def preprocess(image: ImageSource, spec: Spec, limits: Limits = DEFAULT) -> NDArray[np.float32]:
    """An image as the network's input, (height, width, channels).

    `image` is a file, Pillow's image, or bytes (height, width, channels) in the order red, green,
    blue. Raises `SpecError`: NS703 where the spec has no `preprocess:`, NS410 where that doesn't
    fit its input, NS101, NS102, NS701 and NS702 for the image; `ValueError` for another array.
    """
    block = block_of(spec)
    channels = CHANNELS[block.channels]
    if isinstance(image, str | os.PathLike):
        pixels = decoding.read(image, channels, limits)
    elif isinstance(image, np.ndarray):
        pixels = _checked(image, channels)
    else:
        pixels = decoding.pixels_of(image, channels)
    return prepared(pixels, block, spec.tree.input, limits)


def block_of(spec: Spec) -> Preprocess:
    """The spec's `preprocess:`. Raises `SpecError`: NS703 if there is none, NS410 if it misfits."""
    block = spec.preprocess
    if block is None:
        message = f"{spec.name} doesn't say how an image becomes its input"
        hints = (f"add it as the weights were trained with, such as {EXAMPLE}",)
        raise SpecError([Diagnostic("NS703", message, hints=hints)])
    found = [
        Diagnostic("NS410", misfit.message, hints=(misfit.hint,))
        for misfit in misfits(block, spec.tree.input)
    ]
    if found:
        raise SpecError(found)
    return block


def prepared(
    pixels: decoding.Bytes, block: Preprocess, size: Map, limits: Limits = DEFAULT
) -> NDArray[np.float32]:
    """Upright pixels as an input of this size. Raises `SpecError` (NS702)."""
    values = fitted(central(pixels, block.central_fraction), block, size, limits)
    if block.channels == "bgr":
        values = values[:, :, ::-1]
    low, high = block.range
    scaled: NDArray[Any] = low + values.astype(np.float64) * ((high - low) / 255)
    return np.asarray((scaled - block.mean) / block.std, np.float32)


def _checked(array: NDArray[np.uint8], channels: int) -> decoding.Bytes:
    shaped = array[:, :, None] if array.ndim == 2 else array
    if shaped.dtype != np.uint8 or shaped.ndim != 3 or shaped.shape[2] != channels:
        wanted = f"uint8 of (height, width, {channels})"
        raise ValueError(f"an image is {wanted}, not {array.dtype} of {array.shape}")
    return shaped
