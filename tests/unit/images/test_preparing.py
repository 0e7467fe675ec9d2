"""From pixels to numbers: their order, range, mean and deviation; and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from texts import load_text

import netspec
from netspec.diagnostics import SpecError
from netspec.spec import Spec

PIXELS = np.array([[[0, 51, 102], [255, 204, 153]]], np.uint8)


def spec_of(line: str, size: str = "{height: 1, width: 2, channels: 3}") -> Spec:
    return load_text(
        f"netspec: 1\nname: Pixels\ninput: {{image: {size}}}\n{line}\n"
        "steps: [{Pool: {op: global_avg_pool}}]\noutputs: {Pool: {}}\n"
    )


def prepared(line: str) -> list[list[float]]:
    (row,) = netspec.preprocess(PIXELS, spec_of(f"preprocess: {{{line}}}"))
    return row.tolist()


NEAREST = "resize: {filter: nearest}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("range: [0, 255]", [[0, 51, 102], [255, 204, 153]]),
        ("range: [0, 1]", [[0, 0.2, 0.4], [1, 0.8, 0.6]]),
        ("range: [-1, 1]", [[-1, -0.6, -0.2], [1, 0.6, 0.2]]),
        ("range: [0, 255], channels: bgr", [[102, 51, 0], [153, 204, 255]]),
        ("range: [0, 255], mean: 51", [[-51, 0, 51], [204, 153, 102]]),
        ("range: [0, 255], mean: [1, 2, 3]", [[-1, 49, 99], [254, 202, 150]]),
        # the means are in the order of the channels, as they stand behind `bgr`
        ("range: [0, 255], mean: [1, 2, 3], channels: bgr", [[101, 49, -3], [152, 202, 252]]),
        ("range: [0, 255], std: 51", [[0, 1, 2], [5, 4, 3]]),
        ("range: [0, 1], mean: 0.4, std: [0.1, 0.2, 0.4]", [[-4, -1, 0], [6, 2, 0.5]]),
    ],
)
def test_numbers(fields: str, expected: list[list[float]]) -> None:
    found = np.array(prepared(f"{NEAREST}, {fields}"))
    assert np.allclose(found, expected, rtol=0, atol=1e-4 if "255" in fields else 1e-6)


def test_it_is_float32_of_height_width_channels() -> None:
    found = netspec.preprocess(PIXELS, spec_of(f"preprocess: {{{NEAREST}, range: [0, 1]}}"))
    assert found.dtype == np.float32
    assert found.shape == (1, 2, 3)
    assert found.flags.c_contiguous


def test_one_channel() -> None:
    spec = spec_of(
        f"preprocess: {{{NEAREST}, range: [0, 1], channels: grey}}",
        "{height: 2, width: 2, channels: 1}",
    )
    grey = np.array([[0, 51], [102, 255]], np.uint8)
    expected = [[[0], [0.2]], [[0.4], [1]]]
    for image in (grey, grey[:, :, None], Image.fromarray(grey)):
        assert np.allclose(netspec.preprocess(image, spec), expected)


def test_a_file_an_image_and_its_bytes_are_one(tmp_path: Path) -> None:
    spec = spec_of(f"preprocess: {{{NEAREST}, range: [0, 1]}}")
    image = Image.fromarray(PIXELS)
    image.save(tmp_path / "a.png")
    expected = netspec.preprocess(PIXELS, spec)
    for other in (image, tmp_path / "a.png", str(tmp_path / "a.png")):
        assert (netspec.preprocess(other, spec) == expected).all()


@pytest.mark.parametrize(
    "array",
    [
        PIXELS.astype(np.float32),
        PIXELS.astype(np.int64),
        PIXELS[:, :, :2],
        PIXELS[:, :, 0],
        PIXELS[None],
    ],
)
def test_another_array_is_the_caller_s_mistake(array: object) -> None:
    spec = spec_of(f"preprocess: {{{NEAREST}, range: [0, 1]}}")
    with pytest.raises(ValueError, match=r"uint8 of \(height, width, 3\)"):
        netspec.preprocess(array, spec)  # type: ignore[arg-type]


def test_without_preprocess_there_is_a_line_to_write() -> None:
    with pytest.raises(SpecError, match=re.escape("preprocess: {resize: {")) as caught:
        netspec.preprocess(PIXELS, spec_of(""))
    assert [d.code for d in caught.value.diagnostics] == ["NS703"]
    (hint,) = caught.value.diagnostics[0].hints
    netspec.preprocess(PIXELS, spec_of(hint[hint.index("preprocess:") :]))


def test_a_block_that_misfits_another_input_is_told_when_it_is_needed() -> None:
    line = f"preprocess: {{{NEAREST[:-1]}, shorter: 4}}, range: [0, 1]}}"
    text = (
        "netspec: 1\nname: Pixels\ninput: {image: {height: 4, width: 4, channels: 3}}\n"
        f"{line}\n"
        "steps: [{Pool: {op: global_avg_pool}}]\noutputs: {Pool: {}}\n"
    )
    assert netspec.preprocess(PIXELS, load_text(text)).shape == (4, 4, 3)
    with pytest.raises(SpecError, match="no 5x6 can be cut out") as caught:
        netspec.preprocess(PIXELS, load_text(text, size="5x6"))
    assert [d.code for d in caught.value.diagnostics] == ["NS410"]
