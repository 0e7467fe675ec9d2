"""Layouts, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.weights.layouts import (
    CHANNELS_FIRST,
    CHANNELS_LAST,
    CONV,
    DENSE,
    DEPTHWISE,
    HWIO,
    IO,
    O1HW,
    OI,
    OIHW,
    Layout,
)

# Rows, columns, inputs, outputs of which no two are equal; each number tells its place.
FULL = (2, 3, 4, 5)
KERNEL = np.array(
    [
        [[[1000 * h + 100 * w + 10 * i + o for o in range(5)] for i in range(4)] for w in range(3)]
        for h in range(2)
    ],
    np.float32,
)


@pytest.mark.parametrize("layout", [HWIO, IO, OIHW, OI, O1HW], ids=lambda layout: layout.name)
def test_a_layout_is_exact_in_both_directions(layout: Layout) -> None:
    special = KERNEL.copy()
    special.flat[:4] = [-0.0, np.inf, -np.inf, 0.0]
    special.view(np.uint32).flat[5] = 0x7FC0BEEF  # a NaN with something in it
    stored = layout.stored(special, FULL)
    assert stored.shape == layout.shape(FULL)
    assert layout.restored(stored, FULL).tobytes() == special.tobytes()


def test_torch_s_conv_has_outputs_and_inputs_first() -> None:
    assert OIHW.stored(KERNEL, FULL)[4, 3, 1, 2] == KERNEL[1, 2, 3, 4]


def test_torch_s_dense_flattens_channels_first() -> None:
    """Column c * height * width + row * width + column."""
    stored = OI.stored(KERNEL, FULL)
    assert stored.shape == (5, 24)
    assert stored[4, 3 * 6 + 1 * 3 + 2] == KERNEL[1, 2, 3, 4]


def test_keras_s_dense_flattens_channels_last() -> None:
    """Row row * width * channels + column * channels + channel."""
    stored = IO.stored(KERNEL, FULL)
    assert stored.shape == (24, 5)
    assert stored[1 * 12 + 2 * 4 + 3, 4] == KERNEL[1, 2, 3, 4]


def test_torch_s_depthwise_has_an_output_for_each_input_and_multiplier() -> None:
    stored = O1HW.stored(KERNEL, FULL)
    assert stored.shape == (20, 1, 2, 3)
    assert stored[3 * 5 + 4, 0, 1, 2] == KERNEL[1, 2, 3, 4]


def test_every_kind_has_its_layout_in_both_families() -> None:
    assert CHANNELS_FIRST.keys() == CHANNELS_LAST.keys() == {CONV, DENSE, DEPTHWISE}
    assert not any(layout.moves for layout in CHANNELS_LAST.values())
