"""Image files to pixels: what Pillow does for us, and the rules where it leaves a choice.

Of a file with several images the first counts. EXIF's orientation is applied, a colour profile is
not. Transparent pixels are laid on white; of 16 bits a channel the high 8 are kept; CMYK and other
colour spaces become RGB by Pillow's formulas.
"""

from __future__ import annotations

import os
import struct
import warnings
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.limits import DEFAULT, Limits
from netspec.reading.files import printable_name, read_bytes
from netspec.targets import MissingExtra

try:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: TID251 - here alone
except ModuleNotFoundError as error:
    raise MissingExtra("images need the package Pillow: pip install 'netspec[images]'") from error

Bytes = NDArray[np.uint8]
"""(height, width, 3), or (height, width, 1) where one channel was asked for."""

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
"""What is read: formats of pixels. Pillow would run an interpreter for some of the others."""
MODES = {3: "RGB", 1: "L"}
"""Pillow's names of what is read, by the number of channels."""
WIDE = ("I", "F")
"""Pillow's names of pixels of 32 bits, whose range no file says."""
FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
)
"""What Pillow's decoders raise over bytes that are no whole image."""
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def read(path: str | os.PathLike[str], channels: int, limits: Limits = DEFAULT) -> Bytes:
    """The pixels of an image file, upright.

    Raises `SpecError`: NS101 and NS102 for a path that can't be read, NS701 for what is no whole
    image, NS702 for one of too many pixels.
    """
    name = printable_name(path)
    data = read_bytes(path, limits, "image_bytes")
    try:
        return _decoded(data, name, channels, limits)
    except FAULTS as error:
        raise _fault("NS701", name, f"{name} is no image that can be read: {_reason(error)}") from (
            error
        )


def _decoded(data: bytes, name: str, channels: int, limits: Limits) -> Bytes:
    with warnings.catch_warnings():
        # Pillow warns of oddities that it passes over, and of size, which is judged below
        warnings.simplefilter("ignore")
        try:
            image = Image.open(BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError:
            raise _fault("NS702", name, f"{name} has more pixels than Pillow reads") from None
        with image:
            _require_pixels(image.size, name, limits)
            return pixels_of(ImageOps.exif_transpose(image), channels)


def _require_pixels(size: tuple[int, int], name: str, limits: Limits) -> None:
    width, height = size
    if width * height > limits.image_pixels:
        message = f"{name} has {width:,} x {height:,} pixels, more than {limits.image_pixels:,}"
        raise _fault("NS702", name, message, limits.hints("image_pixels", width * height))


def pixels_of(image: Image.Image, channels: int) -> Bytes:
    """The bytes of Pillow's image. Raises `ValueError` for pixels of 32 bits."""
    if image.mode in WIDE:
        raise ValueError("it has pixels of 32 bits, whose range nothing says; save it with 8")
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    array = np.asarray(image.convert(MODES[channels]))
    return array if array.ndim == 3 else array[:, :, None]


def resampled(pixels: Bytes, height: int, width: int, kernel: str) -> Bytes:
    """The pixels at another size, by a filter that widens as the image shrinks."""
    image = Image.fromarray(pixels if pixels.shape[2] > 1 else pixels[:, :, 0])
    array = np.asarray(image.resize((width, height), FILTERS[kernel]))
    return array if array.ndim == 3 else array[:, :, None]


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"its start is of none of {', '.join(FORMATS)}"
    first, *_ = str(error).splitlines() or [""]
    return printable_name(first)[:120] or type(error).__name__


def _fault(code: str, name: str, message: str, hints: tuple[str, ...] = ()) -> SpecError:
    return SpecError([Diagnostic(code, message, Span(Source(name, ""), 1, 1, 1, 1), hints=hints)])
