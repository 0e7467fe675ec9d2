"""Files of every kind to upright bytes, and what is refused."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from netspec.diagnostics import SpecError
from netspec.images import decoding
from netspec.limits import Limits

# Red, green, blue, white; black, yellow, grey, cyan: no two alike, nor mirror images of each other
COLOURS = np.array(
    [
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]],
        [[0, 0, 0], [255, 255, 0], [128, 128, 128], [0, 255, 255]],
    ],
    np.uint8,
)


def saved(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, **options)
    return path


def codes(path: str | os.PathLike[str], limits: Limits | None = None) -> list[str]:
    with pytest.raises(SpecError) as caught:
        decoding.read(path, 3, limits or Limits())
    assert str(path) in str(caught.value)
    return [d.code for d in caught.value.diagnostics]


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "webp"])
def test_bytes_come_as_they_were_written(suffix: str, tmp_path: Path) -> None:
    lossless = {"lossless": True} if suffix == "webp" else {}
    path = saved(Image.fromarray(COLOURS), tmp_path / f"a.{suffix}", **lossless)
    assert (decoding.read(path, 3) == COLOURS).all()


def test_a_jpeg_s_flat_colour_is_kept(tmp_path: Path) -> None:
    path = saved(Image.new("RGB", (16, 16), (200, 100, 50)), tmp_path / "a.jpg", quality=95)
    assert np.abs(decoding.read(path, 3).astype(int) - (200, 100, 50)).max() <= 2


def test_the_name_s_ending_means_nothing(tmp_path: Path) -> None:
    path = saved(Image.fromarray(COLOURS), tmp_path / "a.jpg", format="PNG")
    assert (decoding.read(path, 3) == COLOURS).all()


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    path = saved(Image.fromarray(COLOURS).quantize(8), tmp_path / "a.gif")
    assert (decoding.read(path, 3) == COLOURS).all()


def test_grey_stands_for_three_channels(tmp_path: Path) -> None:
    path = saved(Image.fromarray(COLOURS[:, :, 0]), tmp_path / "a.png")
    assert (decoding.read(path, 3) == COLOURS[:, :, :1]).all()


def test_colours_to_grey_by_luma(tmp_path: Path) -> None:
    """ITU-R 601: 0.299 R + 0.587 G + 0.114 B."""
    path = saved(Image.fromarray(COLOURS), tmp_path / "a.png")
    found = decoding.read(path, 1)
    assert found.shape == (2, 4, 1)
    assert np.abs(found[:, :, 0] - COLOURS @ [0.299, 0.587, 0.114]).max() <= 0.51


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    path = saved(Image.fromarray(np.array([[True, False]])), tmp_path / "a.png")
    assert decoding.read(path, 1)[:, :, 0].tolist() == [[255, 0]]


def test_cmyk(tmp_path: Path) -> None:
    """Cyan ink alone takes the red away, black ink all."""
    image = Image.fromarray(
        np.array([[[255, 0, 0, 0], [0, 0, 0, 255], [0, 0, 0, 0]]], np.uint8), mode="CMYK"
    )
    path = saved(image, tmp_path / "a.tiff")
    assert decoding.read(path, 3).tolist() == [[[0, 255, 255], [0, 0, 0], [255, 255, 255]]]


def test_transparent_pixels_are_laid_on_white(tmp_path: Path) -> None:
    pixels = np.array([[[0, 0, 0, 0], [200, 100, 0, 255], [0, 0, 0, 51]]], np.uint8)
    path = saved(Image.fromarray(pixels), tmp_path / "a.png")
    # a fifth of black on white: 255 * (1 - 51 / 255) = 204
    assert decoding.read(path, 3).tolist() == [[[255] * 3, [200, 100, 0], [204] * 3]]


def test_the_transparent_colour_of_a_palette_is_white(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    image.putpalette([9, 9, 9, 200, 100, 0])
    path = saved(image, tmp_path / "a.png", transparency=0)
    assert decoding.read(path, 3).tolist() == [[[255] * 3, [200, 100, 0]]]


def test_of_16_bits_the_high_8_are_kept(tmp_path: Path) -> None:
    grey = np.array([[0, 255, 256, 0x8000, 0xFFFF]], np.uint16)
    path = saved(Image.fromarray(grey), tmp_path / "a.png")
    assert decoding.read(path, 1)[:, :, 0].tolist() == [[0, 0, 1, 0x80, 0xFF]]


def test_16_bits_a_colour_too(tmp_path: Path) -> None:
    row = b"\x00" + struct.pack(">6H", 0x1234, 0xFFFF, 0, 0x00FF, 0x0100, 0x80FF)
    path = tmp_path / "a.png"
    path.write_bytes(png(2, 1, 16, 2, row))
    assert decoding.read(path, 3).tolist() == [[[0x12, 0xFF, 0], [0, 1, 0x80]]]


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG file of these rows, each after the number of its filter."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# As EXIF numbers them: what a viewer does to the stored pixels.
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_an_image_is_turned_upright(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(Image.fromarray(COLOURS), tmp_path / "a.png", exif=exif)
    assert (decoding.read(path, 3) == UPRIGHT[orientation](COLOURS)).all()


def test_the_first_of_several_counts(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    path = saved(frames[0], tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (decoding.read(path, 3) == (255, 0, 0)).all()


# what is refused


def test_paths_that_can_t_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none.jpg", tmp_path / "pipe", "/dev/zero"):
        assert codes(path) == ["NS101"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "none of JPEG, PNG"),
        (b"hello, I am no image", "none of JPEG, PNG"),
        (b"netspec: 1\n", "none of JPEG, PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "none of JPEG, PNG"),
        (b"\x89PNG\r\n\x1a\n", "no image that can be read"),
        (b"\xff\xd8\xff\xe0", "no image that can be read"),
        (b"P6 8 8 255 " + bytes(8), "truncated"),
    ],
)
def test_what_is_no_image(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(SpecError, match=words) as caught:
        decoding.read(path, 3)
    assert [d.code for d in caught.value.diagnostics] == ["NS701"]


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tiff", "ppm", "webp", "gif"])
def test_a_file_cut_short(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = saved(Image.fromarray(noise), tmp_path / f"a.{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert codes(path) == ["NS701"]


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_32_bits(kind: type, tmp_path: Path) -> None:
    path = saved(Image.fromarray(np.ones((2, 2), kind)), tmp_path / "a.tiff")
    with pytest.raises(SpecError, match="32 bits"):
        decoding.read(path, 3)


def test_more_bytes_than_the_limit(tmp_path: Path) -> None:
    path = saved(Image.fromarray(COLOURS), tmp_path / "a.png")
    size = path.stat().st_size
    assert codes(path, Limits(image_bytes=size - 1)) == ["NS102"]
    assert decoding.read(path, 3, Limits(image_bytes=size)).shape == (2, 4, 3)
    assert decoding.read(path, 3, Limits(file_bytes=1)).shape == (2, 4, 3)


def test_more_pixels_than_the_limit(tmp_path: Path) -> None:
    path = saved(Image.fromarray(COLOURS), tmp_path / "a.png")
    assert codes(path, Limits(image_pixels=7)) == ["NS702"]
    assert decoding.read(path, 3, Limits(image_pixels=8)).shape == (2, 4, 3)


@pytest.mark.parametrize("side", [9_000, 12_000, 100_000])
def test_a_bomb_is_refused_before_it_goes_off(side: int, tmp_path: Path) -> None:
    """A few bytes that would be 240 MB, 430 MB and 30 GB of pixels."""
    path = tmp_path / "a.png"
    path.write_bytes(png(side, side, 8, 2, bytes(100)))
    assert codes(path) == ["NS702"]


def test_every_format_read_is_one_that_pillow_has() -> None:
    Image.init()
    assert set(decoding.FORMATS) <= Image.OPEN.keys()


def spoilt(data: bytes, draw: random.Random) -> bytes:
    """The bytes with a few of them changed, or a stretch of them gone or doubled."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 2, 4, 16))):
        start = draw.randrange(len(changed))
        end = min(len(changed), start + draw.choice((1, 4, 64)))
        changed[start:end] = draw.choice(
            (
                bytes([draw.randrange(256)]),
                b"",
                b"\xff" * 4,
                b"\0" * 4,
                bytes(changed[start:end]) * 2,
            )
        )
        if not changed:
            return b"\0"
    return bytes(changed)


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tiff", "ppm", "webp", "gif"])
def test_spoilt_files_are_read_or_refused(suffix: str, tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:40, 0:30]
    pixels = np.stack([rows * 6, columns * 8, rows + columns], axis=2).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    more = {} if suffix in ("bmp", "ppm", "gif") else {"exif": exif}
    data = saved(Image.fromarray(pixels), tmp_path / f"a.{suffix}", **more).read_bytes()
    draw = random.Random(suffix)
    path, refused = tmp_path / "spoilt", 0
    codes_found: set[str] = set()
    for _ in range(150):
        path.write_bytes(spoilt(data, draw))
        try:
            assert decoding.read(path, 3).dtype == np.uint8
        except SpecError as error:
            refused += 1
            codes_found |= {d.code for d in error.diagnostics}
    assert codes_found <= {"NS701", "NS702"}
    assert refused > 0


def test_without_pillow_the_message_has_the_command(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['PIL'] = None\n"
        "from netspec.cli.main import main\n"
        "sys.exit(main(['predict', 'inception_v3', '--weights', 'w', 'a.jpg']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 3
    assert "pip install 'netspec[images]'" in done.stderr
    assert "Traceback" not in done.stderr
